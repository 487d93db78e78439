//! Agreement of people who answered the same samples without seeing each other's answers: Krippendorff's alpha, Fleiss' and Cohen's
//! kappa, with bootstrap intervals over samples.
//!
//! Alpha = 1 − D / E (Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability"): D is the mean difference of two answers to
//! one sample, E that of any two answers. It takes samples with any number of answers; those with one say nothing. Answers are sets
//! of classes, of one class where a sample has one, and differ by [`AnswerDistance`]. Of a class by itself, answers differ where one
//! names it and the other does not. Fleiss' kappa (1971) = (P − Q) / (1 − Q), with P the mean over samples of the share of equal
//! pairs and Q the chance of equal answers, here over samples with unequal numbers of answers too. Cohen's kappa (1960) is the same of
//! two people, each with shares of their own.

use std::collections::HashMap;
use std::hash::Hash;

use rand_chacha::rand_core::Rng as _;

use super::interval::{Interval, percentile};
use crate::domain::Task;
use crate::math::random;

/// Draws the bootstrap's samples, apart from other uses of a seed.
const STREAM: u64 = 0xa9_4ee;

/// How much two answers differ, from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerDistance {
    /// 1 unless they are equal.
    Nominal,
    /// 1 − |A ∩ B| / |A ∪ B|.
    Jaccard,
    /// 1 − m |A ∩ B| / |A ∪ B|, where m is 1 of equal sets, 2/3 of nested ones, else 1/3 (Passonneau 2006, "Measuring agreement on
    /// set-valued items"), so that naming one class more weighs less than naming another.
    Masi,
}

impl From<Task> for AnswerDistance {
    /// One class is right or wrong; sets may be partly the same.
    fn from(task: Task) -> Self {
        match task {
            Task::Single => Self::Nominal,
            Task::Multi => Self::Masi,
        }
    }
}

impl AnswerDistance {
    /// Of two sets, ascending.
    fn of(self, a: &[usize], b: &[usize]) -> f64 {
        if a == b {
            return 0.0;
        }
        let both = a.iter().filter(|class| b.contains(class)).count();
        let either = a.len() + b.len() - both;
        let alike = both as f64 / either as f64;
        match self {
            Self::Nominal => 1.0,
            Self::Jaccard => 1.0 - alike,
            Self::Masi if both == a.len().min(b.len()) => 1.0 - alike * 2.0 / 3.0,
            Self::Masi => 1.0 - alike / 3.0,
        }
    }
}

/// Who answered what.
#[derive(Debug, Clone)]
pub struct Ratings {
    n_people: usize,
    n_classes: usize,
    /// The different answers that were given: ascending classes.
    values: Vec<Vec<usize>>,
    /// Per sample the people who answered, ascending, each with a place in `values`.
    samples: Vec<Vec<(usize, usize)>>,
}

/// Agreement of all, and of each class by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Agreement {
    /// Samples that several people answered.
    pub samples: usize,
    /// Those that all of them answered alike.
    pub unanimous: usize,
    /// `None`: every answer is the same, or no sample has two.
    pub alpha: Option<Interval>,
    pub fleiss: Option<Interval>,
    /// By place of the class.
    pub classes: Vec<ClassAgreement>,
}

/// Agreement about one class against all others.
#[derive(Debug, Clone, PartialEq)]
pub struct ClassAgreement {
    /// Samples answered by several people, of whom somebody named it.
    pub samples: usize,
    pub alpha: Option<Interval>,
}

/// Agreement of two people.
#[derive(Debug, Clone, PartialEq)]
pub struct PairAgreement {
    pub people: (usize, usize),
    /// Samples that both answered.
    pub samples: usize,
    /// Those that they answered alike.
    pub same: usize,
    /// Cohen's kappa.
    pub kappa: Option<Interval>,
}

/// What a sample adds to the sums behind the coefficients.
struct Unit {
    answers: f64,
    /// Sum of the differences of its ordered pairs of answers, over one less than its answers.
    difference: f64,
    /// Share of its pairs that are equal.
    equal: f64,
    values: Vec<(usize, f64)>,
    classes: Vec<(usize, f64)>,
}

