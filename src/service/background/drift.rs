//! Compare the samples of imports with the pool before them.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::map::drift;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::DRIFT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    Ok(drift::run(turn.app, turn.project).await?.into())
}
