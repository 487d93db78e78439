//! One server at a time in a data folder.
//!
//! The lock is the operating system's: it is released when its process ends, however that happens, so it is never
//! stale.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::domain::Timestamp;

const LOCK: &str = "querist.lock";

/// Held as long as this lives.
#[derive(Debug)]
pub struct FolderLock {
    _file: File,
}

/// Why a folder could not be locked.
#[derive(Debug, thiserror::Error)]
pub enum Held {
    #[error(
        "the data folder `{}` is in use by {holder}; stop that first, or give another folder with --data",
        folder.display()
    )]
    By { folder: PathBuf, holder: String },
    #[error("the data folder `{}` cannot be used", folder.display())]
    Io { folder: PathBuf, source: std::io::Error },
}

impl FolderLock {
    /// The file that is locked.
    pub fn file(root: &Path) -> PathBuf {
        root.join(LOCK)
    }

    /// What holds the lock on `root`, by the name it gave; `None` when nothing does, or when that is unknown.
    pub fn holder(root: &Path) -> Option<String> {
        let path = Self::file(root);
        let file = File::open(&path).ok()?;
        match file.try_lock_shared() {
            Err(TryLockError::WouldBlock) => Some(std::fs::read_to_string(&path).unwrap_or_default().trim().to_owned()),
            _ => None,
        }
    }

    /// Lock the folder `root`, as `who` (`querist serve`).
    ///
    /// # Errors
    /// [`Held::By`] with the holder, [`Held::Io`] when the folder cannot be written.
    pub fn take(root: &Path, who: &str, now: Timestamp) -> Result<Self, Held> {
        let folder = || root.to_owned();
        let io = |source| Held::Io { folder: folder(), source };
        let path = Self::file(root);
        let mut file =
            OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path).map_err(io)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let said = std::fs::read_to_string(&path).unwrap_or_default();
                let holder = if said.trim().is_empty() { "another program".to_owned() } else { said.trim().to_owned() };
                return Err(Held::By { folder: folder(), holder });
            }
            Err(TryLockError::Error(source)) => return Err(io(source)),
        }
        let said = format!("`{who}`, process {}, since {}\n", std::process::id(), now.rfc3339());
        file.set_len(0).and_then(|()| file.rewind()).and_then(|()| file.write_all(said.as_bytes())).map_err(io)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_is_told_who_was_first_until_that_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let first = FolderLock::take(folder.path(), "querist serve", Timestamp(0)).unwrap();
        let second = FolderLock::take(folder.path(), "querist demo", Timestamp(1)).unwrap_err().to_string();
        let me = format!("`querist serve`, process {}, since 1970-01-01T00:00:00", std::process::id());
        assert!(second.contains(&me), "{second}");
        assert!(second.contains(&FolderLock::holder(folder.path()).unwrap()));
        drop(first);
        assert_eq!(FolderLock::holder(folder.path()), None);
        FolderLock::take(folder.path(), "querist demo", Timestamp(1)).unwrap();
    }
}
