//! The committee: several members that vote on each embedding, linear heads and, where columns are at hand, boosted trees.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng as _;
use rayon::prelude::*;

use super::fit::Prepared;
use super::lda::calibrated_lda;
use super::offset::Offset;
use super::prototype::prototype;
use super::training::{Training, UNSEEN_BIAS};
use super::trees::{Boosted, Boosting, BoostingOptions, boost};
use super::tune::{Tuned, tune};
use super::{LearnError, Link, Standardiser, Votes};
use crate::math::{Matrix, distance, gemm, random};

/// Rows scored at once; fixed, so that a score does not depend on how a pool is split.
pub const BLOCK: usize = 2048;

/// One linear head: logits `W · x/‖x‖ + b`, which the [`Link`] of its committee makes probabilities.
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

/// M members over the same K classes and D dimensions: heads, and behind them trees. Its opinion is the mean of its members'
/// probabilities.
#[derive(Debug, Clone, PartialEq)]
pub struct Committee {
    /// One at least.
    pub heads: Vec<Head>,
    pub trees: Vec<Boosted>,
    pub link: Link,
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
    /// Logistic, on all samples and features.
    Plain,
    /// Logistic, samples weighed by a Bayesian bootstrap per class (Rubin 1981: Exp(1) weights, scaled so that each class
    /// keeps its total; a multinomial bootstrap would lose rare classes and call that disagreement), λ · 10^U(−½, ½).
    Bootstrap,
    /// Logistic on a random half of the features (Ho 1998, "The random subspace method").
    Subspace,
    /// Linear discriminant analysis with a shrunken covariance.
    Discriminant,
    /// Distances to class means.
    Prototype,
    /// Boosted trees, samples weighed as for [`Kind::Bootstrap`].
    Trees,
}

/// The kinds of eight members, ordered so that both halves (every second member) differ in kind.
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

/// The members of every eight that trees take the place of, as many as were chosen: as many in both halves, and no closed form.
const TREES: [usize; 4] = [4, 5, 1, 2];

/// The kind of member `m` of so many, of which trees have `of_eight` of every eight. Of one class per sample: after the first eight,
/// which hold one of each closed form, bootstraps and subspaces alternate. Of sets: a plain head, and bootstraps, since closed forms
/// know one class per sample.
pub(super) fn kind(link: Link, m: usize, members: usize, of_eight: usize) -> Kind {
    match link {
        _ if members == 1 => Kind::Plain,
        _ if TREES[..of_eight.min(TREES.len())].contains(&(m % KINDS.len())) => Kind::Trees,
        Link::Softmax => {
            KINDS.get(m).copied().unwrap_or(if m.is_multiple_of(2) { Kind::Bootstrap } else { Kind::Subspace })
        }
        Link::Sigmoid if m == 0 => Kind::Plain,
        Link::Sigmoid => Kind::Bootstrap,
    }
}

/// Whether logistic member `m` corrects the prototype head: every other of each kind, and as many in both halves.
fn corrects(link: Link, m: usize) -> bool {
    link == Link::Softmax && (m + m / 4).is_multiple_of(2)
}

