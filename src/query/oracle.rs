//! Strategies against scikit-activeml and modAL (data: `tests/oracles/learning.py`).

use std::collections::BTreeMap;

use super::Strategy;
use super::coverage::{CoverageOptions, max_herding};
use super::rank::score;
use crate::learn::Votes;
use crate::math::Matrix;

#[derive(serde::Deserialize)]
struct Scores {
    cases: Vec<ScoreCase>,
}

#[derive(serde::Deserialize)]
struct ScoreCase {
    m: usize,
    k: usize,
    votes: Vec<f32>,
    expected: BTreeMap<String, f32>,
}

#[derive(serde::Deserialize)]
struct Coverage {
    cases: Vec<CoverageCase>,
}

#[derive(serde::Deserialize)]
struct CoverageCase {
    n: usize,
    d: usize,
    covered: usize,
    rows: Vec<f32>,
    expected: Vec<usize>,
}

#[test]
fn scores_equal_the_libraries_on_random_committees() {
    let file: Scores = serde_json::from_str(include_str!("../../tests/data/scores.json")).unwrap();
    assert!(file.cases.len() >= 200);
    for (i, case) in file.cases.into_iter().enumerate() {
        let votes = Votes::new(case.m, case.k, case.votes).unwrap();
        assert_eq!(case.expected.len(), Strategy::all().len() - 1, "all but random");
        for (name, want) in case.expected {
            let got = score(name.parse().unwrap(), &votes)[0];
            assert!((got - want).abs() < 2e-6, "case {i}, {name}: {got} {want}");
        }
    }
}

#[test]
fn coverage_picks_equal_max_herding_of_scikit_activeml() {
    let file: Coverage = serde_json::from_str(include_str!("../../tests/data/coverage.json")).unwrap();
    assert!(file.cases.len() >= 200);
    for (i, case) in file.cases.into_iter().enumerate() {
        let rows = Matrix::new(case.n, case.d, case.rows);
        let ids: Vec<u64> = (0..case.n as u64).collect();
        let covered: Vec<usize> = (0..case.covered).collect();
        let open: Vec<usize> = (case.covered..case.n).collect();
        let options = CoverageOptions { sigma: Some(1.0), ..CoverageOptions::default() };
        let picks = max_herding(&rows, &ids, &open, &covered, case.expected.len(), &options);
        assert_eq!(picks.iter().map(|p| p.index).collect::<Vec<_>>(), case.expected, "case {i}");
    }
}
