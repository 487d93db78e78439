//! CSV: one row per sample, cells protected against running as formulas (see [`cells`]); imports again as a manifest.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::{ExportColumns, ExportError, Format, Record, Writer};
use crate::dataset::cells;
use crate::domain::task;

/// Writes rows into anything, so that other formats can carry the same table.
pub(super) struct CsvTable<W: Write> {
    csv: csv::Writer<W>,
    columns: ExportColumns,
}

impl<W: Write> CsvTable<W> {
    pub(super) fn new(out: W, columns: ExportColumns) -> Result<Self, ExportError> {
        let mut csv = csv::WriterBuilder::new().from_writer(out);
        let named = if columns.sets { "classes" } else { "class" };
        let fixed =
            ["path", named, "sample_id", "sha256", "audit", "annotator", "made_at", "asked_by", "round", "propensity"];
        let mut header: Vec<String> = fixed.map(str::to_owned).to_vec();
        if columns.split {
            header.push("split".to_owned());
        }
        header.extend(columns.classes.iter().map(|class| format!("p({class})")));
        if !columns.classes.is_empty() {
            header.push("predicted_by".to_owned());
        }
        if columns.votes {
            header.push("votes".to_owned());
        }
        csv.write_record(&header)?;
        Ok(Self { csv, columns })
    }

    pub(super) fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let number = |value: Option<String>| value.unwrap_or_default();
        let mut field = |text: &str| self.csv.write_field(cells::protect(text).as_bytes());
        field(&record.path)?;
        field(&record.classes.as_ref().map_or_else(|| record.class.clone(), |classes| task::join(classes)))?;
        field(&record.sample_id.to_string())?;
        field(&record.sha256)?;
        field(if record.audit { "true" } else { "false" })?;
        field(&record.annotator)?;
        field(&record.made_at)?;
        field(&record.asked_by)?;
        field(&number(record.round.map(|round| round.to_string())))?;
        field(&number(record.propensity.map(|chance| chance.to_string())))?;
        if self.columns.split {
            field(record.split.unwrap_or_default())?;
        }
        for class in 0..self.columns.classes.len() {
            field(&number(record.predictions.as_ref().and_then(|p| p.get(class)).map(ToString::to_string)))?;
        }
        if !self.columns.classes.is_empty() {
            field(record.predicted_by.unwrap_or_default())?;
        }
        if self.columns.votes {
            field(&serde_json::to_string(record.votes.as_deref().unwrap_or_default())?)?;
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
    refuses: |_| None,
    open: |file, columns, _| Ok(Box::new(Csv::new(file, columns)?)),
};

struct Csv {
    table: CsvTable<BufWriter<File>>,
}

impl Csv {
    fn new(file: File, columns: ExportColumns) -> Result<Self, ExportError> {
        Ok(Self { table: CsvTable::new(BufWriter::new(file), columns)? })
    }
}

impl Writer for Csv {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        self.table.write(record)
    }

    fn finish(self: Box<Self>) -> Result<File, ExportError> {
        self.table.finish()?.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, no_files, records, written};
    use super::*;

    #[test]
    fn a_set_is_one_cell() {
        let mut table = CsvTable::new(Vec::new(), ExportColumns { sets: true, ..ExportColumns::default() }).unwrap();
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
