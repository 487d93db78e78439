//! Archives and folders as people pack them.

use querist::domain::import::Bucket;
use querist::service::exchange::importing::LabelsFrom::{Folder, Nowhere};

use super::{Files, column, imported, of, refused, shared};
use crate::support::bench::Bench;
use crate::support::zips::{picture, raw_zip, zip_of};

#[tokio::test]
async fn names_in_an_unknown_character_set_are_refused_and_none_vanishes() {
    let files = Files::new();
    let (one, two, three) = (picture(1), picture(2), picture(3));
    // Shift-JIS, where the second half of a letter may look like a backslash.
    let zip = raw_zip(&[
        (b"\x94L/\x95\\1.jpg", 0, &one, b""),
        (b"\x94L/\x83\\.jpg", 0, &two, b""),
        (b"\x94L/\x8c\xa2.jpg", 0, &three, b""),
        (b"plain/4.jpg", 0, &picture(4), b""),
    ]);
    let (bench, report) = imported(&files.put("sjis.zip", zip), Folder).await;
    assert_eq!((report.counts.items(), report.counts.refused), (4, 3));
    assert_eq!(bench.classes().await, ["cat", "plain"]);
    assert!(report.refused.iter().all(|one| one.reason.contains("unknown character set")), "{:?}", report.refused);
    let zip = raw_zip(&[(b"\xc3\xa8/\xb1\xed.jpg", 0, &one, b"")]);
    let bench = Bench::new().await;
    let report = bench.import(&files.put("gbk.zip", zip), Folder).await;
    assert_eq!((report.counts.refused, bench.classes().await.len()), (1, 1));
}

#[tokio::test]
async fn names_that_can_be_known_are_read_as_they_were_meant() {
    let files = Files::new();
    let (one, two) = (picture(1), picture(2));
    let mut field = vec![0x75, 0x70, 5 + 12, 0, 1];
    field.extend(crc32fast::hash(b"K?fer/a.jpg").to_le_bytes());
    field.extend("Käfer/a.jpg".as_bytes());
    for (zip, expected) in [
        (raw_zip(&[(b"K\x84fer/gr\x94\xe1e.jpg", 0, &one, b"")]), vec!["Käfer/größe.jpg Käfer"]),
        (zip_of(&[("Käfer/größe.jpg", &one), ("猫/a.jpg", &two)]), vec!["Käfer/größe.jpg Käfer", "猫/a.jpg 猫"]),
        (raw_zip(&[(b"K?fer/a.jpg", 0, &one, &field)]), vec!["Käfer/a.jpg Käfer"]),
        (
            zip_of(&[("train\\cat\\1.jpg", &one), ("train\\dog\\2.jpg", &two)]),
            vec!["train/cat/1.jpg cat", "train/dog/2.jpg dog"],
        ),
        // One name, composed and decomposed.
        (
            zip_of(&[("Ka\u{308}fer/a.jpg", &one), ("K\u{e4}fer/b.jpg", &two)]),
            vec!["Käfer/a.jpg Käfer", "Käfer/b.jpg Käfer"],
        ),
    ] {
        let (bench, report) = imported(&files.put("a.zip", zip), Folder).await;
        assert_eq!(bench.labels().await, expected);
        assert_eq!(report.counts.items(), expected.len() as u64);
    }
}

#[tokio::test]
async fn two_entries_of_one_name_are_an_error_and_not_one_of_them() {
    let files = Files::new();
    let zip = zip_of(&[("cat/1.jpg", &picture(1)), ("cat/1.jpg", &picture(2))]);
    let error = refused(&files.put("a.zip", zip), Folder).await;
    assert!(error.contains("two of its entries have the same name"), "{error}");
}

#[tokio::test]
async fn a_contradiction_in_folders_is_named() {
    let files = Files::new();
    let zip = zip_of(&[
        ("cat/1.jpg", &picture(1)),
        ("cat/2.jpg", &picture(2)),
        ("dog/3.jpg", &picture(3)),
        ("dog/4.jpg", &picture(1)),
        // A class named only by a refused label exists for whoever decides.
        ("copy-of-1.jpg", &picture(1)),
    ]);
    let (_, report) = imported(&files.put("a.zip", zip), Folder).await;
    assert_eq!((report.counts.added, report.counts.same), (3, 1));
    let found = of(&report, Bucket::Contradiction);
    assert_eq!((found[0].name.as_str(), found[0].same_as.as_deref()), ("dog/4.jpg", Some("cat/1.jpg")));
}

