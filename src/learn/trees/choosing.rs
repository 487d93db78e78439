//! Whether trees belong into a project's committee, how many there are in a member, and how sure they may be.
//!
//! Five folds, in which rows that are alike share a fold (a copy would only show that a model remembers). Heads and trees predict
//! each fold from the others; trees are judged after every tenth tree, at the best temperature of each. A quarter or half of the
//! members are trees where the mean of members then has a lower log loss than heads alone, by more than a standard error.
//!
//! With few labels nothing is tried, and no time taken.

use std::collections::HashMap;

use rayon::prelude::*;

use super::boosting::GrowingTrees;
use super::{BoostingOptions, FOLDS};
use crate::learn::fit::Prepared;
use crate::learn::offset::Offset;
use crate::learn::tune::{HeldOut, Tuned};
use crate::learn::{Committee, LearnError, Link, Standardiser, Training};
use crate::math::{Matrix, random};

/// Labels below which trees are not tried.
const FEWEST: usize = 30;
/// Labels that are looked at, at most.
const MOST: usize = 800;
/// Trees that are tried, at most, and the steps at which they are judged.
const ROUNDS: usize = 60;
const STEP: usize = 10;
/// Trees after the best number that are tried in vain before the search ends.
const PATIENCE: usize = 20;
/// Members of eight that may be trees.
const SHARES: [usize; 2] = [2, 4];
/// Tolerance of heads that are only compared.
const TOLERANCE: f64 = 1e-4;
/// Purpose of the seed.
const SALT: u64 = 0x7ee5;

/// What was chosen for the trees of a committee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Boosting {
    /// Members that are trees, of every eight: 2 or 4.
    pub of_eight: usize,
    /// Trees of a member.
    pub rounds: usize,
    /// What their scores are divided by.
    pub temperature: f64,
}

/// Choose trees for `training` beside heads that are fitted as `tuned` says; `None` where heads alone are as good, labels are few,
/// or the embedding has no axes.
///
/// # Errors
/// Whatever [`Training::check`] refuses.
pub fn choose_trees(
    training: &Training<'_>,
    standardiser: &Standardiser,
    tuned: &Tuned,
    seed: u64,
) -> Result<Option<Boosting>, LearnError> {
    if standardiser.axes == 0 || training.len() < FEWEST {
        return Ok(None);
    }
    let mut at: Vec<usize> = (0..training.len()).collect();
    if at.len() > MOST {
        at.sort_by_key(|&i| random::hash(seed ^ SALT, i as u64));
        at.truncate(MOST);
        at.sort_unstable();
    }
    let part = training.gather(&at);
    let training = part.training();
    let (targets, link) = (training.targets, training.targets.link());
    let mut trying = Trying::new(&training, standardiser, tuned, seed)?;
    let mut best: Option<(f64, Boosting, Matrix)> = None;
    for rounds in (STEP..=ROUNDS).step_by(STEP) {
        let p = trying.grown(&training);
        let held = HeldOut::new(&p, targets);
        let temperature = held.temperature();
        let Some(loss) = mean(&held.losses(temperature)) else { return Ok(None) };
        if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
            best = Some((loss, Boosting { of_eight: 0, rounds, temperature }, p));
        } else if best.as_ref().is_some_and(|(_, best, _)| rounds >= best.rounds + PATIENCE) {
            break;
        }
    }
    let Some((_, boosting, by_trees)) = best else { return Ok(None) };
    let by_trees = cooled(link, &by_trees, boosting.temperature);
    let alone = HeldOut::new(&trying.heads, targets).losses(1.0);
    let mut chosen: Option<(f64, Boosting)> = None;
    for of_eight in SHARES {
        let with = HeldOut::new(&mixed(&trying.heads, &by_trees, of_eight), targets).losses(1.0);
        let gains: Vec<Option<f64>> = alone.iter().zip(with).map(|(alone, with)| Some((*alone)? - with?)).collect();
        let Some(gain) = mean(&gains) else { continue };
        if gain > standard_error(&gains) && chosen.is_none_or(|(most, _)| gain > most) {
            chosen = Some((gain, Boosting { of_eight, ..boosting }));
        }
    }
    Ok(chosen.map(|(_, boosting)| boosting))
}

/// Five folds, each with trees that grow on the others.
struct Trying {
    /// n × K: what heads say that were fitted without each sample.
    heads: Matrix,
    folds: Vec<GrowingFold>,
}

/// What was not seen, and what grows on the rest.
struct GrowingFold {
    held: Vec<usize>,
    rows: Matrix,
    growing: GrowingTrees,
    /// Held × K: what the trees so far add up to.
    scores: Vec<f32>,
}

