//! Data in and data out: importers and exporters, one file per format.
//!
//! **Invariant:** no HTTP and no SQL. An importer reads a source once, front to back, and hands over one [`Item`] at a
//! time; nothing it hands over is outside the source, whatever the source claims.

mod archive;
pub mod cells;
mod charset;
mod container;
mod contents;
mod corrections;
pub mod drawn;
pub mod export;
mod files;
mod folder;
mod long;
mod manifest;
pub mod messages;
pub mod name;
mod opened;
mod parquet;
pub mod readings;
mod rows;
mod single;
pub mod split;
mod table;
pub mod waves;
mod zipped;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use container::{Body, Entry};
use container::{Container, Walk};
pub use contents::Contents;
pub use corrections::{BadCorrection, ColumnAs, ColumnCorrections};
pub use folder::walk as walk_folder;
pub use opened::Opened;
use table::ColumnsWanted;

/// Where labels come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelsFrom {
    #[default]
    Nowhere,
    /// The file's folder is its class.
    Folder,
    /// A column of the table.
    Column(String),
}

/// What a source says about a file's class.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A folder's name, or a cell.
    Text(String),
    /// A list, which only JSON Lines has.
    Set(Vec<String>),
}

impl Label {
    /// A non-empty text.
    pub(crate) fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }
}

/// What a model elsewhere says of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct Predicted {
    /// The model's name; empty where the source does not say it.
    pub model: String,
    pub label: Label,
    /// How sure it is, 0 to 1.
    pub sure: Option<f64>,
}

/// One file that may become a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    /// Path relative to the root of the source, `/`-separated.
    pub name: String,
    pub source: Source,
    pub label: Option<Label>,
    /// What a table says the SHA-256 of its content is, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    pub predicted: Vec<Predicted>,
    pub metadata: BTreeMap<String, String>,
}

impl Found {
    /// A file of which nothing more is known.
    pub fn new(name: String, source: Source) -> Self {
        Self { name, source, label: None, sha256: None, predicted: Vec::new(), metadata: BTreeMap::new() }
    }
}

/// Where the bytes of a [`Found`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
    /// A table names it, but there is no file, for this reason. The content may be known from elsewhere.
    Absent(String),
}

/// One file that was not taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct RefusedItem {
    pub name: String,
    pub reason: String,
}

/// What an importer hands over.
#[derive(Debug, Clone, PartialEq)]
pub enum Item {
    /// How many items follow, if the source says so up front.
    Total(u64),
    Found(Found),
    RefusedItem(RefusedItem),
    /// Not data, for this reason.
    PassedOver(RefusedItem),
}

impl Item {
    /// A refusal of `name`.
    pub fn refused(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::RefusedItem(RefusedItem { name: name.into(), reason: reason.into() })
    }
}

/// Takes each item as it is found; breaks to end the visit.
pub type Each<'a> = &'a mut dyn FnMut(Item) -> ControlFlow<()>;

/// How much a source may ask for.
#[derive(Debug, Clone, Copy)]
pub struct SourceLimits {
    /// Bytes of one file, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all files of one archive, unpacked.
    pub total_bytes: u64,
    /// Unpacked size over packed size. Pictures hardly shrink; a bomb shrinks a thousandfold.
    pub ratio: u64,
    /// What is data among its files.
    pub contents: Contents,
}

impl Default for SourceLimits {
    fn default() -> Self {
        Self { entry_bytes: 256 << 20, total_bytes: 512 << 30, ratio: 200, contents: Contents::default() }
    }
}

