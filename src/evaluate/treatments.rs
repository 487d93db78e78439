//! Ways of learning, compared on the same folds of the same labels.
//!
//! Each way learns from four fifths of the labels and is judged on the last fifth, all of them on the same ones, so that their
//! difference is paired. Samples of one group, such as copies of a picture, share a fold: a model that has seen a copy would only
//! show that it remembers.

use super::quality::Quality;
use crate::learn::cures::{Care, Cure, fit_cured};
use crate::learn::{CommitteeOptions, LearnError, Standardiser, Targets, Training, Tuned, fit_committee};
use crate::math::{Matrix, random};

/// Folds of one repetition.
pub const FOLDS: usize = 5;

/// Labels that ways of learning are compared on.
#[derive(Debug, Clone, Copy)]
pub struct LabeledSamples<'a> {
    /// n.
    pub targets: Targets<'a>,
    pub n_classes: usize,
    /// n: the group of each sample.
    pub groups: &'a [usize],
}

/// One way of learning from them.
#[derive(Debug, Clone, Copy)]
pub struct Treatment<'a> {
    /// n × D: the samples as a model meets them.
    pub rows: &'a Matrix,
    /// n × D: what it learns from in their place; mostly the same.
    pub taught: &'a Matrix,
    pub standardiser: &'a Standardiser,
    pub cures: &'a [&'static Cure],
    /// N × D, and the rows of it without a label and outside the audit set.
    pub pool: &'a Matrix,
    pub unlabeled: &'a [usize],
}

/// n: the fold of each sample in one repetition. Classes are spread evenly over folds, sets of classes by their first; a group
/// goes by its first sample.
pub fn folds(samples: &LabeledSamples<'_>, seed: u64) -> Vec<usize> {
    let n = samples.targets.len(samples.n_classes);
    let mut seen = std::collections::HashSet::new();
    let mut first: Vec<usize> = (0..n).filter(|&i| seen.insert(samples.groups[i])).collect();
    let class = |i: usize| samples.targets.of(i, samples.n_classes).first().copied();
    first.sort_by_key(|&i| (class(i), random::hash(seed, i as u64), i));
    let of_group: std::collections::HashMap<usize, usize> =
        first.iter().enumerate().map(|(at, &i)| (samples.groups[i], at % FOLDS)).collect();
    samples.groups.iter().map(|group| of_group[group]).collect()
}

impl Treatment<'_> {
    /// Learn from the samples at `known` and judge those at `held`.
    ///
    /// `tuned` is what was chosen on `known` already; without it, it is chosen here.
    ///
    /// # Errors
    /// Whatever a cure or a fit refuses.
    pub fn judged(
        &self,
        samples: &LabeledSamples<'_>,
        known: &[usize],
        held: &[usize],
        tuned: Option<Tuned>,
        seed: u64,
    ) -> Result<Quality, LearnError> {
        let truth = samples.targets.gather(held, samples.n_classes);
        self.judged_on(samples, known, &self.rows.gather(held), truth.targets(), tuned, seed)
    }

    /// As [`Treatment::judged`], on other samples: `rows` with their `targets`.
    ///
    /// # Errors
    /// Whatever a cure or a fit refuses.
    pub fn judged_on(
        &self,
        samples: &LabeledSamples<'_>,
        known: &[usize],
        rows: &Matrix,
        targets: Targets<'_>,
        tuned: Option<Tuned>,
        seed: u64,
    ) -> Result<Quality, LearnError> {
        let taught = self.taught.gather(known);
        let truth = samples.targets.gather(known, samples.n_classes);
        let training =
            Training { rows: &taught, targets: truth.targets(), weights: None, n_classes: samples.n_classes };
        let options = CommitteeOptions { tuned, seed, ..CommitteeOptions::default() };
        let care =
            Care { cures: self.cures, pool: self.pool, unlabeled: self.unlabeled, standardiser: self.standardiser };
        let fitted = fit_cured(&care, &training, None, &options, &|training, options| {
            fit_committee(training, self.standardiser, None, options)
        })?;
        Ok(Quality::of(&fitted.committee, rows, targets))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::cures;
    use crate::learn::{Link, Targets};

    fn noise(seed: u64, i: usize) -> f32 {
        random::unit(random::hash(seed, i as u64)) as f32 - 0.5
    }

    #[test]
    fn groups_share_a_fold_and_classes_are_spread() {
        let labels: Vec<usize> = (0..100).map(|i| i / 50).collect();
        let groups: Vec<usize> = (0..100).map(|i| i / 2).collect();
        let samples = LabeledSamples { targets: Targets::One(&labels), n_classes: 2, groups: &groups };
        let of = folds(&samples, 3);
        assert!((0..50).all(|pair| of[2 * pair] == of[2 * pair + 1]));
        for fold in 0..FOLDS {
            let held: Vec<usize> = (0..100).filter(|&i| of[i] == fold).collect();
            assert_eq!(held.iter().filter(|&&i| labels[i] == 0).count(), 10);
            assert_eq!(held.len(), 20);
        }
        assert_ne!(of, folds(&samples, 4));
        assert_eq!(of, folds(&samples, 3));
    }

    #[test]
    fn a_way_with_better_features_scores_better_on_the_same_fold() {
        let (n, d) = (90, 24);
        let labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
        let rows = |noisy: f32| {
            let value = |at: usize| noise(1, labels[at / d] * d + at % d) + noisy * noise(2, at);
            Matrix::new(n, d, (0..n * d).map(value).collect())
        };
        let (clean, noisy) = (rows(0.5), rows(6.0));
        let groups: Vec<usize> = (0..n).collect();
        let samples = LabeledSamples { targets: Targets::One(&labels), n_classes: 3, groups: &groups };
        let of = folds(&samples, 1);
        let (known, held): (Vec<usize>, Vec<usize>) = (0..n).partition(|&i| of[i] != 0);
        let score = |rows: &Matrix, cures: &[&'static Cure]| {
            let standardiser = Standardiser::from_pool(rows).unwrap();
            let way = Treatment { rows, taught: rows, standardiser: &standardiser, cures, pool: rows, unlabeled: &[] };
            way.judged(&samples, &known, &held, None, 5).unwrap()
        };
        let (good, bad) = (score(&clean, &[]), score(&noisy, &[]));
        assert!(good.accuracy > bad.accuracy && good.nll < bad.nll, "{good:?} {bad:?}");
        assert_eq!(good.right.len(), held.len());
        let twice = cures::parse("larger-committee", Link::Softmax).unwrap();
        assert_ne!(score(&noisy, &twice).nll, bad.nll, "a cure changes what is learned");
    }
}
