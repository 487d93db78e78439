//! What one column holds by itself: how its values are ranked, and which value has a rank.

use std::cmp::Ordering;

use crate::math::normal;
use crate::modality::table::kinds::{ColumnKind, days};
use crate::modality::table::row::TableCell;

/// Decimal places of the finest numbers that are rounded.
const MOST_DECIMALS: i32 = 9;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// How values of a column are written.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum WrittenAs {
    /// Numbers in steps of 10⁻ᵈ; `None`: of nine digits.
    Number(Option<i32>),
    /// Days, minutes or seconds since 1970, in seconds each.
    Date(f64),
    /// One of the values that are known.
    Choice,
    /// Not at all: free text says whose row it was.
    Nothing,
}

impl WrittenAs {
    /// How a column of this kind is written, from its known cells.
    pub fn find<'a>(kind: ColumnKind, cells: impl Iterator<Item = &'a TableCell>) -> Self {
        match kind {
            ColumnKind::Number => {
                let mut places = cells.filter_map(number).map(decimals);
                let most = places.try_fold(0, |most, places| Some(most.max(places?)));
                Self::Number(most)
            }
            ColumnKind::Date => {
                let seconds: Vec<f64> = cells.filter_map(seconds).collect();
                let whole = |step: f64| seconds.iter().all(|second| (second / step).fract() == 0.0);
                Self::Date([SECONDS_PER_DAY, 60.0].into_iter().find(|step| whole(*step)).unwrap_or(1.0))
            }
            ColumnKind::Truth | ColumnKind::Category => Self::Choice,
            ColumnKind::Empty | ColumnKind::Text => Self::Nothing,
        }
    }

    /// The number behind a cell, where the column is one of numbers or dates.
    pub fn number(self, cell: &TableCell) -> Option<f64> {
        match self {
            Self::Number(_) => number(cell),
            Self::Date(_) => seconds(cell),
            Self::Choice | Self::Nothing => None,
        }
    }

    /// A number as a cell of the column, rounded as others are.
    pub fn cell(self, value: f64) -> TableCell {
        match self {
            Self::Number(None) => TableCell::Number(format!("{value:.8e}").parse().unwrap_or(value)),
            Self::Number(Some(places)) => {
                let scale = 10f64.powi(places);
                TableCell::Number((value * scale).round() / scale)
            }
            Self::Date(step) => TableCell::Text(date((value / step).round() * step, step)),
            Self::Choice | Self::Nothing => TableCell::Missing,
        }
    }

    /// The least by which two values between `low` and `high` differ.
    pub fn step(self, low: f64, high: f64) -> f64 {
        match self {
            Self::Number(Some(places)) => 10f64.powi(-places),
            Self::Date(step) => step,
            Self::Number(None) | Self::Choice | Self::Nothing => (high - low) / 1e4,
        }
    }
}

fn number(cell: &TableCell) -> Option<f64> {
    if let TableCell::Number(value) = cell { Some(*value) } else { None }
}

/// Whole seconds since 1970.
fn seconds(cell: &TableCell) -> Option<f64> {
    if let TableCell::Text(text) = cell { days(text).map(|days| (days * SECONDS_PER_DAY).round()) } else { None }
}

/// Decimal places of a number; `None` for too many.
fn decimals(value: f64) -> Option<i32> {
    let exact = |places: &i32| {
        let scale = 10f64.powi(*places);
        (value * scale).round() / scale == value
    };
    (0..=MOST_DECIMALS).find(exact)
}

/// `2026-03-01`, `2026-03-01 06:00` or `2026-03-01 06:00:30` (Hinnant 2021, `civil_from_days`).
fn date(second: f64, step: f64) -> String {
    let days = (second / SECONDS_PER_DAY).floor();
    let of_day = (second - days * SECONDS_PER_DAY) as i64;
    let shifted = days as i64 + 719_468;
    let (era, of_era) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (of_day / 3_600, of_day / 60 % 60, of_day % 60);
    let day = format!("{year:04}-{month:02}-{day:02}");
    if step >= SECONDS_PER_DAY {
        day
    } else if step >= 60.0 {
        format!("{day} {hour:02}:{minute:02}")
    } else {
        format!("{day} {hour:02}:{minute:02}:{second:02}")
    }
}

/// The known values of one column in one class, in their order.
#[derive(Debug, Clone)]
pub(super) enum Marginal {
    Numbers {
        written: WrittenAs,
        sorted: Vec<f64>,
    },
    /// Values by name, and how many rows have one up to it.
    Choices {
        values: Vec<TableCell>,
        upto: Vec<usize>,
    },
    Nothing,
}

