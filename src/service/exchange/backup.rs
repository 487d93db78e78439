//! Backups: one tar with the database and every file it refers to, taken while the server runs; and restoring it.
//!
//! The order of copying is what makes a hot copy consistent. *Embeddings first*: a sample is in the database before it
//! is encoded, so every copied embedding has its sample in the database copied after it. *Then the database*, as it is
//! at one moment. *Then everything else*: pictures, encoders and exports are on disk before a row refers to them and
//! never change, so a later copy has all that the rows need. Rounds newer than the copied database are left out.
//!
//! **Invariant:** a backup always reports what it lacks. Every file whose hash the database knows is compared with it
//! while it is copied (`known`), missing files are found by the same list, and both are named in the report and in the
//! tar. The tar ends with a list of the SHA-256 of every entry and a count of them; a backup without it was cut short
//! and is refused.

mod known;
mod restoring;
mod tape;

use std::io;
use std::path::{Path, PathBuf};

use self::known::KnownFiles;
pub use self::restoring::{Restored, mend, unpack};
use self::tape::Tape;
use crate::cpu::CutShort;
use crate::data::{Held, private};
use crate::progress::Progress;
use crate::service::App;
use crate::store::standing::Totals;
use crate::store::{Store, StoreError};

const HEAD: &str = "querist-backup.json";
const SUMS: &str = "querist-backup.sums";
const END: &str = "querist-backup.end.json";
const DATABASE: &str = "querist.db";
/// Version 1 had no list of hashes.
const FORMAT: u32 = 2;
/// Copied before the database.
const BEFORE: &[&str] = &["embeddings"];
/// Copied after it. `uploads` is left out: what waits there has not been imported yet.
const AFTER: &[&str] = &["encoders", "rounds", "snapshots", "replays", "insight", "demo", "thumbs", "blobs"];
/// What the name of a work folder begins with.
const WORK: &str = ".querist-backup";

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{}` exists; choose another name, or move it away", .0.display())]
    Exists(PathBuf),
    #[error("the database is PostgreSQL; stop the server, back it up with `pg_dump`, and copy the folder `{}` beside it", .0.display())]
    Postgres(PathBuf),
    #[error("the folder `{}` is not empty; restore into a new one with --data", .0.display())]
    NotEmpty(PathBuf),
    #[error("`{}` is a file; name the folder to restore into with --data", .0.display())]
    NotAFolder(PathBuf),
    #[error("`{}` is not a backup of Querist: {reason}", path.display())]
    Foreign { path: PathBuf, reason: String },
    #[error("the backup is cut short; take another one")]
    CutOff,
    #[error("the backup holds {found} files and {found_bytes} bytes instead of {files} and {bytes}; it is damaged")]
    Miscounted { found: u64, found_bytes: u64, files: u64, bytes: u64 },
    #[error("the database in the backup is damaged; take another backup")]
    DamagedDatabase,
    #[error("the backup was made by a newer Querist (layout {0}); restore it with that version")]
    Newer(u32),
    #[error("stopped; nothing was written")]
    Stopped,
    #[error("`{}` cannot be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Held(#[from] Held),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

/// The first entry: the backup's own description.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Head {
    format: u32,
    version: String,
    made_at: String,
}

/// The last entry: a list of all the others.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Counts {
    files: u64,
    bytes: u64,
    /// What was wrong already when the backup was taken.
    #[serde(default)]
    faults: Vec<BackupFault>,
}

/// A damaged or missing file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
pub struct BackupFault {
    /// Its name in the data folder.
    pub file: String,
    /// What is wrong with it, and what it is, where that is known.
    pub what: String,
}

impl std::fmt::Display for BackupFault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.file.escape_debug(), self.what)
    }
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct BackupReport {
    pub files: u64,
    pub bytes: u64,
    pub projects: i64,
    pub samples: i64,
    pub labeled: i64,
    pub answers: i64,
    /// What is damaged or missing in the data folder, and therefore in the backup.
    pub faults: Vec<BackupFault>,
    /// Small pictures that are damaged or missing; restoring makes them again.
    pub redrawn: u64,
}

impl std::fmt::Display for BackupReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, bytes, projects, samples, labeled, answers, .. } = self;
        write!(
            f,
            "{projects} projects, {samples} samples, {labeled} labeled, {answers} answers; {files} files, {bytes} bytes"
        )
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |source| BackupError::File { path: path.to_owned(), source }
}

/// Write everything into the new tar `out`. The server may keep running; answers given after the start may be missing.
///
/// # Errors
/// When `out` exists, the database is `PostgreSQL`, `progress` is stopped, or a file cannot be written. Then no `out` and no
/// other file is left behind. Damaged or missing files are not an error; the report names them.
pub async fn backup(app: &App, out: &Path, progress: &Progress) -> Result<BackupReport, BackupError> {
    if matches!(app.store, Store::Postgres(_)) {
        return Err(BackupError::Postgres(app.data.root().to_owned()));
    }
    if out.exists() {
        return Err(BackupError::Exists(out.to_owned()));
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let work = Work::new(folder)?;
    let head =
        Head { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), made_at: app.clock.now().rfc3339() };
    let mut tape = Tape::create(&work.path().join("tar"))?;
    tape.text(HEAD, &serde_json::to_string(&head).unwrap_or_default())?;

    let (data, cpu, watch) = (app.data.clone(), app.cpu.clone(), progress.clone());
    let tape = app.cpu.blocking(move || tape.parts(&data, BEFORE, &cpu, &watch, &KnownFiles::default())).await??;

    let copied = work.path().join(DATABASE);
    app.store.copy_to(&copied).await?;
    let copy = Store::open(&copied.to_string_lossy()).await?;
    let read = async { Ok::<_, StoreError>((copy.totals().await?, KnownFiles::read(&copy).await?)) }.await;
    let (totals, known) = match read {
        Ok(read) => read,
        Err(error) => {
            copy.close().await;
            return Err(error.into());
        }
    };
    let (data, cpu, watch) = (app.data.clone(), app.cpu.clone(), progress.clone());
    let (tape, mut known) = app
        .cpu
        .blocking(move || {
            let mut tape = tape;
            tape.database(&copied)?;
            Ok::<_, BackupError>((tape.parts(&data, AFTER, &cpu, &watch, &known)?, known))
        })
        .await??;
    known.missing(tape.names());
    let faults = known.faults(&copy, tape.damaged()).await;
    copy.close().await;
    let (faults, redrawn) = (faults?, known.redrawn(&app.blobs, tape.left_out()));
    let marked = faults.clone();
    let counts = app.cpu.blocking(move || tape.finish(marked)).await??;
    std::fs::rename(work.path().join("tar"), out).map_err(at(out))?;
    let Totals { projects, samples, labeled, answers, .. } = totals;
    Ok(BackupReport { files: counts.files, bytes: counts.bytes, projects, samples, labeled, answers, faults, redrawn })
}

/// Where a backup is put together: beside the result, since that is where there is room, and closed to others, since
/// passwords' hashes are in it. It is removed on drop; leftovers of a killed backup are removed by the next one.
struct Work {
    folder: tempfile::TempDir,
    /// Held as long as the backup runs: nobody else sweeps the folder away.
    _lock: std::fs::File,
}

impl Work {
    fn new(beside: &Path) -> Result<Self, BackupError> {
        private::begin();
        sweep(beside);
        let folder = tempfile::Builder::new().prefix(WORK).tempdir_in(beside).map_err(at(beside))?;
        let path = folder.path().join("lock");
        let lock = private::create_new(&path).map_err(at(&path))?;
        // Where a file system has no locks, nothing is swept either.
        let _ = lock.try_lock();
        Ok(Self { folder, _lock: lock })
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// Remove the work folders of backups that were killed.
fn sweep(folder: &Path) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        let ours = entry.file_name().to_str().is_some_and(|name| name.starts_with(WORK)) && path.is_dir();
        let free = ours && std::fs::File::open(path.join("lock")).is_ok_and(|lock| lock.try_lock().is_ok());
        if free && let Err(error) = std::fs::remove_dir_all(&path) {
            tracing::warn!(path = %path.display(), error = &error as &dyn std::error::Error, "a cut-off backup could not be removed");
        }
    }
}

/// Only the database and files inside the known folders; nothing absolute, nothing upwards.
fn may_hold(name: &Path) -> bool {
    use std::path::Component;
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    let first = name.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
    let inside = name.components().count() > 1 && BEFORE.iter().chain(AFTER).any(|part| *part == first);
    plain && (inside || name == Path::new(DATABASE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_outside_the_known_folders_is_unpacked() {
        for good in ["querist.db", "blobs/ab/abc", "rounds/p/3/committee.onnx"] {
            assert!(may_hold(Path::new(good)), "{good}");
        }
        for bad in ["/etc/passwd", "../up", "blobs/../../up", "blobs", "other/file", "querist.db-wal", ""] {
            assert!(!may_hold(Path::new(bad)), "{bad}");
        }
    }

    #[test]
    fn what_a_killed_backup_left_goes_and_a_running_one_stays() {
        let dir = tempfile::tempdir().unwrap();
        let running = Work::new(dir.path()).unwrap();
        let killed = dir.path().join(".querist-backupKilled");
        std::fs::create_dir(&killed).unwrap();
        std::fs::write(killed.join("lock"), "").unwrap();
        let mine = dir.path().join("other");
        std::fs::create_dir(&mine).unwrap();
        sweep(dir.path());
        assert!(running.path().is_dir() && mine.is_dir() && !killed.exists());
    }
}
