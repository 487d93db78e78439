//! What the database knows of the server it belongs to: its data folder, and whether the database can be written.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::Timestamp;

const IDENTITY: &str = "select id from server";
const ADOPT: &str = "update server set id = $1 where id = ''";
const TOUCH: &str = "update server set touched_us = $1";

pub(super) const STATEMENTS: &[&str] = &[IDENTITY, ADOPT, TOUCH];

impl Store {
    /// The id that database and data folder share; `None` while they were never opened together.
    pub async fn identity(&self) -> Result<Option<String>, StoreError> {
        let id: String = on_read!(self, conn => sqlx::query_scalar(IDENTITY).fetch_one(conn).await?);
        Ok(Some(id).filter(|id| !id.is_empty()))
    }

    /// Give the database an id if it has none; returns its id.
    pub async fn adopt(&self, id: &str) -> Result<String, StoreError> {
        Ok(on_write!(self, tx => {
            sqlx::query(ADOPT).bind(id).execute(&mut *tx).await?;
            sqlx::query_scalar(IDENTITY).fetch_one(&mut *tx).await?
        }))
    }

    /// Write one row and commit, as an answer does: the only reliable test that the database can be written.
    pub async fn touch(&self, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(TOUCH).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
