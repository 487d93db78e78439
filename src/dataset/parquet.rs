//! Parquet: a row per sample, with its picture or text in it, as datasets of Hugging Face are published; one file, or a folder of parts.
//!
//! **Invariant:** whatever a file claims of itself, a row is one item, or the file is broken and says at which row.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use arrow_array::cast::AsArray as _;
use arrow_array::types::{
    Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, RecordBatch, new_empty_array};
use parquet::arrow::ProjectionMask;
use parquet::arrow::arrow_reader::ParquetRecordBatchReaderBuilder as Builder;

use super::name::{self, place};
use super::table::{IDS, MOST_FIELD_BYTES};
use super::{
    Contents, DatasetError, Each, Found, Importer, Item, Label, LabelsFrom, Opened, Reading, Source, SourceLimits,
    SourceOptions, file_name,
};

pub(super) const IMPORTER: Importer =
    Importer { name: "a Parquet file", is: |head| head.first.starts_with(b"PAR1"), read: Reading::Rows(open) };
/// As Hugging Face keeps a dataset: parts at the top, or in `data`.
pub(super) const FOLDER: Importer = Importer {
    name: "a folder of Parquet files",
    is: |head| head.is_folder && !parts(&head.path).is_empty(),
    read: Reading::Rows(|folder, wanted| open_parts(parts(folder), wanted)),
};

/// Rows decoded at a time: pictures are large.
const ROWS: usize = 32;
const MOST_COLUMNS: usize = 200;
/// Columns that hold pictures where the file does not say so itself.
const PICTURES: [&str; 6] = ["image", "img", "picture", "photo", "bytes", "content"];
const LABELS: [&str; 4] = ["label", "class", "labels", "classes"];

fn is_parquet(name: &str) -> bool {
    name::ending(name).as_deref() == Some("parquet")
}

