//! Durable background work: claim, run, retry or fail.
//!
//! Four workers run: one for rounds, which are short and must follow the answers, one for replays, which nobody waits for,
//! one for trials of encoders, which somebody waits for, and one for everything else. Work that was under way when a
//! process died returns to the queue at the next start; every kind of work may run twice.
//!
//! **Invariant:** no use-case logic here; a job's kind names the use case that does it.

mod report;
mod time_rule;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::app::App;
use crate::domain::Project;
use crate::encode::EncodeError;
use crate::service::encoding::EncodingError;
use crate::service::training::Outcome;
use crate::service::{ServiceError, augmenting, encoding, exporting, importing, model, replay, training, trials};
use crate::store::StoreError;
use crate::store::jobs::{Job, Lane};

/// How often a failed job is tried.
const ATTEMPTS: i64 = 3;
/// How long a worker sleeps when nobody wakes it: other processes add jobs too.
const NAP: Duration = Duration::from_secs(1);
/// Least time between rounds, so that a burst of answers is one round.
const DEBOUNCE: Duration = Duration::from_millis(150);

/// Why a job ended early.
#[derive(Debug, thiserror::Error)]
enum JobError {
    #[error(transparent)]
    Service(#[from] ServiceError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Encoding(EncodingError),
    /// Its project or its payload is gone: trying again cannot help.
    #[error("{0}")]
    Hopeless(String),
    /// The server is stopping; the work goes on at the next start.
    #[error("interrupted by a stop of the server; it goes on at the next start")]
    Interrupted,
}

impl From<EncodingError> for JobError {
    fn from(error: EncodingError) -> Self {
        match error {
            EncodingError::Encode(EncodeError::Stopped) => Self::Interrupted,
            // It would loop as long the next time.
            error @ (EncodingError::TooSlow { .. } | EncodingError::Gone(_)) => Self::Hopeless(error.to_string()),
            error => Self::Encoding(error),
        }
    }
}

/// Start the workers. They finish or put back what they do when `stop` is cancelled.
pub fn start(app: &App, tracker: &TaskTracker, stop: &CancellationToken) {
    tracker.spawn(work(app.clone(), Lane::Rounds, stop.clone()));
    tracker.spawn(work(app.clone(), Lane::Replays, stop.clone()));
    tracker.spawn(work(app.clone(), Lane::Trials, stop.clone()));
    tracker.spawn(work(app.clone(), Lane::Other, stop.clone()));
    tracker.spawn(time_rule::watch(app.clone(), stop.clone()));
}

/// Return to the queue what a process that died left running, and ask for what nobody did while no server ran.
pub async fn recover(app: &App) -> Result<(), StoreError> {
    app.store.return_running_jobs().await?;
    app.store.fail_interrupted_rounds(app.clock.now()).await?;
    if let Err(error) = training::request_where_nothing_is_ranked(app).await {
        tracing::warn!(error = &error as &dyn std::error::Error, "first rankings could not be asked for");
    }
    Ok(())
}

async fn work(app: App, lane: Lane, stop: CancellationToken) {
    while !stop.is_cancelled() {
        let wake = app.wake.notified();
        let claimed = app.store.claim_job(lane, app.clock.now()).await;
        let job = match claimed {
            Ok(Some(job)) => job,
            Ok(None) => {
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = wake => {}
                    () = tokio::time::sleep(NAP) => {}
                }
                continue;
            }
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "no job could be claimed");
                tokio::time::sleep(NAP).await;
                continue;
            }
        };
        let started = Instant::now();
        let done = run(&app, &job, &stop).await;
        if let Err(error) = close(&app, &job, done).await {
            tracing::error!(error = &error as &dyn std::error::Error, job = %job.id, "a job's end could not be stored");
        }
        if lane == Lane::Rounds {
            // Rounds share the processor with people: they rest as long as they ran.
            let rest = started.elapsed().max(DEBOUNCE);
            tokio::select! {
                () = stop.cancelled() => break,
                () = tokio::time::sleep(rest) => {}
            }
        }
    }
}

async fn run(app: &App, job: &Job, stop: &CancellationToken) -> Result<String, JobError> {
    let project = match job.project_id {
        Some(id) => app.store.project(id).await?,
        None => None,
    };
    let project = project.ok_or_else(|| JobError::Hopeless("the project is gone".to_owned()))?;
    match job.kind.as_str() {
        "round" => match training::round(app, &project, &job.payload).await {
            // A round that the stop cut short did not fail.
            Err(_) if stop.is_cancelled() => Err(JobError::Interrupted),
            done => Ok(describe(&done?)),
        },
        "encode" => encode(app, job, &project, stop).await,
        "relearn" => relearn(app, job, &project, stop).await,
        augmenting::KIND => viewed(app, job, &project, stop).await,
        "import" => import(app, job, &project, stop).await,
        "snapshot" => snapshot(app, job, &project, stop).await,
        trials::KIND => Ok(trials::run(app, &project, &job.payload).await?),
        replay::KIND => replayed(app, job, &project, stop).await,
        model::KIND => modelled(app, job, &project, stop).await,
        other => Err(JobError::Hopeless(format!("jobs of kind `{other}` are unknown to this version"))),
    }
}

