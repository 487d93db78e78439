//! Arrange the map of the pool.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::map::arranging;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::MAP, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let done = arranging::run(turn.app, turn.project, &turn.progress).await?;
    done.map(Into::into).ok_or(JobError::Interrupted)
}
