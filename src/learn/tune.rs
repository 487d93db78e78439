//! The strength of a head's penalty and the temperature of its probabilities, both by approximate leave-one-out.
//!
//! The penalty is the largest on a grid whose loss is within one standard error of the best (Breiman et al. 1984, the
//! one-standard-error rule): leave-one-out of few labels is noisy, and optimistic where the penalty is weak. The temperature
//! minimises the loss of the same predictions with a prior ln τ ~ N(0, ½²), which holds it near 1 while labels are few.
//!
//! Heads that correct prototypes (see [`Offset`]) get a temperature of their own from five folds: leave-one-out would have
//! to move the prototypes as well. The penalty hardly matters to them.

use super::alo::leave_one_out;
use super::fit::Prepared;
use super::folds::by_folds;
use super::offset::Offset;
use super::training::Training;
use super::{LearnError, Standardiser};
use crate::math::{Matrix, random};

/// Penalties tried, weakest last, so that each fit starts from the one before.
const GRID: [f64; 6] = [100.0, 31.6, 10.0, 3.16, 1.0, 0.316];
/// The penalty while labels are too few to choose by.
const PRIOR: f64 = 3.16;
/// Standard deviation of ln τ.
const SPREAD: f64 = 0.5;
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
    labels: usize,
    classes: usize,
}

impl Tuned {
    /// Given numbers for plain heads in place of a choice; they never become stale.
    pub fn fixed(lambda: f64, temperature: f64) -> Self {
        Self { lambda, temperature, correcting: temperature, labels: usize::MAX, classes: 0 }
    }

    /// Whether a set with so many labels and seen classes should be tuned anew.
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
    let mut counts = vec![0usize; training.n_classes];
    training.labels.iter().filter(|&&y| y < training.n_classes).for_each(|&y| counts[y] += 1);
    let (n, classes) = (training.labels.len(), counts.iter().filter(|&&n| n > 0).count());
    if let Some(before) = before.filter(|before| before.holds_for(n, classes)) {
        return Ok(*before);
    }
    let prior = Tuned { lambda: PRIOR, temperature: 1.0, correcting: 1.0, labels: n, classes };
    if classes < 2 || n < 2 * classes {
        return Ok(prior);
    }
    let most = ((WORK / classes as f64).cbrt() as usize).max(FEWEST);
    let mut at: Vec<usize> = (0..n).collect();
    if n > most {
        at.sort_by_key(|&i| random::hash(seed ^ 0x7e, i as u64));
        at.truncate(most);
        at.sort_unstable();
    }
    let rows = training.rows.gather(&at);
    let labels: Vec<usize> = at.iter().map(|&i| training.labels[i]).collect();
    let weights: Option<Vec<f32>> = training.weights.map(|w| at.iter().map(|&i| w[i]).collect());
    let part = Training { rows: &rows, labels: &labels, weights: weights.as_deref(), n_classes: training.n_classes };
    let Some((lambda, temperature)) = choose(&Prepared::compact(&part, standardiser)?) else { return Ok(prior) };
    let p = by_folds(&part, seed, |part, _| {
        let offset = Offset::prototypes(part, standardiser)?;
        Ok(Prepared::new(part, standardiser)?.fit(Some(&offset), None, lambda, None, FOLD_TOLERANCE))
    })?;
    Ok(Tuned { lambda, temperature, correcting: of_held_out(&p, &labels), ..prior })
}

