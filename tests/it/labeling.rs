//! The desk's contract, from outside: leases, answers, undo, the counts, and many people at once.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeSet, HashMap, HashSet};

use querist::domain::{Modality, Project, Role, SampleId, Task};
use querist::math::random;
use querist::service::projects::{self, Wanted};
use querist::store::Store;
use querist::store::desk_writer::LEASE_SECONDS;
use querist::store::rounds::Queue;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};
use crate::support::samples;

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
fn with(mut value: Value, fields: Value) -> Value {
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

#[tokio::test]
async fn leases_come_as_many_as_asked_for_and_never_twice() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 120).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        for count in [json!(0), json!(101), json!(-1), json!("2"), json!(null)] {
            let refused = ana.ask(json!({ "count": count })).await;
            refused.assert_status(422);
            assert!(refused.json()["error"]["message"].is_string(), "{}", refused.text());
        }
        ana.ask(json!({ "count": 1, "amount": 2 })).await.assert_status(422).assert_says("amount");
        assert_eq!(number(&test, "select count(*) from lease").await, 0);

        let first = ana.lease(100).await;
        let rest = ana.lease(100).await;
        assert_eq!((first.len(), rest.len()), (100, 20));
        let ids: HashSet<_> = first.iter().chain(&rest).map(|lease| lease["sample"]["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), 120);
        for lease in &first {
            assert!(lease["media_url"].as_str().unwrap().starts_with("/media/metal/"));
            assert!(!lease["sample"]["name"].as_str().unwrap().contains('/'), "a folder may name the class");
            assert_eq!(lease["expires_at"], "2026-01-01T00:30:00Z");
        }
        let none = ana.ask(json!({ "count": 1 })).await.assert_status(200).json();
        assert!(none["leases"].as_array().unwrap().is_empty());
        assert!(none["empty"]["reason"].as_str().unwrap().contains("with other people"), "{none}");
        test.finish().await;
    }
}

#[tokio::test]
async fn resuming_hands_out_the_own_leases_first_and_prolongs_them() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 30).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(3).await;
        let other = ben.lease(3).await;
        test.app.clock.advance(LEASE_SECONDS - 60);
        let again = ana.ask(json!({ "count": 5, "resume": true })).await.json();
        let again = again["leases"].as_array().unwrap();
        assert_eq!(again.len(), 5);
        let ids = |leases: &[Value]| -> BTreeSet<String> { leases.iter().map(|l| l["lease"].to_string()).collect() };
        assert_eq!(ids(&again[..3]), ids(&held));
        assert!(ids(again).is_disjoint(&ids(&other)));
        assert_eq!(again[0]["expires_at"], "2026-01-01T00:59:00Z");
        test.finish().await;
    }
}

#[tokio::test]
async fn leases_end_and_come_back_and_can_be_given_back() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 4).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(4).await;
        assert!(ben.lease(4).await.is_empty());
        let address = format!("{}/leases/{}", ana.base, held[0]["lease"].as_str().unwrap());
        ben.client.delete(&address).await.assert_status(404);
        ana.client.delete(&address).await.assert_status(204);
        ana.client.delete(&address).await.assert_status(404);
        let given = ben.lease(4).await;
        assert_eq!(given.len(), 1);
        assert_eq!(given[0]["sample"], held[0]["sample"]);
        test.app.clock.advance(LEASE_SECONDS + 1);
        assert_eq!(ben.lease(4).await.len(), 4, "all four, his own expired one included, are free again");
        test.finish().await;
    }
}

