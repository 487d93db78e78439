//! An active-learning experiment on labeled data: what would each strategy have bought?
//!
//! **Invariant:** strategies are paired: one seed gives every strategy the same first labels, and nothing but the pool's
//! labels already asked for ever reaches a fit.

use std::fmt;
use std::str::FromStr;

use super::classification::{Confusion, arg_max, negative_log_likelihood};
use crate::learn::{Committee, CommitteeOptions, LearnError, Standardiser, Training, fit_committee};
use crate::math::{Matrix, random, topk};
use crate::query::coverage::{CoverageOptions, max_herding};
use crate::query::{Strategy, UnknownStrategy, score_pool};

/// Share of `auto`'s questions drawn at random, so that no sample is out of reach.
const RANDOM_SHARE: f64 = 0.05;

/// What an experiment compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arm {
    /// Coverage until max(2 K, 20) labels of at least two classes, then margin with one question in twenty at random.
    Auto,
    Fixed(Strategy),
}

impl fmt::Display for Arm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.pad("auto"),
            Self::Fixed(strategy) => strategy.fmt(f),
        }
    }
}

impl FromStr for Arm {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "auto" { Ok(Self::Auto) } else { text.parse().map(Self::Fixed) }
    }
}

/// Labeled embeddings, split into the pool to ask about and the test set to measure on.
#[derive(Debug, Clone)]
pub struct Data {
    pub pool: Matrix,
    pub labels: Vec<usize>,
    pub test: Matrix,
    pub test_labels: Vec<usize>,
    pub n_classes: usize,
}

/// How to run.
#[derive(Debug, Clone)]
pub struct Plan {
    pub arms: Vec<Arm>,
    pub initial: usize,
    pub batch: usize,
    pub budget: usize,
    pub seeds: u64,
    pub committee: CommitteeOptions,
}

/// One measurement, a row of `curves.csv`.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Point {
    pub strategy: String,
    pub seed: u64,
    pub labels: usize,
    pub accuracy: f64,
    pub macro_f1: f64,
    pub nll: f64,
    pub fit_ms: f64,
    pub select_ms: f64,
}

/// Every arm with every seed. `clock` gives milliseconds and `told` hears of (done, total) runs; `false` stops early.
///
/// # Errors
/// Whatever a fit refuses.
pub fn run(
    data: &Data,
    plan: &Plan,
    clock: &dyn Fn() -> f64,
    told: &dyn Fn(u64, u64) -> bool,
) -> Result<Vec<Point>, LearnError> {
    let standardiser = Standardiser::from_pool(&data.pool)?;
    let total = plan.seeds * plan.arms.len() as u64;
    let mut points = Vec::new();
    // Seeds outside: stopping early leaves whole pairs.
    for seed in 0..plan.seeds {
        for (done, &arm) in (seed * plan.arms.len() as u64..).zip(&plan.arms) {
            if !told(done, total) {
                return Ok(points);
            }
            one_run(data, plan, &standardiser, arm, seed, clock, &mut points)?;
        }
    }
    told(total, total);
    Ok(points)
}

/// Accuracy on the test set with the whole pool labeled: what labeling everything would buy.
pub fn full_accuracy(data: &Data, options: &CommitteeOptions) -> Result<f64, LearnError> {
    let standardiser = Standardiser::from_pool(&data.pool)?;
    let training = Training { rows: &data.pool, labels: &data.labels, weights: None, n_classes: data.n_classes };
    let committee = fit_committee(&training, &standardiser, None, options)?;
    Ok(measure(&committee, data).0)
}

fn one_run(
    data: &Data,
    plan: &Plan,
    standardiser: &Standardiser,
    arm: Arm,
    seed: u64,
    clock: &dyn Fn() -> f64,
    points: &mut Vec<Point>,
) -> Result<(), LearnError> {
    let n = data.labels.len();
    let ids: Vec<u64> = (0..n as u64).collect();
    let budget = plan.budget.min(n);
    let mut asked = topk::top_k(&vec![0.0; n], None, &ids, plan.initial.clamp(1, budget.max(1)), random::hash(seed, 1));
    let mut open: Vec<bool> = vec![true; n];
    for &i in &asked {
        open[i] = false;
    }
    let mut committee: Option<Committee> = None;
    let mut round = 0;
    loop {
        let start = clock();
        let rows = data.pool.gather(&asked);
        let labels: Vec<usize> = asked.iter().map(|&i| data.labels[i]).collect();
        let training = Training { rows: &rows, labels: &labels, weights: None, n_classes: data.n_classes };
        let options = CommitteeOptions { seed: random::hash(seed, 2), ..plan.committee };
        let fitted = fit_committee(&training, standardiser, committee.as_ref(), &options)?;
        let fit_ms = clock() - start;
        let (accuracy, macro_f1, nll) = measure(&fitted, data);
        let labels_now = asked.len();
        let start = clock();
        if labels_now < budget {
            let take = plan.batch.max(1).min(budget - labels_now);
            let seed = random::hash(random::hash(seed, 3), round);
            for i in choose(data, &fitted, arm, &asked, &labels, &open, &ids, take, seed) {
                open[i] = false;
                asked.push(i);
            }
        }
        let select_ms = clock() - start;
        let strategy = arm.to_string();
        points.push(Point { strategy, seed, labels: labels_now, accuracy, macro_f1, nll, fit_ms, select_ms });
        if labels_now >= budget || asked.len() == labels_now {
            return Ok(());
        }
        committee = Some(fitted);
        round += 1;
    }
}

