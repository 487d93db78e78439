//! Long tables as people and libraries write them.

use std::sync::Arc;

use parquet::data_type::{ByteArray, ByteArrayType, DoubleType, Int64Type};
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::dataset::testing::{Got, collect, labels_of};

fn column(name: &str) -> LabelsFrom {
    LabelsFrom::Column(name.to_owned())
}

fn read_as(name: &str, bytes: &[u8], labels: LabelsFrom) -> Got {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let limits = SourceLimits { contents: Contents::Series, ..SourceLimits::default() };
    collect(&path, &limits, labels)
}

fn table(found: &Found) -> String {
    let Source::Bytes(bytes) = &found.source else { panic!("{found:?} has no bytes") };
    String::from_utf8(bytes.clone()).unwrap()
}

#[test]
fn each_id_is_a_series_with_its_rows_in_their_order() {
    let text = "id,time,vibration [mm/s],temperature,site,label,comment\n\
                p1,0,1.5,60,north,ok,a\np2,0,2.5,70,south,worn,b\np1,1,,61,north,ok,c\np2,1,NaN,71,south,,d\n";
    let got = read_as("pumps.csv", text.as_bytes(), column("label"));
    got.done.as_ref().unwrap();
    assert_eq!(labels_of(&got.found), ["pumps/p1.csv ok", "pumps/p2.csv worn"]);
    assert_eq!(table(&got.found[0]), "time,vibration [mm/s],temperature\n0,1.5,60\n1,,61\n");
    assert_eq!(table(&got.found[1]), "time,vibration [mm/s],temperature\n0,2.5,70\n1,NaN,71\n");
    assert_eq!(got.found[0].metadata, BTreeMap::from([("site".to_owned(), "north".to_owned())]));
    assert!(got.notes.iter().any(|note| note.contains("left out: `comment`")), "{:?}", got.notes);
}

#[test]
fn the_truth_never_becomes_a_channel_or_metadata() {
    let got = read_as("x.csv", b"series_id,t,x,class,target\na,0,1,3,up\na,1,2,3,up\n", LabelsFrom::Nowhere);
    got.done.as_ref().unwrap();
    assert_eq!(table(&got.found[0]), "t,x\n0,1\n1,2\n");
    assert!(got.found[0].metadata.is_empty() && got.found[0].label.is_none());
}

#[test]
fn semicolons_decimal_commas_and_quotes_go_on_into_each_table() {
    let got =
        read_as("x.csv", "\u{feff}ID;Zeit;t;x\n\"a;b\";u;0;1,5\n\"a;b\";u;1;-2\n".as_bytes(), LabelsFrom::Nowhere);
    got.done.as_ref().unwrap();
    assert_eq!((got.found[0].name.as_str(), table(&got.found[0])), ("x/a;b.csv", "t;x\n0;1,5\n1;-2\n".to_owned()));
    let tabs = read_as("x.tsv", b"id\ttime\tx\n1\t0\t1,5\n", LabelsFrom::Nowhere);
    assert_eq!(table(&tabs.found[0]), "time\tx\n0\t1,5\n");
}

#[test]
fn a_series_with_two_labels_or_an_unsafe_id_or_too_many_bytes_is_told() {
    let text = b"id,time,x,label\n../../a,0,1,up\nb,0,2,up\nb,1,3,down\n";
    let got = read_as("s.csv", text, column("Label"));
    got.done.as_ref().unwrap();
    assert_eq!(labels_of(&got.found), ["s/000000.csv up"]);
    assert_eq!(got.refused[0].name, "s/b.csv");
    assert!(got.refused[0].reason.contains("labels `up` and `down`"), "{:?}", got.refused);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.csv");
    std::fs::write(&path, b"id,time,x\na,0,1\na,1,1\nb,0,1\n").unwrap();
    let got = collect(
        &path,
        &SourceLimits { entry_bytes: 12, contents: Contents::Series, ..SourceLimits::default() },
        LabelsFrom::Nowhere,
    );
    assert_eq!((got.found.len(), got.refused[0].name.as_str()), (1, "s/a.csv"));
    let got = collect(
        &path,
        &SourceLimits { total_bytes: 6, contents: Contents::Series, ..SourceLimits::default() },
        LabelsFrom::Nowhere,
    );
    assert!(matches!(got.done, Err(DatasetError::TooLarge(_))), "{:?}", got.done);
}

