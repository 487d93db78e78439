//! A folder on disk: a tree with one folder per class, or a flat one.
//!
//! **Invariant:** a link never leads outside the folder, and a link to a folder is never followed, so a walk ends.

use std::path::{Path, PathBuf};

use super::container::{Body, EachEntry, Entry, Walk};
use super::{Contents, DatasetError, Importer, Reading, Source, name};
use crate::domain::text;

pub(super) const IMPORTER: Importer =
    Importer { name: "a folder", is: |head| head.is_folder, read: Reading::Files(WALK) };

pub(super) const WALK: Walk = |root, limits, _, each| walk(root, limits.contents, each);

/// A folder that is still to be read.
struct Below {
    path: PathBuf,
    /// Its name below the root with a `/` behind; empty for the root.
    prefix: String,
    /// Whether its name is text on this system and elsewhere.
    readable: bool,
}

/// Hand over the files of `root` in the order of their names.
pub fn walk(root: &Path, contents: Contents, each: EachEntry) -> Result<(), DatasetError> {
    let inside = root.canonicalize().map_err(DatasetError::io(root))?;
    let mut found: Vec<Entry> = Vec::new();
    let mut folders = vec![Below { path: inside.clone(), prefix: String::new(), readable: true }];
    while let Some(folder) = folders.pop() {
        let entries = match std::fs::read_dir(&folder.path) {
            Ok(entries) => entries,
            // The root must be readable; a folder below it that is not is one thing refused.
            Err(error) if folder.prefix.is_empty() => return Err(DatasetError::io(&folder.path)(error)),
            Err(error) => {
                found.push(Entry::refused(folder.prefix, format!("the folder could not be read ({error})")));
                continue;
            }
        };
        for entry in entries {
            let entry = entry.map_err(DatasetError::io(&folder.path))?;
            let raw = entry.file_name();
            let (own, readable) = match raw.to_str() {
                Some(own) => (text::composed(own), folder.readable),
                None => (name::escaped(raw.as_encoded_bytes()), false),
            };
            let own = format!("{}{own}", folder.prefix);
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    folders.push(Below { path: entry.path(), prefix: format!("{own}/"), readable });
                }
                Ok(kind) => found.push(look(&inside, contents, entry.path(), kind, own, readable)),
                Err(error) => found.push(Entry::refused(own, format!("it could not be looked at ({error})"))),
            }
        }
    }
    found.sort_by(|a, b| a.name.cmp(&b.name));
    for entry in found {
        if each(entry).is_break() {
            break;
        }
    }
    Ok(())
}

fn look(
    inside: &Path,
    contents: Contents,
    path: PathBuf,
    kind: std::fs::FileType,
    own: String,
    readable: bool,
) -> Entry {
    if let Some(reason) = contents.passed_over(&own) {
        // The table's path is passed too: it may be what names the pictures.
        let table = readable && kind.is_file() && contents.is_table(&own);
        return if table {
            Entry { name: own, body: Body::File(Source::Path(path)) }
        } else {
            Entry::passed_over(own, reason)
        };
    }
    if !readable {
        return Entry::refused(own, "its name is not UTF-8; rename the file or its folder");
    }
    if name::is_archive(&own) {
        return Entry::refused(own, "it is an archive inside the folder; import it on its own");
    }
    if kind.is_file() {
        return Entry { name: own, body: Body::File(Source::Path(path)) };
    }
    if !kind.is_symlink() {
        return Entry::refused(own, "it is not a plain file; remove it");
    }
    match path.canonicalize() {
        Ok(target) if !target.starts_with(inside) => {
            Entry::refused(own, "it is a link that leaves the folder; copy the file in")
        }
        Ok(target) if target.is_file() => Entry { name: own, body: Body::File(Source::Path(target)) },
        Ok(_) => Entry::refused(own, "it is a link to a folder; copy the folder in"),
        Err(_) => Entry::refused(own, "it is a link that leads nowhere; copy the file in"),
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::testing::{collect, labels_of};
    use crate::dataset::{LabelsFrom, Source, SourceLimits};

    #[test]
    fn a_class_tree_gives_sorted_names_with_labels_and_splits() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["x/train/cat/b.jpg", "x/train/cat/a.jpg", "dog/c.jpg", "flat.jpg", ".git/d.jpg", "README.md"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Folder);
        got.done.unwrap();
        assert!(got.refused.is_empty());
        assert_eq!(
            labels_of(&got.found),
            ["dog/c.jpg dog", "flat.jpg -", "x/train/cat/a.jpg cat", "x/train/cat/b.jpg cat"]
        );
        let passed: Vec<_> = got.passed.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(passed, [".git/d.jpg", "README.md"]);
        assert_eq!(got.found[2].metadata.get("split").map(String::as_str), Some("train"));
    }

    #[cfg(unix)]
    #[test]
    fn links_that_leave_the_folder_are_refused_and_links_inside_are_followed() {
        let outside = tempfile::tempdir().unwrap();
        std::fs::write(outside.path().join("secret.jpg"), "s").unwrap();
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join("a.jpg"), "a").unwrap();
        let link = |to: &std::path::Path, name: &str| std::os::unix::fs::symlink(to, dir.path().join(name)).unwrap();
        link(&outside.path().join("secret.jpg"), "leaves.jpg");
        link(&dir.path().join("a.jpg"), "inside.jpg");
        link(dir.path(), "loop");
        link(&dir.path().join("nothing"), "dangling.jpg");
        let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Nowhere);
        got.done.unwrap();
        let (found, refused) = (got.found, got.refused);
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.jpg", "inside.jpg"]);
        assert_eq!(refused.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["dangling.jpg", "leaves.jpg", "loop"]);
        assert!(found.iter().all(|f| matches!(&f.source, Source::Path(p) if p.ends_with("a.jpg"))));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn names_that_are_no_text_are_refused_one_by_one() {
        use std::os::unix::ffi::OsStrExt as _;

        let dir = tempfile::tempdir().unwrap();
        for name in [&b"K\xe4fer"[..], b"K\xf6fer"] {
            let folder = dir.path().join(std::ffi::OsStr::from_bytes(name));
            std::fs::create_dir(&folder).unwrap();
            std::fs::write(folder.join("x.jpg"), name).unwrap();
        }
        let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Folder);
        got.done.unwrap();
        assert!(got.found.is_empty());
        let names: Vec<_> = got.refused.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, ["K\\xe4fer/x.jpg", "K\\xf6fer/x.jpg"]);
    }
}