#[tokio::test]
async fn an_answer_has_one_receipt_however_often_it_is_sent() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let leases = ana.lease(2).await;
        let answer = answer_to(&leases[0], json!({ "class": classes[1], "seconds": 1.5 }));
        let first = ana.send(&answer).await.assert_status(201).json();
        let before = state(&test).await;
        test.app.clock.advance(5);
        let second = ana.send(&answer).await.assert_status(200).json();
        for field in ["id", "sample", "class", "skip", "made_at"] {
            assert_eq!(first[field], second[field], "{field}");
        }
        assert_eq!(first["class"], classes[1]);
        // The same id for anything else is a mistake of the client, and must not pass for stored.
        let other_sample = with(answer_to(&leases[1], json!({ "class": classes[1] })), json!({ "id": answer["id"] }));
        ana.send(&other_sample).await.assert_status(409).assert_says("id_taken");
        let other_class = with(answer.clone(), json!({ "class": classes[2] }));
        ana.send(&other_class).await.assert_status(409).assert_says("id_taken");
        let mut skip = with(answer.clone(), json!({ "skip": "unsure" }));
        skip.as_object_mut().unwrap().remove("class");
        ana.send(&skip).await.assert_status(409);
        assert_eq!(state(&test).await, before);
        // Upper case is the same UUID.
        let upper = answer["id"].as_str().unwrap().to_uppercase();
        ana.send(&with(answer.clone(), json!({ "id": upper }))).await.assert_status(200);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_refused_answer_says_why_and_changes_nothing() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let other = pool(&test, "wood", 5).await;
        let classes = class_ids(&test, &project).await;
        let foreign_class = class_ids(&test, &other).await[0];
        projects::retire_class(&test.app, &project, querist::domain::ClassId(classes[2])).await.unwrap();
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let mut eve = Person::new(&test, "eve", Role::Annotator, "wood").await;
        let lease = ana.lease_one().await;
        let bens = ben.lease_one().await;
        let eves = eve.lease_one().await;
        let good = answer_to(&lease, json!({ "class": classes[0] }));
        let without = |field: &str| {
            let mut value = good.clone();
            value.as_object_mut().unwrap().remove(field);
            value
        };
        let before = state(&test).await;
        let cases = [
            (422, "nonsense", with(good.clone(), json!({ "nonsense": 1 }))),
            (422, "unknown_class", with(good.clone(), json!({ "class": 999_999 }))),
            (422, "unknown_class", with(good.clone(), json!({ "class": foreign_class }))),
            (422, "retired_class", with(good.clone(), json!({ "class": classes[2] }))),
            (422, "bad_answer", without("class")),
            (422, "bad_answer", with(good.clone(), json!({ "skip": "unsure" }))),
            (422, "exactly one class", with(without("class"), json!({ "classes": [] }))),
            (422, "exactly one class", with(without("class"), json!({ "classes": [classes[0], classes[1]] }))),
            (422, "refused", with(without("class"), json!({ "skip": "no mood" }))),
            (422, "refused", with(without("class"), json!({ "skip": "other", "note": "x".repeat(2001) }))),
            (422, "UUID", with(good.clone(), json!({ "id": "1" }))),
            (422, "UUID", with(good.clone(), json!({ "id": "" }))),
            (422, "seconds", with(good.clone(), json!({ "seconds": 1e300 }))),
            (422, "seconds", with(good.clone(), json!({ "seconds": -1 }))),
            (422, "next", with(good.clone(), json!({ "next": 101 }))),
            (422, "lease", without("lease")),
            (403, "foreign_lease", answer_to(&bens, json!({ "class": classes[0] }))),
            (409, "lease_over", with(good.clone(), json!({ "lease": "not a lease" }))),
            (409, "lease_over", with(good.clone(), json!({ "lease": bens["lease"] }))),
            (404, "not_found", with(good.clone(), json!({ "sample": 999_999 }))),
            (404, "not_found", answer_to(&eves, json!({ "class": classes[0] }))),
        ];
        for (status, part, answer) in cases {
            let refused = ana.send(&answer).await;
            refused.assert_status(status).assert_says(part);
            let error = &refused.json()["error"];
            assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
        }
        let address = format!("{}/annotations", ana.base);
        let garbled = ana.client.send("POST", &address, Some("application/json"), "{".into()).await;
        assert!(matches!(garbled.status.as_u16(), 400 | 422), "{}", garbled.text());
        assert_eq!(state(&test).await, before);
        ana.send(&good).await.assert_status(201);
        // An id is used up everywhere, in other projects too.
        let stolen = with(answer_to(&eves, json!({ "class": foreign_class })), json!({ "id": good["id"] }));
        eve.send(&stolen).await.assert_status(409).assert_says("id_taken");
        // A project one is not in looks like one that is not there.
        eve.client.post_json("/api/v1/projects/metal/annotations", &good).await.assert_status(404);
        test.client().post_json("/api/v1/projects/metal/annotations", &good).await.assert_status(401);
        test.finish().await;
    }
}

