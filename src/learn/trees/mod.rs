//! Gradient-boosted trees: the members of a committee that are not linear (Friedman 2001, "Greedy function approximation: a
//! gradient boosting machine"; leaves by Newton's step, as in Chen and Guestrin 2016, "`XGBoost`").
//!
//! Trees look at the *axes* of an embedding, its first places, which hold columns as they are (see
//! [`Standardiser::axes`](super::Standardiser)). A number counts only by the side of a cut that it lies on, and encoders give
//! axes bit for bit as their graph gives them, so that no row changes sides between the program and a model file.
//!
//! A leaf holds a number for each class: one tree a round for all classes together, which shares its cuts among them and is as
//! many times quicker to score as there are classes.
//!
//! Own code, since the graph has to say the same to the last cut, on any number of threads, with the weights that cures give:
//! no kept crate shows its trees, see `docs/adr/0016-trees.md`.

pub mod binning;
pub mod boosting;
pub mod choosing;
pub mod graph;
pub mod growing;

#[cfg(test)]
mod tests;

pub use boosting::{BoostingOptions, boost};
pub use choosing::{Boosting, choose_trees};

use crate::math::Matrix;

/// Parts that labels are divided into, each predicted from the others.
pub const FOLDS: usize = 5;

/// One tree. Rows go down by the sides of cuts until they reach a leaf.
#[derive(Debug, Clone, PartialEq)]
pub struct BoostedTree {
    /// The first one is the root; a tree without any is its only leaf.
    pub cuts: Vec<TreeCut>,
    /// L × K: what each leaf adds to the score of each class.
    pub leaves: Matrix,
}

/// A cut of one axis in two.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TreeCut {
    /// The place in the embedding.
    pub axis: usize,
    /// Rows whose number is at most this go below.
    pub at: f32,
    pub below: TreeBranch,
    pub above: TreeBranch,
}

/// Where a side of a cut leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeBranch {
    /// A place in [`BoostedTree::cuts`].
    Cut(usize),
    /// A row of [`BoostedTree::leaves`].
    Leaf(usize),
}

/// One member: scores of K classes are `start` and what each tree adds; the committee's link makes them probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Boosted {
    /// K.
    pub start: Vec<f32>,
    /// In the order in which they were grown.
    pub trees: Vec<BoostedTree>,
}

impl BoostedTree {
    /// The leaf that an embedding (D) reaches, as a row of [`BoostedTree::leaves`].
    ///
    /// # Panics
    /// When the embedding lacks an axis.
    pub fn leaf(&self, row: &[f32]) -> usize {
        let mut at = if self.cuts.is_empty() { TreeBranch::Leaf(0) } else { TreeBranch::Cut(0) };
        loop {
            match at {
                TreeBranch::Leaf(leaf) => return leaf,
                TreeBranch::Cut(cut) => {
                    let cut = &self.cuts[cut];
                    at = if row[cut.axis] <= cut.at { cut.below } else { cut.above };
                }
            }
        }
    }
}

impl Boosted {
    /// K.
    pub fn n_classes(&self) -> usize {
        self.start.len()
    }

    /// Write the scores of an embedding (D) to `out` (K).
    ///
    /// # Panics
    /// When the embedding lacks an axis.
    pub fn score(&self, row: &[f32], out: &mut [f32]) {
        out.copy_from_slice(&self.start);
        for tree in &self.trees {
            out.iter_mut().zip(tree.leaves.row(tree.leaf(row))).for_each(|(score, step)| *score += step);
        }
    }

    /// The scores of embeddings (n × D): n × K, row-major.
    ///
    /// # Panics
    /// When the embeddings lack an axis.
    pub fn scores(&self, rows: &Matrix) -> Vec<f32> {
        let k = self.n_classes();
        let mut scores = vec![0.0; rows.rows() * k];
        scores.chunks_exact_mut(k.max(1)).enumerate().for_each(|(i, out)| self.score(rows.row(i), out));
        scores
    }
}
