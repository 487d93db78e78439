//! Features of a head: embeddings, L2-normalised and standardised by the whole pool.
//!
//! x̃ = s · (x/‖x‖ − μ) / σ per dimension, with s such that the mean of ‖x̃‖² over the pool is D. The statistics use no
//! label, so the unlabeled pool may give them. Without it, one regularisation strength cannot fit every encoder: on unit
//! vectors λ = 1 flattens every prediction, on raw embeddings with norms in the tens it hardly acts.

use rayon::prelude::*;

use super::{Head, LearnError};
use crate::math::{Matrix, distance, random};

/// Rows per partial sum; fixed, so that sums do not depend on the number of threads.
const BLOCK: usize = 2048;

/// Mean and scale per dimension, taken over the L2-normalised pool.
#[derive(Debug, Clone, PartialEq)]
pub struct Standardiser {
    /// D: μ.
    pub mean: Vec<f32>,
    /// D: s/σ, and 0 for a dimension that never varies.
    pub scale: Vec<f32>,
    /// How many of the first places are *axes*: they hold one column each, bit for bit as the encoder's graph gives it, so that
    /// trees may cut them. None in embeddings of pictures, texts and series.
    pub axes: usize,
}

impl Standardiser {
    /// Learn from the pool's raw embeddings (N × D).
    ///
    /// # Errors
    /// [`LearnError::NotFinite`] for the first row with a NaN or an infinity.
    pub fn from_pool(rows: &Matrix) -> Result<Self, LearnError> {
        let (mean, variance) = moments(rows)?;
        let d = mean.len();
        let floor = floor(&variance);
        let varying = variance.iter().filter(|&&v| v > floor).count();
        let s = (d as f64 / varying.max(1) as f64).sqrt();
        let scale = variance.iter().map(|&v| if v > floor { (s / v.sqrt()) as f32 } else { 0.0 }).collect();
        Ok(Self { mean: mean.into_iter().map(|m| m as f32).collect(), scale, axes: 0 })
    }

    /// Learn from the pool's raw embeddings (N × D), of which the first `axes` places are axes; without any it is
    /// [`Standardiser::from_pool`].
    ///
    /// Encoders with axes say themselves how much each place weighs, so that all have one scale: with their own, the eight hats of
    /// a column would weigh eight times what its number does.
    ///
    /// # Errors
    /// As [`Standardiser::from_pool`].
    pub fn of_columns(rows: &Matrix, axes: usize) -> Result<Self, LearnError> {
        if axes == 0 {
            return Self::from_pool(rows);
        }
        let (mean, variance) = moments(rows)?;
        let floor = floor(&variance);
        let total: f64 = variance.iter().filter(|&&v| v > floor).sum();
        let s = if total > 0.0 { (mean.len() as f64 / total).sqrt() as f32 } else { 0.0 };
        let scale = variance.iter().map(|&v| if v > floor { s } else { 0.0 }).collect();
        Ok(Self { mean: mean.into_iter().map(|m| m as f32).collect(), scale, axes: axes.min(rows.cols()) })
    }

    pub fn dim(&self) -> usize {
        self.mean.len()
    }

    /// The same features with a seeded half of the dimensions left out and the others scaled by √2, so that a penalty acts
    /// alike.
    pub fn half(&self, seed: u64) -> Self {
        let kept = |j: usize| random::hash(seed, j as u64) & 1 == 1;
        let scale = |(j, &s): (usize, &f32)| if kept(j) { s * std::f32::consts::SQRT_2 } else { 0.0 };
        Self { scale: self.scale.iter().enumerate().map(scale).collect(), ..self.clone() }
    }

    /// The features of raw embeddings: n × D in double precision, row-major.
    pub fn apply(&self, rows: &Matrix) -> Vec<f64> {
        let mut out = Vec::with_capacity(rows.rows() * rows.cols());
        for i in 0..rows.rows() {
            let row = rows.row(i);
            let unit = f64::from(distance::inverse_norm(row));
            out.extend(
                row.iter()
                    .zip(&self.mean)
                    .zip(&self.scale)
                    .map(|((&x, &m), &s)| (f64::from(x) * unit - f64::from(m)) * f64::from(s)),
            );
        }
        out
    }

    /// Fold weights on features (K × D) and a bias (K) into a head on L2-normalised embeddings.
    pub fn fold(&self, weights: &[f64], bias: &[f64]) -> Head {
        let d = self.dim();
        let mut folded = Matrix::zeros(bias.len(), d);
        let mut shifted = Vec::with_capacity(bias.len());
        for (k, &b) in bias.iter().enumerate() {
            let mut shift = 0.0;
            for (j, out) in folded.row_mut(k).iter_mut().enumerate() {
                *out = (weights[k * d + j] * f64::from(self.scale[j])) as f32;
                // With the rounded weight, so that the fold is exact for what is stored.
                shift += f64::from(*out) * f64::from(self.mean[j]);
            }
            shifted.push((b - shift) as f32);
        }
        Head { weights: folded, bias: shifted }
    }

    /// Undo [`Standardiser::fold`] for one class: weights on features and their bias.
    pub fn unfold(&self, head: &Head, class: usize) -> (Vec<f64>, f64) {
        let row = head.weights.row(class);
        let weights =
            row.iter().zip(&self.scale).map(|(&w, &s)| if s > 0.0 { f64::from(w) / f64::from(s) } else { 0.0 });
        let shift: f64 = row.iter().zip(&self.mean).map(|(&w, &m)| f64::from(w) * f64::from(m)).sum();
        (weights.collect(), f64::from(head.bias[class]) + shift)
    }
}

