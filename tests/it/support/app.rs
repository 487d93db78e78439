//! A separate application for each test: a temporary data folder, a fresh database, a fixed clock.

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{AccountId, Lots, ProjectId, Role, Timestamp};
use querist::runtime::{LazyRuntime, Settings};
use querist::service::App;
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects;
use querist::store::Store;
use querist::store::projects::NewProject;
use sqlx::{Connection as _, Executor as _, PgConnection};
use tempfile::TempDir;

use super::client::Client;
use super::skip;

/// The application, and the folder that holds its files as long as it lives.
pub struct TestApp {
    pub app: App,
    _folder: TempDir,
    schema: Option<Schema>,
}

/// 2026-01-01 00:00 UTC.
pub const START: Timestamp = Timestamp(1_767_225_600_000_000);

impl TestApp {
    /// On a fresh `SQLite` file.
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        let store = Store::open(data.database().to_str().unwrap()).await.unwrap();
        Self::assemble(folder, data, store, None).await
    }

    /// One application per engine: `SQLite`, and `PostgreSQL` where `QUERIST_TEST_POSTGRES_URL` names a server.
    pub async fn on_each_engine() -> Vec<Self> {
        let mut apps = vec![Self::new().await];
        match Schema::new().await {
            Some(schema) => {
                let folder = tempfile::tempdir().unwrap();
                let data = DataDir::open(folder.path()).unwrap();
                let store = Store::open(&schema.address()).await.unwrap();
                apps.push(Self::assemble(folder, data, store, Some(schema)).await);
            }
            None => skip("PostgreSQL: set QUERIST_TEST_POSTGRES_URL, or run `make test`"),
        }
        apps
    }

    /// On the `PostgreSQL` server at `address`, which selects `schema`.
    pub async fn on(address: &str, schema: Schema) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::open(folder.path()).unwrap();
        Self::assemble(folder, data, Store::open(address).await.unwrap(), Some(schema)).await
    }

    /// A second server on the same database and the same folder.
    pub async fn beside(&self, address: &str) -> Self {
        let store = Store::open(address).await.unwrap();
        Self::assemble(tempfile::tempdir().unwrap(), self.app.data.clone(), store, None).await
    }

    async fn assemble(folder: TempDir, data: DataDir, store: Store, schema: Option<Schema>) -> Self {
        store.migrate().await.unwrap();
        let runtime = LazyRuntime::new(Settings::default());
        let app = App::new(store, data, Cpu::new(1).unwrap(), Clock::fixed(START), runtime);
        Self { app, _folder: folder, schema }
    }

    /// A client that is not signed in.
    pub fn client(&self) -> Client {
        Client::new(&self.app)
    }

    /// Close the database, and on `PostgreSQL` drop what the test made.
    pub async fn finish(self) {
        self.app.store.close().await;
        if let Some(schema) = self.schema {
            schema.drop().await;
        }
    }

    /// A project by one row, for tests that need a name to be a member of.
    pub async fn project(&self, slug: &str) -> ProjectId {
        let new = NewProject { retrain_minutes: 5, ..projects::plain(slug, Lots::new([1; 16])) };
        self.app.store.add_project(&new, START).await.unwrap().unwrap()
    }

    /// An account with a password, and a role in a project where one is named.
    pub async fn person(&self, name: &str, role: Role, project: Option<&str>) -> AccountId {
        let new = NewAccount { name, role, project, password: Some(PASSWORD) };
        accounts::add(&self.app, new).await.unwrap().id
    }

    /// A client signed in as somebody new, without the time that a password takes.
    pub async fn signed_in(&self, name: &str, role: Role, project: Option<&str>) -> Client {
        let new = NewAccount { name, role, project, password: None };
        let account = accounts::add(&self.app, new).await.unwrap();
        let session = accounts::open_session(&self.app, account.id).await.unwrap();
        let mut client = self.client();
        client.set_cookie("querist_session", session.reveal());
        client
    }
}

/// The password of everybody that [`TestApp::person`] makes.
pub const PASSWORD: &str = "a long enough password";

/// A schema of its own on the test server.
pub struct Schema {
    server: String,
    name: String,
}

impl Schema {
    /// `None` when no server is named.
    pub async fn new() -> Option<Self> {
        let server = std::env::var("QUERIST_TEST_POSTGRES_URL").ok().filter(|url| !url.is_empty())?;
        let name = format!("t_{}", uuid::Uuid::new_v4().simple());
        let schema = Self { server, name };
        schema.run(&format!("create schema {}", schema.name)).await;
        Some(schema)
    }

    /// The server's address with this schema in front.
    pub fn address(&self) -> String {
        let join = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{join}options[search_path]={}", self.server, self.name)
    }

    pub async fn drop(self) {
        self.run(&format!("drop schema {} cascade", self.name)).await;
    }

    async fn run(&self, statement: &str) {
        let mut connection = PgConnection::connect(&self.server).await.unwrap();
        connection.execute(sqlx::AssertSqlSafe(statement.to_owned())).await.unwrap();
        connection.close().await.unwrap();
    }
}
