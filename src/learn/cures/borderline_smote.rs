//! [`smote`](super::smote) from rows near other classes alone (Han, Wang and Mao 2005, "Borderline-SMOTE").
//!
//! A row is in danger when at least half, but not all, of its ten nearest labeled rows belong to other classes; where all do,
//! it may be a wrong label. Made-up rows lie between rows in danger and neighbours of their class. A class without rows in danger
//! does not grow. Cost: O(n² · D).

use super::smote::grown;
use super::{Cure, CureLesson};
use crate::learn::Link;
use crate::math::{Matrix, distance, neighbours};

/// Neighbours of any class.
const NEIGHBOURS: usize = 10;

pub(super) static CURE: Cure = Cure {
    name: "borderline-smote",
    source: "Han et al. 2005",
    suits: |link| matches!(link, Link::Softmax),
    teach: |lesson, around| Ok(grown_in_danger(lesson, around.options.seed)),
    relatives: true,
    ..Cure::PLAIN
};

fn grown_in_danger(lesson: CureLesson, seed: u64) -> CureLesson {
    let classes: Vec<Option<usize>> = (0..lesson.rows.rows()).map(|i| lesson.classes(i).first().copied()).collect();
    let danger = in_danger(&distance::normalised(&lesson.rows), &classes);
    grown(lesson, seed, |_, own| own.iter().copied().filter(|&i| danger[i]).collect())
}

/// n: whether at least half of a row's neighbours, but not all, belong to other classes.
fn in_danger(unit: &Matrix, classes: &[Option<usize>]) -> Vec<bool> {
    let found = neighbours::nearest(unit, unit, NEIGHBOURS, true);
    let danger = |i: usize| {
        let others = found.of(i).filter(|&(j, _)| classes[j] != classes[i]).count();
        2 * others >= found.k && others < found.k
    };
    (0..found.len()).map(danger).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::learn::cures::oracle;

    #[test]
    fn the_rows_in_danger_are_those_of_imbalanced_learn() {
        for case in oracle::file().smote {
            let n = case.labels.len();
            let unit = distance::normalised(&Matrix::new(n, case.d, case.rows));
            let classes: Vec<Option<usize>> = case.labels.iter().map(|&class| Some(class)).collect();
            let danger = in_danger(&unit, &classes);
            let own: Vec<usize> = (0..n).filter(|&i| case.labels[i] == case.class && danger[i]).collect();
            assert_eq!(own, case.danger);
        }
    }

    #[test]
    fn a_class_far_from_all_others_does_not_grow() {
        let numbers = (0..30).flat_map(|i| if i < 24 { [1.0, i as f32 / 100.0] } else { [-1.0, i as f32 / 100.0] });
        let labels = (0..30).map(|i| usize::from(i >= 24)).collect();
        let plain = CureLesson {
            rows: Matrix::new(30, 2, numbers.collect()),
            truth: Truth::One(labels),
            weights: vec![1.0; 30],
            n_classes: 2,
        };
        // Six rows have five neighbours of their own among ten: just in danger. Of eleven there are none.
        let mut eleven = plain.clone();
        for i in 0..5 {
            eleven.add(&[-1.0, (30 + i) as f32 / 100.0], &[1], 1.0);
        }
        assert!(grown_in_danger(plain, 1).rows.rows() > 30);
        assert_eq!(grown_in_danger(eleven.clone(), 1), eleven);
        let alone = CureLesson {
            rows: Matrix::new(1, 1, vec![1.0]),
            truth: Truth::One(vec![0]),
            weights: vec![1.0],
            n_classes: 2,
        };
        assert_eq!(grown_in_danger(alone.clone(), 1), alone);
    }
}
