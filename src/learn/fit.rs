//! One fit: labels and weights in, one head out.

use super::lbfgs::{self, Minimum, Stop};
use super::objective::Objective;
use super::offset::Offset;
use super::rowspace::RowSpace;
use super::training::{Training, UNSEEN_BIAS};
use super::{Head, LearnError, Link, Standardiser, Targets};
use crate::math::softmax::Logit;

/// Down to this tolerance products run in single precision, which takes half the time; below it, in double.
const SINGLE: f64 = 1e-5;
/// Rounding of the loss in each precision, as a share of it.
const SINGLE_ROUNDING: f64 = 1e-7;
const DOUBLE_ROUNDING: f64 = 1e-14;

/// A training set made ready once and fitted many times (one member each).
pub struct Prepared<'a> {
    standardiser: &'a Standardiser,
    space: RowSpace,
    /// The coordinates in single precision.
    single: Vec<f32>,
    link: Link,
    n: usize,
    /// Classes of which something can be learned, ascending; see [`Targets::varying`].
    seen: Vec<usize>,
    /// n × seen classes.
    targets: Vec<f64>,
    /// n, or n × seen classes; see [`Link::weights`].
    base: Vec<f64>,
    /// K: the bias of each class of which nothing can be learned.
    constants: Vec<f64>,
}

