//! Files that are there whole or not at all: written beside their place, then renamed.

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How files begin that are being written beside their place.
pub const BESIDE: &str = ".tmp";

/// A file that is being written beside its place. Dropped before it was put there, it leaves nothing behind.
#[derive(Debug)]
pub struct Beside {
    file: tempfile::NamedTempFile,
    path: PathBuf,
}

impl Beside {
    /// An empty file beside `path`, in a folder that is there.
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

    /// Put it in its place, instead of what is there. With `lasting`, its bytes are on the disk first; what can be made again is
    /// not worth the wait.
    ///
    /// # Errors
    /// When it cannot be renamed; what was there before stays then.
    pub fn put(self, lasting: bool) -> std::io::Result<()> {
        if lasting {
            self.file.as_file().sync_data()?;
        }
        self.file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// Write `path` in one step: a reader never sees half a file, and of two that write at once the last one's is there. With
/// `lasting` as in [`Beside::put`].
///
/// # Errors
/// When the folder or the file cannot be written; the file that was there before stays then.
pub fn write_whole(path: &Path, bytes: &[u8], lasting: bool) -> std::io::Result<()> {
    write_with(path, lasting, |file| file.write_all(bytes))
}

/// As [`write_whole`], with what `write` puts into the file.
///
/// # Errors
/// As [`write_whole`], and what `write` fails with.
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
