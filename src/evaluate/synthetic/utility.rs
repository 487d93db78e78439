//! Utility: what heads learn from synthetic samples. They are trained on these alone and judged by real samples (Esteban et al. 2017,
//! "train on synthetic, test on real"), and on both kinds against real ones alone, in repeated folds by groups of copies.
//!
//! Near copies of real samples are left out, since they would carry held-out samples into training. Where the generator learned from
//! all labels, the gain is still flattering; the audit set has the last word.

use rayon::prelude::*;

use super::sampling::{ComparedSamples, drawn, first};
use super::{GatePlan, Interval, LEVEL};
use crate::evaluate::classification::Confusion;
use crate::evaluate::gains::corrected;
use crate::evaluate::interval::wilson;
use crate::learn::{
    Committee, CommitteeOptions, LearnError, Standardiser, Targets, Training, Tuned, fit_committee, tune,
};
use crate::math::{Matrix, random};

const FOLDS: usize = 5;
const REPEATS: usize = 3;
/// Samples of either kind that heads learn from.
pub(super) const TAUGHT: usize = 3_000;

/// What synthetic samples teach. Shares are of real samples that were held out.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct SyntheticUtility {
    /// Samples that heads learned from.
    pub real: usize,
    pub synthetic: usize,
    /// What a synthetic sample weighs where a real one weighs 1.
    pub weight: f64,
    /// Of heads that learned from real samples, from both kinds, and from synthetic ones alone.
    pub accuracy_real: f64,
    pub accuracy_both: f64,
    pub accuracy_synthetic: Interval,
    pub macro_f1_real: f64,
    pub macro_f1_both: f64,
    pub macro_f1_synthetic: f64,
    /// Both kinds over real ones alone, paired by fold, with the corrected interval of repeated folds.
    pub accuracy_gain: Interval,
    pub macro_f1_gain: Interval,
}

/// What heads called real samples that they had not seen.
pub(super) struct RealCalls {
    /// Positions among the real samples that were looked at.
    pub at: Vec<usize>,
    pub called: Vec<usize>,
}

/// One fold of one repeat: the held-out samples, and what heads without and with synthetic samples call them.
struct Fold {
    held: Vec<usize>,
    real: Vec<usize>,
    both: Vec<usize>,
    weight: f64,
}

impl RealCalls {
    /// Of the folds of one repeat.
    fn of(folds: &[Fold]) -> Self {
        let at = folds.iter().flat_map(|fold| fold.held.iter().copied()).collect();
        Self { at, called: folds.iter().flat_map(|fold| fold.real.iter().copied()).collect() }
    }
}

/// What folds are made of.
struct Lesson<'a> {
    compared: &'a ComparedSamples,
    standardiser: &'a Standardiser,
    /// Positions of the real and the synthetic samples that heads learn from.
    real: Vec<usize>,
    synthetic: Vec<usize>,
    tuned: Tuned,
    plan: &'a GatePlan,
}

/// `synthetic` are positions of those that may teach. `None` with fewer than ten groups of real samples or fewer than two classes.
///
/// # Errors
/// Whatever a fit refuses.
pub(super) fn measure(
    compared: &ComparedSamples,
    standardiser: &Standardiser,
    synthetic: &[usize],
    plan: &GatePlan,
) -> Result<Option<(SyntheticUtility, RealCalls)>, LearnError> {
    let by_group = |i: usize| random::hash(plan.seed ^ 0x17, compared.groups[i]);
    let real = drawn(compared.real.rows(), TAUGHT, by_group);
    let synthetic = first(synthetic.to_vec(), TAUGHT, |i| random::hash(plan.seed ^ 0x18, i as u64));
    let mut classes: Vec<usize> = real.iter().map(|&i| compared.real_classes[i]).collect();
    classes.sort_unstable();
    classes.dedup();
    let folds = folds(compared, &real, plan.seed);
    if classes.len() < 2 || folds.iter().flatten().any(|fold| fold.len() < 2) {
        return Ok(None);
    }
    let rows = compared.real.gather(&real);
    let labels: Vec<usize> = real.iter().map(|&i| compared.real_classes[i]).collect();
    let training =
        Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: compared.n_classes };
    let tuned = tune(&training, standardiser, None, plan.seed)?;
    let lesson = Lesson { compared, standardiser, real, synthetic, tuned, plan };
    let alone = lesson.alone()?;
    let jobs: Vec<&Vec<usize>> = folds.iter().flatten().collect();
    let done = jobs.par_iter().map(|held| lesson.fold(held)).collect::<Result<Vec<Fold>, LearnError>>()?;
    Ok(Some((lesson.utility(&done, &alone), RealCalls::of(&done[..FOLDS]))))
}

/// For each repeat the held-out positions of each fold: groups stay together, classes are spread evenly.
fn folds(compared: &ComparedSamples, real: &[usize], seed: u64) -> Vec<Vec<Vec<usize>>> {
    let repeat = |repeat: usize| {
        let key = |i: usize| random::hash(random::hash(seed ^ 0xf0, repeat as u64), compared.groups[i]);
        // A group counts by the class of its first sample.
        let mut groups = std::collections::BTreeMap::new();
        for &i in real {
            groups.entry(compared.groups[i]).or_insert_with(Vec::new).push(i);
        }
        let mut ordered: Vec<Vec<usize>> = groups.into_values().collect();
        ordered.sort_by_key(|group| (compared.real_classes[group[0]], key(group[0]), group[0]));
        let mut folds = vec![Vec::new(); FOLDS];
        for (at, group) in ordered.into_iter().enumerate() {
            folds[at % FOLDS].extend(group);
        }
        folds
    };
    (0..REPEATS).map(repeat).collect()
}

