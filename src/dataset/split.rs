//! Train, validation and test parts of a dataset: stratified by class, drawn by content, copies kept together.
//!
//! **Invariant:** the same labels, shares and lots give the same split, in any order of samples.

use std::collections::BTreeMap;

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

    /// The part of each sample, given as its stratum (its class) and the group of copies it belongs to. A group goes into one part,
    /// and counts as of the smallest stratum among its samples.
    ///
    /// Within a stratum groups are ordered by `lot` and cut at the shares, so every part holds its share of every class to the
    /// nearest group.
    pub fn assign(&self, samples: &[(i64, &str)], lot: impl Fn(&str) -> u64) -> Vec<&'static str> {
        let mut groups: BTreeMap<&str, (i64, usize)> = BTreeMap::new();
        for &(stratum, group) in samples {
            let (least, size) = groups.entry(group).or_insert((stratum, 0));
            *least = stratum.min(*least);
            *size += 1;
        }
        let mut strata: BTreeMap<i64, Vec<(u64, &str, usize)>> = BTreeMap::new();
        for (group, (stratum, size)) in groups {
            strata.entry(stratum).or_default().push((lot(group), group, size));
        }
        let mut part_of = BTreeMap::new();
        for groups in strata.values_mut() {
            groups.sort_unstable();
            let n = groups.iter().map(|(.., size)| size).sum::<usize>() as f64;
            let mut before = 0;
            for (_, group, size) in groups {
                part_of.insert(*group, self.part_at((before as f64 + *size as f64 / 2.0) / n));
                before += *size;
            }
        }
        samples.iter().map(|(_, group)| part_of[group]).collect()
    }

    /// As [`Shares::assign`], where a group is more than copies, and may be of any size and of several strata: the samples of one
    /// patient.
    ///
    /// Groups go where they bring the parts closest to their shares, of every stratum and of all samples, the largest first,
    /// which is how scikit-learn's `StratifiedGroupKFold` goes about it. O(groups × parts × strata of a group).
    pub fn assign_groups(&self, samples: &[(Vec<i64>, &str)], lot: impl Fn(&str) -> u64) -> Vec<&'static str> {
        let mut groups: BTreeMap<&str, (u64, BTreeMap<i64, f64>)> = BTreeMap::new();
        let mut totals: BTreeMap<i64, f64> = BTreeMap::new();
        for (strata, group) in samples {
            let (size, of) = groups.entry(group).or_default();
            *size += 1;
            for stratum in strata {
                *of.entry(*stratum).or_default() += 1.0;
                *totals.entry(*stratum).or_default() += 1.0;
            }
        }
        let mut order: Vec<_> = groups.into_iter().map(|(group, (size, of))| (group, size, of)).collect();
        order.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| (lot(a.0), a.0).cmp(&(lot(b.0), b.0))));
        let n = samples.len() as f64;
        let mut parts: Vec<(f64, BTreeMap<i64, f64>)> = vec![(0.0, BTreeMap::new()); self.shares.len()];
        let mut part_of = BTreeMap::new();
        for (group, size, of) in order {
            // What a part's squared distance from its share changes by, relative to how much there is.
            let gain = |have: f64, more: f64, all: f64, share: f64| {
                let off = have - share * all;
                ((off + more).powi(2) - off.powi(2)) / all
            };
            let cost = |place: usize| {
                let (held, strata) = &parts[place];
                let share = self.shares[place];
                let own = |(stratum, more): (&i64, &f64)| {
                    gain(strata.get(stratum).copied().unwrap_or_default(), *more, totals[stratum], share)
                };
                gain(*held, size as f64, n, share) + of.iter().map(own).sum::<f64>()
            };
            let open = (0..self.shares.len()).filter(|place| self.shares[*place] > 0.0);
            let best = open.min_by(|a, b| cost(*a).total_cmp(&cost(*b))).unwrap_or_default();
            parts[best].0 += size as f64;
            for (stratum, more) in of {
                *parts[best].1.entry(stratum).or_default() += more;
            }
            part_of.insert(group, self.parts()[best]);
        }
        samples.iter().map(|(_, group)| part_of[group]).collect()
    }

    /// The part that holds the place `middle`, 0 to 1.
    fn part_at(&self, middle: f64) -> &'static str {
        let mut upto = 0.0;
        let mut found = self.parts()[0];
        for (part, share) in self.parts().iter().zip(&self.shares) {
            upto += share;
            // A share of 0 takes nothing, also at the very end.
            if *share > 0.0 {
                found = part;
                if middle < upto {
                    break;
                }
            }
        }
        found
    }
}

