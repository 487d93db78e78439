//! Tables as people write them.

use querist::domain::import::Bucket;
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};

use super::{Files, assert_adds_up, column, imported, of, refused, shared};

use crate::support::zips::picture;

/// Pictures 1.jpg to 8.jpg, and 5-again.jpg with the content of 5.jpg.
fn pictures() -> Files {
    let files = Files::new();
    for n in 1..=8 {
        files.put(&format!("{n}.jpg"), picture(n));
    }
    files.put("5-again.jpg", picture(5));
    files
}

#[tokio::test]
async fn a_forgotten_quote_swallows_no_row() {
    let files = pictures();
    let table = files.put("t.csv", "path,label,note\n1.jpg,cat,\"seen at dusk\n2.jpg,dog,clear\n3.jpg,cat,clear\n");
    let error = refused(&table, column("label")).await;
    assert!(error.contains("`t.csv` line 2: a quote is opened here and never closed"), "{error}");
}

#[tokio::test]
async fn a_label_that_a_copy_brings_is_taken_whatever_the_order() {
    let files = pictures();
    let table = files.put("t.csv", "path,label\n5.jpg,\n5-again.jpg,cat\n6.jpg,dog\n");
    let (bench, report) = imported(&table, column("label")).await;
    assert_eq!(bench.labels().await, ["5.jpg cat", "6.jpg dog"]);
    assert_eq!((report.counts.added, report.counts.labels, report.labeled), (2, 1, 2));
    let taken = of(&report, Bucket::Label)[0];
    assert_eq!(
        (taken.name.as_str(), taken.same_as.as_deref(), taken.label.as_deref()),
        ("5-again.jpg", Some("5.jpg"), Some("cat"))
    );
}

#[tokio::test]
async fn a_refused_row_makes_nothing_known() {
    let files = pictures();
    let long = "x".repeat(101);
    let table = files.put("t.csv", format!("path,label\n5.jpg,{long}\n5-again.jpg,cat\n6.jpg,dog\n"));
    let (bench, report) = imported(&table, column("label")).await;
    assert_eq!(bench.labels().await, ["5-again.jpg cat", "6.jpg dog"]);
    assert_eq!((report.counts.refused, report.counts.same), (1, 0));
}

#[tokio::test]
async fn a_contradiction_names_both_labels_and_both_names() {
    let files = pictures();
    let table = files.put("t.csv", "path,label\n5.jpg,cat\n5-again.jpg,dog\n2.jpg,dog\n");
    let (bench, report) = imported(&table, column("label")).await;
    assert_eq!(bench.labels().await, ["2.jpg dog", "5.jpg cat"]);
    let found = of(&report, Bucket::Contradiction);
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].name.as_str(), found[0].same_as.as_deref()), ("5-again.jpg", Some("5.jpg")));
    assert_eq!((found[0].standing.as_deref(), found[0].label.as_deref()), (Some("cat"), Some("dog")));
    assert_eq!(report.state().as_str(), "look");
    let twice = files.put("t.csv", "path,label\n1.jpg,cat\n1.jpg,dog\n2.jpg,dog\n");
    let (_, report) = imported(&twice, column("label")).await;
    assert_eq!((report.counts.added, report.counts.contradictions), (2, 1));
}

