//! A consistent copy of the database while it is in use, and the queries that describe a copy.

use std::path::Path;

use super::{Store, StoreError, newest_version, on_read};
use crate::domain::EncoderId;

/// This and the next exist only in `SQLite`, so they are not among the statements that both engines prepare.
const COPY: &str = "vacuum into $1";
/// A new database has no migrations yet.
const IS_MADE: &str = "select exists (select 1 from sqlite_master where type = 'table' and name = '_sqlx_migrations')";
const VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";
const NEWEST_ROUNDS: &str = "
  select project.slug, coalesce(max(round.number), 0) as number from project left join round on round.project_id = project.id
  group by project.slug";

const PICTURES: &str = "select hash from sample union select hash from archived_sample order by hash";
const NAMED: &str = "
  select p.slug, s.name from sample s join project p on p.id = s.project_id where s.hash = $1 order by s.id limit 1";
const ENCODER_FILES: &str = "select id, sha256 from encoder";
const SNAPSHOT_FILES: &str = "
  select p.slug, n.file, n.sha256 from snapshot n join project p on p.id = n.project_id
  where n.file is not null and n.sha256 is not null";

pub(super) const STATEMENTS: &[&str] = &[VERSION, NEWEST_ROUNDS, PICTURES, NAMED, ENCODER_FILES, SNAPSHOT_FILES];

impl Store {
    /// Write the database as it is at one moment into the new file `to`. Readers and the writer continue.
    ///
    /// # Errors
    /// [`StoreError::NotAFile`] on `PostgreSQL`; otherwise when the file exists or the disk is full.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let Self::Sqlite { read, .. } = self else { return Err(StoreError::NotAFile) };
        sqlx::query(COPY).bind(to.to_string_lossy()).execute(read).await?;
        Ok(())
    }

    /// The newest migration of an `SQLite` file whose tables this program would change; `None`: it is new, up to date or newer,
    /// or this is `PostgreSQL`.
    pub async fn outdated(&self) -> Result<Option<i64>, StoreError> {
        let Self::Sqlite { read, .. } = self else { return Ok(None) };
        if !sqlx::query_scalar(IS_MADE).fetch_one(read).await? {
            return Ok(None);
        }
        let version = self.schema_version().await?;
        Ok(Some(version).filter(|version| (1..newest_version()).contains(version)))
    }

    /// The newest migration that the tables have seen.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(VERSION).fetch_one(conn).await?))
    }

    /// Each project's slug and the number of its newest round (0: none).
    pub async fn newest_rounds(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NEWEST_ROUNDS).fetch_all(conn).await?))
    }

    /// The hash of every picture that a sample has, archived ones included, ascending.
    pub async fn picture_hashes(&self) -> Result<Vec<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(PICTURES).fetch_all(conn).await?))
    }

    /// A project and the name of a picture in it, for a hash.
    pub async fn picture_named(&self, hash: &str) -> Result<Option<(String, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NAMED).bind(hash).fetch_optional(conn).await?))
    }

    /// Each encoder and the SHA-256 of its model.
    pub async fn encoder_sums(&self) -> Result<Vec<(EncoderId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ENCODER_FILES).fetch_all(conn).await?))
    }

    /// Each finished export: its project's slug, its file, and its SHA-256.
    pub async fn snapshot_sums(&self) -> Result<Vec<(String, String, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(SNAPSHOT_FILES).fetch_all(conn).await?))
    }
}
