//! Boosting: tree after tree, each on the slopes of the loss at what the ones before say.
//!
//! Every tree may cut a drawn half of the axes, so that no single column decides everything, and takes a seventh of its step. Second
//! derivatives are those of each class by itself times K/(K − 1), as in `alo.rs`: exact for two classes, which share one step.

use super::binning::BinnedAxes;
use super::growing::TreeLesson;
use super::{Boosted, BoostedTree};
use crate::learn::{Link, Training};
use crate::math::{Matrix, random};

/// Leaves of a tree.
const LEAVES: usize = 6;
/// Samples in a leaf, by weight.
const LEAST: f64 = 2.0;
/// λ: what it takes for a leaf to be believed, in units of second derivatives.
const PENALTY: f64 = 1.0;
/// The share of its step that a leaf takes.
const SHRINKAGE: f64 = 0.15;
/// Axes that every tree may cut, at least; beyond them a half.
const FEWEST_AXES: usize = 4;
/// Purposes of the seed.
const AXES: u64 = 0xa7e5;

/// How to boost.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoostingOptions {
    /// Axes of the embedding.
    pub axes: usize,
    /// Trees.
    pub rounds: usize,
    /// What scores are divided by.
    pub temperature: f64,
    pub seed: u64,
}

/// Boosted trees of `training`, whose weights are multiplied by `factors` (n) where given.
///
/// Classes of which nothing can be learned have the constant of the link, as in heads. Samples without weight teach nothing.
/// O(rounds · n · axes · K), one thread.
pub fn boost(training: &Training<'_>, factors: Option<&[f64]>, options: &BoostingOptions) -> Boosted {
    let mut growing = GrowingTrees::new(training, factors, options);
    growing.grow(options.rounds);
    growing.boosted
}

/// Trees that more are added to.
pub struct GrowingTrees {
    /// What there is so far.
    pub boosted: Boosted,
    /// `None` where nothing can be learned.
    state: Option<BoostingState>,
    /// Classes of which something can be learned, ascending.
    seen: Vec<usize>,
    temperature: f64,
}

impl GrowingTrees {
    /// Start scores without a tree, as in [`boost`].
    pub fn new(training: &Training<'_>, factors: Option<&[f64]>, options: &BoostingOptions) -> Self {
        let (link, n_classes) = (training.targets.link(), training.n_classes);
        let seen = training.targets.varying(n_classes);
        let counts = training.targets.counts(n_classes);
        let mut start: Vec<f32> = counts.iter().map(|&count| link.constant(count, training.len()) as f32).collect();
        let own = |i: usize| training.weights.map_or(1.0, |w| f64::from(w[i])) * factors.map_or(1.0, |f| f[i]);
        let (at, weights): (Vec<usize>, Vec<f64>) =
            (0..training.len()).map(|i| (i, own(i))).filter(|(_, weight)| *weight > 0.0).unzip();
        if at.is_empty() || seen.len() < link.least() {
            // A class alone is certain.
            if link == Link::Softmax {
                for &class in &seen {
                    start[class] = 0.0;
                }
            }
            let boosted = Boosted { start, trees: Vec::new() };
            return Self { boosted, state: None, seen, temperature: options.temperature };
        }
        let k = seen.len();
        let has =
            |&i: &usize| seen.iter().map(move |&class| f64::from(u8::from(training.targets.has(i, class, n_classes))));
        let truth: Vec<f64> = at.iter().flat_map(has).collect();
        let from = starts(link, &truth, &weights, k);
        for (&class, score) in seen.iter().zip(&from) {
            start[class] = (score / options.temperature) as f32;
        }
        let rows = training.rows.gather(&at);
        let state = Some(BoostingState::new(link, &rows, options, truth, weights, &from));
        Self { boosted: Boosted { start, trees: Vec::new() }, state, seen, temperature: options.temperature }
    }

    /// Add so many trees, fewer where nothing can be parted.
    pub fn grow(&mut self, rounds: usize) {
        let Some(state) = &mut self.state else { return };
        let n_classes = self.boosted.n_classes();
        for _ in 0..rounds {
            let Some(tree) = state.step(self.boosted.trees.len()) else { return };
            self.boosted.trees.push(widened(tree, &self.seen, n_classes, self.temperature));
        }
    }
}

