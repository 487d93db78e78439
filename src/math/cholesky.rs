//! Pivoted Cholesky factors: a basis of the space that a few rows span.

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
