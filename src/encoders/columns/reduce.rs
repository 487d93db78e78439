//! From the features of all columns to the few hundred numbers of an embedding: PCA of the pool's features, turned.

use crate::math::spectrum::{Spectrum, covariance, leading, mean, orthonormal};
use crate::math::{Matrix, gemm, random};
use crate::runtime::EncodeError;

/// Directions with less than this share of the largest variance are noise of single precision and are left out.
const NOISE: f64 = 1e-6;
/// The number that all rows share, in typical lengths of a row.
const SHARED: f64 = 1.0;

/// `y = rows · x − offset`: F numbers to D.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TableReduction {
    /// D × F, the last one zeros.
    pub rows: Matrix,
    /// D.
    pub offset: Vec<f32>,
}

impl TableReduction {
    /// PCA of `features` (n × F) to at most `dim` numbers, the last of which is the same for all rows. O(n · F · min(n, F)).
    ///
    /// A seeded rotation spreads the directions over all numbers: heads standardise each number, which would bring the weak
    /// directions back to full strength otherwise.
    ///
    /// # Errors
    /// When all rows are alike.
    pub(super) fn learn(features: &Matrix, dim: usize, seed: u64) -> Result<Self, EncodeError> {
        let alike = || EncodeError::Learn("all rows look the same; import more rows".to_owned());
        let middle = mean(features);
        let (values, directions) = principal(features, &middle, dim - 1, seed).ok_or_else(alike)?;
        let largest = values.first().copied().unwrap_or(0.0);
        let kept = values.iter().take_while(|&&value| value > (largest * NOISE).max(1e-12)).count();
        if kept == 0 {
            return Err(alike());
        }
        let f = features.cols();
        let mut own = Matrix::zeros(kept, f);
        for (i, direction) in directions.chunks_exact(f).take(kept).enumerate() {
            // The sign of an eigenvector is arbitrary; fixing it keeps equal runs equal on other processors.
            let first = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            let sign = first.signum();
            own.row_mut(i).iter_mut().zip(direction).for_each(|(out, value)| *out = (sign * value) as f32);
        }
        let drawn: Vec<f64> =
            (0..kept * kept).map(|i| random::unit(random::hash(seed ^ 0x7ab1, i as u64)) - 0.5).collect();
        let turn = orthonormal(&drawn, kept, kept).into_iter().map(|value| value as f32).collect();
        let turned = gemm::ab(&Matrix::new(kept, kept, turn), &own);
        let dot = |row: &[f32]| row.iter().zip(&middle).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32;
        let mut offset: Vec<f32> = (0..kept).map(|i| dot(turned.row(i))).collect();
        let length = values.iter().take(kept).sum::<f64>().sqrt();
        offset.push(-(SHARED * length) as f32);
        let mut rows = turned;
        rows.push_rows(&vec![0.0; f]);
        Ok(Self { rows, offset })
    }

    pub(super) fn dim(&self) -> usize {
        self.offset.len()
    }

    /// F numbers to D.
    pub(super) fn apply(&self, features: &[f32], out: &mut [f32]) {
        let f = features.len();
        gemm::abt_into(features, self.rows.as_slice(), f, out);
        out.iter_mut().zip(&self.offset).for_each(|(value, offset)| *value -= offset);
    }
}

/// The variances and directions (each F numbers of unit length) along which `features` vary most.
fn principal(features: &Matrix, middle: &[f32], count: usize, seed: u64) -> Option<(Vec<f64>, Vec<f64>)> {
    let (n, f) = (features.rows(), features.cols());
    if f <= n {
        let Spectrum { values, vectors } = leading(&covariance(features, middle), f, count.min(f), seed)?;
        return Some((values, vectors));
    }
    let mut centred = features.clone();
    for i in 0..n {
        centred.row_mut(i).iter_mut().zip(middle).for_each(|(value, mean)| *value -= mean);
    }
    let products = gemm::abt_shared(&centred, &centred);
    let products: Vec<f64> = products.as_slice().iter().map(|&value| f64::from(value) / n as f64).collect();
    let Spectrum { values, vectors } = leading(&products, n, count.min(n), seed)?;
    // With products P = X Xᵀ / n and P u = v u, the direction is Xᵀ u / √(v n).
    let kept = values.iter().take_while(|&&value| value > values[0] * NOISE && value > 0.0).count();
    let mut weights = Matrix::zeros(kept, n);
    for (i, (value, vector)) in values.iter().zip(vectors.chunks_exact(n)).take(kept).enumerate() {
        let scale = 1.0 / (value * n as f64).sqrt();
        weights.row_mut(i).iter_mut().zip(vector).for_each(|(out, value)| *out = (scale * value) as f32);
    }
    let directions = gemm::ab(&weights, &centred);
    Some((values[..kept].to_vec(), directions.as_slice().iter().map(|&value| f64::from(value)).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::spectrum::tests::falling;

    #[test]
    fn both_ways_keep_the_same_distances() {
        let wide = falling(60, 200);
        let narrow = falling(300, 40);
        for rows in [wide, narrow] {
            let reduction = TableReduction::learn(&rows, 64, 1).unwrap();
            let mut out = Matrix::zeros(rows.rows(), reduction.dim());
            for i in 0..rows.rows() {
                reduction.apply(rows.row(i), out.row_mut(i));
            }
            let middle = mean(&out);
            let (own, shared) = middle.split_at(reduction.dim() - 1);
            assert!(own.iter().all(|value| value.abs() < 1e-4), "{own:?}");
            let f = rows.cols();
            let values = leading(&covariance(&rows, &mean(&rows)), f, 63.min(f), 1).unwrap().values;
            // The variances add up, to the shared number's square too.
            let expected: f64 = values.iter().take(reduction.dim() - 1).sum();
            let d = out.cols();
            let total: f64 = covariance(&out, &middle).iter().step_by(d + 1).sum();
            assert!((total / expected - 1.0).abs() < 1e-3, "{total} for {expected}");
            assert!((f64::from(shared[0]).powi(2) / expected - 1.0).abs() < 1e-3);
        }
    }

    #[test]
    fn rows_that_are_all_alike_teach_nothing() {
        assert!(TableReduction::learn(&Matrix::new(4, 3, vec![0.5; 12]), 2, 1).is_err());
    }
}
