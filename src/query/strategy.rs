//! The strategies by name, and when to use which.

use std::fmt;
use std::str::FromStr;

/// An acquisition function: which samples to ask about next.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    #[default]
    Auto,
    Random,
    LeastConfidence,
    Margin,
    Entropy,
    Ratio,
    VoteEntropy,
    ConsensusEntropy,
    MaxDisagreement,
    Bald,
    Power,
    Softmax,
    ExpectedGradientLength,
    DensityWeighted,
    KCenter,
    RankedBatch,
    Badge,
    Bait,
    DropQuery,
    TypiClust,
    ProbCover,
    MaxHerding,
    UHerding,
    VarianceReduction,
    Tcm,
    ClusterMargin,
    Falcun,
    ClassBalanced,
    EpsilonRandom,
    ErrorReduction,
    Seals,
    Refine,
}

/// A strategy's name was not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("strategy `{0}` is unknown; see `querist strategies`")]
pub struct UnknownStrategy(pub String);

/// Every strategy with its name and one line on when to use it, in the order of the catalogue.
const CATALOGUE: [(Strategy, &str, &str); 32] = [
    (
        Strategy::Auto,
        "auto",
        "the default, ahead in our measurements; covers the pool, then asks where an answer leaves least doubt",
    ),
    (
        Strategy::Random,
        "random",
        "the control that every other strategy must beat, and a safe choice when nothing is known",
    ),
    (
        Strategy::LeastConfidence,
        "least-confidence",
        "few classes, and the accuracy of the top answer is all that counts",
    ),
    (Strategy::Margin, "margin", "cheap and robust once every class has a few labels: asks where two classes compete"),
    (
        Strategy::Entropy,
        "entropy",
        "few classes whose whole distribution matters; weak with many classes and few labels",
    ),
    (Strategy::Ratio, "ratio", "like margin, but relative: favours doubt among confident answers less"),
    (Strategy::VoteEntropy, "vote-entropy", "members' hard votes; coarse, for committees of unlike models"),
    (
        Strategy::ConsensusEntropy,
        "consensus-entropy",
        "entropy of the committee's mean: like entropy, steadier with few labels",
    ),
    (
        Strategy::MaxDisagreement,
        "max-disagreement",
        "where one member departs most from the rest: finds what a single view sees",
    ),
    (Strategy::Bald, "bald", "where members are sure but disagree: skips samples that are ambiguous to everyone"),
    (Strategy::Power, "power", "margin with chance: the cheapest cure for batches of look-alikes"),
    (Strategy::Softmax, "softmax", "like power, but sharper: most questions stay near the top of the ranking"),
    (
        Strategy::ExpectedGradientLength,
        "expected-gradient-length",
        "the samples that would change the head most; close to entropy on frozen features",
    ),
    (
        Strategy::DensityWeighted,
        "density-weighted",
        "margin where the pool is dense: avoids outliers, at the price of rare classes",
    ),
    (Strategy::KCenter, "k-center", "spreads over the whole space, outliers first; a reference, rarely the best"),
    (
        Strategy::RankedBatch,
        "ranked-batch",
        "k-center with a little uncertainty; a reference for those who come from modAL",
    ),
    (Strategy::Badge, "badge", "large batches: uncertain and different from each other, with no setting to tune"),
    (Strategy::Bait, "bait", "enough labels for a fair head: the batch that lowers its expected error over the pool"),
    (
        Strategy::DropQuery,
        "drop-query",
        "strong pretrained encoders: samples whose class flips when features are dropped",
    ),
    (Strategy::TypiClust, "typi-clust", "the very first labels: one typical sample of each large group"),
    (Strategy::ProbCover, "prob-cover", "the very first labels of tight, well separated groups"),
    (Strategy::MaxHerding, "max-herding", "the very first labels: covers the pool evenly, needs no model"),
    (Strategy::UHerding, "u-herding", "few labels: covers the part of the pool that the model is unsure of"),
    (
        Strategy::VarianceReduction,
        "variance-reduction",
        "from the first labels on: the batch that leaves least doubt over the pool",
    ),
    (Strategy::Tcm, "tcm", "typical samples up to five labels per class, then margin: a simple and steady pair"),
    (Strategy::ClusterMargin, "cluster-margin", "batches of hundreds: small margins, shared out over groups"),
    (Strategy::Falcun, "falcun", "diverse batches from probabilities alone; the fastest of the diverse rules"),
    (
        Strategy::ClassBalanced,
        "class-balanced",
        "uneven classes: margin with more questions for classes that have few labels",
    ),
    (
        Strategy::EpsilonRandom,
        "epsilon-random",
        "margin with one question in twenty at random, so that no sample is out of reach",
    ),
    (
        Strategy::ErrorReduction,
        "error-reduction",
        "small pools: tries each answer in thought, and takes what lowers the expected error",
    ),
    (Strategy::Seals, "seals", "classes of a percent or less: looks near their few known examples"),
    (Strategy::Refine, "refine", "an ensemble: several strategies propose, and the best covering proposals are asked"),
];

