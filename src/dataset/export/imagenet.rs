//! Lists as `ImageNet`'s: a zip of `images/`, for each split a text file of paths and class indices, and the names of the classes
//! in the order of their indices.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::Write as _;

use super::archive::{Archive, SideFile};
use super::{BARE_SINGLE, ExportError, Format, Record, Writer};

pub(super) const FORMAT: Format = Format {
    name: "imagenet",
    about: "A zip with lists of path and class index, as ImageNet has them.",
    ending: "zip",
    shape: "has one class index for each path",
    lacks: BARE_SINGLE,
    open: |file, about| {
        Ok(Box::new(ImageNet {
            places: about.places(),
            names: about.classes.iter().map(|(_, name)| name.clone()).collect(),
            archive: Archive::new(file, about.fetch),
            lists: BTreeMap::new(),
        }))
    },
};

/// The list of samples without a split.
const ALL: &str = "all";

struct ImageNet {
    archive: Archive,
    places: HashMap<String, usize>,
    names: Vec<String>,
    lists: BTreeMap<&'static str, SideFile>,
}

impl Writer for ImageNet {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let path = self.archive.listed(record)?;
        let list = self.lists.entry(record.split.unwrap_or(ALL)).or_insert_with(SideFile::new);
        let place = self.places.get(&record.class).copied().unwrap_or_default();
        Ok(writeln!(list, "{path} {place}")?)
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        for (split, list) in std::mem::take(&mut self.lists) {
            self.archive.collected(&format!("{split}.txt"), list)?;
        }
        let names = self.names.join("\n");
        self.archive.file("classes.txt", |out| Ok(writeln!(out, "{names}")?))?;
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{bare, entries, hashes, written};
    use super::FORMAT;

    #[test]
    fn each_path_has_the_place_of_its_class() {
        let entries = entries(written(&FORMAT, bare(), hashes()));
        let text = |name: &str| entries.iter().find(|(entry, _)| entry == name).unwrap().1.as_str();
        assert!(text("train.txt").starts_with("images/plain.jpg 0\nimages/quo_te,_comma.jpg 1\n"));
        assert_eq!(text("classes.txt"), "cat\n=cmd()\na/b\n=dog\n");
    }
}
