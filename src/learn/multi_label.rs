//! Heads for samples with any number of labels: one logistic per label, fitted on features that are prepared once.
//!
//! Per label with truth y ∈ {0, 1}: Σᵢ sᵢ ln(1 + exp(±zᵢ)) + λ/2 ‖w‖², z = w·x̃ + b, the bias free. That is a softmax
//! head of two classes with 2 λ. A label that was never, or always, seen has no finite optimum for its bias; it gets
//! the constant (n₊ + 1)/(n + 2), Laplace's rule of succession.
//!
//! Cost: as a softmax head's with L classes, in min(n, D) dimensions. Labels and members are fitted side by side.

use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use super::features::check_finite;
use super::lbfgs::{self, Stop};
use super::rowspace::RowSpace;
use super::{LearnError, Standardiser};
use crate::math::{Matrix, distance, dot, gemm, random};

/// Rows scored at once; fixed, so that a score does not depend on how a pool is split.
const BLOCK: usize = 2048;

/// L logistic heads: `sigmoid(W · x/‖x‖ + b)`, each number on its own. Standardisation is folded in, as in
/// [`Head`](super::Head).
#[derive(Debug, Clone, PartialEq)]
pub struct MultiHead {
    /// L × D.
    pub weights: Matrix,
    /// L.
    pub bias: Vec<f32>,
}

/// M heads over the same L labels and D dimensions. Its opinion is the mean of its members' probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct MultiCommittee {
    pub members: Vec<MultiHead>,
}

/// How to fit one head, or several.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MultiLabelOptions {
    /// Heads of a committee. Member 0 is the plain head; the others see re-weighted samples.
    pub members: usize,
    /// Strength of the L2 penalty (1/C of scikit-learn's binary logistic regression, on standardised features).
    pub lambda: f64,
    /// Largest gradient entry at which a fit stops, per unit of sample weight.
    pub tolerance: f64,
    pub seed: u64,
}

impl Default for MultiLabelOptions {
    fn default() -> Self {
        Self { members: 8, lambda: 1.0, tolerance: 1e-4, seed: 0 }
    }
}

/// Fit the plain head from raw `rows` (n × D) and their `truth` (n × `n_labels`, row-major). `members` and `seed` play
/// no part.
///
/// # Errors
/// No rows, no labels, numbers of them that do not fit, rows that are not finite, and options that are not positive.
pub fn fit_multi_label(
    rows: &Matrix,
    truth: &[bool],
    n_labels: usize,
    standardiser: &Standardiser,
    options: &MultiLabelOptions,
) -> Result<MultiHead, LearnError> {
    let shared = Shared::new(rows, truth, n_labels, standardiser, options)?;
    Ok(shared.fit(None, options.lambda, options.tolerance))
}

/// Fit the members in parallel.
///
/// Member 0 is [`fit_multi_label`]'s head. The others are a Bayesian bootstrap (Rubin 1981) with λ · 10^U(−½, ½): one
/// Exp(1) weight per sample, scaled per label so that positives and negatives keep their totals, which keeps rare
/// labels in.
///
/// # Errors
/// As [`fit_multi_label`].
pub fn fit_multi_committee(
    rows: &Matrix,
    truth: &[bool],
    n_labels: usize,
    standardiser: &Standardiser,
    options: &MultiLabelOptions,
) -> Result<MultiCommittee, LearnError> {
    if options.members == 0 {
        return Err(LearnError::Option("members"));
    }
    let shared = Shared::new(rows, truth, n_labels, standardiser, options)?;
    let member = |m: usize| {
        if m == 0 {
            return shared.fit(None, options.lambda, options.tolerance);
        }
        let mut rng = random::stream(options.seed, m as u64);
        let lambda = options.lambda * 10f64.powf(random::unit(rng.next_u64()) - 0.5);
        let factors: Vec<f64> = (0..rows.rows()).map(|_| -(1.0 - random::unit(rng.next_u64())).ln()).collect();
        shared.fit(Some(&factors), lambda, options.tolerance)
    };
    Ok(MultiCommittee { members: (0..options.members).into_par_iter().map(member).collect() })
}

