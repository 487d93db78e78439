//! Names of files inside a source: which are safe, what their folders say, and which are not data.

use std::collections::BTreeSet;

use crate::domain::text;

/// `raw` as a relative, `/`-separated path without `.` parts, in composed letters, or why it is refused.
///
/// # Errors
/// The reason, when the name is absolute, climbs out with `..`, or cannot be a file's name.
pub fn safe(raw: &str) -> Result<String, &'static str> {
    tidy(raw).map(|name| text::composed(&name))
}

/// As [`safe`], with the letters as they are: what a system may have called the file.
pub(super) fn tidy(raw: &str) -> Result<String, &'static str> {
    // Archives packed on Windows may use the backslash, which then separates; elsewhere it is still refused, since
    // a name that means two things on two systems is a trap.
    let slashed = raw.replace('\\', "/");
    let drive = slashed.as_bytes();
    if slashed.starts_with('/') || (drive.len() > 1 && drive[1] == b':' && drive[0].is_ascii_alphabetic()) {
        return Err("the path is absolute; pack it relative to one folder");
    }
    if slashed.contains('\0') {
        return Err("the name holds a zero byte; rename the file");
    }
    if slashed.len() > 1000 {
        return Err("the path is longer than 1000 bytes; shorten it");
    }
    let parts: Vec<&str> = slashed.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    if parts.contains(&"..") {
        return Err("the path climbs out of the source with `..`; pack it relative to one folder");
    }
    if parts.is_empty() {
        return Err("the name is empty; rename the file");
    }
    Ok(parts.join("/"))
}

/// A name that is not UTF-8, with its bytes written out, so that distinct names stay distinct.
pub fn escaped(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.utf8_chunks().fold(String::new(), |mut name, chunk| {
        name.push_str(chunk.valid());
        for byte in chunk.invalid() {
            let _ = write!(name, "\\x{byte:02x}");
        }
        name
    })
}

/// Folders that systems and programs keep for themselves.
const SYSTEMS_FOLDERS: [&str; 15] = [
    "__macosx",
    ".git",
    ".svn",
    ".hg",
    ".ipynb_checkpoints",
    "@eadir",
    ".trash",
    ".trashes",
    ".spotlight-v100",
    ".fseventsd",
    ".appledouble",
    ".thumbnails",
    ".temporaryitems",
    "$recycle.bin",
    "system volume information",
];
/// Files that systems leave.
const SYSTEMS_FILES: [&str; 9] = [
    ".ds_store",
    ".directory",
    ".localized",
    ".gitignore",
    ".gitattributes",
    ".gitkeep",
    "thumbs.db",
    "ehthumbs.db",
    "desktop.ini",
];
/// Text beside pictures, by its ending …
const TEXTS: [&str; 18] = [
    "txt", "md", "markdown", "rst", "csv", "tsv", "json", "jsonl", "ndjson", "xml", "yaml", "yml", "toml", "ini",
    "cfg", "log", "html", "htm",
];
/// … and by its whole name.
const TEXT_NAMES: [&str; 10] =
    ["readme", "license", "licence", "notice", "copying", "authors", "changelog", "citation", "md5sums", "sha256sums"];

/// Why a file is passed over, if it is a system file or a text rather than data.
pub fn passed_over(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    let mut parts = name.rsplit('/');
    let file = parts.next().unwrap_or_default();
    if file.starts_with("._") || SYSTEMS_FILES.contains(&file) || parts.any(|part| SYSTEMS_FOLDERS.contains(&part)) {
        return Some("a system left it");
    }
    if is_table(file) && !is_json(file) {
        return Some("a table; import it by itself, or name its column of labels");
    }
    let text = match file.rsplit_once('.') {
        Some((_, ending)) => TEXTS.contains(&ending),
        None => TEXT_NAMES.contains(&file),
    };
    text.then_some("a text file")
}

