//! What an encoder of rows expects and returns: the description beside its model.

use serde::{Deserialize, Serialize};

use super::kinds::days;
use super::row::{MOST_COLUMNS, TableCell, TableRow};
use crate::modality::SpecError;

/// Numbers that are larger count as this.
const LARGEST: f64 = 1e37;

/// What an input takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnHolds {
    /// Floats, NaN where missing: [N, 1].
    Number,
    /// Days since 1970 as floats, NaN where missing: [N, 1].
    Date,
    /// Texts, empty where missing: [N, 1].
    Category,
}

/// One input.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnInput {
    /// The column's name in rows.
    pub name: String,
    /// The model's input.
    pub input: String,
    pub holds: ColumnHolds,
}

/// The whole description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TableSpec {
    /// [`TableSpec::FAMILY`].
    pub family: String,
    /// Those of numbers and dates first.
    pub columns: Vec<ColumnInput>,
    /// The model's output that holds the embedding.
    pub output: String,
    /// Numbers per embedding.
    pub dim: usize,
    /// The first of them, which hold one column each, bit for bit as the model gives them.
    #[serde(default)]
    pub axes: usize,
}

/// What a row says in the columns of an encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct RowValues {
    /// Of the columns of numbers and dates, NaN where missing.
    pub numbers: Vec<f32>,
    /// Of the other columns, empty where missing.
    pub texts: Vec<String>,
}

impl TableSpec {
    /// How descriptions of such encoders name their family.
    pub const FAMILY: &str = "columns";

    /// What a row says; what it has besides is passed over.
    pub fn values(&self, row: &TableRow) -> RowValues {
        let mut values = RowValues::default();
        for column in &self.columns {
            let cell = row.get(&column.name);
            match column.holds {
                ColumnHolds::Number => values.numbers.push(number(cell)),
                ColumnHolds::Date => values.numbers.push(date(cell)),
                ColumnHolds::Category => values.texts.push(category(cell)),
            }
        }
        values
    }

    /// The description as JSON, as it is stored and put into a deployable model.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Read a description and check it, so that no later step has to.
    ///
    /// # Errors
    /// When the text is not a description, or one that cannot be used.
    pub fn from_json(text: &str) -> Result<Self, SpecError> {
        let spec: Self = serde_json::from_str(text).map_err(|error| SpecError(error.to_string()))?;
        let numeric = |column: &ColumnInput| column.holds != ColumnHolds::Category;
        let wrong = if spec.columns.is_empty() || spec.columns.len() > MOST_COLUMNS {
            Some(format!("{} columns; 1 to {MOST_COLUMNS} can be used", spec.columns.len()))
        } else if spec.columns.windows(2).any(|two| !numeric(&two[0]) && numeric(&two[1])) {
            Some("columns of numbers and dates come before the others".to_owned())
        } else if spec.dim == 0 || spec.dim > 1 << 20 {
            Some(format!("an embedding of {} numbers; 1 to 1048576 can be used", spec.dim))
        } else if spec.axes > spec.dim {
            Some(format!("{} axes of {} numbers", spec.axes, spec.dim))
        } else {
            None
        };
        wrong.map_or(Ok(spec), |wrong| Err(SpecError(wrong)))
    }
}

fn number(cell: &TableCell) -> f32 {
    match cell {
        TableCell::Number(value) => held(*value),
        TableCell::Missing | TableCell::Truth(_) | TableCell::Text(_) => f32::NAN,
    }
}

fn date(cell: &TableCell) -> f32 {
    match cell {
        TableCell::Text(text) => days(text).map_or(f32::NAN, held),
        TableCell::Missing | TableCell::Truth(_) | TableCell::Number(_) => f32::NAN,
    }
}

/// A category as models take it, in which a zero byte ends a text.
fn category(cell: &TableCell) -> String {
    cell.to_string().replace('\0', " ")
}

/// A number in single precision, so that the difference of two is finite as well.
fn held(value: f64) -> f32 {
    value.clamp(-LARGEST, LARGEST) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spec(holds: &[(&str, ColumnHolds)]) -> TableSpec {
        let column = |(name, holds): &(&str, ColumnHolds)| ColumnInput {
            name: (*name).to_owned(),
            input: (*name).to_owned(),
            holds: *holds,
        };
        TableSpec {
            family: TableSpec::FAMILY.to_owned(),
            columns: holds.iter().map(column).collect(),
            output: "embedding".to_owned(),
            dim: 8,
            axes: 0,
        }
    }

    #[test]
    fn a_row_gives_what_inputs_take() {
        let spec = spec(&[("a", ColumnHolds::Number), ("day", ColumnHolds::Date), ("site", ColumnHolds::Category)]);
        let row: TableRow =
            serde_json::from_str(r#"{"site":"no\u0000rth","a":1e300,"day":"1970-01-02","more":3}"#).unwrap();
        let values = spec.values(&row);
        assert_eq!((values.numbers, values.texts), (vec![1e37, 1.0], vec!["no rth".to_owned()]));
        let values = spec.values(&serde_json::from_str(r#"{"a":"x","day":5}"#).unwrap());
        assert!(values.numbers.iter().all(|value| value.is_nan()) && values.texts == [""]);
    }

    #[test]
    fn a_description_comes_back_and_one_that_cannot_be_used_is_refused() {
        let good = spec(&[("a", ColumnHolds::Number), ("site", ColumnHolds::Category)]);
        assert_eq!(TableSpec::from_json(&good.to_json()).unwrap(), good);
        for wrong in [
            spec(&[]),
            spec(&[("site", ColumnHolds::Category), ("a", ColumnHolds::Number)]),
            TableSpec { dim: 0, ..good.clone() },
        ] {
            assert!(TableSpec::from_json(&wrong.to_json()).is_err(), "{wrong:?}");
        }
        assert!(TableSpec::from_json("{}").is_err());
    }
}
