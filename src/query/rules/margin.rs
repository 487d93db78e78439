//! Margin, also best versus second best or breaking ties (Scheffer, Decomain and Wrobel 2001, "Active Hidden Markov Models
//! for Information Extraction"; Luo et al. 2005): 1 − (p₁ − p₂), p₁ ≥ p₂ the two largest probabilities. O(K) a sample.

use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "margin",
    also: &["breakingties"],
    advice: "cheap and robust once every class has a few labels: asks where two classes compete",
    source: "Scheffer, Decomain and Wrobel 2001",
    answers: Answers::One,
    needs: Needs::Model,
    run: Run::Mean(margin),
    ties_by_margin: false,
};

/// The two largest probabilities; the second is 0 when there is only one class.
pub fn top_two(p: &[f32]) -> (f32, f32) {
    p.iter().fold(
        (0.0, 0.0),
        |(first, second), &p| {
            if p > first { (p, first) } else { (first, if p > second { p } else { second }) }
        },
    )
}

/// The score of one distribution over K classes, from 0 to 1.
pub fn margin(p: &[f32]) -> f32 {
    let (first, second) = top_two(p);
    1.0 - (first - second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::rules::entropy::entropy;
    use crate::query::rules::least_confidence::least_confidence;
    use crate::query::rules::ratio::ratio;

    #[test]
    fn a_certain_sample_scores_zero_and_a_flat_one_scores_most() {
        let (sure, flat) = ([0.0, 1.0, 0.0], [1.0 / 3.0; 3]);
        assert_eq!((least_confidence(&sure), margin(&sure), ratio(&sure), entropy(&sure)), (0.0, 0.0, 0.0, 0.0));
        assert!((entropy(&flat) - 3f32.ln()).abs() < 1e-6);
        assert_eq!((margin(&flat), ratio(&flat)), (1.0, 1.0));
    }

    #[test]
    fn two_classes_are_ordered_alike_by_all_four() {
        let mut last = [f32::NEG_INFINITY; 4];
        for p in [0.99f32, 0.9, 0.7, 0.51] {
            let p = [1.0 - p, p];
            let now = [least_confidence(&p), margin(&p), ratio(&p), entropy(&p)];
            assert!(now.iter().zip(last).all(|(now, last)| *now > last));
            last = now;
        }
    }
}
