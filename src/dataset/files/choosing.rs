//! Which of the tables among the files says what they are.

use super::{Survey, Tables, folder_labels};
use crate::dataset::table::Table;
use crate::dataset::{DatasetError, LabelsFrom, SourceOptions};

/// The table that is read.
#[derive(Debug)]
pub(super) struct Chosen {
    /// Its own name in its container.
    pub name: String,
    pub table: Table,
    /// Whether labels are read from it.
    pub labels: bool,
}

impl Chosen {
    /// The folder that its paths may be relative to, with a `/` behind; empty for the root.
    pub(super) fn folder(&self) -> &str {
        self.name.rfind('/').map_or("", |at| &self.name[..=at])
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
        match Table::read(name, bytes, wanted.column()) {
            Ok(table) => read.push(Chosen { name: name.clone(), table, labels: false }),
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
    let depth = |chosen: &Chosen| chosen.name.matches('/').count();
    let Some(least) = tables.iter().map(depth).min() else { return Ok(None) };
    let mut near: Vec<Chosen> = tables.into_iter().filter(|chosen| depth(chosen) == least).collect();
    if near.len() > 1 {
        return Err(DatasetError::SeveralTables(near.into_iter().map(|chosen| chosen.name).collect()));
    }
    Ok(near.pop())
}
