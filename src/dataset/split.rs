//! Train, validation and test parts of a dataset: stratified by class, drawn by content.
//!
//! **Invariant:** the same labels, shares and seed give the same split, in any order of samples.

use std::collections::BTreeMap;

use crate::math::random;

/// Shares of the parts, in the order train, val, test (two shares: train, test).
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Shares {
    shares: Vec<f64>,
}

/// `--split` was not two or three shares that add up to 1.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("split `{0}` must be two or three shares that add up to 1, such as `0.8,0.1,0.1`")]
pub struct BadShares(String);

impl std::str::FromStr for Shares {
    type Err = BadShares;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bad = || BadShares(text.to_owned());
        let shares: Vec<f64> =
            text.split(',').map(|share| share.trim().parse().map_err(|_| bad())).collect::<Result<_, _>>()?;
        let sum: f64 = shares.iter().sum();
        let good = (2..=3).contains(&shares.len())
            && shares.iter().all(|s| (0.0..=1.0).contains(s))
            && (sum - 1.0).abs() < 1e-6;
        if good { Ok(Self { shares }) } else { Err(bad()) }
    }
}

impl std::fmt::Display for Shares {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shares: Vec<_> = self.shares.iter().map(ToString::to_string).collect();
        f.write_str(&shares.join(","))
    }
}

impl Shares {
    /// The names of the parts.
    pub fn parts(&self) -> &'static [&'static str] {
        if self.shares.len() == 2 { &["train", "test"] } else { &["train", "val", "test"] }
    }

    /// The part of each sample, given as (class, content hash as hexadecimal digits).
    ///
    /// Within a class, samples are ordered by a seeded hash of their content and cut at the shares, so every part holds its
    /// share of every class to the nearest sample.
    pub fn assign(&self, samples: &[(i64, &str)], seed: u64) -> Vec<&'static str> {
        let mut by_class: BTreeMap<i64, Vec<(u64, &str, usize)>> = BTreeMap::new();
        for (at, (class, content)) in samples.iter().enumerate() {
            by_class.entry(*class).or_default().push((random::hash(seed, content_key(content)), content, at));
        }
        let parts = self.parts();
        let mut assigned = vec![parts[0]; samples.len()];
        for members in by_class.values_mut() {
            members.sort_unstable();
            let n = members.len() as f64;
            for (rank, (_, _, at)) in members.iter().enumerate() {
                let middle = (rank as f64 + 0.5) / n;
                let mut upto = 0.0;
                for (part, share) in parts.iter().zip(&self.shares) {
                    upto += share;
                    // A share of 0 takes nothing, also at the very end.
                    if *share > 0.0 {
                        assigned[*at] = part;
                        if middle < upto {
                            break;
                        }
                    }
                }
            }
        }
        assigned
    }
}

/// The first 64 bits of a SHA-256 in hexadecimal digits.
pub fn content_key(hash: &str) -> u64 {
    hash.get(..16).and_then(|digits| u64::from_str_radix(digits, 16).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("{:016x}", random::hash(9, i as u64))).collect()
    }

    #[test]
    fn every_part_holds_its_share_of_every_class() {
        let contents = contents(1000);
        let samples: Vec<_> = contents.iter().enumerate().map(|(i, c)| (i64::from(i % 10 == 0), c.as_str())).collect();
        let shares: Shares = "0.8,0.1,0.1".parse().unwrap();
        let assigned = shares.assign(&samples, 7);
        for (class, part, n) in [(0, "train", 720), (0, "val", 90), (1, "train", 80), (1, "val", 10), (1, "test", 10)] {
            let have = samples.iter().zip(&assigned).filter(|(s, p)| s.0 == class && **p == part).count();
            assert_eq!(have, n, "class {class}, {part}");
        }
        assert_ne!(assigned, shares.assign(&samples, 8));
    }

    #[test]
    fn the_order_of_samples_does_not_matter() {
        let contents = contents(50);
        let mut samples: Vec<_> = contents.iter().map(|c| (1, c.as_str())).collect();
        let shares: Shares = "0.5,0.5".parse().unwrap();
        let mut forward: Vec<_> = shares.assign(&samples, 1);
        samples.reverse();
        forward.reverse();
        assert_eq!(forward, shares.assign(&samples, 1));
    }

    #[test]
    fn shares_that_do_not_add_up_are_refused() {
        for bad in ["", "1", "0.5,0.4", "0.5,0.25,0.125,0.125", "-0.5,1.5", "a,b", "NaN,1"] {
            assert!(bad.parse::<Shares>().is_err(), "{bad} was taken");
        }
        assert_eq!("0.9,0.0,0.1".parse::<Shares>().unwrap().assign(&[(1, "00")], 1), ["train"]);
    }
}
