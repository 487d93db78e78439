//! Restoring a backup into a new data folder.
//!
//! **Invariant:** the database is put in place last, so a restore that was cut short is never taken for a whole one;
//! damaged files are set aside where the server never reads them, and named.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::{BackupError, BackupFault, Counts, DATABASE, END, FORMAT, HEAD, SUMS, at, may_hold};
use crate::blobs::ORIGINAL;
use crate::clock::Clock;
use crate::data::{DataDir, FolderLock, Together, hex, private};
use crate::domain::Stage;
use crate::modality::image::{Image, SMALL};
use crate::progress::Progress;
use crate::service::App;
use crate::service::exchange::importing::keeping;

/// The report of a restore.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Restored {
    pub files: u64,
    pub bytes: u64,
    /// What was damaged or missing when the backup was taken, and what has been damaged in it since.
    pub faults: Vec<BackupFault>,
}

/// Unpack the backup `from` into the new or empty folder `into`. Damaged files are set aside in its folder `damaged`
/// and are not an error; the report names them. No other process can use the folder while the lock lives.
///
/// # Errors When the folder holds anything, or the backup is foreign or truncated, or its database is damaged, or
/// `progress` is stopped. Then nothing that was unpacked stays.
pub fn unpack(from: &Path, into: &Path, progress: &Progress) -> Result<(Restored, FolderLock), BackupError> {
    let foreign = |reason: &str| BackupError::Foreign { path: from.to_owned(), reason: reason.to_owned() };
    if from.is_dir() {
        return Err(foreign("it is a folder; name the tar that `querist backup` wrote"));
    }
    let mut file = File::open(from).map_err(at(from))?;
    if let Some(reason) = strange(&mut file).map_err(at(from))? {
        return Err(foreign(reason));
    }
    let data = DataDir::for_restore(into);
    let mut place = Place::new(&data)?;
    let alone = FolderLock::take(into, "querist restore", Clock::System.now())?;
    let restored = read(from, file, &data, progress)?;
    std::fs::rename(data.unfinished(), data.database()).map_err(at(into))?;
    place.done = true;
    Ok((restored, alone))
}

/// What a file that cannot be a backup is, by its first bytes.
fn strange(file: &mut File) -> io::Result<Option<&'static str>> {
    use std::io::{Seek as _, SeekFrom};
    let mut head = Vec::new();
    file.take(512).read_to_end(&mut head)?;
    file.seek(SeekFrom::Start(0))?;
    Ok(match head.as_slice() {
        [] => Some("it is empty"),
        [b'P', b'K', 3 | 5 | 7, ..] => Some("it is a zip; a backup is a tar"),
        [0x1f, 0x8b, ..] => Some("it is compressed; unpack it with `gunzip` first"),
        [b'B', b'Z', b'h', ..] | [0xfd, b'7', b'z', b'X', b'Z', ..] | [0x28, 0xb5, 0x2f, 0xfd, ..] => {
            Some("it is compressed; unpack it first")
        }
        head if head.starts_with(b"SQLite format 3\0") => Some(
            "it is a database by itself, without the samples' files; start the server on a folder that holds it as `querist.db`",
        ),
        head if head.get(257..262) != Some(b"ustar") => Some("it is not a tar"),
        _ => None,
    })
}

/// The folder that is being filled. Files of a failed restore are removed again.
struct Place<'a> {
    data: &'a DataDir,
    made: bool,
    done: bool,
}

impl<'a> Place<'a> {
    fn new(data: &'a DataDir) -> Result<Self, BackupError> {
        let into = data.root();
        let made = match std::fs::read_dir(into).map(|mut entries| entries.next().is_some()) {
            Ok(true) => return Err(BackupError::NotEmpty(into.to_owned())),
            Ok(false) => false,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(into).map_err(at(into))?;
                true
            }
            Err(_) if into.is_file() => return Err(BackupError::NotAFolder(into.to_owned())),
            Err(error) => return Err(at(into)(error)),
        };
        private::tighten_folder(into);
        // From here to the end, the folder does not count as a server's.
        private::create_new(&data.unfinished()).map_err(at(into))?;
        Ok(Self { data, made, done: false })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let root = self.data.root();
        // The mark is removed last: if interrupted, the folder still does not count as a server's.
        for entry in std::fs::read_dir(root).into_iter().flatten().flatten().filter(|entry| entry.path().is_dir()) {
            let _ = std::fs::remove_dir_all(entry.path());
        }
        let _ = std::fs::remove_file(FolderLock::file(root));
        let _ = std::fs::remove_file(self.data.unfinished());
        if self.made {
            let _ = std::fs::remove_dir(root);
        }
    }
}

