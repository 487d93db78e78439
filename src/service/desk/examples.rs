//! Examples of classes, which leads choose among the labeled samples and annotators see beside the guide.

use crate::domain::{AccountId, Answer, Project, SampleId};
use crate::service::{App, ServiceError};

/// Examples of one class: enough to show how it varies, few enough to be looked at.
pub const MOST: usize = 6;

/// Show a labeled sample as an example of its classes.
pub async fn add(app: &App, project: &Project, account: AccountId, sample: SampleId) -> Result<(), ServiceError> {
    let row = app.store.sample(project.id, sample).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("sample", sample))?;
    let classes = row.answer.as_ref().and_then(Answer::classes).filter(|classes| !classes.is_empty());
    let Some(classes) = classes else {
        return Err(ServiceError::Invalid(format!("sample {sample} has no class; label it before it is an example")));
    };
    let known = app.store.examples(project.id).await?;
    for class in classes.ids() {
        if known.iter().filter(|(of, id)| *of == class && *id != sample).count() >= MOST {
            return Err(ServiceError::Conflict(format!("a class of it has {MOST} examples; take one away first")));
        }
    }
    let added = app.store.add_example(project.id, sample, account, app.clock.now()).await?;
    added.map(drop).ok_or_else(|| ServiceError::not_found("sample", sample))
}

/// Show a sample as an example no longer.
pub async fn remove(app: &App, project: &Project, sample: SampleId) -> Result<(), ServiceError> {
    Ok(app.store.delete_example(project.id, sample).await?)
}
