//! Training on the mean of a sample's views: its own embedding and those of augmented copies of its picture.
//!
//! A mean of views is closer to what all pictures of that thing share, so a head needs fewer labels; the number of rows
//! stays, so leave-one-out stays honest and a fit costs what it did. Views as rows of their own (the usual form) would have
//! to be left out together with their sample everywhere, and added less: `docs/label-efficiency.md` has both.
//!
//! Whether it helps depends on the pool and on the number of labels, so it is measured: five folds, heads on either kind of
//! row, both judged on the samples' own embeddings, which is what a head meets later. Each is judged at its own temperature,
//! as a committee's are tuned: heads on means have seen less noise than they meet, and are too sure of themselves.

use super::fit::Prepared;
use super::folds::by_folds;
use super::offset::Offset;
use super::training::Training;
use super::tune::held_out_losses;
use super::{LearnError, Link, Standardiser};
use crate::math::{Matrix, distance, random};

/// Samples that are looked at, at most.
const MOST: usize = 400;
/// The penalty of the heads that are compared, which hardly matters to heads that correct prototypes.
const PENALTY: f64 = 3.16;
const TOLERANCE: f64 = 1e-4;

/// Mean log loss of labeled samples, predicted from the others.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Gain {
    /// By heads on the samples' own embeddings.
    pub own: f64,
    /// By heads on the means of views.
    pub averaged: f64,
    /// Standard error of the difference, paired by sample.
    pub error: f64,
    /// Samples that were predicted; none while every sample is alone in its class.
    pub judged: usize,
}

impl Gain {
    /// Means are taken unless they are worse by more than a standard error: they cost nothing once they are there, help most
    /// while labels are few, and few labels cannot show a small gain.
    pub fn helps(&self) -> bool {
        self.averaged <= self.own + self.error
    }
}

/// The mean of a sample's own embedding (D) and the mean of its views (V × D, one after the other), all brought to unit
/// length first. Half of the weight stays with the sample: views are not drawn from what heads meet later, and where they
/// had four fifths of it, heads of 400 and more labels lost up to a point of accuracy.
pub fn mean_of_views(own: &[f32], views: &[f32]) -> Vec<f32> {
    let d = own.len();
    let mut mean = vec![0.0; d];
    let mut add = |row: &[f32], weight: f32| {
        let scale = weight * distance::inverse_norm(row);
        mean.iter_mut().zip(row).for_each(|(sum, x)| *sum += x * scale);
    };
    let count = views.len() / d.max(1);
    add(own, if count == 0 { 1.0 } else { 0.5 });
    views.chunks_exact(d.max(1)).for_each(|view| add(view, 0.5 / count as f32));
    mean
}

