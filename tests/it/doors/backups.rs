//! Backups that say what they lack, and restores that take what there is.

use std::path::{Path, PathBuf};

use querist::blobs::ORIGINAL;
use querist::modality::image::SMALL;
use querist::progress::Progress;
use querist::service::exchange::backup::{self, BackupError};
use querist::service::exchange::importing::LabelsFrom;

use super::{done, failed, querist};
use crate::support::bench::{Bench, png};

/// Eight labeled pictures, and an export with its row.
async fn bench() -> Bench {
    let bench = Bench::new().await;
    let tree = bench.tree(&["cat", "dog"], 4);
    bench.import(&tree, LabelsFrom::Folder).await;
    bench
}

fn flip(path: &Path) {
    let mut bytes = std::fs::read(path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(path, bytes).unwrap();
}

#[tokio::test]
async fn a_backup_names_what_is_damaged_and_missing_and_is_made_all_the_same() {
    let bench = bench().await;
    let all = bench.all().await;
    let data = &bench.app.data;
    flip(&data.root().join(ORIGINAL.name(&all[0].hash)));
    std::fs::remove_file(data.root().join(ORIGINAL.name(&all[1].hash))).unwrap();
    std::fs::write(data.root().join(SMALL.name(&all[2].hash)), "no picture").unwrap();
    std::fs::remove_file(data.root().join(SMALL.name(&all[3].hash))).unwrap();
    let out = bench.dir.path().join("b.tar");
    let report = backup::backup(&bench.app, &out, &Progress::silent()).await.unwrap();
    let said: Vec<String> = report.faults.iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 2, "{said:?}");
    let of = |i: usize| said.iter().find(|line| line.contains(&all[i].hash)).unwrap();
    assert!(of(0).contains("changed") && of(0).contains(&all[0].name), "{said:?}");
    assert!(of(1).contains("missing") && of(1).contains("metal"), "{said:?}");
    assert_eq!(report.redrawn, 2);

    let into = bench.dir.path().join("restored");
    let (restored, _) = backup::unpack(&out, &into, &Progress::silent()).unwrap();
    assert_eq!(restored.faults, report.faults);
    let again = querist::data::DataDir::open(&into).unwrap();
    assert!(
        !again.root().join(ORIGINAL.name(&all[0].hash)).exists(),
        "what is damaged is not where the server reads it"
    );
    assert!(again.damaged().join("blobs").join(&all[0].hash[..2]).join(&all[0].hash).is_file());
    assert!(again.root().join(ORIGINAL.name(&all[5].hash)).is_file());
    let store = querist::store::Store::open(again.database().to_str().unwrap()).await.unwrap();
    let app = querist::service::App::new(
        store,
        again.clone(),
        querist::cpu::Cpu::new(1).unwrap(),
        querist::clock::Clock::System,
        querist::runtime::LazyRuntime::new(querist::runtime::Settings::default()),
    );
    assert_eq!(backup::mend(&app, &Progress::silent()).await.unwrap(), 2);
    assert!(
        again.root().join(SMALL.name(&all[2].hash)).is_file() && again.root().join(SMALL.name(&all[3].hash)).is_file()
    );
}

#[tokio::test]
async fn every_kind_of_file_that_changes_in_the_tar_is_put_aside_and_the_database_refused() {
    let bench = bench().await;
    let data = &bench.app.data;
    std::fs::create_dir_all(data.round("metal", 0)).unwrap();
    std::fs::write(data.round("metal", 0).join("metrics.json"), "a round that nobody else holds").unwrap();
    let whole = bench.dir.path().join("b.tar");
    backup::backup(&bench.app, &whole, &Progress::silent()).await.unwrap();
    let bytes = std::fs::read(&whole).unwrap();
    let blob = std::fs::read(data.root().join(ORIGINAL.name(&bench.all().await[0].hash))).unwrap();
    let thumb = std::fs::read(data.root().join(SMALL.name(&bench.all().await[0].hash))).unwrap();
    for (name, part, faults) in [
        ("blob", blob.as_slice(), Some(1)),
        ("round", b"a round that nobody else holds".as_slice(), Some(1)),
        ("thumb", thumb.as_slice(), Some(0)),
        ("database", b"SQLite format 3\0".as_slice(), None),
    ] {
        let at = bytes.windows(part.len()).position(|window| window == part).unwrap();
        let mut damaged = bytes.clone();
        damaged[at + part.len() / 2] ^= 1;
        let file = bench.dir.path().join(format!("{name}.tar"));
        std::fs::write(&file, damaged).unwrap();
        let into = bench.dir.path().join(format!("from-{name}"));
        match (backup::unpack(&file, &into, &Progress::silent()), faults) {
            (Ok((restored, _)), Some(n)) => {
                assert_eq!(restored.faults.len(), n, "{name}: {restored:?}");
                assert!(into.join("querist.db").is_file(), "{name}");
            }
            (Err(BackupError::DamagedDatabase), None) => assert!(!into.exists(), "nothing stays"),
            (other, _) => panic!("{name}: {other:?}"),
        }
    }
}

