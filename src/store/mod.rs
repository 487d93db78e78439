//! The database: every SQL statement of Querist, and the two engines that run the same text.
//!
//! **Invariant:** only `store` holds SQL, and it decides nothing: rules live in `service`.
//!
//! Each file holds its statements as `const`s beside the methods that use them, and lists them in `STATEMENTS`, so that a
//! test can prepare every one on both engines. Lookups return `Result<Option<T>>`; a use case that writes is one
//! transaction in a method named after it.

pub mod accounts;
pub mod copy;
pub mod desk_writer;
pub mod embeddings;
pub mod encoders;
pub mod examples;
pub mod flags;
pub mod job_lists;
pub mod jobs;
pub mod keys;
pub mod label_sets;
pub mod labeling;
pub mod listing;
pub mod projects;
pub mod rounds;
pub mod samples;
pub mod shelf;
pub mod snapshots;
pub mod standing;
pub mod tokens;

use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPool, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous};

/// What went wrong in the database.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the database refused")]
    Database(#[from] sqlx::Error),
    #[error("the database could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    #[error("database address `{0}` is neither a file nor postgres://…")]
    Address(String),
    #[error("only an SQLite database can be copied into a file; use `pg_dump` for PostgreSQL")]
    NotAFile,
    /// A row holds something this version of Querist never writes.
    #[error("the database holds something unexpected: {0}")]
    Inconsistent(String),
}

/// `SQLite` by default: one writer connection, since it allows one writer, and a pool of readers. `PostgreSQL` for teams.
#[derive(Debug, Clone)]
pub enum Store {
    Sqlite { read: SqlitePool, write: SqlitePool },
    Postgres(PgPool),
}

/// Run `$body` with `$conn: &mut Connection` of whichever engine this is, outside a transaction.
macro_rules! on_read {
    ($store:expr, $conn:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { read, .. } => {
                let mut held = read.acquire().await?;
                let $conn = &mut *held;
                $body
            }
            $crate::store::Store::Postgres(pool) => {
                let mut held = pool.acquire().await?;
                let $conn = &mut *held;
                $body
            }
        }
    };
}

/// Run `$body` with `$tx: &mut Connection` inside one write transaction, and commit when it succeeds.
///
/// `$body` may use `?`; leaving early rolls the transaction back.
macro_rules! on_write {
    ($store:expr, $tx:ident => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { write, .. } => {
                let mut held = write.begin_with("begin immediate").await?;
                let out = {
                    let $tx = &mut *held;
                    $body
                };
                held.commit().await?;
                out
            }
            $crate::store::Store::Postgres(pool) => {
                let mut held = pool.begin().await?;
                let out = {
                    let $tx = &mut *held;
                    $body
                };
                held.commit().await?;
                out
            }
        }
    };
}

/// Write functions over a connection once, and have them for both engines: `sqlite::f` and `postgres::f`.
///
/// Inside, `Conn` is the engine's connection, so the compiler checks each body twice.
/// `in file as name, …;` first brings the functions of other such files in scope, as `name::f`.
macro_rules! both_engines {
    (in $($($part:ident)::+ as $name:ident),+; $($body:tt)*) => {
        pub(in crate::store) mod sqlite {
            use super::*;
            $(use $crate::store::$($part)::+::sqlite as $name;)+
            type Conn = sqlx::SqliteConnection;
            $($body)*
        }
        pub(in crate::store) mod postgres {
            use super::*;
            $(use $crate::store::$($part)::+::postgres as $name;)+
            type Conn = sqlx::PgConnection;
            $($body)*
        }
    };
    ($($body:tt)*) => {
        pub(in crate::store) mod sqlite {
            use super::*;
            type Conn = sqlx::SqliteConnection;
            $($body)*
        }
        pub(in crate::store) mod postgres {
            use super::*;
            type Conn = sqlx::PgConnection;
            $($body)*
        }
    };
}

pub(crate) use {both_engines, on_read, on_write};

/// Every statement of every file, for the test that prepares them on both engines.
pub fn statements() -> Vec<&'static str> {
    let files = [
        accounts::STATEMENTS,
        copy::STATEMENTS,
        encoders::STATEMENTS,
        examples::STATEMENTS,
        flags::STATEMENTS,
        projects::STATEMENTS,
        label_sets::STATEMENTS,
        listing::STATEMENTS,
        labeling::STATEMENTS,
        labeling::leases::STATEMENTS,
        labeling::own::STATEMENTS,
        labeling::rule::STATEMENTS,
        labeling::taking_back::STATEMENTS,
        job_lists::STATEMENTS,
        jobs::STATEMENTS,
        keys::STATEMENTS,
        rounds::STATEMENTS,
        samples::STATEMENTS,
        shelf::STATEMENTS,
        snapshots::STATEMENTS,
        standing::STATEMENTS,
        tokens::STATEMENTS,
    ];
    files.concat()
}

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

impl Store {
    /// Open the database at `address`: `postgres://…`, or the path of an `SQLite` file that may not exist yet.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        if address.starts_with("postgres://") || address.starts_with("postgresql://") {
            let options: PgConnectOptions = address.parse()?;
            let pool = PgPoolOptions::new().max_connections(10).connect_with(options).await?;
            Ok(Self::Postgres(pool))
        } else if address.contains("://") {
            Err(StoreError::Address(address.to_owned()))
        } else {
            Self::open_sqlite(Path::new(address)).await
        }
    }

    async fn open_sqlite(path: &Path) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // A label that was acknowledged survives a power cut: the response follows the fsync.
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .foreign_keys(true)
            .statement_cache_capacity(256);
        // The writer opens first, so that the readers find a file in WAL mode.
        let write = SqlitePoolOptions::new().max_connections(1).connect_with(options.clone()).await?;
        let read =
            SqlitePoolOptions::new().max_connections(4).min_connections(0).connect_lazy_with(options.read_only(true));
        Ok(Self::Sqlite { read, write })
    }

    /// Bring the tables up to date.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await?,
            Self::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        Ok(())
    }

    /// Take the tables back to the state after migration `version` (0: none).
    pub async fn migrate_down(&self, version: i64) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.undo(write, version).await?,
            Self::Postgres(pool) => POSTGRES.undo(pool, version).await?,
        }
        Ok(())
    }

    /// The engine's name, for `doctor` and the admin page.
    pub fn engine(&self) -> &'static str {
        match self {
            Self::Sqlite { .. } => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        }
    }

    /// Finish what is under way and close every connection.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { read, write } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}
