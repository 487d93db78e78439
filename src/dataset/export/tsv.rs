//! TSV: the table of [`super::csv`] with tabs between cells.

use std::io::BufWriter;

use super::Format;
use super::csv::CsvTable;

pub(super) const FORMAT: Format = Format {
    name: "tsv",
    about: "The same with tabs between cells.",
    ending: "tsv",
    shape: "is a table",
    lacks: &[],
    open: |file, about| Ok(Box::new(CsvTable::separated(BufWriter::new(file), &about.columns, b'\t')?)),
};

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, no_files, records, written};
    use super::FORMAT;
    use crate::dataset::cells;

    #[test]
    fn cells_are_those_of_the_csv() {
        let bytes = written(&FORMAT, columns(), no_files());
        let mut reader = csv::ReaderBuilder::new().delimiter(b'\t').from_reader(bytes.as_slice());
        let rows: Vec<_> = reader.records().map(Result::unwrap).collect();
        let paths: Vec<_> = rows.iter().map(|row| cells::unprotect(&row[0]).to_owned()).collect();
        assert_eq!(paths, records().into_iter().map(|record| record.path).collect::<Vec<_>>());
    }
}
