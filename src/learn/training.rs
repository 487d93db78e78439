//! What heads are fitted on.

use super::features::check_finite;
use super::targets::length;
use super::{LearnError, Standardiser, Targets, Truth};
use crate::math::Matrix;

/// Bias of a class that has no label yet: its probability is exactly 0 in single precision.
pub const UNSEEN_BIAS: f32 = -1.0e4;

/// What there is to learn from.
#[derive(Debug, Clone, Copy)]
pub struct Training<'a> {
    /// n × D raw embeddings.
    pub rows: &'a Matrix,
    /// The known classes of n samples.
    pub targets: Targets<'a>,
    /// n sample weights; `None` weighs all samples 1.
    pub weights: Option<&'a [f32]>,
    pub n_classes: usize,
}

/// A part of a [`Training`].
pub struct Part {
    rows: Matrix,
    truth: Truth,
    weights: Option<Vec<f32>>,
    n_classes: usize,
}

impl Part {
    pub fn training(&self) -> Training<'_> {
        Training {
            rows: &self.rows,
            targets: self.truth.targets(),
            weights: self.weights.as_deref(),
            n_classes: self.n_classes,
        }
    }
}

impl Training<'_> {
    /// n.
    pub fn len(&self) -> usize {
        self.targets.len(self.n_classes)
    }

    /// Whether there is nothing to learn from.
    pub fn is_empty(&self) -> bool {
        self.targets.is_empty()
    }

    /// The samples at these positions.
    pub fn gather(&self, at: &[usize]) -> Part {
        Part {
            rows: self.rows.gather(at),
            truth: self.targets.gather(at, self.n_classes),
            weights: self.weights.map(|weights| at.iter().map(|&i| weights[i]).collect()),
            n_classes: self.n_classes,
        }
    }

    /// Refuse what cannot be learnt from.
    ///
    /// # Errors
    /// No samples, numbers of them that do not fit, classes that are not below K, weights and rows that are not finite.
    pub fn check(&self, standardiser: &Standardiser) -> Result<(), LearnError> {
        if self.is_empty() && self.n_classes > 0 {
            return Err(LearnError::NoLabels);
        }
        self.targets.check(self.rows.rows(), self.n_classes)?;
        length("embedding", self.rows.cols(), standardiser.dim())?;
        if let Some(weights) = self.weights {
            length("weights", weights.len(), self.rows.rows())?;
            if let Some(row) = weights.iter().position(|w| !w.is_finite() || *w < 0.0) {
                return Err(LearnError::Weight { row });
            }
        }
        check_finite(self.rows)
    }
}