/// The Parquet files of a folder that holds no pictures beside them, by name; empty where it is another kind of folder.
pub(super) fn parts(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [folder.to_owned(), folder.join("data")] {
        for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
            let own = entry.file_name().to_string_lossy().into_owned();
            if name::is_picture(&own) {
                return Vec::new();
            }
            // A link may lead anywhere.
            if is_parquet(&own) && entry.file_type().is_ok_and(|kind| kind.is_file()) {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    found
}

fn open(path: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    open_parts(vec![path.to_owned()], wanted)
}

fn open_parts(paths: Vec<PathBuf>, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let (mut labels, mut total, mut notes) = (BTreeSet::new(), 0, BTreeSet::new());
    let mut parts = Vec::new();
    for path in paths {
        let part = Part::look(path, wanted)?;
        total += part.rows;
        labels.extend(part.labels()?);
        notes.extend(part.notes.iter().cloned());
        parts.push(part);
    }
    let limits = wanted.limits;
    let classes = wanted.classes.clone();
    let opened = Opened::new(move |each| {
        let mut bytes = 0;
        if each(Item::Total(total)).is_break() {
            return Ok(());
        }
        for part in parts {
            if part.visit(&limits, &classes, &mut bytes, each)?.is_break() {
                break;
            }
        }
        Ok(())
    });
    Ok(Opened { notes: notes.into_iter().collect(), labels, ..opened })
}

/// One file, and what is in which of its columns.
struct Part {
    path: PathBuf,
    name: String,
    rows: u64,
    contents: Contents,
    /// The column that holds the samples.
    sample: usize,
    /// The one that names the rows, where samples have no names of their own.
    id: Option<usize>,
    label: Option<usize>,
    /// What the numbers of the label's column stand for.
    names: Option<Vec<String>>,
    /// Columns that become metadata.
    metadata: Vec<(usize, String)>,
    notes: Vec<String>,
}

impl Part {
    fn look(path: PathBuf, wanted: &SourceOptions) -> Result<Self, DatasetError> {
        let name = file_name(&path);
        let builder = builder(&path, &name)?;
        let fault = |reason: String| DatasetError::Unreadable { file: name.clone(), reason };
        let rows = u64::try_from(builder.metadata().file_metadata().num_rows())
            .map_err(|_| fault("it says that it has fewer than no rows".to_owned()))?;
        let fields = builder.schema().fields();
        if fields.len() > MOST_COLUMNS {
            return Err(fault(format!("there are {} columns; at most {MOST_COLUMNS} are read", fields.len())));
        }
        let kinds: Vec<ArrayRef> = fields.iter().map(|field| new_empty_array(field.data_type())).collect();
        let called: Vec<String> = fields.iter().map(|field| field.name().clone()).collect();
        let features = features(&builder);
        let shown = || called.iter().map(|name| format!("`{}`", name.escape_debug())).collect::<Vec<_>>().join(", ");
        let declared = |at: usize| features.get(&called[at]).is_some_and(|feature| feature["_type"] == "Image");
        let is_one_of = |at: usize, known: &[&str]| known.iter().any(|known| called[at].eq_ignore_ascii_case(known));
        let contents = wanted.limits.contents;
        let all = || 0..called.len();
        let named = |wanted: &str| all().find(|&at| is_one_of(at, &[wanted]) && is_plain(&kinds[at]));
        let sample = match (contents, &wanted.content) {
            (Contents::Pictures, _) => (all().find(|&at| declared(at) && holds_bytes(&kinds[at])))
                .or_else(|| all().find(|&at| in_struct(&kinds[at]).is_some()))
                .or_else(|| all().find(|&at| is_one_of(at, &PICTURES) && holds_bytes(&kinds[at]))),
            (Contents::Texts, Some(column)) => named(column),
            (Contents::Series | Contents::Rows, _) => None,
            (Contents::Texts, None) => contents.columns().iter().find_map(|column| named(column)),
        };
        let Some(sample) = sample else {
            let asked = wanted.content.as_ref().map(|column| format!("there is no column `{column}` of texts"));
            let known = || match contents {
                Contents::Pictures => "no column holds pictures as bytes".to_owned(),
                Contents::Texts => "no column is known to hold texts; name the one that does".to_owned(),
                Contents::Rows => "a folder of tables cannot be read yet; give one".to_owned(),
                Contents::Series => "series in a table need a column `id` and one `time`".to_owned(),
            };
            return Err(fault(format!("{}, only {}", asked.unwrap_or_else(known), shown())));
        };
        let id = if contents == Contents::Pictures { None } else { IDS.iter().find_map(|id| named(id)) };
        let label = match &wanted.labels {
            LabelsFrom::Nowhere => None,
            LabelsFrom::Folder => {
                return Err(fault(format!("it has columns and no folders; name the one of labels: {}", shown())));
            }
            LabelsFrom::Column(column) => {
                let found = called.iter().position(|name| name == column);
                let found = found.or_else(|| called.iter().position(|name| name.eq_ignore_ascii_case(column)));
                Some(found.ok_or_else(|| fault(format!("there is no column `{column}`, only {}", shown())))?)
            }
        };
        let names = label.and_then(|at| class_names(features.get(&called[at])?));
        let (mut metadata, mut left_out) = (Vec::new(), Vec::new());
        for (at, own) in called.iter().enumerate() {
            // Columns that may hold the truth never become metadata, which annotators can see.
            if at == sample || Some(at) == label || is_one_of(at, &LABELS) {
                continue;
            }
            if is_plain(&kinds[at]) { metadata.push((at, own.clone())) } else { left_out.push(format!("`{own}`")) }
        }
        let mut notes = Vec::new();
        if let Some(at) = label {
            notes.push(format!("labels are read from column `{}`", called[at]));
        }
        if !left_out.is_empty() {
            notes.push(format!("columns that are neither text nor numbers are left out: {}", left_out.join(", ")));
        }
        Ok(Self { path, name, rows, contents, sample, id, label, names, metadata, notes })
    }

    /// Every label of the file, read without its pictures.
    fn labels(&self) -> Result<BTreeSet<Label>, DatasetError> {
        let Some(column) = self.label else { return Ok(BTreeSet::new()) };
        let mut labels = BTreeSet::new();
        let mut row = 0;
        for batch in self.read(&[column], 4096)? {
            let batch = batch.map_err(|error| self.broken(row, &error))?;
            for at in 0..batch.num_rows() {
                labels.extend(self.label_at(batch.column(0), at).ok().flatten());
            }
            row += batch.num_rows() as u64;
        }
        Ok(labels)
    }

    /// The batches of these columns, in their order in the file.
    fn read(
        &self,
        columns: &[usize],
        rows: usize,
    ) -> Result<impl Iterator<Item = Result<RecordBatch, String>> + use<>, DatasetError> {
        let builder = builder(&self.path, &self.name)?;
        let mask = ProjectionMask::roots(builder.parquet_schema(), columns.iter().copied());
        let mut reader = calmly(|| builder.with_projection(mask).with_batch_size(rows).build())
            .map_err(|error| self.broken(0, &error))?;
        let mut over = false;
        Ok(std::iter::from_fn(move || {
            let next = if over { None } else { calmly(|| reader.next().transpose()).transpose() };
            over = matches!(next, Some(Err(_)));
            next
        }))
    }

    fn broken(&self, entries: u64, error: &dyn std::fmt::Display) -> DatasetError {
        DatasetError::Broken { archive: self.name.clone(), entries, reason: error.to_string() }
    }

    fn visit(
        &self,
        limits: &SourceLimits,
        classes: &BTreeSet<String>,
        bytes: &mut u64,
        each: Each,
    ) -> Result<ControlFlow<()>, DatasetError> {
        let mut columns: Vec<usize> = self.metadata.iter().map(|(at, _)| *at).collect();
        columns.extend([self.sample].into_iter().chain(self.label));
        columns.sort_unstable();
        let place_of = |at: usize| columns.iter().position(|known| *known == at).unwrap_or_default();
        let split = split_of(&self.path, classes);
        let mut row = 0;
        for batch in self.read(&columns, ROWS)? {
            let batch = batch.map_err(|error| self.broken(row, &error))?;
            let label = self.label.map(|at| batch.column(place_of(at)));
            let metadata: Vec<(&str, &ArrayRef)> =
                self.metadata.iter().map(|(at, name)| (name.as_str(), batch.column(place_of(*at)))).collect();
            for at in 0..batch.num_rows() {
                let found = self.row(row, at, batch.column(place_of(self.sample)), label, &metadata, limits);
                let item = match found {
                    Ok(mut found) => {
                        if let Source::Bytes(sample) = &found.source {
                            *bytes += sample.len() as u64;
                        }
                        if let Some(split) = &split {
                            found.metadata.entry("split".to_owned()).or_insert_with(|| split.clone());
                        }
                        Item::Found(found)
                    }
                    Err((name, reason)) => Item::refused(name, reason),
                };
                if *bytes > limits.total_bytes {
                    return Err(DatasetError::TooLarge(self.name.clone()));
                }
                row += 1;
                if each(item).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
        }
        Ok(ControlFlow::Continue(()))
    }

    /// A row as an item; otherwise its name and why it is refused.
    fn row(
        &self,
        row: u64,
        at: usize,
        sample: &ArrayRef,
        label: Option<&ArrayRef>,
        metadata: &[(&str, &ArrayRef)],
        limits: &SourceLimits,
    ) -> Result<Found, (String, String)> {
        let stem = self.name.strip_suffix(".parquet").unwrap_or(&self.name);
        let fallback = format!("{stem}/{row:06}");
        let text;
        let (bytes, path) = match self.contents {
            Contents::Pictures | Contents::Series | Contents::Rows => picture_at(sample, at),
            Contents::Texts => {
                text = text_at(sample, at).filter(|text| !text.trim().is_empty());
                let id = self.id.and_then(|id| self.metadata.iter().position(|(at, _)| *at == id));
                (text.as_deref().map(str::as_bytes), id.and_then(|id| text_at(metadata.get(id)?.1, at)))
            }
        };
        let own = path.as_deref().and_then(|path| name::safe(path).ok()).unwrap_or(fallback);
        let refused = |reason: String| (own.clone(), format!("row {row}: {reason}"));
        let source = match bytes {
            Some(bytes) if bytes.len() as u64 > limits.entry_bytes => {
                return Err(refused(format!("its sample has {} bytes, more than the limit", bytes.len())));
            }
            Some(bytes) => Source::Bytes(bytes.to_vec()),
            None if self.contents == Contents::Texts => return Err(refused("its text is empty".to_owned())),
            None => Source::Absent(format!("row {row}: its picture is not in the file")),
        };
        let label = match label {
            None => None,
            Some(column) => self.label_at(column, at).map_err(&refused)?,
        };
        let mut known = BTreeMap::new();
        for (column, array) in metadata {
            let Some(text) = text_at(array, at) else { continue };
            if text.len() > MOST_FIELD_BYTES {
                return Err(refused(format!("column `{column}` holds more than 64 KB")));
            }
            if !text.is_empty() {
                known.insert((*column).to_owned(), crate::domain::text::composed(&text));
            }
        }
        Ok(Found { label, sha256: None, metadata: known, ..Found::new(own, source) })
    }

    /// What a cell says of the class; the reason why its row is refused otherwise.
    fn label_at(&self, column: &ArrayRef, at: usize) -> Result<Option<Label>, String> {
        if column.is_null(at) {
            return Ok(None);
        }
        let list = column.as_list_opt::<i32>().map(|list| list.value(at));
        let list = list.or_else(|| column.as_list_opt::<i64>().map(|list| list.value(at)));
        let Some(list) = list else {
            let text = self.name_at(column, at)?;
            return Ok(text.as_deref().and_then(Label::text));
        };
        let mut set = Vec::new();
        for at in 0..list.len() {
            set.extend(self.name_at(&list, at)?);
        }
        Ok(Some(Label::Set(set)))
    }

    fn name_at(&self, column: &ArrayRef, at: usize) -> Result<Option<String>, String> {
        let Some(text) = text_at(column, at) else {
            return if column.is_null(at) {
                Ok(None)
            } else {
                Err("its label is neither text nor a number".to_owned())
            };
        };
        if text.len() > MOST_FIELD_BYTES {
            return Err("its label holds more than 64 KB".to_owned());
        }
        match (&self.names, text.parse::<i64>()) {
            // What is not labeled has this number there.
            (Some(_), Ok(-1)) => Ok(None),
            (Some(names), Ok(number)) => {
                let name = usize::try_from(number).ok().and_then(|number| names.get(number));
                let name =
                    name.ok_or_else(|| format!("label {number} is none of the {} names of classes", names.len()));
                name.cloned().map(Some)
            }
            _ => Ok(Some(text)),
        }
    }
}

/// Run the library on a file that may be damaged: it checks some of what a file claims by panics.
pub(super) fn calmly<T, E: std::fmt::Display>(work: impl FnOnce() -> Result<T, E>) -> Result<T, String> {
    match std::panic::catch_unwind(std::panic::AssertUnwindSafe(work)) {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err("it is damaged".to_owned()),
    }
}

pub(super) fn builder(path: &Path, name: &str) -> Result<Builder<File>, DatasetError> {
    let file = File::open(path).map_err(DatasetError::io(path))?;
    calmly(|| Builder::try_new(file)).map_err(|error| DatasetError::Unreadable {
        file: name.to_owned(),
        reason: format!("it could not be read as Parquet ({error})"),
    })
}

/// What the library `datasets` says of the columns.
fn features(builder: &Builder<File>) -> serde_json::Map<String, serde_json::Value> {
    let known = builder.metadata().file_metadata().key_value_metadata();
    let text = known.and_then(|all| all.iter().find(|one| one.key == "huggingface")?.value.clone());
    let parsed: Option<serde_json::Value> = text.and_then(|text| serde_json::from_str(&text).ok());
    match parsed.and_then(|all| all.get("info")?.get("features").cloned()) {
        Some(serde_json::Value::Object(features)) => features,
        _ => serde_json::Map::new(),
    }
}

/// The names of a column of classes, or of lists of classes.
fn class_names(feature: &serde_json::Value) -> Option<Vec<String>> {
    let inner = match feature {
        serde_json::Value::Array(of) => of.first()?,
        other => other.get("feature").unwrap_or(other),
    };
    let names = inner.get("names")?.as_array()?;
    names.iter().map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The part of the dataset that a file holds, by its name or its folder's: `train-00000-of-00002.parquet`.
fn split_of(path: &Path, classes: &BTreeSet<String>) -> Option<String> {
    let name = file_name(path);
    let first = name.split(['-', '.']).next().unwrap_or_default();
    place(&format!("{first}/x"), classes).split
}

/// The columns of bytes and path in a column of pictures.
fn in_struct(column: &ArrayRef) -> Option<(&ArrayRef, Option<&ArrayRef>)> {
    let inner = column.as_struct_opt()?;
    let bytes = inner.column_by_name("bytes").filter(|bytes| is_binary(bytes))?;
    Some((bytes, inner.column_by_name("path")))
}

fn is_binary(column: &ArrayRef) -> bool {
    column.as_binary_opt::<i32>().is_some()
        || column.as_binary_opt::<i64>().is_some()
        || column.as_binary_view_opt().is_some()
}

pub(super) fn holds_bytes(column: &ArrayRef) -> bool {
    is_binary(column) || in_struct(column).is_some()
}

fn bytes_at(column: &ArrayRef, at: usize) -> Option<&[u8]> {
    if column.is_null(at) {
        return None;
    }
    let short = column.as_binary_opt::<i32>().map(|all| all.value(at));
    let long = || column.as_binary_opt::<i64>().map(|all| all.value(at));
    let view = || column.as_binary_view_opt().map(|all| all.value(at));
    short.or_else(long).or_else(view)
}

/// A picture's bytes and its path, where they are there.
fn picture_at(column: &ArrayRef, at: usize) -> (Option<&[u8]>, Option<String>) {
    if column.is_null(at) {
        return (None, None);
    }
    match in_struct(column) {
        Some((bytes, path)) => (bytes_at(bytes, at), path.and_then(|path| text_at(path, at))),
        None => (bytes_at(column, at), None),
    }
}

/// Whether a column's cells have a text.
fn is_plain(column: &ArrayRef) -> bool {
    text_of(column).is_some()
}

fn text_at(column: &ArrayRef, at: usize) -> Option<String> {
    let text = text_of(column)?;
    (!column.is_null(at)).then(|| text(column, at))
}

pub(super) type AsText = fn(&ArrayRef, usize) -> String;

/// How the cells of a column of text, numbers or truth values are written.
pub(super) fn text_of(column: &ArrayRef) -> Option<AsText> {
    macro_rules! of {
        ($($is:expr => $get:expr),+ $(,)?) => {
            $(if $is {
                return Some($get);
            })+
        };
    }
    macro_rules! number {
        ($kind:ty) => {
            if column.as_primitive_opt::<$kind>().is_some() {
                return Some(|column, at| column.as_primitive::<$kind>().value(at).to_string());
            }
        };
    }
    of!(
        column.as_string_opt::<i32>().is_some() => |column, at| column.as_string::<i32>().value(at).to_owned(),
        column.as_string_opt::<i64>().is_some() => |column, at| column.as_string::<i64>().value(at).to_owned(),
        column.as_string_view_opt().is_some() => |column, at| column.as_string_view().value(at).to_owned(),
        column.as_boolean_opt().is_some() => |column, at| column.as_boolean().value(at).to_string(),
    );
    number!(Int8Type);
    number!(Int16Type);
    number!(Int32Type);
    number!(Int64Type);
    number!(UInt8Type);
    number!(UInt16Type);
    number!(UInt32Type);
    number!(UInt64Type);
    number!(Float32Type);
    number!(Float64Type);
    None
}