/// Means and variances of the L2-normalised rows by dimension.
fn moments(rows: &Matrix) -> Result<(Vec<f64>, Vec<f64>), LearnError> {
    check_finite(rows)?;
    let (n, d) = (rows.rows(), rows.cols());
    let starts: Vec<usize> = (0..n).step_by(BLOCK).collect();
    let partial: Vec<(Vec<f64>, Vec<f64>)> = starts
        .into_par_iter()
        .map(|start| {
            let (mut sum, mut square) = (vec![0.0; d], vec![0.0; d]);
            for i in start..(start + BLOCK).min(n) {
                let row = rows.row(i);
                let scale = distance::inverse_norm(row);
                for ((sum, square), &x) in sum.iter_mut().zip(&mut square).zip(row) {
                    let x = f64::from(x * scale);
                    *sum += x;
                    *square += x * x;
                }
            }
            (sum, square)
        })
        .collect();
    let (mut mean, mut variance) = (vec![0.0; d], vec![0.0; d]);
    for (sum, square) in &partial {
        for j in 0..d {
            mean[j] += sum[j];
            variance[j] += square[j];
        }
    }
    let count = n.max(1) as f64;
    for j in 0..d {
        mean[j] /= count;
        variance[j] = (variance[j] / count - mean[j] * mean[j]).max(0.0);
    }
    Ok((mean, variance))
}

/// The variance above which a dimension varies: rounding of f32 inputs leaves a constant one with a variance near 1e-15; a real one
/// has about 1/D.
fn floor(variance: &[f64]) -> f64 {
    1e-8 * variance.iter().sum::<f64>() / variance.len().max(1) as f64 + 1e-14
}

/// Refuse NaN and infinities, naming the first row that holds one.
pub fn check_finite(rows: &Matrix) -> Result<(), LearnError> {
    // Without a way out of the loop over a row it becomes vector code, twenty times as fast.
    let finite = |row: &[f32]| row.iter().fold(true, |all, x| all & x.is_finite());
    match rows.as_slice().par_chunks(rows.cols().max(1)).position_first(|row| !finite(row)) {
        Some(row) => Err(LearnError::NotFinite { row }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(n: usize, d: usize) -> Matrix {
        let mut rows = Matrix::zeros(n, d);
        for (i, x) in rows.as_mut_slice().iter_mut().enumerate() {
            *x = (random::unit(random::hash(1, i as u64)) as f32 - 0.3) * (1 + i % d) as f32;
        }
        rows
    }

    #[test]
    fn features_have_mean_zero_and_mean_square_norm_d() {
        let rows = pool(300, 7);
        let features = Standardiser::from_pool(&rows).unwrap().apply(&rows);
        let mean_square: f64 = features.iter().map(|x| x * x).sum::<f64>() / 300.0;
        assert!((mean_square - 7.0).abs() < 1e-3, "{mean_square}");
        for j in 0..7 {
            assert!((features.iter().skip(j).step_by(7).sum::<f64>() / 300.0).abs() < 1e-4);
        }
    }

    #[test]
    fn a_constant_dimension_is_dropped_and_the_scale_kept() {
        let rows = Matrix::new(4, 2, vec![1.0, 0.0, -1.0, 0.0, 2.0, 0.0, -3.0, 0.0]);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        assert_eq!(standardiser.scale[1], 0.0);
        let features = standardiser.apply(&rows);
        assert!((features.iter().map(|x| x * x).sum::<f64>() / 4.0 - 2.0).abs() < 1e-5);
        let same = Standardiser::from_pool(&Matrix::new(3, 1, vec![5.0; 3])).unwrap();
        assert_eq!(same.apply(&Matrix::new(1, 1, vec![7.0])), [0.0]);
    }

    #[test]
    fn folding_keeps_every_logit_and_can_be_undone() {
        let rows = pool(50, 5);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let (weights, bias) = ([0.5, -1.0, 0.2, 0.0, 2.0], [0.25]);
        let head = standardiser.fold(&weights, &bias);
        let features = standardiser.apply(&rows);
        for i in 0..rows.rows() {
            let direct: f64 = (0..5).map(|j| weights[j] * features[i * 5 + j]).sum::<f64>() + bias[0];
            let unit = f64::from(distance::inverse_norm(rows.row(i)));
            let folded: f64 = (0..5).map(|j| f64::from(head.weights.row(0)[j] * rows.row(i)[j]) * unit).sum::<f64>()
                + f64::from(head.bias[0]);
            assert!((direct - folded).abs() < 1e-4, "{direct} {folded}");
        }
        let (back, b) = standardiser.unfold(&head, 0);
        assert!(back.iter().zip(weights).all(|(a, b)| (a - b).abs() < 1e-6) && (b - 0.25).abs() < 1e-5);
    }

    #[test]
    fn a_nan_is_refused_by_row() {
        let rows = Matrix::new(2, 2, vec![0.0, 1.0, f32::NAN, 1.0]);
        assert_eq!(Standardiser::from_pool(&rows), Err(LearnError::NotFinite { row: 1 }));
    }
}
