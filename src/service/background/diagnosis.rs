//! Measure what would help a project.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::experiments::diagnosis;
use crate::service::live::Changed;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::DIAGNOSIS, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let Some(found) = diagnosis::run(turn.app, turn.project, &turn.progress).await? else {
        return Err(JobError::Interrupted);
    };
    turn.app.changed(turn.project.id, Changed::Settings);
    Ok(JobNote::Diagnosed { ways: found.findings.len() as i64, labels: found.labels as i64 }.into())
}
