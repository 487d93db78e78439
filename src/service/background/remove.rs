//! Remove archived samples, or an archived project, whose time is over.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::archive::removal;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::REMOVE, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let JobTurn { app, job, project, progress } = turn;
    let samples = removal::run_job(app, project, Some(job.id), &progress).await?;
    if progress.stopped() {
        return Err(JobError::Interrupted);
    }
    Ok(JobNote::Removed { samples }.into())
}
