//! Write an export that was asked for.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::exporting;

pub(super) const WORK: Work = Work { kind: &job::SNAPSHOT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(exporting::run_snapshot(turn.app, turn.project, &turn.job.payload, &turn.progress).await?.into())
}
