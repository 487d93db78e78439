//! k-means, in parallel and yet the same with any number of threads.

use rayon::prelude::*;

use super::{Matrix, gemm, random};

/// Rows assigned together. Fixed, so that no number depends on how work is spread.
const BLOCK: usize = 2048;

/// `k` centroids of `rows` (n × d) after `iterations` rounds of Lloyd's algorithm from seeded rows: k × d.
///
/// A centroid that loses all its rows starts again from a seeded row. Cost: O(n·k·d) per round. `goes_on` hears the number
/// of each round before it starts; `None` when it answered `false`.
pub fn centroids(
    rows: &Matrix,
    k: usize,
    iterations: usize,
    seed: u64,
    goes_on: &dyn Fn(usize) -> bool,
) -> Option<Matrix> {
    let n = rows.rows() as u64;
    let chosen = |i: usize, round: usize| (random::hash(seed ^ 0x6b6d, (round * k + i) as u64) % n) as usize;
    let mut centroids = rows.gather(&(0..k).map(|i| chosen(i, 0)).collect::<Vec<_>>());
    for round in 1..=iterations {
        if !goes_on(round) {
            return None;
        }
        let nearest = nearest(rows, &centroids);
        let mut sums = vec![0.0_f64; k * rows.cols()];
        let mut counts = vec![0_usize; k];
        // In the order of the rows: sums of floats depend on it.
        for (i, &at) in nearest.iter().enumerate() {
            counts[at] += 1;
            let sum = &mut sums[at * rows.cols()..(at + 1) * rows.cols()];
            sum.iter_mut().zip(rows.row(i)).for_each(|(sum, &value)| *sum += f64::from(value));
        }
        for (i, &count) in counts.iter().enumerate() {
            let row = centroids.row_mut(i);
            if count == 0 {
                row.copy_from_slice(rows.row(chosen(i, round)));
            } else {
                let sum = &sums[i * row.len()..(i + 1) * row.len()];
                row.iter_mut().zip(sum).for_each(|(value, sum)| *value = (sum / count as f64) as f32);
            }
        }
    }
    Some(centroids)
}

/// The nearest centroid of each row; the first of several equally near.
pub fn nearest(rows: &Matrix, centroids: &Matrix) -> Vec<usize> {
    let half_squares: Vec<f32> =
        (0..centroids.rows()).map(|i| centroids.row(i).iter().map(|value| value * value).sum::<f32>() / 2.0).collect();
    rows.as_slice()
        .par_chunks(BLOCK * rows.cols())
        .flat_map_iter(|block| {
            let block = Matrix::new(block.len() / rows.cols(), rows.cols(), block.to_vec());
            let dots = gemm::abt(&block, centroids);
            // ‖x − c‖² is least where c·x − ‖c‖²/2 is largest.
            let best = |row: &[f32]| {
                let mut best = (0, f32::NEG_INFINITY);
                for (i, (dot, half)) in row.iter().zip(&half_squares).enumerate() {
                    if dot - half > best.1 {
                        best = (i, dot - half);
                    }
                }
                best.0
            };
            dots.as_slice().chunks_exact(centroids.rows()).map(best).collect::<Vec<_>>()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separate_groups_find_their_means_with_any_number_of_threads() {
        let n = 5_000;
        let number = |i: usize| random::unit(random::hash(3, i as u64)) as f32;
        let data = (0..n).flat_map(|i| [(i % 3) as f32 * 10.0 + number(2 * i), number(2 * i + 1)]).collect();
        let rows = Matrix::new(n, 2, data);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| centroids(&rows, 3, 30, 5, &|_| true)).unwrap()
        };
        let one = on(1);
        assert_eq!(one, on(3));
        let mut firsts: Vec<f32> = (0..3).map(|i| one.row(i)[0]).collect();
        firsts.sort_by(f32::total_cmp);
        for (found, expected) in firsts.iter().zip([0.5, 10.5, 20.5]) {
            assert!((found - expected).abs() < 0.1, "{firsts:?}");
        }
    }

    #[test]
    fn equal_rows_and_more_centroids_than_rows_give_finite_centroids() {
        let rows = Matrix::new(3, 2, vec![1.0; 6]);
        let found = centroids(&rows, 5, 4, 1, &|_| true).unwrap();
        assert!(found.as_slice().iter().all(|&value| value == 1.0));
        assert_eq!(centroids(&rows, 2, 4, 1, &|round| round < 3), None);
    }
}
