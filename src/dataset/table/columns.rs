//! The columns of a table: which one names the files, which their content, which their labels, and which are ignored.

use crate::dataset::{Contents, cells};
use crate::domain::text;

const PATHS: [&str; 8] = ["path", "file", "filename", "file_name", "filepath", "file_path", "image", "image_path"];
const LABELS: [&str; 4] = ["label", "class", "labels", "classes"];
/// Columns that name a row whose sample is in it.
pub(in crate::dataset) const IDS: [&str; 9] =
    ["id", "name", "key", "uid", "uuid", "guid", "external_id", "doc_id", "document_id"];
const HASH: &str = "sha256";
/// What Querist writes beside a label: no metadata, since it is about answers, and one of them tells the audit set.
const OWN: [&str; 10] = [
    "sample_id",
    "sha256",
    "audit",
    "annotator",
    "made_at",
    "asked_by",
    "round",
    "propensity",
    "votes",
    "probabilities",
];
const MOST: usize = 200;

/// A header as names: composed, without blanks around them and the apostrophe that keeps spreadsheets from running it.
fn tidy(name: &str) -> String {
    text::plain(cells::unprotect(name.trim().trim_matches('"')))
}

/// Whether a column of this name holds paths.
pub(in crate::dataset) fn is_path(name: &str) -> bool {
    is_one_of(&tidy(name), &PATHS)
}

fn is_one_of(name: &str, known: &[&str]) -> bool {
    known.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// What is looked for among the columns.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::dataset) struct ColumnsWanted<'a> {
    /// The labels'; without it the usual names do.
    pub label: Option<&'a str>,
    pub contents: Contents,
    /// The one whose cells are the samples; without it the usual names do, where there are any.
    pub content: Option<&'a str>,
}

/// What is in which column.
#[derive(Debug, Clone)]
pub(super) struct Columns {
    pub names: Vec<String>,
    pub path: Option<usize>,
    pub hash: Option<usize>,
    pub label: Option<usize>,
    /// Its cells are the samples.
    pub content: Option<usize>,
    /// Names the rows, where their samples are in them.
    pub id: Option<usize>,
    /// Those that become metadata.
    metadata: Vec<usize>,
    /// Whether Querist wrote the table.
    pub own: bool,
}

impl Columns {
    /// What the columns called `header` hold.
    ///
    /// # Errors
    /// Why it is not a header, or does not have what is needed.
    pub(super) fn of<'a>(header: impl Iterator<Item = &'a str>, wanted: ColumnsWanted) -> Result<Self, String> {
        let names: Vec<String> = header.map(tidy).collect();
        if names.len() > MOST {
            return Err(format!("there are {} columns; at most {MOST} are read", names.len()));
        }
        for (at, name) in names.iter().enumerate() {
            if !name.is_empty() && names[..at].iter().any(|earlier| earlier.eq_ignore_ascii_case(name)) {
                return Err(format!("column `{name}` is there twice; rename one"));
            }
        }
        let find = |wanted: &[&str]| {
            wanted.iter().find_map(|wanted| names.iter().position(|name| name.eq_ignore_ascii_case(wanted)))
        };
        let shown = || {
            let named = names.iter().filter(|name| !name.is_empty()).take(20);
            named.map(|name| format!("`{}`", super::shorten(name))).collect::<Vec<_>>().join(", ")
        };
        let (path, hash) = (find(&PATHS), find(&[HASH]));
        let named = |wanted: &str| {
            let wanted = tidy(wanted);
            let found = names.iter().position(|name| *name == wanted).or_else(|| find(&[&wanted]));
            found.ok_or_else(|| format!("there is no column `{wanted}`, only {}", shown()))
        };
        let content = wanted.content.map(named).transpose()?.or_else(|| find(wanted.contents.columns()));
        if content.is_none() && path.is_none() && hash.is_none() && wanted.contents != Contents::Pictures {
            let samples = wanted.contents.name();
            return Err(format!("no column is known to hold {samples}, only {}; name the one that does", shown()));
        }
        if content.is_none() && path.is_none() && hash.is_none() {
            let data = names.iter().any(|name| name.contains('/') || crate::dataset::name::is_picture(name));
            return Err(if data {
                "there is no header line; add one such as `path,label`".to_owned()
            } else {
                format!("there is no column `path`, only {}; rename the one that holds the paths", shown())
            });
        }
        let label = wanted.label.map(named).transpose()?.or_else(|| find(&LABELS));
        if label.is_some() && label == content {
            return Err("the column of labels is that of the samples; name another".to_owned());
        }
        let id = content.and_then(|_| find(&IDS).or(path));
        let own = ["sample_id", HASH, "asked_by"].iter().all(|name| find(&[name]).is_some());
        let written = |name: &str| is_one_of(name, &OWN) || (name.starts_with("p(") && name.ends_with(')'));
        let metadata = (names.iter().enumerate())
            .filter(|(at, name)| ![path, label, hash, content].contains(&Some(*at)) && !name.is_empty())
            // Columns that may hold the truth never become metadata, which annotators can see.
            .filter(|(_, name)| !(is_one_of(name, &LABELS) || own && written(name)))
            .map(|(at, _)| at)
            .collect();
        Ok(Self { names, path, hash, label, content, id, metadata, own })
    }

    /// Those that become metadata, with their places.
    pub(super) fn metadata(&self) -> impl Iterator<Item = (usize, &str)> {
        self.metadata.iter().map(|at| (*at, self.names[*at].as_str()))
    }
}
