//! Tables as people and programs write them, read beside three files.

use std::collections::BTreeMap;

use super::{ColumnsWanted, Table};
use crate::dataset::testing::{Got, collect, labels_of};
use crate::dataset::{Found, Label, LabelsFrom, Source, SourceLimits};

fn read_as(name: &str, text: &[u8], labels: LabelsFrom) -> Got {
    let dir = tempfile::tempdir().unwrap();
    std::fs::create_dir(dir.path().join("in")).unwrap();
    std::fs::write(dir.path().join("outside.jpg"), "o").unwrap();
    for name in ["a.jpg", "b, \"q\".jpg", "=c.jpg"] {
        std::fs::write(dir.path().join("in").join(name), name).unwrap();
    }
    std::fs::write(dir.path().join("in").join(name), text).unwrap();
    collect(&dir.path().join("in").join(name), &SourceLimits::default(), labels)
}

fn read(text: &[u8], column: &str) -> Got {
    read_as("m.csv", text, LabelsFrom::Column(column.to_owned()))
}

fn said(text: &[u8], column: &str) -> String {
    read(text, column).done.unwrap_err().to_string()
}

#[test]
fn separators_marks_and_quotes_are_understood() {
    let expected = |found: &[Found]| {
        assert_eq!(labels_of(found), ["a.jpg cat", "b, \"q\".jpg -"]);
        assert_eq!(found[0].metadata, BTreeMap::from([("site".to_owned(), "x y".to_owned())]));
    };
    for csv in [
        "\u{feff}path,label,site\na.jpg,cat,x y\n\"b, \"\"q\"\".jpg\",,\n",
        "Path;Label;site\r\na.jpg;cat;x y\r\n\"b, \"\"q\"\".jpg\";;\r\n",
        "path\tlabel\tsite\na.jpg\tcat\tx y\n\"b, \"\"q\"\".jpg\"\t\t",
        "sep=;\npath;label;site\na.jpg;cat;x y\n\"b, \"\"q\"\".jpg\";;\n",
        "\"sep=,\"\r\n\r\npath,label,site\r\na.jpg,cat,x y\r\n\"b, \"\"q\"\".jpg\",,\r\n",
        "\n \n;;\npath;label;site\na.jpg;cat;x y\n\"b, \"\"q\"\".jpg\";;\n",
        "path, \"label\", site\n\"a.jpg\" , \"cat\",x y\n \"b, \"\"q\"\".jpg\" ,,\n",
        "path,label,site\ra.jpg,cat,x y\r\"b, \"\"q\"\".jpg\",,\r",
        "path,label,site,,\na.jpg,cat,x y,unnamed,\n\"b, \"\"q\"\".jpg\",,,,\n",
        "site;path;label\nx y;a.jpg;cat\n;\"b, \"\"q\"\".jpg\";\n",
    ] {
        let got = read(csv.as_bytes(), "label");
        got.done.unwrap_or_else(|error| panic!("{error} in {csv:?}"));
        assert!(got.refused.is_empty(), "{:?} in {csv:?}", got.refused);
        expected(&got.found);
    }
}

#[test]
fn a_named_column_gives_the_label_and_the_truth_stays_out_of_the_metadata() {
    let got = read(b"path,label,kind\na.jpg,cat,k\n", "kind");
    got.done.unwrap();
    assert_eq!(labels_of(&got.found), ["a.jpg k"]);
    assert!(got.found[0].metadata.is_empty());
}

#[test]
fn what_querist_wrote_leaves_only_the_split_as_metadata() {
    let header = "path,class,sample_id,sha256,audit,annotator,made_at,asked_by,round,propensity,split,p(cat),votes\n";
    let hash = "AB".repeat(32);
    let got = read(format!("{header}a.jpg,cat,1,{hash},true,mai,now,audit,3,0.5,train,0.75,[]\n").as_bytes(), "class");
    got.done.unwrap();
    assert_eq!(got.found[0].metadata, BTreeMap::from([("split".to_owned(), "train".to_owned())]));
    assert_eq!(got.found[0].sha256, Some("ab".repeat(32)));
}