impl<'a> Prepared<'a> {
    /// # Errors
    /// See [`Training::check`].
    pub fn new(training: &Training<'_>, standardiser: &'a Standardiser) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        let (n, d) = (training.len(), standardiser.dim());
        let space = RowSpace::for_fits(standardiser.apply(training.rows), n, d, training.n_classes);
        Ok(Self::on(training, standardiser, space))
    }

    /// In the smallest space, for work on the Hessian as well.
    ///
    /// # Errors
    /// See [`Training::check`].
    pub fn compact(training: &Training<'_>, standardiser: &'a Standardiser) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        let (n, d) = (training.len(), standardiser.dim());
        let space = RowSpace::smallest(standardiser.apply(training.rows), n, d);
        Ok(Self::on(training, standardiser, space))
    }

    /// In a space that was found already.
    pub fn on(training: &Training<'_>, standardiser: &'a Standardiser, space: RowSpace) -> Self {
        let (n, classes, targets) = (training.len(), training.n_classes, training.targets);
        let link = targets.link();
        let seen = targets.varying(classes);
        let k = seen.len();
        let mut wanted = vec![0.0; n * k];
        match targets {
            Targets::One(labels) => {
                for (i, y) in labels.iter().enumerate() {
                    wanted[i * k + seen.binary_search(y).unwrap_or_default()] = 1.0;
                }
            }
            Targets::Sets(truth) => {
                for (out, sample) in wanted.chunks_exact_mut(k.max(1)).zip(truth.chunks_exact(classes.max(1))) {
                    out.iter_mut().zip(&seen).for_each(|(out, &c)| *out = f64::from(sample[c]));
                }
            }
        }
        let each = link.weights(n, k).checked_div(n).unwrap_or_default();
        let of = |i: usize| training.weights.map_or(1.0, |weights| f64::from(weights[i]));
        let base = (0..n).flat_map(|i| std::iter::repeat_n(of(i), each)).collect();
        let constants = targets.counts(classes).into_iter().map(|count| link.constant(count, n)).collect();
        let single = space.coordinates.iter().map(|&x| x as f32).collect();
        Self { standardiser, space, single, link, n, seen, targets: wanted, base, constants }
    }

    pub const fn n(&self) -> usize {
        self.n
    }

    pub const fn link(&self) -> Link {
        self.link
    }

    /// Classes of which something can be learned, ascending.
    pub fn seen(&self) -> &[usize] {
        &self.seen
    }

    /// Classes of which something can be learned.
    pub const fn n_seen(&self) -> usize {
        self.seen.len()
    }

    /// K: the bias of each class of which nothing can be learned.
    pub fn constants(&self) -> &[f64] {
        &self.constants
    }

    /// Whether there is anything to learn.
    pub const fn varies(&self) -> bool {
        self.seen.len() >= self.link.least()
    }

    /// Sample weights from `draws` (n), scaled to a mean of 1 within each class; or where classes stand by themselves, within
    /// the samples that have it and within those that have not.
    pub fn balanced(&self, draws: &[f64]) -> Vec<f64> {
        let k = self.seen.len();
        match self.link {
            Link::Softmax => {
                let class =
                    |i: usize| self.targets[i * k..(i + 1) * k].iter().position(|&q| q > 0.0).unwrap_or_default();
                even(draws, k, class)
            }
            Link::Sigmoid => {
                let mut factors = vec![1.0; self.n * k];
                for c in 0..k {
                    let own = even(draws, 2, |i| usize::from(self.targets[i * k + c] > 0.5));
                    factors.iter_mut().skip(c).step_by(k).zip(own).for_each(|(factor, own)| *factor = own);
                }
                factors
            }
        }
    }

    /// Fit with `factors` on top of the sample weights, as a correction of `offset` and from `previous` where given.
    ///
    /// The optimum is unique, so the start changes only the time taken (and digits below `tolerance`). The gradient stops
    /// at `tolerance` times the total weight.
    pub fn fit(
        &self,
        offset: Option<&Offset>,
        factors: Option<&[f64]>,
        lambda: f64,
        previous: Option<&Head>,
        tolerance: f64,
    ) -> Head {
        let start = self.start(offset, previous);
        let point = self.solve(offset, &self.weights(factors), lambda, start, tolerance);
        self.head(offset, &point)
    }

    /// The sample weights times `factors`.
    pub fn weights(&self, factors: Option<&[f64]>) -> Vec<f64> {
        match factors {
            Some(factors) => self.base.iter().zip(factors).map(|(b, f)| b * f).collect(),
            None => self.base.clone(),
        }
    }

    /// The optimum as parameters in the space of the fit: W (seen classes × dimensions), then the bias; both without what
    /// `offset` adds to them.
    pub fn solve(
        &self,
        offset: Option<&Offset>,
        weights: &[f64],
        lambda: f64,
        start: Vec<f64>,
        tolerance: f64,
    ) -> Vec<f64> {
        if !self.varies() {
            return start;
        }
        let (d, k) = (self.space.dim, self.seen.len());
        let single = Objective::new(self.link, &self.single, d, &self.targets, k, weights, lambda);
        let near = descend(single, offset, SINGLE_ROUNDING, start, tolerance.max(SINGLE));
        if near.converged && tolerance >= SINGLE {
            return near.point;
        }
        let double = Objective::new(self.link, &self.space.coordinates, d, &self.targets, k, weights, lambda);
        descend(double, offset, DOUBLE_ROUNDING, near.point, tolerance).point
    }

    /// The head with these parameters on top of `offset`.
    fn head(&self, offset: Option<&Offset>, point: &[f64]) -> Head {
        let (k, d) = (self.seen.len(), self.standardiser.dim());
        let mut full = vec![0.0; self.constants.len() * d];
        let mut all = self.constants.clone();
        let (w, b) = point.split_at(k * self.space.dim);
        let (mut expanded, mut b) = (self.space.expand(w, k), b.to_vec());
        if let Some(offset) = offset {
            expanded.iter_mut().zip(&offset.weights).for_each(|(w, o)| *w += o);
            b.iter_mut().zip(&offset.bias).for_each(|(b, o)| *b += o);
        }
        if self.link == Link::Softmax {
            // The loss does not see a common shift of the biases; a centred one keeps the numbers small.
            let centre = b.iter().sum::<f64>() / k.max(1) as f64;
            for b in &mut b {
                *b -= centre;
            }
        }
        for (row, &class) in self.seen.iter().enumerate() {
            if self.varies() {
                full[class * d..(class + 1) * d].copy_from_slice(&expanded[row * d..(row + 1) * d]);
            }
            all[class] = if self.varies() { b[row] } else { 0.0 };
        }
        self.standardiser.fold(&full, &all)
    }

    /// The samples in the space of the fit: n × dim, row-major.
    pub fn coordinates(&self) -> (&[f64], usize) {
        (&self.space.coordinates, self.space.dim)
    }

    /// n × seen classes, zeros and ones.
    pub fn targets(&self) -> &[f64] {
        &self.targets
    }

    /// Parameters to start from: those of `previous` less `offset` for classes it knew, zeros for others.
    pub fn start(&self, offset: Option<&Offset>, previous: Option<&Head>) -> Vec<f64> {
        let (k, d) = (self.seen.len(), self.standardiser.dim());
        let mut weights = vec![0.0; k * d];
        let mut bias = vec![0.0; k];
        if let Some(head) = previous.filter(|head| head.weights.cols() == d) {
            for (row, &class) in self.seen.iter().enumerate() {
                if class < head.bias.len() && head.bias[class] > UNSEEN_BIAS / 2.0 {
                    let (w, b) = self.standardiser.unfold(head, class);
                    weights[row * d..(row + 1) * d].copy_from_slice(&w);
                    bias[row] = b;
                    if let Some(offset) = offset {
                        let known = &offset.weights[row * d..(row + 1) * d];
                        weights[row * d..(row + 1) * d].iter_mut().zip(known).for_each(|(w, o)| *w -= o);
                        bias[row] -= offset.bias[row];
                    }
                }
            }
        }
        let mut start = self.space.project(&weights, k);
        start.extend(bias);
        start
    }
}

