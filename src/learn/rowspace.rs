//! The space in which a head is fitted.
//!
//! With an L2 penalty the best weights are combinations of the labeled rows (representer theorem), so with fewer samples
//! than dimensions the same optimum is found with n coordinates in place of D: X = L Q with Q's rows orthonormal, and
//! ‖W‖ is unchanged by Q. Exact, and shared by all members of a committee.

use crate::math::cholesky::{PivotedCholesky, pivoted_cholesky};
use crate::math::gemm;

/// Coordinates of the samples, and the way back to D dimensions.
pub struct RowSpace {
    /// n × dim.
    pub coordinates: Vec<f64>,
    pub dim: usize,
    full: usize,
    basis: Option<Basis>,
}

struct Basis {
    factor: PivotedCholesky,
    /// r × D: the rows that span the space.
    rows: Vec<f64>,
}

impl RowSpace {
    /// `features` is n × `d`, for fits of `classes` classes by their gradients: rotated where that makes them cheaper.
    pub fn for_fits(features: Vec<f64>, n: usize, d: usize, classes: usize) -> Self {
        if pays(n, d, classes) { Self::smallest(features, n, d) } else { Self::whole(features, d) }
    }

    fn whole(features: Vec<f64>, d: usize) -> Self {
        Self { coordinates: features, dim: d, full: d, basis: None }
    }

    /// `features` is n × `d`, for work on Hessians: rotated wherever n < `d`.
    pub fn smallest(features: Vec<f64>, n: usize, d: usize) -> Self {
        if n >= d {
            return Self::whole(features, d);
        }
        let mut gram = vec![0.0; n * n];
        gemm::abt_slices(n, d, n, &features, &features, &mut gram);
        let factor = pivoted_cholesky(gram, n);
        let rows = factor.pivots.iter().flat_map(|&p| features[p * d..(p + 1) * d].iter().copied()).collect();
        Self { coordinates: factor.factor.clone(), dim: factor.rank, full: d, basis: Some(Basis { factor, rows }) }
    }

    /// Weights in D dimensions (K × D) from weights in this space (K × dim).
    pub fn expand(&self, weights: &[f64], classes: usize) -> Vec<f64> {
        let Some(basis) = &self.basis else { return weights.to_vec() };
        let mut solved = weights.to_vec();
        basis.factor.solve_left(&mut solved);
        let mut out = vec![0.0; classes * self.full];
        gemm::ab_slices(classes, self.dim, self.full, &solved, &basis.rows, &mut out);
        out
    }

    /// The part of weights in D dimensions (K × D) that this space can express (K × dim).
    pub fn project(&self, weights: &[f64], classes: usize) -> Vec<f64> {
        let Some(basis) = &self.basis else { return weights.to_vec() };
        let mut out = vec![0.0; classes * self.dim];
        gemm::abt_slices(classes, self.full, self.dim, weights, &basis.rows, &mut out);
        basis.factor.solve_right(&mut out);
        out
    }
}

/// Whether finding the space (n² d for the Gram matrix, n³ for its factor, in operations) costs less than what so many
/// evaluations (4 · n · K operations per dimension) save with n dimensions in place of `d`.
fn pays(n: usize, d: usize, classes: usize) -> bool {
    /// A committee's fits of some twenty steps, in single precision.
    const EVALUATIONS: usize = 25;
    n < d && 2 * n * d + n * n < 4 * EVALUATIONS * classes * (d - n)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logits_and_norms_are_the_same_in_both_spaces() {
        // Three rows of which one repeats, in four dimensions.
        let features = vec![1.0, 0.0, 2.0, -1.0, 0.5, 1.0, 0.0, 3.0, 1.0, 0.0, 2.0, -1.0];
        let space = RowSpace::smallest(features.clone(), 3, 4);
        assert_eq!(space.dim, 2);
        let small = [0.7, -0.2, 1.5, 0.4];
        let big = space.expand(&small, 2);
        for k in 0..2 {
            let norm = |w: &[f64]| w.iter().map(|x| x * x).sum::<f64>();
            assert!((norm(&small[k * 2..k * 2 + 2]) - norm(&big[k * 4..k * 4 + 4])).abs() < 1e-12);
            for i in 0..3 {
                let a: f64 = (0..2).map(|j| small[k * 2 + j] * space.coordinates[i * 2 + j]).sum();
                let b: f64 = (0..4).map(|j| big[k * 4 + j] * features[i * 4 + j]).sum();
                assert!((a - b).abs() < 1e-12);
            }
        }
        let back = space.project(&big, 2);
        assert!(back.iter().zip(small).all(|(a, b)| (a - b).abs() < 1e-12));
    }
}
