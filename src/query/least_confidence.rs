//! Least confidence (Lewis and Gale 1994, "A Sequential Algorithm for Training Text Classifiers"): 1 − p₁. O(K) a sample.

use super::margin::top_two;

/// The score of one distribution over K classes, from 0 to 1 − 1/K.
pub fn least_confidence(p: &[f32]) -> f32 {
    1.0 - top_two(p).0
}
