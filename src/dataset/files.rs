//! Files in containers, and perhaps a table among them that says what they are.
//!
//! **Invariant:** every file is one item, or one for each row that names it; every row that names none is an item too.

mod choosing;
mod matching;

use std::collections::BTreeSet;
use std::ops::ControlFlow;

use self::choosing::{Chosen, choose};
use self::matching::{Matched, match_rows};
use super::container::{Body, Container};
use super::manifest::{found, held};
use super::name::{self, place};
use super::{
    Contents, DatasetError, Each, Found, Item, Label, LabelsFrom, Opened, RefusedItem, Source, SourceLimits,
    SourceOptions,
};

/// Whether a table among the files is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tables {
    /// Where labels are wanted from it, or Querist wrote it.
    WhereAsked,
    /// It was given to name the files.
    Always,
}

/// The result of scanning the containers.
#[derive(Debug, Default)]
struct Survey {
    /// Files that may be pictures.
    names: Vec<String>,
    /// Tables with their bytes.
    tables: Vec<(String, Vec<u8>)>,
    items: u64,
}

/// Scan `holders`, shown to people as `called`, and choose the table.
pub(super) fn open(
    called: &str,
    holders: Vec<Container>,
    tables: Tables,
    wanted: &SourceOptions,
) -> Result<Opened, DatasetError> {
    let holds_rows = wanted.limits.contents == Contents::Texts;
    let read = tables == Tables::Always || wanted.labels != LabelsFrom::Nowhere || holds_rows;
    let mut survey = Survey::default();
    for holder in &holders {
        look(holder, &wanted.limits, read, &mut survey)?;
    }
    // A table alone in an archive holds the samples.
    let tables = if holds_rows && survey.names.is_empty() { Tables::Always } else { tables };
    let chosen = choose(called, &survey, tables, wanted)?;
    let mut notes = Vec::new();
    let (labels, matched) = match &chosen {
        Some(chosen) => {
            let matched = match_rows(chosen, &survey.names);
            let labels = if chosen.labels {
                let column = chosen.table.label_column().unwrap_or_default();
                notes.push(format!("labels are read from column `{column}` of `{}`", chosen.names.join("`, `")));
                chosen.table.rows.iter().filter_map(|row| row.label.clone()).collect()
            } else {
                folder_labels(&survey.names, wanted)
            };
            (labels, matched)
        }
        None => (folder_labels(&survey.names, wanted), Matched::default()),
    };
    if wanted.labels == LabelsFrom::Folder && !chosen.as_ref().is_some_and(|chosen| chosen.labels) {
        notes.extend(notes_on_folders(&survey.names, &labels, wanted));
    }
    let total = survey.items + matched.extra();
    let wanted = wanted.clone();
    let opened = Opened::new(move |each| visit(&holders, chosen.as_ref(), matched, total, &wanted, each));
    Ok(Opened { notes, labels, ..opened })
}

/// Read names, and tables where one may be chosen. A container that ends early is read as far as it goes: its end is reported
/// when it is visited. A table that cannot be read is ignored.
fn look(holder: &Container, limits: &SourceLimits, read: bool, survey: &mut Survey) -> Result<(), DatasetError> {
    let looked = holder.walk(limits, &|own| read && limits.contents.is_table(own), &mut |entry| {
        survey.items += 1;
        match entry.body {
            Body::File(source) if limits.contents.is_table(&entry.name) => {
                if let (true, Ok(bytes)) = (read, bytes_of(source)) {
                    survey.tables.push((entry.name, bytes));
                }
            }
            Body::File(_) => survey.names.push(entry.name),
            Body::Refused(_) | Body::PassedOver(_) => {}
        }
        ControlFlow::Continue(())
    });
    match looked {
        Err(DatasetError::Broken { entries, .. }) if entries > 0 => Ok(()),
        Err(DatasetError::TooLarge(_)) => Ok(()),
        looked => looked,
    }
}

fn bytes_of(source: Source) -> std::io::Result<Vec<u8>> {
    match source {
        Source::Bytes(bytes) => Ok(bytes),
        Source::Path(path) => std::fs::read(path),
        Source::Absent(_) => Ok(Vec::new()),
    }
}

fn folder_label(own: &str, wanted: &SourceOptions) -> Option<Label> {
    let class = || place(own, &wanted.classes).class.and_then(Label::text);
    if wanted.labels == LabelsFrom::Folder { class() } else { None }
}

fn folder_labels(names: &[String], wanted: &SourceOptions) -> BTreeSet<Label> {
    names.iter().filter_map(|own| folder_label(own, wanted)).collect()
}

