//! Copies that lack some features, so that no head leans on a few of them (Srivastava et al. 2014, "Dropout: a simple way to
//! prevent neural networks from overfitting", of the input alone).
//!
//! In a copy some features have their mean over the pool, which heads see as 0. Heads bring rows to unit length, so what is
//! kept is stretched until the row has it already; then what was dropped is 0 exactly. A sample and its copies share its
//! weight. Cost: O(copies · n · D), and a fit of so many more rows.

use super::{Cure, CureLesson};
use crate::learn::Standardiser;
use crate::math::{distance, random};

const COPIES: usize = 3;
/// The share of features that a copy lacks.
const DROPPED: f64 = 0.3;
/// Purpose of the seed.
const FEATURES: u64 = 0xd509;

pub(super) static CURE: Cure = Cure {
    name: "feature-dropout",
    source: "Srivastava et al. 2014",
    teach: |lesson, around| Ok(copied(lesson, around.standardiser, around.options.seed)),
    relatives: true,
    ..Cure::PLAIN
};

fn copied(mut lesson: CureLesson, standardiser: &Standardiser, seed: u64) -> CureLesson {
    for i in 0..lesson.rows.rows() {
        let (row, classes) = (lesson.rows.row(i).to_vec(), lesson.classes(i));
        let weight = lesson.weights[i] / (COPIES + 1) as f32;
        lesson.weights[i] = weight;
        for copy in 0..COPIES {
            let draw = random::hash(seed ^ FEATURES, (i * COPIES + copy) as u64);
            let lacks = |j: usize| random::unit(random::hash(draw, j as u64)) < DROPPED;
            let lacking = without(&row, &standardiser.mean, lacks);
            lesson.add(&lacking, &classes, weight);
        }
    }
    lesson
}

/// `row` at unit length, the features that it `lacks` at their mean. A row that keeps nothing stays whole.
fn without(row: &[f32], mean: &[f32], lacks: impl Fn(usize) -> bool) -> Vec<f32> {
    let scale = distance::inverse_norm(row);
    let (mut dropped, mut kept) = (0.0f64, 0.0f64);
    for (j, (x, m)) in row.iter().zip(mean).enumerate() {
        if lacks(j) {
            dropped += f64::from(*m).powi(2);
        } else {
            kept += f64::from(x * scale).powi(2);
        }
    }
    if kept <= 0.0 || dropped >= 1.0 {
        return row.to_vec();
    }
    let stretch = scale * ((1.0 - dropped) / kept).sqrt() as f32;
    row.iter().zip(mean).enumerate().map(|(j, (x, m))| if lacks(j) { *m } else { x * stretch }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::math::Matrix;

    #[test]
    fn heads_see_zero_where_a_feature_is_lacking_and_weights_are_shared() {
        let numbers = (0..40 * 30).map(|i| random::unit(random::hash(1, i)) as f32 - 0.2).collect();
        let rows = Matrix::new(40, 30, numbers);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let truth = Truth::One((0..40).map(|i| i % 2).collect());
        let plain = CureLesson { rows, truth, weights: vec![2.0; 40], n_classes: 2 };
        let copies = copied(plain.clone(), &standardiser, 1);
        assert_eq!((copies.rows.rows(), copies.total()), (160, 80.0));
        let features = standardiser.apply(&copies.rows);
        let (own, rest) = features.split_at(40 * 30);
        assert_eq!(own, standardiser.apply(&plain.rows));
        let zero = rest.iter().filter(|x| x.abs() < 1e-5).count() as f64 / rest.len() as f64;
        assert!((zero - DROPPED).abs() < 0.03, "{zero}");
        assert!((0..160).all(|i| copies.classes(i) == [if i < 40 { i % 2 } else { (i - 40) / COPIES % 2 }]));
    }

    #[test]
    fn a_row_that_would_keep_nothing_stays_whole() {
        assert_eq!(without(&[3.0, 0.0], &[0.1, 0.1], |j| j == 0), [3.0, 0.0]);
        assert_eq!(without(&[0.0, 0.0], &[0.1, 0.1], |_| false), [0.0, 0.0]);
        let half = without(&[3.0, 4.0], &[0.6, 0.1], |j| j == 0);
        assert!((half[0] - 0.6).abs() < 1e-6 && (half[1] - 0.8).abs() < 1e-6);
    }
}
