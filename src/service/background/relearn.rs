//! Relearn the built-in encoder.

use super::{JobError, JobOutcome, JobRunner, JobTurn};
use crate::domain::{JobNote, job};
use crate::service::encoders::encoding::{self, EncodingError};

pub(super) const JOB: JobRunner = JobRunner { kind: &job::RELEARN, run: |turn| Box::pin(run(turn)) };

/// Encoding is a separate job, so that an interrupted one continues with the encoder already learned.
async fn run(turn: JobTurn<'_>) -> Result<JobOutcome, JobError> {
    let note = match encoding::relearn(turn.app, turn.project, turn.progress).await {
        Err(EncodingError::NoPictures(_)) => JobNote::NothingToLearn,
        done => {
            let adopted = done?;
            encoding::request(turn.app, turn.project.id).await?;
            JobNote::Learned { adopted }
        }
    };
    Ok(note.into())
}
