//! Many files that wait for the disk together.

use std::fs::File;
use std::io::Result;
use std::path::Path;

/// Files below a folder that are flushed to disk together: that takes a few milliseconds, for one small file as for a thousand.
///
/// Linux can flush a whole file system, and tells if that failed (since 5.8). Elsewhere each file has to be flushed by itself, which
/// whoever writes it finds in [`Together::EACH`].
#[derive(Debug)]
pub struct Together(File);

impl Together {
    /// Whether each file has to be flushed when it is written.
    pub const EACH: bool = cfg!(not(target_os = "linux"));

    /// Opened before anything is written: a disk that fails tells those who had a file open by then.
    ///
    /// # Errors
    /// When the folder cannot be opened.
    pub fn below(folder: &Path) -> Result<Self> {
        File::open(folder).map(Self)
    }

    /// Wait until all that was written is on disk.
    ///
    /// # Errors
    /// When the disk refuses; then any of it may be damaged.
    #[cfg(target_os = "linux")]
    pub fn flush(self) -> Result<()> {
        Ok(rustix::fs::syncfs(&self.0)?)
    }

    /// As on Linux; each file is flushed already.
    ///
    /// # Errors
    /// None.
    #[cfg(not(target_os = "linux"))]
    pub fn flush(self) -> Result<()> {
        Ok(())
    }
}
