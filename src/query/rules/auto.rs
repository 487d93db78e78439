//! The default: [`super::max_herding`] while there is no model, then [`super::variance_reduction`].
//!
//! Chosen by experiment, see `docs/label-efficiency.md`: variance reduction was ahead of or level with every other rule on
//! the sets it was tuned on, at every budget, so there is no hand-over between rules to tune.

use super::{max_herding, variance_reduction};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "auto",
    also: &[],
    advice: "the default, ahead in our measurements; covers the pool, then asks where an answer leaves least doubt",
    source: "Querist, see docs/label-efficiency.md",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(auto),
    ties_by_margin: false,
};

/// Labels per class of the project below which a model's doubts say little and the pool is covered instead.
const COLD: usize = 1;

/// Choose up to `take` open samples.
///
/// # Errors
/// As [`Pool::judge`].
pub fn auto(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    if pool.labeled.len() < COLD * pool.n_classes {
        return Ok(max_herding::max_herding(pool, take));
    }
    variance_reduction::variance_reduction(pool, take)
}