#[tokio::test]
async fn an_answer_after_its_lease_counts_until_somebody_else_has_the_sample() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 2).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(2).await;
        test.app.clock.advance(LEASE_SECONDS + 1);
        ana.answer(&held[0], classes[0]).await;
        let taken = ben.lease(2).await;
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0]["sample"], held[1]["sample"]);
        let late = answer_to(&held[1], json!({ "class": classes[0] }));
        let before = state(&test).await;
        ana.send(&late).await.assert_status(409).assert_says("lease_over");
        assert_eq!(state(&test).await, before);
        ben.answer(&taken[0], classes[1]).await;
        ana.send(&late).await.assert_status(409).assert_says("lease_over");
        test.finish().await;
    }
}

#[tokio::test]
async fn undo_appends_a_row_and_brings_the_sample_back_to_the_same_person() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        let lease = ana.lease_one().await;
        let id = ana.answer(&lease, classes[0]).await;
        ben.undo(&id).await.assert_status(403).assert_says("foreign_annotation");
        ana.undo("00000000-0000-4000-8000-000000000000").await.assert_status(404);
        ana.undo("no-uuid").await.assert_status(404);

        let undone = ana.undo(&id).await.assert_status(200).json();
        assert_eq!(undone["leases"][0]["sample"], lease["sample"]);
        assert_eq!(number(&test, "select count(*) from annotation").await, 2);
        let before = state(&test).await;
        let again = ana.undo(&id).await.assert_status(200).json();
        assert_eq!((&again["id"], &again["made_at"]), (&undone["id"], &undone["made_at"]));
        assert_eq!(again["leases"], undone["leases"], "a reply that got lost is repeated with its lease");
        assert_eq!(state(&test).await, before, "twice is once");
        let undo_id = undone["id"].as_str().unwrap().to_owned();
        ana.undo(&undo_id).await.assert_status(404);

        // Answered anew, then taken back by a lead, who gets the sample.
        let second = ana.answer(&undone["leases"][0], classes[1]).await;
        let by_lead = lea.undo(&second).await.assert_status(200).json();
        assert_eq!(by_lead["leases"][0]["sample"], lease["sample"]);
        let third = lea.answer(&by_lead["leases"][0], classes[2]).await;
        run(&test, "update label set annotation_id = 'a newer one'").await;
        lea.undo(&third).await.assert_status(409).assert_says("superseded");
        test.finish().await;
    }
}

#[tokio::test]
async fn undo_goes_twenty_five_deep() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut given = Vec::new();
        for lease in ana.lease(25).await {
            given.push((ana.answer(&lease, classes[0]).await, lease["sample"].clone()));
        }
        for (id, sample) in given.iter().rev() {
            let undone = ana.undo(id).await.assert_status(200).json();
            assert_eq!(&undone["leases"][0]["sample"], sample);
        }
        let tally = test.app.store.tally(project.id).await.unwrap();
        assert_eq!((tally.labeled, tally.audit_labeled, tally.skipped, tally.answers), (0, 0, 0, 50));
        assert_eq!(
            ana.ask(json!({ "count": 30, "resume": true })).await.json()["leases"].as_array().unwrap().len(),
            30
        );
        test.finish().await;
    }
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

