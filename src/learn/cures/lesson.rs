//! What heads learn from, owned, so that a cure can add to it or weigh it anew.

use crate::learn::{Training, Truth};
use crate::math::Matrix;

/// n rows with what is known of each and how much it counts.
#[derive(Debug, Clone, PartialEq)]
pub struct CureLesson {
    /// n × D embeddings.
    pub rows: Matrix,
    pub truth: Truth,
    /// n.
    pub weights: Vec<f32>,
    pub n_classes: usize,
}

impl CureLesson {
    pub fn of(training: &Training<'_>) -> Self {
        let everyone: Vec<usize> = (0..training.len()).collect();
        Self {
            rows: training.rows.clone(),
            truth: training.targets.gather(&everyone, training.n_classes),
            weights: training.weights.map_or_else(|| vec![1.0; training.len()], <[f32]>::to_vec),
            n_classes: training.n_classes,
        }
    }

    pub fn training(&self) -> Training<'_> {
        Training {
            rows: &self.rows,
            targets: self.truth.targets(),
            weights: Some(&self.weights),
            n_classes: self.n_classes,
        }
    }
}