#[tokio::test]
async fn each_broken_file_is_refused_by_name() {
    let files = Files::new();
    let empty: Vec<String> = (0..5).map(|i| format!("cat/e{i}.jpg")).collect();
    let mut entries: Vec<(&str, &[u8])> = empty.iter().map(|name| (name.as_str(), &b""[..])).collect();
    let bench = Bench::new().await;
    let report = bench.import(&files.put("none.zip", zip_of(&entries)), Folder).await;
    assert_eq!((report.counts.refused, report.counts.there_already()), (5, 0));
    assert_eq!(report.state().as_str(), "failed");
    let (one, page, cut) = (picture(1), b"<html>not found</html>".as_slice(), picture(9));
    entries.extend([
        ("cat/ok.jpg", &one[..]),
        ("a.jpg", page),
        ("b.jpg", page),
        ("c.jpg", &cut[..cut.len() / 2]),
        ("d.jpg", &cut[..cut.len() / 2]),
    ]);
    let (_, report) = imported(&files.put("some.zip", zip_of(&entries)), Folder).await;
    assert_eq!((report.counts.added, report.counts.refused, report.counts.same), (1, 9, 0));
}

#[tokio::test]
async fn pictures_called_like_texts_are_pictures_and_leavings_are_named() {
    let files = Files::new();
    let many: Vec<Vec<u8>> = (0..7).map(picture).collect();
    let zip = zip_of(&[
        ("front/license.jpg", &many[0]),
        ("front/license.002.jpg", &many[1]),
        ("front/notice.png", &many[2]),
        ("back/plate.jpg", &many[3]),
        ("readme.png", &many[4]),
        ("licence.webp", &many[5]),
        ("notice.board.jpg", &many[6]),
        ("README.md", b"hello"),
        ("LICENSE", b"free"),
        ("__MACOSX/front/._license.jpg", b"mac"),
        ("front/.DS_Store", b"x"),
        ("back/Thumbs.db", b"x"),
        ("back/desktop.ini", b"x"),
    ]);
    let (_, report) = imported(&files.put("a.zip", zip), Nowhere).await;
    assert_eq!((report.counts.added, report.counts.passed_over, report.counts.refused), (7, 6, 0));
    let names: Vec<_> = of(&report, Bucket::PassedOver).iter().map(|item| item.name.as_str()).collect();
    assert!(names.contains(&"README.md") && names.contains(&"back/Thumbs.db"), "{names:?}");
}

