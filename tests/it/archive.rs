//! What is archived: out of everybody's way, back as it was, and gone when its time is over.

use std::path::Path;

use querist::blobs::ORIGINAL;
use querist::domain::{AccountId, Project, Role, SampleId};
use querist::progress::Progress;
use querist::service::archive::{KEPT_SECONDS, removal, samples};
use querist::service::exchange::importing::{self, ImportOptions, LabelsFrom};
use querist::store::listing::SampleFilter;
use querist::store::samples::SampleRow;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::bench::png;
use crate::support::client::Client;
use crate::support::desk::{Person, answer_to, class_ids, number, pool};

async fn all(test: &TestApp, project: &Project) -> Vec<SampleRow> {
    test.app.store.samples(project.id, &SampleFilter::default(), SampleId(0), 1000).await.unwrap()
}

async fn counts(client: &mut Client) -> Value {
    client.get("/api/v1/projects/birds").await.assert_status(200).json()["counts"].clone()
}

/// Remove what is due, as the server does it.
async fn remove_due(test: &TestApp) -> i64 {
    let mut removed = 0;
    for project in removal::due_projects(&test.app).await.unwrap() {
        removed += removal::run_job(&test.app, &project, None, &Progress::silent()).await.unwrap();
    }
    removed
}

#[tokio::test]
async fn archived_samples_are_out_of_the_way_and_come_back_with_their_answers() {
    for test in TestApp::on_each_engine().await {
        let mut boss = test.signed_in("boss", Role::Admin, None).await;
        let project = pool(&test, "birds", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "birds").await;
        let mut answered = Vec::new();
        for class in [classes[0], classes[1], classes[0]] {
            let lease = ana.lease_one().await;
            ana.answer(&lease, class).await;
            answered.push(lease["sample"]["id"].as_i64().unwrap());
        }
        let held = ana.lease_one().await["sample"]["id"].as_i64().unwrap();
        let waiting =
            all(&test, &project).await.iter().map(|row| row.id.0).find(|id| !answered.contains(id) && *id != held);
        let (before, rows) = (counts(&mut boss).await, all(&test, &project).await);
        let sample = |id: i64| format!("/api/v1/projects/birds/samples/{id}");
        let shown = boss.get(&sample(answered[0])).await.json();

        let wanted = json!({ "samples": [answered[0], answered[1], answered[1], waiting.unwrap(), held, 999] });
        let done = boss.post_json("/api/v1/projects/birds/archive", &wanted).await.assert_status(200).json();
        assert_eq!(done, json!({ "done": 3, "left": 2 }), "one is with somebody, one is unknown");
        let after = counts(&mut boss).await;
        assert_eq!(after["samples"], 17);
        assert_eq!(after["labeled"].as_i64().unwrap(), before["labeled"].as_i64().unwrap() - 2);
        assert_eq!(all(&test, &project).await.len(), 17);
        boss.get(&sample(answered[0])).await.assert_status(404);
        let leases = ana.lease(17).await;
        let asked: Vec<_> = leases.iter().map(|lease| lease["sample"]["id"].as_i64().unwrap()).collect();
        assert!(!asked.contains(&waiting.unwrap()) && !asked.contains(&answered[0]), "{asked:?}");
        let list = boss.get("/api/v1/projects/birds/archive").await.assert_status(200).json();
        assert_eq!(list["samples"].as_array().unwrap().len(), 3);
        assert_eq!((&list["samples"][0]["by"], list["samples"][0]["answered"].is_boolean()), (&json!("boss"), true));
        // Something new in between must not meet the old numbers.
        ana.answer(&leases[0], classes[1]).await;

        let wanted = json!({ "samples": [answered[0], answered[1], waiting.unwrap()] });
        let done = boss.post_json("/api/v1/projects/birds/archive/restore", &wanted).await.assert_status(200).json();
        assert_eq!(done, json!({ "done": 3, "left": 0 }));
        assert_eq!(counts(&mut boss).await["samples"], before["samples"]);
        assert_eq!(boss.get(&sample(answered[0])).await.json(), shown, "as it was");
        let told = |rows: Vec<SampleRow>| rows.iter().map(|row| format!("{row:?}")).collect::<Vec<_>>();
        let before = told(rows);
        let same = told(all(&test, &project).await).into_iter().filter(|row| before.contains(row)).count();
        assert_eq!(same, 19, "all but the one answered since");
        assert_eq!(number(&test, "select count(*) from archived_annotation").await, 0);
        test.finish().await;
    }
}

