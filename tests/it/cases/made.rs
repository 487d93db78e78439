//! Names on disk, ways out and back, looking for names, and what is stored.

use std::fmt::Write as _;

use querist::blobs::ORIGINAL;
use querist::dataset::export::Format;
use querist::domain::import::Bucket;
use querist::domain::{SampleId, job};
use querist::modality::image::SMALL;
use querist::progress::Progress;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::exchange::importing::ImportOptions;
use querist::service::exchange::importing::LabelsFrom::{Folder, Nowhere};
use querist::store::listing::SampleFilter;

use super::{Files, assert_adds_up, column, imported};
use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::zips::{picture, zip_of};

#[tokio::test]
async fn a_name_is_found_in_either_form() {
    for (disk, table) in
        [("U\u{308}bung e\u{301}.jpg", "\u{dc}bung \u{e9}.jpg"), ("\u{dc}bung \u{e9}.jpg", "U\u{308}bung e\u{301}.jpg")]
    {
        let files = Files::new();
        files.put(disk, picture(1));
        files.put("K\u{e4}fer/o\u{308}.jpg", picture(2));
        let table = files.put("t.csv", format!("path,label\n{table},cat\nKa\u{308}fer/\u{f6}.jpg,dog\n"));
        let (bench, _) = imported(&table, column("label")).await;
        assert_eq!(bench.labels().await, ["K\u{e4}fer/\u{f6}.jpg dog", "\u{dc}bung \u{e9}.jpg cat"]);
    }
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn folders_whose_names_are_no_text_are_refused_and_stay_two() {
    use std::os::unix::ffi::OsStrExt as _;

    let files = Files::new();
    for (n, name) in [(1, &b"K\xe4fer"[..]), (2, b"K\xf6fer")] {
        let folder = files.path("in").join(std::ffi::OsStr::from_bytes(name));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("x.jpg"), picture(n)).unwrap();
    }
    let bench = Bench::new().await;
    let report = bench.import(&files.path("in"), Folder).await;
    assert_eq!((report.counts.refused, bench.classes().await.len()), (2, 1));
    assert_eq!(report.refused[1].name, "K\\xf6fer/x.jpg");
}

async fn export(bench: &Bench, format: &'static Format, out: &std::path::Path) {
    let options = ExportOptions::default();
    exporting::export_to(&bench.app, &bench.project, format, &options, None, out, &Progress::silent()).await.unwrap();
}

#[tokio::test]
async fn what_leaves_as_a_table_comes_back_by_its_hash() {
    let files = Files::new();
    let bench = Bench::new().await;
    for (batch, n, label) in [(0, 20, "cat"), (1, 21, "dog")] {
        files.put(&format!("batch{batch}/001.png"), picture(n));
        let table = files.put(&format!("batch{batch}/t.csv"), format!("path,label\n001.png,{label}\n"));
        bench.import(&table, column("label")).await;
    }
    let truth = |hash: &str, label: &str| format!("{hash} {label}");
    let before: Vec<String> = state(&bench).await.iter().map(|(hash, label)| truth(hash, label)).collect();
    for (format, name) in [(Format::named("csv").unwrap(), "out.csv"), (Format::named("jsonl").unwrap(), "out.jsonl")] {
        files.put(&format!("back-{name}/001.png"), picture(21));
        let out = files.path(&format!("back-{name}")).join(name);
        export(&bench, format, &out).await;
        // Beside the second picture alone, into a fresh project.
        let (other, report) = imported(&out, column("class")).await;
        assert_eq!(other.labels().await, ["001.png dog"], "{name}");
        assert_eq!((report.counts.added, report.counts.refused), (1, 1), "{report:?}");
        assert_eq!(other.app.store.sample_metadata(other.project.id, SampleId(1)).await.unwrap(), None, "{name}");
        // Into the project it came from: nothing changes.
        let again = bench.import(&out, column("class")).await;
        assert_adds_up(&bench, &again).await;
        assert_eq!((again.counts.same, again.counts.items()), (2, 2), "{again:?}");
        // Without any picture, into one that has them unlabeled.
        let bare = Bench::new().await;
        for batch in 0..2 {
            bare.import(&files.path(&format!("batch{batch}/001.png")).parent().unwrap().join("t.csv"), Nowhere).await;
        }
        std::fs::remove_file(files.path(&format!("back-{name}/001.png"))).unwrap();
        bare.import(&out, column("class")).await;
        let after: Vec<String> = state(&bare).await.iter().map(|(hash, label)| truth(hash, label)).collect();
        assert_eq!(after, before, "{name}");
    }
}

