//! What `datasets.load_dataset` reads: a zip with a folder per split, pictures and `metadata.jsonl` in each, and `README.md`, which
//! names the splits and holds the data card.
//!
//! **Invariant:** `datasets` guesses each column's type anew for each split and refuses unlike ones, so every column has a value
//! in every row, and sets are written as numbers per class and not as lists of names, which could be empty.

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;

use serde::Serialize;

use super::archive::{Archive, SideFile};
use super::{BARE, DatasetAbout, ExportError, Format, Record, Writer};
use crate::domain::task;

pub(super) const FORMAT: Format = Format {
    name: "huggingface",
    about: "A zip with a folder and metadata.jsonl per split, for datasets.load_dataset.",
    ending: "zip",
    shape: "has pictures and their classes",
    lacks: BARE,
    open: |file, about| Ok(Box::new(HuggingFace::new(file, about))),
};

/// What `datasets` calls a split; samples without one train.
fn folder(split: Option<&'static str>) -> &'static str {
    match split {
        None => "train",
        Some("val") => "validation",
        Some(split) => split,
    }
}

struct HuggingFace {
    archive: Archive,
    title: String,
    card: String,
    names: Vec<String>,
    places: HashMap<String, usize>,
    parts: BTreeMap<&'static str, SideFile>,
}

/// A line of `metadata.jsonl`.
#[derive(Serialize)]
struct Line<'a> {
    file_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<&'a str>,
    /// Of each class, 1 where the sample has it.
    #[serde(skip_serializing_if = "Option::is_none")]
    labels: Option<Vec<u8>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    classes: Option<String>,
    sample_id: i64,
    path: &'a str,
    sha256: &'a str,
    audit: bool,
    annotator: &'a str,
    made_at: &'a str,
    asked_by: &'a str,
}

impl HuggingFace {
    fn new(file: File, about: DatasetAbout) -> Self {
        Self {
            places: about.places(),
            names: about.classes.into_iter().map(|(_, name)| name).collect(),
            archive: Archive::new(file, about.fetch),
            title: about.title,
            card: about.card,
            parts: BTreeMap::new(),
        }
    }

    /// Which classes the sample has.
    fn marks(&self, names: &[String]) -> Vec<u8> {
        let mut marks = vec![0; self.names.len()];
        for place in names.iter().filter_map(|name| self.places.get(name)) {
            marks[*place] = 1;
        }
        marks
    }

    /// The head of the README: JSON strings are YAML too.
    fn head(&self) -> Result<String, ExportError> {
        let mut head = format!("---\npretty_name: {}\n", serde_json::to_string(&self.title)?);
        head.push_str("task_categories:\n- image-classification\nconfigs:\n- config_name: default\n  data_files:\n");
        for part in self.parts.keys() {
            // Writing to a string cannot fail.
            let _ = write!(head, "  - split: {part}\n    path: \"{part}/**\"\n");
        }
        head.push_str("---\n\n");
        Ok(head)
    }
}

impl Writer for HuggingFace {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let folder = folder(record.split);
        let entry = self.archive.picture(folder, record)?;
        let file_name = entry.strip_prefix(folder).unwrap_or(&entry).trim_start_matches('/');
        let line = Line {
            file_name,
            label: record.classes.is_none().then_some(record.class.as_str()),
            labels: record.classes.as_ref().map(|names| self.marks(names)),
            classes: record.classes.as_ref().map(|names| task::join(names)),
            sample_id: record.sample_id,
            path: &record.path,
            sha256: &record.sha256,
            audit: record.audit,
            annotator: &record.annotator,
            made_at: &record.made_at,
            asked_by: &record.asked_by,
        };
        let part = self.parts.entry(folder).or_insert_with(SideFile::new);
        serde_json::to_writer(&mut *part, &line)?;
        Ok(part.write_all(b"\n")?)
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        let readme = self.head()? + &self.card;
        for (part, side) in std::mem::take(&mut self.parts) {
            self.archive.collected(&format!("{part}/metadata.jsonl"), side)?;
        }
        self.archive.file("README.md", |out| Ok(out.write_all(readme.as_bytes())?))?;
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::ExportColumns;
    use super::super::testing::{about, bare, entries, hashes, records, sets, written_of};
    use super::*;

    fn lines(entries: &[(String, String)], part: &str) -> Vec<Value> {
        let name = format!("{part}/metadata.jsonl");
        let text = &entries.iter().find(|(entry, _)| *entry == name).unwrap().1;
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[test]
    fn each_split_is_a_folder_that_the_readme_names() {
        let splits = ["train", "val", "audit", "train", "train"];
        let records: Vec<_> =
            records().into_iter().zip(splits).map(|(record, split)| Record { split: Some(split), ..record }).collect();
        let entries = entries(written_of(&FORMAT, about(bare(), hashes()), &records));
        assert_eq!(lines(&entries, "validation")[0]["label"], "=cmd()");
        let train = lines(&entries, "train");
        assert_eq!((train.len(), &train[1]["file_name"], &train[1]["path"]), (3, &"=d.jpg".into(), &"=d.jpg".into()));
        let (name, readme) = entries.last().unwrap();
        assert!(name == "README.md" && readme.ends_with("---\n\n# Creatures\n"), "{readme}");
        for part in ["train", "validation", "audit"] {
            assert!(readme.contains(&format!("  - split: {part}\n    path: \"{part}/**\"\n")), "{readme}");
        }
    }

    #[test]
    fn sets_are_marks_of_the_classes_in_their_order() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let entries = entries(written_of(&FORMAT, about(columns, hashes()), &sets()));
        let lines = lines(&entries, "train");
        assert_eq!((&lines[0]["labels"], &lines[0]["classes"]), (&serde_json::json!([1, 0, 0, 1]), &"cat|=dog".into()));
        assert_eq!((&lines[2]["labels"], &lines[2]["classes"]), (&serde_json::json!([0, 0, 0, 0]), &"|".into()));
    }
}