#[tokio::test]
async fn only_admins_of_a_project_archive_and_the_pages_say_what_happens() {
    let test = TestApp::new().await;
    let project = pool(&test, "birds", 12).await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    let mut admin = test.signed_in("ada", Role::Admin, Some("birds")).await;
    let first = all(&test, &project).await[0].id;
    let item = format!("{first}::");
    let form = [("item", item.as_str()), ("back", "/p/birds/samples?name=folder"), ("class", "")];
    lead.post("/p/birds/samples/archive", &form).await.assert_status(403);
    for path in ["/p/birds/archived", "/p/birds/archive"] {
        lead.get(path).await.assert_status(403);
    }
    assert!(!lead.get("/p/birds/samples").await.text().contains("samples/archive"));
    admin.get("/p/birds/samples").await.assert_says("Archive the chosen samples");
    admin.post("/p/birds/samples/archive", &form).await.assert_leads_to("/p/birds/samples?name=folder");
    admin.post("/p/birds/samples/archive", &[("back", "/")]).await.assert_status(422);
    admin.get("/p/birds/archived").await.assert_status(200).assert_says("1 archived").assert_says("folder/0.png");
    admin.get("/p/birds/record").await.assert_says("archived samples");
    let id = first.to_string();
    admin.post("/p/birds/archived", &[("item", &id)]).await.assert_leads_to("/p/birds/archived");
    // The same content came in again, or nothing of it is archived: it stays.
    admin.post("/p/birds/archived", &[("item", &id)]).await.assert_leads_to("/p/birds/archived?left=1");
    admin.get("/p/birds/archived?left=1").await.assert_says("1 sample stays as it is");
    let none = samples::archive(&test.app, &project, None, &[]).await.unwrap_err();
    assert!(none.to_string().contains("name 1 to 1000"), "{none}");
}

fn folder(root: &Path, reds: std::ops::Range<u8>) -> std::path::PathBuf {
    let folder = root.join(format!("{}-{}", reds.start, reds.end));
    std::fs::create_dir_all(&folder).unwrap();
    for red in reds {
        std::fs::write(folder.join(format!("{red}.png")), png(red, 40)).unwrap();
    }
    folder
}

async fn import(test: &TestApp, slug: &str, source: &Path, boss: AccountId) -> Project {
    let project = test.app.store.project_by_slug(slug).await.unwrap().unwrap();
    let options = ImportOptions::new(LabelsFrom::Nowhere, boss);
    importing::import(&test.app, &project, source, options, &Progress::silent()).await.unwrap();
    project
}

fn has_file(test: &TestApp, hash: &str) -> bool {
    test.app.data.root().join(ORIGINAL.name(hash)).exists()
}

#[tokio::test]
async fn after_thirty_days_files_are_gone_unless_another_sample_has_the_content() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.project("bees").await;
        let boss = test.person("boss", Role::Admin, None).await;
        let root = tempfile::tempdir().unwrap();
        let birds = import(&test, "birds", &folder(root.path(), 0..4), boss).await;
        import(&test, "bees", &folder(root.path(), 3..4), boss).await;
        let rows = all(&test, &birds).await;
        let ids: Vec<_> = rows.iter().skip(1).map(|row| row.id).collect();
        samples::archive(&test.app, &birds, Some(boss), &ids).await.unwrap();
        test.app.clock.advance(KEPT_SECONDS - 60);
        assert_eq!(remove_due(&test).await, 0, "not yet");
        assert!(rows.iter().all(|row| has_file(&test, &row.hash)));
        // A backup holds what can be brought back.
        let known: Vec<_> = rows.iter().filter(|row| has_file(&test, &row.hash)).map(|row| row.hash.clone()).collect();
        let hashes = test.app.store.picture_hashes().await.unwrap();
        assert!(known.iter().all(|hash| hashes.contains(hash)));

        test.app.clock.advance(120);
        assert_eq!(remove_due(&test).await, 3);
        let bees = test.app.store.project_by_slug("bees").await.unwrap().unwrap();
        let shared = all(&test, &bees).await[0].hash.clone();
        for row in &rows {
            assert_eq!(has_file(&test, &row.hash), row.id == rows[0].id || row.hash == shared, "{}", row.name);
        }
        assert_eq!(samples::restore(&test.app, &birds, &ids).await.unwrap().left, 3, "nothing comes back");
        let mut client = test.signed_in("ada", Role::Admin, None).await;
        let record = client.get("/api/v1/record?what=samples-removed").await.json();
        assert_eq!(record["entries"][0]["via"], "itself");
        assert_eq!(record["entries"][0]["details"], json!([["samples", "3"]]));
        assert_eq!(remove_due(&test).await, 0, "once");
        test.finish().await;
    }
}

