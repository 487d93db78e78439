//! Strategies for samples with any number of labels: per-label uncertainty brought down to one number per sample.
//!
//! With p the probability of a label, L labels, and u = 1 − |2 p − 1|:
//! - mean-margin: mean u; max-margin: max u.
//! - mmc (Yang et al. 2009, "maximum loss reduction with maximal confidence"): Σ (1 − y (2 p − 1)) / 2 where y is +1
//!   for the round(Σ p) likeliest labels and −1 for the others.
//! - lci (Li and Guo 2013, "label cardinality inconsistency"): |labels with p ≥ ½ − mean number of labels so far|.
//! - adaptive (Li and Guo 2013): mean-margin^½ · lci^½.
//! - cvirs (Reyes et al. 2018, "category vector inconsistency and ranking of scores"): the mean normalised entropy
//!   distance from the predicted label set to the known ones, times a Borda count of the labels' margins |2 p − 1|
//!   over the open samples.
//!
//! Cost: O(N·L), and for cvirs L sorts of N numbers and N·m·L/64 for m labeled samples.

use std::fmt;
use std::str::FromStr;

use rayon::prelude::*;

use super::pool::{OpinionError, Pick};
use super::strategy::{UnknownStrategy, named};
use crate::math::topk;

/// Rounding that a probability may stand outside 0 to 1.
const ROUNDING: f32 = 1e-5;

/// An acquisition function for samples with any number of labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MultiStrategy {
    #[default]
    MeanMargin,
    MaxMargin,
    Mmc,
    Cvirs,
    Lci,
    Adaptive,
}

/// Every strategy with its name and one line on when to use it, in the order of the catalogue.
const CATALOGUE: [(MultiStrategy, &str, &str); 6] = [
    (MultiStrategy::MeanMargin, "mean-margin", "the default: asks where most labels are in doubt; steady and cheap"),
    (MultiStrategy::MaxMargin, "max-margin", "asks where a single label is in doubt, however clear the others are"),
    (MultiStrategy::Mmc, "mmc", "like mean-margin, but measures doubt against the number of labels the model expects"),
    (MultiStrategy::Cvirs, "cvirs", "label sets that look like none so far and are in doubt: finds new combinations"),
    (MultiStrategy::Lci, "lci", "samples with unusually many or few labels; a building block, rarely the best alone"),
    (MultiStrategy::Adaptive, "adaptive", "doubt and an unusual number of labels together: for sparse label sets"),
];

/// Other names that people know strategies by.
const ALSO: [(&str, MultiStrategy); 7] = [
    ("auto", MultiStrategy::MeanMargin),
    ("margin", MultiStrategy::MeanMargin),
    ("avgmargin", MultiStrategy::MeanMargin),
    ("maximumlossreductionwithmaximalconfidence", MultiStrategy::Mmc),
    ("maxlossreductionmaxconfidence", MultiStrategy::Mmc),
    ("categoryvectorinconsistencyandranking", MultiStrategy::Cvirs),
    ("labelcardinalityinconsistency", MultiStrategy::Lci),
];

impl MultiStrategy {
    /// Every strategy, in the order of the catalogue.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        CATALOGUE.iter().map(|(strategy, ..)| *strategy)
    }

    fn entry(self) -> &'static (Self, &'static str, &'static str) {
        CATALOGUE.iter().find(|(strategy, ..)| *strategy == self).unwrap_or(&CATALOGUE[0])
    }

    pub fn as_str(self) -> &'static str {
        self.entry().1
    }

    /// One line on when to use it.
    pub fn advice(self) -> &'static str {
        self.entry().2
    }

    /// What settles equal scores before the hash does: rules that count labels have few distinct values.
    pub const fn tie_break(self) -> Option<Self> {
        match self {
            Self::Cvirs | Self::Lci | Self::Adaptive => Some(Self::MeanMargin),
            _ => None,
        }
    }
}

impl fmt::Display for MultiStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for MultiStrategy {
    type Err = UnknownStrategy;

    /// Capitals, hyphens and underscores do not matter, so that papers' spellings are understood.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        named(text, CATALOGUE.iter().map(|&(strategy, name, _)| (name, strategy)).chain(ALSO))
    }
}

/// The state in which questions are chosen.
#[derive(Debug, Clone, Copy)]
pub struct MultiPool<'a> {
    /// N × L: the probability of each label, on its own.
    pub probabilities: &'a [f32],
    pub n_labels: usize,
    /// N stable ids, which break ties.
    pub ids: &'a [u64],
    /// Positions that may be asked, without repeats.
    pub open: &'a [usize],
    /// m × L: the labels of the samples that have been answered.
    pub truth: &'a [bool],
    pub seed: u64,
}

