//! Background work: one file per kind of job, and the one table of them.
//!
//! A new kind is a file with a [`JobRunner`] in it and a line in [`JOBS`]; queue, metrics, programs and workers read
//! the table. Every kind of work may run twice, so it resumes from what exists.

mod diagnosis;
mod drift;
mod encode;
mod import;
mod map;
mod model;
mod random_line;
mod relearn;
mod remove;
mod replay;
mod round;
mod snapshot;
mod take_back;
mod trial;
mod views;

use std::pin::Pin;

use crate::domain::job::JobKind;
use crate::domain::job_note::FailureKind;
use crate::domain::{JobNote, Project};
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::encoders::encoding::EncodingError;
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::jobs::Job;

/// Every kind of work.
const JOBS: &[&JobRunner] = &[
    &round::JOB,
    &encode::JOB,
    &relearn::JOB,
    &views::JOB,
    &import::JOB,
    &take_back::JOB,
    &remove::JOB,
    &snapshot::JOB,
    &model::JOB,
    &trial::JOB,
    &random_line::JOB,
    &replay::JOB,
    &diagnosis::JOB,
    &map::JOB,
    &drift::JOB,
    #[cfg(test)]
    &tests::JOB,
];

/// A kind of job and what it does.
pub struct JobRunner {
    pub kind: &'static JobKind,
    pub run: for<'a> fn(JobTurn<'a>) -> Running<'a>,
}

/// A running job.
pub type Running<'a> = Pin<Box<dyn Future<Output = Result<JobOutcome, JobError>> + Send + 'a>>;

/// One run of a job: what it works on, and where it reports progress.
pub struct JobTurn<'a> {
    pub app: &'a App,
    pub job: &'a Job,
    pub project: &'a Project,
    pub progress: Progress,
}

/// Every kind of job.
pub fn kinds() -> impl Iterator<Item = &'static JobKind> {
    JOBS.iter().map(|work| work.kind)
}

/// The work of jobs of the kind called `name`.
///
/// # Errors
/// When this version does not know it.
pub fn work(name: &str) -> Result<&'static JobRunner, JobError> {
    let known = JOBS.iter().find(|work| work.kind.name == name).copied();
    known.ok_or_else(|| {
        JobError::Hopeless(format!("jobs of kind `{name}` are unknown to this version; update the program"))
    })
}

/// Why a job ended early.
#[derive(Debug, thiserror::Error)]
pub enum JobError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encoding(EncodingError),
    /// Its project or its payload is gone.
    #[error("{0}")]
    Hopeless(String),
    /// The server is stopping; the work goes on at the next start.
    #[error("interrupted by a stop of the server; it goes on at the next start")]
    Interrupted,
}

impl JobError {
    /// What it comes down to, where that has a name.
    pub fn kind(&self) -> Option<FailureKind> {
        match self {
            Self::Service(ServiceError::Encode(error)) if error.lacks_runtime() => Some(FailureKind::NoRuntime),
            Self::Encoding(EncodingError::Encode(error)) if error.lacks_runtime() => Some(FailureKind::NoRuntime),
            Self::Service(error) => FailureKind::of(error.fault()),
            Self::Store(error) => FailureKind::of(error.fault()),
            Self::Encoding(_) | Self::Hopeless(_) | Self::Interrupted => None,
        }
    }

    /// Whether trying again cannot help.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Service(error) => error.is_final(),
            Self::Encoding(error) => error.is_final(),
            Self::Hopeless(_) => true,
            Self::Store(_) | Self::Interrupted => false,
        }
    }
}

impl From<EncodingError> for JobError {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::Encode(EncodeError::Stopped) => Self::Interrupted,
            error => Self::Encoding(error),
        }
    }
}

/// A job's result.
#[derive(Default)]
pub struct JobOutcome {
    pub note: JobNote,
    /// The number of the round it made.
    pub round: Option<i64>,
}

impl From<JobNote> for JobOutcome {
    fn from(note: JobNote) -> Self {
        Self { note, round: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Lane;

    /// A kind made only of this and one line of the table.
    pub(super) const JOB: JobRunner = JobRunner {
        kind: &JobKind { name: "greet", lane: Lane::Other, once: true },
        run: |turn| {
            Box::pin(async move { Ok(JobNote::Exported { labels: 1, file: turn.project.name.clone() }.into()) })
        },
    };

    #[test]
    fn a_kind_of_job_is_one_file_and_one_line() {
        assert!(kinds().any(|kind| kind.name == "greet"));
        assert!(work("greet").is_ok_and(|work| work.kind.once));
        assert!(work("greed").is_err_and(|error| error.is_final()));
    }

    #[test]
    fn no_two_kinds_have_one_name() {
        let names: std::collections::HashSet<_> = kinds().map(|kind| kind.name).collect();
        assert_eq!(names.len(), JOBS.len());
    }
}
