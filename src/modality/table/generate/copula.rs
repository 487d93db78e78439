//! How columns go together: a Gaussian copula, that is, correlations of normal scores.

use crate::math::{normal, spectrum};

/// Rows of a pair of columns below which they are taken to have nothing to do with each other.
const FEWEST: usize = 4;
/// The least eigenvalue.
const LEAST: f64 = 1e-6;

/// Correlations of p columns of scores, as the factor that turns independent draws into ones that go together.
#[derive(Debug, Clone)]
pub(super) struct Copula {
    p: usize,
    /// p × p; each row has unit length.
    factor: Vec<f64>,
}

impl Copula {
    /// From scores (n × p, row-major, NaN where missing).
    pub fn fit(scores: &[f64], p: usize) -> Self {
        let known = shrunk(latent(correlations(scores, p), scores, p), p, scores.len() / p.max(1));
        // Pairs with missing scores may make no matrix of correlations: what is negative of it is left out, and with rows of unit
        // length each column keeps its variance.
        let mut factor = vec![0.0; p * p];
        let found = spectrum::eigen(&known, p).map(|found| (found.values, found.vectors)).unwrap_or_default();
        for (k, (value, vector)) in found.0.iter().zip(found.1.chunks_exact(p.max(1))).enumerate() {
            for (i, x) in vector.iter().enumerate() {
                factor[i * p + k] = x * value.max(LEAST).sqrt();
            }
        }
        for row in factor.chunks_exact_mut(p.max(1)) {
            let length = row.iter().map(|x| x * x).sum::<f64>().sqrt().max(f64::MIN_POSITIVE);
            for x in row {
                *x /= length;
            }
        }
        Self { p, factor }
    }

    /// Scores that go together, from `independent` ones (p).
    pub fn together(&self, independent: &[f64]) -> Vec<f64> {
        let row = |row: &[f64]| row.iter().zip(independent).map(|(factor, z)| factor * z).sum();
        self.factor.chunks_exact(self.p.max(1)).map(row).collect()
    }
}

/// Pearson's correlations of each two columns over the rows that have both: p × p. 0 where that says nothing. O(n p²).
pub(super) fn correlations(scores: &[f64], p: usize) -> Vec<f64> {
    let columns: Vec<Vec<f64>> = (0..p).map(|j| scores.iter().skip(j).step_by(p.max(1)).copied().collect()).collect();
    let mut found = vec![0.0; p * p];
    for i in 0..p {
        found[i * p + i] = 1.0;
        for j in 0..i {
            let r = correlation(&columns[i], &columns[j]);
            found[i * p + j] = r;
            found[j * p + i] = r;
        }
    }
    found
}

fn correlation(one: &[f64], other: &[f64]) -> f64 {
    let pairs = || one.iter().zip(other).filter(|(a, b)| !a.is_nan() && !b.is_nan());
    let n = pairs().count();
    if n < FEWEST {
        return 0.0;
    }
    let (a, b) = pairs().fold((0.0, 0.0), |(a, b), (x, y)| (a + x, b + y));
    let (a, b) = (a / n as f64, b / n as f64);
    let add = |(xx, yy, xy), (x, y): (&f64, &f64)| (xx + (x - a).powi(2), yy + (y - b).powi(2), xy + (x - a) * (y - b));
    let (xx, yy, xy): (f64, f64, f64) = pairs().fold((0.0, 0.0, 0.0), add);
    let scale = (xx * yy).sqrt();
    if scale > 1e-12 * n as f64 { (xy / scale).clamp(-1.0, 1.0) } else { 0.0 }
}

/// The correlations of the normal variables behind the scores. Where many rows have one value, as in categories, scores vary less with
/// what lies behind them; the factor is that of the polyserial correlation (Olsson, Drasgow and Dorans 1982, the two-step estimate).
fn latent(mut correlations: Vec<f64>, scores: &[f64], p: usize) -> Vec<f64> {
    let sharp: Vec<f64> =
        (0..p).map(|j| sharpness(scores.iter().skip(j).step_by(p.max(1)).copied().collect())).collect();
    for (at, r) in correlations.iter_mut().enumerate().filter(|(at, _)| at / p != at % p) {
        *r = (*r / (sharp[at / p] * sharp[at % p])).clamp(-1.0, 1.0);
    }
    correlations
}

/// How well the scores of a column go with the normal variable of which they are parts: 1 where each row has its own, never 0.
fn sharpness(mut scores: Vec<f64>) -> f64 {
    scores.retain(|score| !score.is_nan());
    scores.sort_unstable_by(f64::total_cmp);
    let n = scores.len() as f64;
    let (mut upto, mut before, mut with, mut square, mut mean) = (0, 0.0, 0.0, 0.0, 0.0);
    for rows in scores.chunk_by(|a, b| a == b) {
        upto += rows.len();
        let (share, score) = (rows.len() as f64 / n, rows[0]);
        let after = if upto == scores.len() { 0.0 } else { normal::density(normal::quantile(upto as f64 / n)) };
        with += score * (before - after);
        square += share * score * score;
        mean += share * score;
        before = after;
    }
    let deviation = (square - mean * mean).max(0.0).sqrt();
    if deviation > 0.0 && with > 0.0 { (with / deviation).min(1.0) } else { 1.0 }
}

/// Correlations drawn towards 0 by the share that noise has in them: Σ Var(r) / Σ r² (Schäfer and Strimmer 2005), with the variance
/// (1 − r²)² / (n − 1) of normal scores.
pub(super) fn shrunk(mut correlations: Vec<f64>, p: usize, n: usize) -> Vec<f64> {
    let off = |at: &usize| at / p != at % p;
    // Pairs that say nothing are no noise either.
    let said: Vec<usize> = (0..p * p).filter(off).filter(|&at| correlations[at] != 0.0).collect();
    let (mut noise, mut all) = (0.0, 0.0);
    for &at in &said {
        let square = correlations[at].powi(2);
        noise += (1.0 - square).powi(2) / n.saturating_sub(1).max(1) as f64;
        all += square;
    }
    let kept = if all > 0.0 { 1.0 - (noise / all).min(1.0) } else { 0.0 };
    for at in said {
        correlations[at] *= kept;
    }
    correlations
}
