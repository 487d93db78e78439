//! COCO: a zip of `images/` and one JSON file per split (`annotations.json` without one), image-level: an annotation names its
//! image and its category and has no box.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;

use serde_json::json;

use super::archive::{Archive, SideFile};
use super::{DatasetAbout, ExportError, Extra, Format, Record, Writer};

pub(super) const FORMAT: Format = Format {
    name: "coco",
    about: "A zip with COCO's JSON, labels of whole pictures.",
    ending: "zip",
    shape: "has images and their categories",
    lacks: &[Extra::Texts, Extra::Rows, Extra::Skips, Extra::Votes, Extra::Flags, Extra::Predictions],
    open: |file, about| Ok(Box::new(Coco::new(file, about))),
};

/// The file of samples without a split.
const ALL: &str = "annotations";

struct Coco {
    archive: Archive,
    title: String,
    classes: Vec<(i64, String)>,
    ids: HashMap<String, i64>,
    parts: BTreeMap<&'static str, Lists>,
    annotations: i64,
}

/// What a JSON file will hold; both lists grow at once.
struct Lists {
    images: SideFile,
    annotations: SideFile,
    n: (usize, usize),
}

/// An entry of a list.
fn push(list: &mut SideFile, n: &mut usize, entry: &serde_json::Value) -> Result<(), ExportError> {
    list.write_all(if *n == 0 { b"\n" } else { b",\n" })?;
    *n += 1;
    Ok(serde_json::to_writer(list, entry)?)
}

impl Coco {
    fn new(file: File, about: DatasetAbout) -> Self {
        Self {
            ids: about.classes.iter().map(|(id, name)| (name.clone(), *id)).collect(),
            archive: Archive::new(file, about.fetch),
            title: about.title,
            classes: about.classes,
            parts: BTreeMap::new(),
            annotations: 0,
        }
    }
}

impl Writer for Coco {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let path = self.archive.listed(record)?;
        let lists = self.parts.entry(record.split.unwrap_or(ALL)).or_insert_with(|| Lists {
            images: SideFile::new(),
            annotations: SideFile::new(),
            n: (0, 0),
        });
        let mut image = json!({ "id": record.sample_id, "file_name": path, "sha256": record.sha256 });
        if let Some((width, height)) = record.pixels {
            image["width"] = width.into();
            image["height"] = height.into();
        }
        if let Some(metadata) = &record.metadata {
            image["metadata"] = json!(metadata);
        }
        push(&mut lists.images, &mut lists.n.0, &image)?;
        for name in record.names().unwrap_or_default() {
            let Some(category) = self.ids.get(name) else { continue };
            self.annotations += 1;
            let annotation = json!({
                "id": self.annotations, "image_id": record.sample_id, "category_id": category, "iscrowd": 0
            });
            push(&mut lists.annotations, &mut lists.n.1, &annotation)?;
        }
        Ok(())
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        let category = |(id, name): &(i64, String)| json!({ "id": id, "name": name, "supercategory": "" });
        let categories: Vec<_> = self.classes.iter().map(category).collect();
        let head = json!({ "description": self.title });
        for (part, lists) in std::mem::take(&mut self.parts) {
            self.archive.file(&format!("{part}.json"), |out| {
                write!(out, "{{\"info\": {head},\n\"licenses\": [],\n\"categories\": {},\n", json!(categories))?;
                out.write_all(b"\"images\": [")?;
                lists.images.copy_to(out)?;
                out.write_all(b"],\n\"annotations\": [")?;
                lists.annotations.copy_to(out)?;
                Ok(out.write_all(b"]}\n")?)
            })?;
        }
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::super::ExportColumns;
    use super::super::testing::{about, entries, hashes, sets, written_of};
    use super::FORMAT;

    #[test]
    fn an_image_has_an_annotation_for_each_of_its_classes() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let entries = entries(written_of(&FORMAT, about(columns, hashes()), &sets()));
        let (name, text) = entries.last().unwrap();
        assert_eq!(name, "train.json");
        let file: Value = serde_json::from_str(text).unwrap();
        let of = |list: &str, key: &str| -> Vec<i64> {
            file[list].as_array().unwrap().iter().map(|one| one[key].as_i64().unwrap()).collect()
        };
        assert_eq!((of("images", "id"), of("images", "height")), (vec![1, 2, 3], vec![21, 22, 23]));
        assert_eq!(
            (of("annotations", "image_id"), of("annotations", "category_id")),
            (vec![1, 1, 2], vec![11, 14, 13])
        );
        assert_eq!(file["categories"][2], serde_json::json!({ "id": 13, "name": "a/b", "supercategory": "" }));
    }
}
