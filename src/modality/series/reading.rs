//! A series from the bytes of a file: CSV or TSV with a header, a row for each step, a column for each channel.
//!
//! **Invariant:** a cell is a number, missing, or an error that names its line and column; none is guessed.

use std::borrow::Cow;

use super::stamps;
use super::time_series::{Channel, Stamps, TimeSeries};

/// Bytes of one file.
pub const MOST_BYTES: u64 = 64 << 20;
/// Columns of one file.
pub const MOST_CHANNELS: usize = 256;
/// How a missing value is written, in lower case.
const MISSING: [&str; 10] = ["", "na", "n/a", "nan", "null", "none", "-", "--", "?", "missing"];
const SEPARATORS: [u8; 3] = *b",;\t";

/// Why a file is not a series.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SeriesError {
    #[error("the text is not UTF-8; save it as UTF-8")]
    NotText,
    #[error("the file has {0} bytes, more than 64 MB; cut it into windows, one for each file")]
    TooLarge(usize),
    #[error("there is no row below the header; a series has a row for each step")]
    Empty,
    #[error("line {line}: there are only numbers; begin the file with a header such as `time,temperature [°C]`")]
    NoHeader { line: u64 },
    #[error("line {line}: there are {found} columns; at most {MOST_CHANNELS} are read")]
    TooWide { line: u64, found: usize },
    #[error("line {line}: column {at} has no name; name it in the header")]
    NoName { line: u64, at: usize },
    #[error("line {line}: column `{column}` is there twice; give each channel its own name")]
    Twice { line: u64, column: String },
    #[error("line {line}: there is no column beside the time; give each channel a column")]
    NoChannel { line: u64 },
    #[error("line {line}: there are {found} cells where the header has {expected}; is a separator missing or quoted?")]
    Ragged { line: u64, found: usize, expected: usize },
    #[error("line {line}, column `{column}`: {reason}")]
    Cell { line: u64, column: String, reason: String },
    #[error("line {line}: it cannot be read ({reason})")]
    Broken { line: u64, reason: String },
    #[error("every value is missing; a series needs at least one number")]
    AllMissing,
}

/// A series and what people should know of how it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadSeries {
    pub series: TimeSeries,
    /// One sentence each.
    pub notes: Vec<String>,
}

/// Read the bytes of one sample's file.
///
/// The separator is the one of comma, semicolon and tab that the header holds most of; with the latter two a number may
/// have a decimal comma. Lines that begin with `#` are comments. Rows are put in the order of their times.
///
/// # Errors
/// [`SeriesError`], with the line where there is one.
pub fn read(bytes: &[u8]) -> Result<ReadSeries, SeriesError> {
    if bytes.len() as u64 > MOST_BYTES {
        return Err(SeriesError::TooLarge(bytes.len()));
    }
    let text = text_of(bytes)?;
    let separator = separator(&text);
    let mut records = csv::ReaderBuilder::new()
        .delimiter(separator)
        .has_headers(false)
        .flexible(true)
        .comment(Some(b'#'))
        .from_reader(text.as_bytes())
        .into_records();
    let mut lines = Lines { bytes: text.as_bytes(), at: 0, line: 1 };
    let mut next = || match records.next() {
        None => Ok(None),
        Some(Ok(record)) => Ok(Some((lines.of(&record), record))),
        Some(Err(error)) => Err(broken(&error)),
    };
    let (line, header) = next()?.ok_or(SeriesError::Empty)?;
    let (below, first) = next()?.ok_or(SeriesError::Empty)?;
    let columns = Columns::of(line, &header, &first)?;
    let mut table = Table::new(&columns, separator != b',');
    table.push(below, &first)?;
    while let Some((line, record)) = next()? {
        table.push(line, &record)?;
    }
    table.finish()
}

