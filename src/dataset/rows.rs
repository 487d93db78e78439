//! Rows of a table as samples: CSV, TSV, JSON Lines, a JSON list, or Parquet.
//!
//! All columns but those of labels, ids and hashes are values of the samples. What a column holds is found over the whole table, so
//! that it holds one kind: numbers (with decimal commas where the separator is `;` or a tab), truth values, or text.
//!
//! **Invariant:** every row is one item; no column that may hold the truth becomes a value, unless people say that it is one.

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::path::Path;

use super::cells::unprotect;
use super::export::own_value;
use super::long::columnar::LongParquet;
use super::long::objects::LongObjects;
use super::long::rows::{LongRows, LongText};
use super::long::{LABELS, is_missing};
use super::table::MOST_FIELD_BYTES;
use super::{
    ColumnAs, ColumnCorrections, Contents, DatasetError, Each, Found, Head, Importer, Item, Label, LabelsFrom, Opened,
    Reading, Source, SourceLimits, SourceOptions, name,
};
use crate::domain::text::composed;
use crate::modality::table::{ColumnKind, ColumnSurvey, MOST_COLUMNS, TableCell, TableRow};

pub(super) const IMPORTER: Importer = Importer {
    name: "a table whose rows are samples",
    is: |head| head.contents == Contents::Rows && name::is_table(&head.name),
    read: Reading::Rows(open_text),
};
pub(super) const PARQUET: Importer = Importer {
    name: "a table whose rows are samples, as Parquet",
    is: |head: &Head| head.contents == Contents::Rows && head.first.starts_with(b"PAR1"),
    read: Reading::Rows(|path, wanted| open(LongParquet::look(path)?, false, wanted)),
};

/// Columns that name rows, where each has another value.
const IDS: [&str; 9] = ["id", "row_id", "rowid", "uid", "uuid", "guid", "key", "external_id", "unnamed: 0"];
const HASH: &str = "sha256";
fn open_text(path: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let own = super::file_name(path);
    if name::is_json(&own) || super::table::is_lines(&own) {
        return open(LongObjects::read(path)?, false, wanted);
    }
    open(LongText::read(path)?, true, wanted)
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowUse {
    /// Names the row.
    Id,
    Label,
    /// A part of the dataset, which is metadata.
    Split,
    Number {
        comma: bool,
    },
    Truth,
    Text,
    /// Left out, since it may hold the answer or is about the file.
    Nothing,
    /// Left out, since people said so.
    Unwanted,
}

/// What is known of a table once it was read.
struct RowPlan {
    names: Vec<String>,
    uses: Vec<RowUse>,
    /// Whether cells are protected against running as formulas.
    protected: bool,
    /// Whether Querist wrote the table.
    own: bool,
    rows: u64,
}

impl RowPlan {
    fn cell<'a>(&self, cell: &'a str) -> &'a str {
        if self.protected { unprotect(cell.trim()) } else { cell.trim() }
    }
}

/// What cells of one column were so far.
#[derive(Default)]
struct Seen {
    known: u64,
    plain: u64,
    commas: u64,
    truths: u64,
    infinite: u64,
    /// Every value, while all differ.
    different: Option<HashSet<String>>,
    survey: ColumnSurvey,
}

fn open(rows: impl LongRows + Send + 'static, protected: bool, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let mut labels = BTreeSet::new();
    let (plan, notes) = survey(&rows, protected, wanted, &mut labels)?;
    let limits = wanted.limits;
    let opened = Opened::new(move |each| visit(&rows, &plan, &limits, each));
    Ok(Opened { notes, labels, ..opened })
}

