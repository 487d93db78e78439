//! A strategy: its names, when to use it, the answers it supports, what it needs, and how it chooses.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::str::FromStr;

use super::pool::{OpinionError, Pick, Pool};
use super::rules::{self, RULES};
use crate::learn::Link;

/// An acquisition function. One file of [`rules`] each, one line in [`RULES`].
#[derive(Debug)]
pub struct Rule {
    /// The name that people choose and that is stored.
    pub name: &'static str,
    /// Other names that people know it by; capitals, hyphens, underscores and spaces do not matter.
    pub also: &'static [&'static str],
    /// One line on when to use it.
    pub advice: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    pub answers: Answers,
    pub needs: Needs,
    pub run: Run,
    /// Whether margins settle equal scores before the hash does, for rules with few distinct values.
    pub ties_by_margin: bool,
}

/// What answers a rule is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answers {
    /// Exactly one class per sample.
    One,
    /// Sets of classes.
    Sets,
    /// Both.
    Any,
}

/// What a rule needs to choose by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it works before there is a model.
    Nothing,
    /// A model's probabilities.
    Model,
    /// At least two members of a committee, which it compares.
    Committee,
}

/// How a rule chooses.
pub enum Run {
    /// A score of each sample from the committee's mean. Of sets, the mean over classes.
    Mean(fn(&[f32]) -> f32),
    /// A score of each sample from its votes (M × K), with K numbers of scratch space. Of sets, the mean over classes.
    Votes(fn(&[f32], &mut [f32]) -> f32),
    /// The scores of all open samples.
    Scores(fn(&Pool<'_>) -> Result<Vec<f32>, OpinionError>),
    /// By margin and chance: what is ranked in place of the scores, from them, the ids and the seed.
    Drawn(fn(&[f32], &[u64], u64) -> Vec<f32>),
    /// A batch of the given size, weighed against each other.
    Batch(fn(&Pool<'_>, usize) -> Result<Vec<Pick>, OpinionError>),
}

impl fmt::Debug for Run {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mean(_) => "Mean",
            Self::Votes(_) => "Votes",
            Self::Scores(_) => "Scores",
            Self::Drawn(_) => "Drawn",
            Self::Batch(_) => "Batch",
        })
    }
}

impl Rule {
    /// Whether it works with probabilities from this link.
    pub const fn suits(&self, link: Link) -> bool {
        !matches!((self.answers, link), (Answers::One, Link::Sigmoid) | (Answers::Sets, Link::Softmax))
    }

    /// Whether it compares members, and so needs at least two of them.
    pub fn needs_committee(&self) -> bool {
        self.needs == Needs::Committee
    }

    /// Whether it works before there is a model.
    pub fn needs_no_model(&self) -> bool {
        self.needs == Needs::Nothing
    }

    /// Whether it scores each sample independently of the other picks.
    pub const fn judges_alone(&self) -> bool {
        !matches!(self.run, Run::Batch(_))
    }
}

/// One of [`RULES`].
#[derive(Clone, Copy)]
pub struct Strategy(&'static Rule);

/// A strategy's name was not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("strategy `{0}` is unknown; see `querist strategies`")]
pub struct UnknownStrategy(pub String);

impl Strategy {
    pub const fn of(rule: &'static Rule) -> Self {
        Self(rule)
    }

    /// Every strategy, in the order of the catalogue.
    pub fn all() -> impl ExactSizeIterator<Item = Self> {
        RULES.iter().map(|rule| Self(rule))
    }

    /// Those that work with probabilities from this link.
    pub fn suiting(link: Link) -> impl Iterator<Item = Self> {
        Self::all().filter(move |strategy| strategy.suits(link))
    }

    /// The one that a project begins with.
    pub const fn first(link: Link) -> Self {
        match link {
            Link::Softmax => Self(&rules::auto::RULE),
            Link::Sigmoid => Self(&rules::mean_margin::RULE),
        }
    }

    /// The strategy that `text` names for probabilities from this link, ignoring case, hyphens, underscores and spaces,
    /// so that papers' spellings are understood.
    ///
    /// # Errors
    /// When no suitable strategy has this name.
    pub fn named(text: &str, link: Link) -> Result<Self, UnknownStrategy> {
        let wanted = plain(text);
        let called = |name: &str| plain(name) == wanted;
        let own = Self::suiting(link).find(|strategy| called(strategy.name));
        own.or_else(|| Self::suiting(link).find(|strategy| strategy.also.iter().any(|name| called(name))))
            .ok_or_else(|| UnknownStrategy(text.to_owned()))
    }

    pub const fn as_str(self) -> &'static str {
        self.0.name
    }
}

fn plain(name: &str) -> String {
    name.replace(['-', '_', ' '], "").to_lowercase()
}

impl Deref for Strategy {
    type Target = Rule;

