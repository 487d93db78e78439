//! Examples of classes: labeled samples that a lead shows beside the guide.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, ClassId, ProjectId, SampleId, Timestamp};

const EXAMPLES: &str = "
  select c.id, e.sample_id from class_example e
    join label l on l.sample_id = e.sample_id and ' ' || l.classes || ' ' like '% ' || cast(e.class_id as text) || ' %'
    join class c on c.project_id = e.project_id and ' ' || l.classes || ' ' like '% ' || cast(c.id as text) || ' %'
  where e.project_id = $1 order by c.id, e.made_us, e.sample_id";
const ADD_EXAMPLE: &str = "
  insert into class_example (sample_id, project_id, class_id, account_id, made_us)
  select l.sample_id, l.project_id, min(c.id), $3, $4 from label l
    join class c on c.project_id = l.project_id and ' ' || l.classes || ' ' like '% ' || cast(c.id as text) || ' %'
  where l.project_id = $1 and l.sample_id = $2 group by l.sample_id, l.project_id
  on conflict (sample_id) do update set class_id = excluded.class_id, account_id = excluded.account_id, made_us = excluded.made_us
  returning class_id";
const DELETE_EXAMPLE: &str = "delete from class_example where project_id = $1 and sample_id = $2";

pub(super) const STATEMENTS: &[&str] = &[EXAMPLES, ADD_EXAMPLE, DELETE_EXAMPLE];

impl Store {
    /// The examples of each class, those shown longest first; of a sample with several, the sample under each. Samples whose label
    /// has changed since are no longer examples.
    pub async fn examples(&self, project: ProjectId) -> Result<Vec<(ClassId, SampleId)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(EXAMPLES).bind(project).fetch_all(conn).await?))
    }

    /// Show a labeled sample as an example of its classes; `None` when it has none.
    pub async fn add_example(
        &self,
        project: ProjectId,
        sample: SampleId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Option<ClassId>, StoreError> {
        Ok(
            on_write!(self, tx => sqlx::query_scalar(ADD_EXAMPLE).bind(project).bind(sample).bind(account).bind(now).fetch_optional(&mut *tx).await?),
        )
    }

    /// Show a sample as an example no longer.
    pub async fn delete_example(&self, project: ProjectId, sample: SampleId) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DELETE_EXAMPLE).bind(project).bind(sample).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
