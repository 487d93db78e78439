//! TCM (Doucet et al. 2024, "Bridging Diversity and Uncertainty in Active learning with Self-Supervised Pre-Training"):
//! `TypiClust` while labels are few, then margin. The switch comes at five labels per class.

use super::pool::{OpinionError, Pick, Pool};
use super::similar::open_margins;
use super::typi_clust::typi_clust;

/// Labels per class from which the margin takes over.
const ENOUGH: usize = 5;

/// Choose up to `take` open samples; the score is that of the rule in force.
///
/// # Errors
/// As [`Pool::judge`].
pub fn tcm(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    if pool.opinion.is_none() || pool.labels.len() < ENOUGH * pool.n_classes {
        return Ok(typi_clust(pool, take));
    }
    let scores = open_margins(pool)?;
    Ok(pool.highest(pool.open, &scores, take))
}