impl MultiHead {
    /// The probability of each label of raw embeddings (n × D): n × L, row-major.
    ///
    /// # Panics
    /// When `rows` has another width than the head.
    pub fn probabilities(&self, rows: &Matrix) -> Vec<f32> {
        let (d, l) = (self.weights.cols(), self.bias.len());
        assert_eq!(rows.cols(), d, "embeddings have the head's width");
        let mut probabilities = vec![0.0; rows.rows() * l];
        probabilities.par_chunks_mut((BLOCK * l).max(1)).enumerate().for_each(|(block, out)| {
            let (start, n) = (block * BLOCK, out.len() / l);
            gemm::abt_into(&rows.as_slice()[start * d..(start + n) * d], self.weights.as_slice(), d, out);
            for (i, z) in out.chunks_exact_mut(l).enumerate() {
                let scale = distance::inverse_norm(rows.row(start + i));
                z.iter_mut().zip(&self.bias).for_each(|(z, b)| *z = 1.0 / (1.0 + (-(*z * scale + b)).exp()));
            }
        });
        probabilities
    }
}

impl MultiCommittee {
    /// The mean of the members' probabilities: n × L, row-major.
    ///
    /// # Panics
    /// As [`MultiHead::probabilities`].
    pub fn probabilities(&self, rows: &Matrix) -> Vec<f32> {
        let share = 1.0 / self.members.len() as f32;
        let mut members = self.members.iter().map(|member| member.probabilities(rows));
        let mut mean = members.next().unwrap_or_default();
        for member in members {
            mean.iter_mut().zip(member).for_each(|(mean, p)| *mean += p);
        }
        for p in &mut mean {
            *p *= share;
        }
        mean
    }
}

/// A training set made ready once and fitted once per label and member.
struct Shared<'a> {
    standardiser: &'a Standardiser,
    space: RowSpace,
    truth: &'a [bool],
    n_labels: usize,
}

impl<'a> Shared<'a> {
    fn new(
        rows: &Matrix,
        truth: &'a [bool],
        n_labels: usize,
        standardiser: &'a Standardiser,
        options: &MultiLabelOptions,
    ) -> Result<Self, LearnError> {
        let n = rows.rows();
        if n_labels == 0 {
            return Err(LearnError::Option("labels"));
        }
        if n == 0 {
            return Err(LearnError::NoLabels);
        }
        let lengths = [("truth", truth.len(), n * n_labels), ("embedding", rows.cols(), standardiser.dim())];
        if let Some((what, got, want)) = lengths.into_iter().find(|(_, got, want)| got != want) {
            return Err(LearnError::Length { what, got, want });
        }
        for (name, value) in [("lambda", options.lambda), ("tolerance", options.tolerance)] {
            if !(value.is_finite() && value > 0.0) {
                return Err(LearnError::Option(name));
            }
        }
        check_finite(rows)?;
        let space = RowSpace::smallest(standardiser.apply(rows), n, standardiser.dim());
        Ok(Self { standardiser, space, truth, n_labels })
    }

    /// One head, with `factors` as sample weights where given.
    fn fit(&self, factors: Option<&[f64]>, lambda: f64, tolerance: f64) -> MultiHead {
        let label = |label: usize| {
            let truth: Vec<bool> = self.truth.iter().skip(label).step_by(self.n_labels).copied().collect();
            fit_label(&self.space.coordinates, self.space.dim, &truth, factors, lambda, tolerance)
        };
        let fitted: Vec<(Vec<f64>, f64)> = (0..self.n_labels).into_par_iter().map(label).collect();
        let (weights, bias): (Vec<Vec<f64>>, Vec<f64>) = fitted.into_iter().unzip();
        let head = self.standardiser.fold(&self.space.expand(&weights.concat(), self.n_labels), &bias);
        MultiHead { weights: head.weights, bias: head.bias }
    }
}

/// Weights and bias of one label on `rows` (n × `d`).
fn fit_label(
    rows: &[f64],
    d: usize,
    truth: &[bool],
    factors: Option<&[f64]>,
    lambda: f64,
    tolerance: f64,
) -> (Vec<f64>, f64) {
    let n = truth.len();
    let positive = truth.iter().filter(|&&y| y).count();
    if positive == 0 || positive == n {
        return (vec![0.0; d], ((positive as f64 + 1.0) / ((n - positive) as f64 + 1.0)).ln());
    }
    let weights = factors.map_or_else(|| vec![1.0; n], |factors| balanced(factors, truth));
    let stop = Stop { gradient: tolerance * n as f64, iterations: 500, rounding: 1e-14 };
    let loss = |at: &[f64], gradient: &mut [f64]| logistic(rows, d, truth, &weights, lambda, at, gradient);
    let mut point = lbfgs::minimise(loss, vec![0.0; d + 1], stop).point;
    let bias = point.pop().unwrap_or_default();
    (point, bias)
}

