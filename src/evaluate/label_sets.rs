//! Quality of predicted label sets: exact match (subset accuracy), micro and macro F1, and every label by itself.
//!
//! With hits (given and predicted), calls (predicted) and support (given) of each label: precision = hits / calls, recall =
//! hits / support, F1 = 2 hits / (calls + support). Micro F1 takes the sums over all labels; macro F1 the mean over the
//! labels that were given or predicted at all, as scikit-learn's `f1_score` with `zero_division=nan`.

use rand_chacha::rand_core::Rng as _;

use super::interval::{Interval, percentile, wilson};
use crate::math::random;

/// Draws the bootstrap's samples, apart from other uses of a seed.
const STREAM: u64 = 0x5e75;

/// Counts of one label over some samples.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LabelCounts {
    /// Samples that have it and for which it was predicted.
    pub hits: u64,
    /// Samples for which it was predicted.
    pub calls: u64,
    /// Samples that have it.
    pub support: u64,
}

impl LabelCounts {
    /// `None` while it was never predicted.
    pub fn precision(self, level: f64) -> Option<Interval> {
        (self.calls > 0).then(|| wilson(self.hits, self.calls, level))
    }

    /// `None` while no sample has it.
    pub fn recall(self, level: f64) -> Option<Interval> {
        (self.support > 0).then(|| wilson(self.hits, self.support, level))
    }

    /// `None` while no sample has it and it was never predicted.
    pub fn f1(self) -> Option<f64> {
        let both = self.calls + self.support;
        (both > 0).then(|| 2.0 * self.hits as f64 / both as f64)
    }
}

/// Label sets of samples beside those that were predicted. Kept sparse: most samples have few of many labels.
#[derive(Debug, Clone)]
pub struct Sets {
    n_labels: usize,
    /// Per sample its labels that were given or predicted: label, given, predicted.
    samples: Vec<Vec<(usize, bool, bool)>>,
}

/// How good predicted sets are.
#[derive(Debug, Clone, PartialEq)]
pub struct SetScores {
    /// Samples whose whole set was predicted, neither more nor less.
    pub exact: u64,
    /// 0 where nothing was given or predicted.
    pub micro_f1: f64,
    /// 0 where nothing was given or predicted.
    pub macro_f1: f64,
    pub labels: Vec<LabelCounts>,
}

