//! Take an import back, and remove what its samples left on disk.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::exchange::undoing;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::TAKE_BACK, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let JobTurn { app, job, project, progress } = turn;
    let done = undoing::run_job(app, project, &job.payload, &progress).await?;
    if done.stopped {
        return Err(JobError::Interrupted);
    }
    Ok(JobNote::TakenBack { samples: done.samples, labels: done.labels }.into())
}