/// One head fitted on real and synthetic samples at these positions, the latter with a weight.
pub(super) fn head(
    compared: &ComparedSamples,
    standardiser: &Standardiser,
    tuned: Tuned,
    (real, synthetic, weight): (&[usize], &[usize], f64),
) -> Result<Committee, LearnError> {
    let mut rows = compared.real.gather(real);
    let mut labels: Vec<usize> = real.iter().map(|&i| compared.real_classes[i]).collect();
    let mut weights = vec![1.0; real.len()];
    if weight > 0.0 {
        rows.push_rows(compared.synthetic.gather(synthetic).as_slice());
        labels.extend(synthetic.iter().map(|&i| compared.synthetic_classes[i]));
        weights.extend(synthetic.iter().map(|_| weight as f32));
    }
    let targets = Targets::One(&labels);
    let training = Training { rows: &rows, targets, weights: Some(&weights), n_classes: compared.n_classes };
    let options = CommitteeOptions { members: 1, tuned: Some(tuned), ..CommitteeOptions::default() };
    Ok(fit_committee(&training, standardiser, None, &options)?.committee)
}

/// The class that a committee calls each row by.
pub(super) fn called(committee: &Committee, rows: &Matrix) -> Vec<usize> {
    let p = committee.probabilities(rows);
    let decide = |p: &[f32]| committee.link.decided(p).first().copied().unwrap_or_default();
    p.chunks_exact(committee.n_classes().max(1)).map(decide).collect()
}

impl Lesson<'_> {
    /// What heads that learned from synthetic samples alone call the real ones; nothing without any.
    fn alone(&self) -> Result<Vec<usize>, LearnError> {
        if self.synthetic.is_empty() {
            return Ok(Vec::new());
        }
        let head = head(self.compared, self.standardiser, self.tuned, (&[], &self.synthetic, 1.0))?;
        Ok(called(&head, &self.compared.real.gather(&self.real)))
    }

    fn fold(&self, held: &[usize]) -> Result<Fold, LearnError> {
        let mut out = vec![false; self.compared.real.rows()];
        for &i in held {
            out[i] = true;
        }
        let known: Vec<usize> = self.real.iter().copied().filter(|&i| !out[i]).collect();
        let weight = self.weight(known.len());
        let rows = self.compared.real.gather(held);
        let of = |weight: f64| -> Result<Vec<usize>, LearnError> {
            let taught = (known.as_slice(), self.synthetic.as_slice(), weight);
            Ok(called(&head(self.compared, self.standardiser, self.tuned, taught)?, &rows))
        };
        let real = of(0.0)?;
        let both = if weight > 0.0 { of(weight)? } else { real.clone() };
        Ok(Fold { held: held.to_vec(), real, both, weight })
    }

    /// The weight of a synthetic sample, so that all of them stay within the plan's share of `real` ones.
    fn weight(&self, real: usize) -> f64 {
        let share = self.plan.share.max(0.0) * real as f64;
        if self.synthetic.is_empty() { 0.0 } else { (share / self.synthetic.len() as f64).min(1.0) }
    }

    fn truth(&self, at: &[usize]) -> Vec<usize> {
        at.iter().map(|&i| self.compared.real_classes[i]).collect()
    }

    fn utility(&self, done: &[Fold], alone: &[usize]) -> SyntheticUtility {
        let confusion =
            |at: &[usize], called: &[usize]| Confusion::new(&self.truth(at), called, self.compared.n_classes);
        let each = |of: &dyn Fn(&Confusion) -> f64| -> Vec<(f64, f64)> {
            done.iter()
                .map(|fold| (of(&confusion(&fold.held, &fold.real)), of(&confusion(&fold.held, &fold.both))))
                .collect()
        };
        let mean = |pairs: &[(f64, f64)], of: fn(&(f64, f64)) -> f64| {
            pairs.iter().map(of).sum::<f64>() / pairs.len().max(1) as f64
        };
        let gain = |pairs: &[(f64, f64)]| {
            let differences: Vec<f64> = pairs.iter().map(|(real, both)| both - real).collect();
            corrected(&differences, 1.0 / (FOLDS - 1) as f64, LEVEL, 1)
        };
        let (accuracy, f1) = (each(&Confusion::accuracy), each(&Confusion::macro_f1));
        let judged = if alone.is_empty() { &[] } else { &self.real[..] };
        let alone = confusion(judged, alone);
        let right = (0..self.compared.n_classes).map(|k| alone.counts[k * self.compared.n_classes + k]).sum();
        SyntheticUtility {
            real: self.real.len(),
            synthetic: self.synthetic.len(),
            weight: done.first().map_or(0.0, |fold| fold.weight),
            accuracy_real: mean(&accuracy, |pair| pair.0),
            accuracy_both: mean(&accuracy, |pair| pair.1),
            accuracy_synthetic: wilson(right, judged.len() as u64, LEVEL),
            macro_f1_real: mean(&f1, |pair| pair.0),
            macro_f1_both: mean(&f1, |pair| pair.1),
            macro_f1_synthetic: alone.macro_f1(),
            accuracy_gain: gain(&accuracy),
            macro_f1_gain: gain(&f1),
        }
    }
}
