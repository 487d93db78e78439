//! TCM (Doucet et al. 2024, "Bridging Diversity and Uncertainty in Active learning with Self-Supervised Pre-Training"):
//! `TypiClust` while labels are few, then margin. The switch comes at five labels per class.

use super::typi_clust::typi_clust;
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::open_margins;

pub static RULE: Rule = Rule {
    name: "tcm",
    also: &[],
    advice: "typical samples up to five labels per class, then margin: a simple and steady pair",
    source: "Doucet et al. 2024",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Batch(tcm),
    ties_by_margin: false,
};

/// Labels per class from which the margin takes over.
const ENOUGH: usize = 5;

/// Choose up to `take` open samples; the score is that of the rule in force.
///
/// # Errors
/// As [`Pool::judge`].
pub fn tcm(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    if pool.opinion.is_none() || pool.labeled.len() < ENOUGH * pool.n_classes {
        return Ok(typi_clust(pool, take));
    }
    let scores = open_margins(pool)?;
    Ok(pool.highest(pool.open, &scores, take))
}
