//! Everything that is known about one sample, for the page that shows it to reviewers and leads.
//!
//! **Invariant:** the model's view is shown only of samples that have an answer, so that future answers are blind; and
//! the audit set is never among the look-alikes.

use crate::domain::{ClassSet, Project, SampleId};
use crate::query::groups::Space;
use crate::service::rounds::doubts;
use crate::service::{App, ServiceError};
use crate::store::samples::{PastAnnotation, SampleRow};

/// Labeled samples that are shown as most alike.
const NEAR: usize = 8;

/// One sample.
#[derive(Debug, Clone)]
pub struct SampleDetails {
    pub row: SampleRow,
    /// Everything that was said about it, newest first.
    pub history: Vec<PastAnnotation>,
    /// The import's metadata, a JSON object of strings.
    pub metadata: Option<String>,
    /// Probabilities by class, in the order of the project's, of heads that did not learn its label.
    pub opinion: Option<Vec<f32>>,
    pub near: Vec<LabeledNeighbour>,
}

/// A labeled sample that looks alike.
#[derive(Debug, Clone)]
pub struct LabeledNeighbour {
    pub sample: SampleId,
    pub classes: ClassSet,
    /// Cosine of the embeddings less the pool's mean, −1 to 1.
    pub likeness: f32,
}

/// What is known about a sample; `None` if the project has no sample with this id.
///
/// Cost: the first look after a round judges all labels; every look compares one embedding with those of all labeled samples.
///
/// # Errors
/// When data cannot be read.
pub async fn about(app: &App, project: &Project, sample: SampleId) -> Result<Option<SampleDetails>, ServiceError> {
    let Some(row) = app.store.sample(project.id, sample).await? else { return Ok(None) };
    let labeled = row.answer.as_ref().is_some_and(|answer| answer.classes().is_some());
    Ok(Some(SampleDetails {
        history: app.store.history(project.id, sample).await?,
        metadata: app.store.sample_metadata(project.id, sample).await?,
        opinion: if labeled { doubts::held_out_opinion(app, project, sample).await? } else { None },
        near: near(app, project, sample).await?,
        row,
    }))
}

async fn near(app: &App, project: &Project, sample: SampleId) -> Result<Vec<LabeledNeighbour>, ServiceError> {
    let Some(pool) = app.pools.get(app, project).await? else { return Ok(Vec::new()) };
    let (Some(standardiser), Some(&seed)) = (pool.standardiser(), pool.row_of.get(&sample)) else {
        return Ok(Vec::new());
    };
    let labels = app.store.training_labels(project.id).await?;
    let found = app.cpu.run(move || {
        let known: Vec<(usize, &ClassSet)> = labels
            .iter()
            .filter(|(id, _)| *id != sample)
            .filter_map(|(id, set)| Some((*pool.row_of.get(id)?, set)))
            .collect();
        let among: Vec<usize> = known.iter().map(|(row, _)| *row).collect();
        let space = Space { rows: &pool.rows, mean: &standardiser.mean };
        let classes = |row: usize| known.iter().find(|(at, _)| *at == row).map(|(_, set)| (*set).clone());
        space
            .nearest(seed, &among, NEAR)
            .into_iter()
            .filter_map(|(row, likeness)| {
                Some(LabeledNeighbour { sample: pool.ids[row], classes: classes(row)?, likeness })
            })
            .collect()
    });
    Ok(found.await?)
}
