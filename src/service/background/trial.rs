//! Try an encoder that was uploaded.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::trials;

pub(super) const WORK: Work = Work { kind: &job::TRIAL, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(trials::run(turn.app, turn.project, &turn.job.payload).await?.into())
}
