//! A zip with one folder per class (below one per split, where there is one) and the table as `manifest.csv`.
//!
//! **Invariant:** fixed times and permissions and no compression (pictures are compressed), so the same records give the
//! same bytes; names inside are safe to unpack on any system, and no two entries share one, whatever letters' case means.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::csv::Table;
use super::{Columns, ExportError, Locate, Record, Writer};

/// The format `imagefolder`.
pub struct ImageFolder {
    zip: ZipWriter<BufWriter<File>>,
    table: Table<Vec<u8>>,
    locate: Locate,
    /// Folder of each class.
    folders: HashMap<String, String>,
    /// Lower-case names in use.
    used: HashSet<String>,
}

impl ImageFolder {
    pub fn new(file: File, columns: Columns, locate: Locate) -> Result<Self, ExportError> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(file)),
            table: Table::new(Vec::new(), columns)?,
            locate,
            folders: HashMap::new(),
            used: HashSet::new(),
        })
    }

    fn folder(&mut self, class: &str) -> String {
        if let Some(folder) = self.folders.get(class) {
            return folder.clone();
        }
        let plain = plain(class);
        let taken = |name: &str| self.folders.values().any(|folder| folder.eq_ignore_ascii_case(name));
        let mut folder = plain.clone();
        for n in 2.. {
            if !taken(&folder) {
                break;
            }
            folder = format!("{plain}_{n}");
        }
        self.folders.insert(class.to_owned(), folder.clone());
        folder
    }

    fn entry(&mut self, record: &Record) -> String {
        let class = self.folder(&record.class);
        let folder = record.split.map_or_else(|| class.clone(), |split| format!("{split}/{class}"));
        let file = plain(record.path.rsplit('/').next().unwrap_or(&record.path));
        let name = format!("{folder}/{file}");
        if self.used.insert(name.to_lowercase()) {
            return name;
        }
        // The same name from another folder: the content hash tells them apart, and does not depend on the order.
        let (stem, ending) = file.rsplit_once('.').map_or((file.as_str(), ""), |(stem, ending)| (stem, ending));
        let dot = if ending.is_empty() { "" } else { "." };
        let name = format!("{folder}/{stem}-{}{dot}{ending}", record.sha256);
        self.used.insert(name.to_lowercase());
        name
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// A class or file name as one part of a path that every system takes.
fn plain(name: &str) -> String {
    let mut plain: String =
        (name.chars()).map(|c| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c }).take(150).collect();
    // Windows drops trailing dots and blanks; a leading dot hides.
    while plain.ends_with(['.', ' ']) {
        plain.pop();
        plain.push('_');
    }
    if plain.starts_with('.') {
        plain.replace_range(..1, "_");
    }
    if plain.is_empty() { "_".to_owned() } else { plain }
}

impl Writer for ImageFolder {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let missing = |source| ExportError::Missing { name: record.path.clone(), source };
        let mut picture = File::open((self.locate)(&record.sha256)).map_err(missing)?;
        let entry = self.entry(record);
        self.zip.start_file(&entry, options())?;
        std::io::copy(&mut picture, &mut self.zip)?;
        // The path column says where the picture lies in this archive, so that the table imports again beside it.
        self.table.write(&Record { path: entry, ..record.clone() })
    }

    fn finish(mut self: Box<Self>) -> Result<File, ExportError> {
        self.zip.start_file("manifest.csv", options())?;
        self.zip.write_all(&self.table.finish()?)?;
        self.zip.finish()?.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

#[cfg(test)]
mod tests {
    use std::io::{Cursor, Read as _};

    use super::super::Format;
    use super::super::testing::{columns, written};
    use super::*;

    #[test]
    fn names_are_safe_and_distinct_and_the_bytes_repeat() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        for id in 1..=5 {
            std::fs::write(root.join(format!("{id:064x}")), format!("picture {id}")).unwrap();
        }
        let locate = |root: std::path::PathBuf| -> Locate { Box::new(move |hash| root.join(hash)) };
        let bytes = written(Format::ImageFolder, columns(), locate(root.clone()));
        assert_eq!(bytes, written(Format::ImageFolder, columns(), locate(root)));
        let mut zip = zip::ZipArchive::new(Cursor::new(bytes)).unwrap();
        let names: Vec<String> =
            (0..zip.len()).map(|i| zip.by_index(i).unwrap().name().unwrap().into_owned()).collect();
        assert_eq!(names[0], "train/cat/plain.jpg");
        assert_eq!(names[1], "train/=cmd()/quo_te, comma.jpg");
        assert_eq!(names[2], "train/cat/new_line.jpg");
        assert_eq!(names[3], "train/a_b/=d.jpg");
        assert_eq!(names[4], format!("train/cat/plain-{:064x}.jpg", 5));
        let mut fifth = String::new();
        zip.by_index(4).unwrap().read_to_string(&mut fifth).unwrap();
        assert_eq!(fifth, "picture 5");
        assert_eq!(names[5], "manifest.csv");
    }

    #[test]
    fn a_missing_picture_is_an_error_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        let locate: Locate = Box::new(move |hash| root.join(hash));
        let file = tempfile::tempfile().unwrap();
        let mut writer = super::super::writer(Format::ImageFolder, file, columns(), locate).unwrap();
        let error = writer.write(&super::super::testing::records()[0]).unwrap_err();
        assert!(error.to_string().contains("a/plain.jpg"), "{error}");
    }
}
