//! The committee: several linear heads that vote on each embedding.

use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use super::fit::Prepared;
use super::lda::calibrated_lda;
use super::offset::Offset;
use super::prototype::prototype;
use super::training::{Training, UNSEEN_BIAS};
use super::tune::{Tuned, tune};
use super::{LearnError, Standardiser, Votes};
use crate::math::{Matrix, distance, gemm, random, softmax};

/// Rows scored at once; fixed, so that a score does not depend on how a pool is split.
pub const BLOCK: usize = 2048;

/// One linear softmax head: `softmax(W · x/‖x‖ + b)`.
///
/// Standardisation of the features is already folded into `weights` and `bias`, so a head applies to the raw embedding
/// after nothing but L2 normalisation.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    /// K × D.
    pub weights: Matrix,
    /// K.
    pub bias: Vec<f32>,
}

/// M heads over the same K classes and D dimensions. Its opinion is the mean of its members' probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Committee {
    pub members: Vec<Head>,
}

/// A committee, and the penalty and temperature its members were fitted with.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitted {
    pub committee: Committee,
    pub tuned: Tuned,
}

/// How to fit a committee.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CommitteeOptions {
    /// One is the plain head on all samples; more see the samples in different ways, see [`Kind`].
    pub members: usize,
    /// Penalty (1/C of scikit-learn, on standardised features) and temperature; `None` has them chosen by leave-one-out.
    pub tuned: Option<Tuned>,
    /// Largest gradient entry at which a fit stops, per unit of sample weight.
    pub tolerance: f64,
    pub seed: u64,
}

impl Default for CommitteeOptions {
    fn default() -> Self {
        Self { members: 8, tuned: None, tolerance: 1e-4, seed: 0 }
    }
}

/// How a member differs from the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Logistic, samples weighed by a Bayesian bootstrap per class (Rubin 1981: Exp(1) weights, scaled so that each class
    /// keeps its total; a multinomial bootstrap would lose rare classes and call that disagreement), λ · 10^U(−½, ½).
    Bootstrap,
    /// Logistic on a random half of the features (Ho 1998, "The random subspace method").
    Subspace,
    /// Linear discriminant analysis with a shrunken covariance.
    Discriminant,
    /// Distances to class means.
    Prototype,
}

/// The kinds of eight members, so ordered that both halves (every second member) see with unlike eyes.
const KINDS: [Kind; 8] = [
    Kind::Bootstrap,
    Kind::Bootstrap,
    Kind::Subspace,
    Kind::Discriminant,
    Kind::Bootstrap,
    Kind::Bootstrap,
    Kind::Subspace,
    Kind::Prototype,
];

/// The kind of member `m`: after the first eight, which hold one of each closed form, bootstraps and subspaces alternate.
fn kind(m: usize) -> Kind {
    KINDS.get(m).copied().unwrap_or(if m.is_multiple_of(2) { Kind::Bootstrap } else { Kind::Subspace })
}

/// Whether logistic member `m` corrects the prototype head: every other of each kind, and as many in both halves.
fn corrects(m: usize) -> bool {
    (m + m / 4).is_multiple_of(2)
}

/// Fit the members in parallel, from `previous` where given. Classes without a label get probability 0.
///
/// # Errors
/// Whatever [`Training::check`] refuses, and options that are not positive.
pub fn fit_committee(
    training: &Training<'_>,
    standardiser: &Standardiser,
    previous: Option<&Fitted>,
    options: &CommitteeOptions,
) -> Result<Fitted, LearnError> {
    if options.members == 0 {
        return Err(LearnError::Option("members"));
    }
    let tuned = match options.tuned {
        Some(tuned) => tuned,
        None => tune(training, standardiser, previous.map(|fitted| &fitted.tuned), options.seed)?,
    };
    for (name, value) in
        [("lambda", tuned.lambda), ("temperature", tuned.temperature), ("tolerance", options.tolerance)]
    {
        if !(value.is_finite() && value > 0.0) {
            return Err(LearnError::Option(name));
        }
    }
    let prepared = Prepared::new(training, standardiser)?;
    // A member in its own way: plain, or as a correction of the prototype head.
    let logistic =
        |prepared: &Prepared<'_>, standardiser: &Standardiser, m: usize, factors: Option<&[f64]>, lambda: f64| {
            let start = previous.and_then(|fitted| fitted.committee.members.get(m));
            if !corrects(m) {
                return Ok(prepared.fit(None, factors, lambda, start, options.tolerance).cooled(tuned.temperature));
            }
            let weights: Vec<f32> = prepared.weights(factors).iter().map(|&w| w as f32).collect();
            let offset = Offset::prototypes(&Training { weights: Some(&weights), ..*training }, standardiser)?;
            Ok(prepared.fit(Some(&offset), factors, lambda, start, options.tolerance).cooled(tuned.correcting))
        };
    let fit = |m: usize| -> Result<Head, LearnError> {
        if options.members == 1 {
            let start = previous.and_then(|fitted| fitted.committee.members.first());
            return Ok(prepared.fit(None, None, tuned.lambda, start, options.tolerance).cooled(tuned.temperature));
        }
        let mut rng = random::stream(options.seed, m as u64);
        match kind(m) {
            Kind::Bootstrap => {
                let lambda = tuned.lambda * 10f64.powf(random::unit(rng.next_u64()) - 0.5);
                let factors = bootstrap(&prepared.labels, prepared.n_seen(), &mut || random::unit(rng.next_u64()));
                logistic(&prepared, standardiser, m, Some(&factors), lambda)
            }
            Kind::Subspace => {
                let half = standardiser.half(options.seed ^ random::hash(0x5b, m as u64));
                logistic(&Prepared::new(training, &half)?, &half, m, None, tuned.lambda)
            }
            Kind::Discriminant => calibrated_lda(training, standardiser),
            Kind::Prototype => prototype(training, standardiser),
        }
    };
    let members = (0..options.members).into_par_iter().map(fit).collect::<Result<_, _>>()?;
    Ok(Fitted { committee: Committee { members }, tuned })
}

