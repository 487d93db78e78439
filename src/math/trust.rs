//! Trustworthiness of places in the plane: whether what lies near each other there is alike.

use rayon::prelude::*;

use super::{Matrix, dot, gemm};

/// Rows looked at together.
const ROWS: usize = 16;

/// How far the `k` nearest places of the rows `asked` are also their nearest rows, 0 to 1: 1 where no place holds a stranger, about
/// one half for places drawn at random (Venna and Kaski 2001).
///
/// T = 1 − 2 / (m k (2n − 3k − 1)) · Σ max(0, r − k), over the m rows that are asked and the k nearest places of each, with r the rank
/// of that row among all others by its distance. With all rows asked it is scikit-learn's `trustworthiness`; with some it estimates
/// that. `None` where `k` is not below n/2, or nothing is asked. Cost: O(m·n·(d + k)).
pub fn trustworthiness(rows: &Matrix, places: &[[f32; 2]], k: usize, asked: &[usize]) -> Option<f64> {
    let (n, d) = (rows.rows(), rows.cols());
    if asked.is_empty() || k == 0 || 2 * k >= n {
        return None;
    }
    let squares: Vec<f32> = (0..n).map(|j| dot(rows.row(j), rows.row(j))).collect();
    let penalties: Vec<u64> = asked
        .par_chunks(ROWS)
        .map(|block| {
            let mut products = vec![0.0; block.len() * n];
            gemm::abt_into(rows.gather(block).as_slice(), rows.as_slice(), d, &mut products);
            let mut penalty = 0;
            for (&i, row) in block.iter().zip(products.chunks_exact_mut(n)) {
                row.iter_mut().zip(&squares).for_each(|(part, square)| *part = square - 2.0 * *part);
                penalty += nearest_places(places, i, k).into_iter().map(|j| strangeness(row, i, j, k)).sum::<u64>();
            }
            penalty
        })
        .collect();
    let (m, n, k) = (asked.len() as f64, n as f64, k as f64);
    Some(1.0 - 2.0 / (m * k * (2.0 * n - 3.0 * k - 1.0)) * penalties.iter().sum::<u64>() as f64)
}

/// The rows whose places are the `k` nearest to that of row `i`.
fn nearest_places(places: &[[f32; 2]], i: usize, k: usize) -> Vec<usize> {
    let at = places[i];
    let distance = |place: &[f32; 2]| (place[0] - at[0]).powi(2) + (place[1] - at[1]).powi(2);
    let mut others: Vec<(f32, usize)> =
        places.iter().enumerate().filter(|(j, _)| *j != i).map(|(j, place)| (distance(place), j)).collect();
    others.select_nth_unstable_by(k - 1, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    others.into_iter().take(k).map(|(_, j)| j).collect()
}

/// By how much the rank of row `j`, seen from row `i`, exceeds `k`.
fn strangeness(distances: &[f32], i: usize, j: usize, k: usize) -> u64 {
    let own = distances[j];
    let nearer = |(l, &d): (usize, &f32)| l != i && (d < own || (d == own && l < j));
    let rank = 1 + distances.iter().enumerate().filter(|&one| nearer(one)).count();
    rank.saturating_sub(k) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        trustworthiness: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        d: usize,
        k: usize,
        rows: Vec<f32>,
        places: Vec<[f32; 2]>,
        value: f64,
    }

    /// Data: `tests/oracles/maps.py`.
    #[test]
    fn it_equals_scikit_learn() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/maps.json")).unwrap();
        assert!(file.trustworthiness.len() >= 20);
        for case in file.trustworthiness {
            let n = case.places.len();
            let rows = Matrix::new(n, case.d, case.rows);
            let got = trustworthiness(&rows, &case.places, case.k, &(0..n).collect::<Vec<_>>()).unwrap();
            assert!((got - case.value).abs() < 1e-9, "{got} for {}", case.value);
        }
    }

    #[test]
    fn too_many_neighbours_have_no_value() {
        let rows = Matrix::new(4, 1, vec![0.0, 1.0, 2.0, 3.0]);
        assert_eq!(trustworthiness(&rows, &[[0.0; 2]; 4], 2, &[0]), None);
        assert_eq!(trustworthiness(&rows, &[[0.0; 2]; 4], 1, &[]), None);
    }
}
