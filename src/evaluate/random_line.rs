//! What random labeling would have reached: heads on growing parts of a random sample, each measured on the rest of it.
//!
//! The audit answers are a random sample of the pool, so heads trained on parts of them learn from random labels, and the fold
//! they never saw measures them without bias. Up to four fifths of the audit labels the line is measured; beyond, a power law
//! carries it on and is called an extrapolation.
//!
//! **Invariant:** a head is measured on samples that it did not train on.

use std::collections::HashMap;

use rayon::prelude::*;

use super::PowerLaw;
use super::curve::{isotonic, labels_needed};
use super::interval::quantile;
use crate::learn::{CommitteeOptions, Fitted, LearnError, Standardiser, Targets, Training, fit_committee};
use crate::math::{Matrix, random};

/// Folds of the sample.
const FOLDS: usize = 5;
/// Labels of the first heads.
const FIRST: usize = 10;
/// From one size to the next.
const GROWTH: f64 = std::f64::consts::SQRT_2;
/// Draws of the order, each with folds of its own: more where fits are cheap.
const DRAWS: (usize, usize) = (4, 2);
/// With more labels than this there are fewer draws.
const MANY: usize = 400;
/// Replicates of the bootstrap.
const REPLICATES: usize = 400;
/// Fewer labels say nothing.
pub const LEAST: usize = 30;

/// Random labels and what heads trained on parts of them got right.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct RandomLine {
    /// Labels of the heads, growing.
    pub sizes: Vec<usize>,
    /// Draws.
    pub draws: usize,
    /// Samples × sizes: one bit per draw, set where the head that had not seen the sample was right on it.
    pub right: Vec<u16>,
}

/// Labeled samples, drawn at random.
#[derive(Debug, Clone, Copy)]
pub struct RandomSample<'a> {
    /// n × D embeddings.
    pub rows: &'a Matrix,
    pub targets: Targets<'a>,
    pub n_classes: usize,
    /// The group of copies that each sample belongs to: copies are in one fold, so that none is measured by a head that learned
    /// its twin.
    pub groups: &'a [usize],
}

/// Accuracy at a number of labels, and whether it was measured there.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct LinePoint {
    pub labels: f64,
    pub accuracy: f64,
    /// 95 % interval.
    pub low: f64,
    pub high: f64,
    /// Beyond the measured labels.
    pub extrapolated: bool,
}

/// Labels that random labeling needs for an accuracy.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Needed {
    /// Infinite where random labeling is not expected to get there.
    pub labels: f64,
    /// 95 % interval; the upper end may be infinite.
    pub low: f64,
    pub high: f64,
    /// Whether any of it lies beyond the measured labels.
    pub extrapolated: bool,
}

/// Sizes of the heads for `n` samples: from ten on, by a factor of √2, to four fifths of the samples.
fn sizes(n: usize) -> Vec<usize> {
    let most = n * (FOLDS - 1) / FOLDS;
    let mut sizes: Vec<usize> = Vec::new();
    let mut size = FIRST as f64;
    while (size.round() as usize) < most {
        sizes.push(size.round() as usize);
        size *= GROWTH;
    }
    // The last step may be short; two points almost at one place tell nothing apart.
    if sizes.last().is_some_and(|last| (most as f64) < *last as f64 * 1.15) {
        sizes.pop();
    }
    sizes.push(most);
    sizes
}