async fn encode(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = encoding::encode_project(app, project, report.progress(), followers(app, project)).await;
    report.end().await;
    let done = match done {
        // Somebody asked before the first import, or took everything back: there is nothing to do, and nothing wrong.
        Err(EncodingError::NoPictures(_)) => return Ok("there are no pictures to encode yet".to_owned()),
        done => done?,
    };
    if done.stopped {
        return Err(JobError::Interrupted);
    }
    app.known.forget_project(&project.slug);
    training::request(app, project.id, "pool encoded").await?;
    app.desks.forget(project.id);
    Ok(done.to_string())
}

/// The encoding is a job of its own, so that one cut short goes on with the encoder that was learned.
async fn relearn(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = encoding::relearn(app, project, report.progress()).await;
    report.end().await;
    let said = match done {
        Err(EncodingError::NoPictures(_)) => return Ok("there are no pictures to learn from yet".to_owned()),
        done => {
            if done? {
                "learned an encoder from the pool"
            } else {
                "learned an encoder; another one was chosen meanwhile and stays"
            }
        }
    };
    encoding::request(app, project.id).await?;
    Ok(said.to_owned())
}

async fn viewed(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = augmenting::run(app, project, &report.progress()).await;
    report.end().await;
    let done = done?;
    if done.deserves_a_round {
        training::request(app, project.id, "views made").await?;
    }
    Ok(format!("views of {} labeled samples made, {} in all", done.new, done.total))
}

/// What follows each encoded batch: the pool in memory grows, and while it doubles, the cold start is ranked anew, so that
/// labeling can begin on what there is.
fn followers(app: &App, project: &Project) -> encoding::OnBatch {
    let (app, project) = (app.clone(), project.id);
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
                    tracing::warn!(error = &error as &dyn std::error::Error, "the cold start could not be asked for");
                }
            });
        }
    })
}

async fn import(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = importing::run_upload(app, project, &job.payload, &report.progress()).await;
    report.end().await;
    let done = done?;
    if stop.is_cancelled() {
        return Err(JobError::Interrupted);
    }
    encoding::request(app, project.id).await?;
    app.desks.forget(project.id);
    Ok(done.to_string())
}

async fn snapshot(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = exporting::run_snapshot(app, project, &job.payload, &report.progress()).await;
    report.end().await;
    Ok(done?)
}

async fn modelled(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = model::run(app, project, &job.payload, &report.progress()).await;
    report.end().await;
    // Work that was cut short by a stop did not fail.
    if stop.is_cancelled() && done.is_err() {
        return Err(JobError::Interrupted);
    }
    let card = done?;
    let (input, precision) = (card.input.as_str(), card.precision.as_str());
    Ok(format!(
        "round {}, {input}, {precision}: largest difference {:.0e} on {} samples",
        card.round, card.max_difference, card.checked
    ))
}

async fn replayed(app: &App, job: &Job, project: &Project, stop: &CancellationToken) -> Result<String, JobError> {
    let report = report::Report::start(app, job, stop);
    let done = replay::run(app, project, job.id, &job.payload, &report.progress()).await;
    report.end().await;
    match done? {
        replay::Outcome::Ended(message) => Ok(message),
        replay::Outcome::Interrupted => Err(JobError::Interrupted),
    }
}

fn describe(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Finished { number, n_labels, total_ms } => {
            format!("round {number}: {n_labels} labels, {total_ms:.0} ms")
        }
        Outcome::ColdStart { n_ranked } => format!("ranked {n_ranked} samples by coverage"),
        Outcome::NothingEncoded => "nothing is encoded yet".to_owned(),
    }
}

async fn close(app: &App, job: &Job, done: Result<String, JobError>) -> Result<(), StoreError> {
    let now = app.clock.now();
    match done {
        Ok(message) => app.store.finish_job(job.id, &message, now).await,
        Err(JobError::Interrupted) => app.store.retry_job(job, &JobError::Interrupted.to_string(), now, now).await,
        Err(error) => {
            tracing::error!(error = &error as &dyn std::error::Error, job = %job.id, kind = job.kind, attempt = job.attempts, "a job failed");
            let hopeless = matches!(error, JobError::Hopeless(_) | JobError::Service(ServiceError::Invalid(_)));
            if hopeless || job.attempts >= ATTEMPTS {
                app.store.fail_job(job.id, &error.to_string(), now).await
            } else {
                // 5 s, then 10 s.
                app.store.retry_job(job, &error.to_string(), now.plus_seconds(5 * job.attempts), now).await
            }
        }
    }
}
