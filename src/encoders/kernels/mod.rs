//! The built-in encoder of time series, which needs no download: shares of positive outputs of fixed dilated kernels.
//!
//! Dempster, Schmidt and Webb 2021, "`MiniRocket`: a very fast (almost) deterministic transform for time series
//! classification", with the combinations of channels of its authors' multivariate version. Ours differs in three
//! things. Values are standardised per channel over the pool and rounded to 1/1024 of a standard deviation, so that
//! kernels' outputs are whole numbers and no rounding can flip a comparison. The kernels' weights sum to zero, so they
//! are blind to a channel's level: its mean and spread are features too. And the features are reduced by a damped PCA
//! of the pool, without labels. `docs/series.md` has the measured effect of each.
//!
//! **Invariant:** the same series in the same order and the same seed give the same encoder, with any number of
//! threads.

mod bank;
mod graph;
#[cfg(test)]
mod measure;
#[cfg(test)]
mod oracle;
mod reduce;

use std::collections::BTreeMap;

use rayon::prelude::*;

use self::bank::{Bank, TAPS};
use self::reduce::Reduction;
use crate::domain::Stage;
use crate::math::{Matrix, random};
use crate::modality::series::resample::{evenly, resample};
use crate::modality::series::{SeriesSpec, TimeSeries};
use crate::progress::Progress;
use crate::runtime::EncodeError;

/// Features of each kernel, 4,032 in all.
const PER_KERNEL: usize = 48;
/// Numbers per embedding, at most.
const DIM: usize = 256;
/// Series that an encoder is learned from, at most.
const LEARN_FROM: usize = 2_000;
/// Steps that series are brought to, at most.
const LONGEST: usize = 4_096;
/// Channels that are used, at most: those that most series have.
const MOST_CHANNELS: usize = 64;
/// Whole numbers per standard deviation, and standard deviations at which values are cut off.
const UNIT: f32 = 1024.0;
const FARTHEST: f32 = 32.0;
/// The features' variance that levels get, as a share of that of all kernels.
const LEVELS: f64 = 0.3;
/// Levels that vary less than this, in the channel's standard deviations, are rounding.
const FLAT: f64 = 0.01;

/// A learned encoder of series.
#[derive(Debug, Clone, PartialEq)]
pub struct Kernels {
    /// The channels it looks at, by name.
    channels: Vec<String>,
    /// Steps that series are brought to.
    length: usize,
    /// Each channel's mean over the pool.
    mean: Vec<f32>,
    /// [`UNIT`] over each channel's standard deviation; 0 for a channel that is the same everywhere.
    scale: Vec<f32>,
    bank: Bank,
    /// Weights of each channel's mean, then of each channel's spread.
    levels: Vec<f32>,
    reduction: Reduction,
}

impl Kernels {
    /// Learn an encoder from `series`: at most 2,000 of them, drawn by `seed`.
    ///
    /// Every series is brought to the middle one of the pool's lengths (9 to 4,096) by linear interpolation, over its
    /// times where it has any; missing values are filled the same way. Channels that at least half of the series have
    /// are used. O(n · (F · length + n · F)) for n series and F = 4,032 features.
    ///
    /// # Errors
    /// When there are fewer than two series, no channel is common, all series look the same, or `progress` was stopped.
    pub fn learn(series: &[TimeSeries], seed: u64, progress: &Progress) -> Result<Self, EncodeError> {
        if series.len() < 2 {
            return Err(EncodeError::Learn(format!("{} series are too few; import at least 2", series.len())));
        }
        let chosen = drawn(series, seed);
        let channels = common(&chosen);
        if channels.is_empty() {
            return Err(EncodeError::Learn(
                "no channel is in at least half of the series; give channels the same names in all files".to_owned(),
            ));
        }
        let length = middle_length(&chosen);
        let (mean, scale) = moments(&chosen, &channels, length);
        let whole = |series: &&TimeSeries| quantised(series, &channels, &mean, &scale, length);
        let samples: Vec<Vec<i32>> = chosen.par_iter().map(whole).collect();
        let bank = Bank::learn(&samples, channels.len(), length, PER_KERNEL, seed);
        let plain = vec![1.0; 2 * channels.len()];
        let mut features = features(&bank, &plain, &samples, progress)?;
        let levels = weights(&features, bank.features());
        for i in 0..features.rows() {
            let own = &mut features.row_mut(i)[bank.features()..];
            own.iter_mut().zip(&levels).for_each(|(value, weight)| *value *= weight);
        }
        let reduction = Reduction::learn(&features, DIM.min(features.rows() - 1), seed)?;
        Ok(Self { channels, length, mean, scale, bank, levels, reduction })
    }