#[test]
fn a_quote_that_is_never_closed_is_an_error_where_it_was_opened() {
    for (csv, line) in [
        ("path,label,note\na.jpg,cat,\"dusk\nb.jpg,dog,clear\nc.jpg,cat,x\n", 2),
        ("path;label;note\na.jpg;cat;x\nb.jpg;dog;\"dusk\nc.jpg;cat;x\n", 3),
        ("path,note,label\na.jpg,\"two\nlines\",cat\nb.jpg,\"dusk,dog\n", 4),
        ("sep=,\npath,label\na.jpg,\"cat\n", 3),
        ("path,label\n\"a.jpg,cat", 2),
        ("path,\"label\na.jpg,cat\n", 1),
    ] {
        let said = said(csv.as_bytes(), "label");
        assert!(said.contains(&format!("line {line}: a quote is opened here")), "{said} in {csv:?}");
    }
    // Another quote further down closes it, and its cell goes on.
    let two = said(b"path,note\na.jpg,\"dusk\nb.jpg,\"dawn\"\nc.jpg,x\n", "note");
    assert!(two.contains("line 2: the quote that is opened here ends amid its cell"), "{two}");
    // A quote amid a cell is a letter like others.
    let got = read("path,label\na.jpg,5\" wide\n".as_bytes(), "label");
    assert_eq!(labels_of(&got.found), ["a.jpg 5\" wide"]);
}

#[test]
fn absurd_manifests_get_one_sentence_with_the_line() {
    let long = format!("path,label\na.jpg,\"{}\"\n", "x".repeat(70_000));
    for (csv, expected) in [
        (&b""[..], "line 1: the file is empty"),
        (b"\n\n", "line 1: the file is empty"),
        (b"a.jpg,cat\n", "line 1: there is no header line"),
        (b"name,label\na.jpg,cat\n", "line 1: there is no column `path`, only `name`, `label`"),
        (b"path,label,Label\na.jpg,cat,dog\n", "line 1: column `Label` is there twice"),
        (b"path,label\na.jpg\n", "line 2: there are 1 columns where the header has 2"),
        (b"path,label\na.jpg,\n\x00\x01\n", "line 3: there is a zero byte"),
        (b"path,label\n\xff\xe4.jpg\n", "line 2: the text is not UTF-8"),
        (b"\xff\xfep\0a\0", "line 1: the text is UTF-16"),
        (long.as_bytes(), "line 2: column `label` holds more than 64 KB"),
    ] {
        let message = said(csv, "label");
        assert!(message.contains(expected), "{message} does not say {expected}");
    }
    assert!(said(b"path,site\na.jpg,x\n", "kind").contains("there is no column `kind`, only `path`, `site`"));
}

#[test]
fn rows_that_lead_outside_are_refused_and_those_without_a_file_say_so() {
    let got =
        read(b"path,label\n../outside.jpg,x\n/etc/passwd,x\nmissing.jpg,x\n\"\",x\na.jpg,x\n'=c.jpg,x\n", "label");
    got.done.unwrap();
    let (absent, there): (Vec<Found>, Vec<Found>) =
        got.found.into_iter().partition(|found| matches!(found.source, Source::Absent(_)));
    assert_eq!(labels_of(&there), ["a.jpg x", "=c.jpg x"]);
    assert_eq!(absent[0].source, Source::Absent("line 4: the file is missing".to_owned()));
    let lines: Vec<_> = got.refused.iter().map(|one| &one.reason[..7]).collect();
    assert_eq!(lines, ["line 2:", "line 3:", "line 5:"]);
}

#[test]
fn content_may_be_named_by_its_hash_alone() {
    let hash = "0f".repeat(32);
    let got = read(format!("sha256,label\n{hash},cat\n0f0f,dog\n").as_bytes(), "label");
    got.done.unwrap();
    assert_eq!((got.found[0].sha256.as_deref(), got.found[0].name.as_str()), (Some(&*hash), &*hash));
    assert_eq!(got.refused[0].reason, "line 3: sha256 `0f0f` is not 64 hexadecimal digits");
}

