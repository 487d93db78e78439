//! Where `--out` goes: a file that is there whole or not at all.

use std::fs::File;
use std::path::{Path, PathBuf};

use anyhow::Context as _;

use crate::data::private;

/// A file that is written beside its place and put there at the end. Dropped before that, it leaves nothing behind.
pub struct Target {
    path: PathBuf,
    part: PathBuf,
}

impl Target {
    pub fn new(path: &Path) -> Self {
        // A device or a pipe is written to, not replaced.
        let special = std::fs::metadata(path).is_ok_and(|about| !about.is_file());
        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = if special { path.to_owned() } else { PathBuf::from(part) };
        Self { path: path.to_owned(), part }
    }

    /// The file to write into, as readable as any other new file of the person who runs the command.
    pub fn open(&self) -> anyhow::Result<File> {
        let file = File::create(&self.part).with_context(|| self.complaint())?;
        private::lend(&file).with_context(|| self.complaint())?;
        Ok(file)
    }

    /// Put what was written in its place.
    pub fn finish(self) -> anyhow::Result<()> {
        if self.part != self.path {
            std::fs::rename(&self.part, &self.path).with_context(|| self.complaint())?;
        }
        Ok(())
    }

    fn complaint(&self) -> String {
        format!("`{}` cannot be written", self.path.display())
    }
}

impl Drop for Target {
    fn drop(&mut self) {
        // After `finish` there is nothing left to remove.
        if self.part != self.path {
            let _ = std::fs::remove_file(&self.part);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn the_old_file_stays_until_the_new_one_is_whole() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.csv");
        std::fs::write(&path, "old").unwrap();
        let target = Target::new(&path);
        target.open().unwrap().write_all(b"half").unwrap();
        drop(target);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "old");
        let target = Target::new(&path);
        target.open().unwrap().write_all(b"new").unwrap();
        target.finish().unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left beside it");
    }

    #[test]
    fn a_device_is_written_to_and_not_replaced() {
        let target = Target::new(Path::new("/dev/null"));
        target.open().unwrap().write_all(b"x").unwrap();
        target.finish().unwrap();
        assert!(!std::fs::metadata("/dev/null").unwrap().is_file());
    }
}
