//! BAIT in its binary form (Ash et al. 2021, "Gone Fishing: Neural Active Learning with Fisher Embeddings"; Huseljic et al.
//! 2024, "Fast Fishing"): choose the batch that minimises tr(M⁻¹ F), the expected error of the head over the pool.
//!
//! w = p₁ (1 − p₁), F = mean over the pool of w x̂ x̂ᵀ, M = (λ I + Σ over covered and chosen of w x̂ x̂ᵀ) / (n + B). The
//! information of a sample has rank one, so with P = M⁻¹ and x̃ = x̂ √(w / (n + B)) the gain is a / d with a = x̃ᵀPFPx̃ and
//! d = 1 + x̃ᵀPx̃, and a pick s updates them exactly: v = `Px̃_s`, σ = `1/d_s`, α = x̃·v, β = x̃·PFv, c = vᵀFv,
//! a += σ²cα² − 2σαβ, d −= σα², P −= σvvᵀ. Time T · D² + C · D² + D³ for the start, then C · D + D² per pick; memory D².

use rayon::prelude::*;

use super::margin::top_two;
use super::max_herding::{CANDIDATES, TARGETS};
use crate::learn::votes::mean_of;
use crate::math::{Matrix, cholesky, gemm};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, doubtful, subsample};

pub static RULE: Rule = Rule {
    name: "bait",
    also: &[],
    advice: "enough labels for a fair head: the batch that lowers its expected error over the pool",
    source: "Ash et al. 2021",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(bait),
    ties_by_margin: false,
};

/// Most candidates, and most samples that stand for the pool.
const CAP: usize = 8192;
/// Strength of the prior on x̂; with unit vectors it is the head's penalty on features of unit variance times 1/D, so small.
pub const LAMBDA: f64 = 1.0;

/// Choose up to `take` open samples; the score is the decrease of tr(M⁻¹ F).
///
/// # Errors
/// As [`Pool::judge`].
pub fn bait(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = doubtful(pool, CAP.max(take), pool.seed ^ CANDIDATES)?;
    let everyone: Vec<usize> = (0..pool.rows.rows()).collect();
    let targets = subsample(&everyone, pool.ids, CAP, pool.seed ^ TARGETS);
    let covered = pool.covered();
    let take = take.min(candidates.len());
    let n = (covered.len() + take) as f64;
    let mut information = fisher(pool, &covered)?;
    let d = pool.rows.cols();
    for x in &mut information {
        *x /= n;
    }
    for j in 0..d {
        information[j * d + j] += LAMBDA / n;
    }
    let mut f = fisher(pool, &targets)?;
    for x in &mut f {
        *x /= targets.len() as f64;
    }
    let mut state = State::new(scaled(pool, &candidates, n)?, information, f);
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take {
        let gains = state.gains();
        let Some(next) = best(&gains, &used, |i| pool.ids[candidates[i]], pool.seed) else { break };
        used[next] = true;
        picks.push(Pick { index: candidates[next], score: gains[next] });
        state.choose(next);
    }
    Ok(picks)
}

/// p₁ (1 − p₁) of the committee's mean.
fn weights(pool: &Pool<'_>, at: &[usize]) -> Result<Vec<f32>, OpinionError> {
    pool.judge(at, |votes, scratch| {
        mean_of(votes, scratch);
        let (first, _) = top_two(scratch);
        first * (1.0 - first)
    })
}

/// Unit rows times √(w / n).
fn scaled(pool: &Pool<'_>, at: &[usize], n: f64) -> Result<Matrix, OpinionError> {
    let mut rows = pool.unit(at);
    for (i, w) in weights(pool, at)?.into_iter().enumerate() {
        let scale = (f64::from(w) / n).sqrt() as f32;
        rows.row_mut(i).iter_mut().for_each(|x| *x *= scale);
    }
    Ok(rows)
}

