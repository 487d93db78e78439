//! Ranked batch (Cardoso et al. 2017, "Ranked batch-mode active learning"): α (1 − s) + (1 − α) u, with u least confidence,
//! s = 1/(1 + d) the similarity to the nearest covered sample, and α = |U| / (|U| + |covered|), both counted as picks go.
//!
//! With a large pool α is near 1 and the rule is k-center; kept as a reference. Cost: N · n · D, then N · D per pick.

use super::least_confidence::least_confidence;
use crate::learn::votes::mean_of;
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, nearest_squared, products, subsample};

pub static RULE: Rule = Rule {
    name: "ranked-batch",
    also: &[],
    advice: "k-center with a little uncertainty; a reference for those who come from modAL",
    source: "Cardoso et al. 2017",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(ranked_batch),
    ties_by_margin: false,
};

/// Most candidates: a seeded part of the pool.
const CAP: usize = 50_000;

/// Choose up to `take` open samples.
///
/// # Errors
/// As [`Pool::judge`].
pub fn ranked_batch(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let doubt = pool.judge(&candidates, |votes, scratch| {
        mean_of(votes, scratch);
        least_confidence(scratch)
    })?;
    let rows = pool.unit(&candidates);
    let covered = pool.covered();
    let mut apart = nearest_squared(&rows, &pool.unit(&covered));
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take {
        let (left, done) = ((candidates.len() - picks.len()) as f32, (covered.len() + picks.len()) as f32);
        let alpha = left / (left + done);
        let score = |(d, u): (&f32, &f32)| alpha * (1.0 - 1.0 / (1.0 + d.sqrt())) + (1.0 - alpha) * u;
        let scores: Vec<f32> = apart.iter().zip(&doubt).map(score).collect();
        let Some(next) = best(&scores, &used, |i| pool.ids[candidates[i]], pool.seed) else { break };
        used[next] = true;
        picks.push(Pick { index: candidates[next], score: scores[next] });
        for (d, p) in apart.iter_mut().zip(products(&rows, rows.row(next))) {
            *d = d.min((2.0 - 2.0 * p).max(0.0));
        }
    }
    Ok(picks)
}
