//! Fidelity: the Fréchet distance between embeddings of real and of synthetic samples (Heusel et al. 2017, "GANs trained by a two
//! time-scale update rule converge to a local Nash equilibrium").
//!
//! ‖μ₁ − μ₂‖² + tr(Σ₁ + Σ₂ − 2 (Σ₁ Σ₂)^½) of two Gaussians. Its estimate grows as samples become few, so it is only read beside the same
//! distance between halves of the real samples with as many in each, and in a space with at least four samples for each dimension:
//! the leading directions of both kinds pooled in equal numbers.

use rayon::prelude::*;

use super::sampling::{ComparedSamples, first};
use super::{Interval, LEVEL};
use crate::evaluate::interval::{normal_quantile, percentile};
use crate::math::{Matrix, gemm, random, spectrum};

/// Dimensions of the space.
const DIMS: usize = 64;
/// Samples of each group for one dimension.
const FOR_EACH: usize = 4;
/// Samples of each group below which nothing is said.
const FEWEST: usize = 16;
/// Ways of halving the real samples.
const SPLITS: usize = 20;
/// Replicates of the bootstrap.
const REPLICATES: usize = 100;

/// How far synthetic embeddings are from real ones.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Fidelity {
    /// Between a half of the real samples and as many synthetic ones, class by class; the mean over random halves. The interval is
    /// the value ± 1.96 standard errors by the bootstrap over groups of copies: percentiles would be too high, since the distance
    /// grows with repeated rows.
    pub distance: Interval,
    /// The same between two halves of the real samples: the mean, and where 95 % of the random halves lie.
    pub halves: Interval,
    /// Samples in each group.
    pub each: usize,
    /// Dimensions of the space, and the share of the variance in it.
    pub dims: usize,
    pub kept: f64,
}

/// Mean and covariance of a group of rows.
pub(super) struct Moments {
    mean: Vec<f64>,
    /// d × d, with n − 1 below.
    covariance: Vec<f64>,
}

impl Moments {
    /// Of the rows at `at`; a row counts as often as it is named.
    pub fn of(rows: &Matrix, at: &[usize]) -> Self {
        let (n, d) = (at.len(), rows.cols());
        let mut centred: Vec<f64> = at.iter().flat_map(|&i| rows.row(i)).map(|&x| f64::from(x)).collect();
        let mut mean = vec![0.0; d];
        for row in centred.chunks_exact(d.max(1)) {
            for (mean, x) in mean.iter_mut().zip(row) {
                *mean += x / n as f64;
            }
        }
        for row in centred.chunks_exact_mut(d.max(1)) {
            for (x, mean) in row.iter_mut().zip(&mean) {
                *x -= mean;
            }
        }
        let mut covariance = vec![0.0; d * d];
        gemm::atb_slices(d, n, d, &centred, &centred, &mut covariance);
        for value in &mut covariance {
            *value /= n.saturating_sub(1).max(1) as f64;
        }
        Self { mean, covariance }
    }
}

/// The Fréchet distance of two Gaussians. `None` where numbers are not finite. O(d³).
pub(super) fn frechet(one: &Moments, other: &Moments) -> Option<f64> {
    let d = one.mean.len();
    let found = spectrum::eigen(&one.covariance, d)?;
    // Σ₁^½ = V √λ Vᵀ, so that the eigenvalues of Σ₁ Σ₂ are those of a symmetric matrix.
    let mut scaled = found.vectors.clone();
    for (vector, value) in scaled.chunks_exact_mut(d.max(1)).zip(&found.values) {
        for x in vector {
            *x *= value.max(0.0).sqrt();
        }
    }
    let (mut root, mut half, mut product) = (vec![0.0; d * d], vec![0.0; d * d], vec![0.0; d * d]);
    gemm::atb_slices(d, d, d, &scaled, &found.vectors, &mut root);
    gemm::ab_slices(d, d, d, &root, &other.covariance, &mut half);
    gemm::ab_slices(d, d, d, &half, &root, &mut product);
    let cross: f64 = spectrum::eigen(&product, d)?.values.iter().map(|value| value.max(0.0).sqrt()).sum();
    let apart: f64 = one.mean.iter().zip(&other.mean).map(|(a, b)| (a - b).powi(2)).sum();
    let trace = |moments: &Moments| (0..d).map(|i| moments.covariance[i * d + i]).sum::<f64>();
    Some((apart + trace(one) + trace(other) - 2.0 * cross).max(0.0))
}

