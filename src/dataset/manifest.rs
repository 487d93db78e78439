//! A CSV manifest: one row per file with its path, perhaps a label, and whatever else is known about it.
//!
//! **Invariant:** paths resolve relative to the manifest and never outside its folder.

use std::collections::BTreeMap;
use std::path::Path;

use super::{DatasetError, Each, Found, Item, Source, cells, file_name, name};

const PATHS: [&str; 8] = ["path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path"];
const LABELS: [&str; 4] = ["label", "class", "labels", "classes"];
/// A manifest is text about files; past this it is something else.
const MOST_BYTES: u64 = 1 << 30;
const MOST_COLUMNS: usize = 200;
const MOST_FIELD_BYTES: usize = 64 << 10;

/// Visit the files that the manifest at `path` names, in its order.
pub fn visit(path: &Path, label_column: Option<&str>, each: Each) -> Result<(), DatasetError> {
    let bad = |line, reason: String| DatasetError::Manifest { file: file_name(path), line, reason };
    let folder = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let folder = folder.canonicalize().map_err(DatasetError::io(folder))?;
    if std::fs::metadata(path).map_err(DatasetError::io(path))?.len() > MOST_BYTES {
        return Err(bad(1, "the file is larger than 1 GB; split it".to_owned()));
    }
    let bytes = std::fs::read(path).map_err(DatasetError::io(path))?;
    let text = text_of(&bytes).map_err(|(line, reason)| bad(line, reason))?;
    let header = text.lines().next().unwrap_or_default();
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter(header)).has_headers(false).from_reader(text.as_bytes());
    let mut rows = reader.records();
    let first = match rows.next() {
        Some(row) => row.map_err(|error| bad(1, reason_of(&error)))?,
        None => return Err(bad(1, "the file is empty; give it a header line such as `path,label`".to_owned())),
    };
    let columns = Columns::read(&first, label_column).map_err(|reason| bad(1, reason))?;
    let mut go = each(Item::Total(text.lines().count().saturating_sub(1) as u64));
    for row in rows {
        if go.is_break() {
            break;
        }
        let row = row.map_err(|error| bad(line_of(&error), reason_of(&error)))?;
        let line = row.position().map_or(0, csv::Position::line);
        if let Some(long) = row.iter().position(|field| field.len() > MOST_FIELD_BYTES) {
            let column = &columns.names[long];
            return Err(bad(line, format!("column `{column}` holds more than 64 KB; is a quote missing?")));
        }
        go = each(columns.item(&folder, &row, line));
    }
    Ok(())
}

/// The manifest as text without its byte-order mark, or the line where it stops being text.
fn text_of(bytes: &[u8]) -> Result<&str, (u64, String)> {
    let line_at = |at: usize| bytes[..at].split(|byte| *byte == b'\n').count() as u64;
    if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) {
        return Err((1, "the text is UTF-16; save it as UTF-8".to_owned()));
    }
    if let Some(at) = bytes.iter().position(|byte| *byte == 0) {
        return Err((line_at(at), "there is a zero byte, so this is not a text file; save it as CSV".to_owned()));
    }
    let text = std::str::from_utf8(bytes)
        .map_err(|error| (line_at(error.valid_up_to()), "the text is not UTF-8; save it as UTF-8".to_owned()))?;
    Ok(text.strip_prefix('\u{feff}').unwrap_or(text))
}

/// The separator that the header line uses most, outside quotes.
fn delimiter(header: &str) -> u8 {
    let mut quoted = false;
    let mut counts = [(b',', 0), (b';', 0), (b'\t', 0)];
    for byte in header.bytes() {
        quoted ^= byte == b'"';
        for (candidate, n) in &mut counts {
            *n += u32::from(!quoted && byte == *candidate);
        }
    }
    // The first of equals: the comma.
    counts.iter().rev().max_by_key(|(_, n)| *n).map_or(b',', |(candidate, _)| *candidate)
}

fn line_of(error: &csv::Error) -> u64 {
    error.position().map_or(0, csv::Position::line)
}

