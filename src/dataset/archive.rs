//! Tar archives, plain or gzipped, read front to back without unpacking anything to disk.
//!
//! **Invariant:** sizes are counted while reading, never believed from a header.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use flate2::read::MultiGzDecoder;

use super::{DatasetError, Each, Item, Limits, Source, file_name, found, name};

/// Why one entry of an archive did not give its bytes.
pub(super) enum Unread {
    /// The entry is refused for this reason; the archive goes on.
    Refused(String),
    /// The archive itself ends here.
    Ends(std::io::Error),
}

/// Read one entry whole, within the limit.
pub(super) fn read_entry(reader: &mut impl Read, limits: &Limits) -> Result<Vec<u8>, Unread> {
    let mut bytes = Vec::new();
    reader.take(limits.entry_bytes + 1).read_to_end(&mut bytes).map_err(Unread::Ends)?;
    if bytes.len() as u64 > limits.entry_bytes {
        return Err(Unread::Refused(too_large(limits)));
    }
    Ok(bytes)
}

pub(super) fn too_large(limits: &Limits) -> String {
    format!("it is larger than {} MB; make it smaller", limits.entry_bytes >> 20)
}

/// Visit a plain tar.
pub fn visit_tar(path: &Path, limits: &Limits, each: Each) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    visit_entries(path, BufReader::with_capacity(1 << 18, file), limits, each)
}

/// Visit a gzipped tar.
pub fn visit_tar_gz(path: &Path, limits: &Limits, each: Each) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    let packed = Arc::new(AtomicU64::new(0));
    let counted = Counted { inner: BufReader::new(file), read: Arc::clone(&packed) };
    let watched = Watched { inner: MultiGzDecoder::new(counted), packed, unpacked: 0, ratio: limits.ratio };
    visit_entries(path, watched, limits, each)
}

fn visit_entries(path: &Path, reader: impl Read, limits: &Limits, each: Each) -> Result<(), DatasetError> {
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
        let raw = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
        let kind = entry.header().entry_type();
        // Folders and the archive's own records (long names, global headers) are no files.
        if kind.is_dir() || !(kind.is_file() || kind.is_contiguous() || kind.is_symlink() || kind.is_hard_link()) {
            continue;
        }
        let item = match name::safe(&raw) {
            Err(reason) => Item::refused(raw, reason),
            Ok(own) if name::passed_over(&own) => continue,
            Ok(own) if kind.is_symlink() || kind.is_hard_link() => {
                Item::refused(own, "it is a link; pack the file itself")
            }
            Ok(own) if name::is_archive(&own) => {
                Item::refused(own, "it is an archive inside an archive; import it on its own")
            }
            Ok(own) => match read_entry(&mut entry, limits) {
                Ok(bytes) => {
                    total += bytes.len() as u64;
                    if total > limits.total_bytes {
                        return Err(DatasetError::TooLarge(file_name(path)));
                    }
                    Item::Found(found(own, Source::Bytes(bytes)))
                }
                Err(Unread::Refused(reason)) => Item::refused(own, reason),
                Err(Unread::Ends(error)) => return Err(broken(seen, error)),
            },
        };
        if each(item).is_break() {
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
            return Err(std::io::Error::other("it unpacks to far more than pictures do, as a bomb would"));
        }
        Ok(n)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::dataset::testing::collect;

    fn header(name: &[u8], size: u64, kind: tar::EntryType) -> tar::Header {
        let mut header = tar::Header::new_gnu();
        // Written raw, since the builder would refuse the names a hostile archive uses.
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
            let (found, refused, done) = collect(file(&bytes, ending).path(), &Limits::default(), None);
            done.unwrap();
            let labels: Vec<_> = found.iter().map(|f| f.folder_label.as_deref()).collect();
            assert_eq!(labels, [Some("cat"), Some("dog")]);
            let names: Vec<_> = refused.iter().map(|r| r.name.as_str()).collect();
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
        let (found, refused, _) =
            collect(file(&builder.into_inner().unwrap(), ".tar").path(), &Limits::default(), None);
        assert!(found.is_empty());
        assert_eq!(refused[0].name, "a.jpg");
    }

    #[test]
    fn a_truncated_archive_says_after_which_entry_it_broke() {
        let bytes = tar_of(&[("a.jpg", &[1; 2000]), ("b.jpg", &[2; 2000])]);
        let (found, _, done) = collect(file(&bytes[..3600], ".tar").path(), &Limits::default(), None);
        assert_eq!(found.len(), 1);
        assert!(matches!(done, Err(DatasetError::Broken { entries: 2, .. })), "{done:?}");
    }

    #[test]
    fn entries_over_the_limit_are_refused_and_archives_over_it_end() {
        let bytes = tar_of(&[("a.jpg", &[1; 3000]), ("b.jpg", &[2; 10]), ("c.jpg", &[2; 20])]);
        let limits = Limits { entry_bytes: 1000, total_bytes: 15, ratio: 200 };
        let (found, refused, done) = collect(file(&bytes, ".tar").path(), &limits, None);
        assert_eq!((found.len(), refused[0].name.as_str()), (1, "a.jpg"));
        assert!(matches!(done, Err(DatasetError::TooLarge(_))), "{done:?}");
    }

    #[test]
    fn a_gzip_bomb_ends_without_being_unpacked() {
        let bomb = gzip(&tar_of(&[("bomb.bmp", &vec![0; 64 << 20])]));
        let limits = Limits { entry_bytes: 1 << 20, ..Limits::default() };
        let (_, _, done) = collect(file(&bomb, ".tgz").path(), &limits, None);
        assert!(matches!(done, Err(DatasetError::Broken { .. })), "{done:?}");
    }
}
