//! Samples that are rows of tables, from every source into the loop and out again.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use querist::dataset::export::Format;
use querist::dataset::readings;
use querist::domain::{Modality, SampleId, Task};
use querist::models::FileForm;
use querist::progress::Progress;
use querist::service::desk::reasons;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};
use querist::service::models::model;
use querist::service::projects::{self, Wanted};

use crate::support::bench::Bench;
use crate::support::rounds::{Loop, runtime_is_there};

/// A bench whose project takes rows.
async fn bench() -> Bench {
    let mut bench = Bench::new().await;
    let wanted = Wanted {
        slug: "pumps".to_owned(),
        name: None,
        classes: vec!["watch".to_owned(), "stop".to_owned()],
        task: Task::Single,
        modality: Modality::Table,
        seed: 1,
        secret: None,
        augmentations: None,
    };
    bench.project = projects::create(&bench.app, wanted).await.unwrap();
    bench
}

#[tokio::test]
async fn a_row_is_a_sample_and_comes_in_once() {
    let bench = bench().await;
    let path = bench.dir.path().join("pumps.csv");
    std::fs::write(&path, "id,flow [m³/h],site,label\n7,41.8,north,watch\n8,,NA,stop\n9,12,south,stop\n").unwrap();
    let options = || ImportOptions::new(LabelsFrom::Column("label".to_owned()), bench.account);
    let report = bench.try_import(&path, options()).await.unwrap();
    assert_eq!((report.added, report.refused.len()), (2, 1), "{report}");
    assert_eq!(report.refused[0].reason, "line 3: every value of the row is missing");
    assert_eq!(bench.labels().await, ["7 watch", "9 stop"]);
    let rows = bench.all().await;
    let row = rows.iter().find(|row| row.name == "7").unwrap();
    assert_eq!(row.facts.excerpt(), Some("flow 41.8, site north"));
    let again = bench.try_import(&path, options()).await.unwrap();
    assert_eq!((again.added, again.counts.same), (0, 2));
}