/// The names of the columns, each with one.
fn names(rows: &impl LongRows, protected: bool) -> Result<Vec<String>, String> {
    let header = rows.header();
    if header.len() > MOST_COLUMNS {
        return Err(format!("there are {} columns; at most {MOST_COLUMNS} are read", header.len()));
    }
    let mut names: Vec<String> = Vec::with_capacity(header.len());
    for (at, name) in header.iter().enumerate() {
        let name = if protected { unprotect(name.trim()) } else { name.trim() };
        let name = if name.is_empty() { format!("column {}", at + 1) } else { name.to_owned() };
        if names.iter().any(|known| known.eq_ignore_ascii_case(&name)) {
            return Err(format!("column `{name}` is there twice; rename one"));
        }
        names.push(name);
    }
    if names.is_empty() { Err("the table is empty; give it a header line and rows".to_owned()) } else { Ok(names) }
}

/// The column called so: exactly, or but for blanks around it and the case of letters.
fn place(names: &[String], column: &str) -> Option<usize> {
    let exact = names.iter().position(|name| name == column);
    exact.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(column.trim())))
}

fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Read the table once, and decide what its columns are; the second are notes for people.
fn survey(
    rows: &impl LongRows,
    protected: bool,
    wanted: &SourceOptions,
    labels: &mut BTreeSet<Label>,
) -> Result<(RowPlan, Vec<String>), DatasetError> {
    let fault = |reason: String| DatasetError::Unreadable { file: rows.name().to_owned(), reason };
    let names = names(rows, protected).map_err(&fault)?;
    let label = match &wanted.labels {
        LabelsFrom::Nowhere => None,
        LabelsFrom::Folder => {
            return Err(fault("it has columns and no folders; name the one of labels".to_owned()));
        }
        LabelsFrom::Column(column) => {
            let found = place(&names, column);
            let shown = || names.iter().take(20).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Some(found.ok_or_else(|| fault(format!("there is no column `{column}`, only {}", shown())))?)
        }
    };
    let mut plan = RowPlan { names, uses: Vec::new(), protected, own: false, rows: 0 };
    let mut seen: Vec<Seen> =
        plan.names.iter().map(|_| Seen { different: Some(HashSet::new()), ..Seen::default() }).collect();
    let mut n = 0;
    rows.each(&mut |line, row| {
        n += 1;
        for (at, seen) in seen.iter_mut().enumerate() {
            if row[at].len() > MOST_FIELD_BYTES {
                let reason = format!("column `{}` holds more than 64 KB; is a quote missing?", plan.names[at]);
                return Err(DatasetError::Manifest { file: rows.name().to_owned(), line, reason });
            }
            seen.see(plan.cell(row[at]));
        }
        labels.extend(label.and_then(|at| Label::text(plan.cell(row[at]))));
        Ok(())
    })?;
    plan.rows = n;
    plan.own = is_own_table(&plan.names);
    plan.uses = uses(&plan.names, &seen, label, n, matches!(rows.separator(), b';' | b'\t'));
    correct(&mut plan, &seen, &wanted.columns, label).map_err(&fault)?;
    if !plan.uses.iter().any(|used| matches!(used, RowUse::Number { .. } | RowUse::Truth | RowUse::Text)) {
        return Err(fault("no column holds values; a row needs at least one beside its label".to_owned()));
    }
    let notes = notes(&plan, &seen);
    Ok((plan, notes))
}

/// Whether Querist wrote a table with these columns.
fn is_own_table(names: &[String]) -> bool {
    ["sample_id", HASH, "asked_by"].iter().all(|own| names.iter().any(|name| name == own))
}

/// What becomes of each column.
fn uses(names: &[String], seen: &[Seen], label: Option<usize>, n: u64, commas: bool) -> Vec<RowUse> {
    let own = is_own_table(names);
    let unique = |at: &usize| seen[*at].known == n && n > 0 && seen[*at].different.is_some();
    let id = IDS.iter().find_map(|id| (0..names.len()).find(|at| names[*at].eq_ignore_ascii_case(id)));
    let id = if own { names.iter().position(|name| name == "path") } else { id.filter(unique) };
    let of = |at: usize| match &seen[at] {
        _ if Some(at) == label => RowUse::Label,
        _ if Some(at) == id => RowUse::Id,
        _ if own && names[at] == "split" => RowUse::Split,
        _ if (own && own_value(&names[at]).is_none()) || names[at].eq_ignore_ascii_case(HASH) => RowUse::Nothing,
        _ if is_one_of(&names[at], &LABELS) => RowUse::Nothing,
        // A separator at the end of each line.
        one if one.known == 0 && names[at] == format!("column {}", at + 1) => RowUse::Nothing,
        one if one.known == 0 => RowUse::Text,
        one if one.plain == one.known && one.infinite < one.known => RowUse::Number { comma: false },
        one if commas && one.commas == one.known => RowUse::Number { comma: true },
        one if one.truths == one.known => RowUse::Truth,
        _ => RowUse::Text,
    };
    (0..names.len()).map(of).collect()
}

