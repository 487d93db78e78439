//! Tables of files: one row per file with its path, perhaps its content's hash, a label, and whatever else is known of it.
//!
//! **Invariant:** a table is read to its end and found sound before any of its rows is used.

mod columns;
mod json;
mod jsonl;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeMap;

use self::columns::Columns;
pub(super) use self::columns::{ColumnsWanted, IDS, is_path};
use super::{DatasetError, Label, Predicted, cells};
use crate::domain::text::composed;

/// A table lists files; anything larger is something else.
const MOST_BYTES: usize = 1 << 30;
pub(super) const MOST_FIELD_BYTES: usize = 64 << 10;

/// Why a table cannot be used, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TableFault {
    line: u64,
    reason: String,
}

impl TableFault {
    fn at(line: u64, reason: impl Into<String>) -> Self {
        Self { line, reason: reason.into() }
    }

    fn moved(self, lines: u64) -> Self {
        Self { line: self.line + lines, ..self }
    }
}

/// One row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    pub line: u64,
    /// As it is written; `None` where the table names content alone.
    pub path: Option<String>,
    /// Other names that its file may have, likeliest first.
    pub others: Vec<String>,
    /// The sample itself, where it is in the row.
    pub content: Option<String>,
    /// 64 lower-case hexadecimal digits.
    pub hash: Option<String>,
    pub label: Option<Label>,
    /// What models say of it.
    pub predicted: Vec<Predicted>,
    pub metadata: BTreeMap<String, String>,
    /// Why it cannot be used.
    pub fault: Option<String>,
}

impl Row {
    fn new(
        line: u64,
        path: Option<String>,
        hash: &str,
        label: Option<Label>,
        metadata: BTreeMap<String, String>,
    ) -> Self {
        let hash = hash.trim().to_ascii_lowercase();
        let digits = hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
        let fault = match (digits, hash.is_empty(), &path) {
            (false, false, _) => Some(format!("sha256 `{}` is not 64 hexadecimal digits", shorten(&hash))),
            (_, true, None) => Some("there is neither a path nor a sha256".to_owned()),
            _ => None,
        };
        let metadata = metadata.into_iter().filter(|(_, value)| !value.is_empty());
        let metadata = metadata.map(|(name, value)| (name, composed(&value))).collect();
        let hash = digits.then_some(hash);
        Self { line, path, others: Vec::new(), content: None, hash, label, predicted: Vec::new(), metadata, fault }
    }

    /// The same row with its sample in it, called `id` or after its line.
    fn holding(self, content: String, id: &str) -> Self {
        let path = Some(crate::domain::text::plain(id)).filter(|id| !id.is_empty());
        Self { content: Some(content), path, hash: None, fault: None, ..self }
    }

    /// The same row, which cannot be used for this reason.
    fn with_fault(self, fault: String) -> Self {
        Self { fault: Some(fault), ..self }
    }

    /// The same row about the file at an address elsewhere, which may be here under a name like it.
    fn at_address(self, address: Option<String>) -> Self {
        let mut names = address.map(|address| json::names_at(&address)).unwrap_or_default().into_iter();
        let path = names.next();
        let fault = if path.is_some() { None } else { Some("it names no file".to_owned()) };
        Self { path, others: names.collect(), fault, ..self }
    }

    /// Every name that its file may have, likeliest first.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.path.iter().chain(&self.others).map(String::as_str)
    }

    /// The row's name where it names no file.
    pub(super) fn name(&self) -> String {
        let named = self.path.as_deref().filter(|path| !path.is_empty()).or(self.hash.as_deref());
        named.map_or_else(|| format!("line {}", self.line), shorten)
    }
}

/// A sound table.
#[derive(Debug, Clone)]
pub(super) struct Table {
    columns: Columns,
    pub(super) rows: Vec<Row>,
}

impl Table {
    /// Read the table called `name`, whose columns are found by `wanted`.
    ///
    /// # Errors
    /// [`DatasetError::Manifest`] with the line and the reason.
    pub(super) fn read(name: &str, bytes: &[u8], wanted: ColumnsWanted) -> Result<Self, DatasetError> {
        let table = if is_lines(name) {
            Self::of_lines(bytes, wanted)
        } else if super::name::is_json(name) {
            checked(bytes).and_then(|text| json::table(&text, wanted))
        } else {
            Self::of_cells(bytes, wanted)
        };
        table.map_err(|TableFault { line, reason }| DatasetError::Manifest { file: name.to_owned(), line, reason })
    }

    fn of_lines(bytes: &[u8], wanted: ColumnsWanted) -> Result<Self, TableFault> {
        let text = checked(bytes)?;
        let names = jsonl::header(&text)?;
        if names.is_empty() {
            return Err(TableFault::at(
                1,
                "the file is empty; give it a line such as {\"path\":\"a.jpg\",\"label\":\"cat\"}",
            ));
        }
        let columns =
            Columns::of(names.iter().map(String::as_str), wanted).map_err(|reason| TableFault::at(1, reason))?;
        let rows = jsonl::objects(&text).map(|object| object.map(|(line, object)| jsonl::row(&columns, line, &object)));
        Ok(Self { rows: rows.collect::<Result<_, _>>()?, columns })
    }

