//! Samples as people look for them, in the order of import or the most doubtful first.

use crate::domain::{Project, SampleId};
use crate::service::{App, ServiceError};
use crate::store::listing::SampleFilter;
use crate::store::samples::SampleRow;

/// The order of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// As they were imported.
    #[default]
    Import,
    /// What the committee is least sure of. Samples that it has not seen come last.
    Doubt,
}

/// A sample, and how sure the committee is of it where the list is in that order.
#[derive(Debug, Clone)]
pub struct Listed {
    pub row: SampleRow,
    pub sure: Option<f32>,
}

/// Up to `limit` samples that match `filter`, after the sample `after` in the order.
///
/// Cost: a page by import reads its rows; one by doubt sorts all that match the filter.
pub async fn list(
    app: &App,
    project: &Project,
    filter: &SampleFilter,
    order: Order,
    after: Option<SampleId>,
    limit: usize,
) -> Result<Vec<Listed>, ServiceError> {
    if order == Order::Import {
        let after = after.unwrap_or(SampleId(0));
        let rows = app.store.samples(project.id, filter, after, limit as i64).await?;
        return Ok(rows.into_iter().map(|row| Listed { row, sure: None }).collect());
    }
    let ranked = ranked(app, project, filter).await?;
    let from = after.and_then(|after| ranked.iter().position(|(id, _)| *id == after)).map_or(0, |at| at + 1);
    let page = ranked[from..].iter().take(limit).copied();
    let mut listed = Vec::with_capacity(page.len());
    for (id, sure) in page {
        if let Some(row) = app.store.sample(project.id, id).await? {
            listed.push(Listed { row, sure });
        }
    }
    Ok(listed)
}

/// The ids of all samples that match `filter`, in order.
pub async fn ids(
    app: &App,
    project: &Project,
    filter: &SampleFilter,
    order: Order,
) -> Result<Vec<SampleId>, ServiceError> {
    match order {
        Order::Import => Ok(app.store.sample_ids(project.id, filter).await?),
        Order::Doubt => Ok(ranked(app, project, filter).await?.into_iter().map(|(id, _)| id).collect()),
    }
}

/// All samples that match the filter with the committee's confidence in each, least sure first.
async fn ranked(
    app: &App,
    project: &Project,
    filter: &SampleFilter,
) -> Result<Vec<(SampleId, Option<f32>)>, ServiceError> {
    let opinion = app.opinions.of(app, project).await?;
    let ids = app.store.sample_ids(project.id, filter).await?;
    let ranked = app.cpu.run(move || {
        let mut ranked: Vec<_> = ids.into_iter().map(|id| (id, opinion.sure(id))).collect();
        let doubt = |sure: Option<f32>| sure.unwrap_or(f32::INFINITY);
        ranked.sort_by(|a, b| doubt(a.1).total_cmp(&doubt(b.1)).then(a.0.cmp(&b.0)));
        ranked
    });
    Ok(ranked.await?)
}
