//! Trouble that people reported with labeling tools, as small sources, each with the right result; real-world pictures,
//! encoders that are not functions, and choices that race. Where the shared folder of
//! such cases is there, its files are read as well.

mod archives;
mod encoders;
mod made;
mod pictures;
mod races;
mod sums;
mod tables;

use std::path::{Path, PathBuf};

use querist::domain::import::{Bucket, ImportItem};
use querist::service::exchange::importing::{ImportOptions, ImportReport, LabelsFrom};

use crate::support::bench::Bench;
use crate::support::root;

/// Files in a folder of their own.
pub(crate) struct Files {
    pub dir: tempfile::TempDir,
}

impl Files {
    pub(crate) fn new() -> Self {
        Self { dir: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn put(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }
}

pub(crate) fn column(name: &str) -> LabelsFrom {
    LabelsFrom::Column(name.to_owned())
}

/// Import into a fresh project.
pub(crate) async fn imported(source: &Path, labels: LabelsFrom) -> (Bench, ImportReport) {
    let bench = Bench::new().await;
    let report = bench.import(source, labels).await;
    assert_adds_up(&bench, &report).await;
    (bench, report)
}

/// Why an import failed as a whole; nothing of it was stored.
pub(crate) async fn refused(source: &Path, labels: LabelsFrom) -> String {
    let bench = Bench::new().await;
    let error = bench.try_import(source, ImportOptions::new(labels, bench.account)).await.unwrap_err();
    assert!(bench.all().await.is_empty(), "{error}");
    assert_eq!(bench.classes().await, ["cat"], "{error}");
    let kept = bench.app.store.imports(bench.project.id, querist::domain::ImportId(i64::MAX), 10).await.unwrap();
    assert_eq!((kept[0].state.as_str(), kept[0].message.as_str()), ("failed", error.as_str()));
    error
}

/// The buckets add up, and what is kept is what was reported.
pub(crate) async fn assert_adds_up(bench: &Bench, report: &ImportReport) {
    let kept = bench.app.store.import(bench.project.id, report.import.unwrap()).await.unwrap().unwrap();
    assert_eq!(kept.counts(), report.counts);
    let items = bench.app.store.import_items(kept.id, None, -1, 100_000).await.unwrap();
    assert_eq!(items.len() as u64 + report.counts.added, report.counts.items());
    for bucket in Bucket::ALL.into_iter().filter(|bucket| *bucket != Bucket::Added) {
        let n = items.iter().filter(|(_, item)| item.bucket == bucket).count() as u64;
        assert_eq!(n, report.counts.of(bucket), "{bucket:?}");
    }
}

/// Items of one bucket.
pub(crate) fn of(report: &ImportReport, bucket: Bucket) -> Vec<&ImportItem> {
    report.items.iter().filter(|item| item.bucket == bucket).collect()
}

/// A file of the shared folder of cases, where that is there.
pub(crate) fn shared(name: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("QUERIST_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    Some(folder.join("cases").join(name)).filter(|path| path.exists())
}
