//! Make a deployable model.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::models::model;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::MODEL, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let card = model::run(turn.app, turn.project, &turn.job.payload, &turn.progress).await?;
    let (input, precision) = (card.input.as_str(), card.precision.as_str());
    let note = JobNote::Model {
        round: card.round,
        input: input.to_owned(),
        precision: precision.to_owned(),
        difference: card.max_difference.into(),
        samples: card.checked as i64,
    };
    Ok(note.into())
}
