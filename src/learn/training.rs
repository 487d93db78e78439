//! What heads are fitted on.

use super::features::check_finite;
use super::{LearnError, Standardiser};
use crate::math::Matrix;

/// Bias of a class that has no label yet: its probability is exactly 0 in single precision.
pub const UNSEEN_BIAS: f32 = -1.0e4;

/// What there is to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// n × D raw embeddings.
    pub rows: &'a Matrix,
    /// n class indices below `n_classes`.
    pub labels: &'a [usize],
    /// n sample weights; `None` weighs all samples 1.
    pub weights: Option<&'a [f32]>,
    pub n_classes: usize,
}

impl Training<'_> {
    /// Refuse what cannot be learnt from.
    pub fn check(&self, standardiser: &Standardiser) -> Result<(), LearnError> {
        let n = self.labels.len();
        if n == 0 {
            return Err(LearnError::NoLabels);
        }
        let length = |what, got, want| if got == want { Ok(()) } else { Err(LearnError::Length { what, got, want }) };
        length("rows", self.rows.rows(), n)?;
        length("embedding", self.rows.cols(), standardiser.dim())?;
        if let Some(weights) = self.weights {
            length("weights", weights.len(), n)?;
            if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
                return Err(LearnError::Weight { row });
            }
        }
        if let Some(row) = self.labels.iter().position(|&y| y >= self.n_classes) {
            return Err(LearnError::Label { row, label: self.labels[row], classes: self.n_classes });
        }
        check_finite(self.rows)
    }
}