impl Ratings {
    /// Per sample the people who answered, each with the classes they named, as places below `n_people` and `n_classes`.
    ///
    /// # Panics
    /// When a place is out of range, or one person answered a sample twice.
    pub fn new(n_people: usize, n_classes: usize, samples: impl IntoIterator<Item = Vec<(usize, Vec<usize>)>>) -> Self {
        let mut places: HashMap<Vec<usize>, usize> = HashMap::new();
        let mut values = Vec::new();
        let mut place = |mut set: Vec<usize>| {
            set.sort_unstable();
            set.dedup();
            assert!(set.last().is_none_or(|&class| class < n_classes), "classes are below {n_classes}");
            *places.entry(set).or_insert_with_key(|set| {
                values.push(set.clone());
                values.len() - 1
            })
        };
        let row = |answers: Vec<(usize, Vec<usize>)>| {
            let mut row: Vec<(usize, usize)> = answers.into_iter().map(|(who, set)| (who, place(set))).collect();
            row.sort_unstable();
            assert!(row.windows(2).all(|two| two[0].0 < two[1].0), "a person answers a sample once");
            assert!(row.last().is_none_or(|&(who, _)| who < n_people), "people are below {n_people}");
            row
        };
        let samples = samples.into_iter().map(row).collect();
        Self { n_people, n_classes, values, samples }
    }

    /// Agreement of all and of each class, with percentile bootstrap intervals over samples.
    ///
    /// Cost: replicates × (samples + classes), and with sets the square of the number of different ones.
    pub fn agreement(&self, difference: AnswerDistance, level: f64, replicates: usize, seed: u64) -> Agreement {
        let units = self.units(difference);
        let table = (difference != AnswerDistance::Nominal).then(|| self.differences(difference));
        let sums = |which: &[f64]| Sums::new(&units, which, self.values.len(), self.n_classes);
        let whole = sums(&vec![1.0; units.len()]);
        let (mut alphas, mut fleisses) = (Vec::new(), Vec::new());
        let mut classes: Vec<Vec<f64>> = vec![Vec::new(); self.n_classes];
        let mut rng = random::stream(seed, STREAM);
        for _ in 0..if units.is_empty() { 0 } else { replicates } {
            let mut times = vec![0.0; units.len()];
            for _ in 0..units.len() {
                times[(random::unit(rng.next_u64()) * units.len() as f64) as usize] += 1.0;
            }
            let again = sums(&times);
            alphas.extend(again.alpha(table.as_deref()));
            fleisses.extend(again.fleiss());
            for (class, found) in classes.iter_mut().enumerate() {
                found.extend(again.alpha_of(class));
            }
        }
        let with = |value: Option<f64>, found: Vec<f64>| value.map(|value| percentile(value, found, level));
        let named = |class: usize| units.iter().filter(|unit| unit.classes.iter().any(|(c, _)| *c == class)).count();
        Agreement {
            samples: units.len(),
            unanimous: units.iter().filter(|unit| unit.values.len() == 1).count(),
            alpha: with(whole.alpha(table.as_deref()), alphas),
            fleiss: with(whole.fleiss(), fleisses),
            classes: classes
                .into_iter()
                .enumerate()
                .map(|(class, found)| ClassAgreement {
                    samples: named(class),
                    alpha: with(whole.alpha_of(class), found),
                })
                .collect(),
        }
    }

    /// Every two people who share a sample, with bootstrap intervals over the samples they share.
    pub fn pairs(&self, level: f64, replicates: usize, seed: u64) -> Vec<PairAgreement> {
        let mut shared: HashMap<(usize, usize), Vec<(usize, usize)>> = HashMap::new();
        for row in &self.samples {
            for (i, a) in row.iter().enumerate() {
                for b in &row[i + 1..] {
                    shared.entry((a.0, b.0)).or_default().push((a.1, b.1));
                }
            }
        }
        let mut pairs: Vec<_> = shared.into_iter().collect();
        pairs.sort_unstable_by_key(|(people, _)| *people);
        let of = |(people, answers): ((usize, usize), Vec<(usize, usize)>)| {
            let n = answers.len();
            let stream = STREAM + 1 + (people.0 * self.n_people + people.1) as u64;
            let mut rng = random::stream(seed, stream);
            let mut drawn = || answers[(random::unit(rng.next_u64()) * n as f64) as usize];
            let again = |_| cohen(&(0..n).map(|_| drawn()).collect::<Vec<_>>());
            let found: Vec<f64> = (0..replicates).filter_map(again).collect();
            PairAgreement {
                people,
                samples: n,
                same: answers.iter().filter(|(a, b)| a == b).count(),
                kappa: cohen(&answers).map(|kappa| percentile(kappa, found, level)),
            }
        };
        pairs.into_iter().map(of).collect()
    }

