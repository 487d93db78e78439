//! Exports end to end: counts in and out, repeatable bytes, round trips, splits and snapshots.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use querist::dataset::export::Format;
use querist::domain::Modality;
use querist::progress::Progress;
use querist::service::demo::example::Example;
use querist::service::exchange::exporting::{self, ExportOptions, Exported};
use querist::service::exchange::importing::LabelsFrom;

use crate::support::bench::Bench;

async fn export(bench: &Bench, format: &'static Format, options: &ExportOptions, name: &str) -> Exported {
    let out = bench.dir.path().join(name);
    exporting::export_to(&bench.app, &bench.project, format, options, None, &out, &Progress::silent()).await.unwrap()
}

#[tokio::test]
async fn every_format_accounts_for_every_sample_and_repeats_its_bytes() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "=dog"], 10);
    bench.import(&tree.join("cat"), LabelsFrom::Nowhere).await;
    bench.import(&tree, LabelsFrom::Folder).await;
    let audit = bench.all().await.iter().filter(|row| row.audit && !row.name.starts_with("=dog")).count() as u64;
    let options = ExportOptions { votes: true, split: Some("0.8,0.2".parse().unwrap()), ..ExportOptions::default() };
    for (format, name) in [
        (Format::named("csv").unwrap(), "a.csv"),
        (Format::named("jsonl").unwrap(), "a.jsonl"),
        (Format::named("imagefolder").unwrap(), "a.zip"),
    ] {
        let first = export(&bench, format, &options, name).await;
        let manifest = &first.manifest;
        assert_eq!((manifest.samples, manifest.written), (20, 20));
        assert!(manifest.classes.iter().all(|class| class.labels == 10 && class.written == 10), "{manifest:?}");
        // Audit samples are a part of their own; the shares are of the others.
        let part = |part: &str| manifest.splits.get(part).and_then(|of| of.get("cat")).copied().unwrap_or_default();
        assert_eq!(part("audit"), audit);
        assert_eq!(
            part("train"),
            (0..10 - audit).filter(|rank| (*rank as f64 + 0.5) / ((10 - audit) as f64) < 0.8).count() as u64
        );
        assert_eq!(part("train") + part("test") + part("audit"), 10);
        let bytes = std::fs::read(&first.file).unwrap();
        let second = export(&bench, format, &options, &format!("again-{name}")).await;
        assert_eq!(bytes, std::fs::read(&second.file).unwrap());
        assert_eq!(manifest.files[0].sha256, second.manifest.files[0].sha256);
        assert!(first.beside.iter().all(|file| file.exists()));
    }
}

#[tokio::test]
async fn an_exported_table_and_an_exported_archive_import_again() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "=dog"], 6);
    bench.import(&tree, LabelsFrom::Folder).await;
    let csv = export(&bench, Format::named("csv").unwrap(), &ExportOptions::default(), "tree/out.csv").await;
    let zip = export(&bench, Format::named("imagefolder").unwrap(), &ExportOptions::default(), "out.zip").await;
    for (source, labels) in [(csv.file, LabelsFrom::Column("class".to_owned())), (zip.file, LabelsFrom::Folder)] {
        let other = Bench::new().await;
        let report = other.import(&source, labels).await;
        assert_eq!((report.added, report.labeled), (12, 12), "{report:?}");
        assert_eq!(report.new_classes, ["=dog"]);
    }
}

#[tokio::test]
async fn unlabeled_samples_are_excluded_with_the_reason() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat"], 3);
    bench.import(&tree, LabelsFrom::Nowhere).await;
    let exported = export(&bench, Format::named("csv").unwrap(), &ExportOptions::default(), "a.csv").await;
    assert_eq!((exported.manifest.samples, exported.manifest.written), (3, 0));
    assert_eq!(exported.manifest.excluded[0].reason, "unlabeled");
    assert_eq!(exported.manifest.excluded[0].count, 3);
}

#[tokio::test]
async fn a_snapshot_is_offered_once_with_its_manifest_and_does_not_change() {
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat"], 3), LabelsFrom::Folder).await;
    let options = ExportOptions::default();
    let (id, job) = exporting::request_snapshot(
        &bench.app,
        &bench.project,
        bench.account,
        None,
        Format::named("csv").unwrap(),
        &options,
    )
    .await
    .unwrap();
    let payload = bench.app.store.job(job).await.unwrap().unwrap().payload;
    let before = bench.app.store.snapshot(bench.project.id, id).await.unwrap().unwrap();
    assert!(before.file.is_none());
    exporting::run_snapshot(&bench.app, &bench.project, &payload, &Progress::silent()).await.unwrap();
    let after = bench.app.store.snapshot(bench.project.id, id).await.unwrap().unwrap();
    let file = bench.app.data.snapshots("metal").join(after.file.as_ref().unwrap());
    assert_eq!(std::fs::metadata(file).unwrap().len() as i64, after.size_bytes.unwrap());
    let manifest: exporting::Manifest = serde_json::from_str(after.manifest.as_ref().unwrap()).unwrap();
    assert_eq!(Some(&manifest.files[0].sha256), after.sha256.as_ref());
    exporting::run_snapshot(&bench.app, &bench.project, &payload, &Progress::silent()).await.unwrap();
    let again = bench.app.store.snapshot(bench.project.id, id).await.unwrap().unwrap();
    assert_eq!(again.finished_us, after.finished_us);
}

#[tokio::test]
async fn the_example_pool_goes_in_with_its_truth_aside() {
    let bench = Bench::new().await;
    let app = &bench.app;
    let silent = Progress::silent();
    let pictures = Example::of(Modality::Image).unwrap();
    let report = pictures.fill(app, &bench.project, bench.account, 1, 70, &silent).await.unwrap();
    assert_eq!(report.added, 70);
    let truth = pictures.truth(app).unwrap();
    let all = bench.all().await;
    assert!(all.iter().all(|row| truth.contains_key(&row.name) && row.answer.is_none()));
    let metadata = app.store.sample_metadata(bench.project.id, all[0].id).await.unwrap();
    assert_eq!(metadata.as_deref(), Some(r#"{"drawn":"yes"}"#));
}
