//! Made-up rows between neighbours of a rare class (Chawla et al. 2002, "SMOTE: synthetic minority over-sampling technique"), on
//! rows of unit length.
//!
//! A row a of the class and one of its five nearest rows b of the same class give a + u (b − a), u uniform. Each class grows to
//! the geometric mean of its size and that of the largest, at most fivefold, and no class of one sample grows; the total weight
//! is kept. As strong as `class-weights`, with the weight spread around the rare rows. Cost: O(n² · D / K) for neighbours.

use rand_chacha::rand_core::Rng;

use super::{Cure, CureLesson};
use crate::learn::Link;
use crate::math::{Matrix, distance, neighbours, random};

/// Neighbours within the class.
const NEIGHBOURS: usize = 5;
/// A class becomes at most so many times as large.
const GROWTH: usize = 5;
/// Purpose of the seed.
const ROWS: u64 = 0x5307;

pub(super) static CURE: Cure = Cure {
    name: "smote",
    source: "Chawla et al. 2002",
    suits: |link| matches!(link, Link::Softmax),
    teach: |lesson, around| Ok(grown(lesson, around.options.seed, |_, own| own.to_vec())),
    relatives: true,
    ..Cure::PLAIN
};

/// The lesson with rare classes grown from those of their rows (positions) that `seeds` keeps, told all rows at unit length and
/// the class's own.
pub(super) fn grown(mut lesson: CureLesson, seed: u64, seeds: impl Fn(&Matrix, &[usize]) -> Vec<usize>) -> CureLesson {
    let counts = lesson.truth.targets().counts(lesson.n_classes);
    let largest = counts.iter().copied().max().unwrap_or_default();
    let (total, n) = (lesson.total(), lesson.rows.rows());
    let unit = distance::normalised(&lesson.rows);
    let first: Vec<Option<usize>> = (0..n).map(|i| lesson.classes(i).first().copied()).collect();
    for (class, &count) in counts.iter().enumerate() {
        let missing = wanted(count, largest) - count;
        if missing == 0 {
            continue;
        }
        let own: Vec<usize> = (0..n).filter(|&i| first[i] == Some(class)).collect();
        let from = seeds(&unit, &own);
        if from.is_empty() {
            continue;
        }
        let among = unit.gather(&own);
        let near = near(&unit, &from, &own);
        let mut rng = random::stream(seed ^ ROWS, class as u64);
        for made in 0..missing {
            // Every row in turn, so that none is favoured.
            let at = made % from.len();
            let other = near[at][pick(near[at].len(), &mut rng)];
            let share = random::unit(rng.next_u64()) as f32;
            let row = between(unit.row(from[at]), among.row(other), share);
            lesson.add(&row, &[class], lesson.weights[from[at]]);
        }
    }
    lesson.scale_to(total);
    lesson
}

/// The size to which a class of `count` samples grows.
fn wanted(count: usize, largest: usize) -> usize {
    if count < 2 {
        return count;
    }
    let middle = (count as f64 * largest as f64).sqrt().round() as usize;
    middle.clamp(count, GROWTH * count)
}

/// For each row in `from`, the positions in `own` of its nearest other rows there.
fn near(unit: &Matrix, from: &[usize], own: &[usize]) -> Vec<Vec<usize>> {
    let found = neighbours::nearest(&unit.gather(from), &unit.gather(own), NEIGHBOURS + 1, false);
    let others = |at: usize| -> Vec<usize> {
        let others = found.of(at).map(|(j, _)| j).filter(|&j| own[j] != from[at]);
        others.take(NEIGHBOURS).collect()
    };
    (0..from.len()).map(others).collect()
}

/// A position below `n`.
fn pick(n: usize, rng: &mut impl Rng) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

fn between(a: &[f32], b: &[f32], share: f32) -> Vec<f32> {
    a.iter().zip(b).map(|(a, b)| a + share * (b - a)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::learn::cures::oracle;

    #[test]
    fn neighbours_within_a_class_are_those_of_imbalanced_learn() {
        for case in oracle::file().smote {
            let unit = distance::normalised(&Matrix::new(case.labels.len(), case.d, case.rows));
            let own: Vec<usize> = (0..case.labels.len()).filter(|&i| case.labels[i] == case.class).collect();
            assert_eq!(near(&unit, &own, &own), case.neighbours);
        }
    }

    #[test]
    fn rare_classes_grow_between_their_own_rows_and_the_total_weight_stays() {
        let numbers = (0..400).map(|i| random::unit(random::hash(1, i)) as f32 - 0.5).collect();
        let labels: Vec<usize> = (0..100).map(|i| if i < 90 { 0 } else { 1 + usize::from(i == 99) }).collect();
        let plain = CureLesson {
            rows: Matrix::new(100, 4, numbers),
            truth: Truth::One(labels),
            weights: vec![1.0; 100],
            n_classes: 5,
        };
        let fuller = grown(plain.clone(), 1, |_, own| own.to_vec());
        // √(9 · 90) rows, one class that has a single row, and two that nobody named.
        assert_eq!(fuller.truth.targets().counts(5), [90, 28, 1, 0, 0]);
        assert!((fuller.total() - 100.0).abs() < 1e-3);
        let unit = distance::normalised(&plain.rows);
        for i in 100..fuller.rows.rows() {
            let on_a_line = (90..99).any(|a| {
                (90..99).any(|b| {
                    let gap = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f32>().sqrt();
                    let (x, a, b) = (fuller.rows.row(i), unit.row(a), unit.row(b));
                    a != b && (gap(a, x) + gap(x, b) - gap(a, b)).abs() < 1e-5
                })
            });
            assert!(on_a_line && fuller.classes(i) == [1]);
        }
        assert_eq!(grown(plain.clone(), 1, |_, own| own.to_vec()), fuller);
    }

    #[test]
    fn sizes_grow_to_the_geometric_mean_and_at_most_fivefold() {
        assert_eq!([0, 1, 2, 9, 90].map(|count| wanted(count, 90)), [0, 1, 10, 28, 90]);
        assert_eq!(wanted(2, 2), 2);
    }
}