/// Hash and class of every sample.
async fn state(bench: &Bench) -> Vec<(String, String)> {
    let classes = bench.app.store.classes(bench.project.id).await.unwrap();
    let name = |id| classes.iter().find(|class| Some(class.id) == id).map_or(String::new(), |class| class.name.clone());
    let mut all: Vec<_> =
        bench.all().await.into_iter().map(|row| (name(row.class()), row)).map(|(name, row)| (row.hash, name)).collect();
    all.sort();
    all
}

#[tokio::test]
async fn classes_come_back_from_folders_as_they_were() {
    let names = [
        "a/b",
        "a_b",
        "Cat",
        "cat",
        "café",
        "CON",
        "=1+1",
        "say \"hi\"",
        "a, b",
        "007",
        "None",
        "train",
        "Übung",
        "übung",
        "a.",
    ];
    let files = Files::new();
    let mut rows = String::from("path,label\n");
    for (i, name) in names.iter().enumerate() {
        files.put(&format!("in/{i:02}.jpg"), picture(30 + i as u8));
        writeln!(rows, "{i:02}.jpg,\"{}\"", name.replace('"', "\"\"")).unwrap();
    }
    let long = "L".repeat(160);
    files.put(&format!("in/{long}.jpg"), picture(99));
    files.put(&format!("in/{}.jpg", "写".repeat(80)), picture(98));
    writeln!(rows, "{long}.jpg,{}\n{}.jpg,cat", "猫".repeat(100), "写".repeat(80)).unwrap();
    let table = files.put("in/t.csv", rows);
    let (bench, _) = imported(&table, column("label")).await;
    let out = files.path("out.zip");
    export(&bench, Format::named("imagefolder").unwrap(), &out).await;

    let mut zip = zip::ZipArchive::new(std::fs::File::open(&out).unwrap()).unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for i in 0..zip.len() {
        let name = zip.by_index(i).unwrap().name().unwrap().into_owned();
        assert!(name.split('/').all(|part| part.len() <= 255), "{name}");
        assert!(
            std::path::Path::new(&name).extension().is_some_and(|ending| ending == "jpg") || name == "manifest.csv",
            "{name}"
        );
        assert!(!name.starts_with("CON/") && seen.insert(querist::domain::text::folded(&name)), "{name}");
    }
    zip.extract(files.path("unpacked")).unwrap();
    for source in [out, files.path("unpacked")] {
        // Into a fresh project, and into one that has the same classes already.
        let (fresh, report) = imported(&source, Folder).await;
        assert_eq!(state(&fresh).await, state(&bench).await, "{report:?}");
        let same = Bench::new().await;
        same.app.store.add_classes(same.project.id, &names.map(str::to_owned), same.app.clock.now()).await.unwrap();
        same.import(&source, Folder).await;
        assert_eq!(state(&same).await, state(&bench).await);
        let again = bench.import(&source, Folder).await;
        assert_eq!((again.counts.same, again.counts.passed_over, again.counts.items()), (17, 1, 18), "{again:?}");
    }
}

#[tokio::test]
async fn names_and_metadata_are_found_in_either_case_on_both_engines() {
    for test in TestApp::on_each_engine().await {
        test.person("boss", querist::domain::Role::Admin, None).await;
        test.project("a").await;
        let project = test.app.store.project_by_slug("a").await.unwrap().unwrap();
        let account = test.app.store.importing_account().await.unwrap().unwrap();
        let files = Files::new();
        let names = ["Кошка.jpg", "U\u{308}bung.jpg", "übung2.jpg", "写真A.jpg", "a_b.jpg", "axb.jpg", "50%.jpg"];
        let mut rows = String::from("path,ort\n");
        for (n, name) in names.iter().enumerate() {
            files.put(name, picture(n as u8));
            writeln!(rows, "{name},{}", if n == 0 { "Köln_ÄÖ" } else { "x" }).unwrap();
        }
        let table = files.put("t.csv", rows);
        let options = ImportOptions::new(Nowhere, account);
        querist::service::exchange::importing::import(&test.app, &project, &table, options, &Progress::silent())
            .await
            .unwrap();
        let count = async |filter: SampleFilter| {
            test.app.store.samples(project.id, &filter, SampleId(0), 100).await.unwrap().len()
        };
        let searched = async || {
            let mut found = Vec::new();
            for name in ["Кошка", "кошка", "КОШКА", "Übung", "u\u{308}BUNG", "写真a", "50%", "a_b", "*", "[a]"]
            {
                found.push(count(SampleFilter { name: Some(name.to_owned()), ..SampleFilter::default() }).await);
            }
            for text in ["köln_äö", "ort=KÖLN", "ort=ÖLN", "kölnxäö"] {
                found.push(count(SampleFilter { metadata: Some(text.to_owned()), ..SampleFilter::default() }).await);
            }
            found
        };
        let expected = [1, 1, 1, 2, 2, 1, 1, 1, 0, 0, 1, 1, 0, 0];
        assert_eq!(searched().await, expected, "{}", test.app.store.engine());
        // Rows from before the texts were folded are found after the next start.
        test.app.store.migrate_down(13).await.unwrap();
        test.app.store.migrate().await.unwrap();
        assert_eq!(searched().await, expected, "{}", test.app.store.engine());
        test.finish().await;
    }
}

