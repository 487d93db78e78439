//! The accuracy over a pool from samples that were not drawn evenly, but each with a known chance: the levelled unbiased risk estimator
//! (LURE: Farquhar, Gal and Rainforth 2021, "On statistical bias in active learning: how and when to fix it").
//!
//! The m-th of M asked samples of a pool of N was asked with chance q. It counts
//! v = 1 + (N − M) / (N − m) · (1 / ((N − m + 1) q) − 1), which makes the mean unbiased for any rule that leaves every sample a chance.
//! How many of the questions are drawn at random is itself a matter of chance; dividing by the sum of the weights instead of M takes this
//! out, for a bias that vanishes with M.
//! Questions that a ranking chose count next to nothing, those drawn at random count much, so few of the answers carry the estimate.

use super::interval::{Interval, wilson_share};

/// A sample that was asked: its chance among those that were left, and whether the prediction is right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Weighed {
    pub chance: f64,
    pub right: bool,
}

/// An estimate, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Levelled {
    /// The share that is right, with Wilson's interval for as many even draws as would have its variance.
    pub interval: Interval,
    /// So many even draws.
    pub worth: f64,
}

/// What each of `asked`, in the order in which they were asked, counts in the mean over a pool of `n`. O(M).
///
/// # Panics
/// When more were asked than there are.
pub fn weights(asked: &[Weighed], n: usize) -> Vec<f64> {
    assert!(asked.len() <= n, "no more are asked than there are");
    let (all, total) = (n as f64, asked.len() as f64);
    let weight = |(at, one): (usize, &Weighed)| {
        let m = (at + 1) as f64;
        if all <= m {
            return 1.0;
        }
        1.0 + (all - total) / (all - m) * (1.0 / ((all - m + 1.0) * one.chance) - 1.0)
    };
    asked.iter().enumerate().map(weight).collect()
}

/// The share of a pool of `n` that is right. `None` where nothing was asked, or nothing with a chance.
pub fn levelled(asked: &[Weighed], n: usize, level: f64) -> Option<Levelled> {
    if asked.len() < 2 || asked.iter().any(|one| !(one.chance > 0.0 && one.chance <= 1.0)) {
        return None;
    }
    let weights = weights(asked, n);
    let total = weights.iter().sum::<f64>();
    let hits: f64 = weights.iter().zip(asked).filter(|(_, one)| one.right).map(|(v, _)| v).sum();
    let value = (hits / total).clamp(0.0, 1.0);
    // Of the errors around the value, so that a pool of which all is right has no variance.
    let spread = |(v, one): (&f64, &Weighed)| (v * (f64::from(u8::from(one.right)) - value)).powi(2);
    let variance = weights.iter().zip(asked).map(spread).sum::<f64>() / total / total;
    // With nothing but hits there is no spread: the weights alone say how much they are worth.
    let even = total.powi(2) / weights.iter().map(|v| v * v).sum::<f64>();
    let plain = value * (1.0 - value);
    let worth = if plain > 0.0 && variance > 0.0 { (plain / variance).min(even.max(1.0)) } else { even };
    Some(Levelled { interval: Interval { value, ..wilson_share(value, worth.max(1.0), level) }, worth })
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;
    use crate::math::random::stream;

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        chances: Vec<f64>,
        right: Vec<bool>,
        weights: Vec<f64>,
        estimate: f64,
    }

    /// Data: `tests/oracles/lure.py`.
    #[test]
    fn weights_and_estimates_equal_the_formula_in_exact_arithmetic() {
        let cases: Vec<Case> = serde_json::from_str(include_str!("../../tests/data/lure.json")).unwrap();
        assert!(cases.len() >= 6);
        for case in cases {
            let asked: Vec<Weighed> =
                case.chances.iter().zip(&case.right).map(|(&chance, &right)| Weighed { chance, right }).collect();
            for (found, wanted) in weights(&asked, case.n).iter().zip(&case.weights) {
                assert!((found - wanted).abs() <= 1e-9 * wanted.abs().max(1.0), "{found} {wanted}");
            }
            let found = levelled(&asked, case.n, 0.95).unwrap().interval.value;
            assert!((found - case.estimate.clamp(0.0, 1.0)).abs() < 1e-9, "{found} {}", case.estimate);
        }
    }

    /// A pool of 2,000 of which 80 % are right; 600 are asked, the hardest first but for one question in twenty.
    #[test]
    fn it_is_right_on_average_where_the_plain_share_is_not_and_its_interval_covers() {
        const N: usize = 2000;
        const M: usize = 600;
        const RANDOM: f64 = 0.05;
        let mut rng = stream(5, 0);
        let (mut sum, mut plain, mut covered, worlds) = (0.0, 0.0, 0, 600);
        let mut truth = 0.0;
        for _ in 0..worlds {
            let hard: Vec<f64> = (0..N).map(|_| rng.random::<f64>()).collect();
            let right: Vec<bool> = hard.iter().map(|h| rng.random::<f64>() > 0.4 * h).collect();
            let mut left: Vec<usize> = (0..N).collect();
            left.sort_by(|&a, &b| hard[a].total_cmp(&hard[b]));
            let mut asked = Vec::with_capacity(M);
            for _ in 0..M {
                let even = RANDOM / left.len() as f64;
                let top = left.len() - 1;
                let at = if rng.random::<f64>() < RANDOM { rng.random_range(0..left.len()) } else { top };
                let chance = even + if at == top { 1.0 - RANDOM } else { 0.0 };
                asked.push(Weighed { chance, right: right[left.remove(at)] });
            }
            let share = right.iter().filter(|right| **right).count() as f64 / N as f64;
            let found = levelled(&asked, N, 0.95).unwrap().interval;
            truth += share / f64::from(worlds);
            sum += found.value / f64::from(worlds);
            plain += asked.iter().filter(|one| one.right).count() as f64 / M as f64 / f64::from(worlds);
            covered += i32::from((found.low..=found.high).contains(&share));
        }
        assert!((sum - truth).abs() < 0.015, "{sum} {truth}");
        assert!(truth - plain > 0.05, "asked samples are harder: {plain} {truth}");
        let rate = f64::from(covered) / f64::from(worlds);
        assert!((0.92..=0.99).contains(&rate), "{rate}");
    }

    #[test]
    fn without_chances_there_is_no_estimate() {
        let one = |chance, right| Weighed { chance, right };
        assert_eq!(levelled(&[one(0.5, true)], 10, 0.95), None);
        assert_eq!(levelled(&[one(0.0, true), one(0.5, true)], 10, 0.95), None);
        // All of a pool, evenly: the plain share.
        let all = [one(0.25, true), one(1.0 / 3.0, false), one(0.5, true), one(1.0, true)];
        assert!((levelled(&all, 4, 0.95).unwrap().interval.value - 0.75).abs() < 1e-12);
    }
}
