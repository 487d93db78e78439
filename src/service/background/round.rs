//! Fit, score and rank: a round.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::causes;
use crate::domain::{EventKind, JobNote, job};
use crate::service::experiments::{diagnosis, replay};
use crate::service::insight::random_line;
use crate::service::rounds::doubted;
use crate::service::rounds::training::{self, Outcome};
use crate::service::webhooks;

pub(super) const JOB: JobRunner = JobRunner { kind: &job::ROUND, run: |turn| Box::pin(run(turn)) };

async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let done = training::round(turn.app, turn.project, &turn.job.payload).await?;
    if let Outcome::Finished { number, n_labels, total_ms } = &done {
        let data = serde_json::json!({ "round": number, "labels": n_labels, "milliseconds": total_ms });
        webhooks::tell(turn.app, turn.project, EventKind::RoundFinished, &data).await;
    }
    // The round is done, whatever becomes of what follows it.
    let (app, id) = (turn.app, turn.project.id);
    let follow = async || {
        doubted::ask(app, turn.project).await?;
        random_line::request_if_due(app, id).await?;
        replay::request_if_due(app, id).await?;
        diagnosis::request_if_due(app, id).await?;
        webhooks::tell_advice(app, turn.project).await
    };
    if let Err(error) = follow().await {
        tracing::warn!(error = causes::line(&error), "what a round brings about could not be asked for");
    }
    Ok(match done {
        Outcome::Finished { number, n_labels, total_ms } => {
            let note = JobNote::Round { number, labels: n_labels, ms: total_ms };
            JobOutcome { note, round: Some(number) }
        }
        Outcome::ColdStart { n_ranked } => JobNote::Ranked { samples: n_ranked as i64 }.into(),
        Outcome::NothingEncoded => JobNote::NothingEncoded.into(),
    })
}
