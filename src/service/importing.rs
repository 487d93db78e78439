//! Bringing pictures in: read, hash, check, keep, and only then add rows.
//!
//! **Invariant:** a row appears after its file is safely on disk, so an import can be cut at any point and run again; the
//! content hash makes the second run add only what is missing.

pub(super) mod keeping;
mod labels;

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use sha2::{Digest as _, Sha256};
use tokio::sync::mpsc;

use self::keeping::Kept;
use self::labels::Labels;
use super::ServiceError;
use crate::app::App;
use crate::data::hex;
use crate::dataset::split::content_key;
use crate::dataset::{self, DatasetError, Each, Found, Item, Limits, Refused, Source};
use crate::domain::{AccountId, Named, Project};
use crate::encode::picture;
use crate::math::random;
use crate::progress::Progress;
use crate::store::samples::{Inserted, Known, LateLabel, NewSample};

/// Files decoded at a time, and the bytes of them that end a chunk early.
const CHUNK_FILES: usize = 64;
const CHUNK_BYTES: usize = 64 << 20;
/// Rows of one transaction.
const BATCH_ROWS: usize = 192;

/// Where labels come from.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LabelsFrom {
    #[default]
    Nowhere,
    /// The folder a file lies in is its class.
    Folder,
    /// A column of the manifest.
    Column(String),
}

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    pub labels: LabelsFrom,
    /// Read and check everything, change nothing.
    pub dry_run: bool,
    /// Who the imported labels are by.
    pub account: AccountId,
}

/// What an import came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct ImportReport {
    pub added: u64,
    /// Files whose content is in the project already, or twice in the source.
    pub duplicates: u64,
    /// Labels taken from the source.
    pub labeled: u64,
    pub refused: Vec<Refused>,
    /// Classes that the labels added to the project.
    pub new_classes: Vec<String>,
    pub dry_run: bool,
    /// Whether it stopped early; running it again goes on.
    pub interrupted: bool,
}

impl std::fmt::Display for ImportReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let verb = if self.dry_run { "would be added" } else { "added" };
        write!(f, "{} {verb}, {} there already, {} refused", self.added, self.duplicates, self.refused.len())?;
        if self.labeled > 0 {
            write!(f, ", {} labels", self.labeled)?;
        }
        if !self.new_classes.is_empty() {
            write!(f, ", new classes: {}", self.new_classes.join(", "))?;
        }
        if self.interrupted { f.write_str("; interrupted, run it again to go on") } else { Ok(()) }
    }
}

/// Import `source`: a folder, an archive or a CSV manifest.
///
/// Files that cannot be used are in the report, each with the reason; the rest go in.
///
/// # Errors
/// When the source as a whole cannot be read, or a label's class cannot be added. What went in before stays.
pub async fn import(
    app: &App,
    project: &Project,
    source: &Path,
    options: ImportOptions,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    let column = match &options.labels {
        LabelsFrom::Column(column) => Some(column.clone()),
        LabelsFrom::Nowhere | LabelsFrom::Folder => None,
    };
    let source = source.to_owned();
    let visit = move |each: Each| dataset::visit(&source, &Limits::default(), column.as_deref(), each);
    import_items(app, project, visit, options, progress).await
}

/// Import whatever `visit` hands over, from a thread that may block.
pub async fn import_items(
    app: &App,
    project: &Project,
    visit: impl FnOnce(Each) -> Result<(), DatasetError> + Send + 'static,
    options: ImportOptions,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    // A short queue: the reader stays one step ahead of the decoders, and memory stays bounded.
    let (send, items) = mpsc::channel(4);
    let reading = app.cpu.clone();
    let reader = reading.blocking(move || {
        visit(&mut |item| match send.blocking_send(item) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    });
    let work = async {
        // Owned here, so that leaving early ends the reader too.
        let mut items = items;
        let mut run = Run::start(app, project, options, progress).await?;
        while let Some(item) = items.recv().await {
            if progress.stopped() {
                run.report.interrupted = true;
                break;
            }
            run.take(item).await?;
        }
        drop(items);
        run.finish().await
    };
    let (work, read) = tokio::join!(work, reader);
    let (report, read) = (work?, read?);
    match read {
        Ok(()) => Ok(report),
        Err(error) => Err(ServiceError::Invalid(describe(&error, &report))),
    }
}

/// A source's error with its cause, and what had gone in by then.
fn describe(error: &DatasetError, report: &ImportReport) -> String {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    let so_far = if report.added > 0 { format!("; until then: {report}") } else { String::new() };
    format!("{error}{cause}{so_far}")
}

/// One import under way.
struct Run<'a> {
    app: &'a App,
    project: &'a Project,
    options: ImportOptions,
    progress: &'a Progress,
    labels: Labels,
    report: ImportReport,
    total: u64,
    done: u64,
    chunk: Vec<Found>,
    chunk_bytes: usize,
    /// Contents met in this run: a dry run stores nothing that could be asked.
    met: HashSet<[u8; 32]>,
    rows: Vec<NewSample>,
    late: Vec<LateLabel>,
}

