//! Failures of the database, after which the next write works as usual.

use std::time::{Duration, Instant};

use querist::domain::Role;
use querist::store::Store;
use sqlx::{Connection as _, SqliteConnection, SqlitePool};

use super::{assert_comes_back, label};
use crate::support::app::TestApp;
use crate::support::desk::{Person, class_ids, pool, run};

fn writer(test: &TestApp) -> SqlitePool {
    let Store::Sqlite { write, .. } = &test.app.store else { panic!("not SQLite") };
    write.clone()
}

/// A pool of samples, and somebody who labels.
async fn desk() -> (TestApp, Person, i64) {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 400).await;
    let class = class_ids(&test, &project).await[0];
    let ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    (test, ana, class)
}

#[tokio::test]
async fn a_transaction_that_ended_beneath_the_driver_stops_no_later_answer() {
    let (test, mut ana, class) = desk().await;
    label(&mut ana, class).await.assert_status(201);
    // What SQLite does by itself on a full disk, an error of the disk and when memory runs out.
    let mut broken = writer(&test).begin_with("begin immediate").await.unwrap();
    sqlx::query("rollback").execute(&mut *broken).await.unwrap();
    assert!(broken.commit().await.is_err(), "the driver did not lose count, so this test shows nothing");
    for _ in 0..3 {
        label(&mut ana, class).await.assert_status(201);
    }
    test.finish().await;
}

#[tokio::test]
async fn a_transaction_whose_caller_went_away_stops_no_later_answer() {
    let (test, mut ana, class) = desk().await;
    let mut dropped = writer(&test).begin_with("begin immediate").await.unwrap();
    sqlx::query("update tally set asked = 7000").execute(&mut *dropped).await.unwrap();
    drop(dropped);
    label(&mut ana, class).await.assert_status(201);
    assert_ne!(crate::support::desk::number(&test, "select asked from tally").await, 7000);
    test.finish().await;
}

#[tokio::test]
async fn a_full_database_is_507_and_takes_answers_again_once_there_is_room() {
    let (test, mut ana, class) = desk().await;
    label(&mut ana, class).await.assert_status(201);
    sqlx::query("pragma max_page_count = 1").execute(&writer(&test)).await.unwrap();
    let mut full = None;
    for _ in 0..300 {
        let answer = label(&mut ana, class).await;
        if answer.status != 201 {
            full = Some(answer);
            break;
        }
    }
    let full = full.expect("the database never was full");
    assert_comes_back(&full, 507, "disk_full");
    full.assert_says("disk is full").assert_says("Nothing was stored");
    // As a page, in the reader's own language.
    let page = ana.client.clone().with("accept-language", "de").post("/p/metal/label", &[]).await;
    assert!(page.status != 500, "{}", page.text());
    sqlx::query("pragma max_page_count = 1073741823").execute(&writer(&test)).await.unwrap();
    for _ in 0..3 {
        label(&mut ana, class).await.assert_status(201);
    }
    test.finish().await;
}

#[tokio::test]
async fn a_locked_database_is_503_and_readyz_says_so_within_two_seconds() {
    let (test, mut ana, class) = desk().await;
    assert!(ana.client.get("/readyz").await.assert_status(200).json()["ready"].as_bool().unwrap());
    let file = test.app.data.database();
    let mut other = SqliteConnection::connect(file.to_str().unwrap()).await.unwrap();
    sqlx::query("begin immediate").execute(&mut other).await.unwrap();
    // A result is reused for a second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    let asked = Instant::now();
    let ready = ana.client.get("/readyz").await;
    ready.assert_status(503).assert_says("has not taken a write");
    assert!(asked.elapsed() < Duration::from_secs(3), "{:?}", asked.elapsed());
    assert!(!ready.header("retry-after").is_empty());
    ana.client.get("/healthz").await.assert_status(200);
    let locked = label(&mut ana, class).await;
    assert_comes_back(&locked, 503, "busy");
    sqlx::query("rollback").execute(&mut other).await.unwrap();
    label(&mut ana, class).await.assert_status(201);
    ana.client.get("/readyz").await.assert_status(200);
    test.finish().await;
}

#[tokio::test]
async fn a_database_that_may_not_be_written_is_503() {
    let (test, mut ana, class) = desk().await;
    sqlx::query("pragma query_only = on").execute(&writer(&test)).await.unwrap();
    let refused = label(&mut ana, class).await;
    assert_comes_back(&refused, 503, "read_only");
    ana.client.get("/readyz").await.assert_status(503).assert_says("may not be written");
    sqlx::query("pragma query_only = off").execute(&writer(&test)).await.unwrap();
    label(&mut ana, class).await.assert_status(201);
    test.finish().await;
}

#[tokio::test]
async fn a_bug_is_still_500_and_names_nothing() {
    let (test, mut ana, class) = desk().await;
    run(&test, "alter table lease rename to hidden").await;
    let broken = label(&mut ana, class).await;
    broken.assert_status(500);
    assert_eq!(broken.json()["error"]["code"], "internal");
    assert!(!broken.text().contains("lease"), "{}", broken.text());
    run(&test, "alter table hidden rename to lease").await;
    label(&mut ana, class).await.assert_status(201);
    test.finish().await;
}