#[tokio::test]
async fn the_counts_follow_any_sequence_of_answers_skips_and_undos() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 50).await;
        let classes = class_ids(&test, &project).await;
        let mut people = [
            Person::new(&test, "ana", Role::Annotator, "metal").await,
            Person::new(&test, "lea", Role::Lead, "metal").await,
        ];
        let mut dice = (0..).map(|i| random::hash(2026, i));
        let mut throw = |n: u64| (dice.next().unwrap() % n) as usize;
        let mut held: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
        let mut given: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        let (mut answers, mut undos) = (0, 0);
        for step in 0..250 {
            let who = throw(2);
            let person = &mut people[who];
            match throw(10) {
                0..=1 => {
                    let count = 1 + throw(4);
                    let leases = person.lease(count).await;
                    held[who].extend(leases);
                }
                2..=6 => {
                    let Some(lease) = held[who].pop() else { continue };
                    let said = match throw(4) {
                        0 => json!({ "skip": "unsure", "note": "hm" }),
                        k => json!({ "class": classes[k - 1] }),
                    };
                    let answer = answer_to(&lease, said);
                    let status = person.send(&answer).await.status.as_u16();
                    // 409 or 403: the lease ended, and the sample went to the other.
                    assert!(matches!(status, 201 | 403 | 409), "step {step}: {status}");
                    if status == 201 {
                        given[who].push(answer["id"].as_str().unwrap().to_owned());
                        answers += 1;
                    }
                }
                7..=8 => {
                    // A lead also takes back what the other said, and anybody may ask twice.
                    let whose = if who == 1 { throw(2) } else { 0 };
                    if given[whose].is_empty() {
                        continue;
                    }
                    let at = throw(given[whose].len() as u64);
                    let id = given[whose][at].clone();
                    let undone = person.undo(&id).await;
                    undone.assert_status(200);
                    held[who].extend(undone.json()["leases"].as_array().cloned().unwrap_or_default());
                    undos += 1;
                }
                _ => test.app.clock.advance(600),
            }
            if step % 10 == 0 {
                assert_consistent(&test, &project, &format!("{} step {step}", test.app.store.engine())).await;
            }
        }
        assert_consistent(&test, &project, "the end").await;
        assert!(answers > 40 && undos > 15, "the sequence did too little: {answers} answers, {undos} undos");
        test.finish().await;
    }
}

#[tokio::test]
async fn forty_people_at_once_never_get_the_same_sample_and_lose_no_answer() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 500).await;
        let classes = class_ids(&test, &project).await;
        let mut tasks = Vec::new();
        for i in 0..40 {
            let mut person = Person::new(&test, &format!("person {i}"), Role::Annotator, "metal").await;
            let class = classes[i % 3];
            tasks.push(tokio::spawn(async move {
                let mut leases = person.lease(3).await;
                let (mut seen, mut answered) = (Vec::new(), Vec::new());
                for _ in 0..6 {
                    let lease = leases.remove(0);
                    seen.push(lease["sample"]["id"].as_i64().unwrap());
                    let answer = answer_to(&lease, json!({ "class": class, "next": 1 }));
                    let receipt = person.send(&answer).await.assert_status(201).json();
                    answered.push(receipt["id"].as_str().unwrap().to_owned());
                    leases.extend(receipt["leases"].as_array().unwrap().iter().cloned());
                }
                seen.extend(leases.iter().map(|lease| lease["sample"]["id"].as_i64().unwrap()));
                (seen, answered)
            }));
        }
        let (mut seen, mut answered) = (Vec::new(), HashSet::new());
        for task in tasks {
            let (samples, ids) = task.await.unwrap();
            seen.extend(samples);
            answered.extend(ids);
        }
        assert_eq!(seen.len(), 40 * 9);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "a sample was handed out twice");
        assert_eq!(answered.len(), 240);
        assert_eq!(number(&test, "select count(*) from annotation").await, 240);
        assert_eq!(number(&test, "select count(*) from lease").await, 120);
        assert_consistent(&test, &project, "after forty people").await;
        test.finish().await;
    }
}

#[tokio::test]
async fn an_audit_question_looks_like_any_other() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 100).await;
    let all: Vec<_> = (1..=100).map(|i| (SampleId(i), i as f32)).collect();
    let queue = Queue { round: None, asked_by: "margin".to_owned(), entries: all, n_ranked: 100 };
    test.app.store.publish_queue(project.id, &queue, test.app.clock.now()).await.unwrap();
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let leases = ana.lease(40).await;
    let audit = test.app.store.audit_samples(project.id, 100).await.unwrap();
    let is_audit = |lease: &&Value| audit.contains(&SampleId(lease["sample"]["id"].as_i64().unwrap()));
    let (checks, questions): (Vec<_>, Vec<_>) = leases.iter().partition(is_audit);
    assert!(!checks.is_empty() && !questions.is_empty(), "{} checks of {}", checks.len(), leases.len());
    let shape = |lease: &Value| {
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (keys(lease), keys(&lease["sample"]), lease["why"].to_string(), lease["expires_at"].to_string())
    };
    let shapes: HashSet<_> = leases.iter().map(shape).collect();
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    // The receipts are alike too.
    let class = class_ids(&test, &project).await[0];
    let mut receipts = HashSet::new();
    for lease in [checks[0], questions[0]] {
        let receipt = ana.send(&answer_to(lease, json!({ "class": class }))).await.assert_status(201).json();
        receipts.insert(receipt.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    }
    assert_eq!(receipts.len(), 1, "{receipts:?}");
}

