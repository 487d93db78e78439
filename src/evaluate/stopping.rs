//! When to stop: what successive models, the audit set and the pool say, and the rules that read it.
//!
//! Thirteen criteria compared by Pullar-Strecker et al. (2022) found none ahead at every cost, so the rules stand side by side
//! and the lead chooses. Stable predictions: Bloodgood and Vijay-Shanker (2009).

use super::interval::percentile;
use super::{Interval, PowerLaw};
use crate::domain::goal::{Goal, StopRule};
use crate::math::random;

/// Mean kappa of the last comparisons from which on predictions are stable, and how many these are.
pub const STABLE: f64 = 0.99;
const COMPARISONS: usize = 3;
/// Successive models are compared when labels have grown by this share: one label apart they always agree.
pub const APART: f64 = 0.02;
/// Mean doubt of the pool below which the committee is sure.
pub const SURE: f64 = 0.05;
/// Labels that the expected gain looks ahead.
pub const AHEAD: f64 = 100.0;
/// Replicates of the bootstrap.
const REPLICATES: usize = 400;

/// A model on the audit set: its training labels, and on which samples it was right.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredModel {
    pub labels: f64,
    /// One for each sample, the same samples for every model.
    pub right: Vec<bool>,
}

impl MeasuredModel {
    fn accuracy(&self, counts: &[u32]) -> f64 {
        let hits: u32 = self.right.iter().zip(counts).map(|(right, n)| u32::from(*right) * n).sum();
        f64::from(hits) / self.right.len().max(1) as f64
    }
}

/// The gain in accuracy that `ahead` further labels promise: the power law of the models' curve, with a 90 % interval from a
/// bootstrap over the audit samples. `None` below four models or twenty samples.
pub fn expected_gain(models: &[MeasuredModel], ahead: f64, seed: u64) -> Option<Interval> {
    let n = models.first()?.right.len();
    if models.len() < 4 || n < 20 {
        return None;
    }
    let labels: Vec<f64> = models.iter().map(|model| model.labels).collect();
    let now = *labels.last()?;
    let gain = |counts: &[u32]| {
        let accuracy: Vec<f64> = models.iter().map(|model| model.accuracy(counts)).collect();
        let law = PowerLaw::fit(&labels, &accuracy, &labels)?;
        Some(law.at(now + ahead) - law.at(now))
    };
    let value = gain(&vec![1; n])?;
    let replicates = (0..REPLICATES).filter_map(|r| gain(&random::resample(n, random::hash(seed, r as u64))));
    let found = percentile(value, replicates.collect(), 0.9);
    Some(Interval { value, low: found.low.min(value), high: found.high.max(value) })
}

/// What the rules read.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct StopSignals {
    /// Kappa of successive models on the audit set, at least 2 % of the labels apart, oldest first.
    pub kappas: Vec<f64>,
    /// Accuracy of the newest scheduled model, by a sequence that holds at every look.
    pub reached: Option<Interval>,
    /// Mean entropy of the committee over the pool, as a share of the greatest possible.
    pub doubt: Option<f64>,
    /// See [`expected_gain`].
    pub gain: Option<Interval>,
    /// Labels spent, those of the audit set included.
    pub spent: i64,
}

impl StopSignals {
    /// Mean of the last three kappas; `None` before.
    pub fn stability(&self) -> Option<f64> {
        let last = self.kappas.len().checked_sub(COMPARISONS)?;
        Some(self.kappas[last..].iter().sum::<f64>() / COMPARISONS as f64)
    }

    /// Whether the rule says stop; `None` while it cannot say.
    pub fn met(&self, rule: StopRule, goal: &Goal) -> Option<bool> {
        match rule {
            StopRule::Stable => self.stability().map(|kappa| kappa >= STABLE),
            StopRule::Target => Some(self.reached?.low >= goal.target?),
            StopRule::Doubt => self.doubt.map(|doubt| doubt < SURE),
            StopRule::Gain => self.gain.map(|gain| gain.high < goal.least_gain),
            StopRule::Budget => Some(self.spent >= goal.budget?),
        }
    }

    /// What the chosen rules advise together. A rule that cannot say yet does not say stop.
    pub fn advise(&self, goal: &Goal) -> Advice {
        let met: Vec<_> = goal.rules.iter().map(|rule| self.met(*rule, goal)).collect();
        let stop = match (goal.rules.is_empty(), goal.all) {
            (true, _) => return Advice::NoRule,
            (false, true) => met.iter().all(|met| *met == Some(true)),
            (false, false) => met.contains(&Some(true)),
        };
        match stop {
            true => Advice::Stop,
            false if met.iter().all(Option::is_none) => Advice::TooEarly,
            false => Advice::GoOn,
        }
    }
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Advice {
    /// No chosen rule can say anything yet.
    TooEarly,
    GoOn,
    Stop,
    /// No rule is chosen.
    NoRule,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(labels: f64, accuracy: f64) -> MeasuredModel {
        // Easy samples are right early, as in life.
        MeasuredModel { labels, right: (0..200).map(|i| f64::from(i) < accuracy * 200.0).collect() }
    }

    #[test]
    fn a_rising_curve_promises_gain_and_a_flat_one_none() {
        let rising: Vec<_> = [20.0, 40.0, 80.0, 160.0, 320.0].map(|n: f64| model(n, 0.95 - 2.0 / n.sqrt())).into();
        let gain = expected_gain(&rising, 100.0, 1).unwrap();
        assert!(gain.value > 0.005 && gain.low <= gain.value && gain.value <= gain.high, "{gain:?}");
        let flat: Vec<_> = [20.0, 40.0, 80.0, 160.0, 320.0].map(|n| model(n, 0.8)).into();
        assert!(expected_gain(&flat, 100.0, 1).unwrap().high < 0.01);
        assert_eq!(expected_gain(&flat[..3], 100.0, 1), None);
    }

    #[test]
    fn rules_say_stop_where_their_number_does() {
        let goal = Goal { target: Some(0.9), budget: Some(500), ..Goal::default() };
        let interval = |low, high| Some(Interval { value: f64::midpoint(low, high), low, high });
        let signals = StopSignals {
            kappas: vec![0.5, 0.99, 0.995, 0.99],
            reached: interval(0.88, 0.96),
            doubt: Some(0.04),
            gain: interval(0.0, 0.02),
            spent: 500,
        };
        let met = StopRule::ALL.map(|rule| signals.met(rule, &goal));
        assert_eq!(met, [Some(true), Some(false), Some(true), Some(false), Some(true)]);
        let empty = StopRule::ALL.map(|rule| StopSignals::default().met(rule, &Goal::default()));
        assert_eq!(empty, [None; 5]);
    }

    #[test]
    fn all_rules_or_any_as_the_lead_chose() {
        let signals = StopSignals { kappas: vec![1.0; 3], spent: 10, ..StopSignals::default() };
        let advice = |rules: &[StopRule], all| {
            signals.advise(&Goal { rules: rules.to_vec(), all, budget: Some(100), ..Goal::default() })
        };
        assert_eq!(advice(&[StopRule::Stable], true), Advice::Stop);
        assert_eq!(advice(&[StopRule::Stable, StopRule::Budget], true), Advice::GoOn);
        assert_eq!(advice(&[StopRule::Stable, StopRule::Budget], false), Advice::Stop);
        assert_eq!(advice(&[StopRule::Doubt], true), Advice::TooEarly);
        assert_eq!(advice(&[], true), Advice::NoRule);
    }
}
