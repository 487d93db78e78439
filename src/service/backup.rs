//! Backups: one tar with the database and every file it speaks of, taken while the server runs, and the way back.
//!
//! The order of copying is what makes a hot copy consistent. *Embeddings first*: a sample is in the database before it is
//! encoded, so every copied embedding has its sample in the database copied after it. *Then the database*, as it is at one
//! moment. *Then everything else*: pictures, encoders and exports are on disk before a row speaks of them and never change, so
//! what is copied later holds all that the rows need. Rounds newer than the copied database are left out.
//!
//! The tar ends with an entry that counts the others; a backup without it was cut short and is refused. Pictures are checked
//! against the hash that names them.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest as _, Sha256};

use crate::app::App;
use crate::clock::Clock;
use crate::cpu::CutShort;
use crate::data::{DataDir, FolderLock, Held, hex};
use crate::progress::Progress;
use crate::store::standing::Totals;
use crate::store::{Store, StoreError};

const HEAD: &str = "querist-backup.json";
const END: &str = "querist-backup.end.json";
const DATABASE: &str = "querist.db";
/// The first version of this layout.
const FORMAT: u32 = 1;
/// Copied before the database.
const BEFORE: &[&str] = &["embeddings"];
/// Copied after it. `uploads` is left out: what waits there has not been imported yet.
const AFTER: &[&str] = &["encoders", "rounds", "snapshots", "replays", "demo", "thumbs", "blobs"];

#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("`{}` exists; choose another name, or move it away", .0.display())]
    Exists(PathBuf),
    #[error("the database is PostgreSQL; stop the server, back it up with `pg_dump`, and copy the folder `{}` beside it", .0.display())]
    Postgres(PathBuf),
    #[error("the folder `{}` is not empty; restore into a new one with --data", .0.display())]
    NotEmpty(PathBuf),
    #[error("`{}` is no backup of Querist: {reason}", path.display())]
    Foreign { path: PathBuf, reason: String },
    #[error("the backup is cut short; take another one")]
    CutOff,
    #[error("the backup holds {found} files and {found_bytes} bytes instead of {files} and {bytes}; it is damaged")]
    Miscounted { found: u64, found_bytes: u64, files: u64, bytes: u64 },
    #[error("the picture `{0}` in the backup is damaged; take another backup")]
    Damaged(String),
    #[error("the backup was made by a newer Querist (layout {0}); restore it with that version")]
    Newer(u32),
    #[error("`{}` cannot be read or written", path.display())]
    File { path: PathBuf, source: io::Error },
    #[error(transparent)]
    Held(#[from] Held),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

/// The first entry: what a backup says about itself.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
struct Head {
    format: u32,
    version: String,
    made_at: String,
}

/// The last entry: what came before it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
struct Counts {
    files: u64,
    bytes: u64,
}

/// What is in a backup.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Report {
    pub files: u64,
    pub bytes: u64,
    pub projects: i64,
    pub samples: i64,
    pub labeled: i64,
    pub answers: i64,
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { files, bytes, projects, samples, labeled, answers } = self;
        write!(
            f,
            "{projects} projects, {samples} samples, {labeled} labeled, {answers} answers; {files} files, {bytes} bytes"
        )
    }
}

fn at(path: &Path) -> impl FnOnce(io::Error) -> BackupError + '_ {
    move |source| BackupError::File { path: path.to_owned(), source }
}

/// Write everything into the new tar `out`. The server may go on meanwhile; what is answered after the start may be missing.
///
/// # Errors
/// When `out` exists, the database is `PostgreSQL`, or a file cannot be read or written. Then no `out` is left behind.
pub async fn backup(app: &App, out: &Path, progress: &Progress) -> Result<Report, BackupError> {
    if matches!(app.store, Store::Postgres(_)) {
        return Err(BackupError::Postgres(app.data.root().to_owned()));
    }
    if out.exists() {
        return Err(BackupError::Exists(out.to_owned()));
    }
    let folder = out.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Beside the result, since that is where there is room; passwords' hashes are in it, so it is readable by its owner only.
    let work = tempfile::Builder::new().prefix(".querist-backup").tempdir_in(folder).map_err(at(folder))?;
    let head =
        Head { format: FORMAT, version: env!("CARGO_PKG_VERSION").to_owned(), made_at: app.clock.now().rfc3339() };
    let mut tape = Tape::create(&work.path().join("tar"))?;
    tape.text(HEAD, &serde_json::to_string(&head).unwrap_or_default())?;

    let (data, watch) = (app.data.clone(), progress.clone());
    let tape = app.cpu.blocking(move || tape.parts(&data, BEFORE, &watch, &|_| true)).await??;

    let copied = work.path().join(DATABASE);
    app.store.copy_to(&copied).await?;
    let copy = Store::open(&copied.to_string_lossy()).await?;
    let totals = copy.totals().await;
    let newest = copy.newest_rounds().await;
    copy.close().await;
    let (totals, newest) = (totals?, newest?);

    let (data, watch) = (app.data.clone(), progress.clone());
    let counts = app
        .cpu
        .blocking(move || {
            let mut tape = tape;
            tape.file(DATABASE, &copied)?;
            let known = |name: &Path| is_known(name, &newest);
            tape.parts(&data, AFTER, &watch, &known)?.finish()
        })
        .await??;
    std::fs::rename(work.path().join("tar"), out).map_err(at(out))?;
    let Totals { projects, samples, labeled, answers, .. } = totals;
    Ok(Report { files: counts.files, bytes: counts.bytes, projects, samples, labeled, answers })
}

