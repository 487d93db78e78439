//! One fit: labels and weights in, one head out.

use super::lbfgs::{self, Minimum, Stop};
use super::objective::Objective;
use super::offset::Offset;
use super::rowspace::RowSpace;
use super::training::{Training, UNSEEN_BIAS};
use super::{Head, LearnError, Standardiser};
use crate::math::softmax::Logit;

/// Down to this tolerance products run in single precision, which takes half the time; what is left, in double.
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
    /// Classes with at least one label, ascending.
    seen: Vec<usize>,
    /// n: position of each label in `seen`.
    pub labels: Vec<usize>,
    targets: Vec<f64>,
    base: Vec<f64>,
    n_classes: usize,
}

impl<'a> Prepared<'a> {
    /// # Errors
    /// See [`Training::check`].
    pub fn new(training: &Training<'_>, standardiser: &'a Standardiser) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        let (n, d) = (training.labels.len(), standardiser.dim());
        let space = RowSpace::for_fits(standardiser.apply(training.rows), n, d, training.n_classes);
        Ok(Self::on(training, standardiser, space))
    }

    /// In the smallest space, for work on the Hessian as well.
    ///
    /// # Errors
    /// See [`Training::check`].
    pub fn compact(training: &Training<'_>, standardiser: &'a Standardiser) -> Result<Self, LearnError> {
        training.check(standardiser)?;
        let (n, d) = (training.labels.len(), standardiser.dim());
        let space = RowSpace::smallest(standardiser.apply(training.rows), n, d);
        Ok(Self::on(training, standardiser, space))
    }

    /// In a space that was found already.
    pub fn on(training: &Training<'_>, standardiser: &'a Standardiser, space: RowSpace) -> Self {
        let n = training.labels.len();
        let mut seen: Vec<usize> = training.labels.to_vec();
        seen.sort_unstable();
        seen.dedup();
        let labels: Vec<usize> = training.labels.iter().map(|y| seen.binary_search(y).unwrap_or_default()).collect();
        let mut targets = vec![0.0; n * seen.len()];
        for (i, &y) in labels.iter().enumerate() {
            targets[i * seen.len() + y] = 1.0;
        }
        let base = training.weights.map_or_else(|| vec![1.0; n], |w| w.iter().map(|&w| f64::from(w)).collect());
        let single = space.coordinates.iter().map(|&x| x as f32).collect();
        Self { standardiser, space, single, seen, labels, targets, base, n_classes: training.n_classes }
    }

    pub fn n(&self) -> usize {
        self.labels.len()
    }

    /// Classes with at least one label, ascending.
    pub fn seen(&self) -> &[usize] {
        &self.seen
    }

    /// Classes with at least one label.
    pub fn n_seen(&self) -> usize {
        self.seen.len()
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
        if self.seen.len() < 2 {
            return start;
        }
        let (d, k) = (self.space.dim, self.seen.len());
        let single = Objective::new(&self.single, d, &self.targets, k, weights, lambda);
        let near = descend(single, offset, SINGLE_ROUNDING, start, tolerance.max(SINGLE));
        if near.converged && tolerance >= SINGLE {
            return near.point;
        }
        let double = Objective::new(&self.space.coordinates, d, &self.targets, k, weights, lambda);
        descend(double, offset, DOUBLE_ROUNDING, near.point, tolerance).point
    }

    /// The head with these parameters on top of `offset`.
    fn head(&self, offset: Option<&Offset>, point: &[f64]) -> Head {
        let (k, d) = (self.seen.len(), self.standardiser.dim());
        let mut full = vec![0.0; self.n_classes * d];
        let mut all = vec![f64::from(UNSEEN_BIAS); self.n_classes];
        let (w, b) = point.split_at(k * self.space.dim);
        let (mut expanded, mut b) = (self.space.expand(w, k), b.to_vec());
        if let Some(offset) = offset {
            expanded.iter_mut().zip(&offset.weights).for_each(|(w, o)| *w += o);
            b.iter_mut().zip(&offset.bias).for_each(|(b, o)| *b += o);
        }
        // The loss does not see a common shift of the biases; a centred one keeps the numbers small.
        let centre = b.iter().sum::<f64>() / k.max(1) as f64;
        for (row, &class) in self.seen.iter().enumerate() {
            if k > 1 {
                full[class * d..(class + 1) * d].copy_from_slice(&expanded[row * d..(row + 1) * d]);
            }
            all[class] = if k > 1 { b[row] - centre } else { 0.0 };
        }
        self.standardiser.fold(&full, &all)
    }

    /// The samples in the space of the fit: n × dim, row-major.
    pub fn coordinates(&self) -> (&[f64], usize) {
        (&self.space.coordinates, self.space.dim)
    }

    /// n × seen classes, one-hot.
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
