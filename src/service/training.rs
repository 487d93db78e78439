//! Rounds: labels in, committee out, a new queue published.
//!
//! A round reads the current labels, fits the committee in process, writes it as `committee.onnx`, scores the pool with ONNX
//! Runtime, ranks it by the project's strategy, and publishes the queue. With too few labels for a model, it ranks by
//! coverage instead.
//!
//! **Invariant:** audit samples never train; the store's training labels leave them out.

mod sets;

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Instant;

use crate::app::App;
use crate::causes;
use crate::domain::{Class, ClassId, JobId, Project, ProjectId, RoundId, SampleId, job};
use crate::evaluate::classification::arg_max;
use crate::learn::graph::committee_model;
use crate::learn::{CommitteeOptions, Fitted, Head, Standardiser, Training, Votes, fit_committee, fit_grown};
use crate::math::{Matrix, random};
use crate::models::Scorer;
use crate::query::{self, Opinion, OpinionError, Strategy, choose};
use crate::service::ServiceError;
use crate::service::augmenting::{self, Averages, Compared};
use crate::service::desk::COVERAGE;
use crate::service::pool::Pool;
use crate::service::shelf::{self, COMMITTEE};
use crate::store::StoreError;
use crate::store::rounds::{Finished, NewRound, Predicted, Queue, Views};

/// Samples kept in a published queue: far more than are asked before the next round.
const QUEUE_LENGTH: usize = 4096;
/// Samples chosen together by a rule that looks at batches; the queue goes on by uncertainty.
const ASKED_SOON: usize = 64;
/// Audit samples every round predicts: the first ones asked, more than any project labels.
const AUDIT_PREDICTED: i64 = 4096;
/// Waiting samples, in the order of their draw, on which halves of a committee are compared.
const PROBE: usize = 2000;
/// Samples the cold start puts in order.
const COLD_START_LENGTH: usize = 256;

/// What a round came to.
#[derive(Debug, Clone)]
pub enum Outcome {
    /// A committee was trained and its ranking published.
    Finished { number: i64, n_labels: i64, total_ms: f64 },
    /// Too few labels for a model: the pool was ranked by coverage.
    ColdStart { n_ranked: usize },
    /// Nothing is encoded yet.
    NothingEncoded,
}

/// Ask for a round. One that waits already is the same one.
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

/// Rank a project's pool here and now where nothing ranks it yet, so that its first questions cover it; else ask for a round.
pub async fn rank_first(app: &App, project: ProjectId) -> Result<(), ServiceError> {
    // Read anew: the encoder may have come just now.
    let Some(project) = app.store.project(project).await? else { return Ok(()) };
    if app.store.queue(project.id).await?.is_none() {
        round(app, &project, "pool encoded").await?;
    }
    // A server that runs beside has desks of its own.
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
    if project.is_multi() {
        return sets::round(app, project, pool, cause).await;
    }
    let tally = app.store.tally(project.id).await?;
    let labels = app.store.training_labels(project.id).await?;
    let mut material = Material::read(app, project, &pool, &labels).await?;
    let labeled = material.labels.iter().map(|(row, _)| *row).collect();
    material.averages = augmenting::averages(app, project, &pool, labeled).await?;
    if material.n_classes_seen() < 2 {
        return cold_start(app, project, &pool, material).await;
    }
    let strategy: Strategy = project
        .strategy
        .parse()
        .map_err(|error: query::UnknownStrategy| StoreError::Inconsistent(error.to_string()))?;
    let new = NewRound {
        project: project.id,
        cause: cause.to_owned(),
        strategy: strategy.to_string(),
        encoder: pool.encoder,
        seed: project.seed,
        n_answers: tally.answers,
        n_labels: material.labels.len() as i64,
        n_pool: material.waiting.len() as i64,
    };
    let (id, number) = app.store.start_round(&new, app.clock.now()).await?;
    let lacking = material.lacks_views();
    let done = train(app, project, pool, material, strategy, id, number).await;
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
            app.desks.publish(project.id, &queue);
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

/// Everything a round computes on, as plain rows and indices.
struct Material {
    /// Class ids in column order. Retired classes stay, since their labels do.
    columns: Vec<ClassId>,
    /// Rows of the pool that train, and their columns.
    labels: Vec<(usize, usize)>,
    /// Rows that may be asked.
    waiting: Vec<usize>,
    /// Rows handed out and not answered yet.
    pending: Vec<usize>,
    /// Rows of the audit set.
    audit: Vec<usize>,
    /// What may train in place of the rows in `labels`.
    averages: Option<Averages>,
}

impl Material {
    /// Read what a round needs beside its `labels`. Classes come after them, so that no label is of an unknown one.
    async fn read(
        app: &App,
        project: &Project,
        pool: &Pool,
        labels: &[(SampleId, ClassId)],
    ) -> Result<Self, ServiceError> {
        let classes = app.store.classes(project.id).await?;
        let audit = app.store.audit_samples(project.id, AUDIT_PREDICTED).await?;
        let waiting = app.store.waiting_samples(project.id, false, app.clock.now()).await?;
        let pending = app.store.pending_samples(project.id, app.clock.now()).await?;
        Ok(Self::new(pool, &classes, labels, &audit, &waiting, &pending))
    }

    fn new(
        pool: &Pool,
        classes: &[Class],
        labels: &[(SampleId, ClassId)],
        audit: &[SampleId],
        waiting: &[SampleId],
        pending: &[SampleId],
    ) -> Self {
        let columns: Vec<ClassId> = classes.iter().map(|class| class.id).collect();
        let column_of = |class: &ClassId| columns.iter().position(|column| column == class);
        let row_of = |sample: &SampleId| pool.row_of.get(sample).copied();
        // A label whose sample is not encoded yet trains in a later round.
        let labels = labels.iter().filter_map(|(sample, class)| Some((row_of(sample)?, column_of(class)?))).collect();
        Self {
            labels,
            waiting: waiting.iter().filter_map(row_of).collect(),
            pending: pending.iter().filter_map(row_of).collect(),
            audit: audit.iter().filter_map(row_of).collect(),
            columns,
            averages: None,
        }
    }

    /// What strategies choose from, with the labeled rows and their columns apart.
    fn ask<'a>(
        &'a self,
        pool: &'a Pool,
        ids: &'a [u64],
        labels: &'a (Vec<usize>, Vec<usize>),
        seed: u64,
    ) -> query::Pool<'a> {
        query::Pool {
            rows: &pool.rows,
            ids,
            open: &self.waiting,
            labeled: &labels.0,
            labels: &labels.1,
            pending: &self.pending,
            n_classes: self.columns.len(),
            opinion: None,
            margins: None,
            seed,
        }
    }

    fn lacks_views(&self) -> bool {
        self.averages.as_ref().is_none_or(|averages| averages.averaged < self.labels.len())
    }

    fn n_classes_seen(&self) -> usize {
        self.labels.iter().map(|(_, column)| column).collect::<HashSet<_>>().len()
    }
}

