//! The tar of a backup, being written.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::known::{FileVerdict, KnownFiles};
use super::{BackupError, BackupFault, Counts, DATABASE, END, SUMS, at};
use crate::cpu::Cpu;
use crate::data::{DataDir, hex, private};
use crate::domain::Stage;
use crate::progress::Progress;

/// Small pictures that are checked in parallel.
const TOGETHER: usize = 64;

pub(super) struct Tape {
    tar: tar::Builder<io::BufWriter<File>>,
    path: PathBuf,
    counts: Counts,
    names: HashSet<PathBuf>,
    /// A line for each entry, as `sha256sum` writes them.
    sums: String,
    damaged: Vec<(PathBuf, String)>,
    left_out: usize,
}

impl Tape {
    pub(super) fn create(path: &Path) -> Result<Self, BackupError> {
        let file = private::create_new(path).map_err(at(path))?;
        Ok(Self {
            tar: tar::Builder::new(io::BufWriter::new(file)),
            path: path.to_owned(),
            counts: Counts::default(),
            names: HashSet::new(),
            sums: String::new(),
            damaged: Vec::new(),
            left_out: 0,
        })
    }

    pub(super) fn text(&mut self, name: &str, text: &str) -> Result<(), BackupError> {
        let mut header = header(text.len() as u64);
        self.tar.append_data(&mut header, name, text.as_bytes()).map_err(at(&self.path))
    }

    /// Names of what was copied.
    pub(super) fn names(&self) -> &HashSet<PathBuf> {
        &self.names
    }

    /// Copied files that are damaged, and why.
    pub(super) fn damaged(&self) -> &[(PathBuf, String)] {
        &self.damaged
    }

    /// How many small pictures existed and are better recreated.
    pub(super) fn left_out(&self) -> usize {
        self.left_out
    }

    /// The copy of the database.
    pub(super) fn database(&mut self, path: &Path) -> Result<(), BackupError> {
        let file = File::open(path).map_err(at(path))?;
        let size = file.metadata().map_err(at(path))?.len();
        self.entry(Path::new(DATABASE), size, file)?;
        Ok(())
    }

    /// A file as long as it is now; bytes appended in the meantime are left out. An unreadable file counts as damaged,
    /// and the rest is still copied.
    fn file(&mut self, name: &Path, path: &Path, known: &KnownFiles) -> Result<(), BackupError> {
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let (size, file) = match opened {
            Ok(opened) => opened,
            // Old committees are removed as new rounds come. Files that rows refer to are found missing later.
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => {
                self.names.insert(name.to_owned());
                self.damaged.push((name.to_owned(), format!("it cannot be read ({error})")));
                return Ok(());
            }
        };
        let (sum, unread) = self.entry(name, size, file)?;
        if let Some(error) = unread {
            self.damaged.push((name.to_owned(), format!("it cannot be read to its end ({error})")));
        } else if let FileVerdict::Damaged(what) = known.judge(name, &sum) {
            self.damaged.push((name.to_owned(), what));
        }
        Ok(())
    }

    /// Append exactly `size` bytes of `from`; returns their SHA-256, and why some could not be read.
    fn entry(&mut self, name: &Path, size: u64, from: impl Read) -> Result<(String, Option<io::Error>), BackupError> {
        let mut from = Exactly { from, left: size, hash: Sha256::new(), failed: None };
        self.tar.append_data(&mut header(size), name, &mut from).map_err(at(&self.path))?;
        let sum = hex(&from.hash.finalize());
        let _ = writeln!(self.sums, "{sum}  {}", name.display());
        self.names.insert(name.to_owned());
        self.counts.files += 1;
        self.counts.bytes += size;
        Ok((sum, from.failed))
    }

    /// The folders `parts` of the data folder, as far as `known` wants their files.
    pub(super) fn parts(
        mut self,
        data: &DataDir,
        parts: &[&str],
        cpu: &Cpu,
        progress: &Progress,
        known: &KnownFiles,
    ) -> Result<Self, BackupError> {
        for part in parts {
            let mut files = Vec::new();
            walk(&data.root().join(part), Path::new(part), &mut files).map_err(at(data.root()))?;
            files.retain(|name| known.wants(name));
            files.sort();
            let total = files.len();
            for (group, names) in files.chunks(TOGETHER).enumerate() {
                if progress.stopped() {
                    return Err(BackupError::Stopped);
                }
                let drawn = |name: &PathBuf| !KnownFiles::is_drawn(name) || is_whole(&data.root().join(name));
                let good: Vec<bool> = cpu.install(|| names.par_iter().map(drawn).collect());
                for (name, good) in names.iter().zip(good) {
                    if good {
                        self.file(name, &data.root().join(name), known)?;
                    } else {
                        self.left_out += 1;
                    }
                }
                progress.report(
                    (group * TOGETHER + names.len()) as u64,
                    total as u64,
                    &Stage::Packing((*part).to_owned()),
                );
            }
        }
        Ok(self)
    }

    pub(super) fn finish(mut self, faults: Vec<BackupFault>) -> Result<Counts, BackupError> {
        let sums = std::mem::take(&mut self.sums);
        self.text(SUMS, &sums)?;
        let counts = Counts { faults, ..self.counts.clone() };
        self.text(END, &serde_json::to_string(&counts).unwrap_or_default())?;
        let path = self.path;
        let file = self.tar.into_inner().and_then(|out| out.into_inner().map_err(Into::into)).map_err(at(&path))?;
        file.sync_all().map_err(at(&path))?;
        Ok(counts)
    }
}

fn is_whole(path: &Path) -> bool {
    std::fs::read(path).is_ok_and(|bytes| KnownFiles::judge_drawn(&bytes) == FileVerdict::Good)
}

/// Reads as many bytes as were promised, whatever the disk says: zeros stand for what could not be read, so that one bad
/// file does not spoil the tar around it.
struct Exactly<R> {
    from: R,
    left: u64,
    hash: Sha256,
    failed: Option<io::Error>,
}

impl<R: Read> Read for Exactly<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = buffer.len().min(usize::try_from(self.left).unwrap_or(usize::MAX));
        let buffer = &mut buffer[..most];
        if buffer.is_empty() {
            return Ok(0);
        }
        let n = if self.failed.is_some() {
            Ok(0)
        } else {
            match self.from.read(buffer) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                read => read,
            }
        };
        let n = match n {
            Ok(n) if n > 0 => n,
            ended => {
                self.failed.get_or_insert_with(|| {
                    ended.err().unwrap_or_else(|| io::Error::new(io::ErrorKind::UnexpectedEof, "it became shorter"))
                });
                buffer.fill(0);
                most
            }
        };
        self.hash.update(&buffer[..n]);
        self.left -= n as u64;
        Ok(n)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_ends_early_does_not_spoil_what_follows() {
        let mut exactly = Exactly { from: &b"abc"[..], left: 5, hash: Sha256::new(), failed: None };
        let mut out = Vec::new();
        exactly.read_to_end(&mut out).unwrap();
        assert_eq!(out, b"abc\0\0");
        assert!(exactly.failed.is_some());
        let mut longer = Exactly { from: &b"abcdef"[..], left: 3, hash: Sha256::new(), failed: None };
        let mut out = Vec::new();
        longer.read_to_end(&mut out).unwrap();
        assert_eq!((out.as_slice(), longer.failed.is_none()), (&b"abc"[..], true));
    }
}
