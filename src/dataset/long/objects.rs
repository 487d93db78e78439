//! A table of JSON objects, one a line or in a list, as cells.

use std::collections::HashMap;
use std::path::Path;

use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use super::rows::{EachRow, LongRows};
use crate::dataset::table::is_lines;
use crate::dataset::{DatasetError, file_name};
use crate::domain::text::composed;

/// Objects read to their end.
pub(in crate::dataset) struct LongObjects {
    name: String,
    header: Vec<String>,
    /// Line or number of each, and its cells.
    rows: Vec<(u64, Vec<String>)>,
}

/// An object's fields in their order.
struct Fields(Vec<(String, Value)>);

impl<'de> serde::Deserialize<'de> for Fields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ReadFields)
    }
}

struct ReadFields;

impl<'de> Visitor<'de> for ReadFields {
    type Value = Fields;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("an object such as {\"flow\":41.8,\"site\":\"north\"}")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields, A::Error> {
        let mut fields: Vec<(String, Value)> = Vec::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            if fields.iter().any(|(known, _)| *known == name) {
                return Err(A::Error::custom(format!("field `{name}` is there twice")));
            }
            fields.push((name, value));
        }
        Ok(Fields(fields))
    }
}

/// A list of objects, or one by itself.
struct Objects(Vec<Fields>);

impl<'de> serde::Deserialize<'de> for Objects {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReadObjects)
    }
}

struct ReadObjects;

impl<'de> Visitor<'de> for ReadObjects {
    type Value = Objects;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a list of objects such as [{\"flow\":41.8,\"site\":\"north\"}]")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Objects, A::Error> {
        let mut all = Vec::new();
        while let Some(one) = list.next_element()? {
            all.push(one);
        }
        Ok(Objects(all))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Objects, A::Error> {
        Ok(Objects(vec![ReadFields.visit_map(map)?]))
    }
}

impl LongObjects {
    /// Read the file at `path`; its columns are the fields of all objects, in the order in which they first come.
    ///
    /// # Errors
    /// [`DatasetError::Manifest`] with the line and the reason.
    pub(in crate::dataset) fn read(path: &Path) -> Result<Self, DatasetError> {
        let bytes = std::fs::read(path).map_err(DatasetError::io(path))?;
        let name = file_name(path);
        let fault = |line: u64, reason: String| DatasetError::Manifest { file: name.clone(), line, reason };
        let text = std::str::from_utf8(&bytes).map_err(|_| fault(1, "the text is not UTF-8".to_owned()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let objects: Vec<(u64, Fields)> = if is_lines(&name) {
            let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
            let read = |(line, number): (&str, u64)| {
                let object = serde_json::from_str(line);
                Ok((number, object.map_err(|error| fault(number, format!("there is no row ({error})")))?))
            };
            lines.map(read).collect::<Result<_, _>>()?
        } else {
            let read: Result<Objects, _> = serde_json::from_str(text);
            let Objects(all) =
                read.map_err(|error| fault(error.line() as u64, format!("it is no table of rows ({error})")))?;
            (1..).zip(all).collect()
        };
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut header = Vec::new();
        let mut rows = Vec::with_capacity(objects.len());
        for (line, Fields(fields)) in objects {
            let mut cells = Vec::new();
            for (field, value) in fields {
                let field = composed(field.trim());
                let place = *places.entry(field.clone()).or_insert_with(|| {
                    header.push(field);
                    header.len() - 1
                });
                if cells.len() <= place {
                    cells.resize(place + 1, String::new());
                }
                cells[place] = match value {
                    Value::Null => String::new(),
                    Value::String(text) => text,
                    other => other.to_string(),
                };
            }
            rows.push((line, cells));
        }
        for (_, cells) in &mut rows {
            cells.resize(header.len(), String::new());
        }
        Ok(Self { name, header, rows })
    }
}

impl LongRows for LongObjects {
    fn name(&self) -> &str {
        &self.name
    }

    fn header(&self) -> &[String] {
        &self.header
    }

    fn separator(&self) -> u8 {
        b','
    }

    fn each(&self, each: EachRow<'_>) -> Result<(), DatasetError> {
        for (line, cells) in &self.rows {
            each(*line, &cells.iter().map(String::as_str).collect::<Vec<_>>())?;
        }
        Ok(())
    }
}
