//! Labels that are a little less than certain: a share of each label's weight goes to another class (Szegedy et al. 2016,
//! "Rethinking the Inception architecture for computer vision").
//!
//! Each sample names one other class, drawn for it, in place of all K − 1: over the samples of a class that is the same share
//! for every other class, with 2 n rows in place of n · K. The total weight is kept. O(n).

use super::{Cure, CureLesson};
use crate::learn::Link;
use crate::math::random;

/// The share of a label that goes to another class.
const SHARE: f32 = 0.05;
/// Purpose of the seed.
const OTHERS: u64 = 0x1a8e;

pub(super) static CURE: Cure = Cure {
    name: "label-smoothing",
    source: "Szegedy et al. 2016",
    suits: |link| matches!(link, Link::Softmax),
    teach: |lesson, around| Ok(smooth(lesson, around.options.seed)),
    relatives: true,
    ..Cure::PLAIN
};

fn smooth(mut lesson: CureLesson, seed: u64) -> CureLesson {
    let seen = lesson.truth.targets().varying(lesson.n_classes);
    if seen.len() < 2 {
        return lesson;
    }
    for i in 0..lesson.rows.rows() {
        let Some(at) = lesson.classes(i).first().and_then(|class| seen.binary_search(class).ok()) else { continue };
        let step = 1 + random::hash(seed ^ OTHERS, i as u64) as usize % (seen.len() - 1);
        let (row, weight) = (lesson.rows.row(i).to_vec(), lesson.weights[i]);
        lesson.weights[i] = weight * (1.0 - SHARE);
        lesson.add(&row, &[seen[(at + step) % seen.len()]], weight * SHARE);
    }
    lesson
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::math::Matrix;

    fn lesson(labels: Vec<usize>) -> CureLesson {
        let n = labels.len();
        let rows = Matrix::new(n, 1, (0..n).map(|i| i as f32).collect());
        CureLesson { rows, truth: Truth::One(labels), weights: vec![2.0; n], n_classes: 6 }
    }

    #[test]
    fn each_row_names_one_other_class_that_has_labels_and_all_of_them_evenly() {
        let labels: Vec<usize> = (0..4000).map(|i| [0, 2, 3, 5][i % 4]).collect();
        let smoothed = smooth(lesson(labels.clone()), 3);
        assert!((smoothed.total() - 8000.0).abs() < 1e-2);
        let mut counts = [[0usize; 6]; 6];
        for (i, &label) in labels.iter().enumerate() {
            assert_eq!(smoothed.rows.row(4000 + i), smoothed.rows.row(i));
            counts[label][smoothed.classes(4000 + i)[0]] += 1;
        }
        for &a in &[0, 2, 3, 5] {
            for (b, count) in counts[a].iter().enumerate() {
                let want = if a == b || b == 1 || b == 4 { 0..=0 } else { 270..=400 };
                assert!(want.contains(count), "{a} {b}: {count}");
            }
        }
    }

    #[test]
    fn one_class_alone_stays_certain() {
        assert_eq!(smooth(lesson(vec![1; 3]), 3), lesson(vec![1; 3]));
    }
}
