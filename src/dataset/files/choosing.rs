//! Which of the tables among the files says what they are.

use super::{Survey, Tables, folder_labels};
use crate::dataset::table::Table;
use crate::dataset::{DatasetError, LabelsFrom, SourceOptions};

/// The table that is read.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its own name in its container; of tables that are read together, all of them.
    pub names: Vec<String>,
    pub table: Table,
    /// Whether labels are read from it.
    pub labels: bool,
}

impl Chosen {
    /// The folder that its paths may be relative to, with a `/` behind; empty for the root.
    pub(super) fn folder(&self) -> &str {
        match self.names.as_slice() {
            [one] => folder_of(one),
            _ => "",
        }
    }

    fn names_any(&self, names: &[String]) -> bool {
        super::match_rows(self, names).any()
    }
}

/// The table of `survey` that is read, where one is.
///
/// # Errors
/// When the wanted column is in none or in several, or a table that was given cannot be read.
pub(super) fn choose(
    called: &str,
    survey: &Survey,
    tables: Tables,
    wanted: &SourceOptions,
) -> Result<Option<Chosen>, DatasetError> {
    let (mut read, mut failed) = (Vec::new(), None);
    for (name, bytes) in &survey.tables {
        match Table::read(name, bytes, wanted.columns()) {
            Ok(table) => read.push(Chosen { names: vec![name.clone()], table, labels: false }),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    match (&wanted.labels, tables) {
        (LabelsFrom::Column(column), _) => match (nearest(read)?, failed) {
            (Some(chosen), _) => Ok(Some(Chosen { labels: true, ..chosen })),
            (None, Some(error)) => Err(error),
            (None, None) => Err(DatasetError::NoColumns(called.to_owned(), column.clone())),
        },
        (LabelsFrom::Folder, _) => {
            // Folders alone cannot tell `a/b` from `a_b`; the program that wrote them can. And a single folder for all
            // says nothing.
            let (own, other): (Vec<Chosen>, Vec<Chosen>) = read.into_iter().partition(|one| one.table.is_own());
            let one_folder = folder_labels(&survey.names, wanted).len() <= 1;
            let says = |one: &Chosen| one.table.label_column().is_some() && one.names_any(&survey.names);
            let own: Vec<Chosen> = own.into_iter().filter(says).collect();
            let other =
                if own.is_empty() && one_folder { other.into_iter().filter(says).collect() } else { Vec::new() };
            Ok(nearest(if own.is_empty() { other } else { own })?.map(|chosen| Chosen { labels: true, ..chosen }))
        }
        (LabelsFrom::Nowhere, Tables::Always) => match (nearest(read)?, failed) {
            (None, Some(error)) => Err(error),
            (chosen, _) => Ok(chosen),
        },
        (LabelsFrom::Nowhere, Tables::WhereAsked) => Ok(None),
    }
}

/// The one nearest to the root.
fn nearest(tables: Vec<Chosen>) -> Result<Option<Chosen>, DatasetError> {
    // As the library `datasets` has it: a table of this name in each folder, about the files there.
    if tables.len() > 1 && tables.iter().all(|chosen| chosen.names.iter().all(|name| is_metadata(name))) {
        return Ok(together(tables));
    }
    let depth = |chosen: &Chosen| chosen.names.iter().map(|name| name.matches('/').count()).min().unwrap_or(0);
    let Some(least) = tables.iter().map(depth).min() else { return Ok(None) };
    let mut near: Vec<Chosen> = tables.into_iter().filter(|chosen| depth(chosen) == least).collect();
    if near.len() > 1 {
        return Err(DatasetError::SeveralTables(near.into_iter().flat_map(|chosen| chosen.names).collect()));
    }
    Ok(near.pop())
}

/// The folder of a file, with a `/` behind; empty for the root.
fn folder_of(name: &str) -> &str {
    name.rfind('/').map_or("", |at| &name[..=at])
}

fn is_metadata(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
    matches!(file.as_str(), "metadata.csv" | "metadata.jsonl")
}

/// Several tables as one, each about the files of its folder.
fn together(tables: Vec<Chosen>) -> Option<Chosen> {
    let start = tables.first()?.table.without_rows();
    let names = tables.iter().flat_map(|one| one.names.clone()).collect();
    let table = tables.into_iter().fold(start, |all, one| {
        let folder = folder_of(one.names.first().map_or("", String::as_str)).to_owned();
        all.with(&folder, one.table)
    });
    Some(Chosen { names, table, labels: false })
}