/// Let columns be what people say that they are.
fn correct(plan: &mut RowPlan, seen: &[Seen], said: &ColumnCorrections, label: Option<usize>) -> Result<(), String> {
    for (name, used) in &said.0 {
        let at = place(&plan.names, name)
            .ok_or_else(|| format!("there is no column `{name}` to be taken for something else"))?;
        if Some(at) == label {
            return Err(format!("column `{name}` holds the labels; it cannot be a value too"));
        }
        plan.uses[at] = match used {
            ColumnAs::Number => {
                let commas = seen[at].commas > seen[at].plain;
                if seen[at].known > 0 && seen[at].plain.max(seen[at].commas) == 0 {
                    return Err(format!("column `{name}` holds no number at all"));
                }
                RowUse::Number { comma: commas }
            }
            ColumnAs::Text => RowUse::Text,
            ColumnAs::None => RowUse::Unwanted,
            ColumnAs::Id => {
                if seen[at].known != plan.rows || seen[at].different.is_none() {
                    return Err(format!("column `{name}` names no rows: a value is missing, or is there twice"));
                }
                let before = plan.uses.iter_mut().filter(|used| **used == RowUse::Id);
                before.for_each(|used| *used = RowUse::Text);
                RowUse::Id
            }
        };
    }
    Ok(())
}

/// What people should know: which columns are what, and which are left out.
fn notes(plan: &RowPlan, seen: &[Seen]) -> Vec<String> {
    let listed = |keep: &dyn Fn(usize) -> bool| {
        let kept: Vec<String> =
            (0..plan.names.len()).filter(|at| keep(*at)).map(|at| format!("`{}`", plan.names[at])).collect();
        let more = kept.len().saturating_sub(20);
        let told = kept[..kept.len() - more].join(", ");
        if more > 0 { format!("{told} and {more} more") } else { told }
    };
    let is = |at: usize, used: RowUse| plan.uses[at] == used;
    let kind = |at: usize, kind: ColumnKind| is(at, RowUse::Text) && seen[at].survey.kind() == kind;
    let mut notes = Vec::new();
    let mut say = |what: &str, keep: &dyn Fn(usize) -> bool| {
        let told = listed(keep);
        if !told.is_empty() {
            notes.push(format!("{what}: {told}"));
        }
    };
    say("labels are read from column", &|at| is(at, RowUse::Label));
    say("rows are called by column", &|at| is(at, RowUse::Id));
    say("numbers", &|at| matches!(plan.uses[at], RowUse::Number { .. }));
    say("categories", &|at| kind(at, ColumnKind::Category) || is(at, RowUse::Truth));
    say("dates", &|at| kind(at, ColumnKind::Date));
    say("free text, which the built-in encoder passes over", &|at| kind(at, ColumnKind::Text));
    say("columns without any value", &|at| is(at, RowUse::Text) && seen[at].known == 0);
    say("left out, since they may hold the answer or are about the file", &|at| is(at, RowUse::Nothing));
    say("left out as you said", &|at| is(at, RowUse::Unwanted));
    say("values that are no numbers, which count as missing", &|at| match plan.uses[at] {
        RowUse::Number { comma } => seen[at].known > if comma { seen[at].commas } else { seen[at].plain },
        _ => false,
    });
    say("infinite values, which count as missing", &|at| {
        matches!(plan.uses[at], RowUse::Number { .. }) && seen[at].infinite > 0
    });
    notes
}