    fn deref(&self) -> &Rule {
        self.0
    }
}

impl PartialEq for Strategy {
    fn eq(&self, other: &Self) -> bool {
        self.0.name == other.0.name
    }
}

impl Eq for Strategy {}

impl Hash for Strategy {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.name.hash(state);
    }
}

impl fmt::Debug for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.name)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0.name)
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    /// For one class per sample where that has a strategy of this name, else for sets.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::named(text, Link::Softmax).or_else(|_| Self::named(text, Link::Sigmoid))
    }
}

impl serde::Serialize for Strategy {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name)
    }
}

impl<'de> serde::Deserialize<'de> for Strategy {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        name.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::learn::Truth;
    use crate::math::Matrix;
    use crate::query::choose;

    #[test]
    fn every_name_reads_back_as_itself_in_any_spelling() {
        for strategy in Strategy::all() {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
            assert_eq!(strategy.to_string().replace('-', "_").to_uppercase().parse(), Ok(strategy));
            assert!(strategy.advice.len() > 20 && !strategy.source.is_empty(), "{strategy}");
        }
        assert_eq!("MaxHerding".parse(), Ok(Strategy::of(&rules::max_herding::RULE)));
        assert_eq!("CoreSet".parse(), Ok(Strategy::of(&rules::k_center::RULE)));
        assert_eq!("LabelCardinalityInconsistency".parse(), Ok(Strategy::of(&rules::lci::RULE)));
        assert_eq!("best".parse::<Strategy>(), Err(UnknownStrategy("best".to_owned())));
    }

    #[test]
    fn names_are_unique_among_what_suits_and_mean_what_suits() {
        for link in Link::ALL {
            let mut seen = HashSet::new();
            for strategy in Strategy::suiting(link) {
                for name in std::iter::once(&strategy.name).chain(strategy.also) {
                    assert!(seen.insert(plain(name)), "{name} names two strategies");
                    assert_eq!(Strategy::named(name, link), Ok(strategy), "{name}");
                }
            }
            assert!(Strategy::first(link).suits(link));
        }
        assert_eq!(Strategy::named("margin", Link::Sigmoid), Ok(Strategy::of(&rules::mean_margin::RULE)));
        assert_eq!(Strategy::named("auto", Link::Sigmoid), Ok(Strategy::of(&rules::mean_margin::RULE)));
        assert!(Strategy::named("cvirs", Link::Softmax).is_err() && Strategy::named("bait", Link::Sigmoid).is_err());
    }

    /// All that a new strategy takes: this, in its own file, and a line in the table.
    static LONGEST: Rule = Rule {
        name: "longest-vector",
        also: &["norm"],
        advice: "a rule of this test, which asks about the samples whose embeddings are longest",
        source: "nobody",
        answers: Answers::Any,
        needs: Needs::Nothing,
        run: Run::Scores(|pool| {
            Ok(pool.open.iter().map(|&i| pool.rows.row(i).iter().map(|x| x * x).sum::<f32>().sqrt()).collect())
        }),
        ties_by_margin: false,
    };

    #[test]
    fn a_rule_of_its_own_chooses_like_those_in_the_table() {
        let rows = Matrix::new(4, 2, vec![1.0, 0.0, 3.0, 4.0, 0.0, 2.0, -1.0, 9.0]);
        for link in Link::ALL {
            let nothing = Truth::empty(link);
            let pool = Pool {
                rows: &rows,
                ids: &[1, 2, 3, 4],
                open: &[0, 1, 2, 3],
                labeled: &[],
                targets: nothing.targets(),
                pending: &[],
                n_classes: 2,
                opinion: None,
                margins: None,
                axes: 0,
                seed: 1,
            };
            let picks = choose(Strategy::of(&LONGEST), &pool, 2).unwrap();
            assert_eq!(picks.iter().map(|pick| pick.index).collect::<Vec<_>>(), [3, 1]);
        }
        assert_eq!(Strategy::of(&LONGEST).to_string(), "longest-vector");
    }
}
