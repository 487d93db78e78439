//! Durable background work as rows: asked for, claimed, done or failed.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{JobId, ProjectId, Timestamp};

const REQUEST: &str = "
  insert into job (project_id, kind, payload, state, due_us, created_us) values ($1, $2, $3, 'queued', $4, $4)
  on conflict do nothing returning id";
const WAITING: &str = "select id from job where project_id = $1 and kind = $2 and state = 'queued' order by id limit 1";
const CLAIM_OF: &str = "
  update job set state = 'running', started_us = $1, attempts = attempts + 1
  where id = (select id from job where state = 'queued' and due_us <= $1 and kind = $2 order by due_us, id limit 1)
    and state = 'queued'
  returning id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us";
const CLAIM_OTHER: &str = "
  update job set state = 'running', started_us = $1, attempts = attempts + 1
  where id = (select id from job where state = 'queued' and due_us <= $1 and kind not in ('round', 'replay', 'trial')
    order by due_us, id limit 1)
    and state = 'queued'
  returning id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us";
const PROGRESS: &str = "update job set done = $2, total = $3, message = $4 where id = $1";
const FINISH: &str = "update job set state = 'done', finished_us = $2, message = $3 where id = $1";
const FAIL: &str = "update job set state = 'failed', finished_us = $2, message = $3 where id = $1";
const RETRY: &str = "update job set state = 'queued', due_us = $2, message = $3 where id = $1";
const DROP_DOUBLE: &str = "
  delete from job where state = 'running' and kind in ('encode', 'round', 'views') and exists (
    select 1 from job other where other.state = 'queued' and other.kind = job.kind and other.project_id = job.project_id)";
const RETURN_ALL: &str = "update job set state = 'queued' where state = 'running'";
const BY_ID: &str = "
  select id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us
  from job where id = $1";
const LATEST: &str = "
  select id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us
  from job where project_id = $1 and kind = $2 order by id desc limit 1";
const RECENT: &str = "
  select id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us
  from job where project_id = $1 and kind <> 'round' order by id desc limit $2";
const RECENT_OF: &str = "
  select id, project_id, kind, payload, state, attempts, due_us, done, total, message, created_us, started_us, finished_us
  from job where project_id = $1 and kind = $2 order by id desc limit $3";
/// A trial's upload waits for a decision after its job is over.
const UPLOADS: &str = "
  select payload from job where kind = 'trial' or (kind = 'import' and state in ('queued', 'running'))";
const PRUNE: &str = "delete from job where kind = 'round' and state = 'done' and finished_us < $1";

pub(super) const STATEMENTS: &[&str] = &[
    REQUEST,
    WAITING,
    CLAIM_OF,
    CLAIM_OTHER,
    PROGRESS,
    FINISH,
    FAIL,
    RETRY,
    DROP_DOUBLE,
    RETURN_ALL,
    BY_ID,
    LATEST,
    RECENT,
    RECENT_OF,
    UPLOADS,
    PRUNE,
];

/// A piece of background work.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Job {
    pub id: JobId,
    pub project_id: Option<ProjectId>,
    pub kind: String,
    #[serde(skip)]
    pub payload: String,
    /// `queued`, `running`, `done` or `failed`.
    pub state: String,
    pub attempts: i64,
    pub due_us: Timestamp,
    pub done: i64,
    pub total: i64,
    pub message: String,
    pub created_us: Timestamp,
    pub started_us: Option<Timestamp>,
    pub finished_us: Option<Timestamp>,
}

impl Job {
    pub fn is_open(&self) -> bool {
        matches!(self.state.as_str(), "queued" | "running")
    }

    pub fn failed(&self) -> bool {
        self.state == "failed"
    }

    /// Share done, in percent; `None` while the total is not known.
    pub fn percent(&self) -> Option<i64> {
        (self.total > 0).then(|| self.done * 100 / self.total)
    }
}

