//! Encoders by file for programs: send a model, read how its trial went, then adopt or discard it; remove one, or learn the built-in
//! one anew.

use axum::extract::State;
use axum::http::StatusCode;

use super::rounds::Accepted;
use crate::domain::{EncoderId, JobId, Role};
use crate::service::App;
use crate::service::encoders::trials::{self, Trial};
use crate::service::encoders::{adding as encoders, encoding};
use crate::store::jobs::Job;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path, UploadedParts};
use crate::web::pages::settings::land;

/// A model to try, as a multipart form.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "only described; the parts are read as they come")]
pub struct TrialForm {
    /// One `.onnx` file, and its description as `.json` if it has one.
    #[schema(value_type = Vec<String>, format = "binary", min_items = 1, max_items = 2)]
    files: Vec<String>,
    /// What the encoder will be called; the file's name by default.
    name: Option<String>,
}

/// A trial of a model that may become an encoder.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TrialState {
    /// Its state says whether the trial has ended, and its message why a model was refused.
    pub job: Job,
    pub name: String,
    pub size_bytes: u64,
    /// Absent before it has run, and where the model was refused.
    pub found: Option<TrialFound>,
}

/// What a trial found.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TrialFound {
    /// Numbers per embedding.
    pub dim: usize,
    pub ms_per_image: f64,
    /// Pictures of the pool that it encoded.
    pub pictures: usize,
    pub warnings: Vec<String>,
}

impl From<Trial> for TrialState {
    fn from(trial: Trial) -> Self {
        let found = trial.found.map(|found| TrialFound {
            dim: found.probe.dim,
            ms_per_image: found.probe.ms_per_image,
            pictures: found.probe.pictures,
            warnings: found.probe.warnings,
        });
        Self { job: trial.job, name: trial.name, size_bytes: trial.size_bytes, found }
    }
}

/// Send a model: parts named `files`, optionally `name`. It is tried on pictures of the pool in the background, and nothing uses it
/// before it is adopted.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/encoders/trials", tag = "encoders", params(("slug" = String, Path)),
    request_body(content = TrialForm, content_type = "multipart/form-data"),
    responses((status = 202, body = Accepted, description = "follow it with `GET …/encoders/trials/{job}` or as a job"),
        (status = 403, description = "needs the role admin"), (status = 409, description = "there is an encoder of this name"),
        (status = 422, description = "not one ONNX file and at most one description, or a bad name")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    UploadedParts(form): UploadedParts,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let (landing, mut fields) = land(&app, form, &["name"]).await?;
    let name = fields.remove("name").unwrap_or_default();
    let job = trials::request(&app, &member.project, landing, name.trim()).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// How a trial went.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/encoders/trials/{job}", tag = "encoders",
    params(("slug" = String, Path), ("job" = i64, Path)),
    responses((status = 200, body = TrialState), (status = 403, description = "needs the role admin"),
        (status = 404, description = "no such trial, or it was decided on")))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, job)): Path<(String, JobId)>,
) -> Result<Json<TrialState>, WebError> {
    member.require(Role::Admin)?;
    Ok(Json(one(&app, &member, job).await?.into()))
}

/// The encoder that a trial became.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AdoptedEncoder {
    pub id: EncoderId,
    pub name: String,
}

/// Store a tried model as an encoder, which every project may choose from then on.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/encoders/trials/{job}/adopt", tag = "encoders",
    params(("slug" = String, Path), ("job" = i64, Path)),
    responses((status = 201, body = AdoptedEncoder), (status = 403, description = "needs the role admin"), (status = 404),
        (status = 409, description = "it has not come to a good end, or its name is taken")))]
pub async fn adopt(
    State(app): State<App>,
    member: Member,
    Path((_, job)): Path<(String, JobId)>,
) -> Result<(StatusCode, Json<AdoptedEncoder>), WebError> {
    member.require(Role::Admin)?;
    let row = trials::adopt(&app, &one(&app, &member, job).await?).await?;
    Ok((StatusCode::CREATED, Json(AdoptedEncoder { id: row.id, name: row.name })))
}

/// Forget a tried model.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/encoders/trials/{job}", tag = "encoders",
    params(("slug" = String, Path), ("job" = i64, Path)),
    responses((status = 204), (status = 403, description = "needs the role admin"), (status = 404),
        (status = 409, description = "it is still running")))]
pub async fn discard(
    State(app): State<App>,
    member: Member,
    Path((_, job)): Path<(String, JobId)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    trials::discard(&one(&app, &member, job).await?).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Remove an encoder that nothing uses. One from a file serves every project, and needs an admin of the server.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/encoders/{id}", tag = "encoders",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 204), (status = 403, description = "needs the role admin, or an admin of the server"),
        (status = 404, description = "this project has no such encoder"), (status = 409, description = "a project or a round uses it")))]
pub async fn remove(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, EncoderId)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    let usable = encoders::usable_by(&app, &member.project).await?;
    let row = usable.into_iter().find(|row| row.id == id);
    let row = row.or_not_found(|| format!("this project has no encoder {id}"))?;
    if row.project_id.is_none() {
        member.account.require_admin()?;
    }
    encoders::remove(&app, &row.name).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Learn the built-in encoder anew from the present pool, and change to it.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/encoder/relearn", tag = "encoders", params(("slug" = String, Path)),
    responses((status = 202, body = Accepted), (status = 403, description = "needs the role admin")))]
pub async fn relearn(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let job = encoding::request_relearning(&app, member.project.id).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

async fn one(app: &App, member: &Member, job: JobId) -> Result<Trial, WebError> {
    let trial = trials::by_job(app, &member.project, job).await?;
    trial.or_not_found(|| format!("there is no trial {job}; it was decided on, or never asked for"))
}
