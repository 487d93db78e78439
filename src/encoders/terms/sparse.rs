//! Sparse rows, their products with dense blocks, and the directions along which they vary most.

use rayon::prelude::*;

use crate::math::spectrum::{Spectrum, eigen};
use crate::math::{Matrix, gemm, random};

/// Directions carried beyond those asked for, so that the last ones converge too.
const SPARE: usize = 16;
/// Times that the block is sent through the rows and back: of many rows, and of at most [`FEW`], where it costs little.
const PASSES: [usize; 2] = [2, 10];
const FEW: usize = 2_000;
/// Rows whose products are summed together. Fixed, so that no number depends on how work is spread.
const BLOCK: usize = 1024;
/// A direction whose square has less than this share of the largest is rounding.
const NOISE: f64 = 1e-12;

/// Rows of (column, value), one after another.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sparse {
    /// Where each row begins, and the last ends.
    starts: Vec<usize>,
    entries: Vec<(u32, f32)>,
    cols: usize,
}

impl Sparse {
    /// Columns are below `cols`.
    pub(super) fn new(rows: Vec<Vec<(u32, f32)>>, cols: usize) -> Self {
        let mut starts = vec![0];
        let mut entries = Vec::with_capacity(rows.iter().map(Vec::len).sum());
        for row in rows {
            entries.extend(row);
            starts.push(entries.len());
        }
        Self { starts, entries, cols }
    }

    pub(super) fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    fn row(&self, i: usize) -> &[(u32, f32)] {
        &self.entries[self.starts[i]..self.starts[i + 1]]
    }

