//! Rounds of projects where a sample has any number of classes.
//!
//! As other rounds: fit, write as ONNX, score, rank, publish. Every class has a logistic head of its own in every member,
//! probabilities stand each by itself, and the strategy is one for label sets. While no class is known to be both present
//! and absent, nothing can be in doubt, so the pool is ranked by coverage.
//!
//! A class that was added later counts as absent in the sets that were answered before; see `docs/multi-label.md`.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::{Material, Outcome, QUEUE_LENGTH, Shape, close, cold_start, ms_since, write_metrics};
use crate::app::App;
use crate::domain::{ClassId, ClassSet, Project, RoundId, SampleId};
use crate::learn::any_committee::decided;
use crate::learn::graph::committee_model;
use crate::learn::multi_label::{MultiLabelOptions, fit_multi_committee};
use crate::learn::{Standardiser, Votes};
use crate::math::random;
use crate::models::Scorer;
use crate::query::UnknownStrategy;
use crate::query::multi_label::{MultiPool, MultiStrategy, choose};
use crate::runtime::Runtime;
use crate::service::ServiceError;
use crate::service::pool::Pool;
use crate::service::shelf::COMMITTEE;
use crate::store::StoreError;
use crate::store::rounds::{Finished, NewRound, Predicted, Queue};

/// Run one round to its end.
pub(super) async fn round(app: &App, project: &Project, pool: Arc<Pool>, cause: &str) -> Result<Outcome, ServiceError> {
    let tally = app.store.tally(project.id).await?;
    let sets = app.store.training_sets(project.id).await?;
    let mut material = Material::read(app, project, &pool, &[]).await?;
    let known = Known::new(&pool, &material.columns, &sets);
    if !known.varies(material.columns.len()) {
        // Coverage needs to know which samples have an answer, and not which one.
        material.labels = known.rows.iter().map(|row| (*row, 0)).collect();
        return cold_start(app, project, &pool, material).await;
    }
    let strategy: MultiStrategy =
        project.strategy.parse().map_err(|error: UnknownStrategy| StoreError::Inconsistent(error.to_string()))?;
    let new = NewRound {
        project: project.id,
        cause: cause.to_owned(),
        strategy: strategy.to_string(),
        encoder: pool.encoder,
        seed: project.seed,
        n_answers: tally.answers,
        n_labels: known.rows.len() as i64,
        n_pool: material.waiting.len() as i64,
    };
    let standardiser =
        pool.standardiser().ok_or_else(|| ServiceError::Invalid("no sample is encoded yet".to_owned()))?;
    let runtime = app.runtime.get()?;
    let (id, number) = app.store.start_round(&new, app.clock.now()).await?;
    let work = Work {
        pool,
        material,
        known,
        standardiser,
        strategy,
        runtime,
        folder: app.data.round(&project.slug, number),
        seed: random::hash(project.seed as u64, number as u64),
        id,
    };
    let done = app.cpu.run(move || work.run()).await.map_err(ServiceError::from).and_then(|done| done);
    close(app, project, (id, number), &new, done).await
}

/// The sets that train, as rows of the pool.
struct Known {
    rows: Vec<usize>,
    /// Rows × classes.
    truth: Vec<bool>,
}

impl Known {
    /// A label whose sample is not encoded yet trains in a later round.
    fn new(pool: &Pool, columns: &[ClassId], sets: &[(SampleId, ClassSet)]) -> Self {
        let mut known = Self { rows: Vec::new(), truth: Vec::new() };
        for (sample, classes) in sets {
            let Some(&row) = pool.row_of.get(sample) else { continue };
            known.rows.push(row);
            let has = classes.to_vec();
            known.truth.extend(columns.iter().map(|class| has.contains(class)));
        }
        known
    }

    /// Whether any class is known to be both present and absent.
    fn varies(&self, n_classes: usize) -> bool {
        (0..n_classes).any(|k| self.truth.iter().skip(k).step_by(n_classes).any(|has| *has != self.truth[k]))
    }
}

/// Everything that one round needs away from the runtime's threads.
struct Work {
    pool: Arc<Pool>,
    material: Material,
    known: Known,
    standardiser: Arc<Standardiser>,
    strategy: MultiStrategy,
    runtime: Runtime,
    folder: PathBuf,
    seed: u64,
    id: RoundId,
}

impl Work {
    fn run(self) -> Result<(Finished, Queue), ServiceError> {
        let Self { pool, material, known, .. } = &self;
        let n_classes = material.columns.len();

        let started = Instant::now();
        let options = MultiLabelOptions { seed: self.seed, ..MultiLabelOptions::default() };
        let rows = pool.rows.gather(&known.rows);
        let committee = fit_multi_committee(&rows, &known.truth, n_classes, &self.standardiser, &options)?;
        let fit_ms = ms_since(started);

        let started = Instant::now();
        let model = committee_model(&committee)?.to_bytes();
        std::fs::create_dir_all(&self.folder)?;
        let path = self.folder.join(COMMITTEE);
        std::fs::write(&path, &model)?;
        let scorer = Scorer::from_bytes(&self.runtime, &model)?;
        let judge = |at: &[usize]| scorer.votes_at(&pool.rows, at).map(|votes| Votes::mean(&votes));
        let audited = judge(&material.audit)?;
        let said = |(&row, p): (&usize, &[f32])| {
            let classes = decided(p, true).into_iter().map(|k| material.columns[k]).collect();
            (pool.ids[row], classes)
        };
        let predicted = material.audit.iter().zip(audited.chunks(n_classes)).map(said).collect();
        let probabilities = judge(&material.waiting)?;
        let score_ms = ms_since(started);

        let started = Instant::now();
        let ids: Vec<u64> = material.waiting.iter().map(|&row| pool.ids[row].0 as u64).collect();
        let open: Vec<usize> = (0..ids.len()).collect();
        let ask = MultiPool {
            probabilities: &probabilities,
            n_labels: n_classes,
            ids: &ids,
            open: &open,
            truth: &known.truth,
            seed: self.seed,
        };
        let picks = choose(self.strategy, &ask, QUEUE_LENGTH)?;
        let entries = picks.into_iter().map(|pick| (pool.ids[material.waiting[pick.index]], pick.score)).collect();
        let rank_ms = ms_since(started);

        let n_ranked = material.waiting.len() as i64;
        let queue = Queue { round: Some(self.id), asked_by: self.strategy.to_string(), n_ranked, entries };
        let finished = Finished {
            fit_ms,
            score_ms,
            rank_ms,
            provider: scorer.provider().device.clone(),
            model_path: path.to_string_lossy().into_owned(),
            audit_predictions: Predicted::Sets(predicted),
            views: None,
        };
        let shape = Shape { labels: known.rows.len(), ranked: material.waiting.len(), audit: material.audit.len() };
        write_metrics(&self.folder, &shape, committee.members.len(), None, &finished)?;
        Ok((finished, queue))
    }
}
