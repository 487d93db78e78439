//! The bank of kernels: which dilations and channels each one sees, and the thresholds its outputs are compared with.
//!
//! Values are whole numbers, so every sum is exact: in integers here, in single precision in the graph, in any order of
//! additions.

use rand::RngExt as _;

use crate::math::random;

/// Weights of a kernel: three are 2, the others −1.
pub(super) const TAPS: usize = 9;
/// Ways to choose three of nine.
pub(super) const KERNELS: usize = 84;
/// Dilations per kernel, at most.
const MOST_DILATIONS: usize = 32;
/// Channels that one kernel sees, at most.
const MOST_TOGETHER: usize = 9;

/// The places of the weight 2 in each kernel, in lexical order.
pub(super) fn places() -> Vec<[usize; 3]> {
    let pairs = |a: usize| (a + 1..TAPS).flat_map(move |b| (b + 1..TAPS).map(move |c| [a, b, c]));
    (0..TAPS).flat_map(pairs).collect()
}

/// The kernels of one dilation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Dilated {
    /// Steps between taps.
    pub dilation: usize,
    /// For each of the 84 kernels the channels that it sums, rising.
    pub members: Vec<Vec<usize>>,
    /// Thresholds, as many for each kernel: a feature is the share of outputs that are not below it.
    pub thresholds: Vec<Vec<i32>>,
}

/// All kernels for series of one shape.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Bank {
    pub channels: usize,
    pub length: usize,
    pub dilated: Vec<Dilated>,
}

/// Dilations for series of `length` steps, and how many of the `per_kernel` features of a kernel each gets: powers of
/// two, evenly spaced in their exponents, up to the one at which a kernel covers the series.
pub(super) fn dilations(length: usize, per_kernel: usize) -> Vec<(usize, usize)> {
    let most = per_kernel.clamp(1, MOST_DILATIONS);
    let exponent = ((length - 1) as f64 / (TAPS - 1) as f64).log2();
    let mut found: Vec<(usize, usize)> = Vec::new();
    for i in 0..most {
        let share = if most > 1 { i as f64 / (most - 1) as f64 } else { 0.0 };
        // A power of two that is a whole number stays one, whatever the rounding.
        let dilation = ((exponent * share).exp2() + 1e-9) as usize;
        match found.last_mut() {
            Some((last, count)) if *last == dilation => *count += 1,
            _ => found.push((dilation, 1)),
        }
    }
    let multiplier = per_kernel as f64 / most as f64;
    for (_, count) in &mut found {
        *count = (*count as f64 * multiplier) as usize;
    }
    let given: usize = found.iter().map(|(_, count)| count).sum();
    for i in 0..per_kernel - given {
        let at = i % found.len();
        found[at].1 += 1;
    }
    found
}

impl Bank {
    /// Features of one series.
    pub(super) fn features(&self) -> usize {
        self.dilated.iter().flat_map(|dilated| &dilated.thresholds).map(Vec::len).sum()
    }

    /// Draw a bank of `per_kernel` features for each kernel. Channels are drawn for each kernel and dilation;
    /// thresholds are quantiles of the kernel's outputs on a drawn one of the `samples`, each `channels` × `length`.
    pub(super) fn learn(samples: &[Vec<i32>], channels: usize, length: usize, per_kernel: usize, seed: u64) -> Self {
        let mut rng = random::stream(seed, 0x4e71);
        let mut bank = Self { channels, length, dilated: Vec::new() };
        let places = places();
        let mut drawn = 0_u64;
        for (dilation, count) in dilations(length, per_kernel) {
            let mut dilated = Dilated { dilation, members: Vec::new(), thresholds: Vec::new() };
            for places in &places {
                let exponent = (channels.min(MOST_TOGETHER) as f64 + 1.0).log2() * rng.random::<f64>();
                let members = chosen(channels, (exponent.exp2() as usize).max(1), &mut rng);
                let sample = &samples[rng.random_range(0..samples.len())];
                let mut outputs = convolved(&summed(sample, length, &members), *places, dilation);
                outputs.sort_unstable();
                let thresholds = (0..count as u64).map(|i| above(quantile(&outputs, golden(drawn + i + 1))));
                dilated.thresholds.push(thresholds.collect());
                dilated.members.push(members);
                drawn += count as u64;
            }
            bank.dilated.push(dilated);
        }
        bank
    }

    /// The features of one series (`channels` × `length`) into `out`: by dilation, kernel and threshold.
    pub(super) fn transform(&self, sample: &[i32], out: &mut [f32]) {
        let (places, alone) = (places(), self.channels == 1);
        let mut out = out.iter_mut();
        for (j, dilated) in self.dilated.iter().enumerate() {
            for (k, places) in places.iter().enumerate() {
                let sum = if alone { sample.to_vec() } else { summed(sample, self.length, &dilated.members[k]) };
                let outputs = convolved(&sum, *places, dilated.dilation);
                // Every other kernel keeps off the ends, where it would see beyond them.
                let margin = if is_padded(j, k) { 0 } else { (TAPS / 2) * dilated.dilation };
                let seen = &outputs[margin..outputs.len() - margin];
                for (threshold, out) in dilated.thresholds[k].iter().zip(out.by_ref()) {
                    let reached: i32 = seen.iter().map(|value| i32::from(value >= threshold)).sum();
                    *out = reached as f32 / seen.len() as f32;
                }
            }
        }
    }
}