    fn transposed(&self) -> Self {
        let mut starts = vec![0; self.cols + 1];
        for &(column, _) in &self.entries {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.cols {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let mut entries = vec![(0, 0.0); self.entries.len()];
        for i in 0..self.rows() {
            for &(column, value) in self.row(i) {
                entries[next[column as usize]] = (i as u32, value);
                next[column as usize] += 1;
            }
        }
        Self { starts, entries, cols: self.rows() }
    }

    /// These rows (n × m) times `dense` (m × d): n × d. Each row is summed on one thread, in the order of its entries.
    fn times(&self, dense: &Matrix) -> Matrix {
        let d = dense.cols();
        let mut out = Matrix::zeros(self.rows(), d);
        out.as_mut_slice().par_chunks_mut(d.max(1)).enumerate().for_each(|(i, out)| {
            for &(column, value) in self.row(i) {
                add(out, value, dense.row(column as usize));
            }
        });
        out
    }
}

/// `out` + `factor` · `row`.
pub(super) fn add(out: &mut [f32], factor: f32, row: &[f32]) {
    for (out, &value) in out.iter_mut().zip(row) {
        *out += factor * value;
    }
}

/// The strongest directions of sparse rows.
pub(super) struct Directions {
    /// Singular values, largest first.
    pub strengths: Vec<f64>,
    /// m × D: a right singular vector per column.
    pub vectors: Matrix,
}

/// The `count` largest singular values of `rows` (n × m) and their right singular vectors, fewer where the rows have no more;
/// `None` where they have none, or `go_on` says so after a pass.
///
/// Halko, Martinsson and Tropp 2011, algorithms 4.4 and 5.1: a random block is sent through the rows, made orthonormal and sent
/// back some times; the small matrix that is left is decomposed exactly. Products are in single precision, all that makes
/// orthonormal in double. O((nonzeros + (n + m) · D) · D) for each pass; the same bits for any number of threads.
pub(super) fn directions(rows: &Sparse, count: usize, seed: u64, go_on: &dyn Fn() -> bool) -> Option<Directions> {
    let columns = rows.transposed();
    let (n, m) = (rows.rows(), rows.cols);
    let width = (count + SPARE).min(n).min(m);
    let mut drawn = Matrix::zeros(m, width);
    drawn.as_mut_slice().par_chunks_mut(width.max(1)).enumerate().for_each(|(i, row)| {
        for (j, value) in row.iter_mut().enumerate() {
            *value = (random::unit(random::hash(seed ^ 0x1a7e, (i * width + j) as u64)) - 0.5) as f32;
        }
    });
    let mut block = orthonormal(&rows.times(&drawn))?;
    for _ in 0..PASSES[usize::from(n <= FEW)] {
        if !go_on() {
            return None;
        }
        block = orthonormal(&rows.times(&columns.times(&block)))?;
    }
    if !go_on() {
        return None;
    }
    // With Q the block, rows ≈ Q (Qᵀ rows) = Q Bᵀ; Bᵀ B = U Σ² Uᵀ gives the right vectors B U Σ⁻¹.
    let image = columns.times(&block);
    let Rotation { turn, squares } = rotation(&image, count)?;
    let strengths = squares.iter().map(|square| square.sqrt()).collect();
    Some(Directions { strengths, vectors: turned(&image, &turn) })
}

/// An orthonormal basis of the columns of `block` (n × w), fewer where they are dependent.
fn orthonormal(block: &Matrix) -> Option<Matrix> {
    Some(turned(block, &rotation(block, block.cols())?.turn))
}

/// What makes the columns of a block orthonormal.
struct Rotation {
    /// w × k.
    turn: Matrix,
    /// The k largest eigenvalues of the columns' products, in falling order.
    squares: Vec<f64>,
}

/// U Λ^-½ of the `count` largest eigenvalues of `block`ᵀ `block`; `None` where all are zero.
fn rotation(block: &Matrix, count: usize) -> Option<Rotation> {
    let w = block.cols();
    let Spectrum { values, vectors } = eigen(&products(block), w)?;
    let largest = values.last().copied().filter(|value| value.is_finite() && *value > 0.0)?;
    let squares: Vec<f64> = values.into_iter().rev().take(count).take_while(|value| *value > largest * NOISE).collect();
    let k = squares.len();
    let mut turn = Matrix::zeros(w, k);
    for (j, (square, vector)) in squares.iter().zip(vectors.chunks_exact(w).rev()).enumerate() {
        // The sign is arbitrary; fixing it keeps equal runs equal on other processors.
        let scale = if vector.iter().sum::<f64>() < 0.0 { -1.0 } else { 1.0 } / square.sqrt();
        vector.iter().enumerate().for_each(|(i, value)| turn.row_mut(i)[j] = (value * scale) as f32);
    }
    Some(Rotation { turn, squares })
}

/// `block`ᵀ `block` in double precision: w × w, summed over blocks of rows in order.
fn products(block: &Matrix) -> Vec<f64> {
    let w = block.cols();
    let mut sum = vec![0.0; w * w];
    for group in block.as_slice().chunks((BLOCK * w * 8).max(1)) {
        let part = |rows: &[f32]| {
            let rows: Vec<f64> = rows.iter().map(|&value| f64::from(value)).collect();
            let mut out = vec![0.0; w * w];
            gemm::atb_slices(w, rows.len() / w, w, &rows, &rows, &mut out);
            out
        };
        let parts: Vec<Vec<f64>> = group.par_chunks((BLOCK * w).max(1)).map(part).collect();
        for part in parts {
            sum.iter_mut().zip(part).for_each(|(sum, value)| *sum += value);
        }
    }
    sum
}

/// `block` (n × w) times `turn` (w × k), in parallel over blocks of rows.
pub(super) fn turned(block: &Matrix, turn: &Matrix) -> Matrix {
    gemm::abt_shared(block, &gemm::transposed(turn))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(n: usize, m: usize, rank: usize) -> Sparse {
        let number = |i: usize, j: usize| random::unit(random::hash(i as u64, j as u64));
        let row = |i: usize| {
            let kept = (0..m).filter(|&j| number(i % rank, j) < 0.2);
            kept.map(|j| (j as u32, number(i % rank + 1000, j) as f32 + 0.1)).collect()
        };
        Sparse::new((0..n).map(row).collect(), m)
    }

    #[test]
    fn strengths_are_those_of_the_full_decomposition() {
        let (n, m, count) = (300, 80, 12);
        let rows = drawn(n, m, 300);
        let mut dense = Matrix::zeros(n, m);
        for i in 0..n {
            rows.row(i).iter().for_each(|&(column, value)| dense.row_mut(i)[column as usize] = value);
        }
        let all = eigen(&products(&dense), m).unwrap();
        let found = directions(&rows, count, 1, &|| true).unwrap();
        assert_eq!((found.strengths.len(), found.vectors.rows(), found.vectors.cols()), (count, m, count));
        for (found, expected) in found.strengths.iter().zip(all.values.iter().rev()).take(6) {
            assert!((found - expected.sqrt()).abs() < 2e-3 * expected.sqrt(), "{found} for {}", expected.sqrt());
        }
        let square = gemm::atb(&found.vectors, &found.vectors);
        for (at, value) in square.as_slice().iter().enumerate() {
            let expected = if at % (count + 1) == 0 { 1.0 } else { 0.0 };
            assert!((value - expected).abs() < 1e-5, "{at}: {value}");
        }
    }

    #[test]
    fn rows_that_repeat_have_as_many_directions_as_they_differ_in() {
        let found = directions(&drawn(3_000, 60, 7), 20, 1, &|| true).unwrap();
        assert_eq!(found.strengths.len(), 7);
        assert!(directions(&Sparse::new(vec![Vec::new(); 5], 4), 2, 1, &|| true).is_none());
        assert!(directions(&drawn(30, 20, 30), 2, 1, &|| false).is_none());
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let rows = drawn(2_500, 300, 2_500);
        let on = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| directions(&rows, 20, 1, &|| true)).unwrap().vectors
        };
        assert_eq!(on(1), on(3));
    }
}
