//! Changed copies of a series that mean the same thing.
//!
//! The kinds and their strengths follow Um et al. 2017, "Data augmentation of wearable sensor data for Parkinson's
//! disease monitoring using convolutional neural networks", and Le Guennec et al. 2016 for windows; a project says
//! which ones keep its labels.

use std::fmt;
use std::str::FromStr;

use rand_chacha::rand_core::Rng;

use super::time_series::TimeSeries;
use crate::math::random;

/// Views of each labeled series.
pub const VIEWS: usize = 4;
/// How much faster or slower time passes at a knot of a warp.
const SPEED: (f64, f64) = (0.6, 1.6);
/// Places between which the speed changes evenly.
const KNOTS: usize = 5;
/// Factors of a channel's distances from its mean.
const MAGNITUDE: (f64, f64) = (0.8, 1.25);
/// The length of a window, as a share of the whole.
const WINDOW: (f64, f64) = (0.75, 0.95);
/// Standard deviation of noise, as a share of the channel's own.
const NOISE: f64 = 0.05;

/// A kind of change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SeriesAugmentation {
    /// Time passes faster here and slower there.
    Warp,
    /// Each channel's swings grow or shrink.
    Scale,
    /// A window of 75 to 95 % of the length.
    Slice,
    /// A little noise.
    Jitter,
}

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not an augmentation of series; choose from warp, scale, slice and jitter")]
pub struct UnknownSeriesAugmentation(String);

impl SeriesAugmentation {
    pub const ALL: [Self; 4] = [Self::Warp, Self::Scale, Self::Slice, Self::Jitter];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warp => "warp",
            Self::Scale => "scale",
            Self::Slice => "slice",
            Self::Jitter => "jitter",
        }
    }

    pub fn title(self) -> &'static str {
        match self {
            Self::Warp => "Time warped",
            Self::Scale => "Swings scaled",
            Self::Slice => "A window",
            Self::Jitter => "Noise",
        }
    }

    /// What it does, and where it changes the answer.
    pub fn about(self) -> &'static str {
        match self {
            Self::Warp => {
                "Time passes faster here and slower there. Not where a duration or a frequency is the answer."
            }
            Self::Scale => {
                "Each channel swings 0.8 to 1.25 times as far from its mean. Not where a limit is the answer."
            }
            Self::Slice => {
                "A window of 75 to 95 % of the length. Not where what counts lies at the beginning or the end."
            }
            Self::Jitter => "Noise of 5 % of each channel's standard deviation. Not where roughness is the answer.",
        }
    }
}

impl fmt::Display for SeriesAugmentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for SeriesAugmentation {
    type Err = UnknownSeriesAugmentation;

    fn from_str(name: &str) -> Result<Self, UnknownSeriesAugmentation> {
        let found = Self::ALL.into_iter().find(|kind| kind.as_str() == name);
        found.ok_or_else(|| UnknownSeriesAugmentation(name.to_owned()))
    }
}

/// The kinds a project's setting names, in their own order, each once.
///
/// # Errors
/// The first unknown name.
pub fn parse(names: &str) -> Result<Vec<SeriesAugmentation>, UnknownSeriesAugmentation> {
    let mut kinds: Vec<SeriesAugmentation> = names.split_whitespace().map(str::parse).collect::<Result<_, _>>()?;
    kinds.sort_unstable();
    kinds.dedup();
    Ok(kinds)
}

/// As [`parse`] reads them.
pub fn names(kinds: &[SeriesAugmentation]) -> String {
    kinds.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(" ")
}

/// One changed copy of `series` by all `kinds`, decided by `seed`.
pub fn view(series: &TimeSeries, kinds: &[SeriesAugmentation], seed: u64) -> TimeSeries {
    let mut rng = random::stream(seed, 0x7a6);
    kinds.iter().fold(series.clone(), |series, &kind| changed(&series, kind, &mut rng))
}

fn between(rng: &mut impl Rng, (low, high): (f64, f64)) -> f64 {
    low + (high - low) * random::unit(rng.next_u64())
}

fn changed(series: &TimeSeries, kind: SeriesAugmentation, rng: &mut impl Rng) -> TimeSeries {
    match kind {
        SeriesAugmentation::Warp => warp(series, rng),
        SeriesAugmentation::Slice => slice(series, rng),
        SeriesAugmentation::Scale => each_channel(series, |values| {
            let factor = between(rng, MAGNITUDE);
            let (mean, _) = moments(values);
            values.iter().map(|&value| (mean + factor * (f64::from(value) - mean)) as f32).collect()
        }),
        SeriesAugmentation::Jitter => each_channel(series, |values| {
            let (_, deviation) = moments(values);
            values.iter().map(|&value| (f64::from(value) + NOISE * deviation * normal(rng)) as f32).collect()
        }),
    }
}

/// `series` with the values that `change` makes of each channel's.
fn each_channel(series: &TimeSeries, mut change: impl FnMut(&[f32]) -> Vec<f32>) -> TimeSeries {
    let values = (0..series.channels.len()).flat_map(|i| change(series.channel(i))).collect();
    TimeSeries::new(series.channels.clone(), series.stamps.clone(), series.length(), values)
}

/// Mean and standard deviation of the known values.
fn moments(values: &[f32]) -> (f64, f64) {
    let known = || values.iter().filter(|value| !value.is_nan()).map(|&value| f64::from(value));
    let n = known().count().max(1) as f64;
    let mean = known().sum::<f64>() / n;
    (mean, (known().map(|value| (value - mean).powi(2)).sum::<f64>() / n).sqrt())
}

/// Nearly a standard normal number: twelve uniform ones, which need no function that processors compute differently.
fn normal(rng: &mut impl Rng) -> f64 {
    (0..12).map(|_| random::unit(rng.next_u64())).sum::<f64>() - 6.0
}

