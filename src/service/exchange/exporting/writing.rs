//! Writing what was planned, and checking that it is that.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{Read as _, Seek as _};

use sha2::{Digest as _, Sha256};

use super::Predictions;
use super::manifest::{ClassTotal, WrittenFile};
use super::options::{Choosing, ExportOptions};
use super::plan::{ExportPlan, print};
use super::reading::{Pages, ReadBeside, SamplePage, metadata};
use crate::blobs::{Blobs, ORIGINAL};
use crate::data::hex;
use crate::dataset::export::{self, COMMITTEE, ExportColumns, ExportError, Flagged, Format, HELD_OUT, Record, Vote};
use crate::domain::{AnnotationKind, Answer, Class, ClassId, ClassSet, Modality, Project, SampleId, Stage};
use crate::modality::table::{self, TableRow};
use crate::modality::text;
use crate::progress::Progress;
use crate::service::{App, ServiceError};
use crate::store::exports::{ExportRow, FlagRow, VoteRow};

pub(super) struct Writing<'a> {
    pub(super) app: &'a App,
    pub(super) project: &'a Project,
    pub(super) classes: &'a [Class],
    pub(super) format: &'static Format,
    pub(super) options: &'a ExportOptions,
    pub(super) choosing: &'a Choosing,
    pub(super) predictions: Option<&'a Predictions>,
    pub(super) plan: &'a ExportPlan,
}

/// What was written.
pub(super) struct Written {
    pub(super) classes: Vec<ClassTotal>,
    pub(super) splits: BTreeMap<String, BTreeMap<String, u64>>,
    pub(super) labels: Vec<(SampleId, ClassSet)>,
    pub(super) file: WrittenFile,
}

