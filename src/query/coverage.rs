//! Greedy coverage by a kernel: what `MaxHerding` and `UHerding` share.
//!
//! gain(u) = (1/T) Σₜ Uₜ max(0, k(xₜ, xᵤ) − mₜ), mₜ = max over covered s of k(xₜ, xₛ), with k = exp(−‖·‖²/σ²) on
//! L2-normalised embeddings. Submodular, so the lazy greedy search is exact. Time C · T · D for the kernel, then C · T per
//! full pass; memory C · T numbers.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use super::pool::{Pick, Pool};
use crate::math::{Matrix, gemm, random};

/// What is to be covered, and from what.
pub struct CoverageTask<'a> {
    /// Positions that may be chosen.
    pub candidates: &'a [usize],
    /// Positions to be covered, and the weight of each.
    pub targets: &'a [usize],
    pub weights: &'a [f32],
    /// σ² of the kernel.
    pub width: f32,
}

/// Choose up to `take` candidates that add most coverage to what `pool` has covered, in order; the score is the gain.
///
/// Ties fall by the hash of (seed, id).
pub fn greedy(pool: &Pool<'_>, task: &CoverageTask<'_>, take: usize) -> Vec<Pick> {
    if task.candidates.is_empty() || task.targets.is_empty() {
        return Vec::new();
    }
    let targets = pool.unit(task.targets);
    // C × T, so that a gain reads one row.
    let kernel = kernel(&pool.unit(task.candidates), &targets, task.width);
    let mut reached = vec![0.0f32; targets.rows()];
    for part in pool.covered().chunks(1024) {
        let near = self::kernel(&pool.unit(part), &targets, task.width);
        for i in 0..near.rows() {
            raise(&mut reached, near.row(i));
        }
    }
    let gain = |u: usize, reached: &[f32]| gain(kernel.row(u), reached, task.weights);
    let tie = |u: usize| {
        let id = pool.ids[task.candidates[u]];
        (random::hash(pool.seed, id), id)
    };
    let first: Vec<f64> = (0..kernel.rows()).into_par_iter().map(|u| gain(u, &reached)).collect();
    let entries = first.iter().enumerate().map(|(at, &gain)| Entry { gain, tie: tie(at), at, stamp: 0 });
    let mut heap: BinaryHeap<Entry> = entries.collect();
    let mut picks = Vec::with_capacity(take.min(kernel.rows()));
    while picks.len() < take {
        let Some(top) = heap.pop() else { break };
        if top.stamp == picks.len() {
            raise(&mut reached, kernel.row(top.at));
            let score = (top.gain / targets.rows() as f64) as f32;
            picks.push(Pick { index: task.candidates[top.at], score });
        } else {
            heap.push(Entry { gain: gain(top.at, &reached), stamp: picks.len(), ..top });
        }
    }
    picks
}

/// k(x, y) between rows of unit length: exp(−(2 − 2 x·y)/σ²).
pub fn kernel(a: &Matrix, b: &Matrix, width: f32) -> Matrix {
    let mut k = gemm::abt_shared(a, b);
    let scale = 1.0 / width;
    k.as_mut_slice().par_chunks_mut(4096).for_each(|part| {
        for x in part {
            *x = (-(2.0 - 2.0 * *x).max(0.0) * scale).exp();
        }
    });
    k
}

fn gain(kernel: &[f32], reached: &[f32], weights: &[f32]) -> f64 {
    // Partial sums in single precision over short runs keep the loop vectorised and the sum exact enough.
    let runs = kernel.chunks(64).zip(reached.chunks(64)).zip(weights.chunks(64));
    runs.map(|((k, m), w)| f64::from(k.iter().zip(m).zip(w).map(|((k, m), w)| w * (k - m).max(0.0)).sum::<f32>())).sum()
}

fn raise(reached: &mut [f32], kernel: &[f32]) {
    for (m, &k) in reached.iter_mut().zip(kernel) {
        *m = m.max(k);
    }
}

/// A candidate and the gain it had when `stamp` samples were chosen; gains only fall.
#[derive(Clone, Copy)]
struct Entry {
    gain: f64,
    tie: (u64, u64),
    at: usize,
    stamp: usize,
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> Ordering {
        self.gain.total_cmp(&other.gain).then_with(|| other.tie.cmp(&self.tie))
    }
}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Entry {}
