//! A zip with one folder per class (below one per split, where there is one) and the table as `manifest.csv`.
//!
//! **Invariant:** fixed times and permissions and no compression (pictures are compressed), so the same records give
//! the same bytes; names inside are safe to unpack on any system, and no two entries share one, even where case is
//! ignored. Folder names cannot represent every class exactly, so `manifest.csv` is authoritative, and an import reads
//! classes from it.

use std::collections::{HashMap, HashSet};
use std::fs::File;
use std::io::{BufWriter, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::csv::CsvTable;
use super::{ExportColumns, ExportError, Fetch, Format, Record, Writer};
use crate::domain::Task;
use crate::domain::text::folded;

pub(super) const FORMAT: Format = Format {
    name: "imagefolder",
    about: "A zip with one folder per class, pictures included.",
    ending: "zip",
    // A file is in one folder only.
    refuses: |task| (task == Task::Multi).then_some("keeps one folder for each class"),
    open: |file, columns, fetch| Ok(Box::new(ImageFolder::new(file, columns, fetch)?)),
};

struct ImageFolder {
    zip: ZipWriter<BufWriter<File>>,
    table: CsvTable<Vec<u8>>,
    fetch: Fetch,
    /// Folder of each class.
    folders: HashMap<String, String>,
    /// Names in use, folded.
    used: HashSet<String>,
}

impl ImageFolder {
    fn new(file: File, columns: ExportColumns, fetch: Fetch) -> Result<Self, ExportError> {
        Ok(Self {
            zip: ZipWriter::new(BufWriter::new(file)),
            table: CsvTable::new(Vec::new(), columns)?,
            fetch,
            folders: HashMap::new(),
            used: HashSet::new(),
        })
    }

    /// The folder of a class. `manifest.csv` has the class itself, which an import reads.
    fn folder(&mut self, class: &str) -> String {
        if let Some(folder) = self.folders.get(class) {
            return folder.clone();
        }
        let plain = part(class, "", "");
        let taken = |name: &str| self.folders.values().any(|folder| folded(folder) == folded(name));
        let mut folder = plain;
        for n in 2.. {
            if !taken(&folder) {
                break;
            }
            folder = part(class, &format!("_{n}"), "");
        }
        self.folders.insert(class.to_owned(), folder.clone());
        folder
    }

    fn entry(&mut self, record: &Record) -> String {
        let class = self.folder(&record.class);
        let folder = record.split.map_or_else(|| class.clone(), |split| format!("{split}/{class}"));
        let file = record.path.rsplit('/').next().unwrap_or(&record.path);
        let (stem, ending) = ending_of(file);
        let name = format!("{folder}/{}", part(stem, "", ending));
        if self.used.insert(folded(&name)) {
            return name;
        }
        // The same name from another folder: the content hash tells them apart, and does not depend on the order.
        let name = format!("{folder}/{}", part(stem, &format!("-{}", record.sha256), ending));
        self.used.insert(folded(&name));
        name
    }
}

fn options() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644)
}

/// Bytes that one part of a path may have on any system.
const MOST_BYTES: usize = 255;
/// Names that Windows reserves for devices, with any extension.
const DEVICES: [&str; 22] = [
    "con", "prn", "aux", "nul", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt1", "lpt2",
    "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9",
];

/// A file's name before its ending, and the ending with its dot; what is long or holds blanks is not an ending.
fn ending_of(file: &str) -> (&str, &str) {
    match file.rfind('.') {
        Some(at) if at > 0 && file.len() - at <= 16 && !file[at..].contains(' ') => file.split_at(at),
        _ => (file, ""),
    }
}

/// `stem`, `more` and `ending` as one part of a path that every system takes: `stem` is what is changed and cut.
fn part(stem: &str, more: &str, ending: &str) -> String {
    let plain = |c: char| if c.is_control() || r#"/\:*?"<>|"#.contains(c) { '_' } else { c };
    let ending: String = ending.chars().map(plain).collect();
    let mut name: String = stem.chars().map(plain).collect();
    // A leading dot hides.
    if name.starts_with('.') {
        name.replace_range(..1, "_");
    }
    let device = name.split('.').next().unwrap_or_default().trim_end_matches(' ').to_ascii_lowercase();
    if DEVICES.contains(&device.as_str()) {
        name.insert(0, '_');
    }
    let room = MOST_BYTES.saturating_sub(more.len() + ending.len());
    name.truncate(name.floor_char_boundary(room));
    name.push_str(more);
    name.push_str(&ending);
    // Windows drops trailing dots and blanks.
    while name.ends_with(['.', ' ']) {
        name.pop();
        name.push('_');
    }
    if name.is_empty() { "_".to_owned() } else { name }
}

impl Writer for ImageFolder {
    fn write(&mut self, record: &Record) -> Result<(), ExportError> {
        let missing = |source| ExportError::Missing { name: record.path.clone(), source };
        let mut picture = (self.fetch)(&record.sha256).map_err(missing)?;
        let entry = self.entry(record);
        self.zip.start_file(&entry, options())?;
        std::io::copy(&mut picture, &mut self.zip)?;
        // The path column says where the picture is in this archive, so that the table can be imported beside it.
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

    use super::super::testing::{columns, written};
    use super::*;

    fn from(root: std::path::PathBuf) -> Fetch {
        Box::new(move |hash| Ok(Box::new(File::open(root.join(hash))?)))
    }

    #[test]
    fn names_are_safe_and_distinct_and_the_bytes_repeat() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path().to_owned();
        for id in 1..=5 {
            std::fs::write(root.join(format!("{id:064x}")), format!("picture {id}")).unwrap();
        }
        let bytes = written(&FORMAT, columns(), from(root.clone()));
        assert_eq!(bytes, written(&FORMAT, columns(), from(root)));
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
    fn parts_are_cut_before_their_ending_and_are_no_devices() {
        let file = |name: &str| {
            let (stem, ending) = ending_of(name);
            part(stem, "", ending)
        };
        assert_eq!(file("a.b c.jpg"), "a.b c.jpg");
        for long in ["L".repeat(300), "写".repeat(100), "é".repeat(200)] {
            let cut = file(&format!("{long}.jpg"));
            assert!(cut.len() <= 255 && cut.len() > 250 && ending_of(&cut).1 == ".jpg", "{cut}");
            let class = part(&long, "_2", "");
            assert!(class.len() <= 255 && class.ends_with("_2"), "{class}");
        }
        for (name, plain) in [
            ("CON", "_CON"),
            ("nul.jpg", "_nul.jpg"),
            ("aux.tar.txt", "_aux.tar.txt"),
            ("console.jpg", "console.jpg"),
            (".hidden", "_hidden"),
            ("dots...", "dots.._"),
            ("", "_"),
        ] {
            assert_eq!(file(name), plain);
        }
    }

    #[test]
    fn a_missing_picture_is_an_error_with_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let mut writer = (FORMAT.open)(tempfile::tempfile().unwrap(), columns(), from(dir.path().to_owned())).unwrap();
        let error = writer.write(&super::super::testing::records()[0]).unwrap_err();
        assert!(error.to_string().contains("a/plain.jpg"), "{error}");
    }
}
