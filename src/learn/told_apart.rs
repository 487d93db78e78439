//! Whether two groups of rows can be told apart: a classifier of the two, judged on rows that it has not seen.
//!
//! The two-sample test of Lopez-Paz and Oquab (2017): where the groups come from one source, no classifier does better than chance.

use super::fit::Prepared;
use super::folds::by_folds;
use super::{LearnError, Standardiser, Targets, Training};
use crate::math::Matrix;

/// The penalty of the head: strong, since rows are few and numbers are many.
const PENALTY: f64 = 10.0;

/// n: how likely each of `rows` (n × D) belongs to the second group, by heads that were fitted without it, in five folds.
///
/// # Errors
/// Whatever [`Training::check`] refuses.
pub fn told_apart(
    rows: &Matrix,
    second: &[bool],
    standardiser: &Standardiser,
    seed: u64,
) -> Result<Vec<f32>, LearnError> {
    let groups: Vec<usize> = second.iter().map(|&second| usize::from(second)).collect();
    let training = Training { rows, targets: Targets::One(&groups), weights: None, n_classes: 2 };
    training.check(standardiser)?;
    let p = by_folds(&training, seed, |part, _| {
        Ok(Prepared::new(part, standardiser)?.fit(None, None, PENALTY, None, 1e-3))
    })?;
    Ok((0..rows.rows()).map(|i| p.row(i)[1]).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random;

    /// 80 rows; those of the second group lie `apart` further along one axis.
    fn groups(apart: f32) -> (Matrix, Vec<bool>) {
        let number = |i: usize, j: usize| random::unit(random::hash(3, (i * 5 + j) as u64)) as f32 - 0.5;
        let second = |i: usize| i % 2 == 1;
        let shifted = move |i: usize, j: usize| number(i, j) + if j == 0 && second(i) { apart } else { 0.0 };
        let numbers = (0..80).flat_map(|i| (0..5).map(move |j| shifted(i, j)));
        (Matrix::new(80, 5, numbers.collect()), (0..80).map(second).collect())
    }

    #[test]
    fn groups_of_one_source_are_not_told_apart_and_others_are() {
        let right = |apart: f32| {
            let (rows, second) = groups(apart);
            let standardiser = Standardiser::from_pool(&rows).unwrap();
            let p = told_apart(&rows, &second, &standardiser, 1).unwrap();
            p.iter().zip(&second).filter(|(p, second)| (**p > 0.5) == **second).count()
        };
        assert!((25..=55).contains(&right(0.0)), "{}", right(0.0));
        assert!(right(2.0) > 68, "{}", right(2.0));
    }
}
