//! The strategies by name, and when to use which.

use std::fmt;
use std::str::FromStr;

/// An acquisition function on a committee's votes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Strategy {
    Random,
    LeastConfidence,
    #[default]
    Margin,
    Entropy,
    Ratio,
    VoteEntropy,
    ConsensusEntropy,
    Bald,
    MaxDisagreement,
}

/// A strategy's name was not known.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("strategy `{0}` is unknown; see `querist strategies`")]
pub struct UnknownStrategy(pub String);

impl Strategy {
    /// Every strategy, in the order of the catalogue.
    pub const fn all() -> [Self; 9] {
        [
            Self::Random,
            Self::LeastConfidence,
            Self::Margin,
            Self::Entropy,
            Self::Ratio,
            Self::VoteEntropy,
            Self::ConsensusEntropy,
            Self::Bald,
            Self::MaxDisagreement,
        ]
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Random => "random",
            Self::LeastConfidence => "least-confidence",
            Self::Margin => "margin",
            Self::Entropy => "entropy",
            Self::Ratio => "ratio",
            Self::VoteEntropy => "vote-entropy",
            Self::ConsensusEntropy => "consensus-entropy",
            Self::Bald => "bald",
            Self::MaxDisagreement => "max-disagreement",
        }
    }

    /// One line on when to use it.
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Random => "the control that every other strategy must beat, and a safe choice when nothing is known",
            Self::LeastConfidence => "few classes, and the accuracy of the top answer is all that counts",
            Self::Margin => "the robust default once every class has a few labels: asks where two classes compete",
            Self::Entropy => "few classes whose whole distribution matters; weak with many classes and few labels",
            Self::Ratio => "like margin, but relative: favours doubt among confident answers less",
            Self::VoteEntropy => "members' hard votes; coarse, for committees of unlike models",
            Self::ConsensusEntropy => "entropy of the committee's mean: like entropy, steadier with few labels",
            Self::Bald => "where members are sure but disagree: skips samples that are ambiguous to everyone",
            Self::MaxDisagreement => "where one member departs most from the rest: finds what a single view sees",
        }
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
}

impl fmt::Display for Strategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Strategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::all().into_iter().find(|s| s.as_str() == text).ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_reads_back_as_itself() {
        for strategy in Strategy::all() {
            assert_eq!(strategy.to_string().parse(), Ok(strategy));
            assert!(strategy.advice().len() > 20);
        }
        assert_eq!("Margin".parse::<Strategy>(), Err(UnknownStrategy("Margin".to_owned())));
    }
}
