//! An active-learning experiment on labeled data: what would each strategy have achieved?
//!
//! **Invariant:** strategies are paired: one seed gives every strategy the same first labels, and a fit only ever sees
//! pool labels that were already asked for.

use std::sync::atomic::{AtomicBool, Ordering};

use rayon::prelude::*;

use super::quality::Quality;
use crate::learn::cures::{Care, Cure, fit_cured};
use crate::learn::{CommitteeOptions, Fitted, LearnError, Standardiser, Training, Truth, fit_committee, fit_grown};
use crate::math::{Matrix, random, topk};
use crate::query::{Judged, OpinionError, Pool, Strategy, choose};

/// Labeled embeddings, split into the pool to ask about and the test set to measure on.
#[derive(Debug, Clone)]
pub struct Data {
    pub pool: Matrix,
    pub truth: Truth,
    pub test: Matrix,
    pub test_truth: Truth,
    pub n_classes: usize,
    /// The first places of an embedding that are axes; see [`Standardiser::axes`].
    pub axes: usize,
}

/// How to run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub strategies: Vec<Strategy>,
    pub initial: usize,
    pub batch: usize,
    pub budget: usize,
    pub seeds: u64,
    pub committee: CommitteeOptions,
    /// What helps the committee to learn.
    pub cures: Vec<&'static Cure>,
}

/// One measurement, a row of `curves.csv`.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct RunPoint {
    pub strategy: String,
    pub seed: u64,
    pub labels: usize,
    /// The share of test samples whose class, or whole set of classes, was predicted.
    pub accuracy: f64,
    pub macro_f1: f64,
    pub nll: f64,
    pub fit_ms: f64,
    pub select_ms: f64,
}

/// Samples on which halves of a committee are compared.
const PROBE: usize = 2000;

