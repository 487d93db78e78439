//! Parquet as libraries write it, and as nobody should.

use std::sync::Arc;

use parquet::basic::Compression;
use parquet::data_type::{ByteArray, ByteArrayType, Int64Type as Int64};
use parquet::file::metadata::KeyValue;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::dataset::testing::{collect, labels_of};

const SCHEMA: &str = "message schema {
  optional group image { optional binary bytes; optional binary path (STRING); }
  optional int64 label;
  optional binary site (STRING);
}";

/// Bytes, path, number of the class, site.
type Row<'a> = (Option<&'a [u8]>, Option<&'a str>, Option<i64>, &'a str);

/// Pictures as the library `datasets` writes them.
fn write(path: &Path, rows: &[Row<'_>], features: Option<&str>) {
    let about = features.map(|text| vec![KeyValue::new("huggingface".to_owned(), text.to_owned())]);
    let with = WriterProperties::builder().set_compression(Compression::SNAPPY).set_key_value_metadata(about).build();
    let schema = Arc::new(parse_message_type(SCHEMA).unwrap());
    let mut writer = SerializedFileWriter::new(File::create(path).unwrap(), schema, Arc::new(with)).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let bytes: Vec<Option<ByteArray>> = rows.iter().map(|row| row.0.map(|bytes| bytes.to_vec().into())).collect();
    let paths: Vec<Option<ByteArray>> =
        rows.iter().map(|row| row.1.map(|path| path.as_bytes().to_vec().into())).collect();
    let sites: Vec<Option<ByteArray>> = rows.iter().map(|row| Some(row.3.as_bytes().to_vec().into())).collect();
    for (at, (column, whole)) in [(bytes, 2i16), (paths, 2), (Vec::new(), 1), (sites, 1)].into_iter().enumerate() {
        let mut next = group.next_column().unwrap().unwrap();
        if at == 2 {
            let values: Vec<i64> = rows.iter().filter_map(|row| row.2).collect();
            let levels: Vec<i16> = rows.iter().map(|row| i16::from(row.2.is_some())).collect();
            next.typed::<Int64>().write_batch(&values, Some(&levels), None).unwrap();
        } else {
            let levels: Vec<i16> = column.iter().map(|cell| if cell.is_some() { whole } else { whole - 1 }).collect();
            let values: Vec<ByteArray> = column.into_iter().flatten().collect();
            next.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
        }
        next.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

const FEATURES: &str = r#"{"info":{"features":{"image":{"_type":"Image"},
  "label":{"names":["cat","dog"],"_type":"ClassLabel"},"site":{"dtype":"string","_type":"Value"}}}}"#;

fn column(name: &str) -> LabelsFrom {
    LabelsFrom::Column(name.to_owned())
}

#[test]
fn a_published_dataset_gives_pictures_with_the_names_of_their_classes() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("data")).unwrap();
    let part = |name: &str| folder.path().join("data").join(name);
    write(
        &part("train-00000-of-00001.parquet"),
        &[
            (Some(b"one"), Some("a.png"), Some(1), "north"),
            (Some(b"two"), None, Some(0), ""),
            (Some(b"x"), Some("../b.png"), Some(-1), "s"),
        ],
        Some(FEATURES),
    );
    write(
        &part("test-00000-of-00001.parquet"),
        &[(Some(b"three"), Some("c.png"), Some(7), "south"), (None, Some("d.png"), None, "")],
        Some(FEATURES),
    );
    let got = collect(folder.path(), &SourceLimits::default(), column("label"));
    got.done.unwrap();
    assert_eq!(
        labels_of(&got.found),
        ["d.png -", "a.png dog", "train-00000-of-00001/000001 cat", "train-00000-of-00001/000002 -"]
    );
    assert_eq!(got.refused.len(), 1);
    assert!(got.refused[0].reason.contains("label 7 is none of the 2 names"), "{:?}", got.refused);
    assert_eq!(got.found[1].source, Source::Bytes(b"one".to_vec()));
    assert_eq!(
        got.found[1].metadata,
        BTreeMap::from([("site".to_owned(), "north".to_owned()), ("split".to_owned(), "train".to_owned())])
    );
    assert!(matches!(&got.found[0].source, Source::Absent(reason) if reason.contains("not in the file")));
}

#[test]
fn numbers_without_names_are_classes_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    write(&path, &[(Some(b"one"), Some("a.png"), Some(3), "")], None);
    assert_eq!(labels_of(&collect(&path, &SourceLimits::default(), column("LABEL")).found), ["a.png 3"]);
    assert_eq!(labels_of(&collect(&path, &SourceLimits::default(), LabelsFrom::Nowhere).found), ["a.png -"]);
}

#[test]
fn what_is_wrong_is_named_and_nothing_panics() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let huge = vec![7u8; 5000];
    let long = "n".repeat(70_000);
    write(
        &path,
        &[(Some(&huge), Some("big.png"), Some(0), "s"), (Some(b"b"), Some("long.png"), Some(0), &long)],
        Some(FEATURES),
    );
    let limits = SourceLimits { entry_bytes: 4000, ..SourceLimits::default() };
    let got = collect(&path, &limits, column("label"));
    let reasons: Vec<_> = got.refused.iter().map(|one| one.reason.as_str()).collect();
    assert!(
        reasons[0].contains("more than the limit") && reasons[1].contains("column `site` holds more than 64 KB"),
        "{reasons:?}"
    );
    let error = |labels: LabelsFrom| collect(&path, &limits, labels).done.unwrap_err().to_string();
    assert!(error(column("nothing")).contains("no column `nothing`, only `image`, `label`, `site`"));
    assert!(error(LabelsFrom::Folder).contains("columns and no folders"));
    let few = SourceLimits { total_bytes: 3, ..SourceLimits::default() };
    assert!(matches!(collect(&path, &few, LabelsFrom::Nowhere).done, Err(DatasetError::TooLarge(_))));

    // Bytes turned or cut anywhere: an error or other rows, and never a panic.
    write(
        &path,
        &[
            (Some(b"one"), Some("a\nb\u{202e}\u{1f431}.png"), Some(1), "x"),
            (Some(b"two"), Some(&"d".repeat(300)), Some(0), "y"),
        ],
        Some(FEATURES),
    );
    let whole = std::fs::read(&path).unwrap();
    for at in 0..whole.len() {
        let mut turned = whole.clone();
        turned[at] ^= 0x15;
        std::fs::write(&path, &turned).unwrap();
        let _ = collect(&path, &SourceLimits::default(), column("label"));
        std::fs::write(&path, &whole[..at]).unwrap();
        let _ = collect(&path, &SourceLimits::default(), column("label"));
    }
}

#[test]
fn a_file_without_pictures_says_which_columns_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.parquet");
    let schema = Arc::new(
        parse_message_type("message schema { optional int64 image; optional binary text (STRING); }").unwrap(),
    );
    let with = Arc::new(WriterProperties::builder().build());
    SerializedFileWriter::new(File::create(&path).unwrap(), schema, with).unwrap().close().unwrap();
    let error = collect(&path, &SourceLimits::default(), LabelsFrom::Nowhere).done.unwrap_err().to_string();
    assert!(error.contains("no column holds pictures as bytes, only `image`, `text`"), "{error}");
}
