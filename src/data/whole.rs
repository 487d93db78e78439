//! Files that are complete or absent: written to a temporary file beside the target, then renamed.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// Prefix of temporary files.
pub const BESIDE: &str = ".tmp";

/// A temporary file beside its target. Dropped before [`Beside::put`], it leaves nothing behind.
#[derive(Debug)]
pub struct Beside {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Beside {
    /// An empty file beside `path`, whose folder must exist.
    ///
    /// # Errors
    /// When the folder cannot be written.
    pub fn new(path: &Path) -> std::io::Result<Self> {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let file = tempfile::Builder::new().prefix(BESIDE).tempfile_in(folder)?;
        Ok(Self { file, path: path.to_owned() })
    }

    pub fn file(&self) -> &File {
        self.file.as_file()
    }

    /// Move it to its target, replacing what is there. With `lasting`, its bytes are flushed to disk first; files that
    /// can be recreated are not worth the wait.
    ///
    /// # Errors
    /// When it cannot be renamed; the previous file is then kept.
    pub fn put(self, lasting: bool) -> std::io::Result<()> {
        if lasting {
            self.file.as_file().sync_data()?;
        }
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Write `path` in one step: a reader never sees half a file, and of two concurrent writers the last wins. With
/// `lasting` as in [`Beside::put`].
///
/// # Errors
/// When the folder or the file cannot be written; the previous file is then kept.
pub fn write_whole(path: &Path, bytes: &[u8], lasting: bool) -> std::io::Result<()> {
    write_with(path, lasting, |file| file.write_all(bytes))
}

/// As [`write_whole`], with the content that `write` produces.
///
/// # Errors
/// As [`write_whole`], and any error of `write`.
pub fn write_with(
    path: &Path,
    lasting: bool,
    write: impl FnOnce(&mut File) -> std::io::Result<()>,
) -> std::io::Result<()> {
    std::fs::create_dir_all(path.parent().unwrap_or(Path::new(".")))?;
    let mut beside = Beside::new(path)?;
    write(beside.file.as_file_mut())?;
    beside.put(lasting)
}
