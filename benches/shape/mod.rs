//! The pool that the benches measure on: Gaussian clusters, drawn from a seed, as `peers/round.py` draws them.

use querist::learn::{CommitteeOptions, Fitted, Standardiser, Targets, Training, fit_committee};
use querist::math::{Matrix, random};

/// Numbers per embedding, classes.
pub const D: usize = 384;
pub const K: usize = 10;

/// Standard normal numbers by Box and Muller.
fn normal(seed: u64, i: u64) -> f32 {
    let (radius, angle) = (random::unit(random::hash(seed, 2 * i)), random::unit(random::hash(seed, 2 * i + 1)));
    ((-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
}

/// `n` rows of `d` numbers around [`K`] centres; row i belongs to class i % K. Neighbouring classes overlap.
pub fn rows_of(n: usize, d: usize) -> Matrix {
    let centres: Vec<f32> = (0..K * d).map(|i| 0.15 * normal(1, i as u64)).collect();
    let value = |i: usize| centres[i / d % K * d + i % d] + normal(2, i as u64);
    Matrix::new(n, d, (0..n * d).map(value).collect())
}

/// What a round fits on: the first `labels` rows.
pub fn fit(known: &Matrix, standardiser: &Standardiser, previous: Option<&Fitted>) -> Fitted {
    let labels: Vec<usize> = (0..known.rows()).map(|i| i % K).collect();
    let training = Training { rows: known, targets: Targets::One(&labels), weights: None, n_classes: K };
    fit_committee(&training, standardiser, previous, &CommitteeOptions::default()).expect("clusters can be learnt")
}

/// The first `n` rows.
pub fn first(pool: &Matrix, n: usize) -> Matrix {
    pool.gather(&(0..n).collect::<Vec<_>>())
}
