//! Durable background work: claim, run, retry or fail.
//!
//! Four workers run, one per [`Lane`]. Work that was running when a process died returns to the queue at the next
//! start; every kind of work may run twice, and a job during which the process died three times is not tried again.
//!
//! **Invariant:** no use-case logic here; `service::background` has one file for each kind of job.

mod postman;
mod report;
mod time_rule;

use std::time::{Duration, Instant};

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::report::Report;
use crate::causes;
use crate::domain::{JobNote, Lane, Timestamp};
use crate::post::Reach;
use crate::service::App;
use crate::service::archive::removal;
use crate::service::background::{self, JobError, JobOutcome, JobTurn};
use crate::service::desk::searching;
use crate::service::rounds::training;
use crate::service::upkeep::backups;
use crate::service::upkeep::sweeping;
use crate::store::StoreError;
use crate::store::jobs::Job;

/// How often a job is tried.
const ATTEMPTS: i64 = 3;
/// How long a worker sleeps between polls: other processes add jobs too.
const NAP: Duration = Duration::from_secs(1);
/// Least time between rounds, so that a burst of answers is one round.
const DEBOUNCE: Duration = Duration::from_millis(150);
/// How often leftovers are looked for.
const SWEEP: Duration = Duration::from_hours(6);

/// Start the workers. When `stop` is cancelled, they finish their job or put it back. Webhooks may be within `reach`.
pub fn start(app: &App, reach: Reach, tracker: &TaskTracker, stop: &CancellationToken) {
    for lane in Lane::ALL {
        tracker.spawn(work(app.clone(), lane, stop.clone()));
    }
    tracker.spawn(sweep(app.clone(), stop.clone()));
    tracker.spawn(backups::keep(app.clone(), stop.clone()));
    tracker.spawn(postman::walk(app.clone(), reach, stop.clone()));
    tracker.spawn(time_rule::watch(app.clone(), stop.clone()));
}

/// Requeue jobs left running by a process that died, and request work that came due while no server ran.
pub async fn recover(app: &App) -> Result<(), StoreError> {
    let now = app.clock.now();
    app.store.return_running_jobs(ATTEMPTS, &JobNote::Stuck, now).await?;
    app.store.interrupt_imports(now).await?;
    app.store.fail_interrupted_rounds(now).await?;
    if let Err(error) = training::request_where_nothing_is_ranked(app).await {
        tracing::warn!(error = causes::line(&error), "first rankings could not be asked for");
    }
    Ok(())
}

/// Remove leftovers, and what is due to be removed, now and then.
async fn sweep(app: App, stop: CancellationToken) {
    loop {
        match sweeping::sweep(&app).await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "leftovers of uploads and imports removed"),
            Err(error) => {
                tracing::warn!(error = causes::line(&error), "leftovers could not be looked for");
            }
        }
        if let Err(error) = searching::index_all(&app).await {
            tracing::warn!(error = causes::line(&error), "samples could not be made searchable");
        }
        match removal::request_due(&app).await {
            Ok(0) => {}
            Ok(n) => tracing::info!(n, "what was archived is removed for good"),
            Err(error) => {
                tracing::warn!(error = causes::line(&error), "what is to be removed could not be looked for");
            }
        }
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(SWEEP) => {}
        }
    }
}

async fn work(app: App, lane: Lane, stop: CancellationToken) {
    let mut troubled = false;
    while !stop.is_cancelled() {
        let wake = app.wake.notified();
        let claimed = app.store.claim_job(lane, app.clock.now()).await;
        let job = match claimed {
            Ok(Some(job)) => job,
            Ok(None) => {
                troubled = false;
                tokio::select! {
                    () = stop.cancelled() => break,
                    () = wake => {}
                    () = tokio::time::sleep(NAP) => {}
                }
                continue;
            }
            Err(error) => {
                // Once per outage, however long it lasts.
                if !troubled {
                    tracing::error!(error = causes::line(&error), lane = lane.as_str(), "no job can be claimed");
                }
                troubled = true;
                tokio::time::sleep(NAP).await;
                continue;
            }
        };
        let started = Instant::now();
        let done = run(&app, &job, &stop).await;
        close(&app, &job, &End::of(&job, done, app.clock.now()), &stop).await;
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

/// Run a job to its end, or to where a stop of the server cuts it off.
async fn run(app: &App, job: &Job, stop: &CancellationToken) -> Result<JobOutcome, JobError> {
    let project = match job.project_id {
        Some(id) => app.store.project(id).await?,
        None => None,
    };
    let project = project.ok_or_else(|| JobError::Hopeless("the project is gone".to_owned()))?;
    let work = background::work(&job.kind)?;
    let report = Report::start(app, job, stop);
    let progress = report.progress();
    let done = (work.run)(JobTurn { app, job, project: &project, progress }).await;
    report.end().await;
    // Work interrupted by a stop did not fail.
    if stop.is_cancelled() { done.map_err(|_| JobError::Interrupted) } else { done }
}

/// Record the outcome of a job.
enum End {
    Done(JobOutcome),
    Failed(JobNote),
    Retry { note: JobNote, due: Timestamp },
    Interrupted,
}

impl End {
    fn of(job: &Job, done: Result<JobOutcome, JobError>, now: Timestamp) -> Self {
        let error = match done {
            Ok(done) => return Self::Done(done),
            Err(error) => error,
        };
        if matches!(error, JobError::Interrupted) {
            return Self::Interrupted;
        }
        let causes = causes::line(&error);
        tracing::error!(error = causes, job = %job.id, kind = job.kind, attempt = job.attempts, "a job failed");
        let note = JobNote::Failed { causes, kind: error.kind() };
        if error.is_final() || job.attempts >= ATTEMPTS {
            Self::Failed(note)
        } else {
            // 5 s, then 10 s.
            Self::Retry { note, due: now.plus_seconds(5 * job.attempts) }
        }
    }

    async fn store(&self, app: &App, job: &Job) -> Result<(), StoreError> {
        let now = app.clock.now();
        match self {
            Self::Done(done) => app.store.finish_job(job.id, &done.note, done.round, now).await,
            Self::Failed(note) => app.store.fail_job(job.id, note, now).await,
            Self::Retry { note, due } => app.store.retry_job(job.id, note, *due, now).await,
            Self::Interrupted => app.store.return_job(job.id, &JobNote::Interrupted, now).await,
        }
    }
}

/// Store how a job ended, retrying until the database accepts it: until then the job would stay `running`.
async fn close(app: &App, job: &Job, end: &End, stop: &CancellationToken) {
    let mut told = false;
    while let Err(error) = end.store(app, job).await {
        if !told {
            tracing::error!(error = causes::line(&error), job = %job.id, "a job's end cannot be stored yet");
        }
        told = true;
        tokio::time::sleep(NAP).await;
        if stop.is_cancelled() {
            // The next start puts it back.
            break;
        }
    }
}
