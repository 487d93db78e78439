//! Learn the built-in encoder anew.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::job;
use crate::service::encoders::encoding::{self, EncodingError};

pub(super) const JOB: JobRunner = JobRunner { kind: &job::RELEARN, run: |turn| Box::pin(run(turn)) };

/// The encoding is a job of its own, so that one cut short goes on with the encoder that was learned.
async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let said = match encoding::relearn(turn.app, turn.project, turn.progress).await {
        Err(EncodingError::NoPictures(_)) => "there are not pictures to learn from yet",
        done => {
            let adopted = done?;
            encoding::request(turn.app, turn.project.id).await?;
            if adopted {
                "learned an encoder from the pool"
            } else {
                "learned an encoder; another one was chosen meanwhile and stays"
            }
        }
    };
    Ok(said.to_owned().into())
}
