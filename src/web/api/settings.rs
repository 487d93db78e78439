//! A project's settings for programs: what the settings page holds, read whole and replaced whole.

use axum::extract::State;

use crate::domain::{Project, Role};
use crate::service::App;
use crate::service::projects;
use crate::store::projects::ProjectSettings;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

fn of(project: Project) -> ProjectSettings {
    ProjectSettings {
        name: project.name,
        strategy: project.strategy,
        retrain_labels: project.retrain_labels,
        retrain_minutes: project.retrain_minutes,
        show_opinion: project.show_opinion,
        guidelines: project.guidelines,
    }
}

/// Name, strategy, retrain rule and guide.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/settings", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = ProjectSettings), (status = 403, description = "needs the role lead")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<ProjectSettings>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(of(member.fresh(&app).await?)))
}

/// Replace the settings. Another strategy ranks the pool anew.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/settings", tag = "projects", params(("slug" = String, Path)),
    request_body = ProjectSettings,
    responses((status = 200, body = ProjectSettings), (status = 403, description = "needs the role lead"),
        (status = 422, description = "an unknown strategy, or a value out of range; nothing is changed")))]
pub async fn replace(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ProjectSettings>,
) -> Result<Json<ProjectSettings>, WebError> {
    member.require(Role::Lead)?;
    let wanted = ProjectSettings { name: wanted.name.trim().to_owned(), ..wanted };
    projects::configure(&app, &member.fresh(&app).await?, wanted).await?;
    Ok(Json(of(member.fresh(&app).await?)))
}