/// Why a whole source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("`{}` could not be read; check that it exists and may be read", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error("`{0}` cannot be imported; give {sources}", sources = Importer::names())]
    Unsupported(String),
    #[error(
        "`{archive}` is broken after {entries} entries ({reason}); what came before went in, pack it again for the rest"
    )]
    Broken { archive: String, entries: u64, reason: String },
    #[error("`{0}` unpacks to more than the limit allows; split it, or unpack it and import the folder")]
    TooLarge(String),
    #[error("`{file}` line {line}: {reason}")]
    Manifest { file: String, line: u64, reason: String },
    #[error("`{file}`: {reason}")]
    Unreadable { file: String, reason: String },
    #[error("`{0}` contains no table, so there is no column `{1}`; use `--labels folder`, or import a CSV")]
    NoColumns(String, String),
    #[error("several tables may be meant ({}); import the right one by itself, or remove the others", .0.join(", "))]
    SeveralTables(Vec<String>),
}

impl DatasetError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// How a source is read.
#[derive(Debug, Clone, Default)]
pub struct SourceOptions {
    pub limits: SourceLimits,
    pub labels: LabelsFrom,
    /// Existing classes: a folder with such a name is a class, even if it is also the name of a split.
    pub classes: BTreeSet<String>,
    /// The column that holds the samples themselves; without it one of the usual names may.
    pub content: Option<String>,
    /// What columns of rows are, where what is found in them is not what they mean.
    pub columns: ColumnCorrections,
}

impl SourceOptions {
    /// What is looked for among the columns of a table.
    fn columns(&self) -> ColumnsWanted<'_> {
        let label = match &self.labels {
            LabelsFrom::Column(column) => Some(column.as_str()),
            LabelsFrom::Nowhere | LabelsFrom::Folder => None,
        };
        ColumnsWanted { label, contents: self.limits.contents, content: self.content.as_deref() }
    }
}

/// A kind of source, told by its content rather than its name.
struct Importer {
    /// How messages name it.
    name: &'static str,
    is: fn(&Head) -> bool,
    read: Reading,
}

/// How a source is read.
enum Reading {
    /// It holds files.
    Files(Walk),
    /// It names files elsewhere.
    Rows(fn(&Path, &SourceOptions) -> Result<Opened, DatasetError>),
}

/// What is known of a source before it is opened.
struct Head {
    path: PathBuf,
    name: String,
    is_folder: bool,
    /// Its first 512 bytes.
    first: Vec<u8>,
    /// What samples are.
    contents: Contents,
}

/// Every kind of source; the first that knows one reads it. A new kind is a file and a line here.
const IMPORTERS: &[&Importer] = &[
    &parquet::FOLDER,
    &folder::IMPORTER,
    &zipped::IMPORTER,
    &archive::TAR,
    &archive::TAR_GZ,
    &rows::PARQUET,
    &rows::IMPORTER,
    &long::PARQUET,
    &parquet::IMPORTER,
    &long::IMPORTER,
    &single::IMPORTER,
    &manifest::IMPORTER,
];

impl Importer {
    fn of(source: &Path, contents: Contents) -> Result<&'static Self, DatasetError> {
        let io = |error| DatasetError::io(source)(error);
        let is_folder = std::fs::metadata(source).map_err(io)?.is_dir();
        let mut first = Vec::with_capacity(512);
        if !is_folder {
            std::fs::File::open(source).map_err(io)?.take(512).read_to_end(&mut first).map_err(io)?;
        }
        let head = Head { path: source.to_owned(), name: file_name(source), is_folder, first, contents };
        let known = IMPORTERS.iter().find(|importer| (importer.is)(&head)).copied();
        known.ok_or_else(|| DatasetError::Unsupported(source.display().to_string()))
    }

    /// `a folder, a zip, … or a table`.
    fn names() -> String {
        let names: Vec<_> = IMPORTERS.iter().map(|importer| importer.name).collect();
        names.split_last().map_or_else(String::new, |(last, others)| format!("{}, or {last}", others.join(", ")))
    }
}

/// Look through `source`, a folder, an archive or a table of files, so that it can be visited.
///
/// Its labels are known then, and a table in it is read; no picture is.
///
/// # Errors
/// [`DatasetError`] when the source as a whole cannot be read, or has no labels where they are wanted.
pub fn open(source: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    match Importer::of(source, wanted.limits.contents)?.read {
        Reading::Rows(open) => open(source, wanted),
        Reading::Files(walk) => {
            let holder = Container { path: source.to_owned(), walk, without: BTreeSet::new() };
            files::open(&file_name(source), vec![holder], files::Tables::WhereAsked, wanted)
        }
    }
}

