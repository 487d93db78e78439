//! What a column holds, found over all rows of a table: numbers, truth values, dates, categories, or free text.

use std::collections::HashSet;

use super::row::TableCell;
use crate::modality::series::stamps;

/// Values of a column that are told apart.
const MOST_VALUES: usize = 1_000;
/// Values of a column that are always categories, where they are short …
const FEW: usize = 64;
/// … in bytes.
const SHORT: usize = 64;
const SECONDS_PER_DAY: f64 = 86_400.0;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// Nothing at all.
    Empty,
    Number,
    Truth,
    Date,
    /// Few texts, each in several rows.
    Category,
    /// Texts that hardly come again.
    Text,
}

/// Finds a column's kind from its cells, in any order.
#[derive(Debug, Clone, Default)]
pub struct ColumnSurvey {
    numbers: u64,
    truths: u64,
    texts: u64,
    dates: u64,
    longest: usize,
    values: HashSet<String>,
}

impl ColumnSurvey {
    pub fn see(&mut self, cell: &TableCell) {
        match cell {
            TableCell::Missing => {}
            TableCell::Number(_) => self.numbers += 1,
            TableCell::Truth(_) => self.truths += 1,
            TableCell::Text(text) => {
                self.texts += 1;
                self.dates += u64::from(days(text).is_some());
                self.longest = self.longest.max(text.len());
                if self.values.len() <= MOST_VALUES && !self.values.contains(text) {
                    self.values.insert(text.clone());
                }
            }
        }
    }

    /// Numbers and truth values among texts count as texts: a column has one kind.
    pub fn kind(&self) -> ColumnKind {
        let known = self.numbers + self.truths + self.texts;
        let different = self.values.len();
        if known == 0 {
            ColumnKind::Empty
        } else if self.numbers == known {
            ColumnKind::Number
        } else if self.truths == known {
            ColumnKind::Truth
        } else if self.dates == known {
            ColumnKind::Date
        } else if different <= MOST_VALUES
            && (2 * different as u64 <= known || (different <= FEW && self.longest <= SHORT))
        {
            ColumnKind::Category
        } else {
            ColumnKind::Text
        }
    }
}

/// Days since 1970 of a date such as `2026-03-01 06:00`, with or without a time of day and a zone.
pub fn days(text: &str) -> Option<f64> {
    stamps::date(text.trim()).map(|seconds| seconds / SECONDS_PER_DAY)
}

/// A column's name and its unit: `flow [m³/h]`.
pub fn with_unit(name: &str) -> (&str, &str) {
    let parted = name.trim_end().strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match parted {
        Some((own, unit)) if !own.trim().is_empty() => (own.trim(), unit.trim()),
        _ => (name.trim(), ""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(cells: &[TableCell]) -> ColumnKind {
        let mut survey = ColumnSurvey::default();
        for cell in cells {
            survey.see(cell);
        }
        survey.kind()
    }

    fn text(text: &str) -> TableCell {
        TableCell::Text(text.to_owned())
    }

    #[test]
    fn a_column_has_one_kind() {
        let number = TableCell::Number(1.0);
        assert_eq!(kind(&[TableCell::Missing]), ColumnKind::Empty);
        assert_eq!(kind(&[number.clone(), TableCell::Missing]), ColumnKind::Number);
        assert_eq!(kind(&[TableCell::Truth(true)]), ColumnKind::Truth);
        assert_eq!(kind(&[text("2026-03-01"), text("2026-03-01 06:00")]), ColumnKind::Date);
        assert_eq!(kind(&[text("north"), number, text("2026-03-01")]), ColumnKind::Category);
        let many: Vec<TableCell> = (0..200).map(|at| text(&format!("note {at}"))).collect();
        assert_eq!(kind(&many), ColumnKind::Text);
        assert_eq!(kind(&[&many[..], &many[..]].concat()), ColumnKind::Category);
    }

    #[test]
    fn a_unit_stands_in_brackets() {
        assert_eq!(with_unit("flow [m³/h]"), ("flow", "m³/h"));
        assert_eq!(with_unit("flow"), ("flow", ""));
        assert_eq!(with_unit("[x]"), ("[x]", ""));
        assert_eq!(days("1970-01-03 12:00"), Some(2.5));
    }
}
