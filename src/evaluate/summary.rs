//! What an experiment says: areas, labels needed and ratios to random, with intervals over paired seeds.

use std::collections::{BTreeMap, BTreeSet};

use rand_chacha::rand_core::Rng as _;

use super::curve;
use super::experiment::RunPoint;
use super::interval::{Interval, percentile};
use super::measure::Measure;
use super::verdict::{AtRandomEnd, Evidence, Verdict, verdict};
use crate::math::random;

const LEVEL: f64 = 0.95;
const REPLICATES: usize = 2000;
/// Shares of the accuracy with the whole pool labeled.
pub const TARGETS: [f64; 3] = [0.90, 0.95, 0.98];

/// The contents of `summary.json`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Summary {
    /// What every `accuracy` here is.
    #[serde(default)]
    pub measure: Measure,
    pub full_pool_accuracy: f64,
    pub seeds: usize,
    pub level: f64,
    pub strategies: Vec<StrategySummary>,
}

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct StrategySummary {
    pub strategy: String,
    /// Mean accuracy over the labels spent.
    pub area_under_curve: Interval,
    /// The same minus that of random, paired by seed; absent when random was not run.
    pub area_over_random: Option<Interval>,
    pub final_accuracy: Interval,
    pub targets: Vec<TargetSummary>,
    /// The same in a sentence; absent for random itself, and without a whole seed.
    pub verdict: Option<Verdict>,
}

/// Labels that bring the mean curve to a share of the whole pool's accuracy.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct TargetSummary {
    pub share: f64,
    pub accuracy: f64,
    /// Absent when the budget did not suffice. Replicates that did not reach the target count as the whole budget.
    pub labels_needed: Option<Interval>,
    /// Labels random needs over labels this strategy needs: above 1, labels are saved. Absent when either is unknown.
    pub ratio_to_random: Option<Interval>,
}

/// Curves of one strategy: labels, and per seed the accuracies at those labels.
struct Curves {
    labels: Vec<f64>,
    seeds: Vec<Vec<f64>>,
}

impl Curves {
    fn mean(&self, of: &[usize]) -> Vec<f64> {
        let at = |j: usize| of.iter().map(|&s| self.seeds[s][j]).sum::<f64>() / of.len().max(1) as f64;
        (0..self.labels.len()).map(at).collect()
    }

    fn area(&self, of: &[usize]) -> f64 {
        curve::area(&self.labels, &self.mean(of))
    }

    fn needed(&self, of: &[usize], target: f64) -> Option<f64> {
        curve::labels_needed(&self.labels, &self.mean(of), target)
    }

    fn end(&self) -> f64 {
        self.labels.last().copied().unwrap_or_default()
    }

    /// The accuracy at the end of the budget, as the non-decreasing curve has it.
    fn reached(&self, of: &[usize]) -> f64 {
        curve::isotonic(&self.mean(of)).last().copied().unwrap_or_default()
    }
}

/// The seeds that every strategy among `points` finished, in order.
pub fn whole_seeds(points: &[RunPoint]) -> Vec<u64> {
    let runs: BTreeSet<(u64, &str)> = points.iter().map(|p| (p.seed, p.strategy.as_str())).collect();
    let arms: BTreeSet<&str> = runs.iter().map(|run| run.1).collect();
    let seeds: BTreeSet<u64> = runs.iter().map(|run| run.0).collect();
    seeds.into_iter().filter(|seed| arms.iter().all(|arm| runs.contains(&(*seed, *arm)))).collect()
}

