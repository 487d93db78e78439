//! Time series in long format: a table with a row for each moment of each series, told apart by a column of ids.
//!
//! A table is long when its header has a column of ids and one of times and none that names files. Each id becomes an
//! item whose bytes are a table of its own: the times and the channels, in the rows' order, separated as the source is.
//! A column is a channel where all its cells are numbers or missing; one of text that is the same in all rows of each
//! id is metadata; others are left out.
//!
//! **Invariant:** every row belongs to one item or is an error that names its line; the truth never becomes a channel
//! or metadata.

pub(super) mod columnar;
pub(super) mod objects;
pub(super) mod rows;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;

use self::rows::{LongRows, LongText};
use super::cells::unprotect;
use super::name;
use super::table::MOST_FIELD_BYTES;
use super::{
    Contents, DatasetError, Each, Found, Head, Importer, Item, Label, LabelsFrom, Opened, Reading, Source,
    SourceLimits, SourceOptions,
};
use crate::domain::text::composed;

pub(super) const IMPORTER: Importer =
    Importer { name: "a table of series in long format", is: is_long, read: Reading::Rows(open_text) };
pub(super) const PARQUET: Importer = Importer {
    name: "series in long format as Parquet",
    is: columnar::is_long,
    read: Reading::Rows(|path, wanted| open(columnar::LongParquet::look(path)?, wanted)),
};

const IDS: [&str; 11] = [
    "id",
    "series",
    "series_id",
    "seriesid",
    "unique_id",
    "sample",
    "sample_id",
    "case",
    "case_id",
    "item_id",
    "recording",
];
const TIMES: [&str; 9] = ["time", "timestamp", "datetime", "date_time", "date", "t", "ts", "step", "ds"];
/// Columns that name files make it another kind of table.
const FILES: [&str; 9] =
    ["path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path", "sha256"];
/// Columns that may hold the truth.
pub(super) const LABELS: [&str; 5] = ["label", "class", "labels", "classes", "target"];
const MOST_COLUMNS: usize = 300;
const MISSING: [&str; 10] = ["", "na", "n/a", "nan", "null", "none", "-", "--", "?", "missing"];

fn find(names: &[String], known: &[&str]) -> Option<usize> {
    known.iter().find_map(|known| names.iter().position(|name| bare(name).eq_ignore_ascii_case(known)))
}

/// A column's name without its unit: `time [s]`, `time (s)`.
fn bare(name: &str) -> &str {
    name.split(['[', '(']).next().unwrap_or(name).trim()
}

/// Whether a header is one of a long table.
fn says_long(names: &[String]) -> bool {
    find(names, &IDS).is_some() && find(names, &TIMES).is_some() && find(names, &FILES).is_none()
}

fn is_long(head: &Head) -> bool {
    if head.contents != Contents::Series || !matches!(name::ending(&head.name).as_deref(), Some("csv" | "tsv" | "txt"))
    {
        return false;
    }
    let text = String::from_utf8_lossy(&head.first);
    let text = text.trim_start_matches('\u{feff}');
    let header = text.lines().find(|line| !line.trim().is_empty() && !line.to_ascii_lowercase().starts_with("sep="));
    let parted = header.unwrap_or_default().split([',', ';', '\t']);
    says_long(&parted.map(|cell| cell.trim().trim_matches('"').to_owned()).collect::<Vec<_>>())
}

fn open_text(path: &Path, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    open(LongText::read(path)?, wanted)
}

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Use {
    Id,
    Time,
    Label,
    Channel,
    Metadata,
    Nothing,
}

/// What is known of a table once it was read.
struct LongPlan {
    names: Vec<String>,
    uses: Vec<Use>,
    /// Ids in the order in which they first come.
    ids: Vec<String>,
    /// Each id's label, or the first two that its rows give.
    labels: HashMap<String, Result<Label, (String, String)>>,
}

/// What cells of one column were so far.
#[derive(Clone)]
struct Cells {
    numbers: bool,
    known: bool,
    /// The text of each id, while all its rows have one; empty once a column cannot be metadata.
    one: Option<HashMap<usize, String>>,
}

