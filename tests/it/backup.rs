//! Backups: everything copied is restored, even while somebody writes, and nothing partial is ever restored.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use querist::blobs::ORIGINAL;
use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{EncoderId, SampleId};
use querist::modality::image::SMALL;
use querist::progress::Progress;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::exchange::backup::{self, BackupError};
use querist::service::exchange::importing::LabelsFrom;
use querist::store::Store;
use querist::store::embeddings::EmbeddingFile;
use querist::store::listing::SampleFilter;

use crate::support::app::TestApp;
use crate::support::bench::{Bench, png};

/// Every file below `root` with its bytes, without the database and its side files.
fn files(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    fn walk(root: &Path, folder: &Path, found: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, found);
            } else if !path.to_string_lossy().contains("/querist.") {
                found.insert(path.strip_prefix(root).unwrap().to_owned(), std::fs::read(&path).unwrap());
            }
        }
    }
    let mut found = BTreeMap::new();
    walk(root, root, &mut found);
    found
}

async fn take(bench: &Bench, name: &str) -> PathBuf {
    let out = bench.dir.path().join(name);
    backup::backup(&bench.app, &out, &Progress::silent()).await.unwrap();
    out
}

/// The restored folder as an application of its own.
async fn open(folder: &Path) -> querist::service::App {
    let data = DataDir::open(folder).unwrap();
    let store = Store::open(data.database().to_str().unwrap()).await.unwrap();
    store.migrate().await.unwrap();
    querist::service::App::new(store, data, Cpu::new(1).unwrap(), Clock::System, LazyRuntime::new(Settings::default()))
}

/// A bench with eight pictures, six of them labeled, and the files that work leaves behind.
async fn worked_on() -> Bench {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "dog"], 3);
    bench.import(&tree, LabelsFrom::Folder).await;
    std::fs::create_dir_all(bench.dir.path().join("more")).unwrap();
    for i in 0..2 {
        std::fs::write(bench.dir.path().join("more").join(format!("{i}.png")), png(200, i)).unwrap();
    }
    bench.import(&bench.dir.path().join("more"), LabelsFrom::Nowhere).await;
    let data = &bench.app.data;
    let mut embeddings = EmbeddingFile::open(&data.embeddings(EncoderId(1), "metal"), EncoderId(1), 2).unwrap();
    embeddings.append(&[SampleId(1), SampleId(2)], &mut [1.0, 2.0, 3.0, 4.0]).unwrap();
    std::fs::create_dir_all(data.snapshots("metal")).unwrap();
    std::fs::write(data.snapshots("metal").join("1.csv"), "path,class\n").unwrap();
    std::fs::create_dir_all(data.replays("metal")).unwrap();
    std::fs::write(data.replays("metal").join("latest.json"), "{}").unwrap();
    bench
}

#[tokio::test]
async fn a_restored_backup_has_the_same_counts_labels_and_files() {
    let bench = worked_on().await;
    let out = take(&bench, "backup.tar").await;
    let into = bench.dir.path().join("restored");
    backup::unpack(&out, &into, &Progress::silent()).unwrap();
    let app = open(&into).await;
    assert_eq!(app.store.totals().await.unwrap(), bench.app.store.totals().await.unwrap());
    assert_eq!(app.store.totals().await.unwrap().labeled, 6);
    let project = app.store.project_by_slug("metal").await.unwrap().unwrap();
    let labels = |rows: Vec<querist::store::samples::SampleRow>| -> Vec<_> {
        rows.into_iter().map(|row| (row.id, row.name, row.answer)).collect()
    };
    let all = app.store.samples(project.id, &SampleFilter::default(), SampleId(0), 100).await.unwrap();
    assert_eq!(labels(all), labels(bench.all().await));
    let (before, after) = (files(bench.app.data.root()), files(&into));
    assert!(before.len() >= 8 * 2 + 2, "pictures, small pictures, embeddings and an export: {}", before.len());
    assert_eq!(before, after);
}

#[tokio::test]
async fn a_restore_that_is_stopped_leaves_nothing_behind() {
    let bench = worked_on().await;
    let out = take(&bench, "backup.tar").await;
    let into = bench.dir.path().join("restored");
    let progress = Progress::silent();
    progress.stop();
    let stopped = backup::unpack(&out, &into, &progress).unwrap_err();
    assert!(matches!(stopped, BackupError::Stopped), "{stopped}");
    assert!(!into.exists());
    let another = bench.dir.path().join("another.tar");
    let stopped = backup::backup(&bench.app, &another, &progress).await.unwrap_err();
    assert!(matches!(stopped, BackupError::Stopped) && !another.exists(), "{stopped}");
    backup::unpack(&out, &into, &Progress::silent()).unwrap();
}

