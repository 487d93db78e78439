//! `PostgreSQL` that goes away and comes back, behind a proxy that the test opens and closes.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use querist::causes;
use querist::domain::Role;
use querist::store::{Store, StoreError};
use sqlx::Connection as _;
use tokio::net::{TcpListener, UnixStream};
use tokio::task::{JoinHandle, JoinSet};

use super::{assert_comes_back, label};
use crate::support::app::{Schema, TestApp};
use crate::support::desk::{Person, class_ids, pool};
use crate::support::skip;

/// A TCP port that leads to the server's socket while it is open.
struct Door {
    port: u16,
    socket: PathBuf,
    guard: Option<JoinHandle<()>>,
}

impl Door {
    /// `None` where the test server has no socket to lead to.
    async fn new() -> Option<(Self, Schema)> {
        let Some(schema) = Schema::new().await else {
            skip("PostgreSQL: set QUERIST_TEST_POSTGRES_URL, or run `make test`");
            return None;
        };
        let address = schema.address();
        let Some((_, folder)) = address.split_once("host=/") else {
            skip("PostgreSQL: this test needs the server of scripts/postgres.sh, which has a socket");
            return None;
        };
        let folder = format!("/{}", folder.split('&').next().unwrap());
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        Some((Self { port, socket: PathBuf::from(folder).join(".s.PGSQL.5432"), guard: None }, schema))
    }

    /// The schema's address through this door.
    fn address(&self, schema: &Schema) -> String {
        let address = schema.address();
        let (before, rest) = address.split_once("host=/").unwrap();
        let rest = rest.split_once('&').map_or("", |(_, rest)| rest);
        format!("{before}host=127.0.0.1&port={}&{rest}", self.port)
    }

    async fn open(&mut self) {
        let listener = TcpListener::bind(("127.0.0.1", self.port)).await.unwrap();
        let socket = self.socket.clone();
        let task = tokio::spawn(async move {
            let mut streams = JoinSet::new();
            while let Ok((mut from, _)) = listener.accept().await {
                let socket = socket.clone();
                streams.spawn(async move {
                    let mut to = UnixStream::connect(socket).await.unwrap();
                    let _ = tokio::io::copy_bidirectional(&mut from, &mut to).await;
                });
            }
        });
        self.guard = Some(task);
    }

    /// As when the server's machine is switched off: open connections break, and nothing answers.
    async fn shut(&mut self) {
        if let Some(guard) = self.guard.take() {
            guard.abort();
            // Until it is over, the system still takes connections for it.
            let _ = guard.await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_goes_away_is_503_within_seconds_and_is_found_again() {
    let Some((mut door, schema)) = Door::new().await else { return };
    door.open().await;
    let test = TestApp::on(&door.address(&schema), schema).await;
    let project = pool(&test, "metal", 30).await;
    let class = class_ids(&test, &project).await[0];
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    label(&mut ana, class).await.assert_status(201);
    ana.client.get("/readyz").await.assert_status(200);

    door.shut().await;
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let asked = Instant::now();
    ana.client.get("/readyz").await.assert_status(503);
    assert!(asked.elapsed() < Duration::from_secs(3), "readyz took {:?}", asked.elapsed());
    for _ in 0..2 {
        let asked = Instant::now();
        let away = label(&mut ana, class).await;
        assert_comes_back(&away, 503, "database_away");
        assert!(asked.elapsed() < Duration::from_secs(6), "an answer took {:?}", asked.elapsed());
    }

    door.open().await;
    label(&mut ana, class).await.assert_status(201);
    tokio::time::sleep(Duration::from_millis(1100)).await;
    ana.client.get("/readyz").await.assert_status(200);
    test.finish().await;
}

#[tokio::test]
async fn why_postgresql_refuses_is_told_at_the_start_and_no_password_is() {
    let Some((mut door, schema)) = Door::new().await else { return };
    door.open().await;
    let right = door.address(&schema);
    let here = format!("127.0.0.1:{}", door.port);
    for (address, reason) in [
        (right.replace("/postgres?", "/nowhere?").replace("user=querist", "user=querist&password=SECRET"), "nowhere"),
        (right.replace("user=querist", "user=nobody-here&password=SECRET"), "nobody-here"),
    ] {
        let said = causes::line(&Store::open(&address).await.unwrap_err());
        assert!(said.contains(reason) && said.contains(&here) && !said.contains("SECRET"), "{said}");
        assert!(!said.contains("pool"), "{said}");
        let message = said.rsplit("error returned from database: ").next().unwrap().to_owned();
        assert_eq!(said.matches(&message).count(), 1, "told twice: {said}");
    }
    door.shut().await;
    let begun = Instant::now();
    let said = causes::line(&Store::open(&right).await.unwrap_err());
    assert!(said.contains("refused") && said.contains(&here), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(5));
    schema.drop().await;
}

#[tokio::test]
async fn a_server_that_takes_connections_and_says_nothing_is_given_up_within_seconds() {
    let silent = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let at = silent.local_addr().unwrap();
    let begun = Instant::now();
    let error = Store::open(&format!("postgres://u:SECRET@{at}/q")).await.unwrap_err();
    assert!(matches!(error, StoreError::Start { .. }), "{error:?}");
    let said = causes::line(&error);
    assert!(said.contains(&at.to_string()) && said.contains("no answer") && !said.contains("SECRET"), "{said}");
    assert!(begun.elapsed() < Duration::from_secs(6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_on_one_database_get_nobody_a_500_and_no_sample_to_two_people() {
    let Some(schema) = Schema::new().await else {
        return skip("PostgreSQL: set QUERIST_TEST_POSTGRES_URL, or run `make test`");
    };
    let address = schema.address();
    let one = TestApp::on(&address, schema).await;
    let project = pool(&one, "metal", 600).await;
    let class = class_ids(&one, &project).await[0];
    let other = one.beside(&address).await;
    let mut work = JoinSet::new();
    for i in 0..8 {
        let at = if i % 2 == 0 { &one } else { &other };
        let mut person = Person::new(at, &format!("person {i}"), Role::Annotator, "metal").await;
        work.spawn(async move {
            for _ in 0..25 {
                label(&mut person, class).await.assert_status(201);
            }
        });
    }
    while let Some(done) = work.join_next().await {
        done.unwrap();
    }
    let mut connection = sqlx::PgConnection::connect(&address).await.unwrap();
    let counts: (i64, i64) = sqlx::query_as("select count(*), count(distinct sample_id) from annotation")
        .fetch_one(&mut connection)
        .await
        .unwrap();
    assert_eq!(counts, (200, 200));
    connection.close().await.unwrap();
    other.app.store.close().await;
    one.finish().await;
}