/// Σ w x̂ x̂ᵀ (D × D), summed in blocks of fixed size and order.
fn fisher(pool: &Pool<'_>, at: &[usize]) -> Result<Vec<f64>, OpinionError> {
    let d = pool.rows.cols();
    let mut sum = vec![0.0f64; d * d];
    for part in at.chunks(2048) {
        let rows = scaled(pool, part, 1.0)?;
        for (s, x) in sum.iter_mut().zip(gemm::atb_shared(&rows, &rows).as_slice()) {
            *s += f64::from(*x);
        }
    }
    Ok(sum)
}

/// What is known of each candidate while a batch is being chosen.
pub struct State {
    /// C × D: x̃.
    rows: Matrix,
    /// P and F, D × D.
    inverse: Vec<f64>,
    f: Vec<f64>,
    a: Vec<f64>,
    d: Vec<f64>,
}

impl State {
    /// From x̃ (C × D), M and F (D × D each).
    pub fn new(rows: Matrix, information: Vec<f64>, f: Vec<f64>) -> Self {
        let d = rows.cols();
        let inverse = cholesky::inverse(information, d);
        let single = |x: &[f64]| Matrix::new(d, d, x.iter().map(|&x| x as f32).collect());
        let mut pf = vec![0.0; d * d];
        gemm::ab_slices(d, d, d, &inverse, &f, &mut pf);
        let mut pfp = vec![0.0; d * d];
        gemm::ab_slices(d, d, d, &pf, &inverse, &mut pfp);
        // P and PFP are symmetric, so their rows serve as columns.
        let quadratic = |m: &Matrix| -> Vec<f64> {
            let turned = gemm::abt_shared(&rows, m);
            let each = turned.as_slice().par_chunks(d.max(1)).zip(rows.as_slice().par_chunks(d.max(1)));
            each.map(|(t, x)| t.iter().zip(x).map(|(t, x)| f64::from(*t) * f64::from(*x)).sum()).collect()
        };
        let a = quadratic(&single(&pfp));
        let d = quadratic(&single(&inverse)).into_iter().map(|q| 1.0 + q).collect();
        Self { rows, inverse, f, a, d }
    }

    /// The decrease of tr(M⁻¹ F) that each candidate would bring.
    pub fn gains(&self) -> Vec<f32> {
        self.a.iter().zip(&self.d).map(|(a, d)| (a / d) as f32).collect()
    }

    /// Add a candidate's information.
    pub fn choose(&mut self, chosen: usize) {
        let d = self.rows.cols();
        let x: Vec<f64> = self.rows.row(chosen).iter().map(|&x| f64::from(x)).collect();
        let v = times(&self.inverse, &x);
        let fv = times(&self.f, &v);
        let w = times(&self.inverse, &fv);
        let c: f64 = v.iter().zip(&fv).map(|(a, b)| a * b).sum();
        let sigma = 1.0 / self.d[chosen];
        let (rows, v_ref, w_ref) = (&self.rows, &v, &w);
        self.a.par_iter_mut().zip(&mut self.d).enumerate().with_min_len(256).for_each(|(i, (a, d))| {
            let (mut alpha, mut beta) = (0.0, 0.0);
            for ((x, v), w) in rows.row(i).iter().zip(v_ref).zip(w_ref) {
                alpha += f64::from(*x) * v;
                beta += f64::from(*x) * w;
            }
            *a += sigma * sigma * c * alpha * alpha - 2.0 * sigma * alpha * beta;
            *d -= sigma * alpha * alpha;
        });
        for (row, vi) in self.inverse.chunks_exact_mut(d).zip(&v) {
            for (p, vj) in row.iter_mut().zip(&v) {
                *p -= sigma * vi * vj;
            }
        }
    }
}

/// A symmetric matrix times a vector.
fn times(matrix: &[f64], x: &[f64]) -> Vec<f64> {
    matrix.par_chunks(x.len().max(1)).map(|row| row.iter().zip(x).map(|(m, x)| m * x).sum()).collect()
}
