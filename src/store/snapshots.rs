//! Snapshots: immutable exports, one row each.
//!
//! **Invariant:** a snapshot and the job that writes it are asked for in one transaction; a finished snapshot never changes.

use super::{Store, StoreError, kept_labels, on_read, on_write};
use crate::domain::{AccountId, ClassSet, JobId, ProjectId, SampleId, SnapshotId, Timestamp, job};

const INSERT_JOB: &str = "
  insert into job (project_id, kind, lane, once, payload, state, due_us, created_us) values ($1, $2, $3, $4, '', 'queued', $5, $5)
  returning id";
const INSERT: &str = "
  insert into snapshot (project_id, account_id, job_id, format, name, options, created_us) values ($1, $2, $3, $4, $5, $6, $7)
  returning id";
const TAKEN: &str = "select exists (select 1 from snapshot where project_id = $1 and name = $2)";
const SET_NAME: &str = "update snapshot set name = $2 where id = $1";
const SET_PAYLOAD: &str = "update job set payload = $2 where id = $1";
const FINISH: &str = "
  update snapshot set file = $2, sha256 = $3, size_bytes = $4, manifest = $5, finished_us = $6, labels = $7
  where id = $1 and finished_us is null";
macro_rules! snapshot {
    ($rest:literal) => {
        concat!(
            "
  select id, project_id, account_id, job_id, format, name, options, file, sha256, size_bytes, manifest, created_us, finished_us
  from snapshot ",
            $rest
        )
    };
}
const BY_ID: &str = snapshot!("where project_id = $1 and id = $2");
const RECENT: &str = snapshot!("where project_id = $1 order by id desc limit $2");

pub(super) const STATEMENTS: &[&str] = &[INSERT_JOB, INSERT, TAKEN, SET_NAME, SET_PAYLOAD, FINISH, BY_ID, RECENT];

/// One export of a project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Snapshot {
    pub id: SnapshotId,
    pub project_id: ProjectId,
    pub account_id: AccountId,
    pub job_id: JobId,
    pub format: String,
    pub name: String,
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
    /// The labels in it, in the order of the samples' ids.
    pub labels: Vec<(SampleId, ClassSet)>,
}

/// What snapshots without a name are called, before their number.
pub const UNNAMED: &str = "export-";

/// A snapshot to write.
#[derive(Debug, Clone)]
pub struct OrderedSnapshot<'a> {
    pub project: ProjectId,
    pub account: AccountId,
    pub format: &'a str,
    /// `None`: it is called by its number.
    pub name: Option<&'a str>,
    /// JSON.
    pub options: &'a str,
}

impl Store {
    /// Ask for a snapshot: its row, and the job that will write it. `None` where the project has one of this name.
    pub async fn request_snapshot(
        &self,
        order: &OrderedSnapshot<'_>,
        now: Timestamp,
    ) -> Result<Option<(SnapshotId, JobId)>, StoreError> {
        Ok(on_write!(self, tx => {
            let taken: bool = match order.name {
                Some(name) => sqlx::query_scalar(TAKEN).bind(order.project).bind(name).fetch_one(&mut *tx).await?,
                None => false,
            };
            if taken {
                return Ok(None);
            }
            let job: JobId = sqlx::query_scalar(INSERT_JOB)
                .bind(order.project)
                .bind(job::SNAPSHOT.name)
                .bind(job::SNAPSHOT.lane)
                .bind(job::SNAPSHOT.once)
                .bind(now)
                .fetch_one(&mut *tx).await?;
            let id: SnapshotId = sqlx::query_scalar(INSERT)
                .bind(order.project)
                .bind(order.account)
                .bind(job)
                .bind(order.format)
                .bind(order.name.unwrap_or_default())
                .bind(order.options)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
            sqlx::query(SET_PAYLOAD).bind(job).bind(id.to_string()).execute(&mut *tx).await?;
            if order.name.is_none() {
                sqlx::query(SET_NAME).bind(id).bind(format!("{UNNAMED}{id}")).execute(&mut *tx).await?;
            }
            Some((id, job))
        }))
    }

    /// Offer a snapshot whose file is written; `false` when it was finished already.
    pub async fn finish_snapshot(
        &self,
        id: SnapshotId,
        done: &FinishedSnapshot,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let labels = kept_labels::pack(&done.labels)?;
        let changed = on_write!(self, tx => {
            sqlx::query(FINISH)
                .bind(id)
                .bind(&done.file)
                .bind(&done.sha256)
                .bind(done.size_bytes)
                .bind(&done.manifest)
                .bind(now)
                .bind(&labels)
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
