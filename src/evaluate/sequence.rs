//! Confidence sequences of a share: intervals that hold at every look at once, however often somebody looks.
//!
//! The mixture of likelihood ratios over a Beta(½, ½) prior is a martingale under the true share, so by Ville's inequality it
//! exceeds 1/α with a chance of at most α over all times (Robbins 1970; Howard et al. 2021, "Time-uniform, nonparametric,
//! nonasymptotic confidence sequences").

use super::Interval;

/// Halvings of an end's bracket: enough for 1e-12.
const HALVINGS: usize = 42;

/// The share of `hits` in `n` trials, between ends that miss the true share at some look with a chance of at most `alpha`.
///
/// Without trials nothing is known: ½ between 0 and 1. `hits` above `n` counts as `n`. O(1).
pub fn sequence(hits: u64, n: u64, alpha: f64) -> Interval {
    if n == 0 {
        return Interval { value: 0.5, low: 0.0, high: 1.0 };
    }
    let (hits, n) = (hits.min(n) as f64, n as f64);
    let value = hits / n;
    let bound = -alpha.clamp(1e-300, 1.0).ln();
    let inside = |share: f64| ln_mixture(hits, n, share) < bound;
    let end = |mut outside: f64, mut within: f64| {
        if inside(outside) {
            return outside;
        }
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(outside, within);
            if inside(middle) { within = middle } else { outside = middle }
        }
        outside
    };
    Interval { value, low: end(0.0, value), high: end(1.0, value) }
}

/// ln of the mixture's likelihood over that of `share`.
fn ln_mixture(hits: f64, n: f64, share: f64) -> f64 {
    let ln_beta = |a: f64, b: f64| libm::lgamma(a) + libm::lgamma(b) - libm::lgamma(a + b);
    let times = |count: f64, p: f64| if count == 0.0 { 0.0 } else { count * p.ln() };
    let likelihood = times(hits, share) + times(n - hits, 1.0 - share);
    ln_beta(hits + 0.5, n - hits + 0.5) - ln_beta(0.5, 0.5) - likelihood
}

/// The level of look `k` (from 1) when all looks share `alpha`: α·6/(π²k²), which adds up to α over any number of them.
///
/// For looks at different models with the same audit set, where no single sequence holds.
pub fn of_look(alpha: f64, k: usize) -> f64 {
    alpha * 6.0 / (std::f64::consts::PI.powi(2) * (k.max(1) as f64).powi(2))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random;

    #[derive(serde::Deserialize)]
    struct File {
        sequences: Vec<(u64, u64, f64, f64, f64)>,
    }

    #[test]
    fn ends_equal_those_scipy_finds() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/efficiency.json")).unwrap();
        assert!(file.sequences.len() >= 60);
        for (hits, n, alpha, low, high) in file.sequences {
            let found = sequence(hits, n, alpha);
            let off = (found.low - low).abs().max((found.high - high).abs());
            assert!(off < 1e-8, "{hits} of {n} at {alpha}: {found:?} for {low} to {high}");
        }
    }

    #[test]
    fn at_most_one_in_twenty_ever_misses_over_ten_thousand_looks() {
        let (runs, looks) = (400, 10_000);
        for share in [0.6, 0.9] {
            let missed = (0..runs).filter(|&run| {
                let mut hits = 0;
                (1..=looks).any(|n| {
                    let draw = random::unit(random::hash(random::hash(7, run), n));
                    hits += u64::from(draw < share);
                    // The first hundred looks and then each tenth: what lies between hardly moves.
                    (n < 100 || n % 10 == 0) && {
                        let bound = 20f64.ln();
                        ln_mixture(hits as f64, n as f64, share) >= bound
                    }
                })
            });
            let missed = missed.count();
            assert!(missed <= runs as usize / 20 + 4, "{missed} of {runs} at {share}");
        }
    }

    #[test]
    fn it_is_wider_than_an_interval_for_one_look_and_shrinks() {
        let (one, always) = (crate::evaluate::wilson(90, 100, 0.95), sequence(90, 100, 0.05));
        assert!(always.low < one.low && always.high > one.high);
        assert!(sequence(900, 1_000, 0.05).low > always.low);
        assert_eq!((sequence(0, 9, 0.05).low, sequence(9, 9, 0.05).high), (0.0, 1.0));
        assert_eq!(sequence(0, 0, 0.05), Interval { value: 0.5, low: 0.0, high: 1.0 });
    }

    #[test]
    fn levels_of_looks_add_up_to_the_level() {
        let sum: f64 = (1..100_000).map(|k| of_look(0.05, k)).sum();
        assert!(sum < 0.05 && sum > 0.0499);
    }
}
