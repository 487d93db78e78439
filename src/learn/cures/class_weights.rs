//! Rare classes count more: each sample by the square root of what would make all classes weigh alike (King and Zeng 2001,
//! "Logistic regression in rare events data").
//!
//! With the whole factor a class of two samples would speak as loudly as one of two hundred, and so would a wrong label among
//! the two. Unbalanced pools only. O(n).

use super::{Cure, CureLesson};
use crate::learn::Link;

pub(super) static CURE: Cure = Cure {
    name: "class-weights",
    source: "King and Zeng 2001",
    suits: |link| matches!(link, Link::Softmax),
    teach: |lesson, _| Ok(weigh(lesson)),
    ..Cure::PLAIN
};

/// wᵢ ∝ wᵢ √(n / (K n of its class)), with the total kept.
fn weigh(mut lesson: CureLesson) -> CureLesson {
    let (total, factors) = (lesson.total(), balanced(&lesson.class_totals()));
    for i in 0..lesson.weights.len() {
        let factor: f64 = lesson.classes(i).iter().map(|&class| factors[class].sqrt()).product();
        lesson.weights[i] *= factor as f32;
    }
    lesson.scale_to(total);
    lesson
}

/// K: n / (K n of the class), of classes that weigh anything, so that they would weigh alike; 0 of others.
fn balanced(totals: &[f64]) -> Vec<f64> {
    let seen = totals.iter().filter(|&&total| total > 0.0).count();
    let all: f64 = totals.iter().sum();
    totals.iter().map(|&total| if total > 0.0 { all / (seen as f64 * total) } else { 0.0 }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::learn::cures::oracle;
    use crate::math::Matrix;

    #[test]
    fn factors_are_the_balanced_weights_of_scikit_learn() {
        for case in oracle::file().balanced {
            let n = case.labels.len();
            let lesson = CureLesson {
                rows: Matrix::zeros(n, 1),
                truth: Truth::One(case.labels.clone()),
                weights: vec![1.0; n],
                n_classes: case.classes,
            };
            let factors = balanced(&lesson.class_totals());
            let weighed = weigh(lesson);
            assert!((weighed.total() - n as f64).abs() < 1e-3);
            let roots: f64 = case.weights.iter().map(|weight| weight.sqrt()).sum();
            for (i, want) in case.weights.iter().enumerate() {
                assert!((factors[case.labels[i]] - want).abs() < 1e-9);
                let tempered = want.sqrt() * n as f64 / roots;
                assert!((f64::from(weighed.weights[i]) - tempered).abs() < 1e-5);
            }
        }
    }

    #[test]
    fn classes_that_weigh_alike_stay_as_they_are() {
        let lesson = CureLesson {
            rows: Matrix::zeros(3, 1),
            truth: Truth::One(vec![0, 1, 1]),
            weights: vec![1.0, 0.5, 0.5],
            n_classes: 4,
        };
        assert_eq!(weigh(lesson.clone()), lesson);
    }
}
