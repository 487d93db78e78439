//! Write an export that was asked for.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::exchange::exporting;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::SNAPSHOT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    Ok(exporting::run_snapshot(turn.app, turn.project, &turn.job.payload, &turn.progress).await?.into())
}
