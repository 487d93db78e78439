//! JSON Lines as a table: an object a line, whose fields are the columns.

use serde_json::Value;

use super::columns::Columns;
use super::{Row, TableFault};
use crate::dataset::Label;
use crate::domain::text;

/// The objects of `text`, with their lines.
pub(super) fn objects(text: &str) -> impl Iterator<Item = Result<(u64, serde_json::Map<String, Value>), TableFault>> {
    let lines = text.lines().zip(1..).filter(|(line, _)| !line.trim().is_empty());
    lines.map(|(line, number)| match serde_json::from_str(line) {
        Ok(Value::Object(object)) => Ok((number, object)),
        Ok(_) => Err(TableFault::at(
            number,
            "there is no object; each line is one such as {\"path\":\"a.jpg\",\"label\":\"cat\"}",
        )),
        Err(error) => Err(TableFault::at(number, format!("it is not JSON ({error})"))),
    })
}

/// The fields that any of the first objects has: JSON Lines leaves out fields without a value.
pub(super) fn header(text: &str) -> Result<Vec<String>, TableFault> {
    let mut names: Vec<String> = Vec::new();
    for object in objects(text).take(1000) {
        for name in object?.1.keys() {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    Ok(names)
}

/// An object as a row.
pub(super) fn row(columns: &Columns, line: u64, object: &serde_json::Map<String, Value>) -> Row {
    // Fields are found as the header has them: whatever their case.
    let field = |at: usize| {
        let wanted = &columns.names[at];
        object.iter().find(|(name, _)| text::plain(name).eq_ignore_ascii_case(wanted)).map(|(_, value)| value)
    };
    let words = |at: Option<usize>| at.and_then(field).map(written).unwrap_or_default();
    let metadata = columns.metadata().filter_map(|(at, name)| Some((name.to_owned(), written(field(at)?))));
    let row = Row::new(
        line,
        columns.path.map(|at| words(Some(at))),
        &words(columns.hash),
        columns.label.and_then(field).and_then(label),
        metadata.collect(),
    );
    if columns.content.is_some() { row.holding(words(columns.content), &words(columns.id)) } else { row }
}

fn label(value: &Value) -> Option<Label> {
    match value {
        Value::Array(names) => Some(Label::Set(names.iter().map(written).collect())),
        other => Label::text(&written(other)),
    }
}

/// A value as text; nothing for `null`.
pub(super) fn written(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
