//! Replays for programs: ask for one, follow it, read its result.

use axum::extract::State;
use axum::http::StatusCode;

use super::rounds::Accepted;
use crate::domain::{Role, job};
use crate::service::App;
use crate::service::experiments::replay::{self, Replay, WantedReplay};
use crate::store::jobs::Job;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member};

/// A replay to run; omitted fields have the page's defaults.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReplay {
    /// Two to four; ratios need `random`. By default auto, random and margin.
    #[serde(default)]
    #[schema(min_items = 2, max_items = 4)]
    pub strategies: Option<Vec<String>>,
    /// Repetitions with other first labels, the same for every strategy; 10 by default.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 50)]
    pub seeds: Option<u64>,
    /// Labels asked per round; 10 by default.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 500)]
    pub batch: Option<usize>,
}

/// The newest replay.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LatestReplay {
    /// The newest requested one, with its progress.
    pub job: Job,
    /// The newest finished one; from an earlier job while this one runs.
    pub result: Option<Replay>,
}

/// Replay strategies on the existing labels (leads).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/replays", tag = "replays", request_body = NewReplay,
    params(("slug" = String, Path)), responses((status = 202, body = Accepted), (status = 403),
    (status = 409, description = "one is running"), (status = 422, description = "too few labels, or nothing encoded")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewReplay>,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let usual = WantedReplay::usual(member.project.task.into());
    let wanted = WantedReplay {
        strategies: new.strategies.unwrap_or(usual.strategies),
        seeds: new.seeds.unwrap_or(usual.seeds),
        batch: new.batch.unwrap_or(usual.batch),
    };
    let job = replay::request(&app, &member.project, &wanted).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// The newest replay: its job, and the newest result.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/replays/latest", tag = "replays", params(("slug" = String, Path)),
    responses((status = 200, body = LatestReplay), (status = 403), (status = 404, description = "none was requested yet")))]
pub async fn latest(State(app): State<App>, member: Member) -> Result<Json<LatestReplay>, WebError> {
    member.require(Role::Lead)?;
    let job = app.store.latest_job(member.project.id, &job::REPLAY).await?;
    let job = job.or_not_found(|| "no replay was asked for yet".to_owned())?;
    Ok(Json(LatestReplay { job, result: replay::latest(&app, &member.project).await? }))
}

/// Stop the running replay. The seeds that every strategy finished become its result.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/replays/latest", tag = "replays", params(("slug" = String, Path)),
    responses((status = 204), (status = 403), (status = 409, description = "none is running")))]
pub async fn stop(State(app): State<App>, member: Member) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    replay::stop(&app, &member.project).await?;
    Ok(StatusCode::NO_CONTENT)
}
