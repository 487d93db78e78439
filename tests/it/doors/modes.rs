//! Who may read what is written.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use super::done;
use crate::support::bench::png;

/// Every file and folder below `root`, itself included, with its mode.
fn modes(root: &Path) -> Vec<(PathBuf, u32)> {
    let about = std::fs::symlink_metadata(root).unwrap();
    let mut found = vec![(root.to_owned(), about.permissions().mode() & 0o777)];
    if about.is_dir() {
        for entry in std::fs::read_dir(root).unwrap() {
            found.extend(modes(&entry.unwrap().path()));
        }
    }
    found
}

fn assert_private(root: &Path) {
    let all = modes(root);
    let loose: Vec<_> = all.iter().filter(|(_, mode)| mode & 0o077 != 0).collect();
    assert!(loose.is_empty(), "others may read {loose:?}");
}

fn project_with_pictures(folder: &Path) -> PathBuf {
    let data = folder.join("data");
    let pictures = folder.join("pictures/cat");
    std::fs::create_dir_all(&pictures).unwrap();
    for i in 0..4 {
        std::fs::write(pictures.join(format!("{i}.png")), png(i * 20, i)).unwrap();
    }
    done(&data, &["user", "add", "ada", "--role", "admin"]);
    done(&data, &["project", "new", "birds", "--class", "cat"]);
    let pictures = folder.join("pictures");
    done(&data, &["import", "birds", pictures.to_str().unwrap(), "--labels", "folder"]);
    data
}

#[test]
fn data_and_backups_are_their_owners_and_what_people_ask_for_is_as_any_file() {
    let folder = tempfile::tempdir().unwrap();
    let data = project_with_pictures(folder.path());
    assert!(modes(&data).len() > 4 * 4, "database, pictures and small pictures are there");
    assert_private(&data);
    let at = |name: &str| folder.path().join(name);
    done(&data, &["backup", at("b.tar").to_str().unwrap()]);
    assert_private(&at("b.tar"));
    let restored = at("restored");
    done(&restored, &["restore", at("b.tar").to_str().unwrap()]);
    assert_private(&restored);
    for (arguments, file) in [
        (vec!["export", "birds", "--format", "csv", "--out"], "labels.csv"),
        (vec!["import", "birds", at("pictures").to_str().unwrap(), "--report"], "report.json"),
    ] {
        done(&data, &[arguments, vec![at(file).to_str().unwrap()]].concat());
        assert_eq!(modes(&at(file))[0].1, 0o644, "{file}");
    }
    assert_eq!(modes(&at("labels.csv.manifest.json"))[0].1, 0o644);
    assert_private(&data);
}

#[test]
fn a_folder_that_others_could_read_is_closed_at_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let data = project_with_pictures(folder.path());
    for (path, _) in modes(&data) {
        let mode = if path.is_dir() { 0o755 } else { 0o644 };
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    }
    std::fs::write(data.join("notes.txt"), "mine").unwrap();
    std::fs::set_permissions(data.join("notes.txt"), std::fs::Permissions::from_mode(0o644)).unwrap();
    done(&data, &["user", "list"]);
    assert_eq!(modes(&data.join("notes.txt"))[0].1, 0o644, "what is not Querist's is left alone");
    std::fs::remove_file(data.join("notes.txt")).unwrap();
    assert_private(&data);
}
