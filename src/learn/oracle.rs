//! The head against scikit-learn's `LogisticRegression` (data: `tests/oracles/learning.py`).

use super::{CommitteeOptions, Fitted, Standardiser, Targets, Training, Tuned, fit_committee};
use crate::math::Matrix;

#[derive(serde::Deserialize)]
struct File {
    cases: Vec<Case>,
}

/// A fit on labeled rows, and its head's predictions for others; all row-major.
#[derive(serde::Deserialize)]
pub(super) struct Case {
    pub n: usize,
    pub d: usize,
    pub k: usize,
    pub lam: f64,
    pub rows: Vec<f32>,
    pub labels: Vec<usize>,
    pub weights: Vec<f32>,
    pub test: Vec<f32>,
    pub expected: Vec<f32>,
}

#[test]
fn probabilities_equal_scikit_learn_with_and_without_weights_and_with_few_or_many_rows() {
    let file: File = serde_json::from_str(include_str!("../../tests/data/logistic.json")).unwrap();
    assert_eq!(file.cases.len(), 6);
    for case in file.cases {
        let rows = Matrix::new(case.n, case.d, case.rows);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let training = Training {
            rows: &rows,
            targets: Targets::One(&case.labels),
            weights: Some(&case.weights),
            n_classes: case.k,
        };
        let options =
            CommitteeOptions { members: 1, tuned: Some(Tuned::fixed(case.lam, 1.0)), tolerance: 1e-10, seed: 0 };
        let fit = |previous: Option<&Fitted>| fit_committee(&training, &standardiser, previous, &options).unwrap();
        let cold = fit(None);
        let test = Matrix::new(case.test.len() / case.d, case.d, case.test);
        for (start, fitted) in [("cold", &cold), ("warm", &fit(Some(&cold)))] {
            let got = fitted.committee.votes(&test).mean();
            let apart = got.iter().zip(&case.expected).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            assert!(apart < 1e-5, "{start}: n {} d {} k {} lambda {}: {apart}", case.n, case.d, case.k, case.lam);
        }
    }
}
