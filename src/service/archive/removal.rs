//! What is removed for good: archived samples, projects and accounts whose time is over, with their files, embeddings and pictures.
//!
//! **Invariant:** it goes on where it was cut off. A sample's rows go first and its file after them, so that nothing refers to a file that is gone; a
//! file goes only when no sample of any project has its content, archived ones included.

use std::io::ErrorKind;
use std::path::PathBuf;

use crate::domain::{ActVia, JobId, Project, ProjectId, RecordedAct, Stage, Timestamp, job};
use crate::progress::Progress;
use crate::service::exchange::undoing;
use crate::service::live::Changed;
use crate::service::people::{personal, record};
use crate::service::{App, ServiceError};

/// Samples of one transaction.
const BATCH: i64 = 200;

/// The projects of which something is due to be removed.
///
/// # Errors
/// When the database cannot be read.
pub async fn due_projects(app: &App) -> Result<Vec<Project>, ServiceError> {
    let now = app.clock.now();
    let mut due = app.store.projects_with_samples_to_go(now).await?;
    due.extend(app.store.projects_to_go(now).await?);
    due.sort_unstable();
    due.dedup();
    let mut projects = Vec::new();
    for id in due {
        projects.extend(app.store.project(id).await?);
    }
    Ok(projects)
}

/// Ask for the removal of all that is due now, and make accounts anonymous whose time is over; returns how many things there were.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn request_due(app: &App) -> Result<usize, ServiceError> {
    let (now, projects) = (app.clock.now(), due_projects(app).await?);
    for project in &projects {
        app.store.request_job(project.id, &job::REMOVE, "", now).await?;
    }
    app.wake.notify_waiters();
    Ok(projects.len() + anonymise_due(app).await?)
}

/// Make accounts anonymous whose time is over; returns how many there were.
///
/// # Errors
/// When the database cannot be read or written.
pub async fn anonymise_due(app: &App) -> Result<usize, ServiceError> {
    let accounts = app.store.accounts_to_go(app.clock.now()).await?;
    for account in &accounts {
        let name = personal::anonymise(app, account).await?;
        enter(app, None, "person-anonymised", &name, 0).await;
    }
    Ok(accounts.len())
}

/// Run a job of kind `remove`; returns how many samples were removed.
///
/// # Errors
/// When rows or files cannot be removed; what was done stays done.
pub async fn run_job(
    app: &App,
    project: &Project,
    job: Option<JobId>,
    progress: &Progress,
) -> Result<i64, ServiceError> {
    let by = app.clock.now();
    let whole = app.store.projects_to_go(by).await?.contains(&project.id);
    let mut removed = 0;
    let mut last = Timestamp(0);
    while !progress.stopped() {
        // Each batch is told by its time.
        last = Timestamp(app.clock.now().0.max(last.0 + 1));
        let gone = if whole {
            app.store.delete_samples(project.id, BATCH, last).await?
        } else {
            app.store.let_archived_go(project.id, by, BATCH, last).await?
        };
        removed += gone.cast_signed();
        progress.report(removed.unsigned_abs(), 0, &Stage::Removing);
        if gone == 0 {
            break;
        }
    }
    undoing::clear(app, project, progress).await?;
    if progress.stopped() {
        return Ok(removed);
    }
    if whole {
        // Before the last rows go: afterwards nobody would ask for it again.
        enter(app, Some(project.id), "project-removed", &project.slug, removed).await;
        remove_rest(app, project, job).await?;
    } else if removed > 0 {
        enter(app, Some(project.id), "samples-removed", "", removed).await;
    }
    app.changed(project.id, Changed::Settings);
    app.changed(project.id, Changed::Samples);
    Ok(removed)
}

/// Remove a project without samples: its folders, then its rows, then the encoders that were learned from it.
async fn remove_rest(app: &App, project: &Project, job: Option<JobId>) -> Result<(), ServiceError> {
    let data = app.data.clone();
    let slug = project.slug.clone();
    app.cpu
        .blocking(move || {
            for folder in [data.rounds(&slug), data.snapshots(&slug), data.replays(&slug), data.insight(&slug)] {
                absent_is_fine(std::fs::remove_dir_all(folder))?;
            }
            data.files_by_encoders(&slug)?
                .into_iter()
                .try_for_each(|file: PathBuf| absent_is_fine(std::fs::remove_file(file)))
        })
        .await??;
    app.store.delete_rest(project.id, job, app.clock.now()).await?;
    app.changed(project.id, Changed::Embeddings);
    for encoder in app.store.encoders().await?.into_iter().filter(|encoder| encoder.project_id == Some(project.id)) {
        // Another project may have chosen it.
        if app.store.remove_encoder(encoder.id).await? {
            let folders = [app.data.encoder(encoder.id), app.data.embeddings_by(encoder.id)];
            app.cpu
                .blocking(move || folders.iter().try_for_each(|folder| absent_is_fine(std::fs::remove_dir_all(folder))))
                .await??;
        }
    }
    Ok(())
}

fn absent_is_fine(done: std::io::Result<()>) -> std::io::Result<()> {
    match done {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Say in the record what went by itself.
async fn enter(app: &App, project: Option<ProjectId>, what: &str, subject: &str, samples: i64) {
    let details = if samples > 0 { vec![("samples".to_owned(), samples.to_string())] } else { Vec::new() };
    let (what, subject) = (what.to_owned(), subject.to_owned());
    let act =
        RecordedAct { account: None, project, via: ActVia::Itself, what, subject, details, address: String::new() };
    record::add(app, act).await;
}