impl Writing<'_> {
    /// Write every record to `file`, which will be called `name`; `None` when an answer changed since it was planned.
    pub(super) async fn run(
        &self,
        card: String,
        (file, name): (&File, String),
        progress: &Progress,
    ) -> Result<Option<Written>, ServiceError> {
        let total = self.plan.chosen.len() as u64;
        let values = self.values().await?;
        let mut writer = (self.format.open)(file.try_clone()?, self.about(card, &values))?;
        let beside = ReadBeside { votes: self.options.votes, flags: self.options.flags };
        let mut pages = Pages::new(self.app, self.project, self.choosing, beside);
        let mut counted: HashMap<String, u64> = HashMap::new();
        let mut splits: BTreeMap<String, BTreeMap<String, u64>> = BTreeMap::new();
        let mut labels = Vec::with_capacity(self.plan.chosen.len());
        let mut done = 0;
        let inline = Inline::of(self.project.modality, &self.app.blobs, values);
        progress.report(0, total, &Stage::Exporting);
        while let Some(mut page) = pages.next().await? {
            let mut records = Vec::with_capacity(page.rows.len());
            for row in std::mem::take(&mut page.rows) {
                let Some(chosen) = self.plan.chosen.get(&row.id) else { continue };
                if chosen.print != print(&row) {
                    return Ok(None);
                }
                if let Some(classes) = row.answer.as_ref().and_then(Answer::classes) {
                    labels.push((row.id, classes.clone()));
                }
                records.push(self.record(row, chosen.part, &mut page));
            }
            for record in &records {
                for class in record.names().unwrap_or_default() {
                    *counted.entry(class.clone()).or_default() += 1;
                    if let Some(part) = record.split {
                        *splits.entry(part.to_owned()).or_default().entry(class.clone()).or_default() += 1;
                    }
                }
            }
            done += records.len() as u64;
            let inline = inline.clone();
            let (back, outcome) = self.app.cpu.blocking(move || write_page(writer, records, inline.as_ref())).await?;
            outcome?;
            writer = back;
            progress.report(done, total.max(done), &Stage::Exporting);
            if progress.stopped() {
                return Err(ServiceError::Conflict("the export was stopped".to_owned()));
            }
        }
        let finished = self.app.cpu.blocking(move || Ok::<_, ServiceError>(digest(writer.finish()?)?)).await?;
        let (sha256, size_bytes) = finished?;
        let of_class = |class: &Class| {
            let found = self.plan.labels_of(class.id);
            let written = counted.get(&class.name).copied().unwrap_or_default();
            let (id, name) = (Some(class.id), class.name.clone());
            ClassTotal { id, name, labels: found.labels, excluded: found.excluded, written }
        };
        let classes: Vec<ClassTotal> = self.classes.iter().map(of_class).collect();
        let equal = done == total && classes.iter().all(|class| class.labels == class.excluded + class.written);
        let file = WrittenFile { name, sha256, size_bytes };
        Ok(equal.then_some(Written { classes, splits, labels, file }))
    }

    /// The columns of all rows that are written, where samples are rows, in the order in which they first come.
    async fn values(&self) -> Result<Vec<String>, ServiceError> {
        let mut names: Vec<String> = Vec::new();
        if self.project.modality != Modality::Table {
            return Ok(names);
        }
        let mut known = HashSet::new();
        let mut pages = Pages::new(self.app, self.project, self.choosing, ReadBeside { votes: false, flags: false });
        while let Some(page) = pages.next().await? {
            let rows = page.rows.into_iter().filter(|row| self.plan.chosen.contains_key(&row.id));
            let hashes: Vec<(String, String)> = rows.map(|row| (row.name, row.hash)).collect();
            let blobs = self.app.blobs.clone();
            let read = move || hashes.iter().map(|(name, hash)| row(&blobs, name, hash)).collect::<Result<Vec<_>, _>>();
            for (name, _) in self.app.cpu.blocking(read).await??.into_iter().flat_map(|row| row.cells) {
                if known.insert(name.clone()) {
                    names.push(name);
                }
            }
        }
        Ok(names)
    }

    fn about(&self, card: String, values: &[String]) -> export::DatasetAbout {
        let blobs = self.app.blobs.clone();
        let predicted = self.predictions.map(|known| known.classes.iter().map(|class| self.name(*class)).collect());
        export::DatasetAbout {
            title: self.project.name.clone(),
            columns: ExportColumns {
                texts: self.project.modality == Modality::Text,
                values: values.iter().map(|name| export::beside_own(name)).collect(),
                sets: !self.project.task.fits_folders(),
                split: self.options.split.is_some(),
                skips: self.options.skipped,
                votes: self.options.votes,
                flags: self.options.flags,
                metadata: self.options.metadata,
                classes: predicted.unwrap_or_default(),
            },
            classes: self.classes.iter().map(|class| (class.id.0, class.name.clone())).collect(),
            card,
            fetch: Box::new(move |hash| Ok(Box::new(blobs.stream(ORIGINAL, hash)?))),
        }
    }

    fn record(&self, row: ExportRow, part: Option<&'static str>, page: &mut SamplePage) -> Record {
        let answer = row.answer.as_ref();
        let (class, classes) = answer.and_then(Answer::classes).map_or((None, None), |set| self.in_field(set));
        let known = self.predictions.and_then(|known| Some((known, known.of.get(&row.id)?)));
        let votes = page.votes.remove(&row.id).unwrap_or_default();
        let flags = page.flags.remove(&row.id).unwrap_or_default();
        Record {
            split: part,
            votes: self.options.votes.then(|| votes.into_iter().map(|vote| self.vote(vote)).collect()),
            flags: self.options.flags.then(|| flags.into_iter().map(flagged).collect()),
            metadata: self.options.metadata.then(|| metadata(&row)),
            predictions: known.map(|(_, values)| values.clone()),
            predicted_by: known.map(|(known, _)| if known.held_out.contains(&row.id) { HELD_OUT } else { COMMITTEE }),
            sample_id: row.id.0,
            path: row.name,
            text: None,
            values: Vec::new(),
            sha256: row.hash,
            pixels: row.facts.pixels(),
            class: class.unwrap_or_default(),
            classes,
            skip: answer.and_then(Answer::reason).map(|reason| reason.to_string()),
            note: answer.and_then(Answer::note).map(str::to_owned),
            audit: row.audit,
            annotator: row.account.unwrap_or_default(),
            made_at: row.made_us.map(crate::domain::Timestamp::rfc3339).unwrap_or_default(),
            asked_by: row.asked_by.unwrap_or_default(),
            round: row.round,
            propensity: row.propensity,
        }
    }

    fn vote(&self, row: VoteRow) -> Vote {
        let answer = row.answer.as_ref();
        let (class, classes) = answer.and_then(Answer::classes).map_or((None, None), |set| self.in_field(set));
        Vote {
            id: row.id,
            kind: match row.kind {
                AnnotationKind::Classes => self.project.task.field().to_owned(),
                kind => kind.to_string(),
            },
            class,
            classes,
            reason: answer.and_then(Answer::reason).map(|reason| reason.to_string()),
            note: answer.and_then(Answer::note).map(str::to_owned),
            undoes: row.undoes,
            annotator: row.account,
            made_at: row.made_us.rfc3339(),
            asked_by: row.asked_by,
        }
    }

    /// An answer as files hold it: the name of its class, or of all its classes in the project's order.
    fn in_field(&self, set: &ClassSet) -> (Option<String>, Option<Vec<String>>) {
        let (class, several) = self.project.task.in_field(set);
        let named = |ids: Vec<ClassId>| {
            let there = self.classes.iter().filter(|class| ids.contains(&class.id));
            there.map(|class| class.name.clone()).collect()
        };
        (class.map(|class| self.name(class)), several.map(named))
    }

    fn name(&self, id: ClassId) -> String {
        let class = self.classes.iter().find(|class| class.id == id);
        class.map_or_else(|| id.to_string(), |class| class.name.clone())
    }
}

