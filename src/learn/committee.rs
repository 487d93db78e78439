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
mod tests {
    use super::*;
    use crate::learn::Targets;

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
        let training = Training { rows, targets: Targets::One(labels), weights: None, n_classes };
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
        assert_ne!(committee.heads[0], committee.heads[1]);
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
            let training = Training { rows, targets: Targets::One(labels), weights, n_classes };
            fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap_err()
        };
        assert_eq!(refused(&Matrix::zeros(0, 3), &[], None, 2), LearnError::NoLabels);
        assert_eq!(refused(&rows, &[0, 1, 2, 0], None, 2), LearnError::Label { row: 2, label: 2, classes: 2 });
        assert_eq!(refused(&rows, &labels, Some(&[1.0, -1.0, 1.0, 1.0]), 2), LearnError::Weight { row: 1 });
        let mut broken = rows.clone();
        broken.row_mut(3)[1] = f32::INFINITY;
        assert_eq!(refused(&broken, &labels, None, 2), LearnError::NotFinite { row: 3 });
        assert!(matches!(refused(&rows, &labels[..2], None, 2), LearnError::Length { .. }));
        let of = |truth: &[bool], n_classes| {
            let training = Training { rows: &rows, targets: Targets::Sets(truth), weights: None, n_classes };
            fit_committee(&training, &standardiser, None, &CommitteeOptions::default()).unwrap_err()
        };
        assert_eq!(of(&[], 2), LearnError::NoLabels);
        assert_eq!(of(&[], 0), LearnError::Option("classes"));
        assert_eq!(of(&[true; 7], 2), LearnError::Length { what: "truth", got: 7, want: 8 });
        for (name, options) in [
            ("members", CommitteeOptions { members: 0, ..CommitteeOptions::default() }),
            ("lambda", CommitteeOptions { tuned: Some(Tuned::fixed(-1.0, 1.0)), ..CommitteeOptions::default() }),
            ("tolerance", CommitteeOptions { tolerance: f64::NAN, ..CommitteeOptions::default() }),
        ] {
            let training =
                Training { rows: &rows, targets: Targets::Sets(&[true, false].repeat(4)), weights: None, n_classes: 2 };
            assert_eq!(fit_committee(&training, &standardiser, None, &options), Err(LearnError::Option(name)));
        }
    }

    #[test]
    fn blocks_reduce_to_the_same_votes() {
        let (rows, labels) = blobs(BLOCK + 100);
        let committee = fit(&rows, &labels, 2);
        let streamed = committee.map_blocks(&rows, |votes| votes.probabilities.clone());
        assert_eq!(streamed, committee.votes(&rows).probabilities);
    }

    /// Class k is the sign of dimension k, blurred.
    fn sets(n: usize, d: usize, k: usize, seed: u64) -> (Matrix, Vec<bool>) {
        let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32 - 0.5;
        let rows = Matrix::new(n, d, (0..n * d).map(number).collect());
        let truth = (0..n * k).map(|at| rows.row(at / k)[at % k % d] + 0.2 * number(90_000 + at) > 0.0).collect();
        (rows, truth)
    }

    fn of_sets(rows: &Matrix, truth: &[bool], k: usize, members: usize, lambda: f64) -> Committee {
        let standardiser = Standardiser::from_pool(rows).unwrap();
        let training = Training { rows, targets: Targets::Sets(truth), weights: None, n_classes: k };
        let tuned = Some(Tuned::fixed(lambda, 1.0));
        let options = CommitteeOptions { members, tuned, tolerance: 1e-9, seed: 0 };
        fit_committee(&training, &standardiser, None, &options).unwrap().committee
    }

    #[test]
    fn sets_are_learnt_and_members_agree_on_what_is_clear() {
        let (rows, truth) = sets(200, 6, 4, 3);
        let committee = of_sets(&rows, &truth, 4, 8, 1.0);
        assert_eq!(committee.link, Link::Sigmoid);
        assert_eq!(committee.heads[0], of_sets(&rows, &truth, 4, 1, 1.0).heads[0], "the first is the plain head");
        assert_ne!(committee.heads[1], committee.heads[2]);
        let third = Committee::of_heads(vec![committee.heads[3].clone()], Link::Sigmoid);
        for p in [committee.probabilities(&rows), third.probabilities(&rows)] {
            let right = p.iter().zip(&truth).filter(|(p, y)| (**p > 0.5) == **y).count();
            assert!(right > 720, "{right} of 800");
        }
    }

    #[test]
    fn a_class_that_no_set_or_every_set_has_gets_a_constant_in_every_member() {
        let (rows, mut truth) = sets(18, 40, 3, 4);
        for sample in truth.chunks_mut(3) {
            (sample[0], sample[2]) = (false, true);
        }
        let votes = of_sets(&rows, &truth, 3, 8, 1.0).votes(&rows);
        for p in votes.probabilities.chunks(3) {
            assert!((p[0] - 0.05).abs() < 1e-6 && (p[2] - 0.95).abs() < 1e-6 && p[1] > 0.0 && p[1] < 1.0);
        }
        // One sample, one class.
        let one = of_sets(&rows.gather(&[0]), &[true], 1, 1, 1.0);
        assert!((one.probabilities(&rows)[5] - 2.0 / 3.0).abs() < 1e-6);
    }

    #[test]
    fn tuning_helps_sets_where_features_are_noise() {
        let (rows, truth) = sets(120, 60, 4, 9);
        let standardiser = Standardiser::from_pool(&rows).unwrap();
        let part =
            |from: usize, to: usize| (rows.gather(&(from..to).collect::<Vec<_>>()), truth[from * 4..to * 4].to_vec());
        let ((known, said), (fresh, want)) = (part(0, 60), part(60, 120));
        let training = Training { rows: &known, targets: Targets::Sets(&said), weights: None, n_classes: 4 };
        let loss = |tuned: Option<Tuned>| -> f64 {
            let options = CommitteeOptions { tuned, ..CommitteeOptions::default() };
            let committee = fit_committee(&training, &standardiser, None, &options).unwrap().committee;
            let p = committee.probabilities(&fresh);
            p.iter().zip(&want).map(|(&p, &y)| -f64::from(if y { p } else { 1.0 - p }).ln()).sum()
        };
        assert!(loss(None) < loss(Some(Tuned::fixed(0.316, 1.0))));
    }

    proptest::proptest! {
        #![proptest_config(proptest::prelude::ProptestConfig::with_cases(32))]

        #[test]
        fn of_sets_order_and_copies_do_no_harm_and_threads_change_no_bit(
            n in 1usize..30, d in 1usize..40, k in 1usize..4, seed in 0u64..1000
        ) {
            let (rows, truth) = sets(n, d, k, seed);
            let with = |threads: usize| {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
                pool.install(|| of_sets(&rows, &truth, k, 8, 1.0))
            };
            proptest::prop_assert_eq!(&with(1), &with(3));
            let plain = of_sets(&rows, &truth, k, 1, 1.0).probabilities(&rows);
            // Every sample twice, in turned order, at twice the penalty, is the same problem but for constants.
            let back: Vec<usize> = (0..n).rev().chain((0..n).rev()).collect();
            let turned: Vec<bool> = back.iter().flat_map(|&i| truth[i * k..(i + 1) * k].to_vec()).collect();
            let again = of_sets(&rows.gather(&back), &turned, k, 1, 2.0).probabilities(&rows);
            for (at, (a, b)) in plain.iter().zip(again).enumerate() {
                let column = (0..n).filter(|i| truth[i * k + at % k]).count();
                if column > 0 && column < n {
                    proptest::prop_assert!((a - b).abs() < 1e-4, "{} {}", a, b);
                } else {
                    proptest::prop_assert!(b > 0.0 && b < 1.0);
                }
            }
        }
    }
}
