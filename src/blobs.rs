//! Where the bytes of samples are stored: each file as imported, under the SHA-256 of its content, and what was
//! rendered from it.
//!
//! **Invariant:** no other module knows these paths. Stored files are complete: each is written to a temporary file,
//! then renamed, and an original is on disk before anything refers to it.

use std::fs::{DirEntry, File};
use std::io::{BufReader, Read as _, Result};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use crate::data::{BESIDE, DataDir, Together, write_whole, write_with};

/// One kind of file stored for a content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct BlobPart {
    folder: &'static str,
    ending: &'static str,
}

/// The file as imported.
pub const ORIGINAL: BlobPart = BlobPart { folder: "blobs", ending: "" };
/// Rendered on demand and large, so the total kept is bounded.
const BOUNDED: &str = "views";

impl BlobPart {
    /// Something small that is drawn from the original, and can be drawn again.
    pub const fn drawn(ending: &'static str) -> Self {
        Self { folder: "thumbs", ending }
    }

    /// Something large that is drawn from the original when it is looked at; [`Blobs::trim`] removes what nobody looks at.
    pub const fn bounded(ending: &'static str) -> Self {
        Self { folder: BOUNDED, ending }
    }

    /// Whether [`Blobs::trim`] may remove it.
    pub fn is_bounded(self) -> bool {
        self.folder == BOUNDED
    }

    /// What it is called in the data folder and in a backup: in 256 folders by the content's `hash`, 64 hexadecimal digits.
    pub fn name(self, hash: &str) -> PathBuf {
        Path::new(self.folder).join(hash.get(..2).unwrap_or("__")).join(format!("{hash}{}", self.ending))
    }
}

/// The place of all bytes of samples.
#[derive(Debug, Clone)]
pub enum Blobs {
    /// Files in the data folder.
    Folder(PathBuf),
}

impl Blobs {
    pub fn of(data: &DataDir) -> Self {
        Self::Folder(data.root().to_owned())
    }

    fn path(&self, part: BlobPart, hash: &str) -> PathBuf {
        let Self::Folder(root) = self;
        root.join(part.name(hash))
    }

    /// Store `bytes`, replacing any previous content.
    ///
    /// # Errors
    /// When the disk is full or not writable; the previous file is then kept.
    pub fn put(&self, part: BlobPart, hash: &str, bytes: &[u8]) -> Result<()> {
        write_whole(&self.path(part, hash), bytes, part == ORIGINAL)
    }

    /// As [`Blobs::put`], with the content that `write` produces.
    ///
    /// # Errors
    /// As [`Blobs::put`], and any error of `write`.
    pub fn put_with(&self, part: BlobPart, hash: &str, write: impl FnOnce(&mut File) -> Result<()>) -> Result<()> {
        write_with(&self.path(part, hash), part == ORIGINAL, write)
    }

    /// Many originals that are to be on disk soon, and wait for it together.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn batch(&self) -> Result<BlobBatch<'_>> {
        let Self::Folder(root) = self;
        Ok(BlobBatch { blobs: self, together: Together::below(root)?, put: AtomicBool::new(false) })
    }

    /// All of it.
    ///
    /// # Errors
    /// When it does not exist or cannot be read; the same holds for every method below.
    pub fn get(&self, part: BlobPart, hash: &str) -> Result<Vec<u8>> {
        std::fs::read(self.path(part, hash))
    }

    /// A reader from the start of the file.
    pub fn stream(&self, part: BlobPart, hash: &str) -> Result<BufReader<File>> {
        Ok(BufReader::new(File::open(self.path(part, hash))?))
    }

    /// A file on disk with these bytes, for callers that need a path: `sendfile`, a child process.
    pub fn as_file(&self, part: BlobPart, hash: &str) -> PathBuf {
        self.path(part, hash)
    }

    pub fn exists(&self, part: BlobPart, hash: &str) -> bool {
        self.path(part, hash).exists()
    }

    /// Bytes of it.
    pub fn size(&self, part: BlobPart, hash: &str) -> Result<u64> {
        Ok(std::fs::metadata(self.path(part, hash))?.len())
    }

    /// Whether exactly `bytes` are stored.
    pub fn holds(&self, part: BlobPart, hash: &str, bytes: &[u8]) -> bool {
        let stored = || -> Result<bool> {
            let mut file = File::open(self.path(part, hash))?;
            if file.metadata()?.len() != bytes.len() as u64 {
                return Ok(false);
            }
            let mut stored = Vec::with_capacity(bytes.len());
            file.read_to_end(&mut stored)?;
            Ok(stored == bytes)
        };
        stored().unwrap_or(false)
    }

    /// Remove it.
    pub fn delete(&self, part: BlobPart, hash: &str) -> Result<()> {
        std::fs::remove_file(self.path(part, hash))
    }

    /// Whether it exists; if so, marks it as used now, which [`Blobs::trim`] relies on.
    pub fn touch(&self, part: BlobPart, hash: &str, now: SystemTime) -> bool {
        let Ok(file) = File::open(self.path(part, hash)) else { return false };
        // The age only decides what is removed first.
        let _ = file.set_modified(now);
        true
    }

    /// Total bytes of all bounded files.
    pub fn bounded_bytes(&self) -> Result<u64> {
        Ok(self.bounded()?.iter().map(|file| file.bytes).sum())
    }

    /// Remove bounded files, least recently used first, until at most `keep` bytes are left; returns the bytes left.
    pub fn trim(&self, keep: u64) -> Result<u64> {
        let mut files = self.bounded()?;
        files.sort_by_key(|file| file.used);
        let mut left: u64 = files.iter().map(|file| file.bytes).sum();
        for file in files {
            if left <= keep {
                break;
            }
            std::fs::remove_file(&file.path)?;
            left -= file.bytes;
        }
        Ok(left)
    }

    /// Temporary files left by a process that died.
    pub fn half_written(&self) -> impl Iterator<Item = DirEntry> + use<> {
        let Self::Folder(root) = self;
        let entries = |folder: PathBuf| std::fs::read_dir(folder).into_iter().flatten().flatten();
        let folders = [ORIGINAL.folder, BlobPart::drawn("").folder, BOUNDED].map(|part| root.join(part));
        let files = folders.into_iter().flat_map(entries).flat_map(move |folder| entries(folder.path()));
        files.filter(|file| file.file_name().to_string_lossy().starts_with(BESIDE))
    }

    fn bounded(&self) -> Result<Vec<Bounded>> {
        let Self::Folder(root) = self;
        let mut found = Vec::new();
        for part in std::fs::read_dir(root.join(BOUNDED))? {
            for file in std::fs::read_dir(part?.path())? {
                let file = file?;
                let about = file.metadata()?;
                found.push(Bounded { path: file.path(), bytes: about.len(), used: about.modified()? });
            }
        }
        Ok(found)
    }
}

