//! Whitening from eigenvectors: of patches (ZCA) and of pooled answers (PCA).

use crate::math::spectrum::{Spectrum, covariance, eigen, leading, mean, orthonormal};
use crate::math::{Matrix, gemm, random};
use crate::runtime::EncodeError;

/// Directions with less than this share of the largest variance are noise and are left out.
const NOISE: f64 = 1e-6;

fn none() -> EncodeError {
    EncodeError::Learn("the pictures' statistics have no eigenvectors; check the pictures".to_owned())
}

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
    let Spectrum { values, vectors } = eigen(&covariance(rows, mean), d).ok_or_else(none)?;
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
    let Spectrum { values, vectors } = leading(&covariance(rows, &mean), f, dim, seed).ok_or_else(none)?;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::spectrum::tests::falling;

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
