//! Ratio of the two largest probabilities, p₂ / p₁ (Settles 2012, "Active Learning", section 2.3). O(K) a sample.

use super::margin::top_two;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "ratio",
    also: &[],
    advice: "like margin, but relative: favours doubt among confident answers less",
    source: "Settles 2012",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Mean(ratio),
    ties_by_margin: false,
};

/// The score of one distribution, from 0 to 1. It orders samples as the gap between their two largest logits does; p₁ is at
/// least 1/K, so it divides.
pub fn ratio(p: &[f32]) -> f32 {
    let (first, second) = top_two(p);
    if first > 0.0 { second / first } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_orders_by_the_gap_of_logits() {
        let softmax = |z: [f32; 3]| {
            let e = z.map(f32::exp);
            let total: f32 = e.iter().sum();
            e.map(|e| e / total)
        };
        assert!((ratio(&softmax([2.0, 0.5, -3.0])) - (-1.5f32).exp()).abs() < 1e-6);
    }
}
