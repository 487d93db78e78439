//! The inputs and outputs of an answer: plain values, no SQL.

use crate::domain::{
    AccountId, AnnotationKind, Answer, ClassId, ClassSet, Facts, Origin, ProjectId, RoundId, SampleId, SkipReason,
    Timestamp,
};
use crate::store::projects::Tally;

/// What gives a person the right to answer a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Basis {
    /// The lease that came with it.
    Lease(String),
    /// The person's own annotation that is its current answer, which this one replaces.
    Change(String),
    /// The role: reviewers and leads answer whatever sample they look at. With the annotation they saw as its current answer, so
    /// that nobody overrules what they have not seen.
    Review(Option<String>),
}

/// One answer, ready to be stored.
#[derive(Debug, Clone)]
pub struct NewAnswer {
    /// Made by the client, so that a repeat is recognised.
    pub id: String,
    pub project: ProjectId,
    pub sample: SampleId,
    pub basis: Basis,
    pub account: AccountId,
    pub answer: Answer,
    pub seconds: Option<f64>,
    pub origin: Origin,
    /// Whether the model was sure of another answer before this one was given.
    pub disputed: bool,
}

impl NewAnswer {
    /// Whether the stored annotation is this answer, sent earlier.
    pub(super) fn is(&self, stored: &Annotation) -> bool {
        stored.answer.as_ref().is_some_and(|answer| answer.agrees(&self.answer))
            && stored.account_id == self.account
            && stored.sample_id == self.sample
    }
}

/// An annotation as stored.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Annotation {
    pub id: String,
    pub sample_id: SampleId,
    pub account_id: AccountId,
    pub kind: AnnotationKind,
    /// `None`: an earlier answer is taken back.
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub made_us: Timestamp,
}

impl Annotation {
    /// Whether it names classes, or none of them, and is not a skip.
    pub(super) fn is_named(&self) -> bool {
        self.answer.as_ref().is_some_and(|answer| answer.classes().is_some())
    }
}

/// The columns of an answer in a row of `annotation`, or of `label` with the annotation's note.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct AnswerColumns {
    classes: Option<ClassSet>,
    reason: Option<SkipReason>,
    note: Option<String>,
}

impl From<AnswerColumns> for Option<Answer> {
    fn from(columns: AnswerColumns) -> Self {
        let AnswerColumns { classes, reason, note } = columns;
        match (classes, reason) {
            (Some(classes), _) => Some(Answer::Classes(classes)),
            (None, Some(reason)) => Some(Answer::Skip { reason, note }),
            (None, None) => None,
        }
    }
}

/// Proof that an annotation is stored.
#[derive(Debug, Clone)]
pub struct Receipt {
    pub annotation: Annotation,
    /// The id was known already: nothing was added.
    pub repeated: bool,
    /// Counts after the answer; `None` for a repeat.
    pub tally: Option<Tally>,
    /// Whether a round was asked for.
    pub round_due: bool,
    /// Leases granted with it.
    pub leases: Vec<Lease>,
    /// After an undo: the earlier answer that is the current one again; where several people answer, the person's own.
    pub stands: Option<Annotation>,
    /// Who has answered the sample, where somebody else is to answer it too.
    pub waits: Option<Vec<AccountId>>,
}

/// A sample handed to one person until a time.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct Lease {
    pub sample_id: SampleId,
    pub id: String,
    pub name: String,
    /// Facts of the sample.
    pub facts: Facts,
    pub round_id: Option<RoundId>,
    pub asked_by: String,
    pub percentile: Option<f64>,
    pub propensity: Option<f64>,
    pub made_us: Timestamp,
    pub expires_us: Timestamp,
}

/// A sample that may be asked next, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    pub sample: SampleId,
    pub round: Option<RoundId>,
    pub asked_by: String,
    /// Share of the ranked pool that this sample stands above, in [0, 1].
    pub percentile: Option<f64>,
    pub propensity: Option<f64>,
}

/// Where the next candidates come from, best first. Polled until one can be leased or none is left.
pub trait Candidates: Send + Sync {
    /// `account`: who is asked.
    fn next(&self, account: AccountId) -> Option<Candidate>;
}

/// Why an answer or an undo was not stored. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    #[error("sample {0} is not in this project")]
    UnknownSample(SampleId),
    #[error("the lease on sample {0} is over and the sample went to somebody else")]
    LeaseLost(SampleId),
    #[error("the lease on sample {0} belongs to another person")]
    ForeignLease(SampleId),
    #[error("class {0} is not in this project")]
    UnknownClass(ClassId),
    #[error("class {0} is retired and takes no new labels")]
    RetiredClass(ClassId),
    #[error("annotation id `{0}` is used by another answer; make a new UUID for each answer")]
    IdTaken(String),
    #[error("there is no annotation `{0}` in this project")]
    UnknownAnnotation(String),
    #[error("annotation `{0}` was made by another person")]
    ForeignAnnotation(String),
    #[error("annotation `{0}` is no longer the current answer of its sample")]
    Superseded(String),
    #[error("sample {0} was answered meanwhile")]
    Answered(SampleId),
    #[error("no answer of sample {0} was taken back so that it is asked again")]
    NothingTakenBack(SampleId),
}