/// Penalty and temperature; `None` when no class has two labels.
fn choose(prepared: &Prepared<'_>) -> Option<(f64, f64)> {
    let k = prepared.n_seen();
    let judged = not_alone(&prepared.labels, k);
    if judged.is_empty() || k < 2 {
        return None;
    }
    let weights = prepared.weights(None);
    let mut start = prepared.start(None, None);
    let mut tried = Vec::with_capacity(GRID.len());
    for lambda in GRID {
        start = prepared.solve(None, &weights, lambda, start, TOLERANCE);
        let logits = leave_one_out(prepared, &start, &weights, lambda);
        let losses: Vec<f64> =
            judged.iter().map(|&i| loss(&logits[i * k..(i + 1) * k], prepared.labels[i], 1.0)).collect();
        tried.push((lambda, logits, losses));
    }
    let mean = |losses: &[f64]| losses.iter().sum::<f64>() / losses.len() as f64;
    let best = tried.iter().min_by(|a, b| mean(&a.2).total_cmp(&mean(&b.2)))?;
    // The standard error of the difference to the best, paired by sample.
    let within = |losses: &[f64]| {
        let apart: Vec<f64> = losses.iter().zip(&best.2).map(|(a, b)| a - b).collect();
        let centre = mean(&apart);
        let variance = apart.iter().map(|d| (d - centre).powi(2)).sum::<f64>() / (apart.len().max(2) - 1) as f64;
        centre <= (variance / apart.len() as f64).sqrt()
    };
    let (lambda, logits, _) = tried.iter().find(|(_, _, losses)| within(losses))?;
    let chosen: Vec<f64> = judged.iter().flat_map(|&i| logits[i * k..(i + 1) * k].to_vec()).collect();
    let labels: Vec<usize> = judged.iter().map(|&i| prepared.labels[i]).collect();
    Some((*lambda, temperature(&chosen, &labels, k)))
}

/// Samples that are not alone in their class: without its only example, a class cannot be predicted whatever the penalty.
fn not_alone(labels: &[usize], classes: usize) -> Vec<usize> {
    let mut counts = vec![0usize; classes];
    for &y in labels {
        counts[y] += 1;
    }
    (0..labels.len()).filter(|&i| counts[labels[i]] > 1).collect()
}

/// The best temperature for `p` (n × K), predicted by heads that had not seen the samples; 1 where every sample is alone in
/// its class.
fn of_held_out(p: &Matrix, labels: &[usize]) -> f64 {
    let k = p.cols();
    let known = not_alone(labels, k);
    let logits: Vec<f64> = known.iter().flat_map(|&i| as_logits(p.row(i))).collect();
    let labels: Vec<usize> = known.iter().map(|&i| labels[i]).collect();
    temperature(&logits, &labels, k)
}

/// The log loss of each sample under `p` (n × K), predicted by heads that had not seen it, at the best temperature.
pub(super) fn held_out_losses(p: &Matrix, labels: &[usize]) -> Vec<f64> {
    let temperature = of_held_out(p, labels);
    labels.iter().enumerate().map(|(i, &y)| loss(&as_logits(p.row(i)), y, temperature)).collect()
}

/// Logarithms of probabilities are logits as good as any; a class that was never seen stays out of reach.
fn as_logits(p: &[f32]) -> Vec<f64> {
    p.iter().map(|&p| f64::from(p.max(f32::MIN_POSITIVE)).ln()).collect()
}

/// τ > 0 that minimises Σ −ln softmax(z/τ)_y + (ln τ)² / (2 · ½²), by golden section in ln τ. `logits` is n × `k`.
pub fn temperature(logits: &[f64], labels: &[usize], k: usize) -> f64 {
    let cost = |log: f64| -> f64 {
        let each = logits.chunks_exact(k).zip(labels).map(|(z, &y)| loss(z, y, log.exp()));
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

/// −ln softmax(z/τ)_y.
fn loss(logits: &[f64], label: usize, temperature: f64) -> f64 {
    let top = logits.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let total: f64 = logits.iter().map(|z| ((z - top) / temperature).exp()).sum();
    total.ln() - (logits[label] - top) / temperature
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
        Standardiser { mean: vec![0.0; d], scale: vec![1.0; d] }
    }

    #[test]
    fn leave_one_out_equals_its_formula_and_stays_near_true_refits() {
        for case in file().alo {
            let rows = Matrix::new(case.n, case.d, case.rows);
            let training = Training { rows: &rows, labels: &case.labels, weights: None, n_classes: case.k };
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
            let tau = temperature(&case.logits, &case.labels, case.k);
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
            let training = Training { rows: &rows, labels: &labels, weights: None, n_classes: 3 };
            tune(&training, &standardiser, None, 1).unwrap()
        };
        let (clear, noisy) = (made(0.5), made(6.0));
        assert!(noisy.lambda > clear.lambda, "{clear:?} {noisy:?}");
        assert!(noisy.holds_for(130, 3) && !noisy.holds_for(150, 3) && !noisy.holds_for(130, 4));
    }
}