/// `factors` scaled to a mean of 1 among positives and among negatives.
fn balanced(factors: &[f64], truth: &[bool]) -> Vec<f64> {
    let mean = |side: bool| {
        let (sum, count) = factors
            .iter()
            .zip(truth)
            .filter(|(_, y)| **y == side)
            .fold((0.0, 0.0), |(sum, count), (f, _)| (sum + f, count + 1.0));
        if sum > 0.0 { sum / count } else { 1.0 }
    };
    let (positive, negative) = (mean(true), mean(false));
    factors.iter().zip(truth).map(|(f, &y)| f / if y { positive } else { negative }).collect()
}

/// The loss of one label at `at` (w, then b), and its gradient. One pass over the rows.
fn logistic(
    rows: &[f64],
    d: usize,
    truth: &[bool],
    weights: &[f64],
    lambda: f64,
    at: &[f64],
    gradient: &mut [f64],
) -> f64 {
    let (w, b) = (&at[..d], at[d]);
    let (gw, gb) = gradient.split_at_mut(d);
    gw.iter_mut().zip(w).for_each(|(g, w)| *g = lambda * w);
    let (mut loss, mut shift) = (0.5 * lambda * dot(w, w), 0.0);
    for (i, (&y, s)) in truth.iter().zip(weights).enumerate() {
        let row = &rows[i * d..(i + 1) * d];
        let z = dot(row, w) + b;
        // ln(1 + e^−m) of the margin m, without overflow.
        let margin = if y { z } else { -z };
        loss += s * ((-margin).max(0.0) + (-margin.abs()).exp().ln_1p());
        let residual = s * (1.0 / (1.0 + (-z).exp()) - f64::from(y));
        gw.iter_mut().zip(row).for_each(|(g, x)| *g += residual * x);
        shift += residual;
    }
    gb[0] = shift;
    loss
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        multilabel_logistic: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        d: usize,
        l: usize,
        lam: f64,
        rows: Vec<f64>,
        truth: Vec<u8>,
        test: Vec<f64>,
        expected: Vec<f64>,
    }

    #[test]
    fn probabilities_equal_scikit_learn() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap();
        assert!(file.multilabel_logistic.len() >= 12 && file.multilabel_logistic.iter().any(|case| case.n < case.d));
        let mut worst = 0.0f64;
        for case in file.multilabel_logistic {
            let space = RowSpace::smallest(case.rows, case.n, case.d);
            for label in 0..case.l {
                let truth: Vec<bool> = case.truth.iter().skip(label).step_by(case.l).map(|&y| y == 1).collect();
                let (w, b) = fit_label(&space.coordinates, space.dim, &truth, None, case.lam, 1e-11);
                let w = space.expand(&w, 1);
                for (x, want) in case.test.chunks(case.d).zip(case.expected.chunks(case.l)) {
                    let got = 1.0 / (1.0 + (-dot(x, &w) - b).exp());
                    worst = worst.max((got - want[label]).abs());
                }
            }
        }
        assert!(worst < 1e-7, "{worst}");
    }

    #[test]
    fn the_gradient_equals_finite_differences() {
        let rows: Vec<f64> = (0..30).map(|i| random::unit(random::hash(1, i)) - 0.4).collect();
        let (truth, weights) = ([true, false, true], [1.0, 0.3, 2.0]);
        let at: Vec<f64> = (0..11).map(|i| f64::from(i) * 0.3 - 1.0).collect();
        let value = |at: &[f64], gradient: &mut [f64]| logistic(&rows, 10, &truth, &weights, 0.7, at, gradient);
        let mut gradient = vec![0.0; 11];
        value(&at, &mut gradient);
        for j in 0..11 {
            let side = |h: f64| {
                let mut moved = at.clone();
                moved[j] += h;
                value(&moved, &mut [0.0; 11])
            };
            assert!(((side(1e-5) - side(-1e-5)) / 2e-5 - gradient[j]).abs() < 1e-8, "{j}");
        }
    }

    /// Label l is the sign of dimension l, blurred.
    fn samples(n: usize, d: usize, l: usize, seed: u64) -> (Matrix, Vec<bool>) {
        let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        let rows = Matrix::new(n, d, (0..n * d).map(number).collect());
        let truth = (0..n * l).map(|at| rows.row(at / l)[at % l % d] + 0.2 * number(90_000 + at) > 0.0).collect();
        (rows, truth)
    }

    fn exact() -> MultiLabelOptions {
        MultiLabelOptions { tolerance: 1e-9, ..MultiLabelOptions::default() }
    }

    #[test]
    fn labels_are_learnt_and_members_agree_on_what_is_clear() {
        let (rows, truth) = samples(200, 6, 4, 3);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let committee = fit_multi_committee(&rows, &truth, 4, &standardiser, &exact()).unwrap();
        assert_eq!(committee.members[0], fit_multi_label(&rows, &truth, 4, &standardiser, &exact()).unwrap());
        assert_ne!(committee.members[1], committee.members[2]);
        for p in [committee.probabilities(&rows), committee.members[3].probabilities(&rows)] {
            let right = p.iter().zip(&truth).filter(|(p, y)| (**p > 0.5) == **y).count();
            assert!(right > 720, "{right} of 800");
        }
    }

    #[test]
    fn a_label_never_or_always_given_gets_a_constant_in_every_member() {
        let (rows, mut truth) = samples(18, 40, 3, 4);
        for sample in truth.chunks_mut(3) {
            (sample[0], sample[2]) = (false, true);
        }
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let committee = fit_multi_committee(&rows, &truth, 3, &standardiser, &exact()).unwrap();
        for member in &committee.members {
            for p in member.probabilities(&rows).chunks(3) {
                assert!((p[0] - 0.05).abs() < 1e-6 && (p[2] - 0.95).abs() < 1e-6 && p[1] > 0.0 && p[1] < 1.0);
            }
        }
        // One sample, one label.
        let one = fit_multi_label(&rows.gather(&[0]), &[true], 1, &standardiser, &exact()).unwrap();
        assert!((one.probabilities(&rows)[5] - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn bad_input_is_refused() {
        let (mut rows, truth) = samples(5, 4, 2, 1);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let refused = |rows: &Matrix, truth: &[bool], l: usize, options: &MultiLabelOptions| {
            fit_multi_committee(rows, truth, l, &standardiser, options).unwrap_err()
        };
        let options = MultiLabelOptions::default();
        assert_eq!(refused(&Matrix::zeros(0, 4), &[], 2, &options), LearnError::NoLabels);
        assert_eq!(refused(&rows, &[], 0, &options), LearnError::Option("labels"));
        assert_eq!(refused(&rows, &truth[..9], 2, &options), LearnError::Length { what: "truth", got: 9, want: 10 });
        for (name, options) in [
            ("members", MultiLabelOptions { members: 0, ..options }),
            ("lambda", MultiLabelOptions { lambda: -1.0, ..options }),
            ("tolerance", MultiLabelOptions { tolerance: f64::NAN, ..options }),
        ] {
            assert_eq!(refused(&rows, &truth, 2, &options), LearnError::Option(name));
        }
        rows.row_mut(3)[1] = f32::INFINITY;
        assert_eq!(refused(&rows, &truth, 2, &options), LearnError::NotFinite { row: 3 });
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn order_and_copies_do_no_harm_and_threads_change_no_bit(
            n in 1usize..30, d in 1usize..40, l in 1usize..4, seed in 0u64..1000
        ) {
            let (rows, truth) = samples(n, d, l, seed);
            let standardiser = Standardiser::from_pool(&rows).unwrap();
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| fit_multi_committee(&rows, &truth, l, &standardiser, &exact()).unwrap())
            };
            let committee = with(1);
            prop_assert_eq!(&committee, &with(3));
            let plain = committee.members[0].probabilities(&rows);
            // Every sample twice, in turned order, at twice the penalty, is the same problem but for constants.
            let back: Vec<usize> = (0..n).rev().chain((0..n).rev()).collect();
            let turned: Vec<bool> = back.iter().flat_map(|&i| truth[i * l..(i + 1) * l].to_vec()).collect();
            let options = MultiLabelOptions { lambda: 2.0, ..exact() };
            let again = fit_multi_label(&rows.gather(&back), &turned, l, &standardiser, &options).unwrap();
            for (at, (a, b)) in plain.iter().zip(again.probabilities(&rows)).enumerate() {
                let column = (0..n).filter(|i| truth[i * l + at % l]).count();
                if column > 0 && column < n {
                    prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
                } else {
                    prop_assert!(b > 0.0 && b < 1.0);
                }
            }
        }
    }
}
