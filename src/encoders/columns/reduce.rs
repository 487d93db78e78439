//! From the features of all columns to the few hundred numbers of an embedding: axes as they are, the others as they are too or, where
//! they are too many, by a PCA of the pool.

use half::f16;

use crate::math::spectrum::{Spectrum, covariance, leading, mean};
use crate::math::{Matrix, gemm};
use crate::runtime::EncodeError;

/// Numbers per embedding, at most, unless there are many axes.
const DIM: usize = 256;
/// Numbers for what is no axis, however many axes there are.
const LEAST: usize = 64;
/// Directions with less than this share of the largest variance are noise of single precision and are left out.
const NOISE: f64 = 1e-6;
/// Rows whose features vary less are alike.
const ALIKE: f64 = 1e-12;
/// Directions are multiples of one over this and offsets of one over [`super::STEPS`]: a product with features, which are multiples of
/// those too, is one of 2⁻¹⁹, and at most 2⁵ for 300 columns, so that all sums are exact in single precision, in any order.
const FINE: f64 = 2_048.0;

/// F features to D numbers in half precision: `axes`, the rest or its directions `rows · x − offset`, and the number that all rows
/// share, which no other exceeds.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct TableReduction {
    /// The first features, which are kept as they are.
    pub axes: usize,
    /// The other features, R.
    pub rest: usize,
    /// Directions of the rest, P × R; `None` where it is kept as it is.
    pub rows: Option<Matrix>,
    /// P; none where there are no directions.
    pub offset: Vec<f32>,
    /// A power of two.
    pub shared: f32,
}

impl TableReduction {
    /// Of `features` (n × F), of which the first `axes` are axes. O(n · F), and O(n · R · min(n, R)) where R others are reduced.
    ///
    /// # Errors
    /// When all rows are alike.
    pub(super) fn learn(features: &Matrix, axes: usize, seed: u64) -> Result<Self, EncodeError> {
        let alike = || EncodeError::Learn("all rows look the same; import more rows".to_owned());
        let mut made = Self { axes, rest: features.cols() - axes, ..Self::default() };
        let mut varies = variance(features, 0..axes);
        let room = (DIM - 1).saturating_sub(axes).max(LEAST);
        if made.rest > room {
            let rest: Vec<f32> = (0..features.rows()).flat_map(|i| features.row(i)[axes..].iter().copied()).collect();
            varies += made.reduce(&Matrix::new(features.rows(), made.rest, rest), room, seed);
        } else {
            varies += variance(features, axes..features.cols());
        }
        if varies <= ALIKE {
            return Err(alike());
        }
        // The power of two that is nearest to the typical length of a row, and at least as large as every axis.
        made.shared = varies.sqrt().log2().round().exp2().max(f64::from(super::FARTHEST)) as f32;
        Ok(made)
    }

    /// Learn the directions in which `rest` varies most, `room` at most; returns their variance.
    fn reduce(&mut self, rest: &Matrix, room: usize, seed: u64) -> f64 {
        let middle = mean(rest);
        let (values, directions) = principal(rest, &middle, room, seed).unwrap_or_default();
        let largest = values.first().copied().unwrap_or(0.0);
        let kept = values.iter().take_while(|&&value| value > (largest * NOISE).max(ALIKE)).count();
        let f = rest.cols();
        let mut rows = Matrix::zeros(kept, f);
        for (i, direction) in directions.chunks_exact(f).take(kept).enumerate() {
            // The sign of an eigenvector is arbitrary; fixing it keeps equal runs equal on other processors.
            let first = direction.iter().copied().max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(1.0);
            let sign = first.signum();
            rows.row_mut(i).iter_mut().zip(direction).for_each(|(out, value)| {
                *out = ((sign * value * FINE).round() / FINE) as f32;
            });
        }
        let dot = |row: &[f32]| row.iter().zip(&middle).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum::<f64>() as f32;
        self.offset = (0..kept).map(|i| super::stepped(dot(rows.row(i)))).collect();
        self.rows = Some(rows);
        values[..kept].iter().sum()
    }