#[tokio::test]
async fn an_archived_project_takes_no_answers_and_is_listed_apart() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "birds", 10).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "birds").await;
        let mut admin = test.signed_in("ada", Role::Admin, Some("birds")).await;
        let lease = ana.lease_one().await;
        ana.client.post("/p/birds/archive", &[]).await.assert_status(403);
        admin.get("/p/birds/archive").await.assert_status(200).assert_says("Archive and delete");
        admin.post("/p/birds/archive", &[]).await.assert_leads_to("/archive");

        let classes = class_ids(&test, &project).await;
        let answer = answer_to(&lease, json!({ "class": classes[0] }));
        let refused = ana.send(&answer).await;
        assert_eq!((refused.status.as_u16(), &refused.json()["error"]["code"]), (409, &json!("archived")));
        ana.ask(json!({ "count": 1 })).await.assert_status(409);
        let settings = json!({ "names": ["wren"] });
        admin.post_json("/api/v1/projects/birds/classes", &settings).await.assert_status(409);
        admin.post("/p/birds/classes", &[("name", "wren")]).await.assert_status(409).assert_says("archived");
        let (row, silent) = (test.app.store.project_by_slug("birds").await.unwrap().unwrap(), Progress::silent());
        let options = ImportOptions::new(LabelsFrom::Nowhere, AccountId(1));
        let import = importing::import(&test.app, &row, Path::new("/nowhere"), options, &silent).await;
        assert!(import.unwrap_err().to_string().contains("querist archive restore birds"));

        // It can be looked at, and says what it is.
        admin.get("/p/birds/settings").await.assert_status(200).assert_says("This project is archived");
        assert!(!admin.get("/").await.text().contains("/p/birds/"));
        assert_eq!(admin.get("/api/v1/projects").await.json()["projects"], json!([]));
        admin.get("/archive").await.assert_status(200).assert_says("is kept").assert_says("birds");
        assert_eq!(admin.get("/api/v1/archive").await.json()["projects"][0]["slug"], "birds");
        ana.client.get("/archive").await.assert_says("Nothing is archived");
        test.app.clock.advance(400 * 86_400);
        assert_eq!(remove_due(&test).await, 0, "kept without end");

        let mut admin = test.signed_in("ada2", Role::Admin, Some("birds")).await;
        admin.delete("/api/v1/projects/birds/archived").await.assert_status(200);
        let mut ben = Person::new(&test, "ben", Role::Annotator, "birds").await;
        let lease = ben.lease_one().await;
        ben.answer(&lease, classes[0]).await;
        test.finish().await;
    }
}

#[tokio::test]
async fn a_deleted_project_leaves_its_entries_in_the_record_and_frees_its_slug() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let boss = test.person("boss", Role::Admin, None).await;
        let root = tempfile::tempdir().unwrap();
        let birds = import(&test, "birds", &folder(root.path(), 0..5), boss).await;
        let rows = all(&test, &birds).await;
        let mut ana = Person::new(&test, "ana", Role::Admin, "birds").await;
        ana.client.post("/p/birds/classes", &[("name", "wren")]).await.assert_status(303);
        let lease = ana.lease_one().await;
        let class = class_ids(&test, &birds).await[0];
        ana.answer(&lease, class).await;
        let other = all(&test, &birds).await.into_iter().find(|row| row.answer.is_none()).unwrap().id;
        samples::archive(&test.app, &birds, Some(boss), &[other]).await.unwrap();
        let rounds = test.app.data.rounds("birds");
        std::fs::create_dir_all(&rounds).unwrap();

        let wish = json!({ "delete": true });
        ana.client.put_json("/api/v1/projects/birds/archived", &wish).await.assert_status(200);
        test.app.clock.advance(KEPT_SECONDS + 60);
        assert_eq!(removal::request_due(&test.app).await.unwrap(), 1);
        assert_eq!(remove_due(&test).await, 5);
        assert!(rows.iter().all(|row| !has_file(&test, &row.hash)) && !rounds.exists());
        for table in [
            "select count(*) from sample",
            "select count(*) from annotation",
            "select count(*) from archived_sample",
            "select count(*) from class",
            "select count(*) from departed",
            "select count(*) from membership",
        ] {
            assert_eq!(number(&test, table).await, 0, "{table}");
        }
        let mut client = test.signed_in("ada", Role::Admin, None).await;
        client.get("/p/birds/settings").await.assert_status(404);
        client.get("/archive").await.assert_says("Nothing is archived");
        let record = client.get("/api/v1/record?what=project-removed").await.json();
        assert_eq!(
            (&record["entries"][0]["subject"], &record["entries"][0]["via"]),
            (&json!("birds"), &json!("itself"))
        );
        let new = json!({ "slug": "birds", "classes": ["a"] });
        client.post_json("/api/v1/projects", &new).await.assert_status(201);
        assert_eq!(remove_due(&test).await, 0);
        test.finish().await;
    }
}