    /// Numbers per embedding.
    pub fn dim(&self) -> usize {
        self.reduction.dim()
    }

    /// Embeddings of `series`: n × D.
    ///
    /// # Errors
    /// When `progress` was stopped.
    pub fn embed(&self, series: &[TimeSeries], progress: &Progress) -> Result<Matrix, EncodeError> {
        let whole = |series: &TimeSeries| quantised(series, &self.channels, &self.mean, &self.scale, self.length);
        let samples: Vec<Vec<i32>> = series.par_iter().map(whole).collect();
        Ok(self.reduction.apply(&features(&self.bank, &self.levels, &samples, progress)?))
    }

    /// How series are prepared for the graph.
    pub fn spec(&self) -> SeriesSpec {
        SeriesSpec {
            family: SeriesSpec::FAMILY.to_owned(),
            input: graph::INPUT.to_owned(),
            channels: self.channels.clone(),
            fill: self.mean.clone(),
            length: self.length,
            output: graph::OUTPUT.to_owned(),
            dim: self.dim(),
        }
    }
}

/// Those that an encoder is learned from, in their order.
fn drawn(series: &[TimeSeries], seed: u64) -> Vec<&TimeSeries> {
    let mut order: Vec<usize> = (0..series.len()).collect();
    order.sort_by_key(|&i| (random::hash(seed ^ 0x5e1e, i as u64), i));
    order.truncate(LEARN_FROM);
    order.sort_unstable();
    order.into_iter().map(|i| &series[i]).collect()
}

/// The channels that at least half of the series have values of, most common first, then in the order in which they
/// come.
fn common(series: &[&TimeSeries]) -> Vec<String> {
    let mut seen: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for one in series {
        for (_, channel) in one.channels.iter().enumerate().filter(|(i, _)| one.range(*i).is_some()) {
            let next = seen.len();
            seen.entry(&channel.name).or_insert((0, next)).0 += 1;
        }
    }
    let mut found: Vec<(&str, (usize, usize))> =
        seen.into_iter().filter(|(_, (count, _))| 2 * count >= series.len()).collect();
    found.sort_by_key(|(name, (count, place))| (std::cmp::Reverse(*count), *place, *name));
    found.into_iter().take(MOST_CHANNELS).map(|(name, _)| name.to_owned()).collect()
}

/// The middle one of the series' lengths, within what kernels can use.
fn middle_length(series: &[&TimeSeries]) -> usize {
    let mut lengths: Vec<usize> = series.iter().map(|series| series.length()).collect();
    lengths.sort_unstable();
    lengths[lengths.len() / 2].clamp(TAPS, LONGEST)
}