/// `draws` scaled to a mean of 1 within each group of samples.
fn even(draws: &[f64], groups: usize, group: impl Fn(usize) -> usize) -> Vec<f64> {
    let (mut total, mut count) = (vec![0.0; groups], vec![0.0; groups]);
    for (i, draw) in draws.iter().enumerate() {
        total[group(i)] += draw;
        count[group(i)] += 1.0;
    }
    let scaled = |(i, draw): (usize, &f64)| {
        let g = group(i);
        if total[g] > 0.0 { draw * count[g] / total[g] } else { 1.0 }
    };
    draws.iter().enumerate().map(scaled).collect()
}

fn descend<T: Logit>(
    objective: Objective<'_, T>,
    offset: Option<&Offset>,
    rounding: f64,
    start: Vec<f64>,
    tolerance: f64,
) -> Minimum {
    let mut objective = match offset {
        Some(offset) => objective.offset(&offset.logits),
        None => objective,
    };
    let stop = Stop { gradient: tolerance * objective.total_weight().max(1.0), iterations: 500, rounding };
    lbfgs::minimise(|at, gradient| objective.evaluate(at, gradient), start, stop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::math::{Matrix, dot};

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
    fn heads_of_sets_give_the_probabilities_of_scikit_learn_class_by_class() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/heads.json")).unwrap();
        assert!(file.multilabel_logistic.len() >= 12 && file.multilabel_logistic.iter().any(|case| case.n < case.d));
        let mut worst = 0.0f64;
        for case in file.multilabel_logistic {
            // Features as they are: no normalisation, no standardisation.
            let standardiser = Standardiser { mean: vec![0.0; case.d], scale: vec![1.0; case.d], axes: 0 };
            let rows = Matrix::zeros(case.n, case.d);
            let truth: Vec<bool> = case.truth.iter().map(|&y| y == 1).collect();
            let training = Training { rows: &rows, targets: Targets::Sets(&truth), weights: None, n_classes: case.l };
            let space = RowSpace::smallest(case.rows, case.n, case.d);
            let prepared = Prepared::on(&training, &standardiser, space);
            let start = prepared.start(None, None);
            let point = prepared.solve(None, &prepared.weights(None), case.lam, start, 1e-12);
            let (w, b) = point.split_at(prepared.n_seen() * prepared.space.dim);
            let w = prepared.space.expand(w, prepared.n_seen());
            for (x, want) in case.test.chunks(case.d).zip(case.expected.chunks(case.l)) {
                for (at, &class) in prepared.seen().iter().enumerate() {
                    let got = 1.0 / (1.0 + (-dot(x, &w[at * case.d..(at + 1) * case.d]) - b[at]).exp());
                    worst = worst.max((got - want[class]).abs());
                }
            }
            assert_eq!(prepared.n_seen(), case.l, "every label of the cases varies");
        }
        assert!(worst < 1e-7, "{worst}");
    }
}