/// As [`open`], for files that were sent together into `folder`: pictures, archives, and perhaps a table that names them.
///
/// # Errors
/// As [`open`].
pub fn open_together(folder: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let entries = std::fs::read_dir(folder).map_err(DatasetError::io(folder))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(DatasetError::io(folder))?;
    paths.sort();
    // A folder of pictures alone is a class; one with folders in it holds the classes.
    let holds_folders =
        |path: &Path| std::fs::read_dir(path).is_ok_and(|inside| inside.flatten().any(|entry| entry.path().is_dir()));
    if let [one] = paths.as_slice()
        && Importer::of(one, wanted.limits.contents).is_ok()
        && (!one.is_dir() || holds_folders(one) || !parquet::parts(one).is_empty())
    {
        return open(one, wanted);
    }
    if !parquet::parts(folder).is_empty() {
        return open(folder, wanted);
    }
    let mut without = BTreeSet::new();
    let mut holders = Vec::new();
    for path in paths {
        // Pictures and tables hold nothing; whether they are of use is found out with the others.
        let Ok(Importer { read: Reading::Files(walk), .. }) = Importer::of(&path, wanted.limits.contents) else {
            continue;
        };
        if path.is_file() {
            without.insert(crate::domain::text::composed(&file_name(&path)));
            holders.push(Container { path, walk: *walk, without: BTreeSet::new() });
        }
    }
    holders.push(Container { path: folder.to_owned(), walk: folder::WALK, without });
    files::open("the files sent", holders, files::Tables::Always, wanted)
}

/// Whether a file holds several samples: an archive, or a table of samples or of the files that hold them.
pub fn holds_several(path: &Path, contents: Contents) -> bool {
    // A JSON file among rows is one of them.
    let one = contents == Contents::Rows && name::is_json(&file_name(path));
    !one && path.is_file() && Importer::of(path, contents).is_ok_and(|importer| importer.name != single::IMPORTER.name)
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

#[cfg(test)]
pub(crate) mod testing {
    //! Collects what a visit hands over.

    use super::*;

    /// Everything that a source hands over.
    #[derive(Debug)]
    pub(crate) struct Got {
        pub found: Vec<Found>,
        pub refused: Vec<RefusedItem>,
        pub passed: Vec<RefusedItem>,
        pub notes: Vec<String>,
        pub done: Result<(), DatasetError>,
    }

    pub(crate) fn collect(source: &Path, limits: &SourceLimits, labels: LabelsFrom) -> Got {
        let wanted = SourceOptions { limits: *limits, labels, ..SourceOptions::default() };
        let mut got =
            Got { found: Vec::new(), refused: Vec::new(), passed: Vec::new(), notes: Vec::new(), done: Ok(()) };
        let opened = match open(source, &wanted) {
            Ok(opened) => opened,
            Err(error) => return Got { done: Err(error), ..got },
        };
        got.notes.clone_from(&opened.notes);
        let done = opened.visit(&mut |item| {
            match item {
                Item::Total(_) => {}
                Item::Found(one) => got.found.push(one),
                Item::RefusedItem(one) => got.refused.push(one),
                Item::PassedOver(one) => got.passed.push(one),
            }
            ControlFlow::Continue(())
        });
        Got { done, ..got }
    }

    /// `NAME LABEL` of each, `-` for none.
    pub(crate) fn labels_of(found: &[Found]) -> Vec<String> {
        let label = |label: &Option<Label>| match label {
            None => "-".to_owned(),
            Some(Label::Text(text)) => text.clone(),
            Some(Label::Set(names)) => format!("{names:?}"),
        };
        found.iter().map(|one| format!("{} {}", one.name, label(&one.label))).collect()
    }
}