#[tokio::test]
async fn a_corrected_table_is_reported_and_taken_when_asked() {
    let files = pictures();
    let first = files.put("first.csv", "path,label\n1.jpg,cat\n2.jpg,dog\n");
    let corrected = files.put("corrected.csv", "path,label\n1.jpg,dog\n2.jpg,cat\n");
    let (bench, _) = imported(&first, column("label")).await;
    let told = bench.import(&corrected, column("label")).await;
    assert_eq!((told.counts.contradictions, told.labeled), (2, 0));
    assert_eq!(bench.labels().await, ["1.jpg cat", "2.jpg dog"]);

    let options = || ImportOptions { relabel: true, ..ImportOptions::new(column("label"), bench.account) };
    let dry = bench.try_import(&corrected, ImportOptions { dry_run: true, ..options() }).await.unwrap();
    assert_eq!((dry.counts.labels, bench.labels().await[0].as_str()), (2, "1.jpg cat"));
    let taken = bench.try_import(&corrected, options()).await.unwrap();
    assert_adds_up(&bench, &taken).await;
    assert_eq!(taken.counts.labels, 2);
    assert_eq!(of(&taken, Bucket::Label)[0].standing.as_deref(), Some("cat"));
    assert_eq!(bench.labels().await, ["1.jpg dog", "2.jpg cat"]);
    // Appended, not overwritten; and the counts follow.
    let votes = bench
        .app
        .store
        .export_votes(bench.project.id, querist::domain::SampleId(0), querist::domain::SampleId(99))
        .await
        .unwrap();
    assert_eq!(votes.len(), 4);
    let tally = bench.app.store.tally(bench.project.id).await.unwrap();
    assert_eq!((tally.labeled, tally.answers), (2, 4));
    // A source that contradicts itself still counts as a contradiction.
    let both = files.put("both.csv", "path,label\n1.jpg,cat\n1.jpg,dog\n");
    let told = bench.try_import(&both, options()).await.unwrap();
    assert_eq!((told.counts.labels, told.counts.contradictions), (1, 1));
}

#[tokio::test]
async fn letters_that_nobody_sees_make_no_class() {
    let files = pictures();
    let table = files.put(
        "t.csv",
        "path,label\n1.jpg,cat\n2.jpg,cat\u{200b}\n3.jpg,\u{feff}cat\n4.jpg,caf\u{e9}\n5.jpg,cafe\u{301}\n6.jpg,\u{202e}cat\n7.jpg,c\u{ad}at\n8.jpg, cat\u{a0}\n",
    );
    let (bench, report) = imported(&table, column("label")).await;
    assert_eq!(bench.classes().await, ["cat", "caf\u{e9}"]);
    assert_eq!(report.labeled, 8);
}

