//! A table that is one sample: a time series in a file of its own.

use std::path::Path;

use super::{
    Contents, DatasetError, Found, Head, Importer, Item, LabelsFrom, Opened, Reading, Source, SourceOptions, file_name,
    name,
};
use crate::dataset::table::is_path;

pub(super) const IMPORTER: Importer =
    Importer { name: "a table that is one series", is: is_one, read: Reading::Rows(open) };

/// A table of numbers that names no files.
fn is_one(head: &Head) -> bool {
    if head.contents != Contents::Series || !matches!(name::ending(&head.name).as_deref(), Some("csv" | "tsv" | "txt"))
    {
        return false;
    }
    let text = String::from_utf8_lossy(&head.first);
    let header = text.trim_start_matches('\u{feff}').lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    !header.split([',', ';', '\t']).any(|cell| is_path(cell.trim()))
}

fn open(path: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let own = file_name(path);
    if wanted.labels != LabelsFrom::Nowhere {
        let reason =
            "it is one series and holds no labels; import a folder of folders, or a table that names the files";
        return Err(DatasetError::Unreadable { file: own, reason: reason.to_owned() });
    }
    let path = path.to_owned();
    Ok(Opened::new(move |each| {
        if each(Item::Total(1)).is_continue() {
            let _ = each(Item::Found(Found::new(own, Source::Path(path))));
        }
        Ok(())
    }))
}
