//! Rows between labeled rows, which belong to both labels in part (Zhang et al. 2018, "mixup: beyond empirical risk
//! minimization"), on rows of unit length.
//!
//! Every sample meets another one, drawn for it: λ a + (1 − λ) b with λ from Beta(0.2, 0.2) is there twice, as a with weight λ
//! and as b with the rest. Mixed rows have half of the total weight, which is kept. Three rows for one at most. O(n · D).

use rand_chacha::rand_core::Rng;

use super::{Cure, CureLesson};
use crate::math::{distance, random};

/// Both parameters of the beta distribution: most mixtures are near one of the two.
const ALPHA: f64 = 0.2;
/// The share of weight that mixed rows have.
const SHARE: f32 = 0.5;
/// A mixture nearer to one of the two is that one.
const NEAR: f32 = 1e-3;
/// Purpose of the seed.
const PAIRS: u64 = 0x3178;

pub(super) static CURE: Cure = Cure {
    name: "mixup",
    source: "Zhang et al. 2018",
    teach: |lesson, around| Ok(mix(lesson, around.options.seed)),
    relatives: true,
    ..Cure::PLAIN
};

fn mix(mut lesson: CureLesson, seed: u64) -> CureLesson {
    let n = lesson.rows.rows();
    if n < 2 {
        return lesson;
    }
    let unit = distance::normalised(&lesson.rows);
    let mut rng = random::stream(seed, PAIRS);
    for i in 0..n {
        let j = (i + 1 + below(n - 1, &mut rng)) % n;
        let share = beta(ALPHA, &mut rng) as f32;
        let weight = SHARE * lesson.weights[i];
        let row: Vec<f32> = unit.row(i).iter().zip(unit.row(j)).map(|(a, b)| share * a + (1.0 - share) * b).collect();
        for (of, part) in [(i, share), (j, 1.0 - share)] {
            if part > NEAR {
                let classes = lesson.classes(of);
                lesson.add(&row, &classes, weight * part);
            }
        }
    }
    let (own, mixed) = lesson.weights.split_at_mut(n);
    let (total, added): (f32, f32) = (own.iter().sum(), mixed.iter().sum());
    for weight in &mut *own {
        *weight *= 1.0 - SHARE;
    }
    if added > 0.0 {
        // What lay too near to one of the two was left out.
        for weight in &mut *mixed {
            *weight *= SHARE * total / added;
        }
    }
    lesson
}

/// A number below `n`.
fn below(n: usize, rng: &mut impl Rng) -> usize {
    ((u128::from(rng.next_u64()) * n as u128) >> 64) as usize
}

/// A draw from Beta(`alpha`, `alpha`), `alpha` at most 1 (Jöhnk 1964).
fn beta(alpha: f64, rng: &mut impl Rng) -> f64 {
    loop {
        let (a, b) = (random::unit(rng.next_u64()).powf(1.0 / alpha), random::unit(rng.next_u64()).powf(1.0 / alpha));
        if a + b <= 1.0 && a + b > 0.0 {
            return a / (a + b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::Truth;
    use crate::learn::cures::oracle;
    use crate::math::Matrix;

    #[test]
    fn draws_have_the_quantiles_of_scipys_beta_distribution() {
        let mut rng = random::stream(1, 2);
        let mut draws: Vec<f64> = (0..40_000).map(|_| beta(ALPHA, &mut rng)).collect();
        draws.sort_by(f64::total_cmp);
        for (at, share) in oracle::file().beta_below {
            let below = draws.partition_point(|&draw| draw < at) as f64 / 40_000.0;
            assert!((below - share).abs() < 0.01, "below {at}: {below}, {share}");
        }
    }

    #[test]
    fn mixtures_lie_between_their_rows_and_weigh_half() {
        let numbers = (0..80).map(|i| random::unit(random::hash(1, i)) as f32 - 0.5).collect();
        let labels: Vec<usize> = (0..20).map(|i| i % 3).collect();
        let weights: Vec<f32> = (0..20).map(|i| 0.5 + (i % 2) as f32).collect();
        let plain = CureLesson { rows: Matrix::new(20, 4, numbers), truth: Truth::One(labels), weights, n_classes: 3 };
        let mixed = mix(plain.clone(), 7);
        assert!((mixed.total() - plain.total()).abs() < 1e-4);
        let own: f32 = mixed.weights[..20].iter().sum();
        assert!((f64::from(own) - 0.5 * plain.total()).abs() < 1e-4);
        assert!(mixed.rows.rows() > 30 && mixed.rows.rows() <= 60);
        assert!((20..mixed.rows.rows()).all(|i| distance::norm(mixed.rows.row(i)) < 1.0 + 1e-5));
        assert_eq!(mix(plain.clone(), 7), mixed);
        assert_ne!(mix(plain, 8), mixed);
    }

    #[test]
    fn sets_keep_their_classes_and_a_sample_alone_stays_alone() {
        let truth = Truth::Sets(vec![true, false, true, false, true, true]);
        let sets = CureLesson { rows: Matrix::new(2, 1, vec![1.0, -1.0]), truth, weights: vec![1.0; 2], n_classes: 3 };
        let mixed = mix(sets.clone(), 1);
        assert!((2..mixed.rows.rows()).all(|i| [vec![0, 2], vec![1, 2]].contains(&mixed.classes(i))));
        let alone = CureLesson {
            rows: Matrix::new(1, 1, vec![1.0]),
            truth: Truth::One(vec![0]),
            weights: vec![1.0],
            n_classes: 3,
        };
        assert_eq!(mix(alone.clone(), 1), alone);
    }
}
