//! Expected error reduction by one Newton step (Roy and `McCallum` 2001, "Toward Optimal Active Learning through Monte Carlo
//! Estimation of Error Reduction"): −`Σ_y` `p_y(u)` · mean over e of (1 − max p⁺(e)), where p⁺ follows from adding (u, y).
//!
//! One Newton step per class, block-diagonal: with x = [x̂, 1], `H_c` = λI + Σ over labeled of `p_c(1` − `p_c`) x xᵀ and
//! s = `xₑᵀH_c⁻¹x_u`, the logit `z_c(e)` moves by −(`p_c(u)` − [y = c]) s / (1 + `p_c(u)(1` − `p_c(u)`) `x_uᵀH_c⁻¹x_u`). No refit.
//! Every p(1 − p) times K/(K − 1), without which two classes are ranked no better than by chance.
//! Cost per class: n² · D + (C + E) n² for H⁻¹ in the space of the labels, E · C · (D + n); then C · E · K² exponentials.

use rayon::prelude::*;

use super::max_herding::{CANDIDATES, TARGETS};
use crate::math::{Matrix, cholesky, gemm};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{doubtful, subsample};

pub static RULE: Rule = Rule {
    name: "error-reduction",
    also: &["eer", "expectederrorreduction"],
    advice: "small pools: tries each answer in thought, and takes what lowers the expected error",
    source: "Roy and McCallum 2001",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Batch(error_reduction),
    ties_by_margin: false,
};

/// Most candidates, the doubtful half first, and samples the error is estimated on.
const CANDIDATE_CAP: usize = 256;
const ESTIMATED: usize = 512;
const LAMBDA: f64 = 1.0;

/// Choose up to `take` open samples: those with the highest scores, which are negative expected errors.
///
/// # Errors
/// As [`Pool::judge`].
pub fn error_reduction(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = doubtful(pool, CANDIDATE_CAP.max(take), pool.seed ^ CANDIDATES)?;
    let estimated = subsample(pool.open, pool.ids, ESTIMATED, pool.seed ^ TARGETS);
    let scores = scores(pool, &candidates, &estimated)?;
    Ok(pool.highest(&candidates, &scores, take))
}

/// The score of each candidate, its error estimated on the samples at `estimated`.
///
/// # Errors
/// As [`Pool::judge`].
pub fn scores(pool: &Pool<'_>, candidates: &[usize], estimated: &[usize]) -> Result<Vec<f32>, OpinionError> {
    let k = pool.n_classes;
    let (p, q) = (pool.mean(candidates)?, pool.mean(estimated)?);
    let known = pool.mean(pool.labeled)?;
    let (u, e, l) =
        (with_one(&pool.unit(candidates)), with_one(&pool.unit(estimated)), with_one(&pool.unit(pool.labeled)));
    let (between, to_u, to_e, among) =
        (gemm::abt_shared(&e, &u), gemm::abt_shared(&l, &u), gemm::abt_shared(&l, &e), gemm::abt_shared(&l, &l));
    // The curvature between classes that the blocks leave out, exact for two classes or equal probabilities.
    let scale = if k > 1 { k as f64 / (k - 1) as f64 } else { 1.0 };
    let square: Vec<f64> = (0..u.rows()).map(|i| u.row(i).iter().map(|x| f64::from(x * x)).sum()).collect();
    // Per class: the step of every estimated logit for a residual of 1, E × C.
    let mut steps = Vec::with_capacity(k);
    for class in 0..k {
        let h: Vec<f64> =
            known.chunks_exact(k).map(|p| f64::from(p[class]) * (1.0 - f64::from(p[class])) * scale).collect();
        let (v_u, v_e) = (posterior(&among, &h, &to_u), posterior(&among, &h, &to_e));
        let drop = gemm::atb_shared(&v_e, &v_u);
        let mut step = between.clone();
        let width = step.cols().max(1);
        for (row, drop) in step.as_mut_slice().chunks_exact_mut(width).zip(drop.as_slice().chunks_exact(width)) {
            for (c, (s, d)) in row.iter_mut().zip(drop).enumerate() {
                let own: f64 = (0..v_u.rows()).map(|i| f64::from(v_u.row(i)[c]).powi(2)).sum();
                let pc = f64::from(p[c * k + class]);
                let variance = (square[c] - own) / LAMBDA;
                *s = (f64::from(*s - d) / LAMBDA / (1.0 + scale * pc * (1.0 - pc) * variance)) as f32;
            }
        }
        steps.push(step);
    }
    let log_q: Vec<f32> = q.iter().map(|&q| q.max(1e-30).ln()).collect();
    let score = |c: usize| -> f32 {
        let own = &p[c * k..(c + 1) * k];
        let mut z = vec![0.0f32; k];
        let mut total = 0.0;
        for y in 0..k {
            let mut error = 0.0f64;
            for (i, base) in log_q.chunks_exact(k).enumerate() {
                for class in 0..k {
                    let residual = own[class] - f32::from(u8::from(class == y));
                    z[class] = base[class] - residual * steps[class].row(i)[c];
                }
                let top = z.iter().copied().fold(f32::NEG_INFINITY, f32::max);
                error += 1.0 - 1.0 / f64::from(z.iter().map(|z| (z - top).exp()).sum::<f32>());
            }
            total += f64::from(own[y]) * error / estimated.len().max(1) as f64;
        }
        -total as f32
    };
    Ok((0..candidates.len()).into_par_iter().map(score).collect())
}

/// Rows with a constant 1 at their end.
fn with_one(rows: &Matrix) -> Matrix {
    let mut out = Matrix::zeros(rows.rows(), rows.cols() + 1);
    for i in 0..rows.rows() {
        let (x, one) = out.row_mut(i).split_at_mut(rows.cols());
        x.copy_from_slice(rows.row(i));
        one[0] = 1.0;
    }
    out
}

/// V (n × m) with xᵀH⁻¹y = (x·y − `v_xᵀv_y`) / λ for H = λI + Σ h x xᵀ: V = L⁻¹ K, L Lᵀ = λ diag(1/h) + X Xᵀ (Woodbury).
fn posterior(among: &Matrix, h: &[f64], to: &Matrix) -> Matrix {
    let n = h.len();
    let mut a: Vec<f64> = among.as_slice().iter().map(|&x| f64::from(x)).collect();
    for (i, h) in h.iter().enumerate() {
        a[i * n + i] += LAMBDA / h.max(1e-9);
    }
    let mut v: Vec<f64> = to.as_slice().iter().map(|&x| f64::from(x)).collect();
    cholesky::factor(&mut a, n);
    cholesky::solve_lower(&a, n, &mut v, to.cols());
    Matrix::new(n, to.cols(), v.into_iter().map(|x| x as f32).collect())
}