fn flagged(row: FlagRow) -> Flagged {
    Flagged {
        thread: row.thread,
        kind: row.kind.to_string(),
        text: row.text,
        author: row.account,
        made_at: row.made_us.rfc3339(),
    }
}

type Back = (Box<dyn export::Writer>, Result<(), ExportError>);

/// Samples that are written themselves.
#[derive(Clone)]
enum Inline {
    Texts(Blobs),
    /// In these columns.
    Rows(Blobs, Vec<String>),
}

impl Inline {
    fn of(modality: Modality, blobs: &Blobs, columns: Vec<String>) -> Option<Self> {
        match modality {
            Modality::Text => Some(Self::Texts(blobs.clone())),
            Modality::Table => Some(Self::Rows(blobs.clone(), columns)),
            Modality::Image | Modality::Series => None,
        }
    }
}

/// Write records, with the samples where those are written themselves. Hands the writer back whether or not it succeeded, since it
/// owns the file.
fn write_page(mut writer: Box<dyn export::Writer>, page: Vec<Record>, inline: Option<&Inline>) -> Back {
    let outcome = page.into_iter().try_for_each(|mut record| {
        match inline {
            None => {}
            Some(Inline::Texts(blobs)) => record.text = Some(whole(blobs, &record)?),
            Some(Inline::Rows(blobs, columns)) => {
                let row = row(blobs, &record.path, &record.sha256)?;
                record.values = columns.iter().map(|name| row.get(name).clone()).collect();
            }
        }
        writer.write(&record)
    });
    (writer, outcome)
}

fn whole(blobs: &Blobs, record: &Record) -> Result<String, ExportError> {
    let missing = |source| ExportError::Missing { name: record.path.clone(), source };
    let bytes = blobs.get(ORIGINAL, &record.sha256).map_err(missing)?;
    text::read(&bytes).map(str::to_owned).map_err(|error| missing(std::io::Error::other(error)))
}

/// The row of the sample called `name`.
fn row(blobs: &Blobs, name: &str, hash: &str) -> Result<TableRow, ExportError> {
    let missing = |source| ExportError::Missing { name: name.to_owned(), source };
    let bytes = blobs.get(ORIGINAL, hash).map_err(missing)?;
    table::read(&bytes).map_err(|error| missing(std::io::Error::other(error)))
}

/// SHA-256 and size of a file.
fn digest(mut file: File) -> std::io::Result<(String, u64)> {
    file.rewind()?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 1 << 18];
    let mut size = 0;
    loop {
        let n = file.read(&mut buffer)?;
        if n == 0 {
            return Ok((hex(&hasher.finalize()), size));
        }
        hasher.update(&buffer[..n]);
        size += n as u64;
    }
}
