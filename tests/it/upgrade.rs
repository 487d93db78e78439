//! A data folder of an older version: its rows survive the upgrade, work continues, and a downgrade is possible.

use std::path::Path;

use querist::domain::{Answer, ClassId, ClassSet, ProjectId, Role, SampleId, SkipReason};
use querist::service::insight;
use querist::store::Store;
use querist::store::listing::SampleFilter;
use serde_json::{Value, json};
use sqlx::Row as _;
use sqlx::migrate::Migrator;

use crate::support::app::TestApp;
use crate::support::desk::{Person, answer_to, number};
use crate::support::program::run;
use crate::support::root;

/// The last version whose answers were one class in one column and sets in another.
const BEFORE: i64 = 19;

/// The tables as version [`BEFORE`] made them.
async fn old_tables(store: &Store) {
    let folder = match store {
        Store::Sqlite { .. } => "migrations/sqlite",
        Store::Postgres(_) => "migrations/postgres",
    };
    let all = Migrator::new(root().join(folder)).await.unwrap();
    let old = Migrator::with_migrations(all.iter().filter(|one| one.version <= BEFORE).cloned().collect());
    match store {
        Store::Sqlite { write, .. } => old.run(write).await.unwrap(),
        Store::Postgres(pool) => old.run(pool).await.unwrap(),
    }
}

/// The contents of a folder with two projects: `birds` with one class per sample, `metal` with any number. Ids count
/// from 1.
const ROWS: &str = "
  insert into account (name, role, created_us) values ('ana', 'admin', 1);
  insert into project (slug, name, task, modality, seed, strategy, audit_share, retrain_minutes, show_opinion, created_us, secret) values
    ('birds', 'Birds', 'single', 'image', 1, 'auto', 0.1, 10, 1 = 0, 1, 'a'),
    ('metal', 'Metal', 'multi', 'image', 1, 'mmc', 0.1, 10, 1 = 0, 1, 'b');
  insert into class (project_id, position, name, created_us, first_us) values
    (1, 1, 'owl', 1, null), (1, 2, 'wren', 1, null), (1, 3, 'never', 1, null), (2, 1, 'stain', 1, 60), (2, 2, 'dent', 1, 60);
  insert into sample (project_id, hash, name, format, width, height, size_bytes, audit, draw, created_us, folded) values
    (1, 'h1', '1.png', 'png', 10, 20, 5, 1 = 0, 1, 1, '1.png'), (1, 'h2', '2.png', 'png', 10, 20, 5, 1 = 0, 2, 1, '2.png'),
    (1, 'h3', '3.png', 'png', 10, 20, 5, 1 = 0, 3, 1, '3.png'), (1, 'h4', '4.png', 'png', 10, 20, 5, 1 = 1, 4, 1, '4.png'),
    (1, 'h5', '5.png', 'png', 10, 20, 5, 1 = 1, 5, 1, '5.png'), (2, 'h1', '1.png', 'jpeg', 30, 40, 5, 1 = 0, 1, 1, '1.png'),
    (2, 'h2', '2.png', 'jpeg', 30, 40, 5, 1 = 0, 2, 1, '2.png'), (2, 'h3', '3.png', 'jpeg', 30, 40, 5, 1 = 1, 3, 1, '3.png'),
    (1, 'h6', '6.png', 'png', 10, 20, 5, 1 = 0, 6, 1, '6.png');
  insert into tally (project_id, samples, audit_samples, labeled, audit_labeled, skipped, answers) values
    (1, 6, 2, 3, 1, 1, 6), (2, 3, 1, 3, 1, 0, 3);
  insert into annotation (id, project_id, sample_id, account_id, kind, class_id, classes, reason, note, undoes, asked_by, origin, made_us) values
    ('a1', 1, 1, 1, 'class', 1, null, null, null, null, 'auto', 'desk', 10),
    ('a2', 1, 2, 1, 'class', 2, null, null, null, null, 'auto', 'desk', 20),
    ('u2', 1, 2, 1, 'undo', null, null, null, null, 'a2', 'undo', 'desk', 21),
    ('a3', 1, 2, 1, 'class', 1, null, null, null, null, 'undo', 'desk', 30),
    ('a4', 1, 3, 1, 'skip', null, null, 'bad data', 'torn', null, 'auto', 'desk', 40),
    ('a5', 1, 4, 1, 'class', 2, null, null, null, null, 'import', 'import', 50),
    ('b1', 2, 6, 1, 'classes', null, '', null, null, null, 'mmc', 'desk', 60),
    ('b2', 2, 7, 1, 'classes', null, '4 5', null, null, null, 'mmc', 'grid', 70),
    ('b3', 2, 8, 1, 'classes', null, '5', null, null, null, 'audit', 'desk', 80);
  insert into label (sample_id, project_id, class_id, classes, reason, annotation_id, account_id, made_us) values
    (1, 1, 1, null, null, 'a1', 1, 10), (2, 1, 1, null, null, 'a3', 1, 30), (3, 1, null, null, 'bad data', 'a4', 1, 40),
    (4, 1, 2, null, null, 'a5', 1, 50), (6, 2, null, '', null, 'b1', 1, 60), (7, 2, null, '4 5', null, 'b2', 1, 70),
    (8, 2, null, '5', null, 'b3', 1, 80);
  insert into round (project_id, number, state, cause, strategy, seed, n_answers, n_labels, n_pool, model_path, started_us, finished_us) values
    (1, 1, 'finished', 'answers', 'auto', 1, 1, 1, 1, '/old/1', 1, 2), (1, 2, 'finished', 'answers', 'auto', 1, 2, 2, 1, '/old/2', 3, 4),
    (1, 3, 'failed', 'answers', 'auto', 1, 3, 2, 1, null, 5, 6), (2, 1, 'finished', 'answers', 'mmc', 1, 3, 2, 0, '/old/m', 7, 8)";