/// The part of samples that belong to the audit set: it is drawn at random, labeled blind and never trained on, which makes it the
/// one fair test of a model, and nothing else in a pool labeled by active learning qualifies.
pub const AUDIT: &str = "audit";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random;

    fn lot(seed: u64) -> impl Fn(&str) -> u64 {
        move |content| content.bytes().fold(seed, |hash, byte| random::hash(hash, u64::from(byte)))
    }

    fn contents(n: usize) -> Vec<String> {
        (0..n).map(|i| format!("{:016x}", random::hash(9, i as u64))).collect()
    }

    #[test]
    fn every_part_holds_its_share_of_every_class() {
        let contents = contents(1000);
        let samples: Vec<_> = contents.iter().enumerate().map(|(i, c)| (i64::from(i % 10 == 0), c.as_str())).collect();
        let shares: Shares = "0.8,0.1,0.1".parse().unwrap();
        let assigned = shares.assign(&samples, lot(7));
        for (class, part, n) in [(0, "train", 720), (0, "val", 90), (1, "train", 80), (1, "val", 10), (1, "test", 10)] {
            let have = samples.iter().zip(&assigned).filter(|(s, p)| s.0 == class && **p == part).count();
            assert_eq!(have, n, "class {class}, {part}");
        }
        assert_ne!(assigned, shares.assign(&samples, lot(8)));
    }

    #[test]
    fn the_order_of_samples_does_not_matter() {
        let contents = contents(50);
        let mut samples: Vec<_> = contents.iter().map(|c| (1, c.as_str())).collect();
        let shares: Shares = "0.5,0.5".parse().unwrap();
        let mut forward: Vec<_> = shares.assign(&samples, lot(1));
        samples.reverse();
        forward.reverse();
        assert_eq!(forward, shares.assign(&samples, lot(1)));
    }

    #[test]
    fn copies_go_into_one_part_also_where_their_labels_differ() {
        let contents = contents(300);
        // Each content three times, the last time under another label.
        let samples: Vec<_> = (0..900).map(|i| (i64::from(i >= 600), contents[i % 300].as_str())).collect();
        let assigned = "0.6,0.2,0.2".parse::<Shares>().unwrap().assign(&samples, lot(4));
        for i in 0..300 {
            assert!(assigned[i] == assigned[i + 300] && assigned[i] == assigned[i + 600], "content {i}");
        }
        let train = assigned.iter().filter(|part| **part == "train").count();
        assert!((530..=550).contains(&train), "{train} of 900");
    }

    #[test]
    fn patients_stay_whole_and_every_part_still_has_its_share_of_every_class() {
        // 120 patients of unlike sizes, each with samples of several classes.
        let names: Vec<String> = (0..120).map(|i| format!("patient {i}")).collect();
        let mut samples: Vec<(Vec<i64>, &str)> = Vec::new();
        for (i, name) in names.iter().enumerate() {
            for k in 0..=(random::hash(1, i as u64) % 17) {
                samples.push((vec![(random::hash(i as u64, k) % 4) as i64], name));
            }
        }
        let shares: Shares = "0.7,0.15,0.15".parse().unwrap();
        let assigned = shares.assign_groups(&samples, lot(3));
        let mut of: BTreeMap<&str, &str> = BTreeMap::new();
        for ((_, group), part) in samples.iter().zip(&assigned) {
            assert_eq!(of.entry(group).or_insert(part), part, "{group} is in two parts");
        }
        for class in 0..4 {
            let all = samples.iter().filter(|(strata, _)| strata[0] == class).count() as f64;
            for (part, share) in [("train", 0.7), ("val", 0.15), ("test", 0.15)] {
                let zipped = samples.iter().zip(&assigned);
                let n = zipped.filter(|((strata, _), of)| strata[0] == class && **of == part).count() as f64;
                assert!((n / all - share).abs() < 0.03, "class {class}, {part}: {n} of {all}");
            }
        }
        samples.reverse();
        let mut backwards = shares.assign_groups(&samples, lot(3));
        backwards.reverse();
        assert_eq!(backwards, assigned);
    }

    #[test]
    fn shares_that_do_not_add_up_are_refused() {
        for bad in ["", "1", "0.5,0.4", "0.5,0.25,0.125,0.125", "-0.5,1.5", "a,b", "NaN,1"] {
            assert!(bad.parse::<Shares>().is_err(), "{bad} was taken");
        }
        assert_eq!("0.9,0.0,0.1".parse::<Shares>().unwrap().assign(&[(1, "00")], lot(1)), ["train"]);
    }
}
