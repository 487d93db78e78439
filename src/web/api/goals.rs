//! What a project is labeled for, for programs.

use axum::extract::State;

use crate::domain::{Goal, Role};
use crate::service::App;
use crate::service::insight::goal;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// Target, budget, price and rules for stopping (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/goal", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = Goal), (status = 403)))]
pub async fn show(member: Member) -> Result<Json<Goal>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(member.project.goal.clone()))
}

/// Set them (leads). Omitted fields get their defaults.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/goal", tag = "projects", params(("slug" = String, Path)),
    request_body = Goal, responses((status = 200, body = Goal), (status = 403), (status = 422)))]
pub async fn set(State(app): State<App>, member: Member, Json(wanted): Json<Goal>) -> Result<Json<Goal>, WebError> {
    member.require(Role::Lead)?;
    goal::set(&app, &member.project, wanted.clone()).await?;
    Ok(Json(wanted))
}
