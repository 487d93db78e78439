//! `UHerding` (Bae et al. 2025, "Uncertainty Herding: One Active Learning Method for All Label Budgets"): coverage of the
//! pool's uncertain part, see [`crate::query::coverage`]. Uₜ is the margin score of the committee's mean, and 0 where covered.
//!
//! σ² comes from the labels, so that it shrinks as they come and the rule moves by itself from coverage to uncertainty. The
//! paper takes the smallest distance between labels, which one pair of copies makes 0; here it is a low quantile of the distances
//! from each label to the nearest other.
//!
//! Cost as [`super::max_herding`], and one look of the committee at the targets.

use super::max_herding::{self, CANDIDATES, CAP, TARGETS};
use crate::query::coverage::{self, CoverageTask};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{doubtful, margins, nearest_of_others, subsample};

pub static RULE: Rule = Rule {
    name: "u-herding",
    also: &[],
    advice: "few labels: covers the part of the pool that the model is unsure of",
    source: "Bae et al. 2025",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(u_herding),
    ties_by_margin: false,
};

/// Quantile of the distances between labels that is the width, and its least value.
const QUANTILE: f64 = 0.05;
const LEAST_WIDTH: f32 = 1e-3;
/// Labels whose distances are measured.
const MEASURED: usize = 2048;

/// Choose up to `take` open samples.
///
/// # Errors
/// As [`Pool::judge`].
pub fn u_herding(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    herded(pool, take, CAP)
}

/// As [`u_herding`], among at most `cap` candidates and targets.
///
/// # Errors
/// As [`Pool::judge`].
pub fn herded(pool: &Pool<'_>, take: usize, cap: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = doubtful(pool, cap.max(take), pool.seed ^ CANDIDATES)?;
    let everyone: Vec<usize> = (0..pool.rows.rows()).collect();
    let targets = subsample(&everyone, pool.ids, cap, pool.seed ^ TARGETS);
    let weights = weights(pool, &targets)?;
    let task = CoverageTask { candidates: &candidates, targets: &targets, weights: &weights, width: width(pool) };
    Ok(coverage::greedy(pool, &task, take))
}

/// σ²: a low quantile of the squared distances from each label to the nearest other one; that of `MaxHerding` below two labels.
pub fn width(pool: &Pool<'_>) -> f32 {
    let labels = subsample(pool.labeled, pool.ids, MEASURED, pool.seed ^ CANDIDATES);
    if labels.len() < 2 {
        return max_herding::width(pool);
    }
    let mut apart = nearest_of_others(&pool.unit(&labels));
    let at = (QUANTILE * (apart.len() - 1) as f64).round() as usize;
    apart.select_nth_unstable_by(at, f32::total_cmp).1.max(LEAST_WIDTH)
}

/// The margin score of each target, and 0 for those that are labeled or handed out.
///
/// # Errors
/// As [`Pool::judge`].
pub fn weights(pool: &Pool<'_>, targets: &[usize]) -> Result<Vec<f32>, OpinionError> {
    let mut weights = margins(pool, targets)?;
    let mut covered = pool.covered();
    covered.sort_unstable();
    for (weight, target) in weights.iter_mut().zip(targets) {
        if covered.binary_search(target).is_ok() {
            *weight = 0.0;
        }
    }
    Ok(weights)
}
