//! A share estimated with the model's own sureness: prediction-powered inference (Angelopoulos, Duchi, Zrnic 2023, PPI++).
//!
//! Labels of some of a random sample say how often the model is right; its sureness is known of all of it. Where sure predictions are
//! more often right, the rest of the sample says a little about the share as well, and the interval becomes narrower at no cost. How
//! much sureness counts is chosen from the data, so that a useless one costs nothing.
//!
//! The normal interval of the paper fails near 0 and 1, so that here is Wilson's, with as many labels as would give the same variance.

use super::interval::{Interval, wilson_share};

/// An estimate, and what it rests on.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Powered {
    pub interval: Interval,
    /// How much sureness counts: 0 not at all, 1 fully.
    pub lambda: f64,
    /// Half the width of the paper's own 95 % interval.
    pub half: f64,
}

/// The share that is right, from `labeled` samples (right or not, and how sure the model was) and how sure it was of the `rest`.
///
/// `None` without labels or without others. O(n).
pub fn powered(labeled: &[(bool, f64)], rest: &[f64], level: f64) -> Option<Powered> {
    if labeled.is_empty() || rest.is_empty() {
        return None;
    }
    let (n, others) = (labeled.len() as f64, rest.len() as f64);
    let right = |one: &(bool, f64)| f64::from(u8::from(one.0));
    let (share, sure) = (labeled.iter().map(right).sum::<f64>() / n, labeled.iter().map(|one| one.1).sum::<f64>() / n);
    let sure_of_rest = rest.iter().sum::<f64>() / others;
    let together = labeled.iter().map(|one| one.1).chain(rest.iter().copied());
    let mean = (sure * n + sure_of_rest * others) / (n + others);
    let spread = together.map(|f| (f - mean).powi(2)).sum::<f64>() / (n + others - 1.0);
    let common = labeled.iter().map(|one| (right(one) - share) * (one.1 - sure)).sum::<f64>() / n;
    let lambda = if spread > 0.0 { (common / ((1.0 + n / others) * spread)).clamp(0.0, 1.0) } else { 0.0 };

    let value = share + lambda * (sure_of_rest - sure);
    let left = share - lambda * sure;
    let of_labeled = labeled.iter().map(|one| (right(one) - lambda * one.1 - left).powi(2)).sum::<f64>() / n / n;
    let of_rest = rest.iter().map(|f| (lambda * (f - sure_of_rest)).powi(2)).sum::<f64>() / others / others;
    let variance = of_labeled + of_rest;
    let value = value.clamp(0.0, 1.0);
    let plain = value * (1.0 - value);
    // With all right or all wrong, or a variance by luck below any that labels have, the labels alone count.
    let size = if variance > 0.0 && plain > 0.0 { (plain / variance).clamp(n, 2.0 * n) } else { n };
    let interval = Interval { value, ..wilson_share(value, size, level) };
    Some(Powered { interval, lambda, half: super::interval::normal_quantile(0.5 + level / 2.0) * variance.sqrt() })
}

#[cfg(test)]
mod tests {
    use rand::RngExt as _;

    use super::*;
    use crate::evaluate::interval::wilson;
    use crate::math::random::stream;

    #[derive(serde::Deserialize)]
    struct File {
        cases: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        right: Vec<bool>,
        sure: Vec<f64>,
        rest: Vec<f64>,
        estimate: f64,
        half: f64,
    }

    /// Data: `tests/oracles/powered.py`.
    #[test]
    fn estimates_and_variances_equal_those_of_ppi_python() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/powered.json")).unwrap();
        assert!(file.cases.len() >= 10);
        for case in file.cases {
            let labeled: Vec<_> = case.right.into_iter().zip(case.sure).collect();
            let found = powered(&labeled, &case.rest, 0.95).unwrap();
            assert!((found.interval.value - case.estimate).abs() < 1e-10, "{found:?} {}", case.estimate);
            assert!((found.half - case.half).abs() < 1e-10, "{found:?} {}", case.half);
        }
    }

    /// 400 labels of an audit set of 2,000, in 2,000 worlds.
    #[test]
    fn the_interval_covers_as_it_says_and_is_narrower_than_wilsons() {
        let mut rng = stream(11, 0);
        for hard in [0.3, 1.0] {
            let (mut covered, mut width, mut plain, mut truth_sum) = (0, 0.0, 0.0, 0.0);
            let worlds = 2000;
            for _ in 0..worlds {
                // Sure predictions are right as often as they say.
                let sure: Vec<f64> = (0..2000).map(|_| 1.0 - hard * rng.random::<f64>().powi(3)).collect();
                let labeled: Vec<_> = sure[..400].iter().map(|&f| (rng.random::<f64>() < f, f)).collect();
                let truth = 1.0 - hard / 4.0;
                let found = powered(&labeled, &sure[400..], 0.95).unwrap().interval;
                let hits = labeled.iter().filter(|one| one.0).count() as u64;
                let usual = wilson(hits, 400, 0.95);
                covered += usize::from((found.low..=found.high).contains(&truth));
                (width, plain) = (width + found.high - found.low, plain + usual.high - usual.low);
                truth_sum += found.value - truth;
            }
            let rate = covered as f64 / f64::from(worlds);
            assert!((0.93..=0.97).contains(&rate), "{rate} of the intervals hold the truth");
            assert!(width < plain, "{width} {plain}");
            assert!((truth_sum / f64::from(worlds)).abs() < 0.002, "it is unbiased");
        }
    }

    #[test]
    fn a_sureness_that_says_nothing_costs_nothing_and_all_right_is_wilsons() {
        let labeled: Vec<_> = (0..50).map(|i| (i % 5 != 0, 0.7)).collect();
        let found = powered(&labeled, &[0.7; 100], 0.95).unwrap();
        assert_eq!((found.lambda, found.interval), (0.0, wilson(40, 50, 0.95)));
        let all = powered(&[(true, 0.9); 20], &[0.8; 100], 0.95).unwrap();
        assert_eq!(all.interval, wilson(20, 20, 0.95));
        assert_eq!(powered(&[], &[0.5], 0.95), None);
        assert_eq!(powered(&[(true, 0.5)], &[], 0.95), None);
    }
}
