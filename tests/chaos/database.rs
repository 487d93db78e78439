//! The database under test, read by nobody's code but SQL: what is there once the server is gone, or what holds it up.

use std::path::Path;

use sqlx::postgres::PgConnectOptions;
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection, Row as _, SqliteConnection};
use tokio::runtime::Runtime;

/// Where the project's rows are.
pub enum Database {
    /// In the data folder.
    Sqlite,
    /// In a schema of its own on the server at this address.
    Postgres { server: String, schema: String },
}

/// An open connection to either engine.
pub enum Connected {
    Sqlite(Runtime, SqliteConnection),
    Postgres(Runtime, PgConnection),
}

/// Columns as text, the same from both engines.
pub type TextRow = Vec<Option<String>>;

impl Database {
    /// A fresh schema where `QUERIST_TEST_POSTGRES_URL` names a server.
    pub fn postgres() -> Option<Self> {
        let server = std::env::var("QUERIST_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
        let schema = format!("chaos_{}", uuid::Uuid::new_v4().simple());
        let made = Self::Postgres { server, schema };
        made.on_server("create schema");
        Some(made)
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres { .. } => "PostgreSQL",
        }
    }

    /// What `--database` is told; nothing for the file in the data folder.
    pub fn address(&self) -> Option<String> {
        match self {
            Self::Sqlite => None,
            Self::Postgres { server, schema } => {
                let join = if server.contains('?') { '&' } else { '?' };
                // The test server is fast and forgetful; an acknowledged answer must outlive it all the same.
                let options = format!("options[search_path]={schema}&options[synchronous_commit]=on");
                Some(format!("{server}{join}{options}&application_name={schema}"))
            }
        }
    }

    /// Remove what was made on a server.
    pub fn remove(&self) {
        self.on_server("drop schema");
    }

    fn on_server(&self, verb: &str) {
        let Self::Postgres { server, schema } = self else { return };
        let cascade = if verb.starts_with("drop") { " cascade" } else { "" };
        let statement = format!("{verb} {schema}{cascade}");
        runtime().block_on(async {
            let mut connection = PgConnection::connect(server).await.unwrap();
            connection.execute(AssertSqlSafe(statement)).await.unwrap();
            connection.close().await.unwrap();
        });
    }

    /// Open it beside the program.
    pub fn connect(&self, data: &Path) -> Connected {
        let runtime = runtime();
        match self {
            Self::Sqlite => {
                let options = SqliteConnectOptions::new().filename(data.join("querist.db"));
                let open = runtime.block_on(SqliteConnection::connect_with(&options)).unwrap();
                Connected::Sqlite(runtime, open)
            }
            Self::Postgres { schema, server } => {
                let options: PgConnectOptions = server.parse().unwrap();
                let options = options.options([("search_path", schema.as_str())]);
                let open = runtime.block_on(PgConnection::connect_with(&options)).unwrap();
                Connected::Postgres(runtime, open)
            }
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap()
}

impl Connected {
    /// Run statements.
    pub fn run(&mut self, statement: &str) {
        let statement = AssertSqlSafe(statement.to_owned());
        match self {
            Self::Sqlite(runtime, open) => {
                runtime.block_on(open.execute(statement)).unwrap();
            }
            Self::Postgres(runtime, open) => {
                runtime.block_on(open.execute(statement)).unwrap();
            }
        }
    }

    /// These columns of all rows of `rest`, which begins with a table; a column called `hex NAME` holds bytes.
    pub fn rows(&mut self, columns: &[&str], rest: &str) -> Vec<TextRow> {
        let as_text = |column: &&str| match (column.strip_prefix("hex "), &self) {
            (Some(bytes), Self::Sqlite(..)) => format!("hex({bytes})"),
            (Some(bytes), Self::Postgres(..)) => format!("encode({bytes}, 'hex')"),
            (None, _) => format!("cast({column} as text)"),
        };
        let columns: Vec<String> = columns.iter().map(as_text).collect();
        let n = columns.len();
        self.texts(&format!("select {} from {rest}", columns.join(", ")), n)
    }

    /// What a query answers, whose `n` columns are texts.
    pub fn texts(&mut self, query: &str, n: usize) -> Vec<TextRow> {
        let query = AssertSqlSafe(query.to_owned());
        match self {
            Self::Sqlite(runtime, open) => {
                let rows = runtime.block_on(sqlx::query(query).fetch_all(open)).unwrap();
                rows.iter().map(|row| (0..n).map(|at| row.get(at)).collect()).collect()
            }
            Self::Postgres(runtime, open) => {
                let rows = runtime.block_on(sqlx::query(query).fetch_all(open)).unwrap();
                rows.iter().map(|row| (0..n).map(|at| row.get(at)).collect()).collect()
            }
        }
    }
}