/// What rounds work on.
struct BoostingState {
    link: Link,
    binned: BinnedAxes,
    /// n × k, zeros and ones.
    truth: Vec<f64>,
    /// n.
    weights: Vec<f64>,
    /// n × k.
    scores: Vec<f64>,
    k: usize,
    seed: u64,
}

impl BoostingState {
    fn new(
        link: Link,
        rows: &Matrix,
        options: &BoostingOptions,
        truth: Vec<f64>,
        weights: Vec<f64>,
        start: &[f64],
    ) -> Self {
        let binned = BinnedAxes::new(rows, options.axes);
        let scores = start.repeat(weights.len());
        Self { link, binned, truth, weights, scores, k: start.len(), seed: options.seed }
    }

    /// One more tree; `None` where nothing can be parted.
    fn step(&mut self, round: usize) -> Option<BoostedTree> {
        let axes = self.drawn(round);
        let slopes = slopes(self.link, &self.scores, &self.truth, &self.weights, self.k);
        let lesson = TreeLesson {
            binned: &self.binned,
            slopes: &slopes,
            k: self.k,
            axes: &axes,
            leaves: LEAVES,
            least: LEAST,
            penalty: PENALTY,
            shrinkage: SHRINKAGE,
        };
        let (tree, leaf_of) = lesson.grow();
        for (scores, leaf) in self.scores.chunks_exact_mut(self.k).zip(leaf_of) {
            scores.iter_mut().zip(tree.leaves.row(leaf as usize)).for_each(|(score, step)| *score += f64::from(*step));
        }
        (!self.binned.axes.is_empty()).then_some(tree)
    }

    /// The axes that tree `round` may cut: the half with the lowest hashes.
    fn drawn(&self, round: usize) -> Vec<usize> {
        let count = self.binned.axes.len();
        let draw = random::hash(self.seed ^ AXES, round as u64);
        let mut order: Vec<usize> = (0..count).collect();
        order.sort_by_key(|&place| (random::hash(draw, place as u64), place));
        order.truncate(count.div_ceil(2).max(FEWEST_AXES));
        order.sort_unstable();
        order
    }
}

/// k: the scores that fit the weighed share of each class best, as if each had one sample more; for sets one with and one without.
pub fn starts(link: Link, truth: &[f64], weights: &[f64], k: usize) -> Vec<f64> {
    let mut with = vec![1.0; k];
    for (truth, weight) in truth.chunks_exact(k).zip(weights) {
        with.iter_mut().zip(truth).for_each(|(sum, has)| *sum += weight * has);
    }
    let total: f64 = weights.iter().sum();
    match link {
        Link::Softmax => with.iter().map(|with| (with / (total + k as f64)).ln()).collect(),
        Link::Sigmoid => with.iter().map(|with| (with / (total + 2.0 - with)).ln()).collect(),
    }
}

/// n × (1 + 2k): the weight of each sample, and the first and second derivatives of its log loss by its scores.
pub fn slopes(link: Link, scores: &[f64], truth: &[f64], weights: &[f64], k: usize) -> Vec<f64> {
    let bend = match link {
        Link::Softmax => k as f64 / (k as f64 - 1.0).max(1.0),
        Link::Sigmoid => 1.0,
    };
    let mut p = scores.to_vec();
    link.apply(&mut p, k);
    let mut slopes = Vec::with_capacity(weights.len() * (1 + 2 * k));
    for ((p, truth), &weight) in p.chunks_exact(k).zip(truth.chunks_exact(k)).zip(weights) {
        slopes.push(weight);
        slopes.extend(p.iter().zip(truth).map(|(p, has)| weight * (p - has)));
        slopes.extend(p.iter().map(|p| weight * bend * p * (1.0 - p)));
    }
    slopes
}

/// A tree of the seen classes as one of all, its steps divided by the temperature.
fn widened(tree: BoostedTree, seen: &[usize], n_classes: usize, temperature: f64) -> BoostedTree {
    let mut leaves = Matrix::zeros(tree.leaves.rows(), n_classes);
    for leaf in 0..tree.leaves.rows() {
        for (&class, &step) in seen.iter().zip(tree.leaves.row(leaf)) {
            leaves.row_mut(leaf)[class] = (f64::from(step) / temperature) as f32;
        }
    }
    BoostedTree { leaves, ..tree }
}
