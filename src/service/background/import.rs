//! Import what was uploaded.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::live::Changed;
use crate::service::{encoding, importing};

pub(super) const WORK: Work = Work { kind: &job::IMPORT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    let job = turn.job;
    let done = importing::run_upload(turn.app, turn.project, job.id, &job.payload, &turn.progress).await?;
    if done.interrupted {
        return Err(JobError::Interrupted);
    }
    if done.added + done.labeled > 0 {
        encoding::request(turn.app, turn.project.id).await?;
        turn.app.changed(turn.project.id, Changed::Samples);
    }
    Ok(done.to_string().into())
}