/// Endings of texts that are samples where samples are texts.
const PROSE: [&str; 6] = ["txt", "text", "md", "markdown", "rst", "log"];

/// As [`passed_over`], where samples are texts.
pub(super) fn passed_over_among_texts(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let file = lower.rsplit('/').next().unwrap_or_default();
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    if TEXT_NAMES.contains(&stem) {
        return Some("it is about the data");
    }
    if is_picture(file) {
        return Some("a picture");
    }
    match passed_over(name) {
        Some("a text file") => match ending(file) {
            Some(ending) if !PROSE.contains(&ending.as_str()) && ending != "html" && ending != "htm" => {
                Some("a file of settings or data")
            }
            _ => None,
        },
        other => other,
    }
}

/// Tables that list samples where samples are tables too, without their ending.
const LISTS: [&str; 5] = ["manifest", "metadata", "labels", "index", "classes"];

/// Whether a file may be a time series: a table that is not called like a list of them.
pub(super) fn is_series(name: &str) -> bool {
    let file = name.rsplit('/').next().unwrap_or_default().to_lowercase();
    let stem = file.split_once('.').map_or(file.as_str(), |(stem, _)| stem);
    matches!(ending(&file).as_deref(), Some("csv" | "tsv" | "txt")) && !LISTS.contains(&stem)
}

/// As [`passed_over`], where samples are time series.
pub(super) fn passed_over_among_series(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let file = lower.rsplit('/').next().unwrap_or_default();
    let stem = file.split_once('.').map_or(file, |(stem, _)| stem);
    if TEXT_NAMES.contains(&stem) {
        return Some("it is about the data");
    }
    match passed_over(name) {
        Some(reason) if reason != "a system left it" && is_series(name) => None,
        None if is_picture(file) => Some("a picture"),
        other => other,
    }
}

/// As [`passed_over`], where samples are rows of tables: files of one row each are JSON.
pub(super) fn passed_over_among_rows(name: &str) -> Option<&'static str> {
    let lower = name.to_lowercase();
    let file = lower.rsplit('/').next().unwrap_or_default();
    match passed_over(name) {
        Some("a text file") if is_json(file) => None,
        None if is_picture(file) => Some("a picture"),
        other => other,
    }
}

pub(super) fn ending(name: &str) -> Option<String> {
    name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase())
}

/// Whether a file is an archive, by its ending.
pub fn is_archive(name: &str) -> bool {
    matches!(ending(name).as_deref(), Some("zip" | "tar" | "gz" | "tgz" | "bz2" | "xz" | "zst" | "7z" | "rar"))
}

/// Whether a file is a table of files, by its ending.
pub fn is_table(name: &str) -> bool {
    matches!(ending(name).as_deref(), Some("csv" | "tsv" | "jsonl" | "ndjson" | "json"))
}

/// Whether a file is one JSON value, by its ending: it may list files, and may be anything else.
pub fn is_json(name: &str) -> bool {
    ending(name).as_deref() == Some("json")
}

/// Whether a file is a picture, by its ending.
pub(crate) fn is_picture(name: &str) -> bool {
    matches!(ending(name).as_deref(), Some("jpg" | "jpeg" | "png" | "webp" | "bmp" | "tif" | "tiff" | "gif"))
}

/// Folders that part a dataset rather than name a class.
const SPLITS: [&str; 6] = ["train", "val", "valid", "validation", "test", "dev"];

/// What the folders of a file say: its class, and its part of the dataset.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct PlaceInSource<'a> {
    pub class: Option<&'a str>,
    pub split: Option<String>,
}