/// The rows in the space of the `dims` leading directions of `pooled`, and the share of the variance that these have.
pub(super) fn projected(pooled: &Matrix, sides: [&Matrix; 2], dims: usize, seed: u64) -> Option<([Matrix; 2], f64)> {
    let mean = spectrum::mean(pooled);
    let directions = spectrum::directions(pooled, &mean, dims, seed)?;
    let project = |rows: &Matrix| {
        let mut centred = rows.clone();
        for i in 0..centred.rows() {
            for (x, mean) in centred.row_mut(i).iter_mut().zip(&mean) {
                *x -= mean;
            }
        }
        let square: f64 = centred.as_slice().iter().map(|&x| f64::from(x).powi(2)).sum();
        (gemm::abt_shared(&centred, &directions), square)
    };
    let ((one, of_one), (other, of_other)) = (project(sides[0]), project(sides[1]));
    let inside = |rows: &Matrix| rows.as_slice().iter().map(|&x| f64::from(x).powi(2)).sum::<f64>();
    let kept = (inside(&one) + inside(&other)) / (of_one + of_other).max(f64::MIN_POSITIVE);
    Some(([one, other], kept.min(1.0)))
}

/// One way of halving: two halves of the real samples without a copy in the other, and as many synthetic ones.
struct Split {
    half: Vec<usize>,
    other: Vec<usize>,
    synthetic: Vec<usize>,
}

impl Split {
    fn draw(compared: &ComparedSamples, seed: u64) -> Self {
        let mut split = Self { half: Vec::new(), other: Vec::new(), synthetic: Vec::new() };
        for class in 0..compared.n_classes {
            let (real, synthetic) = compared.of_class(class);
            let n = (real.len() / 2).min(synthetic.len());
            let all = real.len();
            let real = first(real, all, |i| random::hash(seed, compared.groups[i]));
            let half = &real[..n];
            let last = half.last().map(|&i| compared.groups[i]);
            split.other.extend(real[n..].iter().rev().filter(|&&i| Some(compared.groups[i]) != last).take(n));
            split.half.extend(half);
            split.synthetic.extend(first(synthetic, n, |i| random::hash(seed ^ 0x53, i as u64)));
        }
        split
    }
}

/// `None` with fewer than 16 samples in a half.
pub(super) fn measure(compared: &ComparedSamples, seed: u64) -> Option<Fidelity> {
    let splits: Vec<Split> = (0..SPLITS).map(|split| Split::draw(compared, random::hash(seed, split as u64))).collect();
    let each = splits.iter().map(|split| split.half.len().min(split.other.len())).min()?;
    if each < FEWEST {
        return None;
    }
    let dims = compared.real.cols().min(DIMS).min(each / FOR_EACH);
    let (real, synthetic) = compared.matched(usize::MAX, seed);
    let mut pooled = compared.real.gather(&real);
    pooled.push_rows(compared.synthetic.gather(&synthetic).as_slice());
    let ([real, synthetic], kept) = projected(&pooled, [&compared.real, &compared.synthetic], dims, seed)?;
    let of_split = |split: &Split| {
        let half = Moments::of(&real, &split.half);
        let apart = frechet(&half, &Moments::of(&synthetic, &split.synthetic))?;
        Some((apart, frechet(&half, &Moments::of(&real, &split.other))?))
    };
    let found: Vec<(f64, f64)> = splits.par_iter().map(of_split).collect::<Option<_>>()?;
    let mean = |of: fn(&(f64, f64)) -> f64| found.iter().map(of).sum::<f64>() / SPLITS as f64;
    let value = mean(|pair| pair.0);
    let error = standard_error(compared, &splits[0], &real, &synthetic, seed)?;
    let half = normal_quantile(0.5 + LEVEL / 2.0) * error;
    Some(Fidelity {
        distance: Interval { value, low: (value - half).max(0.0), high: value + half },
        halves: percentile(mean(|pair| pair.1), found.iter().map(|pair| pair.1).collect(), LEVEL),
        each,
        dims,
        kept,
    })
}

/// The standard deviation of the distance over bootstrap replicates: groups of copies are drawn, and synthetic samples one by one.
fn standard_error(
    compared: &ComparedSamples,
    split: &Split,
    real: &Matrix,
    synthetic: &Matrix,
    seed: u64,
) -> Option<f64> {
    let mut groups: Vec<Vec<usize>> = Vec::new();
    let mut ordered = split.half.clone();
    ordered.sort_by_key(|&i| (compared.groups[i], i));
    for i in ordered {
        match groups.last_mut() {
            Some(group) if compared.groups[group[0]] == compared.groups[i] => group.push(i),
            _ => groups.push(vec![i]),
        }
    }
    let replicate = |at: usize| {
        let seed = random::hash(seed ^ 0xb0, at as u64);
        let counts = random::resample(groups.len(), seed);
        let half = groups.iter().zip(counts).flat_map(|(group, n)| group.repeat(n as usize)).collect::<Vec<_>>();
        let counts = random::resample(split.synthetic.len(), random::hash(seed, 1));
        let made = split.synthetic.iter().zip(counts).flat_map(|(&i, n)| std::iter::repeat_n(i, n as usize));
        frechet(&Moments::of(real, &half), &Moments::of(synthetic, &made.collect::<Vec<_>>()))
    };
    let found: Vec<f64> = (0..REPLICATES).into_par_iter().map(replicate).collect::<Option<_>>()?;
    let mean = found.iter().sum::<f64>() / REPLICATES as f64;
    Some((found.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (REPLICATES - 1) as f64).sqrt())
}