fn open(rows: impl LongRows + Send + 'static, wanted: &SourceOptions) -> Result<Opened, DatasetError> {
    let plan = survey(&rows, wanted)?;
    let named = |of: Use| {
        let names = plan.names.iter().zip(&plan.uses).filter(move |(_, used)| **used == of);
        names.map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>()
    };
    let mut notes = vec![format!(
        "series are read in long format: ids from {}, times from {}, channels {}",
        named(Use::Id).join(""),
        named(Use::Time).join(""),
        named(Use::Channel).join(", ")
    )];
    if !named(Use::Label).is_empty() {
        notes.push(format!("labels are read from column {}", named(Use::Label).join("")));
    }
    let left: Vec<String> = named(Use::Nothing);
    if !left.is_empty() {
        notes.push(format!("columns that are no numbers, or may hold the answer, are left out: {}", left.join(", ")));
    }
    let labels: BTreeSet<Label> = plan.labels.values().filter_map(|label| label.clone().ok()).collect();
    let limits = wanted.limits;
    let opened = Opened::new(move |each| visit(&rows, &plan, &limits, each));
    Ok(Opened { notes, labels, ..opened })
}

/// Read the table once, and decide what its columns are.
fn survey(rows: &impl LongRows, wanted: &SourceOptions) -> Result<LongPlan, DatasetError> {
    let names: Vec<String> = rows.header().to_vec();
    let fault = |reason: String| DatasetError::Unreadable { file: rows.name().to_owned(), reason };
    if names.len() > MOST_COLUMNS {
        return Err(fault(format!("there are {} columns; at most {MOST_COLUMNS} are read", names.len())));
    }
    let (Some(id), Some(time)) = (find(&names, &IDS), find(&names, &TIMES)) else {
        return Err(fault("there is no column `id` and `time`; name them so in the header".to_owned()));
    };
    let label = match &wanted.labels {
        LabelsFrom::Nowhere => None,
        LabelsFrom::Folder => {
            return Err(fault("it has columns and no folders; name the one of labels".to_owned()));
        }
        LabelsFrom::Column(column) => {
            let found = names.iter().position(|name| name == column);
            let found = found.or_else(|| names.iter().position(|name| name.eq_ignore_ascii_case(column)));
            let shown = || names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            Some(found.ok_or_else(|| fault(format!("there is no column `{column}`, only {}", shown())))?)
        }
    };
    let mut cells = vec![Cells { numbers: true, known: false, one: Some(HashMap::new()) }; names.len()];
    let mut ids: Vec<String> = Vec::new();
    let mut place_of: HashMap<String, usize> = HashMap::new();
    let mut labels: HashMap<String, Result<Label, (String, String)>> = HashMap::new();
    rows.each(&mut |line, row| {
        let own = row[id].trim();
        if own.is_empty() {
            return Err(DatasetError::Manifest {
                file: rows.name().to_owned(),
                line,
                reason: "the id is missing; say which series the row belongs to".to_owned(),
            });
        }
        let place = *place_of.entry(own.to_owned()).or_insert_with(|| {
            ids.push(own.to_owned());
            ids.len() - 1
        });
        for (at, cells) in cells.iter_mut().enumerate().filter(|(at, _)| *at != id && *at != time) {
            cells.see(place, row[at].trim());
        }
        if let Some(said) = label.and_then(|at| Label::text(unprotect(row[at].trim()))) {
            join(&mut labels, own, said);
        }
        Ok(())
    })?;
    let uses = (0..names.len()).map(|at| match &cells[at] {
        _ if at == id => Use::Id,
        _ if at == time => Use::Time,
        _ if Some(at) == label => Use::Label,
        _ if names[at].is_empty() || find(&names[at..=at], &LABELS).is_some() => Use::Nothing,
        Cells { numbers: true, known: true, .. } => Use::Channel,
        Cells { one: Some(_), numbers: false, .. } => Use::Metadata,
        _ => Use::Nothing,
    });
    let uses: Vec<Use> = uses.collect();
    if !uses.contains(&Use::Channel) {
        return Err(fault("no column beside id and time holds numbers; give each channel a column".to_owned()));
    }
    Ok(LongPlan { names, uses, ids, labels })
}

/// Note what one row says of its series' label.
fn join(labels: &mut HashMap<String, Result<Label, (String, String)>>, id: &str, said: Label) {
    match labels.get_mut(id) {
        None => drop(labels.insert(id.to_owned(), Ok(said))),
        Some(held) => {
            if let (Ok(Label::Text(one)), Label::Text(other)) = (&*held, said)
                && *one != other
            {
                *held = Err((one.clone(), other));
            }
        }
    }
}

