//! Cholesky factors of positive definite matrices, and pivoted ones: a basis of the space that a few rows span.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::{llt, llt_pivoting};
use faer::linalg::triangular_solve::{solve_lower_triangular_in_place, solve_upper_triangular_in_place};
use faer::{MatMut, MatRef, Par};

use super::{gemm, wide};

/// A pivot below this share of the largest is rounding.
const NOISE: f64 = 1e-14;
/// A row whose part outside the span of the others has less than this share of the longest row's square adds no dimension.
const DEPENDENT: f64 = 1e-12;

/// Replace a positive definite matrix A (n × n, row-major) by its lower factor L, A = L Lᵀ; zeros above the diagonal.
///
/// A pivot that rounding has made smaller than 1e-14 of the largest is raised to it. n³ / 3 operations.
pub fn factor(a: &mut [f64], n: usize) {
    let floor = NOISE * (0..n).map(|i| a[i * n + i]).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let raise =
        llt::factor::LltRegularization { dynamic_regularization_delta: floor, dynamic_regularization_epsilon: floor };
    let params = faer::Spec::default();
    let mut memory = MemBuffer::new(llt::factor::cholesky_in_place_scratch::<f64>(n, Par::Seq, params));
    let view = MatMut::from_row_major_slice_mut(&mut *a, n, n);
    // Fails for no pivot, since all are raised; NaN goes through.
    let _ = wide::clean(|| llt::factor::cholesky_in_place(view, raise, Par::Seq, MemStack::new(&mut memory), params));
    for i in 0..n {
        a[i * n + i + 1..(i + 1) * n].fill(0.0);
    }
}

/// Solve L V = B in place: `lower` is n × n, `b` is n × m, row-major.
pub fn solve_lower(lower: &[f64], n: usize, b: &mut [f64], m: usize) {
    let (lower, b) = (MatRef::from_row_major_slice(lower, n, n), MatMut::from_row_major_slice_mut(b, n, m));
    wide::clean(|| solve_lower_triangular_in_place(lower, b, Par::Seq));
}

/// The inverse of a positive definite matrix (n × n), symmetric to the bit.
pub fn inverse(mut a: Vec<f64>, n: usize) -> Vec<f64> {
    factor(&mut a, n);
    let mut v = vec![0.0; n * n];
    for i in 0..n {
        v[i * n + i] = 1.0;
    }
    solve_lower(&a, n, &mut v, n);
    let mut inverse = vec![0.0; n * n];
    gemm::atb_slices(n, n, n, &v, &v, &mut inverse);
    for i in 0..n {
        for j in 0..i {
            inverse[j * n + i] = inverse[i * n + j];
        }
    }
    inverse
}

/// The factor of a positive semi-definite n × n matrix G of numerical rank r: G ≈ L Lᵀ with L n × r.
///
/// Rows of L at `pivots` form a lower triangle. Repeated rows only lower the rank.
#[derive(Debug, Clone)]
pub struct PivotedCholesky {
    pub rank: usize,
    /// r of the n indices, in the order they were chosen.
    pub pivots: Vec<usize>,
    /// n × r, row-major.
    pub factor: Vec<f64>,
    /// r × r, row-major: the rows at `pivots`.
    triangle: Vec<f64>,
}

/// Factor `gram` (n × n, row-major), stopping when what is left of the diagonal is rounding.
pub fn pivoted_cholesky(mut gram: Vec<f64>, n: usize) -> PivotedCholesky {
    let (mut order, mut inverse) = (vec![0usize; n], vec![0usize; n]);
    let params = faer::Spec::default();
    let mut memory = MemBuffer::new(llt_pivoting::factor::cholesky_in_place_scratch::<usize, f64>(n, Par::Seq, params));
    let view = MatMut::from_row_major_slice_mut(&mut gram, n, n);
    let stack = MemStack::new(&mut memory);
    let found = wide::clean(|| {
        let done = llt_pivoting::factor::cholesky_in_place(view, &mut order, &mut inverse, Par::Seq, stack, params);
        done.map_or(0, |(info, _)| info.rank)
    });
    // Pivots fall, so that the first small one ends the basis.
    let square = |j: usize| gram[j * n + j] * gram[j * n + j];
    let rank = (0..found).find(|&j| square(j) <= DEPENDENT * square(0)).unwrap_or(found);
    let row = |i: usize| (0..rank).map(move |j| (i, j));
    let at = |(i, j): (usize, usize)| if j <= i { gram[i * n + j] } else { 0.0 };
    let triangle = (0..rank).flat_map(row).map(at).collect();
    let factor = inverse.iter().take(if rank > 0 { n } else { 0 }).flat_map(|&i| row(i)).map(at).collect();
    order.truncate(rank);
    PivotedCholesky { rank, pivots: order, factor, triangle }
}