/// Other names that people know strategies by.
const ALSO: [(&str, Strategy); 16] = [
    ("leastconfident", Strategy::LeastConfidence),
    ("uncertainty", Strategy::LeastConfidence),
    ("breakingties", Strategy::Margin),
    ("qbc", Strategy::VoteEntropy),
    ("querybycommittee", Strategy::VoteEntropy),
    ("meankl", Strategy::Bald),
    ("kl", Strategy::Bald),
    ("egl", Strategy::ExpectedGradientLength),
    ("expectedmodelchange", Strategy::ExpectedGradientLength),
    ("coreset", Strategy::KCenter),
    ("kcentergreedy", Strategy::KCenter),
    ("informationdensity", Strategy::DensityWeighted),
    ("density", Strategy::DensityWeighted),
    ("eer", Strategy::ErrorReduction),
    ("expectederrorreduction", Strategy::ErrorReduction),
    ("quota", Strategy::ClassBalanced),
];

impl Strategy {
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

    /// What settles equal scores before the hash does: vote entropy has few distinct values, the margin of the mean many.
    pub const fn tie_break(self) -> Option<Self> {
        match self {
            Self::VoteEntropy => Some(Self::Margin),
            _ => None,
        }
    }

    /// Whether it compares members, and so needs at least two of them.
    pub const fn needs_committee(self) -> bool {
        matches!(self, Self::VoteEntropy | Self::Bald | Self::MaxDisagreement)
    }

    /// Whether it gives each sample a score of its own, whatever else is chosen.
    pub const fn judges_alone(self) -> bool {
        matches!(
            self,
            Self::Random
                | Self::LeastConfidence
                | Self::Margin
                | Self::Entropy
                | Self::Ratio
                | Self::VoteEntropy
                | Self::ConsensusEntropy
                | Self::MaxDisagreement
                | Self::Bald
                | Self::Power
                | Self::Softmax
                | Self::ExpectedGradientLength
                | Self::DensityWeighted
        )
    }

    /// Whether it works before there is a model.
    pub const fn needs_no_model(self) -> bool {
        matches!(self, Self::Random | Self::KCenter | Self::TypiClust | Self::ProbCover | Self::MaxHerding | Self::Tcm)
    }
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    /// Capitals, hyphens and underscores do not matter, so that papers' spellings are understood.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        named(text, CATALOGUE.iter().map(|&(strategy, name, _)| (name, strategy)).chain(ALSO))
    }
}

/// The strategy among `names` that `text` means, whatever its capitals, hyphens, underscores and spaces.
///
/// # Errors
/// When none is called so.
pub(super) fn named<S>(text: &str, names: impl IntoIterator<Item = (&'static str, S)>) -> Result<S, UnknownStrategy> {
    let plain = |name: &str| name.replace(['-', '_', ' '], "").to_lowercase();
    let wanted = plain(text);
    let found = names.into_iter().find(|(name, _)| plain(name) == wanted);
    found.map(|(_, strategy)| strategy).ok_or_else(|| UnknownStrategy(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself_in_any_spelling() {
        for strategy in Strategy::all() {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
            assert_eq!(strategy.to_string().replace('-', "_").to_uppercase().parse(), Ok(strategy));
            assert!(strategy.advice().len() > 20);
            assert_eq!(strategy.entry().0, strategy);
        }
        assert_eq!("MaxHerding".parse(), Ok(Strategy::MaxHerding));
        assert_eq!("CoreSet".parse(), Ok(Strategy::KCenter));
        assert_eq!("best".parse::<Strategy>(), Err(UnknownStrategy("best".to_owned())));
    }
}
