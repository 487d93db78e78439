//! Expected gradient length, which for a softmax head is the expected model change (Settles, Craven and Ray 2008,
//! "Multiple-Instance Active Learning"): `Σ_y` `p_y` ‖∇ℓ(x, y)‖ with ∇ = (p − `e_y`) ⊗ [x̂, 1].
//!
//! ‖p − `e_y‖²` = 1 − 2 `p_y` + Σ p², and embeddings of unit length make ‖[x̂, 1]‖ = √2 for every sample: without that, the rule
//! asks about long vectors. O(K) a sample.

use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "expected-gradient-length",
    also: &["egl", "expectedmodelchange"],
    advice: "the samples that would change the head most; close to entropy on frozen features",
    source: "Settles, Craven and Ray 2008",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Mean(expected_gradient_length),
    ties_by_margin: false,
};

/// The score of one distribution over K classes.
pub fn expected_gradient_length(p: &[f32]) -> f32 {
    let square: f64 = p.iter().map(|&p| f64::from(p).powi(2)).sum();
    // In double precision, since 1 - 2p + p² cancels for a class that is nearly certain.
    let each = p.iter().map(|&p| f64::from(p)).map(|p| p * (1.0 - 2.0 * p + square).max(0.0).sqrt());
    (std::f64::consts::SQRT_2 * each.sum::<f64>()) as f32
}