#[test]
fn the_commands_end_with_one_where_something_is_lost_and_say_what() {
    let folder = tempfile::tempdir().unwrap();
    let (data, at) = (folder.path().join("data"), |name: &str| folder.path().join(name));
    done(&data, &["user", "add", "ada", "--role", "admin"]);
    done(&data, &["project", "new", "birds", "--class", "cat"]);
    std::fs::write(at("a.png"), png(1, 2)).unwrap();
    std::fs::create_dir(at("pictures")).unwrap();
    std::fs::rename(at("a.png"), at("pictures").join("a.png")).unwrap();
    done(&data, &["import", "birds", at("pictures").to_str().unwrap()]);
    let blob = files(&data.join("blobs")).remove(0);
    flip(&blob);
    let tar = at("b.tar");
    let said = failed(&data, &["backup", tar.to_str().unwrap()]);
    assert!(said.contains("a.png") && said.contains("the backup is written"), "{said}");
    assert!(tar.is_file());
    let again = at("again");
    let out = querist(&again, &["restore", tar.to_str().unwrap()]);
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{said}");
    assert!(said.contains("everything else is restored") && !said.contains(" of 0"), "{said}");
    assert!(String::from_utf8_lossy(&out.stdout).contains("1 projects, 1 samples"));
    assert_eq!(
        files(folder.path()).iter().filter(|file| file.to_string_lossy().contains(".querist-backup")).count(),
        0
    );
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

#[test]
fn what_cannot_be_restored_is_said_in_words_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    std::fs::write(at("a.zip"), b"PK\x03\x04\x14\x00\x00\x00\x08\x00rest of a zip").unwrap();
    std::fs::write(at("a.tar.gz"), [0x1f, 0x8b, 8, 0, 0]).unwrap();
    std::fs::write(at("a.db"), b"SQLite format 3\0and more").unwrap();
    std::fs::write(at("empty"), b"").unwrap();
    std::fs::write(at("noise"), [0xff; 2000]).unwrap();
    std::fs::create_dir(at("folder")).unwrap();
    let data = at("data");
    for (file, says) in [
        ("a.zip", "it is a zip"),
        ("a.tar.gz", "gunzip"),
        ("a.db", "it is a database"),
        ("empty", "it is empty"),
        ("noise", "it is not a tar"),
        ("folder", "it is a folder"),
        ("absent.tar", "cannot be read"),
    ] {
        let said = failed(&data, &["restore", at(file).to_str().unwrap()]);
        assert!(said.contains(says) && said.contains(file), "{file}: {said}");
        assert!(said.chars().all(|c| !c.is_control() || c == '\n'), "{file}: {said:?}");
        assert!(!data.exists(), "{file} leaves a folder");
    }
    let other = at("other");
    done(&other, &["user", "add", "ada", "--role", "admin"]);
    done(&other, &["backup", at("b.tar").to_str().unwrap()]);
    let said = failed(&at("noise"), &["restore", at("b.tar").to_str().unwrap()]);
    assert!(said.contains("is a file; name the folder"), "{said}");
    // Half of it: nothing that a server would take for its folder.
    let bytes = std::fs::read(at("b.tar")).unwrap();
    std::fs::write(at("half.tar"), &bytes[..bytes.len() / 2 / 512 * 512]).unwrap();
    let said = failed(&data, &["restore", at("half.tar").to_str().unwrap()]);
    assert!(said.contains("cut short") && !data.exists(), "{said}");
    std::fs::create_dir(&data).unwrap();
    std::fs::write(data.join("querist.db.part"), "").unwrap();
    assert!(failed(&data, &["user", "list"]).contains("was not completed"));
}
