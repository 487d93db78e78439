//! What an experiment says about one strategy, in a sentence and in the numbers behind it.
//!
//! **Invariant:** compares at targets that the curves reached; where one was not reached, it says so and gives a bound.

use std::fmt::Write as _;

use super::interval::Interval;
use super::measure::Measure;
use super::summary::TargetSummary;

/// How a strategy compares with random, or its own result where random was not run.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    /// For people, without a full stop at its end.
    pub sentence: String,
    /// The share of the accuracy with everything labeled that the comparison is made at.
    pub share: f64,
    /// Labels that reached it; absent when the budget did not suffice.
    pub labels: Option<f64>,
    /// Labels that random needed for it.
    pub random_labels: Option<f64>,
    /// Labels random needs over labels this strategy needs.
    pub ratio: Option<Interval>,
    /// The ratio is at least this, where random spent the whole budget and did not reach it.
    pub ratio_at_least: Option<f64>,
    /// The comparison at the accuracy that random ended with.
    pub at_random_end: Option<AtRandomEnd>,
}

/// Labels needed for the accuracy that random reached at the end of the budget.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct AtRandomEnd {
    pub accuracy: f64,
    /// Where random's curve, made non-decreasing, first reached it.
    pub random_labels: f64,
    pub labels: Option<f64>,
    pub ratio: Option<Interval>,
}

/// What a verdict is made from.
pub(super) struct Evidence<'a> {
    pub name: &'a str,
    /// What its curve shows.
    pub measure: Measure,
    /// Of the strategy, by rising share.
    pub targets: &'a [TargetSummary],
    /// Labels that random needed for each of them; `None` when random was not run.
    pub random: Option<&'a [Option<f64>]>,
    pub at_random_end: Option<AtRandomEnd>,
    pub budget: f64,
    pub seeds: usize,
}

/// The highest target that both reached; else the highest that the strategy reached alone; else the lowest.
///
/// `None` without targets.
pub(super) fn verdict(evidence: &Evidence<'_>) -> Option<Verdict> {
    let Evidence { name, measure, targets, random, at_random_end, budget, seeds } = *evidence;
    let of_random = |i: usize| random.and_then(|needed| needed.get(i).copied().flatten());
    let own = |i: usize| targets[i].labels_needed.map(|labels| labels.value);
    let both = (0..targets.len()).rev().find(|&i| own(i).is_some() && of_random(i).is_some());
    let at = both.or_else(|| (0..targets.len()).rev().find(|&i| own(i).is_some())).unwrap_or(0);
    let target = targets.get(at)?;
    let (labels, random_labels, ratio) = (own(at), of_random(at), target.ratio_to_random);
    let measure = measure.name();
    let full = format!("{:.0} % of full {measure}", target.share * 100.0);
    let mut ratio_at_least = None;
    let mut sentence = match labels {
        Some(labels) => format!("{name} reached {full} with {labels:.0} labels"),
        None => format!("{name} did not reach {full} within {budget:.0} labels"),
    };
    // Writing into a string cannot fail.
    let _ = match (random, labels, random_labels) {
        (None, ..) => write!(sentence, "; random was not run, so there is nothing to hold it against"),
        (_, Some(_), Some(needed)) => write!(sentence, "; random needed {needed:.0}{}", times(ratio, seeds)),
        (_, Some(labels), None) => {
            let least = budget / labels;
            ratio_at_least = Some(least);
            write!(sentence, "; random did not within {budget:.0}: at least {least:.1} times")
        }
        (_, None, Some(needed)) => write!(sentence, "; random needed {needed:.0}"),
        (_, None, None) => write!(sentence, "; nor did random"),
    };
    if let Some(end) = at_random_end {
        let spent = if (end.random_labels - budget).abs() < 0.5 {
            format!("with all {budget:.0} labels")
        } else {
            format!("with {:.0} of its {budget:.0} labels", end.random_labels)
        };
        let _ = match end.labels {
            Some(labels) => write!(
                sentence,
                ". The {measure} that random reached {spent} took {name} {labels:.0}{}",
                times(end.ratio, seeds)
            ),
            None => write!(sentence, ". The {measure} that random reached {spent} was out of reach for {name}"),
        };
    }
    Some(Verdict { sentence, share: target.share, labels, random_labels, ratio, ratio_at_least, at_random_end })
}

