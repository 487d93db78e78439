//! `DropQuery` (Gupte et al. 2024, "Revisiting Active Learning in the Era of Vision Foundation Models"): samples whose
//! predicted class flips when features are dropped, then one per cluster of them.
//!
//! Three predictions with 75 % of the standardised features set to zero; candidates flip in more than one of them, or in
//! any while they are fewer than 25 · B; k-means with B clusters on unit vectors, and the candidate nearest to each
//! centroid. Cost: three looks of the committee at a capped part of the pool, and one k-means.

use crate::learn::Head;
use crate::math::dot;
use crate::math::{Matrix, kmeans, random, topk};
use crate::query::pool::{Opinion, OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, subsample};

pub static RULE: Rule = Rule {
    name: "drop-query",
    also: &[],
    advice: "strong pretrained encoders: samples whose class flips when features are dropped",
    source: "Gupte et al. 2024",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(drop_query),
    ties_by_margin: false,
};

/// Most samples considered: a seeded part of the open ones.
const CAP: usize = 16_384;
const DRAWS: u64 = 3;
const DROPPED: f64 = 0.75;
const ENOUGH: usize = 25;
const ITERATIONS: usize = 12;

/// Choose up to `take` open samples; the score is the number of predictions that flipped.
///
/// # Errors
/// As [`Pool::judge`], and when there is no head whose features could be dropped.
pub fn drop_query(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let Some(head) = pool.opinion.and_then(Opinion::head) else {
        return Err(OpinionError(
            "drop-query changes features, so it needs a head; leave probabilities out".to_owned(),
        ));
    };
    let at = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let rows = pool.unit(&at);
    let plain = classes(head, &rows);
    let mut flips = vec![0usize; at.len()];
    let mean = mean(&rows);
    for draw in 0..DRAWS {
        let dropped = drop(&rows, &mean, &at, pool, draw);
        for (flips, (now, before)) in flips.iter_mut().zip(classes(head, &dropped).iter().zip(&plain)) {
            *flips += usize::from(now != before);
        }
    }
    Ok(nearest_to_centroids(pool, &at, &rows, &flips, take))
}

/// The samples with more flips than the threshold, one near each of `take` centroids; then the others by flips.
fn nearest_to_centroids(pool: &Pool<'_>, at: &[usize], rows: &Matrix, flips: &[usize], take: usize) -> Vec<Pick> {
    let above = |threshold: usize| (0..at.len()).filter(|&i| flips[i] > threshold).collect::<Vec<_>>();
    let mut candidates = above(1);
    if candidates.len() < ENOUGH * take {
        candidates = above(0);
    }
    let pick = |i: usize| Pick { index: at[i], score: flips[i] as f32 };
    let mut used = vec![false; at.len()];
    let mut picks = Vec::new();
    if candidates.len() > take {
        let points = rows.gather(&candidates);
        // It cannot be stopped, so there are always centroids.
        let centroids = kmeans::centroids(&points, take, ITERATIONS, pool.seed, &|_| true).unwrap_or_default();
        for c in 0..centroids.rows() {
            let closeness: Vec<f32> = (0..points.rows())
                .map(|i| dot(points.row(i), centroids.row(c)) - dot(points.row(i), points.row(i)) / 2.0)
                .collect();
            let taken: Vec<bool> = candidates.iter().map(|&i| used[i]).collect();
            if let Some(next) = best(&closeness, &taken, |i| pool.ids[at[candidates[i]]], pool.seed) {
                used[candidates[next]] = true;
                picks.push(pick(candidates[next]));
            }
        }
    }
    // Too few candidates, or centroids that share one: the rest in order of flips, then of the seed.
    let scores: Vec<f32> = flips.iter().zip(&used).map(|(&f, &used)| if used { -1.0 } else { f as f32 }).collect();
    let ids: Vec<u64> = at.iter().map(|&i| pool.ids[i]).collect();
    let rest = topk::top_k(&scores, None, &ids, take, pool.seed).into_iter().filter(|&i| !used[i]).map(pick);
    picks.extend(rest);
    picks.truncate(take);
    picks
}

/// The first most probable class of each unit row.
fn classes(head: &Head, rows: &Matrix) -> Vec<usize> {
    let logits = crate::math::gemm::abt_shared(rows, &head.weights);
    let top = |i: usize| {
        let z = |k: usize| logits.row(i)[k] + head.bias[k];
        (1..head.bias.len()).fold(0, |top, k| if z(k) > z(top) { k } else { top })
    };
    (0..rows.rows()).map(top).collect()
}

/// x = μ + (x − μ) · mask / (1 − p): a standardised feature that is dropped takes the mean of the pool.
fn drop(rows: &Matrix, mean: &[f32], at: &[usize], pool: &Pool<'_>, draw: u64) -> Matrix {
    let mut out = rows.clone();
    let kept = (1.0 / (1.0 - DROPPED)) as f32;
    for (i, &position) in at.iter().enumerate() {
        // A mask of its own for every sample and draw, whatever else is in the pool.
        let key = random::hash(pool.seed ^ draw.wrapping_mul(0x9e37_79b9), pool.ids[position]);
        for (j, (x, m)) in out.row_mut(i).iter_mut().zip(mean).enumerate() {
            let keep = random::unit(random::hash(key, j as u64)) >= DROPPED;
            *x = m + if keep { (*x - m) * kept } else { 0.0 };
        }
    }
    out
}

fn mean(rows: &Matrix) -> Vec<f32> {
    let mut sum = vec![0.0f64; rows.cols()];
    for i in 0..rows.rows() {
        sum.iter_mut().zip(rows.row(i)).for_each(|(s, &x)| *s += f64::from(x));
    }
    sum.into_iter().map(|s| (s / rows.rows().max(1) as f64) as f32).collect()
}