#[tokio::test]
async fn tables_as_programs_write_them_are_read() {
    let files = pictures();
    for text in [
        "sep=;\npath;label\n1.jpg;cat\n2.jpg;dog\n",
        "path,label,,\n1.jpg,cat,,\n2.jpg,dog,,\n",
        "\u{feff}Path;Label\r\n\r\n1.jpg;cat \r\n.\\2.jpg; dog\r\n\r\n",
        ",path,label\n0,1.jpg,cat\n1,2.jpg,dog\n",
        "path,label\r1.jpg,cat\r2.jpg,dog\r",
        "\n\npath;label\n1.jpg;cat\n2.jpg;dog\n",
    ] {
        let table = files.put("t.csv", text);
        let (bench, report) = imported(&table, column("label")).await;
        assert_eq!(bench.labels().await, ["1.jpg cat", "2.jpg dog"], "{text:?}");
        assert_eq!(report.counts.items(), 2);
    }
    let spaced = files.put("t.csv", "path, \"label\"\n1.jpg, \"cat\"\n2.jpg, \"dog, big\"\n");
    let (bench, _) = imported(&spaced, column("label")).await;
    assert_eq!(bench.labels().await, ["1.jpg cat", "2.jpg dog, big"]);
    let broken = files.put("t.csv", "path,label,note\n1.jpg,cat,\"two\nlines\"\n2.jpg,dog,x\n");
    let (bench, _) = imported(&broken, column("label")).await;
    let metadata = bench.app.store.sample_metadata(bench.project.id, bench.all().await[0].id).await.unwrap();
    assert_eq!(metadata.as_deref(), Some(r#"{"note":"two\nlines"}"#));
}

#[tokio::test]
async fn labels_are_text_as_it_is_written() {
    let files = pictures();
    let table = files.put(
        "t.csv",
        "path,label\n1.jpg,007\n2.jpg,None\n3.jpg,NaN\n4.jpg,true\n5.jpg,1.0\n6.jpg,1e5\n7.jpg,NA\n8.jpg,null\n",
    );
    let (bench, _) = imported(&table, column("label")).await;
    let expected =
        ["1.jpg 007", "2.jpg None", "3.jpg NaN", "4.jpg true", "5.jpg 1.0", "6.jpg 1e5", "7.jpg NA", "8.jpg null"];
    assert_eq!(bench.labels().await, expected);
    let table = files.put("t.csv", "path,label\n1.jpg,=1+1\n2.jpg,-5\n3.jpg,'quoted\n4.jpg,@x\n5.jpg,+1\n6.jpg,''=z\n");
    let (bench, _) = imported(&table, column("label")).await;
    assert_eq!(bench.labels().await, ["1.jpg =1+1", "2.jpg -5", "3.jpg 'quoted", "4.jpg @x", "5.jpg +1", "6.jpg '=z"]);
}

#[tokio::test]
async fn labels_reach_pictures_that_are_there_without_their_files() {
    let files = pictures();
    let (bench, _) = imported(&files.put("all.csv", "path\n1.jpg\n2.jpg\n3.jpg\n"), LabelsFrom::Nowhere).await;
    let hash = bench.all().await.into_iter().find(|row| row.name == "2.jpg").unwrap().hash;
    let other = Files::new();
    let table = other.put("later.csv", format!("path,sha256,label\n1.jpg,,cat\nwherever.jpg,{hash},dog\n9.jpg,,cat\n"));
    let report = bench.import(&table, column("label")).await;
    assert_adds_up(&bench, &report).await;
    assert_eq!(bench.labels().await, ["1.jpg cat", "2.jpg dog", "3.jpg -"]);
    assert_eq!((report.counts.labels, report.counts.refused), (2, 1));
    assert_eq!(report.refused[0].reason, "line 4: the file is missing, and no sample has this name");
}

#[tokio::test]
async fn the_shared_tables_come_out_right() {
    for (name, expected) in [
        ("unlabeled-copy-first", vec!["5.jpg cat", "6.jpg dog"]),
        ("refused-copy-first", vec!["5-again.jpg cat", "6.jpg dog"]),
        ("contradiction", vec!["1.jpg cat", "2.jpg dog"]),
        ("separator-line", vec!["1.jpg cat", "2.jpg dog"]),
        ("two-empty-headers", vec!["1.jpg cat", "2.jpg dog"]),
        ("space-before-quotes", vec!["1.jpg cat", "2.jpg dog, big"]),
        ("mark-semicolons-crlf", vec!["1.jpg cat", "2.jpg dog"]),
        ("line-break-in-cell", vec!["1.jpg cat", "2.jpg dog"]),
        ("index-column", vec!["1.jpg cat", "2.jpg dog"]),
        ("old-mac-lines", vec!["1.jpg cat", "2.jpg dog"]),
    ] {
        let Some(table) = shared(&format!("tables/{name}.csv")) else { continue };
        let (bench, _) = imported(&table, column("label")).await;
        assert_eq!(bench.labels().await, expected, "{name}");
    }
    if let Some(table) = shared("tables/forgotten-quote.csv") {
        assert!(refused(&table, column("label")).await.contains("line 2: a quote is opened here"));
    }
    if let Some(table) = shared("tables/invisible-letters.csv") {
        assert_eq!(imported(&table, column("label")).await.0.classes().await, ["cat", "caf\u{e9}"]);
    }
    if let (Some(first), Some(corrected)) = (shared("tables/first-labels.csv"), shared("tables/corrected-labels.csv")) {
        let (bench, _) = imported(&first, column("label")).await;
        assert_eq!(bench.import(&corrected, column("label")).await.counts.contradictions, 2);
    }
}

#[tokio::test]
async fn too_many_classes_are_refused_before_anything_is_stored() {
    let files = Files::new();
    files.put("1.png", picture(1));
    // One picture is enough: it is the labels that count.
    let rows = (0..1001).map(|i| format!("1.png,class {i}\n")).collect::<Vec<_>>().concat();
    let table = files.put("many.csv", format!("path,label\n{rows}"));
    let error = refused(&table, column("label")).await;
    assert!(error.contains("at most 1000") && error.contains("is this the right column?"), "{error}");
    let (bench, _) = imported(&files.put("one.csv", "path,label\n1.png,cat\n"), column("label")).await;
    let dry = ImportOptions { dry_run: true, ..ImportOptions::new(column("label"), bench.account) };
    assert_eq!(bench.try_import(&table, dry).await.unwrap_err(), error, "a dry run on known pictures says the same");
}
