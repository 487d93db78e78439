//! What a learned encoder promises; features against scikit-learn (data: `tests/oracles/columns.py`), the graph against our own code.

use super::{AXES, CYCLES, ColumnEncoder, FARTHEST, HATS, KNOTS, STEP, wave};
use crate::math::random;
use crate::modality::table::{ColumnHolds, TableCell, TableRow};
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::runtime::sessions::{ColumnValues, Sessions};
use crate::runtime::testing::runtime;

/// Rows of numbers, dates, truth values and texts, a tenth of them missing, drawn by `seed`.
pub(super) fn drawn(n: usize, seed: u64) -> Vec<TableRow> {
    let row = |i: usize| {
        let unit = |at: u64| random::unit(random::hash(seed ^ at, i as u64));
        let text = |text: String| TableCell::Text(text);
        let cells = [
            ("flow [m³/h]", TableCell::Number(40.0 + 12.0 * (unit(1) + unit(2) + unit(3) - 1.5))),
            ("large", TableCell::Number((unit(4) * 30.0).exp())),
            ("whole", TableCell::Number((unit(5) * 4.0).floor())),
            ("same", TableCell::Number(7.0)),
            ("embedding", TableCell::Number(unit(6) - 0.5)),
            ("since", text(format!("20{:02}-{:02}-{:02} {:02}:30", 10 + i % 16, 1 + i % 12, 1 + i % 28, i % 24))),
            ("on", TableCell::Truth(unit(7) < 0.3)),
            ("site", text(["north", "south", "'quay'", "字"][(unit(8) * 4.0) as usize].to_owned())),
            ("pump", text(format!("pump {}", (unit(9) * unit(10) * 150.0) as usize))),
            ("note", text(format!("a note of its own, the {i}th of many, that is longer than a category is"))),
            ("nothing", TableCell::Missing),
        ];
        let cells = cells.into_iter().enumerate().map(|(at, (name, cell))| {
            let gone = unit(100 + at as u64) < 0.1;
            (name.to_owned(), if gone { TableCell::Missing } else { cell })
        });
        TableRow { cells: cells.collect() }
    };
    (0..n).map(row).collect()
}

fn learned(rows: &[TableRow], seed: u64) -> ColumnEncoder {
    ColumnEncoder::learn(rows, seed, &Progress::silent()).unwrap()
}

fn embedding(encoder: &ColumnEncoder, row: &TableRow) -> Vec<f32> {
    let mut out = vec![f32::NAN; encoder.dim()];
    encoder.embed(row, &mut out);
    out
}

#[test]
fn columns_are_used_by_what_they_hold() {
    use ColumnHolds::{Category, Date, Number};
    let encoder = learned(&drawn(400, 1), 1);
    let columns: Vec<_> = encoder.spec().columns.iter().map(|column| (column.input.as_str(), column.holds)).collect();
    let expected = [
        ("flow [m³/h]", Number),
        ("large", Number),
        ("whole", Number),
        ("same", Number),
        ("column embedding", Number),
        ("since", Date),
        ("on", Category),
        ("site", Category),
        ("pump", Category),
    ];
    assert_eq!(columns, expected);
    assert!(encoder.categories[2].others && encoder.categories[2].values.len() == super::MOST_VALUES);
}

#[test]
fn the_same_rows_and_seed_give_the_same_encoder_and_it_comes_back_from_its_file() {
    let rows = drawn(300, 1);
    let one = learned(&rows, 5);
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1).build().unwrap();
    assert!(alone.install(|| learned(&rows, 5)) == one);
    for encoder in [one, learned(&wide(60), 5), learned(&wide(290), 5)] {
        let bytes = encoder.to_model().to_bytes();
        let again = ColumnEncoder::from_model(&Model::read(bytes.clone()).unwrap()).unwrap();
        assert!(again == encoder && again.to_model().to_bytes() == bytes);
    }
    assert!(ColumnEncoder::from_model(&Model::default()).is_err());
}

/// Rows of so many columns of numbers, one in nine of which has gaps, and one of categories.
pub(super) fn wide(columns: usize) -> Vec<TableRow> {
    let unit = |i: usize, j: usize| random::unit(random::hash(j as u64, i as u64));
    let cell = |i: usize, j: usize| {
        let gone = j.is_multiple_of(9) && unit(i, j + 1_000) < 0.2;
        let number = TableCell::Number(unit(i, j) + unit(i, j / 3));
        (format!("c{j}"), if gone { TableCell::Missing } else { number })
    };
    let site = |i: usize| ("site".to_owned(), TableCell::Text(["a", "b", "c"][i % 3].to_owned()));
    (0..300).map(|i| TableRow { cells: (0..columns).map(|j| cell(i, j)).chain([site(i)]).collect() }).collect()
}