#[tokio::test]
async fn folders_of_rows_come_in_and_what_is_none_is_told() {
    let bench = bench().await;
    let root = bench.dir.path().join("in");
    for (name, bytes) in [
        ("watch/a.json", &br#"{"a":1,"b":"x"}"#[..]),
        ("stop/b.json", br#"{"a":2,"b":null}"#),
        ("stop/list.json", b"[1,2]"),
        ("stop/nested.json", br#"{"a":{"b":1}}"#),
        ("stop/picture.png", b"\x89PNG"),
    ] {
        let path = root.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    let options = ImportOptions::new(LabelsFrom::Folder, bench.account);
    let report = bench.try_import(&root, options).await.unwrap();
    assert_eq!(bench.labels().await, ["stop/b.json stop", "watch/a.json watch"]);
    assert_eq!(report.refused.len(), 2, "{:?}", report.refused);
    assert_eq!(report.counts.passed_over, 1);
}

/// Made-up readings of machines, trained on, as a model.
#[tokio::test]
async fn rows_go_round_the_loop_and_leave_as_one_model() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut at = Loop::open_example(Modality::Table, folder.path(), 240).await;
    at.answer_truly(100).await;
    at.round().await;
    let (path, card) = model::make(&at.app, &at.project, None, FileForm::default(), &Progress::silent()).await.unwrap();
    assert!(card.checked > 0 && card.max_difference < 1e-5, "{card:?}");
    let new = folder.path().join("new");
    std::fs::create_dir(&new).unwrap();
    let of_class = |class| (0..1000).map(|at| readings::read_out(9, at)).find(|one| one.class == class).unwrap();
    for class in [0, 2] {
        std::fs::write(new.join(format!("{class}.json")), of_class(class).row.to_json()).unwrap();
    }
    std::fs::write(new.join("none.json"), "[]").unwrap();
    let out =
        Command::new(env!("CARGO_BIN_EXE_querist")).args(["predict", "--threads", "1"]).arg(&path).arg(&new).output();
    let out = out.unwrap();
    let said = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(said.contains("0.json,normal") && said.contains("2.json,blocked"), "{said}");
    assert!(String::from_utf8_lossy(&out.stderr).contains("none.json: it is not a row"));
    // The same rows in one table, each called by its id.
    let rows: Vec<BTreeMap<String, serde_json::Value>> = [0, 2]
        .into_iter()
        .map(|class| serde_json::from_slice(of_class(class).row.to_json().as_ref()).unwrap())
        .collect();
    let table = folder.path().join("new.csv");
    let mut csv = csv::Writer::from_path(&table).unwrap();
    csv.write_record(["id"].into_iter().chain(rows[0].keys().map(String::as_str))).unwrap();
    for (at, row) in rows.iter().enumerate() {
        let cell = |value: &serde_json::Value| match value {
            serde_json::Value::Null => String::new(),
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        csv.write_record([format!("pump-{at}")].into_iter().chain(row.values().map(cell))).unwrap();
    }
    drop(csv);
    let out = Command::new(env!("CARGO_BIN_EXE_querist")).arg("predict").arg(&path).arg(&table).output().unwrap();
    let of_table = String::from_utf8_lossy(&out.stdout).into_owned();
    assert!(out.status.success(), "{}", String::from_utf8_lossy(&out.stderr));
    let ends =
        |text: &str| text.lines().skip(1).map(|line| line.split_once(',').unwrap().1.to_owned()).collect::<Vec<_>>();
    assert_eq!(ends(&of_table), ends(&said), "{of_table}");
    assert!(of_table.contains("pump-0,normal") && of_table.contains("pump-1,blocked"), "{of_table}");

    at.allow_opinions().await;
    columns_speak(&at).await;
    for name in ["csv", "tsv", "jsonl", "parquet"] {
        come_back(&at, folder.path(), Format::named(name).unwrap()).await;
    }
    let offered: Vec<&str> = exporting::formats(&at.project).iter().map(|format| format.name).collect();
    assert_eq!(offered, ["csv", "tsv", "jsonl", "parquet"]);
}

/// Columns of waiting rows speak for the opinion that is shown.
async fn columns_speak(at: &Loop) {
    let mut client = at.client().await;
    for _ in 0..200 {
        let body = r#"{"count":20,"resume":true}"#;
        let address = format!("/api/v1/projects/{}/leases", at.project.slug);
        let answer = client.send("POST", &address, Some("application/json"), body.into()).await;
        let answer: serde_json::Value = serde_json::from_slice(&answer.body).unwrap();
        let leases = answer["leases"].as_array().unwrap();
        for lease in leases.iter().filter(|lease| !lease["opinion"].is_null()) {
            let id = lease["sample"]["id"].as_i64().unwrap();
            let found = reasons::of(&at.app, &at.project, SampleId(id)).await.unwrap();
            if let Some(first) = found.first() {
                assert!(found.iter().all(|one| one.part.to == one.part.from + 1 && one.gain > 0.0), "{found:?}");
                assert!(first.part.from < 50, "a place in the row");
                return;
            }
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("no column spoke for an opinion");
}

/// Export in one format, and import that into a project of its own: the same values with the same labels.
async fn come_back(at: &Loop, folder: &Path, format: &'static Format) {
    let file = folder.join(format!("out.{}", format.ending));
    let (chosen, silent) = (ExportOptions::default(), Progress::silent());
    exporting::export_to(&at.app, &at.project, format, &chosen, None, &file, &silent).await.unwrap();
    let bench = bench().await;
    let labels = LabelsFrom::Column("class".to_owned());
    let report = bench.try_import(&file, ImportOptions::new(labels, bench.account)).await.unwrap();
    assert_eq!((report.added, report.labeled, report.refused.len()), (100, 100, 0), "{}: {report}", format.name);
    let hashes: Vec<String> = bench.all().await.into_iter().map(|row| row.hash).collect();
    let known = at.app.store.known_contents(at.project.id, &hashes).await.unwrap();
    assert!(known.iter().all(Option::is_some), "{}: a row came back as another one", format.name);
}