#[tokio::test]
async fn importing_again_mends_what_is_stored() {
    let files = Files::new();
    for n in 0..4 {
        files.put(&format!("in/{n}.png"), picture(n));
    }
    let (bench, _) = imported(&files.path("in"), Nowhere).await;
    let hashes: Vec<String> = bench.all().await.into_iter().map(|row| row.hash).collect();
    let data = &bench.app.data;
    std::fs::remove_file(data.root().join(ORIGINAL.name(&hashes[0]))).unwrap();
    std::fs::remove_file(data.root().join(SMALL.name(&hashes[1]))).unwrap();
    let mut spoiled = std::fs::read(data.root().join(ORIGINAL.name(&hashes[2]))).unwrap();
    spoiled[30] ^= 1;
    std::fs::write(data.root().join(ORIGINAL.name(&hashes[2])), &spoiled).unwrap();
    let report = bench.import(&files.path("in"), Nowhere).await;
    assert_eq!((report.counts.same, report.notes.len()), (4, 1));
    assert!(report.notes[0].starts_with("3 stored samples"), "{:?}", report.notes);
    for (n, hash) in hashes.iter().enumerate() {
        assert_eq!(std::fs::read(data.root().join(ORIGINAL.name(hash))).unwrap(), picture(n as u8));
        assert!(std::fs::metadata(data.root().join(SMALL.name(hash))).unwrap().len() > 100);
    }
    assert!(bench.import(&files.path("in"), Nowhere).await.notes.is_empty());
}

#[tokio::test]
async fn leftovers_are_swept_and_what_is_wanted_stays() {
    let bench = Bench::new().await;
    let data = bench.app.data.clone();
    let now = bench.app.clock.now();
    let aged = |path: &std::path::Path, hours: u64| {
        let then = std::time::UNIX_EPOCH + std::time::Duration::from_secs(now.0 as u64 / 1_000_000 - hours * 3600);
        std::fs::File::open(path).unwrap().set_modified(then).unwrap();
    };
    let old = |path: &std::path::Path| aged(path, 30);
    let upload = |name: &str| {
        let folder = data.uploads().join(name);
        std::fs::create_dir_all(&folder).unwrap();
        old(&folder);
        folder
    };
    let (left, waiting, tried) = (upload("left-over"), upload("waiting"), upload("tried"));
    let store = &bench.app.store;
    store.request_job(bench.project.id, &job::IMPORT, r#"{"file":"uploads/waiting"}"#, now).await.unwrap();
    store.request_job(bench.project.id, &job::TRIAL, r#"{"folder":"/data/uploads/tried"}"#, now).await.unwrap();
    let folder = data.root().join("blobs/ab");
    std::fs::create_dir_all(&folder).unwrap();
    for name in [".tmpA1b2C3", "abcdef"] {
        std::fs::write(folder.join(name), "x").unwrap();
        old(&folder.join(name));
    }
    aged(&upload("being-sent"), 1);
    assert_eq!(querist::service::upkeep::sweeping::sweep(&bench.app).await.unwrap(), 2);
    assert!(!left.exists() && waiting.exists() && tried.exists() && data.uploads().join("being-sent").exists());
    assert!(!folder.join(".tmpA1b2C3").exists() && folder.join("abcdef").exists());
}

#[tokio::test]
async fn an_answer_after_a_late_label_counts_once() {
    let files = Files::new();
    files.put("1.png", picture(1));
    let (bench, _) = imported(&files.put("a.csv", "path\n1.png\n"), Nowhere).await;
    let report = bench.import(&files.put("b.csv", "path,label\n1.png,cat\n"), column("label")).await;
    assert_eq!(report.items.iter().filter(|item| item.bucket == Bucket::Label).count(), 1);
    let tally = bench.app.store.tally(bench.project.id).await.unwrap();
    assert_eq!((tally.samples, tally.labeled), (1, 1));
    let zip = files.put("c.zip", zip_of(&[("cat/again.png", &picture(1))]));
    assert_eq!(bench.import(&zip, Folder).await.counts.same, 1);
    assert_eq!(bench.app.store.tally(bench.project.id).await.unwrap(), tally);
}
