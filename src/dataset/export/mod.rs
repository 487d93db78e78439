//! Writers of labeled datasets, one file per format, all fed with the same [`Record`]s.
//!
//! **Invariant:** a writer keeps the order it is fed in and adds nothing of its own (no clock, no randomness), so the same
//! records give the same bytes.

mod archive;
pub mod coco;
pub mod croissant;
pub mod csv;
pub mod fastai;
pub mod hugging_face;
pub mod image_folder;
pub mod imagenet;
pub mod jsonl;
pub mod label_studio;
pub mod parquet;
pub mod pytorch;
mod table;
pub mod tsv;
mod values;
pub mod yolo;

pub use values::{beside_own, own_value};

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Read;

use serde::Deserialize;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{ObjectBuilder, Schema, SchemaType, Type};

use crate::modality::table::TableCell;

/// A format a dataset can leave in.
pub struct Format {
    /// Its name for people and programs.
    pub name: &'static str,
    /// For the help of the command line; pages have texts of their own.
    pub about: &'static str,
    /// The ending of a file in this format.
    pub ending: &'static str,
    /// What a file in this format is, said where it is refused: `has one folder for each class`.
    pub shape: &'static str,
    /// What it cannot hold.
    pub lacks: &'static [Extra],
    pub open: Open,
}

/// Begins a file.
pub type Open = fn(File, DatasetAbout) -> Result<Box<dyn Writer>, ExportError>;

/// What not every format can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extra {
    Texts,
    Rows,
    Sets,
    Skips,
    Votes,
    Flags,
    Predictions,
    Metadata,
}

impl Extra {
    /// How a refusal calls it.
    pub fn what(self) -> &'static str {
        match self {
            Self::Texts => "texts",
            Self::Rows => "rows of tables",
            Self::Sets => "samples with any number of classes",
            Self::Skips => "skipped samples",
            Self::Votes => "every annotation",
            Self::Flags => "flags",
            Self::Predictions => "probabilities",
            Self::Metadata => "metadata",
        }
    }
}

/// All that has no place in folders of pictures and short lists.
const BARE: &[Extra] =
    &[Extra::Texts, Extra::Rows, Extra::Skips, Extra::Votes, Extra::Flags, Extra::Predictions, Extra::Metadata];
/// The same, where a sample has one class.
const BARE_SINGLE: &[Extra] = &[
    Extra::Texts,
    Extra::Rows,
    Extra::Sets,
    Extra::Skips,
    Extra::Votes,
    Extra::Flags,
    Extra::Predictions,
    Extra::Metadata,
];

/// Every format, in the order in which pages offer them. A new one is a file and a line here.
pub const FORMATS: &[&Format] = &[
    &csv::FORMAT,
    &tsv::FORMAT,
    &jsonl::FORMAT,
    &parquet::FORMAT,
    &image_folder::FORMAT,
    &hugging_face::FORMAT,
    &pytorch::FORMAT,
    &fastai::FORMAT,
    &imagenet::FORMAT,
    &yolo::FORMAT,
    &coco::FORMAT,
    &label_studio::FORMAT,
    &croissant::FORMAT,
    #[cfg(test)]
    &testing::NAMES,
];

impl Format {
    /// The format called `name`, if any.
    pub fn named(name: &str) -> Option<&'static Self> {
        FORMATS.iter().find(|format| format.name == name).copied()
    }

    /// Formats that hold all of `extras`.
    pub fn holding(extras: &[Extra]) -> impl Iterator<Item = &'static Self> {
        FORMATS.iter().copied().filter(move |format| format.cannot(extras).is_none())
    }

    /// The first of `extras` that it cannot hold.
    pub fn cannot(&self, extras: &[Extra]) -> Option<Extra> {
        extras.iter().copied().find(|extra| self.lacks.contains(extra))
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

/// One labeled sample in an export, or a skipped one where those were asked for.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Record {
    pub sample_id: i64,
    /// The name it was imported under, relative to the root of its source.
    pub path: String,
    /// The text itself, where samples are texts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its value in each of [`ExportColumns::values`], where samples are rows.
    #[serde(skip)]
    pub values: Vec<TableCell>,
    /// SHA-256 of the file.
    pub sha256: String,
    /// Width and height, where it is a picture.
    #[serde(skip)]
    pub pixels: Option<(i64, i64)>,
    /// The class; empty where `classes` is used, and where it was skipped.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub class: String,
    /// In place of `class` where samples have any number of classes; empty: none of them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<String>>,
    /// Why it was skipped; `None`: it was not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// What was said about the skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
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
    /// What was flagged about it, oldest first, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flags: Option<Vec<Flagged>>,
    /// Its metadata, where asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// Probability of each class in the order of [`ExportColumns::classes`], where asked for and known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predictions: Option<Vec<f32>>,
    /// Who made them: [`COMMITTEE`] or [`HELD_OUT`].
    #[serde(skip_serializing_if = "Option::is_none")]
    pub predicted_by: Option<&'static str>,
}

impl Record {
    /// The names of its classes; `None` where it was skipped.
    pub fn names(&self) -> Option<&[String]> {
        match &self.classes {
            Some(classes) => Some(classes),
            None if self.skip.is_some() => None,
            None => Some(std::slice::from_ref(&self.class)),
        }
    }
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

/// One note of a flag's thread.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Flagged {
    /// The id of the note that began the thread.
    pub thread: String,
    /// `flag`, `reply` or `done`.
    pub kind: String,
    pub text: String,
    pub author: String,
    pub made_at: String,
}