/// Whether head `m` of so many members chooses by leave-one-out, of itself or of the prototypes that it corrects.
pub(super) fn judges_itself(link: Link, m: usize, members: usize) -> bool {
    match kind(link, m, members, 0) {
        Kind::Plain | Kind::Trees => false,
        Kind::Bootstrap | Kind::Subspace => corrects(link, m),
        Kind::Discriminant | Kind::Prototype => true,
    }
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
    let link = prepared.link();
    let start = |m: usize| previous.and_then(|fitted| fitted.committee.head_at(m));
    let plain = |prepared: &Prepared<'_>, m: usize, factors: Option<&[f64]>, lambda: f64| {
        prepared.fit(None, factors, lambda, start(m), options.tolerance).cooled(tuned.temperature)
    };
    // A member in its own way: plain, or as a correction of the prototype head.
    let logistic =
        |prepared: &Prepared<'_>, standardiser: &Standardiser, m: usize, factors: Option<&[f64]>, lambda: f64| {
            if !corrects(link, m) {
                return Ok(plain(prepared, m, factors, lambda));
            }
            let weights: Vec<f32> = prepared.weights(factors).iter().map(|&w| w as f32).collect();
            let offset = Offset::prototypes(&Training { weights: Some(&weights), ..*training }, standardiser)?;
            Ok(prepared.fit(Some(&offset), factors, lambda, start(m), options.tolerance).cooled(tuned.correcting))
        };
    let of_eight = tuned.boosting.map_or(0, |boosting| boosting.of_eight);
    let kind = |m: usize| kind(link, m, options.members, of_eight);
    let (seats_of_trees, seats_of_heads): (Vec<usize>, Vec<usize>) =
        (0..options.members).partition(|&m| kind(m) == Kind::Trees);
    let fit = |m: usize| -> Result<Head, LearnError> {
        let mut rng = random::stream(options.seed, m as u64);
        match kind(m) {
            Kind::Plain | Kind::Trees => Ok(plain(&prepared, m, None, tuned.lambda)),
            Kind::Bootstrap => {
                let lambda = tuned.lambda * 10f64.powf(random::unit(rng.next_u64()) - 0.5);
                let draws = exponential(prepared.n(), &mut rng);
                logistic(&prepared, standardiser, m, Some(&prepared.balanced(&draws)), lambda)
            }
            Kind::Subspace => {
                let half = standardiser.half(options.seed ^ random::hash(0x5b, m as u64));
                logistic(&Prepared::new(training, &half)?, &half, m, None, tuned.lambda)
            }
            Kind::Discriminant => calibrated_lda(training, standardiser),
            Kind::Prototype => prototype(training, standardiser),
        }
    };
    let grow = |m: usize, chosen: &Boosting| -> Boosted {
        let draws = exponential(prepared.n(), &mut random::stream(options.seed, m as u64));
        let factors = match link {
            Link::Softmax => prepared.balanced(&draws),
            Link::Sigmoid => draws,
        };
        let &Boosting { rounds, temperature, .. } = chosen;
        let seed = random::hash(options.seed, m as u64);
        boost(training, Some(&factors), &BoostingOptions { axes: standardiser.axes, rounds, temperature, seed })
    };
    let (heads, trees) = rayon::join(
        || seats_of_heads.into_par_iter().map(fit).collect::<Result<_, _>>(),
        || {
            let chosen = tuned.boosting.iter();
            let seats = chosen.flat_map(|chosen| seats_of_trees.iter().map(move |&m| (m, chosen)));
            seats.collect::<Vec<_>>().into_par_iter().map(|(m, chosen)| grow(m, chosen)).collect()
        },
    );
    Ok(Fitted { committee: Committee { heads: heads?, trees, link }, tuned })
}