fn text_of(bytes: &[u8]) -> Result<Cow<'_, str>, SeriesError> {
    let text = std::str::from_utf8(bytes).map_err(|_| SeriesError::NotText)?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.contains('\0') {
        return Err(SeriesError::NotText);
    }
    let old_mac = text.contains('\r') && !text.contains('\n');
    Ok(if old_mac { Cow::Owned(text.replace('\r', "\n")) } else { Cow::Borrowed(text) })
}

/// The separator that the header holds most of; the comma where it holds none.
fn separator(text: &str) -> u8 {
    let is_header = |line: &&str| !line.trim().is_empty() && !line.starts_with('#');
    let header = text.lines().find(is_header).unwrap_or_default();
    // On a tie the last one: the comma.
    let most = |separator: &u8| header.matches(char::from(*separator)).count();
    SEPARATORS.into_iter().rev().max_by_key(most).unwrap_or(b',')
}

fn broken(error: &csv::Error) -> SeriesError {
    let line = error.position().map_or(0, csv::Position::line);
    SeriesError::Broken { line, reason: error.to_string() }
}

/// Counts lines: a reader of records says where the blank lines and comments before one begin.
struct Lines<'a> {
    bytes: &'a [u8],
    /// How far lines were counted, and the line there.
    at: usize,
    line: u64,
}

impl Lines<'_> {
    /// The line on which a record begins. Records come in their order.
    fn of(&mut self, record: &csv::StringRecord) -> u64 {
        let mut from = record.position().map_or(self.at, |position| position.byte() as usize);
        loop {
            match self.bytes.get(from) {
                Some(b'\r' | b'\n') => from += 1,
                Some(b'#') => from += self.bytes[from..].iter().take_while(|byte| **byte != b'\n').count(),
                _ => break,
            }
        }
        self.line += self.bytes[self.at..from].split(|byte| *byte == b'\n').count() as u64 - 1;
        self.at = from;
        self.line
    }
}

/// What the header says.
struct Columns {
    /// Where the times are.
    time: Option<usize>,
    /// Name and unit of every column, the times' among them.
    named: Vec<Channel>,
}

impl Columns {
    fn of(line: u64, header: &csv::StringRecord, first: &csv::StringRecord) -> Result<Self, SeriesError> {
        if header.len() > MOST_CHANNELS + 1 {
            return Err(SeriesError::TooWide { line, found: header.len() });
        }
        if header.iter().all(|cell| cell.trim().parse::<f64>().is_ok()) {
            return Err(SeriesError::NoHeader { line });
        }
        let named: Vec<Channel> = header.iter().map(|cell| channel(cell.trim())).collect();
        let names: Vec<String> = named.iter().map(|channel| channel.name.clone()).collect();
        let time = stamps::column(&names, first.get(0).unwrap_or_default().trim());
        for (at, name) in names.iter().enumerate().filter(|(at, _)| Some(*at) != time) {
            if name.is_empty() {
                return Err(SeriesError::NoName { line, at: at + 1 });
            }
            if names[..at].contains(name) {
                return Err(SeriesError::Twice { line, column: name.clone() });
            }
        }
        if names.len() == usize::from(time.is_some()) {
            return Err(SeriesError::NoChannel { line });
        }
        Ok(Self { time, named })
    }
}

/// `pressure [bar]` and `pressure (bar)` are a name and a unit.
fn channel(cell: &str) -> Channel {
    for (open, close) in [('[', ']'), ('(', ')')] {
        if let Some((name, unit)) = cell.strip_suffix(close).and_then(|inside| inside.rsplit_once(open))
            && !name.trim().is_empty()
        {
            return Channel { name: name.trim().to_owned(), unit: unit.trim().to_owned() };
        }
    }
    Channel { name: cell.to_owned(), unit: String::new() }
}

/// Rows as they are read.
struct Table<'a> {
    columns: &'a Columns,
    decimal_comma: bool,
    /// For each column but the times.
    values: Vec<Vec<f32>>,
    times: Vec<(u64, String)>,
    infinite: usize,
}

