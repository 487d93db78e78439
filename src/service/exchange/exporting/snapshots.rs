//! Snapshots: exports that are kept on the server under a name and never change.

use std::path::PathBuf;

use super::options::Choosing;
use super::{CARD_JSON, CARD_MARKDOWN, ExportOptions, ExportOrder, Predictions, check_format, export};
use crate::dataset::export::Format;
use crate::domain::{AccountId, JobId, JobNote, Project, SnapshotId};
use crate::progress::Progress;
use crate::service::rounds::predictions;
use crate::service::{App, ServiceError};
use crate::store::snapshots::{FinishedSnapshot, OrderedSnapshot, Snapshot, UNNAMED};

const LONGEST_NAME: usize = 100;

/// What a snapshot may be called. Empty: by its number.
fn check_name(name: Option<&str>) -> Result<Option<&str>, ServiceError> {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else { return Ok(None) };
    let reserved = name.strip_prefix(UNNAMED).is_some_and(|rest| rest.parse::<i64>().is_ok());
    let reason = if name.chars().count() > LONGEST_NAME {
        format!("a name has at most {LONGEST_NAME} characters")
    } else if name.chars().any(char::is_control) {
        "a name has no line breaks or other control characters".to_owned()
    } else if reserved {
        format!("names such as `{name}` are for exports without one; choose another name")
    } else {
        return Ok(Some(name));
    };
    Err(ServiceError::Invalid(reason))
}

/// Ask for a snapshot; a job writes it.
///
/// # Errors
/// When what is asked for makes no sense, and [`ServiceError::Conflict`] when the name is taken.
pub async fn request_snapshot(
    app: &App,
    project: &Project,
    account: AccountId,
    name: Option<&str>,
    format: &'static Format,
    options: &ExportOptions,
) -> Result<(SnapshotId, JobId), ServiceError> {
    let name = check_name(name)?;
    check_format(project, format, options)?;
    Choosing::read(app, project, options).await?;
    let options = serde_json::to_string(options).map_err(std::io::Error::other)?;
    let order = OrderedSnapshot { project: project.id, account, format: format.name, name, options: &options };
    let asked = app.store.request_snapshot(&order, app.clock.now()).await?;
    asked.ok_or_else(|| {
        let name = name.unwrap_or_default();
        ServiceError::Conflict(format!("there is an export called `{name}` already; choose another name"))
    })
}

/// Write a snapshot that was asked for, and offer it once its counts are checked.
///
/// A finished snapshot stays unchanged.
async fn make(
    app: &App,
    project: &Project,
    row: Snapshot,
    predictions: Option<&Predictions>,
    progress: &Progress,
) -> Result<JobNote, ServiceError> {
    let id = row.id;
    if let Some(file) = row.file {
        return Ok(JobNote::ExportedBefore { file });
    }
    let format = Format::named(&row.format)
        .ok_or_else(|| ServiceError::Invalid(format!("format `{}` is unknown to this version", row.format)))?;
    let options = options_of(&row)?;
    let folder = app.data.snapshots(&project.slug);
    std::fs::create_dir_all(&folder)?;
    let file = format!("{}-{id}-{}.{}", project.slug, format.name, format.ending);
    let order = ExportOrder { name: Some(&row.name), format, options: &options, predictions };
    let exported = export(app, project, &order, &folder.join(&file), progress).await?;
    let manifest = serde_json::to_string(&exported.manifest).map_err(std::io::Error::other)?;
    let written = &exported.manifest.files[0];
    let done = FinishedSnapshot {
        file: file.clone(),
        sha256: written.sha256.clone(),
        size_bytes: written.size_bytes as i64,
        manifest,
        labels: exported.labels,
    };
    app.store.finish_snapshot(id, &done, app.clock.now()).await?;
    Ok(JobNote::Exported { labels: exported.manifest.written as i64, file })
}

fn options_of(row: &Snapshot) -> Result<ExportOptions, ServiceError> {
    serde_json::from_str(&row.options)
        .map_err(|error| ServiceError::Invalid(format!("the snapshot's options cannot be read: {error}")))
}

/// Run a job of kind `snapshot`, whose payload is the snapshot's id.
pub async fn run_snapshot(
    app: &App,
    project: &Project,
    payload: &str,
    progress: &Progress,
) -> Result<JobNote, ServiceError> {
    let id: SnapshotId = payload
        .parse()
        .map_err(|_| ServiceError::Invalid(format!("the snapshot's job names `{payload}`, which is not a snapshot")))?;
    let row = app.store.snapshot(project.id, id).await?.ok_or_else(|| ServiceError::not_found("snapshot", id))?;
    let known = if options_of(&row)?.with_predictions { predictions::honest(app, project).await? } else { None };
    make(app, project, row, known.as_ref(), progress).await
}

/// Where a finished snapshot's data card is, as Markdown and as JSON.
pub fn cards(app: &App, project: &Project, file: &str) -> (PathBuf, PathBuf) {
    let folder = app.data.snapshots(&project.slug);
    (folder.join(format!("{file}{CARD_MARKDOWN}")), folder.join(format!("{file}{CARD_JSON}")))
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn a_name_is_one_short_line_and_no_number() {
        assert_eq!(check_name(Some(" first draft ")).unwrap(), Some("first draft"));
        assert_eq!((check_name(None).unwrap(), check_name(Some(" ")).unwrap()), (None, None));
        assert_eq!(check_name(Some("export-of-may")).unwrap(), Some("export-of-may"));
        for bad in ["export-12".to_owned(), "a\nb".to_owned(), "写".repeat(101)] {
            assert!(check_name(Some(&bad)).is_err(), "{bad}");
        }
    }
}
