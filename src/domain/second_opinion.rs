//! Second opinions: which samples several people answer, and which of their answers is the label.
//!
//! **Invariant:** a sample that has several answers has one label, which follows from these alone, from the project's rule, and from
//! how reliable people were found to be.

use std::collections::HashMap;

use super::word::words;
use super::{AccountId, Answer, ClassId, ClassSet, Origin};

/// Into how many parts samples are drawn. A sample's place in the order of questions is drawn with the project's secret; its
/// last digits say nothing about that order, so they decide who gets second opinions.
pub const DRAWN_PARTS: i64 = 1_000_000;

/// How many people may answer one sample.
pub const PEOPLE: std::ops::RangeInclusive<i64> = 2..=5;

/// What a project wants to hear from more than one person.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct SecondOpinions {
    /// Share of the samples, 0 to 1.
    #[sqlx(rename = "second_share")]
    pub share: f64,
    /// People who answer each of them in all, 2 to 5.
    #[sqlx(rename = "second_people")]
    pub people: i64,
    /// Whether samples on which a person and the model disagree are asked again too.
    #[sqlx(rename = "second_disputed")]
    pub disputed: bool,
    /// Share of the training labels that may be asked again because they are in doubt, 0 to 0.5.
    #[sqlx(rename = "second_doubted")]
    pub doubted: f64,
    /// Whether samples of the audit set are drawn like others.
    #[sqlx(rename = "second_audit")]
    pub audit: bool,
    /// Which of several answers is the label.
    #[sqlx(rename = "label_rule")]
    #[schema(value_type = String)]
    pub rule: LabelRule,
}

impl Default for SecondOpinions {
    fn default() -> Self {
        Self { share: 0.0, people: 2, disputed: false, doubted: 0.0, audit: false, rule: LabelRule::Majority }
    }
}

impl SecondOpinions {
    /// Samples whose draw leaves less than this of [`DRAWN_PARTS`] are drawn.
    pub fn drawn_below(&self) -> i64 {
        (self.share * DRAWN_PARTS as f64).round() as i64
    }

    /// Share of questions that are second opinions once each sample's first answer is followed by its others; 0: none are wanted.
    pub fn rate(&self) -> f64 {
        let further = self.share * (self.people - 1) as f64;
        let drawn = further / (1.0 + further);
        // How often model and people disagree is not known beforehand.
        let drawn = if self.disputed { drawn.max(0.2) } else { drawn };
        drawn.max(self.doubted / (1.0 + self.doubted))
    }
}

/// Which of several people's answers is the label.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelRule {
    /// The last one given.
    Newest,
    /// The one that most gave; of equals the one given first.
    Majority,
    /// The likeliest one by how reliable each person is.
    Weighted,
    /// The first one, until a reviewer decides.
    Adjudicated,
}

words!(LabelRule, "label rule", {
    Newest = "newest", Majority = "majority", Weighted = "weighted", Adjudicated = "adjudicated"
});

/// Why a sample is asked of several people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SecondCause {
    /// It was drawn.
    Drawn,
    /// The model took it for something else than the first person did.
    Disputed,
    /// A reviewer asked for one more.
    Asked,
    /// Another answer is worth more here than to a sample that has none.
    Doubted,
}

words!(SecondCause, "cause of a second opinion", {
    Drawn = "drawn", Disputed = "disputed", Asked = "asked", Doubted = "doubted"
});

/// An answer that was not taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StandingVote {
    pub account: AccountId,
    pub answer: Answer,
    pub origin: Origin,
}

/// How reliable a person's answers are, as logarithms of probabilities.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Reliability {
    /// Classes of the rows and columns of `told`; empty where answers are sets, which are only right or wrong.
    pub classes: Vec<ClassId>,
    /// Of each class, how common it is.
    pub prior: Vec<f64>,
    /// Of a sample of the row's class, how likely the person says the column's.
    pub told: Vec<f64>,
    /// The same of any class that is not among them: the right one, and any other.
    pub right: f64,
    pub wrong: f64,
}

impl Default for Reliability {
    /// Of somebody of whom nothing is known: everybody's answer weighs the same.
    fn default() -> Self {
        let (right, wrong) = (0.8f64.ln(), 0.1f64.ln());
        Self { classes: Vec::new(), prior: Vec::new(), told: Vec::new(), right, wrong }
    }
}

impl Reliability {
    fn place(&self, set: &ClassSet) -> Option<usize> {
        let one = set.one()?;
        self.classes.iter().position(|class| *class == one)
    }

    /// How likely the person says `said` of a sample whose label is `truth`, as a logarithm.
    fn says(&self, truth: &ClassSet, said: &ClassSet) -> f64 {
        let told = self
            .place(truth)
            .zip(self.place(said))
            .and_then(|(truth, said)| self.told.get(truth * self.classes.len() + said));
        told.copied().unwrap_or(if truth == said { self.right } else { self.wrong })
    }

    fn prior(&self, truth: &ClassSet) -> f64 {
        self.place(truth).and_then(|at| self.prior.get(at)).copied().unwrap_or_default()
    }
}

/// How reliable each person was found to be.
pub type Reliabilities = HashMap<AccountId, Reliability>;

