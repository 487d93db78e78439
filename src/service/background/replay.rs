//! Replay the labels with other strategies.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::experiments::replay;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::REPLAY, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    match replay::run(turn.app, turn.project, turn.job.id, &turn.job.payload, &turn.progress).await? {
        replay::ReplayOutcome::Ended(note) => Ok(note.into()),
        replay::ReplayOutcome::Interrupted => Err(JobError::Interrupted),
    }
}
