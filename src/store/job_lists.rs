//! Jobs as programs look for them: the newest ones, and the round that a job made.

use super::jobs::Job;
use super::{Store, StoreError, on_read};
use crate::domain::{ProjectId, Timestamp};

const NEWEST: &str = "
  select id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us
  from job where project_id = $1 order by id desc limit $2";
/// Rounds of a project run one after the other, so the one that began while a job ran is that job's.
const ROUND_BETWEEN: &str = "
  select number from round where project_id = $1 and started_us >= $2 and started_us <= $3 order by number desc limit 1";

pub(super) const STATEMENTS: &[&str] = &[NEWEST, ROUND_BETWEEN];

impl Store {
    /// The newest jobs of every kind.
    pub async fn newest_jobs(&self, project: ProjectId, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NEWEST).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// The number of the round that a job of kind `round` made, or is making; `None` before it has begun one.
    pub async fn round_of_job(&self, job: &Job) -> Result<Option<i64>, StoreError> {
        let (Some(project), Some(from), true) = (job.project_id, job.started_us, job.kind == "round") else {
            return Ok(None);
        };
        let until = job.finished_us.unwrap_or(Timestamp(i64::MAX));
        Ok(on_read!(self, conn =>
            sqlx::query_scalar(ROUND_BETWEEN).bind(project).bind(from).bind(until).fetch_optional(conn).await?))
    }
}
