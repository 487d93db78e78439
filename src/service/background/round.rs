//! Fit, score and rank: a round.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::rounds::training::{self, Outcome};

pub(super) const JOB: JobRunner = JobRunner { kind: &job::ROUND, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    Ok(match training::round(turn.app, turn.project, &turn.job.payload).await? {
        Outcome::Finished { number, n_labels, total_ms } => {
            JobOutcome { message: format!("round {number}: {n_labels} labels, {total_ms:.0} ms"), round: Some(number) }
        }
        Outcome::ColdStart { n_ranked } => format!("ranked {n_ranked} samples by coverage").into(),
        Outcome::NothingEncoded => "nothing is encoded yet".to_owned().into(),
    })
}
