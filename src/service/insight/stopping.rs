//! Where a project stands by the rules for stopping.

use std::collections::HashMap;

use crate::domain::goal::{Goal, StopRule};
use crate::domain::{ClassSet, SampleId};
use crate::evaluate::agreement::cohen;
use crate::evaluate::sequence::of_look;
use crate::evaluate::stopping::{AHEAD, APART, Advice, MeasuredModel, StopSignals, expected_gain};
use crate::evaluate::{Interval, sequence};
use crate::store::audited::AuditedRound;

/// A model is held against the target when labels have grown by this share since the last one that was.
const LOOKS_APART: f64 = 1.1;
/// The chance that the target is ever called reached while it is not.
const ALPHA: f64 = 0.05;
/// Models on the curve that the expected gain is read from, and how much labels grow between them.
const CURVE_APART: f64 = 1.2;
const CURVE_FROM: f64 = 0.05;

/// What the rules say, and what follows.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct StopStanding {
    pub advice: Advice,
    /// A lead chose to go on, and labels have not grown by a tenth since.
    pub on_regardless: bool,
    pub goal: Goal,
    pub rules: Vec<RuleStanding>,
    /// Mean kappa of the last three comparisons of successive models.
    pub stability: Option<f64>,
    /// Accuracy of the newest model held against the target, by an interval that holds at every look.
    pub reached: Option<Interval>,
    /// Mean entropy of the committee over the pool, as a share of the greatest possible.
    pub doubt: Option<f64>,
    /// Gain in accuracy that the next hundred labels promise, with a 90 % interval.
    pub gain: Option<Interval>,
    /// Labels spent, those of the audit set included.
    pub spent: i64,
}

/// One rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct RuleStanding {
    pub rule: StopRule,
    /// Whether the lead counts it.
    pub chosen: bool,
    /// Whether it says stop; `null` while it cannot say.
    pub met: Option<bool>,
}

/// Read the rules. `rounds` are in order, `truth` are the audit labels.
#[expect(clippy::implicit_hasher, reason = "callers have one kind of map")]
pub fn standing(
    goal: &Goal,
    rounds: &[AuditedRound],
    truth: &HashMap<SampleId, ClassSet>,
    spent: i64,
    seed: u64,
) -> StopStanding {
    let signals = StopSignals {
        kappas: kappas(rounds),
        reached: reached(rounds, truth),
        doubt: rounds.last().and_then(|round| round.doubt),
        gain: expected_gain(&curve(rounds, truth), AHEAD, seed),
        spent,
    };
    let rule = |rule| RuleStanding { rule, chosen: goal.rules.contains(&rule), met: signals.met(rule, goal) };
    let labels = rounds.last().map_or(0, |round| round.n_labels);
    StopStanding {
        advice: signals.advise(goal),
        on_regardless: goal.on_regardless.is_some_and(|at| labels < at + (at / 10).max(1)),
        goal: goal.clone(),
        rules: StopRule::ALL.map(rule).to_vec(),
        stability: signals.stability(),
        reached: signals.reached,
        doubt: signals.doubt,
        gain: signals.gain,
        spent,
    }
}

/// Rounds in which labels grew by a factor since the last one taken, oldest first; with answers taken back they shrink, and
/// those rounds are passed over.
fn apart(rounds: &[AuditedRound], factor: f64) -> Vec<&AuditedRound> {
    let mut taken: Vec<&AuditedRound> = Vec::new();
    for round in rounds {
        let before = taken.last().map_or(0.0, |last| last.n_labels as f64);
        if round.n_labels as f64 >= (before * factor).max(before + 1.0) {
            taken.push(round);
        }
    }
    taken
}

/// Kappa of successive models on all audit samples that both predicted, labeled or not.
fn kappas(rounds: &[AuditedRound]) -> Vec<f64> {
    let taken = apart(rounds, 1.0 + APART);
    let newest = &taken[taken.len().saturating_sub(4)..];
    newest
        .windows(2)
        .filter_map(|pair| {
            let before: HashMap<_, _> = pair[0].predictions.iter().map(|(id, set)| (*id, set)).collect();
            let both = pair[1].predictions.iter().filter_map(|(id, set)| Some((*before.get(id)?, set)));
            let both: Vec<_> = both.collect();
            // Two models that only ever name one class are as stable as can be.
            cohen(&both).or_else(|| both.iter().all(|(a, b)| a == b).then_some(1.0))
        })
        .collect()
}

