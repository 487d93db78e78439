//! Out-of-sample predictions: what heads that never saw a label say about its sample.
//!
//! The committee in use has learned the labels it was trained on, so its output for them is memory, not prediction.

use std::collections::HashMap;
use std::sync::Arc;

use crate::domain::{ClassId, Project, SampleId};
use crate::learn::{LearnError, Training, Truth, Tuned, out_of_sample, tune};
use crate::math::random;
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};

/// Training labels, and the probabilities of heads that did not see each.
pub(in crate::service) struct HeldOut {
    /// Rows of the pool.
    pub(in crate::service) rows: Vec<usize>,
    /// Their labels, as places among the project's classes.
    pub(in crate::service) truth: Truth,
    /// Rows × classes.
    pub(in crate::service) probabilities: Vec<f32>,
    pub(in crate::service) tuned: Tuned,
}

/// By leave-one-out, or in five folds where that costs too much; see `learn::out_of_sample`. `None` while there is too little to
/// learn from.
pub(in crate::service) async fn of_training(
    app: &App,
    project: &Project,
    pool: &Arc<EncodedPool>,
    columns: &[ClassId],
) -> Result<Option<HeldOut>, ServiceError> {
    let Some(standardiser) = pool.standardiser() else { return Ok(None) };
    let labels = app.store.training_labels(project.id).await?;
    let (rows, truth) = known(pool, project.task.into(), columns, &labels);
    let k = columns.len();
    let targets = truth.targets();
    if targets.varying(k).len() < targets.link().least() {
        return Ok(None);
    }
    let before: Option<Tuned> = app.pools.committee(project.id).map(|fitted| fitted.tuned);
    let seed = random::hash(project.seed as u64, 0xd0);
    let pool = pool.clone();
    let found = app.cpu.run(move || {
        let known = pool.rows.gather(&rows);
        let training = Training { rows: &known, targets: truth.targets(), weights: None, n_classes: k };
        let tuned = tune(&training, &standardiser, before.as_ref(), seed)?;
        let probabilities = out_of_sample(&training, &standardiser, &tuned, seed)?.into_vec();
        Ok::<_, LearnError>(HeldOut { rows, truth, probabilities, tuned })
    });
    Ok(Some(found.await??))
}

/// Probabilities of each class for every sample that trains, by heads that did not see its label.
pub(in crate::service) async fn by_sample(
    app: &App,
    project: &Project,
    pool: &Arc<EncodedPool>,
    columns: &[ClassId],
) -> Result<HashMap<SampleId, Vec<f32>>, ServiceError> {
    let Some(found) = of_training(app, project, pool, columns).await? else { return Ok(HashMap::new()) };
    let rows = found.probabilities.chunks(columns.len().max(1)).map(<[f32]>::to_vec);
    Ok(found.rows.iter().map(|row| pool.ids[*row]).zip(rows).collect())
}
