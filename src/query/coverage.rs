//! Coverage for the cold start: `MaxHerding` (Bae et al. 2024, "Generalized Coverage for More Robust Low-Budget Active
//! Learning").
//!
//! gain(u) = (1/T) Σₜ max(0, k(xₜ, xᵤ) − mₜ), mₜ = max over chosen s of k(xₜ, xₛ), with k = exp(−‖·‖²/σ²) on
//! L2-normalised embeddings. Submodular, so the lazy greedy search is exact. Time C · T · D for the kernel, then C · T per
//! full pass; memory C · T numbers, both sides capped.

use std::cmp::Ordering;
use std::collections::BinaryHeap;

use rayon::prelude::*;

use crate::math::{Matrix, distance, gemm, random};

/// Purposes of the seed, so that candidates and targets are drawn independently.
const CANDIDATES: u64 = 0xc0;
const TARGETS: u64 = 0x7a;

/// Settings of the search.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CoverageOptions {
    /// Kernel width; `None` takes 1, or the median distance where a width of 1 tells no pair from another.
    pub sigma: Option<f32>,
    /// Most candidates considered, a seeded part of the pool.
    pub candidates: usize,
    /// Most samples to be covered, a seeded part of the pool.
    pub targets: usize,
    pub seed: u64,
}

impl Default for CoverageOptions {
    fn default() -> Self {
        Self { sigma: None, candidates: 4096, targets: 4096, seed: 0 }
    }
}

/// One choice: the position in the pool, and the share of the pool it newly covers.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pick {
    pub index: usize,
    pub gain: f32,
}

/// Choose up to `take` of `open` (positions in `rows`, N × D raw embeddings) that cover the pool best, in order.
///
/// `covered` are positions already labeled or handed out. Ties fall by the hash of (`seed`, id).
///
/// # Panics
/// When `ids` and `rows` differ in length, or a position is out of range.
pub fn max_herding(
    rows: &Matrix,
    ids: &[u64],
    open: &[usize],
    covered: &[usize],
    take: usize,
    options: &CoverageOptions,
) -> Vec<Pick> {
    assert_eq!(rows.rows(), ids.len(), "one id per row");
    let everyone: Vec<usize> = (0..rows.rows()).collect();
    let candidates = subsample(open, ids, options.candidates.max(take), options.seed ^ CANDIDATES);
    let targets = subsample(&everyone, ids, options.targets, options.seed ^ TARGETS);
    if candidates.is_empty() || targets.is_empty() {
        return Vec::new();
    }
    let c = distance::normalised(&rows.gather(&candidates));
    let t = distance::normalised(&rows.gather(&targets));
    let sigma = options.sigma.unwrap_or_else(|| width(&t));
    // C × T, so that a gain reads one row.
    let kernel = kernel(&c, &t, sigma);
    let mut reached = vec![0.0f32; targets.len()];
    for part in covered.chunks(1024) {
        let near = self::kernel(&distance::normalised(&rows.gather(part)), &t, sigma);
        for i in 0..near.rows() {
            raise(&mut reached, near.row(i));
        }
    }
    let tie: Vec<(u64, u64)> = candidates.iter().map(|&i| (random::hash(options.seed, ids[i]), ids[i])).collect();
    let first: Vec<f64> = (0..candidates.len()).into_par_iter().map(|u| gain(kernel.row(u), &reached)).collect();
    let mut heap: BinaryHeap<Entry> =
        first.iter().enumerate().map(|(u, &gain)| Entry { gain, tie: tie[u], at: u, stamp: 0 }).collect();
    let mut picks = Vec::with_capacity(take.min(candidates.len()));
    while picks.len() < take {
        let Some(top) = heap.pop() else { break };
        if top.stamp == picks.len() {
            raise(&mut reached, kernel.row(top.at));
            picks.push(Pick { index: candidates[top.at], gain: (top.gain / targets.len() as f64) as f32 });
        } else {
            heap.push(Entry { gain: gain(kernel.row(top.at), &reached), stamp: picks.len(), ..top });
        }
    }
    picks
}

/// The `most` positions with the smallest hashes, ascending by position; all of them when there are no more.
fn subsample(positions: &[usize], ids: &[u64], most: usize, seed: u64) -> Vec<usize> {
    let mut drawn = positions.to_vec();
    if most < drawn.len() {
        drawn.select_nth_unstable_by_key(most, |&i| (random::hash(seed, ids[i]), ids[i]));
        drawn.truncate(most);
        drawn.sort_unstable();
    }
    drawn
}