/// A file with its content read and hashed.
struct Read {
    found: Found,
    bytes: Vec<u8>,
    digest: [u8; 32],
    class: Option<String>,
}

impl<'a> Run<'a> {
    async fn start(
        app: &'a App,
        project: &'a Project,
        options: ImportOptions,
        progress: &'a Progress,
    ) -> Result<Self, ServiceError> {
        let labels = Labels::load(app, project, &options.labels, options.dry_run).await?;
        let report = ImportReport { dry_run: options.dry_run, ..ImportReport::default() };
        Ok(Self {
            app,
            project,
            options,
            progress,
            labels,
            report,
            total: 0,
            done: 0,
            chunk: Vec::new(),
            chunk_bytes: 0,
            met: HashSet::new(),
            rows: Vec::new(),
            late: Vec::new(),
        })
    }

    async fn take(&mut self, item: Item) -> Result<(), ServiceError> {
        match item {
            Item::Total(total) => self.total = total,
            Item::Refused(refused) => self.refuse(refused),
            Item::Found(found) => {
                self.chunk_bytes += match &found.source {
                    Source::Bytes(bytes) => bytes.len(),
                    Source::Path(path) => std::fs::metadata(path).map_or(0, |meta| meta.len() as usize),
                };
                self.chunk.push(found);
                if self.chunk.len() >= CHUNK_FILES || self.chunk_bytes >= CHUNK_BYTES {
                    self.process().await?;
                }
            }
        }
        Ok(())
    }

    fn refuse(&mut self, refused: Refused) {
        self.report.refused.push(refused);
        self.step(1);
    }

    fn step(&mut self, files: u64) {
        self.done += files;
        self.progress.report(self.done, self.total.max(self.done), "importing");
    }

    /// Bring the waiting chunk as far as rows.
    async fn process(&mut self) -> Result<(), ServiceError> {
        let chunk = std::mem::take(&mut self.chunk);
        self.chunk_bytes = 0;
        let read: Vec<Result<Read, Refused>> =
            self.app.cpu.run(move || chunk.into_par_iter().map(read).collect()).await?;
        let mut fresh = Vec::new();
        for read in read {
            match read {
                Ok(read) => fresh.push(read),
                Err(refused) => self.refuse(refused),
            }
        }
        let fresh = self.only_new(fresh).await?;
        let (data, dry_run) = (self.app.data.clone(), self.options.dry_run);
        let kept: Vec<(Read, Result<Kept, String>)> = self
            .app
            .cpu
            .run(move || {
                fresh
                    .into_par_iter()
                    .map(|mut read| {
                        let bytes = std::mem::take(&mut read.bytes);
                        let kept = keeping::keep(&data, &hex(&read.digest), &bytes, dry_run);
                        (read, kept)
                    })
                    .collect()
            })
            .await?;
        for (read, kept) in kept {
            match kept {
                Ok(kept) => {
                    let class = match &read.class {
                        Some(name) => match self.labels.named(self.app, self.project, name).await? {
                            Ok(class) => class,
                            Err(reason) => {
                                self.refuse(Refused { name: read.found.name, reason });
                                continue;
                            }
                        },
                        None => None,
                    };
                    self.rows.push(row(self.project, &read, &kept, class));
                    self.report.labeled += u64::from(self.options.dry_run && read.class.is_some());
                    self.step(1);
                }
                Err(reason) => self.refuse(Refused { name: read.found.name, reason }),
            }
        }
        if self.rows.len() + self.late.len() >= BATCH_ROWS { self.write().await } else { Ok(()) }
    }

    /// Drop what is in the project already; a label it brings still goes to a sample without an answer.
    async fn only_new(&mut self, chunk: Vec<Read>) -> Result<Vec<Read>, ServiceError> {
        let hashes: Vec<String> = chunk.iter().map(|read| hex(&read.digest)).collect();
        let known = self.app.store.known_hashes(self.project.id, &hashes).await?;
        let mut fresh = Vec::new();
        for ((mut read, hash), known) in chunk.into_iter().zip(hashes).zip(known) {
            read.class = Labels::wanted(&self.options.labels, &read.found);
            let first = self.met.insert(read.digest);
            if first && known == Known::No {
                fresh.push(read);
                continue;
            }
            if let (Some(name), Known::Unanswered, true) = (&read.class, known, first) {
                match self.labels.named(self.app, self.project, name).await? {
                    Ok(Some(class)) => self.late.push(LateLabel { hash, class }),
                    Ok(None) => {}
                    Err(reason) => {
                        self.refuse(Refused { name: read.found.name, reason });
                        continue;
                    }
                }
                self.report.labeled += u64::from(self.options.dry_run);
            }
            self.report.duplicates += 1;
            self.step(1);
        }
        Ok(fresh)
    }

