//! Norms and distances between rows.

use super::{Matrix, gemm};

/// ‖x‖, summed in double precision.
pub fn norm(row: &[f32]) -> f32 {
    row.iter().map(|&x| f64::from(x) * f64::from(x)).sum::<f64>().sqrt() as f32
}

/// The rows divided by their L2 norms; rows of zeros stay zero.
pub fn normalised(rows: &Matrix) -> Matrix {
    let mut out = rows.clone();
    for i in 0..out.rows() {
        let scale = inverse_norm(out.row(i));
        for x in out.row_mut(i) {
            *x *= scale;
        }
    }
    out
}

/// 1 / ‖x‖, and 0 for a row of zeros.
pub fn inverse_norm(row: &[f32]) -> f32 {
    let norm = norm(row);
    if norm > 0.0 { 1.0 / norm } else { 0.0 }
}

/// Squared Euclidean distances between the rows of `a` (m × d) and of `b` (n × d): m × n, never negative.
///
/// ‖a‖² + ‖b‖² − 2 a·b with one product; differences below about 1e-6 of the norms drown in rounding.
pub fn squared_distances(a: &Matrix, b: &Matrix) -> Matrix {
    let square = |m: &Matrix| -> Vec<f32> { (0..m.rows()).map(|i| norm(m.row(i)).powi(2)).collect() };
    let (a2, b2) = (square(a), square(b));
    let mut d = gemm::abt(a, b);
    for (i, &a2) in a2.iter().enumerate() {
        for (x, &b2) in d.row_mut(i).iter_mut().zip(&b2) {
            *x = (a2 + b2 - 2.0 * *x).max(0.0);
        }
    }
    d
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_equal_the_plain_sum_of_squares() {
        let a = Matrix::new(2, 2, vec![0.0, 0.0, 3.0, 4.0]);
        let b = Matrix::new(3, 2, vec![3.0, 4.0, 0.0, 1.0, 3.0, 4.0]);
        assert_eq!(squared_distances(&a, &b).as_slice(), &[25.0, 1.0, 25.0, 0.0, 18.0, 0.0]);
    }

    #[test]
    fn a_row_of_zeros_survives_normalisation() {
        let rows = normalised(&Matrix::new(2, 2, vec![0.0, 0.0, 3.0, 4.0]));
        assert_eq!(rows.as_slice(), &[0.0, 0.0, 0.6, 0.8]);
    }
}
