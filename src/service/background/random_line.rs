//! Measure what random labeling would have reached.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::insight::random_line;
use crate::service::live::Changed;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::RANDOM_LINE, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let note = random_line::run(turn.app, turn.project, &turn.progress).await?;
    if note == JobNote::Interrupted {
        return Err(JobError::Interrupted);
    }
    turn.app.changed(turn.project.id, Changed::Settings);
    Ok(note.into())
}
