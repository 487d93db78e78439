//! Rounds: labels in, committee out, a new queue published.
//!
//! A round reads the current labels, fits the committee in process, writes it as `committee.onnx`, scores the pool with ONNX
//! Runtime, ranks it by the project's strategy, and publishes the queue. With too few labels for a model, it ranks by
//! coverage instead.
//!
//! **Invariant:** audit samples never train; the store's training labels exclude them.

mod floors;
mod learning;
pub(in crate::service) mod material;

use std::sync::Arc;

use self::material::Material;
use crate::causes;
use crate::domain::{JobId, Project, ProjectId, RoundId, job};
use crate::query::rules::max_herding;
use crate::query::{OpinionError, Strategy, choose};
use crate::service::desk::second_opinions;
use crate::service::desk::streams::COVERAGE;
use crate::service::live::Changed;
use crate::service::rounds::augmenting;
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::shelf;
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::rounds::{Finished, NewRound, Queue};

/// Samples kept in a published queue: far more than are asked before the next round.
const QUEUE_LENGTH: usize = 4096;
/// Samples chosen together by a rule that looks at batches; the queue continues by uncertainty.
const ASKED_SOON: usize = 64;
/// Audit samples every round predicts: the first ones asked, more than any project labels.
const AUDIT_PREDICTED: i64 = 4096;
/// Waiting samples, in the order of their draw, on which halves of a committee are compared.
const PROBE: usize = 2000;
/// Samples that the cold start ranks.
const COLD_START_LENGTH: usize = 256;

/// The result of a round.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A committee was trained and its ranking published.
    Finished { number: i64, n_labels: i64, total_ms: f64 },
    /// Too few labels for a model: the pool was ranked by coverage.
    ColdStart { n_ranked: usize },
    /// Nothing is encoded yet.
    NothingEncoded,
}

/// Ask for a round. One that is already waiting is reused.
pub async fn request(app: &App, project: ProjectId, cause: &str) -> Result<JobId, ServiceError> {
    let now = app.clock.now();
    let tally = app.store.tally(project).await?;
    app.store.save_decision(project, cause, tally.answers_since_round(), now).await?;
    let job = app.store.request_job(project, &job::ROUND, cause, now).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Ask for rounds in the projects whose time rule is due.
pub async fn request_by_time(app: &App) -> Result<(), ServiceError> {
    for (project, since) in app.store.projects_due_by_time(app.clock.now()).await? {
        let now = app.clock.now();
        app.store.save_decision(project, "time", since, now).await?;
        app.store.request_job(project, &job::ROUND, "time", now).await?;
        app.wake.notify_waiters();
    }
    Ok(())
}

/// Rank a project's pool right here if it has no ranking yet, so that its first questions cover it; otherwise ask for a
/// round.
pub async fn rank_first(app: &App, project: ProjectId) -> Result<(), ServiceError> {
    // Reload: the encoder may have just been added.
    let Some(project) = app.store.project(project).await? else { return Ok(()) };
    if app.store.queue(project.id).await?.is_none() {
        round(app, &project, "pool encoded").await?;
    }
    // A server running in parallel has its own desks.
    request(app, project.id, "pool encoded").await?;
    Ok(())
}

/// Ask for rounds in the projects that have an encoder and no ranking: their pools may have been encoded while no server ran.
pub async fn request_where_nothing_is_ranked(app: &App) -> Result<(), ServiceError> {
    for project in app.store.projects().await? {
        if project.encoder_id.is_some() && app.store.queue(project.id).await?.is_none() {
            request(app, project.id, "pool encoded").await?;
        }
    }
    Ok(())
}

/// Run one round to its end.
pub async fn round(app: &App, project: &Project, cause: &str) -> Result<Outcome, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Outcome::NothingEncoded) };
    // Before labels are read: they may follow from it.
    second_opinions::learn(app, project).await?;
    let tally = app.store.tally(project.id).await?;
    let material = Material::read(app, project, &pool).await?;
    if !material.teaches() {
        return cold_start(app, project, &pool, material).await;
    }
    let strategy = Strategy::named(&project.strategy, material.link())
        .map_err(|error| StoreError::Inconsistent(error.to_string()))?;
    let new = NewRound {
        project: project.id,
        cause: cause.to_owned(),
        strategy: strategy.to_string(),
        encoder: pool.encoder,
        seed: project.seed,
        n_answers: tally.answers,
        n_labels: material.labeled.len() as i64,
        n_pool: material.waiting.len() as i64,
    };
    let (id, number) = app.store.start_round(&new, app.clock.now()).await?;
    let lacking = material.lacks_views();
    let done = learning::train(app, project, pool, material, strategy, (id, number)).await;
    let outcome = close(app, project, (id, number), &new, done).await?;
    if lacking && !project.augmentations.is_empty() {
        augmenting::request(app, project).await?;
    }
    Ok(outcome)
}

/// End a round that was started: published, or failed with its reason.
async fn close(
    app: &App,
    project: &Project,
    (id, number): (RoundId, i64),
    new: &NewRound,
    done: Result<(Finished, Queue), ServiceError>,
) -> Result<Outcome, ServiceError> {
    match done {
        Ok((finished, queue)) => {
            app.store.finish_round(id, new, &finished, &queue, app.clock.now()).await?;
            app.changed(project.id, Changed::Ranking(&queue));
            if project.second.rate() > 0.0 || project.asking.repeats > 0.0 {
                // Second opinions whose leases ended without an answer are asked again, and answers have become old enough to come again.
                app.changed(project.id, Changed::Samples);
            }
            if let Err(error) = shelf::forget_old(app, project, number).await {
                // The round is done; its files can wait for the next one.
                tracing::warn!(error = causes::line(&error), "old committees could not be looked through");
            }
            let total_ms = finished.fit_ms + finished.score_ms + finished.rank_ms;
            tracing::info!(project = %project.slug, round = number, cause = new.cause, n_labels = new.n_labels,
                fit_ms = finished.fit_ms, score_ms = finished.score_ms, rank_ms = finished.rank_ms,
                provider = finished.provider, "round finished");
            Ok(Outcome::Finished { number, n_labels: new.n_labels, total_ms })
        }
        Err(error) => {
            app.store.fail_round(id, &causes::line(&error), app.clock.now()).await?;
            Err(error)
        }
    }
}

async fn cold_start(
    app: &App,
    project: &Project,
    pool: &Arc<EncodedPool>,
    material: Material,
) -> Result<Outcome, ServiceError> {
    let pool = pool.clone();
    let seed = project.seed as u64;
    let (entries, floors) = app
        .cpu
        .run(move || {
            let ids = pool.numbers();
            let ask = material.ask(&pool, &ids, seed);
            let picks = choose(Strategy::of(&max_herding::RULE), &ask, COLD_START_LENGTH)?;
            let ranked: Vec<usize> = picks.iter().map(|pick| pick.index).collect();
            let floors = material.shortage.samples(&material.waiting, &ranked, None, (&pool, &ids, seed))?;
            let entries: Vec<_> = picks.into_iter().map(|pick| (pool.ids[pick.index], pick.score)).collect();
            Ok::<_, OpinionError>((entries, floors))
        })
        .await??;
    let n_ranked = entries.len();
    let queue = Queue { round: None, asked_by: COVERAGE.to_owned(), entries, n_ranked: n_ranked as i64, floors };
    app.store.publish_queue(project.id, &queue, app.clock.now()).await?;
    app.changed(project.id, Changed::Ranking(&queue));
    Ok(Outcome::ColdStart { n_ranked })
}
