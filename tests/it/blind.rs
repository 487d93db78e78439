//! The audit stays blind: what an annotator can read is the same whether an answer audited or trained.
//!
//! Two servers hold the same project. On one an annotator answers a sample of the audit set, on the other one that
//! trains. Then everything that the role may fetch is fetched from both and compared, except the ids of samples.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use querist::domain::{AccountId, Project, Role, SampleId};
use querist::store::samples::NewSample;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::desk::{Person, answer_to, class_ids, pool};

/// Every address that a project has for reading, pages and their twins.
const PAGES: &[&str] = &[
    "/",
    "/account",
    "/p/metal",
    "/p/metal/label",
    "/p/metal/grid",
    "/p/metal/insight",
    "/p/metal/agreement",
    "/p/metal/replay",
    "/p/metal/samples",
    "/p/metal/samples?state=labeled",
    "/p/metal/flags",
    "/p/metal/doubts",
    "/p/metal/rounds",
    "/p/metal/rounds/compare?first=1&second=2",
    "/p/metal/export",
    "/p/metal/settings",
    "/p/metal/augmentation",
    "/p/metal/encoders",
    "/api/v1/projects/metal",
    "/api/v1/projects/metal/curve",
    "/api/v1/projects/metal/rounds",
    "/api/v1/projects/metal/rounds?limit=1",
    "/api/v1/projects/metal/rounds/compare?first=1&second=2",
    "/api/v1/projects/metal/jobs/1",
    "/api/v1/projects/metal/jobs/2",
    "/api/v1/projects/metal/samples",
    "/api/v1/projects/metal/samples?state=labeled",
    "/api/v1/projects/metal/doubts",
    "/api/v1/projects/metal/agreement",
    "/api/v1/projects/metal/agreement/people.csv",
    "/api/v1/projects/metal/leases",
    "/api/v1/projects/metal/second-opinions",
    "/api/v1/projects/metal/flags",
    "/api/v1/projects/metal/keys",
    "/api/v1/projects/metal/encoders",
    "/api/v1/projects/metal/snapshots",
    "/api/v1/projects/metal/replays/latest",
    "/api/v1/projects/metal/augmentation",
    "/metrics",
];

/// A server, somebody who labels, and leases of both kinds.
struct World {
    test: TestApp,
    project: Project,
    ana: Person,
    audit: Vec<Value>,
    trains: Vec<Value>,
}

impl World {
    async fn new(role: Role) -> Self {
        let test = TestApp::new().await;
        // Ids of samples have four digits, as no count has, so that they can be told from counts.
        let other = test.project("other").await;
        let many: Vec<_> = (0..1000).map(|i| NewSample { hash: format!("{i:064x}"), ..NewSample::default() }).collect();
        test.app.store.insert_samples(other, &many, &[], AccountId(1), test.app.clock.now()).await.unwrap();
        // One page of samples, so that none of them is on another page.
        let project = pool(&test, "metal", 48).await;
        let mut ana = Person::new(&test, "ana", role, "metal").await;
        let (mut audit, mut trains) = (Vec::new(), Vec::new());
        for lease in ana.lease(48).await {
            let id = SampleId(lease["sample"]["id"].as_i64().unwrap());
            let audits = test.app.store.sample(project.id, id).await.unwrap().unwrap().audit;
            if audits { audit.push(lease) } else { trains.push(lease) }
        }
        assert!(audit.len() >= 4 && trains.len() >= 4, "{} and {}", audit.len(), trains.len());
        Self { test, project, ana, audit, trains }
    }

    /// Everything the person can read, with sample ids, names and UUIDs taken out.
    async fn readable(&mut self) -> Vec<(String, u16, Vec<String>)> {
        let mut all = Vec::new();
        for page in PAGES {
            let answer = self.ana.client.get(page).await;
            all.push(((*page).to_owned(), answer.status.as_u16(), unordered(&masked(&answer.text()))));
        }
        all
    }
}