    /// For each person, over all answers of others to the samples they answered: how many are the same, and how many there are.
    pub fn same_as_others(&self) -> Vec<(u64, u64)> {
        let mut counts = vec![(0, 0); self.n_people];
        for row in &self.samples {
            for (who, value) in row {
                counts[*who].0 += row.iter().filter(|(other, said)| other != who && said == value).count() as u64;
                counts[*who].1 += row.len() as u64 - 1;
            }
        }
        counts
    }

    fn units(&self, difference: AnswerDistance) -> Vec<Unit> {
        let unit = |row: &Vec<(usize, usize)>| {
            let (mut values, mut classes) = (Vec::new(), Vec::new());
            for (_, value) in row {
                count(&mut values, *value);
                self.values[*value].iter().for_each(|class| count(&mut classes, *class));
            }
            let n = row.len() as f64;
            let between = |(a, times): &(usize, f64)| {
                let from =
                    |(b, others): &(usize, f64)| times * others * difference.of(&self.values[*a], &self.values[*b]);
                values.iter().map(from).sum::<f64>()
            };
            let equal: f64 = values.iter().map(|(_, times)| times * (times - 1.0)).sum();
            Unit {
                answers: n,
                difference: values.iter().map(between).sum::<f64>() / (n - 1.0),
                equal: equal / (n * (n - 1.0)),
                values,
                classes,
            }
        };
        self.samples.iter().filter(|row| row.len() > 1).map(unit).collect()
    }

    /// The difference of every two different answers, V × V.
    fn differences(&self, difference: AnswerDistance) -> Vec<f64> {
        let row = |a: &Vec<usize>| self.values.iter().map(|b| difference.of(a, b)).collect::<Vec<_>>();
        self.values.iter().flat_map(row).collect()
    }
}

fn count(counts: &mut Vec<(usize, f64)>, what: usize) {
    match counts.iter_mut().find(|(known, _)| *known == what) {
        Some((_, n)) => *n += 1.0,
        None => counts.push((what, 1.0)),
    }
}

/// Sums over samples, each counted so many times.
struct Sums {
    units: f64,
    answers: f64,
    difference: f64,
    equal: f64,
    values: Vec<f64>,
    /// Per class the answers that name it, and the differences about it.
    classes: Vec<(f64, f64)>,
}

impl Sums {
    fn new(units: &[Unit], times: &[f64], n_values: usize, n_classes: usize) -> Self {
        let mut sums = Self {
            units: 0.0,
            answers: 0.0,
            difference: 0.0,
            equal: 0.0,
            values: vec![0.0; n_values],
            classes: vec![(0.0, 0.0); n_classes],
        };
        for (unit, &times) in units.iter().zip(times).filter(|(_, times)| **times > 0.0) {
            sums.units += times;
            sums.answers += times * unit.answers;
            sums.difference += times * unit.difference;
            sums.equal += times * unit.equal;
            for (value, n) in &unit.values {
                sums.values[*value] += times * n;
            }
            for (class, n) in &unit.classes {
                let sum = &mut sums.classes[*class];
                sum.0 += times * n;
                sum.1 += times * 2.0 * n * (unit.answers - n) / (unit.answers - 1.0);
            }
        }
        sums
    }

