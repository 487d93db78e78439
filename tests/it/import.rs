//! Imports end to end: rows, files, labels, refusals and repeats on a real database and data folder.

use std::path::{Path, PathBuf};

use querist::blobs::ORIGINAL;
use querist::domain::{Facts, JobStatus, SampleId};
use querist::modality::image::SMALL;
use querist::progress::Progress;
use querist::service::exchange::importing::{self, ImportOptions, LabelsFrom};
use querist::store::listing::{SampleFilter, SampleState};

use crate::support::bench::{Bench, png};

#[tokio::test]
async fn a_class_tree_goes_in_with_labels_and_a_second_import_adds_nothing() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "dog"], 20);
    let report = bench.import(&tree, LabelsFrom::Folder).await;
    assert_eq!((report.added, report.labeled, report.duplicates), (40, 40, 0), "{report:?}");
    assert_eq!(report.new_classes, ["dog"]);
    let tally = bench.app.store.tally(bench.project.id).await.unwrap();
    let all = bench.all().await;
    let audit = all.iter().filter(|row| row.audit).count() as i64;
    assert_eq!((tally.samples, tally.labeled, tally.answers), (40, 40, 40));
    assert_eq!((tally.audit_samples, tally.audit_labeled), (audit, audit));
    assert!((4..=22).contains(&audit), "{audit} of 40 drawn at 30 %");
    for row in &all {
        assert!(
            bench.app.data.root().join(ORIGINAL.name(&row.hash)).exists()
                && bench.app.data.root().join(SMALL.name(&row.hash)).exists()
        );
        assert_eq!(row.facts, Facts::image("png", 12, 9));
    }
    let again = bench.import(&tree, LabelsFrom::Folder).await;
    assert_eq!((again.added, again.duplicates, again.labeled), (0, 40, 0));
    assert_eq!(bench.app.store.tally(bench.project.id).await.unwrap(), tally);
}

#[tokio::test]
async fn refused_files_are_named_with_the_reason_and_leave_nothing_behind() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat"], 3);
    let whole = png(1, 200);
    std::fs::write(tree.join("cat/cut.png"), &whole[..whole.len() / 2]).unwrap();
    std::fs::write(tree.join("cat/words.jpg"), "no picture").unwrap();
    std::fs::write(tree.join("cat/empty.jpg"), "").unwrap();
    std::fs::write(tree.join("cat/copy.png"), png(0, 1)).unwrap();
    let report = bench.import(&tree, LabelsFrom::Nowhere).await;
    let mut names: Vec<_> = report.refused.iter().map(|refused| refused.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!((report.added, report.duplicates), (3, 1), "{report:?}");
    assert_eq!(names, ["cat/cut.png", "cat/empty.jpg", "cat/words.jpg"]);
    assert!(report.refused.iter().all(|refused| !refused.reason.is_empty()));
    assert_eq!(bench.all().await.len(), 3);
}

#[tokio::test]
async fn a_dry_run_tells_the_same_and_changes_nothing() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "dog"], 5);
    let options = ImportOptions { dry_run: true, ..ImportOptions::new(LabelsFrom::Folder, bench.account) };
    let dry = importing::import(&bench.app, &bench.project, &tree, options, &Progress::silent()).await.unwrap();
    assert!(bench.all().await.is_empty());
    assert_eq!(bench.app.store.classes(bench.project.id).await.unwrap().len(), 1);
    let wet = bench.import(&tree, LabelsFrom::Folder).await;
    assert_eq!((dry.added, dry.labeled, &dry.new_classes), (wet.added, wet.labeled, &wet.new_classes));
}