#[test]
fn an_embedding_begins_with_axes_and_ends_with_what_all_rows_share() {
    // 60 numbers, 7 of them with gaps, 3 sites; 480 hats do not fit.
    for (columns, axes, dim) in [(60, 70, 256), (290, AXES, AXES + 65)] {
        let rows = wide(columns);
        let encoder = learned(&rows, 1);
        assert_eq!((encoder.axes(), encoder.dim()), (axes, dim));
        let shared = embedding(&encoder, &rows[0])[dim - 1];
        assert!(shared >= 4.0 && shared.log2().fract() == 0.0, "{shared}");
        for row in &rows {
            let out = embedding(&encoder, row);
            let features = encoder.features(&encoder.spec().values(row));
            // What the store keeps: the largest number, and all others as shares of it in half precision.
            assert!(out.iter().all(|x| x.abs() <= shared) && out[dim - 1] == shared);
            assert!(out.iter().all(|x| half::f16::from_f32(x / shared).to_f32() * shared == *x));
            assert!(
                out[..axes]
                    .iter()
                    .zip(&features)
                    .all(|(x, feature)| (x - feature).abs() <= feature.abs() / 2_048.0 + 1e-6)
            );
        }
    }
}

#[test]
fn a_wave_is_nearly_a_sine() {
    for at in 0..4_000 {
        let turns = at as f32 * 0.01 - 20.0;
        let sine = (f64::from(turns) * std::f64::consts::TAU).sin();
        assert!((f64::from(wave(turns)) - sine).abs() < 1.5e-3, "{turns}");
    }
}

