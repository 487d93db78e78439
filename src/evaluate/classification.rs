//! Quality of a classifier on labeled samples: accuracy, precision, recall and F1 per class.

use rand_chacha::rand_core::Rng as _;

use super::interval::{Interval, percentile};
use crate::math::random;

/// Counts of (truth, prediction): K × K, row-major.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Confusion {
    pub classes: usize,
    pub counts: Vec<u64>,
}

/// One class's numbers; a ratio without a denominator is 0, as in scikit-learn.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize)]
pub struct ClassScore {
    pub precision: f64,
    pub recall: f64,
    pub f1: f64,
    /// Samples that truly are of this class.
    pub support: u64,
}

impl Confusion {
    /// # Panics
    /// When a class is not below `classes`, or the slices differ in length.
    pub fn new(truth: &[usize], predicted: &[usize], classes: usize) -> Self {
        assert_eq!(truth.len(), predicted.len(), "one prediction per truth");
        let mut counts = vec![0; classes * classes];
        for (&t, &p) in truth.iter().zip(predicted) {
            assert!(t < classes && p < classes, "classes are below {classes}");
            counts[t * classes + p] += 1;
        }
        Self { classes, counts }
    }

    pub fn accuracy(&self) -> f64 {
        let right: u64 = (0..self.classes).map(|k| self.counts[k * self.classes + k]).sum();
        over(right as f64, self.counts.iter().sum::<u64>() as f64)
    }

    pub fn per_class(&self) -> Vec<ClassScore> {
        let k = self.classes;
        let score = |c: usize| {
            let hit = self.counts[c * k + c] as f64;
            let support: u64 = self.counts[c * k..(c + 1) * k].iter().sum();
            let called: u64 = (0..k).map(|t| self.counts[t * k + c]).sum();
            ClassScore {
                precision: over(hit, called as f64),
                recall: over(hit, support as f64),
                f1: over(2.0 * hit, support as f64 + called as f64),
                support,
            }
        };
        (0..k).map(score).collect()
    }

    /// The mean F1 over classes that occur in truth or prediction, as scikit-learn's `f1_score(average='macro')`.
    pub fn macro_f1(&self) -> f64 {
        let k = self.classes;
        let occurs = |c: usize| (0..k).any(|j| self.counts[c * k + j] > 0 || self.counts[j * k + c] > 0);
        let scores: Vec<f64> =
            self.per_class().iter().enumerate().filter(|(c, _)| occurs(*c)).map(|(_, s)| s.f1).collect();
        over(scores.iter().sum(), scores.len() as f64)
    }
}

fn over(top: f64, bottom: f64) -> f64 {
    if bottom > 0.0 { top / bottom } else { 0.0 }
}

/// Macro F1 with a percentile bootstrap interval over samples.
///
/// # Panics
/// As [`Confusion::new`].
pub fn macro_f1(
    truth: &[usize],
    predicted: &[usize],
    classes: usize,
    level: f64,
    replicates: usize,
    seed: u64,
) -> Interval {
    let value = Confusion::new(truth, predicted, classes).macro_f1();
    let mut rng = random::stream(seed, 0xf1);
    let n = truth.len();
    let again = (0..if n == 0 { 0 } else { replicates }).map(|_| {
        let mut confusion = Confusion { classes, counts: vec![0; classes * classes] };
        for _ in 0..n {
            let i = (random::unit(rng.next_u64()) * n as f64) as usize;
            confusion.counts[truth[i] * classes + predicted[i]] += 1;
        }
        confusion.macro_f1()
    });
    percentile(value, again.collect(), level)
}

/// Mean of −ln of the probability given to the truth (n × `classes`), with probabilities below 1e-12 counted as 1e-12.
pub fn negative_log_likelihood(probabilities: &[f32], truth: &[usize], classes: usize) -> f64 {
    let loss = |(p, &y): (&[f32], &usize)| -f64::from(p[y]).max(1e-12).ln();
    over(probabilities.chunks_exact(classes).zip(truth).map(loss).sum(), truth.len() as f64)
}

/// The most probable class of each row; the first of equals.
pub fn arg_max(probabilities: &[f32], classes: usize) -> Vec<usize> {
    let top = |p: &[f32]| (1..classes).fold(0, |top, k| if p[k] > p[top] { k } else { top });
    probabilities.chunks_exact(classes).map(top).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRUTH: [usize; 6] = [0, 0, 1, 1, 2, 2];
    const GUESS: [usize; 6] = [0, 1, 1, 1, 2, 0];

    #[test]
    fn scores_equal_the_hand_count() {
        let confusion = Confusion::new(&TRUTH, &GUESS, 3);
        assert!((confusion.accuracy() - 4.0 / 6.0).abs() < 1e-12);
        let scores = confusion.per_class();
        assert_eq!((scores[1].recall, scores[1].support, scores[2].precision), (1.0, 2, 1.0));
        assert!((scores[1].precision - 2.0 / 3.0).abs() < 1e-12);
        assert!((confusion.macro_f1() - (0.5 + 0.8 + 2.0 / 3.0) / 3.0).abs() < 1e-12);
    }

    #[test]
    fn a_class_that_never_occurs_does_not_pull_the_macro_f1_down() {
        assert_eq!(Confusion::new(&TRUTH, &TRUTH, 5).macro_f1(), 1.0);
    }

    #[test]
    fn the_bootstrap_interval_holds_the_value_and_follows_the_seed() {
        let a = macro_f1(&TRUTH, &GUESS, 3, 0.95, 500, 1);
        assert!(a.low <= a.value && a.value <= a.high && a.low < a.high);
        assert_eq!(a, macro_f1(&TRUTH, &GUESS, 3, 0.95, 500, 1));
    }

    #[test]
    fn a_truth_of_probability_zero_costs_much_but_not_infinity() {
        let nll = negative_log_likelihood(&[1.0, 0.0], &[1], 2);
        assert!((nll - 1e12f64.ln()).abs() < 1e-6);
    }
}