impl RandomLine {
    /// Fit and measure: draws × 5 folds × sizes fits, on all threads. `None` with fewer than [`LEAST`] samples, or when `stopped`
    /// says so.
    ///
    /// # Errors
    /// Whatever a fit refuses.
    pub fn cross_fit(
        sample: &RandomSample<'_>,
        standardiser: &Standardiser,
        options: &CommitteeOptions,
        stopped: &(dyn Fn() -> bool + Sync),
    ) -> Result<Option<Self>, LearnError> {
        let n = sample.rows.rows();
        if n < LEAST {
            return Ok(None);
        }
        let sizes = sizes(n);
        let draws = if n > MANY { DRAWS.1 } else { DRAWS.0 };
        let turns: Vec<(usize, usize)> = (0..draws).flat_map(|draw| (0..FOLDS).map(move |fold| (draw, fold))).collect();
        let found: Result<Vec<_>, LearnError> = turns
            .par_iter()
            .with_max_len(1)
            .map(|&(draw, fold)| {
                let seed = random::hash(options.seed, draw as u64);
                let order = shuffled(n, seed);
                let folds = folds(sample.groups, seed);
                let (test, train): (Vec<usize>, Vec<usize>) = order.iter().copied().partition(|&i| folds[i] == fold);
                let mut before: Option<Fitted> = None;
                let mut right: Vec<(usize, usize)> = Vec::new();
                for (at, &size) in sizes.iter().enumerate() {
                    if stopped() {
                        break;
                    }
                    let fitted = head(sample, standardiser, options, &train[..size.min(train.len())], before.as_ref())?;
                    right.extend(hits(sample, &fitted, &test).into_iter().map(|i| (i, at)));
                    before = Some(fitted);
                }
                Ok((draw, right))
            })
            .collect();
        let found = found?;
        if stopped() {
            return Ok(None);
        }
        let mut right = vec![0u16; n * sizes.len()];
        for (draw, hits) in found {
            for (i, at) in hits {
                right[i * sizes.len() + at] |= 1 << draw;
            }
        }
        Ok(Some(Self { sizes, draws, right }))
    }

    /// Samples measured.
    pub fn samples(&self) -> usize {
        self.right.len() / self.sizes.len().max(1)
    }

    /// The line of these samples alone, by place.
    #[must_use]
    pub fn of(&self, samples: &[usize]) -> Self {
        let width = self.sizes.len();
        let right = samples.iter().flat_map(|&i| self.right[i * width..(i + 1) * width].iter().copied()).collect();
        Self { right, ..self.clone() }
    }

    /// Labels at which the line is measured last.
    pub fn measured_to(&self) -> usize {
        self.sizes.last().copied().unwrap_or(0)
    }

    /// The line at numbers of labels, with 95 % intervals from a bootstrap over samples and draws.
    pub fn at(&self, labels: &[f64], seed: u64) -> Vec<LinePoint> {
        let best = Shape::of(&self.means(&Resample::none(self)), self);
        let replicates: Vec<Shape> = (0..REPLICATES)
            .map(|r| Shape::of(&self.means(&Resample::draw(self, random::hash(seed, r as u64))), self))
            .collect();
        let point = |&labels: &f64| {
            let mut values: Vec<f64> = replicates.iter().map(|shape| shape.at(labels)).collect();
            values.sort_unstable_by(f64::total_cmp);
            let accuracy = best.at(labels);
            LinePoint {
                labels,
                accuracy,
                low: quantile(&values, 0.025).min(accuracy),
                high: quantile(&values, 0.975).max(accuracy),
                extrapolated: labels > self.measured_to() as f64,
            }
        };
        labels.iter().map(point).collect()
    }

    /// Labels that random labeling needs to be right as often as `right`, which says so for each sample in turn.
    ///
    /// Both are measured on the same samples, and the bootstrap draws them together, so what is hard for one and the other
    /// falls out of the comparison.
    pub fn needed_for(&self, right: &[bool], seed: u64) -> Needed {
        let share = |resample: &Resample| {
            let hits: f64 =
                right.iter().zip(&resample.samples).map(|(right, n)| f64::from(*n) * f64::from(u8::from(*right))).sum();
            hits / right.len().max(1) as f64
        };
        let needed = |resample: &Resample| Shape::of(&self.means(resample), self).labels_for(share(resample));
        let labels = needed(&Resample::none(self));
        let mut values: Vec<f64> =
            (0..REPLICATES).map(|r| needed(&Resample::draw(self, random::hash(seed, r as u64)))).collect();
        values.sort_unstable_by(f64::total_cmp);
        // Ends by rank: between a number and infinity nothing can be interpolated.
        let end = |q: f64| values[((q * (REPLICATES - 1) as f64).round() as usize).min(REPLICATES - 1)];
        let (low, high) = (end(0.025).min(labels), end(0.975).max(labels));
        Needed { labels, low, high, extrapolated: high > self.measured_to() as f64 }
    }

