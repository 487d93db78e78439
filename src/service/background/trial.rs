//! Try an encoder that was uploaded.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::encoders::trials;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::TRIAL, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    Ok(trials::run(turn.app, turn.project, &turn.job.payload).await?.into())
}