impl Cells {
    fn see(&mut self, place: usize, cell: &str) {
        if self.numbers {
            let number = is_number(cell);
            self.known |= number;
            self.numbers = number || is_missing(cell);
        }
        if let Some(one) = &mut self.one {
            let same = one.entry(place).or_insert_with(|| cell.to_owned()) == cell;
            if !same || cell.len() > MOST_FIELD_BYTES {
                self.one = None;
            }
        }
    }
}

/// Whether a cell says that nothing is known.
pub(super) fn is_missing(cell: &str) -> bool {
    MISSING.iter().any(|word| cell.eq_ignore_ascii_case(word))
}

/// Whether a cell is a number, also with a decimal comma.
fn is_number(cell: &str) -> bool {
    cell.parse::<f64>().is_ok_and(|value| !value.is_nan())
        || (cell.contains(',') && !cell.contains('.') && cell.replacen(',', ".", 1).parse::<f64>().is_ok())
}

/// One series as it grows.
struct Growing {
    table: Vec<u8>,
    metadata: BTreeMap<String, String>,
}

fn visit(rows: &impl LongRows, plan: &LongPlan, limits: &SourceLimits, each: Each) -> Result<(), DatasetError> {
    if each(Item::Total(plan.ids.len() as u64)).is_break() {
        return Ok(());
    }
    let time = plan.uses.iter().position(|used| *used == Use::Time).unwrap_or_default();
    let channels = (0..plan.uses.len()).filter(|at| plan.uses[*at] == Use::Channel);
    let columns: Vec<usize> = std::iter::once(time).chain(channels).collect();
    let write = |table: &mut Vec<u8>, row: &[&str]| {
        let mut writer = csv::WriterBuilder::new().delimiter(rows.separator()).from_writer(table);
        let _ = writer.write_record(columns.iter().map(|&at| row[at].trim()));
    };
    let header: Vec<&str> = plan.names.iter().map(String::as_str).collect();
    let mut series: HashMap<String, Growing> = HashMap::new();
    let id = plan.uses.iter().position(|used| *used == Use::Id).unwrap_or_default();
    let mut total = 0;
    rows.each(&mut |_, row| {
        let own = series.entry(row[id].trim().to_owned()).or_insert_with(|| {
            let told = (0..row.len()).filter(|at| plan.uses[*at] == Use::Metadata && !row[*at].trim().is_empty());
            let metadata = told.map(|at| (plan.names[at].clone(), composed(unprotect(row[at].trim())))).collect();
            let mut table = Vec::new();
            write(&mut table, &header);
            Growing { table, metadata }
        });
        let before = own.table.len();
        write(&mut own.table, row);
        total += (own.table.len() - before) as u64;
        if total > limits.total_bytes {
            return Err(DatasetError::TooLarge(rows.name().to_owned()));
        }
        Ok(())
    })?;
    for (number, id) in plan.ids.iter().enumerate() {
        let Some(Growing { table, metadata }) = series.remove(id) else { continue };
        if each(item(rows.name(), plan, number, id, table, metadata, limits)).is_break() {
            break;
        }
    }
    Ok(())
}

/// One series as an item, called by its id.
fn item(
    source: &str,
    plan: &LongPlan,
    number: usize,
    id: &str,
    table: Vec<u8>,
    metadata: BTreeMap<String, String>,
    limits: &SourceLimits,
) -> Item {
    let stem = source.rsplit_once('.').map_or(source, |(stem, _)| stem);
    let own = name::safe(id).map_or_else(|_| format!("{stem}/{number:06}"), |id| format!("{stem}/{id}"));
    let own = format!("{own}.csv");
    if table.len() as u64 > limits.entry_bytes {
        return Item::refused(own, format!("series `{id}` has {} bytes, more than the limit", table.len()));
    }
    let label = match plan.labels.get(id) {
        None => None,
        Some(Ok(label)) => Some(label.clone()),
        Some(Err((one, other))) => {
            let reason = format!("its rows have the labels `{one}` and `{other}`; give each series one");
            return Item::refused(own, reason);
        }
    };
    Item::Found(Found { label, metadata, ..Found::new(own, Source::Bytes(table)) })
}