/// Choose up to `take` of the open samples, best first. Same pool, same seed: same picks, with any number of threads
/// and any order of rows.
///
/// # Errors
/// As [`scores`].
pub fn choose(strategy: MultiStrategy, pool: &MultiPool<'_>, take: usize) -> Result<Vec<Pick>, OpinionError> {
    let found = scores(strategy, pool)?;
    let second = strategy.tie_break().map(|second| scores(second, pool)).transpose()?;
    let ids: Vec<u64> = pool.open.iter().map(|&i| pool.ids[i]).collect();
    let order = topk::top_k(&found, second.as_deref(), &ids, take, pool.seed);
    Ok(order.into_iter().map(|at| Pick { index: pool.open[at], score: found[at] }).collect())
}

/// The score of every open sample; higher ones are asked first.
///
/// # Errors
/// When probabilities are not finite, lie outside 0 to 1, or are not one per sample and label; when `truth` does not
/// fit.
///
/// # Panics
/// When a position in `open` is not below N.
pub fn scores(strategy: MultiStrategy, pool: &MultiPool<'_>) -> Result<Vec<f32>, OpinionError> {
    let l = pool.n_labels;
    if l == 0 || pool.probabilities.len() != pool.ids.len() * l || !pool.truth.len().is_multiple_of(l) {
        let (n, got) = (pool.ids.len(), pool.probabilities.len());
        return Err(OpinionError(format!("`{got}` probabilities where {n} × {l} are needed; give one per label")));
    }
    let fits = |p: &f32| (-ROUNDING..=1.0 + ROUNDING).contains(p);
    if let Some(at) = pool.probabilities.par_iter().position_first(|p| !fits(p)) {
        return Err(OpinionError(format!("probabilities of sample `{}` are not in 0 to 1; give a sigmoid", at / l)));
    }
    let each = |rule: &(dyn Fn(&[f32]) -> f32 + Sync)| -> Vec<f32> {
        pool.open.par_iter().with_min_len(512).map(|&i| rule(&pool.probabilities[i * l..(i + 1) * l])).collect()
    };
    Ok(match strategy {
        MultiStrategy::MeanMargin => each(&mean_margin),
        MultiStrategy::MaxMargin => each(&|p| p.iter().map(|&p| doubt(p)).fold(0.0, f32::max)),
        MultiStrategy::Mmc => each(&mmc),
        MultiStrategy::Lci => {
            let usual = cardinality(pool);
            each(&|p| inconsistency(p, usual))
        }
        MultiStrategy::Adaptive => {
            let usual = cardinality(pool);
            each(&|p| (mean_margin(p) * inconsistency(p, usual)).sqrt())
        }
        MultiStrategy::Cvirs => cvirs(pool),
    })
}

/// 1 − |2 p − 1|: 1 for an even chance, 0 for certainty.
fn doubt(p: f32) -> f32 {
    (1.0 - (2.0 * p - 1.0).abs()).max(0.0)
}

fn mean_margin(p: &[f32]) -> f32 {
    p.iter().map(|&p| doubt(p)).sum::<f32>() / p.len() as f32
}

fn mmc(p: &[f32]) -> f32 {
    let mut p = p.to_vec();
    p.sort_unstable_by(|a, b| b.total_cmp(a));
    let expected = (p.iter().sum::<f32>().round() as usize).min(p.len());
    let (present, absent) = p.split_at(expected);
    present.iter().map(|p| 1.0 - p).sum::<f32>() + absent.iter().sum::<f32>()
}

/// How far the number of predicted labels is from the usual one.
fn inconsistency(p: &[f32], usual: f32) -> f32 {
    (p.iter().filter(|&&p| p >= 0.5).count() as f32 - usual).abs()
}

/// The mean number of labels of a sample: of answered ones, or of predictions while there are none.
fn cardinality(pool: &MultiPool<'_>) -> f32 {
    let l = pool.n_labels;
    let (labels, samples) = if pool.truth.is_empty() {
        // In order of ids, since sums of floats depend on the order.
        let mut open = pool.open.to_vec();
        open.sort_unstable_by_key(|&i| pool.ids[i]);
        let of = |i: usize| pool.probabilities[i * l..(i + 1) * l].iter().map(|&p| f64::from(p)).sum::<f64>();
        (open.iter().map(|&i| of(i)).sum::<f64>(), open.len())
    } else {
        (pool.truth.iter().filter(|&&y| y).count() as f64, pool.truth.len() / l)
    };
    (labels / samples.max(1) as f64) as f32
}

