//! Upgrades: a database made by an older version is copied before its tables change.
//!
//! **Invariant:** if the copy cannot be made, nothing is changed. `PostgreSQL` is left to its own tools.

use std::path::{Path, PathBuf};

use crate::domain::Timestamp;
use crate::service::ServiceError;
use crate::store::Store;

/// Bring the tables of `store` up to date. Where `database` is an `SQLite` file made by an older version, a copy is put
/// beside it first, and its path returned.
///
/// # Errors
/// When the copy cannot be made, or the tables cannot be brought up to date.
pub async fn upgrade(store: &Store, database: &Path, now: Timestamp) -> Result<Option<PathBuf>, ServiceError> {
    let copy = match store.outdated().await? {
        Some(version) => Some(copied(store, database, version, now).await?),
        None => None,
    };
    store.migrate().await?;
    Ok(copy)
}

/// A copy of the database, complete or absent.
async fn copied(store: &Store, database: &Path, version: i64, now: Timestamp) -> Result<PathBuf, ServiceError> {
    let name = database.file_stem().unwrap_or_default().to_string_lossy();
    let made_at = now.rfc3339().replace([':', '-'], "");
    let copy = database.with_file_name(format!("{name}-before-upgrade-from-{version}-{made_at}.db"));
    let half = copy.with_extension("half");
    match std::fs::remove_file(&half) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    store.copy_to(&half).await?;
    std::fs::File::open(&half)?.sync_all()?;
    std::fs::rename(&half, &copy)?;
    Ok(copy)
}
