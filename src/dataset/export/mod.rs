//! Writers of labeled datasets, one file per format, all fed with the same [`Record`]s.
//!
//! **Invariant:** a writer keeps the order it is fed in and adds nothing of its own (no clock, no randomness), so the same
//! records give the same bytes.

pub mod csv;
pub mod image_folder;
pub mod jsonl;

use std::fs::File;
use std::path::PathBuf;

/// A format a dataset can leave in.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, clap::ValueEnum, utoipa::ToSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    /// One row per sample; opens in any spreadsheet.
    Csv,
    /// One JSON object per line.
    Jsonl,
    /// A zip with one folder per class, pictures included.
    #[value(name = "imagefolder")]
    ImageFolder,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::ImageFolder => "imagefolder",
        }
    }

    /// Whether a sample may have any number of classes in this format: a file lies in one folder only.
    pub fn holds_sets(self) -> bool {
        self != Self::ImageFolder
    }

    /// The ending of a file in this format.
    pub fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Jsonl => "jsonl",
            Self::ImageFolder => "zip",
        }
    }

    /// The format called `name`, where there is one.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Csv, Self::Jsonl, Self::ImageFolder].into_iter().find(|format| format.as_str() == name)
    }
}

/// One labeled sample as it leaves.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Record {
    pub sample_id: i64,
    /// The name it was imported under, relative to the root of its source.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The class; empty where `classes` says it.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// In place of `class` where samples have any number of classes; empty: none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    /// Whether it belongs to the audit set.
    pub audit: bool,
    pub annotator: String,
    /// RFC 3339.
    pub made_at: String,
    /// What chose the sample: a strategy, `audit`, `import`, …
    pub asked_by: String,
    /// The round whose ranking asked it.
    pub round: Option<i64>,
    /// The chance with which it was asked, where known.
    pub propensity: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub split: Option<&'static str>,
    /// Every annotation of the sample, oldest first, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub votes: Option<Vec<Vote>>,
    /// Probability of each class in the order of [`Columns::classes`], where asked for and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictions: Option<Vec<f32>>,
    /// Who made them: [`COMMITTEE`] or [`HELD_OUT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted_by: Option<&'static str>,
}

/// Predictions by the committee in use, of a sample it did not train on.
pub const COMMITTEE: &str = "committee";
/// Predictions for a sample that trains, by heads that were fitted without its label.
pub const HELD_OUT: &str = "held-out";

/// One annotation.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Vote {
    pub id: String,
    /// `class`, `classes`, `skip` or `undo`.
    pub kind: String,
    pub class: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    pub reason: Option<String>,
    /// What was said about a skip.
    pub note: Option<String>,
    pub undoes: Option<String>,
    pub annotator: String,
    pub made_at: String,
    pub asked_by: String,
}

/// Which of the optional parts of a [`Record`] are written.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    /// Whether samples have any number of classes.
    pub sets: bool,
    pub split: bool,
    pub votes: bool,
    /// Class names, in the order of the predictions; empty: no predictions.
    pub classes: Vec<String>,
}

/// Why a dataset could not be written.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("the file could not be written; is there room on the disk?")]
    Io(#[from] std::io::Error),
    #[error("a row could not be written")]
    Csv(#[from] ::csv::Error),
    #[error("a row could not be written")]
    Json(#[from] serde_json::Error),
    #[error("the archive could not be written")]
    Zip(#[from] zip::result::ZipError),
    #[error("the picture of `{name}` is missing from the data folder; restore it from a backup")]
    Missing { name: String, source: std::io::Error },
}

/// Where the file of a content hash lies.
pub type Locate = Box<dyn Fn(&str) -> PathBuf + Send>;

/// Writes records one after the other.
pub trait Writer: Send {
    fn write(&mut self, record: &Record) -> Result<(), ExportError>;

    /// Write what is left and hand the file back.
    fn finish(self: Box<Self>) -> Result<File, ExportError>;
}

/// A writer of `format` into `file`.
pub fn writer(format: Format, file: File, columns: Columns, locate: Locate) -> Result<Box<dyn Writer>, ExportError> {
    Ok(match format {
        Format::Csv => Box::new(csv::Csv::new(file, columns)?),
        Format::Jsonl => Box::new(jsonl::Jsonl::new(file, columns)),
        Format::ImageFolder => Box::new(image_folder::ImageFolder::new(file, columns, locate)?),
    })
}

#[cfg(test)]
pub(crate) mod testing {
    //! Records with names and classes that formats stumble over.

    use std::io::{Read as _, Seek as _};

    use super::*;

    pub(crate) fn records() -> Vec<Record> {
        let one = |id: i64, path: &str, class: &str| Record {
            sample_id: id,
            path: path.to_owned(),
            sha256: format!("{id:064x}"),
            class: class.to_owned(),
            classes: None,
            audit: id % 2 == 0,
            annotator: "mai".to_owned(),
            made_at: "2026-11-20T09:30:00Z".to_owned(),
            asked_by: "margin".to_owned(),
            round: Some(3),
            propensity: None,
            split: Some("train"),
            votes: Some(vec![]),
            predictions: Some(vec![0.25, 0.75]),
            predicted_by: Some(HELD_OUT),
        };
        vec![
            one(1, "a/plain.jpg", "cat"),
            one(2, "b/quo\"te, comma.jpg", "=cmd()"),
            one(3, "c/new\nline.jpg", "cat"),
            one(4, "=d.jpg", "a/b"),
            one(5, "other/plain.jpg", "cat"),
        ]
    }

    pub(crate) fn columns() -> Columns {
        Columns { sets: false, split: true, votes: true, classes: vec!["cat".to_owned(), "=dog".to_owned()] }
    }

    pub(crate) fn written(format: Format, columns: Columns, locate: Locate) -> Vec<u8> {
        let mut writer = writer(format, tempfile::tempfile().unwrap(), columns, locate).unwrap();
        for record in records() {
            writer.write(&record).unwrap();
        }
        let mut file = writer.finish().unwrap();
        file.rewind().unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }
}