fn cvirs(pool: &MultiPool<'_>) -> Vec<f32> {
    let l = pool.n_labels;
    let known: Vec<Set> = pool.truth.chunks_exact(l).map(|truth| Set::new(truth.iter().copied())).collect();
    // −f ln f of f = count / L.
    let part = |count: usize| {
        let f = count as f64 / l as f64;
        if count == 0 { 0.0 } else { -f * f.ln() }
    };
    let parts: Vec<f64> = (0..=l).map(part).collect();
    let ranking = borda(pool);
    let score = |(&i, ranking): (&usize, &f64)| {
        let predicted = Set::new(pool.probabilities[i * l..(i + 1) * l].iter().map(|&p| p >= 0.5));
        let apart: f64 = known.iter().map(|known| predicted.distance(known, l, &parts)).sum();
        // Without answers every set is equally new.
        let inconsistency = if known.is_empty() { 1.0 } else { apart / known.len() as f64 };
        (inconsistency * ranking) as f32
    };
    pool.open.par_iter().zip(&ranking).with_min_len(64).map(score).collect()
}

/// Per open sample the mean over labels of the share of other open samples that are surer about the label; equal
/// margins share their places.
fn borda(pool: &MultiPool<'_>) -> Vec<f64> {
    let (l, n) = (pool.n_labels, pool.open.len());
    if n < 2 {
        return vec![1.0; n];
    }
    let mut total = vec![0.0; n];
    let mut order: Vec<usize> = (0..n).collect();
    for label in 0..l {
        let doubts: Vec<f32> = pool.open.iter().map(|&i| doubt(pool.probabilities[i * l + label])).collect();
        order.par_sort_unstable_by(|&a, &b| doubts[a].total_cmp(&doubts[b]));
        let mut start = 0;
        for group in order.chunk_by(|&a, &b| doubts[a] == doubts[b]) {
            // The mean of the places that the group takes.
            let surer = start as f64 + (group.len() - 1) as f64 / 2.0;
            for &at in group {
                total[at] += surer;
            }
            start += group.len();
        }
    }
    total.iter().map(|total| total / (l * (n - 1)) as f64).collect()
}

/// A set of labels as bits.
struct Set {
    words: Vec<u64>,
    size: usize,
}

impl Set {
    fn new(labels: impl ExactSizeIterator<Item = bool>) -> Self {
        let mut words = vec![0; labels.len().div_ceil(64)];
        let mut size = 0;
        for (at, _) in labels.enumerate().filter(|(_, present)| *present) {
            words[at / 64] |= 1 << (at % 64);
            size += 1;
        }
        Self { words, size }
    }

