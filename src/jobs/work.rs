//! What each kind of job does: one entry per kind, one use case per entry.

use std::pin::Pin;

use tokio_util::sync::CancellationToken;

use super::report::Report;
use crate::app::App;
use crate::domain::job::{self, JobKind};
use crate::domain::{Project, ProjectId};
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::encoding::EncodingError;
use crate::service::training::Outcome;
use crate::service::{
    ServiceError, augmenting, copies, encoding, exporting, importing, model, replay, training, trials,
};
use crate::store::StoreError;
use crate::store::jobs::Job;

/// Why a job ended early.
#[derive(Debug, thiserror::Error)]
pub(super) enum JobError {
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
    /// Whether trying again cannot help.
    pub(super) fn is_final(&self) -> bool {
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

/// What a job came to.
#[derive(Default)]
pub(super) struct Done {
    pub(super) message: String,
    /// The number of the round it made.
    pub(super) round: Option<i64>,
}

impl From<String> for Done {
    fn from(message: String) -> Self {
        Self { message, round: None }
    }
}

/// A job's turn: what it works on, and how it tells how far it is.
struct Turn<'a> {
    app: &'a App,
    job: &'a Job,
    project: &'a Project,
    progress: Progress,
}

type Running<'a> = Pin<Box<dyn Future<Output = Result<Done, JobError>> + Send + 'a>>;

/// A kind and what it does.
struct Work {
    kind: &'static JobKind,
    run: for<'a> fn(Turn<'a>) -> Running<'a>,
}

/// One entry for each of [`job::ALL`].
const WORK: [Work; job::ALL.len()] = [
    Work { kind: &job::ROUND, run: |turn| Box::pin(round(turn)) },
    Work { kind: &job::ENCODE, run: |turn| Box::pin(encode(turn)) },
    Work { kind: &job::RELEARN, run: |turn| Box::pin(relearn(turn)) },
    Work { kind: &job::VIEWS, run: |turn| Box::pin(views(turn)) },
    Work { kind: &job::IMPORT, run: |turn| Box::pin(import(turn)) },
    Work { kind: &job::SNAPSHOT, run: |turn| Box::pin(snapshot(turn)) },
    Work { kind: &job::MODEL, run: |turn| Box::pin(make_model(turn)) },
    Work { kind: &job::TRIAL, run: |turn| Box::pin(trial(turn)) },
    Work { kind: &job::REPLAY, run: |turn| Box::pin(run_replay(turn)) },
];

/// Run a job to its end, or to where a stop of the server cuts it off.
pub(super) async fn run(app: &App, job: &Job, stop: &CancellationToken) -> Result<Done, JobError> {
    let project = match job.project_id {
        Some(id) => app.store.project(id).await?,
        None => None,
    };
    let project = project.ok_or_else(|| JobError::Hopeless("the project is gone".to_owned()))?;
    let work = WORK.iter().find(|work| work.kind.name == job.kind).ok_or_else(|| {
        JobError::Hopeless(format!("jobs of kind `{}` are unknown to this version; update the program", job.kind))
    })?;
    let report = Report::start(app, job, stop);
    let progress = report.progress();
    let done = (work.run)(Turn { app, job, project: &project, progress }).await;
    report.end().await;
    // Work that was cut short by a stop did not fail.
    if stop.is_cancelled() { done.map_err(|_| JobError::Interrupted) } else { done }
}

async fn round(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(match training::round(turn.app, turn.project, &turn.job.payload).await? {
        Outcome::Finished { number, n_labels, total_ms } => {
            Done { message: format!("round {number}: {n_labels} labels, {total_ms:.0} ms"), round: Some(number) }
        }
        Outcome::ColdStart { n_ranked } => format!("ranked {n_ranked} samples by coverage").into(),
        Outcome::NothingEncoded => "nothing is encoded yet".to_owned().into(),
    })
}