impl Trying {
    fn new(training: &Training<'_>, standardiser: &Standardiser, tuned: &Tuned, seed: u64) -> Result<Self, LearnError> {
        let folds = folds(training, seed ^ SALT);
        let each = |fold: usize| -> Result<(Vec<f32>, GrowingFold), LearnError> {
            let (known, held): (Vec<usize>, Vec<usize>) = (0..training.len()).partition(|&i| folds[i] != fold);
            let (part, rows) = (training.gather(&known), training.rows.gather(&held));
            let part = part.training();
            let options =
                BoostingOptions { axes: standardiser.axes, rounds: 0, temperature: 1.0, seed: seed ^ fold as u64 };
            let growing = GrowingTrees::new(&part, None, &options);
            let scores = growing.boosted.start.repeat(held.len());
            Ok((by_heads(&part, standardiser, tuned, &rows)?, GrowingFold { held, rows, growing, scores }))
        };
        let found = (0..FOLDS).into_par_iter().map(each).collect::<Result<Vec<_>, _>>()?;
        let mut heads = Matrix::zeros(training.len(), training.n_classes);
        for (said, fold) in &found {
            put(&mut heads, &fold.held, said);
        }
        Ok(Self { heads, folds: found.into_iter().map(|(_, fold)| fold).collect() })
    }

    /// n × K: what trees say after [`STEP`] more.
    fn grown(&mut self, training: &Training<'_>) -> Matrix {
        let (link, k) = (training.targets.link(), training.n_classes);
        self.folds.par_iter_mut().for_each(|fold| {
            let before = fold.growing.boosted.trees.len();
            fold.growing.grow(STEP);
            for tree in &fold.growing.boosted.trees[before..] {
                for (i, out) in fold.scores.chunks_exact_mut(k).enumerate() {
                    let steps = tree.leaves.row(tree.leaf(fold.rows.row(i)));
                    out.iter_mut().zip(steps).for_each(|(score, step)| *score += step);
                }
            }
        });
        let mut all = Matrix::zeros(training.len(), k);
        for fold in &self.folds {
            let mut p = fold.scores.clone();
            link.apply(&mut p, k);
            put(&mut all, &fold.held, &p);
        }
        all
    }
}

fn put(all: &mut Matrix, at: &[usize], rows: &[f32]) {
    let k = all.cols();
    at.iter().zip(rows.chunks_exact(k.max(1))).for_each(|(&i, row)| all.row_mut(i).copy_from_slice(row));
}

/// n: the fold of each sample. Classes are spread evenly over folds, sets of classes by their first; equal rows go with the first
/// of them.
pub fn folds(training: &Training<'_>, seed: u64) -> Vec<usize> {
    let mut group: HashMap<Vec<u32>, usize> = HashMap::new();
    let row = |i: usize| training.rows.row(i).iter().map(|x| x.to_bits()).collect::<Vec<u32>>();
    let groups: Vec<usize> = (0..training.len()).map(|i| *group.entry(row(i)).or_insert(i)).collect();
    let class = |i: usize| training.targets.of(i, training.n_classes).first().copied();
    let mut first: Vec<usize> = (0..training.len()).filter(|&i| groups[i] == i).collect();
    first.sort_by_key(|&i| (class(i), random::hash(seed, i as u64), i));
    let mut folds = vec![0; training.len()];
    first.iter().enumerate().for_each(|(place, &i)| folds[i] = place % FOLDS);
    (0..training.len()).map(|i| folds[groups[i]]).collect()
}

/// The mean of what a plain head says and one that corrects prototypes: the kinds of which a committee has most.
fn by_heads(
    part: &Training<'_>,
    standardiser: &Standardiser,
    tuned: &Tuned,
    rows: &Matrix,
) -> Result<Vec<f32>, LearnError> {
    let prepared = Prepared::new(part, standardiser)?;
    let mut heads = vec![prepared.fit(None, None, tuned.lambda, None, TOLERANCE).cooled(tuned.temperature)];
    if prepared.link() == Link::Softmax {
        let offset = Offset::prototypes(part, standardiser)?;
        heads.push(prepared.fit(Some(&offset), None, tuned.lambda, None, TOLERANCE).cooled(tuned.correcting));
    }
    Ok(Committee::of_heads(heads, prepared.link()).probabilities(rows))
}

/// Probabilities (n × K) at another temperature.
pub fn cooled(link: Link, p: &Matrix, temperature: f64) -> Matrix {
    let k = p.cols();
    let mut logits: Vec<f32> =
        (0..p.rows()).flat_map(|i| link.logits(p.row(i)).into_iter().map(|z| (z / temperature) as f32)).collect();
    link.apply(&mut logits, k);
    Matrix::new(p.rows(), k, logits)
}

/// The mean of members of which so many of eight are trees: n × K.
pub fn mixed(heads: &Matrix, trees: &Matrix, of_eight: usize) -> Matrix {
    let share = of_eight as f32 / 8.0;
    let mix = |(head, tree): (&f32, &f32)| (1.0 - share) * head + share * tree;
    let mixed = heads.as_slice().iter().zip(trees.as_slice()).map(mix).collect();
    Matrix::new(heads.rows(), heads.cols(), mixed)
}

/// The mean of what can be judged.
fn mean(values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64)
}

/// The standard error of their mean.
fn standard_error(values: &[Option<f64>]) -> f64 {
    let known: Vec<f64> = values.iter().flatten().copied().collect();
    let n = known.len().max(2) as f64;
    let mean = known.iter().sum::<f64>() / n;
    (known.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0) / n).sqrt()
}
