//! Taking an import back: what that would touch, doing it, and removing files and embeddings of the samples that left.
//!
//! **Invariant:** it goes on where it was cut off, and taking back what was taken back changes nothing. Files are removed only
//! when no sample of any project has their content, and while no import runs that may have just found them.

use std::collections::HashSet;
use std::path::PathBuf;

use crate::blobs::{BlobPart, ORIGINAL};
use crate::domain::import::ImportState;
use crate::domain::{AccountId, ImportId, JobId, Project, SampleId, Stage, Timestamp, job};
use crate::modality::medium;
use crate::progress::Progress;
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::embeddings::EmbeddingFile;
use crate::store::imports::Import;
use crate::store::undoing::{Departed, TakingBack, UndoReach};

/// Samples or labels of one transaction: few enough that an answer hardly waits.
const BATCH: i64 = 200;
/// Samples whose files are removed between two looks at the database.
const CLEARED: i64 = 1000;
/// Samples that stay and are named.
pub const NAMED: i64 = 20;

/// What a job of kind `take-back` was asked to do.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Wanted {
    import: ImportId,
    account: AccountId,
}

/// The result of taking an import back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TakenBack {
    /// Samples that left, in all.
    pub samples: i64,
    /// Labels that were taken back, those of samples that left not counted.
    pub labels: i64,
    /// Whether it was stopped; run again, it goes on.
    pub stopped: bool,
}

/// The import, and what taking it back now would do.
///
/// # Errors
/// When there is no such import, it still runs, or it is from before imports could be taken back.
pub async fn preview(app: &App, project: &Project, import: ImportId) -> Result<(Import, UndoReach), ServiceError> {
    let row = app.store.import(project.id, import).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("import", import))?;
    if row.state == ImportState::Running {
        return Err(ServiceError::Conflict(format!("import {import} still runs; cancel it, or wait for its end")));
    }
    let reach = app.store.undo_reach(project.id, import, NAMED, app.clock.now()).await?;
    let brought = reach.fates.iter().map(|(_, n)| n).sum::<i64>() + reach.labels.0 + reach.predictions;
    let counts = row.counts();
    if row.undone_us.is_none() && brought == 0 && counts.added + counts.labeled > 0 {
        return Err(ServiceError::Conflict(format!(
            "import {import} was made before imports could be taken back, or all that it brought has been replaced"
        )));
    }
    Ok((row, reach))
}

/// Ask for an import to be taken back in the background.
///
/// # Errors
/// As [`preview`].
pub async fn request(
    app: &App,
    project: &Project,
    account: AccountId,
    import: ImportId,
) -> Result<JobId, ServiceError> {
    preview(app, project, import).await?;
    // From here on pages say so, and nobody asks twice.
    app.store.begin_undo(TakingBack { project: project.id, import, account }, app.clock.now()).await?;
    enqueue(app, project, account, import).await
}

