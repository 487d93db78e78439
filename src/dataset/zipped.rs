//! Zip archives, entry by entry in the order of their directory, without unpacking anything to disk.
//!
//! **Invariant:** as for tar, sizes are counted while reading; an entry that shrinks like a bomb is refused by name. A name
//! is split at separators only after its letters are known, see [`charset`].

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use super::archive::{Unread, read_entry};
use super::charset::{self, Charset};
use super::container::{Body, EachEntry, Entry, Wants};
use super::{DatasetError, Importer, Reading, Source, SourceLimits, file_name, name};

pub(super) const IMPORTER: Importer = Importer {
    name: "a zip",
    is: |head| head.first.starts_with(b"PK\x03\x04") || head.first.starts_with(b"PK\x05\x06"),
    read: Reading::Files(walk),
};

/// Hand over the files of a zip.
fn walk(path: &Path, limits: &SourceLimits, wants: Wants, each: EachEntry) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    let broken = |entries, reason: String| DatasetError::Broken { archive: file_name(path), entries, reason };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(0, error.to_string()))?;
    if archive.has_duplicate_names() {
        // Readers see only one of them, and which one varies.
        return Err(broken(0, "two of its entries have the same name".to_owned()));
    }
    let names: Vec<Vec<u8>> = archive.file_names_raw().map(<[u8]>::to_vec).collect();
    let charset = Charset::of(names.iter().map(Vec::as_slice));
    let mut total = 0;
    for (index, raw) in names.iter().enumerate() {
        let entry = match (charset.decode(raw), archive.by_index(index)) {
            (_, Ok(entry)) if entry.is_dir() || raw.ends_with(b"\\") => continue,
            (None, _) => Entry::refused(name::escaped(raw), charset::UNKNOWN),
            (Some(own), Ok(mut entry)) => read(own, &mut entry, limits, wants),
            // One entry that cannot be read (encrypted, an unknown method) does not spoil the others.
            (Some(own), Err(error)) => Entry::refused(own, format!("it could not be read ({error})")),
        };
        if let Body::File(Source::Bytes(bytes)) = &entry.body {
            total += bytes.len() as u64;
            if total > limits.total_bytes {
                return Err(DatasetError::TooLarge(file_name(path)));
            }
        }
        if each(entry).is_break() {
            break;
        }
    }
    Ok(())
}

fn read<R: std::io::Read>(
    raw: String,
    entry: &mut zip::read::ZipFile<'_, R>,
    limits: &SourceLimits,
    wants: Wants,
) -> Entry {
    let own = match name::safe(&raw) {
        Ok(own) => own,
        Err(reason) => return Entry::refused(raw, reason),
    };
    if let (Some(reason), false) = (limits.contents.passed_over(&own), limits.contents.is_table(&own)) {
        return Entry::passed_over(own, reason);
    }
    if entry.is_symlink() {
        return Entry::refused(own, "it is a link; pack the file itself");
    }
    if name::is_archive(&own) {
        return Entry::refused(own, "it is an archive inside an archive; import it on its own");
    }
    if !wants(&own) {
        return Entry { name: own, body: Body::File(Source::Bytes(Vec::new())) };
    }
    // The header's claim is enough to refuse, never enough to accept.
    let packed = entry.compressed_size().max(1);
    let most = if entry.size().max(packed) < 1 << 20 { limits.entry_bytes.min(1 << 20) } else { limits.entry_bytes };
    let most = most.min(packed.saturating_mul(limits.ratio).max(1 << 20));
    match read_entry(entry, &SourceLimits { entry_bytes: most, ..*limits }) {
        Ok(bytes) => Entry { name: own, body: Body::File(Source::Bytes(bytes)) },
        Err(Unread::Refused(_)) if most < limits.entry_bytes => {
            Entry::refused(own, "it unpacks to far more than samples do, as a bomb would; import the file itself")
        }
        Err(Unread::Refused(reason)) => Entry::refused(own, reason),
        Err(Unread::Ends(error)) => Entry::refused(own, format!("it is damaged ({error}); pack it again")),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use crate::dataset::testing::{collect, labels_of};
    use crate::dataset::{DatasetError, LabelsFrom, Source, SourceLimits};

    fn zip_of(entries: &[(&str, &[u8])]) -> tempfile::NamedTempFile {
        let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in entries {
            zip.start_file(*name, SimpleFileOptions::default()).unwrap();
            zip.write_all(bytes).unwrap();
        }
        let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        file.write_all(&zip.finish().unwrap().into_inner()).unwrap();
        file
    }

    #[test]
    fn hostile_entries_are_refused_by_name_and_the_rest_go_in() {
        let file = zip_of(&[
            ("cat/a.jpg", b"a"),
            ("../evil.jpg", b"e"),
            ("/abs.jpg", b"e"),
            ("in/inner.tar.gz", b"z"),
            ("__MACOSX/cat/a.jpg", b"m"),
            ("dog\\b.jpg", b"b"),
        ]);
        let got = collect(file.path(), &SourceLimits::default(), LabelsFrom::Folder);
        got.done.unwrap();
        let (found, refused) = (got.found, got.refused);
        assert_eq!(labels_of(&found), ["cat/a.jpg cat", "dog/b.jpg dog"]);
        assert_eq!(got.passed[0].name, "__MACOSX/cat/a.jpg");
        assert_eq!(found[0].source, Source::Bytes(b"a".to_vec()));
        let names: Vec<_> = refused.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["../evil.jpg", "/abs.jpg", "in/inner.tar.gz"]);
    }

    #[test]
    fn a_bomb_is_refused_by_name_and_its_neighbours_go_in() {
        let file = zip_of(&[("bomb.bmp", &vec![0; 32 << 20]), ("a.jpg", b"a")]);
        let got = collect(file.path(), &SourceLimits::default(), LabelsFrom::Nowhere);
        got.done.unwrap();
        let (found, refused) = (got.found, got.refused);
        assert_eq!((found.len(), refused.len(), refused[0].name.as_str()), (1, 1, "bomb.bmp"));
        assert!(refused[0].reason.contains("bomb"), "{}", refused[0].reason);
    }

    #[test]
    fn a_truncated_zip_is_an_error_and_a_damaged_entry_a_refusal() {
        let whole = std::fs::read(zip_of(&[("a.jpg", &[7; 500]), ("b.jpg", b"b")]).path()).unwrap();
        let mut cut = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        cut.write_all(&whole[..whole.len() / 2]).unwrap();
        assert!(matches!(
            collect(cut.path(), &SourceLimits::default(), LabelsFrom::Nowhere).done,
            Err(DatasetError::Broken { .. })
        ));
        let mut spoiled = whole;
        spoiled[38] ^= 0xff;
        let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        file.write_all(&spoiled).unwrap();
        let got = collect(file.path(), &SourceLimits::default(), LabelsFrom::Nowhere);
        got.done.unwrap();
        let (found, refused) = (got.found, got.refused);
        assert_eq!((found.len(), refused[0].name.as_str()), (1, "a.jpg"));
    }
}