/// The newest model of the schedule against the audit labels, at the level of its look. The schedule follows training labels alone,
/// which know nothing of the audit set, so that looking often does not find what it looks for.
fn reached(rounds: &[AuditedRound], truth: &HashMap<SampleId, ClassSet>) -> Option<Interval> {
    let taken = apart(rounds, LOOKS_APART);
    let newest = taken.last()?;
    let measured = newest.predictions.iter().filter_map(|(id, set)| Some(truth.get(id)? == set));
    let (mut hits, mut n) = (0, 0);
    for right in measured {
        hits += u64::from(right);
        n += 1;
    }
    (n > 0).then(|| sequence(hits, n, of_look(ALPHA, taken.len())))
}

/// The models of the curve on the audit samples that all of them predicted.
fn curve(rounds: &[AuditedRound], truth: &HashMap<SampleId, ClassSet>) -> Vec<MeasuredModel> {
    let Some(last) = rounds.last() else { return Vec::new() };
    let from = last.n_labels as f64 * CURVE_FROM;
    let mut taken = apart(rounds, CURVE_APART);
    taken.retain(|round| round.n_labels as f64 >= from);
    // The newest round is the one the gain is read at.
    if taken.last().is_some_and(|taken| taken.number != last.number) {
        taken.pop();
        taken.push(last);
    }
    let said: Vec<HashMap<SampleId, &ClassSet>> =
        taken.iter().map(|round| round.predictions.iter().map(|(id, set)| (*id, set)).collect()).collect();
    let common: Vec<SampleId> = last
        .predictions
        .iter()
        .map(|(id, _)| *id)
        .filter(|id| truth.contains_key(id) && said.iter().all(|said| said.contains_key(id)))
        .collect();
    let right = |said: &HashMap<SampleId, &ClassSet>| common.iter().map(|id| said[id] == &truth[id]).collect();
    taken
        .iter()
        .zip(&said)
        .map(|(round, said)| MeasuredModel { labels: round.n_labels as f64, right: right(said) })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ClassId;

    fn set(class: i64) -> ClassSet {
        [ClassId(class)].into_iter().collect()
    }

    /// A round that is right on the first `right` of a hundred samples.
    fn round(number: i64, n_labels: i64, right: i64) -> AuditedRound {
        let said = |id| (SampleId(id), set(if id < right { 1 } else { 2 }));
        let predictions = (0..100).map(said).collect();
        AuditedRound { number, n_labels, predictions, ..AuditedRound::default() }
    }

    fn truth() -> HashMap<SampleId, ClassSet> {
        (0..100).map(|id| (SampleId(id), set(1))).collect()
    }

    #[test]
    fn successive_models_are_compared_when_labels_have_grown() {
        let rounds = [round(1, 100, 50), round(2, 101, 90), round(3, 103, 50), round(4, 200, 50)];
        assert_eq!(kappas(&rounds), [1.0, 1.0], "round 2 came a single label later");
        assert_eq!(kappas(&[]), [0.0; 0]);
    }

    #[test]
    fn the_target_takes_an_interval_that_holds_at_every_look() {
        let goal = |target| Goal { target: Some(target), rules: vec![StopRule::Target], ..Goal::default() };
        let rounds = [round(1, 20, 60), round(2, 40, 97)];
        let advice = |target| standing(&goal(target), &rounds, &truth(), 140, 1).advice;
        assert_eq!((advice(0.8), advice(0.95)), (Advice::Stop, Advice::GoOn));
        assert!(reached(&rounds, &truth()).unwrap().low < crate::evaluate::wilson(97, 100, 0.95).low);
        assert_eq!(reached(&rounds, &HashMap::new()), None);
    }

    #[test]
    fn going_on_regardless_lasts_for_a_tenth_more_labels() {
        let goal = Goal { on_regardless: Some(100), ..Goal::default() };
        let on = |labels| standing(&goal, &[round(1, labels, 50)], &truth(), labels, 1).on_regardless;
        assert_eq!((on(100), on(109), on(110)), (true, true, false));
    }

    #[test]
    fn a_flat_curve_promises_nothing_and_a_project_without_rounds_is_too_early() {
        let rounds: Vec<_> = (1..12).map(|i| round(i, 20 * i, 80)).collect();
        let found = standing(&Goal::default(), &rounds, &truth(), 300, 1);
        assert_eq!(found.advice, Advice::Stop, "{found:?}");
        assert_eq!(standing(&Goal::default(), &[], &truth(), 0, 1).advice, Advice::TooEarly);
    }
}