impl<'a> Table<'a> {
    fn new(columns: &'a Columns, decimal_comma: bool) -> Self {
        let channels = columns.named.len() - usize::from(columns.time.is_some());
        Self { columns, decimal_comma, values: vec![Vec::new(); channels], times: Vec::new(), infinite: 0 }
    }

    fn push(&mut self, line: u64, record: &csv::StringRecord) -> Result<(), SeriesError> {
        let expected = self.columns.named.len();
        if record.len() != expected {
            return Err(SeriesError::Ragged { line, found: record.len(), expected });
        }
        let mut channel = 0;
        for (at, cell) in record.iter().enumerate() {
            let cell = cell.trim();
            if Some(at) == self.columns.time {
                self.times.push((line, cell.to_owned()));
                continue;
            }
            let value = self.number(cell).ok_or_else(|| {
                let cell: String = cell.chars().take(40).collect();
                let reason =
                    format!("`{cell}` is not a number; leave a missing value empty, and remove columns of text");
                SeriesError::Cell { line, column: self.columns.named[at].name.clone(), reason }
            })?;
            self.infinite += usize::from(value.is_infinite());
            self.values[channel].push(value);
            channel += 1;
        }
        Ok(())
    }

    /// A cell's value, NaN where it is missing.
    fn number(&self, cell: &str) -> Option<f32> {
        // Most cells are numbers.
        let plain = cell.parse::<f64>().ok();
        let comma = || (self.decimal_comma && !cell.contains('.')).then(|| cell.replacen(',', ".", 1).parse().ok())?;
        let missing = || MISSING.contains(&cell.to_lowercase().as_str()).then_some(f64::NAN);
        plain.or_else(comma).or_else(missing).map(|value| value as f32)
    }

    fn finish(self) -> Result<ReadSeries, SeriesError> {
        let mut notes = Vec::new();
        let length = self.values[0].len();
        let stamps = self.columns.time.map(|at| {
            let Channel { name, unit } = &self.columns.named[at];
            stamps::read(name, unit, &self.times).map_err(|(line, reason)| SeriesError::Cell {
                line,
                column: name.clone(),
                reason,
            })
        });
        let mut stamps = stamps.transpose()?;
        let mut values = self.values;
        if let Some(stamps) = stamps.as_mut()
            && !stamps.at.is_sorted()
        {
            in_order(stamps, &mut values);
            notes.push(format!("rows were put in the order of `{}`", stamps.name));
        }
        let named = self.columns.named.iter().enumerate().filter(|(at, _)| Some(*at) != self.columns.time);
        let channels: Vec<Channel> = named.map(|(_, channel)| channel.clone()).collect();
        let known = |values: &Vec<f32>| values.iter().any(|value| value.is_finite());
        let empty: Vec<String> = channels
            .iter()
            .zip(&values)
            .filter(|(_, values)| !known(values))
            .map(|(channel, _)| format!("`{}`", channel.name))
            .collect();
        if empty.len() == channels.len() {
            return Err(SeriesError::AllMissing);
        }
        if !empty.is_empty() {
            notes.push(format!("{} {} no value", empty.join(", "), if empty.len() == 1 { "has" } else { "have" }));
        }
        if self.infinite > 0 {
            let (n, are) = (self.infinite, if self.infinite == 1 { "value is" } else { "values are" });
            notes.push(format!("{n} {are} infinite or beyond 3e38 and count as missing"));
        }
        Ok(ReadSeries { series: TimeSeries::new(channels, stamps, length, values.concat()), notes })
    }
}