    /// The normalised entropy distance of two sets among `l` labels, (2 H(a, b) − H(a) − H(b)) / H(a, b), and 1 where
    /// they differ in every label. `parts` holds −f ln f of every count.
    fn distance(&self, other: &Self, l: usize, parts: &[f64]) -> f64 {
        let both: usize = self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum();
        let neither = l + both - self.size - other.size;
        if both + neither == 0 {
            return 1.0;
        }
        let joint = parts[both] + parts[neither] + parts[self.size - both] + parts[other.size - both];
        if joint <= 0.0 {
            return 0.0;
        }
        let alone = |size: usize| parts[size] + parts[l - size];
        ((2.0 * joint - alone(self.size) - alone(other.size)) / joint).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::math::random;

    #[derive(serde::Deserialize)]
    struct File {
        multilabel: Vec<Case>,
    }

    #[derive(serde::Deserialize)]
    struct Case {
        n: usize,
        l: usize,
        probabilities: Vec<f32>,
        labeled: Vec<usize>,
        truth: Vec<u8>,
        expected: BTreeMap<String, Vec<f32>>,
    }

    #[test]
    fn scores_equal_the_papers_rules_on_random_pools() {
        let file: File = serde_json::from_str(include_str!("../../tests/data/strategies.json")).unwrap();
        assert!(file.multilabel.len() >= 64);
        let mut worst = 0.0f32;
        for case in file.multilabel {
            let ids: Vec<u64> = (0..case.n as u64).collect();
            let open: Vec<usize> = (0..case.n).filter(|i| !case.labeled.contains(i)).collect();
            let truth: Vec<bool> = case.truth.iter().map(|&y| y == 1).collect();
            let pool = MultiPool {
                probabilities: &case.probabilities,
                n_labels: case.l,
                ids: &ids,
                open: &open,
                truth: &truth,
                seed: 0,
            };
            assert_eq!(case.expected.len(), MultiStrategy::all().len());
            for (name, want) in case.expected {
                let got = scores(name.parse().unwrap(), &pool).unwrap();
                worst = open.iter().zip(got).map(|(&i, got)| (got - want[i]).abs()).fold(worst, f32::max);
            }
        }
        assert!(worst < 2e-6, "{worst}");
    }

    #[test]
    fn every_name_reads_back_as_itself_in_any_spelling() {
        for strategy in MultiStrategy::all() {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
            assert_eq!(strategy.to_string().replace('-', "_").to_uppercase().parse(), Ok(strategy));
            assert!(strategy.advice().len() > 20 && strategy.entry().0 == strategy);
        }
        assert_eq!("LabelCardinalityInconsistency".parse(), Ok(MultiStrategy::Lci));
        assert_eq!("best".parse::<MultiStrategy>(), Err(UnknownStrategy("best".to_owned())));
    }

    fn pool<'a>(p: &'a [f32], l: usize, ids: &'a [u64], open: &'a [usize], truth: &'a [bool]) -> MultiPool<'a> {
        MultiPool { probabilities: p, n_labels: l, ids, open, truth, seed: 3 }
    }

    #[test]
    fn probabilities_that_are_none_are_refused() {
        for (p, l) in [(vec![0.5, f32::NAN], 1), (vec![0.5, 1.2], 1), (vec![0.5], 1), (vec![0.5, 0.5], 0)] {
            for strategy in MultiStrategy::all() {
                assert!(choose(strategy, &pool(&p, l, &[1, 2], &[0, 1], &[]), 1).is_err(), "{p:?}");
            }
        }
    }

    #[test]
    fn equal_scores_are_settled_by_doubt_and_not_by_position() {
        // Both samples have one label too many; the second is less sure.
        let p = [0.99, 0.98, 0.52, 0.55];
        let picks = choose(MultiStrategy::Lci, &pool(&p, 2, &[1, 2], &[0, 1], &[true, false]), 2).unwrap();
        assert_eq!(picks, [Pick { index: 1, score: 1.0 }, Pick { index: 0, score: 1.0 }]);
    }

    #[test]
    fn sets_that_differ_everywhere_or_nowhere_are_at_distances_one_and_zero() {
        let sets = |a: &[bool], b: &[bool]| {
            let l = a.len();
            let parts: Vec<f64> = (0..=l)
                .map(|c| if c == 0 { 0.0 } else { -(c as f64 / l as f64) * (c as f64 / l as f64).ln() })
                .collect();
            Set::new(a.iter().copied()).distance(&Set::new(b.iter().copied()), l, &parts)
        };
        let long: Vec<bool> = (0..130).map(|i| i % 3 == 0).collect();
        let opposite: Vec<bool> = long.iter().map(|y| !y).collect();
        assert!(sets(&long, &long) < 1e-12 && sets(&long, &opposite) == 1.0);
        assert!(sets(&[false, false], &[false, false]) == 0.0 && sets(&[true, false], &[false, false]) == 1.0);
    }

    proptest! {
        #[test]
        fn order_and_threads_change_no_pick_and_scores_are_in_range(
            n in 1usize..60, l in 1usize..80, m in 0usize..5, coarse in any::<bool>(), seed in 0u64..1000
        ) {
            // Coarse probabilities make many ties.
            let number = |at: usize| random::unit(random::hash(seed, at as u64)) as f32;
            let p: Vec<f32> =
                (0..n * l).map(|at| if coarse { (number(at) * 4.0).round() / 4.0 } else { number(at) }).collect();
            let truth: Vec<bool> = (0..m * l).map(|at| number(50_000 + at) > 0.7).collect();
            let ids: Vec<u64> = (0..n as u64).map(|i| i * 7 + 1).collect();
            let open: Vec<usize> = (0..n).filter(|i| i % 5 != 4).collect();
            let turned: Vec<f32> = p.chunks(l).rev().flatten().copied().collect();
            let turned_ids: Vec<u64> = ids.iter().rev().copied().collect();
            let turned_open: Vec<usize> = open.iter().map(|i| n - 1 - i).collect();
            let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
            let three = rayon::ThreadPoolBuilder::new().num_threads(3).build().unwrap();
            for strategy in MultiStrategy::all() {
                let here = pool(&p, l, &ids, &open, &truth);
                let picks = one.install(|| choose(strategy, &here, n).unwrap());
                prop_assert_eq!(&picks, &three.install(|| choose(strategy, &here, n).unwrap()));
                prop_assert_eq!(picks.len(), open.len());
                let most = if matches!(strategy, MultiStrategy::Lci | MultiStrategy::Mmc) { l as f32 } else { 9.0 };
                prop_assert!(picks.iter().all(|pick| (0.0..=most).contains(&pick.score)));
                let there = choose(strategy, &pool(&turned, l, &turned_ids, &turned_open, &truth), n).unwrap();
                for (a, b) in picks.iter().zip(&there) {
                    prop_assert_eq!((a.index, a.score), (n - 1 - b.index, b.score), "{}", strategy);
                }
            }
        }
    }
}
