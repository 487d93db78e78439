//! Intervals of proportions, and percentile intervals of bootstrap replicates.

pub use crate::math::normal::quantile as normal_quantile;

/// A number and its interval.
#[derive(Debug, Clone, Copy, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Interval {
    pub value: f64,
    pub low: f64,
    pub high: f64,
}

/// Wilson's score interval (Wilson 1927) of `hits` successes in `n` trials at a two-sided `level` such as 0.95.
///
/// Without trials nothing is known: value ½ between 0 and 1. `hits` above `n` counts as `n`.
pub fn wilson(hits: u64, n: u64, level: f64) -> Interval {
    if n == 0 {
        return Interval { value: 0.5, low: 0.0, high: 1.0 };
    }
    let (p, all) = (hits.min(n) as f64 / n as f64, n as f64);
    let Interval { low, high, .. } = wilson_share(p, all, level);
    // At the ends the formula gives 0 and 1 exactly; rounding should not.
    Interval { value: p, low: if hits == 0 { 0.0 } else { low }, high }
}

/// The same of a share `p` of `n` trials, which need not be whole numbers: an estimate with as much variance as so many trials.
pub fn wilson_share(p: f64, n: f64, level: f64) -> Interval {
    let z = normal_quantile(0.5 + level.clamp(0.0, 1.0 - 1e-12) / 2.0);
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    let low = if p <= 0.0 { 0.0 } else { ((middle - half) / scale).max(0.0) };
    let high = if p >= 1.0 { 1.0 } else { ((middle + half) / scale).min(1.0) };
    Interval { value: p, low, high }
}

/// The interval of `value` between the outer quantiles of its bootstrap `replicates` (linear interpolation, as numpy).
pub fn percentile(value: f64, mut replicates: Vec<f64>, level: f64) -> Interval {
    replicates.retain(|x| !x.is_nan());
    if replicates.is_empty() {
        return Interval { value, low: value, high: value };
    }
    replicates.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Interval { value, low: quantile(&replicates, tail), high: quantile(&replicates, 1.0 - tail) }
}

/// The quantile of sorted numbers by linear interpolation, as numpy.
pub fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_quantiles_equal_the_tables() {
        // scipy.stats.norm.ppf, scipy 1.17.1
        for (p, z) in [
            (0.5, 0.0),
            (0.975, 1.959_963_984_540_054),
            (1e-10, -6.361_340_902_404_056),
            (0.05, -1.644_853_626_951_472_9),
        ] {
            assert!((normal_quantile(p) - z).abs() < 1e-12, "{p}: {}", normal_quantile(p));
        }
    }

    #[test]
    fn the_ends_stay_inside_zero_and_one_and_nothing_known_is_everything_possible() {
        assert_eq!((wilson(0, 5, 0.95).low, wilson(5, 5, 0.95).high), (0.0, 1.0));
        assert!(wilson(5, 5, 0.95).low < 0.6);
        assert_eq!(wilson(0, 0, 0.95), Interval { value: 0.5, low: 0.0, high: 1.0 });
    }
}
