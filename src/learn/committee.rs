//! The committee: several linear heads that vote on each embedding.

use crate::math::Matrix;

/// One linear softmax head: `softmax(W · x/‖x‖ + b)`.
///
/// Standardisation of the features is already folded into `weights` and `bias`, so a head applies to the raw embedding
/// after nothing but L2 normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// K × D.
    pub weights: Matrix,
    /// K.
    pub bias: Vec<f32>,
}

/// M heads over the same K classes and D dimensions. Its opinion is the mean of its members' probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Committee {
    pub members: Vec<Head>,
}

impl Committee {
    pub fn n_classes(&self) -> usize {
        self.members.first().map_or(0, |head| head.bias.len())
    }

    pub fn dim(&self) -> usize {
        self.members.first().map_or(0, |head| head.weights.cols())
    }
}

/// Member probabilities of a block of samples: n × M × K, row-major.
#[derive(Debug, Clone)]
pub struct Votes {
    pub n: usize,
    pub members: usize,
    pub classes: usize,
    pub probabilities: Vec<f32>,
}

impl Votes {
    /// The members' probabilities for sample `i`: M × K, row-major.
    pub fn of(&self, i: usize) -> &[f32] {
        let width = self.members * self.classes;
        &self.probabilities[i * width..(i + 1) * width]
    }
}