    async fn write(&mut self) -> Result<(), ServiceError> {
        let (rows, late) = (std::mem::take(&mut self.rows), std::mem::take(&mut self.late));
        if self.options.dry_run {
            self.report.added += rows.len() as u64;
            return Ok(());
        }
        for rows in rows.chunks(BATCH_ROWS) {
            let done = self.insert(rows, &[]).await?;
            self.report.added += done.added;
            self.report.duplicates += done.duplicates;
            self.report.labeled += done.labeled;
        }
        for late in late.chunks(BATCH_ROWS) {
            self.report.labeled += self.insert(&[], late).await?.labeled;
        }
        Ok(())
    }

    async fn insert(&self, rows: &[NewSample], late: &[LateLabel]) -> Result<Inserted, ServiceError> {
        let now = self.app.clock.now();
        Ok(self.app.store.insert_samples(self.project.id, rows, late, self.options.account, now).await?)
    }

    async fn finish(mut self) -> Result<ImportReport, ServiceError> {
        self.process().await?;
        self.write().await?;
        self.progress.report(self.done, self.done, "importing");
        self.report.new_classes = self.labels.added();
        Ok(self.report)
    }
}

fn read(found: Found) -> Result<Read, Refused> {
    let mut found = found;
    let limit = picture::Limits::default().max_bytes;
    let bytes = match &mut found.source {
        Source::Bytes(bytes) => Ok(std::mem::take(bytes)),
        Source::Path(path) => read_file(path, limit),
    };
    match bytes {
        Ok(bytes) => {
            let digest: [u8; 32] = Sha256::digest(&bytes).into();
            Ok(Read { found, bytes, digest, class: None })
        }
        Err(error) => Err(Refused { name: found.name, reason: format!("it could not be read ({error})") }),
    }
}

/// The whole file, or one byte more than is allowed of it, which the decoder then refuses with the right words.
fn read_file(path: &Path, limit: u64) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(limit + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn row(project: &Project, read: &Read, kept: &Kept, class: Option<Named>) -> NewSample {
    let hash = hex(&read.digest);
    // Drawn from the content alone: neither the order of files nor any model has a say.
    let draw = random::hash(project.seed as u64, content_key(&hash));
    let metadata = &read.found.metadata;
    NewSample {
        name: read.found.name.clone(),
        format: kept.format.to_owned(),
        width: i64::from(kept.width),
        height: i64::from(kept.height),
        size_bytes: kept.size_bytes as i64,
        audit: random::unit(draw) < project.audit_share,
        draw: (draw >> 1) as i64,
        metadata: (!metadata.is_empty()).then(|| serde_json::to_string(metadata).unwrap_or_default()),
        class,
        hash,
    }
}

/// What a job of kind `import` was asked to do.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The uploaded archive, or a folder of uploaded files, in the data folder's `uploads`.
    pub file: PathBuf,
    #[serde(default)]
    pub labels: LabelsFrom,
    pub account: AccountId,
}

/// Run a job of kind `import` whose payload is an [`Upload`] as JSON, and remove the upload once it is in.
pub async fn run_upload(
    app: &App,
    project: &Project,
    payload: &str,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    let upload: Upload = serde_json::from_str(payload)
        .map_err(|error| ServiceError::Invalid(format!("the import's job cannot be read: {error}")))?;
    let options = ImportOptions { labels: upload.labels, dry_run: false, account: upload.account };
    let report = import(app, project, &upload.file, options, progress).await?;
    if !report.interrupted && upload.file.starts_with(app.data.uploads()) {
        // Every upload has a folder of its own, which may hold more than the file that was read.
        let own = upload.file.strip_prefix(app.data.uploads()).ok().and_then(|rest| rest.iter().next());
        let file = own.map_or(upload.file.clone(), |own| app.data.uploads().join(own));
        let gone = move || if file.is_dir() { std::fs::remove_dir_all(&file) } else { std::fs::remove_file(&file) };
        if let Err(error) = app.cpu.blocking(gone).await? {
            tracing::warn!(error = &error as &dyn std::error::Error, "an upload could not be removed");
        }
    }
    Ok(report)
}
