//! The judge: a history and what is stored go in, everything that must not be comes out.
//!
//! It knows nothing of the program's code: it replays the annotations by the documented rules and compares.

mod answers;
mod labels;
mod leases;
mod rounds;

use std::collections::{BTreeMap, HashMap};

use crate::history::{Event, Said, What};
use crate::stored::{Annotation, Stored};

/// What can be wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An answer was acknowledged and is not there.
    Lost,
    /// It is there otherwise than it was sent, or by somebody else.
    Otherwise,
    /// It is there twice.
    Twice,
    /// Something is there that nobody sent.
    NeverSent,
    /// Two answers are there in another order than the one in which their senders can have seen them.
    Disorder,
    /// An acknowledged undo is not there.
    UndoLost,
    /// An answer was taken back twice, or without being asked for, or though it did not stand.
    UndoWrong,
    /// An answer with a good lease was refused.
    Refused,
    /// Two receipts of one answer differ.
    Receipts,
    /// A reply that should never come.
    Reply,
    /// A sample was with two people at a time.
    DoubleLease,
    /// Two people answered a sample that one is to answer.
    TwoPeople,
    /// A sample with an answer is leased.
    LeaseOnLabeled,
    /// A sample of the audit set was in a group, in a training set or in the published queue.
    AuditSeen,
    /// A round was trained on other labels than those that stood.
    Training,
    /// A decision of the retrain rule does not follow from the answers.
    Decision,
    /// A round that was due never came.
    RoundMissing,
    /// Rounds are out of order, or one was left running.
    Rounds,
    /// A label does not follow from the annotations, or from the history.
    Label,
    /// The counts are not those of the labels.
    Tally,
    /// An export says something else than the labels.
    Export,
    /// The database's own check found something.
    Damage,
}

/// One thing that must not be.
#[derive(Debug, Clone)]
pub struct Violation {
    pub kind: Kind,
    pub about: String,
}

/// What the judge may not take for granted.
#[derive(Debug, Clone, Copy, Default)]
pub struct Terms {
    /// Embeddings were lost on the way: a training set may lack samples.
    pub embeddings_lost: bool,
    /// Imports and the like put rows there that no annotator sent.
    pub imports: bool,
}

/// The verdict and its figures.
#[derive(Debug, Default)]
pub struct Report {
    pub violations: Vec<Violation>,
    pub sent: usize,
    pub acknowledged: usize,
    /// Answers stored, undos not counted.
    pub stored: usize,
    pub undone: usize,
    pub rounds: usize,
    pub decisions: usize,
}

impl Report {
    fn found(&mut self, kind: Kind, about: impl Into<String>) {
        self.violations.push(Violation { kind, about: about.into() });
    }

    pub fn has(&self, kind: Kind) -> bool {
        self.violations.iter().any(|violation| violation.kind == kind)
    }

    /// How many of each kind, and the first of them.
    pub fn summary(&self) -> String {
        let mut kinds: BTreeMap<Kind, Vec<&str>> = BTreeMap::new();
        for violation in &self.violations {
            kinds.entry(violation.kind).or_default().push(&violation.about);
        }
        let line = |(kind, all): (Kind, Vec<&str>)| {
            let some: Vec<&str> = all.iter().take(4).copied().collect();
            format!("{kind:?} x {}: {}", all.len(), some.join(" | "))
        };
        kinds.into_iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { sent, acknowledged, stored, undone, rounds, decisions, .. } = self;
        write!(f, "{sent} answers sent, {acknowledged} acknowledged, {stored} stored, {undone} taken back; ")?;
        write!(f, "{rounds} rounds, {decisions} decisions; {} violations", self.violations.len())
    }
}

/// An answer as its sender knows it.
struct Sent<'a> {
    at: u64,
    who: &'a str,
    sample: i64,
    said: &'a Said,
}

/// A receipt.
struct Receipt<'a> {
    at: u64,
    sample: i64,
    said: &'a Said,
    made_at: Option<&'a str>,
}

/// The history, by answer.
#[derive(Default)]
struct Seen<'a> {
    sent: HashMap<&'a str, Sent<'a>>,
    receipts: HashMap<&'a str, Vec<Receipt<'a>>>,
    /// When the undo of an answer was first asked for.
    undoing: HashMap<&'a str, u64>,
    /// When it was first acknowledged, and the undo's id.
    undone: HashMap<&'a str, (u64, &'a str)>,
}

impl<'a> Seen<'a> {
    fn of(events: &'a [Event]) -> Self {
        let mut seen = Self::default();
        for Event { at, who, what } in events {
            let at = *at;
            match what {
                What::Sent { id, sample, said, .. } => {
                    seen.sent.insert(id, Sent { at, who, sample: *sample, said });
                }
                What::Acknowledged { id, sample, said, made_at } => {
                    let receipt = Receipt { at, sample: *sample, said, made_at: made_at.as_deref() };
                    seen.receipts.entry(id).or_default().push(receipt);
                }
                What::Undoing { id } => {
                    seen.undoing.entry(id).or_insert(at);
                }
                What::Undone { id, undo } => {
                    seen.undone.entry(id).or_insert((at, undo));
                }
                _ => {}
            }
        }
        seen
    }
}

/// What an annotation says; nothing for an undo.
fn said_by(row: &Annotation) -> Option<Said> {
    match row.kind.as_str() {
        "undo" => None,
        "skip" => Some(Said::Skip(row.reason.clone().unwrap_or_default())),
        _ => row.classes.as_deref().and_then(|class| class.parse().ok()).map(Said::Class),
    }
}

/// Judge a history by what is stored.
pub fn check(events: &[Event], stored: &Stored, terms: Terms) -> Report {
    let seen = Seen::of(events);
    let mut report = Report {
        sent: seen.sent.len(),
        acknowledged: seen.receipts.len(),
        stored: stored.annotations.iter().filter(|row| row.kind != "undo").count(),
        undone: stored.annotations.iter().filter(|row| row.kind == "undo").count(),
        rounds: stored.rounds.iter().filter(|round| round.state == "finished").count(),
        decisions: stored.decisions.len(),
        ..Report::default()
    };
    answers::check(&seen, stored, terms, &mut report);
    answers::check_replies(events, &mut report);
    leases::check(events, stored, &mut report);
    labels::check(&seen, stored, &mut report);
    rounds::check(events, stored, terms, &mut report);
    for damage in &stored.damage {
        report.found(Kind::Damage, damage);
    }
    report
}
