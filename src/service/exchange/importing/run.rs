//! One running import: items are read and decoded in chunks, and settled in batches, each in one transaction.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};

use super::keeping::{self, Kept};
use super::labels::Labels;
use super::report::ImportReport;
use super::{ImportOptions, ServiceError, absent, dry::Dry};
use crate::blobs::BlobBatch;
use crate::data::hex;
use crate::dataset::{Found, Item, Opened, Predicted, RefusedItem, Source};
use crate::domain::import::{Bucket, Counts, ImportItem, ItemOutcome};
use crate::domain::{ClassSet, Facts, ImportId, Project, SampleId, Stage};
use crate::modality::{Medium, medium};
use crate::progress::Progress;
use crate::service::App;
use crate::service::exchange::copies::Copies;
use crate::service::live::Changed;
use crate::service::projects;
use crate::store::incoming::{Arrival, Batch, NewPrediction};
use crate::store::samples::NewSample;

/// Files decoded and flushed to disk at a time, and the bytes of them that end a chunk early.
const CHUNK_FILES: usize = 192;
const CHUNK_BYTES: usize = 64 << 20;
/// Columns that may say how sure a model is of what it predicts.
const SURE: [&str; 5] = ["sure", "confidence", "probability", "score", "p"];
/// Items of one transaction.
const BATCH: usize = 192;

/// One running import.
pub(super) struct RunningImport<'a> {
    app: &'a App,
    project: &'a Project,
    medium: &'static dyn Medium,
    import: Option<ImportId>,
    options: ImportOptions,
    progress: &'a Progress,
    labels: Labels,
    report: ImportReport,
    total: u64,
    /// Items settled, and with it the place of the next one.
    done: u64,
    chunk: Vec<Item>,
    chunk_bytes: usize,
    arrivals: Vec<Arrival>,
    /// What the project's samples look like; nothing is placed in a dry run.
    copies: Option<Copies>,
    /// Samples that this import labeled.
    fresh: HashSet<SampleId>,
    dry: Dry,
    /// In a dry run: how many pictures show the same, those that are samples included.
    alike: HashMap<String, u64>,
    mended: u64,
}

/// A file with its content read and hashed.
struct Read {
    found: Found,
    bytes: Vec<u8>,
    hash: String,
}

/// What a chunk's item is once its file is read.
enum Looked {
    Read(Read),
    Absent(Found, String),
    Settled { name: String, outcome: ItemOutcome },
}

/// Contents of a chunk by hash: new pictures, `None` for samples that are there, or why they are not pictures.
type Pictures = HashMap<String, Result<Option<Kept>, String>>;

impl Looked {
    fn refused(name: String, reason: String) -> Self {
        Self::Settled { name, outcome: ItemOutcome::Refused { reason } }
    }
}

impl<'a> RunningImport<'a> {
    pub(super) async fn start(
        app: &'a App,
        project: &'a Project,
        import: Option<ImportId>,
        options: ImportOptions,
        progress: &'a Progress,
    ) -> Result<Self, ServiceError> {
        let medium = medium(project.modality)?;
        let labels = Labels::load(app, project, &options.labels, options.dry_run).await?;
        let copies = if options.dry_run { None } else { Some(Copies::load(app, project).await?) };
        let mut alike = HashMap::new();
        if options.dry_run {
            for pixels in app.store.looks(project.id).await?.into_iter().filter_map(|row| row.pixels) {
                *alike.entry(pixels).or_insert(0) += 1;
            }
        }
        let report = ImportReport { import, dry_run: options.dry_run, ..ImportReport::default() };
        Ok(Self {
            app,
            project,
            medium,
            import,
            options,
            progress,
            labels,
            report,
            total: 0,
            done: 0,
            chunk: Vec::new(),
            chunk_bytes: 0,
            arrivals: Vec::new(),
            copies,
            fresh: HashSet::new(),
            dry: Dry::default(),
            alike,
            mended: 0,
        })
    }

    /// The first samples of a project decide which share of its pool audits, where they are very many.
    async fn draw(&mut self, total: u64) -> Result<(), ServiceError> {
        let share = projects::audit_share(total);
        if let Some(copies) = self.copies.as_mut().filter(|_| share < self.project.audit_share)
            && self.app.store.save_audit_share(self.project.id, share).await?
        {
            copies.draw(share);
            self.app.changed(self.project.id, Changed::Settings);
        }
        Ok(())
    }

    /// Check what is known of the source before reading its items.
    pub(super) fn expect(&mut self, opened: &Opened) -> Result<(), ServiceError> {
        self.report.notes.clone_from(&opened.notes);
        self.labels.expect(&opened.labels)
    }

