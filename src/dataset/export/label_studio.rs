//! Label Studio's JSON: a list of tasks, each with its annotations and predictions as `choices`, and all of the record as `meta`.
//!
//! Names of controls: `choice` for the classes, `image` or `text` for the sample; `docs/export.md` has the labeling interface.

use std::fs::File;
use std::io::{BufWriter, Write as _};

use serde_json::{Value, json};

use super::jsonl::object;
use super::{DatasetAbout, ExportColumns, ExportError, Extra, Format, Record, Vote, Writer};

/// A class of a set counts as predicted from this probability on.
const LIKELY: f32 = 0.5;

pub(super) const FORMAT: Format = Format {
    name: "labelstudio",
    about: "Label Studio's JSON: tasks with annotations and predictions.",
    ending: "json",
    shape: "is a list of tasks",
    lacks: &[Extra::Rows],
    open: |file, about| Ok(Box::new(LabelStudio::new(file, about)?)),
};

struct LabelStudio {
    out: BufWriter<File>,
    columns: ExportColumns,
    written: bool,
}

/// What a person or a model chose.
fn result(names: &[String], texts: bool) -> Value {
    if names.is_empty() {
        return json!([]);
    }
    let shown = if texts { "text" } else { "image" };
    json!([{ "from_name": "choice", "to_name": shown, "type": "choices", "value": { "choices": names } }])
}

fn annotation(names: Option<&[String]>, made_at: &str, texts: bool) -> Value {
    json!({ "result": result(names.unwrap_or_default(), texts), "was_cancelled": names.is_none(), "created_at": made_at })
}

/// The answers that were not taken back; what replaced them is there as well.
fn standing(votes: &[Vote], texts: bool) -> Vec<Value> {
    let taken_back = |vote: &Vote| votes.iter().any(|later| later.undoes.as_ref() == Some(&vote.id));
    let answers = votes.iter().filter(|vote| vote.undoes.is_none() && !taken_back(vote));
    let of = |vote: &Vote| {
        let one: Vec<String> = vote.class.iter().cloned().collect();
        let names = vote.classes.as_deref().or_else(|| vote.class.is_some().then_some(one.as_slice()));
        annotation(names, &vote.made_at, texts)
    };
    answers.map(of).collect()
}

impl LabelStudio {
    fn new(file: File, about: DatasetAbout) -> Result<Self, ExportError> {
        let mut out = BufWriter::new(file);
        out.write_all(b"[")?;
        Ok(Self { out, columns: about.columns, written: false })
    }

    /// The committee's choice, and how sure it is.
    fn prediction(&self, record: &Record) -> Option<Value> {
        let values = record.predictions.as_ref().filter(|_| !self.columns.classes.is_empty())?;
        let named = || self.columns.classes.iter().zip(values);
        let (best, score) = named().max_by(|a, b| a.1.total_cmp(b.1))?;
        let chosen: Vec<String> = if self.columns.sets {
            named().filter(|(_, chance)| **chance >= LIKELY).map(|(name, _)| name.clone()).collect()
        } else {
            vec![best.clone()]
        };
        Some(
            json!({ "model_version": record.predicted_by, "score": score, "result": result(&chosen, self.columns.texts) }),
        )
    }
}

impl Writer for LabelStudio {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let mut meta = Vec::new();
        object(record, &self.columns, &mut meta)?;
        let meta: Value = serde_json::from_slice(&meta)?;
        let annotations = match record.votes.as_deref().filter(|_| self.columns.votes) {
            Some(votes) => standing(votes, self.columns.texts),
            None => vec![annotation(record.names(), &record.made_at, self.columns.texts)],
        };
        let predictions: Vec<Value> = self.prediction(record).into_iter().collect();
        let data = record.text.as_ref().map_or_else(|| json!({ "image": record.path }), |text| json!({ "text": text }));
        let task = json!({
            "id": record.sample_id, "data": data, "meta": meta,
            "annotations": annotations, "predictions": predictions
        });
        self.out.write_all(if self.written { b",\n" } else { b"\n" })?;
        self.written = true;
        Ok(serde_json::to_writer(&mut self.out, &task)?)
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        self.out.write_all(b"\n]\n")?;
        self.out.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{about, columns, no_files, records, sets, written_of};
    use super::*;

    fn tasks(columns: ExportColumns, records: &[Record]) -> Vec<Value> {
        serde_json::from_slice(&written_of(&FORMAT, about(columns, no_files()), records)).unwrap()
    }

    #[test]
    fn a_task_has_the_label_what_the_model_says_and_the_record() {
        let tasks = tasks(ExportColumns { votes: false, ..columns() }, &records());
        assert_eq!(tasks.len(), 5);
        let choices = |of: &str| tasks[1][of][0]["result"][0]["value"]["choices"].clone();
        assert_eq!((choices("annotations"), choices("predictions")), (json!(["=cmd()"]), json!(["=dog"])));
        assert_eq!((&tasks[1]["meta"]["split"], &tasks[1]["predictions"][0]["score"]), (&json!("train"), &json!(0.75)));
    }

    #[test]
    fn every_answer_that_stands_is_an_annotation_and_a_skip_is_a_cancelled_one() {
        let vote = |id: &str, class: Option<&str>, undoes: Option<&str>| Vote {
            id: id.to_owned(),
            kind: String::new(),
            class: class.map(str::to_owned),
            classes: None,
            reason: None,
            note: None,
            undoes: undoes.map(str::to_owned),
            annotator: "mai".to_owned(),
            made_at: "2026-11-20T09:30:00Z".to_owned(),
            asked_by: "margin".to_owned(),
        };
        let votes = vec![vote("a", Some("cat"), None), vote("b", None, Some("a")), vote("c", None, None)];
        let record = Record { votes: Some(votes), ..records().remove(0) };
        let annotations = &tasks(columns(), &[record])[0]["annotations"];
        assert_eq!((annotations.as_array().unwrap().len(), &annotations[0]["was_cancelled"]), (1, &json!(true)));
    }

    #[test]
    fn none_of_the_classes_is_an_answer_without_a_choice() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let tasks = tasks(columns, &sets());
        assert_eq!(tasks[0]["annotations"][0]["result"][0]["value"]["choices"], json!(["cat", "=dog"]));
        let none = &tasks[2]["annotations"][0];
        assert_eq!((&none["result"], &none["was_cancelled"]), (&json!([]), &json!(false)));
    }

    #[test]
    fn no_samples_are_a_list_too() {
        assert!(tasks(columns(), &[]).is_empty());
    }
}
