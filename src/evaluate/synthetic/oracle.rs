//! The measures against prdc, scipy and scikit-learn (data: `tests/oracles/synthetic.py`).

use super::fidelity::{Moments, frechet, projected};
use super::sampling::ComparedSamples;
use super::{GateSamples, manifold, privacy};
use crate::math::Matrix;

#[derive(serde::Deserialize)]
struct File {
    manifolds: Vec<Manifold>,
    distances: Vec<Distance>,
    nearest: Vec<Nearest>,
}

#[derive(serde::Deserialize)]
struct Manifold {
    d: usize,
    real: Vec<f32>,
    synthetic: Vec<f32>,
    precision: f64,
    recall: f64,
    density: f64,
    coverage: f64,
    spread: f64,
}

#[derive(serde::Deserialize)]
struct Distance {
    d: usize,
    one: Vec<f32>,
    other: Vec<f32>,
    value: f64,
    dims: usize,
    kept: f64,
    reduced: f64,
}

#[derive(serde::Deserialize)]
struct Nearest {
    d: usize,
    real: Vec<f32>,
    synthetic: Vec<f32>,
    to_real: [f64; 3],
    among_real: [f64; 3],
    shorter: f64,
}

fn file() -> File {
    serde_json::from_str(include_str!("../../../tests/data/synthetic.json")).unwrap()
}

fn matrix(numbers: Vec<f32>, d: usize) -> Matrix {
    Matrix::new(numbers.len() / d, d, numbers)
}

#[test]
fn precision_recall_density_and_coverage_equal_prdc() {
    let cases = file().manifolds;
    assert_eq!(cases.len(), 12);
    for case in cases {
        let got = manifold::scores(&matrix(case.real, case.d), &matrix(case.synthetic, case.d)).unwrap();
        for (got, want) in [
            (got.precision.value, case.precision),
            (got.recall.value, case.recall),
            (got.density, case.density),
            (got.coverage.value, case.coverage),
        ] {
            assert!((got - want).abs() < 1e-9, "{got} for {want}");
        }
        assert!((got.spread - case.spread).abs() < 1e-5 * case.spread);
    }
}

#[test]
fn frechet_distances_equal_scipy_also_in_the_space_of_leading_directions() {
    let cases = file().distances;
    assert_eq!(cases.len(), 8);
    for case in cases {
        let (one, other) = (matrix(case.one, case.d), matrix(case.other, case.d));
        let between = |one: &Matrix, other: &Matrix| {
            let of = |rows: &Matrix| Moments::of(rows, &(0..rows.rows()).collect::<Vec<_>>());
            frechet(&of(one), &of(other)).unwrap()
        };
        let got = between(&one, &other);
        assert!((got - case.value).abs() < 1e-6 * case.value.max(1.0), "{got} for {}", case.value);
        let mut pooled = one.clone();
        pooled.push_rows(other.as_slice());
        let ([one, other], kept) = projected(&pooled, [&one, &other], case.dims, 1).unwrap();
        let got = between(&one, &other);
        assert!((got - case.reduced).abs() < 1e-4 * case.reduced.max(1.0), "{got} for {}", case.reduced);
        assert!((kept - case.kept).abs() < 1e-5, "{kept} for {}", case.kept);
    }
}

#[test]
fn distances_to_the_nearest_equal_scikit_learn() {
    for case in file().nearest {
        let (real, synthetic) = (matrix(case.real, case.d), matrix(case.synthetic, case.d));
        let groups: Vec<u64> = (0..real.rows() as u64).collect();
        let (real_classes, synthetic_classes) = (vec![0; real.rows()], vec![0; synthetic.rows()]);
        let samples = GateSamples {
            real: &real,
            real_classes: &real_classes,
            groups: &groups,
            synthetic: &synthetic,
            synthetic_classes: &synthetic_classes,
            n_classes: 1,
        };
        let compared = ComparedSamples::new(&samples, 0);
        let got = privacy::find(&compared).unwrap().of(&compared);
        let pairs = got.to_real.iter().chain(&got.among_real).zip(case.to_real.iter().chain(&case.among_real));
        assert!(pairs.into_iter().all(|(got, want)| (got - want).abs() < 1e-5), "{got:?}");
        assert!((got.shorter.value - case.shorter).abs() < 1e-9, "{} for {}", got.shorter.value, case.shorter);
    }
}
