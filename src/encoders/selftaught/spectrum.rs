//! Whitening from eigenvectors: of patches (ZCA) and of pooled answers (PCA).

use rayon::prelude::*;

use super::dictionary::mean;
use crate::math::{Matrix, gemm, random, wide};
use crate::runtime::EncodeError;

/// Rows whose products are summed together. Fixed, so that no number depends on how work is spread.
const BLOCK: usize = 1024;
/// Directions carried beyond those asked for, so that the last ones converge too.
const SPARE: usize = 64;
/// Times the block is multiplied before its eigenvectors are taken.
const PASSES: usize = 8;
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
    let Spectrum { values, vectors } = eigen(&covariance(rows, mean), d)?;
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

/// PCA of `rows` (n × F) to at most `dim` numbers, fewer where the pool varies in fewer directions, turned.
///
/// A direction of variance v is divided by `v^whitening`: ½ makes all variances equal, 0 leaves them. A seeded rotation
/// then spreads the directions over all numbers. Heads standardise each number, which would otherwise bring the weak
/// directions, mostly noise, back to full strength.
///
/// # Errors
/// When all rows are alike, or the eigenvectors cannot be found.
pub(super) fn projection(rows: &Matrix, dim: usize, whitening: f64, seed: u64) -> Result<Projection, EncodeError> {
    let f = rows.cols();
    let mean = mean(rows);
    let Spectrum { values, vectors } = leading(&covariance(rows, &mean), f, dim, seed)?;
    let largest = values.first().copied().unwrap_or(0.0).max(0.0);
    let kept = values.iter().take_while(|&&value| value > largest * NOISE).count();
    if kept == 0 {
        return Err(EncodeError::Learn("all pictures look the same; import more pictures".to_owned()));
    }
    let mut out = Matrix::zeros(kept, f);
    for (i, (value, vector)) in values.iter().zip(vectors.chunks_exact(f)).take(kept).enumerate() {
        let scale = value.powf(-whitening);
        // The sign of an eigenvector is arbitrary; fixing it keeps equal runs equal on other processors.
        let sign = if vector.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
        out.row_mut(i).iter_mut().zip(vector).for_each(|(out, value)| *out = (sign * value * scale) as f32);
    }
    let drawn: Vec<f64> = (0..kept * kept).map(|i| random::unit(random::hash(seed ^ 0x7042, i as u64)) - 0.5).collect();
    let rotation = orthonormal(&drawn, kept, kept).into_iter().map(|value| value as f32).collect();
    Ok(Projection { rows: gemm::ab(&Matrix::new(kept, kept, rotation), &out), mean })
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

/// Eigenvalues and their vectors, one after another.
struct Spectrum {
    values: Vec<f64>,
    vectors: Vec<f64>,
}

/// The `count` largest eigenvalues of a positive semi-definite d × d matrix, in falling order.
///
/// Block subspace iteration with Rayleigh-Ritz (Halko, Martinsson and Tropp 2011, section 4.5): O(d² · count) per pass where
/// all eigenvectors cost O(d³) on one thread. Each pass shrinks the error of a direction by the ratio of the first eigenvalue
/// outside the block to its own; the last few directions may stay mixed with their neighbours, which have the same variance.
fn leading(symmetric: &[f64], d: usize, count: usize, seed: u64) -> Result<Spectrum, EncodeError> {
    let block = count + SPARE;
    if d <= 2 * block {
        let Spectrum { values, vectors } = eigen(symmetric, d)?;
        // They come in rising order.
        let values: Vec<f64> = values.into_iter().rev().take(count).collect();
        let vectors = vectors.chunks_exact(d).rev().take(count).flatten().copied().collect();
        return Ok(Spectrum { values, vectors });
    }
    let mut basis: Vec<f64> =
        (0..d * block).map(|i| random::unit(random::hash(seed ^ 0x5eed, i as u64)) - 0.5).collect();
    for _ in 0..PASSES {
        basis = orthonormal(&times(symmetric, d, &basis, block), d, block);
    }
    let image = times(symmetric, d, &basis, block);
    let mut small = vec![0.0; block * block];
    gemm::atb_slices(block, d, block, &basis, &image, &mut small);
    let Spectrum { values, vectors } = eigen(&small, block)?;
    let values: Vec<f64> = values.into_iter().rev().take(count).collect();
    let turned: Vec<f64> = vectors.chunks_exact(block).rev().take(count).flatten().copied().collect();
    let mut vectors = vec![0.0; count * d];
    gemm::abt_slices(count, block, d, &turned, &basis, &mut vectors);
    Ok(Spectrum { values, vectors })
}

/// `square` (d × d) times `columns` (d × n), in parallel over fixed blocks of rows.
fn times(square: &[f64], d: usize, columns: &[f64], n: usize) -> Vec<f64> {
    const ROWS: usize = 256;
    let mut out = vec![0.0; d * n];
    out.par_chunks_mut(ROWS * n).zip(square.par_chunks(ROWS * d)).for_each(|(out, rows)| {
        gemm::ab_slices(rows.len() / d, d, n, rows, columns, out);
    });
    out
}

/// An orthonormal basis of the columns of `columns` (d × n), also where they are dependent.
fn orthonormal(columns: &[f64], d: usize, n: usize) -> Vec<f64> {
    let basis = wide::clean(|| faer::MatRef::from_row_major_slice(columns, d, n).qr().compute_thin_Q());
    (0..d).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| basis[(i, j)]).collect()
}