async fn encode(turn: Turn<'_>) -> Result<Done, JobError> {
    let Turn { app, project, .. } = turn;
    let done = match encoding::encode_project(app, project, turn.progress, followers(app, project.id)).await {
        // Somebody asked before the first import, or took everything back: there is nothing to do, and nothing wrong.
        Err(EncodingError::NoPictures(_)) => return Ok("there are no pictures to encode yet".to_owned().into()),
        done => done?,
    };
    if done.stopped {
        return Err(JobError::Interrupted);
    }
    app.known.forget_project(&project.slug);
    // The encoder may just have changed.
    if let Some(project) = app.store.project(project.id).await? {
        copies::settle(app, &project).await?;
    }
    training::request(app, project.id, "pool encoded").await?;
    app.desks.forget(project.id);
    Ok(done.to_string().into())
}

/// What follows each encoded batch: the pool in memory grows, and while it doubles, the cold start is ranked anew, so that
/// labeling can begin on what there is.
fn followers(app: &App, project: ProjectId) -> encoding::OnBatch {
    let app = app.clone();
    let runtime = tokio::runtime::Handle::current();
    let (mut n, mut next) = (0, 256);
    Box::new(move |encoder, ids, rows| {
        app.pools.append(project, encoder, ids, rows);
        n += ids.len();
        if n >= next {
            next = 2 * n;
            let app = app.clone();
            runtime.spawn(async move {
                if let Err(error) = training::request(&app, project, "pool grew").await {
                    tracing::warn!(error = crate::causes::line(&error), "the cold start could not be asked for");
                }
            });
        }
    })
}

/// The encoding is a job of its own, so that one cut short goes on with the encoder that was learned.
async fn relearn(turn: Turn<'_>) -> Result<Done, JobError> {
    let said = match encoding::relearn(turn.app, turn.project, turn.progress).await {
        Err(EncodingError::NoPictures(_)) => "there are no pictures to learn from yet",
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

async fn views(turn: Turn<'_>) -> Result<Done, JobError> {
    let done = augmenting::run(turn.app, turn.project, &turn.progress).await?;
    if done.deserves_a_round {
        training::request(turn.app, turn.project.id, "views made").await?;
    }
    Ok(format!("views of {} labeled samples made, {} in all", done.new, done.total).into())
}

async fn import(turn: Turn<'_>) -> Result<Done, JobError> {
    let job = turn.job;
    let done = importing::run_upload(turn.app, turn.project, job.id, &job.payload, &turn.progress).await?;
    if done.interrupted {
        return Err(JobError::Interrupted);
    }
    if done.added + done.labeled > 0 {
        encoding::request(turn.app, turn.project.id).await?;
        turn.app.desks.forget(turn.project.id);
    }
    Ok(done.to_string().into())
}

async fn snapshot(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(exporting::run_snapshot(turn.app, turn.project, &turn.job.payload, &turn.progress).await?.into())
}

async fn make_model(turn: Turn<'_>) -> Result<Done, JobError> {
    let card = model::run(turn.app, turn.project, &turn.job.payload, &turn.progress).await?;
    let (input, precision) = (card.input.as_str(), card.precision.as_str());
    let message = format!(
        "round {}, {input}, {precision}: largest difference {:.0e} on {} samples",
        card.round, card.max_difference, card.checked
    );
    Ok(message.into())
}

async fn trial(turn: Turn<'_>) -> Result<Done, JobError> {
    Ok(trials::run(turn.app, turn.project, &turn.job.payload).await?.into())
}

async fn run_replay(turn: Turn<'_>) -> Result<Done, JobError> {
    match replay::run(turn.app, turn.project, turn.job.id, &turn.job.payload, &turn.progress).await? {
        replay::Outcome::Ended(message) => Ok(message.into()),
        replay::Outcome::Interrupted => Err(JobError::Interrupted),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_job_has_its_work() {
        for kind in job::ALL {
            assert_eq!(WORK.iter().filter(|work| work.kind == kind).count(), 1, "{}", kind.name);
        }
    }
}
