//! Approximate leave-one-out: what each sample's prediction would have been without its label, from one fit.
//!
//! One Newton step (Rad and Maleki 2020, "A scalable estimate of the out-of-sample prediction error via approximate
//! leave-one-out"), block-diagonal per class: with x = [features, 1], h = `p_c` (1 − `p_c`) · K/(K − 1),
//! `H_c` = λ diag(1, …, 1, 0) + Σ s h x xᵀ and A = xᵀ `H_c⁻¹` x, the logit becomes z + A s (p − y) / (1 − s h A).
//! The factor K/(K − 1) makes up for the blocks between classes: exactly so for two classes or equal probabilities. Classes that
//! stand by themselves have no such blocks, and no factor.
//!
//! Cost: K (n d² + d³/3), d the smaller of samples and dimensions.

use rayon::prelude::*;

use super::Link;
use super::fit::Prepared;
use crate::math::{cholesky, gemm};

/// The least a denominator may be: a sample that determines its own fit has no finite step.
const FLOOR: f64 = 0.05;
/// Keeps the unpenalised bias from making H singular.
const RIDGE: f64 = 1e-9;

/// Logits without each sample's own label: n × seen classes, row-major.
///
/// `point` is the optimum that [`Prepared::solve`] found for `weights` and `lambda`.
pub fn leave_one_out(prepared: &Prepared<'_>, point: &[f64], weights: &[f64], lambda: f64) -> Vec<f64> {
    let (rows, d) = prepared.coordinates();
    let (n, k) = (prepared.n(), prepared.n_seen());
    let mut logits = vec![0.0; n * k];
    if !prepared.varies() {
        return logits;
    }
    let (w, b) = point.split_at(k * d);
    gemm::abt_slices(n, d, k, rows, w, &mut logits);
    for z in logits.chunks_exact_mut(k) {
        z.iter_mut().zip(b).for_each(|(z, b)| *z += b);
    }
    let mut p = logits.clone();
    prepared.link().apply(&mut p, k);
    let scale = match prepared.link() {
        Link::Softmax => k as f64 / (k - 1) as f64,
        Link::Sigmoid => 1.0,
    };
    let each = weights.len() / n;
    let weight = |i: usize, c: usize| weights[i * each + c % each];
    let steps: Vec<Vec<f64>> = (0..k)
        .into_par_iter()
        .map(|c| {
            let h: Vec<f64> = (0..n).map(|i| p[i * k + c] * (1.0 - p[i * k + c]) * scale * weight(i, c)).collect();
            let leverage = leverages(rows, d, &h, lambda);
            let step = |i: usize| {
                let residual = weight(i, c) * (p[i * k + c] - prepared.targets()[i * k + c]);
                leverage[i] * residual / (1.0 - h[i] * leverage[i]).max(FLOOR)
            };
            (0..n).map(step).collect()
        })
        .collect();
    for (c, steps) in steps.iter().enumerate() {
        for (i, step) in steps.iter().enumerate() {
            logits[i * k + c] += step;
        }
    }
    logits
}

/// xᵀ H⁻¹ x of every row, H = λ diag(1, …, 1, 0) + Σ h x xᵀ, x = [row, 1].
fn leverages(rows: &[f64], d: usize, h: &[f64], lambda: f64) -> Vec<f64> {
    let (n, width) = (h.len(), d + 1);
    let mut scaled = vec![0.0; n * width];
    // Transposed, so that the solve below works on whole rows of numbers.
    let mut columns = vec![0.0; width * n];
    for i in 0..n {
        let root = h[i].sqrt();
        for j in 0..d {
            scaled[i * width + j] = root * rows[i * d + j];
            columns[j * n + i] = rows[i * d + j];
        }
        scaled[i * width + d] = root;
        columns[d * n + i] = 1.0;
    }
    let mut hessian = vec![0.0; width * width];
    gemm::atb_slices(width, n, width, &scaled, &scaled, &mut hessian);
    for j in 0..width {
        hessian[j * width + j] += if j < d { lambda } else { RIDGE };
    }
    cholesky::factor(&mut hessian, width);
    cholesky::solve_lower(&hessian, width, &mut columns, n);
    let mut leverages = vec![0.0; n];
    for row in columns.chunks_exact(n) {
        leverages.iter_mut().zip(row).for_each(|(l, x)| *l += x * x);
    }
    leverages
}
