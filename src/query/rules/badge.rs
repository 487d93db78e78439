//! BADGE (Ash et al. 2020, "Deep Batch Active Learning by Diverse, Uncertain Gradient Lower Bounds"): k-means++ sampling on
//! the gradient embeddings g = (p − `e_ŷ`) ⊗ x̂ of the head, first the largest, then with P ∝ D².
//!
//! Factored, with a = p − `e_ŷ`: ‖gᵢ − gⱼ‖² = ‖aᵢ‖² + ‖aⱼ‖² − 2 (aᵢ·aⱼ)(x̂ᵢ·x̂ⱼ) for unit x̂. Time C (D + K) per pick and
//! memory C (D + K), where the embeddings themselves would take C · D · K.

use rayon::prelude::*;

use crate::learn::Link;
use crate::math::dot;
use crate::math::{Matrix, random};
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::similar::{best, draw, subsample};

pub static RULE: Rule = Rule {
    name: "badge",
    also: &[],
    advice: "large batches: uncertain and different from each other, with no setting to tune",
    source: "Ash et al. 2020",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(badge),
    ties_by_margin: false,
};

/// Most candidates: a seeded part of the pool.
const CAP: usize = 50_000;
/// Purpose of the seed.
const DRAWS: u64 = 0xbad6e;

/// Gradient embeddings of a few samples, factored.
pub struct Gradients {
    /// C × D, unit rows.
    rows: Matrix,
    /// C × K: p − `e_ŷ`, with `e_ŷ` the classes decided for.
    residuals: Matrix,
    squares: Vec<f32>,
    /// C: the squared distance to the nearest chosen gradient.
    nearest: Vec<f32>,
}

impl Gradients {
    /// Unit `rows` (C × D) and probabilities `p` (C × `classes`).
    pub fn new(link: Link, rows: Matrix, p: Vec<f32>, classes: usize) -> Self {
        let mut residuals = Matrix::new(rows.rows(), classes, p);
        for i in 0..residuals.rows() {
            let a = residuals.row_mut(i);
            for class in link.decided(a) {
                a[class] -= 1.0;
            }
        }
        let squares: Vec<f32> =
            (0..rows.rows()).map(|i| dot(residuals.row(i), residuals.row(i)) * dot(rows.row(i), rows.row(i))).collect();
        let nearest = vec![f32::INFINITY; rows.rows()];
        Self { rows, residuals, squares, nearest }
    }

    /// ‖g‖² of each sample.
    pub fn squares(&self) -> &[f32] {
        &self.squares
    }

    /// Record a choice, and return D² of every sample: 0 for those chosen.
    pub fn choose(&mut self, chosen: usize) -> &[f32] {
        let (x, a, square) = (self.rows.row(chosen), self.residuals.row(chosen), self.squares[chosen]);
        let each = self.nearest.par_iter_mut().with_min_len(256).enumerate();
        each.for_each(|(i, nearest)| {
            let cross = dot(self.residuals.row(i), a) * dot(self.rows.row(i), x);
            *nearest = nearest.min((self.squares[i] + square - 2.0 * cross).max(0.0));
        });
        self.nearest[chosen] = 0.0;
        &self.nearest
    }
}

/// Choose up to `take` open samples; the score is D² at the time of choice, ‖g‖² for the first.
///
/// # Errors
/// As [`Pool::judge`].
pub fn badge(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let mut gradients = Gradients::new(pool.link(), pool.unit(&candidates), pool.mean(&candidates)?, pool.n_classes);
    let mut used = vec![false; candidates.len()];
    let mut weights = gradients.squares().to_vec();
    let mut picks = Vec::new();
    while picks.len() < take.min(candidates.len()) {
        let uniform = random::unit(random::hash(pool.seed ^ DRAWS, picks.len() as u64));
        let drawn = if picks.is_empty() { None } else { draw(&weights, uniform) };
        // The first is the largest; once every gradient is covered, the seeded order continues.
        let Some(next) = drawn.or_else(|| best(&weights, &used, |i| pool.ids[candidates[i]], pool.seed)) else { break };
        used[next] = true;
        picks.push(Pick { index: candidates[next], score: weights[next] });
        weights.copy_from_slice(gradients.choose(next));
        // Copies of a chosen sample may keep a rounding error of distance; the chosen themselves must not.
        for (weight, used) in weights.iter_mut().zip(&used) {
            if *used {
                *weight = 0.0;
            }
        }
    }
    Ok(picks)
}