    fn of_cells(bytes: &[u8], wanted: ColumnsWanted) -> Result<Self, TableFault> {
        let text = checked(bytes)?;
        let text::Layout { text, separator, skipped } = text::layout(&text)?;
        let mut records = reader(&text, separator).into_records();
        let read = |record: Result<csv::StringRecord, csv::Error>| {
            record.map_err(|error| {
                let line = error.position().map_or(0, csv::Position::line);
                TableFault::at(line + skipped, format!("it could not be read ({error})"))
            })
        };
        let header = records.next().map(read).transpose()?.unwrap_or_default();
        let columns = Columns::of(header.iter(), wanted).map_err(|reason| TableFault::at(1 + skipped, reason))?;
        let rows = records.map(|record| columns.row(&read(record)?, skipped)).collect::<Result<_, _>>()?;
        Ok(Self { columns, rows })
    }

    /// The column of labels, where there is one.
    pub(super) fn label_column(&self) -> Option<&str> {
        self.columns.label.map(|at| self.columns.names[at].as_str())
    }

    /// The column whose cells are the samples, where there is one.
    pub(super) fn content_column(&self) -> Option<&str> {
        self.columns.content.map(|at| self.columns.names[at].as_str())
    }

    /// The rows of both, those of `other` with its folder in front of their paths.
    pub(super) fn with(mut self, folder: &str, other: Self) -> Self {
        let placed = |path: String| format!("{folder}{path}");
        self.rows.extend(other.rows.into_iter().map(|row| Row {
            path: row.path.map(placed),
            others: row.others.into_iter().map(placed).collect(),
            ..row
        }));
        self
    }

    /// The same without its rows.
    pub(super) fn without_rows(&self) -> Self {
        Self { columns: self.columns.clone(), rows: Vec::new() }
    }

    /// Whether Querist wrote it.
    pub(super) fn is_own(&self) -> bool {
        self.columns.own
    }
}

/// A table's text whose cells can be parted any number of times, for readers of tables that name no files.
pub(super) struct Parted {
    text: String,
    /// Lines before the header.
    skipped: u64,
    pub(super) separator: u8,
    /// The columns' names, without blanks around them.
    pub(super) header: Vec<String>,
}

impl Parted {
    /// Read the table called `name`.
    ///
    /// # Errors
    /// [`DatasetError::Manifest`] with the line and the reason.
    pub(super) fn read(name: &str, bytes: &[u8]) -> Result<Self, DatasetError> {
        let parted = checked(bytes).and_then(|text| {
            let text::Layout { text, separator, skipped } = text::layout(&text)?;
            Ok(Self { text: text.into_owned(), skipped, separator, header: Vec::new() })
        });
        let fault = |line, reason| DatasetError::Manifest { file: name.to_owned(), line, reason };
        let mut parted = parted.map_err(|TableFault { line, reason }| fault(line, reason))?;
        let header = parted.all().next().transpose().map_err(|(line, reason)| fault(line, reason))?;
        parted.header = header.iter().flat_map(|(_, header)| header.iter()).map(|cell| composed(cell.trim())).collect();
        Ok(parted)
    }

    fn all(&self) -> impl Iterator<Item = Result<(u64, csv::StringRecord), (u64, String)>> {
        let skipped = self.skipped;
        reader(&self.text, self.separator).into_records().map(move |record| match record {
            Ok(record) => Ok((record.position().map_or(0, csv::Position::line) + skipped, record)),
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line) + skipped;
                Err((line, format!("it could not be read ({error})")))
            }
        })
    }

    /// The rows below the header, with their lines, and for one that cannot be read its line and why.
    pub(super) fn records(&self) -> impl Iterator<Item = Result<(u64, csv::StringRecord), (u64, String)>> {
        self.all().skip(1)
    }
}

fn checked(bytes: &[u8]) -> Result<std::borrow::Cow<'_, str>, TableFault> {
    if bytes.len() > MOST_BYTES {
        return Err(TableFault::at(1, "the file is larger than 1 GB; split it"));
    }
    text::text_of(bytes)
}

fn reader(text: &str, separator: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new().delimiter(separator).has_headers(false).flexible(true).from_reader(text.as_bytes())
}

impl Columns {
    fn row(&self, record: &csv::StringRecord, skipped: u64) -> Result<Row, TableFault> {
        let line = record.position().map_or(0, csv::Position::line) + skipped;
        if record.len() != self.names.len() {
            let (has, header) = (record.len(), self.names.len());
            let reason =
                format!("there are {has} columns where the header has {header}; quote fields that hold the separator");
            return Err(TableFault::at(line, reason));
        }
        let is_long =
            |(at, field): (usize, &str)| (Some(at) != self.content && field.len() > MOST_FIELD_BYTES).then_some(at);
        if let Some(long) = record.iter().enumerate().find_map(is_long) {
            let column = &self.names[long];
            return Err(TableFault::at(line, format!("column `{column}` holds more than 64 KB; is a quote missing?")));
        }
        let field = |at: usize| cells::unprotect(record.get(at).unwrap_or_default());
        let row = Row::new(
            line,
            self.path.map(|at| field(at).to_owned()),
            self.hash.map(field).unwrap_or_default(),
            self.label.and_then(|at| Label::text(field(at))),
            self.metadata().map(|(at, name)| (name.to_owned(), field(at).to_owned())).collect(),
        );
        Ok(match self.content {
            Some(at) => row.holding(field(at).to_owned(), self.id.map(field).unwrap_or_default()),
            None => row,
        })
    }
}

/// Whether a table is JSON Lines, by its ending.
pub(in crate::dataset) fn is_lines(name: &str) -> bool {
    let ending = std::path::Path::new(name).extension();
    ending.is_some_and(|ending| ["jsonl", "ndjson"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

/// Enough of a text to recognise it in a message.
fn shorten(text: &str) -> String {
    if text.chars().count() > 80 { text.chars().take(80).chain(['…']).collect() } else { text.to_owned() }
}