impl Head {
    /// The head whose logits are divided by `temperature`.
    pub(super) fn cooled(mut self, temperature: f64) -> Self {
        let scale = (1.0 / temperature) as f32;
        self.weights.as_mut_slice().iter_mut().for_each(|w| *w *= scale);
        self.bias.iter_mut().filter(|b| **b > UNSEEN_BIAS / 2.0).for_each(|b| *b *= scale);
        self
    }
}

/// Exp(1) factors, scaled to a mean of 1 within each class.
fn bootstrap(labels: &[usize], classes: usize, uniform: &mut impl FnMut() -> f64) -> Vec<f64> {
    let mut factors: Vec<f64> = labels.iter().map(|_| -(1.0 - uniform()).ln()).collect();
    let (mut total, mut count) = (vec![0.0; classes], vec![0.0; classes]);
    for (&y, &f) in labels.iter().zip(&factors) {
        total[y] += f;
        count[y] += 1.0;
    }
    for (&y, f) in labels.iter().zip(&mut factors) {
        *f = if total[y] > 0.0 { *f * count[y] / total[y] } else { 1.0 };
    }
    factors
}

impl Committee {
    pub fn n_classes(&self) -> usize {
        self.members.first().map_or(0, |head| head.bias.len())
    }

    pub fn dim(&self) -> usize {
        self.members.first().map_or(0, |head| head.weights.cols())
    }

    /// The votes on raw embeddings (n × D). The reference that the ONNX graph of a round is held to.
    ///
    /// # Panics
    /// When `rows` has another width than [`Committee::dim`].
    pub fn votes(&self, rows: &Matrix) -> Votes {
        let width = self.members.len() * self.n_classes();
        let mut probabilities = vec![0.0; rows.rows() * width];
        let scorer = self.scorer();
        let starts: Vec<&mut [f32]> = probabilities.chunks_mut((BLOCK * width).max(1)).collect();
        starts.into_par_iter().enumerate().for_each(|(block, out)| scorer.block(rows, block * BLOCK, out));
        Votes { n: rows.rows(), members: self.members.len(), classes: self.n_classes(), probabilities }
    }

    /// `reduce` of each block of [`BLOCK`] samples in turn, in parallel and in order of samples, so that a pool of any size
    /// is scored without holding its votes.
    ///
    /// # Panics
    /// When `rows` has another width than [`Committee::dim`].
    pub fn map_blocks<T: Send>(&self, rows: &Matrix, reduce: impl Fn(&Votes) -> Vec<T> + Sync) -> Vec<T> {
        let width = self.members.len() * self.n_classes();
        let scorer = self.scorer();
        let starts: Vec<usize> = (0..rows.rows()).step_by(BLOCK).collect();
        let parts: Vec<Vec<T>> = starts
            .into_par_iter()
            .map(|start| {
                let n = BLOCK.min(rows.rows() - start);
                let mut probabilities = vec![0.0; n * width];
                scorer.block(rows, start, &mut probabilities);
                reduce(&Votes { n, members: self.members.len(), classes: self.n_classes(), probabilities })
            })
            .collect();
        parts.into_iter().flatten().collect()
    }

    fn scorer(&self) -> Scorer {
        let classes = self.n_classes();
        let mut weights = Vec::with_capacity(self.members.len() * classes * self.dim());
        let mut bias = Vec::with_capacity(self.members.len() * classes);
        for head in &self.members {
            weights.extend_from_slice(head.weights.as_slice());
            bias.extend_from_slice(&head.bias);
        }
        Scorer { weights, bias, dim: self.dim(), classes }
    }
}

/// All members as one matrix, so that a block is one product.
struct Scorer {
    weights: Vec<f32>,
    bias: Vec<f32>,
    dim: usize,
    classes: usize,
}

