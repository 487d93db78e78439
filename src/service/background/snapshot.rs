//! Write an export that was asked for.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{EventKind, job};
use crate::service::exchange::exporting;
use crate::service::webhooks;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::SNAPSHOT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let note = exporting::run_snapshot(turn.app, turn.project, &turn.job.payload, &turn.progress).await?;
    let data = serde_json::json!({ "snapshot": turn.job.payload.parse::<i64>().ok() });
    webhooks::tell(turn.app, turn.project, EventKind::SnapshotReady, &data).await;
    Ok(note.into())
}
