//! Exports as people order them: what goes in, what is left out, names, data cards, differences, and labels of earlier rounds.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use querist::dataset::export::Format;
use querist::domain::{Project, Role};
use querist::progress::Progress;
use querist::service::exchange::exporting::{self, ExportFilter, ExportOptions, Manifest};
use querist::service::exchange::importing::LabelsFrom;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::bench::{Bench, png};
use crate::support::client::Answer;
use crate::support::desk::{Person, answer_to, class_ids, pool, run};

/// A project of pictures with a site and a patient each.
async fn clinic() -> Bench {
    let bench = Bench::new().await;
    let folder = bench.dir.path().join("clinic");
    std::fs::create_dir_all(&folder).unwrap();
    let mut table = String::from("path,finding,site,patient\n");
    for i in 0..60u8 {
        std::fs::write(folder.join(format!("{i}.png")), png(i / 10, i)).unwrap();
        let (finding, site) = (["clear", "spot"][usize::from(i % 3 == 0)], ["North", "south"][usize::from(i % 2)]);
        let _ = writeln!(table, "{i}.png,{finding},{site},p{}", i / 4);
    }
    let path = folder.join("labels.csv");
    std::fs::write(&path, table).unwrap();
    bench.import(&path, LabelsFrom::Column("finding".to_owned())).await;
    bench
}

async fn written(bench: &Bench, format: &str, options: &ExportOptions) -> Result<(Manifest, String), String> {
    let out = bench.dir.path().join(format!("out.{format}"));
    let (app, project, format) = (&bench.app, &bench.project, Format::named(format).unwrap());
    let done = exporting::export_to(app, project, format, options, None, &out, &Progress::silent()).await;
    let done = done.map_err(|error| error.to_string())?;
    Ok((done.manifest, std::fs::read_to_string(done.file).unwrap_or_default()))
}

fn only(filter: ExportFilter) -> ExportOptions {
    ExportOptions { only: filter, ..ExportOptions::default() }
}

fn excluded(manifest: &Manifest) -> BTreeMap<&str, u64> {
    manifest.excluded.iter().map(|one| (one.reason.as_str(), one.count)).collect()
}

/// Every sample is written or left out, of each class and in all.
fn assert_accounted(manifest: &Manifest, samples: u64) {
    let left_out: u64 = manifest.excluded.iter().map(|one| one.count).sum();
    assert_eq!((manifest.samples, manifest.written + left_out), (samples, samples), "{manifest:?}");
    for class in &manifest.classes {
        assert_eq!(class.labels, class.excluded + class.written, "{class:?}");
        assert!(class.id.is_some());
    }
}

#[tokio::test]
async fn what_filters_leave_out_is_counted_by_reason_and_by_class() {
    let bench = clinic().await;
    let audit = bench.all().await.iter().filter(|row| row.audit).count() as u64;
    let text = |text: &str| Some(text.to_owned());
    let cases = [
        (ExportFilter { classes: vec!["spot".to_owned()], ..Default::default() }, 20, "another class"),
        (ExportFilter { metadata: text("site=NORTH"), ..Default::default() }, 30, "other metadata"),
        (ExportFilter { annotator: text("lead"), ..Default::default() }, 60, ""),
        (ExportFilter { since: text("2027-01-15"), until: text("2027-01-15"), ..Default::default() }, 60, ""),
        (ExportFilter { until: text("2027-01-14"), ..Default::default() }, 0, "on another day"),
        (ExportFilter { since: text("2027-01-16"), ..Default::default() }, 0, "on another day"),
        (ExportFilter { people: Some(1), ..Default::default() }, 0, "answered by fewer people"),
        (ExportFilter { agreement: Some(0.0), ..Default::default() }, 0, "too little agreement"),
    ];
    for (filter, n, reason) in cases {
        let (manifest, file) = written(&bench, "csv", &only(filter.clone())).await.unwrap();
        assert_eq!((manifest.written, file.lines().count() as u64), (n, n + 1), "{filter:?}");
        assert_accounted(&manifest, 60);
        let meant = if n < 60 { BTreeMap::from([(reason, 60 - n)]) } else { BTreeMap::new() };
        assert_eq!(excluded(&manifest), meant, "{filter:?}");
    }
    for (part, n) in [(exporting::AuditPart::Only, audit), (exporting::AuditPart::Without, 60 - audit)] {
        let (manifest, _) = written(&bench, "tsv", &ExportOptions { audit: part, ..Default::default() }).await.unwrap();
        assert_eq!(manifest.written, n);
        assert_accounted(&manifest, 60);
    }
}

