//! Zip archives, entry by entry in the order of their directory, without unpacking anything to disk.
//!
//! **Invariant:** as for tar, sizes are counted while reading; an entry that shrinks like a bomb is refused by name.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use zip::ZipArchive;

use super::archive::{Unread, read_entry};
use super::{DatasetError, Each, Found, Item, Limits, Source, file_name, found, name};

/// Visit a zip.
pub fn visit(path: &Path, limits: &Limits, each: Each) -> Result<(), DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    let broken = |entries, error: zip::result::ZipError| DatasetError::Broken {
        archive: file_name(path),
        entries,
        reason: error.to_string(),
    };
    let mut archive = ZipArchive::new(BufReader::new(file)).map_err(|error| broken(0, error))?;
    let mut total = 0;
    let mut go = each(Item::Total(archive.len() as u64));
    for index in 0..archive.len() {
        if go.is_break() {
            break;
        }
        let item = match archive.by_index(index) {
            Ok(mut entry) => match read(&mut entry, limits) {
                Some(item) => item,
                None => continue,
            },
            // One entry that cannot be read (encrypted, an unknown method) does not spoil the others.
            Err(error) => Item::refused(format!("entry {}", index + 1), format!("it could not be read ({error})")),
        };
        if let Item::Found(Found { source: Source::Bytes(bytes), .. }) = &item {
            total += bytes.len() as u64;
            if total > limits.total_bytes {
                return Err(DatasetError::TooLarge(file_name(path)));
            }
        }
        go = each(item);
    }
    Ok(())
}

/// One entry as an item; `None` for what is passed over.
fn read<R: std::io::Read>(entry: &mut zip::read::ZipFile<'_, R>, limits: &Limits) -> Option<Item> {
    if entry.is_dir() {
        return None;
    }
    let raw = entry
        .name()
        .map_or_else(|_| String::from_utf8_lossy(entry.name_raw()).into_owned(), std::borrow::Cow::into_owned);
    let own = match name::safe(&raw) {
        Ok(own) if name::passed_over(&own) => return None,
        Ok(own) => own,
        Err(reason) => return Some(Item::refused(raw, reason)),
    };
    if entry.is_symlink() {
        return Some(Item::refused(own, "it is a link; pack the file itself"));
    }
    if name::is_archive(&own) {
        return Some(Item::refused(own, "it is an archive inside an archive; import it on its own"));
    }
    // What the header promises is enough to refuse, never enough to accept.
    let packed = entry.compressed_size().max(1);
    let most = if entry.size().max(packed) < 1 << 20 { limits.entry_bytes.min(1 << 20) } else { limits.entry_bytes };
    let most = most.min(packed.saturating_mul(limits.ratio).max(1 << 20));
    match read_entry(entry, &Limits { entry_bytes: most, ..*limits }) {
        Ok(bytes) => Some(Item::Found(found(own, Source::Bytes(bytes)))),
        Err(Unread::Refused(_)) if most < limits.entry_bytes => {
            Some(Item::refused(own, "it unpacks to far more than pictures do, as a bomb would; import the file itself"))
        }
        Err(Unread::Refused(reason)) => Some(Item::refused(own, reason)),
        Err(Unread::Ends(error)) => Some(Item::refused(own, format!("it is damaged ({error}); pack it again"))),
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Write as _};

    use zip::write::SimpleFileOptions;

    use crate::dataset::testing::collect;
    use crate::dataset::{DatasetError, Limits, Source};

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
        let (found, refused, done) = collect(file.path(), &Limits::default(), None);
        done.unwrap();
        let seen: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.folder_label.as_deref())).collect();
        assert_eq!(seen, [("cat/a.jpg", Some("cat")), ("dog/b.jpg", Some("dog"))]);
        assert_eq!(found[0].source, Source::Bytes(b"a".to_vec()));
        let names: Vec<_> = refused.iter().map(|r| r.name.as_str()).collect();
        assert_eq!(names, ["../evil.jpg", "/abs.jpg", "in/inner.tar.gz"]);
    }

    #[test]
    fn a_bomb_is_refused_by_name_and_its_neighbours_go_in() {
        let file = zip_of(&[("bomb.bmp", &vec![0; 32 << 20]), ("a.jpg", b"a")]);
        let (found, refused, done) = collect(file.path(), &Limits::default(), None);
        done.unwrap();
        assert_eq!((found.len(), refused.len(), refused[0].name.as_str()), (1, 1, "bomb.bmp"));
        assert!(refused[0].reason.contains("bomb"), "{}", refused[0].reason);
    }

    #[test]
    fn a_truncated_zip_is_an_error_and_a_damaged_entry_a_refusal() {
        let whole = std::fs::read(zip_of(&[("a.jpg", &[7; 500]), ("b.jpg", b"b")]).path()).unwrap();
        let mut cut = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        cut.write_all(&whole[..whole.len() / 2]).unwrap();
        assert!(matches!(collect(cut.path(), &Limits::default(), None).2, Err(DatasetError::Broken { .. })));
        let mut spoiled = whole;
        spoiled[38] ^= 0xff;
        let mut file = tempfile::Builder::new().suffix(".zip").tempfile().unwrap();
        file.write_all(&spoiled).unwrap();
        let (found, refused, done) = collect(file.path(), &Limits::default(), None);
        done.unwrap();
        assert_eq!((found.len(), refused[0].name.as_str()), (1, "a.jpg"));
    }
}