/// k(x, y) between rows of unit length: exp(−(2 − 2 x·y)/σ²).
fn kernel(a: &Matrix, b: &Matrix, sigma: f32) -> Matrix {
    let mut k = Matrix::zeros(a.rows(), b.rows());
    let (d, n) = (a.cols(), b.rows());
    if n == 0 || d == 0 {
        return k;
    }
    k.as_mut_slice().par_chunks_mut(256 * n).enumerate().for_each(|(block, out)| {
        let rows = &a.as_slice()[block * 256 * d..block * 256 * d + out.len() / n * d];
        gemm::abt_into(rows, b.as_slice(), d, out);
        for x in out {
            *x = (-(2.0 - 2.0 * *x).max(0.0) / (sigma * sigma)).exp();
        }
    });
    k
}

/// σ = 1, or the median distance of a few targets where σ = 1 sees all of them as equal or all as strangers.
fn width(targets: &Matrix) -> f32 {
    let few = targets.gather(&(0..targets.rows().min(256)).collect::<Vec<_>>());
    let squared = distance::squared_distances(&few, &few);
    let mut apart: Vec<f32> =
        (0..few.rows()).flat_map(|i| squared.row(i)[..i].to_vec()).filter(|&d| d > 1e-9).collect();
    if apart.is_empty() {
        return 1.0;
    }
    let middle = apart.len() / 2;
    let median = *apart.select_nth_unstable_by(middle, f32::total_cmp).1;
    if (0.05..=0.95).contains(&(-median).exp()) { 1.0 } else { median.sqrt() }
}

fn gain(kernel: &[f32], reached: &[f32]) -> f64 {
    // Partial sums in single precision over short runs keep the loop vectorised and the sum exact enough.
    kernel
        .chunks(64)
        .zip(reached.chunks(64))
        .map(|(k, m)| f64::from(k.iter().zip(m).map(|(k, m)| (k - m).max(0.0)).sum::<f32>()))
        .sum()
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

#[cfg(test)]
mod tests {
    use super::*;

    fn scattered(n: usize, d: usize) -> Matrix {
        let noise = |i: usize| random::unit(random::hash(3, i as u64)) as f32 - 0.5;
        Matrix::new(n, d, (0..n * d).map(noise).collect())
    }

    /// Greedy without the lazy heap.
    fn plain(rows: &Matrix, covered: &[usize], take: usize) -> Vec<usize> {
        let unit = distance::normalised(rows);
        let k = kernel(&unit, &unit, 1.0);
        let mut reached = vec![0.0; rows.rows()];
        for &s in covered {
            raise(&mut reached, k.row(s));
        }
        let mut picks = Vec::new();
        for _ in 0..take {
            let best = (0..rows.rows())
                .filter(|u| !picks.contains(u) && !covered.contains(u))
                .max_by(|&a, &b| gain(k.row(a), &reached).total_cmp(&gain(k.row(b), &reached)))
                .unwrap();
            raise(&mut reached, k.row(best));
            picks.push(best);
        }
        picks
    }

    #[test]
    fn the_lazy_search_equals_the_plain_one_and_gains_never_rise() {
        let rows = scattered(80, 5);
        let ids: Vec<u64> = (0..80).collect();
        let open: Vec<usize> = (0..80).filter(|i| ![4, 9].contains(i)).collect();
        let options = CoverageOptions { sigma: Some(1.0), ..CoverageOptions::default() };
        let picks = max_herding(&rows, &ids, &open, &[4, 9], 20, &options);
        assert_eq!(picks.iter().map(|p| p.index).collect::<Vec<_>>(), plain(&rows, &[4, 9], 20));
        assert!(picks.windows(2).all(|w| w[0].gain >= w[1].gain));
    }

    #[test]
    fn one_pick_falls_in_each_far_apart_group() {
        let mut rows = Matrix::zeros(30, 3);
        for i in 0..30 {
            rows.row_mut(i)[i % 3] = 1.0 + i as f32 * 0.01;
        }
        let ids: Vec<u64> = (100..130).collect();
        let open: Vec<usize> = (0..30).collect();
        let picks = max_herding(&rows, &ids, &open, &[], 3, &CoverageOptions::default());
        let mut groups: Vec<usize> = picks.iter().map(|p| p.index % 3).collect();
        groups.sort_unstable();
        assert_eq!(groups, [0, 1, 2]);
    }

    #[test]
    fn the_width_follows_the_data_where_one_tells_nothing() {
        let mut near = scattered(40, 3);
        for i in 0..40 {
            near.row_mut(i)[0] += 100.0;
        }
        assert!(width(&distance::normalised(&near)) < 0.05);
        assert_eq!(width(&distance::normalised(&scattered(40, 3))), 1.0);
    }

    #[test]
    fn more_are_never_returned_than_are_open_and_an_empty_pool_gives_none() {
        let rows = scattered(5, 2);
        let options = CoverageOptions::default();
        assert_eq!(max_herding(&rows, &[1, 2, 3, 4, 5], &[1, 3], &[], 9, &options).len(), 2);
        assert!(max_herding(&Matrix::zeros(0, 2), &[], &[], &[], 3, &options).is_empty());
    }
}
