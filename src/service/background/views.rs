//! Embed changed copies of labeled samples.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::rounds::{augmenting, training};

pub(super) const JOB: JobRunner = JobRunner { kind: &job::VIEWS, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let done = augmenting::run(turn.app, turn.project, &turn.progress).await?;
    if done.deserves_a_round {
        training::request(turn.app, turn.project.id, "views made").await?;
    }
    Ok(JobNote::Copies { labeled: done.total as i64, new: done.new as i64 }.into())
}