#[tokio::test]
async fn every_look_at_the_rule_is_a_row_and_one_round_waits() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut last = String::new();
        for (i, lease) in ana.lease(20).await.iter().enumerate() {
            last = ana.answer(lease, classes[i % 2]).await;
        }
        ana.undo(&last).await.assert_status(200);
        assert_eq!(number(&test, "select count(*) from decision").await, 21);
        assert_eq!(number(&test, "select count(*) from job where kind = 'round'").await, 1);
        let decisions = test.app.store.decisions(project.id, 100).await.unwrap();
        let causes: HashSet<&str> = decisions.iter().map(|decision| decision.cause.as_str()).collect();
        assert_eq!(decisions.iter().filter(|decision| decision.cause == "new class").count(), 2, "{causes:?}");
        assert!(causes.contains("answers"), "{causes:?}");
        assert!(
            decisions.iter().all(|decision| decision.fired),
            "every answer counts until there are fifty, audit answers too"
        );
        // The button joins the round that waits, and says so with its id.
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        ana.client.post_json(&format!("{}/rounds", ana.base), &json!({})).await.assert_status(403);
        let one = lea.client.post_json(&format!("{}/rounds", lea.base), &json!({})).await.assert_status(202).json();
        let two = lea.client.post_json(&format!("{}/rounds", lea.base), &json!({})).await.assert_status(202).json();
        assert_eq!(one, two);
        assert_eq!(number(&test, "select count(*) from job where kind = 'round'").await, 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn the_queue_is_never_empty_while_a_sample_is_unlabeled() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 60).await;
        let classes = class_ids(&test, &project).await;
        // A ranking that ends early: the rest must follow.
        let few: Vec<_> = (0..5).map(|i| (SampleId(i), 0.5)).collect();
        let queue = Queue { round: None, asked_by: "margin".to_owned(), entries: few, n_ranked: 5 };
        test.app.store.publish_queue(project.id, &queue, test.app.clock.now()).await.unwrap();
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut answered = 0;
        loop {
            let reply = ana.ask(json!({ "count": 1 })).await.assert_status(200).json();
            let Some(lease) = reply["leases"].get(0).cloned() else {
                assert!(reply["empty"]["reason"].as_str().unwrap().contains("All 60 samples"), "{reply}");
                break;
            };
            assert!(reply["empty"].is_null());
            assert!(!lease["why"].as_str().unwrap().is_empty());
            if answered % 7 == 0 {
                ana.send(&answer_to(&lease, json!({ "skip": "bad data" }))).await.assert_status(201);
            } else {
                ana.answer(&lease, classes[answered % 3]).await;
            }
            answered += 1;
        }
        assert_eq!(answered, 60);
        pool(&test, "bare", 0).await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "bare").await;
        let reply = ben.ask(json!({ "count": 1 })).await.json();
        assert!(reply["empty"]["reason"].as_str().unwrap().contains("no samples yet"), "{reply}");
        test.finish().await;
    }
}

#[tokio::test]
async fn a_token_labels_like_a_person_until_it_is_revoked() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 10).await;
    let class = class_ids(&test, &project).await[0];
    let new = querist::service::accounts::NewAccount {
        name: "robot",
        role: Role::Annotator,
        project: Some("metal"),
        password: None,
    };
    let account = querist::service::accounts::add(&test.app, new).await.unwrap().id;
    let token = querist::service::accounts::new_token(&test.app, account, "loop").await.unwrap();
    let client = test.client().bearer(token.reveal());
    let mut robot = Person { client, base: "/api/v1/projects/metal".to_owned() };
    let lease = robot.lease_one().await;
    robot.answer(&lease, class).await;
    let counts = robot.client.get(&robot.base.clone()).await.assert_status(200).json();
    assert_eq!(counts["counts"]["answers"], 1);
    assert_eq!(counts["progress"]["samples"], 10);
    let listed = test.app.store.tokens(account).await.unwrap();
    querist::service::accounts::revoke_token(&test.app, account, listed[0].id).await.unwrap();
    robot.ask(json!({ "count": 1 })).await.assert_status(401);
}