    /// `table`: the differences of values, V × V; `None`: nominal.
    fn alpha(&self, table: Option<&[f64]>) -> Option<f64> {
        let squares = || self.answers * self.answers - self.values.iter().map(|n| n * n).sum::<f64>();
        let expected = table.map_or_else(squares, |table| {
            let n = &self.values;
            let row = |(a, row): (&f64, &[f64])| a * n.iter().zip(row).map(|(b, d)| b * d).sum::<f64>();
            n.iter().zip(table.chunks_exact(n.len().max(1))).filter(|(a, _)| **a > 0.0).map(row).sum()
        });
        self.beyond_chance(self.difference, expected)
    }

    fn alpha_of(&self, class: usize) -> Option<f64> {
        let (named, difference) = self.classes[class];
        self.beyond_chance(difference, 2.0 * named * (self.answers - named))
    }

    fn beyond_chance(&self, observed: f64, expected: f64) -> Option<f64> {
        (expected > 0.0).then(|| 1.0 - (self.answers - 1.0) * observed / expected)
    }

    fn fleiss(&self) -> Option<f64> {
        let chance = self.values.iter().map(|n| (n / self.answers).powi(2)).sum::<f64>();
        (self.units > 0.0 && chance < 1.0).then(|| (self.equal / self.units - chance) / (1.0 - chance))
    }
}