#[tokio::test]
async fn labels_can_come_later_and_never_overrule_an_answer() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "dog"], 4);
    bench.import(&tree, LabelsFrom::Nowhere).await;
    let filter = SampleFilter { state: Some(SampleState::Unlabeled), ..SampleFilter::default() };
    let unlabeled = bench.app.store.samples(bench.project.id, &filter, SampleId(0), 100).await.unwrap();
    assert_eq!(unlabeled.len(), 8);
    std::fs::write(tree.join("m.csv"), "path,label\ncat/0.png,cat\ndog/1.png,dog\n").unwrap();
    let first = bench.import(&tree.join("m.csv"), LabelsFrom::Column("label".to_owned())).await;
    assert_eq!((first.added, first.duplicates, first.labeled), (0, 2, 2));
    std::fs::write(tree.join("m.csv"), "path,label\ncat/0.png,dog\n").unwrap();
    let second = bench.import(&tree.join("m.csv"), LabelsFrom::Column("label".to_owned())).await;
    assert_eq!(second.labeled, 0);
    let filter = SampleFilter { state: Some(SampleState::Labeled), name: Some("CAT/".to_owned()), ..filter };
    let cats = bench.app.store.samples(bench.project.id, &filter, SampleId(0), 100).await.unwrap();
    let classes = bench.app.store.classes(bench.project.id).await.unwrap();
    assert_eq!(cats.len(), 1);
    assert_eq!(cats[0].class(), Some(classes.iter().find(|class| class.name == "cat").unwrap().id));
}

#[tokio::test]
async fn a_stopped_import_goes_on_where_it_was() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["a", "b", "c"], 100);
    let progress = Progress::silent();
    progress.stop();
    let options = ImportOptions::new(LabelsFrom::Nowhere, bench.account);
    let cut = importing::import(&bench.app, &bench.project, &tree, options, &progress).await.unwrap();
    assert!(cut.interrupted && cut.added < 300, "{cut:?}");
    let rest = bench.import(&tree, LabelsFrom::Nowhere).await;
    assert_eq!(cut.added + rest.added, 300);
    assert_eq!(bench.all().await.len(), 300);
}

#[tokio::test]
async fn a_column_that_is_not_there_ends_the_import_with_its_columns() {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat"], 1);
    std::fs::write(tree.join("m.csv"), "path,kind\ncat/0.png,x\n").unwrap();
    let options = ImportOptions::new(LabelsFrom::Column("label".to_owned()), bench.account);
    let error = importing::import(&bench.app, &bench.project, &tree.join("m.csv"), options, &Progress::silent())
        .await
        .unwrap_err()
        .to_string();
    assert!(error.contains("no column `label`, only `path`, `kind`"), "{error}");
}

#[tokio::test]
async fn the_shared_pollen_archive_goes_in_whole() {
    let shared = std::env::var_os("QUERIST_SHARED")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), PathBuf::from);
    let archive = shared.join("data/images/pollen-bees.tar");
    if !archive.exists() {
        println!("skipped: {} is absent", archive.display());
        return;
    }
    let bench = Bench::new().await;
    let report = bench.import(&archive, LabelsFrom::Folder).await;
    assert!(report.refused.is_empty(), "{:?}", report.refused.first());
    assert_eq!(report.added, report.labeled);
    assert!(report.added > 500, "{report}");
    let mut classes = report.new_classes;
    classes.sort();
    assert_eq!(classes, ["no-pollen", "pollen"]);
}

#[tokio::test]
async fn an_import_on_the_command_line_leaves_the_encoding_to_the_server() {
    use clap::Parser as _;

    let bench = Bench::new().await;
    let tree = bench.tree(&["cat"], 3);
    let data = bench.app.data.root().to_str().unwrap();
    let import = ["querist", "--data", data, "import", "metal", tree.to_str().unwrap()];
    let dry: Vec<_> = import.into_iter().chain(["--dry-run"]).collect();
    Box::pin(querist::cli::Cli::try_parse_from(dry).unwrap().run()).await.unwrap();
    assert!(bench.app.store.latest_job(bench.project.id, &querist::domain::job::ENCODE).await.unwrap().is_none());
    Box::pin(querist::cli::Cli::try_parse_from(import).unwrap().run()).await.unwrap();
    let job = bench.app.store.latest_job(bench.project.id, &querist::domain::job::ENCODE).await.unwrap().unwrap();
    assert_eq!(job.state, JobStatus::Queued);
}
