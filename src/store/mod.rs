//! The database: every SQL statement of Querist, and the two engines that run the same text.
//!
//! **Invariant:** only `store` holds SQL, and it decides nothing: rules live in `service`.
//!
//! Each file holds its statements as `const`s beside the methods that use them, and lists them in `STATEMENTS`, so that a
//! test can prepare every one on both engines. Lookups return `Result<Option<T>>`; a use case that writes is one
//! transaction in a method named after it.

pub mod accounts;
pub mod acts;
pub mod archive;
pub mod audited;
pub mod chosen;
pub mod classes;
pub mod connect;
pub mod copies;
pub mod copy;
pub mod desk_writer;
pub mod embeddings;
pub mod encoders;
mod error;
pub mod examples;
pub mod exports;
mod fault;
pub mod flags;
mod folding;
pub mod history;
pub mod identities;
pub mod imports;
pub mod incoming;
pub mod jobs;
pub mod kept_labels;
pub mod keys;
pub mod labeling;
pub mod labels;
pub mod listing;
pub mod maps;
pub mod metadata;
pub mod outside;
pub mod personal;
pub mod projects;
pub mod removal;
pub mod repeats;
pub mod rounds;
pub mod samples;
pub mod search;
pub mod second_opinions;
pub mod server;
pub mod shelf;
pub mod snapshots;
pub mod standing;
mod text;
pub mod tokens;
pub mod undoing;
pub mod webhooks;

pub use error::StoreError;

use sqlx::postgres::PgPool;
use sqlx::sqlite::SqlitePool;

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
/// `$body` may use `?`; leaving early rolls the transaction back. `$tx in part => …` brings the functions that
/// `both_engines!` generated for this engine into scope, as `part::f`.
///
/// Every write of Querist begins and ends here. The pool checks what an engine leaves behind when a transaction is
/// aborted: [`connect`](self) never reuses a connection before its last transaction is over.
macro_rules! on_write {
    ($store:expr, $tx:ident $(in $part:ident)? => $body:expr) => {
        match $store {
            $crate::store::Store::Sqlite { write, .. } => {
                $(use self::sqlite as $part;)?
                let mut held = $crate::store::connect::begin(write).await?;
                let out = {
                    let $tx = &mut *held;
                    $body
                };
                held.commit().await?;
                out
            }
            $crate::store::Store::Postgres(pool) => {
                $(use self::postgres as $part;)?
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

/// Whether a lease that ends at `$end` holds at `$now`, as SQL.
///
/// The wall clock may jump back: a lease that ends later than one granted now, and a minute for small corrections of the clock
/// ([`desk_writer::FARTHEST_END`]), was granted by a clock that was ahead, and does not hold.
macro_rules! live_lease {
    ($end:literal, $now:literal) => {
        concat!($end, " between ", $now, " and ", $now, " + 1860000000")
    };
}

/// Write functions over a connection once, and generate them for both engines: `sqlite::f` and `postgres::f`.
///
/// Inside, `Conn` is the engine's connection, so the compiler checks each body twice.
/// `in file as name, …;` first brings the functions of other such files into scope, as `name::f`.
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

pub(crate) use {both_engines, live_lease, on_read, on_write};

/// Every statement of every file, for the test that prepares them on both engines.
pub fn statements() -> Vec<&'static str> {
    let files = [
        accounts::STATEMENTS,
        acts::STATEMENTS,
        audited::STATEMENTS,
        chosen::STATEMENTS,
        classes::STATEMENTS,
        copies::STATEMENTS,
        copy::STATEMENTS,
        encoders::STATEMENTS,
        examples::STATEMENTS,
        exports::STATEMENTS,
        flags::STATEMENTS,
        folding::STATEMENTS,
        history::STATEMENTS,
        identities::STATEMENTS,
        imports::STATEMENTS,
        incoming::STATEMENTS,
        projects::STATEMENTS,
        listing::STATEMENTS,
        maps::STATEMENTS,
        metadata::STATEMENTS,
        labeling::STATEMENTS,
        labels::STATEMENTS,
        labeling::leases::STATEMENTS,
        labeling::own::STATEMENTS,
        labeling::rule::STATEMENTS,
        labeling::second::STATEMENTS,
        labeling::bringing_back::STATEMENTS,
        labeling::taking_back::STATEMENTS,
        jobs::STATEMENTS,
        kept_labels::STATEMENTS,
        keys::STATEMENTS,
        outside::STATEMENTS,
        personal::STATEMENTS,
        repeats::STATEMENTS,
        rounds::STATEMENTS,
        samples::STATEMENTS,
        search::STATEMENTS,
        second_opinions::STATEMENTS,
        server::STATEMENTS,
        shelf::STATEMENTS,
        snapshots::STATEMENTS,
        standing::STATEMENTS,
        tokens::STATEMENTS,
        webhooks::STATEMENTS,
        undoing::STATEMENTS,
    ];
    [files.concat(), archive::statements(), removal::statements()].concat()
}

static SQLITE: sqlx::migrate::Migrator = sqlx::migrate!("migrations/sqlite");
static POSTGRES: sqlx::migrate::Migrator = sqlx::migrate!("migrations/postgres");

/// The newest migration of this program.
fn newest_version() -> i64 {
    SQLITE.iter().map(|migration| migration.version).max().unwrap_or_default()
}

impl Store {
    /// Bring the tables up to date.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match self {
            Self::Sqlite { write, .. } => SQLITE.run(write).await?,
            Self::Postgres(pool) => POSTGRES.run(pool).await?,
        }
        self.fold_texts().await
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

    /// Finish pending work and close every connection.
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
