//! One row of a table: its cells by column, from JSON and back.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, SerializeMap as _, Serializer};

/// Columns of the widest row.
pub const MOST_COLUMNS: usize = 300;
/// Whole numbers that a float holds, every one of them.
const WHOLE: f64 = 9_007_199_254_740_992.0;

/// What one cell holds.
#[derive(Debug, Clone, PartialEq)]
pub enum TableCell {
    Missing,
    /// Finite.
    Number(f64),
    Truth(bool),
    Text(String),
}

/// One row, its columns in the table's order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TableRow {
    pub cells: Vec<(String, TableCell)>,
}

impl TableRow {
    /// The cell of a column; missing where there is no such column.
    pub fn get(&self, column: &str) -> &TableCell {
        let found = self.cells.iter().find(|(name, _)| name == column);
        found.map_or(&TableCell::Missing, |(_, cell)| cell)
    }

    /// The same row without what one column says.
    #[must_use]
    pub fn without(&self, column: usize) -> Self {
        let mut row = self.clone();
        if let Some((_, cell)) = row.cells.get_mut(column) {
            *cell = TableCell::Missing;
        }
        row
    }

    /// Columns that say nothing.
    pub fn missing(&self) -> usize {
        self.cells.iter().filter(|(_, cell)| *cell == TableCell::Missing).count()
    }

    /// The row as one JSON object.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }
}

impl fmt::Display for TableCell {
    /// As tables write it; nothing for a missing one.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => Ok(()),
            Self::Number(value) => f.write_str(&number(*value).to_string()),
            Self::Truth(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}

/// A number with as few digits as tell it from its neighbours.
fn number(value: f64) -> serde_json::Value {
    if value.fract() == 0.0 && value.abs() < WHOLE { (value as i64).into() } else { value.into() }
}

impl Serialize for TableCell {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Missing => serializer.serialize_none(),
            Self::Number(value) => number(*value).serialize(serializer),
            Self::Truth(value) => serializer.serialize_bool(*value),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

impl Serialize for TableRow {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.cells.len()))?;
        for (name, cell) in &self.cells {
            map.serialize_entry(name, cell)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for TableRow {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadRow)
    }
}

/// Keeps the order of an object's fields, which maps of values do not.
struct ReadRow;

impl<'de> Visitor<'de> for ReadRow {
    type Value = TableRow;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("one object such as {\"flow\":41.8,\"site\":\"north\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<TableRow, A::Error> {
        let mut row = TableRow::default();
        while let Some(name) = map.next_key::<String>()? {
            if name.trim().is_empty() {
                return Err(A::Error::custom("a column has no name; give it one"));
            }
            if row.cells.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("column `{name}` is there twice; rename one")));
            }
            if row.cells.len() == MOST_COLUMNS {
                return Err(A::Error::custom(format!("there are more than {MOST_COLUMNS} columns")));
            }
            let cell = match map.next_value::<serde_json::Value>()? {
                serde_json::Value::Null => TableCell::Missing,
                serde_json::Value::Bool(value) => TableCell::Truth(value),
                serde_json::Value::Number(value) => TableCell::Number(value.as_f64().unwrap_or_default()),
                serde_json::Value::String(text) => TableCell::Text(text),
                serde_json::Value::Array(_) | serde_json::Value::Object(_) => {
                    let reason = format!("column `{name}` holds a list or an object; give it one value");
                    return Err(A::Error::custom(reason));
                }
            };
            row.cells.push((name, cell));
        }
        Ok(row)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_keeps_its_columns_order_and_comes_back_as_it_was() {
        let json = r#"{"flow [m³/h]":41.8,"site":"north","oil level":null,"on":true,"a":-3,"big":1e300}"#;
        let row: TableRow = serde_json::from_str(json).unwrap();
        assert_eq!(row.cells[0], ("flow [m³/h]".to_owned(), TableCell::Number(41.8)));
        assert_eq!((row.missing(), row.get("a"), row.get("b")), (1, &TableCell::Number(-3.0), &TableCell::Missing));
        let again: TableRow = serde_json::from_slice(&row.to_json()).unwrap();
        assert_eq!(again, row);
        assert!(row.to_json().starts_with(json.as_bytes().split_at(60).0));
        assert_eq!(row.without(0).missing(), 2);
        assert_eq!(TableCell::Number(2.0).to_string(), "2");
    }

    #[test]
    fn what_is_no_cell_is_refused_by_its_column() {
        for (json, says) in [
            (r#"{"a":[1]}"#, "column `a` holds a list"),
            (r#"{"a":1,"a":2}"#, "column `a` is there twice"),
            (r#"{" ":1}"#, "has no name"),
            ("[1]", "one object such as"),
            (r#"{"a":1e999}"#, "out of range"),
        ] {
            let error = serde_json::from_str::<TableRow>(json).unwrap_err().to_string();
            assert!(error.contains(says), "{error}");
        }
        let wide: Vec<String> = (0..=MOST_COLUMNS).map(|at| format!("\"{at}\":1")).collect();
        let error = serde_json::from_str::<TableRow>(&format!("{{{}}}", wide.join(","))).unwrap_err();
        assert!(error.to_string().contains("more than 300 columns"), "{error}");
    }
}