#[test]
fn json_lines_are_a_table_too() {
    let lines =
        "{\"path\":\"a.jpg\",\"Class\":\"007\",\"site\":\"x\",\"n\":5}\n\n{\"path\":\"=c.jpg\",\"Class\":null}\n";
    let got = read_as("m.jsonl", lines.as_bytes(), LabelsFrom::Column("class".to_owned()));
    got.done.unwrap();
    assert_eq!(labels_of(&got.found), ["a.jpg 007", "=c.jpg -"]);
    assert_eq!(got.found[0].metadata["n"], "5");
    let sets = read_as(
        "m.ndjson",
        b"{\"path\":\"a.jpg\",\"classes\":[\"a\",\"b\"]}",
        LabelsFrom::Column("classes".to_owned()),
    );
    assert_eq!(labels_of(&sets.found), ["a.jpg [\"a\", \"b\"]"]);
    for (text, expected) in [
        ("", "line 1: the file is empty"),
        ("{\"path\":\"a.jpg\",\"class\":\"x\"}\n[1]\n", "line 2: there is no object"),
        ("{\"path\":\"a.jpg\",\"class\":\"x\"}\n{\"path\"\n", "line 2: it is not JSON"),
        ("{\"name\":\"a.jpg\",\"class\":\"x\"}", "there is no column `path`"),
    ] {
        let said = read_as("m.jsonl", text.as_bytes(), LabelsFrom::Column("class".to_owned())).done.unwrap_err();
        assert!(said.to_string().contains(expected), "{said}");
    }
}

fn json(text: &str, column: Option<&str>) -> Result<Table, String> {
    Table::read("x.json", text.as_bytes(), ColumnsWanted { label: column, ..ColumnsWanted::default() })
        .map_err(|error| error.to_string())
}

fn rows_said(table: &Table) -> Vec<String> {
    table.rows.iter().map(|row| format!("{} {:?}", row.name(), row.label)).collect()
}

#[test]
fn tasks_of_label_studio_give_their_last_answer_and_predictions_apart() {
    let text = r#"[
      {"id":1,"data":{"image":"/data/upload/3/1a2b3c4d-a%20b.jpg","site":"north"},
       "annotations":[{"result":[{"from_name":"choice","to_name":"image","type":"choices","value":{"choices":["Cat"]}}]},
                      {"was_cancelled":true,"result":[{"from_name":"choice","value":{"choices":["Dog"]}}]}],
       "predictions":[{"model_version":"m1","score":0.75,"result":[{"from_name":"choice","value":{"choices":["Dog"]}}]}]},
      {"id":2,"data":{"image":"/data/local-files/?d=sub/b.jpg"},"annotations":[],"predictions":[]},
      {"id":3,"data":{"image":"s3://bucket/dir/c.jpg?x=1"},"annotations":[{"ground_truth":true,"result":[{"from_name":"choice","value":{"choices":["A","B"]}}]},
       {"result":[{"from_name":"choice","value":{"choices":["C"]}}]}]},
      {"id":4,"data":{"text":"no picture"},"annotations":[]}
    ]"#;
    let table = json(text, None).unwrap();
    let row = &table.rows[0];
    assert_eq!(row.paths().collect::<Vec<_>>(), ["data/upload/3/1a2b3c4d-a b.jpg", "a b.jpg", "1a2b3c4d-a b.jpg"]);
    assert_eq!(row.label, Some(Label::Set(vec!["Cat".to_owned()])));
    assert_eq!(row.metadata["site"], "north");
    let [predicted] = row.predicted.as_slice() else { panic!("{row:?}") };
    assert_eq!((predicted.model.as_str(), predicted.sure), ("m1", Some(0.75)));
    assert_eq!(table.rows[1].path.as_deref(), Some("sub/b.jpg"));
    assert_eq!(table.rows[1].label, None);
    assert_eq!(table.rows[2].path.as_deref(), Some("dir/c.jpg"));
    assert_eq!(table.rows[2].label, Some(Label::Set(vec!["A".to_owned(), "B".to_owned()])));
    assert!(table.rows[3].fault.is_some());
    assert!(json(text, Some("choice")).is_ok());
    assert!(json(text, Some("nonsense")).unwrap_err().contains("no answer has choices of `nonsense`"));
}

