//! YOLO classification: a zip of `train`, `val` and `test`, each with one folder per class.
//!
//! Readers number classes by the sorted folders of `train`, so every class has one there, also if it is empty.

use std::fs::File;

use super::image_folder::ImageFolder;
use super::{DatasetAbout, ExportError, Extra, Format, Record, Writer};

/// The split of samples without one.
const UNSPLIT: &str = "train";

pub(super) const FORMAT: Format = Format {
    name: "yolo",
    about: "A zip of train, val and test with one folder per class, for YOLO.",
    ending: "zip",
    shape: "has one folder for each class",
    lacks: &[Extra::Texts, Extra::Rows, Extra::Sets, Extra::Skips],
    open: |file, about| Ok(Box::new(Yolo::new(file, about)?)),
};

struct Yolo(ImageFolder);

impl Yolo {
    fn new(file: File, about: DatasetAbout) -> Result<Self, ExportError> {
        let classes: Vec<String> = about.classes.iter().map(|(_, name)| name.clone()).collect();
        let mut folders = ImageFolder::new(file, about, Some(UNSPLIT))?;
        for class in classes {
            let folder = folders.folder(&class);
            folders.archive().folder(&format!("{UNSPLIT}/{folder}/"))?;
        }
        Ok(Self(folders))
    }
}

impl Writer for Yolo {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        self.0.write(record)
    }

    fn finish(self: Box<Self>) -> Result<File, ExportError> {
        Box::new(self.0).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{columns, entries, hashes, written};
    use super::super::{ExportColumns, Format};

    #[test]
    fn every_class_has_a_folder_to_train_on_and_every_picture_a_split() {
        let format = Format::named("yolo").unwrap();
        for columns in [columns(), ExportColumns::default()] {
            let names: Vec<_> = entries(written(format, columns, hashes())).into_iter().map(|(name, _)| name).collect();
            assert_eq!(names[..4], ["train/cat/", "train/=cmd()/", "train/a_b/", "train/=dog/"]);
            assert_eq!(names[4], "train/cat/plain.jpg");
        }
    }
}
