//! Matrix products over row-major slices, on one thread each but for [`abt_shared`].
//!
//! **Invariant:** the order of additions inside a product depends on its shape alone, so the same operands give the same
//! bits however many threads run products side by side.

use faer::linalg::matmul::matmul;
use faer::traits::ComplexField;
use faer::{Accum, MatMut, MatRef, Par};
use rayon::prelude::*;

use super::{Matrix, wide};

/// Which operand is read transposed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// C = A · B.
    Plain,
    /// C = A · Bᵀ.
    RightTransposed,
    /// C = Aᵀ · B.
    LeftTransposed,
}

/// C = op(A) · op(B), where C is m × n and k is the shared length.
fn product<T: ComplexField>(form: Form, (m, k, n): (usize, usize, usize), a: &[T], b: &[T], c: &mut [T]) {
    assert!(a.len() == m * k && b.len() == k * n && c.len() == m * n, "operands fit {m} x {k} x {n}");
    let plain = MatRef::from_row_major_slice;
    let a = if form == Form::LeftTransposed { plain(a, k, m).transpose() } else { plain(a, m, k) };
    let b = if form == Form::RightTransposed { plain(b, n, k).transpose() } else { plain(b, k, n) };
    let c = MatMut::from_row_major_slice_mut(c, m, n);
    wide::clean(|| matmul(c, Accum::Replace, a, b, T::one_impl(), Par::Seq));
}

/// A (m × k) times B (k × n).
pub fn ab(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = Matrix::zeros(a.rows(), b.cols());
    product(Form::Plain, (a.rows(), a.cols(), b.cols()), a.as_slice(), b.as_slice(), c.as_mut_slice());
    c
}

/// A (m × k) times the transpose of B (n × k).
pub fn abt(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = Matrix::zeros(a.rows(), b.rows());
    abt_into(a.as_slice(), b.as_slice(), a.cols(), c.as_mut_slice());
    c
}

/// The transpose of A (k × m) times B (k × n).
pub fn atb(a: &Matrix, b: &Matrix) -> Matrix {
    let mut c = Matrix::zeros(a.cols(), b.cols());
    product(Form::LeftTransposed, (a.cols(), a.rows(), b.cols()), a.as_slice(), b.as_slice(), c.as_mut_slice());
    c
}

/// [`abt`] on slices: A is (·) × `k`, B is (·) × `k`.
pub fn abt_into(a: &[f32], b: &[f32], k: usize, c: &mut [f32]) {
    let (m, n) = (a.len() / k.max(1), b.len() / k.max(1));
    product(Form::RightTransposed, (m, k, n), a, b, c);
}

/// [`abt`] with the rows of A shared out to threads, in blocks of a fixed size: the same bits for any number of threads.
pub fn abt_shared(a: &Matrix, b: &Matrix) -> Matrix {
    const ROWS: usize = 64;
    let (k, n) = (a.cols(), b.rows());
    let mut c = Matrix::zeros(a.rows(), n);
    if k > 0 && n > 0 {
        let blocks = c.as_mut_slice().par_chunks_mut(ROWS * n).zip(a.as_slice().par_chunks(ROWS * k));
        blocks.for_each(|(c, a)| abt_into(a, b.as_slice(), k, c));
    }
    c
}

/// The transpose of A (k × m) times B (k × n) with the rows of the result shared out to threads, as [`abt_shared`].
pub fn atb_shared(a: &Matrix, b: &Matrix) -> Matrix {
    abt_shared(&transposed(a), &transposed(b))
}

/// The transpose.
pub fn transposed(a: &Matrix) -> Matrix {
    let mut t = Matrix::zeros(a.cols(), a.rows());
    for i in 0..a.rows() {
        for (j, &x) in a.row(i).iter().enumerate() {
            t.row_mut(j)[i] = x;
        }
    }
    t
}

/// A (m × k) times the transpose of B (n × k), in either precision.
pub fn abt_slices<T: ComplexField>(m: usize, k: usize, n: usize, a: &[T], b: &[T], c: &mut [T]) {
    product(Form::RightTransposed, (m, k, n), a, b, c);
}

/// The transpose of A (k × m) times B (k × n), in either precision.
pub fn atb_slices<T: ComplexField>(m: usize, k: usize, n: usize, a: &[T], b: &[T], c: &mut [T]) {
    product(Form::LeftTransposed, (m, k, n), a, b, c);
}

/// A (m × k) times B (k × n), in either precision.
pub fn ab_slices<T: ComplexField>(m: usize, k: usize, n: usize, a: &[T], b: &[T], c: &mut [T]) {
    product(Form::Plain, (m, k, n), a, b, c);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counting(rows: usize, cols: usize) -> Matrix {
        Matrix::new(rows, cols, (0..rows * cols).map(|i| (i % 7) as f32 - 3.0).collect())
    }

    fn by_hand(a: &Matrix, b: &Matrix) -> Matrix {
        let mut c = Matrix::zeros(a.rows(), b.cols());
        for i in 0..a.rows() {
            for j in 0..b.cols() {
                c.row_mut(i)[j] = (0..a.cols()).map(|k| a.row(i)[k] * b.row(k)[j]).sum();
            }
        }
        c
    }

    #[test]
    fn all_three_forms_equal_the_triple_loop() {
        let (a, b) = (counting(5, 9), counting(9, 4));
        let expected = by_hand(&a, &b);
        assert_eq!(ab(&a, &b), expected);
        assert_eq!(abt(&a, &transposed(&b)), expected);
        assert_eq!(abt_shared(&a, &transposed(&b)), expected);
        assert_eq!(atb(&transposed(&a), &b), expected);
        assert_eq!(atb_shared(&transposed(&a), &b), expected);
    }

    #[test]
    fn empty_operands_give_empty_products() {
        assert_eq!(abt(&Matrix::zeros(0, 3), &Matrix::zeros(2, 3)), Matrix::zeros(0, 2));
    }
}