#[test]
fn coco_gives_the_classes_that_are_in_each_picture() {
    let text = r#"{"info":{},"images":[{"id":7,"file_name":"a.jpg","width":3},{"id":8,"file_name":"b.jpg"},{"id":9,"file_name":"c.jpg"}],
      "annotations":[{"id":1,"image_id":7,"category_id":2,"bbox":[0,0,1,1]},{"id":2,"image_id":7,"category_id":2},{"id":3,"image_id":7,"category_id":5},
                     {"id":4,"image_id":9,"category_id":99}],
      "categories":[{"id":2,"name":"cat"},{"id":5,"name":"dog"}]}"#;
    let table = json(text, Some("category")).unwrap();
    assert_eq!(rows_said(&table), [r#"a.jpg Some(Set(["cat", "dog"]))"#, "b.jpg None", "c.jpg None"]);
    assert!(table.rows[2].fault.as_deref().unwrap().contains("category 99"));
    assert!(json(text, Some("score")).unwrap_err().contains("COCO has categories and no columns"));
}

#[test]
fn plain_objects_are_rows_and_broken_json_names_its_line() {
    let table = json(
        r#"[{"image":"/data/upload/1/0a0b0c0d-x.jpg","choice":"Cat"},{"image":"y.jpg","choice":"Dog"}]"#,
        Some("choice"),
    )
    .unwrap();
    assert_eq!(table.rows[0].others, ["x.jpg", "0a0b0c0d-x.jpg"]);
    assert_eq!(table.rows[1].path.as_deref(), Some("y.jpg"));
    assert_eq!(table.rows[1].label, Some(Label::Text("Dog".to_owned())));
    let error = json("[\n{\"image\":\"a.jpg\"},\n{\"image\": broken}\n]", None).unwrap_err();
    assert!(error.contains("line 3"), "{error}");
    for bad in [
        "",
        "[]",
        "{}",
        "3",
        "null",
        "[1,2]",
        "[[]]",
        "\"x\"",
        r#"{"images":3}"#,
        r#"[{"data":{},"annotations":3}]"#,
        "\u{0}",
    ] {
        assert!(json(bad, None).is_err(), "{bad:?}");
    }
    let deep = format!("{}{}", "[".repeat(5000), "]".repeat(5000));
    assert!(json(&deep, None).is_err());
}

#[test]
fn hostile_names_in_json_stay_names() {
    let long = "n".repeat(300);
    for name in ["a/b/c.jpg", "a\nb.jpg", "\u{202e}gpj.exe", "\u{1f431}\u{1f431}.jpg", &long, "=cmd|' /C calc'!A0.jpg"]
    {
        let text = serde_json::json!([{ "data": { "image": name }, "annotations": [] }]).to_string();
        let table = json(&text, None).unwrap();
        assert!(table.rows[0].paths().count() >= 1, "{name:?}");
    }
}

#[test]
fn a_table_in_each_folder_is_about_the_files_there() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("train/a.jpg", "1"),
        ("train/metadata.csv", "file_name,label,site\na.jpg,cat,north\n"),
        ("test/a.jpg", "2"),
        ("test/metadata.jsonl", "{\"file_name\":\"a.jpg\",\"label\":\"dog\"}\n"),
    ] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Column("label".to_owned()));
    got.done.unwrap();
    assert_eq!(labels_of(&got.found), ["test/a.jpg dog", "train/a.jpg cat"]);
    assert_eq!(got.found[1].metadata["split"], "train");
    assert_eq!(got.found[1].metadata["site"], "north");
    assert_eq!(got.passed.len(), 2);
}

#[test]
fn folders_of_yolo_classification_are_splits_and_classes() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["train/cat/1.jpg", "val/cat/2.jpg", "test/dog/3.jpg"] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Folder);
    assert_eq!(labels_of(&got.found), ["test/dog/3.jpg dog", "train/cat/1.jpg cat", "val/cat/2.jpg cat"]);
    let splits: Vec<_> = got.found.iter().map(|one| one.metadata["split"].as_str()).collect();
    assert_eq!(splits, ["test", "train", "val"]);
}

#[test]
fn a_list_of_coco_among_pictures_labels_those_it_names_wherever_they_lie() {
    let dir = tempfile::tempdir().unwrap();
    for name in ["images/a.jpg", "images/b.jpg"] {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, name).unwrap();
    }
    std::fs::create_dir(dir.path().join("annotations")).unwrap();
    let text = r#"{"images":[{"id":1,"file_name":"a.jpg"},{"id":2,"file_name":"../../etc/passwd"}],
      "annotations":[{"image_id":1,"category_id":1}],"categories":[{"id":1,"name":"cat"}]}"#;
    std::fs::write(dir.path().join("annotations/instances.json"), text).unwrap();
    let got = collect(dir.path(), &SourceLimits::default(), LabelsFrom::Column("category".to_owned()));
    got.done.unwrap();
    assert_eq!(labels_of(&got.found), ["images/a.jpg [\"cat\"]", "images/b.jpg -"]);
    assert_eq!(got.refused.len(), 1, "{:?}", got.refused);
}
