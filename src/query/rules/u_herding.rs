//! `UHerding` (Bae et al. 2025, "Uncertainty Herding: One Active Learning Method for All Label Budgets"): coverage of the
//! pool's uncertain part, see [`crate::query::coverage`]. Uₜ is the margin score of the committee's mean, and 0 where covered.
//!
//! σ² is that of `MaxHerding`. The paper takes the smallest distance between labels, which one pair of copies makes 0.
//!
//! Cost as [`super::max_herding`], and one look of the committee at the targets.

use super::max_herding::{CANDIDATES, CAP, targets};
use crate::query::coverage::{self, CoverageTask};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{doubtful, margins};

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

/// Choose up to `take` open samples.
///
/// # Errors
/// As [`Pool::judge`].
pub fn u_herding(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = doubtful(pool, CAP.max(take), pool.seed ^ CANDIDATES)?;
    let targets = targets(pool);
    let weights = weights(pool, &targets)?;
    let width = super::max_herding::width(pool);
    Ok(coverage::greedy(
        pool,
        &CoverageTask { candidates: &candidates, targets: &targets, weights: &weights, width },
        take,
    ))
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