impl Sets {
    /// Samples as pairs of the labels given and those predicted, as places below `n_labels`, each at most once.
    ///
    /// # Panics
    /// When a place is not below `n_labels`.
    pub fn new<'a>(n_labels: usize, pairs: impl IntoIterator<Item = (&'a [usize], &'a [usize])>) -> Self {
        let merge = |(given, predicted): (&[usize], &[usize])| {
            let mut all: Vec<usize> = given.iter().chain(predicted).copied().collect();
            all.sort_unstable();
            all.dedup();
            assert!(all.last().is_none_or(|&label| label < n_labels), "labels are below {n_labels}");
            all.into_iter().map(|label| (label, given.contains(&label), predicted.contains(&label))).collect()
        };
        Self { n_labels, samples: pairs.into_iter().map(merge).collect() }
    }

    pub fn len(&self) -> usize {
        self.samples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.samples.is_empty()
    }

    pub fn scores(&self) -> SetScores {
        self.scores_of(0..self.samples.len())
    }

    fn scores_of(&self, which: impl Iterator<Item = usize>) -> SetScores {
        let mut labels = vec![LabelCounts::default(); self.n_labels];
        let mut exact = 0;
        for i in which {
            let sample = &self.samples[i];
            exact += u64::from(sample.iter().all(|(_, given, predicted)| given == predicted));
            for &(label, given, predicted) in sample {
                labels[label].hits += u64::from(given && predicted);
                labels[label].calls += u64::from(predicted);
                labels[label].support += u64::from(given);
            }
        }
        let sum = labels.iter().fold(LabelCounts::default(), |sum, label| LabelCounts {
            hits: sum.hits + label.hits,
            calls: sum.calls + label.calls,
            support: sum.support + label.support,
        });
        let each: Vec<f64> = labels.iter().filter_map(|label| label.f1()).collect();
        let macro_f1 = if each.is_empty() { 0.0 } else { each.iter().sum::<f64>() / each.len() as f64 };
        SetScores { exact, micro_f1: sum.f1().unwrap_or_default(), macro_f1, labels }
    }

    /// Micro and macro F1 with percentile bootstrap intervals over samples.
    pub fn f1_intervals(&self, level: f64, replicates: usize, seed: u64) -> (Interval, Interval) {
        let value = self.scores();
        let n = self.samples.len();
        let mut rng = random::stream(seed, STREAM);
        let (mut micro, mut mean) = (Vec::new(), Vec::new());
        for _ in 0..if n == 0 { 0 } else { replicates } {
            let again = self.scores_of((0..n).map(|_| (random::unit(rng.next_u64()) * n as f64) as usize));
            micro.push(again.micro_f1);
            mean.push(again.macro_f1);
        }
        (percentile(value.micro_f1, micro, level), percentile(value.macro_f1, mean, level))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct Case {
        labels: usize,
        truth: Vec<Vec<usize>>,
        predicted: Vec<Vec<usize>>,
        exact_match: f64,
        micro_f1: f64,
        macro_f1: Option<f64>,
        precision: Vec<Option<f64>>,
        recall: Vec<Option<f64>>,
        f1: Vec<Option<f64>>,
        support: Vec<u64>,
    }

    #[derive(serde::Deserialize)]
    struct Bootstrap {
        labels: usize,
        truth: Vec<Vec<usize>>,
        predicted: Vec<Vec<usize>>,
        /// Ends of the intervals over very many replicates: micro low, micro high, macro low, macro high.
        ends: [f64; 4],
    }

    #[derive(serde::Deserialize)]
    struct File {
        cases: Vec<Case>,
        bootstrap: Bootstrap,
    }

    fn file() -> File {
        serde_json::from_str(include_str!("../../tests/data/label_sets.json")).unwrap()
    }

    fn sets(labels: usize, truth: &[Vec<usize>], predicted: &[Vec<usize>]) -> Sets {
        Sets::new(labels, truth.iter().map(Vec::as_slice).zip(predicted.iter().map(Vec::as_slice)))
    }

    #[test]
    fn scores_equal_scikit_learn() {
        let cases = file().cases;
        assert!(cases.len() >= 40 && cases.iter().any(|case| case.f1.contains(&None)));
        for case in cases {
            let scores = sets(case.labels, &case.truth, &case.predicted).scores();
            let near = |got: f64, want: f64| (got - want).abs() < 1e-12;
            assert!(near(scores.exact as f64 / case.truth.len() as f64, case.exact_match));
            assert!(near(scores.micro_f1, case.micro_f1), "{} for {}", scores.micro_f1, case.micro_f1);
            assert!(near(scores.macro_f1, case.macro_f1.unwrap_or_default()), "{}", scores.macro_f1);
            for (k, label) in scores.labels.iter().enumerate() {
                let same = |got: Option<f64>, want: Option<f64>| match (got, want) {
                    (Some(got), Some(want)) => near(got, want),
                    (got, want) => got.is_none() && want.is_none(),
                };
                assert!(same(label.precision(0.95).map(|found| found.value), case.precision[k]), "{label:?}");
                assert!(same(label.recall(0.95).map(|found| found.value), case.recall[k]), "{label:?}");
                assert!(same(label.f1(), case.f1[k]), "{label:?}");
                assert_eq!(label.support, case.support[k]);
            }
        }
    }

    #[test]
    fn bootstrap_intervals_equal_numpys_up_to_the_chance_of_the_draw() {
        let case = file().bootstrap;
        let sets = sets(case.labels, &case.truth, &case.predicted);
        let (micro, mean) = sets.f1_intervals(0.95, 4000, 3);
        for (got, want) in [micro.low, micro.high, mean.low, mean.high].into_iter().zip(case.ends) {
            // The quantile of 4,000 replicates wavers by about 0.003 here.
            assert!((got - want).abs() < 0.012, "{got} for {want}");
        }
        assert_eq!(sets.f1_intervals(0.95, 200, 3), sets.f1_intervals(0.95, 200, 3));
        assert!(micro.low < micro.value && micro.value < micro.high);
    }

    #[test]
    fn empty_sets_that_were_predicted_are_right_and_no_samples_are_no_scores() {
        let none = sets(2, &[vec![], vec![0]], &[vec![], vec![]]);
        let scores = none.scores();
        assert_eq!((scores.exact, scores.micro_f1, scores.macro_f1), (1, 0.0, 0.0));
        assert_eq!(scores.labels[1].f1(), None);
        let (micro, _) = sets(3, &[], &[]).f1_intervals(0.95, 10, 1);
        assert_eq!((micro.low, micro.high, sets(3, &[], &[]).scores().exact), (0.0, 0.0, 0));
    }
}