impl Scorer {
    fn block(&self, rows: &Matrix, start: usize, out: &mut [f32]) {
        assert_eq!(rows.cols(), self.dim, "embeddings have the committee's width");
        let width = self.bias.len();
        let n = out.len() / width.max(1);
        let data = &rows.as_slice()[start * self.dim..(start + n) * self.dim];
        gemm::abt_into(data, &self.weights, self.dim, out);
        for (i, logits) in out.chunks_exact_mut(width.max(1)).enumerate() {
            let scale = distance::inverse_norm(rows.row(start + i));
            for (z, b) in logits.iter_mut().zip(&self.bias) {
                *z = *z * scale + b;
            }
        }
        softmax::softmax_rows(out, self.classes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two classes apart along the first dimension, with a third dimension of noise.
    fn blobs(n: usize) -> (Matrix, Vec<usize>) {
        let mut rows = Matrix::zeros(n, 3);
        let labels: Vec<usize> = (0..n).map(|i| i % 2).collect();
        for (i, &label) in labels.iter().enumerate() {
            let noise = |j: u64| random::unit(random::hash(j, i as u64)) as f32 - 0.5;
            let side = if label == 0 { -1.0 } else { 1.0 };
            rows.row_mut(i).copy_from_slice(&[side + noise(0), 1.0 + noise(1), noise(2)]);
        }
        (rows, labels)
    }

    fn fitted(rows: &Matrix, labels: &[usize], n_classes: usize, previous: Option<&Fitted>) -> Fitted {
        let standardiser = Standardiser::from_pool(rows).unwrap();
        let training = Training { rows, labels, weights: None, n_classes };
        let options = CommitteeOptions { tolerance: 1e-9, ..CommitteeOptions::default() };
        fit_committee(&training, &standardiser, previous, &options).unwrap()
    }

    fn fit(rows: &Matrix, labels: &[usize], n_classes: usize) -> Committee {
        fitted(rows, labels, n_classes, None).committee
    }

    #[test]
    fn separable_blobs_are_learnt_and_members_differ() {
        let (rows, labels) = blobs(60);
        let committee = fit(&rows, &labels, 2);
        let votes = committee.votes(&rows);
        let mean = votes.mean();
        let right = (0..60).filter(|&i| (mean[i * 2 + 1] > 0.5) == (labels[i] == 1)).count();
        assert_eq!(right, 60);
        assert_ne!(committee.members[0], committee.members[1]);
    }

    #[test]
    fn a_class_without_labels_gets_probability_zero_and_learns_when_one_comes() {
        let (rows, mut labels) = blobs(20);
        let before = fitted(&rows, &labels, 4, None);
        let mean = before.committee.votes(&rows).mean();
        assert!(mean.iter().all(|p| p.is_finite()) && mean[2] == 0.0 && mean[3] == 0.0);
        labels[7] = 3;
        let warm = fitted(&rows, &labels, 5, Some(&before)).committee.votes(&rows);
        let cold = fit(&rows, &labels, 5).votes(&rows);
        assert!(warm.mean()[7 * 5 + 3] > 0.1);
        let apart = warm.probabilities.iter().zip(&cold.probabilities).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(apart < 1e-5, "warm and cold starts differ by {apart}");
    }

    #[test]
    fn one_class_alone_is_certain() {
        let (rows, _) = blobs(6);
        let mean = fit(&rows, &[1; 6], 3).votes(&rows).mean();
        assert!(mean.chunks(3).all(|p| p == [0.0, 1.0, 0.0]));
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let (rows, labels) = blobs(50);
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            pool.install(|| fit(&rows, &labels, 2).votes(&rows))
        };
        assert_eq!(with(1), with(3));
    }

    #[test]
    fn bad_input_is_refused() {
        let (rows, labels) = blobs(4);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let refused = |rows: &Matrix, labels: &[usize], weights: Option<&[f32]>, n_classes| {
            let training = Training { rows, labels, weights, n_classes };
            fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap_err()
        };
        assert_eq!(refused(&Matrix::zeros(0, 3), &[], None, 2), LearnError::NoLabels);
        assert_eq!(refused(&rows, &[0, 1, 2, 0], None, 2), LearnError::Label { row: 2, label: 2, classes: 2 });
        assert_eq!(refused(&rows, &labels, Some(&[1.0, -1.0, 1.0, 1.0]), 2), LearnError::Weight { row: 1 });
        let mut broken = rows.clone();
        broken.row_mut(3)[1] = f32::INFINITY;
        assert_eq!(refused(&broken, &labels, None, 2), LearnError::NotFinite { row: 3 });
        assert!(matches!(refused(&rows, &labels[..2], None, 2), LearnError::Length { .. }));
    }

    #[test]
    fn blocks_reduce_to_the_same_votes() {
        let (rows, labels) = blobs(BLOCK + 100);
        let committee = fit(&rows, &labels, 2);
        let streamed = committee.map_blocks(&rows, |votes| votes.probabilities.clone());
        assert_eq!(streamed, committee.votes(&rows).probabilities);
    }
}
