//! `MaxHerding` (Bae et al. 2024, "Generalized Coverage for More Robust Low-Budget Active Learning"): greedy coverage of the
//! pool with equal weights, see [`crate::query::coverage`]. Needs no model, so it serves the cold start.
//!
//! Cost: C · T · D once and C · T per full pass, C and T capped.

use crate::math::{Matrix, distance};
use crate::query::coverage::{self, CoverageTask};
use crate::query::pool::{Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::subsample;

pub static RULE: Rule = Rule {
    name: "max-herding",
    also: &[],
    advice: "the very first labels: covers the pool evenly, needs no model",
    source: "Bae et al. 2024",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Batch(|pool, take| Ok(max_herding(pool, take))),
    ties_by_margin: false,
};

/// Most candidates, and most samples to be covered: seeded parts of the pool.
pub const CAP: usize = 4096;

/// Purposes of the seed, so that candidates and targets are drawn independently.
pub const CANDIDATES: u64 = 0xc0;
pub const TARGETS: u64 = 0x7a;
const DISTANCES: u64 = 0xd1;
/// Samples whose distances are measured.
const MEASURED: usize = 256;

/// Choose up to `take` open samples, with the kernel's width from the data.
pub fn max_herding(pool: &Pool<'_>, take: usize) -> Vec<Pick> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed ^ CANDIDATES);
    let targets = targets(pool);
    let width = width(pool);
    coverage::greedy(
        pool,
        &CoverageTask { candidates: &candidates, targets: &targets, weights: &vec![1.0; targets.len()], width },
        take,
    )
}

/// A seeded part of the whole pool, labeled samples included.
pub fn targets(pool: &Pool<'_>) -> Vec<usize> {
    let everyone: Vec<usize> = (0..pool.rows.rows()).collect();
    subsample(&everyone, pool.ids, CAP, pool.seed ^ TARGETS)
}

/// σ² = 1, or the median squared distance of a few samples where σ = 1 sees all of them as equal or all as strangers.
pub fn width(pool: &Pool<'_>) -> f32 {
    let Some(median) = typical_distance(pool) else { return 1.0 };
    if (0.05..=0.95).contains(&(-median).exp()) { 1.0 } else { median }
}

/// The median squared distance between the unit vectors of a few hundred samples of the pool; `None` when all are equal.
pub fn typical_distance(pool: &Pool<'_>) -> Option<f32> {
    let everyone: Vec<usize> = (0..pool.rows.rows()).collect();
    median_apart(&pool.unit(&subsample(&everyone, pool.ids, MEASURED, pool.seed ^ DISTANCES)))
}

/// The median squared distance between distinct rows.
fn median_apart(few: &Matrix) -> Option<f32> {
    let squared = distance::squared_distances(few, few);
    let mut apart: Vec<f32> =
        (0..few.rows()).flat_map(|i| squared.row(i)[..i].to_vec()).filter(|&d| d > 1e-9).collect();
    if apart.is_empty() {
        return None;
    }
    let middle = apart.len() / 2;
    Some(*apart.select_nth_unstable_by(middle, f32::total_cmp).1)
}