/// What training on `averaged` (n × D, row i the mean of views of sample i) would gain.
///
/// # Errors
/// Whatever [`Training::check`] refuses, for either kind of rows.
pub fn gain(
    training: &Training<'_>,
    averaged: &Matrix,
    standardiser: &Standardiser,
    seed: u64,
) -> Result<Gain, LearnError> {
    training.check(standardiser)?;
    let mut at: Vec<usize> = (0..training.len()).collect();
    at.sort_by_key(|&i| random::hash(seed ^ 0x71e3, i as u64));
    at.truncate(MOST);
    let averaged = averaged.gather(&at);
    let part = training.gather(&at);
    let part = Training { weights: None, ..part.training() };
    let loss = |rows: &Matrix| -> Result<Vec<Option<f64>>, LearnError> {
        let p = by_folds(&part, seed, |part, known| {
            let rows = rows.gather(known);
            let part = Training { rows: &rows, ..*part };
            let offset = match part.targets.link() {
                Link::Softmax => Some(Offset::prototypes(&part, standardiser)?),
                Link::Sigmoid => None,
            };
            Ok(Prepared::new(&part, standardiser)?.fit(offset.as_ref(), None, PENALTY, None, TOLERANCE))
        })?;
        Ok(held_out_losses(&p, part.targets))
    };
    let (own, averaged) = (loss(part.rows)?, loss(&averaged)?);
    let (own, averaged): (Vec<f64>, Vec<f64>) = own.into_iter().flatten().zip(averaged.into_iter().flatten()).unzip();
    if own.is_empty() {
        return Ok(Gain { own: 0.0, averaged: 0.0, error: 0.0, judged: 0 });
    }
    let judged = 0..own.len();
    let n = judged.len() as f64;
    let mean = |of: &dyn Fn(usize) -> f64| judged.clone().map(of).sum::<f64>() / n;
    let apart = mean(&|i| averaged[i] - own[i]);
    let variance = mean(&|i| (averaged[i] - own[i] - apart).powi(2)) * n / (n - 1.0).max(1.0);
    Ok(Gain {
        own: mean(&|i| own[i]),
        averaged: mean(&|i| averaged[i]),
        error: (variance / n).sqrt(),
        judged: judged.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{LearnError, Targets};

    fn number(seed: u64, i: usize) -> f32 {
        random::unit(random::hash(seed, i as u64)) as f32 - 0.5
    }

    /// `n` samples of three classes whose own embeddings carry noise, and their means of views with `share` of it.
    fn noisy(n: usize, share: f32) -> (Matrix, Matrix, Vec<usize>) {
        let d = 96;
        let labels: Vec<usize> = (0..n).map(|i| i % 3).collect();
        let centre = |i: usize, j: usize| number(1, labels[i] * d + j);
        let own = (0..n * d).map(|at| centre(at / d, at % d) + 3.0 * number(2, at)).collect();
        let means = (0..n * d).map(|at| centre(at / d, at % d) + 3.0 * share * number(2, at)).collect();
        (Matrix::new(n, d, own), Matrix::new(n, d, means), labels)
    }

    #[test]
    fn less_noise_helps_and_other_pictures_do_not() {
        let (own, means, labels) = noisy(45, 0.1);
        let standardiser = Standardiser::from_pool(&own).unwrap();
        let training = Training { rows: &own, targets: Targets::One(&labels), weights: None, n_classes: 4 };
        let better = gain(&training, &means, &standardiser, 5).unwrap();
        assert!(better.averaged + 2.0 * better.error < better.own && better.helps(), "{better:?}");
        assert_eq!(better.judged, 45);
        let same = gain(&training, &own, &standardiser, 5).unwrap();
        assert!(same.own == same.averaged && same.error == 0.0 && same.helps());
        // Views that show another class each time, as turned digits may.
        let wrong: Vec<usize> = (0..45).map(|i| (i * 7 + i / 3) % 45).collect();
        let worse = gain(&training, &means.gather(&wrong), &standardiser, 5).unwrap();
        assert!(!worse.helps() && worse.own == better.own, "{worse:?}");
    }

    #[test]
    fn samples_alone_in_their_class_are_no_evidence_and_bad_rows_are_refused() {
        let (own, means, _) = noisy(3, 0.4);
        let standardiser = Standardiser::from_pool(&own).unwrap();
        let alone = Training { rows: &own, targets: Targets::One(&[0, 1, 2]), weights: None, n_classes: 3 };
        let nothing = gain(&alone, &means, &standardiser, 5).unwrap();
        assert!(nothing.judged == 0 && nothing.helps());
        let pair = Training { targets: Targets::One(&[0, 1, 1]), ..alone };
        assert_eq!(gain(&pair, &means, &standardiser, 5).unwrap().judged, 2);
        let mut broken = own.clone();
        broken.row_mut(1)[3] = f32::NAN;
        let training = Training { rows: &broken, ..pair };
        assert_eq!(gain(&training, &means, &standardiser, 5), Err(LearnError::NotFinite { row: 1 }));
    }

    #[test]
    fn half_is_the_sample_and_each_view_counts_alike_whatever_its_length() {
        let mean = mean_of_views(&[3.0, 4.0], &[0.0, 0.1, 50.0, 0.0]);
        assert!((mean[0] - 0.55).abs() < 1e-6 && (mean[1] - 0.65).abs() < 1e-6, "{mean:?}");
        assert_eq!(mean_of_views(&[0.0, 2.0], &[]), [0.0, 1.0]);
    }
}
