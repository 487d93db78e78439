//! Out-of-sample predictions: what heads that never saw a label say about its sample.
//!
//! The committee in use has learned the labels it was trained on, so what it says about them is memory, not prediction.

use std::collections::HashMap;
use std::sync::Arc;

use rayon::prelude::*;

use crate::app::App;
use crate::domain::class_set::ones;
use crate::domain::{ClassId, ClassSet, Project, SampleId};
use crate::learn::multi_label::{MultiLabelOptions, fit_multi_committee};
use crate::learn::{LearnError, Standardiser, Training, Tuned, out_of_sample, tune};
use crate::math::{Matrix, random};
use crate::service::ServiceError;
use crate::service::pool::Pool;

/// Parts of the labels of sets; each is predicted by a committee of the others.
const FOLDS: u64 = 5;

/// Training labels of one class per sample, and the probabilities of heads that did not see each.
pub(super) struct HeldOut {
    /// Rows of the pool.
    pub(super) rows: Vec<usize>,
    /// Places of the labels among the project's classes.
    pub(super) labels: Vec<usize>,
    /// Rows × classes.
    pub(super) probabilities: Vec<f32>,
    pub(super) tuned: Tuned,
}

/// By leave-one-out, or in five folds where that is no good guess; see `learn::tune`. `None` while fewer than two of `columns` have
/// labels.
pub(super) async fn of_classes(
    app: &App,
    project: &Project,
    pool: &Arc<Pool>,
    columns: &[ClassId],
) -> Result<Option<HeldOut>, ServiceError> {
    let Some(standardiser) = pool.standardiser() else { return Ok(None) };
    let (rows, labels) = rows_of(pool, columns, &ones(app.store.training_labels(project.id).await?));
    let k = columns.len();
    if (0..k).filter(|class| labels.contains(class)).count() < 2 {
        return Ok(None);
    }
    let before: Option<Tuned> = app.pools.committee(project.id).map(|fitted| fitted.tuned);
    let seed = random::hash(project.seed as u64, 0xd0);
    let pool = pool.clone();
    let found = app.cpu.run(move || {
        let known = pool.rows.gather(&rows);
        let training = Training { rows: &known, labels: &labels, weights: None, n_classes: k };
        let tuned = tune(&training, &standardiser, before.as_ref(), seed)?;
        let probabilities = out_of_sample(&training, &standardiser, &tuned, seed)?.into_vec();
        Ok::<_, LearnError>(HeldOut { rows, labels, probabilities, tuned })
    });
    Ok(Some(found.await??))
}

/// Labels as rows of the pool and places among `columns`; a sample that is not encoded yet is left out.
pub(super) fn rows_of(pool: &Pool, columns: &[ClassId], labels: &[(SampleId, ClassId)]) -> (Vec<usize>, Vec<usize>) {
    let place: HashMap<ClassId, usize> = columns.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    labels.iter().filter_map(|(sample, class)| Some((*pool.row_of.get(sample)?, *place.get(class)?))).unzip()
}

/// Probabilities of each class for every sample that trains, by heads that did not see its label.
pub(super) async fn of_training(
    app: &App,
    project: &Project,
    pool: &Arc<Pool>,
    columns: &[ClassId],
) -> Result<HashMap<SampleId, Vec<f32>>, ServiceError> {
    if project.is_multi() {
        return of_sets(app, project, pool, columns).await;
    }
    let Some(found) = of_classes(app, project, pool, columns).await? else { return Ok(HashMap::new()) };
    let rows = found.probabilities.chunks(columns.len().max(1)).map(<[f32]>::to_vec);
    Ok(found.rows.iter().map(|row| pool.ids[*row]).zip(rows).collect())
}

async fn of_sets(
    app: &App,
    project: &Project,
    pool: &Arc<Pool>,
    columns: &[ClassId],
) -> Result<HashMap<SampleId, Vec<f32>>, ServiceError> {
    let Some(standardiser) = pool.standardiser() else { return Ok(HashMap::new()) };
    let labels = app.store.training_labels(project.id).await?;
    let (pool, columns, seed) = (pool.clone(), columns.to_vec(), project.seed as u64);
    Ok(app.cpu.run(move || in_folds(&pool, &columns, &labels, &standardiser, seed)).await??)
}

/// A sample, its row of the pool, and its label.
type Known<'a> = (SampleId, usize, &'a ClassSet);

fn in_folds(
    pool: &Pool,
    columns: &[ClassId],
    labels: &[(SampleId, ClassSet)],
    standardiser: &Standardiser,
    seed: u64,
) -> Result<HashMap<SampleId, Vec<f32>>, LearnError> {
    let known: Vec<Known<'_>> = labels.iter().filter_map(|(id, set)| Some((*id, *pool.row_of.get(id)?, set))).collect();
    let k = columns.len();
    let fold = |fold: u64| -> Result<Vec<(SampleId, Vec<f32>)>, LearnError> {
        let in_fold = |known: &&Known<'_>| random::hash(seed, known.0.0 as u64) % FOLDS == fold;
        let (held, rest): (Vec<&Known<'_>>, Vec<&Known<'_>>) = known.iter().partition(in_fold);
        if held.is_empty() || rest.is_empty() || k == 0 {
            return Ok(Vec::new());
        }
        let rows = |part: &[&Known<'_>]| -> Matrix {
            pool.rows.gather(&part.iter().map(|(_, row, _)| *row).collect::<Vec<_>>())
        };
        let truth: Vec<bool> =
            rest.iter().flat_map(|(.., set)| columns.iter().map(|class| set.contains(*class))).collect();
        let options = MultiLabelOptions { seed, ..MultiLabelOptions::default() };
        let committee = fit_multi_committee(&rows(&rest), &truth, k, standardiser, &options)?;
        let said = committee.probabilities(&rows(&held));
        Ok(held.iter().map(|(id, ..)| *id).zip(said.chunks(k).map(<[f32]>::to_vec)).collect())
    };
    let folds = (0..FOLDS).into_par_iter().map(fold).collect::<Result<Vec<_>, _>>()?;
    Ok(folds.into_iter().flatten().collect())
}