/// All eigenvalues of a symmetric d × d matrix in rising order.
fn eigen(symmetric: &[f64], d: usize) -> Result<Spectrum, EncodeError> {
    let matrix = faer::MatRef::from_row_major_slice(symmetric, d, d);
    let found = wide::clean(|| matrix.self_adjoint_eigen(faer::Side::Lower)).map_err(|_| {
        EncodeError::Learn("the pictures' statistics have no eigenvectors; check the pictures".to_owned())
    })?;
    let values: Vec<f64> = (0..d).map(|i| found.S().column_vector()[i]).collect();
    let vectors = (0..d).flat_map(|j| (0..d).map(move |i| (i, j))).map(|(i, j)| found.U()[(i, j)]).collect();
    Ok(Spectrum { values, vectors })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// n × d with variances that fall like 1/j², turned by reflections so that no axis is a direction.
    fn falling(n: usize, d: usize) -> Matrix {
        let number = |i: usize, j: usize| (random::unit(random::hash(7, (i * d + j) as u64)) - 0.5) as f32;
        let mut rows = Matrix::zeros(n, d);
        for i in 0..n {
            let row = rows.row_mut(i);
            for (j, value) in row.iter_mut().enumerate() {
                *value = number(i, j) / (1 + j) as f32;
            }
            let along: f32 = row.iter().sum::<f32>() * 2.0 / d as f32;
            for value in row.iter_mut() {
                *value -= along;
            }
        }
        rows
    }

    #[test]
    fn the_iteration_finds_the_eigenvalues_of_the_full_solver() {
        let (d, count) = (400, 12);
        let rows = falling(900, d);
        let square = covariance(&rows, &mean(&rows));
        let all = eigen(&square, d).unwrap();
        let found = leading(&square, d, count, 3).unwrap();
        for (i, value) in found.values.iter().enumerate() {
            let expected = all.values[d - 1 - i];
            assert!((value - expected).abs() < 1e-6 * expected, "{i}: {value} for {expected}");
            let (one, other) = (&found.vectors[i * d..][..d], &all.vectors[(d - 1 - i) * d..][..d]);
            let cosine: f64 = one.iter().zip(other).map(|(a, b)| a * b).sum();
            assert!(cosine.abs() > 1.0 - 1e-6, "{i}: {cosine}");
        }
    }

    #[test]
    fn fewer_pictures_than_directions_give_as_many_numbers_as_they_vary_in() {
        let rows = falling(9, 400);
        let found = projection(&rows, 30, 0.5, 1).unwrap();
        assert_eq!(found.dim(), 8);
        // Wholly whitened and turned, they still vary alike and apart from each other.
        let given = gemm::abt(&rows, &found.rows);
        let square = covariance(&given, &mean(&given));
        for (at, value) in square.iter().enumerate() {
            let expected = if at % 9 == 0 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-3, "{at}: {value}");
        }
        assert!(projection(&Matrix::new(3, 2, vec![1.0; 6]), 2, 0.5, 1).is_err());
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let rows = falling(3_000, 300);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| projection(&rows, 20, 0.5, 1)).unwrap().rows
        };
        assert_eq!(on(1), on(3));
    }
}