/// Whether the copied database speaks of `rounds/SLUG/NUMBER/…`; other files are known anyway. Of `replays/` the results go
/// along, `SLUG/latest.json`; the folder of one that is under way changes meanwhile and stays out, since it can start anew.
fn is_known(name: &Path, newest: &[(String, i64)]) -> bool {
    let parts: Vec<_> = name.iter().filter_map(|part| part.to_str()).collect();
    let (slug, number) = match parts.as_slice() {
        ["rounds", slug, number, ..] => (slug, number),
        ["replays", _, _, _, ..] => return false,
        _ => return true,
    };
    let newest = newest.iter().find(|(known, _)| known == slug).map_or(0, |(_, number)| *number);
    number.parse::<i64>().is_ok_and(|number| number <= newest)
}

/// A tar being written.
struct Tape {
    tar: tar::Builder<io::BufWriter<File>>,
    path: PathBuf,
    counts: Counts,
}

impl Tape {
    fn create(path: &Path) -> Result<Self, BackupError> {
        let file = File::create_new(path).map_err(at(path))?;
        Ok(Self { tar: tar::Builder::new(io::BufWriter::new(file)), path: path.to_owned(), counts: Counts::default() })
    }

    fn text(&mut self, name: &str, text: &str) -> Result<(), BackupError> {
        let mut header = header(text.len() as u64);
        self.tar.append_data(&mut header, name, text.as_bytes()).map_err(at(&self.path))
    }

    /// A file as long as it is now; what is appended meanwhile stays behind.
    fn file(&mut self, name: impl AsRef<Path>, path: &Path) -> Result<(), BackupError> {
        let file = match File::open(path) {
            Ok(file) => file,
            // Old committees are removed as new rounds come.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(at(path)(error)),
        };
        let size = file.metadata().map_err(at(path))?.len();
        self.tar.append_data(&mut header(size), name, file.take(size)).map_err(at(path))?;
        self.counts.files += 1;
        self.counts.bytes += size;
        Ok(())
    }

    /// The folders `parts` of the data folder, as far as `wanted` takes their files.
    fn parts(
        mut self,
        data: &DataDir,
        parts: &[&str],
        progress: &Progress,
        wanted: &dyn Fn(&Path) -> bool,
    ) -> Result<Self, BackupError> {
        for part in parts {
            let mut files = Vec::new();
            walk(&data.root().join(part), Path::new(part), &mut files).map_err(at(data.root()))?;
            files.sort();
            let total = files.len() as u64;
            for (done, name) in files.into_iter().enumerate() {
                if wanted(&name) {
                    self.file(&name, &data.root().join(&name))?;
                }
                progress.report(done as u64 + 1, total, part);
            }
        }
        Ok(self)
    }

    fn finish(mut self) -> Result<Counts, BackupError> {
        let counts = self.counts;
        self.text(END, &serde_json::to_string(&counts).unwrap_or_default())?;
        let path = self.path;
        let file = self.tar.into_inner().and_then(|out| out.into_inner().map_err(Into::into)).map_err(at(&path))?;
        file.sync_all().map_err(at(&path))?;
        Ok(counts)
    }
}

fn header(size: u64) -> tar::Header {
    let mut header = tar::Header::new_gnu();
    header.set_size(size);
    header.set_mode(0o600);
    header
}

/// The files below `folder`, named from `name` on; half-written ones (`.…`, `….part`) are passed over.
fn walk(folder: &Path, name: &Path, files: &mut Vec<PathBuf>) -> io::Result<()> {
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    for entry in entries {
        let entry = entry?;
        let kind = entry.file_type()?;
        let file = entry.file_name();
        let name = name.join(&file);
        if kind.is_dir() {
            walk(&entry.path(), &name, files)?;
        } else if kind.is_file()
            && !file.to_string_lossy().starts_with('.')
            && name.extension() != Some("part".as_ref())
        {
            files.push(name);
        }
    }
    Ok(())
}

