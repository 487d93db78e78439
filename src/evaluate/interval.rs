//! Intervals of proportions, and percentile intervals of bootstrap replicates.

/// A number and where it may lie.
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
    let (p, n) = (hits.min(n) as f64 / n as f64, n as f64);
    let z = normal_quantile(0.5 + level.clamp(0.0, 1.0 - 1e-12) / 2.0);
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let scale = 1.0 + z * z / n;
    // At the ends the formula gives 0 and 1 exactly; rounding should not.
    let low = if hits == 0 { 0.0 } else { ((middle - half) / scale).max(0.0) };
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

fn quantile(sorted: &[f64], q: f64) -> f64 {
    let at = q.clamp(0.0, 1.0) * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

/// The quantile of the standard normal distribution: algorithm AS 241 (Wichura 1988), relative error about 1e-16.
#[expect(clippy::excessive_precision, clippy::inconsistent_digit_grouping, reason = "the coefficients as published")]
pub fn normal_quantile(p: f64) -> f64 {
    let ratio = |r: f64, up: [f64; 8], down: [f64; 7]| {
        let top = up.iter().rev().fold(0.0, |sum, c| sum * r + c);
        let bottom = down.iter().rev().fold(0.0, |sum, c| sum * r + c) * r + 1.0;
        top / bottom
    };
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        return q * ratio(
            0.180_625 - q * q,
            [
                3.387_132_872_796_366_608_0,
                133.141_667_891_784_377_45,
                1971.590_950_306_551_442_7,
                13_731.693_765_509_461_125,
                45_921.953_931_549_871_457,
                67_265.770_927_008_700_853,
                33_430.575_583_588_128_105,
                2509.080_928_730_122_672_7,
            ],
            [
                42.313_330_701_600_911_252,
                687.187_007_492_057_908_30,
                5394.196_021_424_751_107_7,
                21_213.794_301_586_595_867,
                39_307.895_800_092_710_610,
                28_729.085_735_721_942_674,
                5226.495_278_852_854_561_0,
            ],
        );
    }
    let tail = if q < 0.0 { p } else { 1.0 - p };
    if tail <= 0.0 {
        return if q < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = (-tail.ln()).sqrt();
    let size = if r <= 5.0 {
        ratio(
            r - 1.6,
            [
                1.423_437_110_749_683_577_34,
                4.630_337_846_156_545_295_90,
                5.769_497_221_460_691_405_50,
                3.647_848_324_763_204_605_04,
                1.270_458_252_452_368_382_58,
                0.241_780_725_177_450_611_770,
                0.022_723_844_989_269_184_583_3,
                7.745_450_142_783_414_076_40e-4,
            ],
            [
                2.053_191_626_637_758_821_87,
                1.676_384_830_183_803_849_40,
                0.689_767_334_985_100_004_550,
                0.148_103_976_427_480_074_590,
                0.015_198_666_563_616_457_196_6,
                5.475_938_084_995_344_946_00e-4,
                1.050_750_071_644_416_843_24e-9,
            ],
        )
    } else {
        ratio(
            r - 5.0,
            [
                6.657_904_643_501_103_777_20,
                5.463_784_911_164_114_369_90,
                1.784_826_539_917_291_335_80,
                0.296_560_571_828_504_891_230,
                0.026_532_189_526_576_123_093_0,
                1.242_660_947_388_078_438_60e-3,
                2.711_555_568_743_487_578_15e-5,
                2.010_334_399_292_288_132_65e-7,
            ],
            [
                0.599_832_206_555_887_937_690,
                0.136_929_880_922_735_805_310,
                0.014_875_361_290_850_614_852_5,
                7.868_691_311_456_132_591_00e-4,
                1.846_318_317_510_054_681_80e-5,
                1.421_511_758_316_445_888_70e-7,
                2.044_263_103_389_939_785_64e-15,
            ],
        )
    };
    if q < 0.0 { -size } else { size }
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