/// Sort all rows by their times; rows of one time keep their order.
fn in_order(stamps: &mut Stamps, values: &mut [Vec<f32>]) {
    let mut order: Vec<usize> = (0..stamps.at.len()).collect();
    order.sort_by(|&a, &b| stamps.at[a].total_cmp(&stamps.at[b]));
    stamps.at = order.iter().map(|&at| stamps.at[at]).collect();
    for channel in values {
        *channel = order.iter().map(|&at| channel[at]).collect();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::modality::series::time_series::StampKind;

    fn said(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn a_table_with_times_and_units_is_a_series() {
        let text = "\u{feff}# pump 12\ntime,Vibration [mm/s],Bearing temperature (°C)\n\
                    2026-03-01 06:00,2.1,64\n2026-03-01 06:01,,64.5\n2026-03-01 06:02,2.5,NaN\n";
        let ReadSeries { series, notes } = read(text.as_bytes()).unwrap();
        assert_eq!((series.length(), series.missing()), (3, 2));
        assert_eq!(series.channels[1], Channel { name: "Bearing temperature".into(), unit: "°C".into() });
        assert_eq!(series.channel(0)[0], 2.1);
        let stamps = series.stamps.unwrap();
        assert_eq!((stamps.kind, stamps.at[2] - stamps.at[0]), (StampKind::Date, 120.0));
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn semicolons_tabs_and_decimal_commas_are_understood() {
        for text in
            ["a;b\n1,5;2\n-0,25;3\n", "a\tb\n1,5\t2\n-0,25\t3\n", "a,b\r\n1.5,2\r\n-0.25,3\r\n", "a,b\r1.5,2\r-0.25,3"]
        {
            let series = read(text.as_bytes()).unwrap().series;
            assert_eq!((series.channel(0), series.channel(1)), (&[1.5, -0.25][..], &[2.0, 3.0][..]), "{text:?}");
            assert!(series.stamps.is_none());
        }
    }

    #[test]
    fn a_single_channel_and_a_single_step_are_enough() {
        let series = read(b"x\n7\n").unwrap().series;
        assert_eq!((series.length(), series.channel(0)), (1, &[7.0][..]));
    }

    #[test]
    fn rows_are_put_in_the_order_of_their_times() {
        let ReadSeries { series, notes } = read(b"t [s],x\n2,20\n0,0\n1,10\n").unwrap();
        assert_eq!(series.channel(0), [0.0, 10.0, 20.0]);
        assert_eq!(series.stamps.unwrap().unit, "s");
        assert_eq!(notes, ["rows were put in the order of `t`"]);
    }

    #[test]
    fn infinity_and_a_channel_without_values_are_borne_and_told() {
        let ReadSeries { series, notes } = read(b"a,b\n1,\ninf,NA\n1e300,?\n2,null\n").unwrap();
        assert_eq!(series.missing(), 6);
        assert_eq!(notes, ["`b` has no value", "2 values are infinite or beyond 3e38 and count as missing"]);
        assert!(said("a,b\n,\n,NaN\n").contains("every value is missing"));
    }

    #[test]
    fn what_is_wrong_is_named_by_line_and_column() {
        for (text, expected) in [
            ("", "no row below the header"),
            ("a,b\n", "no row below the header"),
            ("1,2\n3,4\n", "line 1: there are only numbers"),
            ("a,a\n1,2\n", "line 1: column `a` is there twice"),
            ("a,,b\n1,2,3\n", "line 1: column 2 has no name"),
            ("time\n1\n", "line 1: there is no column beside the time"),
            ("a,b\n1,2\n1\n", "line 3: there are 1 cells where the header has 2"),
            ("a,b\n1,2\n\n3,high\n", "line 4, column `b`: `high` is not a number"),
            ("# one\r\n\r\na,b\r\n1,2\r\n# two\r\n3,high\r\n", "line 6, column `b`: `high` is not a number"),
            ("a,b\n\"1\",2\n3,high", "line 3, column `b`"),
            ("time,b\n1,2\nnoon,3\n", "line 3, column `time`: `noon` is neither"),
            ("a\n\u{0}\n", "not UTF-8"),
        ] {
            assert!(said(text).contains(expected), "{text:?}: {}", said(text));
        }
        assert!(read(b"a\n\xff\n").is_err());
        let wide = vec!["x"; MOST_CHANNELS + 2].join(",");
        assert!(said(&format!("{wide}\n{wide}")).contains("at most 256"));
    }
}