/// A file that was unpacked.
struct Unpacked {
    name: PathBuf,
    sum: [u8; 32],
}

fn read(from: &Path, file: File, data: &DataDir, progress: &Progress) -> Result<Restored, BackupError> {
    let foreign = |reason: &str| BackupError::Foreign { path: from.to_owned(), reason: reason.to_owned() };
    let whole = file.metadata().map_err(at(from))?.len().max(1);
    let mut tar = tar::Archive::new(io::BufReader::with_capacity(1 << 20, file));
    let mut entries = tar.entries().map_err(at(from))?;
    let Some(Ok(mut first)) = entries.next() else { return Err(foreign("it is not a tar that can be read")) };
    if first.path().map_err(at(from))?.as_ref() != Path::new(HEAD) {
        return Err(foreign("it does not begin with its own description"));
    }
    let head: super::Head =
        serde_json::from_str(&text_of(&mut first).map_err(at(from))?).map_err(|error| foreign(&error.to_string()))?;
    if head.format > FORMAT {
        return Err(BackupError::Newer(head.format));
    }
    let together = Together::below(data.root()).map_err(at(data.root()))?;
    let mut counts = Counts::default();
    let (mut unpacked, mut sums) = (Vec::new(), None);
    let mut database = false;
    for entry in entries {
        let mut entry = entry.map_err(|_| BackupError::CutOff)?;
        let name = entry.path().map_err(at(from))?.into_owned();
        if name == Path::new(END) {
            let text = text_of(&mut entry).map_err(|_| BackupError::CutOff)?;
            let said: Counts = serde_json::from_str(&text).map_err(|error| foreign(&error.to_string()))?;
            if (said.files, said.bytes) != (counts.files, counts.bytes) {
                let (Counts { files: found, bytes: found_bytes, .. }, Counts { files, bytes, .. }) = (counts, said);
                return Err(BackupError::Miscounted { found, found_bytes, files, bytes });
            }
            if !database {
                return Err(foreign("it holds no database"));
            }
            let faults = put_aside(data, &unpacked, sums.as_ref(), said.faults)?;
            together.flush().map_err(at(data.root()))?;
            return Ok(Restored { files: counts.files, bytes: counts.bytes, faults });
        }
        if name == Path::new(SUMS) {
            sums = Some(read_sums(&mut entry).map_err(|_| BackupError::CutOff)?);
            continue;
        }
        if entry.header().entry_type() != tar::EntryType::Regular || !may_hold(&name) {
            return Err(foreign(&format!("it holds `{}`", name.display().to_string().escape_debug())));
        }
        let is_database = name == Path::new(DATABASE);
        let path = if is_database { data.unfinished() } else { data.root().join(&name) };
        database |= is_database;
        let begins = entry.raw_file_position();
        let (size, sum) = restore_file(&mut entry, &path, is_database, progress)?;
        unpacked.push(Unpacked { name, sum });
        counts.bytes += size;
        counts.files += 1;
        progress.report((begins + size) * 100 / whole, 100, &Stage::RestoringPercent);
    }
    Err(BackupError::CutOff)
}

