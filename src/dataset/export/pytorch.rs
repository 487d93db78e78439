//! For a `Dataset` of a few lines, see `docs/export.md`: a zip of `images/`, `classes.txt` with a name per line, and `samples.csv`
//! with the columns `file`, `split` and `target`, the places of the sample's classes in that list with blanks between.

use std::collections::HashMap;
use std::fs::File;

use super::archive::{Archive, SideFile};
use super::{BARE, ExportError, Format, Record, Writer};

pub(super) const FORMAT: Format = Format {
    name: "pytorch",
    about: "A zip with samples.csv and classes.txt, for a Dataset of a few lines.",
    ending: "zip",
    shape: "has a list of files and class indices",
    lacks: BARE,
    open: |file, about| {
        let mut samples = csv::Writer::from_writer(SideFile::new());
        samples.write_record(["file", "split", "target"])?;
        Ok(Box::new(PyTorch {
            places: about.places(),
            names: about.classes.iter().map(|(_, name)| name.clone()).collect(),
            archive: Archive::new(file, about.fetch),
            samples,
        }))
    },
};

struct PyTorch {
    archive: Archive,
    places: HashMap<String, usize>,
    names: Vec<String>,
    samples: csv::Writer<SideFile>,
}

impl Writer for PyTorch {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let path = self.archive.listed(record)?;
        let places = record.names().unwrap_or_default().iter().filter_map(|name| self.places.get(name));
        let target: Vec<_> = places.map(ToString::to_string).collect();
        Ok(self.samples.write_record([path.as_str(), record.split.unwrap_or_default(), &target.join(" ")])?)
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        let samples = self.samples.into_inner().map_err(|error| ExportError::Io(error.into_error()))?;
        self.archive.collected("samples.csv", samples)?;
        let names = self.names.join("\n");
        self.archive.file("classes.txt", |out| Ok(writeln!(out, "{names}")?))?;
        self.archive.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::super::ExportColumns;
    use super::super::testing::{about, entries, hashes, sets, written_of};
    use super::FORMAT;

    #[test]
    fn targets_are_places_in_the_list_of_classes() {
        let columns = ExportColumns { sets: true, ..ExportColumns::default() };
        let entries = entries(written_of(&FORMAT, about(columns, hashes()), &sets()));
        let samples: Vec<_> = entries[3].1.lines().collect();
        assert_eq!(samples[1], "images/plain.jpg,train,0 3");
        assert!(samples[3].ends_with(",train,"), "{samples:?}");
        assert_eq!(entries[4], ("classes.txt".to_owned(), "cat\n=cmd()\na/b\n=dog\n".to_owned()));
    }
}
