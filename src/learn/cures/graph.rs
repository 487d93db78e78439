//! A graph of nearest rows, and what spreads over it (Zhou et al. 2004).

use crate::math::{Matrix, neighbours};

/// Conjugate gradients stop at this share of the first residual, or after so many steps.
const RESIDUAL: f64 = 1e-7;
const STEPS: usize = 100;

/// Symmetric weights W of m nodes as S = D^−½ W D^−½, D their row sums, without loops.
pub(super) struct NeighbourGraph {
    /// m: neighbours with the entries of S, by node.
    edges: Vec<Vec<(usize, f64)>>,
}

impl NeighbourGraph {
    /// Edges of `unit` (m × d, rows of unit length) to and from the `k` nearest rows, weighing the cube of the cosine.
    pub(super) fn of_neighbours(unit: &Matrix, k: usize) -> Self {
        let found = neighbours::nearest(unit, unit, k, true);
        let mut pairs = Vec::with_capacity(2 * found.index.len());
        for i in 0..found.len() {
            for (j, distance) in found.of(i) {
                let cosine = (1.0 - f64::from(distance).powi(2) / 2.0).max(0.0);
                pairs.push((i.min(j), i.max(j), cosine.powi(3)));
            }
        }
        pairs.sort_unstable_by_key(|&(i, j, _)| (i, j));
        pairs.dedup_by_key(|&mut (i, j, _)| (i, j));
        Self::new(unit.rows(), &pairs)
    }

    /// From the weights of pairs of nodes below `m`, each pair once.
    pub(super) fn new(m: usize, pairs: &[(usize, usize, f64)]) -> Self {
        let mut edges = vec![Vec::new(); m];
        for &(i, j, weight) in pairs.iter().filter(|&&(i, j, weight)| i != j && weight > 0.0) {
            edges[i].push((j, weight));
            edges[j].push((i, weight));
        }
        let roots: Vec<f64> =
            edges.iter().map(|own| own.iter().map(|&(_, weight)| weight).sum::<f64>().sqrt()).collect();
        for (i, own) in edges.iter_mut().enumerate() {
            for (j, weight) in own {
                *weight /= roots[i] * roots[*j];
            }
        }
        Self { edges }
    }

    /// m.
    pub(super) const fn len(&self) -> usize {
        self.edges.len()
    }

    /// m: (1 − α) (I − α S)⁻¹ y by conjugate gradients, 0 ≤ α < 1.
    pub(super) fn spread(&self, y: &[f64], alpha: f64) -> Vec<f64> {
        let product = |x: &[f64]| -> Vec<f64> {
            let near = |own: &Vec<(usize, f64)>| own.iter().map(|&(j, s)| s * x[j]).sum::<f64>();
            self.edges.iter().zip(x).map(|(own, x)| x - alpha * near(own)).collect()
        };
        let inner = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        let (mut x, mut residual) = (vec![0.0; y.len()], y.to_vec());
        let mut direction = residual.clone();
        let mut square = inner(&residual, &residual);
        let enough = square * RESIDUAL * RESIDUAL;
        for _ in 0..STEPS {
            if square <= enough {
                break;
            }
            let image = product(&direction);
            let step = square / inner(&direction, &image);
            for i in 0..x.len() {
                x[i] += step * direction[i];
                residual[i] -= step * image[i];
            }
            let next = inner(&residual, &residual);
            for (d, r) in direction.iter_mut().zip(&residual) {
                *d = r + next / square * *d;
            }
            square = next;
        }
        x.iter().map(|x| (1.0 - alpha) * x).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::learn::cures::oracle;

    #[test]
    fn what_spreads_is_what_scikit_learn_finds_on_the_same_weights() {
        for case in oracle::file().spreading {
            let graph = NeighbourGraph::new(case.labels.len(), &case.pairs);
            let columns: Vec<Vec<f64>> = (0..case.classes)
                .map(|class| {
                    let y: Vec<f64> =
                        case.labels.iter().map(|&own| if own == class as i64 { 1.0 } else { 0.0 }).collect();
                    graph.spread(&y, case.alpha)
                })
                .collect();
            for (i, want) in case.shares.chunks(case.classes).enumerate() {
                let total: f64 = columns.iter().map(|column| column[i]).sum();
                for (column, want) in columns.iter().zip(want) {
                    assert!((column[i] / total - want).abs() < 1e-5, "row {i}: {} {want}", column[i] / total);
                }
            }
        }
    }

    #[test]
    fn edges_and_weights_are_those_of_the_nearest_rows_in_both_directions() {
        for case in oracle::file().graphs {
            let unit = Matrix::new(case.n, case.d, case.rows);
            let graph = NeighbourGraph::of_neighbours(&unit, case.k);
            let mut got: Vec<(usize, usize, f64)> = Vec::new();
            for (i, own) in graph.edges.iter().enumerate() {
                got.extend(own.iter().filter(|(j, _)| *j > i).map(|&(j, s)| (i, j, s)));
            }
            got.sort_unstable_by_key(|&(i, j, _)| (i, j));
            assert_eq!(got.len(), case.entries.len());
            for (got, want) in got.iter().zip(&case.entries) {
                assert!((got.0, got.1) == (want.0, want.1) && (got.2 - want.2).abs() < 1e-5, "{got:?} {want:?}");
            }
        }
    }

    #[test]
    fn nodes_without_edges_keep_what_they_have() {
        let graph = NeighbourGraph::new(3, &[(0, 1, 1.0), (2, 2, 5.0)]);
        let x = graph.spread(&[0.0, 0.0, 4.0], 0.5);
        assert!((x[2] - 2.0).abs() < 1e-12 && x[0] == 0.0);
        assert_eq!(graph.spread(&[0.0; 3], 0.5), [0.0; 3]);
    }
}