async fn cold_start(
    app: &App,
    project: &Project,
    pool: &Arc<Pool>,
    material: Material,
) -> Result<Outcome, ServiceError> {
    let pool = pool.clone();
    let seed = project.seed as u64;
    let entries = app
        .cpu
        .run(move || {
            let labels = material.labels.iter().copied().unzip();
            let ids = pool.numbers();
            let ask = material.ask(&pool, &ids, &labels, seed);
            let picks = choose(Strategy::MaxHerding, &ask, COLD_START_LENGTH)?;
            Ok::<_, OpinionError>(picks.into_iter().map(|pick| (pool.ids[pick.index], pick.score)).collect::<Vec<_>>())
        })
        .await??;
    let n_ranked = entries.len();
    let queue = Queue { round: None, asked_by: COVERAGE.to_owned(), entries, n_ranked: n_ranked as i64 };
    app.store.publish_queue(project.id, &queue, app.clock.now()).await?;
    app.desks.publish(project.id, &queue);
    Ok(Outcome::ColdStart { n_ranked })
}

async fn train(
    app: &App,
    project: &Project,
    pool: Arc<Pool>,
    material: Material,
    strategy: Strategy,
    id: RoundId,
    number: i64,
) -> Result<(Finished, Queue), ServiceError> {
    let standardiser =
        pool.standardiser().ok_or_else(|| ServiceError::Invalid("no sample is encoded yet".to_owned()))?;
    let encoder = pool.encoder;
    let (previous, before) = (app.pools.committee(project.id), app.pools.views(project.id));
    let runtime = app.runtime.get()?;
    let folder = app.data.round(&project.slug, number);
    let seed = random::hash(project.seed as u64, number as u64);
    let work = move || -> Result<(Fitted, Option<Compared>, Finished, Queue), ServiceError> {
        let started = Instant::now();
        let learn = Learn { pool: &pool, material: &material, standardiser: &standardiser, strategy, seed };
        let (fitted, compared) = learn.fit(previous.as_deref(), before.as_ref())?;
        let fit_ms = ms_since(started);

        let started = Instant::now();
        let model = committee_model(&fitted.committee)?.to_bytes();
        std::fs::create_dir_all(&folder)?;
        let path = folder.join(COMMITTEE);
        std::fs::write(&path, &model)?;
        let scorer = Scorer::from_bytes(&runtime, &model)?;
        let judge = Judge { scorer, head: fitted.committee.members.first(), rows: &pool.rows };
        let mut audit_predictions = Vec::with_capacity(material.audit.len());
        let votes = judge.votes(&material.audit)?;
        for (&row, column) in material.audit.iter().zip(arg_max(&votes.mean(), votes.classes)) {
            audit_predictions.push((pool.ids[row], material.columns[column]));
        }
        let score_ms = ms_since(started);

        let started = Instant::now();
        let (labels, ids) = (material.labels.iter().copied().unzip(), pool.numbers());
        let ask = query::Pool { opinion: Some(&judge), ..material.ask(&pool, &ids, &labels, seed) };
        let picks = query::queue(strategy, &ask, ASKED_SOON, QUEUE_LENGTH)?;
        let entries: Vec<_> = picks.into_iter().map(|pick| (pool.ids[pick.index], pick.score)).collect();
        let rank_ms = ms_since(started);
        let queue =
            Queue { round: Some(id), asked_by: strategy.to_string(), n_ranked: material.waiting.len() as i64, entries };
        let finished = Finished {
            fit_ms,
            score_ms,
            rank_ms,
            provider: judge.scorer.provider().device.clone(),
            model_path: path.to_string_lossy().into_owned(),
            audit_predictions: Predicted::Classes(audit_predictions),
            views: compared.as_ref().map(|compared| Views {
                loss_own: compared.gain.own,
                loss_views: compared.gain.averaged,
                used: compared.gain.helps(),
            }),
        };
        let shape =
            Shape { labels: material.labels.len(), ranked: material.waiting.len(), audit: material.audit.len() };
        let tuned = Some((fitted.tuned.lambda, fitted.tuned.temperature));
        write_metrics(&folder, &shape, fitted.committee.members.len(), tuned, &finished)?;
        Ok((fitted, compared, finished, queue))
    };
    let (fitted, compared, finished, queue) = app.cpu.run(work).await??;
    app.pools.set_committee(project.id, encoder, Arc::new(fitted));
    app.pools.set_views(project.id, encoder, compared);
    Ok((finished, queue))
}

