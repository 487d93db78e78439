//! Changing what a project is labeled for.

use crate::domain::{Goal, Project};
use crate::service::live::Changed;
use crate::service::{App, ServiceError};

/// Keep a new goal.
///
/// # Errors
/// [`ServiceError::Invalid`] when it makes no sense.
pub async fn set(app: &App, project: &Project, goal: Goal) -> Result<(), ServiceError> {
    goal.check()?;
    app.store.save_goal(project.id, &goal).await?;
    app.changed(project.id, Changed::Settings);
    Ok(())
}

/// Go on although the rules advise to stop: the advice rests until labels have grown by a tenth.
pub async fn go_on(app: &App, project: &Project) -> Result<(), ServiceError> {
    let labels = app.store.latest_round(project.id).await?.map_or(0, |round| round.n_labels);
    set(app, project, Goal { on_regardless: Some(labels), ..project.goal.clone() }).await
}
