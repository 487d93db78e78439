//! Writers of labeled datasets, one file per format, all fed with the same [`Record`]s.
//!
//! **Invariant:** a writer keeps the order it is fed in and adds nothing of its own (no clock, no randomness), so the same
//! records give the same bytes.

pub mod csv;
pub mod image_folder;
pub mod jsonl;

use std::fs::File;
use std::io::Read;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::domain::Task;

/// A format a dataset can leave in.
pub struct Format {
    /// Its name for people and programs.
    pub name: &'static str,
    /// For the help of the command line; pages have texts of their own.
    pub about: &'static str,
    /// The ending of a file in this format.
    pub ending: &'static str,
    /// Why it cannot hold the answers of a task: what it does instead.
    pub refuses: fn(Task) -> Option<&'static str>,
    pub open: Open,
}

/// Begins a file.
pub type Open = fn(File, ExportColumns, Fetch) -> Result<Box<dyn Writer>, ExportError>;

/// Every format, in the order in which pages offer them. A new one is a file and a line here.
pub const FORMATS: &[&Format] = &[
    &csv::FORMAT,
    &jsonl::FORMAT,
    &image_folder::FORMAT,
    #[cfg(test)]
    &testing::NAMES,
];

impl Format {
    /// The format called `name`, if any.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name).copied()
    }

    /// Formats that hold the answers of `task`.
    pub fn of(task: Task) -> impl Iterator<Item = &'static Self> {
        FORMATS.iter().copied().filter(move |format| (format.refuses)(task).is_none())
    }

    fn names() -> impl Iterator<Item = &'static str> {
        FORMATS.iter().map(|format| format.name)
    }
}

impl std::fmt::Debug for Format {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

impl<'de> Deserialize<'de> for &'static Format {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let names = || Format::names().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
        Format::named(&name)
            .ok_or_else(|| serde::de::Error::custom(format!("unknown variant `{name}`, expected one of {}", names())))
    }
}

impl utoipa::PartialSchema for Format {
    fn schema() -> RefOr<Schema> {
        let names = ObjectBuilder::new().schema_type(SchemaType::new(Type::String)).enum_values(Some(Format::names()));
        names.description(Some("A format a dataset can leave in.")).into()
    }
}

impl utoipa::ToSchema for Format {}

/// One labeled sample in an export.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Record {
    pub sample_id: i64,
    /// The name it was imported under, relative to the root of its source.
    pub path: String,
    /// SHA-256 of the file.
    pub sha256: String,
    /// The class; empty where `classes` is used.
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
    /// Probability of each class in the order of [`ExportColumns::classes`], where asked for and known.
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
pub struct ExportColumns {
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

/// The file of a content hash.
pub type Fetch = Box<dyn Fn(&str) -> std::io::Result<Box<dyn Read + Send>> + Send>;

/// Writes records one after the other.
pub trait Writer: Send {
    fn write(&mut self, record: &Record) -> Result<(), ExportError>;

    /// Write the rest and return the file.
    fn finish(self: Box<Self>) -> Result<File, ExportError>;
}

#[cfg(test)]
pub(crate) mod testing {
    //! Records with names and classes that trip up formats.

    use std::io::{Seek as _, Write as _};

    use super::*;

    /// A format made only of this and one line of the table: it writes the samples' names.
    pub(super) const NAMES: Format = Format {
        name: "names",
        about: "The names of the samples.",
        ending: "txt",
        refuses: |_| None,
        open: |file, _, _| Ok(Box::new(Names(file))),
    };

    struct Names(File);

    impl Writer for Names {
        fn write(&mut self, record: &Record) -> Result<(), ExportError> {
            Ok(writeln!(self.0, "{}", record.path)?)
        }

        fn finish(self: Box<Self>) -> Result<File, ExportError> {
            Ok(self.0)
        }
    }

    #[test]
    fn a_format_is_one_file_and_one_line() {
        let asked: &Format = serde_json::from_str(r#""names""#).unwrap();
        assert_eq!(asked.ending, "txt");
        assert!(written(asked, columns(), no_files()).starts_with(b"a/plain.jpg\n"));
        let refused = serde_json::from_str::<&Format>(r#""xml""#).unwrap_err().to_string();
        assert!(refused.contains("one of `csv`, `jsonl`, `imagefolder`"), "{refused}");
    }

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

    pub(crate) fn columns() -> ExportColumns {
        ExportColumns { sets: false, split: true, votes: true, classes: vec!["cat".to_owned(), "=dog".to_owned()] }
    }

    /// For formats that hold no files.
    pub(crate) fn no_files() -> Fetch {
        Box::new(|_| unreachable!("a table holds no pictures"))
    }

    pub(crate) fn written(format: &Format, columns: ExportColumns, fetch: Fetch) -> Vec<u8> {
        let mut writer = (format.open)(tempfile::tempfile().unwrap(), columns, fetch).unwrap();
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