/// Whether kernel `k` of the `j`th dilation takes all outputs, with zeros beyond the ends.
pub(super) fn is_padded(j: usize, k: usize) -> bool {
    (j + k).is_multiple_of(2)
}

/// `n` of `channels`, rising.
fn chosen(channels: usize, n: usize, rng: &mut impl rand::Rng) -> Vec<usize> {
    let mut all: Vec<usize> = (0..channels).collect();
    let n = n.min(channels);
    for i in 0..n {
        let at = rng.random_range(i..channels);
        all.swap(i, at);
    }
    all.truncate(n);
    all.sort_unstable();
    all
}

/// The sum of these channels.
fn summed(sample: &[i32], length: usize, members: &[usize]) -> Vec<i32> {
    let mut sum = vec![0; length];
    for &member in members {
        let channel = &sample[member * length..(member + 1) * length];
        sum.iter_mut().zip(channel).for_each(|(sum, value)| *sum += value);
    }
    sum
}

/// The outputs of one kernel at every step, with zeros beyond the ends.
pub(super) fn convolved(values: &[i32], places: [usize; 3], dilation: usize) -> Vec<i32> {
    let length = values.len();
    let mut out = vec![0; length];
    for tap in 0..TAPS {
        let weight = if places.contains(&tap) { 2 } else { -1 };
        // Output `t` sees the value at `t + (tap − 4) · dilation`.
        let (before, after) = if tap < TAPS / 2 { (TAPS / 2 - tap, 0) } else { (0, tap - TAPS / 2) };
        let (before, after) = (before * dilation, after * dilation);
        if before + after >= length {
            continue;
        }
        let seen = &values[after..length - before];
        out[before..length - after].iter_mut().zip(seen).for_each(|(out, value)| *out += weight * value);
    }
    out
}

/// The `n`th number of the golden-ratio sequence in [0, 1), which fills it evenly whatever its length.
fn golden(n: u64) -> f64 {
    (n as f64 * f64::midpoint(5.0_f64.sqrt(), 1.0)).fract()
}

/// The quantile of sorted numbers, linear between two.
fn quantile(sorted: &[i32], q: f64) -> f64 {
    let at = q * (sorted.len() - 1) as f64;
    let low = at as usize;
    let (a, b) = (f64::from(sorted[low]), f64::from(sorted[(low + 1).min(sorted.len() - 1)]));
    a + (b - a) * (at - low as f64)
}

/// The least whole number above `value`.
pub(super) fn above(value: f64) -> i32 {
    value.floor() as i32 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kernels_are_all_ways_to_choose_three_of_nine() {
        let places = places();
        assert_eq!((places.len(), places[0], places[83]), (KERNELS, [0, 1, 2], [6, 7, 8]));
    }

    #[test]
    fn a_convolution_sees_zeros_beyond_the_ends() {
        let values: Vec<i32> = (1..=12).map(|i| i * i).collect();
        for (dilation, places) in [(1, [0, 1, 2]), (1, [3, 4, 8]), (2, [0, 4, 8])] {
            let at = |t: i64| usize::try_from(t).ok().and_then(|t| values.get(t)).copied().unwrap_or(0);
            let expected: Vec<i32> = (0..12_i64)
                .map(|t| {
                    (0..9)
                        .map(|tap| {
                            let weight = if places.contains(&(tap as usize)) { 2 } else { -1 };
                            weight * at(t + (tap - 4) * dilation as i64)
                        })
                        .sum()
                })
                .collect();
            assert_eq!(convolved(&values, places, dilation), expected);
        }
    }

    #[test]
    fn features_are_shares_and_quantiles_fill_them_evenly() {
        let samples: Vec<Vec<i32>> =
            (0..3_u64).map(|s| (0..200).map(|i| (random::hash(s, i) % 4001) as i32 - 2000).collect()).collect();
        let bank = Bank::learn(&samples, 2, 100, 12, 4);
        assert_eq!(bank.features(), 84 * 12);
        let mut out = vec![0.0; bank.features()];
        bank.transform(&samples[0], &mut out);
        assert!(out.iter().all(|share| (0.0..=1.0).contains(share)));
        let mean = out.iter().sum::<f32>() / out.len() as f32;
        assert!((0.45..0.55).contains(&mean), "{mean}");
        assert!(bank == Bank::learn(&samples, 2, 100, 12, 4) && bank != Bank::learn(&samples, 2, 100, 12, 5));
    }
}
