//! Data in and data out: importers and exporters, one file per format.
//!
//! **Invariant:** no HTTP and no SQL. An importer reads a source once, front to back, and hands over one [`Item`] at a
//! time; nothing it hands over lies outside the source, whatever the source says.

pub mod archive;
pub mod cells;
pub mod drawn;
pub mod export;
pub mod folder;
pub mod manifest;
pub mod name;
pub mod sets;
pub mod split;
pub mod zipped;

use std::collections::BTreeMap;
use std::io::Read as _;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// One file that may become a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Path relative to the root of the source, `/`-separated.
    pub name: String,
    pub source: Source,
    /// The name of the folder the file lies in; `None` at the root.
    pub folder_label: Option<String>,
    /// What the manifest's label column says.
    pub label: Option<String>,
    pub metadata: BTreeMap<String, String>,
}

/// Where the bytes of a [`Found`] are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Bytes(Vec<u8>),
    Path(PathBuf),
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
        "`{0}` is none of the sources that can be imported; give a folder, a zip, a tar, a tar.gz or a CSV manifest"
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
    #[error("`{0}` is not a manifest, so there is no column `{1}`; use `--labels folder`, or import a CSV")]
    NoColumns(String, String),
}

impl DatasetError {
    pub(crate) fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { path, source }
    }
}

/// What a source turned out to be, by its content rather than its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Folder,
    Zip,
    Tar,
    TarGz,
    Csv,
}

/// Visit every file of `source`: a folder, an archive or a CSV manifest.
///
/// `label_column` names the manifest's column of labels; without it a column `label` or `class` is used where there is one.
/// Items come in a stable order.
///
/// # Errors
/// [`DatasetError`] when the source as a whole cannot be read (further); single files are [`Item::Refused`] instead.
pub fn visit(source: &Path, limits: &Limits, label_column: Option<&str>, each: Each) -> Result<(), DatasetError> {
    let kind = kind_of(source)?;
    if let (Some(column), false) = (label_column, kind == Kind::Csv) {
        return Err(DatasetError::NoColumns(file_name(source), column.to_owned()));
    }
    match kind {
        Kind::Folder => folder::visit(source, each),
        Kind::Zip => zipped::visit(source, limits, each),
        Kind::Tar => archive::visit_tar(source, limits, each),
        Kind::TarGz => archive::visit_tar_gz(source, limits, each),
        Kind::Csv => manifest::visit(source, label_column, each),
    }
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
    } else if ends(".csv") || ends(".tsv") {
        Ok(Kind::Csv)
    } else {
        Err(DatasetError::Unsupported(source.display().to_string()))
    }
}

pub(crate) fn file_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned())
}

/// A [`Found`] with what its name says: the folder it lies in, and the split above that.
pub(crate) fn found(name: String, source: Source) -> Found {
    let mut parents = name.split('/').rev().skip(1);
    let folder_label = parents.next().map(str::to_owned);
    let split = parents.next().filter(|above| ["train", "test", "val", "valid", "validation"].contains(above));
    let metadata = split.map(|split| ("split".to_owned(), split.to_owned())).into_iter().collect();
    Found { name, source, folder_label, label: None, metadata }
}

#[cfg(test)]
pub(crate) mod testing {
    //! Collects what a visit hands over.

    use super::*;

    /// Everything `source` hands over: what was found, and what was refused.
    pub(crate) fn collect(
        source: &Path,
        limits: &Limits,
        column: Option<&str>,
    ) -> (Vec<Found>, Vec<Refused>, Result<(), DatasetError>) {
        let (mut found, mut refused) = (Vec::new(), Vec::new());
        let done = visit(source, limits, column, &mut |item| {
            match item {
                Item::Total(_) => {}
                Item::Found(one) => found.push(one),
                Item::Refused(one) => refused.push(one),
            }
            ControlFlow::Continue(())
        });
        (found, refused, done)
    }
}
