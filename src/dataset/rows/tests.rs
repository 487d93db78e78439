//! Tables whose rows are samples, as people and programs write them.

use std::collections::BTreeSet;

use crate::dataset::testing::{Got, labels_of};
use crate::dataset::{ColumnCorrections, Contents, Item, LabelsFrom, Source, SourceLimits, SourceOptions, open};

fn read(name: &str, bytes: &[u8], labels: Option<&str>) -> Got {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    let labels = labels.map_or(LabelsFrom::Nowhere, |column| LabelsFrom::Column(column.to_owned()));
    let limits = SourceLimits { contents: Contents::Rows, ..SourceLimits::default() };
    crate::dataset::testing::collect(&path, &limits, labels)
}

/// The rows as JSON.
fn rows(got: &Got) -> Vec<String> {
    let json = |source: &Source| match source {
        Source::Bytes(bytes) => String::from_utf8(bytes.clone()).unwrap(),
        other => panic!("{other:?}"),
    };
    got.found.iter().map(|found| json(&found.source)).collect()
}

#[test]
fn rows_are_samples_whatever_the_table_is_written_in() {
    let expected = [r#"{"flow [m³/h]":41.8,"site":"north","on":true}"#, r#"{"flow [m³/h]":-3,"site":null,"on":false}"#];
    for (name, text) in [
        ("x.csv", "id,flow [m³/h],site,on,label\n7,41.8,north,TRUE,watch\n8,-3,n/a,false,stop\n"),
        ("x.csv", "id;flow [m³/h];site;on;label\n7;41,8;north;true;watch\n8;-3;?;false;stop\n"),
        ("x.tsv", "id\tflow [m³/h]\tsite\ton\tlabel\n7\t41,80\tnorth\ttrue\twatch\n8\t-3,0\t\tfalse\tstop\n"),
        ("x.csv", "id,flow [m³/h],site,on,label\n7,41.8,north,true,watch\n8,'-3,,false,stop\n"),
        (
            "x.jsonl",
            "{\"id\":7,\"flow [m³/h]\":41.8,\"site\":\"north\",\"on\":true,\"label\":\"watch\"}\n{\"id\":8,\"flow [m³/h]\":-3,\"on\":false,\"label\":\"stop\"}\n",
        ),
        (
            "x.json",
            r#"[{"id":7,"flow [m³/h]":41.8,"site":"north","on":true,"label":"watch"},{"id":8,"flow [m³/h]":-3,"site":null,"on":false,"label":"stop"}]"#,
        ),
    ] {
        let got = read(name, text.as_bytes(), Some("label"));
        got.done.as_ref().unwrap_or_else(|error| panic!("{error} in {text}"));
        assert_eq!(rows(&got), expected, "{text}");
        assert_eq!(labels_of(&got.found), ["7 watch", "8 stop"]);
        assert!(got.found.iter().all(|found| found.metadata.is_empty()));
        assert!(got.notes.contains(&"numbers: `flow [m³/h]`".to_owned()), "{:?}", got.notes);
        assert!(got.notes.contains(&"categories: `site`, `on`".to_owned()), "{:?}", got.notes);
    }
}

#[test]
fn a_column_holds_one_kind_over_the_whole_table() {
    let csv = "code,mixed,date,inf,nothing,class,,\n007,1,2026-03-01,inf,,x,1,\n012,a,2026-03-02 06:00,2,,y,2,\n";
    let got = read("pumps.csv", csv.as_bytes(), None);
    assert_eq!(
        rows(&got),
        [
            r#"{"code":"007","mixed":"1","date":"2026-03-01","inf":null,"nothing":null,"column 7":1}"#,
            r#"{"code":"012","mixed":"a","date":"2026-03-02 06:00","inf":2,"nothing":null,"column 7":2}"#,
        ]
    );
    assert_eq!(labels_of(&got.found), ["pumps:2 -", "pumps:3 -"]);
    let notes = got.notes.join("\n");
    for says in [
        "numbers: `inf`, `column 7`",
        "categories: `code`, `mixed`",
        "dates: `date`",
        "columns without any value: `nothing`",
        "may hold the answer or are about the file: `class`, `column 8`",
        "infinite values, which count as missing: `inf`",
    ] {
        assert!(notes.contains(says), "{notes}");
    }
}

#[test]
fn an_id_that_comes_twice_is_a_value() {
    let got = read("x.csv", b"id,a\n1,5\n1,6\n", None);
    assert_eq!(rows(&got), [r#"{"id":1,"a":5}"#, r#"{"id":1,"a":6}"#]);
}

#[test]
fn hostile_tables_are_refused_and_hostile_rows_one_by_one() {
    let wide = vec!["x"; 301].iter().enumerate().map(|(at, x)| format!("{x}{at}")).collect::<Vec<_>>().join(",");
    let long = format!("a,b\n1,{}\n", "x".repeat(70_000));
    for (name, bytes, says) in [
        ("x.csv", b"a,A\n1,2\n".as_slice(), "column `A` is there twice"),
        ("x.csv", b"a,b\n1\n", "line 2: there are 1 columns where the header has 2"),
        ("x.csv", b"a\n\"open\n", "never closed"),
        ("x.csv", b"", "empty"),
        ("x.csv", b"a\n\xff\n", "not UTF-8"),
        ("x.csv", wide.as_bytes(), "there are 301 columns"),
        ("x.csv", long.as_bytes(), "column `b` holds more than 64 KB"),
        ("x.csv", b"label\nx\n", "no column holds values"),
        ("x.json", b"[1]", "it is no table of rows"),
        ("x.json", b"[{\"a\":1},{\"a\":]", "line 1"),
        ("x.jsonl", b"{\"a\":1}\n[2]\n", "line 2: there is no row"),
        ("x.jsonl", b"{\"a\":1,\"a\":2}\n", "field `a` is there twice"),
        ("x.csv", b"a\n1\n", "there is no column `label`, only `a`"),
    ] {
        let labels = if says.contains("no column `label`") { Some("label") } else { None };
        let said = read(name, bytes, labels).done.unwrap_err().to_string();
        assert!(said.contains(says), "{said} does not say {says}");
    }
    let got = read("x.csv", b"a,b,label\n1,2,x\n,NA,y\n\"=cmd()\",3,z\n", Some("label"));
    assert_eq!(rows(&got), [r#"{"a":"1","b":2}"#, r#"{"a":"=cmd()","b":3}"#]);
    assert_eq!(got.refused[0].reason, "line 3: every value of the row is missing");
}

#[test]
fn a_visit_ends_when_it_is_told_to() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("x.csv");
    std::fs::write(&path, "a\n1\n2\n3\n").unwrap();
    let limits = SourceLimits { contents: Contents::Rows, ..SourceLimits::default() };
    let wanted = SourceOptions { limits, classes: BTreeSet::new(), ..SourceOptions::default() };
    let mut found = 0;
    let visit = open(&path, &wanted).unwrap().visit(&mut |item| {
        found += usize::from(matches!(item, Item::Found(_)));
        if found == 1 { std::ops::ControlFlow::Break(()) } else { std::ops::ControlFlow::Continue(()) }
    });
    visit.unwrap();
    assert_eq!(found, 1);
}

/// As [`read`], with what people say of columns.
fn corrected(csv: &str, labels: Option<&str>, columns: &str) -> Result<(Vec<String>, Vec<String>), String> {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("pumps.csv");
    std::fs::write(&path, csv).unwrap();
    let wanted = SourceOptions {
        limits: SourceLimits { contents: Contents::Rows, ..SourceLimits::default() },
        labels: labels.map_or(LabelsFrom::Nowhere, |column| LabelsFrom::Column(column.to_owned())),
        columns: ColumnCorrections::read(columns).unwrap(),
        ..SourceOptions::default()
    };
    let opened = open(&path, &wanted).map_err(|error| error.to_string())?;
    let notes = opened.notes.clone();
    let mut items = Vec::new();
    let visited = opened.visit(&mut |item| {
        if let Item::Found(found) = item {
            let Source::Bytes(bytes) = found.source else { panic!("a row is bytes") };
            items.push(format!("{} {}", found.name, String::from_utf8(bytes).unwrap()));
        }
        std::ops::ControlFlow::Continue(())
    });
    visited.map_err(|error| error.to_string())?;
    Ok((items, notes))
}

#[test]
fn what_people_say_of_a_column_goes_over_what_is_found() {
    let csv = "type,flow,note,key no,label\n12,\"1,5\",old,a,x\n40,2.5,new,b,y\n12,high,,c,x\n";
    let (found, _) = corrected(csv, Some("label"), "").unwrap();
    assert_eq!(found[0], r#"pumps:2 {"type":12,"flow":"1,5","note":"old","key no":"a"}"#);
    let said = "Type = text, flow=number, note=none, key no=id";
    let (found, notes) = corrected(csv, Some("label"), said).unwrap();
    assert_eq!(
        found,
        [r#"a {"type":"12","flow":1.5}"#, r#"b {"type":"40","flow":2.5}"#, r#"c {"type":"12","flow":null}"#]
    );
    for note in [
        "rows are called by column: `key no`",
        "numbers: `flow`",
        "categories: `type`",
        "left out as you said: `note`",
        "values that are no numbers, which count as missing: `flow`",
    ] {
        assert!(notes.contains(&note.to_owned()), "{note}: {notes:?}");
    }
    for (said, why) in [
        ("speed=number", "there is no column `speed`"),
        ("note=number", "holds no number at all"),
        ("type=id", "names no rows"),
        ("label=text", "holds the labels"),
        ("type=none, flow=none, note=none, key no=none", "no column holds values"),
    ] {
        let error = corrected(csv, Some("label"), said).unwrap_err();
        assert!(error.contains(why), "{said}: {error}");
    }
    // A column called like the answer is a value only where somebody says so.
    let (found, _) = corrected("class,a\nx,1\ny,2\n", None, "class=text").unwrap();
    assert_eq!(found[0], r#"pumps:2 {"class":"x","a":1}"#);
}