#[test]
fn too_little_teaches_nothing() {
    let reason = |rows: &[TableRow]| match ColumnEncoder::learn(rows, 1, &Progress::silent()) {
        Err(EncodeError::Learn(reason)) => reason,
        other => panic!("{other:?}"),
    };
    let row = |json: &str| serde_json::from_str::<TableRow>(json).unwrap();
    assert!(reason(&[row(r#"{"a":1}"#)]).contains("too few"));
    assert!(reason(&[row(r#"{"a":1}"#), row(r#"{"a":1}"#)]).contains("look the same"));
    assert!(reason(&[row(r#"{"a":null}"#), row(r#"{"a":null}"#)]).contains("no column"));
}

#[test]
fn absurd_numbers_stay_finite() {
    let numbers = [1e300, -1e300, 1e-300, 0.0, 3e38, -3e38, 1e15 + 1.0, 1e15];
    let rows: Vec<TableRow> =
        numbers.iter().map(|&value| TableRow { cells: vec![("a".to_owned(), TableCell::Number(value))] }).collect();
    for part in [&rows[..], &rows[2..4], &rows[6..]] {
        let Ok(encoder) = ColumnEncoder::learn(part, 1, &Progress::silent()) else { continue };
        assert!(rows.iter().all(|row| embedding(&encoder, row).iter().all(|value| value.is_finite())));
    }
}

#[test]
fn without_a_column_it_is_missing() {
    let rows = drawn(200, 1);
    let encoder = learned(&rows, 1);
    let without = encoder.without_each(&rows[3]);
    assert!(without.iter().all(|(at, _)| !["note", "nothing"].contains(&rows[3].cells[*at].0.as_str())));
    for (at, found) in without {
        assert_eq!(found, embedding(&encoder, &rows[3].without(at)));
    }
}

/// The graph's embeddings of rows.
fn run(sessions: &Sessions, encoder: &ColumnEncoder, rows: &[TableRow]) -> Vec<f32> {
    let values: Vec<_> = rows.iter().map(|row| encoder.spec().values(row)).collect();
    let n = values[0].numbers.len();
    let inputs = encoder.spec().columns.iter().enumerate().map(|(at, column)| {
        let of_column = if at < n {
            ColumnValues::Numbers(values.iter().map(|row| row.numbers[at]).collect())
        } else {
            ColumnValues::Texts(values.iter().map(|row| row.texts[at - n].clone()).collect())
        };
        (column.input.as_str(), of_column)
    });
    sessions.run_columns(&inputs.collect::<Vec<_>>(), rows.len(), "embedding").unwrap().values
}

#[test]
fn the_graph_gives_what_this_code_gives_bit_for_bit() {
    let Some(runtime) = runtime() else { return };
    let rows = drawn(600, 1);
    let narrow = |keep: fn(&str) -> bool| {
        let part =
            |row: &TableRow| TableRow { cells: row.cells.iter().filter(|(name, _)| keep(name)).cloned().collect() };
        rows.iter().map(part).collect::<Vec<_>>()
    };
    let pools = [
        rows.clone(),
        narrow(|name| name == "large"),
        narrow(|name| name == "site"),
        narrow(|name| name == "since"),
        wide(60),
        wide(290),
    ];
    for (at, pool) in pools.into_iter().enumerate() {
        let encoder = learned(&pool, 1);
        let sessions = Sessions::open(&runtime, &encoder.to_model().to_bytes(), 1).unwrap();
        let mut asked = if at < 4 { drawn(1_000, 77) } else { pool };
        asked[0].cells.clear();
        let found = run(&sessions, &encoder, &asked);
        for (row, found) in asked.iter().zip(found.chunks_exact(encoder.dim())) {
            let own = embedding(&encoder, row);
            let differ = own.iter().zip(found).filter(|(a, b)| a != b).count();
            assert_eq!(differ, 0, "numbers of a row of {} columns", encoder.spec().columns.len());
        }
    }
}

#[derive(serde::Deserialize)]
struct OracleFile {
    numbers: Vec<Option<f64>>,
    asked: Vec<f64>,
    standardised: Vec<f64>,
    hats: Vec<Vec<f64>>,
    categories: Vec<Option<String>>,
    values: Vec<String>,
    one_hot: Vec<Vec<f32>>,
}

#[test]
fn features_are_those_of_scikit_learn() {
    let file: OracleFile = serde_json::from_str(include_str!("../../../tests/data/columns.json")).unwrap();
    let row = |number: Option<f64>, text: Option<&String>| TableRow {
        cells: vec![
            ("x".to_owned(), number.map_or(TableCell::Missing, TableCell::Number)),
            ("c".to_owned(), text.map_or(TableCell::Missing, |text| TableCell::Text(text.clone()))),
        ],
    };
    let pool: Vec<TableRow> =
        file.numbers.iter().zip(&file.categories).map(|(number, text)| row(*number, text.as_ref())).collect();
    let encoder = learned(&pool, 1);
    let near = |found: f32, expected: f64| (f64::from(found) - expected).abs() < 1e-5;
    // Behind the number: what is missing, and the categories with theirs. Hats are rounded to a step.
    let before_hats = 2 + file.values.len() + 1;
    let hat = |found: f32, expected: f64| {
        (f64::from(found) - expected * f64::from(HATS)).abs() <= f64::from(STEP) / 2.0 + 1e-6
    };
    for (at, &asked) in file.asked.iter().enumerate() {
        let found = encoder.features(&encoder.spec().values(&row(Some(asked), None)));
        let standardised = file.standardised[at].clamp(-f64::from(FARTHEST), f64::from(FARTHEST));
        assert!(near(found[0], standardised), "{asked}: {} for {standardised}", found[0]);
        let hats = found[before_hats..before_hats + KNOTS].iter().zip(&file.hats[at]);
        assert!(
            hats.clone().all(|(&found, &expected)| hat(found, expected)),
            "{asked}: {:?}",
            hats.collect::<Vec<_>>()
        );
    }
    let mut names = encoder.categories[0].values.clone();
    names.sort();
    assert_eq!(names, file.values);
    for (text, expected) in file.categories.iter().zip(&file.one_hot) {
        let found = encoder.features(&encoder.spec().values(&row(None, text.as_ref())));
        let place = |name: &String| found[2 + encoder.categories[0].place(name).unwrap()];
        assert_eq!(&file.values.iter().map(place).collect::<Vec<_>>(), expected);
        assert_eq!((found[1], found[2 + file.values.len()] == 1.0), (1.0, text.is_none()));
    }
}

#[test]
fn dates_have_their_place_in_the_year_the_week_and_the_day() {
    let date = |text: &str| TableRow { cells: vec![("at".to_owned(), TableCell::Text(text.to_owned()))] };
    let pool: Vec<TableRow> = (1..=28).map(|day| date(&format!("2026-02-{day:02} 06:00"))).collect();
    let encoder = learned(&pool, 1);
    let cycles = |text: &str| encoder.features(&encoder.spec().values(&date(text)))[KNOTS + 1..].to_vec();
    let (one, week_later) = (cycles("2026-02-02 06:00"), cycles("2026-02-09 06:00"));
    // Sine and cosine of the week, then of the day: a quarter of it is over.
    assert!(one[2..].iter().zip(&week_later[2..]).all(|(a, b)| (a - b).abs() <= STEP), "{one:?} {week_later:?}");
    assert!((one[4] - CYCLES).abs() < 1e-3 && one[5].abs() < 1e-3, "{one:?}");
    assert!((one[0] - week_later[0]).abs() > 0.01);
}
