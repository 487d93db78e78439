//! The strength of a head's penalty and the temperature of its probabilities, both by approximate leave-one-out.
//!
//! The penalty is the largest on a grid whose loss is within one standard error of the best (Breiman et al. 1984, the
//! one-standard-error rule): leave-one-out of few labels is noisy, and optimistic where the penalty is weak. The temperature
//! minimises the loss of the same predictions with a prior ln τ ~ N(0, ½²), which holds it near 1 while labels are few.
//!
//! Heads that correct prototypes (see [`Offset`]) get a temperature of their own from five folds: leave-one-out would have
//! to move the prototypes as well. The penalty hardly matters to them. Whether trees are members is chosen by folds too.

use super::alo::leave_one_out;
use super::fit::Prepared;
use super::folds::by_folds;
use super::offset::Offset;
use super::training::Training;
use super::trees::{Boosting, choose_trees};
use super::{LearnError, Link, Standardiser, Targets};
use crate::math::{Matrix, random};

/// Penalties tried, weakest last, so that each fit starts from the one before.
const GRID: [f64; 6] = [100.0, 31.6, 10.0, 3.16, 1.0, 0.316];
/// The penalty while labels are too few to choose by.
const PRIOR: f64 = 3.16;
/// Standard deviation of ln τ.
const SPREAD: f64 = 0.5;
/// The same where each class is a question of its own.
const PRIOR_OF_SETS: f64 = 1.0;
/// Sets of classes below which nothing is chosen.
const FEWEST_SETS: usize = 20;
/// Tuning looks at so many labels that classes · labels³ stays below this; more change the choice little.
const WORK: f64 = 6e7;
const FEWEST: usize = 64;
/// Tolerance of the fits. Residuals that have not settled are multiplied by the leverage, which is large where the penalty
/// is weak: with 1e-3, leave-one-out of 200 labels in 1,280 dimensions came out at a fifth of its value.
const TOLERANCE: f64 = 1e-6;
/// Tolerance of fits that are only compared.
const FOLD_TOLERANCE: f64 = 1e-4;
/// Growth of the labels after which a choice is stale.
const STALE: f64 = 1.2;

/// What was chosen, and from how many labels.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tuned {
    pub lambda: f64,
    pub temperature: f64,
    /// The temperature of heads that correct the prototype head.
    pub correcting: f64,
    /// Trees among the members; `None` for none.
    pub boosting: Option<Boosting>,
    labels: usize,
    classes: usize,
}

impl Tuned {
    /// Given numbers for plain heads in place of a choice; they never become stale.
    pub fn fixed(lambda: f64, temperature: f64) -> Self {
        Self { lambda, temperature, correcting: temperature, boosting: None, labels: usize::MAX, classes: 0 }
    }

    /// The same, with these trees among the members.
    #[must_use]
    pub fn with_trees(self, boosting: Option<Boosting>) -> Self {
        Self { boosting, ..self }
    }

    /// Whether a set with this many labels and seen classes should be tuned again.
    fn holds_for(&self, labels: usize, classes: usize) -> bool {
        self.labels == usize::MAX
            || (self.classes == classes && (labels as f64) < STALE * self.labels as f64 && labels >= self.labels)
    }
}

