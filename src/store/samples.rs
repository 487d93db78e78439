//! Samples of a project's pool: the rows an import adds, and the lists people and programs read.
//!
//! **Invariant:** a sample, its metadata, its imported label and the counts commit together; one content is one sample.

use super::labeling::AnswerColumns;
use super::{Store, StoreError, on_read};
use crate::domain::{
    AccountId, AnnotationKind, Answer, ClassId, ClassSet, Facts, Origin, ProjectId, SampleId, Timestamp,
};

/// The columns of [`SampleRow`], from a sample `s` and its label `l`.
macro_rules! sample_columns {
    () => {
        "s.id, s.name, s.hash, s.facts, s.size_bytes, s.audit, s.created_us, l.classes, l.reason,
    (select a.note from annotation a where a.id = l.annotation_id) as note, l.annotation_id, l.account_id, l.made_us"
    };
}
pub(super) use sample_columns;

const BY_ID: &str = concat!(
    "select ",
    sample_columns!(),
    " from sample s left join label l on l.sample_id = s.id where s.project_id = $1 and s.id = $2"
);
const FIRST_DRAWN: &str = "select id from sample where project_id = $1 and not audit order by draw, id limit $2";
const METADATA: &str = "
  select m.data from sample_metadata m join sample s on s.id = m.sample_id where s.project_id = $1 and s.id = $2";
const IMPORTER: &str = "
  select id from account where disabled_us is null and role = 'admin' order by id limit 1";
/// Whether it changed the label is told by the newest answer before it that stands.
const SETTLED: &str = "
  select l.sample_id, coalesce(l.classes <> (select b.classes from annotation b
      where b.sample_id = l.sample_id and b.origin <> 'review' and b.kind <> 'undo'
        and not exists (select 1 from annotation u where u.sample_id = l.sample_id and u.undoes = b.id)
      order by b.seq desc limit 1), false)
  from label l join annotation a on a.id = l.annotation_id
  where l.project_id = $1 and a.origin = 'review' order by l.sample_id";
const HISTORY: &str = "
  select a.kind, a.classes, a.reason, a.note, c.name as account, a.made_us, a.seconds, a.origin,
    r.number as round, exists (select 1 from annotation u where u.sample_id = $2 and u.undoes = a.id) as undone
  from annotation a join account c on c.id = a.account_id left join round r on r.id = a.round_id
  where a.project_id = $1 and a.sample_id = $2 order by a.seq desc";

pub(super) const STATEMENTS: &[&str] = &[SETTLED, HISTORY, BY_ID, FIRST_DRAWN, METADATA, IMPORTER];

/// A sample as an import adds it.
#[derive(Debug, Clone, Default)]
pub struct NewSample {
    /// SHA-256 of the file, 64 hexadecimal digits.
    pub hash: String,
    pub name: String,
    pub facts: Facts,
    pub size_bytes: i64,
    pub audit: bool,
    /// Its place in the order of questions, not negative.
    pub draw: i64,
    /// What it looks like, see `modality::image::fingerprint`.
    pub pixels: Option<String>,
    pub look: Option<i64>,
    /// The hash of the first of its copies, if that is another sample.
    pub first_copy: Option<String>,
    /// A JSON object of strings.
    pub metadata: Option<String>,
    pub label: Option<ClassSet>,
}

/// A label for an existing sample.
#[derive(Debug, Clone)]
pub struct LateLabel {
    pub hash: String,
    pub label: ClassSet,
}

/// The result of a batch.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Inserted {
    pub added: u64,
    pub duplicates: u64,
    pub labeled: u64,
}

/// A sample with its current answer.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SampleRow {
    pub id: SampleId,
    pub name: String,
    pub hash: String,
    pub facts: Facts,
    pub size_bytes: i64,
    pub audit: bool,
    pub created_us: Timestamp,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    /// The annotation behind the answer; `None`: unlabeled.
    pub annotation_id: Option<String>,
    pub account_id: Option<AccountId>,
    pub made_us: Option<Timestamp>,
}

impl SampleRow {
    /// Its class, if its label names exactly one.
    pub fn class(&self) -> Option<ClassId> {
        self.answer.as_ref()?.classes()?.one()
    }
}

/// An annotation of a sample, current or not.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct PastAnnotation {
    pub kind: AnnotationKind,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub account: String,
    pub made_us: Timestamp,
    /// Active seconds the person spent.
    pub seconds: Option<f64>,
    pub origin: Origin,
    /// The round whose ranking asked for it.
    pub round: Option<i64>,
    /// Whether it was taken back.
    pub undone: bool,
}

impl Store {
    /// The samples whose current answer a review gave, ascending, each with whether that is another than before.
    pub async fn settled_samples(&self, project: ProjectId) -> Result<Vec<(SampleId, bool)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(SETTLED).bind(project).fetch_all(conn).await?))
    }

    /// All annotations of a sample, newest first.
    pub async fn history(&self, project: ProjectId, sample: SampleId) -> Result<Vec<PastAnnotation>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(HISTORY).bind(project).bind(sample).fetch_all(conn).await?))
    }

    /// The first `limit` samples of the pool in the order of their draw.
    pub async fn first_drawn(&self, project: ProjectId, limit: i64) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(FIRST_DRAWN).bind(project).bind(limit).fetch_all(conn).await?))
    }

    pub async fn sample(&self, project: ProjectId, id: SampleId) -> Result<Option<SampleRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// The metadata of a sample, a JSON object of strings; `None` where it has none.
    pub async fn sample_metadata(&self, project: ProjectId, id: SampleId) -> Result<Option<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(METADATA).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// The account that command-line imports are attributed to: the first admin.
    pub async fn importing_account(&self) -> Result<Option<AccountId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(IMPORTER).fetch_optional(conn).await?))
    }
}
