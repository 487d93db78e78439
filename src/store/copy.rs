//! A consistent copy of the database while it is in use, and what a copy is known by.

use std::path::Path;

use super::{Store, StoreError, on_read};

/// Only `SQLite` knows it, so it is not among the statements that both engines prepare.
const COPY: &str = "vacuum into $1";
const VERSION: &str = "select coalesce(max(version), 0) from _sqlx_migrations";
const NEWEST_ROUNDS: &str = "
  select project.slug, coalesce(max(round.number), 0) as number from project left join round on round.project_id = project.id
  group by project.slug";

pub(super) const STATEMENTS: &[&str] = &[VERSION, NEWEST_ROUNDS];

impl Store {
    /// Write the database as it is at one moment into the new file `to`. Readers and the writer go on meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotAFile`] on `PostgreSQL`; otherwise when the file exists or the disk is full.
    pub async fn copy_to(&self, to: &Path) -> Result<(), StoreError> {
        let Self::Sqlite { read, .. } = self else { return Err(StoreError::NotAFile) };
        sqlx::query(COPY).bind(to.to_string_lossy()).execute(read).await?;
        Ok(())
    }

    /// The newest migration that the tables have seen.
    pub async fn schema_version(&self) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(VERSION).fetch_one(conn).await?))
    }

    /// Each project's slug and the number of its newest round (0: none).
    pub async fn newest_rounds(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NEWEST_ROUNDS).fetch_all(conn).await?))
    }
}