/// Choose penalty and temperature for `training`; `before` is kept until labels have grown by a fifth or a class is new.
///
/// # Errors
/// Whatever [`Training::check`] refuses.
pub fn tune(
    training: &Training<'_>,
    standardiser: &Standardiser,
    before: Option<&Tuned>,
    seed: u64,
) -> Result<Tuned, LearnError> {
    let (n, link) = (training.len(), training.targets.link());
    let classes = training.targets.varying(training.n_classes).len();
    if let Some(before) = before.filter(|before| before.holds_for(n, classes)) {
        return Ok(*before);
    }
    let (prior, few) = match link {
        Link::Softmax => (PRIOR, n < 2 * classes),
        Link::Sigmoid => (PRIOR_OF_SETS, n < FEWEST_SETS),
    };
    let prior = Tuned { lambda: prior, temperature: 1.0, correcting: 1.0, boosting: None, labels: n, classes };
    if classes < link.least() || few {
        return Ok(prior);
    }
    let most = ((WORK / classes as f64).cbrt() as usize).max(FEWEST);
    let mut at: Vec<usize> = (0..n).collect();
    if n > most {
        at.sort_by_key(|&i| random::hash(seed ^ 0x7e, i as u64));
        at.truncate(most);
        at.sort_unstable();
    }
    let part = training.gather(&at);
    let part = part.training();
    let Some((lambda, temperature)) = choose(&Prepared::compact(&part, standardiser)?) else { return Ok(prior) };
    let correcting = match link {
        Link::Softmax => {
            let p = by_folds(&part, seed, |part, _| {
                let offset = Offset::prototypes(part, standardiser)?;
                Ok(Prepared::new(part, standardiser)?.fit(Some(&offset), None, lambda, None, FOLD_TOLERANCE))
            })?;
            HeldOut::new(&p, part.targets).temperature()
        }
        // No head of theirs corrects prototypes.
        Link::Sigmoid => temperature,
    };
    let heads = Tuned { lambda, temperature, correcting, ..prior };
    Ok(Tuned { boosting: choose_trees(training, standardiser, &heads, seed)?, ..heads })
}

