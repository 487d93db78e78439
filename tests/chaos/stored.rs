//! What the database and the exports hold, as plain rows: the checker's other side.

use std::collections::BTreeMap;
use std::io::Read as _;

use flate2::read::ZlibDecoder;

use crate::database::{Connected, TextRow};
use crate::place::{Place, SLUG};

/// Everything of one project that the checker judges.
#[derive(Debug, Clone, Default)]
pub struct Stored {
    /// Answers between rounds, where the project says so.
    pub retrain_labels: Option<i64>,
    /// Names by id.
    pub classes: BTreeMap<i64, String>,
    /// Whether it audits, by the sample's id.
    pub samples: BTreeMap<i64, bool>,
    /// In the order in which they were stored.
    pub annotations: Vec<Annotation>,
    /// By the sample's id.
    pub labels: BTreeMap<i64, Label>,
    /// Sample and person of each lease.
    pub leases: Vec<(i64, String)>,
    /// In the order in which they were started.
    pub rounds: Vec<Round>,
    /// In the order in which they were made.
    pub decisions: Vec<Decision>,
    pub tally: Tally,
    /// The published queue.
    pub queue: Vec<i64>,
    /// Whether a round is waiting or running as a job.
    pub round_waits: bool,
    /// What the engine finds wrong with its own files.
    pub damage: Vec<String>,
    /// Class names by the sample's id, of each export by its format.
    pub exports: BTreeMap<String, Vec<(i64, String)>>,
}

#[derive(Debug, Clone, Default)]
pub struct Annotation {
    pub id: String,
    pub sample: i64,
    pub who: String,
    /// `class`, `skip` or `undo`.
    pub kind: String,
    /// Ids of classes, one blank between.
    pub classes: Option<String>,
    pub reason: Option<String>,
    pub undoes: Option<String>,
    /// Where it came from: `desk`, `grid`, `import` …
    pub origin: String,
    pub made_us: i64,
}

#[derive(Debug, Clone, Default)]
pub struct Label {
    pub annotation: String,
    pub classes: Option<String>,
    pub reason: Option<String>,
}

#[derive(Debug, Clone, Default)]
pub struct Round {
    pub number: i64,
    /// `running`, `finished` or `failed`.
    pub state: String,
    pub n_answers: i64,
    pub n_labels: i64,
    /// Samples and the ids of their classes.
    pub trained_on: Option<Vec<(i64, Vec<i64>)>>,
}

#[derive(Debug, Clone, Default)]
pub struct Decision {
    pub made_us: i64,
    pub fired: bool,
    pub cause: String,
    pub since: i64,
    pub due: i64,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    pub samples: i64,
    pub audit_samples: i64,
    pub labeled: i64,
    pub audit_labeled: i64,
    pub skipped: i64,
    pub answers: i64,
    pub round_answers: i64,
}

impl Stored {
    /// Read the place's database, and two exports of it.
    pub fn read(place: &Place) -> Self {
        let mut stored = Self::rows(&mut place.database.connect(&place.data()));
        for format in ["csv", "jsonl"] {
            let out = place.file(&format!("labels.{format}"));
            place.run(&["export", SLUG, "--format", format, "--out", &out.to_string_lossy()]);
            let rows = exported(format, &std::fs::read_to_string(&out).unwrap());
            stored.exports.insert(format.to_owned(), rows);
        }
        stored
    }

    /// Read the rows alone.
    pub fn rows(open: &mut Connected) -> Self {
        let project = open.rows(&["id", "retrain_labels"], &format!("project where slug = '{SLUG}'")).remove(0);
        let (id, retrain_labels) = (number(&project, 0), project[1].as_deref().and_then(|n| n.parse().ok()));
        let of = |table: &str, order: &str| format!("{table} where project_id = {id} order by {order}");
        let mut pairs = |columns: &[&str], rest: String| -> Vec<TextRow> { open.rows(columns, &rest) };
        let classes = pairs(&["id", "name"], of("class", "id"));
        let samples = pairs(&["id", "audit"], of("sample", "id"));
        let annotations = pairs(
            &["a.id", "sample_id", "c.name", "kind", "classes", "reason", "undoes", "origin", "made_us"],
            of("annotation a join account c on c.id = a.account_id", "seq"),
        );
        let labels = pairs(&["sample_id", "annotation_id", "classes", "reason"], of("label", "sample_id"));
        let leases = pairs(&["sample_id", "c.name"], of("lease l join account c on c.id = l.account_id", "sample_id"));
        let rounds = pairs(&["number", "state", "n_answers", "n_labels", "hex trained_on"], of("round", "id"));
        let decisions = pairs(&["made_us", "fired", "cause", "answers_since", "answers_due"], of("decision", "id"));
        let counts = ["samples", "audit_samples", "labeled", "audit_labeled", "skipped", "answers", "round_answers"];
        let tally = pairs(&counts, format!("tally where project_id = {id}")).remove(0);
        let queue = pairs(&["hex entries"], format!("queue where project_id = {id}"));
        let waits = format!("job where project_id = {id} and kind = 'round' and state in ('queued', 'running')");
        let round_waits = !pairs(&["id"], waits).is_empty();
        let sample = |row: &TextRow| number(row, 0);
        Self {
            retrain_labels,
            classes: classes.iter().map(|row| (number(row, 0), text(row, 1))).collect(),
            samples: samples.iter().map(|row| (sample(row), truth(row, 1))).collect(),
            annotations: annotations.iter().map(annotation).collect(),
            labels: labels.into_iter().map(|row| (sample(&row), label(row))).collect(),
            leases: leases.iter().map(|row| (sample(row), text(row, 1))).collect(),
            rounds: rounds.iter().map(round).collect(),
            decisions: decisions.iter().map(decision).collect(),
            tally: counted(&tally),
            queue: queue.first().map(|row| entries(&bytes(row, 0))).unwrap_or_default(),
            round_waits,
            damage: damage(open),
            exports: BTreeMap::new(),
        }
    }
}

