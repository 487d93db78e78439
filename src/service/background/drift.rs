//! Compare the samples of imports with the pool before them.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{EventKind, job};
use crate::service::map::drift::{self, Drift, DriftLevel};
use crate::service::webhooks;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::DRIFT, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let known = |drifts: &[Drift]| drifts.iter().map(|drift| drift.import).collect::<Vec<_>>();
    let before = known(&drift::known(turn.app, turn.project).await?);
    let note = drift::run(turn.app, turn.project).await?;
    let found = drift::known(turn.app, turn.project).await?;
    for drift in found.iter().filter(|drift| !before.contains(&drift.import) && drift.level() == DriftLevel::Clear) {
        let data = serde_json::json!({ "import": drift.import, "source": drift.source, "area": drift.area });
        webhooks::tell(turn.app, turn.project, EventKind::DriftFound, &data).await;
    }
    Ok(note.into())
}
