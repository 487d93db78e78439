//! A folder on disk: a tree with one folder per class, or a flat one.
//!
//! **Invariant:** a link never leads outside the folder, and a link to a folder is never followed, so a walk ends.

use std::path::{Path, PathBuf};

use super::{DatasetError, Each, Item, Source, found, name};

/// Visit the files of `root` in the order of their names.
pub fn visit(root: &Path, each: Each) -> Result<(), DatasetError> {
    let inside = root.canonicalize().map_err(DatasetError::io(root))?;
    let mut items = Vec::new();
    let mut folders = vec![(inside.clone(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            // The root must be readable; a folder below it that is not is one thing refused.
            Err(error) if folder == inside => return Err(DatasetError::io(&folder)(error)),
            Err(error) => {
                items.push((prefix.clone(), Entry::Refused(format!("the folder could not be read ({error})"))));
                continue;
            }
        };
        for entry in entries {
            let entry = entry.map_err(DatasetError::io(&folder))?;
            let path = entry.path();
            let own = super::file_name(&path);
            let own = if prefix.is_empty() { own } else { format!("{prefix}/{own}") };
            if name::passed_over(&own) {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push((path, own)),
                Ok(kind) => items.push((own.clone(), look(&inside, path, kind, &own))),
                Err(error) => items.push((own, Entry::Refused(format!("it could not be looked at ({error})")))),
            }
        }
    }
    items.sort_by(|a, b| a.0.cmp(&b.0));
    let mut go = each(Item::Total(items.len() as u64));
    for (own, entry) in items {
        if go.is_break() {
            break;
        }
        go = each(match entry {
            Entry::File(path) => Item::Found(found(own, Source::Path(path))),
            Entry::Refused(reason) => Item::refused(own, reason),
        });
    }
    Ok(())
}

enum Entry {
    File(PathBuf),
    Refused(String),
}

fn look(inside: &Path, path: PathBuf, kind: std::fs::FileType, own: &str) -> Entry {
    if name::is_archive(own) {
        return Entry::Refused("it is an archive inside the folder; import it on its own".to_owned());
    }
    if kind.is_file() {
        return Entry::File(path);
    }
    if !kind.is_symlink() {
        return Entry::Refused("it is not a plain file; remove it".to_owned());
    }
    match path.canonicalize() {
        Ok(target) if !target.starts_with(inside) => {
            Entry::Refused("it is a link that leaves the folder; copy the file in".to_owned())
        }
        Ok(target) if target.is_file() => Entry::File(target),
        Ok(_) => Entry::Refused("it is a link to a folder; copy the folder in".to_owned()),
        Err(_) => Entry::Refused("it is a link that leads nowhere; copy the file in".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use crate::dataset::testing::collect;
    use crate::dataset::{Limits, Source};

    #[test]
    fn a_class_tree_gives_sorted_names_with_labels_and_splits() {
        let dir = tempfile::tempdir().unwrap();
        for name in ["x/train/cat/b.jpg", "x/train/cat/a.jpg", "dog/c.jpg", "flat.jpg", ".hidden/d.jpg", "README.md"] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, name).unwrap();
        }
        let (found, refused, done) = collect(dir.path(), &Limits::default(), None);
        done.unwrap();
        assert!(refused.is_empty());
        let seen: Vec<_> = found.iter().map(|f| (f.name.as_str(), f.folder_label.as_deref())).collect();
        let cat = Some("cat");
        let expected =
            [("dog/c.jpg", Some("dog")), ("flat.jpg", None), ("x/train/cat/a.jpg", cat), ("x/train/cat/b.jpg", cat)];
        assert_eq!(seen, expected);
        assert_eq!(found[2].metadata.get("split").map(String::as_str), Some("train"));
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
        let (found, refused, done) = collect(dir.path(), &Limits::default(), None);
        done.unwrap();
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.jpg", "inside.jpg"]);
        assert_eq!(refused.iter().map(|r| r.name.as_str()).collect::<Vec<_>>(), ["dangling.jpg", "leaves.jpg", "loop"]);
        assert!(found.iter().all(|f| matches!(&f.source, Source::Path(p) if p.ends_with("a.jpg"))));
    }
}