/// Predictions as version [`BEFORE`] packed them: a row's column, its round, and its words.
const PREDICTIONS: &[(&str, i64, &[i64])] = &[
    ("update round set audit_predictions = $1 where id = $2", 1, &[4, 2, 5, 1]),
    ("update round set audit_predictions = $1 where id = $2", 2, &[]),
    ("update round set audit_sets = $1 where id = $2", 4, &[8, 2, 4, 5]),
];

async fn old_rows(store: &Store) {
    for (sql, round, words) in PREDICTIONS {
        let bytes: Vec<u8> = words.iter().copied().flat_map(i64::to_le_bytes).collect();
        let first = *round == 1;
        match store {
            Store::Sqlite { write, .. } => {
                if first {
                    sqlx::raw_sql(ROWS).execute(write).await.unwrap();
                }
                sqlx::query(*sql).bind(bytes).bind(round).execute(write).await.unwrap();
            }
            Store::Postgres(pool) => {
                if first {
                    sqlx::raw_sql(ROWS).execute(pool).await.unwrap();
                }
                sqlx::query(*sql).bind(bytes).bind(round).execute(pool).await.unwrap();
            }
        }
    }
}

/// What the old tables hold, row by row, as text.
async fn old_state(store: &Store) -> Vec<String> {
    const TABLES: [&str; 4] = [
        "select id || ' ' || kind || ' ' || coalesce(cast(class_id as text), '-') || ' ' || coalesce(classes, '-') || ' '
           || coalesce(reason, '-') || ' ' || coalesce(note, '-') || ' ' || coalesce(undoes, '-') || ' ' || origin
         from annotation order by seq",
        "select cast(sample_id as text) || ' ' || coalesce(cast(class_id as text), '-') || ' ' || coalesce(classes, '-') || ' '
           || coalesce(reason, '-') || ' ' || annotation_id from label order by sample_id",
        "select hash || ' ' || format || ' ' || cast(width as text) || ' ' || cast(height as text) from sample order by id",
        "select cast(id as text) || ' ' || coalesce(cast(first_us as text), '-') from class order by id",
    ];
    const BLOBS: &str = "select audit_predictions, audit_sets from round order by id";
    let blobs = |row: (Option<Vec<u8>>, Option<Vec<u8>>)| format!("{row:?}");
    let mut all: Vec<String> = Vec::new();
    match store {
        Store::Sqlite { write, .. } => {
            for sql in TABLES {
                all.extend(sqlx::query(sql).fetch_all(write).await.unwrap().iter().map(|row| row.get::<String, _>(0)));
            }
            all.extend(sqlx::query_as(BLOBS).fetch_all(write).await.unwrap().into_iter().map(blobs));
        }
        Store::Postgres(pool) => {
            for sql in TABLES {
                all.extend(sqlx::query(sql).fetch_all(pool).await.unwrap().iter().map(|row| row.get::<String, _>(0)));
            }
            all.extend(sqlx::query_as(BLOBS).fetch_all(pool).await.unwrap().into_iter().map(blobs));
        }
    }
    all
}

fn set(ids: &[i64]) -> ClassSet {
    ids.iter().copied().map(ClassId).collect()
}

fn labels(all: Vec<(SampleId, ClassSet)>) -> Vec<(i64, Vec<i64>)> {
    all.into_iter().map(|(sample, classes)| (sample.0, classes.ids().map(|class| class.0).collect())).collect()
}

