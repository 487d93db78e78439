//! Intervals, scores and curves against statsmodels, scipy and scikit-learn (data: `tests/oracles/learning.py`).

use super::classification::Confusion;
use super::curve::isotonic;
use super::interval::{normal_quantile, wilson};

#[derive(serde::Deserialize)]
struct File {
    wilson: Vec<(u64, u64, f64, f64, f64)>,
    quantiles: Vec<(f64, f64)>,
    f1: Vec<Scored>,
    isotonic: Vec<(Vec<f64>, Vec<f64>)>,
}

#[derive(serde::Deserialize)]
struct Scored {
    k: usize,
    truth: Vec<usize>,
    predicted: Vec<usize>,
    r#macro: f64,
    precision: Vec<f64>,
    recall: Vec<f64>,
    f1: Vec<f64>,
}

fn file() -> File {
    serde_json::from_str(include_str!("../../tests/data/evaluate.json")).unwrap()
}

#[test]
fn wilson_intervals_equal_statsmodels() {
    for (hits, n, level, low, high) in file().wilson {
        let got = wilson(hits, n, level);
        assert!((got.low - low).abs() < 1e-10 && (got.high - high).abs() < 1e-10, "{hits} of {n}: {got:?}");
    }
}

#[test]
fn normal_quantiles_equal_scipy() {
    for (p, z) in file().quantiles {
        assert!((normal_quantile(p) - z).abs() < 1e-9 * z.abs().max(1.0), "{p}");
    }
}

#[test]
fn class_scores_equal_scikit_learn() {
    for case in file().f1 {
        let confusion = Confusion::new(&case.truth, &case.predicted, case.k);
        assert!((confusion.macro_f1() - case.r#macro).abs() < 1e-10);
        for (c, score) in confusion.per_class().iter().enumerate() {
            let want = [case.precision[c], case.recall[c], case.f1[c]];
            let got = [score.precision, score.recall, score.f1];
            assert!(got.iter().zip(want).all(|(a, b)| (a - b).abs() < 1e-10), "{got:?} {want:?}");
        }
    }
}

#[test]
fn isotonic_curves_equal_scikit_learn() {
    for (raw, want) in file().isotonic {
        let got = isotonic(&raw);
        assert!(got.iter().zip(&want).all(|(a, b)| (a - b).abs() < 1e-9) && got.len() == want.len());
    }
}
