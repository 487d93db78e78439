//! Archiving projects, and bringing them back.
//!
//! An archived project is not among the projects and takes no answers, imports or changes; what is there can be looked at. It is kept, or
//! deleted when its time is over.

use super::KEPT_SECONDS;
use crate::domain::Project;
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};

/// Archive a project; with `delete`, to be removed for good after [`KEPT_SECONDS`]. Samples that are with people are taken from them.
///
/// # Errors
/// When the database cannot be written.
pub async fn archive(app: &App, project: &Project, delete: bool) -> Result<(), ServiceError> {
    let now = app.clock.now();
    app.store.archive_project(project.id, now, delete.then(|| now.plus_seconds(KEPT_SECONDS))).await?;
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    Ok(())
}

/// Bring an archived project back as it was.
///
/// # Errors
/// When it was removed for good.
pub async fn restore(app: &App, project: &Project) -> Result<(), ServiceError> {
    if !app.store.restore_project(project.id).await? {
        return Err(ServiceError::not_found("project", &project.slug));
    }
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    if app.store.tally(project.id).await?.samples > 0 {
        training::request(app, project.id, "project restored").await?;
    }
    Ok(())
}

/// Refuse to change an archived project.
///
/// # Errors
/// [`ServiceError::Conflict`] when it is archived.
pub fn check_open(project: &Project) -> Result<(), ServiceError> {
    if project.archived_us.is_none() {
        return Ok(());
    }
    Err(ServiceError::Conflict(format!(
        "project `{0}` is archived; bring it back first, on its page or with `querist archive restore {0}`",
        project.slug
    )))
}
