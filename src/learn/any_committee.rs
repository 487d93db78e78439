//! The committee of a round, of either kind: one class per sample, or any number of them.

use super::multi_label::MultiCommittee;
use super::{Committee, Votes};
use crate::math::Matrix;

/// What a round trained.
#[derive(Debug, Clone, PartialEq)]
pub enum AnyCommittee {
    /// Its probabilities of a sample add up to 1.
    One(Committee),
    /// Each of its probabilities stands by itself.
    Many(MultiCommittee),
}

impl AnyCommittee {
    /// Whether samples may have any number of classes.
    pub fn is_multi(&self) -> bool {
        matches!(self, Self::Many(_))
    }

    /// K.
    pub fn n_classes(&self) -> usize {
        match self {
            Self::One(committee) => committee.n_classes(),
            Self::Many(committee) => committee.members.first().map_or(0, |head| head.bias.len()),
        }
    }

    /// D.
    pub fn dim(&self) -> usize {
        match self {
            Self::One(committee) => committee.dim(),
            Self::Many(committee) => committee.members.first().map_or(0, |head| head.weights.cols()),
        }
    }

    /// The mean of the members' probabilities of raw embeddings (n × D): n × K, row-major.
    ///
    /// # Panics
    /// When `rows` has another width than [`AnyCommittee::dim`].
    pub fn probabilities(&self, rows: &Matrix) -> Vec<f32> {
        match self {
            Self::One(committee) => committee.map_blocks(rows, Votes::mean),
            Self::Many(committee) => committee.probabilities(rows),
        }
    }
}

/// The classes that probabilities speak for: the likeliest one, or where samples have any number of them those that are
/// likelier than not.
pub fn decided(probabilities: &[f32], multi: bool) -> Vec<usize> {
    if multi {
        return (0..probabilities.len()).filter(|&k| probabilities[k] >= 0.5).collect();
    }
    let likeliest = |best: usize, k: usize| if probabilities[k] > probabilities[best] { k } else { best };
    (0..probabilities.len()).reduce(likeliest).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_class_is_always_decided_for_and_of_several_those_likelier_than_not() {
        assert_eq!(decided(&[0.2, 0.4, 0.4], false), [1]);
        assert_eq!(decided(&[0.9, 0.4, 0.5], true), [0, 2]);
        assert_eq!(decided(&[0.1, 0.4], true), [0usize; 0]);
        assert_eq!(decided(&[], false), [0usize; 0]);
    }
}
