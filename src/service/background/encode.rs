//! Encode the samples that lack an embedding; rank again while the pool grows.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, ProjectId, job};
use crate::service::App;
use crate::service::desk::searching;
use crate::service::encoders::encoding::{self, EncodingError};
use crate::service::exchange::copies;
use crate::service::live::Changed;
use crate::service::map;
use crate::service::rounds::training;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::ENCODE, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let JobTurn { app, project, .. } = turn;
    searching::index(app, project).await?;
    let done = match encoding::encode_project(app, project, turn.progress, followers(app, project.id)).await {
        // Somebody asked before the first import, or took everything back: there is nothing to do, and nothing wrong.
        Err(EncodingError::NoPictures(_)) => return Ok(JobNote::NothingToEncode.into()),
        done => done?,
    };
    if done.stopped {
        return Err(JobError::Interrupted);
    }
    app.changed(project.id, Changed::Settings);
    // The encoder may just have changed.
    if let Some(project) = app.store.project(project.id).await? {
        copies::settle(app, &project).await?;
        map::request_where_outgrown(app, &project).await?;
        map::drift::request_where_new(app, &project).await?;
    }
    training::request(app, project.id, "pool encoded").await?;
    app.changed(project.id, Changed::Samples);
    Ok(done.note().into())
}

/// After each encoded batch, the pool in memory grows; each time it doubles, the cold start is ranked again, so that
/// labeling can begin early.
fn followers(app: &App, project: ProjectId) -> encoding::OnBatch {
    let app = app.clone();
    let runtime = tokio::runtime::Handle::current();
    let (mut n, mut next) = (0, 256);
    Box::new(move |encoder, ids, rows| {
        app.pools.append(project, encoder, ids, rows);
        n += ids.len();
        if n >= next {
            next = 2 * n;
            let app = app.clone();
            runtime.spawn(async move {
                if let Err(error) = training::request(&app, project, "pool grew").await {
                    tracing::warn!(error = crate::causes::line(&error), "the cold start could not be asked for");
                }
            });
        }
    })
}
