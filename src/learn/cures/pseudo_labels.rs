//! Unlabeled rows of which a first committee is sure join as if they were labeled (Lee 2013, "Pseudo-label"; Sohn et al. 2020,
//! "`FixMatch`"), with thresholds by class (Zhang et al. 2021, "`FlexMatch`").
//!
//! A row joins with its likeliest class c where p(c) reaches τ β/(2 − β), at least one half, and all members name c. β is how
//! well the class is learned: the rows that reach τ with it, over the most of any class or over the rows that reach it with
//! none, whichever is more; so hard classes ask for less. Each class gets at most five times as many rows as the smallest has
//! labels, all together weigh at most half of the labels. What joins is forgotten after the fit: the next round looks anew.
//! Cost: a second fit, and scores of at most [`MOST`] rows.

use super::adding::{SurestGuess, drawn};
use super::{Cure, CureLesson, Surroundings};
use crate::learn::{LearnError, Link, fit_committee};

/// τ.
const SURE: f32 = 0.95;
/// No threshold is lower.
const LEAST: f32 = 0.5;
/// Rows of the pool that are looked at.
const MOST: usize = 4_000;
/// Rows that join a class, times the labels of the smallest class.
const ROOM: usize = 5;
/// Purpose of the seed.
const ROWS: u64 = 0x95e0;

pub(super) static CURE: Cure = Cure {
    name: "pseudo-labels",
    source: "Zhang et al. 2021",
    suits: |link| matches!(link, Link::Softmax),
    teach: join_sure,
    ..Cure::PLAIN
};

fn join_sure(mut lesson: CureLesson, around: &Surroundings<'_>) -> Result<CureLesson, LearnError> {
    let counts = lesson.truth.targets().counts(lesson.n_classes);
    let seen = counts.iter().filter(|&&count| count > 0);
    let smallest = seen.clone().copied().min().unwrap_or_default();
    if seen.count() < 2 || around.unlabeled.is_empty() {
        return Ok(lesson);
    }
    let committee = fit_committee(&lesson.training(), around.standardiser, None, &around.options)?.committee;
    let rows = drawn(around.unlabeled, MOST, around.options.seed ^ ROWS);
    let opinions = committee.map_blocks(&around.pool.gather(&rows), |votes| {
        let mean = votes.mean();
        (0..votes.n).map(|i| Opinion::of(votes.of(i), &mean[i * votes.classes..(i + 1) * votes.classes])).collect()
    });
    let thresholds = thresholds(&opinions, lesson.n_classes);
    let sure = |(opinion, &row): (&Opinion, &usize)| {
        let joins = opinion.unanimous && opinion.certainty >= thresholds[opinion.class];
        joins.then_some(SurestGuess { row, class: opinion.class, certainty: opinion.certainty })
    };
    let guesses = opinions.iter().zip(&rows).filter_map(sure).collect();
    lesson.join(around.pool, guesses, &vec![ROOM * smallest; counts.len()], around.options.seed);
    Ok(lesson)
}

/// What a committee says of a row.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Opinion {
    class: usize,
    /// The mean probability of the class.
    certainty: f32,
    /// Whether every member names it.
    unanimous: bool,
}

impl Opinion {
    /// From the members' probabilities (M × K) and their mean (K).
    fn of(votes: &[f32], mean: &[f32]) -> Self {
        let decided = |p: &[f32]| Link::Softmax.decided(p).first().copied().unwrap_or_default();
        let class = decided(mean);
        let unanimous = votes.chunks_exact(mean.len().max(1)).all(|own| decided(own) == class);
        Self { class, certainty: mean.get(class).copied().unwrap_or_default(), unanimous }
    }
}

/// K: from which probability on a row joins the class.
fn thresholds(opinions: &[Opinion], n_classes: usize) -> Vec<f32> {
    let mut reached = vec![0usize; n_classes];
    for opinion in opinions.iter().filter(|opinion| opinion.certainty >= SURE) {
        reached[opinion.class] += 1;
    }
    let open = opinions.len() - reached.iter().sum::<usize>();
    let most = reached.iter().copied().max().unwrap_or_default().max(open).max(1);
    let threshold = |&count: &usize| {
        let learned = count as f32 / most as f32;
        (SURE * learned / (2.0 - learned)).max(LEAST)
    };
    reached.iter().map(threshold).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::{CommitteeOptions, Standardiser, Truth, Tuned};
    use crate::math::{Matrix, random};

    #[test]
    fn thresholds_follow_the_formula_and_hard_classes_ask_for_less() {
        let say = |class, certainty, times| vec![Opinion { class, certainty, unanimous: true }; times];
        let opinions = [say(0, 0.99, 40), say(1, 0.96, 30), say(2, 0.9, 10), say(0, 0.4, 10)].concat();
        let got = thresholds(&opinions, 4);
        for (got, want) in got.iter().zip([0.95, 0.95 * 0.75 / 1.25, 0.5, 0.5]) {
            assert!((got - want).abs() < 1e-6, "{got} {want}");
        }
        // While most rows reach nothing, they are the measure.
        let early = thresholds(&[say(0, 0.99, 45), say(1, 0.6, 55)].concat(), 2);
        assert!((early[0] - 0.95 * (45.0 / 55.0) / (2.0 - 45.0 / 55.0)).abs() < 1e-6, "{early:?}");
        assert_eq!(thresholds(&[], 2), [0.5, 0.5]);
    }

    #[test]
    fn a_member_that_says_otherwise_makes_an_opinion_divided() {
        let (one, other, mean) = ([0.9f32, 0.1], [0.4f32, 0.6], [0.65f32, 0.35]);
        assert!(!Opinion::of(&[one, other].concat(), &mean).unanimous);
        assert_eq!(Opinion::of(&[one, one].concat(), &one), Opinion { class: 0, certainty: 0.9, unanimous: true });
    }

    #[test]
    fn clear_rows_join_their_class_within_the_room_and_the_weight() {
        let numbers = (0..600).map(|at| {
            let (i, j) = (at / 3, at % 3);
            0.3 * (random::unit(random::hash(1, at as u64)) as f32 - 0.5) + if j == i % 2 { 1.0 } else { 0.0 }
        });
        let pool = Matrix::new(200, 3, numbers.collect());
        let standardiser = Standardiser::from_pool(&pool).unwrap();
        let unlabeled: Vec<usize> = (10..200).collect();
        let known: Vec<usize> = (0..10).collect();
        let truth = Truth::One(known.iter().map(|i| i % 2).collect());
        let plain = CureLesson { rows: pool.gather(&known), truth, weights: vec![1.0; 10], n_classes: 3 };
        let options = CommitteeOptions { tuned: Some(Tuned::fixed(0.3, 0.5)), ..CommitteeOptions::default() };
        let around = Surroundings { pool: &pool, unlabeled: &unlabeled, standardiser: &standardiser, options };
        let joined = join_sure(plain.clone(), &around).unwrap();
        assert_eq!(joined.truth.targets().counts(3), [30, 30, 0]);
        assert!((joined.total() - 15.0).abs() < 1e-4);
        for i in 10..joined.rows.rows() {
            let row = (0..200).find(|&row| pool.row(row) == joined.rows.row(i)).unwrap();
            assert!(row >= 10 && joined.classes(i) == [row % 2]);
        }
        assert_eq!(join_sure(plain.clone(), &Surroundings { unlabeled: &[], ..around }).unwrap(), plain);
        let one = CureLesson { truth: Truth::One(vec![2; 10]), ..plain };
        assert_eq!(join_sure(one.clone(), &around).unwrap(), one);
    }
}
