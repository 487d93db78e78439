//! A zip being written: pictures under names that every system takes, and the files beside them.
//!
//! **Invariant:** fixed times and permissions and no compression (pictures are compressed), so the same records give
//! the same bytes; names inside are safe to unpack on any system, and no two entries share one, even where case is
//! ignored.

use std::collections::HashSet;
use std::fs::File;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::io::{BufWriter, Read, Seek as _, Write};

use tempfile::SpooledTempFile;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use super::{ExportError, Fetch, Record};
use crate::domain::text::folded;

/// The folder of pictures in archives where a list says what they are.
pub(super) const PICTURES: &str = "images";
/// Side files up to this size are collected in memory, larger ones on disk.
const IN_MEMORY: usize = 1 << 18;

pub(super) struct Archive {
    zip: ZipWriter<BufWriter<File>>,
    fetch: Fetch,
    /// Digests of the folded names in use: names themselves would fill memory. Two names of one digest only make the second
    /// one longer.
    used: HashSet<u64>,
}

impl Archive {
    pub(super) fn new(file: File, fetch: Fetch) -> Self {
        Self { zip: ZipWriter::new(BufWriter::new(file)), fetch, used: HashSet::new() }
    }

    /// Add the picture of `record` to `folder` under its own name; returns where it is.
    pub(super) fn picture(&mut self, folder: &str, record: &Record) -> Result<String, ExportError> {
        self.picture_as(folder, record.path.rsplit('/').next().unwrap_or(&record.path), record)
    }

    /// As [`Archive::picture`], in the one folder of all pictures, without blanks in its name, which separate words in lists.
    pub(super) fn listed(&mut self, record: &Record) -> Result<String, ExportError> {
        let file = record.path.rsplit('/').next().unwrap_or(&record.path);
        self.picture_as(PICTURES, &file.replace(char::is_whitespace, "_"), record)
    }

    fn picture_as(&mut self, folder: &str, file: &str, record: &Record) -> Result<String, ExportError> {
        let missing = |source| ExportError::Missing { name: record.path.clone(), source };
        let mut picture = (self.fetch)(&record.sha256).map_err(missing)?;
        let (stem, ending) = ending_of(file);
        let mut name = format!("{folder}/{}", part(stem, "", ending));
        if !self.used.insert(digest(&name)) {
            // The same name from another folder: the content hash tells them apart, and does not depend on the order.
            name = format!("{folder}/{}", part(stem, &format!("-{}", record.sha256), ending));
            self.used.insert(digest(&name));
        }
        self.zip.start_file(&name, options())?;
        std::io::copy(&mut picture, &mut self.zip)?;
        Ok(name)
    }

    /// Add an empty folder.
    pub(super) fn folder(&mut self, name: &str) -> Result<(), ExportError> {
        Ok(self.zip.add_directory(name, options().unix_permissions(0o755))?)
    }

    /// Add a file that `write` fills.
    pub(super) fn file(
        &mut self,
        name: &str,
        write: impl FnOnce(&mut dyn Write) -> Result<(), ExportError>,
    ) -> Result<(), ExportError> {
        self.zip.start_file(name, options())?;
        write(&mut self.zip)
    }

    /// Add a file that was collected beside the archive.
    pub(super) fn collected(&mut self, name: &str, part: SideFile) -> Result<(), ExportError> {
        self.file(name, |out| part.copy_to(out))
    }

    pub(super) fn finish(self) -> Result<File, ExportError> {
        self.zip.finish()?.into_inner().map_err(|error| ExportError::Io(error.into_error()))
    }
}

/// A file that grows beside an archive, which takes one entry at a time.
pub(super) struct SideFile(BufWriter<SpooledTempFile>);

impl SideFile {
    pub(super) fn new() -> Self {
        Self(BufWriter::new(SpooledTempFile::new(IN_MEMORY)))
    }

    /// Append all of it to `out`.
    pub(super) fn copy_to(self, out: &mut dyn Write) -> Result<(), ExportError> {
        let mut file = self.0.into_inner().map_err(std::io::IntoInnerError::into_error)?;
        file.rewind()?;
        let mut buffer = vec![0; 1 << 16];
        loop {
            let n = file.read(&mut buffer)?;
            if n == 0 {
                return Ok(());
            }
            out.write_all(&buffer[..n])?;
        }
    }
}

impl Write for SideFile {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.0.flush()
    }
}

fn digest(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    folded(name).hash(&mut hasher);
    hasher.finish()
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
pub(super) fn part(stem: &str, more: &str, ending: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::super::testing::{hashes, records};
    use super::*;

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
        let gone: Fetch = Box::new(|_| Err(std::io::ErrorKind::NotFound.into()));
        let mut archive = Archive::new(tempfile::tempfile().unwrap(), gone);
        let error = archive.picture("cat", &records()[0]).unwrap_err();
        assert!(error.to_string().contains("a/plain.jpg"), "{error}");
    }

    #[test]
    fn names_in_one_folder_have_no_blanks_and_stay_distinct() {
        let mut archive = Archive::new(tempfile::tempfile().unwrap(), hashes());
        let names: Vec<_> = records().iter().map(|record| archive.listed(record).unwrap()).collect();
        assert_eq!(names[..3], ["images/plain.jpg", "images/quo_te,_comma.jpg", "images/new_line.jpg"]);
        assert_eq!(names[4], format!("images/plain-{:064x}.jpg", 5));
    }

    #[test]
    fn what_is_collected_aside_is_whole_also_beyond_memory() {
        let mut side = SideFile::new();
        let bytes: Vec<u8> = (0..IN_MEMORY * 3).map(|i| i as u8).collect();
        side.write_all(&bytes).unwrap();
        let mut out = Vec::new();
        side.copy_to(&mut out).unwrap();
        assert_eq!(out, bytes);
    }
}