    /// Mean accuracy at each size, with samples and draws counted as `resample` says.
    fn means(&self, resample: &Resample) -> Vec<f64> {
        let width = self.sizes.len();
        let mut sums = vec![0.0; width];
        for (row, &times) in self.right.chunks_exact(width.max(1)).zip(&resample.samples) {
            if times == 0 {
                continue;
            }
            for (sum, bits) in sums.iter_mut().zip(row) {
                let hits: u32 = resample.draws.iter().enumerate().map(|(d, n)| n * u32::from(bits >> d & 1)).sum();
                *sum += f64::from(times * hits);
            }
        }
        let all = (self.samples() * self.draws).max(1) as f64;
        sums.into_iter().map(|sum| sum / all).collect()
    }
}

fn head(
    sample: &RandomSample<'_>,
    standardiser: &Standardiser,
    options: &CommitteeOptions,
    train: &[usize],
    before: Option<&Fitted>,
) -> Result<Fitted, LearnError> {
    let rows = sample.rows.gather(train);
    let truth = sample.targets.gather(train, sample.n_classes);
    let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: sample.n_classes };
    fit_committee(&training, standardiser, before, options)
}

/// Which of `test` the committee predicts as they are labeled: the class, or the whole set.
fn hits(sample: &RandomSample<'_>, fitted: &Fitted, test: &[usize]) -> Vec<usize> {
    let said = fitted.committee.probabilities(&sample.rows.gather(test));
    let decided = said.chunks_exact(sample.n_classes.max(1)).map(|p| fitted.committee.link.decided(p));
    let right = test.iter().zip(decided).filter(|(i, said)| {
        let mut said = said.clone();
        said.sort_unstable();
        let mut truth = sample.targets.of(**i, sample.n_classes);
        truth.sort_unstable();
        said == truth
    });
    right.map(|(i, _)| *i).collect()
}

/// The measured means made monotone, and the law beyond them.
struct Shape {
    labels: Vec<f64>,
    accuracy: Vec<f64>,
    law: Option<PowerLaw>,
}

impl Shape {
    fn of(means: &[f64], line: &RandomLine) -> Self {
        let labels: Vec<f64> = line.sizes.iter().map(|n| *n as f64).collect();
        // Later points say more of what comes.
        let law = PowerLaw::fit(&labels, means, &labels);
        Self { accuracy: isotonic(means), labels, law }
    }

    fn at(&self, labels: f64) -> f64 {
        let (Some(&first), Some(&last)) = (self.labels.first(), self.labels.last()) else { return 0.0 };
        if labels <= first {
            return self.accuracy[0];
        }
        if labels >= last {
            return self.beyond(labels);
        }
        let i = self.labels.partition_point(|n| *n <= labels);
        let share = (labels - self.labels[i - 1]) / (self.labels[i] - self.labels[i - 1]);
        self.accuracy[i - 1] + share * (self.accuracy[i] - self.accuracy[i - 1])
    }

    /// The law, moved so that it begins where the measured line ends.
    fn beyond(&self, labels: f64) -> f64 {
        let (last, end) = (self.labels[self.labels.len() - 1], self.accuracy[self.accuracy.len() - 1]);
        let gain = self.law.map_or(0.0, |law| (law.at(labels) - law.at(last)).max(0.0));
        (end + gain).min(1.0)
    }