/// n draws from Exp(1): weights of a Bayesian bootstrap.
fn exponential(n: usize, rng: &mut ChaCha8Rng) -> Vec<f64> {
    (0..n).map(|_| -(1.0 - random::unit(rng.next_u64())).ln()).collect()
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

impl Committee {
    /// A committee without trees.
    pub const fn of_heads(heads: Vec<Head>, link: Link) -> Self {
        Self { heads, trees: Vec::new(), link }
    }

    /// M.
    pub const fn members(&self) -> usize {
        self.heads.len() + self.trees.len()
    }

    /// For each head, which of the members it was fitted as: see [`kind`].
    pub(super) fn seats(&self) -> Vec<usize> {
        let seats = |of_eight: usize| -> Vec<usize> {
            let head = |&m: &usize| kind(self.link, m, self.members(), of_eight) != Kind::Trees;
            (0..self.members()).filter(head).collect()
        };
        let fits = |seats: &Vec<usize>| seats.len() == self.heads.len();
        (0..=TREES.len()).map(seats).find(fits).unwrap_or_else(|| (0..self.heads.len()).collect())
    }

    /// The head that was fitted as member `m`.
    fn head_at(&self, m: usize) -> Option<&Head> {
        self.heads.get(self.seats().iter().position(|&seat| seat == m)?)
    }

    /// The mean of the members' probabilities of raw embeddings (n × D): n × K, row-major.
    ///
    /// # Panics
    /// When `rows` has another width than [`Committee::dim`].
    pub fn probabilities(&self, rows: &Matrix) -> Vec<f32> {
        self.map_blocks(rows, Votes::mean)
    }

    pub fn n_classes(&self) -> usize {
        self.heads.first().map_or(0, |head| head.bias.len())
    }

    pub fn dim(&self) -> usize {
        self.heads.first().map_or(0, |head| head.weights.cols())
    }

    /// The votes on raw embeddings (n × D). The reference for a round's ONNX graph.
    ///
    /// # Panics
    /// When `rows` has another width than [`Committee::dim`].
    pub fn votes(&self, rows: &Matrix) -> Votes {
        let width = self.members() * self.n_classes();
        let mut probabilities = vec![0.0; rows.rows() * width];
        let scorer = self.scorer();
        let starts: Vec<&mut [f32]> = probabilities.chunks_mut((BLOCK * width).max(1)).collect();
        starts.into_par_iter().enumerate().for_each(|(block, out)| scorer.block(rows, block * BLOCK, out));
        Votes { n: rows.rows(), members: self.members(), classes: self.n_classes(), probabilities }
    }

    /// `reduce` of each block of [`BLOCK`] samples in turn, in parallel and in order of samples, so that a pool of any size
    /// is scored without holding its votes.
    ///
    /// # Panics
    /// When `rows` has another width than [`Committee::dim`].
    pub fn map_blocks<T: Send>(&self, rows: &Matrix, reduce: impl Fn(&Votes) -> Vec<T> + Sync) -> Vec<T> {
        let width = self.members() * self.n_classes();
        let scorer = self.scorer();
        let starts: Vec<usize> = (0..rows.rows()).step_by(BLOCK).collect();
        let parts: Vec<Vec<T>> = starts
            .into_par_iter()
            .map(|start| {
                let n = BLOCK.min(rows.rows() - start);
                let mut probabilities = vec![0.0; n * width];
                scorer.block(rows, start, &mut probabilities);
                reduce(&Votes { n, members: self.members(), classes: self.n_classes(), probabilities })
            })
            .collect();
        parts.into_iter().flatten().collect()
    }

    fn scorer(&self) -> Scorer<'_> {
        let classes = self.n_classes();
        let mut weights = Vec::with_capacity(self.heads.len() * classes * self.dim());
        let mut bias = Vec::with_capacity(self.heads.len() * classes);
        for head in &self.heads {
            weights.extend_from_slice(head.weights.as_slice());
            bias.extend_from_slice(&head.bias);
        }
        Scorer { weights, bias, trees: &self.trees, dim: self.dim(), classes, link: self.link }
    }
}

/// All heads as one matrix, so that a block is one product; and the trees.
struct Scorer<'a> {
    weights: Vec<f32>,
    bias: Vec<f32>,
    trees: &'a [Boosted],
    dim: usize,
    classes: usize,
    link: Link,
}

impl Scorer<'_> {
    fn block(&self, rows: &Matrix, start: usize, out: &mut [f32]) {
        assert_eq!(rows.cols(), self.dim, "embeddings have the committee's width");
        let (linear, width) = (self.bias.len(), self.bias.len() + self.trees.len() * self.classes);
        let n = out.len() / width.max(1);
        let data = &rows.as_slice()[start * self.dim..(start + n) * self.dim];
        if self.trees.is_empty() {
            gemm::abt_into(data, &self.weights, self.dim, out);
        } else {
            let mut heads = vec![0.0; n * linear];
            gemm::abt_into(data, &self.weights, self.dim, &mut heads);
            for (i, (out, heads)) in out.chunks_exact_mut(width).zip(heads.chunks_exact(linear.max(1))).enumerate() {
                let (own, scores) = out.split_at_mut(linear);
                own.copy_from_slice(heads);
                for (trees, scores) in self.trees.iter().zip(scores.chunks_exact_mut(self.classes)) {
                    trees.score(rows.row(start + i), scores);
                }
            }
        }
        for (i, logits) in out.chunks_exact_mut(width.max(1)).enumerate() {
            let scale = distance::inverse_norm(rows.row(start + i));
            for (z, b) in logits.iter_mut().zip(&self.bias) {
                *z = *z * scale + b;
            }
        }
        self.link.apply(out, self.classes);
    }
}

#[cfg(test)]
mod tests;
