//! Deployable models for programs: ask for one, read its checks, fetch it.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};

use super::rounds::Accepted;
use crate::domain::Role;
use crate::models::{FileForm, Input, Precision};
use crate::service::App;
use crate::service::models::model::{self, ModelCard};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};
use crate::web::frame::files::PartRequest;

/// The form of a model to fetch.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InForm {
    /// `float` (by default) or `uint8`.
    #[serde(default)]
    input: Input,
    /// `f32` (by default) or `int8`.
    #[serde(default)]
    precision: Precision,
}

/// Make a round's model in the background. An existing one is not made again.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/rounds/{number}/models", tag = "models", request_body = FileForm,
    params(("slug" = String, Path), ("number" = i64, Path)),
    responses((status = 202, body = Accepted), (status = 403), (status = 404), (status = 409, description = "the round's committee is no longer kept")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
    Json(form): Json<FileForm>,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let job = model::request(&app, &member.project, Some(number), form).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// The models made from a round, each with its checks and, for int8, its cost on the audit set.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds/{number}/models", tag = "models",
    params(("slug" = String, Path), ("number" = i64, Path)), responses((status = 200, body = Vec<ModelCard>), (status = 403)))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Json<Vec<ModelCard>>, WebError> {
    member.require(Role::Lead)?;
    let mut cards = model::made(&app, &member.project).await?;
    cards.retain(|card| card.round == number);
    Ok(Json(cards))
}

/// The file of a finished model.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds/{number}/model.onnx", tag = "models",
    params(("slug" = String, Path), ("number" = i64, Path), InForm),
    responses((status = 200, description = "the file", content_type = "application/octet-stream"), (status = 206, description = "the part of it that `Range` asks for", content_type = "application/octet-stream"), (status = 416, description = "it has no such part"), (status = 403), (status = 404, description = "none has been made in this form")))]
pub async fn download(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Path((_, number)): Path<(String, i64)>,
    Query(wanted): Query<InForm>,
) -> Result<Response<Body>, WebError> {
    member.require(Role::Lead)?;
    let form = FileForm { input: wanted.input, precision: wanted.precision };
    crate::web::pages::model::fetch(&app, &asked, &member.project, Some(number), form).await
}