    pub(super) fn interrupt(&mut self) {
        self.report.interrupted = true;
    }

    /// Whether somebody asked it to stop; what came so far stays.
    pub(super) fn cancelled(&self) -> bool {
        self.report.cancelled
    }

    pub(super) async fn take(&mut self, item: Item) -> Result<(), ServiceError> {
        if let Item::Total(total) = item {
            self.total = total;
            return self.draw(total).await;
        }
        if let Item::Found(found) = &item {
            self.chunk_bytes += match &found.source {
                Source::Bytes(bytes) => bytes.len(),
                Source::Path(path) => std::fs::metadata(path).map_or(0, |meta| meta.len() as usize),
                Source::Absent(_) => 0,
            };
        }
        self.chunk.push(item);
        if self.chunk.len() >= CHUNK_FILES || self.chunk_bytes >= CHUNK_BYTES { self.process().await } else { Ok(()) }
    }

    /// Turn the waiting chunk into arrivals, in order.
    async fn process(&mut self) -> Result<(), ServiceError> {
        let chunk = std::mem::take(&mut self.chunk);
        self.chunk_bytes = 0;
        let most = self.medium.most_bytes();
        let looked = self.app.cpu.run(move || chunk.into_par_iter().map(|item| look(item, most)).collect());
        let looked: Vec<Looked> = looked.await?;
        let (looked, pictures) = self.decode(looked).await?;
        for item in looked {
            let arrival = self.arrival(item, &pictures).await?;
            self.arrivals.push(arrival);
        }
        if self.arrivals.len() >= BATCH { self.settle().await } else { Ok(()) }
    }

    /// Decode and keep the contents of a chunk, each once. What is stored already and whole is not decoded.
    async fn decode(&mut self, looked: Vec<Looked>) -> Result<(Vec<Looked>, Pictures), ServiceError> {
        let mut hashes: Vec<String> = Vec::new();
        let mut met = HashSet::new();
        for item in &looked {
            if let Looked::Read(read) = item
                && met.insert(read.hash.clone())
            {
                hashes.push(read.hash.clone());
            }
        }
        let known = self.app.store.known_contents(self.project.id, &hashes).await?;
        let known: HashSet<String> =
            hashes.into_iter().zip(known).filter_map(|(hash, known)| known.map(|_| hash)).collect();
        let (blobs, medium, dry_run) = (self.app.blobs.clone(), self.medium, self.options.dry_run);
        let (looked, kept) = self
            .app
            .cpu
            .run(move || -> std::io::Result<_> {
                let batch = blobs.batch()?;
                let mut once = HashSet::new();
                let contents: Vec<(&str, &[u8])> = (looked.iter())
                    .filter_map(|item| if let Looked::Read(read) = item { Some(read) } else { None })
                    // A file whose row names another content is not kept.
                    .filter(|read| read.found.sha256.as_ref().is_none_or(|meant| *meant == read.hash))
                    .filter(|read| once.insert(&read.hash))
                    .map(|read| (read.hash.as_str(), read.bytes.as_slice()))
                    .collect();
                let kept: Vec<_> = contents
                    .into_par_iter()
                    .map(|(hash, bytes)| {
                        (hash.to_owned(), keep(&batch, medium, hash, bytes, known.contains(hash), dry_run))
                    })
                    .collect();
                // Before any row names them.
                batch.flush()?;
                Ok((looked, kept))
            })
            .await??;
        self.mended += kept.iter().filter(|(_, kept)| matches!(kept, Ok(Stored::Mended))).count() as u64;
        let pictures = kept.into_iter().map(|(hash, kept)| (hash, kept.map(Stored::new_picture)));
        Ok((looked, pictures.collect()))
    }

