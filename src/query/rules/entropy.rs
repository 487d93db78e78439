//! Entropy (Settles 2009, "Active Learning Literature Survey", section 3.1): H(p) = −Σ p ln p, in nats. O(K) a sample.

use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "entropy",
    also: &[],
    advice: "few classes whose whole distribution matters; weak with many classes and few labels",
    source: "Settles 2009",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Mean(entropy),
    ties_by_margin: false,
};

/// The score of one distribution over K classes, from 0 to ln K, with 0 ln 0 = 0.
pub fn entropy(p: &[f32]) -> f32 {
    // Not a negated sum: a certain sample scores 0, not -0.
    0.0 - p.iter().map(|&p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f32>()
}