/// The mean of each channel, and [`UNIT`] over its standard deviation. Added in the order of the series.
fn moments(series: &[&TimeSeries], channels: &[String], length: usize) -> (Vec<f32>, Vec<f32>) {
    let of_channel = |name: &String| {
        let sums = |series: &&TimeSeries| {
            let values = evenly(series.named(name)?, &series.places(), length)?;
            let values = || values.iter().map(|&value| f64::from(value));
            let mean = values().sum::<f64>() / length as f64;
            Some((mean, values().map(|value| (value - mean).powi(2)).sum::<f64>() / length as f64))
        };
        let each: Vec<Option<(f64, f64)>> = series.par_iter().map(sums).collect();
        let known = || each.iter().flatten();
        let n = known().count().max(1) as f64;
        let mean = known().map(|(mean, _)| mean).sum::<f64>() / n;
        // The variance within series and that of their means.
        let variance = known().map(|(own, variance)| variance + (own - mean).powi(2)).sum::<f64>() / n;
        let scale = f64::from(UNIT) / variance.sqrt();
        let flat = variance.sqrt() <= 1e-6 * mean.abs() || !(scale as f32).is_finite();
        (mean as f32, if flat { 0.0 } else { scale as f32 })
    };
    channels.iter().map(of_channel).unzip()
}

/// A series as whole numbers, `channels` × `length`: each value's distance from its channel's mean.
fn quantised(series: &TimeSeries, channels: &[String], mean: &[f32], scale: &[f32], length: usize) -> Vec<i32> {
    let mut values = vec![0.0; channels.len() * length];
    resample(series, channels, mean, length, &mut values);
    let of = |(i, &value): (usize, &f32)| whole(value, mean[i / length], scale[i / length]) as i32;
    values.iter().enumerate().map(of).collect()
}

/// As the graph rounds.
fn whole(value: f32, mean: f32, scale: f32) -> f32 {
    ((value - mean) * scale).clamp(-UNIT * FARTHEST, UNIT * FARTHEST).round_ties_even()
}

/// All features: n × (F + 2 C), the last ones the weighted levels.
fn features(bank: &Bank, levels: &[f32], samples: &[Vec<i32>], progress: &Progress) -> Result<Matrix, EncodeError> {
    let (own, width) = (bank.features(), bank.features() + levels.len());
    let mut all = Matrix::zeros(samples.len(), width);
    let done = std::sync::atomic::AtomicUsize::new(0);
    all.as_mut_slice().par_chunks_mut(width.max(1)).zip(samples).try_for_each(|(out, sample)| {
        if progress.stopped() {
            return Err(EncodeError::Stopped);
        }
        bank.transform(sample, &mut out[..own]);
        let channels = levels.len() / 2;
        for (i, values) in sample.chunks_exact(bank.length).enumerate() {
            let (mean, spread) = level(values);
            out[own + i] = levels[i] * mean;
            out[own + channels + i] = levels[channels + i] * spread;
        }
        let done = done.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
        progress.report(done as u64, samples.len() as u64, &Stage::Projection);
        Ok(())
    })?;
    Ok(all)
}

/// Mean and standard deviation of a channel, in the pool's standard deviations.
fn level(values: &[i32]) -> (f32, f32) {
    let n = values.len() as f64;
    let mean = values.iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let variance = values.iter().map(|&value| (f64::from(value) - mean).powi(2)).sum::<f64>() / n;
    ((mean / f64::from(UNIT)) as f32, (variance.sqrt() / f64::from(UNIT)) as f32)
}

/// The weights with which levels have their share of the variance: those behind the first `own` columns of `features`.
fn weights(features: &Matrix, own: usize) -> Vec<f32> {
    let variance = |column: usize| {
        let values = || (0..features.rows()).map(|i| f64::from(features.row(i)[column]));
        let mean = values().sum::<f64>() / features.rows() as f64;
        values().map(|value| (value - mean).powi(2)).sum::<f64>() / features.rows() as f64
    };
    let variances: Vec<f64> = (0..features.cols()).into_par_iter().map(variance).collect();
    let total: f64 = variances[..own].iter().sum();
    let each = LEVELS * total / (features.cols() - own).max(1) as f64;
    let weight = |&variance: &f64| if variance.sqrt() < FLAT { 0.0 } else { (each / variance).sqrt() as f32 };
    variances[own..].iter().map(weight).collect()
}