    /// An item's arrival.
    async fn arrival(&mut self, item: Looked, pictures: &Pictures) -> Result<Arrival, ServiceError> {
        let (found, hash, kept) = match item {
            Looked::Settled { name, outcome } => return Ok(Arrival::Settled { name, outcome }),
            Looked::Absent(found, reason) => match absent::content_of(self.app, self.project, &found, &reason).await? {
                Ok(hash) => (found, hash, None),
                Err(reason) => return Ok(refused(found.name, reason)),
            },
            Looked::Read(read) => {
                let other = read.found.sha256.as_ref().filter(|hash| **hash != read.hash).cloned();
                if let Some(meant) = other {
                    // The row is about another content than the file that has its name now.
                    let reason = format!("its sha256 differs from the row's, {}", meant.get(..12).unwrap_or_default());
                    match absent::content_of(self.app, self.project, &read.found, &reason).await? {
                        Ok(hash) => (read.found, hash, None),
                        Err(reason) => return Ok(refused(read.found.name, reason)),
                    }
                } else {
                    match pictures.get(&read.hash) {
                        Some(Err(reason)) => return Ok(refused(read.found.name, reason.clone())),
                        Some(Ok(kept)) => (read.found, read.hash, kept.as_ref()),
                        None => (read.found, read.hash, None),
                    }
                }
            }
        };
        let mut found = found;
        if self.options.predicts
            && let Some(label) = found.label.take()
        {
            let sure = SURE.iter().find_map(|name| found.metadata.get(*name)?.parse().ok());
            let sure = sure.filter(|sure: &f64| (0.0..=1.0).contains(sure));
            found.predicted.push(Predicted { model: self.options.named.clone(), label, sure });
        }
        let mut predicted = Vec::with_capacity(found.predicted.len());
        for one in &found.predicted {
            match self.labels.predicted(&one.label) {
                Ok(classes) => predicted.push(NewPrediction { named: one.model.clone(), classes, sure: one.sure }),
                Err(reason) if self.options.predicts => return Ok(refused(found.name, reason)),
                Err(reason) => self.report.remark(&found.name, &[format!("a prediction was left out: {reason}")]),
            }
        }
        self.report.predictions += predicted.len() as u64;
        let label = match &found.label {
            None => None,
            Some(label) => match self.labels.named(self.app, self.project, label).await? {
                Ok(label) => Some(label),
                Err(reason) => return Ok(refused(found.name, reason)),
            },
        };
        if let Some(kept) = kept {
            self.report.remark(&found.name, &kept.inspected.notes);
        }
        let sample = kept.map(|kept| Box::new(row(&found, &hash, kept, label.clone())));
        Ok(Arrival::Content { name: found.name, hash, sample, label, predicted })
    }

    /// Store what has arrived.
    async fn settle(&mut self) -> Result<(), ServiceError> {
        let arrivals = std::mem::take(&mut self.arrivals);
        let arrivals = self.place(arrivals).await?;
        for part in arrivals.chunks(BATCH) {
            let items = if self.options.dry_run {
                self.settle_dry(part).await?
            } else {
                let labels = &self.labels;
                let words = |classes: &ClassSet| labels.words(classes);
                let batch = Batch {
                    project: self.project.id,
                    import: self.import,
                    account: self.options.account,
                    relabel: self.options.relabel,
                    words: &words,
                    first: self.done,
                    now: self.app.clock.now(),
                };
                let taken = self.app.store.take_in(&batch, part, &mut self.fresh).await?;
                self.report.cancelled |= taken.cancelled;
                taken.items
            };
            for (item, arrival) in items.into_iter().zip(part) {
                self.report.take(item, matches!(arrival, Arrival::Content { label: Some(_), .. }));
            }
            self.done += part.len() as u64;
            self.progress.report(self.done, self.total.max(self.done), &Stage::Importing);
        }
        Ok(())
    }

    /// Group new samples with their copies, which decides about the audit set.
    async fn place(&mut self, mut arrivals: Vec<Arrival>) -> Result<Vec<Arrival>, ServiceError> {
        let Some(mut copies) = self.copies.take() else { return Ok(arrivals) };
        let (copies, arrivals) = self
            .app
            .cpu
            .blocking(move || {
                for arrival in &mut arrivals {
                    if let Arrival::Content { sample: Some(sample), .. } = arrival {
                        copies.place(sample);
                    }
                }
                (copies, arrivals)
            })
            .await?;
        self.copies = Some(copies);
        Ok(arrivals)
    }

    async fn settle_dry(&mut self, part: &[Arrival]) -> Result<Vec<ImportItem>, ServiceError> {
        let hash = |arrival: &Arrival| match arrival {
            Arrival::Content { hash, .. } => hash.clone(),
            Arrival::Settled { .. } => String::new(),
        };
        let hashes: Vec<String> = part.iter().map(hash).collect();
        let known = self.app.store.known_contents(self.project.id, &hashes).await?;
        let labels = &self.labels;
        let words = |classes: &ClassSet| labels.words(classes);
        let items = part.iter().zip(known);
        let items: Vec<ImportItem> =
            items.map(|(arrival, known)| self.dry.take(arrival, known, self.options.relabel, &words)).collect();
        let mut counts = Counts::default();
        for (item, arrival) in items.iter().zip(part) {
            counts.add(item.bucket, matches!(arrival, Arrival::Content { label: Some(_), .. }));
            if let (Bucket::Added, Arrival::Content { sample: Some(sample), .. }) = (item.bucket, arrival)
                && let Some(pixels) = &sample.pixels
            {
                let n = self.alike.entry(pixels.clone()).or_insert(0);
                *n += 1;
                self.report.copies += u64::from(*n > 1);
            }
        }
        if let Some(import) = self.import {
            self.report.cancelled |= self.app.store.note_items(import, self.done, &items, &counts).await?;
        }
        Ok(items)
    }