impl Seen {
    fn see(&mut self, cell: &str) {
        if is_missing(cell) {
            return;
        }
        self.known += 1;
        if let Some(number) = number(cell, false) {
            self.plain += 1;
            self.infinite += u64::from(!number.is_finite());
        }
        self.commas += u64::from(number(cell, true).is_some());
        self.truths += u64::from(truth(cell).is_some());
        if self.different.as_mut().is_some_and(|different| !different.insert(cell.to_owned())) {
            self.different = None;
        }
        self.survey.see(&TableCell::Text(cell.to_owned()));
    }
}

/// A cell as a number; one with a leading zero, such as a post code, is none.
fn number(cell: &str, comma: bool) -> Option<f64> {
    let digits = cell.trim_start_matches(['+', '-']).as_bytes();
    if let [b'0', second, ..] = digits
        && second.is_ascii_digit()
    {
        return None;
    }
    let plain = cell.parse::<f64>().ok().filter(|value| !value.is_nan());
    plain.or_else(|| {
        let once = comma && !cell.contains('.') && cell.matches(',').count() == 1;
        if once { cell.replacen(',', ".", 1).parse().ok() } else { None }
    })
}

fn truth(cell: &str) -> Option<bool> {
    if cell.eq_ignore_ascii_case("true") { Some(true) } else { cell.eq_ignore_ascii_case("false").then_some(false) }
}

fn visit(rows: &impl LongRows, plan: &RowPlan, limits: &SourceLimits, each: Each) -> Result<(), DatasetError> {
    if each(Item::Total(plan.rows)).is_break() {
        return Ok(());
    }
    let stem = rows.name().rsplit_once('.').map_or(rows.name(), |(stem, _)| stem).to_owned();
    let (mut over, mut bytes) = (false, 0);
    rows.each(&mut |line, row| {
        if over {
            return Ok(());
        }
        let item = item(&stem, plan, line, row);
        if let Item::Found(Found { source: Source::Bytes(own), .. }) = &item {
            bytes += own.len() as u64;
        }
        if bytes > limits.total_bytes {
            return Err(DatasetError::TooLarge(rows.name().to_owned()));
        }
        over = each(item).is_break();
        Ok(())
    })
}

/// A row as an item, called by its id or its line.
fn item(stem: &str, plan: &RowPlan, line: u64, row: &[&str]) -> Item {
    let (mut called, mut label, mut metadata) = (None, None, BTreeMap::new());
    let mut values = TableRow::default();
    for ((name, used), cell) in plan.names.iter().zip(&plan.uses).zip(row) {
        let cell = plan.cell(cell);
        let value = match used {
            RowUse::Id => {
                called = name::safe(cell).ok();
                continue;
            }
            RowUse::Label => {
                label = Label::text(cell);
                continue;
            }
            RowUse::Split => {
                if !cell.is_empty() {
                    metadata.insert("split".to_owned(), composed(cell));
                }
                continue;
            }
            RowUse::Nothing | RowUse::Unwanted => continue,
            _ if is_missing(cell) => TableCell::Missing,
            RowUse::Number { comma } => {
                let found = number(cell, *comma).filter(|value| value.is_finite());
                found.map_or(TableCell::Missing, TableCell::Number)
            }
            RowUse::Truth => truth(cell).map_or(TableCell::Missing, TableCell::Truth),
            RowUse::Text => TableCell::Text(composed(cell)),
        };
        let name = if plan.own { own_value(name).unwrap_or(name) } else { name };
        values.cells.push((name.to_owned(), value));
    }
    let called = called.unwrap_or_else(|| format!("{stem}:{line}"));
    if values.missing() == values.cells.len() {
        return Item::refused(called, format!("line {line}: every value of the row is missing"));
    }
    Item::Found(Found { label, metadata, ..Found::new(called, Source::Bytes(values.to_json())) })
}
