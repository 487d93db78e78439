//! Import what was uploaded.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{EventKind, job};
use crate::service::encoders::encoding;
use crate::service::exchange::importing;
use crate::service::live::Changed;
use crate::service::webhooks;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::IMPORT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let job = turn.job;
    let done = importing::run_upload(turn.app, turn.project, job.id, &job.payload, &turn.progress).await?;
    if done.interrupted {
        return Err(JobError::Interrupted);
    }
    if done.added + done.labeled > 0 && !done.dry_run {
        encoding::request(turn.app, turn.project.id).await?;
        turn.app.changed(turn.project.id, Changed::Samples);
    }
    let counts = serde_json::json!({ "import": done.import, "added": done.added, "labeled": done.labeled, "counts": done.counts });
    webhooks::tell(turn.app, turn.project, EventKind::ImportFinished, &counts).await;
    Ok(done.note().into())
}