/// Unpack the backup `from` into the new or empty folder `into`. The database comes last, so a restore that was cut short is
/// never taken for a whole one; until then a mark in the folder keeps servers out, and the lock that comes back other restores.
///
/// # Errors
/// When the folder holds anything, or the backup is foreign, cut short or damaged.
pub fn unpack(from: &Path, into: &Path, progress: &Progress) -> Result<FolderLock, BackupError> {
    // Before anything is made: a mistyped name leaves nothing behind.
    let file = File::open(from).map_err(at(from))?;
    match std::fs::read_dir(into).map(|mut entries| entries.next().is_some()) {
        Ok(true) => return Err(BackupError::NotEmpty(into.to_owned())),
        Ok(false) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => std::fs::create_dir_all(into).map_err(at(into))?,
        Err(error) => return Err(at(into)(error)),
    }
    let alone = FolderLock::take(into, "querist restore", Clock::System.now())?;
    DataDir::restoring(into).map_err(at(into))?;
    let foreign = |reason: &str| BackupError::Foreign { path: from.to_owned(), reason: reason.to_owned() };
    let mut tar = tar::Archive::new(io::BufReader::with_capacity(1 << 20, file));
    let mut entries = tar.entries().map_err(at(from))?;

    let mut first = match entries.next() {
        Some(Ok(entry)) => entry,
        Some(Err(error)) => return Err(foreign(&error.to_string())),
        None => return Err(foreign("it is empty")),
    };
    if first.path().map_err(at(from))?.as_ref() != Path::new(HEAD) {
        return Err(foreign("it does not begin with its own description"));
    }
    let head: Head =
        serde_json::from_str(&text_of(&mut first).map_err(at(from))?).map_err(|error| foreign(&error.to_string()))?;
    if head.format > FORMAT {
        return Err(BackupError::Newer(head.format));
    }

    let waiting = into.join("querist.db.part");
    let mut counts = Counts::default();
    for entry in entries {
        let mut entry = entry.map_err(|_| BackupError::CutOff)?;
        let name = entry.path().map_err(at(from))?.into_owned();
        if name == Path::new(END) {
            let text = text_of(&mut entry).map_err(|_| BackupError::CutOff)?;
            let said: Counts = serde_json::from_str(&text).map_err(|error| foreign(&error.to_string()))?;
            if said != counts {
                let (Counts { files: found, bytes: found_bytes }, Counts { files, bytes }) = (counts, said);
                return Err(BackupError::Miscounted { found, found_bytes, files, bytes });
            }
            if !waiting.is_file() {
                return Err(foreign("it holds no database"));
            }
            std::fs::rename(&waiting, into.join(DATABASE)).map_err(at(into))?;
            DataDir::restored(into).map_err(at(into))?;
            return Ok(alone);
        }
        if entry.header().entry_type() != tar::EntryType::Regular || !may_hold(&name) {
            return Err(foreign(&format!("it holds `{}`", name.display().to_string().escape_debug())));
        }
        let path = if name == Path::new(DATABASE) { waiting.clone() } else { into.join(&name) };
        counts.bytes += restore_file(&mut entry, &name, &path)?;
        counts.files += 1;
        progress.report(counts.files, 0, "files restored");
    }
    Err(BackupError::CutOff)
}

/// Only the database and files inside the known folders; nothing absolute, nothing upwards.
fn may_hold(name: &Path) -> bool {
    let plain = name.components().all(|part| matches!(part, Component::Normal(_)));
    let first = name.iter().next().and_then(|part| part.to_str()).unwrap_or_default();
    let inside = name.components().count() > 1 && BEFORE.iter().chain(AFTER).any(|part| *part == first);
    plain && (inside || name == Path::new(DATABASE))
}

fn text_of(entry: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    entry.take(1 << 20).read_to_string(&mut text)?;
    Ok(text)
}

fn restore_file(entry: &mut tar::Entry<'_, impl Read>, name: &Path, path: &Path) -> Result<u64, BackupError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let size = entry.size();
    let mut file = File::create_new(path).map_err(at(path))?;
    let mut hash = name.starts_with("blobs").then(Sha256::new);
    let mut buffer = vec![0; 1 << 16];
    let mut copied = 0;
    loop {
        let n = entry.read(&mut buffer).map_err(|_| BackupError::CutOff)?;
        if n == 0 {
            break;
        }
        if let Some(hash) = &mut hash {
            hash.update(&buffer[..n]);
        }
        file.write_all(&buffer[..n]).map_err(at(path))?;
        copied += n as u64;
    }
    if copied != size {
        return Err(BackupError::CutOff);
    }
    if let Some(hash) = hash {
        let hash = hex(&hash.finalize());
        if name.file_name().is_none_or(|name| name != hash.as_str()) {
            return Err(BackupError::Damaged(name.display().to_string()));
        }
    }
    file.sync_all().map_err(at(path))?;
    Ok(copied)
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
    fn rounds_newer_than_the_database_are_left_out() {
        let newest = [("birds".to_owned(), 7)];
        assert!(is_known(Path::new("rounds/birds/7/committee.onnx"), &newest));
        assert!(!is_known(Path::new("rounds/birds/8/committee.onnx"), &newest));
        assert!(!is_known(Path::new("rounds/gone/1/committee.onnx"), &newest));
        assert!(is_known(Path::new("blobs/ab/abc"), &newest));
        assert!(is_known(Path::new("replays/birds/latest.json"), &newest));
        assert!(!is_known(Path::new("replays/birds/31/runs.csv"), &newest));
    }
}
