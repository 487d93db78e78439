//! The nearest rows of many rows: exact, in blocks of products, the same with any number of threads.

use rayon::prelude::*;

use super::{Matrix, dot, gemm};

/// Rows looked at together, and rows that they are held against at a time: their products fit the cache.
const ROWS: usize = 64;
const TILE: usize = 1024;

/// The `k` nearest rows of each of n rows, nearest first.
#[derive(Debug, Clone, PartialEq)]
pub struct Neighbours {
    pub k: usize,
    /// n × k row numbers.
    pub index: Vec<u32>,
    /// n × k Euclidean distances.
    pub distance: Vec<f32>,
}

impl Neighbours {
    /// How many rows have neighbours here.
    pub fn len(&self) -> usize {
        self.index.len().checked_div(self.k).unwrap_or_default()
    }

    pub fn is_empty(&self) -> bool {
        self.index.is_empty()
    }

    /// The neighbours of row `i` with their distances.
    pub fn of(&self, i: usize) -> impl Iterator<Item = (usize, f32)> {
        let at = i * self.k..(i + 1) * self.k;
        self.index[at.clone()].iter().map(|&j| j as usize).zip(self.distance[at].iter().copied())
    }
}

/// The `k` rows of `among` (m × d) nearest to each row of `of` (n × d); fewer where there are no more. With `same` the two are the
/// same rows, and none is a neighbour of itself. Of rows equally near, the first counts.
///
/// Cost: O(n·m·d) as products, and a comparison for each pair. Distances come from ‖a‖² + ‖b‖² − 2 a·b, so those below about 1e-3 of
/// the rows' length are rough.
pub fn nearest(of: &Matrix, among: &Matrix, k: usize, same: bool) -> Neighbours {
    let d = of.cols();
    let k = k.min(among.rows().saturating_sub(usize::from(same)));
    if k == 0 || d == 0 {
        return Neighbours { k: 0, index: Vec::new(), distance: Vec::new() };
    }
    let squares: Vec<f32> = (0..among.rows()).map(|j| dot(among.row(j), among.row(j))).collect();
    let blocks: Vec<Vec<Best>> = of
        .as_slice()
        .par_chunks(ROWS * d)
        .enumerate()
        .map(|(at, block)| {
            let rows = block.len() / d;
            let mut best: Vec<Best> = (0..rows).map(|_| Best::new(k)).collect();
            let mut products = vec![0.0; rows * TILE];
            for (tile, part) in among.as_slice().chunks(TILE * d).enumerate() {
                let (first, wide) = (tile * TILE, part.len() / d);
                let products = &mut products[..rows * wide];
                gemm::abt_into(block, part, d, products);
                for (i, (row, best)) in products.chunks_exact(wide).zip(&mut best).enumerate() {
                    let own = if same { at * ROWS + i } else { usize::MAX };
                    best.look(row, &squares[first..first + wide], first, own);
                }
            }
            best
        })
        .collect();
    let mut found = Neighbours { k, index: Vec::new(), distance: Vec::new() };
    for (i, best) in blocks.into_iter().flatten().enumerate() {
        let square = dot(of.row(i), of.row(i));
        for &(part, j) in &best.found {
            found.index.push(j);
            found.distance.push((part + square).max(0.0).sqrt());
        }
        // Only numbers that are not finite leave a place empty.
        for _ in best.found.len()..k {
            found.index.push(0);
            found.distance.push(f32::INFINITY);
        }
    }
    found
}

/// The nearest so far, nearest first: ‖b‖² − 2 a·b and the row.
struct Best {
    k: usize,
    found: Vec<(f32, u32)>,
    worst: f32,
}

impl Best {
    fn new(k: usize) -> Self {
        Self { k, found: Vec::with_capacity(k + 1), worst: f32::INFINITY }
    }

    fn look(&mut self, products: &[f32], squares: &[f32], first: usize, own: usize) {
        for (at, (product, square)) in products.iter().zip(squares).enumerate() {
            let part = square - 2.0 * product;
            // Nearly always false, so it is all that the loop does.
            if part < self.worst && first + at != own {
                let place = self.found.partition_point(|(other, _)| *other <= part);
                self.found.insert(place, (part, (first + at) as u32));
                self.found.truncate(self.k);
                if self.found.len() == self.k {
                    self.worst = self.found[self.k - 1].0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::random;

    fn cloud(n: usize, d: usize, seed: u64) -> Matrix {
        let numbers = (0..n * d).map(|i| random::unit(random::hash(seed, i as u64)) as f32 - 0.5);
        Matrix::new(n, d, numbers.collect())
    }

    #[test]
    fn neighbours_equal_the_sorted_distances_across_blocks_and_tiles() {
        let (of, among) = (cloud(130, 5, 1), cloud(1_500, 5, 2));
        let found = nearest(&of, &among, 7, false);
        assert_eq!((found.len(), found.k), (130, 7));
        for i in 0..130 {
            let distance = |j: usize| of.row(i).iter().zip(among.row(j)).map(|(a, b)| (a - b).powi(2)).sum::<f32>();
            let mut all: Vec<usize> = (0..1_500).collect();
            all.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)));
            for ((j, d), want) in found.of(i).zip(all) {
                assert!((d - distance(want).sqrt()).abs() < 1e-3, "{i}: {j} at {d}, {want}");
            }
        }
    }

    #[test]
    fn no_row_is_its_own_neighbour_and_equal_rows_come_in_order() {
        let rows = Matrix::new(4, 1, vec![1.0, 1.0, 1.0, 5.0]);
        let found = nearest(&rows, &rows, 2, true);
        assert_eq!(found.index, [1, 2, 0, 2, 0, 1, 0, 1]);
        assert_eq!(nearest(&rows, &rows, 9, true).k, 3);
        assert!(nearest(&rows, &Matrix::zeros(0, 1), 3, false).is_empty());
    }

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let rows = cloud(700, 6, 3);
        let on = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| nearest(&rows, &rows, 9, true))
        };
        assert_eq!(on(1), on(3));
    }
}