fn reason_of(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("there are {len} columns where the header has {expected_len}; quote fields that hold the separator")
        }
        other => format!("it could not be read ({other:?})"),
    }
}

struct Columns {
    names: Vec<String>,
    path: usize,
    label: Option<usize>,
    /// Columns that may hold the truth never become metadata, which annotators can see.
    hidden: Vec<usize>,
}

impl Columns {
    fn read(header: &csv::StringRecord, label_column: Option<&str>) -> Result<Self, String> {
        let names: Vec<String> = header.iter().map(|name| cells::unprotect(name.trim()).to_owned()).collect();
        if names.len() > MOST_COLUMNS {
            return Err(format!("there are {} columns; at most {MOST_COLUMNS} are read", names.len()));
        }
        let find = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let looks_like_data = || names.iter().any(|name| name.contains('/') || has_picture_ending(name));
        for (at, name) in names.iter().enumerate() {
            if names[..at].iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
                return Err(format!("column `{name}` is there twice; rename one"));
            }
        }
        let Some(path) = find(&PATHS) else {
            return Err(if looks_like_data() {
                "there is no header line; add one such as `path,label`".to_owned()
            } else {
                let shown: Vec<_> = names.iter().take(20).map(|name| format!("`{}`", shorten(name))).collect();
                format!("there is no column `path`, only {}; rename the one that holds the paths", shown.join(", "))
            });
        };
        let label = match label_column {
            None => find(&LABELS),
            Some(wanted) => {
                let found = names.iter().position(|name| name == wanted).or_else(|| find(&[wanted]));
                Some(found.ok_or_else(|| {
                    let shown: Vec<_> = names.iter().take(20).map(|name| format!("`{}`", shorten(name))).collect();
                    format!("there is no column `{wanted}`, only {}", shown.join(", "))
                })?)
            }
        };
        let hidden = LABELS.iter().filter_map(|name| find(&[name])).collect();
        Ok(Self { names, path, label, hidden })
    }

    fn item(&self, folder: &Path, row: &csv::StringRecord, line: u64) -> Item {
        let field = |at: usize| cells::unprotect(row.get(at).unwrap_or_default());
        let raw = field(self.path);
        let own = match name::safe(raw) {
            Ok(own) => own,
            Err(reason) => return Item::refused(shorten(raw), format!("line {line}: {reason}")),
        };
        let refused = |reason: &str| Item::refused(own.clone(), format!("line {line}: {reason}"));
        let path = match folder.join(&own).canonicalize() {
            Ok(path) if !path.starts_with(folder) => {
                return refused("the path leads outside the manifest's folder; copy the file in");
            }
            Ok(path) if !path.is_file() => return refused("the path is not a file"),
            Ok(path) => path,
            Err(_) => return refused("the file is missing"),
        };
        let label = self.label.map(|at| field(at).trim().to_owned()).filter(|label| !label.is_empty());
        let metadata: BTreeMap<_, _> = (self.names.iter().enumerate())
            .filter(|(at, name)| {
                *at != self.path && Some(*at) != self.label && !self.hidden.contains(at) && !name.is_empty()
            })
            .map(|(at, name)| (name.clone(), field(at).to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let folder_label = own.rsplit_once('/').and_then(|(above, _)| above.rsplit('/').next()).map(str::to_owned);
        Item::Found(Found { name: own, source: Source::Path(path), folder_label, label, metadata })
    }
}

fn has_picture_ending(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase());
    matches!(ending.as_deref(), Some("jpg" | "jpeg" | "png" | "webp" | "bmp" | "tif" | "tiff" | "gif"))
}

