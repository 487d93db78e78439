//! Annotations and samples in the order they were stored, page by page, for programs that read all of them.

use super::labeling::AnswerColumns;
use super::{Store, StoreError, on_read};
use crate::domain::{AnnotationKind, Answer, Origin, ProjectId, SampleId, Timestamp};

const ANNOTATIONS: &str = "
  select a.seq, a.id, a.sample_id, a.kind, a.classes, a.reason, a.note, a.undoes, c.name as account, a.made_us, a.seconds,
    a.origin, r.number as round
  from annotation a join account c on c.id = a.account_id left join round r on r.id = a.round_id
  where a.project_id = $1 and a.seq > $2 and (cast($3 as bigint) is null or a.sample_id = cast($3 as bigint))
    and (cast($4 as text) is null or c.name = cast($4 as text))
  order by a.seq limit $5";
const KEYS: &str = "select id, name, hash from sample where project_id = $1 and id > $2 order by id limit $3";

pub(super) const STATEMENTS: &[&str] = &[ANNOTATIONS, KEYS];

/// Which annotations are read. Empty: all.
#[derive(Debug, Clone, Default)]
pub struct AnnotationFilter {
    pub sample: Option<SampleId>,
    /// Name of the account that made them.
    pub account: Option<String>,
}

/// An annotation, current or not.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct StoredAnnotation {
    /// Its place in the order of all.
    pub seq: i64,
    pub id: String,
    pub sample_id: SampleId,
    pub kind: AnnotationKind,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub undoes: Option<String>,
    pub account: String,
    pub made_us: Timestamp,
    /// Active seconds the person spent.
    pub seconds: Option<f64>,
    pub origin: Origin,
    /// The round whose ranking asked for it.
    pub round: Option<i64>,
}

/// What programs know a sample by.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct SampleKey {
    pub id: SampleId,
    /// The name it was imported under.
    pub name: String,
    /// SHA-256 of its file, 64 hexadecimal digits.
    pub hash: String,
}

impl Store {
    /// Up to `limit` annotations after the place `after`, oldest first.
    pub async fn annotations(
        &self,
        project: ProjectId,
        filter: &AnnotationFilter,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredAnnotation>, StoreError> {
        Ok(on_read!(self, conn => {
            sqlx::query_as(ANNOTATIONS)
                .bind(project)
                .bind(after)
                .bind(filter.sample)
                .bind(filter.account.clone())
                .bind(limit)
                .fetch_all(conn)
                .await?
        }))
    }

    /// Up to `limit` samples with an id above `after`, in the order of their ids.
    pub async fn sample_keys(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<SampleKey>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(KEYS).bind(project).bind(after).bind(limit).fetch_all(conn).await?))
    }
}
