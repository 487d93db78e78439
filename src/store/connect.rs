//! Connections: how a database is opened, and which connections may be reused.
//!
//! **Invariant:** no address is shown with its password, and no connection is reused before its last transaction is
//! over. Where `SQLite` rolls back by itself, on a full disk or an error of the disk, its driver still counts the lost
//! transaction, and refuses every later one; such a connection is closed, and the next write gets a new one.

use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgConnection, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, Sqlite, SqlitePool, Transaction};

use super::{Store, StoreError, fault};
use crate::domain::Fault;

/// Default number of connections to `PostgreSQL`.
pub const CONNECTIONS: u32 = 10;
/// How long to wait for a connection to `PostgreSQL`.
const PATIENCE: Duration = Duration::from_secs(4);
/// How long to wait for another program's lock on an `SQLite` file.
const LOCKED: Duration = Duration::from_secs(5);
/// How long to wait for the single writer: longer than for a lock, so that a waiter for the lock reports it first.
const WRITER: Duration = Duration::from_secs(8);

impl Store {
    /// Open the database at `address`: `postgres://…`, or the path of an `SQLite` file that may not exist yet.
    ///
    /// # Errors
    /// [`StoreError::Address`] for other addresses; [`StoreError::Start`] with the reason when `PostgreSQL` refuses.
    pub async fn open(address: &str) -> Result<Self, StoreError> {
        Self::open_with(address, CONNECTIONS).await
    }

    /// As [`Store::open`], with up to `connections` to `PostgreSQL`.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub async fn open_with(address: &str, connections: u32) -> Result<Self, StoreError> {
        if is_postgres(address) {
            open_postgres(address, connections).await
        } else if address.contains("://") {
            Err(StoreError::Address(shown(address)))
        } else {
            open_sqlite(Path::new(address)).await
        }
    }
}

/// Whether `address` names a `PostgreSQL` server rather than a file.
pub fn is_postgres(address: &str) -> bool {
    address.starts_with("postgres://") || address.starts_with("postgresql://")
}

/// An address without what may be secret in it: user, password and parameters.
pub fn shown(address: &str) -> String {
    let address = address.split(['?', '#']).next().unwrap_or_default();
    let Some((before, place)) = address.rsplit_once('@') else { return address.to_owned() };
    let scheme = before.split_once("://").map_or(String::new(), |(scheme, _)| format!("{scheme}://"));
    format!("{scheme}…@{place}")
}

async fn open_postgres(address: &str, connections: u32) -> Result<Store, StoreError> {
    let at = shown(address);
    let options: PgConnectOptions = address.parse().map_err(|source| StoreError::Start { at, source })?;
    let at = match options.get_socket() {
        Some(socket) => socket.display().to_string(),
        None => format!("{}:{}", options.get_host(), options.get_port()),
    };
    // Try a single connection first: a pool retries until its timeout, and then reports only that.
    let first = async {
        let late = |_| sqlx::Error::Io(std::io::Error::new(ErrorKind::TimedOut, "no answer within 4 seconds"));
        let connection: PgConnection =
            tokio::time::timeout(PATIENCE, options.connect()).await.map_err(late).flatten()?;
        connection.close().await
    };
    first.await.map_err(|source| StoreError::Start { at, source })?;
    let pool = PgPoolOptions::new().max_connections(connections.max(1)).acquire_timeout(PATIENCE);
    Ok(Store::Postgres(pool.connect_lazy_with(options)))
}

async fn open_sqlite(path: &Path) -> Result<Store, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Wal)
        // A label that was acknowledged survives a power cut: the response follows the fsync.
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(LOCKED)
        .foreign_keys(true)
        .statement_cache_capacity(256);
    // Made here and never later: a missing file must not be mistaken for an empty one.
    SqliteConnection::connect_with(&options.clone().create_if_missing(true)).await?.close().await?;
    let write = SqlitePoolOptions::new()
        .max_connections(1)
        .acquire_timeout(WRITER)
        .before_acquire(|connection, _| Box::pin(async move { Ok(!connection.is_in_transaction()) }))
        .connect_lazy_with(options.clone());
    let read = SqlitePoolOptions::new()
        .max_connections(4)
        .min_connections(0)
        .acquire_timeout(WRITER)
        .connect_lazy_with(options.read_only(true));
    Ok(Store::Sqlite { read, write })
}

/// Begin a transaction of the one writer.
///
/// `SQLite` opens a file that cannot be written for reading only, and such a connection stays so when the disk can be written again.
/// So one that is refused although nobody made it read-only is closed, and the next write gets a new one.
///
/// # Errors
/// As the engine refuses it.
pub(super) async fn begin(write: &SqlitePool) -> Result<Transaction<'static, Sqlite>, sqlx::Error> {
    let refused = match write.begin_with("begin immediate").await {
        Err(error) if fault::of(&error) == Fault::ReadOnly => error,
        begun => return begun,
    };
    let mut held = write.acquire().await?;
    let by_choice: bool = sqlx::query_scalar("pragma query_only").fetch_one(&mut *held).await?;
    if !by_choice {
        held.close().await?;
    }
    Err(refused)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_secret_of_an_address_is_shown() {
        for (address, seen) in [
            ("postgre://querist:SECRET@db.example.org/querist", "postgre://…@db.example.org/querist"),
            ("postgres://u:SE@CRET@db:5433/q?password=SECRET", "postgres://…@db:5433/q"),
            ("postgres:u:SECRET@db/q", "…@db/q"),
            ("mysql://db/q?password=SECRET", "mysql://db/q"),
            ("querist.db", "querist.db"),
        ] {
            assert_eq!(shown(address), seen);
        }
    }

    #[tokio::test]
    async fn a_mistyped_scheme_is_refused_without_its_password() {
        let error = Store::open("postgre://querist:SECRET@db.example.org/querist").await.unwrap_err();
        let text = crate::causes::line(&error);
        assert!(text.contains("db.example.org") && !text.contains("SECRET"), "{text}");
    }

    #[tokio::test]
    async fn a_refused_connection_names_host_and_port_and_the_reason() {
        // A port that was free a moment ago refuses.
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let begun = std::time::Instant::now();
        let error = Store::open(&format!("postgres://u:SECRET@{free}/q")).await.unwrap_err();
        let text = crate::causes::line(&error);
        assert!(text.contains(&free.to_string()) && text.contains("refused") && !text.contains("SECRET"), "{text}");
        assert!(begun.elapsed() < Duration::from_secs(5));
    }
}