/// Ask a server to remove what is left on disk, after another process took an import back.
///
/// # Errors
/// When the database cannot be written.
pub async fn enqueue(
    app: &App,
    project: &Project,
    account: AccountId,
    import: ImportId,
) -> Result<JobId, ServiceError> {
    let payload = serde_json::to_string(&Wanted { import, account }).map_err(std::io::Error::other)?;
    let job = app.store.request_job(project.id, &job::TAKE_BACK, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Take an import back: its rows. Files and embeddings are left to [`run_job`].
///
/// # Errors
/// As [`preview`].
pub async fn take_back(
    app: &App,
    project: &Project,
    account: AccountId,
    import: ImportId,
    progress: &Progress,
) -> Result<TakenBack, ServiceError> {
    let (_, reach) = preview(app, project, import).await?;
    let what = TakingBack { project: project.id, import, account };
    app.store.begin_undo(what, app.clock.now()).await?;
    let total = reach.fates.iter().map(|(_, n)| n).sum::<i64>() + reach.labels.0;
    let mut done = TakenBack::default();
    let mut last = Timestamp(0);
    while !progress.stopped() {
        // Each batch is told by its time.
        last = Timestamp(app.clock.now().0.max(last.0 + 1));
        let left = app.store.let_leave(what, BATCH, last).await?;
        done.samples += left;
        progress.report(done.samples.unsigned_abs(), total.unsigned_abs(), &Stage::TakingBack);
        if left < BATCH {
            break;
        }
    }
    while !progress.stopped() {
        let taken = app.store.withdraw_labels(what, BATCH, app.clock.now()).await?;
        done.labels += taken;
        progress.report((done.samples + done.labels).unsigned_abs(), total.unsigned_abs(), &Stage::TakingBack);
        if taken < BATCH {
            break;
        }
    }
    done.stopped = progress.stopped();
    Ok(done)
}

/// Run a job of kind `take-back`: the rows, where another process has not done it, then what they left on disk.
///
/// # Errors
/// As [`take_back`], and when embeddings cannot be written.
pub async fn run_job(
    app: &App,
    project: &Project,
    payload: &str,
    progress: &Progress,
) -> Result<TakenBack, ServiceError> {
    let Wanted { import, account } = serde_json::from_str(payload)
        .map_err(|error| ServiceError::Invalid(format!("the job cannot be read: {error}")))?;
    let done = take_back(app, project, account, import, progress).await?;
    let cleared = clear(app, project, progress).await?;
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    if done.samples + done.labels > 0 || cleared > 0 {
        training::request(app, project.id, "import taken back").await?;
    }
    let row = app.store.import(project.id, import).await?;
    let (samples, labels) = row.map_or((done.samples, done.labels), |row| (row.undone_samples, row.undone_labels));
    Ok(TakenBack { samples, labels, stopped: done.stopped || progress.stopped() })
}

/// Remove embeddings and files of samples that left; returns of how many.
pub(in crate::service) async fn clear(
    app: &App,
    project: &Project,
    progress: &Progress,
) -> Result<usize, ServiceError> {
    let mut cleared = 0;
    while !progress.stopped() {
        let departed = app.store.departed(project.id, CLEARED).await?;
        if departed.is_empty() {
            break;
        }
        // Of another process: this one's jobs run one after the other. What is found there is not removed under its hands.
        if app.store.imports_run().await? {
            return Err(ServiceError::Busy(
                "another import runs; the files of samples that left are removed after it".to_owned(),
            ));
        }
        let ids: Vec<SampleId> = departed.iter().map(|one| one.sample_id).collect();
        forget_embeddings(app, project, &ids).await?;
        for one in &departed {
            remove_files(app, project, one).await?;
        }
        app.store.clear_departed(project.id, &ids, app.clock.now()).await?;
        cleared += ids.len();
    }
    Ok(cleared)
}

/// Drop the rows of these samples from every file of embeddings of the project.
async fn forget_embeddings(app: &App, project: &Project, ids: &[SampleId]) -> Result<(), ServiceError> {
    let gone: HashSet<SampleId> = ids.iter().copied().collect();
    let files: Vec<PathBuf> = app.data.embeddings_of(&project.slug)?;
    app.cpu.blocking(move || files.iter().try_for_each(|file| EmbeddingFile::forget(file, &gone).map(drop))).await??;
    app.changed(project.id, Changed::Embeddings);
    Ok(())
}

/// Remove the file of a content that no sample has any more, and what was drawn from it.
async fn remove_files(app: &App, project: &Project, one: &Departed) -> Result<(), ServiceError> {
    if one.used {
        return Ok(());
    }
    let medium = medium(project.modality)?;
    let (blobs, hash) = (app.blobs.clone(), one.hash.clone());
    // Looked at once more, right before: another project may have got it since the batch was read.
    if app.store.is_content_used(&hash).await? {
        return Ok(());
    }
    app.cpu
        .blocking(move || {
            let drawn = blobs.get(ORIGINAL, &hash).map(|bytes| medium.renditions(&bytes)).unwrap_or_default();
            let parts = drawn.into_iter().chain([medium.card().0, medium.stage().0, ORIGINAL]);
            let parts: HashSet<BlobPart> = parts.collect();
            for part in parts {
                match blobs.delete(part, &hash) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        tracing::warn!(error = &error as &dyn std::error::Error, "a file of a sample that left stays");
                    }
                    _ => {}
                }
            }
        })
        .await?;
    Ok(())
}