/// Enough of a text to recognise it in a message.
fn shorten(text: &str) -> String {
    if text.chars().count() > 80 { text.chars().take(80).chain(['…']).collect() } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::testing::collect;
    use crate::dataset::{Limits, Refused};

    fn read(csv: &[u8], column: Option<&str>) -> (Vec<Found>, Vec<Refused>, Result<(), DatasetError>) {
        let dir = tempfile::tempdir().unwrap();
        std::fs::create_dir(dir.path().join("in")).unwrap();
        std::fs::write(dir.path().join("outside.jpg"), "o").unwrap();
        for name in ["a.jpg", "b, \"q\".jpg", "=c.jpg"] {
            std::fs::write(dir.path().join("in").join(name), name).unwrap();
        }
        std::fs::write(dir.path().join("in/m.csv"), csv).unwrap();
        collect(&dir.path().join("in/m.csv"), &Limits::default(), column)
    }

    #[test]
    fn separators_marks_and_quotes_are_understood() {
        let expected = |found: &[Found]| {
            assert_eq!(found.len(), 2);
            assert_eq!((found[0].name.as_str(), found[0].label.as_deref()), ("a.jpg", Some("cat")));
            assert_eq!((found[1].name.as_str(), found[1].label.as_deref()), ("b, \"q\".jpg", None));
            assert_eq!(found[0].metadata, BTreeMap::from([("site".to_owned(), "x y".to_owned())]));
        };
        for csv in [
            "\u{feff}path,label,site\na.jpg,cat,x y\n\"b, \"\"q\"\".jpg\",,\n",
            "Path;Label;site\r\na.jpg;cat;x y\r\n\"b, \"\"q\"\".jpg\";;\r\n",
            "path\tlabel\tsite\na.jpg\tcat\tx y\n\"b, \"\"q\"\".jpg\"\t\t",
        ] {
            let (found, refused, done) = read(csv.as_bytes(), None);
            done.unwrap();
            assert!(refused.is_empty(), "{refused:?}");
            expected(&found);
        }
    }

    #[test]
    fn a_named_column_gives_the_label_and_the_truth_stays_out_of_the_metadata() {
        let (found, _, done) = read(b"path,label,kind\na.jpg,cat,k\n", Some("kind"));
        done.unwrap();
        assert_eq!(found[0].label.as_deref(), Some("k"));
        assert!(found[0].metadata.is_empty());
    }

    #[test]
    fn absurd_manifests_get_one_sentence_with_the_line() {
        let said = |csv: &[u8], column| read(csv, column).2.unwrap_err().to_string();
        let long = format!("path,note\na.jpg,\"{}\"\n", "x".repeat(70_000));
        for (csv, expected) in [
            (&b""[..], "line 1: the file is empty"),
            (b"a.jpg,cat\n", "line 1: there is no header line"),
            (b"name,label\na.jpg,cat\n", "line 1: there is no column `path`, only `name`, `label`"),
            (b"path,label,Label\na.jpg,cat,dog\n", "line 1: column `Label` is there twice"),
            (b"path,label\na.jpg\n", "line 2: there are 1 columns where the header has 2"),
            (b"path\na.jpg\n\x00\x01\n", "line 3: there is a zero byte"),
            (b"path\n\xff\xe4.jpg\n", "line 2: the text is not UTF-8"),
            (b"\xff\xfep\0a\0", "line 1: the text is UTF-16"),
            (long.as_bytes(), "line 2: column `note` holds more than 64 KB"),
        ] {
            let message = said(csv, None);
            assert!(message.contains(expected), "{message} does not say {expected}");
        }
        assert!(said(b"path,site\na.jpg,x\n", Some("kind")).contains("there is no column `kind`, only `path`, `site`"));
    }

    #[test]
    fn rows_that_lead_outside_or_nowhere_are_refused_with_their_line() {
        let (found, refused, done) =
            read(b"path\n../outside.jpg\n/etc/passwd\nmissing.jpg\n\"\"\na.jpg\n'=c.jpg\n", None);
        done.unwrap();
        assert_eq!(found.iter().map(|f| f.name.as_str()).collect::<Vec<_>>(), ["a.jpg", "=c.jpg"]);
        let lines: Vec<_> = refused.iter().map(|r| &r.reason[..7]).collect();
        assert_eq!(lines, ["line 2:", "line 3:", "line 4:", "line 5:"]);
    }
}