    fn labels_for(&self, accuracy: f64) -> f64 {
        if let Some(labels) = labels_needed(&self.labels, &self.accuracy, accuracy) {
            return labels;
        }
        let (last, end) = (self.labels[self.labels.len() - 1], self.accuracy[self.accuracy.len() - 1]);
        self.law.map_or(f64::INFINITY, |law| law.labels_for(law.at(last) + accuracy - end).max(last))
    }
}

/// How often each sample and each draw counts in a replicate.
struct Resample {
    samples: Vec<u32>,
    draws: Vec<u32>,
}

impl Resample {
    fn none(line: &RandomLine) -> Self {
        Self { samples: vec![1; line.samples()], draws: vec![1; line.draws] }
    }

    fn draw(line: &RandomLine, seed: u64) -> Self {
        let counts = |n: usize, stream: u64| random::resample(n, random::hash(seed, stream));
        Self { samples: counts(line.samples(), 1), draws: counts(line.draws, 2) }
    }
}

/// The fold of each sample: groups in a drawn order, dealt to the folds in turn.
fn folds(groups: &[usize], seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = groups.to_vec();
    order.sort_unstable();
    order.dedup();
    order.sort_by_key(|&group| (random::hash(seed ^ 0xf01d, group as u64), group));
    let place: HashMap<usize, usize> = order.into_iter().enumerate().map(|(at, group)| (group, at % FOLDS)).collect();
    groups.iter().map(|group| place[group]).collect()
}

