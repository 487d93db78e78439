//! One round's computing: fit the committee, write it, score with it, rank.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use super::material::Material;
use super::{ASKED_SOON, PROBE, QUEUE_LENGTH};
use crate::data::write_whole;
use crate::domain::{ClassSet, Project, RoundId, SampleId};
use crate::learn::cures::{self, Care, Cure, fit_cured};
use crate::learn::graph::committee_model;
use crate::learn::{CommitteeOptions, Fitted, Head, Standardiser, Training, Votes, fit_committee, fit_grown};
use crate::math::{Matrix, random};
use crate::models::Scorer;
use crate::query::{self, Opinion, OpinionError, Strategy};
use crate::runtime::Runtime;
use crate::service::rounds::augmenting::{self, Averages, Compared};
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::shelf::COMMITTEE;
use crate::service::{App, ServiceError};
use crate::store::rounds::{Finished, Queue, Views};

/// Fit, write, score and rank; returns the round's result.
pub(super) async fn train(
    app: &App,
    project: &Project,
    pool: Arc<EncodedPool>,
    material: Material,
    strategy: Strategy,
    (id, number): (RoundId, i64),
) -> Result<(Finished, Queue), ServiceError> {
    let standardiser =
        pool.standardiser().ok_or_else(|| ServiceError::Invalid("no sample is encoded yet".to_owned()))?;
    let encoder = pool.encoder;
    let (previous, before) = (app.pools.committee(project.id), app.pools.views(project.id));
    let work = Work {
        pool,
        material,
        standardiser,
        strategy,
        cures: cures::parse(&project.cures, project.task.into())?,
        runtime: app.runtime.get()?,
        folder: app.data.round(&project.slug, number),
        seed: random::hash(project.seed as u64, number as u64),
        id,
    };
    let done = app.cpu.run(move || work.run(previous.as_deref(), before.as_ref())).await??;
    app.pools.set_committee(project.id, encoder, Arc::new(done.fitted));
    app.pools.set_views(project.id, encoder, done.compared);
    Ok((done.finished, done.queue))
}

/// Everything that one round needs off the runtime's threads.
struct Work {
    pool: Arc<EncodedPool>,
    material: Material,
    standardiser: Arc<Standardiser>,
    strategy: Strategy,
    cures: Vec<&'static Cure>,
    runtime: Runtime,
    folder: PathBuf,
    seed: u64,
    id: RoundId,
}

/// The result of [`Work`].
struct Done {
    fitted: Fitted,
    compared: Option<Compared>,
    finished: Finished,
    queue: Queue,
}

impl Work {
    fn run(self, previous: Option<&Fitted>, before: Option<&Compared>) -> Result<Done, ServiceError> {
        let Self { pool, material, strategy, .. } = &self;
        let started = Instant::now();
        let (fitted, compared) = self.fit(previous, before)?;
        let fit_ms = ms_since(started);

        let started = Instant::now();
        let model = committee_model(&fitted.committee)?.to_bytes();
        std::fs::create_dir_all(&self.folder)?;
        // The database will soon record the round as done; the files must survive a power cut too.
        write_whole(&self.folder.join(COMMITTEE), &model, true)?;
        let scorer = Scorer::from_bytes(&self.runtime, &model)?;
        let judge = Judge { scorer, head: fitted.committee.heads.first(), rows: &pool.rows };
        let (audit_predictions, audit_sureness) = self.audit(&judge, &fitted)?;
        let doubt = self.doubt(&judge, &fitted)?;
        let score_ms = ms_since(started);

        let started = Instant::now();
        let ids = pool.numbers();
        let ask = query::Pool { opinion: Some(&judge), ..material.ask(pool, &ids, self.seed) };
        let picks = query::queue(*strategy, &ask, ASKED_SOON, QUEUE_LENGTH)?;
        let ranked: Vec<usize> = picks.iter().map(|pick| pick.index).collect();
        let floors = material.shortage.samples(&material.waiting, &ranked, Some(&judge), (pool, &ids, self.seed))?;
        let entries: Vec<_> = picks.into_iter().map(|pick| (pool.ids[pick.index], pick.score)).collect();
        let rank_ms = ms_since(started);

        let queue = Queue {
            round: Some(self.id),
            asked_by: strategy.to_string(),
            n_ranked: material.waiting.len() as i64,
            entries,
            floors,
        };
        let finished = Finished {
            fit_ms,
            score_ms,
            rank_ms,
            provider: judge.scorer.provider().device.clone(),
            audit_predictions,
            audit_sureness,
            doubt,
            trained_on: material.trained_on.clone(),
            views: compared.as_ref().map(|compared| Views {
                loss_own: compared.gain.own,
                loss_views: compared.gain.averaged,
                used: compared.gain.helps(),
            }),
        };
        write_metrics(&self.folder, material, &fitted, &finished)?;
        Ok(Done { fitted, compared, finished, queue })
    }