/// Which of the optional parts of a [`Record`] are written.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Clone, Default)]
pub struct ExportColumns {
    /// Whether samples are texts, which are written.
    pub texts: bool,
    /// The columns of the samples, where they are rows, which are written.
    pub values: Vec<String>,
    /// Whether samples have any number of classes.
    pub sets: bool,
    pub split: bool,
    pub skips: bool,
    pub votes: bool,
    pub flags: bool,
    pub metadata: bool,
    /// Class names, in the order of the predictions; empty: no predictions.
    pub classes: Vec<String>,
}

/// What a writer knows before its first record.
pub struct DatasetAbout {
    /// What the dataset is called.
    pub title: String,
    pub columns: ExportColumns,
    /// Id and name of every class, in the project's order: a class's place here is its index.
    pub classes: Vec<(i64, String)>,
    /// The data card, in Markdown.
    pub card: String,
    pub fetch: Fetch,
}

impl DatasetAbout {
    /// The index of each class.
    fn places(&self) -> HashMap<String, usize> {
        self.classes.iter().enumerate().map(|(place, (_, name))| (name.clone(), place)).collect()
    }
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
    #[error("the table could not be written")]
    Parquet(#[from] ::parquet::errors::ParquetError),
    #[error("the table could not be written")]
    Arrow(#[from] arrow_schema::ArrowError),
    #[error("the archive could not be written")]
    Zip(#[from] zip::result::ZipError),
    #[error("the file of `{name}` is missing from the data folder; restore it from a backup")]
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
        shape: "is a list of names",
        lacks: &[],
        open: |file, _| Ok(Box::new(Names(file))),
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
        assert!(refused.contains("one of `csv`, `tsv`, `jsonl`, `parquet`"), "{refused}");
    }

    pub(crate) fn records() -> Vec<Record> {
        let one = |id: i64, path: &str, class: &str| Record {
            sample_id: id,
            path: path.to_owned(),
            text: None,
            values: Vec::new(),
            sha256: format!("{id:064x}"),
            pixels: Some((30, 20 + id)),
            class: class.to_owned(),
            classes: None,
            skip: None,
            note: None,
            audit: id % 2 == 0,
            annotator: "mai".to_owned(),
            made_at: "2026-11-20T09:30:00Z".to_owned(),
            asked_by: "margin".to_owned(),
            round: Some(3),
            propensity: None,
            split: Some("train"),
            votes: Some(vec![]),
            flags: None,
            metadata: None,
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
        ExportColumns {
            split: true,
            votes: true,
            classes: vec!["cat".to_owned(), "=dog".to_owned()],
            ..ExportColumns::default()
        }
    }

    /// As [`columns`], of pictures alone.
    pub(crate) fn bare() -> ExportColumns {
        ExportColumns { split: true, ..ExportColumns::default() }
    }

    /// For formats that hold no files.
    pub(crate) fn no_files() -> Fetch {
        Box::new(|_| unreachable!("a table holds no pictures"))
    }

    /// Each picture is its own hash.
    pub(crate) fn hashes() -> Fetch {
        Box::new(|hash| Ok(Box::new(std::io::Cursor::new(hash.to_owned().into_bytes()))))
    }

    pub(crate) fn about(columns: ExportColumns, fetch: Fetch) -> DatasetAbout {
        let classes = ["cat", "=cmd()", "a/b", "=dog"].iter().zip(11..).map(|(name, id)| (id, (*name).to_owned()));
        let card = "# Creatures\n".to_owned();
        DatasetAbout { title: "Creatures".to_owned(), columns, classes: classes.collect(), card, fetch }
    }

    pub(crate) fn written(format: &Format, columns: ExportColumns, fetch: Fetch) -> Vec<u8> {
        written_of(format, about(columns, fetch), &records())
    }

    /// The text of each entry of an archive, by its name, in order.
    pub(crate) fn entries(bytes: Vec<u8>) -> Vec<(String, String)> {
        let mut zip = zip::ZipArchive::new(std::io::Cursor::new(bytes)).unwrap();
        let n = zip.len();
        let entry = |i| {
            let mut entry = zip.by_index(i).unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (entry.name().unwrap().into_owned(), text)
        };
        (0..n).map(entry).collect()
    }

    /// Sets in place of classes: two, one and none.
    pub(crate) fn sets() -> Vec<Record> {
        let with = |record: Record, names: &[&str]| {
            let classes = names.iter().map(|name| (*name).to_owned()).collect();
            Record { class: String::new(), classes: Some(classes), ..record }
        };
        let names: [&[&str]; 3] = [&["cat", "=dog"], &["a/b"], &[]];
        records().into_iter().zip(names).map(|(record, names)| with(record, names)).collect()
    }

    pub(crate) fn written_of(format: &Format, about: DatasetAbout, records: &[Record]) -> Vec<u8> {
        let mut writer = (format.open)(tempfile::tempfile().unwrap(), about).unwrap();
        for record in records {
            writer.write(record).unwrap();
        }
        let mut file = writer.finish().unwrap();
        file.rewind().unwrap();
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).unwrap();
        bytes
    }
}