/// `text` with every number of four digits, every UUID, every SHA-256 and every file name replaced.
fn masked(text: &str) -> String {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut out = String::new();
    let mut rest = text;
    while let Some(start) = rest.find(word) {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
        let (token, after) = rest.split_at(end);
        let digits = token.chars().all(|c| c.is_ascii_digit());
        let uuid = token.len() == 36 && token.matches('-').count() == 4;
        let name = digits && after.starts_with(".png");
        let content = token.len() == 64 && token.chars().all(|c| c.is_ascii_hexdigit());
        out.push_str(if uuid || name || content || (digits && token.len() == 4) { "#" } else { token });
        rest = after;
    }
    out + rest
}

/// Its elements and fields in one order: a sample's position in a list ordered by id reveals nothing.
fn unordered(text: &str) -> Vec<String> {
    let mut parts: Vec<String> = text.split(['<', '{', '}', ',', '\n']).map(str::to_owned).collect();
    parts.sort();
    parts
}

async fn compare(audit: &mut World, trains: &mut World, when: &str) {
    for (one, other) in audit.readable().await.into_iter().zip(trains.readable().await) {
        assert_eq!(one, other, "{when}: {} tells audit answers from others", one.0);
    }
}

#[tokio::test]
async fn nothing_that_an_annotator_can_read_tells_an_audit_answer_from_another() {
    for role in [Role::Annotator, Role::Reviewer] {
        let (mut audit, mut trains) = (World::new(role).await, World::new(role).await);
        compare(&mut audit, &mut trains, "before").await;
        let class = class_ids(&audit.test, &audit.project).await;
        let mut ids = Vec::new();
        // A first class, a second one, and the same again.
        for (at, class) in [class[0], class[1], class[1]].into_iter().enumerate() {
            let (a, t) = (audit.audit[at].clone(), trains.trains[at].clone());
            let receipts = [
                audit.ana.send(&answer_to(&a, json!({ "class": class, "seconds": 1.0 }))).await,
                trains.ana.send(&answer_to(&t, json!({ "class": class, "seconds": 1.0 }))).await,
            ];
            let said = receipts.iter().map(|receipt| masked(&receipt.assert_status(201).text())).collect::<Vec<_>>();
            assert_eq!(said[0], said[1], "receipts");
            ids.push(receipts.map(|receipt| receipt.json()["id"].as_str().unwrap().to_owned()));
            compare(&mut audit, &mut trains, "after an answer").await;
        }
        let [a, t] = ids.pop().unwrap();
        audit.ana.undo(&a).await.assert_status(200);
        trains.ana.undo(&t).await.assert_status(200);
        compare(&mut audit, &mut trains, "after an undo").await;
        let (a, t) = (audit.audit[3].clone(), trains.trains[3].clone());
        audit.ana.send(&answer_to(&a, json!({ "skip": "unsure" }))).await.assert_status(201);
        trains.ana.send(&answer_to(&t, json!({ "skip": "unsure" }))).await.assert_status(201);
        compare(&mut audit, &mut trains, "after a skip").await;
    }
}

#[tokio::test]
async fn the_draw_cannot_be_worked_out_from_a_seed() {
    let test = TestApp::new().await;
    let mut secrets = Vec::new();
    for slug in ["one", "two"] {
        let wanted = querist::service::projects::Wanted {
            slug: slug.to_owned(),
            name: None,
            classes: Vec::new(),
            task: querist::domain::Task::Single,
            modality: querist::domain::Modality::Image,
            seed: 0,
            secret: None,
            augmentations: None,
        };
        secrets.push(querist::service::projects::create(&test.app, wanted).await.unwrap().secret);
    }
    let drawn = |at: usize| (0..2000).map(|i| secrets[at].audits(&format!("{i:064x}"), 0.5)).collect::<Vec<_>>();
    let (one, two) = (drawn(0), drawn(1));
    let same = one.iter().zip(&two).filter(|(one, two)| one == two).count();
    assert!((850..1150).contains(&same), "two projects with one seed agree on {same} of 2000 draws");
    test.finish().await;
}
