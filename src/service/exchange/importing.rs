//! Bringing pictures in: read, hash, check, keep, and only then add rows; and report the outcome of every item.
//!
//! **Invariant:** a row appears after its file is safely on disk, so an import can be interrupted at any point and run
//! again; the content hash makes the second run add only what is missing. Every item ends in one bucket of the report.

mod absent;
mod dry;
pub(in crate::service) mod keeping;
mod labels;
mod report;
mod run;
mod upload;

use std::path::Path;

use tokio::sync::mpsc;

pub use self::report::{ImportReport, ItemTable};
use self::run::RunningImport;
pub use self::upload::{Upload, chosen_labels, go_on, run_upload};
pub use crate::dataset::LabelsFrom;
use crate::dataset::{self, ColumnCorrections, Contents, DatasetError, Each, Opened, SourceLimits, SourceOptions};
use crate::domain::class::class_name;
use crate::domain::import::ImportState;
use crate::domain::{AccountId, ImportId, JobId, Project};
use crate::progress::Progress;
use crate::service::archive::projects as archive;
use crate::service::{App, ServiceError};
use crate::store::imports::{ImportEnd, NewImport};

/// How to import.
#[derive(Debug, Clone)]
pub struct ImportOptions {
    pub labels: LabelsFrom,
    /// Read and check everything, change nothing.
    pub dry_run: bool,
    /// Who the imported labels are by.
    pub account: AccountId,
    /// Whether labels from an earlier import are replaced. People's answers never are.
    pub relabel: bool,
    /// The job that runs it; `None` on the command line.
    pub job: Option<JobId>,
    /// Who says so: the source of the labels, or the model whose predictions they are. Empty: not told.
    pub named: String,
    /// Whether the source's labels are predictions of a model, which never become labels.
    pub predicts: bool,
    /// The column of a table that holds the samples themselves; without it one of the usual names may.
    pub content: Option<String>,
    /// What columns of rows are, where what is found in them is not what they mean.
    pub columns: ColumnCorrections,
}

impl ImportOptions {
    pub fn new(labels: LabelsFrom, account: AccountId) -> Self {
        Self {
            labels,
            dry_run: false,
            account,
            relabel: false,
            job: None,
            named: String::new(),
            predicts: false,
            content: None,
            columns: ColumnCorrections::default(),
        }
    }
}

/// Characters that a source's name may have.
const MOST_NAME: usize = 100;

impl ImportOptions {
    /// # Errors
    /// When the name of the source cannot be kept, or predictions have no model or no labels to be read from.
    pub(super) fn check(&self) -> Result<(), ServiceError> {
        let wrong = |message: &str| Err(ServiceError::Invalid(message.to_owned()));
        if self.named.chars().count() > MOST_NAME || self.named.chars().any(char::is_control) {
            return wrong("the source's name has at most 100 characters and no control characters; shorten it");
        }
        if self.predicts && self.named.trim().is_empty() {
            return wrong("predictions need the model's name; give it as the source");
        }
        if self.predicts && self.labels == LabelsFrom::Nowhere {
            return wrong("predictions are read as labels are; name the folder or the column that holds them");
        }
        if self.predicts && self.relabel {
            return wrong("predictions replace no labels; leave `relabel` out");
        }
        Ok(())
    }
}

/// Import `source`: a folder, an archive or a table of files.
///
/// Files that cannot be used are in the report, each with the reason; the rest go in.
///
/// # Errors
/// When the source as a whole cannot be read (further), or names too many classes. What was imported before that stays.
pub async fn import(
    app: &App,
    project: &Project,
    source: &Path,
    options: ImportOptions,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    archive::check_open(project)?;
    let path = source.to_owned();
    take(app, project, &dataset::file_name(source), options, progress, move |wanted| dataset::open(&path, wanted)).await
}

/// Import everything that `visit` yields, shown to people as `called`, from a thread that may block.
pub async fn import_items(
    app: &App,
    project: &Project,
    called: &str,
    visit: impl FnOnce(Each) -> Result<(), DatasetError> + Send + 'static,
    options: ImportOptions,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    take(app, project, called, options, progress, move |_| Ok(Opened::new(visit))).await
}

