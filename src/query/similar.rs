//! What the batch rules share: parts of a pool, distances of unit vectors, and greedy choice with seeded ties.

use std::borrow::Cow;

use rayon::prelude::*;

use super::pool::{OpinionError, Pool};
use super::rules::margin::margin;
use crate::learn::votes::mean_of;
use crate::math::{Matrix, dot, gemm, random, topk};

/// The `most` positions with the smallest hashes, in the order of their ids; all of them if there are no more.
///
/// In the order of ids and not of rows, so that sums and clusters come out alike however the rows were stored.
pub fn subsample(positions: &[usize], ids: &[u64], most: usize, seed: u64) -> Vec<usize> {
    let mut drawn = positions.to_vec();
    if most < drawn.len() {
        drawn.select_nth_unstable_by_key(most, |&i| (random::hash(seed, ids[i]), ids[i]));
        drawn.truncate(most);
    }
    drawn.sort_unstable_by_key(|&i| ids[i]);
    drawn
}

/// At most `most` open samples, in the order of their ids: the half with the largest margin scores, and a seeded part of the rest, so that
/// neither doubtful samples nor unexplored ground are out of reach.
///
/// # Errors
/// When there is no opinion and the pool is larger than `most`.
pub fn doubtful(pool: &Pool<'_>, most: usize, seed: u64) -> Result<Vec<usize>, OpinionError> {
    if pool.open.len() <= most {
        return Ok(subsample(pool.open, pool.ids, most, seed));
    }
    let scores = open_margins(pool)?;
    let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
    let mut chosen = vec![false; pool.open.len()];
    for at in topk::top_k(&scores, None, &ids, most / 2, seed) {
        chosen[at] = true;
    }
    let (mut first, rest): (Vec<usize>, Vec<usize>) = (0..pool.open.len()).partition(|&at| chosen[at]);
    for at in &mut first {
        *at = pool.open[*at];
    }
    let rest: Vec<usize> = rest.into_iter().map(|at| pool.open[at]).collect();
    first.extend(subsample(&rest, pool.ids, most - first.len(), seed));
    first.sort_unstable_by_key(|&i| pool.ids[i]);
    Ok(first)
}

/// The margin scores of all open samples, computed unless they are known.
///
/// # Errors
/// As [`Pool::judge`].
pub fn open_margins<'a>(pool: &Pool<'a>) -> Result<Cow<'a, [f32]>, OpinionError> {
    pool.margins.map_or_else(|| Ok(Cow::Owned(margins(pool, pool.open)?)), |known| Ok(Cow::Borrowed(known)))
}

/// The margin score of the committee's mean at these positions; of sets of classes, its mean over classes.
///
/// # Errors
/// As [`Pool::judge`].
pub fn margins(pool: &Pool<'_>, at: &[usize]) -> Result<Vec<f32>, OpinionError> {
    pool.judge(at, |votes, scratch| {
        mean_of(votes, scratch);
        margin(scratch)
    })
}

/// a · b of each row of `rows` with `one`, over threads.
pub fn products(rows: &Matrix, one: &[f32]) -> Vec<f32> {
    let d = rows.cols().max(1);
    rows.as_slice().par_chunks(d).with_min_len(256).map(|row| dot(row, one)).collect()
}

/// For each row (unit length), the smallest squared distance to another row; infinity for one alone. n² · D in blocks.
pub fn nearest_of_others(rows: &Matrix) -> Vec<f32> {
    let indices: Vec<usize> = (0..rows.rows()).collect();
    let mut nearest = Vec::with_capacity(rows.rows());
    for part in indices.chunks(512) {
        let near = gemm::abt_shared(&rows.gather(part), rows);
        nearest.extend(part.iter().enumerate().map(|(at, &own)| {
            let others = near.row(at).iter().enumerate().filter(|(other, _)| *other != own);
            others.map(|(_, cosine)| (2.0 - 2.0 * cosine).max(0.0)).fold(f32::INFINITY, f32::min)
        }));
    }
    nearest
}

/// For each row of `of` (unit length), the smallest squared distance to a row of `to` (unit length); infinity without any.
pub fn nearest_squared(of: &Matrix, to: &Matrix) -> Vec<f32> {
    let mut nearest = vec![f32::INFINITY; of.rows()];
    let indices: Vec<usize> = (0..to.rows()).collect();
    for part in indices.chunks(512) {
        let near = gemm::abt_shared(of, &to.gather(part));
        nearest.par_iter_mut().enumerate().for_each(|(i, nearest)| {
            let top = near.row(i).iter().copied().fold(f32::NEG_INFINITY, f32::max);
            *nearest = nearest.min((2.0 - 2.0 * top).max(0.0));
        });
    }
    nearest
}

/// The position in `scores` of the highest that is not `used`; ties by the hash of (`seed`, id). `None` when all are used.
pub fn best(scores: &[f32], used: &[bool], ids: impl Fn(usize) -> u64, seed: u64) -> Option<usize> {
    let mut best: Option<usize> = None;
    for (i, &score) in scores.iter().enumerate() {
        if used[i] || score.is_nan() {
            continue;
        }
        let Some(top) = best else {
            best = Some(i);
            continue;
        };
        let key = |at: usize| (random::hash(seed, ids(at)), ids(at));
        if score > scores[top] || (score == scores[top] && key(i) < key(top)) {
            best = Some(i);
        }
    }
    best
}

/// A draw from `weights` by the inverse of their running sum; `None` when they sum to 0.
pub fn draw(weights: &[f32], uniform: f64) -> Option<usize> {
    let total: f64 = weights.iter().map(|&w| f64::from(w)).sum();
    if total.is_nan() || total <= 0.0 {
        return None;
    }
    let mut left = uniform * total;
    let mut last = None;
    for (i, &weight) in weights.iter().enumerate() {
        if weight > 0.0 {
            last = Some(i);
            left -= f64::from(weight);
            if left < 0.0 {
                break;
            }
        }
    }
    last
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draw_falls_in_proportion_and_never_on_zero() {
        let weights = [0.0, 1.0, 0.0, 3.0];
        let hits = |at: usize| (0..1000).filter(|&i| draw(&weights, f64::from(i) / 1000.0) == Some(at)).count();
        assert_eq!((hits(0), hits(1), hits(2), hits(3)), (0, 250, 0, 750));
        assert_eq!(draw(&[0.0; 3], 0.5), None);
    }

    #[test]
    fn the_nearest_of_many_is_found_across_blocks() {
        let mut many = Matrix::zeros(1500, 2);
        for i in 0..1500 {
            many.row_mut(i).copy_from_slice(&[(i as f32 / 500.0).cos(), (i as f32 / 500.0).sin()]);
        }
        let near = nearest_squared(&many.gather(&[3, 1400]), &many.gather(&(4..1400).collect::<Vec<_>>()));
        for distance in near {
            assert!((distance - 4e-6).abs() < 1e-6, "{distance}");
        }
        assert_eq!(nearest_squared(&many.gather(&[0]), &Matrix::zeros(0, 2)), [f32::INFINITY]);
    }
}