/// The next `take` samples of the pool for `arm`.
#[expect(clippy::too_many_arguments, reason = "one call site; a struct would only rename the list")]
fn choose(
    data: &Data,
    committee: &Committee,
    arm: Arm,
    asked: &[usize],
    labels: &[usize],
    open: &[bool],
    ids: &[u64],
    take: usize,
    seed: u64,
) -> Vec<usize> {
    let left: Vec<usize> = (0..open.len()).filter(|&i| open[i]).collect();
    let strategy = match arm {
        Arm::Fixed(strategy) => strategy,
        Arm::Auto => {
            let several = labels.iter().any(|y| *y != labels[0]);
            if asked.len() < (2 * data.n_classes).max(20) || !several {
                let options = CoverageOptions { seed, ..CoverageOptions::default() };
                let picks = max_herding(&data.pool, ids, &left, asked, take, &options);
                return picks.into_iter().map(|pick| pick.index).collect();
            }
            Strategy::Margin
        }
    };
    let (mut scores, mut second) = (vec![0.0; left.len()], None);
    if strategy != Strategy::Random {
        let rows = data.pool.gather(&left);
        scores = score_pool(strategy, committee, &rows);
        second = strategy.tie_break().map(|second| score_pool(second, committee, &rows));
    }
    if arm == Arm::Auto {
        // One slot in twenty goes to the random order: those samples rank above all scores.
        let slots = (0..take as u64).filter(|&s| random::unit(random::hash(seed ^ 0xe, s)) < RANDOM_SHARE).count();
        let left_ids: Vec<u64> = left.iter().map(|&i| ids[i]).collect();
        for at in topk::top_k(&vec![0.0; left.len()], None, &left_ids, slots, seed ^ 0xe5) {
            scores[at] = f32::INFINITY;
        }
    }
    let left_ids: Vec<u64> = left.iter().map(|&i| ids[i]).collect();
    topk::top_k(&scores, second.as_deref(), &left_ids, take, seed).into_iter().map(|at| left[at]).collect()
}

/// Accuracy, macro F1 and negative log-likelihood of the committee's opinion on the test set.
fn measure(committee: &Committee, data: &Data) -> (f64, f64, f64) {
    let opinion = committee.votes(&data.test).mean();
    let confusion = Confusion::new(&data.test_labels, &arg_max(&opinion, data.n_classes), data.n_classes);
    let nll = negative_log_likelihood(&opinion, &data.test_labels, data.n_classes);
    (confusion.accuracy(), confusion.macro_f1(), nll)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data() -> Data {
        let draw = |n: usize, salt: u64| {
            let labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
            let noise = |i: u64| random::unit(random::hash(salt, i)) as f32 - 0.5;
            let value = |i: usize| noise(i as u64) + if i % 4 == labels[i / 4] { 1.0 } else { 0.0 };
            (Matrix::new(n, 4, (0..n * 4).map(value).collect()), labels)
        };
        let ((pool, labels), (test, test_labels)) = (draw(90, 1), draw(60, 2));
        Data { pool, labels, test, test_labels, n_classes: 3 }
    }

    fn plan(arms: &[&str]) -> Plan {
        let arms = arms.iter().map(|arm| arm.parse().unwrap()).collect();
        Plan { arms, initial: 5, batch: 7, budget: 30, seeds: 2, committee: CommitteeOptions::default() }
    }

    #[test]
    fn every_arm_starts_alike_and_ends_at_the_budget() {
        let points = run(&data(), &plan(&["auto", "random", "bald"]), &|| 0.0, &|_, _| true).unwrap();
        let of = |arm: &str| points.iter().filter(|p| p.strategy == arm && p.seed == 1).collect::<Vec<_>>();
        let steps: Vec<usize> = of("bald").iter().map(|p| p.labels).collect();
        assert_eq!(steps, [5, 12, 19, 26, 30]);
        assert_eq!(of("auto")[0].accuracy, of("random")[0].accuracy);
        assert!(of("auto")[4].accuracy > 0.9, "{:?}", of("auto"));
        assert_eq!(points.len(), 2 * 3 * 5);
    }

    #[test]
    fn the_same_seed_gives_the_same_curve() {
        let again = || run(&data(), &plan(&["auto"]), &|| 0.0, &|_, _| true).unwrap();
        assert_eq!(again(), again());
    }

    #[test]
    fn a_budget_beyond_the_pool_ends_with_the_pool() {
        let mut plan = plan(&["margin"]);
        (plan.budget, plan.seeds, plan.batch) = (10_000, 1, 50);
        let points = run(&data(), &plan, &|| 0.0, &|_, _| true).unwrap();
        assert_eq!(points.last().map(|p| p.labels), Some(90));
    }
}
