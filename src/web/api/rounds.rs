//! Rounds for programs: train now, list, and the ledger of decisions.

use axum::extract::State;
use axum::http::StatusCode;

use crate::app::App;
use crate::domain::{JobId, Role};
use crate::service::training;
use crate::store::jobs::Job;
use crate::store::rounds::{Decision, Round};
use crate::web::error::{OrNotFound as _, WebError};
use crate::web::extract::{Json, Member, Path};

/// A job that was asked for.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Accepted {
    pub job: JobId,
}

/// Train now. A round that waits already is the same one.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/rounds", tag = "rounds", params(("slug" = String, Path)),
    responses((status = 202, body = Accepted), (status = 403)))]
pub async fn create(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let job = training::request(&app, member.project.id, "button").await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// Rounds, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Rounds {
    pub rounds: Vec<Round>,
    pub decisions: Vec<Decision>,
}

/// The newest rounds, and the newest evaluations of the retrain rule.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds", tag = "rounds", params(("slug" = String, Path)),
    responses((status = 200, body = Rounds)))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<Rounds>, WebError> {
    let rounds = app.store.rounds(member.project.id, i64::MAX, 200).await?;
    let decisions = app.store.decisions(member.project.id, 200).await?;
    Ok(Json(Rounds { rounds, decisions }))
}

/// A job's state.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/jobs/{id}", tag = "rounds", params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = Job), (status = 404)))]
pub async fn job(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, JobId)>,
) -> Result<Json<Job>, WebError> {
    let job = app.store.job(id).await?.filter(|job| job.project_id == Some(member.project.id));
    Ok(Json(job.or_not_found(|| format!("there is no job {id} in this project"))?))
}
