//! Measures on the sets that `tests/oracles/columns.py` and `tests/oracles/trees.py` compare: CSV files, the label in the last column.

use std::path::{Path, PathBuf};
use std::time::Instant;

use super::ColumnEncoder;
use crate::learn::trees::Boosting;
use crate::learn::{Committee, CommitteeOptions, Link, Standardiser, Targets, Training, fit_committee, tune};
use crate::math::{Matrix, random};
use crate::modality::table::{TableCell, TableRow};
use crate::progress::Progress;

/// Labels, draws of them, and samples that are asked at most.
const SIZES: [usize; 4] = [20, 50, 100, 500];
const DRAWS: u64 = 10;
const ASKED: usize = 1_000;

fn sets() -> Vec<PathBuf> {
    let folder = PathBuf::from(std::env::var_os("QUERIST_TABLES").unwrap());
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut sets: Vec<PathBuf> = entries.filter(|path| path.extension().is_some_and(|end| end == "csv")).collect();
    sets.sort();
    sets
}

/// The rows of a set, and the labels in words.
fn read(path: &Path) -> (Vec<TableRow>, Vec<String>) {
    let mut table = csv::Reader::from_path(path).unwrap();
    let header = table.headers().unwrap().clone();
    let cell = |text: &str| match text.parse::<f64>() {
        Ok(number) if number.is_finite() => TableCell::Number(number),
        _ if text.is_empty() => TableCell::Missing,
        _ => TableCell::Text(text.to_owned()),
    };
    let row = |record: &csv::StringRecord| {
        let cells = header.iter().zip(record).take(header.len() - 1);
        TableRow { cells: cells.map(|(name, text)| (name.to_owned(), cell(text))).collect() }
    };
    let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    records.iter().map(|record| (row(record), record[header.len() - 1].to_owned())).unzip()
}

fn embedded(rows: &[TableRow]) -> (ColumnEncoder, Matrix) {
    let encoder = ColumnEncoder::learn(rows, 1, &Progress::silent()).unwrap();
    let mut out = Matrix::zeros(rows.len(), encoder.dim());
    rows.iter().enumerate().for_each(|(i, row)| encoder.embed(row, out.row_mut(i)));
    (encoder, out)
}

#[test]
#[ignore = "measures, with the folder of sets in QUERIST_TABLES"]
fn sets_are_embedded_for_the_script() {
    for path in sets() {
        let (rows, _) = read(&path);
        let began = Instant::now();
        let (encoder, out) = embedded(&rows);
        let bytes: Vec<u8> = out.as_slice().iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path.with_extension("f32"), bytes).unwrap();
        let model = encoder.to_model().to_bytes();
        std::fs::write(path.with_extension("onnx"), model).unwrap();
        println!("{}: {} numbers, {} axes, {:.2?}", path.display(), encoder.dim(), encoder.axes(), began.elapsed());
    }
}

/// What a committee gets right of `asked`, by its heads, by its trees, and by both, in percent.
struct Right {
    heads: f64,
    trees: f64,
    both: f64,
}

fn right(p: &[f32], labels: &[usize], k: usize) -> f64 {
    let best = |p: &[f32]| (0..k).fold(0, |best, class| if p[class] > p[best] { class } else { best });
    let hits = p.chunks_exact(k).zip(labels).filter(|(p, label)| best(p) == **label).count();
    100.0 * hits as f64 / labels.len() as f64
}

fn judged(rows: &Matrix, axes: usize, labels: &[usize], k: usize, (known, asked): (&[usize], &[usize])) -> Right {
    let standardiser = Standardiser::of_columns(rows, axes).unwrap();
    let of = |at: &[usize]| at.iter().map(|&i| labels[i]).collect::<Vec<_>>();
    let (taught, said, truth) = (rows.gather(known), of(known), of(asked));
    let asked = rows.gather(asked);
    let training = Training { rows: &taught, targets: Targets::One(&said), weights: None, n_classes: k };
    let tuned = tune(&training, &standardiser, None, 1).unwrap();
    let fitted = |boosting: Option<Boosting>| -> Committee {
        let options = CommitteeOptions { tuned: Some(tuned.with_trees(boosting)), ..CommitteeOptions::default() };
        fit_committee(&training, &standardiser, None, &options).unwrap().committee
    };
    let forced = Boosting { of_eight: 4, rounds: 50, temperature: 1.0 };
    let trees = fitted(Some(tuned.boosting.unwrap_or(forced))).trees;
    let mut alone = vec![0.0; truth.len() * k];
    for member in &trees {
        let mut p = member.scores(&asked);
        Link::Softmax.apply(&mut p, k);
        alone.iter_mut().zip(p).for_each(|(sum, p)| *sum += p);
    }
    let heads = right(&fitted(None).probabilities(&asked), &truth, k);
    let both = tuned.boosting.map_or(heads, |_| right(&fitted(tuned.boosting).probabilities(&asked), &truth, k));
    Right { heads, trees: right(&alone, &truth, k), both }
}

#[test]
#[ignore = "measures, with the folder of sets in QUERIST_TABLES"]
fn heads_trees_and_both_are_compared_on_sets() {
    for path in sets() {
        let (rows, words) = read(&path);
        let mut names = words.clone();
        names.sort();
        names.dedup();
        let labels: Vec<usize> = words.iter().map(|word| names.binary_search(word).unwrap()).collect();
        let (encoder, rows) = embedded(&rows);
        let mut draws = serde_json::Map::new();
        for size in SIZES.into_iter().filter(|size| size + 50 <= labels.len()) {
            let mut kept = Vec::new();
            let mut sums = [0.0; 3];
            for draw in 0..DRAWS {
                let mut order: Vec<usize> = (0..labels.len()).collect();
                order.sort_by_key(|&i| random::hash(draw, i as u64));
                let (known, asked) = order.split_at(size);
                let asked = &asked[..asked.len().min(ASKED)];
                let found = judged(&rows, encoder.axes(), &labels, names.len(), (known, asked));
                sums.iter_mut().zip([found.heads, found.trees, found.both]).for_each(|(sum, x)| *sum += x);
                kept.push(serde_json::json!({ "train": known, "test": asked }));
            }
            let [heads, trees, both] = sums.map(|sum| sum / DRAWS as f64);
            let name = path.file_stem().unwrap().display();
            println!("{name}, {size} labels: heads {heads:.1}, trees {trees:.1}, both {both:.1}");
            draws.insert(size.to_string(), kept.into());
        }
        std::fs::write(path.with_extension("draws.json"), serde_json::to_vec(&draws).unwrap()).unwrap();
    }
}
