//! Embeddings of table rows that the benches measure on, drawn from a seed.

use querist::math::{Matrix, random};

/// Standard normal numbers by Box and Muller.
fn normal(seed: u64, i: u64) -> f32 {
    let (radius, angle) = (random::unit(random::hash(seed, 2 * i)), random::unit(random::hash(seed, 2 * i + 1)));
    ((-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * angle).cos()) as f32
}

/// Places of an embedding that hold a column each, and all of them.
pub const AXES: usize = 50;
const PLACES: usize = 256;

/// `n` embeddings of table rows as the built-in encoder makes them of [`AXES`] columns of numbers, and labels of `k` classes that
/// follow from three columns, two of them together.
pub fn drawn(n: usize, k: usize) -> (Matrix, Vec<usize>) {
    let value = |at: usize| match (at / PLACES, at % PLACES) {
        (row, place) if place < AXES => normal(3, (row * AXES + place) as u64),
        (_, place) if place + 1 == PLACES => 8.0,
        (row, place) => 0.3 * normal(4, (row * PLACES + place) as u64),
    };
    let rows = Matrix::new(n, PLACES, (0..n * PLACES).map(value).collect());
    let label = |i: usize| {
        let row = rows.row(i);
        (usize::from(row[0] > 0.0) + usize::from(row[1] * row[2] > 0.0) + i % (k - 2)) % k
    };
    let labels = (0..n).map(label).collect();
    (rows, labels)
}