#[tokio::test]
async fn what_makes_no_sense_is_refused_by_name_and_nothing_is_written() {
    let bench = clinic().await;
    let text = |text: &str| Some(text.to_owned());
    let split = || Some("0.5,0.5".parse().unwrap());
    let cases = [
        (only(ExportFilter { classes: vec!["spots".to_owned()], ..Default::default() }), "class `spots` was not found"),
        (only(ExportFilter { annotator: text("nobody"), ..Default::default() }), "nobody called `nobody`"),
        (only(ExportFilter { since: text("yesterday"), ..Default::default() }), "`since` is `yesterday`"),
        (
            only(ExportFilter { since: text("2027-02-02"), until: text("2027-02-01"), ..Default::default() }),
            "`since` is after `until`",
        ),
        (only(ExportFilter { round: Some(9), ..Default::default() }), "round `9` was not found"),
        (only(ExportFilter { metadata: text("site"), ..Default::default() }), "`site` is no column and value"),
        (only(ExportFilter { agreement: Some(1.5), ..Default::default() }), "`agreement` is 1.5"),
        (ExportOptions { group_by: text("patient"), ..Default::default() }, "for a split"),
        (ExportOptions { group_by: text("colour"), split: split(), ..Default::default() }, "use `patient`, `site`"),
        (ExportOptions { trained_in: Some(3), ..Default::default() }, "round `3` was not found"),
        (ExportOptions { with_predictions: true, ..Default::default() }, "there are no predictions yet"),
    ];
    for (options, says) in cases {
        let error = written(&bench, "csv", &options).await.unwrap_err();
        assert!(error.contains(says), "{error}");
    }
    let skips = ExportOptions { skipped: true, ..Default::default() };
    let error = written(&bench, "yolo", &skips).await.unwrap_err();
    assert!(error.contains("has one folder for each class and cannot hold skipped samples; use csv, tsv"), "{error}");
    assert!(!bench.dir.path().join("out.csv").exists() && !bench.dir.path().join("out.yolo").exists());
}

#[tokio::test]
async fn patients_stay_in_one_part_and_those_in_the_audit_set_are_told() {
    let bench = clinic().await;
    let options = ExportOptions {
        split: Some("0.6,0.2,0.2".parse().unwrap()),
        group_by: Some("patient".to_owned()),
        metadata: true,
        ..ExportOptions::default()
    };
    let (manifest, file) = written(&bench, "jsonl", &options).await.unwrap();
    let mut parts: HashMap<String, Vec<String>> = HashMap::new();
    for line in file.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let part = record["split"].as_str().unwrap().to_owned();
        let of = parts.entry(record["metadata"]["patient"].as_str().unwrap().to_owned()).or_default();
        if !of.contains(&part) {
            of.push(part);
        }
    }
    assert_eq!(parts.len(), 15);
    let shared = parts.values().filter(|of| of.len() == 2 && of.contains(&"audit".to_owned())).count();
    assert!(parts.values().all(|of| of.iter().filter(|part| *part != "audit").count() <= 1), "{parts:?}");
    assert_eq!(manifest.shared_groups, Some(shared as u64));
    assert!(shared > 0 && manifest.splits.len() == 4, "{manifest:?}");
    let card = std::fs::read_to_string(bench.dir.path().join("out.jsonl.card.md")).unwrap();
    assert!(card.contains(&format!("- {shared} values are of `patient` in the audit part")), "{card}");
    assert_eq!(written(&bench, "jsonl", &options).await.unwrap().1, file, "the same bytes again");
}

