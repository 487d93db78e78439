//! Stochastic batches (Kirsch et al. 2023, "Stochastic Batch Acquisition"): the top of scores that a Gumbel draw has
//! perturbed, which is sampling without replacement from a distribution over the pool. The cheapest cure for batches of
//! look-alikes: O(N) on top of the scores.
//!
//! Power: P(i) ∝ sᵢ^β, by ln s + G/β. Softmax: P(i) ∝ e^{β s}, by s + G/β. Here s = margin and β = 1 for power; for softmax
//! the scores are first divided by their standard deviation over the pool, since no β fits every pool.

use crate::math::random;

/// Purpose of the seed.
const GUMBEL: u64 = 0x6b;

/// ln s + G: its top k are k draws without replacement with P ∝ s. Samples that score 0 come last.
pub fn power(scores: &[f32], ids: &[u64], seed: u64) -> Vec<f32> {
    scores.iter().zip(ids).map(|(&s, &id)| s.max(0.0).ln() + gumbel(seed, id)).collect()
}

/// s / sd(s) + G: its top k are k draws without replacement with P ∝ e^{s / sd}.
pub fn softmax(scores: &[f32], ids: &[u64], seed: u64) -> Vec<f32> {
    let n = scores.len().max(1) as f64;
    let mean = scores.iter().map(|&s| f64::from(s)).sum::<f64>() / n;
    let sd = (scores.iter().map(|&s| (f64::from(s) - mean).powi(2)).sum::<f64>() / n).sqrt();
    let scale = if sd > 1e-9 { (1.0 / sd) as f32 } else { 0.0 };
    scores.iter().zip(ids).map(|(&s, &id)| s * scale + gumbel(seed, id)).collect()
}

/// A standard Gumbel draw for a sample: −ln(−ln U).
fn gumbel(seed: u64, id: u64) -> f32 {
    let uniform = random::unit(random::hash(seed ^ GUMBEL, id)).max(f64::MIN_POSITIVE);
    -(-uniform.ln()).ln() as f32
}

#[cfg(test)]
mod tests {
    use super::*;

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
