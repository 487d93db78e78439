//! What fastai's `ImageDataLoaders.from_csv` reads: a zip of `images/` and `labels.csv` with the columns `name`, `label` and
//! `is_valid`; several classes with `|` between them.
//!
//! **Invariant:** `labels.csv` holds what a model may see, train and val. Test and audit samples have tables of their own.

use std::collections::BTreeMap;
use std::fs::File;

use super::archive::{Archive, SideFile};
use super::{BARE, ExportError, Format, Record, Writer};

/// The split that chooses a model.
const VALID: &str = "val";

pub(super) const FORMAT: Format = Format {
    name: "fastai",
    about: "A zip with labels.csv, as fastai reads it.",
    ending: "zip",
    shape: "has a list of names and labels",
    lacks: BARE,
    open: |file, about| Ok(Box::new(Fastai { archive: Archive::new(file, about.fetch), tables: BTreeMap::new() })),
};

struct Fastai {
    archive: Archive,
    tables: BTreeMap<&'static str, csv::Writer<SideFile>>,
}

/// The table of a split.
fn table_of(split: Option<&'static str>) -> &'static str {
    match split {
        None | Some("train" | VALID) => "labels",
        Some(split) => split,
    }
}

impl Writer for Fastai {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let path = self.archive.listed(record)?;
        let name = table_of(record.split);
        if !self.tables.contains_key(name) {
            let mut table = csv::Writer::from_writer(SideFile::new());
            table.write_record(["name", "label", "is_valid"])?;
            self.tables.insert(name, table);
        }
        if let Some(table) = self.tables.get_mut(name) {
            let label = record.names().unwrap_or_default().join("|");
            let valid = if record.split == Some(VALID) { "True" } else { "False" };
            table.write_record([path.as_str(), label.as_str(), valid])?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        for (split, table) in std::mem::take(&mut self.tables) {
            let side = table.into_inner().map_err(|error| ExportError::Io(error.into_error()))?;
            self.archive.collected(&format!("{split}.csv"), side)?;
        }
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ExportColumns;
    use super::super::testing::{about, bare, entries, hashes, records, sets, written_of};
    use super::*;

    fn table<'a>(entries: &'a [(String, String)], name: &str) -> Vec<&'a str> {
        entries.iter().find(|(entry, _)| entry == name).unwrap().1.lines().collect()
    }

    #[test]
    fn nothing_to_train_on_is_in_the_test_or_the_audit_set() {
        let splits = ["train", "val", "test", "audit", "train"];
        let records: Vec<_> =
            records().into_iter().zip(splits).map(|(record, split)| Record { split: Some(split), ..record }).collect();
        let entries = entries(written_of(&FORMAT, about(bare(), hashes()), &records));
        let labels = table(&entries, "labels.csv");
        assert_eq!((labels.len(), labels[1]), (4, "images/plain.jpg,cat,False"));
        assert!(labels[2].ends_with(",=cmd(),True"), "{labels:?}");
        assert_eq!((table(&entries, "test.csv").len(), table(&entries, "audit.csv").len()), (2, 2));
    }

    #[test]
    fn several_classes_are_one_label_and_none_is_an_empty_one() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let entries = entries(written_of(&FORMAT, about(columns, hashes()), &sets()));
        let labels = table(&entries, "labels.csv");
        assert_eq!(labels[1], "images/plain.jpg,cat|=dog,False");
        assert!(labels[3].ends_with(",,False"), "{labels:?}");
    }
}