/// All channels along one smooth course of time that begins and ends where it did.
fn warp(series: &TimeSeries, rng: &mut impl Rng) -> TimeSeries {
    let steps = series.length() - 1;
    let knots: Vec<f64> = (0..KNOTS).map(|_| between(rng, SPEED)).collect();
    let speed = |step: usize| {
        let at = step as f64 / steps.max(1) as f64 * (KNOTS - 1) as f64;
        let left = (at as usize).min(KNOTS - 2);
        knots[left] + (knots[left + 1] - knots[left]) * (at - left as f64)
    };
    let mut course = vec![0.0];
    for step in 0..steps {
        course.push(course[step] + f64::midpoint(speed(step), speed(step + 1)));
    }
    let whole = course[steps];
    for at in &mut course {
        *at *= steps as f64 / whole.max(f64::MIN_POSITIVE);
    }
    each_channel(series, |values| course.iter().map(|&at| value_at(values, at)).collect())
}

/// The value at `at` steps, linear between two; missing where one of the two is.
fn value_at(values: &[f32], at: f64) -> f32 {
    let left = (at as usize).min(values.len() - 1);
    let share = (at - left as f64) as f32;
    match values.get(left + 1) {
        Some(&right) if share > 0.0 => values[left] + (right - values[left]) * share,
        _ => values[left],
    }
}

fn slice(series: &TimeSeries, rng: &mut impl Rng) -> TimeSeries {
    let share = between(rng, WINDOW);
    let length = ((series.length() as f64 * share).round() as usize).clamp(1, series.length());
    let room = series.length() - length;
    let from = (between(rng, (0.0, room as f64 + 1.0)) as usize).min(room);
    let values = (0..series.channels.len()).flat_map(|i| series.channel(i)[from..from + length].to_vec()).collect();
    let stamps = series.stamps.clone().map(|mut stamps| {
        stamps.at = stamps.at[from..from + length].to_vec();
        stamps
    });
    TimeSeries::new(series.channels.clone(), stamps, length, values)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::series::time_series::testing::series;

    fn wave(n: usize) -> TimeSeries {
        let values: Vec<f32> = (0..n).map(|i| (i as f32 * 0.2).sin() + 5.0).collect();
        let rising: Vec<f32> = (0..n).map(|i| i as f32).collect();
        series(&[&values, &rising])
    }

    #[test]
    fn a_seed_decides_a_view_and_others_differ() {
        let whole = wave(100);
        for kind in SeriesAugmentation::ALL {
            assert_eq!(view(&whole, &[kind], 5), view(&whole, &[kind], 5));
            let unlike = (0..20).filter(|&seed| view(&whole, &[kind], seed) != whole).count();
            assert!(unlike >= 19, "{kind}: {unlike}");
        }
    }

    #[test]
    fn a_warp_never_turns_time_back_and_keeps_both_ends() {
        for seed in 0..30 {
            let warped = view(&wave(100), &[SeriesAugmentation::Warp], seed);
            let rising = warped.channel(1);
            assert!(rising.is_sorted() && rising[0] == 0.0 && (rising[99] - 99.0).abs() < 1e-3, "{seed}");
            let steepest = rising.windows(2).map(|two| two[1] - two[0]).fold(0.0, f32::max);
            assert!(steepest < 1.6 / 0.6 + 0.01, "{steepest}");
        }
    }

    #[test]
    fn a_scale_keeps_the_mean_and_a_jitter_is_small() {
        let whole = wave(1000);
        for seed in 0..10 {
            let scaled = view(&whole, &[SeriesAugmentation::Scale], seed);
            let ((mean, deviation), (was, of)) = (moments(scaled.channel(0)), moments(whole.channel(0)));
            assert!((mean - was).abs() < 1e-4 && (0.799..1.251).contains(&(deviation / of)), "{mean} {deviation}");
            let noisy = view(&whole, &[SeriesAugmentation::Jitter], seed);
            let noise: Vec<f32> = noisy.channel(0).iter().zip(whole.channel(0)).map(|(a, b)| a - b).collect();
            let (mean, share) = (moments(&noise).0, moments(&noise).1 / of);
            assert!(mean.abs() < 0.01 && (0.045..0.055).contains(&share), "{mean} {share}");
        }
    }

    #[test]
    fn a_window_is_a_part_of_the_whole() {
        for seed in 0..20 {
            let part = view(&wave(100), &[SeriesAugmentation::Slice], seed);
            assert!((75..=95).contains(&part.length()), "{}", part.length());
            assert!(part.channel(1).windows(2).all(|two| two[1] == two[0] + 1.0));
        }
    }

    #[test]
    fn the_shortest_series_gaps_and_no_kind_at_all_are_borne() {
        let nan = f32::NAN;
        for seed in 0..40 {
            let dot = view(&series(&[&[3.0]]), &SeriesAugmentation::ALL, seed);
            assert_eq!((dot.length(), dot.channel(0)), (1, &[3.0][..]));
            let gaps = view(&series(&[&[nan, 1.0, nan, 2.0], &[nan; 4]]), &SeriesAugmentation::ALL, seed);
            assert!(gaps.channel(1).iter().all(|value| value.is_nan()));
        }
        assert_eq!(view(&wave(9), &[], 3), wave(9));
    }

    #[test]
    fn names_are_read_back_in_one_order_and_others_are_refused() {
        let kinds = parse("jitter  warp jitter").unwrap();
        assert_eq!(kinds, [SeriesAugmentation::Warp, SeriesAugmentation::Jitter]);
        assert_eq!(parse(&names(&kinds)), Ok(kinds));
        assert!(parse("mirror").unwrap_err().to_string().contains("`mirror`"));
    }
}
