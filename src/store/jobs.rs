//! Durable background work as rows: asked for, claimed, done or failed.
//!
//! A row carries its lane and whether one of its kind is enough, so that no statement names a kind. Times are the wall clock's,
//! which may jump: a job due later than any rule can schedule is due now.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{JobId, JobKind, JobNote, JobStatus, Lane, ProjectId, Timestamp, job};

/// The longest delay of a job, in seconds.
pub const LONGEST_DELAY: i64 = 60;

macro_rules! columns {
    () => {
        "id, project_id, kind, payload, state, attempts, due_us, done, total, message, round, created_us, started_us, finished_us"
    };
}

/// One that is already waiting is reused, and is due no later than this.
const REQUEST: &str = "
  insert into job (project_id, kind, lane, once, payload, state, due_us, created_us) values ($1, $2, $3, $4, $5, 'queued', $6, $6)
  on conflict (project_id, kind) where state = 'queued' and once
  do update set due_us = case when excluded.due_us < job.due_us then excluded.due_us else job.due_us end
  returning id";
const CLAIM: &str = concat!(
    "
  update job set state = 'running', started_us = $1, attempts = attempts + 1
  where id = (select id from job where state = 'queued' and lane = $2 and (due_us <= $1 or due_us > $3)
    order by due_us, id limit 1)
    and state = 'queued'
  returning ",
    columns!()
);
const PROGRESS: &str = "update job set done = $2, total = $3, message = $4 where id = $1";
const FINISH: &str = "update job set state = 'done', finished_us = $2, message = $3, round = $4 where id = $1";
const FAIL: &str = "update job set state = 'failed', finished_us = $2, message = $3 where id = $1";
/// Not if a waiting job does the same.
const PUT_BACK: &str = "
  update job set state = 'queued', due_us = $2, message = $3, attempts = attempts - $4
  where id = $1 and not (once and exists (
    select 1 from job other where other.state = 'queued' and other.kind = job.kind and other.project_id = job.project_id))";
const DROP: &str = "delete from job where id = $1";
const FAIL_STUCK: &str = "
  update job set state = 'failed', finished_us = $1, message = $3 where state = 'running' and attempts >= $2";
const DROP_DOUBLE: &str = "
  delete from job where state = 'running' and once and exists (
    select 1 from job other where other.kind = job.kind and other.project_id = job.project_id
      and (other.state = 'queued' or (other.state = 'running' and other.id > job.id)))";
const RETURN_ALL: &str = "update job set state = 'queued' where state = 'running'";
const BY_ID: &str = concat!("select ", columns!(), " from job where id = $1");
const LATEST: &str =
    concat!("select ", columns!(), " from job where project_id = $1 and kind = $2 order by id desc limit 1");
const RECENT: &str =
    concat!("select ", columns!(), " from job where project_id = $1 and lane <> $2 order by id desc limit $3");
const NEWEST: &str = concat!("select ", columns!(), " from job where project_id = $1 order by id desc limit $2");
const RECENT_OF: &str =
    concat!("select ", columns!(), " from job where project_id = $1 and kind = $2 order by id desc limit $3");
/// A trial's upload waits for a decision after its job is over.
const UPLOADS: &str = "select payload from job where kind = $1 or (kind = $2 and state in ('queued', 'running'))";
const PRUNE: &str = "delete from job where kind = $1 and state = 'done' and finished_us < $2";

pub(super) const STATEMENTS: &[&str] = &[
    REQUEST,
    CLAIM,
    PROGRESS,
    FINISH,
    FAIL,
    PUT_BACK,
    DROP,
    FAIL_STUCK,
    DROP_DOUBLE,
    RETURN_ALL,
    BY_ID,
    LATEST,
    RECENT,
    NEWEST,
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
    #[schema(value_type = String)]
    pub state: JobStatus,
    pub attempts: i64,
    pub due_us: Timestamp,
    pub done: i64,
    pub total: i64,
    /// What it came to, or why it failed or waits, in words.
    #[sqlx(rename = "message", try_from = "String")]
    #[serde(rename = "message", serialize_with = "in_words")]
    #[schema(value_type = String)]
    pub note: JobNote,
    /// The number of the round that it made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<i64>,
    pub created_us: Timestamp,
    pub started_us: Option<Timestamp>,
    pub finished_us: Option<Timestamp>,
}

/// A job's note as programs read it.
fn in_words<S: serde::Serializer>(note: &JobNote, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(note)
}

impl Job {
    pub fn is_open(&self) -> bool {
        matches!(self.state, JobStatus::Queued | JobStatus::Running)
    }

    pub fn failed(&self) -> bool {
        self.state == JobStatus::Failed
    }

    /// Share done, in percent; `None` while the total is not known.
    pub fn percent(&self) -> Option<i64> {
        (self.total > 0).then(|| self.done * 100 / self.total)
    }
}

/// How a job is requeued.
struct Back<'a> {
    job: JobId,
    note: &'a JobNote,
    due: Timestamp,
    /// How many attempts are taken back.
    attempts: i64,
}