/// Ask a running import to stop after the files in progress.
///
/// # Errors
/// When there is no such import, or it does not run.
pub async fn cancel(app: &App, project: &Project, import: ImportId) -> Result<(), ServiceError> {
    if app.store.cancel_import(project.id, import, app.clock.now()).await? {
        return Ok(());
    }
    let row = app.store.import(project.id, import).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("import", import))?;
    // Asked twice, it stops once.
    if row.state == ImportState::Running {
        return Ok(());
    }
    Err(ServiceError::Conflict(format!("import {import} does not run any more; it can be taken back")))
}

/// Import what `open` opens, and keep a record of it.
async fn take(
    app: &App,
    project: &Project,
    called: &str,
    options: ImportOptions,
    progress: &Progress,
    open: impl FnOnce(&SourceOptions) -> Result<Opened, DatasetError> + Send + 'static,
) -> Result<ImportReport, ServiceError> {
    options.check()?;
    let import = if options.dry_run && options.job.is_none() {
        None
    } else {
        Some(start(app, project, called, &options).await?)
    };
    let done = read(app, project, import, options, progress, open).await;
    if let Some(import) = import {
        let end = match &done {
            Ok(report) => ImportEnd {
                state: report.state(),
                message: String::new(),
                notes: report.notes.clone(),
                new_classes: report.new_classes.clone(),
            },
            Err(error) => ImportEnd {
                state: ImportState::Failed,
                message: error.to_string(),
                notes: Vec::new(),
                new_classes: Vec::new(),
            },
        };
        app.store.end_import(import, &end, app.clock.now()).await?;
    }
    done
}

async fn start(app: &App, project: &Project, called: &str, options: &ImportOptions) -> Result<ImportId, ServiceError> {
    let new = NewImport {
        project: project.id,
        account: options.account,
        job: options.job,
        source: called.to_owned(),
        labels: upload::label_choice(&options.labels),
        relabel: options.relabel,
        named: options.named.clone(),
        predicts: options.predicts,
        dry: options.dry_run,
    };
    Ok(app.store.start_import(&new, app.clock.now()).await?)
}

async fn read(
    app: &App,
    project: &Project,
    import: Option<ImportId>,
    options: ImportOptions,
    progress: &Progress,
    open: impl FnOnce(&SourceOptions) -> Result<Opened, DatasetError> + Send + 'static,
) -> Result<ImportReport, ServiceError> {
    let classes = app.store.classes(project.id).await?;
    let wanted = SourceOptions {
        labels: options.labels.clone(),
        classes: classes.iter().filter(|class| !class.retired).map(|class| class_name(&class.name)).collect(),
        limits: SourceLimits { contents: Contents::of(project.modality), ..SourceLimits::default() },
        content: options.content.clone(),
        columns: options.columns.clone(),
    };
    let opened = app.cpu.blocking(move || open(&wanted)).await?.map_err(|error| unreadable(&error, None))?;
    let mut run = RunningImport::start(app, project, import, options, progress).await?;
    run.expect(&opened)?;
    if let (Some(import), false) = (import, opened.notes.is_empty()) {
        app.store.note_import(import, &opened.notes).await?;
    }
    // A short queue: the reader stays one step ahead of the decoders, and memory stays bounded.
    let (send, items) = mpsc::channel(4);
    let reader = app.cpu.blocking(move || {
        opened.visit(&mut |item| match send.blocking_send(item) {
            Ok(()) => std::ops::ControlFlow::Continue(()),
            Err(_) => std::ops::ControlFlow::Break(()),
        })
    });
    let work = async {
        // Owned here, so that leaving early ends the reader too.
        let mut items = items;
        while let Some(item) = items.recv().await {
            if progress.stopped() {
                run.interrupt();
                break;
            }
            run.take(item).await?;
            if run.cancelled() {
                break;
            }
        }
        drop(items);
        run.finish().await
    };
    let (work, read) = tokio::join!(work, reader);
    let (report, read) = (work?, read?);
    match read {
        Ok(()) => Ok(report),
        Err(error) => Err(unreadable(&error, Some(&report))),
    }
}

/// A source's error with its cause, and what had been imported by then.
fn unreadable(error: &DatasetError, report: Option<&ImportReport>) -> ServiceError {
    let cause = std::error::Error::source(error).map(|cause| format!(" ({cause})")).unwrap_or_default();
    let so_far = report.filter(|report| report.counts.used() > 0);
    let so_far = so_far.map(|report| format!("; until then: {report}")).unwrap_or_default();
    ServiceError::Invalid(format!("{error}{cause}{so_far}"))
}