/// Ask for a snapshot, and write it as its job does.
async fn snapshot(test: &TestApp, project: &Project, lead: &mut Person, order: Value) -> i64 {
    let asked = lead.client.post_json(&format!("{}/snapshots", lead.base), &order).await;
    let id = asked.assert_status(202).json()["snapshot"].as_i64().unwrap();
    exporting::run_snapshot(&test.app, project, &id.to_string(), &Progress::silent()).await.unwrap();
    id
}

async fn fetched(lead: &mut Person, id: i64, what: &str) -> Answer {
    lead.client.get(&format!("{}/snapshots/{id}/{what}", lead.base)).await
}

#[tokio::test]
async fn skips_flags_and_second_answers_leave_with_what_was_said() {
    let test = TestApp::new().await;
    let project = pool(&test, "birds", 30).await;
    let classes = class_ids(&test, &project).await;
    let mut ana = Person::new(&test, "ana", Role::Annotator, "birds").await;
    let mut lea = Person::new(&test, "lea", Role::Lead, "birds").await;
    for class in [0, 0, 1] {
        let lease = ana.lease_one().await;
        ana.answer(&lease, classes[class]).await;
    }
    let lease = ana.lease_one().await;
    let skip = answer_to(&lease, json!({ "skip": "unsure", "note": "too dark" }));
    ana.send(&skip).await.assert_status(201);
    let sample = lease["sample"]["id"].as_i64().unwrap();
    let flag = json!({ "id": uuid::Uuid::new_v4().to_string(), "sample": sample, "text": "Is this one of ours?" });
    ana.client.post_json(&format!("{}/flags", ana.base), &flag).await.assert_status(201);

    let order = json!({ "format": "jsonl", "name": "draft", "skipped": true, "flags": true, "votes": true });
    let id = snapshot(&test, &project, &mut lea, order).await;
    let file = fetched(&mut lea, id, "download").await.assert_status(200).text();
    let records: Vec<Value> = file.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let skipped: Vec<_> = records.iter().filter(|record| record.get("class").is_none()).collect();
    assert_eq!((records.len(), skipped.len()), (4, 1));
    assert_eq!((&skipped[0]["skip"], &skipped[0]["note"]), (&json!("unsure"), &json!("too dark")));
    assert_eq!((&skipped[0]["flags"][0]["text"], &skipped[0]["flags"][0]["author"]), (&flag["text"], &json!("ana")));
    assert_eq!(skipped[0]["votes"][0]["note"], "too dark");
    let state = lea.client.get(&format!("{}/snapshots/{id}", lea.base)).await.json();
    let manifest = &state["manifest"];
    assert_eq!(
        (&state["name"], &manifest["name"], &manifest["skipped"]),
        (&json!("draft"), &json!("draft"), &json!(1))
    );
    assert_eq!(manifest["excluded"], json!([{ "reason": "unlabeled", "count": 26 }]));
    assert_eq!(manifest["files"].as_array().unwrap().len(), 3);

    // One person answered each: agreement is whole, and two people there are not.
    let order = json!({ "format": "csv", "only": { "agreement": 1.0, "annotator": "ana" } });
    let id = snapshot(&test, &project, &mut lea, order).await;
    assert_eq!(fetched(&mut lea, id, "download").await.text().lines().count(), 4);
    let order = json!({ "format": "csv", "only": { "people": 2 } });
    let id = snapshot(&test, &project, &mut lea, order).await;
    assert_eq!(fetched(&mut lea, id, "download").await.text().lines().count(), 1);
    let state = lea.client.get(&format!("{}/snapshots/{id}", lea.base)).await.json();
    let excluded = state["manifest"]["excluded"].as_array().unwrap();
    assert!(excluded.contains(&json!({ "reason": "answered by fewer people", "count": 3 })), "{excluded:?}");
    assert_eq!(state["name"], format!("export-{id}"));
    test.finish().await;
}

