//! What goes wrong in the database.

use std::sync::Arc;

use sqlx::migrate::MigrateError;

use super::fault;
use crate::domain::Fault;
use crate::domain::facts::UnknownFacts;
use crate::domain::word::UnknownWord;

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The engine refused or failed; `fault` says which kind.
    #[error("{}", fault.words())]
    Database { fault: Fault, source: sqlx::Error },
    /// No connection could be made at the start; `at` names host and port, and never a password.
    #[error("PostgreSQL at {at} cannot be used")]
    Start { at: String, source: sqlx::Error },
    /// Several commands failed together, for one reason.
    #[error(transparent)]
    Shared(Arc<StoreError>),
    #[error("the database could not be brought up to date")]
    Migrate(#[source] MigrateError),
    #[error(
        "the database was made by a newer Querist (its schema {0} is unknown to this program); update the program, or restore \
         a backup that was taken before the update"
    )]
    Newer(i64),
    #[error("database address `{0}` is neither the path of a file nor `postgres://USER@HOST/NAME`")]
    Address(String),
    #[error("only an SQLite database can be copied into a file; use `pg_dump` for PostgreSQL")]
    NotAFile,
    #[error("the writer of answers has stopped; the server is ending")]
    Stopped,
    /// A row holds something this version of Querist never writes.
    #[error("the database holds something unexpected: {0}")]
    Inconsistent(String),
}

impl StoreError {
    /// The kind of failure, for the caller.
    pub fn fault(&self) -> Fault {
        match self {
            Self::Database { fault, .. } => *fault,
            Self::Shared(error) => error.fault(),
            Self::Start { .. } | Self::Stopped => Fault::Unreachable,
            Self::Migrate(_) | Self::Newer(_) | Self::Address(_) | Self::NotAFile | Self::Inconsistent(_) => {
                Fault::Internal
            }
        }
    }

    /// Whether a row violates a unique constraint.
    pub fn is_double(&self) -> bool {
        matches!(self, Self::Database { source, .. } if source.as_database_error().is_some_and(sqlx::error::DatabaseError::is_unique_violation))
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(source: sqlx::Error) -> Self {
        if let sqlx::Error::ColumnDecode { index, source: cause } = &source
            && (cause.is::<UnknownWord>() || cause.is::<UnknownFacts>())
        {
            return Self::Inconsistent(format!("in column {index}, {cause}"));
        }
        Self::Database { fault: fault::of(&source), source }
    }
}

impl From<MigrateError> for StoreError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::VersionMissing(version) | MigrateError::VersionTooNew(version, _) => Self::Newer(version),
            // A full or locked disk is not the tables' fault.
            MigrateError::Execute(source) | MigrateError::ExecuteMigration(source, _)
                if fault::of(&source).passes() =>
            {
                source.into()
            }
            error => Self::Migrate(error),
        }
    }
}
