//! Weighing and adding rows of a lesson, and drawing rows that a cure looks at: what several cures share.

use super::CureLesson;
use crate::math::{Matrix, random};

/// Unlabeled rows, with a class that a cure holds likely, together weigh at most this share of the labels.
const SHARE_OF_GUESSES: f64 = 0.5;

/// A row of the pool with the class that a cure holds likely, and how likely, 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct SurestGuess {
    pub row: usize,
    pub class: usize,
    pub certainty: f32,
}

impl CureLesson {
    /// The weight of all rows.
    pub(super) fn total(&self) -> f64 {
        self.weights.iter().map(|&weight| f64::from(weight)).sum()
    }

    /// Scale all weights, so that they add up to `total`: the penalty is per weight.
    pub(super) fn scale_to(&mut self, total: f64) {
        let now = self.total();
        if now > 0.0 {
            let scale = (total / now) as f32;
            self.weights.iter_mut().for_each(|weight| *weight *= scale);
        }
    }

    /// K: the weight of each class, a set counted for every class in it.
    pub(super) fn class_totals(&self) -> Vec<f64> {
        let mut totals = vec![0.0; self.n_classes];
        for (i, &weight) in self.weights.iter().enumerate() {
            for class in self.classes(i) {
                totals[class] += f64::from(weight);
            }
        }
        totals
    }

    /// The classes of row `i`.
    pub(super) fn classes(&self, i: usize) -> Vec<usize> {
        self.truth.targets().of(i, self.n_classes)
    }

    /// Add a row.
    pub(super) fn add(&mut self, row: &[f32], classes: &[usize], weight: f32) {
        self.rows.push_rows(row);
        self.truth.push(classes, self.n_classes);
        self.weights.push(weight);
    }

    /// Add the surest `guesses`, of each class at most as many as `most` (K) says, weighed by their certainty and together
    /// at most half as heavy as what is there.
    pub(super) fn join(&mut self, pool: &Matrix, mut guesses: Vec<SurestGuess>, most: &[usize], seed: u64) {
        guesses.sort_by(|a, b| {
            b.certainty.total_cmp(&a.certainty).then_with(|| {
                let tie = |guess: &SurestGuess| random::hash(seed, guess.row as u64);
                tie(a).cmp(&tie(b))
            })
        });
        let mut room = most.to_vec();
        guesses.retain(|guess| {
            let free = room[guess.class] > 0 && guess.certainty > 0.0;
            room[guess.class] -= usize::from(free);
            free
        });
        let wanted: f64 = guesses.iter().map(|guess| f64::from(guess.certainty)).sum();
        let scale = (SHARE_OF_GUESSES * self.total() / wanted.max(f64::MIN_POSITIVE)).min(1.0);
        for guess in guesses {
            self.add(pool.row(guess.row), &[guess.class], guess.certainty * scale as f32);
        }
    }
}

/// At most `most` of `rows`, drawn by a hash of `seed` and the row, ascending. O(rows).
pub(super) fn drawn(rows: &[usize], most: usize, seed: u64) -> Vec<usize> {
    if rows.len() <= most {
        return rows.to_vec();
    }
    let mut order: Vec<(u64, usize)> = rows.iter().map(|&row| (random::hash(seed, row as u64), row)).collect();
    order.select_nth_unstable(most);
    let mut kept: Vec<usize> = order[..most].iter().map(|&(_, row)| row).collect();
    kept.sort_unstable();
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;

    fn lesson() -> CureLesson {
        CureLesson {
            rows: Matrix::new(3, 1, vec![1.0, 2.0, 3.0]),
            truth: Truth::One(vec![0, 1, 1]),
            weights: vec![1.0, 2.0, 1.0],
            n_classes: 3,
        }
    }

    #[test]
    fn guesses_join_by_certainty_up_to_their_room_and_to_half_of_the_weight() {
        let pool = Matrix::new(5, 1, vec![10.0, 11.0, 12.0, 13.0, 14.0]);
        let guess = |row, class, certainty| SurestGuess { row, class, certainty };
        let guesses = vec![guess(0, 1, 0.5), guess(4, 1, 0.9), guess(2, 0, 0.8), guess(3, 1, 0.9), guess(1, 0, 0.0)];
        let mut joined = lesson();
        joined.join(&pool, guesses.clone(), &[5, 2, 5], 1);
        let mut rows = joined.rows.as_slice()[3..].to_vec();
        rows.sort_by(f32::total_cmp);
        assert_eq!(rows, [12.0, 13.0, 14.0]);
        assert!((joined.total() - 6.0).abs() < 1e-5, "half of four, not 2.6: {}", joined.total());
        let mut one = lesson();
        one.join(&pool, guesses, &[1, 0, 0], 1);
        assert_eq!((one.weights[3], one.truth.targets().counts(3)), (0.8, vec![2, 2, 0]));
        assert!((one.class_totals()[0] - 1.8).abs() < 1e-6);
    }

    #[test]
    fn drawing_takes_what_there_is_and_is_the_same_in_any_order() {
        let rows: Vec<usize> = (0..1000).map(|i| 3 * i).collect();
        assert_eq!(drawn(&rows, 1000, 1), rows);
        let some = drawn(&rows, 100, 1);
        assert!(some.len() == 100 && some.is_sorted() && some.iter().all(|row| row % 3 == 0));
        let reversed: Vec<usize> = rows.iter().rev().copied().collect();
        assert_eq!(drawn(&reversed, 100, 1), some);
        assert_ne!(drawn(&rows, 100, 2), some);
    }
}