#[test]
fn what_is_wrong_with_a_table_is_named() {
    let said = |text: &str, labels: LabelsFrom| read_as("x.csv", text.as_bytes(), labels).done.unwrap_err().to_string();
    for (text, expected) in [
        ("id,time,x\n,0,1\n", "line 2: the id is missing"),
        ("id,time,x\na,0,1\na,1\n", "line 3: there are 2 columns where the header has 3"),
        ("id,time,x\na,0,high\na,1,low\n", "no column beside id and time holds numbers"),
        ("id,time,x\na,0,\na,1,\n", "no column beside id and time holds numbers"),
    ] {
        let said = said(text, LabelsFrom::Nowhere);
        assert!(said.contains(expected), "{text:?}: {said}");
    }
    assert!(said("id,time,x\na,0,1\n", column("kind")).contains("there is no column `kind`, only `id`, `time`, `x`"));
    assert!(said("id,time,x\na,0,1\n", LabelsFrom::Folder).contains("no folders"));
}

#[test]
fn a_table_that_names_files_is_no_long_table() {
    let got = read_as("m.csv", b"id,time,path,label\n1,0,a.jpg,cat\n", column("label"));
    got.done.as_ref().unwrap();
    assert_eq!(labels_of(&got.found), ["a.jpg cat"]);
    // Without ids it is one series.
    assert_eq!(labels_of(&read_as("m.csv", b"time,x\n0,1\n", LabelsFrom::Nowhere).found), ["m.csv -"]);
    assert!(read_as("m.csv", b"time,x\n0,1\n", column("x")).done.is_err());
}

/// Two series in a Parquet file: ids, times in microseconds, a channel with a null, labels.
fn write(path: &Path) {
    let schema = "message schema { required binary id (STRING); required int64 time (TIMESTAMP(MICROS,true));
      optional double x; optional binary label (STRING); }";
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(std::fs::File::create(path).unwrap(), schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let texts = |all: &[&str]| all.iter().map(|text| text.as_bytes().to_vec().into()).collect::<Vec<ByteArray>>();
    for at in 0..4 {
        let mut next = group.next_column().unwrap().unwrap();
        match at {
            0 => next.typed::<ByteArrayType>().write_batch(&texts(&["a", "b", "a"]), None, None).map(drop),
            1 => {
                let times = [1_772_344_800_000_000, 1_772_344_800_250_000, 1_772_344_801_000_000];
                next.typed::<Int64Type>().write_batch(&times, None, None).map(drop)
            }
            2 => next.typed::<DoubleType>().write_batch(&[0.5, 7.0], Some(&[1, 1, 0]), None).map(drop),
            _ => next
                .typed::<ByteArrayType>()
                .write_batch(&texts(&["up", "down", "up"]), Some(&[1, 1, 1]), None)
                .map(drop),
        }
        .unwrap();
        next.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
}

#[test]
fn parquet_is_read_the_same_way() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("s.parquet");
    write(&path);
    let got = collect(&path, &SourceLimits { contents: Contents::Series, ..SourceLimits::default() }, column("label"));
    got.done.as_ref().unwrap();
    assert_eq!(labels_of(&got.found), ["s/a.csv up", "s/b.csv down"]);
    assert_eq!(table(&got.found[0]), "time,x\n2026-03-01T06:00:00Z,0.5\n2026-03-01T06:00:01Z,\n");
    assert_eq!(table(&got.found[1]), "time,x\n2026-03-01T06:00:00.25Z,7\n");
    // A file that ends early is broken, and nothing panics.
    let bytes = std::fs::read(&path).unwrap();
    for end in [8, bytes.len() / 2, bytes.len() - 1] {
        assert!(read_as("s.parquet", &bytes[..end], LabelsFrom::Nowhere).done.is_err());
    }
}
