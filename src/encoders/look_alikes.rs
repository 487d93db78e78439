//! An encoder's look-alikes: each sample's nearest neighbours. They show whether an encoder understands the pool.

use serde::{Deserialize, Serialize};

use crate::math::{Matrix, distance, dot};

/// Pictures whose neighbours are shown.
pub const ASKED: usize = 8;
/// Neighbours of each.
const NEAREST: usize = 4;
/// Embeddings closer than this, of different pictures, are the same embedding.
const SAME: f32 = 1e-6;

/// A picture's nearest neighbours, the nearest first. Pictures are numbered as they were given.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alike {
    pub picture: usize,
    pub nearest: Vec<Near>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Near {
    pub picture: usize,
    /// Cosine of the two embeddings less the mean embedding, −1 to 1: many encoders point all pictures the same way.
    pub similarity: f32,
}

/// Neighbours of the first pictures among all of `rows` (n × D), and of them alone.
pub fn alike(rows: &Matrix) -> Vec<Alike> {
    let unit = centred(rows);
    let neighbours = |i: usize| {
        let mut near: Vec<Near> = (0..unit.rows())
            .filter(|&j| j != i)
            .map(|j| Near { picture: j, similarity: dot(unit.row(i), unit.row(j)) })
            .collect();
        near.sort_by(|a, b| b.similarity.total_cmp(&a.similarity).then(a.picture.cmp(&b.picture)));
        near.truncate(NEAREST);
        Alike { picture: i, nearest: near }
    };
    (0..rows.rows().min(ASKED)).map(neighbours).collect()
}

/// Whether all of `rows` (n × D, of different pictures) are one and the same embedding, but for rounding.
pub fn constant(rows: &Matrix) -> bool {
    let first = distance::normalised(&rows.gather(&[0]));
    let unit = distance::normalised(rows);
    let apart = |i: usize| unit.row(i).iter().zip(first.row(0)).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    rows.rows() > 1 && (1..rows.rows()).all(|i| apart(i) < SAME)
}

/// Rows of unit length less their mean, of unit length again.
fn centred(rows: &Matrix) -> Matrix {
    let mut unit = distance::normalised(rows);
    let (n, d) = (unit.rows(), unit.cols());
    let mut mean = vec![0.0f32; d];
    for i in 0..n {
        mean.iter_mut().zip(unit.row(i)).for_each(|(m, x)| *m += x / n as f32);
    }
    for i in 0..n {
        unit.row_mut(i).iter_mut().zip(&mean).for_each(|(x, m)| *x -= m);
    }
    distance::normalised(&unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_nearest_to_those_of_its_kind() {
        // Two kinds, all pointing much the same way.
        let row = |i: usize| {
            let side = if i.is_multiple_of(2) { 0.2 } else { -0.2 };
            [5.0, side, 0.01 * i as f32]
        };
        let rows = Matrix::new(10, 3, (0..10).flat_map(row).collect());
        let found = alike(&rows);
        assert_eq!(found.len(), ASKED);
        for one in found {
            assert_eq!(one.nearest.len(), NEAREST);
            assert!(one.nearest.iter().all(|near| near.picture % 2 == one.picture % 2 && near.picture != one.picture));
        }
    }

    #[test]
    fn embeddings_that_never_change_are_noticed() {
        assert!(constant(&Matrix::new(3, 2, vec![1.0, 2.0, 1.0, 2.0, 2.0, 4.0])));
        assert!(!constant(&Matrix::new(3, 2, vec![1.0, 2.0, 1.0, 2.0, 2.0, 4.1])));
        assert!(constant(&Matrix::new(2, 2, vec![0.0; 4])));
        assert!(!constant(&Matrix::new(1, 2, vec![1.0; 2])));
        assert_eq!(alike(&Matrix::zeros(0, 3)), []);
    }
}