    /// The committee, fitted on means of views where these exist and help.
    fn fit(
        &self,
        previous: Option<&Fitted>,
        before: Option<&Compared>,
    ) -> Result<(Fitted, Option<Compared>), ServiceError> {
        let Self { pool, material, standardiser, seed, .. } = self;
        let rows = pool.rows.gather(&material.labeled);
        let own =
            Training { rows: &rows, targets: material.targets(), weights: None, n_classes: material.columns.len() };
        let compare = |averages: &Averages| augmenting::compare(&own, averages, standardiser, before, *seed);
        let compared = material.averages.as_ref().map(compare).transpose()?;
        let training = match (&material.averages, &compared) {
            (Some(averages), Some(compared)) if compared.gain.helps() => Training { rows: &averages.rows, ..own },
            _ => own,
        };
        let options = CommitteeOptions { seed: *seed, ..CommitteeOptions::default() };
        let care = Care { cures: &self.cures, pool: &pool.rows, unlabeled: &material.waiting, standardiser };
        let fitted = fit_cured(&care, &training, previous, &options, &|training, options| {
            if self.strategy.needs_committee() {
                let probe: Vec<usize> = material.waiting.iter().copied().take(PROBE).collect();
                fit_grown(training, standardiser, previous, options, &pool.rows.gather(&probe))
            } else {
                fit_committee(training, standardiser, previous, options)
            }
        })?;
        Ok((fitted, compared))
    }

    /// Mean entropy of the committee over waiting samples in the order of their draw, as a share of the greatest possible.
    fn doubt(&self, judge: &Judge<'_>, fitted: &Fitted) -> Result<Option<f64>, ServiceError> {
        let probe: Vec<usize> = self.material.waiting.iter().copied().take(PROBE).collect();
        if probe.is_empty() {
            return Ok(None);
        }
        let votes = judge.votes(&probe)?;
        let mean = votes.mean();
        let each = mean.chunks_exact(votes.classes.max(1)).map(|p| fitted.committee.link.doubt(p));
        Ok(Some(each.sum::<f64>() / probe.len() as f64))
    }

    /// The committee's predictions for the audit set, and how likely it finds each.
    fn audit(&self, judge: &Judge<'_>, fitted: &Fitted) -> Result<AuditVotes, ServiceError> {
        let Self { pool, material, .. } = self;
        let votes = judge.votes(&material.audit)?;
        let link = fitted.committee.link;
        let said = |(&row, p): (&usize, &[f32])| {
            let classes = link.decided(p).into_iter().map(|k| material.columns[k]).collect();
            ((pool.ids[row], classes), link.probability(p))
        };
        Ok(material.audit.iter().zip(votes.mean().chunks_exact(votes.classes.max(1))).map(said).unzip())
    }
}

/// Predictions for the audit set, and how likely each is.
type AuditVotes = (Vec<(SampleId, ClassSet)>, Vec<f32>);

/// The round's committee in ONNX Runtime, applied to the project's embeddings.
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

fn write_metrics(folder: &Path, material: &Material, fitted: &Fitted, done: &Finished) -> Result<(), ServiceError> {
    let metrics = serde_json::json!({
        "training_labels": material.labeled.len(),
        "ranked": material.waiting.len(),
        "audit_predicted": material.audit.len(),
        "fit_ms": done.fit_ms,
        "score_ms": done.score_ms,
        "rank_ms": done.rank_ms,
        "provider": done.provider,
        "members": fitted.committee.members(),
        "trees": fitted.committee.trees.len(),
        "lambda": fitted.tuned.lambda,
        "temperature": fitted.tuned.temperature,
    });
    Ok(write_whole(&folder.join("metrics.json"), metrics.to_string().as_bytes(), false)?)
}

fn ms_since(started: Instant) -> f64 {
    started.elapsed().as_secs_f64() * 1e3
}
