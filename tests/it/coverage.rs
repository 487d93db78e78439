//! How labels cover a pool, and whether imports drift, over the page and its JSON.

use querist::domain::{JobNote, Role, SampleId};
use querist::progress::Progress;
use querist::service::encoders::encoding;
use querist::service::exchange::importing::{self, ImportOptions, LabelsFrom};
use querist::service::map::drift::{self, DriftLevel};
use querist::service::projects;
use querist::store::Store;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::rounds::{Loop, runtime_is_there};

const API: &str = "/api/v1/projects/surfaces/coverage";

/// Give every sample a site, audit samples too, as an import does.
async fn sites(at: &Loop) {
    let Store::Sqlite { write, .. } = &at.app.store else { panic!("the test's store is SQLite") };
    let sql = "insert or replace into sample_metadata (sample_id, data, folded)
      select id, case when id % 3 = 0 then '{\"site\":\"south\"}' else '{\"site\":\"north\"}' end, '' from sample";
    sqlx::query(sql).execute(write).await.unwrap();
}

#[tokio::test]
async fn each_part_of_the_pool_has_its_counts_and_its_audited_accuracy() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    let mut client = at.client().await;
    sites(&at).await;
    at.app.clock.advance(90);
    let before = client.get(API).await.assert_status(200).json();
    assert_eq!((&before["column"], &before["round"]), (&json!("site"), &Value::Null));
    at.answer_truly(90).await;
    at.round().await;
    let found = client.get(&format!("{API}?column=site")).await.assert_status(200).json();
    let rows = found["rows"].as_array().unwrap();
    assert_eq!(rows.iter().map(|row| row["value"].clone()).collect::<Vec<_>>(), ["north", "south"]);
    let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum::<u64>();
    let tally = at.app.store.tally(at.project.id).await.unwrap();
    assert_eq!(sum("pool") as i64, tally.samples - tally.audit_samples);
    assert_eq!(sum("labeled") as i64, tally.labeled - tally.audit_labeled);
    assert_eq!(sum("audited") as i64, tally.audit_labeled);
    for row in rows {
        let accuracy = &row["accuracy"];
        let share = row["correct"].as_f64().unwrap() / row["audited"].as_f64().unwrap();
        assert_eq!(accuracy["value"].as_f64().unwrap(), share);
        assert!(accuracy["low"].as_f64() <= accuracy["value"].as_f64());
    }
    let classes = found["classes"].as_array().unwrap();
    let named: u64 = classes.iter().map(|class| class["labels"].as_u64().unwrap()).sum();
    assert_eq!(named, found["labels"].as_u64().unwrap());
    assert!(classes.iter().all(|class| class["pool"]["low"].as_f64() <= class["pool"]["value"].as_f64()));

    let table = client.get(&format!("{API}.csv?column=site")).await;
    table.assert_status(200);
    assert!(table.header("content-type").starts_with("text/csv"));
    assert!(table.text().starts_with("site,others,pool,labeled,audited,correct,accuracy,low,high\nnorth,false,"));
    client.get("/p/surfaces/coverage?column=site").await.assert_status(200).assert_says("north").assert_says("Wilson");
    for path in [API, &format!("{API}.csv"), "/p/surfaces/coverage"] {
        client.get(&format!("{path}?column=weather")).await.assert_status(404);
        client.get(&format!("{path}?row=1")).await.assert_status(422);
    }
}

#[tokio::test]
async fn an_import_that_looks_different_is_noticed_with_its_samples() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    assert_eq!(drift::run(&at.app, &at.project).await.unwrap(), JobNote::Drift { imports: 0 });
    at.answer_truly(60).await;
    at.round().await;
    at.app.clock.advance(60);
    let strange = folder.path().join("strange");
    std::fs::create_dir(&strange).unwrap();
    for i in 0..40_u32 {
        let picture = image::RgbImage::from_fn(48, 48, |x, y| {
            let on = (x * (2 + i % 5) + y * (3 + i % 7) + i) % 11 < 5;
            image::Rgb(if on { [250, (i * 6) as u8, 20] } else { [10, 30, (200 - i * 3) as u8] })
        });
        picture.save(strange.join(format!("{i}.png"))).unwrap();
    }
    let options = ImportOptions::new(LabelsFrom::Nowhere, at.account);
    importing::import(&at.app, &at.project, &strange, options, &Progress::silent()).await.unwrap();
    encoding::encode_project(&at.app, &at.project, Progress::silent(), {
        let app = at.app.clone();
        let project = at.project.id;
        Box::new(move |encoder, ids, rows| app.pools.append(project, encoder, ids, rows))
    })
    .await
    .unwrap();
    let project = projects::by_slug(&at.app, "surfaces").await.unwrap();
    assert_eq!(drift::run(&at.app, &project).await.unwrap(), JobNote::Drift { imports: 1 });
    assert_eq!(drift::run(&at.app, &project).await.unwrap(), JobNote::Drift { imports: 0 }, "it is known by now");
    let known = drift::known(&at.app, &project).await.unwrap();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].level(), DriftLevel::Clear, "{known:?}");
    assert!(known[0].energy > 0.1 && known[0].area.value > 0.95, "{known:?}");
    let audit: Vec<SampleId> = at.app.store.audit_samples(project.id, 1_000).await.unwrap();
    assert!(known[0].most.len() == 12 && known[0].most.iter().all(|id| id.0 > 150 && !audit.contains(id)));

    let mut client = at.client().await;
    let json = client.get(API).await.assert_status(200).json();
    assert_eq!(json["drift"][0]["new"], known[0].new);
    client.get("/p/surfaces/coverage").await.assert_says("differs clearly");
    client.get("/p/surfaces/imports").await.assert_says("differs clearly from the pool before it");
}

#[tokio::test]
async fn coverage_is_for_leads() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut reviewer = test.signed_in("rob", Role::Reviewer, Some("birds")).await;
    for path in ["/p/birds/coverage", "/api/v1/projects/birds/coverage", "/api/v1/projects/birds/coverage.csv"] {
        reviewer.get(path).await.assert_status(403);
    }
    test.client().get("/api/v1/projects/birds/coverage").await.assert_status(401);
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    lead.get("/p/birds/coverage").await.assert_status(200).assert_says("no metadata that groups them");
    test.project("bees").await;
    let mut stranger = test.signed_in("eve", Role::Lead, Some("bees")).await;
    stranger.get("/p/birds/coverage").await.assert_status(404);
}