impl PivotedCholesky {
    /// Solve V · T = C for V in place, where T (r × r) is the triangle at the pivots and C has rows of r numbers.
    pub fn solve_left(&self, c: &mut [f64]) {
        let (triangle, c) = self.views(c);
        wide::clean(|| solve_upper_triangular_in_place(triangle.transpose(), c, Par::Seq));
    }

    /// Solve T · U = Cᵀ for U in place, where C has rows of r numbers.
    pub fn solve_right(&self, c: &mut [f64]) {
        let (triangle, c) = self.views(c);
        wide::clean(|| solve_lower_triangular_in_place(triangle, c, Par::Seq));
    }

    /// The triangle, and rows of r numbers as columns.
    fn views<'a>(&'a self, rows: &'a mut [f64]) -> (MatRef<'a, f64>, MatMut<'a, f64>) {
        let (r, many) = (self.rank, rows.len() / self.rank.max(1));
        (
            MatRef::from_row_major_slice(&self.triangle, r, r),
            MatMut::from_row_major_slice_mut(&mut rows[..many * r], many, r).transpose_mut(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows (1,0), (1,1), (1,1): rank two.
    const GRAM: [f64; 9] = [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0];

    #[test]
    fn the_factor_rebuilds_the_matrix_and_finds_its_rank() {
        let f = pivoted_cholesky(GRAM.to_vec(), 3);
        assert_eq!(f.rank, 2);
        for i in 0..3 {
            for j in 0..3 {
                let dot: f64 = (0..2).map(|k| f.factor[i * 2 + k] * f.factor[j * 2 + k]).sum();
                assert!((dot - GRAM[i * 3 + j]).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn factor_and_inverse_undo_the_matrix_across_panels() {
        let n = 150;
        let x: Vec<f64> =
            (0..n * n).map(|i| crate::math::random::unit(crate::math::random::hash(5, i as u64)) - 0.5).collect();
        let mut a = vec![0.0; n * n];
        gemm::abt_slices(n, n, n, &x, &x, &mut a);
        for i in 0..n {
            a[i * n + i] += 1.0;
        }
        let mut lower = a.clone();
        factor(&mut lower, n);
        let mut back = vec![0.0; n * n];
        gemm::abt_slices(n, n, n, &lower, &lower, &mut back);
        assert!(back.iter().zip(&a).all(|(b, a)| (b - a).abs() < 1e-9));
        let mut unit = vec![0.0; n * n];
        gemm::ab_slices(n, n, n, &a, &inverse(a.clone(), n), &mut unit);
        assert!(unit.iter().enumerate().all(|(at, x)| (x - f64::from(u8::from(at % n == at / n))).abs() < 1e-9));
    }

    #[test]
    fn the_triangle_is_solved_from_both_sides() {
        let f = pivoted_cholesky(GRAM.to_vec(), 3);
        let (mut left, mut right) = (vec![3.0, -2.0], vec![3.0, -2.0]);
        f.solve_left(&mut left);
        f.solve_right(&mut right);
        let at_pivot = |i: usize, j: usize| f.factor[f.pivots[i] * f.rank + j];
        for j in 0..2 {
            let l: f64 = (0..2).map(|i| left[i] * at_pivot(i, j)).sum();
            let r: f64 = (0..2).map(|i| at_pivot(j, i) * right[i]).sum();
            assert!((l - [3.0, -2.0][j]).abs() < 1e-12 && (r - [3.0, -2.0][j]).abs() < 1e-12);
        }
    }

    #[test]
    fn a_matrix_of_zeros_has_rank_zero() {
        assert_eq!(pivoted_cholesky(vec![0.0; 4], 2).rank, 0);
    }
}
