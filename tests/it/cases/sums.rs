//! Random sources: every item ends in one bucket, and the database is what the report says.

use proptest::prelude::*;
use querist::service::exchange::importing::LabelsFrom::Folder;
use querist::service::exchange::importing::{ImportOptions, LabelsFrom};

use super::{Files, assert_adds_up, column};
use crate::support::bench::Bench;
use crate::support::zips::{picture, zip_of};

/// A file of a random source: which picture, whether it is broken, and what is said of it.
#[derive(Debug, Clone)]
struct Piece {
    content: u8,
    broken: bool,
    label: Option<&'static str>,
}

fn pieces() -> impl Strategy<Value = Vec<Piece>> {
    let label = prop_oneof![Just(None), Just(Some("cat")), Just(Some("dog")), Just(Some("bad\tname"))];
    let piece = (0..6u8, prop::bool::weighted(0.15), label);
    prop::collection::vec(piece.prop_map(|(content, broken, label)| Piece { content, broken, label }), 1..24)
}

/// How a source is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    Tree,
    Zip,
    Csv,
    ZipWithTable,
}

fn shapes() -> impl Strategy<Value = Shape> {
    prop_oneof![Just(Shape::Tree), Just(Shape::Zip), Just(Shape::Csv), Just(Shape::ZipWithTable)]
}

/// The source on disk, where its labels are, and how many items it has.
fn pack(pieces: &[Piece], shape: Shape) -> (Files, std::path::PathBuf, LabelsFrom, u64) {
    let files = Files::new();
    let bytes = |piece: &Piece| {
        let whole = picture(piece.content);
        if piece.broken { whole[..whole.len() / 2].to_vec() } else { whole }
    };
    let in_folders = matches!(shape, Shape::Tree | Shape::Zip);
    let named: Vec<(String, Vec<u8>)> = pieces
        .iter()
        .enumerate()
        .map(|(i, piece)| {
            let folder = piece.label.filter(|_| in_folders).map(|label| format!("{}/", label.replace('\t', "\u{1}")));
            (format!("{}{i:02}.png", folder.unwrap_or_default()), bytes(piece))
        })
        .collect();
    let rows = pieces.iter().enumerate();
    let rows: Vec<String> =
        rows.map(|(i, piece)| format!("{i:02}.png,{}\n", piece.label.unwrap_or_default())).collect();
    let rows = rows.concat();
    let table = format!("path,label\n{rows}");
    let n = pieces.len() as u64;
    let zipped = |with_table: bool| {
        let mut entries: Vec<(&str, &[u8])> =
            named.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        if with_table {
            entries.push(("t.csv", table.as_bytes()));
        }
        zip_of(&entries)
    };
    let (source, labels, items) = match shape {
        Shape::Zip => (files.put("a.zip", zipped(false)), Folder, n),
        Shape::ZipWithTable => (files.put("a.zip", zipped(true)), column("label"), n + 1),
        Shape::Tree | Shape::Csv => {
            for (name, bytes) in &named {
                files.put(&format!("in/{name}"), bytes);
            }
            if shape == Shape::Tree {
                (files.path("in"), Folder, n)
            } else {
                (files.put("in/t.csv", &table), column("label"), n)
            }
        }
    };
    (files, source, labels, items)
}

/// The expected result: for each content the first sound piece adds it, the first label that is sound labels it.
async fn check(first: Vec<Piece>, second: Vec<Piece>, shapes: (Shape, Shape)) {
    let bench = Bench::new().await;
    let mut known: std::collections::BTreeMap<u8, Option<&str>> = std::collections::BTreeMap::new();
    for (pieces, shape) in [(first, shapes.0), (second, shapes.1)] {
        let (_files, source, labels, items) = pack(&pieces, shape);
        let options = ImportOptions::new(labels, bench.account);
        let dry = bench.try_import(&source, ImportOptions { dry_run: true, ..options.clone() }).await.unwrap();
        let report = bench.try_import(&source, options).await.unwrap();
        assert_adds_up(&bench, &report).await;
        assert_eq!(report.counts.items(), items, "{report:?}");
        assert_eq!((dry.counts, &dry.new_classes), (report.counts, &report.new_classes));
        let mut order: Vec<&Piece> = pieces.iter().collect();
        if shape == Shape::Tree {
            // By name: files at the root and folders, in the order of their letters.
            let key = |i: usize| {
                format!(
                    "{}{i:02}",
                    pieces[i].label.map_or(String::new(), |label| format!("{}/", label.replace('\t', "\u{1}")))
                )
            };
            let mut at: Vec<usize> = (0..pieces.len()).collect();
            at.sort_by_key(|i| key(*i));
            order = at.into_iter().map(|i| &pieces[i]).collect();
        }
        let (mut added, mut same, mut taken, mut against, mut refused) = (0, 0, 0, 0, 0);
        for piece in order {
            let bad = piece.label.is_some_and(|label| label.contains('\t'));
            if piece.broken || bad {
                refused += 1;
                continue;
            }
            match known.get_mut(&piece.content) {
                None => {
                    known.insert(piece.content, piece.label);
                    added += 1;
                }
                Some(standing) => match (*standing, piece.label) {
                    (_, None) => same += 1,
                    (None, Some(label)) => {
                        *standing = Some(label);
                        taken += 1;
                    }
                    (Some(one), Some(other)) if one == other => same += 1,
                    _ => against += 1,
                },
            }
        }
        let counts = report.counts;
        assert_eq!(
            (counts.added, counts.same, counts.labels, counts.contradictions, counts.refused),
            (added, same, taken, against, refused),
            "{shape:?} {pieces:?}"
        );
        let tally = bench.app.store.tally(bench.project.id).await.unwrap();
        assert_eq!(tally.samples, known.len() as i64);
        assert_eq!(tally.labeled, known.values().flatten().count() as i64);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_item_ends_in_one_bucket_and_the_database_agrees(
        first in pieces(),
        second in pieces(),
        shapes in (shapes(), shapes()),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(check(first, second, shapes));
    }
}
