//! Cholesky factors of positive definite matrices, and pivoted ones: a basis of the space that a few rows span.

use super::gemm;

/// Columns factored together; the rest is one product.
const PANEL: usize = 64;

/// Replace a positive definite matrix A (n × n, row-major) by its lower factor L, A = L Lᵀ; zeros above the diagonal.
///
/// A pivot that rounding has made smaller than 1e-14 of the largest is raised to it. n³ / 3 operations, most of them products.
pub fn factor(a: &mut [f64], n: usize) {
    let floor = 1e-14 * (0..n).map(|i| a[i * n + i]).fold(0.0, f64::max);
    for start in (0..n).step_by(PANEL) {
        let end = (start + PANEL).min(n);
        for j in start..end {
            for k in start..j {
                let f = a[j * n + k];
                for i in j..n {
                    a[i * n + j] -= a[i * n + k] * f;
                }
            }
            let root = a[j * n + j].max(floor).max(f64::MIN_POSITIVE).sqrt();
            for i in j..n {
                a[i * n + j] /= root;
            }
        }
        // What is left loses the part that the panel explains.
        let (m, width) = (n - end, end - start);
        if m > 0 {
            let panel: Vec<f64> = (end..n).flat_map(|i| a[i * n + start..i * n + end].to_vec()).collect();
            let mut product = vec![0.0; m * m];
            gemm::abt_f64(m, width, m, &panel, &panel, &mut product);
            for i in 0..m {
                for j in 0..=i {
                    a[(end + i) * n + end + j] -= product[i * m + j];
                }
            }
        }
    }
    for i in 0..n {
        a[i * n + i + 1..(i + 1) * n].fill(0.0);
    }
}

/// Solve L V = B in place: `lower` is n × n, `b` is n × m, row-major.
pub fn solve_lower(lower: &[f64], n: usize, b: &mut [f64], m: usize) {
    for start in (0..n).step_by(PANEL) {
        let end = (start + PANEL).min(n);
        for i in start..end {
            let (done, rest) = b.split_at_mut(i * m);
            let row = &mut rest[..m];
            for k in start..i {
                let f = lower[i * n + k];
                for (r, d) in row.iter_mut().zip(&done[k * m..(k + 1) * m]) {
                    *r -= f * d;
                }
            }
            let scale = 1.0 / lower[i * n + i];
            for r in row {
                *r *= scale;
            }
        }
        let (rows, width) = (n - end, end - start);
        if rows > 0 {
            let panel: Vec<f64> = (end..n).flat_map(|i| lower[i * n + start..i * n + end].to_vec()).collect();
            let mut product = vec![0.0; rows * m];
            gemm::ab_f64(rows, width, m, &panel, &b[start * m..end * m], &mut product);
            for (r, p) in b[end * m..].iter_mut().zip(&product) {
                *r -= p;
            }
        }
    }
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
    gemm::atb_f64(n, n, n, &v, &v, &mut inverse);
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
}

/// Factor `gram` (n × n, row-major), stopping when the largest remaining diagonal is below `tolerance` times the first.
pub fn pivoted_cholesky(gram: &[f64], n: usize, tolerance: f64) -> PivotedCholesky {
    let mut rest: Vec<f64> = (0..n).map(|i| gram[i * n + i]).collect();
    let floor = tolerance * rest.iter().copied().fold(0.0, f64::max);
    // Columns while building, since each step appends one.
    let mut columns: Vec<Vec<f64>> = Vec::new();
    let mut pivots = Vec::new();
    while pivots.len() < n {
        let p = (0..n).fold(0, |best, i| if rest[i] > rest[best] { i } else { best });
        if rest[p] <= floor {
            break;
        }
        let root = rest[p].sqrt();
        let mut column: Vec<f64> = gram[p * n..(p + 1) * n].to_vec();
        for earlier in &columns {
            let at = earlier[p];
            for (c, e) in column.iter_mut().zip(earlier) {
                *c -= at * e;
            }
        }
        for (i, c) in column.iter_mut().enumerate() {
            *c /= root;
            rest[i] -= *c * *c;
        }
        // Rows already chosen are exactly spanned; rounding must not bring them back.
        for &done in &pivots {
            column[done] = 0.0;
            rest[done] = 0.0;
        }
        column[p] = root;
        rest[p] = 0.0;
        pivots.push(p);
        columns.push(column);
    }
    let rank = pivots.len();
    let mut factor = vec![0.0; n * rank];
    for (j, column) in columns.iter().enumerate() {
        for (i, &c) in column.iter().enumerate() {
            factor[i * rank + j] = c;
        }
    }
    PivotedCholesky { rank, pivots, factor }
}

impl PivotedCholesky {
    fn at_pivot(&self, i: usize, j: usize) -> f64 {
        self.factor[self.pivots[i] * self.rank + j]
    }

    /// Solve v · T = c for v in place, where T (r × r) is the lower triangle at the pivots.
    pub fn solve_left(&self, c: &mut [f64]) {
        for j in (0..self.rank).rev() {
            let mut sum = c[j];
            for (i, ci) in c.iter().enumerate().take(self.rank).skip(j + 1) {
                sum -= ci * self.at_pivot(i, j);
            }
            c[j] = sum / self.at_pivot(j, j);
        }
    }

    /// Solve T · u = c for u in place.
    pub fn solve_right(&self, c: &mut [f64]) {
        for i in 0..self.rank {
            let mut sum = c[i];
            for (j, cj) in c.iter().enumerate().take(i) {
                sum -= self.at_pivot(i, j) * cj;
            }
            c[i] = sum / self.at_pivot(i, i);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows (1,0), (1,1), (1,1): rank two.
    const GRAM: [f64; 9] = [1.0, 1.0, 1.0, 1.0, 2.0, 2.0, 1.0, 2.0, 2.0];

    #[test]
    fn the_factor_rebuilds_the_matrix_and_finds_its_rank() {
        let f = pivoted_cholesky(&GRAM, 3, 1e-12);
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
        gemm::abt_f64(n, n, n, &x, &x, &mut a);
        for i in 0..n {
            a[i * n + i] += 1.0;
        }
        let mut lower = a.clone();
        factor(&mut lower, n);
        let mut back = vec![0.0; n * n];
        gemm::abt_f64(n, n, n, &lower, &lower, &mut back);
        assert!(back.iter().zip(&a).all(|(b, a)| (b - a).abs() < 1e-9));
        let mut unit = vec![0.0; n * n];
        gemm::ab_f64(n, n, n, &a, &inverse(a.clone(), n), &mut unit);
        assert!(unit.iter().enumerate().all(|(at, x)| (x - f64::from(u8::from(at % n == at / n))).abs() < 1e-9));
    }

    #[test]
    fn the_triangle_is_solved_from_both_sides() {
        let f = pivoted_cholesky(&GRAM, 3, 1e-12);
        let (mut left, mut right) = (vec![3.0, -2.0], vec![3.0, -2.0]);
        f.solve_left(&mut left);
        f.solve_right(&mut right);
        for j in 0..2 {
            let l: f64 = (0..2).map(|i| left[i] * f.at_pivot(i, j)).sum();
            let r: f64 = (0..2).map(|i| f.at_pivot(j, i) * right[i]).sum();
            assert!((l - [3.0, -2.0][j]).abs() < 1e-12 && (r - [3.0, -2.0][j]).abs() < 1e-12);
        }
    }

    #[test]
    fn a_matrix_of_zeros_has_rank_zero() {
        assert_eq!(pivoted_cholesky(&[0.0; 4], 2, 1e-12).rank, 0);
    }
}
