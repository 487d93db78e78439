//! The columns that every table has, each once: what it is called, what it holds, and where that is in a record.

use std::borrow::Cow;

use super::{ExportColumns, ExportError, Record};
use crate::domain::task;

/// Where a column's value is.
pub(super) enum Read {
    Text(for<'a> fn(&'a Record) -> Option<Cow<'a, str>>),
    /// The classes: several in one cell, or a list where the format has lists.
    Names,
    Yes(fn(&Record) -> bool),
    Whole(fn(&Record) -> Option<i64>),
    Real(fn(&Record) -> Option<f64>),
    /// The probability of the class at this place.
    Chance(usize),
    /// The value at this place of [`Record::values`].
    Value(usize),
    /// What has parts of its own, as JSON.
    Json(fn(&Record) -> serde_json::Result<String>),
}

/// One column.
pub(super) struct TableColumn {
    pub(super) name: String,
    pub(super) read: Read,
}

/// The columns of a table.
pub(super) fn columns(of: &ExportColumns) -> Vec<TableColumn> {
    let mut all: Vec<TableColumn> = Vec::new();
    let mut add = |name: &str, read: Read| all.push(TableColumn { name: name.to_owned(), read });
    add("path", Read::Text(|record| Some(record.path.as_str().into())));
    if of.texts {
        add("text", Read::Text(|record| record.text.as_deref().map(Into::into)));
    }
    for (place, name) in of.values.iter().enumerate() {
        add(name, Read::Value(place));
    }
    if of.sets {
        add("classes", Read::Names);
    } else {
        add("class", Read::Text(|record| record.skip.is_none().then(|| record.class.as_str().into())));
    }
    add("sample_id", Read::Whole(|record| Some(record.sample_id)));
    add("sha256", Read::Text(|record| Some(record.sha256.as_str().into())));
    add("audit", Read::Yes(|record| record.audit));
    add("annotator", Read::Text(|record| Some(record.annotator.as_str().into())));
    add("made_at", Read::Text(|record| Some(record.made_at.as_str().into())));
    add("asked_by", Read::Text(|record| Some(record.asked_by.as_str().into())));
    add("round", Read::Whole(|record| record.round));
    add("propensity", Read::Real(|record| record.propensity));
    if of.skips {
        add("skip", Read::Text(|record| record.skip.as_deref().map(Into::into)));
        add("note", Read::Text(|record| record.note.as_deref().map(Into::into)));
    }
    if of.split {
        add("split", Read::Text(|record| record.split.map(Into::into)));
    }
    for (place, class) in of.classes.iter().enumerate() {
        add(&format!("p({class})"), Read::Chance(place));
    }
    if !of.classes.is_empty() {
        add("predicted_by", Read::Text(|record| record.predicted_by.map(Into::into)));
    }
    if of.votes {
        add("votes", Read::Json(|record| serde_json::to_string(record.votes.as_deref().unwrap_or_default())));
    }
    if of.flags {
        add("flags", Read::Json(|record| serde_json::to_string(record.flags.as_deref().unwrap_or_default())));
    }
    if of.metadata {
        add("metadata", Read::Json(|record| serde_json::to_string(&record.metadata.clone().unwrap_or_default())));
    }
    all
}

impl Read {
    /// The value as a cell of text; what is not there is an empty one.
    pub(super) fn cell<'a>(&self, record: &'a Record) -> Result<Cow<'a, str>, ExportError> {
        let shown = |value: Option<String>| Cow::Owned(value.unwrap_or_default());
        Ok(match self {
            Self::Text(read) => read(record).unwrap_or_default(),
            Self::Names => record.classes.as_ref().map_or(Cow::Borrowed(""), |classes| task::join(classes).into()),
            Self::Yes(read) => if read(record) { "true" } else { "false" }.into(),
            Self::Whole(read) => shown(read(record).map(|value| value.to_string())),
            Self::Real(read) => shown(read(record).map(|value| value.to_string())),
            Self::Chance(place) => shown(chance(record, *place).map(|value| value.to_string())),
            Self::Value(place) => shown(record.values.get(*place).map(ToString::to_string)),
            Self::Json(read) => read(record)?.into(),
        })
    }
}

/// The probability of the class at `place`.
pub(super) fn chance(record: &Record, place: usize) -> Option<f32> {
    record.predictions.as_ref()?.get(place).copied()
}
