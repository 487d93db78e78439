//! Entropy (Settles 2009, "Active Learning Literature Survey", section 3.1): H(p) = −Σ p ln p, in nats. O(K) a sample.

/// The score of one distribution over K classes, from 0 to ln K, with 0 ln 0 = 0.
pub fn entropy(p: &[f32]) -> f32 {
    // Not a negated sum: a certain sample scores 0, not -0.
    0.0 - p.iter().map(|&p| if p > 0.0 { p * p.ln() } else { 0.0 }).sum::<f32>()
}