/// Penalty and temperature; `None` when no class has two labels.
fn choose(prepared: &Prepared<'_>) -> Option<(f64, f64)> {
    if !prepared.varies() {
        return None;
    }
    let (link, k) = (prepared.link(), prepared.n_seen());
    let weights = prepared.weights(None);
    let mut start = prepared.start(None, None);
    let mut tried = Vec::with_capacity(GRID.len());
    for lambda in GRID {
        start = prepared.solve(None, &weights, lambda, start, TOLERANCE);
        let logits = leave_one_out(prepared, &start, &weights, lambda);
        let held = HeldOut { link, k, logits, targets: prepared.targets().to_vec() };
        let losses: Vec<f64> = held.losses(1.0).into_iter().flatten().collect();
        tried.push((lambda, held, losses));
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let best = tried.iter().min_by(|a, b| mean(&a.2).total_cmp(&mean(&b.2))).filter(|best| !best.2.is_empty())?;
    // The standard error of the difference to the best, paired by sample.
    let within = |losses: &[f64]| {
        let apart: Vec<f64> = losses.iter().zip(&best.2).map(|(a, b)| a - b).collect();
        let centre = mean(&apart);
        let variance = apart.iter().map(|d| (d - centre).powi(2)).sum::<f64>() / (apart.len().max(2) - 1) as f64;
        centre <= (variance / apart.len() as f64).sqrt()
    };
    let (lambda, held, _) = tried.iter().find(|(_, _, losses)| within(losses))?;
    Some((*lambda, held.temperature()))
}

/// Logits of heads that had not seen the samples.
pub(super) struct HeldOut {
    link: Link,
    k: usize,
    /// n × K.
    logits: Vec<f64>,
    /// n × K, zeros and ones.
    targets: Vec<f64>,
}

impl HeldOut {
    /// From probabilities (n × K), whose logarithms are logits as good as any.
    pub fn new(p: &Matrix, targets: Targets<'_>) -> Self {
        let (link, k) = (targets.link(), p.cols());
        let logits = (0..p.rows()).flat_map(|i| link.logits(p.row(i))).collect();
        let has = |at: usize| f64::from(u8::from(targets.has(at / k, at % k, k)));
        Self { link, k, logits, targets: (0..p.rows() * k).map(has).collect() }
    }

    /// Questions that can be judged: samples, or where classes stand by themselves, samples and classes (n × K). One whose
    /// answer no other sample shares cannot: without its only example, a class cannot be predicted whatever the penalty.
    fn judged(&self) -> Vec<bool> {
        let mut counts = vec![0usize; self.k];
        for target in self.targets.chunks_exact(self.k) {
            counts.iter_mut().zip(target).for_each(|(count, &q)| *count += usize::from(q > 0.5));
        }
        let n = self.targets.len() / self.k;
        match self.link {
            Link::Softmax => {
                let shared = |target: &[f64]| target.iter().zip(&counts).any(|(&q, &count)| q > 0.5 && count > 1);
                self.targets.chunks_exact(self.k).map(shared).collect()
            }
            Link::Sigmoid => {
                let shared = |(at, &q): (usize, &f64)| {
                    let count = counts[at % self.k];
                    let varies = count > 0 && count < n;
                    varies && (if q > 0.5 { count } else { n - count }) > 1
                };
                self.targets.iter().enumerate().map(shared).collect()
            }
        }
    }

    /// The logits of one question.
    const fn width(&self) -> usize {
        match self.link {
            Link::Softmax => self.k,
            Link::Sigmoid => 1,
        }
    }

    /// n: the log loss of each sample at this temperature; `None` of those that cannot be judged.
    pub fn losses(&self, temperature: f64) -> Vec<Option<f64>> {
        let (width, judged) = (self.width(), self.judged());
        let each = self.logits.chunks_exact(width).zip(self.targets.chunks_exact(width)).zip(&judged);
        let each: Vec<Option<f64>> =
            each.map(|((z, q), judged)| judged.then(|| self.link.loss(z, q, temperature))).collect();
        let sum = |questions: &[Option<f64>]| questions.iter().flatten().copied().reduce(|a, b| a + b);
        each.chunks_exact(self.k / width).map(sum).collect()
    }

    /// The best temperature; 1 where nothing can be judged.
    pub fn temperature(&self) -> f64 {
        let width = self.width();
        let pick = |from: &[f64]| -> Vec<f64> {
            let each = from.chunks_exact(width).zip(self.judged()).filter(|(_, judged)| *judged);
            each.flat_map(|(part, _)| part.iter().copied()).collect()
        };
        temperature(self.link, &pick(&self.logits), &pick(&self.targets), width)
    }
}

/// The log loss of each sample under `p` (n × K), predicted by heads that had not seen it, at the best temperature; `None` of
/// those that cannot be judged.
pub(super) fn held_out_losses(p: &Matrix, targets: Targets<'_>) -> Vec<Option<f64>> {
    let held = HeldOut::new(p, targets);
    held.losses(held.temperature())
}

/// τ > 0 that minimises Σ −ln link(z/τ) at the targets + (ln τ)² / (2 · ½²), by golden section in ln τ. `logits` and `targets`
/// are n × `k`.
pub fn temperature(link: Link, logits: &[f64], targets: &[f64], k: usize) -> f64 {
    let cost = |log: f64| -> f64 {
        let each = logits.chunks_exact(k).zip(targets.chunks_exact(k)).map(|(z, q)| link.loss(z, q, log.exp()));
        each.sum::<f64>() + log * log / (2.0 * SPREAD * SPREAD)
    };
    let ratio = (5f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = (-3.0, 3.0);
    let (mut a, mut b) = (high - ratio * (high - low), low + ratio * (high - low));
    let (mut at_a, mut at_b) = (cost(a), cost(b));
    while high - low > 1e-6 {
        if at_a < at_b {
            (high, b, at_b) = (b, a, at_a);
            a = high - ratio * (high - low);
            at_a = cost(a);
        } else {
            (low, a, at_a) = (a, b, at_b);
            b = low + ratio * (high - low);
            at_b = cost(b);
        }
    }
    f64::midpoint(low, high).exp()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::Matrix;

    #[derive(serde::Deserialize)]
    struct File {
        alo: Vec<Case>,
        temperature: Vec<Temperature>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        d: usize,
        k: usize,
        rows: Vec<f32>,
        labels: Vec<usize>,
        results: Vec<Fit>,
    }

    #[derive(serde::Deserialize)]
    struct Fit {
        lam: f64,
        loo: Vec<f64>,
        alo_scaled: Vec<f64>,
    }

    #[derive(serde::Deserialize)]
    struct Temperature {
        k: usize,
        logits: Vec<f64>,
        labels: Vec<usize>,
        tau: f64,
    }

    fn file() -> File {
        serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap()
    }

    /// Features as they are: no normalisation, no standardisation.
    fn plain(d: usize) -> Standardiser {
        Standardiser { mean: vec![0.0; d], scale: vec![1.0; d], axes: 0 }
    }

    #[test]
    fn leave_one_out_equals_its_formula_and_stays_near_true_refits() {
        for case in file().alo {
            let rows = Matrix::new(case.n, case.d, case.rows);
            let training =
                Training { rows: &rows, targets: Targets::One(&case.labels), weights: None, n_classes: case.k };
            let standardiser = plain(case.d);
            let features = rows.as_slice().iter().map(|&x| f64::from(x)).collect();
            let space = super::super::rowspace::RowSpace::smallest(features, case.n, case.d);
            let prepared = Prepared::on(&training, &standardiser, space);
            for fit in case.results {
                let weights = prepared.weights(None);
                let point = prepared.solve(None, &weights, fit.lam, prepared.start(None, None), 1e-11);
                let mut p = leave_one_out(&prepared, &point, &weights, fit.lam);
                crate::math::softmax::softmax_rows(&mut p, case.k);
                let apart = p.iter().zip(&fit.alo_scaled).map(|(a, b)| (a - b).abs()).fold(0.0, f64::max);
                assert!(apart < 1e-5, "n {} d {} k {} lambda {}: {apart}", case.n, case.d, case.k, fit.lam);
                let nll = |p: &[f64]| -> f64 {
                    let each = case.labels.iter().enumerate().map(|(i, &y)| -p[i * case.k + y].max(1e-12).ln());
                    each.sum::<f64>() / case.n as f64
                };
                // Measured: 0.46, 0.11 and 0.006 at most for these penalties.
                let bound = if fit.lam < 0.5 { 0.47 } else { 0.12 / fit.lam };
                let apart = (nll(&p) - nll(&fit.loo)).abs();
                assert!(apart < bound, "n {} d {} k {} lambda {}: {apart}", case.n, case.d, case.k, fit.lam);
            }
        }
    }

    #[test]
    fn the_temperature_is_the_minimum_that_scipy_finds() {
        for case in file().temperature {
            let one = Targets::One(&case.labels);
            let has = |at: usize| f64::from(u8::from(one.has(at / case.k, at % case.k, case.k)));
            let targets: Vec<f64> = (0..case.labels.len() * case.k).map(has).collect();
            let tau = temperature(Link::Softmax, &case.logits, &targets, case.k);
            assert!((tau - case.tau).abs() < 1e-4 * case.tau, "{tau} {}", case.tau);
        }
    }

    #[test]
    fn noise_asks_for_a_stronger_penalty_than_clear_classes() {
        let made = |spread: f32| {
            let noise = |i: usize, j: usize| random::unit(random::hash(j as u64, i as u64)) as f32 - 0.5;
            let mut rows = Matrix::zeros(120, 30);
            for i in 0..120 {
                for j in 0..30 {
                    rows.row_mut(i)[j] = spread * noise(i, j) + if j == i % 3 { 1.0 } else { 0.0 };
                }
            }
            let labels: Vec<usize> = (0..120).map(|i| i % 3).collect();
            let standardiser = Standardiser::from_pool(&rows).unwrap();
            let training = Training { rows: &rows, targets: Targets::One(&labels), weights: None, n_classes: 3 };
            tune(&training, &standardiser, None, 1).unwrap()
        };
        let (clear, noisy) = (made(0.5), made(6.0));
        assert!(noisy.lambda > clear.lambda, "{clear:?} {noisy:?}");
        assert!(noisy.holds_for(130, 3) && !noisy.holds_for(150, 3) && !noisy.holds_for(130, 4));
    }
}
