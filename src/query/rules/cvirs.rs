//! CVIRS (Reyes et al. 2018, "Effective active learning strategy for multi-label learning", category vector inconsistency and
//! ranking of scores): the mean normalised entropy distance from the predicted set to the known ones, times a Borda count of the
//! classes' margins |2 p − 1| over the open samples.
//!
//! Cost: K sorts of N numbers, and N·m·K/64 for m labeled samples.

use rayon::prelude::*;

use crate::query::pool::{OpinionError, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets::doubt;

pub static RULE: Rule = Rule {
    name: "cvirs",
    also: &["categoryvectorinconsistencyandranking"],
    advice: "label sets that look like none so far and are in doubt: finds new combinations",
    source: "Reyes et al. 2018",
    answers: Answers::Sets,
    needs: Needs::Model,
    run: Run::Scores(cvirs),
    ties_by_margin: true,
};

fn cvirs(pool: &Pool<'_>) -> Result<Vec<f32>, OpinionError> {
    let (l, p) = (pool.n_classes, pool.mean(pool.open)?);
    let known: Vec<Set> =
        (0..pool.targets.len(l)).map(|i| Set::new((0..l).map(|k| pool.targets.has(i, k, l)))).collect();
    // −f ln f of f = count / L.
    let part = |count: usize| {
        let f = count as f64 / l as f64;
        if count == 0 { 0.0 } else { -f * f.ln() }
    };
    let parts: Vec<f64> = (0..=l).map(part).collect();
    let ranking = borda(&p, l);
    let score = |(p, ranking): (&[f32], &f64)| {
        let predicted = Set::new(p.iter().map(|&p| p >= 0.5));
        let apart: f64 = known.iter().map(|known| predicted.distance(known, l, &parts)).sum();
        // Without answers every set is equally new.
        let inconsistency = if known.is_empty() { 1.0 } else { apart / known.len() as f64 };
        (inconsistency * ranking) as f32
    };
    Ok(p.par_chunks_exact(l.max(1)).zip(&ranking).with_min_len(64).map(score).collect())
}

/// Per sample the mean over labels of the share of other samples that are surer about the label (`p` is n × `l`); equal
/// margins share their places.
fn borda(p: &[f32], l: usize) -> Vec<f64> {
    let n = p.len() / l.max(1);
    if n < 2 {
        return vec![1.0; n];
    }
    let mut total = vec![0.0; n];
    let mut order: Vec<usize> = (0..n).collect();
    for label in 0..l {
        let doubts: Vec<f32> = p.iter().skip(label).step_by(l).map(|&p| doubt(p)).collect();
        order.par_sort_unstable_by(|&a, &b| doubts[a].total_cmp(&doubts[b]));
        let mut start = 0;
        for group in order.chunk_by(|&a, &b| doubts[a] == doubts[b]) {
            // The mean of the places that the group takes.
            let surer = start as f64 + (group.len() - 1) as f64 / 2.0;
            for &at in group {
                total[at] += surer;
            }
            start += group.len();
        }
    }
    total.iter().map(|total| total / (l * (n - 1)) as f64).collect()
}

/// A set of labels as bits.
struct Set {
    words: Vec<u64>,
    size: usize,
}

impl Set {
    fn new(labels: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut words = vec![0; labels.len().div_ceil(64)];
        let mut size = 0;
        for (at, _) in labels.enumerate().filter(|(_, present)| *present) {
            words[at / 64] |= 1 << (at % 64);
            size += 1;
        }
        Self { words, size }
    }

    /// The normalised entropy distance of two sets among `l` labels, (2 H(a, b) − H(a) − H(b)) / H(a, b), and 1 where
    /// they differ in every label. `parts` holds −f ln f of every count.
    fn distance(&self, other: &Self, l: usize, parts: &[f64]) -> f64 {
        let both: usize = self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum();
        let neither = l + both - self.size - other.size;
        if both + neither == 0 {
            return 1.0;
        }
        let joint = parts[both] + parts[neither] + parts[self.size - both] + parts[other.size - both];
        if joint <= 0.0 {
            return 0.0;
        }
        let alone = |size: usize| parts[size] + parts[l - size];
        ((2.0 * joint - alone(self.size) - alone(other.size)) / joint).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_that_differ_everywhere_or_nowhere_are_at_distances_one_and_zero() {
        let sets = |a: &[bool], b: &[bool]| {
            let l = a.len();
            let parts: Vec<f64> = (0..=l)
                .map(|c| if c == 0 { 0.0 } else { -(c as f64 / l as f64) * (c as f64 / l as f64).ln() })
                .collect();
            Set::new(a.iter().copied()).distance(&Set::new(b.iter().copied()), l, &parts)
        };
        let long: Vec<bool> = (0..130).map(|i| i % 3 == 0).collect();
        let opposite: Vec<bool> = long.iter().map(|y| !y).collect();
        assert!(sets(&long, &long) < 1e-12 && sets(&long, &opposite) == 1.0);
        assert!(sets(&[false, false], &[false, false]) == 0.0 && sets(&[true, false], &[false, false]) == 1.0);
    }
}