#[tokio::test]
async fn a_backup_is_taken_while_samples_come_in_and_is_consistent() {
    let bench = worked_on().await;
    let late = bench.tree(&["late"], 40).join("late");
    let importing = bench.import(&late, LabelsFrom::Nowhere);
    let (out, report) = tokio::join!(take(&bench, "hot.tar"), importing);
    assert_eq!(report.added + report.duplicates, 40, "{report:?}");
    let into = bench.dir.path().join("restored");
    backup::unpack(&out, &into, &Progress::silent()).unwrap();
    let app = open(&into).await;
    let project = app.store.project_by_slug("metal").await.unwrap().unwrap();
    let samples = app.store.sample_files(project.id).await.unwrap();
    assert!(samples.len() >= 8);
    for sample in samples {
        assert!(
            app.data.root().join(ORIGINAL.name(&sample.hash)).is_file(),
            "the picture of sample {} is missing",
            sample.id
        );
        assert!(
            app.data.root().join(SMALL.name(&sample.hash)).is_file(),
            "the small picture of sample {} is missing",
            sample.id
        );
    }
}

#[tokio::test]
async fn files_of_a_round_that_the_copied_database_does_not_know_stay_out() {
    let bench = worked_on().await;
    let round = bench.app.data.round("metal", 1);
    std::fs::create_dir_all(&round).unwrap();
    std::fs::write(round.join("model.json"), "{}").unwrap();
    let out = take(&bench, "backup.tar").await;
    let into = bench.dir.path().join("restored");
    backup::unpack(&out, &into, &Progress::silent()).unwrap();
    assert!(!into.join("rounds/metal/1/model.json").exists());
}

#[tokio::test]
async fn nothing_is_written_over() {
    let bench = worked_on().await;
    let out = take(&bench, "backup.tar").await;
    let again = backup::backup(&bench.app, &out, &Progress::silent()).await.unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    let full = backup::unpack(&out, bench.app.data.root(), &Progress::silent()).unwrap_err();
    assert!(matches!(full, BackupError::NotEmpty(_)), "{full}");
    assert_eq!(bench.app.store.totals().await.unwrap().labeled, 6);
}

#[tokio::test]
async fn a_backup_that_was_cut_short_is_refused_and_leaves_no_database() {
    let bench = worked_on().await;
    let whole = std::fs::read(take(&bench, "backup.tar").await).unwrap();
    let cut = &whole[..whole.len() / 2 / 512 * 512];
    for (name, bytes, says) in [
        ("cut", cut, "cut short"),
        ("torn", &whole[..whole.len() / 2 + 100], "cut short"),
        ("text", b"hello", "not a backup"),
    ] {
        let file = bench.dir.path().join(format!("{name}.tar"));
        std::fs::write(&file, bytes).unwrap();
        let into = bench.dir.path().join(format!("from-{name}"));
        let error = backup::unpack(&file, &into, &Progress::silent()).unwrap_err();
        assert!(error.to_string().contains(says), "{name}: {error}");
        assert!(!into.join("querist.db").exists(), "{name}");
    }
}

#[tokio::test]
async fn a_tar_with_a_way_out_of_the_folder_is_refused() {
    let bench = worked_on().await;
    let out = take(&bench, "backup.tar").await;
    let mut bytes = std::fs::read(&out).unwrap();
    // The second entry's header: its name, and the checksum that goes with it.
    let end = bytes[512..].windows(11).position(|part| part == b"embeddings/").unwrap() + 512;
    bytes[end..end + 11].copy_from_slice(b"../../../x/");
    let sum: u32 = bytes[end..end + 512]
        .iter()
        .enumerate()
        .map(|(i, b)| if (148..156).contains(&i) { 32 } else { u32::from(*b) })
        .sum();
    bytes[end + 148..end + 156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let file = bench.dir.path().join("evil.tar");
    std::fs::write(&file, bytes).unwrap();
    let error = backup::unpack(&file, &bench.dir.path().join("into"), &Progress::silent()).unwrap_err();
    assert!(error.to_string().contains("it holds `../../../x/"), "{error}");
}

#[tokio::test]
async fn on_postgres_the_way_is_named_instead() {
    for test in TestApp::on_each_engine().await {
        if test.app.store.engine() == "PostgreSQL" {
            let folder = tempfile::tempdir().unwrap();
            let error = backup::backup(&test.app, &folder.path().join("a.tar"), &Progress::silent()).await.unwrap_err();
            assert!(error.to_string().contains("pg_dump"), "{error}");
        }
        test.finish().await;
    }
}
