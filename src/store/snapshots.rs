//! Snapshots: immutable exports, one row each.
//!
//! **Invariant:** a snapshot and the job that writes it are asked for in one transaction; a finished snapshot never changes.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, JobId, ProjectId, SnapshotId, Timestamp, job};

const INSERT_JOB: &str = "
  insert into job (project_id, kind, lane, once, payload, state, due_us, created_us) values ($1, $2, $3, $4, '', 'queued', $5, $5)
  returning id";
const INSERT: &str = "
  insert into snapshot (project_id, account_id, job_id, format, options, created_us) values ($1, $2, $3, $4, $5, $6)
  returning id";
const SET_PAYLOAD: &str = "update job set payload = $2 where id = $1";
const FINISH: &str = "
  update snapshot set file = $2, sha256 = $3, size_bytes = $4, manifest = $5, finished_us = $6
  where id = $1 and finished_us is null";
macro_rules! snapshot {
    ($rest:literal) => {
        concat!(
            "
  select id, project_id, account_id, job_id, format, options, file, sha256, size_bytes, manifest, created_us, finished_us
  from snapshot ",
            $rest
        )
    };
}
const BY_ID: &str = snapshot!("where project_id = $1 and id = $2");
const RECENT: &str = snapshot!("where project_id = $1 order by id desc limit $2");

pub(super) const STATEMENTS: &[&str] = &[INSERT_JOB, INSERT, SET_PAYLOAD, FINISH, BY_ID, RECENT];

/// One export of a project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Snapshot {
    pub id: SnapshotId,
    pub project_id: ProjectId,
    pub account_id: AccountId,
    pub job_id: JobId,
    pub format: String,
    /// JSON.
    pub options: String,
    /// Its name in the project's folder of snapshots; `None` until it is finished.
    pub file: Option<String>,
    pub sha256: Option<String>,
    pub size_bytes: Option<i64>,
    /// JSON.
    pub manifest: Option<String>,
    pub created_us: Timestamp,
    pub finished_us: Option<Timestamp>,
}

/// What a finished snapshot is.
#[derive(Debug, Clone)]
pub struct FinishedSnapshot {
    pub file: String,
    pub sha256: String,
    pub size_bytes: i64,
    pub manifest: String,
}

impl Store {
    /// Ask for a snapshot: its row, and the job that will write it.
    pub async fn request_snapshot(
        &self,
        project: ProjectId,
        account: AccountId,
        format: &str,
        options: &str,
        now: Timestamp,
    ) -> Result<(SnapshotId, JobId), StoreError> {
        Ok(on_write!(self, tx => {
            let job: JobId = sqlx::query_scalar(INSERT_JOB)
                .bind(project)
                .bind(job::SNAPSHOT.name)
                .bind(job::SNAPSHOT.lane)
                .bind(job::SNAPSHOT.once)
                .bind(now)
                .fetch_one(&mut *tx).await?;
            let id: SnapshotId = sqlx::query_scalar(INSERT)
                .bind(project)
                .bind(account)
                .bind(job)
                .bind(format)
                .bind(options)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
            sqlx::query(SET_PAYLOAD).bind(job).bind(id.to_string()).execute(&mut *tx).await?;
            (id, job)
        }))
    }

    /// Offer a snapshot whose file is written; `false` when it was finished already.
    pub async fn finish_snapshot(
        &self,
        id: SnapshotId,
        done: &FinishedSnapshot,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let changed = on_write!(self, tx => {
            sqlx::query(FINISH)
                .bind(id)
                .bind(&done.file)
                .bind(&done.sha256)
                .bind(done.size_bytes)
                .bind(&done.manifest)
                .bind(now)
                .execute(&mut *tx)
                .await?
                .rows_affected()
        });
        Ok(changed == 1)
    }

    pub async fn snapshot(&self, project: ProjectId, id: SnapshotId) -> Result<Option<Snapshot>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// The newest snapshots, newest first.
    pub async fn snapshots(&self, project: ProjectId, limit: i64) -> Result<Vec<Snapshot>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(RECENT).bind(project).bind(limit).fetch_all(conn).await?))
    }
}
