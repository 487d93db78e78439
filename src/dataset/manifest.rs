//! A table beside its files: one item per row, in its order.
//!
//! **Invariant:** paths resolve relative to the table and never outside its folder.

use std::collections::HashMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::name::{self, place};
use super::table::{Row, Table};
use super::{DatasetError, Found, Importer, Item, LabelsFrom, Opened, Reading, Source, SourceOptions, file_name};
use crate::domain::text::composed;

pub(super) const IMPORTER: Importer = Importer {
    name: "a table (CSV, TSV, JSONL, or JSON of Label Studio or COCO)",
    is: |head| name::is_table(&head.name),
    read: Reading::Rows(open),
};

/// Read the table at `path`; its rows are visited in their order.
fn open(path: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(DatasetError::io(folder))?;
    let bytes = std::fs::read(path).map_err(DatasetError::io(path))?;
    let table = Table::read(&file_name(path), &bytes, wanted.columns())?;
    drop(bytes);
    if let Some(column) = table.content_column()
        && wanted.labels == LabelsFrom::Folder
    {
        let reason = format!(
            "its {} are in column `{column}` and not in folders; name the column of labels",
            wanted.limits.contents.name()
        );
        return Err(DatasetError::Manifest { file: file_name(path), line: 1, reason });
    }
    let called = stem(path);
    let labels = table.rows.iter().filter_map(|row| row_label(row, wanted)).collect();
    let wanted = wanted.clone();
    let opened = Opened::new(move |each| {
        let mut finder = Finder { folder, listed: HashMap::new() };
        let mut go = each(Item::Total(table.rows.len() as u64));
        for row in table.rows {
            if go.is_break() {
                break;
            }
            go =
                each(if row.content.is_some() { held(&called, row, &wanted) } else { item(&mut finder, row, &wanted) });
        }
        Ok(())
    });
    Ok(Opened { labels, ..opened })
}

/// The label of a single row: its own, or that of the folder in its path.
fn row_label(row: &Row, wanted: &SourceOptions) -> Option<super::Label> {
    match wanted.labels {
        LabelsFrom::Nowhere => None,
        LabelsFrom::Column(_) => row.label.clone(),
        LabelsFrom::Folder => {
            let own = name::safe(row.path.as_deref()?).ok()?;
            place(&own, &wanted.classes).class.and_then(super::Label::text)
        }
    }
}

/// The name of a table's rows, before their numbers.
fn stem(path: &Path) -> String {
    path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default()
}

/// A row with its sample in it.
pub(super) fn held(called: &str, mut row: Row, wanted: &SourceOptions) -> Item {
    let name = row.path.take().unwrap_or_else(|| format!("{called}:{}", row.line));
    let label = row_label(&row, wanted);
    let content = row.content.take().unwrap_or_default();
    if content.trim().is_empty() {
        return Item::refused(name, format!("line {}: its text is empty", row.line));
    }
    Item::Found(found(name, Source::Bytes(content.into_bytes()), label, row))
}

/// A row with its file, or without one.
fn item(finder: &mut Finder, row: Row, wanted: &SourceOptions) -> Item {
    let line = row.line;
    let refused = |reason: &str| Item::refused(row.name(), format!("line {line}: {reason}"));
    if let Some(fault) = &row.fault {
        return refused(fault);
    }
    let label = row_label(&row, wanted);
    if row.path.is_none() {
        let source = Source::Absent(format!("line {line}: it names no file, and no sample has this sha256"));
        return Item::Found(found(row.name(), source, label, row));
    }
    let mut names = Vec::new();
    for path in row.paths() {
        match name::tidy(path) {
            Ok(own) => names.push(own),
            Err(reason) => return refused(reason),
        }
    }
    let there = names.iter().find_map(|own| Some((own.clone(), finder.find(own)?)));
    let (own, path) = match there {
        Some((own, path)) => (own, Some(path)),
        None => (names.swap_remove(0), None),
    };
    let source = match path.map(|path| path.canonicalize()) {
        Some(Ok(path)) if !path.starts_with(&finder.folder) => {
            return refused("the path leads outside the manifest's folder; copy the file in");
        }
        Some(Ok(path)) if !path.is_file() => return refused("the path is not a file"),
        Some(Ok(path)) => Source::Path(path),
        _ => Source::Absent(format!("line {line}: the file is missing")),
    };
    let own = composed(&own);
    let split = place(&own, &wanted.classes).split;
    let mut found = found(own, source, label, row);
    if let Some(split) = split {
        found.metadata.entry("split".to_owned()).or_insert(split);
    }
    Item::Found(found)
}

/// What a row says, as an item called `name`.
pub(super) fn found(name: String, source: Source, label: Option<super::Label>, row: Row) -> Found {
    Found { name, source, label, sha256: row.hash, predicted: row.predicted, metadata: row.metadata }
}

/// Finds files whose names may differ in Unicode form between disk and table: composed or decomposed.
struct Finder {
    folder: PathBuf,
    /// The names in folders already listed, by their composed form.
    listed: HashMap<PathBuf, HashMap<String, OsString>>,
}

impl Finder {
    fn find(&mut self, own: &str) -> Option<PathBuf> {
        let direct = [self.folder.join(own), self.folder.join(composed(own))];
        if let Some(path) = direct.into_iter().find(|path| path.symlink_metadata().is_ok()) {
            return Some(path);
        }
        if own.is_ascii() {
            return None;
        }
        own.split('/').try_fold(self.folder.clone(), |folder, part| {
            let listed = self.listed.entry(folder.clone()).or_insert_with(|| list(&folder));
            listed.get(&composed(part)).map(|name| folder.join(name))
        })
    }
}

fn list(folder: &Path) -> HashMap<String, OsString> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter_map(|entry| Some((composed(entry.file_name().to_str()?), entry.file_name()))).collect()
}
