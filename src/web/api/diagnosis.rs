//! What would help, for programs: measure it, read what was found, switch cures.

use axum::extract::State;
use axum::http::StatusCode;

use super::rounds::Accepted;
use crate::domain::{Role, job};
use crate::learn::Link;
use crate::learn::cures::CURES;
use crate::service::App;
use crate::service::experiments::diagnosis::{self, Diagnosis};
use crate::store::jobs::Job;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// The newest measurement of what would help.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LatestDiagnosis {
    /// The newest requested one, with its progress; null before the first.
    pub job: Option<Job>,
    /// The newest finished one.
    pub result: Option<Diagnosis>,
}

/// What would help: the newest job, and the newest result (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/diagnosis", tag = "diagnosis", params(("slug" = String, Path)),
    responses((status = 200, body = LatestDiagnosis), (status = 403)))]
pub async fn latest(State(app): State<App>, member: Member) -> Result<Json<LatestDiagnosis>, WebError> {
    member.require(Role::Lead)?;
    let job = app.store.latest_job(member.project.id, &job::DIAGNOSIS).await?;
    Ok(Json(LatestDiagnosis { job, result: diagnosis::latest(&app, &member.project).await? }))
}

/// Measure on the project's labels what other encoders, cures and more labels would add (leads).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/diagnosis", tag = "diagnosis", params(("slug" = String, Path)),
    responses((status = 202, body = Accepted), (status = 403),
    (status = 422, description = "too few labels, or nothing encoded")))]
pub async fn create(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let job = diagnosis::request(&app, &member.fresh(&app).await?).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// What helps the committee to learn.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct CureList {
    pub cures: Vec<ListedCure>,
}

/// A cure.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedCure {
    pub name: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    pub in_use: bool,
}

/// The cures that suit the project's answers, and which are in use (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/cures", tag = "diagnosis", params(("slug" = String, Path)),
    responses((status = 200, body = CureList), (status = 403)))]
pub async fn cures(State(app): State<App>, member: Member) -> Result<Json<CureList>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let link = Link::from(project.task);
    let listed = CURES.iter().filter(|cure| (cure.suits)(link)).map(|cure| ListedCure {
        name: cure.name,
        source: cure.source,
        in_use: project.cures.split(' ').any(|name| name == cure.name),
    });
    Ok(Json(CureList { cures: listed.collect() }))
}

/// The cures that are to be in use.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CureChoice {
    /// Their names; empty: none.
    pub cures: Vec<String>,
}

/// Choose what helps the committee to learn, from the next round on (leads).
#[utoipa::path(put, path = "/api/v1/projects/{slug}/cures", tag = "diagnosis", params(("slug" = String, Path)),
    request_body = CureChoice, responses((status = 204), (status = 403), (status = 422, description = "an unknown cure")))]
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Json(choice): Json<CureChoice>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    diagnosis::choose(&app, &member.fresh(&app).await?, &choice.cures.join(" ")).await?;
    Ok(StatusCode::NO_CONTENT)
}