impl Store {
    /// Ask for a job. If one of its kind is enough and already waits, its id is returned.
    pub async fn request_job(
        &self,
        project: ProjectId,
        kind: &JobKind,
        payload: &str,
        due: Timestamp,
    ) -> Result<JobId, StoreError> {
        Ok(on_write!(self, tx => {
            sqlx::query_scalar(REQUEST)
                .bind(project)
                .bind(kind.name)
                .bind(kind.lane)
                .bind(kind.once)
                .bind(payload)
                .bind(due)
                .fetch_one(&mut *tx)
                .await?
        }))
    }

    /// Take the job of a lane that has been due longest.
    pub async fn claim_job(&self, lane: Lane, now: Timestamp) -> Result<Option<Job>, StoreError> {
        let beyond = now.plus_seconds(LONGEST_DELAY);
        Ok(on_write!(self, tx => {
            sqlx::query_as(CLAIM).bind(now).bind(lane).bind(beyond).fetch_optional(&mut *tx).await?
        }))
    }

    pub async fn save_job_progress(&self, job: JobId, done: i64, total: i64, note: &JobNote) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(PROGRESS).bind(job).bind(done).bind(total).bind(note.stored()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Store that a job is done; `round` is the number of the round it made.
    pub async fn finish_job(
        &self,
        job: JobId,
        note: &JobNote,
        round: Option<i64>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FINISH).bind(job).bind(now).bind(note.stored()).bind(round).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn fail_job(&self, job: JobId, note: &JobNote, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FAIL).bind(job).bind(now).bind(note.stored()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Put a failed job back, to be tried again from `due` on, at most [`LONGEST_DELAY`] ahead. Where another one waits that
    /// does the same, this one is closed as failed.
    pub async fn retry_job(
        &self,
        job: JobId,
        note: &JobNote,
        due: Timestamp,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let back = Back { job, note, due, attempts: 0 };
        if !self.put_back(&back).await? {
            self.fail_job(job, note, now).await?;
        }
        Ok(())
    }

    /// Put back a job that was interrupted: that was not an attempt. If a waiting job does the same, this one is
    /// dropped.
    pub async fn return_job(&self, job: JobId, note: &JobNote, now: Timestamp) -> Result<(), StoreError> {
        let back = Back { job, note, due: now, attempts: 1 };
        if !self.put_back(&back).await? {
            on_write!(self, tx => {
                sqlx::query(DROP).bind(job).execute(&mut *tx).await?;
            });
        }
        Ok(())
    }

    /// `false` where another one waits.
    async fn put_back(&self, back: &Back<'_>) -> Result<bool, StoreError> {
        match self.try_put_back(back).await {
            // Another one was added in between; the retry will see it.
            Err(error) if error.is_double() => self.try_put_back(back).await,
            done => done,
        }
    }

    async fn try_put_back(&self, back: &Back<'_>) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => {
            let put = sqlx::query(PUT_BACK).bind(back.job).bind(back.due).bind(back.note.stored()).bind(back.attempts);
            put.execute(&mut *tx).await?.rows_affected()
        });
        Ok(done == 1)
    }

    /// Return the jobs of a process that died to the queue; those that were claimed `attempts` times without an end fail with
    /// `note`.
    pub async fn return_running_jobs(&self, attempts: i64, note: &JobNote, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FAIL_STUCK).bind(now).bind(attempts).bind(note.stored()).execute(&mut *tx).await?;
            sqlx::query(DROP_DOUBLE).execute(&mut *tx).await?;
            sqlx::query(RETURN_ALL).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn job(&self, id: JobId) -> Result<Option<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(id).fetch_optional(conn).await?))
    }

    /// The newest job of a kind.
    pub async fn latest_job(&self, project: ProjectId, kind: &JobKind) -> Result<Option<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LATEST).bind(project).bind(kind.name).fetch_optional(conn).await?))
    }

    /// The newest jobs that are not rounds.
    pub async fn recent_jobs(&self, project: ProjectId, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(RECENT).bind(project).bind(Lane::Rounds).bind(limit).fetch_all(conn).await?),
        )
    }

    /// The newest jobs of every kind.
    pub async fn newest_jobs(&self, project: ProjectId, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NEWEST).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// The newest jobs of one kind.
    pub async fn recent_jobs_of(&self, project: ProjectId, kind: &JobKind, limit: i64) -> Result<Vec<Job>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(RECENT_OF).bind(project).bind(kind.name).bind(limit).fetch_all(conn).await?),
        )
    }

    /// The payloads of jobs that may still read an upload.
    pub async fn payloads_of_uploads(&self) -> Result<Vec<String>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_scalar(UPLOADS).bind(job::TRIAL.name).bind(job::IMPORT.name).fetch_all(conn).await?),
        )
    }

    /// Forget finished round jobs; the rounds themselves are kept.
    pub async fn prune_jobs(&self, before: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(PRUNE).bind(job::ROUND.name).bind(before).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
