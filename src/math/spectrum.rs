//! Leading directions of a cloud of rows: covariance, eigenvectors, and the projection onto the first few.

use rayon::prelude::*;

use super::{Matrix, gemm, random, wide};

/// Rows whose products are summed together. Fixed, so that no number depends on how work is spread.
const BLOCK: usize = 1024;
/// Directions carried beyond those asked for, so that the last ones converge too.
const SPARE: usize = 64;
/// Times the block is multiplied before its eigenvectors are taken.
const PASSES: usize = 8;

/// Eigenvalues and their vectors, one after another.
#[derive(Debug, Clone)]
pub struct Spectrum {
    pub values: Vec<f64>,
    /// One vector of d numbers per value.
    pub vectors: Vec<f64>,
}

/// The mean row.
pub fn mean(rows: &Matrix) -> Vec<f32> {
    let mut sum = vec![0.0_f64; rows.cols()];
    for i in 0..rows.rows() {
        sum.iter_mut().zip(rows.row(i)).for_each(|(sum, &value)| *sum += f64::from(value));
    }
    sum.into_iter().map(|sum| (sum / rows.rows().max(1) as f64) as f32).collect()
}

/// The covariance of `rows` (n × d) around `mean`: d × d, summed in double precision over blocks of rows. O(n·d²).
pub fn covariance(rows: &Matrix, mean: &[f32]) -> Vec<f64> {
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
    for group in rows.as_slice().chunks((BLOCK * d * 4).max(1)) {
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

/// The `count` largest eigenvalues of a positive semi-definite d × d matrix, in falling order. `None` where it has none, as with
/// numbers that are not finite.
///
/// Block subspace iteration with Rayleigh-Ritz (Halko, Martinsson and Tropp 2011, section 4.5): O(d² · count) per pass where
/// all eigenvectors cost O(d³) on one thread. Each pass shrinks the error of a direction by the ratio of the first eigenvalue
/// outside the block to its own; the last few directions may stay mixed with their neighbours, which have the same variance.
pub fn leading(symmetric: &[f64], d: usize, count: usize, seed: u64) -> Option<Spectrum> {
    let block = count + SPARE;
    if d <= 2 * block {
        let Spectrum { values, vectors } = eigen(symmetric, d)?;
        // They come in rising order.
        let values: Vec<f64> = values.into_iter().rev().take(count).collect();
        let vectors = vectors.chunks_exact(d.max(1)).rev().take(count).flatten().copied().collect();
        return Some(Spectrum { values, vectors });
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
    Some(Spectrum { values, vectors })
}

/// The `count` directions (count × d, of unit length) along which `rows` (n × d) vary most around their mean, strongest first; fewer
/// where there are no more. The sign, which is arbitrary, is the one that makes the sum of a direction's numbers positive.
pub fn directions(rows: &Matrix, mean: &[f32], count: usize, seed: u64) -> Option<Matrix> {
    let d = rows.cols();
    let found = leading(&covariance(rows, mean), d, count.min(d), seed)?;
    let mut out = Matrix::zeros(found.values.len(), d);
    for (i, vector) in found.vectors.chunks_exact(d.max(1)).enumerate() {
        let sign = if vector.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 };
        out.row_mut(i).iter_mut().zip(vector).for_each(|(out, value)| *out = (sign * value) as f32);
    }
    Some(out)
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
pub fn orthonormal(columns: &[f64], d: usize, n: usize) -> Vec<f64> {
    let basis = wide::clean(|| faer::MatRef::from_row_major_slice(columns, d, n).qr().compute_thin_Q());
    (0..d).flat_map(|i| (0..n).map(move |j| (i, j))).map(|(i, j)| basis[(i, j)]).collect()
}

/// All eigenvalues of a symmetric d × d matrix in rising order. `None` where the iteration does not end.
pub fn eigen(symmetric: &[f64], d: usize) -> Option<Spectrum> {
    let matrix = faer::MatRef::from_row_major_slice(symmetric, d, d);
    let found = wide::clean(|| matrix.self_adjoint_eigen(faer::Side::Lower)).ok()?;
    let values: Vec<f64> = (0..d).map(|i| found.S().column_vector()[i]).collect();
    let vectors = (0..d).flat_map(|j| (0..d).map(move |i| (i, j))).map(|(i, j)| found.U()[(i, j)]).collect();
    Some(Spectrum { values, vectors })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// n × d with variances that fall like 1/j², turned by reflections so that no axis is a direction.
    pub(crate) fn falling(n: usize, d: usize) -> Matrix {
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
    fn directions_have_unit_length_and_a_settled_sign_and_end_with_the_dimensions() {
        let rows = falling(300, 6);
        let found = directions(&rows, &mean(&rows), 9, 1).unwrap();
        assert_eq!((found.rows(), found.cols()), (6, 6));
        for i in 0..6 {
            let row = found.row(i);
            assert!((row.iter().map(|x| x * x).sum::<f32>() - 1.0).abs() < 1e-5);
            assert!(row.iter().sum::<f32>() >= 0.0);
        }
    }
}
