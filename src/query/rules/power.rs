//! Power (Kirsch et al. 2023, "Stochastic Batch Acquisition"): the top of scores that a Gumbel draw has perturbed, which is
//! sampling without replacement with P(i) ∝ sᵢ, s the margin. The cheapest cure for batches of look-alikes: O(N) on top of
//! the scores.

use crate::math::random;
use crate::query::rule::{Answers, Needs, Rule, Run};

pub static RULE: Rule = Rule {
    name: "power",
    also: &[],
    advice: "margin with chance: the cheapest cure for batches of look-alikes",
    source: "Kirsch et al. 2023",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Drawn(power),
    ties_by_margin: false,
};

/// Purpose of the seed.
const GUMBEL: u64 = 0x6b;

/// ln s + G: its top k are k draws without replacement with P ∝ s. Samples that score 0 come last.
pub fn power(scores: &[f32], ids: &[u64], seed: u64) -> Vec<f32> {
    scores.iter().zip(ids).map(|(&s, &id)| s.max(0.0).ln() + gumbel(seed, id)).collect()
}

/// A standard Gumbel draw for a sample: −ln(−ln U).
pub(super) fn gumbel(seed: u64, id: u64) -> f32 {
    let uniform = random::unit(random::hash(seed ^ GUMBEL, id)).max(f64::MIN_POSITIVE);
    -(-uniform.ln()).ln() as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::rules::softmax::softmax;

    /// How often each of four samples comes first.
    fn firsts(draw: impl Fn(u64) -> Vec<f32>) -> [f64; 4] {
        let mut counts = [0.0; 4];
        for seed in 0..40_000 {
            let keys = draw(seed);
            let top = (1..4).fold(0, |top, i| if keys[i] > keys[top] { i } else { top });
            counts[top] += 1.0 / 40_000.0;
        }
        counts
    }

    #[test]
    fn the_first_draw_follows_the_distribution() {
        let (scores, ids) = ([0.5, 0.3, 0.0, 0.2], [3, 1, 7, 9]);
        for (share, want) in firsts(|seed| power(&scores, &ids, seed)).iter().zip(scores) {
            // Four standard errors of a share of 40,000 draws.
            assert!((share - f64::from(want)).abs() < 0.01, "{share} {want}");
        }
        let sd = 0.180_277_56;
        let weights = scores.map(|s| (f64::from(s) / sd).exp());
        let total: f64 = weights.iter().sum();
        for (share, want) in firsts(|seed| softmax(&scores, &ids, seed)).iter().zip(weights) {
            assert!((share - want / total).abs() < 0.01, "{share} {}", want / total);
        }
    }
}