    pub(super) async fn finish(mut self) -> Result<ImportReport, ServiceError> {
        self.process().await?;
        self.settle().await?;
        self.progress.report(self.done, self.done, &Stage::Importing);
        self.report.new_classes = self.labels.added();
        if self.mended > 0 {
            let n = self.mended;
            self.report.notes.push(format!("{n} stored samples were missing or damaged, and are whole again"));
        }
        if self.report.copies > 0 {
            let n = self.report.copies;
            self.report.notes.push(format!("{n} new samples are copies of others, and would go into groups with them"));
        }
        if self.report.predictions > 0 {
            let n = self.report.predictions;
            self.report.notes.push(format!("{n} predictions of models elsewhere were read; they are no labels"));
        }
        self.report.close();
        Ok(self.report)
    }
}

fn refused(name: String, reason: String) -> Arrival {
    Arrival::Settled { name, outcome: ItemOutcome::Refused { reason } }
}

/// The result of keeping a content.
enum Stored {
    /// It is a picture that may be new.
    Picture(Kept),
    /// It is a sample already, and whole.
    Whole,
    Mended,
}

impl Stored {
    fn new_picture(self) -> Option<Kept> {
        match self {
            Self::Picture(kept) => Some(kept),
            Self::Whole | Self::Mended => None,
        }
    }
}

fn keep(
    batch: &BlobBatch<'_>,
    medium: &dyn Medium,
    hash: &str,
    bytes: &[u8],
    known: bool,
    dry_run: bool,
) -> Result<Stored, String> {
    if known && (dry_run || keeping::is_whole(batch.blobs(), medium, hash, bytes)) {
        return Ok(Stored::Whole);
    }
    match keeping::keep(batch, medium, hash, bytes, dry_run) {
        // Content imported once stays a sample, even if it would be refused today.
        Err(_) if known => Ok(Stored::Whole),
        Ok(_) if known => Ok(Stored::Mended),
        Ok(kept) => Ok(Stored::Picture(kept)),
        Err(reason) => Err(reason),
    }
}

fn look(item: Item, most_bytes: u64) -> Looked {
    let settled = |one: RefusedItem, outcome: fn(String) -> ItemOutcome| Looked::Settled {
        name: one.name,
        outcome: outcome(one.reason),
    };
    match item {
        Item::Found(found) => read(found, most_bytes),
        Item::RefusedItem(one) => settled(one, |reason| ItemOutcome::Refused { reason }),
        Item::PassedOver(one) => settled(one, |reason| ItemOutcome::PassedOver { reason }),
        // Taken out before.
        Item::Total(_) => Looked::refused(String::new(), "it is not an item".to_owned()),
    }
}

fn read(mut found: Found, most_bytes: u64) -> Looked {
    let bytes = match &mut found.source {
        Source::Absent(reason) => {
            let reason = std::mem::take(reason);
            return Looked::Absent(found, reason);
        }
        Source::Bytes(bytes) => Ok(std::mem::take(bytes)),
        Source::Path(path) => read_file(path, most_bytes),
    };
    match bytes {
        Ok(bytes) => Looked::Read(Read { found, hash: hex(&Sha256::digest(&bytes)), bytes }),
        Err(error) => Looked::refused(found.name, format!("it could not be read ({error})")),
    }
}

/// The whole file, or one byte more than is allowed of it, which the decoder then refuses with the right words.
fn read_file(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Its group and its place in the draw are found when it is settled.
fn row(found: &Found, hash: &str, kept: &Kept, label: Option<ClassSet>) -> NewSample {
    let (metadata, facts, fingerprint) = (&found.metadata, &kept.inspected.facts, kept.inspected.fingerprint.as_ref());
    NewSample {
        name: found.name.clone(),
        facts: Facts::from(facts.clone()),
        size_bytes: kept.size_bytes as i64,
        metadata: (!metadata.is_empty()).then(|| serde_json::to_string(metadata).unwrap_or_default()),
        pixels: fingerprint.map(|print| print.content.clone()),
        look: fingerprint.map(|print| print.hash as i64),
        label,
        hash: hash.to_owned(),
        ..NewSample::default()
    }
}
