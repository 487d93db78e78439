//! Softmax (Kirsch et al. 2023, "Stochastic Batch Acquisition"): as [`super::power`], with P(i) ∝ e^{s / sd}. The paper's β is the
//! inverse of the scores' standard deviation over the pool, since no fixed one fits every pool.

use super::power::gumbel;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "softmax",
    also: &[],
    advice: "like power, but sharper: most questions stay near the top of the ranking",
    source: "Kirsch et al. 2023",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Drawn(softmax),
    ties_by_margin: false,
};

/// s / sd(s) + G: its top k are k draws without replacement with P ∝ e^{s / sd}.
pub fn softmax(scores: &[f32], ids: &[u64], seed: u64) -> Vec<f32> {
    let n = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&s| f64::from(s)).sum::<f64>() / n;
    let sd = (scores.iter().map(|&s| (f64::from(s) - mean).powi(2)).sum::<f64>() / n).sqrt();
    let scale = if sd > 1e-9 { (1.0 / sd) as f32 } else { 0.0 };
    scores.iter().zip(ids).map(|(&s, &id)| s * scale + gumbel(seed, id)).collect()
}
