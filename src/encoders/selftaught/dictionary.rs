//! One dictionary of patches: contrast normalisation, whitening, k-means.

use super::images::Images;
use super::{LearningSettings, PATCH, PATCH_LEN, spectrum};
use crate::domain::Stage;
use crate::math::spectrum::mean;
use crate::math::{Matrix, gemm, kmeans, random};
use crate::progress::Progress;
use crate::runtime::EncodeError;
use rand::RngExt as _;

/// Added to a patch's variance before dividing by it, so that flat patches do not become noise (levels 0 to 255).
pub(super) const FLAT: f32 = 10.0;
/// Added to the eigenvalues in whitening, as in the paper.
const ROUND_OFF: f64 = 0.1;

/// What one scale knows. With `p` a contrast-normalised patch, `w = whitening · p − shift` is its whitened form.
pub(super) struct Dictionary {
    /// 108 × 108, symmetric.
    pub whitening: Matrix,
    /// 108.
    pub shift: Vec<f32>,
    /// K × 108, in whitened form.
    pub centroids: Matrix,
}

impl Dictionary {
    pub(super) fn learn(
        images: &Images,
        entries: usize,
        settings: &LearningSettings,
        seed: u64,
        progress: &Progress,
    ) -> Result<Self, EncodeError> {
        let mut patches = patches(images, settings.patches, seed);
        let mean = mean(&patches);
        let whitening = spectrum::zca(&patches, &mean, ROUND_OFF)?;
        let shift: Vec<f32> =
            (0..PATCH_LEN).map(|i| whitening.row(i).iter().zip(&mean).map(|(&w, &m)| w * m).sum()).collect();
        patches = gemm::abt(&patches, &whitening);
        for i in 0..patches.rows() {
            patches.row_mut(i).iter_mut().zip(&shift).for_each(|(value, shift)| *value -= shift);
        }
        let goes_on = |round: usize| {
            progress.report(round as u64, settings.iterations as u64, &Stage::Dictionary);
            !progress.stopped()
        };
        let centroids =
            kmeans::centroids(&patches, entries, settings.iterations, seed, &goes_on).ok_or(EncodeError::Stopped)?;
        Ok(Self { whitening, shift, centroids })
    }

    pub(super) fn entries(&self) -> usize {
        self.centroids.rows()
    }
}

/// `n` patches from seeded places, contrast-normalised: n × 108, in the order plane, row, column.
fn patches(images: &Images, n: usize, seed: u64) -> Matrix {
    let mut rng = random::stream(seed, 1);
    let (side, span) = (images.side(), images.side() - PATCH + 1);
    let mut all = Matrix::zeros(n, PATCH_LEN);
    for i in 0..n {
        let picture = images.picture(rng.random_range(0..images.len()));
        let (top, left) = (rng.random_range(0..span), rng.random_range(0..span));
        let row = all.row_mut(i);
        for (at, value) in row.iter_mut().enumerate() {
            let (plane, y, x) = (at / (PATCH * PATCH), at / PATCH % PATCH, at % PATCH);
            *value = f32::from(picture[plane * side * side + (top + y) * side + left + x]);
        }
        normalise(row);
    }
    all
}

/// (p − mean) / √(variance + 10).
fn normalise(patch: &mut [f32]) {
    let n = patch.len() as f32;
    let mean = patch.iter().sum::<f32>() / n;
    let variance = patch.iter().map(|&value| (value - mean).powi(2)).sum::<f32>() / n;
    let scale = 1.0 / (variance + FLAT).sqrt();
    for value in patch {
        *value = (*value - mean) * scale;
    }
}
