//! Snapshots for programs: ask for an export, follow it, fetch it.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};

use crate::dataset::export::Format;
use crate::dataset::split::Shares;
use crate::domain::{JobId, Role, SnapshotId};
use crate::service::App;
use crate::service::exchange::exporting::{self, ExportOptions};
use crate::store::snapshots::Snapshot;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path};
use crate::web::frame::files::{self, PartRequest};

/// An export to make.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSnapshot {
    #[schema(value_type = Format)]
    pub format: &'static Format,
    /// Include every annotation, not only the current label.
    #[serde(default)]
    pub votes: bool,
    /// Include the committee's probabilities for each label.
    #[serde(default)]
    pub with_predictions: bool,
    /// Shares of train, val and test, or of train and test, that sum to 1, for example `0.8,0.1,0.1`.
    #[serde(default)]
    #[schema(example = "0.8,0.1,0.1")]
    pub split: Option<String>,
    /// Seed of the split.
    #[serde(default)]
    pub seed: u64,
}

/// A requested export.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Requested {
    pub snapshot: SnapshotId,
    pub job: JobId,
}

/// An export.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SnapshotState {
    pub id: SnapshotId,
    pub format: String,
    pub job: JobId,
    /// RFC 3339.
    pub created_at: String,
    /// Absent until it can be fetched.
    pub finished_at: Option<String>,
    pub size_bytes: Option<i64>,
    pub sha256: Option<String>,
    /// Counts in and out per class, exclusions with reasons, checksums.
    #[schema(value_type = Option<Object>)]
    pub manifest: Option<serde_json::Value>,
    pub download_url: Option<String>,
}

fn state(slug: &str, row: Snapshot) -> SnapshotState {
    let ready = row.file.is_some();
    SnapshotState {
        id: row.id,
        format: row.format,
        job: row.job_id,
        created_at: row.created_us.rfc3339(),
        finished_at: row.finished_us.map(crate::domain::Timestamp::rfc3339),
        size_bytes: row.size_bytes,
        sha256: row.sha256,
        manifest: row.manifest.and_then(|text| serde_json::from_str(&text).ok()),
        download_url: ready.then(|| format!("/api/v1/projects/{slug}/snapshots/{}/download", row.id)),
    }
}

pub(in crate::web) async fn request(app: &App, member: &Member, new: NewSnapshot) -> Result<Requested, WebError> {
    member.require(Role::Lead)?;
    let split = match new.split.as_deref().map(str::trim).filter(|split| !split.is_empty()) {
        Some(text) => {
            let shares: Result<Shares, _> = text.parse();
            Some(shares.map_err(|error| WebError::unprocessable("bad_split", error.to_string()))?)
        }
        None => None,
    };
    let options = ExportOptions { votes: new.votes, with_predictions: new.with_predictions, split, seed: new.seed };
    let (snapshot, job) =
        exporting::request_snapshot(app, &member.project, member.account.id, new.format, &options).await?;
    app.wake.notify_waiters();
    Ok(Requested { snapshot, job })
}

/// Ask for an export; it is written in the background.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/snapshots", tag = "export", request_body = NewSnapshot,
    params(("slug" = String, Path)), responses((status = 202, body = Requested), (status = 403), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewSnapshot>,
) -> Result<(StatusCode, Json<Requested>), WebError> {
    Ok((StatusCode::ACCEPTED, Json(request(&app, &member, new).await?)))
}

/// Exports, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots", tag = "export", params(("slug" = String, Path)),
    responses((status = 200, body = Vec<SnapshotState>)))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<Vec<SnapshotState>>, WebError> {
    member.require(Role::Lead)?;
    let rows = app.store.snapshots(member.project.id, 100).await?;
    Ok(Json(rows.into_iter().map(|row| state(&member.project.slug, row)).collect()))
}

/// One export.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots/{id}", tag = "export",
    params(("slug" = String, Path), ("id" = i64, Path)), responses((status = 200, body = SnapshotState), (status = 404)))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, SnapshotId)>,
) -> Result<Json<SnapshotState>, WebError> {
    member.require(Role::Lead)?;
    let row = app.store.snapshot(member.project.id, id).await?;
    Ok(Json(state(&member.project.slug, row.or_not_found(|| format!("there is no snapshot {id} in this project"))?)))
}

/// The file of a finished export.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots/{id}/download", tag = "export",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "the file", content_type = "application/octet-stream"), (status = 206, description = "the part of it that `Range` asks for", content_type = "application/octet-stream"), (status = 416, description = "it has no such part"), (status = 404), (status = 409, description = "not finished yet")))]
pub async fn download(
    State(app): State<App>,
    member: Member,
    asked: PartRequest,
    Path((_, id)): Path<(String, SnapshotId)>,
) -> Result<Response<Body>, WebError> {
    member.require(Role::Lead)?;
    let row = app
        .store
        .snapshot(member.project.id, id)
        .await?
        .or_not_found(|| format!("there is no snapshot {id} in this project"))?;
    let name = row.file.ok_or_else(|| {
        WebError::conflict("not_finished", "this export is not finished yet").hint("Try again in a moment.")
    })?;
    let tag = row.sha256.unwrap_or_else(|| name.clone());
    files::download(&asked, &app.data.snapshots(&member.project.slug).join(&name), &name, &tag).await
}