    pub(super) fn dim(&self) -> usize {
        self.axes + self.rows.as_ref().map_or(self.rest, Matrix::rows) + 1
    }

    /// F numbers to D.
    pub(super) fn apply(&self, features: &[f32], out: &mut [f32]) {
        let (axes, rest) = features.split_at(self.axes);
        let (own, others) = out.split_at_mut(self.axes);
        own.copy_from_slice(axes);
        let last = others.len() - 1;
        match &self.rows {
            None => others[..last].copy_from_slice(rest),
            Some(rows) => {
                gemm::abt_into(rest, rows.as_slice(), rest.len(), &mut others[..last]);
                for (value, offset) in others[..last].iter_mut().zip(&self.offset) {
                    *value = (*value - offset).clamp(-self.shared, self.shared);
                }
            }
        }
        others[last] = self.shared;
        // Products with powers of two are exact: this is what the store makes of a number beside the shared one.
        let shrink = 1.0 / self.shared;
        for x in out {
            *x = f16::from_f32(*x * shrink).to_f32() * self.shared;
        }
    }
}

/// The variance of these columns, added up.
fn variance(rows: &Matrix, columns: std::ops::Range<usize>) -> f64 {
    let n = rows.rows().max(1) as f64;
    let of = |column: usize| {
        let (mut sum, mut square) = (0.0, 0.0);
        for i in 0..rows.rows() {
            let x = f64::from(rows.row(i)[column]);
            sum += x;
            square += x * x;
        }
        (square / n - (sum / n).powi(2)).max(0.0)
    };
    columns.map(of).sum()
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
    fn what_is_too_much_is_reduced_to_the_directions_that_vary_most_whatever_there_is_more_of() {
        // 230 axes leave room for 64 directions of the other 90 features.
        let axes = 230;
        for rows in [falling(80, 320), falling(200, 320)] {
            let reduction = TableReduction::learn(&rows, axes, 1).unwrap();
            let mut out = Matrix::zeros(rows.rows(), reduction.dim());
            for i in 0..rows.rows() {
                reduction.apply(rows.row(i), out.row_mut(i));
            }
            let d = out.cols();
            assert!(d == axes + 65 && out.row(0)[d - 1] == reduction.shared);
            let middle = mean(&out);
            assert!(middle[axes..d - 1].iter().all(|value| value.abs() < 5e-3), "{middle:?}");
            let rest: Vec<f32> = (0..rows.rows()).flat_map(|i| rows.row(i)[axes..].to_vec()).collect();
            let rest = Matrix::new(rows.rows(), 90, rest);
            let expected: f64 = leading(&covariance(&rest, &mean(&rest)), 90, 64, 1).unwrap().values.iter().sum();
            let total = variance(&out, axes..d - 1);
            assert!((total / expected - 1.0).abs() < 5e-3, "{total} for {expected}");
        }
    }

    #[test]
    fn what_fits_stays_as_it_is_in_half_precision() {
        let rows = falling(40, 30);
        let reduction = TableReduction::learn(&rows, 10, 1).unwrap();
        let mut out = vec![0.0; reduction.dim()];
        reduction.apply(rows.row(7), &mut out);
        assert_eq!(out.len(), 31);
        for (found, x) in out.iter().zip(rows.row(7)) {
            assert_eq!(*found, f16::from_f32(x / reduction.shared).to_f32() * reduction.shared);
        }
        assert!(reduction.shared.log2().fract() == 0.0 && out.iter().all(|x| x.abs() <= reduction.shared));
    }

    #[test]
    fn rows_that_are_all_alike_teach_nothing() {
        assert!(TableReduction::learn(&Matrix::new(4, 3, vec![0.5; 12]), 2, 1).is_err());
    }
}