/// `: 1.7 times, 95 % interval 1.5 to 1.9`.
fn times(ratio: Option<Interval>, seeds: usize) -> String {
    match ratio {
        Some(ratio) if seeds > 1 => {
            format!(": {:.1} times, 95 % interval {:.1} to {:.1}", ratio.value, ratio.low, ratio.high)
        }
        Some(ratio) => format!(": {:.1} times, by one seed only, so without an interval", ratio.value),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(value: f64) -> Interval {
        Interval { value, low: value - 0.2, high: value + 0.2 }
    }

    /// Targets at 90, 95 and 98 %, with the labels that the strategy and random needed.
    fn say(own: [Option<f64>; 3], random: Option<[Option<f64>; 3]>, seeds: usize, end: Option<AtRandomEnd>) -> Verdict {
        let target = |i: usize| TargetSummary {
            share: [0.90, 0.95, 0.98][i],
            accuracy: 0.5,
            labels_needed: own[i].map(exactly),
            ratio_to_random: own[i].and_then(|own| Some(exactly(random?[i]? / own))),
        };
        let targets: Vec<_> = (0..3).map(target).collect();
        let random = random.as_ref().map(|needed| &needed[..]);
        let evidence = Evidence {
            name: "auto",
            measure: Measure::Accuracy,
            targets: &targets,
            random,
            at_random_end: end,
            budget: 420.0,
            seeds,
        };
        verdict(&evidence).unwrap()
    }

    #[test]
    fn the_highest_target_that_both_reached_is_compared() {
        let said = say([Some(100.0), Some(200.0), Some(300.0)], Some([Some(150.0), Some(340.0), None]), 9, None);
        assert_eq!(
            said.sentence,
            "auto reached 95 % of full accuracy with 200 labels; random needed 340: 1.7 times, 95 % interval 1.5 to 1.9"
        );
        assert_eq!((said.share, said.labels, said.random_labels), (0.95, Some(200.0), Some(340.0)));
    }

    #[test]
    fn what_random_did_not_reach_gives_a_bound() {
        let said = say([Some(100.0), Some(200.0), None], Some([None; 3]), 9, None);
        assert_eq!(
            said.sentence,
            "auto reached 95 % of full accuracy with 200 labels; random did not within 420: at least 2.1 times"
        );
        assert_eq!((said.ratio, said.ratio_at_least), (None, Some(2.1)));
    }

    #[test]
    fn what_the_strategy_did_not_reach_is_said() {
        let nobody = say([None; 3], Some([None; 3]), 9, None);
        assert_eq!(nobody.sentence, "auto did not reach 90 % of full accuracy within 420 labels; nor did random");
        let random_did = say([None; 3], Some([Some(400.0), None, None]), 9, None);
        assert!(random_did.sentence.ends_with("within 420 labels; random needed 400"), "{}", random_did.sentence);
    }

    #[test]
    fn one_seed_has_no_interval_and_without_random_there_is_no_ratio() {
        let one = say([Some(100.0), None, None], Some([Some(150.0), None, None]), 1, None);
        assert!(one.sentence.ends_with("1.5 times, by one seed only, so without an interval"), "{}", one.sentence);
        let alone = say([Some(100.0), None, None], None, 9, None);
        assert_eq!((alone.ratio, alone.random_labels, alone.ratio_at_least), (None, None, None));
        assert!(alone.sentence.contains("random was not run"), "{}", alone.sentence);
    }

    #[test]
    fn the_accuracy_random_ended_with_is_compared_too() {
        let mut end = AtRandomEnd {
            accuracy: 0.7,
            random_labels: 420.0,
            labels: Some(180.0),
            ratio: Some(exactly(420.0 / 180.0)),
        };
        let said = |end| say([None; 3], Some([None; 3]), 9, Some(end)).sentence;
        let text = said(end);
        let wanted = "reached with all 420 labels took auto 180: 2.3 times, 95 % interval 2.1 to 2.5";
        assert!(text.ends_with(wanted), "{text}");
        (end.random_labels, end.labels, end.ratio) = (400.0, None, None);
        let text = said(end);
        assert!(text.ends_with("reached with 400 of its 420 labels was out of reach for auto"), "{text}");
    }
}
