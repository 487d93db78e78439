//! JSON Lines: one object per sample; predictions as an object of class names.

use std::fs::File;
use std::io::{BufWriter, Write};

use super::{ExportColumns, ExportError, Format, Record, Writer};
use crate::modality::table::TableCell;

pub(super) const FORMAT: Format = Format {
    name: "jsonl",
    about: "One JSON object per line.",
    ending: "jsonl",
    shape: "is a list of objects",
    lacks: &[],
    open: |file, about| Ok(Box::new(Jsonl { out: BufWriter::new(file), columns: about.columns })),
};

struct Jsonl {
    out: BufWriter<File>,
    columns: ExportColumns,
}

/// Predictions by name in the order of the classes (a map would sort or shuffle them).
struct Named<'a> {
    classes: &'a [String],
    values: &'a [f32],
}

impl serde::Serialize for Named<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.classes.iter().zip(self.values))
    }
}

/// What a row says, by the columns' names.
struct Values<'a>(&'a [String], &'a [TableCell]);

impl serde::Serialize for Values<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().zip(self.1))
    }
}

#[derive(serde::Serialize)]
struct Line<'a> {
    #[serde(flatten)]
    record: &'a Record,
    #[serde(flatten)]
    values: Values<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    probabilities: Option<Named<'a>>,
}

/// A record as an object, without what was not asked for.
pub(super) fn object(record: &Record, columns: &ExportColumns, out: &mut impl Write) -> Result<(), ExportError> {
    let mut bare = record.clone();
    let values = bare.predictions.take().filter(|_| !columns.classes.is_empty());
    let probabilities = values.as_deref().map(|values| Named { classes: &columns.classes, values });
    if probabilities.is_none() {
        bare.predicted_by = None;
    }
    bare.votes = bare.votes.filter(|_| columns.votes);
    bare.flags = bare.flags.filter(|_| columns.flags);
    bare.metadata = bare.metadata.filter(|_| columns.metadata);
    bare.split = bare.split.filter(|_| columns.split);
    Ok(serde_json::to_writer(
        out,
        &Line { record: &bare, values: Values(&columns.values, &record.values), probabilities },
    )?)
}

impl Writer for Jsonl {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        object(record, &self.columns, &mut self.out)?;
        Ok(self.out.write_all(b"\n")?)
    }

    fn finish(self: Box<Self>) -> Result<File, ExportError> {
        self.out.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::ExportColumns;
    use super::super::testing::{columns, no_files, records, written};
    use super::FORMAT;

    #[test]
    fn every_line_is_an_object_with_the_record() {
        let bytes = written(&FORMAT, columns(), no_files());
        let lines: Vec<serde_json::Value> =
            std::str::from_utf8(&bytes).unwrap().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), records().len());
        assert_eq!((&lines[2]["path"], &lines[1]["class"]), (&"c/new\nline.jpg".into(), &"=cmd()".into()));
        assert_eq!((&lines[0]["probabilities"]["=dog"], &lines[0]["votes"]), (&0.75.into(), &serde_json::json!([])));
    }

    #[test]
    fn parts_that_were_not_asked_for_are_absent() {
        let bytes = written(&FORMAT, ExportColumns::default(), no_files());
        let first: serde_json::Value =
            serde_json::from_str(std::str::from_utf8(&bytes).unwrap().lines().next().unwrap()).unwrap();
        assert!(
            ["votes", "split", "probabilities", "predictions", "predicted_by"]
                .iter()
                .all(|key| first.get(key).is_none())
        );
    }
}