/// Which of a sample's standing answers, oldest first, is its label; `None` without answers.
///
/// A reviewer's decision is the label whatever the rule. Of one person the newest answer counts. A skip is no vote: it is the label
/// only where nobody named classes. Answers that came with an import count only where no person gave one.
pub fn label_of(rule: LabelRule, votes: &[StandingVote], reliabilities: &Reliabilities) -> Option<usize> {
    if let Some(decided) = votes.iter().rposition(|vote| vote.origin == Origin::Review) {
        return Some(decided);
    }
    // In the order in which people first answered; of each the newest answer.
    let mut of_people: Vec<usize> = Vec::new();
    for (at, vote) in votes.iter().enumerate().filter(|(_, vote)| vote.origin != Origin::Import) {
        match of_people.iter_mut().find(|known| votes[**known].account == vote.account) {
            Some(known) => *known = at,
            None => of_people.push(at),
        }
    }
    let named: Vec<(usize, &ClassSet)> =
        of_people.iter().filter_map(|&at| Some((at, votes[at].answer.classes()?))).collect();
    let Some(&(first, _)) = named.first() else {
        return of_people.iter().max().copied().or_else(|| votes.len().checked_sub(1));
    };
    let best = |score: &dyn Fn(&ClassSet) -> f64| {
        let mut best = (first, f64::NEG_INFINITY);
        for &(at, set) in &named {
            let found = score(set);
            // Equal up to rounding: the one given first stays.
            if found > best.1 + 1e-9 {
                best = (at, found);
            }
        }
        best.0
    };
    Some(match rule {
        LabelRule::Newest => named.iter().map(|(at, _)| *at).max().unwrap_or(first),
        LabelRule::Majority => best(&|set| named.iter().filter(|(_, other)| *other == set).count() as f64),
        LabelRule::Weighted => {
            let unknown = Reliability::default();
            best(&|truth| {
                let of = |at: usize| reliabilities.get(&votes[at].account).unwrap_or(&unknown);
                let prior = of(first).prior(truth);
                prior + named.iter().map(|&(at, said)| of(at).says(truth, said)).sum::<f64>()
            })
        }
        LabelRule::Adjudicated => first,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::SkipReason;

    fn vote(account: i64, class: i64) -> StandingVote {
        let answer = match class {
            0 => Answer::Skip { reason: SkipReason::Unsure, note: None },
            class => Answer::Classes(ClassSet::from(ClassId(class))),
        };
        StandingVote { account: AccountId(account), answer, origin: Origin::Desk }
    }

    fn of(votes: &[StandingVote]) -> [Option<usize>; 4] {
        LabelRule::ALL.map(|rule| label_of(rule, votes, &HashMap::new()))
    }

    #[test]
    fn each_rule_takes_its_answer() {
        assert_eq!(of(&[]), [None; 4]);
        assert_eq!(of(&[vote(1, 7)]), [Some(0); 4]);
        // Two differ: the newest, else the first.
        assert_eq!(of(&[vote(1, 7), vote(2, 8)]), [Some(1), Some(0), Some(0), Some(0)]);
        // Two against one: the majority, and not for whoever waits for a reviewer.
        assert_eq!(of(&[vote(1, 7), vote(2, 8), vote(3, 8)]), [Some(2), Some(1), Some(1), Some(0)]);
        // A change of one's own answer counts in its place.
        assert_eq!(of(&[vote(1, 7), vote(2, 8), vote(1, 8)]), [Some(2), Some(2), Some(2), Some(2)]);
    }

    #[test]
    fn skips_give_way_to_classes_imports_to_people_and_all_to_a_decision() {
        assert_eq!(of(&[vote(1, 0), vote(2, 8), vote(3, 0)]), [Some(1); 4]);
        assert_eq!(of(&[vote(1, 0), vote(2, 0)]), [Some(1); 4]);
        let imported = StandingVote { origin: Origin::Import, ..vote(9, 3) };
        assert_eq!(of(&[imported.clone(), vote(1, 8)]), [Some(1); 4]);
        assert_eq!(of(&[imported]), [Some(0); 4]);
        let decided = StandingVote { origin: Origin::Review, ..vote(5, 4) };
        assert_eq!(of(&[vote(1, 7), decided, vote(2, 8), vote(3, 8)]), [Some(1); 4]);
    }

    #[test]
    fn a_reliable_person_outweighs_two_careless_ones() {
        let classes = vec![ClassId(7), ClassId(8)];
        let with = |right: f64| {
            let (right, wrong) = (right.ln(), (1.0 - right).ln());
            Reliability {
                classes: classes.clone(),
                prior: vec![0.5f64.ln(); 2],
                told: vec![right, wrong, wrong, right],
                right,
                wrong,
            }
        };
        let votes = [vote(1, 7), vote(2, 8), vote(3, 8)];
        let known = HashMap::from([(AccountId(1), with(0.98)), (AccountId(2), with(0.6)), (AccountId(3), with(0.6))]);
        assert_eq!(label_of(LabelRule::Weighted, &votes, &known), Some(0));
        assert_eq!(label_of(LabelRule::Majority, &votes, &known), Some(1));
        // A class that was added since is only right or wrong.
        let votes = [vote(1, 9), vote(2, 8), vote(3, 8)];
        assert_eq!(label_of(LabelRule::Weighted, &votes, &known), Some(0));
    }

    #[test]
    fn the_rate_keeps_up_with_the_share() {
        let of = |share, people| SecondOpinions { share, people, ..SecondOpinions::default() }.rate();
        assert_eq!((of(0.0, 2), of(1.0, 2), of(0.25, 2)), (0.0, 0.5, 0.2));
        assert!(of(1.0, 5) > 0.79 && SecondOpinions { disputed: true, ..SecondOpinions::default() }.rate() == 0.2);
        assert_eq!(SecondOpinions { share: 0.25, ..SecondOpinions::default() }.drawn_below(), 250_000);
    }
}
