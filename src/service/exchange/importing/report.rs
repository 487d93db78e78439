//! The result of an import: counts that add up, and details of single items.

use std::io::Write;

use crate::dataset::{RefusedItem, cells};
use crate::domain::import::{Bucket, Counts, ImportItem, ImportState};
use crate::domain::{ImportId, ImportedNote, JobNote};

/// Remarks on single pictures that a report spells out.
const REMARKS: usize = 100;

/// The result of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct ImportReport {
    /// Where the report is kept; `None` for a dry run.
    pub import: Option<ImportId>,
    /// Every item in one of them, see [`Bucket`].
    pub counts: Counts,
    pub added: u64,
    /// Items whose content existed already, whatever happened to their labels.
    pub duplicates: u64,
    /// Labels taken from the source, those of added samples included.
    pub labeled: u64,
    pub refused: Vec<RefusedItem>,
    /// Items that were not plainly added. Items that merely existed already are kept with the import only, and here in
    /// a dry run.
    pub items: Vec<ImportItem>,
    /// In a dry run: new pictures that show the same as another one, and would be in a group with it.
    pub copies: u64,
    /// Predictions of models elsewhere.
    pub predictions: u64,
    /// Classes that the labels added to the project.
    pub new_classes: Vec<String>,
    /// What people should know about how the source was read.
    pub notes: Vec<String>,
    /// Remarks on single pictures; the first ones are among the notes.
    #[serde(skip)]
    pub remarked: usize,
    pub dry_run: bool,
    /// Whether it stopped early; running it again resumes.
    pub interrupted: bool,
    /// Whether somebody asked it to stop; what it brought until then stays.
    pub cancelled: bool,
}

impl ImportReport {
    /// Count an item, `labeled` where the source has a label for it, and keep its details.
    pub(super) fn take(&mut self, item: ImportItem, labeled: bool) {
        self.counts.add(item.bucket, labeled);
        if item.bucket != Bucket::Added && (self.dry_run || item.bucket != Bucket::Same) {
            self.items.push(item);
        }
    }

    /// Note what a person should know of a picture that goes in.
    pub(super) fn remark(&mut self, name: &str, notes: &[String]) {
        for note in notes {
            self.remarked += 1;
            if self.remarked <= REMARKS {
                self.notes.push(format!("`{}`: {note}", name.escape_debug()));
            }
        }
    }

    /// The sums reported in addition to the buckets.
    pub(super) fn close(&mut self) {
        if self.remarked > REMARKS {
            self.notes.push(format!("there is as much to say of {} more samples", self.remarked - REMARKS));
        }
        (self.added, self.duplicates) = (self.counts.added, self.counts.there_already());
        self.labeled = self.counts.labeled;
        let refused = self.items.iter().filter(|item| item.bucket == Bucket::Refused);
        self.refused = refused
            .map(|item| RefusedItem { name: item.name.clone(), reason: item.reason.clone().unwrap_or_default() })
            .collect();
    }

    /// For the job that ran it.
    pub fn note(&self) -> JobNote {
        JobNote::Imported(ImportedNote { counts: self.counts, new_classes: self.new_classes.clone() })
    }

    pub fn state(&self) -> ImportState {
        if self.cancelled { ImportState::Cancelled } else { ImportState::of(&self.counts, self.interrupted) }
    }
}

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.counts.in_words(self.dry_run))?;
        if !self.new_classes.is_empty() {
            write!(f, ", new classes: {}", self.new_classes.join(", "))?;
        }
        if self.cancelled {
            f.write_str("; cancelled, what it brought until then stays")?;
        }
        if self.interrupted { f.write_str("; interrupted, run it again to go on") } else { Ok(()) }
    }
}

/// Writes items as a table, cells protected against running as formulas.
pub struct ItemTable<W: Write> {
    csv: csv::Writer<W>,
}

impl<W: Write> ItemTable<W> {
    /// With its header.
    ///
    /// # Errors
    /// When `out` cannot be written.
    pub fn new(out: W) -> csv::Result<Self> {
        let Self { mut csv } = Self::further(out);
        csv.write_record(["outcome", "name", "sample_id", "same_as", "standing_label", "label", "reason"])?;
        Ok(Self { csv })
    }

    /// A further part of a table whose header is written.
    pub fn further(out: W) -> Self {
        Self { csv: csv::Writer::from_writer(out) }
    }

    /// # Errors
    /// As [`ItemTable::new`].
    pub fn write(&mut self, item: &ImportItem) -> csv::Result<()> {
        let sample = item.sample.map(|sample| sample.to_string()).unwrap_or_default();
        let text = |text: &Option<String>| text.clone().unwrap_or_default();
        let fields = [
            item.bucket.as_str().to_owned(),
            item.name.clone(),
            sample,
            text(&item.same_as),
            text(&item.standing),
            text(&item.label),
            text(&item.reason),
        ];
        self.csv.write_record(fields.iter().map(|field| cells::protect(field).into_owned()))
    }

    /// # Errors
    /// As [`ItemTable::new`].
    pub fn finish(self) -> csv::Result<W> {
        self.csv.into_inner().map_err(|error| error.into_error().into())
    }
}
