//! Whitening from eigenvectors: of patches (ZCA) and of pooled answers (PCA).
//!
//! **Invariant:** `faer` runs on a thread of its own that ends at once. Its kernels leave the upper halves of vector
//! registers in use, which slows all later code of a thread many times over.

use rayon::prelude::*;

use super::dictionary::mean;
use crate::encode::EncodeError;
use crate::math::{Matrix, gemm};

/// Rows whose products are summed together. Fixed, so that no number depends on how work is spread.
const BLOCK: usize = 1024;
/// Directions with less than this share of the largest variance are noise and are left out.
const NOISE: f64 = 1e-6;

/// `y = rows · (x − mean)`: F numbers to D.
pub(super) struct Projection {
    /// D × F.
    pub rows: Matrix,
    /// F.
    pub mean: Vec<f32>,
}

impl Projection {
    pub(super) fn dim(&self) -> usize {
        self.rows.rows()
    }
}

/// The ZCA matrix `V (Λ + round_off)^-½ Vᵀ` of `rows` (n × d) around `mean`: d × d.
pub(super) fn zca(rows: &Matrix, mean: &[f32], round_off: f64) -> Result<Matrix, EncodeError> {
    let d = rows.cols();
    let Spectrum { values, vectors } = eigen(covariance(rows, mean), d)?;
    let mut out = Matrix::zeros(d, d);
    for (value, vector) in values.iter().zip(vectors.chunks_exact(d)) {
        let scale = 1.0 / (value.max(0.0) + round_off).sqrt();
        for i in 0..d {
            let factor = vector[i] * scale;
            out.row_mut(i).iter_mut().zip(vector).for_each(|(out, other)| *out += (factor * other) as f32);
        }
    }
    Ok(out)
}

/// Whitened PCA of `rows` (n × F) to at most `dim` numbers, fewer where the pool varies in fewer directions.
pub(super) fn projection(rows: &Matrix, dim: usize) -> Result<Projection, EncodeError> {
    let f = rows.cols();
    let mean = mean(rows);
    let Spectrum { values, vectors } = eigen(covariance(rows, &mean), f)?;
    let largest = values.last().copied().unwrap_or(0.0).max(0.0);
    // Eigenvalues come in rising order.
    let kept: Vec<usize> = (0..f).rev().take(dim).take_while(|&i| values[i] > largest * NOISE).collect();
    if kept.is_empty() {
        return Err(EncodeError::Learn("all pictures look the same; import more pictures".to_owned()));
    }
    let mut out = Matrix::zeros(kept.len(), f);
    for (row, &i) in kept.iter().enumerate() {
        let scale = 1.0 / values[i].sqrt();
        let vector = &vectors[i * f..(i + 1) * f];
        // The sign of an eigenvector is arbitrary; fixing it keeps equal runs equal on other processors.
        let sign = if vector.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
        out.row_mut(row).iter_mut().zip(vector).for_each(|(out, value)| *out = (sign * value * scale) as f32);
    }
    Ok(Projection { rows: out, mean })
}

/// d × d, summed in double precision over blocks of rows.
fn covariance(rows: &Matrix, mean: &[f32]) -> Vec<f64> {
    let d = rows.cols();
    let block = |values: &[f32]| {
        let mut centred = Matrix::new(values.len() / d, d, values.to_vec());
        for i in 0..centred.rows() {
            centred.row_mut(i).iter_mut().zip(mean).for_each(|(value, mean)| *value -= mean);
        }
        gemm::atb(&centred, &centred).into_vec()
    };
    let mut sum = vec![0.0_f64; d * d];
    // A few blocks at a time, so that their products do not fill the memory; added in order.
    for group in rows.as_slice().chunks(BLOCK * d * 4) {
        let parts: Vec<Vec<f32>> = group.par_chunks(BLOCK * d).map(block).collect();
        for part in parts {
            sum.par_iter_mut().zip(part).for_each(|(sum, value)| *sum += f64::from(value));
        }
    }
    let n = rows.rows().max(1) as f64;
    for value in &mut sum {
        *value /= n;
    }
    sum
}

/// Eigenvalues in rising order and their vectors, one after another.
struct Spectrum {
    values: Vec<f64>,
    vectors: Vec<f64>,
}

fn eigen(symmetric: Vec<f64>, d: usize) -> Result<Spectrum, EncodeError> {
    let failed = || EncodeError::Learn("the pictures' statistics have no eigenvectors; check the pictures".to_owned());
    let solve = move || {
        let matrix = faer::MatRef::from_row_major_slice(&symmetric, d, d);
        let found = matrix.self_adjoint_eigen(faer::Side::Lower).ok()?;
        let values: Vec<f64> = (0..d).map(|i| found.S().column_vector()[i]).collect();
        let vectors = (0..d).flat_map(|j| (0..d).map(move |i| (i, j))).map(|(i, j)| found.U()[(i, j)]).collect();
        Some(Spectrum { values, vectors })
    };
    let thread = std::thread::Builder::new().name("eigen".to_owned()).spawn(solve).map_err(|_| failed())?;
    thread.join().ok().flatten().ok_or_else(failed)
}
