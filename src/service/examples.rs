//! Examples of classes, which leads choose among the labeled samples and annotators see beside the guide.

use crate::app::App;
use crate::domain::{AccountId, Answer, Project, SampleId};
use crate::service::ServiceError;

/// Examples of one class: enough to show how it varies, few enough to be looked at.
pub const MOST: usize = 6;

/// Show a labeled sample as an example of its class.
pub async fn add(app: &App, project: &Project, account: AccountId, sample: SampleId) -> Result<(), ServiceError> {
    let row = app.store.sample(project.id, sample).await?;
    let row = row.ok_or_else(|| ServiceError::not_found("sample", sample))?;
    let Some(class) = row.class() else {
        let several = row.answer.as_ref().and_then(Answer::classes).is_some_and(|classes| !classes.is_empty());
        let why = if several {
            "has several classes; an example has one"
        } else {
            "has no class; label it before it is an example"
        };
        return Err(ServiceError::Invalid(format!("sample {sample} {why}")));
    };
    let known = app.store.examples(project.id).await?;
    let others = known.iter().filter(|(of, id)| *of == class && *id != sample).count();
    if others >= MOST {
        return Err(ServiceError::Conflict(format!("this class has {MOST} examples; take one away first")));
    }
    let added = app.store.add_example(project.id, sample, account, app.clock.now()).await?;
    added.map(drop).ok_or_else(|| ServiceError::not_found("sample", sample))
}

/// Show a sample as an example no longer.
pub async fn remove(app: &App, project: &Project, sample: SampleId) -> Result<(), ServiceError> {
    Ok(app.store.delete_example(project.id, sample).await?)
}
