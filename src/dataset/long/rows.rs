//! The rows of a long table, one after another, as often as they are asked for.

use std::path::Path;

use crate::dataset::table::Parted;
use crate::dataset::{DatasetError, file_name};

/// Takes a row's number (its line, in a text) and its cells, one for each column.
pub(in crate::dataset) type EachRow<'a> = &'a mut dyn FnMut(u64, &[&str]) -> Result<(), DatasetError>;

/// A table that can be read again.
pub(in crate::dataset) trait LongRows {
    /// The file's name.
    fn name(&self) -> &str;

    fn header(&self) -> &[String];

    /// What parts the cells of tables made from it.
    fn separator(&self) -> u8;

    /// Hand over every row below the header.
    ///
    /// # Errors
    /// When a row cannot be read, or the receiver fails.
    fn each(&self, each: EachRow<'_>) -> Result<(), DatasetError>;
}

/// A CSV or TSV.
pub(in crate::dataset) struct LongText {
    name: String,
    parted: Parted,
}

impl LongText {
    pub(in crate::dataset) fn read(path: &Path) -> Result<Self, DatasetError> {
        let bytes = std::fs::read(path).map_err(DatasetError::io(path))?;
        let name = file_name(path);
        let parted = Parted::read(&name, &bytes)?;
        Ok(Self { name, parted })
    }
}

impl LongRows for LongText {
    fn name(&self) -> &str {
        &self.name
    }

    fn header(&self) -> &[String] {
        &self.parted.header
    }

    fn separator(&self) -> u8 {
        self.parted.separator
    }

    fn each(&self, each: EachRow<'_>) -> Result<(), DatasetError> {
        let width = self.parted.header.len();
        for record in self.parted.records() {
            let fault = |line, reason| DatasetError::Manifest { file: self.name.clone(), line, reason };
            let (line, record) = record.map_err(|(line, reason)| fault(line, reason))?;
            if record.len() != width {
                let reason = format!("there are {} columns where the header has {width}", record.len());
                return Err(fault(line, reason));
            }
            each(line, &record.iter().collect::<Vec<_>>())?;
        }
        Ok(())
    }
}
