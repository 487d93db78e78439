//! Fit, score and rank: a round.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::rounds::training::{self, Outcome};

pub(super) const JOB: JobRunner = JobRunner { kind: &job::ROUND, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    Ok(match training::round(turn.app, turn.project, &turn.job.payload).await? {
        Outcome::Finished { number, n_labels, total_ms } => {
            let note = JobNote::Round { number, labels: n_labels, ms: total_ms };
            JobOutcome { note, round: Some(number) }
        }
        Outcome::ColdStart { n_ranked } => JobNote::Ranked { samples: n_ranked as i64 }.into(),
        Outcome::NothingEncoded => JobNote::NothingEncoded.into(),
    })
}
