//! Labels: the current answers of samples, as training, charts and exports ask for them.

use super::{Store, StoreError, on_read};
use crate::domain::{AccountId, ClassSet, ProjectId, SampleId, Timestamp};

const TRAINING: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null and not s.audit order by l.sample_id";
const NEWEST: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null and not s.audit order by l.made_us desc, l.sample_id desc limit $2";
const AUDIT: &str = "
  select l.sample_id, l.classes from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null and s.audit order by s.draw, l.sample_id";
const COUNTS: &str = "
  select l.classes, s.audit, count(*) as n from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.classes is not null group by l.classes, s.audit";
/// Up to two different answers; skips do not count.
const KINDS: &str = "
  select count(*) from (select distinct classes from label where project_id = $1 and classes is not null limit 2) as kinds";

/// Answers of people; what an import brought took nobody's time.
const ANSWER_TIMES: &str = "
  select account_id, made_us, seconds from annotation
  where project_id = $1 and kind <> 'undo' and origin <> 'import' order by made_us, seq";

const ASKED: &str = "
  select a.sample_id, a.asked_by from annotation a join sample s on s.id = a.sample_id join label l on l.sample_id = a.sample_id
  where a.project_id = $1 and not s.audit and l.classes is not null and a.kind <> 'undo' and a.origin not in ('import', 'review')
    and a.seq = (select min(b.seq) from annotation b where b.sample_id = a.sample_id and b.kind <> 'undo')
  order by a.seq";

pub(super) const STATEMENTS: &[&str] = &[TRAINING, NEWEST, AUDIT, COUNTS, KINDS, ANSWER_TIMES, ASKED];

/// How often the same classes are a label, in the training part or in the audit set.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LabelCount {
    pub classes: ClassSet,
    pub audit: bool,
    pub n: i64,
}

impl Store {
    /// Samples that train and were asked at the desk, in the order of their first answers, each with what asked it.
    pub async fn asked_samples(&self, project: ProjectId) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ASKED).bind(project).fetch_all(conn).await?))
    }

    /// Current labels that may train: the audit set is excluded here, for every caller.
    pub async fn training_labels(&self, project: ProjectId) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(TRAINING).bind(project).fetch_all(conn).await?))
    }

    /// The newest of [`Store::training_labels`], newest first.
    pub async fn newest_training_labels(
        &self,
        project: ProjectId,
        limit: i64,
    ) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NEWEST).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Current labels of the audit set, in the order in which it is asked.
    pub async fn audit_labels(&self, project: ProjectId) -> Result<Vec<(SampleId, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(AUDIT).bind(project).fetch_all(conn).await?))
    }

    /// How often each answer is a label.
    pub async fn label_counts(&self, project: ProjectId) -> Result<Vec<LabelCount>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(COUNTS).bind(project).fetch_all(conn).await?))
    }

    /// Who answered when, and the active seconds it took where they are known; oldest first.
    pub async fn answer_times(
        &self,
        project: ProjectId,
    ) -> Result<Vec<(AccountId, Timestamp, Option<f64>)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ANSWER_TIMES).bind(project).fetch_all(conn).await?))
    }

    /// How many different labels a project has, counted up to two.
    pub async fn kinds_of_labels(&self, project: ProjectId) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(KINDS).bind(project).fetch_one(conn).await?))
    }
}