#[tokio::test]
async fn a_name_is_taken_once_and_two_snapshots_are_compared() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "birds", 30).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "birds").await;
        let mut lea = Person::new(&test, "lea", Role::Lead, "birds").await;
        let mut given = Vec::new();
        for class in [0, 1, 1] {
            let lease = ana.lease_one().await;
            given.push((lease["sample"]["id"].as_i64().unwrap(), ana.answer(&lease, classes[class]).await));
        }
        let first = snapshot(&test, &project, &mut lea, json!({ "format": "csv", "name": " May " })).await;
        let taken = json!({ "format": "csv", "name": "May" });
        let taken = lea.client.post_json(&format!("{}/snapshots", lea.base), &taken).await;
        taken.assert_status(409).assert_says("there is an export called `May` already");
        let kept = json!({ "format": "csv", "name": "export-7" });
        lea.client.post_json(&format!("{}/snapshots", lea.base), &kept).await.assert_status(422);
        let unknown = json!({ "format": "csv", "only": { "classes": ["z"] } });
        lea.client.post_json(&format!("{}/snapshots", lea.base), &unknown).await.assert_status(404);

        // One answer is taken back, one changes, one comes.
        ana.undo(&given[0].1).await.assert_status(200);
        let change = json!({ "id": uuid::Uuid::new_v4().to_string(), "sample": given[1].0, "class": classes[2],
            "changes": given[1].1 });
        ana.send(&change).await.assert_status(201);
        let mut lease = ana.lease_one().await;
        while given.iter().any(|(sample, _)| lease["sample"]["id"] == *sample) {
            lease = ana.lease_one().await;
        }
        ana.answer(&lease, classes[0]).await;
        run(&test, "update class set name = 'magpie' where name = 'b'").await;
        let second = snapshot(&test, &project, &mut lea, json!({ "format": "parquet" })).await;
        let found = fetched(&mut lea, second, &format!("differences?from={first}")).await.assert_status(200).json();
        let numbers = ["same", "added", "removed", "relabeled"].map(|key| found[key].as_i64().unwrap());
        assert_eq!(numbers, [1, 1, 1, 1], "{found}");
        assert_eq!(found["moves"], json!([{ "from": "b", "to": "c", "n": 1 }]));
        assert_eq!(found["samples"]["removed"], json!([given[0].0]));
        assert_eq!(found["classes"], json!([{ "id": classes[1], "from": "b", "to": "magpie" }]));
        let page = format!("/p/birds/export/differences?from={first}&to={second}");
        lea.client
            .get(&page)
            .await
            .assert_status(200)
            .assert_says("b is now called magpie")
            .assert_says("1 label changed");
        lea.client.get("/p/birds/export").await.assert_says("May").assert_says("differences?from=");
        fetched(&mut lea, second, "differences?from=999").await.assert_status(404);

        // What is not finished has neither file nor card nor differences.
        let asked = lea.client.post_json(&format!("{}/snapshots", lea.base), &json!({ "format": "csv" })).await;
        let open = asked.json()["snapshot"].as_i64().unwrap();
        for what in ["download", "card.md", "card.json", &format!("differences?from={first}")] {
            fetched(&mut lea, open, what).await.assert_status(409);
        }
        let card = fetched(&mut lea, first, "card.md").await;
        card.assert_status(200).assert_says("3 labeled samples by 1 person").assert_says("## Known gaps");
        let card = fetched(&mut lea, first, "card.json").await.json();
        assert_eq!((&card["labels"], &card["people"], &card["audit"]), (&json!(3), &json!(1), &Value::Null));
        assert!(ana.client.get(&format!("{}/snapshots/{first}/card.md", ana.base)).await.status.as_u16() == 403);
        test.finish().await;
    }
}
