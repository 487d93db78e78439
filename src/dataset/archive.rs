//! Tar archives, plain or gzipped, read front to back without unpacking anything to disk.
//!
//! **Invariant:** sizes are counted while reading, never believed from a header.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::container::{Body, EachEntry, Entry, Wants};
use super::{DatasetError, Importer, Reading, Source, SourceLimits, file_name, name};

/// Why an entry's bytes could not be read.
pub(super) enum Unread {
    /// The entry is refused for this reason; the archive goes on.
    Refused(String),
    /// The archive itself ends here.
    Ends(std::io::Error),
}

/// Read one entry whole, within the limit.
pub(super) fn read_entry(reader: &mut impl Read, limits: &SourceLimits) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    reader.take(limits.entry_bytes + 1).read_to_end(&mut bytes).map_err(Unread::Ends)?;
    if bytes.len() as u64 > limits.entry_bytes {
        return Err(Unread::Refused(too_large(limits)));
    }
    Ok(bytes)
}

pub(super) fn too_large(limits: &SourceLimits) -> String {
    format!("it is larger than {} MB; make it smaller", limits.entry_bytes >> 20)
}

pub(super) const TAR: Importer = Importer {
    name: "a tar",
    is: |head| {
        head.first.get(257..262) == Some(b"ustar")
            || (name::ending(&head.name).as_deref() == Some("tar") && head.first.len() == 512)
    },
    read: Reading::Files(walk_tar),
};

pub(super) const TAR_GZ: Importer =
    Importer { name: "a tar.gz", is: |head| head.first.starts_with(&[0x1f, 0x8b]), read: Reading::Files(walk_tar_gz) };

/// Hand over the files of a plain tar.
fn walk_tar(path: &Path, limits: &SourceLimits, wants: Wants, each: EachEntry) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    walk_entries(path, BufReader::with_capacity(1 << 18, file), limits, wants, each)
}

/// Hand over the files of a gzipped tar.
fn walk_tar_gz(path: &Path, limits: &SourceLimits, wants: Wants, each: EachEntry) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    let packed = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: BufReader::new(file), read: Arc::clone(&packed) };
    let watched = Watched { inner: MultiGzDecoder::new(counted), packed, unpacked: 0, ratio: limits.ratio };
    walk_entries(path, watched, limits, wants, each)
}

fn walk_entries(
    path: &Path,
    reader: impl Read,
    limits: &SourceLimits,
    wants: Wants,
    each: EachEntry,
) -> Result<(), DatasetError> {
    let mut archive = tar::Archive::new(reader);
    let (mut seen, mut total) = (0, 0u64);
    let broken = |entries, error: std::io::Error| DatasetError::Broken {
        archive: file_name(path),
        entries,
        reason: error.to_string(),
    };
    for entry in archive.entries().map_err(|error| broken(0, error))? {
        let mut entry = entry.map_err(|error| broken(seen, error))?;
        seen += 1;
        let kind = entry.header().entry_type();
        // Folders and the archive's own records (long names, global headers) are not files.
        if kind.is_dir() || !(kind.is_file() || kind.is_contiguous() || kind.is_symlink() || kind.is_hard_link()) {
            continue;
        }
        let raw = name::escaped(&entry.path_bytes());
        let found = if std::str::from_utf8(&entry.path_bytes()).is_err() {
            Entry::refused(raw, "its name is not UTF-8; pack it again with names in UTF-8")
        } else {
            match name::safe(&raw) {
                Err(reason) => Entry::refused(raw, reason),
                Ok(own) => match limits.contents.passed_over(&own) {
                    Some(reason) if !limits.contents.is_table(&own) => Entry::passed_over(own, reason),
                    _ if kind.is_symlink() || kind.is_hard_link() => {
                        Entry::refused(own, "it is a link; pack the file itself")
                    }
                    _ if name::is_archive(&own) => {
                        Entry::refused(own, "it is an archive inside an archive; import it on its own")
                    }
                    _ if !wants(&own) => Entry { name: own, body: Body::File(Source::Bytes(Vec::new())) },
                    _ => match read_entry(&mut entry, limits) {
                        // The reader takes the end of the file for the end of the entry.
                        Ok(bytes) if (bytes.len() as u64) < entry.size() => {
                            return Err(broken(seen, std::io::Error::other("the file is cut short")));
                        }
                        Ok(bytes) => {
                            total += bytes.len() as u64;
                            if total > limits.total_bytes {
                                return Err(DatasetError::TooLarge(file_name(path)));
                            }
                            Entry { name: own, body: Body::File(Source::Bytes(bytes)) }
                        }
                        Err(Unread::Refused(reason)) => Entry::refused(own, reason),
                        Err(Unread::Ends(error)) => return Err(broken(seen, error)),
                    },
                },
            }
        };
        if each(found).is_break() {
            break;
        }
    }
    Ok(())
}

/// Counts the packed bytes that went through.
struct Counted<R> {
    inner: R,
    read: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.read.fetch_add(n as u64, Ordering::Relaxed);
        Ok(n)
    }
}

