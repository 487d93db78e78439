//! Samples with their answers as exports read them: page by page in the order of their ids.

use super::labeling::AnswerColumns;
use super::{Store, StoreError, on_read};
use crate::domain::{AnnotationKind, Answer, Facts, Origin, ProjectId, SampleId, Timestamp};
use crate::store::flags::NoteKind;

/// The rows of samples with `$label`, which joins the label `l`.
macro_rules! rows {
    ($label:literal) => {
        concat!(
            "
  select s.id, s.name, s.hash, s.facts, s.audit, coalesce(s.first_copy, s.hash) as first_copy, l.classes, l.reason, a.note,
    l.annotation_id, l.made_us, c.name as account, a.origin, a.asked_by, r.number as round, a.propensity, m.data as metadata
  from sample s ",
            $label,
            " label l on l.sample_id = s.id
    left join annotation a on a.id = l.annotation_id left join account c on c.id = l.account_id
    left join round r on r.id = a.round_id left join sample_metadata m on m.sample_id = s.id
  where s.project_id = $1 and s.id > $2 order by s.id limit $3"
        )
    };
}

const ANSWERED: &str = rows!("join");
const ALL: &str = rows!("left join");
const VOTES: &str = "
  select a.sample_id, a.id, a.kind, a.classes, a.reason, a.note, a.undoes, c.name as account, a.made_us, a.asked_by, a.origin
  from annotation a join account c on c.id = a.account_id
  where a.project_id = $1 and a.sample_id > $2 and a.sample_id <= $3 order by a.sample_id, a.seq";
const FLAGS: &str = "
  select n.sample_id, n.thread, n.kind, n.text, c.name as account, n.made_us
  from flag_note n join account c on c.id = n.account_id
  where n.project_id = $1 and n.sample_id > $2 and n.sample_id <= $3 and n.kind <> 'seen' order by n.sample_id, n.seq";

pub(super) const STATEMENTS: &[&str] = &[ANSWERED, ALL, VOTES, FLAGS];

/// A sample as an export reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct ExportRow {
    pub id: SampleId,
    pub name: String,
    pub hash: String,
    pub facts: Facts,
    pub audit: bool,
    /// The hash of the first of its copies; its own where it has none.
    pub first_copy: String,
    /// `None`: it has no answer, and neither has the rest.
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub annotation_id: Option<String>,
    pub made_us: Option<Timestamp>,
    pub account: Option<String>,
    pub origin: Option<Origin>,
    pub asked_by: Option<String>,
    pub round: Option<i64>,
    pub propensity: Option<f64>,
    /// A JSON object of strings.
    pub metadata: Option<String>,
}

/// An annotation as an export reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct VoteRow {
    pub sample_id: SampleId,
    pub id: String,
    pub kind: AnnotationKind,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub undoes: Option<String>,
    pub account: String,
    pub made_us: Timestamp,
    pub asked_by: String,
    pub origin: Origin,
}

/// A note about a sample as an export reads it.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct FlagRow {
    pub sample_id: SampleId,
    pub thread: String,
    pub kind: NoteKind,
    pub text: String,
    pub account: String,
    pub made_us: Timestamp,
}

impl Store {
    /// Up to `limit` samples with an id above `after`: those with an answer, or with `unanswered` all.
    pub async fn export_rows(
        &self,
        project: ProjectId,
        unanswered: bool,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<ExportRow>, StoreError> {
        let sql = if unanswered { ALL } else { ANSWERED };
        Ok(on_read!(self, conn => sqlx::query_as(sql).bind(project).bind(after).bind(limit).fetch_all(conn).await?))
    }

    /// Every annotation of the samples above `after` up to `last`, oldest first within a sample.
    pub async fn export_votes(
        &self,
        project: ProjectId,
        after: SampleId,
        last: SampleId,
    ) -> Result<Vec<VoteRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(VOTES).bind(project).bind(after).bind(last).fetch_all(conn).await?))
    }

    /// What was flagged about the samples above `after` up to `last`, oldest first within a sample.
    pub async fn export_flags(
        &self,
        project: ProjectId,
        after: SampleId,
        last: SampleId,
    ) -> Result<Vec<FlagRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(FLAGS).bind(project).bind(after).bind(last).fetch_all(conn).await?))
    }
}