/// Originals that are flushed to disk together.
///
/// **Invariant:** nothing refers to them before [`BlobBatch::flush`] has returned.
#[derive(Debug)]
pub struct BlobBatch<'a> {
    blobs: &'a Blobs,
    together: Together,
    /// Whether there is anything to wait for.
    put: AtomicBool,
}

impl BlobBatch<'_> {
    /// Where they are put.
    pub fn blobs(&self) -> &Blobs {
        self.blobs
    }

    /// Store an original.
    ///
    /// # Errors
    /// As [`Blobs::put`].
    pub fn put(&self, hash: &str, bytes: &[u8]) -> Result<()> {
        self.put.store(true, Ordering::Relaxed);
        write_whole(&self.blobs.path(ORIGINAL, hash), bytes, Together::EACH)
    }

    /// Wait until all of them are on disk.
    ///
    /// # Errors
    /// When the disk refuses; then any of them may be damaged.
    pub fn flush(self) -> Result<()> {
        if self.put.into_inner() { self.together.flush() } else { Ok(()) }
    }
}

struct Bounded {
    path: PathBuf,
    bytes: u64,
    used: SystemTime,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_is_stored_comes_back_until_it_is_deleted() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::Folder(folder.path().to_owned());
        let hash = "ab".repeat(32);
        assert!(!blobs.exists(ORIGINAL, &hash) && blobs.get(ORIGINAL, &hash).is_err());
        blobs.put(ORIGINAL, &hash, b"bytes").unwrap();
        assert_eq!((blobs.get(ORIGINAL, &hash).unwrap(), blobs.size(ORIGINAL, &hash).unwrap()), (b"bytes".to_vec(), 5));
        assert_eq!(std::io::read_to_string(blobs.stream(ORIGINAL, &hash).unwrap()).unwrap(), "bytes");
        assert!(blobs.holds(ORIGINAL, &hash, b"bytes") && !blobs.holds(ORIGINAL, &hash, b"bytez"));
        assert!(!blobs.exists(BlobPart::drawn(".jpg"), &hash), "each part is by itself");
        blobs.delete(ORIGINAL, &hash).unwrap();
        assert!(!blobs.exists(ORIGINAL, &hash));
    }

    #[test]
    fn a_batch_is_there_as_one_by_one() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::Folder(folder.path().to_owned());
        let batch = blobs.batch().unwrap();
        batch.put("aa01", b"one").unwrap();
        batch.put("aa02", b"two").unwrap();
        assert!(batch.blobs().holds(ORIGINAL, "aa01", b"one"));
        batch.flush().unwrap();
        assert_eq!(blobs.get(ORIGINAL, "aa02").unwrap(), b"two");
        assert!(Blobs::Folder(folder.path().join("gone")).batch().is_err());
    }

    #[test]
    fn what_was_not_looked_at_for_longest_goes_first() {
        const VIEW: BlobPart = BlobPart::bounded(".fit.jpg");
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::Folder(folder.path().to_owned());
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000);
        let [old, older, new] = ["aa01", "bb02", "aa03"];
        for (hash, age) in [(old, 50), (older, 90), (new, 1)] {
            blobs.put(VIEW, hash, &[0; 100]).unwrap();
            assert!(blobs.touch(VIEW, hash, now - Duration::from_secs(age)));
        }
        assert_eq!(blobs.bounded_bytes().unwrap(), 300);
        assert_eq!(blobs.trim(300).unwrap(), 300);
        assert!(blobs.touch(VIEW, older, now), "looked at again");
        assert_eq!(blobs.trim(250).unwrap(), 200);
        assert_eq!([old, older, new].map(|hash| blobs.exists(VIEW, hash)), [false, true, true]);
        assert!(!blobs.touch(VIEW, old, now));
    }
}
