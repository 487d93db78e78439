//! A zip with one folder per class (below one per split, where there is one) and the table as `manifest.csv`.
//!
//! **Invariant:** folder names cannot represent every class exactly, so `manifest.csv` is authoritative, and an import reads
//! classes from it.

use std::collections::HashMap;
use std::fs::File;

use super::archive::{Archive, SideFile, part};
use super::csv::CsvTable;
use super::{DatasetAbout, ExportError, Extra, Format, Record, Writer};
use crate::domain::text::folded;

pub(super) const FORMAT: Format = Format {
    name: "imagefolder",
    about: "A zip with one folder per class, pictures included.",
    ending: "zip",
    shape: "has one folder for each class",
    lacks: &[Extra::Texts, Extra::Rows, Extra::Sets, Extra::Skips],
    open: |file, about| Ok(Box::new(ImageFolder::new(file, about, None)?)),
};

/// Writes `CLASS/FILE`, or `SPLIT/CLASS/FILE`.
pub(super) struct ImageFolder {
    archive: Archive,
    table: CsvTable<SideFile>,
    /// The split of records without one.
    unsplit: Option<&'static str>,
    /// Folder of each class.
    folders: HashMap<String, String>,
}

impl ImageFolder {
    pub(super) fn new(file: File, about: DatasetAbout, unsplit: Option<&'static str>) -> Result<Self, ExportError> {
        Ok(Self {
            archive: Archive::new(file, about.fetch),
            table: CsvTable::new(SideFile::new(), &about.columns)?,
            unsplit,
            folders: HashMap::new(),
        })
    }

    pub(super) fn archive(&mut self) -> &mut Archive {
        &mut self.archive
    }

    /// The folder of a class. `manifest.csv` has the class itself, which an import reads.
    pub(super) fn folder(&mut self, class: &str) -> String {
        if let Some(folder) = self.folders.get(class) {
            return folder.clone();
        }
        let plain = part(class, "", "");
        let taken = |name: &str| self.folders.values().any(|folder| folded(folder) == folded(name));
        let mut folder = plain;
        for n in 2.. {
            if !taken(&folder) {
                break;
            }
            folder = part(class, &format!("_{n}"), "");
        }
        self.folders.insert(class.to_owned(), folder.clone());
        folder
    }
}

impl Writer for ImageFolder {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let class = self.folder(&record.class);
        let folder = record.split.or(self.unsplit).map_or_else(|| class.clone(), |split| format!("{split}/{class}"));
        let path = self.archive.picture(&folder, record)?;
        // The path column says where the picture is in this archive, so that the table can be imported beside it.
        self.table.write(&Record { path, ..record.clone() })
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        self.archive.collected("manifest.csv", self.table.finish()?)?;
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, entries, hashes, written};
    use super::*;

    #[test]
    fn names_are_safe_and_distinct_and_the_bytes_repeat() {
        let bytes = written(&FORMAT, columns(), hashes());
        assert_eq!(bytes, written(&FORMAT, columns(), hashes()));
        let entries = entries(bytes);
        let names: Vec<_> = entries.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names[0], "train/cat/plain.jpg");
        assert_eq!(names[1], "train/=cmd()/quo_te, comma.jpg");
        assert_eq!(names[2], "train/cat/new_line.jpg");
        assert_eq!(names[3], "train/a_b/=d.jpg");
        assert_eq!(names[4], format!("train/cat/plain-{:064x}.jpg", 5));
        assert_eq!(entries[4].1, format!("{:064x}", 5));
        assert_eq!(names[5], "manifest.csv");
    }
}
