//! Imports of uploads: jobs of kind `import`.

use std::path::{Path, PathBuf};

use super::{ImportOptions, ImportReport, LabelsFrom, ServiceError, take};
use crate::dataset;
use crate::domain::import::ImportState;
use crate::domain::{AccountId, ImportId, JobId, Project};
use crate::progress::Progress;
use crate::service::App;

/// What a job of kind `import` was asked to do.
#[derive(Debug, Clone, serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Upload {
    /// The folder of what was sent, or a file in it, relative to the data folder.
    pub file: PathBuf,
    #[serde(default)]
    pub labels: LabelsFrom,
    pub account: AccountId,
    /// Whether labels from earlier imports are replaced.
    #[serde(default)]
    pub relabel: bool,
    /// The upload's name for people.
    #[serde(default)]
    pub called: String,
    /// See [`ImportOptions::named`].
    #[serde(default)]
    pub named: String,
    /// See [`ImportOptions::predicts`].
    #[serde(default)]
    pub predicts: bool,
    /// See [`ImportOptions::content`].
    #[serde(default)]
    pub content: Option<String>,
    /// See [`ImportOptions::columns`].
    #[serde(default)]
    pub columns: dataset::ColumnCorrections,
    /// Whether it is only looked at; it stays until it is imported, or for a day.
    #[serde(default)]
    pub dry_run: bool,
}

/// Where labels come from, as pages, programs and the database say it: empty, `folder`, or `column:NAME`.
///
/// # Errors
/// When it is none of these.
pub fn chosen_labels(text: &str) -> Result<LabelsFrom, ServiceError> {
    match text.split_once(':') {
        None if text.is_empty() => Ok(LabelsFrom::Nowhere),
        None if text == "folder" => Ok(LabelsFrom::Folder),
        Some(("column", name)) if !name.is_empty() => Ok(LabelsFrom::Column(name.to_owned())),
        _ => Err(ServiceError::Invalid(format!("labels are `{text}`; give `folder`, `column:NAME`, or nothing"))),
    }
}

/// The inverse of [`chosen_labels`].
pub(super) fn label_choice(labels: &LabelsFrom) -> String {
    match labels {
        LabelsFrom::Nowhere => String::new(),
        LabelsFrom::Folder => "folder".to_owned(),
        LabelsFrom::Column(name) => format!("column:{name}"),
    }
}

/// Run the job `job`, whose payload is an [`Upload`] as JSON, and remove the upload unless it is to be read again.
///
/// # Errors
/// [`ServiceError::Invalid`] when nothing of it could be used; then retrying cannot help.
pub async fn run_upload(
    app: &App,
    project: &Project,
    job: JobId,
    payload: &str,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    let upload: Upload = serde_json::from_str(payload)
        .map_err(|error| ServiceError::Invalid(format!("the import's job cannot be read: {error}")))?;
    let options = ImportOptions {
        relabel: upload.relabel,
        job: Some(job),
        named: upload.named,
        predicts: upload.predicts,
        content: upload.content,
        columns: upload.columns,
        dry_run: upload.dry_run,
        ..ImportOptions::new(upload.labels, upload.account)
    };
    let path = app.data.root().join(&upload.file);
    let called = if upload.called.is_empty() { dataset::file_name(&path) } else { upload.called };
    let source = path.clone();
    let open = move |wanted: &dataset::SourceOptions| {
        if source.is_dir() { dataset::open_together(&source, wanted) } else { dataset::open(&source, wanted) }
    };
    let done = take(app, project, &called, options, progress, open).await;
    // Anything else may succeed on the next attempt.
    let over = matches!(&done, Err(ServiceError::Invalid(_))) || done.as_ref().is_ok_and(|report| !report.interrupted);
    if over && !(upload.dry_run && done.is_ok()) {
        remove(app, &path).await?;
    }
    let report = done?;
    if report.state() == ImportState::Failed {
        return Err(ServiceError::Invalid(format!("nothing in `{called}` could be used: {report}")));
    }
    Ok(report)
}

/// Remove an upload: it has a folder of its own, which may hold more than the file that was read.
async fn remove(app: &App, path: &Path) -> Result<(), ServiceError> {
    let uploads = app.data.uploads();
    let Some(own) = path.strip_prefix(&uploads).ok().and_then(|rest| rest.iter().next()) else { return Ok(()) };
    let folder = uploads.join(own);
    let gone = move || if folder.is_dir() { std::fs::remove_dir_all(&folder) } else { std::fs::remove_file(&folder) };
    if let Err(error) = app.cpu.blocking(gone).await? {
        tracing::warn!(error = &error as &dyn std::error::Error, "an upload could not be removed");
    }
    Ok(())
}

/// Import what the dry run `import` looked at.
///
/// # Errors
/// When it was no dry run of an upload, or the upload is gone.
pub async fn go_on(app: &App, project: &Project, import: ImportId) -> Result<JobId, ServiceError> {
    let row = app.store.import(project.id, import).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("import", import))?;
    let not_one =
        || ServiceError::Conflict(format!("import {import} was no dry run of an upload; import the files again"));
    let job = row.job_id.filter(|_| row.dry).ok_or_else(not_one)?;
    let job = app.store.job(job).await?.ok_or_else(not_one)?;
    let upload: Upload = serde_json::from_str(&job.payload).map_err(|_| not_one())?;
    if !app.data.root().join(&upload.file).exists() {
        return Err(ServiceError::Conflict(
            "these files were imported or removed meanwhile; send them again".to_owned(),
        ));
    }
    let payload = serde_json::to_string(&Upload { dry_run: false, ..upload }).map_err(std::io::Error::other)?;
    let id = app.store.request_job(project.id, &crate::domain::job::IMPORT, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(id)
}