/// Move what is not what its name or the list says into `damaged`; returns everything that is wrong, in order.
fn put_aside(
    data: &DataDir,
    unpacked: &[Unpacked],
    sums: Option<&HashMap<PathBuf, String>>,
    mut faults: Vec<BackupFault>,
) -> Result<Vec<BackupFault>, BackupError> {
    for Unpacked { name, sum } in unpacked {
        let sum = hex(sum);
        let listed = sums.and_then(|sums| sums.get(name)).is_none_or(|meant| *meant == sum);
        let named = !name.starts_with("blobs") || name.file_name().is_some_and(|name| name == sum.as_str());
        let file = name.display().to_string();
        let told = faults.iter().any(|fault| fault.file == file);
        if listed && named && !told {
            continue;
        }
        if name == Path::new(DATABASE) {
            return Err(BackupError::DamagedDatabase);
        }
        // A small picture is simply made again.
        if name.starts_with("thumbs") {
            std::fs::remove_file(data.root().join(name)).map_err(at(data.root()))?;
            continue;
        }
        let aside = data.damaged().join(name);
        let folder = aside.parent().unwrap_or(data.root());
        std::fs::create_dir_all(folder).map_err(at(folder))?;
        std::fs::rename(data.root().join(name), &aside).map_err(at(&aside))?;
        if !told {
            let what = "it is damaged in the backup; what is left of it is in the folder `damaged`".to_owned();
            faults.push(BackupFault { file, what });
        }
    }
    faults.sort();
    Ok(faults)
}

/// The list of hashes by name.
fn read_sums(entry: &mut impl Read) -> io::Result<HashMap<PathBuf, String>> {
    let mut text = String::new();
    entry.read_to_string(&mut text)?;
    let line = |line: &str| line.split_once("  ").map(|(sum, name)| (PathBuf::from(name), sum.to_owned()));
    Ok(text.lines().filter_map(line).collect())
}

fn text_of(entry: &mut impl Read) -> io::Result<String> {
    let mut text = String::new();
    // Every fault is a line of it; a pool that lost all its pictures has many.
    entry.take(1 << 28).read_to_string(&mut text)?;
    Ok(text)
}

/// Write one file; returns its size and SHA-256.
fn restore_file(
    entry: &mut tar::Entry<'_, impl Read>,
    path: &Path,
    marked: bool,
    progress: &Progress,
) -> Result<(u64, [u8; 32]), BackupError> {
    if let Some(folder) = path.parent() {
        std::fs::create_dir_all(folder).map_err(at(folder))?;
    }
    let size = entry.size();
    // The database's path is already taken by its mark.
    let file = if marked { File::options().write(true).truncate(true).open(path) } else { private::create_new(path) };
    let mut file = file.map_err(at(path))?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0; 1 << 16];
    let mut copied = 0;
    loop {
        if progress.stopped() {
            return Err(BackupError::Stopped);
        }
        let n = entry.read(&mut buffer).map_err(|_| BackupError::CutOff)?;
        if n == 0 {
            break;
        }
        hash.update(&buffer[..n]);
        file.write_all(&buffer[..n]).map_err(at(path))?;
        copied += n as u64;
    }
    if copied != size {
        return Err(BackupError::CutOff);
    }
    if Together::EACH {
        file.sync_all().map_err(at(path))?;
    }
    Ok((copied, hash.finalize().into()))
}

/// Make the small pictures again that a restored folder lacks; returns how many.
///
/// # Errors
/// When the database cannot be read.
pub async fn mend(app: &App, progress: &Progress) -> Result<u64, BackupError> {
    let hashes = app.store.picture_hashes().await?;
    let (blobs, progress) = (app.blobs.clone(), progress.clone());
    let mend = move || -> Result<u64, BackupError> {
        let batch = blobs.batch().map_err(at(Path::new("blobs")))?;
        let lacking: Vec<_> =
            hashes.into_iter().filter(|hash| !blobs.exists(SMALL, hash) && blobs.exists(ORIGINAL, hash)).collect();
        let made = std::sync::atomic::AtomicU64::new(0);
        lacking.par_iter().for_each(|hash| {
            let drawn = blobs.get(ORIGINAL, hash).map_err(|error| error.to_string());
            match drawn.and_then(|bytes| keeping::keep(&batch, &Image, hash, &bytes, false)) {
                Ok(_) => {
                    let done = made.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1;
                    progress.report(done, lacking.len() as u64, &Stage::SmallPictures);
                }
                Err(error) => tracing::warn!(hash, error, "a small picture could not be made"),
            }
        });
        batch.flush().map_err(at(Path::new("blobs")))?;
        Ok(made.into_inner())
    };
    app.cpu.run(mend).await?
}
