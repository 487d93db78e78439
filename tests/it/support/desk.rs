//! People at the desk, as its scripts are: what they send, and what the database must hold afterwards.

use std::collections::{HashMap, HashSet};

use querist::domain::{Modality, Project, Role, Task};
use querist::service::projects::{self, Wanted};
use querist::store::Store;
use serde_json::{Value, json};

use super::app::TestApp;
use super::client::{Answer, Client};
use super::samples;

/// A project with the classes `a`, `b` and `c` and `n` samples, every tenth of them in the audit set.
pub async fn pool(test: &TestApp, slug: &str, n: i64) -> Project {
    let wanted = Wanted {
        augmentations: Some(Vec::new()),
        secret: Some(querist::domain::Lots::new([1; 16])),
        slug: slug.to_owned(),
        name: None,
        classes: ["a", "b", "c"].map(str::to_owned).to_vec(),
        task: Task::Single,
        modality: Modality::Image,
        seed: 7,
    };
    let project = projects::create(&test.app, wanted).await.unwrap();
    samples::fill(test, &project, "folder/", n).await;
    project
}

/// Somebody at a desk.
#[derive(Clone)]
pub struct Person {
    pub client: Client,
    pub base: String,
}

impl Person {
    pub async fn new(test: &TestApp, name: &str, role: Role, slug: &str) -> Self {
        let client = test.signed_in(name, role, Some(slug)).await;
        Self { client, base: format!("/api/v1/projects/{slug}") }
    }

    pub async fn ask(&mut self, wanted: Value) -> Answer {
        self.client.post_json(&format!("{}/leases", self.base), &wanted).await
    }

    pub async fn lease(&mut self, count: usize) -> Vec<Value> {
        let answer = self.ask(json!({ "count": count })).await;
        answer.assert_status(200).json()["leases"].as_array().unwrap().clone()
    }

    pub async fn lease_one(&mut self) -> Value {
        self.lease(1).await.remove(0)
    }

    pub async fn send(&mut self, answer: &Value) -> Answer {
        self.client.post_json(&format!("{}/annotations", self.base), answer).await
    }

    /// Answer, and give the annotation's id.
    pub async fn answer(&mut self, lease: &Value, class: i64) -> String {
        let answer = answer_to(lease, json!({ "class": class }));
        self.send(&answer).await.assert_status(201);
        answer["id"].as_str().unwrap().to_owned()
    }

    pub async fn undo(&mut self, annotation: &str) -> Answer {
        self.client.delete(&format!("{}/annotations/{annotation}", self.base)).await
    }
}

/// An answer to a lease with a fresh id.
pub fn answer_to(lease: &Value, said: Value) -> Value {
    let id = uuid::Uuid::new_v4().to_string();
    with(json!({ "id": id, "sample": lease["sample"]["id"], "lease": lease["lease"] }), said)
}

/// `value` with the fields of `fields` set.
pub fn with(mut value: Value, fields: Value) -> Value {
    let Value::Object(fields) = fields else { panic!("not an object") };
    value.as_object_mut().unwrap().extend(fields);
    value
}

pub async fn class_ids(test: &TestApp, project: &Project) -> Vec<i64> {
    test.app.store.classes(project.id).await.unwrap().into_iter().map(|class| class.id.0).collect()
}

pub async fn number(test: &TestApp, sql: &'static str) -> i64 {
    match &test.app.store {
        Store::Sqlite { write, .. } => sqlx::query_scalar(sql).fetch_one(write).await.unwrap(),
        Store::Postgres(pool) => sqlx::query_scalar(sql).fetch_one(pool).await.unwrap(),
    }
}

pub async fn run(test: &TestApp, sql: &'static str) {
    match &test.app.store {
        Store::Sqlite { write, .. } => drop(sqlx::query(sql).execute(write).await.unwrap()),
        Store::Postgres(pool) => drop(sqlx::query(sql).execute(pool).await.unwrap()),
    }
}

/// Everything an answer may change, as counts.
pub async fn state(test: &TestApp) -> Vec<i64> {
    let mut counts = Vec::new();
    for sql in [
        "select count(*) from annotation",
        "select count(*) from label",
        "select count(*) from lease",
        "select count(*) from decision",
        "select count(*) from job",
        "select cast(coalesce(sum(labeled + audit_labeled * 1000 + skipped * 1000000 + answers * 1000000000), 0) as bigint) from tally",
    ] {
        counts.push(number(test, sql).await);
    }
    counts
}

/// One annotation as stored.
#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    sample_id: i64,
    kind: String,
    undoes: Option<String>,
    audit: bool,
}

/// The counts and labels that follow from the annotations alone, against those that are kept.
pub async fn assert_consistent(test: &TestApp, project: &Project, context: &str) {
    const ROWS: &str = "
      select a.id, a.sample_id, a.kind, a.undoes, s.audit from annotation a join sample s on s.id = a.sample_id order by a.seq";
    const LABELS: &str = "select sample_id, annotation_id from label order by sample_id";
    let (rows, labels): (Vec<Row>, Vec<(i64, String)>) = match &test.app.store {
        Store::Sqlite { write, .. } => (
            sqlx::query_as(ROWS).fetch_all(write).await.unwrap(),
            sqlx::query_as(LABELS).fetch_all(write).await.unwrap(),
        ),
        Store::Postgres(pool) => {
            (sqlx::query_as(ROWS).fetch_all(pool).await.unwrap(), sqlx::query_as(LABELS).fetch_all(pool).await.unwrap())
        }
    };
    let undone: HashSet<&str> = rows.iter().filter_map(|row| row.undoes.as_deref()).collect();
    let mut standing: HashMap<i64, &Row> = HashMap::new();
    for row in rows.iter().filter(|row| row.kind != "undo" && !undone.contains(row.id.as_str())) {
        standing.insert(row.sample_id, row);
    }
    let mut expected: Vec<_> = standing.iter().map(|(sample, row)| (*sample, row.id.clone())).collect();
    expected.sort_unstable();
    assert_eq!(labels, expected, "{context}: labels");
    let count = |test: &dyn Fn(&Row) -> bool| standing.values().filter(|row| test(row)).count() as i64;
    let tally = test.app.store.tally(project.id).await.unwrap();
    assert_eq!(tally.labeled, count(&|row| row.kind == "classes"), "{context}: labeled");
    assert_eq!(tally.audit_labeled, count(&|row| row.kind == "classes" && row.audit), "{context}: audit");
    assert_eq!(tally.skipped, count(&|row| row.kind == "skip"), "{context}: skipped");
    assert_eq!(tally.answers, rows.len() as i64, "{context}: answers");
}