/// Ends a stream that unpacks to far more than it was packed from, also while entries are only skipped.
struct Watched<R> {
    inner: R,
    packed: Arc<AtomicU64>,
    unpacked: u64,
    ratio: u64,
}

impl<R: Read> Read for Watched<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let n = self.inner.read(buffer)?;
        self.unpacked += n as u64;
        // Small archives of small files may shrink a lot; harm needs size.
        if self.unpacked > 16 << 20 && self.unpacked / self.packed.load(Ordering::Relaxed).max(1) > self.ratio {
            return Err(std::io::Error::other("it unpacks to far more than samples do, as a bomb would"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::dataset::LabelsFrom;
    use crate::dataset::testing::{collect, labels_of};

    fn header(name: &[u8], size: u64, kind: tar::EntryType) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        // Written raw, since the builder refuses the names a hostile archive uses.
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_size(size);
        header.set_entry_type(kind);
        header.set_mode(0o644);
        header.set_cksum();
        header
    }

    fn tar_of(entries: &[(&str, &[u8])]) -> Vec<u8> {
        let mut builder = tar::Builder::new(Vec::new());
        for (name, bytes) in entries {
            builder.append(&header(name.as_bytes(), bytes.len() as u64, tar::EntryType::Regular), *bytes).unwrap();
        }
        builder.into_inner().unwrap()
    }

    fn file(bytes: &[u8], ending: &str) -> tempfile::NamedTempFile {
        let mut file = tempfile::Builder::new().suffix(ending).tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        out.write_all(bytes).unwrap();
        out.finish().unwrap()
    }

    #[test]
    fn hostile_entries_are_refused_by_name_and_the_rest_go_in() {
        let bytes = tar_of(&[
            ("n/train/cat/a.jpg", b"a"),
            ("../../evil.jpg", b"e"),
            ("/etc/abs.jpg", b"e"),
            ("n/inner.zip", b"z"),
            ("n/README.md", b"r"),
            ("n/train/dog/b.jpg", b"b"),
        ]);
        for (bytes, ending) in [(bytes.clone(), ".tar"), (gzip(&bytes), ".tar.gz")] {
            let got = collect(file(&bytes, ending).path(), &SourceLimits::default(), LabelsFrom::Folder);
            got.done.unwrap();
            assert_eq!(labels_of(&got.found), ["n/train/cat/a.jpg cat", "n/train/dog/b.jpg dog"]);
            assert_eq!(got.passed[0].name, "n/README.md");
            let names: Vec<_> = got.refused.iter().map(|r| r.name.as_str()).collect();
            assert_eq!(names, ["../../evil.jpg", "/etc/abs.jpg", "n/inner.zip"]);
        }
    }

    #[test]
    fn links_are_refused() {
        let mut builder = tar::Builder::new(Vec::new());
        let mut link = header(b"a.jpg", 0, tar::EntryType::Symlink);
        link.set_link_name("/etc/passwd").unwrap();
        link.set_cksum();
        builder.append(&link, &b""[..]).unwrap();
        let file = file(&builder.into_inner().unwrap(), ".tar");
        let got = collect(file.path(), &SourceLimits::default(), LabelsFrom::Nowhere);
        assert!(got.found.is_empty());
        assert_eq!(got.refused[0].name, "a.jpg");
    }

    #[test]
    fn a_truncated_archive_says_after_which_entry_it_broke() {
        let bytes = tar_of(&[("a.jpg", &[1; 2000]), ("b.jpg", &[2; 2000])]);
        let got = collect(file(&bytes[..3600], ".tar").path(), &SourceLimits::default(), LabelsFrom::Folder);
        assert_eq!(got.found.len(), 1);
        assert!(matches!(got.done, Err(DatasetError::Broken { entries: 2, .. })), "{:?}", got.done);
    }

    #[test]
    fn entries_over_the_limit_are_refused_and_archives_over_it_end() {
        let bytes = tar_of(&[("a.jpg", &[1; 3000]), ("b.jpg", &[2; 10]), ("c.jpg", &[2; 20])]);
        let limits = SourceLimits { entry_bytes: 1000, total_bytes: 15, ..SourceLimits::default() };
        let got = collect(file(&bytes, ".tar").path(), &limits, LabelsFrom::Nowhere);
        assert_eq!((got.found.len(), got.refused[0].name.as_str()), (1, "a.jpg"));
        assert!(matches!(got.done, Err(DatasetError::TooLarge(_))), "{:?}", got.done);
    }

    #[test]
    fn a_gzip_bomb_ends_without_being_unpacked() {
        let bomb = gzip(&tar_of(&[("bomb.bmp", &vec![0; 64 << 20])]));
        let limits = SourceLimits { entry_bytes: 1 << 20, ..SourceLimits::default() };
        let got = collect(file(&bomb, ".tgz").path(), &limits, LabelsFrom::Nowhere);
        assert!(matches!(got.done, Err(DatasetError::Broken { .. })), "{:?}", got.done);
    }
}
