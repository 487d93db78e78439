//! k-center greedy, also `CoreSet` (Sener and Savarese 2018, "Active Learning for Convolutional Neural Networks: A Core-Set
//! Approach"): argmax over u of min over covered s of ‖`x̂_u` − `x̂_s`‖, on L2-normalised embeddings.
//!
//! It seeks outliers, and loses to random on most frozen features; kept as a reference. Cost: N · n · D for the start, then
//! N · D per pick; memory N numbers.

use crate::query::pool::{Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, nearest_squared, products, subsample};

pub static RULE: Rule = Rule {
    name: "k-center",
    also: &["coreset", "kcentergreedy"],
    advice: "spreads over the whole space, outliers first; a reference, rarely the best",
    source: "Sener and Savarese 2018",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Batch(|pool, take| Ok(k_center(pool, take))),
    ties_by_margin: false,
};

/// Most candidates: a seeded part of the pool.
const CAP: usize = 50_000;

/// Choose up to `take` open samples; the score is the distance to what was covered before. The first sample of an empty
/// project is the one farthest from the mean of all.
pub fn k_center(pool: &Pool<'_>, take: usize) -> Vec<Pick> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let rows = pool.unit(&candidates);
    let covered = pool.covered();
    let mut apart = nearest_squared(&rows, &pool.unit(&covered));
    if covered.is_empty() {
        let mut mean = vec![0.0f32; rows.cols()];
        for i in 0..rows.rows() {
            mean.iter_mut().zip(rows.row(i)).for_each(|(m, x)| *m += x / rows.rows() as f32);
        }
        let square: f32 = mean.iter().map(|m| m * m).sum();
        apart = products(&rows, &mean).into_iter().map(|p| (1.0 + square - 2.0 * p).max(0.0)).collect();
    }
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take {
        let Some(next) = best(&apart, &used, |i| pool.ids[candidates[i]], pool.seed) else { break };
        picks.push(Pick { index: candidates[next], score: apart[next].sqrt() });
        used[next] = true;
        let first = picks.len() == 1 && covered.is_empty();
        for (d, p) in apart.iter_mut().zip(products(&rows, rows.row(next))) {
            let now = (2.0 - 2.0 * p).max(0.0);
            *d = if first { now } else { d.min(now) };
        }
    }
    picks
}
