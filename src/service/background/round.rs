//! Fit, score and rank: a round.

use super::{Done, JobError, Turn, Work};
use crate::domain::job;
use crate::service::training::{self, Outcome};

pub(super) const WORK: Work = Work { kind: &job::ROUND, run: |turn| Box::pin(run(turn)) };

async fn run(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(match training::round(turn.app, turn.project, &turn.job.payload).await? {
        Outcome::Finished { number, n_labels, total_ms } => {
            Done { message: format!("round {number}: {n_labels} labels, {total_ms:.0} ms"), round: Some(number) }
        }
        Outcome::ColdStart { n_ranked } => format!("ranked {n_ranked} samples by coverage").into(),
        Outcome::NothingEncoded => "nothing is encoded yet".to_owned().into(),
    })
}
