//! Replay the labels with other strategies.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::replay;

pub(super) const WORK: Work = Work { kind: &job::REPLAY, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    match replay::run(turn.app, turn.project, turn.job.id, &turn.job.payload, &turn.progress).await? {
        replay::Outcome::Ended(message) => Ok(message.into()),
        replay::Outcome::Interrupted => Err(JobError::Interrupted),
    }
}
