//! `ProbCover` (Yehuda et al. 2022, "Active Learning Through a Covering Lens"): greedily choose the sample whose δ-ball holds
//! most samples that no chosen ball holds yet.
//!
//! δ is the largest radius at which 95 % of balls are pure, judged by k-means clusters in place of classes. Needs no model.
//! Cost T² · D for the graph, T capped; memory its edges.

use rayon::prelude::*;

use super::max_herding::{TARGETS, targets};
use crate::math::{Matrix, gemm, kmeans};
use crate::query::pool::{Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, subsample};

pub static RULE: Rule = Rule {
    name: "prob-cover",
    also: &[],
    advice: "the very first labels of tight, well separated groups",
    source: "Yehuda et al. 2022",
    answers: Answers::Any,
    needs: Needs::Nothing,
    run: Run::Batch(|pool, take| Ok(prob_cover(pool, take))),
    ties_by_margin: false,
};

/// Most candidates: a seeded part of the pool.
const CAP: usize = 4096;
const PURE: f64 = 0.95;
const ITERATIONS: usize = 12;

/// Choose up to `take` open samples; the score is the share of the pool newly covered.
pub fn prob_cover(pool: &Pool<'_>, take: usize) -> Vec<Pick> {
    let delta = radius(&pool.unit(&targets(pool)), pool.n_classes.max(2), pool.seed);
    cover(pool, delta, take)
}

/// The choice for balls of radius `delta` around unit vectors.
pub fn cover(pool: &Pool<'_>, delta: f32, take: usize) -> Vec<Pick> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let targets = targets(pool);
    let goal = pool.unit(&targets);
    let edges = edges(&pool.unit(&candidates), &goal, delta);
    let mut covered = vec![false; targets.len()];
    for ball in self::edges(&pool.unit(&pool.covered()), &goal, delta) {
        for t in ball {
            covered[t as usize] = true;
        }
    }
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take {
        let degree = |ball: &Vec<u32>| ball.iter().filter(|&&t| !covered[t as usize]).count() as f32;
        let degrees: Vec<f32> = edges.par_iter().with_min_len(64).map(degree).collect();
        let Some(next) = best(&degrees, &used, |i| pool.ids[candidates[i]], pool.seed) else { break };
        used[next] = true;
        picks.push(Pick { index: candidates[next], score: degrees[next] / targets.len().max(1) as f32 });
        edges[next].iter().for_each(|&t| covered[t as usize] = true);
    }
    picks
}

/// For each row of `of`, the rows of `to` closer than `delta`.
fn edges(of: &Matrix, to: &Matrix, delta: f32) -> Vec<Vec<u32>> {
    let dots = gemm::abt_shared(of, to);
    let near = |row: &[f32]| (0..row.len()).filter(|&j| 2.0 - 2.0 * row[j] < delta * delta).map(|j| j as u32).collect();
    if to.rows() == 0 { vec![Vec::new(); of.rows()] } else { dots.as_slice().par_chunks(to.rows()).map(near).collect() }
}

/// The largest δ at which the share of samples whose ball holds only their own cluster is at least [`PURE`].
fn radius(rows: &Matrix, clusters: usize, seed: u64) -> f32 {
    let few = rows.gather(&(0..rows.rows().min(2048)).collect::<Vec<_>>());
    let Some(centroids) = kmeans::centroids(&few, clusters.min(few.rows()), ITERATIONS, seed ^ TARGETS, &|_| true)
    else {
        return 0.0;
    };
    let cluster = kmeans::nearest(&few, &centroids);
    let dots = gemm::abt_shared(&few, &few);
    // The ball of a sample is pure up to the distance of its nearest stranger.
    let mut strangers: Vec<f32> = (0..few.rows())
        .map(|i| {
            let near = (0..few.rows()).filter(|&j| cluster[j] != cluster[i]).map(|j| dots.row(i)[j]);
            (2.0 - 2.0 * near.fold(-1.0f32, f32::max)).max(0.0).sqrt()
        })
        .collect();
    strangers.sort_unstable_by(f32::total_cmp);
    strangers[((1.0 - PURE) * strangers.len() as f64) as usize].max(1e-4)
}
