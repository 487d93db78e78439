//! Embeds the sets that `tests/oracles/columns.py` compares.

use std::time::Instant;

use super::ColumnEncoder;
use crate::modality::table::{TableCell, TableRow};
use crate::progress::Progress;

#[test]
#[ignore = "measures, with the folder of sets in QUERIST_TABLES"]
fn sets_are_embedded_for_the_script() {
    let folder = std::path::PathBuf::from(std::env::var_os("QUERIST_TABLES").unwrap());
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "csv") {
            continue;
        }
        let mut table = csv::Reader::from_path(&path).unwrap();
        let header = table.headers().unwrap().clone();
        let row = |record: csv::StringRecord| {
            let cells = header.iter().zip(&record).take(header.len() - 1);
            let cells = cells.map(|(name, cell)| (name.to_owned(), TableCell::Number(cell.parse().unwrap())));
            TableRow { cells: cells.collect() }
        };
        let rows: Vec<TableRow> = table.records().map(|record| row(record.unwrap())).collect();
        let began = Instant::now();
        let encoder = ColumnEncoder::learn(&rows, 1, &Progress::silent()).unwrap();
        let mut out = vec![0.0; rows.len() * encoder.dim()];
        rows.iter().zip(out.chunks_exact_mut(encoder.dim())).for_each(|(row, out)| encoder.embed(row, out));
        let bytes: Vec<u8> = out.iter().flat_map(|value| value.to_le_bytes()).collect();
        std::fs::write(path.with_extension("f32"), bytes).unwrap();
        let model = encoder.to_model().to_bytes();
        std::fs::write(path.with_extension("onnx"), model).unwrap();
        println!("{}: {} numbers, {:.2?}", path.display(), encoder.dim(), began.elapsed());
    }
}