fn shuffled(n: usize, seed: u64) -> Vec<usize> {
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by_key(|&i| (random::hash(seed, i as u64), i));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;

    /// Three classes around corners, noisy: more labels help.
    fn sample(n: usize, salt: u64) -> (Matrix, Vec<usize>) {
        let labels: Vec<usize> = (0..n).map(|i| random::hash(salt, i as u64) as usize % 3).collect();
        let noise = |i: usize| random::unit(random::hash(salt ^ 0x5a17, i as u64)) as f32 - 0.5;
        let value = |i: usize| 2.4 * noise(i) + if i % 12 == labels[i / 12] { 1.0 } else { 0.0 };
        (Matrix::new(n, 12, (0..n * 12).map(value).collect()), labels)
    }

    /// No sample has copies.
    fn alone(n: usize) -> Vec<usize> {
        (0..n).collect()
    }

    fn line(n: usize, salt: u64) -> RandomLine {
        let (rows, labels) = sample(n, salt);
        let truth = Truth::One(labels);
        let data = RandomSample { rows: &rows, targets: truth.targets(), n_classes: 3, groups: &alone(rows.rows()) };
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        RandomLine::cross_fit(&data, &standardiser, &CommitteeOptions::default(), &|| false).unwrap().unwrap()
    }

    #[test]
    fn sizes_grow_to_four_fifths_of_the_sample() {
        assert_eq!(sizes(100), [10, 14, 20, 28, 40, 57, 80]);
        assert_eq!(sizes(30), [10, 14, 20, 24]);
        assert_eq!(sizes(LEAST).last(), Some(&24));
    }

    #[test]
    fn random_labels_teach_and_the_band_holds_the_truth() {
        let line = line(150, 1);
        assert_eq!((line.samples(), line.measured_to()), (150, 120));
        let points = line.at(&[10.0, 120.0, 1_000.0], 5);
        assert!(points[0].accuracy + 0.1 < points[1].accuracy, "{points:?}");
        assert!(points[1].accuracy <= points[2].accuracy && points[2].extrapolated && !points[1].extrapolated);
        // Heads on 120 other random samples, measured on many: what the line claims to know.
        let (test, test_labels) = sample(3_000, 99);
        let truths: Vec<f64> = (10..16)
            .map(|salt| {
                let (rows, labels) = sample(120, salt);
                let truth = Truth::One(labels);
                let training = Training { rows: &rows, targets: truth.targets(), weights: None, n_classes: 3 };
                let standardiser = Standardiser::from_pool(&rows).unwrap();
                let fitted = fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap();
                let said = crate::evaluate::classification::arg_max(&fitted.committee.probabilities(&test), 3);
                said.iter().zip(&test_labels).filter(|(a, b)| a == b).count() as f64 / 3_000.0
            })
            .collect();
        let truth = truths.iter().sum::<f64>() / truths.len() as f64;
        assert!((points[1].low..=points[1].high).contains(&truth), "{truth} is not in {:?}", points[1]);
    }

    #[test]
    fn labels_are_saved_where_one_is_better_and_not_where_it_is_alike() {
        let line = line(150, 1);
        let width = line.sizes.len();
        // As right as random with 40 labels.
        let alike: Vec<bool> = line.right.chunks(width).map(|row| row[4] & 1 == 1).collect();
        let needed = line.needed_for(&alike, 3);
        assert!(needed.low < 40.0 && needed.high > 40.0, "{needed:?}");
        let better: Vec<bool> = line.right.chunks(width).map(|row| row[width - 1].count_ones() >= 2).collect();
        let needed = line.needed_for(&better, 3);
        assert!(needed.labels > 80.0 && needed.low > 40.0, "{needed:?}");
        // Right on all: random labels of this noise do not get there.
        let all = line.needed_for(&[true; 150], 3);
        assert!(all.low > 120.0 && all.extrapolated, "{all:?}");
    }

    #[test]
    fn copies_are_measured_by_heads_that_learned_none_of_them() {
        let groups: Vec<usize> = (0..60).map(|i| i / 3).collect();
        let folds = folds(&groups, 7);
        assert!(folds.chunks(3).all(|copies| copies.iter().all(|fold| *fold == copies[0])), "{folds:?}");
        let mut sizes = [0; FOLDS];
        for fold in &folds {
            sizes[*fold] += 1;
        }
        assert_eq!(sizes, [12; FOLDS]);
        // Random labels on copies: where they are learned apart, nothing can be known.
        let (rows, _) = sample(20, 3);
        let rows = rows.gather(&groups);
        let labels: Vec<usize> = groups.iter().map(|group| random::hash(5, *group as u64) as usize % 3).collect();
        let truth = Truth::One(labels);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let measured = |groups: &[usize]| {
            let data = RandomSample { rows: &rows, targets: truth.targets(), n_classes: 3, groups };
            let line = RandomLine::cross_fit(&data, &standardiser, &CommitteeOptions::default(), &|| false);
            line.unwrap().unwrap().at(&[48.0], 1)[0].accuracy
        };
        let (apart, together) = (measured(&groups), measured(&alone(60)));
        assert!(apart < 0.6 && together > apart + 0.2, "{apart} {together}");
    }

    #[test]
    fn a_part_of_the_samples_is_a_line_of_its_own() {
        let line = line(60, 2);
        let part = line.of(&[3, 5]);
        assert_eq!(part.samples(), 2);
        assert_eq!(part.right[..line.sizes.len()], line.right[3 * line.sizes.len()..4 * line.sizes.len()]);
    }

    #[test]
    fn few_samples_and_a_stop_give_no_line() {
        let (rows, labels) = sample(LEAST - 1, 1);
        let truth = Truth::One(labels);
        let data = RandomSample { rows: &rows, targets: truth.targets(), n_classes: 3, groups: &alone(rows.rows()) };
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let options = CommitteeOptions::default();
        assert_eq!(RandomLine::cross_fit(&data, &standardiser, &options, &|| false), Ok(None));
        let (rows, labels) = sample(60, 1);
        let truth = Truth::One(labels);
        let data = RandomSample { rows: &rows, targets: truth.targets(), n_classes: 3, groups: &alone(rows.rows()) };
        assert_eq!(RandomLine::cross_fit(&data, &standardiser, &options, &|| true), Ok(None));
    }
}