#[tokio::test]
async fn folders_called_like_splits_are_splits() {
    let files = Files::new();
    let zip = zip_of(&[
        ("train/1.jpg", &picture(1)),
        ("cat/Train/2.jpg", &picture(2)),
        ("test/dog/3.jpg", &picture(3)),
        ("dev/4.jpg", &picture(4)),
    ]);
    let (bench, report) = imported(&files.put("a.zip", zip), Folder).await;
    assert_eq!(bench.labels().await, ["cat/Train/2.jpg cat", "dev/4.jpg -", "test/dog/3.jpg dog", "train/1.jpg -"]);
    let mut splits = Vec::new();
    for row in bench.all().await {
        splits.push(bench.app.store.sample_metadata(bench.project.id, row.id).await.unwrap().unwrap());
    }
    assert_eq!(splits, [r#"{"split":"train"}"#, r#"{"split":"train"}"#, r#"{"split":"test"}"#, r#"{"split":"dev"}"#]);
    assert!(report.notes[0].contains("2 samples lie in `dev`, `train`"), "{:?}", report.notes);
}

#[tokio::test]
async fn a_table_among_the_pictures_is_used_or_named() {
    let files = Files::new();
    let table = b"path,label\npictures/1.jpg,cat\npictures/2.jpg,dog\n".as_slice();
    let zip = zip_of(&[("pictures/1.jpg", &picture(1)), ("pictures/2.jpg", &picture(2)), ("labels.csv", table)]);
    let zip = files.put("a.zip", zip);
    for labels in [Folder, column("label")] {
        let (bench, report) = imported(&zip, labels).await;
        assert_eq!(bench.labels().await, ["pictures/1.jpg cat", "pictures/2.jpg dog"]);
        assert_eq!(bench.classes().await, ["cat", "dog"]);
        assert!(report.notes[0].contains("column `label` of `labels.csv`"), "{:?}", report.notes);
    }
    let (_, report) = imported(&zip, Nowhere).await;
    assert_eq!((report.labeled, of(&report, Bucket::PassedOver)[0].name.as_str()), (0, "labels.csv"));
    // Folders that say something are not overruled, and the table is named.
    let zip =
        zip_of(&[("cat/1.jpg", &picture(1)), ("dog/2.jpg", &picture(2)), ("labels.csv", b"path,label\ncat/1.jpg,0\n")]);
    let (bench, report) = imported(&files.put("b.zip", zip), Folder).await;
    assert_eq!(bench.classes().await, ["cat", "dog"]);
    assert_eq!(of(&report, Bucket::PassedOver)[0].name, "labels.csv");
    // A column that no table has.
    let error = refused(&files.path("b.zip"), column("kind")).await;
    assert!(error.contains("there is no column `kind`, only `path`, `label`"), "{error}");
    // One class for everything is said.
    let zip = zip_of(&[("images/1.jpg", &picture(1)), ("images/2.jpg", &picture(2))]);
    let (_, report) = imported(&files.put("c.zip", zip), Folder).await;
    assert!(report.notes[0].contains("all labels are `images`"), "{:?}", report.notes);
}

#[tokio::test]
async fn every_row_of_a_table_among_the_pictures_ends_in_a_bucket() {
    let files = Files::new();
    files.put("in/x/1.jpg", picture(1));
    files.put("in/x/2.jpg", picture(2));
    files.put("in/y/2.jpg", picture(3));
    files.put("in/x/t.csv", "path,label\n1.jpg,cat\nx/1.jpg,dog\n2.jpg,cat\ny/2.jpg,cat\n9.jpg,cat\n../a.jpg,cat\n");
    let (bench, report) = imported(&files.path("in"), column("label")).await;
    assert_eq!(bench.labels().await, ["x/1.jpg cat", "x/2.jpg cat", "y/2.jpg cat"]);
    let counts = report.counts;
    assert_eq!((counts.added, counts.contradictions, counts.refused, counts.passed_over), (3, 1, 2, 1), "{report:?}");
}

#[tokio::test]
async fn the_shared_archives_come_out_right() {
    for (name, added, refused) in [
        ("backslashes", 2, 0),
        ("contradiction", 3, 0),
        ("cp437", 1, 0),
        ("five-empty-files", 1, 5),
        ("license-plates", 4, 0),
        ("long-name", 2, 0),
        ("mac-and-windows", 1, 0),
        ("names-meet", 3, 0),
        ("nothing-but-empty-files", 0, 5),
        ("searched", 7, 0),
        ("shift-jis", 0, 3),
        ("split-folders", 3, 0),
        ("table-inside", 2, 0),
        ("two-forms", 2, 0),
        ("unicode-field", 1, 0),
        ("utf8-without-flag", 2, 0),
    ] {
        let Some(zip) = shared(&format!("archives/{name}.zip")) else { continue };
        let (bench, report) = imported(&zip, Folder).await;
        assert_eq!((report.counts.added, report.counts.refused), (added, refused), "{name}: {report:?}");
        let classes = bench.classes().await;
        match name {
            "table-inside" => assert_eq!(classes, ["cat", "dog"]),
            "split-folders" | "shift-jis" => assert_eq!(classes, ["cat"]),
            "two-forms" | "cp437" | "unicode-field" => assert_eq!(classes, ["cat", "K\u{e4}fer"]),
            _ => {}
        }
    }
}