/// Cohen's kappa (1960) of pairs of categories: (pₒ − pₑ) / (1 − pₑ). `None` without pairs, and where chance alone would make all
/// equal. O(n).
pub fn cohen<T: Eq + Hash>(answers: &[(T, T)]) -> Option<f64> {
    let n = answers.len() as f64;
    let mut counts: HashMap<&T, (f64, f64)> = HashMap::new();
    for (a, b) in answers {
        counts.entry(a).or_default().0 += 1.0;
        counts.entry(b).or_default().1 += 1.0;
    }
    // Whole numbers, so that the order of summing does not show.
    let chance = counts.values().map(|(a, b)| a * b).sum::<f64>() / (n * n);
    let same = answers.iter().filter(|(a, b)| a == b).count() as f64 / n;
    (n > 0.0 && chance < 1.0).then(|| (same - chance) / (1.0 - chance))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(serde::Deserialize)]
    struct File {
        nominal: Vec<Nominal>,
        sets: Vec<SetCase>,
        bootstrap: Bootstrap,
    }

    /// Per sample what each person said; `None`: nothing.
    #[derive(serde::Deserialize)]
    struct Nominal {
        k: usize,
        said: Vec<Vec<Option<usize>>>,
        alpha: Option<f64>,
        by_class: Vec<Option<f64>>,
        /// Only where everybody answered everything.
        fleiss: Option<f64>,
        /// Of the first two people, where they share samples.
        cohen: Option<f64>,
    }

    #[derive(serde::Deserialize)]
    struct SetCase {
        k: usize,
        said: Vec<Vec<Option<Vec<usize>>>>,
        masi: f64,
        jaccard: f64,
    }

    #[derive(serde::Deserialize)]
    struct Bootstrap {
        k: usize,
        said: Vec<Vec<Option<usize>>>,
        /// Of alpha, over many replicates.
        ends: [f64; 2],
    }

    fn file() -> File {
        serde_json::from_str(include_str!("../../tests/data/agreement.json")).unwrap()
    }

    fn ratings<T: Clone>(k: usize, said: &[Vec<Option<T>>], set: impl Fn(&T) -> Vec<usize>) -> Ratings {
        let row = |row: &Vec<Option<T>>| {
            let answers = row.iter().enumerate().filter_map(|(who, said)| Some((who, set(said.as_ref()?))));
            answers.collect::<Vec<_>>()
        };
        Ratings::new(said.first().map_or(0, Vec::len), k, said.iter().map(row))
    }

    fn near(got: Option<Interval>, want: Option<f64>) -> bool {
        match (got, want) {
            (Some(got), Some(want)) => (got.value - want).abs() < 1e-10,
            (got, want) => got.is_none() && want.is_none(),
        }
    }

    #[test]
    fn alpha_equals_krippendorff_and_kappas_equal_statsmodels() {
        let cases = file().nominal;
        assert!(cases.len() >= 100);
        for case in &cases {
            let ratings = ratings(case.k, &case.said, |class| vec![*class]);
            let found = ratings.agreement(AnswerDistance::Nominal, 0.95, 0, 1);
            assert!(near(found.alpha, case.alpha), "{:?} for {:?}", found.alpha, case.alpha);
            for (class, want) in found.classes.iter().zip(&case.by_class) {
                assert!(near(class.alpha, *want), "{:?} for {want:?}", class.alpha);
            }
            if case.fleiss.is_some() {
                assert!(near(found.fleiss, case.fleiss), "{:?} for {:?}", found.fleiss, case.fleiss);
            }
            let first = ratings.pairs(0.95, 0, 1).into_iter().find(|pair| pair.people == (0, 1));
            assert!(near(first.and_then(|pair| pair.kappa), case.cohen), "{:?}", case.cohen);
        }
        assert!(cases.iter().filter(|case| case.fleiss.is_some()).count() >= 20);
    }

    #[test]
    fn alpha_of_sets_equals_krippendorffs_with_their_distances() {
        let cases = file().sets;
        assert!(cases.len() >= 30);
        for case in cases {
            let ratings = ratings(case.k, &case.said, Clone::clone);
            for (difference, want) in [(AnswerDistance::Masi, case.masi), (AnswerDistance::Jaccard, case.jaccard)] {
                let found = ratings.agreement(difference, 0.95, 0, 1).alpha;
                assert!(near(found, Some(want)), "{found:?} for {want}");
            }
        }
    }

    #[test]
    fn bootstrap_intervals_equal_numpys_up_to_the_chance_of_the_draw() {
        let case = file().bootstrap;
        let ratings = ratings(case.k, &case.said, |class| vec![*class]);
        let found = ratings.agreement(AnswerDistance::Nominal, 0.95, 4000, 3);
        let alpha = found.alpha.unwrap();
        // The quantile of 4,000 replicates wavers by about 0.003 here.
        assert!((alpha.low - case.ends[0]).abs() < 0.015 && (alpha.high - case.ends[1]).abs() < 0.015, "{alpha:?}");
        assert_eq!(found, ratings.agreement(AnswerDistance::Nominal, 0.95, 4000, 3));
        let pairs = ratings.pairs(0.95, 200, 3);
        assert!(pairs.iter().all(|pair| pair.kappa.is_some_and(|kappa| kappa.low <= kappa.value)));
        assert_eq!(pairs, ratings.pairs(0.95, 200, 3));
    }

    #[test]
    fn nothing_shared_says_nothing_and_one_answer_for_all_has_no_chance_to_beat() {
        let none = Ratings::new(2, 2, [vec![(0, vec![1])], vec![]]);
        let found = none.agreement(AnswerDistance::Nominal, 0.95, 10, 1);
        assert_eq!((found.samples, found.alpha, found.fleiss, none.pairs(0.95, 10, 1).len()), (0, None, None, 0));
        assert_eq!(none.same_as_others(), [(0, 0), (0, 0)]);
        let same = Ratings::new(2, 2, [vec![(0, vec![1]), (1, vec![1])]]);
        let found = same.agreement(AnswerDistance::Nominal, 0.95, 10, 1);
        assert_eq!((found.samples, found.unanimous, found.alpha), (1, 1, None));
        assert_eq!((found.classes[1].samples, found.classes[0].samples), (1, 0));
        assert_eq!(same.pairs(0.95, 10, 1)[0].kappa, None);
        assert_eq!(same.same_as_others(), [(1, 1), (1, 1)]);
    }

    #[test]
    fn sets_differ_by_what_they_share() {
        let masi = |a: &[usize], b: &[usize]| AnswerDistance::Masi.of(a, b);
        assert!((masi(&[1, 2], &[1]) - (1.0 - 0.5 * 2.0 / 3.0)).abs() < 1e-12);
        assert!((masi(&[1, 2], &[2, 3]) - (1.0 - 1.0 / 9.0)).abs() < 1e-12);
        assert_eq!((masi(&[], &[]), masi(&[], &[1]), masi(&[1], &[2])), (0.0, 1.0, 1.0));
        assert_eq!(AnswerDistance::Jaccard.of(&[1, 2], &[1]), 0.5);
    }
}
