//! Gains measured in repeated folds, with intervals that know that folds share their training samples.
//!
//! The variance of a mean of J fold differences is (1/J + n₂/n₁) s² (Nadeau and Bengio 2003, "Inference for the Generalization
//! Error"): n₁ samples train, n₂ are judged. Without the second term, repeating the folds would make any difference certain.
//! Where m gains are looked at together, each interval is taken at 1 − (1 − level)/m (Bonferroni), so that all hold at once.

use super::interval::Interval;

/// The gain of one side over the other from their differences in J folds, at `level`, as one of `together` gains.
///
/// Fewer than two folds say nothing: the interval is open to both sides.
pub fn corrected(differences: &[f64], test_by_train: f64, level: f64, together: usize) -> Interval {
    let j = differences.len() as f64;
    let value = differences.iter().sum::<f64>() / j.max(1.0);
    if differences.len() < 2 {
        return Interval { value, low: f64::NEG_INFINITY, high: f64::INFINITY };
    }
    let variance = differences.iter().map(|d| (d - value).powi(2)).sum::<f64>() / (j - 1.0);
    let error = ((1.0 / j + test_by_train) * variance).sqrt();
    let tail = (1.0 - level) / together.max(1) as f64 / 2.0;
    let half = student_quantile(1.0 - tail, j - 1.0) * error;
    Interval { value, low: value - half, high: value + half }
}

/// The mean of `differences` of single samples and its interval at `level`, by Student's distribution.
pub fn paired_mean(differences: &[f64], level: f64) -> Interval {
    corrected(differences, 0.0, level, 1)
}

/// The quantile of Student's distribution with `df` degrees of freedom, by bisection on its distribution function.
pub fn student_quantile(p: f64, df: f64) -> f64 {
    if p < 0.5 {
        return -student_quantile(1.0 - p, df);
    }
    let tail = 1.0 - p;
    let (mut low, mut high) = (0.0, 1.0);
    while student_tail(high, df) > tail && high < 1e12 {
        high *= 2.0;
    }
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if student_tail(middle, df) > tail { low = middle } else { high = middle }
    }
    f64::midpoint(low, high)
}

/// P(T > t) for t ≥ 0: half the regularised incomplete beta function at df/(df + t²) of df/2 and ½.
fn student_tail(t: f64, df: f64) -> f64 {
    incomplete_beta(df / (df + t * t), df / 2.0, 0.5) / 2.0
}

/// Iₓ(a, b) by its continued fraction (Abramowitz and Stegun 26.5.8), on the side where that converges quickly.
fn incomplete_beta(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 {
        return x.clamp(0.0, 1.0);
    }
    if x > (a + 1.0) / (a + b + 2.0) {
        return 1.0 - incomplete_beta(1.0 - x, b, a);
    }
    let front = libm::lgamma(a + b) - libm::lgamma(a) - libm::lgamma(b) + a * x.ln() + b * (-x).ln_1p();
    let tiny = f64::MIN_POSITIVE;
    // Lentz's method.
    let (mut c, mut d) = (1.0, 1.0 - (a + b) * x / (a + 1.0));
    d = 1.0 / if d.abs() < tiny { tiny } else { d };
    let mut fraction = d;
    for m in 1..500 {
        let m = f64::from(m);
        for part in [
            m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0)),
        ] {
            d = 1.0 + part * d;
            d = 1.0 / if d.abs() < tiny { tiny } else { d };
            c = 1.0 + part / c;
            c = if c.abs() < tiny { tiny } else { c };
            fraction *= c * d;
        }
        if (c * d - 1.0).abs() < 1e-16 {
            break;
        }
    }
    front.exp() * fraction / a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        quantiles: Vec<(f64, f64, f64)>,
        corrected: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        differences: Vec<f64>,
        test_by_train: f64,
        together: usize,
        low: f64,
        high: f64,
    }

    fn file() -> File {
        serde_json::from_str(include_str!("../../tests/data/gains.json")).unwrap()
    }

    #[test]
    fn quantiles_equal_scipy() {
        let file = file();
        assert!(file.quantiles.len() > 100);
        for (p, df, want) in file.quantiles {
            let got = student_quantile(p, df);
            assert!((got - want).abs() <= 1e-9 * want.abs().max(1.0), "{p} with {df}: {got} for {want}");
        }
    }

    #[test]
    fn corrected_intervals_equal_the_reference() {
        let file = file();
        assert!(file.corrected.len() > 20);
        for case in file.corrected {
            let got = corrected(&case.differences, case.test_by_train, 0.95, case.together);
            assert!((got.low - case.low).abs() < 1e-9 && (got.high - case.high).abs() < 1e-9, "{got:?}");
        }
    }

    #[test]
    fn more_repetitions_never_make_a_gain_certain_and_more_gains_widen_each() {
        let fold = |i: usize| 0.02 + if i.is_multiple_of(2) { 0.01 } else { -0.01 };
        let width = |n: usize, together: usize| {
            let interval = corrected(&(0..n).map(fold).collect::<Vec<_>>(), 0.25, 0.95, together);
            interval.high - interval.low
        };
        assert!(width(1000, 1) > 2.0 * 1.96 * 0.01 * 0.25f64.sqrt() * 0.99);
        assert!(width(15, 8) > width(15, 1));
        assert_eq!(corrected(&[0.1], 0.25, 0.95, 1).low, f64::NEG_INFINITY);
        assert_eq!(paired_mean(&[0.0; 5], 0.95), Interval { value: 0.0, low: 0.0, high: 0.0 });
    }
}
