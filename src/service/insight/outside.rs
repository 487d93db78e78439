//! Models elsewhere, measured on the audit set beside the newest committee: both on the same samples, blindly labeled.
//!
//! **Invariant:** predictions are compared with labels and never become any.

use std::collections::HashMap;

use crate::domain::{Classes, Project, SampleId};
use crate::evaluate::{Interval, wilson};
use crate::service::{App, ServiceError};
use crate::store::audited::follow;

const LEVEL: f64 = 0.95;

/// A model elsewhere and what its predictions are worth.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct OutsideModel {
    /// The name it was imported under.
    pub model: String,
    pub predictions: i64,
    /// Labeled audit samples that it predicted.
    pub audited: u64,
    /// Its accuracy on them with Wilson's 95 % interval; absent without such samples. A set of classes is right as a whole.
    pub accuracy: Option<Interval>,
    /// Those of them that the newest committee predicted too.
    pub both: u64,
    /// Its accuracy on those.
    pub accuracy_on_both: Option<Interval>,
    /// The committee's on the same.
    pub committee_accuracy: Option<Interval>,
    /// The committee's round.
    pub round: Option<i64>,
    /// Other labeled samples that it predicted, and how many of their labels agree. Not blind where people saw predictions.
    pub labeled: i64,
    pub agreeing: i64,
}

/// A sample whose label differs from a model's prediction.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct OutsideDifference {
    pub sample: SampleId,
    pub name: String,
    pub predicted: Classes,
    /// How sure the model is, 0 to 1, where it says so.
    pub sure: Option<f64>,
    /// The label.
    pub label: Classes,
}

/// Every model whose predictions were imported.
///
/// # Errors
/// When the database cannot be read.
pub async fn models(app: &App, project: &Project) -> Result<Vec<OutsideModel>, ServiceError> {
    let rows = app.store.outside_models(project.id).await?;
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let round = app.store.audited_rounds(project.id).await?.pop();
    let committee: HashMap<SampleId, _> =
        round.iter().flat_map(|round| round.predictions.iter().map(|(sample, said)| (*sample, said.clone()))).collect();
    let merged = app.store.merged_classes(project.id).await?;
    let mut models = Vec::with_capacity(rows.len());
    for row in rows {
        let mut audit = app.store.outside_audit(project.id, &row.named).await?;
        for (_, predicted, _) in &mut audit {
            *predicted = predicted.ids().map(|class| follow(class, &merged)).collect();
        }
        let right = audit.iter().filter(|(_, predicted, given)| predicted == given).count() as u64;
        let both: Vec<_> =
            audit.iter().filter_map(|(sample, said, given)| Some((said, committee.get(sample)?, given))).collect();
        let measured = |hits: u64, n: u64| (n > 0).then(|| wilson(hits, n, LEVEL));
        let (audited, n) = (audit.len() as u64, both.len() as u64);
        models.push(OutsideModel {
            accuracy: measured(right, audited),
            audited,
            accuracy_on_both: measured(both.iter().filter(|(said, _, given)| said == given).count() as u64, n),
            committee_accuracy: measured(both.iter().filter(|(_, said, given)| said == given).count() as u64, n),
            both: n,
            round: round.as_ref().filter(|_| n > 0).map(|round| round.number),
            model: row.named,
            predictions: row.predictions,
            labeled: row.labeled,
            agreeing: row.agreeing,
        });
    }
    Ok(models)
}

/// Samples whose label differs from the prediction of `model`, what it is surest of first; with how many there are.
///
/// # Errors
/// When no predictions of such a model were imported.
pub async fn differences(
    app: &App,
    project: &Project,
    model: &str,
    limit: i64,
    offset: i64,
) -> Result<(Vec<OutsideDifference>, i64), ServiceError> {
    let known = app.store.outside_models(project.id).await?;
    if !known.iter().any(|row| row.named == model) {
        return Err(ServiceError::not_found("model", model));
    }
    let (rows, n) = app.store.outside_differences(project.id, model, limit, offset).await?;
    let told = rows.into_iter().filter_map(|row| {
        Some(OutsideDifference {
            sample: row.id,
            name: row.name,
            predicted: Classes::new(project.task, &row.predicted)?,
            sure: row.sure,
            label: Classes::new(project.task, &row.given)?,
        })
    });
    Ok((told.collect(), n))
}
