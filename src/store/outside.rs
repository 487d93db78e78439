//! What models elsewhere say of samples, held against the labels. Nothing here is a label, and nothing here trains.

use super::{Store, StoreError, on_read};
use crate::domain::{ClassSet, ProjectId, SampleId};

const MODELS: &str = "
  select p.named, count(*) as predictions, count(case when not s.audit and l.classes is not null then 1 end) as labeled,
    count(case when not s.audit and l.classes = p.classes then 1 end) as agreeing
  from outside_prediction p join sample s on s.id = p.sample_id left join label l on l.sample_id = p.sample_id
  where p.project_id = $1 group by p.named order by p.named";
const AUDIT: &str = "
  select p.sample_id, p.classes as predicted, l.classes as given
  from outside_prediction p join sample s on s.id = p.sample_id join label l on l.sample_id = p.sample_id
  where p.project_id = $1 and p.named = $2 and s.audit and l.classes is not null order by p.sample_id";
const DIFFERENT: &str = "
  select s.id, s.name, p.classes as predicted, p.sure, l.classes as given
  from outside_prediction p join sample s on s.id = p.sample_id join label l on l.sample_id = p.sample_id
  where p.project_id = $1 and p.named = $2 and l.classes is not null and l.classes <> p.classes
  order by coalesce(p.sure, -1.0) desc, s.id limit $3 offset $4";
const COUNT_DIFFERENT: &str = "
  select count(*) from outside_prediction p join label l on l.sample_id = p.sample_id
  where p.project_id = $1 and p.named = $2 and l.classes is not null and l.classes <> p.classes";

pub(super) const STATEMENTS: &[&str] = &[MODELS, AUDIT, DIFFERENT, COUNT_DIFFERENT];

/// A model elsewhere, with how its predictions agree with labels that are not of the audit set.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct OutsideRow {
    pub named: String,
    pub predictions: i64,
    pub labeled: i64,
    pub agreeing: i64,
}

/// A sample with a label and another prediction.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct DifferentRow {
    pub id: SampleId,
    pub name: String,
    pub predicted: ClassSet,
    /// How sure the model is, 0 to 1.
    pub sure: Option<f64>,
    pub given: ClassSet,
}

impl Store {
    /// The models whose predictions were imported.
    pub async fn outside_models(&self, project: ProjectId) -> Result<Vec<OutsideRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(MODELS).bind(project).fetch_all(conn).await?))
    }

    /// Labeled audit samples that a model predicted: what it says, and the label.
    pub async fn outside_audit(
        &self,
        project: ProjectId,
        named: &str,
    ) -> Result<Vec<(SampleId, ClassSet, ClassSet)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(AUDIT).bind(project).bind(named).fetch_all(conn).await?))
    }

    /// Samples whose label differs from a model's prediction, what it is surest of first; with how many there are.
    pub async fn outside_differences(
        &self,
        project: ProjectId,
        named: &str,
        limit: i64,
        offset: i64,
    ) -> Result<(Vec<DifferentRow>, i64), StoreError> {
        Ok(on_read!(self, conn => (
            sqlx::query_as(DIFFERENT)
                .bind(project)
                .bind(named)
                .bind(limit)
                .bind(offset)
                .fetch_all(&mut *conn)
                .await?,
            sqlx::query_scalar(COUNT_DIFFERENT).bind(project).bind(named).fetch_one(&mut *conn).await?,
        )))
    }
}
