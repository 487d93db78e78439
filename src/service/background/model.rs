//! Make a deployable model.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::models::model;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::MODEL, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let card = model::run(turn.app, turn.project, &turn.job.payload, &turn.progress).await?;
    let (input, precision) = (card.input.as_str(), card.precision.as_str());
    let message = format!(
        "round {}, {input}, {precision}: largest difference {:.0e} on {} samples",
        card.round, card.max_difference, card.checked
    );
    Ok(message.into())
}
