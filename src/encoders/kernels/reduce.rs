//! From thousands of features to the few hundred numbers of an embedding: PCA of the pool's features, damped and
//! turned.

use crate::math::spectrum::{Spectrum, leading, mean, orthonormal};
use crate::math::{Matrix, gemm, random};
use crate::runtime::EncodeError;

/// Directions with less than this share of the largest variance are noise of single precision and are left out.
const NOISE: f64 = 1e-5;
/// A direction of variance v is divided by v to this power.
const WHITENING: f64 = 0.1;

/// `y = rows · x − offset`: F numbers to D.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reduction {
    /// D × F.
    pub rows: Matrix,
    /// D.
    pub offset: Vec<f32>,
}

impl Reduction {
    /// PCA of `features` (n × F) to at most `dim` numbers, by the eigenvectors of their n × n products, since there are
    /// fewer series than features. A seeded rotation spreads the directions over all numbers: heads standardise each
    /// number, which would bring the weak directions back to full strength otherwise. O(n² · F).
    ///
    /// # Errors
    /// When all rows are alike.
    pub(super) fn learn(features: &Matrix, dim: usize, seed: u64) -> Result<Self, EncodeError> {
        let (n, f) = (features.rows(), features.cols());
        let alike = || EncodeError::Learn("all series look the same; import more series".to_owned());
        let middle = mean(features);
        let mut centred = features.clone();
        for i in 0..n {
            centred.row_mut(i).iter_mut().zip(&middle).for_each(|(value, mean)| *value -= mean);
        }
        let products = gemm::abt_shared(&centred, &centred);
        let products: Vec<f64> = products.as_slice().iter().map(|&value| f64::from(value) / n as f64).collect();
        let Spectrum { values, vectors } = leading(&products, n, dim.min(n), seed).ok_or_else(alike)?;
        let largest = values.first().copied().unwrap_or(0.0);
        let kept = values.iter().take_while(|&&value| value > (largest * NOISE).max(1e-12)).count();
        if kept == 0 {
            return Err(alike());
        }
        // With products P = X Xᵀ / n and P u = v u, the direction is Xᵀ u / √(v n).
        let mut weights = Matrix::zeros(kept, n);
        for (i, (value, vector)) in values.iter().zip(vectors.chunks_exact(n)).take(kept).enumerate() {
            // The sign of an eigenvector is arbitrary; fixing it keeps equal runs equal on other processors.
            let first = vector.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            let scale = first.signum() / (value * n as f64).sqrt() * value.powf(-WHITENING);
            weights.row_mut(i).iter_mut().zip(vector).for_each(|(out, value)| *out = (scale * value) as f32);
        }
        let drawn: Vec<f64> =
            (0..kept * kept).map(|i| random::unit(random::hash(seed ^ 0x7042, i as u64)) - 0.5).collect();
        let turn = orthonormal(&drawn, kept, kept).into_iter().map(|value| value as f32).collect();
        let weights = gemm::ab(&Matrix::new(kept, kept, turn), &weights);
        let rows = gemm::abt_shared(&weights, &gemm::transposed(&centred));
        debug_assert_eq!(rows.cols(), f);
        let dot = |row: &[f32]| row.iter().zip(&middle).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32;
        let offset = (0..kept).map(|i| dot(rows.row(i))).collect();
        Ok(Self { rows, offset })
    }

    pub(super) fn dim(&self) -> usize {
        self.rows.rows()
    }

    /// n × F to n × D.
    pub(super) fn apply(&self, features: &Matrix) -> Matrix {
        let mut out = gemm::abt_shared(features, &self.rows);
        for i in 0..out.rows() {
            out.row_mut(i).iter_mut().zip(&self.offset).for_each(|(value, offset)| *value -= offset);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::spectrum::{covariance, tests::falling};

    #[test]
    fn distances_are_kept_where_there_are_numbers_enough() {
        let rows = falling(30, 200);
        let reduction = Reduction::learn(&rows, 64, 1).unwrap();
        assert!(reduction.dim() <= 29, "{}", reduction.dim());
        let given = reduction.apply(&rows);
        let middle = mean(&given);
        assert!(middle.iter().all(|value| value.abs() < 1e-4), "{middle:?}");
        // The damped variances add up: Σ v^(1 − 2w).
        let d = given.cols();
        let total: f64 = covariance(&given, &middle).iter().step_by(d + 1).sum();
        let d = rows.cols();
        let square = covariance(&rows, &mean(&rows));
        let values = leading(&square, d, 29, 1).unwrap().values;
        let expected: f64 = values.iter().take(reduction.dim()).map(|value| value.powf(0.8)).sum();
        assert!((total / expected - 1.0).abs() < 1e-3, "{total} for {expected}");
    }

    #[test]
    fn series_that_are_all_alike_teach_nothing() {
        assert!(Reduction::learn(&Matrix::new(4, 3, vec![0.5; 12]), 2, 1).is_err());
    }
}