/// Warnings about folders that may not mean what they seem to.
fn notes_on_folders(names: &[String], labels: &BTreeSet<Label>, wanted: &SourceOptions) -> Vec<String> {
    let mut notes = Vec::new();
    let places = names.iter().map(|own| place(own, &wanted.classes));
    let splits: Vec<String> = places.filter(|place| place.class.is_none()).filter_map(|place| place.split).collect();
    if !splits.is_empty() {
        let named: BTreeSet<_> = splits.iter().map(|split| format!("`{split}`")).collect();
        let named = named.into_iter().collect::<Vec<_>>().join(", ");
        let n = splits.len();
        notes.push(format!(
            "{n} samples lie in {named}, which names a part of the dataset and no class: they are unlabeled"
        ));
    }
    if let (1, Some(Label::Text(only)), true) = (labels.len(), labels.first(), names.len() > 1) {
        notes.push(format!("all labels are `{only}`, the one folder that samples lie in; is it a class?"));
    }
    notes
}

fn visit(
    holders: &[Container],
    chosen: Option<&Chosen>,
    mut matched: Matched,
    total: u64,
    wanted: &SourceOptions,
    each: Each,
) -> Result<(), DatasetError> {
    let mut go = each(Item::Total(total));
    for holder in holders {
        if go.is_break() {
            return Ok(());
        }
        holder.walk(&wanted.limits, &|own| !wanted.limits.contents.is_table(own), &mut |entry| {
            let own = entry.name;
            go = match entry.body {
                Body::Refused(reason) => each(Item::refused(own, reason)),
                Body::PassedOver(reason) => each(passed_over(own, reason)),
                Body::File(_) if chosen.is_some_and(|chosen| chosen.names.contains(&own)) => {
                    each(passed_over(own, "it was read as the table of the others"))
                }
                Body::File(_) if wanted.limits.contents.is_table(&own) => {
                    let reason = name::passed_over(&own).unwrap_or_default();
                    each(passed_over(own, reason))
                }
                Body::File(source) => {
                    let rows = matched.rows_of(&own);
                    let labeled = chosen.is_some_and(|chosen| chosen.labels);
                    let mut items = items(own, source, rows, labeled, chosen, wanted).into_iter();
                    items.try_for_each(|item| each(Item::Found(item)))
                }
            };
            go
        })?;
    }
    for (row, verdict) in matched.without_file(chosen) {
        if go.is_break() {
            break;
        }
        let line = row.line;
        go = each(match verdict {
            _ if row.content.is_some() => held(&table_name(chosen), row.clone(), wanted),
            Ok(reason) => {
                let label = row.label.clone().filter(|_| chosen.is_some_and(|chosen| chosen.labels));
                Item::Found(found(row.name(), Source::Absent(format!("line {line}: {reason}")), label, row.clone()))
            }
            Err(reason) => Item::refused(row.name(), format!("line {line}: {reason}")),
        });
    }
    Ok(())
}

/// The name of the table without its folder and ending.
fn table_name(chosen: Option<&Chosen>) -> String {
    let name = chosen.and_then(|chosen| chosen.names.first()).map_or("", String::as_str);
    let file = name.rsplit('/').next().unwrap_or_default();
    file.rsplit_once('.').map_or(file, |(stem, _)| stem).to_owned()
}

fn passed_over(name: String, reason: &str) -> Item {
    Item::PassedOver(RefusedItem { name, reason: reason.to_owned() })
}

/// A file as an item for each of the rows that name it, or as one that none names.
fn items(
    own: String,
    source: Source,
    rows: Vec<usize>,
    labeled: bool,
    chosen: Option<&Chosen>,
    wanted: &SourceOptions,
) -> Vec<Found> {
    // Where Querist wrote the table, it says which part a file belongs to; a class may be called `train`.
    let told = labeled && chosen.is_some_and(|chosen| chosen.table.is_own());
    let split = place(&own, &wanted.classes).split.filter(|_| !told);
    let folder = if labeled { None } else { folder_label(&own, wanted) };
    let rows = rows.into_iter().filter_map(|at| chosen.map(|chosen| chosen.table.rows[at].clone()));
    let mut items: Vec<Found> = rows
        .map(|row| {
            let label = if labeled { row.label.clone() } else { folder.clone() };
            found(own.clone(), source.clone(), label, row)
        })
        .collect();
    if items.is_empty() {
        items.push(Found { label: folder, ..Found::new(own, source) });
    }
    if let Some(split) = split {
        for item in &mut items {
            item.metadata.entry("split".to_owned()).or_insert_with(|| split.clone());
        }
    }
    items
}
