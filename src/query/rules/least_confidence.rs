//! Least confidence (Lewis and Gale 1994, "A Sequential Algorithm for Training Text Classifiers"): 1 − p₁. O(K) a sample.

use super::margin::top_two;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "least-confidence",
    also: &["leastconfident", "uncertainty"],
    advice: "few classes, and the accuracy of the top answer is all that counts",
    source: "Lewis and Gale 1994",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Mean(least_confidence),
    ties_by_margin: false,
};

/// The score of one distribution over K classes, from 0 to 1 − 1/K.
pub fn least_confidence(p: &[f32]) -> f32 {
    1.0 - top_two(p).0
}
