//! How good a committee is on labeled samples.

use super::label_sets::Sets;
use crate::learn::{Committee, Targets};
use crate::math::Matrix;

/// A committee's figures on n labeled samples.
#[derive(Debug, Clone, PartialEq)]
pub struct Quality {
    /// The share of samples whose class, or whole set of classes, was predicted.
    pub accuracy: f64,
    pub macro_f1: f64,
    /// Mean −ln of the probability of the truth.
    pub nll: f64,
    /// n: whether the class, or the whole set, was predicted.
    pub right: Vec<bool>,
}

impl Quality {
    /// Of a committee on the embeddings `rows` (n × D), whose classes are `targets`.
    ///
    /// # Panics
    /// When `rows` has another width than the committee.
    pub fn of(committee: &Committee, rows: &Matrix, targets: Targets<'_>) -> Self {
        let k = committee.n_classes();
        let opinion = committee.probabilities(rows);
        let truth: Vec<Vec<usize>> = (0..rows.rows()).map(|i| targets.of(i, k)).collect();
        let said: Vec<Vec<usize>> = opinion.chunks_exact(k.max(1)).map(|p| committee.link.decided(p)).collect();
        let scores = Sets::new(k, truth.iter().map(Vec::as_slice).zip(said.iter().map(Vec::as_slice))).scores();
        let n = truth.len().max(1) as f64;
        let loss = |(i, p): (usize, &[f32])| committee.link.surprise(p, &truth[i]);
        Self {
            accuracy: scores.exact as f64 / n,
            macro_f1: scores.macro_f1,
            nll: opinion.chunks_exact(k.max(1)).enumerate().map(loss).sum::<f64>() / n,
            right: truth.iter().zip(&said).map(|(truth, said)| truth == said).collect(),
        }
    }
}