/// What a committee is learned from.
struct Learn<'a> {
    pool: &'a Pool,
    material: &'a Material,
    standardiser: &'a Standardiser,
    strategy: Strategy,
    seed: u64,
}

impl Learn<'_> {
    /// The committee, from means of views where there are any and they help.
    fn fit(
        &self,
        previous: Option<&Fitted>,
        before: Option<&Compared>,
    ) -> Result<(Fitted, Option<Compared>), ServiceError> {
        let Self { pool, material, standardiser, seed, .. } = *self;
        let (rows, labels): (Vec<usize>, Vec<usize>) = material.labels.iter().copied().unzip();
        let rows = pool.rows.gather(&rows);
        let own = Training { rows: &rows, labels: &labels, weights: None, n_classes: material.columns.len() };
        let compare = |averages: &Averages| augmenting::compare(&own, averages, standardiser, before, seed);
        let compared = material.averages.as_ref().map(compare).transpose()?;
        let training = match (&material.averages, &compared) {
            (Some(averages), Some(compared)) if compared.gain.helps() => Training { rows: &averages.rows, ..own },
            _ => own,
        };
        let options = CommitteeOptions { seed, ..CommitteeOptions::default() };
        let fitted = if self.strategy.needs_committee() {
            let probe: Vec<usize> = material.waiting.iter().copied().take(PROBE).collect();
            fit_grown(&training, standardiser, previous, &options, &pool.rows.gather(&probe))
        } else {
            fit_committee(&training, standardiser, previous, &options)
        };
        Ok((fitted?, compared))
    }
}

/// The round's committee in ONNX Runtime, looking at the project's embeddings.
struct Judge<'a> {
    scorer: Scorer,
    head: Option<&'a Head>,
    rows: &'a Matrix,
}

impl Opinion for Judge<'_> {
    fn votes(&self, at: &[usize]) -> Result<Votes, OpinionError> {
        self.scorer.votes_at(self.rows, at).map_err(|error| OpinionError(error.to_string()))
    }

    fn head(&self) -> Option<&Head> {
        self.head
    }
}

/// How much a round worked on.
struct Shape {
    labels: usize,
    ranked: usize,
    audit: usize,
}

/// `tuned`: penalty and temperature, where the round chose them.
fn write_metrics(
    folder: &std::path::Path,
    shape: &Shape,
    members: usize,
    tuned: Option<(f64, f64)>,
    finished: &Finished,
) -> Result<(), ServiceError> {
    let metrics = serde_json::json!({
        "training_labels": shape.labels,
        "ranked": shape.ranked,
        "audit_predicted": shape.audit,
        "fit_ms": finished.fit_ms,
        "score_ms": finished.score_ms,
        "rank_ms": finished.rank_ms,
        "provider": finished.provider,
        "members": members,
        "lambda": tuned.map(|(lambda, _)| lambda),
        "temperature": tuned.map(|(_, temperature)| temperature),
    });
    std::fs::write(folder.join("metrics.json"), metrics.to_string())?;
    Ok(())
}

fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}