/// Labels, skips, history, rounds and counts are what they were.
async fn assert_the_same(store: &Store) {
    let (birds, metal) = (ProjectId(1), ProjectId(2));
    assert_eq!(labels(store.training_labels(birds).await.unwrap()), [(1, vec![1]), (2, vec![1])]);
    assert_eq!(labels(store.audit_labels(birds).await.unwrap()), [(4, vec![2])]);
    assert_eq!(labels(store.training_labels(metal).await.unwrap()), [(6, vec![]), (7, vec![4, 5])]);
    assert_eq!(labels(store.audit_labels(metal).await.unwrap()), [(8, vec![5])]);
    let count = store.label_counts(birds).await.unwrap();
    assert!(count.iter().any(|count| count.classes == set(&[1]) && !count.audit && count.n == 2), "{count:?}");
    let skipped = store.sample(birds, SampleId(3)).await.unwrap().unwrap();
    assert_eq!(skipped.answer, Some(Answer::Skip { reason: SkipReason::BadData, note: Some("torn".to_owned()) }));
    let all = store.samples(birds, &SampleFilter::default(), SampleId(0), 9).await.unwrap();
    assert_eq!(all.iter().filter(|row| row.answer.is_none()).map(|row| row.id.0).collect::<Vec<_>>(), [5, 9]);
    let votes = store.export_votes(birds, SampleId(0), SampleId(9)).await.unwrap();
    let told: Vec<String> = votes.iter().map(|vote| format!("{} {}", vote.id, vote.kind)).collect();
    assert_eq!(told, ["a1 classes", "a2 classes", "u2 undo", "a3 classes", "a4 skip", "a5 classes"]);
    assert_eq!(votes[1].answer, Some(Answer::Classes(set(&[2]))));
    let rounds = store.audited_rounds(birds).await.unwrap();
    assert_eq!(rounds.iter().map(|round| round.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(labels(rounds[0].predictions.clone()), [(4, vec![2]), (5, vec![1])]);
    assert!(rounds[1].predictions.is_empty());
    let round = store.audited_round(metal, 1).await.unwrap().unwrap();
    assert_eq!(labels(round.predictions), [(8, vec![4, 5])]);
}

#[tokio::test]
async fn rows_of_an_older_version_come_through_and_back() {
    for test in TestApp::on_each_engine().await {
        let store = &test.app.store;
        store.migrate_down(0).await.unwrap();
        old_tables(store).await;
        old_rows(store).await;
        let old = old_state(store).await;
        store.migrate().await.unwrap();
        assert_the_same(store).await;

        store.migrate_down(BEFORE).await.unwrap();
        assert_eq!(old_state(store).await, old, "{}", store.engine());
        store.migrate().await.unwrap();
        assert_the_same(store).await;

        // Work continues where it was: figures, a question, an undo.
        let project = store.project(ProjectId(1)).await.unwrap().unwrap();
        let curve = insight::curve(&test.app, &project).await.unwrap();
        assert_eq!((curve.points.len(), curve.points[0].n, curve.points[0].correct), (1, 1, 1));
        let mut ben = Person::new(&test, "ben", Role::Lead, "birds").await;
        let lease = ben.lease_one().await;
        let answer = answer_to(&lease, json!({ "class": 3 }));
        let receipt = ben.send(&answer).await.assert_status(201).json();
        assert_eq!((&receipt["class"], receipt.get("classes")), (&json!(3), None));
        assert_eq!(number(&test, "select count(*) from decision where cause = 'new class'").await, 1);
        let undone = ben.undo("a3").await.assert_status(200).json();
        assert_eq!(undone.get("stands"), None, "what stood before was taken back too: {undone}");
        let mut cleo = Person::new(&test, "cleo", Role::Lead, "metal").await;
        let samples: Value = cleo.client.get("/api/v1/projects/metal/samples").await.assert_status(200).json();
        let said: Vec<&Value> = samples["samples"].as_array().unwrap().iter().map(|row| &row["classes"]).collect();
        assert_eq!(said, [&json!([]), &json!([4, 5]), &json!([5])]);
        test.finish().await;
    }
}

/// Copies that an upgrade has left in a folder.
fn copies(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.display().to_string().contains("before-upgrade")).collect()
}

#[tokio::test]
async fn an_older_folder_is_copied_before_it_is_upgraded_and_only_then() {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["user", "add", "zoe", "--role", "admin"]).await;
    assert_eq!(copies(data.path()).len(), 0, "a new folder has nothing to copy");
    let database = data.path().join("querist.db");
    let at = |path: &Path| path.to_str().unwrap().to_owned();
    let store = Store::open(&at(&database)).await.unwrap();
    store.migrate_down(0).await.unwrap();
    old_tables(&store).await;
    old_rows(&store).await;
    let old = old_state(&store).await;
    store.close().await;

    let listed = run(data.path(), &["project", "list"]).await;
    assert!(listed.contains("metal") && listed.contains("birds"), "{listed}");
    let copied = copies(data.path());
    assert_eq!(copied.len(), 1, "{copied:?}");
    assert!(at(&copied[0]).contains(&format!("querist-before-upgrade-from-{BEFORE}-")), "{copied:?}");
    let store = Store::open(&at(&copied[0])).await.unwrap();
    assert_eq!(old_state(&store).await, old);
    store.close().await;
    let store = Store::open(&at(&database)).await.unwrap();
    assert_the_same(&store).await;
    store.close().await;
    run(data.path(), &["project", "list"]).await;
    assert_eq!(copies(data.path()).iter().filter(|path| path.extension().is_some_and(|e| e == "db")).count(), 1);
}