/// Summarise points of whole runs. Only seeds that every strategy finished count, so that all pairs are whole.
pub fn summarise(points: &[RunPoint], measure: Measure, full_pool_accuracy: f64, seed: u64) -> Summary {
    let mut order: Vec<&str> = Vec::new();
    let mut runs: BTreeMap<(&str, u64), Vec<&RunPoint>> = BTreeMap::new();
    for point in points {
        if !order.contains(&point.strategy.as_str()) {
            order.push(&point.strategy);
        }
        runs.entry((&point.strategy, point.seed)).or_default().push(point);
    }
    let seeds = whole_seeds(points);
    let curves = |arm: &str| {
        let run = |s: &u64| runs.get(&(arm, *s)).into_iter().flatten();
        let labels = seeds.first().map(|s| run(s).map(|p| p.labels as f64).collect()).unwrap_or_default();
        Curves { labels, seeds: seeds.iter().map(|s| run(s).map(|p| p.accuracy).collect()).collect() }
    };
    let all: Vec<usize> = (0..seeds.len()).collect();
    let mut rng = random::stream(seed, 0xb0);
    let mut draw = || all.iter().map(|_| (random::unit(rng.next_u64()) * all.len() as f64) as usize).collect();
    let resamples: Vec<Vec<usize>> = (0..if all.is_empty() { 0 } else { REPLICATES }).map(|_| draw()).collect();
    let over = |of: &dyn Fn(&[usize]) -> f64| percentile(of(&all), resamples.iter().map(|r| of(r)).collect(), LEVEL);
    let random = order.contains(&"random").then(|| curves("random"));
    let strategies = order.iter().map(|arm| {
        let own = curves(arm);
        let at_most = |c: &Curves, r: &[usize], accuracy: f64| c.needed(r, accuracy).unwrap_or(c.end());
        let targets = TARGETS.iter().map(|&share| {
            let accuracy = share * full_pool_accuracy;
            let known = own.needed(&all, accuracy).is_some();
            let pair = random.as_ref().filter(|random| known && random.needed(&all, accuracy).is_some());
            TargetSummary {
                share,
                accuracy,
                labels_needed: known.then(|| over(&|r| at_most(&own, r, accuracy))),
                ratio_to_random: pair
                    .map(|random| over(&|r| at_most(random, r, accuracy) / at_most(&own, r, accuracy))),
            }
        });
        let targets: Vec<TargetSummary> = targets.collect();
        let whole = !all.is_empty() && *arm != "random";
        let verdict = whole.then(|| {
            let needed: Option<Vec<Option<f64>>> =
                random.as_ref().map(|random| targets.iter().map(|t| random.needed(&all, t.accuracy)).collect());
            let at_random_end = random.as_ref().map(|random| {
                let accuracy = random.reached(&all);
                let labels = own.needed(&all, accuracy);
                let ratio = |r: &[usize]| {
                    let accuracy = random.reached(r);
                    at_most(random, r, accuracy) / at_most(&own, r, accuracy)
                };
                let random_labels = at_most(random, &all, accuracy);
                AtRandomEnd { accuracy, random_labels, labels, ratio: labels.map(|_| over(&ratio)) }
            });
            verdict(&Evidence {
                name: arm,
                measure,
                targets: &targets,
                random: needed.as_deref(),
                at_random_end,
                budget: own.end(),
                seeds: seeds.len(),
            })
        });
        StrategySummary {
            strategy: (*arm).to_owned(),
            area_under_curve: over(&|r| own.area(r)),
            area_over_random: random.as_ref().map(|random| over(&|r| own.area(r) - random.area(r))),
            final_accuracy: over(&|r| own.mean(r).last().copied().unwrap_or_default()),
            targets,
            verdict: verdict.flatten(),
        }
    });
    Summary { measure, full_pool_accuracy, seeds: seeds.len(), level: LEVEL, strategies: strategies.collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(strategy: &str, seed: u64, labels: usize, accuracy: f64) -> RunPoint {
        let strategy = strategy.to_owned();
        RunPoint { strategy, seed, labels, accuracy, macro_f1: 0.0, nll: 0.0, fit_ms: 0.0, select_ms: 0.0 }
    }

    #[test]
    fn half_the_labels_for_the_same_accuracy_is_a_ratio_of_two() {
        let mut points = Vec::new();
        for seed in 0..3 {
            let shift = seed as f64 * 0.01;
            for labels in [10, 20, 30, 40] {
                points.push(point("random", seed, labels, labels as f64 / 40.0 - shift));
                points.push(point("margin", seed, labels, (labels as f64 / 20.0).min(1.0) - shift));
            }
        }
        let summary = summarise(&points, Measure::Accuracy, 0.8, 0);
        assert_eq!((summary.seeds, summary.strategies.len()), (3, 2));
        let margin = &summary.strategies[1];
        let ratio = margin.targets[0].ratio_to_random.unwrap();
        assert!((ratio.value - 2.0).abs() < 1e-9 && ratio.low > 1.9 && ratio.high < 2.1, "{ratio:?}");
        assert!(margin.area_over_random.unwrap().low > 0.0);
        assert_eq!(summary.strategies[0].area_over_random.unwrap().value, 0.0);
        assert_eq!(summary.strategies[0].verdict, None, "random is not held against itself");
        let said = margin.verdict.as_ref().unwrap();
        assert!(said.sentence.starts_with("margin reached 98 % of full accuracy with 16 labels; random needed 32"));
        let end = said.at_random_end.unwrap();
        assert_eq!((end.random_labels, end.labels), (40.0, Some(20.0)));
        assert!((end.ratio.unwrap().value - 2.0).abs() < 1e-9);
    }

    #[test]
    fn an_accuracy_out_of_reach_is_said_to_be_unknown() {
        let summary = summarise(&[point("margin", 0, 10, 0.2), point("margin", 0, 20, 0.3)], Measure::Accuracy, 1.0, 0);
        let margin = &summary.strategies[0];
        assert!(margin.targets.iter().all(|t| t.labels_needed.is_none() && t.ratio_to_random.is_none()));
        assert!(margin.area_over_random.is_none());
        let said = margin.verdict.as_ref().unwrap();
        assert!(
            said.sentence
                .starts_with("margin did not reach 90 % of full accuracy within 20 labels; random was not run")
        );
        assert_eq!(said.at_random_end, None);
    }

    #[test]
    fn no_points_make_an_empty_summary() {
        assert!(summarise(&[], Measure::Accuracy, 0.5, 0).strategies.is_empty());
    }
}