impl Marginal {
    pub fn new<'a>(written: WrittenAs, cells: impl Iterator<Item = &'a TableCell>) -> Self {
        match written {
            WrittenAs::Nothing => Self::Nothing,
            WrittenAs::Choice => {
                let mut known: Vec<&TableCell> = cells.filter(|cell| **cell != TableCell::Missing).collect();
                known.sort_by(|a, b| order(a, b));
                let (mut values, mut upto) = (Vec::<TableCell>::new(), Vec::new());
                for (at, cell) in known.into_iter().enumerate() {
                    if values.last() != Some(cell) {
                        values.push(cell.clone());
                        upto.push(at);
                    }
                    if let Some(upto) = upto.last_mut() {
                        *upto = at + 1;
                    }
                }
                if values.is_empty() { Self::Nothing } else { Self::Choices { values, upto } }
            }
            WrittenAs::Number(_) | WrittenAs::Date(_) => {
                let mut sorted: Vec<f64> = cells.filter_map(|cell| written.number(cell)).collect();
                sorted.sort_unstable_by(f64::total_cmp);
                if sorted.is_empty() { Self::Nothing } else { Self::Numbers { written, sorted } }
            }
        }
    }

    /// The normal score of a cell: the quantile at the middle of the rows that have its value. `None` where it is missing.
    pub fn score(&self, cell: &TableCell) -> Option<f64> {
        let (below, upto, n) = match self {
            Self::Numbers { written, sorted } => {
                let value = written.number(cell)?;
                let below = sorted.partition_point(|other| *other < value);
                (below, sorted.partition_point(|other| *other <= value), sorted.len())
            }
            Self::Choices { values, upto } => {
                let at = values.binary_search_by(|other| order(other, cell)).ok()?;
                (at.checked_sub(1).map_or(0, |before| upto[before]), upto[at], *upto.last()?)
            }
            Self::Nothing => return None,
        };
        Some(normal::quantile((below + upto) as f64 / 2.0 / n as f64))
    }

    /// The value at a share of the rows: between two neighbours for numbers and dates, never beyond the outermost.
    pub fn value(&self, share: f64) -> TableCell {
        match self {
            Self::Numbers { written, sorted } => {
                let at = (share * sorted.len() as f64 - 0.5).clamp(0.0, (sorted.len() - 1) as f64);
                let left = at.floor() as usize;
                let right = (left + 1).min(sorted.len() - 1);
                written.cell(sorted[left] + (at - left as f64) * (sorted[right] - sorted[left]))
            }
            Self::Choices { values, upto } => {
                let n = upto.last().copied().unwrap_or_default() as f64;
                let at = upto.partition_point(|upto| *upto as f64 <= share * n).min(values.len() - 1);
                values[at].clone()
            }
            Self::Nothing => TableCell::Missing,
        }
    }
}

/// One order of all cells of a column of choices.
fn order(a: &TableCell, b: &TableCell) -> Ordering {
    match (a, b) {
        (TableCell::Text(a), TableCell::Text(b)) => a.cmp(b),
        (TableCell::Number(a), TableCell::Number(b)) => a.total_cmp(b),
        (TableCell::Truth(a), TableCell::Truth(b)) => a.cmp(b),
        _ => rank(a).cmp(&rank(b)),
    }
}

const fn rank(cell: &TableCell) -> u8 {
    match cell {
        TableCell::Missing => 0,
        TableCell::Number(_) => 1,
        TableCell::Truth(_) => 2,
        TableCell::Text(_) => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_they_are_read() {
        for (text, step) in [
            ("1970-01-01", 86_400.0),
            ("2000-02-29", 86_400.0),
            ("2026-03-01 06:07", 60.0),
            ("1969-12-31 23:59:58", 1.0),
            ("0004-12-31", 86_400.0),
        ] {
            let cell = TableCell::Text(text.to_owned());
            assert_eq!(WrittenAs::find(ColumnKind::Date, [&cell].into_iter()), WrittenAs::Date(step), "{text}");
            assert_eq!(WrittenAs::Date(step).cell(seconds(&cell).unwrap()), cell);
        }
    }

    #[test]
    fn numbers_have_no_more_places_than_the_source() {
        let cells = [1.25, -3.0, 0.5].map(TableCell::Number);
        let written = WrittenAs::find(ColumnKind::Number, cells.iter());
        assert_eq!((written, written.cell(0.128)), (WrittenAs::Number(Some(2)), TableCell::Number(0.13)));
        let third = [TableCell::Number(1.0 / 3.0)];
        assert_eq!(WrittenAs::find(ColumnKind::Number, third.iter()), WrittenAs::Number(None));
        assert_eq!(WrittenAs::find(ColumnKind::Number, [TableCell::Number(1e300)].iter()), WrittenAs::Number(Some(0)));
    }

    #[test]
    fn shares_come_back_as_the_values_that_have_them() {
        let cells: Vec<TableCell> = ["b", "a", "b", "c"].map(|text| TableCell::Text(text.to_owned())).into();
        let marginal = Marginal::new(WrittenAs::Choice, cells.iter());
        let at = |share: f64| marginal.value(share).to_string();
        assert_eq!([0.0, 0.24, 0.26, 0.74, 0.76, 1.0].map(at), ["a", "a", "b", "b", "c", "c"]);
        assert!(marginal.score(&cells[0]).unwrap().abs() < 1e-12);
        let numbers = [3.0, 1.0, 2.0].map(TableCell::Number);
        let marginal = Marginal::new(WrittenAs::Number(None), numbers.iter());
        assert_eq!([0.0, 0.5, 1.0].map(|share| marginal.value(share)), [1.0, 2.0, 3.0].map(TableCell::Number));
        assert!(marginal.score(&TableCell::Missing).is_none());
    }
}