/// Which jobs a worker takes: rounds have a worker of their own, so that encoding never delays one; so have replays, which
/// take minutes and must delay nothing, and trials of encoders, which somebody waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Rounds,
    Replays,
    Trials,
    Other,
}

impl Store {
    /// Ask for a job. Rounds and encodings that wait already are one job; then the waiting one's id comes back.
    pub async fn request_job(
        &self,
        project: ProjectId,
        kind: &str,
        payload: &str,
        due: Timestamp,
    ) -> Result<JobId, StoreError> {
        let id: Option<JobId> = on_write!(self, tx => {
            let new: Option<JobId> =
                sqlx::query_scalar(REQUEST).bind(project).bind(kind).bind(payload).bind(due).fetch_optional(&mut *tx).await?;
            match new {
                Some(id) => Some(id),
                None => sqlx::query_scalar(WAITING).bind(project).bind(kind).fetch_optional(&mut *tx).await?,
            }
        });
        id.ok_or_else(|| {
            StoreError::Inconsistent(format!("job `{kind}` of project {project} neither waits nor could be added"))
        })
    }

    /// Take the job that has been due longest.
    pub async fn claim_job(&self, lane: Lane, now: Timestamp) -> Result<Option<Job>, StoreError> {
        let kind = match lane {
            Lane::Rounds => "round",
            Lane::Replays => "replay",
            Lane::Trials => "trial",
            Lane::Other => {
                return Ok(
                    on_write!(self, tx => sqlx::query_as(CLAIM_OTHER).bind(now).fetch_optional(&mut *tx).await?),
                );
            }
        };
        Ok(on_write!(self, tx => sqlx::query_as(CLAIM_OF).bind(now).bind(kind).fetch_optional(&mut *tx).await?))
    }

    pub async fn save_job_progress(&self, job: JobId, done: i64, total: i64, message: &str) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(PROGRESS).bind(job).bind(done).bind(total).bind(message).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn finish_job(&self, job: JobId, message: &str, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FINISH).bind(job).bind(now).bind(message).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn fail_job(&self, job: JobId, message: &str, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FAIL).bind(job).bind(now).bind(message).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Put a job back, to be tried again from `due` on.
    ///
    /// When another of its kind waits by then, that one will do the work, so this one is closed as failed.
    pub async fn retry_job(&self, job: &Job, message: &str, due: Timestamp, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            let other: Option<JobId> = match (job.project_id, matches!(job.kind.as_str(), "encode" | "round")) {
                (Some(project), true) => sqlx::query_scalar(WAITING).bind(project).bind(&job.kind).fetch_optional(&mut *tx).await?,
                _ => None,
            };
            if other.is_some() {
                sqlx::query(FAIL).bind(job.id).bind(now).bind(message).execute(&mut *tx).await?;
            } else {
                sqlx::query(RETRY).bind(job.id).bind(due).bind(message).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Return the jobs of a process that died to the queue.
    pub async fn return_running_jobs(&self) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DROP_DOUBLE).execute(&mut *tx).await?;
            sqlx::query(RETURN_ALL).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await?))
    }

    /// The newest job of a kind.
    pub async fn latest_job(&self, project: ProjectId, kind: &str) -> Result<Option<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LATEST).bind(project).bind(kind).fetch_optional(conn).await?))
    }

    /// The newest jobs that are not rounds.
    pub async fn recent_jobs(&self, project: ProjectId, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(RECENT).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// The newest jobs of one kind.
    pub async fn recent_jobs_of(&self, project: ProjectId, kind: &str, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(RECENT_OF).bind(project).bind(kind).bind(limit).fetch_all(conn).await?),
        )
    }

    /// What jobs say that may still read an upload.
    pub async fn payloads_of_uploads(&self) -> Result<Vec<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(UPLOADS).fetch_all(conn).await?))
    }

    /// Forget finished round jobs; the rounds themselves are kept.
    pub async fn prune_jobs(&self, before: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(PRUNE).bind(before).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