/// What the folders of `name` say. A folder called like a split is one, unless the project has a class of that name.
pub(super) fn place<'a>(name: &'a str, classes: &BTreeSet<String>) -> PlaceInSource<'a> {
    let is_split = |part: &str| SPLITS.contains(&part.to_lowercase().as_str()) && !classes.contains(part);
    let folders: Vec<&str> = name.rsplit('/').skip(1).collect();
    PlaceInSource {
        class: folders.iter().copied().find(|part| !is_split(part)),
        split: folders.iter().find(|part| is_split(part)).map(|part| part.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_leave_the_source_are_refused() {
        for bad in
            ["../a.jpg", "a/../../b.jpg", "/etc/passwd", "C:\\x.jpg", "\\\\host\\x", "..\\a.jpg", "", "./", "a\0b"]
        {
            assert!(safe(bad).is_err(), "{bad:?} was taken");
        }
        assert!(safe(&"a/".repeat(600)).is_err());
    }

    #[test]
    fn plain_names_are_kept_and_tidied() {
        assert_eq!(safe("./a//b.jpg"), Ok("a/b.jpg".to_owned()));
        assert_eq!(safe("a\\b.jpg"), Ok("a/b.jpg".to_owned()));
        assert_eq!(safe("a..b/c d.jpg"), Ok("a..b/c d.jpg".to_owned()));
        assert_eq!(safe("Ka\u{308}fer/a.jpg"), safe("K\u{e4}fer/a.jpg"));
    }

    #[test]
    fn only_leavings_and_texts_are_passed_over() {
        for name in [
            ".git/x.jpg",
            "a/.DS_Store",
            "x/README.md",
            "LICENSE",
            "__MACOSX/a.jpg",
            "a/._b.jpg",
            "n/manifest.csv",
            "Thumbs.db",
            "license.jpg.txt",
        ] {
            assert!(passed_over(name).is_some(), "{name} was kept");
        }
        for name in [
            "license.jpg",
            "license.002.jpg",
            "notice.png",
            "readme.webp",
            "labels/a.jpg",
            ".photo.jpg",
            "a/notice.board.jpg",
            "no-ending",
        ] {
            assert_eq!(passed_over(name), None, "{name}");
        }
    }

    #[test]
    fn among_texts_other_files_are_data() {
        for name in ["a.txt", "b/notes.MD", "mail", "page.html", "a.log"] {
            assert_eq!(passed_over_among_texts(name), None, "{name}");
        }
        for name in ["README.md", "a/LICENSE", "a.jpg", ".DS_Store", "__MACOSX/a.txt", "t.csv", "config.yaml", "x.json"]
        {
            assert!(passed_over_among_texts(name).is_some(), "{name} was kept");
        }
    }

    #[test]
    fn among_series_tables_are_data_unless_they_list_others() {
        for name in ["a/pump-1.csv", "x.TSV", "b.txt"] {
            assert_eq!(passed_over_among_series(name), None, "{name}");
        }
        for name in ["README.txt", "manifest.csv", "a/labels.csv", "x.jsonl", "y.png", ".DS_Store"] {
            assert!(passed_over_among_series(name).is_some(), "{name} was kept");
        }
    }

    #[test]
    fn a_split_is_no_class() {
        let known = BTreeSet::new();
        let says = |name: &'static str| {
            let place = place(name, &known);
            (place.class, place.split)
        };
        for (name, class, split) in [
            ("train/1.jpg", None, Some("train")),
            ("cat/Train/1.jpg", Some("cat"), Some("train")),
            ("VALIDATION/cat/1.jpg", Some("cat"), Some("validation")),
            ("x/dev/cat/1.jpg", Some("cat"), Some("dev")),
            ("data/cat/sub/1.jpg", Some("sub"), None),
            ("1.jpg", None, None),
        ] {
            assert_eq!(says(name), (class, split.map(str::to_owned)), "{name}");
        }
        let trains = BTreeSet::from(["train".to_owned()]);
        assert_eq!(
            place("test/train/1.jpg", &trains),
            PlaceInSource { class: Some("train"), split: Some("test".to_owned()) }
        );
    }

    #[test]
    fn bytes_that_are_no_letters_are_written_out() {
        assert_eq!(escaped(b"K\xe4fer/\xc3\xa4.jpg"), "K\\xe4fer/ä.jpg");
    }
}
