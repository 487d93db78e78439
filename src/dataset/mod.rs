//! Data in and data out: importers and exporters, one file per format.
//!
//! **Invariant:** no HTTP and no SQL. An importer reads a source once, front to back, and hands over one [`Item`] at a
//! time; nothing it hands over lies outside the source, whatever the source says.

mod archive;
pub mod cells;
mod charset;
mod container;
pub mod drawn;
pub mod export;
mod files;
mod folder;
mod manifest;
pub mod name;
mod opened;
pub mod split;
mod table;
mod zipped;

use std::collections::{BTreeMap, BTreeSet};
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

pub use container::{Body, Entry};
pub use folder::walk as walk_folder;
pub use opened::Opened;

/// Where labels come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelsFrom {
    #[default]
    Nowhere,
    /// The folder a file lies in is its class.
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
    /// A text that says something.
    pub(crate) fn text(text: &str) -> Option<Self> {
        let text = text.trim();
        (!text.is_empty()).then(|| Self::Text(text.to_owned()))
    }
}

/// One file that may become a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path relative to the root of the source, `/`-separated.
    pub name: String,
    pub source: Source,
    pub label: Option<Label>,
    /// What a table says the SHA-256 of its content is, in lower-case hexadecimal digits.
    pub sha256: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// Where the bytes of a [`Found`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
    /// A table speaks of it, and no file is there, for this reason. The content may be known from elsewhere.
    Absent(String),
}

/// One file that was not taken in, and why.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Refused {
    pub name: String,
    pub reason: String,
}

/// What an importer hands over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Item {
    /// How many items follow, where the source says so in advance.
    Total(u64),
    Found(Found),
    Refused(Refused),
    /// It is no data, for this reason.
    PassedOver(Refused),
}

impl Item {
    /// A refusal of `name`.
    pub fn refused(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Refused(Refused { name: name.into(), reason: reason.into() })
    }
}

/// Takes each item as it is found; breaks to end the visit.
pub type Each<'a> = &'a mut dyn FnMut(Item) -> ControlFlow<()>;

/// How much a source may ask for.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Bytes of one file, unpacked.
    pub entry_bytes: u64,
    /// Bytes of all files of one archive, unpacked.
    pub total_bytes: u64,
    /// Unpacked size over packed size. Pictures hardly shrink; a bomb shrinks a thousandfold.
    pub ratio: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { entry_bytes: 256 << 20, total_bytes: 512 << 30, ratio: 200 }
    }
}

/// Why a whole source could not be read.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("`{}` could not be read; check that it exists and may be read", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error(
        "`{0}` is none of the sources that can be imported; give a folder, a zip, a tar, a tar.gz, or a table (CSV or JSONL)"
    )]
    Unsupported(String),
    #[error(
        "`{archive}` is broken after {entries} entries ({reason}); what came before went in, pack it again for the rest"
    )]
    Broken { archive: String, entries: u64, reason: String },
    #[error("`{0}` unpacks to more than the limit allows; split it, or unpack it and import the folder")]
    TooLarge(String),
    #[error("`{file}` line {line}: {reason}")]
    Manifest { file: String, line: u64, reason: String },
    #[error("`{0}` holds no table, so there is no column `{1}`; use `--labels folder`, or import a CSV")]
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
pub struct Wanted {
    pub limits: Limits,
    pub labels: LabelsFrom,
    /// Classes there are: a folder called so is one, even where its name is that of a split.
    pub classes: BTreeSet<String>,
}

impl Wanted {
    /// The column of labels that was asked for.
    fn column(&self) -> Option<&str> {
        match &self.labels {
            LabelsFrom::Column(column) => Some(column),
            LabelsFrom::Nowhere | LabelsFrom::Folder => None,
        }
    }
}

/// What a source turned out to be, by its content rather than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Zip,
    Tar,
    TarGz,
    Table,
}

/// Look through `source`, a folder, an archive or a table of files, so that it can be visited.
///
/// Its labels are known then, and a table in it is read; no picture is.
///
/// # Errors
/// [`DatasetError`] when the source as a whole cannot be read, or has no labels where they are wanted.
pub fn open(source: &Path, wanted: &Wanted) -> Result<Opened, DatasetError> {
    use container::Container;
    let path = source.to_owned();
    let holder = match kind_of(source)? {
        Kind::Table => return manifest::open(source, wanted),
        Kind::Folder => Container::Folder { root: path, without: BTreeSet::new() },
        Kind::Zip => Container::Zip(path),
        Kind::Tar => Container::Tar(path),
        Kind::TarGz => Container::TarGz(path),
    };
    files::open(&file_name(source), vec![holder], files::Tables::WhereAsked, wanted)
}

/// As [`open`], for files that were sent together into `folder`: pictures, archives, and perhaps a table that names them.
///
/// # Errors
/// As [`open`].
pub fn open_together(folder: &Path, wanted: &Wanted) -> Result<Opened, DatasetError> {
    use container::Container;
    let entries = std::fs::read_dir(folder).map_err(DatasetError::io(folder))?;
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()
        .map_err(DatasetError::io(folder))?;
    paths.sort();
    if let [one] = paths.as_slice()
        && (name::is_table(&file_name(one)) || kind_of(one).is_ok_and(|kind| kind != Kind::Table))
    {
        return open(one, wanted);
    }
    let mut without = BTreeSet::new();
    let mut holders = Vec::new();
    for path in paths {
        // Pictures and tables are neither; whether they are of use is found out with the others.
        let holder = match kind_of(&path) {
            Ok(Kind::Zip) => Container::Zip(path.clone()),
            Ok(Kind::Tar) => Container::Tar(path.clone()),
            Ok(Kind::TarGz) => Container::TarGz(path.clone()),
            Ok(Kind::Folder | Kind::Table) | Err(_) => continue,
        };
        without.insert(crate::domain::text::composed(&file_name(&path)));
        holders.push(holder);
    }
    holders.push(Container::Folder { root: folder.to_owned(), without });
    files::open("the files sent", holders, files::Tables::Always, wanted)
}

fn kind_of(source: &Path) -> Result<Kind, DatasetError> {
    let io = |error| DatasetError::io(source)(error);
    if std::fs::metadata(source).map_err(io)?.is_dir() {
        return Ok(Kind::Folder);
    }
    let mut head = Vec::with_capacity(512);
    std::fs::File::open(source).map_err(io)?.take(512).read_to_end(&mut head).map_err(io)?;
    let ends = |ending: &str| file_name(source).to_ascii_lowercase().ends_with(ending);
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        Ok(Kind::Zip)
    } else if head.starts_with(&[0x1f, 0x8b]) {
        Ok(Kind::TarGz)
    } else if head.get(257..262) == Some(b"ustar") || (ends(".tar") && head.len() == 512) {
        Ok(Kind::Tar)
    } else if name::is_table(&file_name(source)) {
        Ok(Kind::Table)
    } else {
        Err(DatasetError::Unsupported(source.display().to_string()))
    }
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
        pub refused: Vec<Refused>,
        pub passed: Vec<Refused>,
        pub notes: Vec<String>,
        pub done: Result<(), DatasetError>,
    }

    pub(crate) fn collect(source: &Path, limits: &Limits, labels: LabelsFrom) -> Got {
        let wanted = Wanted { limits: *limits, labels, ..Wanted::default() };
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
                Item::Refused(one) => got.refused.push(one),
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