/// An experiment could not go on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum ExperimentError {
    #[error(transparent)]
    Learn(#[from] LearnError),
    #[error(transparent)]
    Opinion(#[from] OpinionError),
}

/// An observer of an experiment.
pub trait Watcher: Sync {
    /// Milliseconds since some start.
    fn clock(&self) -> f64;
    /// A run has ended; `false` stops the experiment before the next.
    fn finished(&self, run: &[RunPoint]) -> bool;
}

/// Every strategy with every seed, except runs already `done`; runs are distributed over threads.
///
/// Seeds come in order, so that stopping early leaves whole pairs but for the last few.
///
/// # Errors
/// Whatever a fit refuses.
pub fn run(data: &Data, plan: &Plan, done: &[(String, u64)], watcher: &dyn Watcher) -> Result<(), ExperimentError> {
    let standardiser = Standardiser::of_columns(&data.pool, data.axes)?;
    let all = (0..plan.seeds).flat_map(|seed| plan.strategies.iter().map(move |&strategy| (strategy, seed)));
    let left: Vec<(Strategy, u64)> =
        all.filter(|(s, seed)| !done.iter().any(|(name, other)| name == s.as_str() && other == seed)).collect();
    let stopped = AtomicBool::new(false);
    // One at a time per thread, in order.
    left.par_iter().with_max_len(1).try_for_each(|&(strategy, seed)| {
        if stopped.load(Ordering::Relaxed) {
            return Ok(());
        }
        let points = one_run(data, plan, &standardiser, strategy, seed, watcher)?;
        if !watcher.finished(&points) {
            stopped.store(true, Ordering::Relaxed);
        }
        Ok(())
    })
}

/// Accuracy on the test set with the whole pool labeled: what labeling everything would buy.
pub fn full_accuracy(data: &Data, options: &CommitteeOptions) -> Result<f64, LearnError> {
    let standardiser = Standardiser::of_columns(&data.pool, data.axes)?;
    let training =
        Training { rows: &data.pool, targets: data.truth.targets(), weights: None, n_classes: data.n_classes };
    let fitted = fit_committee(&training, &standardiser, None, options)?;
    Ok(Quality::of(&fitted.committee, &data.test, data.test_truth.targets()).accuracy)
}

fn one_run(
    data: &Data,
    plan: &Plan,
    standardiser: &Standardiser,
    strategy: Strategy,
    seed: u64,
    watcher: &dyn Watcher,
) -> Result<Vec<RunPoint>, ExperimentError> {
    let n = data.pool.rows();
    let ids: Vec<u64> = (0..n as u64).collect();
    let budget = plan.budget.min(n);
    let mut asked = topk::top_k(&vec![0.0; n], None, &ids, plan.initial.clamp(1, budget.max(1)), random::hash(seed, 1));
    let mut open: Vec<bool> = vec![true; n];
    for &i in &asked {
        open[i] = false;
    }
    let mut before: Option<Fitted> = None;
    let probe = data.pool.gather(&topk::top_k(&vec![0.0; n], None, &ids, PROBE, random::hash(seed, 4)));
    let mut points = Vec::new();
    loop {
        let start = watcher.clock();
        let rows = data.pool.gather(&asked);
        let truth = data.truth.targets().gather(&asked, data.n_classes);
        let targets = truth.targets();
        let training = Training { rows: &rows, targets, weights: None, n_classes: data.n_classes };
        let options = CommitteeOptions { seed: random::hash(seed, 2), ..plan.committee };
        let left: Vec<usize> = (0..n).filter(|&i| open[i]).collect();
        let care = Care { cures: &plan.cures, pool: &data.pool, unlabeled: &left, standardiser };
        let fitted = fit_cured(&care, &training, before.as_ref(), &options, &|training, options| {
            if strategy.needs_committee() {
                fit_grown(training, standardiser, before.as_ref(), options, &probe)
            } else {
                fit_committee(training, standardiser, before.as_ref(), options)
            }
        })?;
        let fit_ms = watcher.clock() - start;
        let quality = Quality::of(&fitted.committee, &data.test, data.test_truth.targets());
        let labels_now = asked.len();
        let start = watcher.clock();
        if labels_now < budget {
            let judged = Judged { committee: &fitted.committee, rows: &data.pool };
            let teaches = targets.varying(data.n_classes).len() >= targets.link().least();
            let pool = Pool {
                rows: &data.pool,
                ids: &ids,
                open: &left,
                labeled: &asked,
                targets,
                pending: &[],
                n_classes: data.n_classes,
                opinion: teaches.then_some(&judged),
                margins: None,
                axes: data.axes,
                seed: random::hash(random::hash(seed, 3), points.len() as u64),
            };
            let picks = choose(strategy, &pool, plan.batch.max(1).min(budget - labels_now))?;
            for pick in picks {
                open[pick.index] = false;
                asked.push(pick.index);
            }
        }
        let select_ms = watcher.clock() - start;
        let strategy = strategy.to_string();
        let Quality { accuracy, macro_f1, nll, .. } = quality;
        points.push(RunPoint { strategy, seed, labels: labels_now, accuracy, macro_f1, nll, fit_ms, select_ms });
        if labels_now >= budget || asked.len() == labels_now {
            return Ok(points);
        }
        before = Some(fitted);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    fn data() -> Data {
        let draw = |n: usize, salt: u64| {
            let labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
            let noise = |i: u64| random::unit(random::hash(salt, i)) as f32 - 0.5;
            let value = |i: usize| noise(i as u64) + if i % 4 == labels[i / 4] { 1.0 } else { 0.0 };
            (Matrix::new(n, 4, (0..n * 4).map(value).collect()), labels)
        };
        let ((pool, labels), (test, test_labels)) = (draw(90, 1), draw(60, 2));
        Data { pool, truth: Truth::One(labels), test, test_truth: Truth::One(test_labels), n_classes: 3, axes: 0 }
    }

    fn plan(strategies: &[&str]) -> Plan {
        let strategies = strategies.iter().map(|name| name.parse().unwrap()).collect();
        Plan {
            strategies,
            initial: 5,
            batch: 7,
            budget: 30,
            seeds: 2,
            committee: CommitteeOptions::default(),
            cures: Vec::new(),
        }
    }

    /// Collects runs, and stops after `most`.
    struct Log {
        runs: Mutex<Vec<Vec<RunPoint>>>,
        most: usize,
    }

    impl Watcher for Log {
        fn clock(&self) -> f64 {
            0.0
        }

        fn finished(&self, run: &[RunPoint]) -> bool {
            let mut runs = self.runs.lock().unwrap();
            runs.push(run.to_vec());
            runs.len() < self.most
        }
    }

    fn points(plan: &Plan, done: &[(&str, u64)], most: usize) -> Vec<RunPoint> {
        let log = Log { runs: Mutex::default(), most };
        let done: Vec<(String, u64)> = done.iter().map(|(s, seed)| ((*s).to_owned(), *seed)).collect();
        run(&data(), plan, &done, &log).unwrap();
        let mut points = log.runs.into_inner().unwrap().concat();
        points.sort_by(|a, b| (&a.strategy, a.seed, a.labels).cmp(&(&b.strategy, b.seed, b.labels)));
        points
    }

    #[test]
    fn every_strategy_starts_alike_and_ends_at_the_budget() {
        let points = points(&plan(&["auto", "random", "bald"]), &[], 99);
        let of = |name: &str| points.iter().filter(|p| p.strategy == name && p.seed == 1).collect::<Vec<_>>();
        let steps: Vec<usize> = of("bald").iter().map(|p| p.labels).collect();
        assert_eq!(steps, [5, 12, 19, 26, 30]);
        assert_eq!(of("auto")[0].accuracy, of("random")[0].accuracy);
        assert!(of("auto")[4].accuracy > 0.9, "{:?}", of("auto"));
        assert_eq!(points.len(), 2 * 3 * 5);
    }

    #[test]
    fn the_same_seed_gives_the_same_curve_whatever_else_runs() {
        let both = points(&plan(&["auto", "badge"]), &[], 99);
        assert_eq!(both[..10], points(&plan(&["auto"]), &[], 99));
        assert_eq!(both[15..], points(&plan(&["badge"]), &[("badge", 0)], 99));
    }

    #[test]
    fn an_experiment_stops_when_told() {
        let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
        assert_eq!(alone.install(|| points(&plan(&["random", "margin"]), &[], 3)).len(), 15);
    }

    #[test]
    fn a_budget_beyond_the_pool_ends_with_the_pool() {
        let mut plan = plan(&["margin"]);
        (plan.budget, plan.seeds, plan.batch) = (10_000, 1, 50);
        assert_eq!(points(&plan, &[], 99).last().map(|p| p.labels), Some(90));
    }
}
