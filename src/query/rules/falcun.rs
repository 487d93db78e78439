//! FALCUN (Gilhuber et al. 2024, "FALCUN: A Simple and Efficient Deep Active Learning Strategy"): draws with
//! P ∝ (u + d)^γ, u the margin score, d the L1 distance between probabilities to the nearest chosen sample, scaled to
//! [0, 1] after each pick (u before the first), γ = 10.
//!
//! It needs no embeddings: C · K per pick, the cheapest diverse batch.

use super::margin::margin;
use crate::learn::Link;
use crate::math::random;
use crate::query::pool::{OpinionError, Pick, Pool};
use crate::query::rule::{Answers, Needs, Rule, Run};
use crate::query::sets::mean_margin;
use crate::query::similar::{draw, subsample};

pub static RULE: Rule = Rule {
    name: "falcun",
    also: &[],
    advice: "diverse batches from probabilities alone; the fastest of the diverse rules",
    source: "Gilhuber et al. 2024",
    answers: Answers::Any,
    needs: Needs::Model,
    run: Run::Batch(falcun),
    ties_by_margin: false,
};

/// Most candidates: a seeded part of the pool.
const CAP: usize = 100_000;
const GAMMA: i32 = 10;
/// Purpose of the seed.
const DRAWS: u64 = 0xfa1c;

/// The state of a batch being drawn.
pub struct Relevance {
    classes: usize,
    p: Vec<f32>,
    doubt: Vec<f32>,
    apart: Vec<f32>,
}

impl Relevance {
    /// Probabilities `p` (C × `classes`).
    pub fn new(link: Link, p: Vec<f32>, classes: usize) -> Self {
        let margin = match link {
            Link::Softmax => margin,
            Link::Sigmoid => mean_margin,
        };
        let doubt: Vec<f32> = p.chunks_exact(classes).map(margin).collect();
        Self { classes, p, apart: doubt.clone(), doubt }
    }

    /// (u + d)^γ of each sample.
    pub fn weights(&self) -> Vec<f32> {
        self.doubt.iter().zip(&self.apart).map(|(u, d)| (u + d).powi(GAMMA)).collect()
    }

    /// Record a choice.
    pub fn choose(&mut self, chosen: usize) {
        let own = self.p[chosen * self.classes..(chosen + 1) * self.classes].to_vec();
        for (d, p) in self.apart.iter_mut().zip(self.p.chunks_exact(self.classes)) {
            *d = d.min(p.iter().zip(&own).map(|(a, b)| (a - b).abs()).sum());
        }
        let (low, high) = self.apart.iter().fold((f32::INFINITY, 0.0f32), |(l, h), &d| (l.min(d), h.max(d)));
        let scale = if high > low { 1.0 / (high - low) } else { 1.0 };
        for d in &mut self.apart {
            *d = (*d - low) * scale;
        }
    }
}

/// Choose up to `take` open samples; the score is the probability of the draw.
///
/// # Errors
/// As [`Pool::judge`].
pub fn falcun(pool: &Pool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let candidates = subsample(pool.open, pool.ids, CAP.max(take), pool.seed);
    let mut relevance = Relevance::new(pool.link(), pool.mean(&candidates)?, pool.n_classes);
    let mut used = vec![false; candidates.len()];
    let mut picks = Vec::new();
    while picks.len() < take.min(candidates.len()) {
        let left =
            |weights: Vec<f32>| weights.iter().zip(&used).map(|(&w, &used)| if used { 0.0 } else { w }).collect();
        let mut weights: Vec<f32> = left(relevance.weights());
        if !weights.iter().any(|&w| w > 0.0) {
            weights = left(vec![1.0; candidates.len()]);
        }
        let uniform = random::unit(random::hash(pool.seed ^ DRAWS, picks.len() as u64));
        let Some(next) = draw(&weights, uniform) else { break };
        used[next] = true;
        let total: f32 = weights.iter().sum();
        picks.push(Pick { index: candidates[next], score: weights[next] / total });
        relevance.choose(next);
    }
    Ok(picks)
}
