//! Embed changed copies of labeled samples.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::{augmenting, training};

pub(super) const WORK: Work = Work { kind: &job::VIEWS, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    let done = augmenting::run(turn.app, turn.project, &turn.progress).await?;
    if done.deserves_a_round {
        training::request(turn.app, turn.project.id, "views made").await?;
    }
    Ok(format!("views of {} labeled samples made, {} in all", done.new, done.total).into())
}
