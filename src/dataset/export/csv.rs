//! CSV: one row per sample, cells protected against running as formulas (see [`cells`]); imports again as a manifest.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::table::{self, TableColumn};
use super::{ExportColumns, ExportError, Format, Record, Writer};
use crate::dataset::cells;

/// Writes rows into anything, so that other formats can carry the same table.
pub(super) struct CsvTable<W: Write> {
    csv: csv::Writer<W>,
    columns: Vec<TableColumn>,
}

impl<W: Write> CsvTable<W> {
    pub(super) fn new(out: W, columns: &ExportColumns) -> Result<Self, ExportError> {
        Self::separated(out, columns, b',')
    }

    /// With `separator` between cells.
    pub(super) fn separated(out: W, columns: &ExportColumns, separator: u8) -> Result<Self, ExportError> {
        let mut csv = csv::WriterBuilder::new().delimiter(separator).from_writer(out);
        let columns = table::columns(columns);
        csv.write_record(columns.iter().map(|column| cells::protect(&column.name).into_owned()))?;
        Ok(Self { csv, columns })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        for column in &self.columns {
            self.csv.write_field(cells::protect(&column.read.cell(record)?).as_bytes())?;
        }
        Ok(self.csv.write_record(None::<&[u8]>)?)
    }

    pub(super) fn finish(self) -> Result<W, ExportError> {
        self.csv.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

pub(super) const FORMAT: Format = Format {
    name: "csv",
    about: "One row per sample; opens in any spreadsheet.",
    ending: "csv",
    shape: "is a table",
    lacks: &[],
    open: |file, about| Ok(Box::new(CsvTable::new(BufWriter::new(file), &about.columns)?)),
};

impl Writer for CsvTable<BufWriter<File>> {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        CsvTable::write(self, record)
    }

    fn finish(self: Box<Self>) -> Result<File, ExportError> {
        CsvTable::finish(*self)?.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, no_files, records, written};
    use super::*;

    #[test]
    fn a_skipped_sample_has_a_reason_in_place_of_a_class() {
        let columns = ExportColumns { skips: true, ..ExportColumns::default() };
        let mut table = CsvTable::new(Vec::new(), &columns).unwrap();
        let skip = Some("unsure".to_owned());
        let note = Some("blurred, twice".to_owned());
        table.write(&Record { class: String::new(), skip, note, ..records().remove(0) }).unwrap();
        let bytes = table.finish().unwrap();
        let mut rows = csv::Reader::from_reader(bytes.as_slice());
        let row = rows.records().next().unwrap().unwrap();
        assert_eq!((&row[1], &row[10], &row[11]), ("", "unsure", "blurred, twice"));
    }

    #[test]
    fn a_set_is_one_cell() {
        let mut table = CsvTable::new(Vec::new(), &ExportColumns { sets: true, ..ExportColumns::default() }).unwrap();
        for classes in [vec!["cat".to_owned(), "=dog".to_owned()], Vec::new()] {
            table.write(&Record { classes: Some(classes), ..records().remove(0) }).unwrap();
        }
        let text = String::from_utf8(table.finish().unwrap()).unwrap();
        let cells: Vec<_> = text.lines().map(|line| line.split(',').nth(1).unwrap()).collect();
        assert_eq!(cells, ["classes", "cat|=dog", "|"]);
    }

    #[test]
    fn names_and_classes_come_back_and_no_cell_runs() {
        let bytes = written(&FORMAT, columns(), no_files());
        let mut reader = csv::Reader::from_reader(bytes.as_slice());
        let header = reader.headers().unwrap().clone();
        assert_eq!(header.iter().skip(10).collect::<Vec<_>>(), ["split", "p(cat)", "p(=dog)", "predicted_by", "votes"]);
        for (row, record) in reader.records().map(Result::unwrap).zip(records()) {
            assert_eq!(cells::unprotect(&row[0]), record.path);
            assert_eq!(cells::unprotect(&row[1]), record.class);
            assert_eq!((&row[12], &row[13], &row[14]), ("0.75", "held-out", "[]"));
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@', '\t', '\r'])));
        }
    }
}
