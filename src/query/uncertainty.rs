//! Uncertainty sampling: scores of one distribution p over K classes, p₁ ≥ p₂ its two largest. O(K) each.
//!
//! Lewis and Gale (1994) for least confidence; Scheffer, Decomain and Wrobel (2001) for the margin; Settles (2009, section
//! 3.1) for entropy.

/// The two largest probabilities; the second is 0 when there is only one class.
pub fn top_two(p: &[f32]) -> (f32, f32) {
    p.iter().fold(
        (0.0, 0.0),
        |(first, second), &p| {
            if p > first { (p, first) } else { (first, if p > second { p } else { second }) }
        },
    )
}

/// 1 − p₁.
pub fn least_confidence(p: &[f32]) -> f32 {
    1.0 - top_two(p).0
}

/// 1 − (p₁ − p₂).
pub fn margin(p: &[f32]) -> f32 {
    let (first, second) = top_two(p);
    1.0 - (first - second)
}

/// p₂ / p₁, which orders samples as the gap between their two largest logits does. p₁ is at least 1/K, so it divides.
pub fn ratio(p: &[f32]) -> f32 {
    let (first, second) = top_two(p);
    if first > 0.0 { second / first } else { 0.0 }
}

/// −Σ p ln p, in nats, with 0 ln 0 = 0.
pub fn entropy(p: &[f32]) -> f32 {
    // Not a negated sum: a certain sample scores 0, not -0.
    0.0 - p.iter().map(|&p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

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