fn text(row: &TextRow, at: usize) -> String {
    row[at].clone().unwrap_or_default()
}

fn number(row: &TextRow, at: usize) -> i64 {
    row[at].as_deref().unwrap_or("0").parse().unwrap()
}

fn truth(row: &TextRow, at: usize) -> bool {
    matches!(row[at].as_deref(), Some("1" | "true" | "t"))
}

fn bytes(row: &TextRow, at: usize) -> Vec<u8> {
    let hex = text(row, at);
    (0..hex.len() / 2).map(|i| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap()).collect()
}

fn annotation(row: &TextRow) -> Annotation {
    Annotation {
        id: text(row, 0),
        sample: number(row, 1),
        who: text(row, 2),
        kind: text(row, 3),
        classes: row[4].clone(),
        reason: row[5].clone(),
        undoes: row[6].clone(),
        origin: text(row, 7),
        made_us: number(row, 8),
    }
}

fn label(mut row: TextRow) -> Label {
    Label { annotation: text(&row, 1), classes: row[2].take(), reason: row[3].take() }
}

fn round(row: &TextRow) -> Round {
    Round {
        number: number(row, 0),
        state: text(row, 1),
        n_answers: number(row, 2),
        n_labels: number(row, 3),
        // SQLite writes nothing at all as an empty text.
        trained_on: row[4].as_deref().is_some_and(|hex| !hex.is_empty()).then(|| unpacked(&bytes(row, 4))),
    }
}

fn decision(row: &TextRow) -> Decision {
    Decision {
        made_us: number(row, 0),
        fired: truth(row, 1),
        cause: text(row, 2),
        since: number(row, 3),
        due: number(row, 4),
    }
}

fn counted(row: &TextRow) -> Tally {
    Tally {
        samples: number(row, 0),
        audit_samples: number(row, 1),
        labeled: number(row, 2),
        audit_labeled: number(row, 3),
        skipped: number(row, 4),
        answers: number(row, 5),
        round_answers: number(row, 6),
    }
}

/// Words of eight bytes, little endian.
fn words(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks::<8>().0.iter().map(|word| i64::from_le_bytes(*word)).collect()
}

/// Labels as a round keeps them: of each sample its id, the number of its classes, and those.
fn unpacked(packed: &[u8]) -> Vec<(i64, Vec<i64>)> {
    let mut plain = Vec::new();
    ZlibDecoder::new(packed).read_to_end(&mut plain).unwrap();
    let mut words = words(&plain).into_iter();
    let mut labels = Vec::new();
    while let (Some(sample), Some(n)) = (words.next(), words.next()) {
        labels.push((sample, words.by_ref().take(n as usize).collect()));
    }
    labels
}

/// The samples of a queue: twelve bytes each, of which eight are the id.
fn entries(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks::<12>().0.iter().flat_map(|entry| words(&entry[..8])).collect()
}

fn damage(open: &mut Connected) -> Vec<String> {
    if !matches!(open, Connected::Sqlite(..)) {
        return Vec::new();
    }
    let mut found = open.texts("select integrity_check from pragma_integrity_check", 1);
    found.extend(open.texts("select \"table\" from pragma_foreign_key_check", 1));
    found.iter().map(|row| text(row, 0)).filter(|said| said != "ok").collect()
}

/// Samples and the names of their classes in an exported file.
pub fn exported(format: &str, content: &str) -> Vec<(i64, String)> {
    if format == "jsonl" {
        let line = |line: &str| -> Option<(i64, String)> {
            let record: serde_json::Value = serde_json::from_str(line).unwrap();
            Some((record["sample_id"].as_i64()?, record["class"].as_str()?.to_owned()))
        };
        return content.lines().filter_map(line).collect();
    }
    let mut reader = csv::Reader::from_reader(content.as_bytes());
    let heads = reader.headers().unwrap().clone();
    let place = |name: &str| heads.iter().position(|head| head == name).unwrap();
    let (sample, class) = (place("sample_id"), place("class"));
    reader
        .records()
        .map(Result::unwrap)
        .map(|record| (record[sample].parse().unwrap(), record[class].to_owned()))
        .collect()
}
