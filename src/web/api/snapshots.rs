//! Snapshots for programs: ask for an export, follow it, fetch it.

use std::io::ErrorKind;
use std::path::PathBuf;

use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Response, StatusCode};
use axum::response::IntoResponse;

use crate::dataset::export::Format;
use crate::dataset::split::Shares;
use crate::domain::{JobId, Role, SnapshotId};
use crate::service::App;
use crate::service::exchange::exporting::{self, AuditPart, DataCard, Differences, ExportFilter, ExportOptions};
use crate::store::snapshots::Snapshot;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path, Query};
use crate::web::frame::files::{self, PartRequest};

/// An export to make.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSnapshot {
    #[schema(value_type = Format)]
    pub format: &'static Format,
    /// What it is called, different from the project's other exports; without it, `export-` and its number.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub name: Option<String>,
    /// Include every annotation, not only the current label.
    #[serde(default)]
    pub votes: bool,
    /// Include the committee's probabilities for each label.
    #[serde(default)]
    pub with_predictions: bool,
    /// Include skipped samples, with the reason and the note.
    #[serde(default)]
    pub skipped: bool,
    /// Include what was flagged about samples.
    #[serde(default)]
    pub flags: bool,
    /// Include the metadata of samples.
    #[serde(default)]
    pub metadata: bool,
    #[serde(default)]
    pub audit: AuditPart,
    /// Which labels.
    #[serde(default)]
    pub only: ExportFilter,
    /// The labels that this round was trained on, as they were then.
    #[serde(default)]
    pub trained_in: Option<i64>,
    /// Shares of train, val and test, or of train and test, that sum to 1, for example `0.8,0.1,0.1`.
    #[serde(default)]
    #[schema(example = "0.8,0.1,0.1")]
    pub split: Option<String>,
    /// A metadata column: samples with one value, such as one patient's, go into one part of the split.
    #[serde(default)]
    pub group_by: Option<String>,
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
    pub name: String,
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
    /// The data card, as Markdown; with `.json` in place of `.md` as JSON.
    pub card_url: Option<String>,
}

fn state(slug: &str, row: Snapshot) -> SnapshotState {
    let ready = row.file.is_some();
    let address = |file: &str| format!("/api/v1/projects/{slug}/snapshots/{}/{file}", row.id);
    SnapshotState {
        id: row.id,
        name: row.name,
        format: row.format,
        job: row.job_id,
        created_at: row.created_us.rfc3339(),
        finished_at: row.finished_us.map(crate::domain::Timestamp::rfc3339),
        size_bytes: row.size_bytes,
        sha256: row.sha256,
        manifest: row.manifest.and_then(|text| serde_json::from_str(&text).ok()),
        download_url: ready.then(|| address("download")),
        card_url: ready.then(|| address("card.md")),
    }
}

/// The shares of a split, if one is asked for.
pub(in crate::web) fn shares(text: Option<&str>) -> Result<Option<Shares>, WebError> {
    let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(None) };
    let shares: Result<Shares, _> = text.parse();
    shares.map(Some).map_err(|error| WebError::unprocessable("bad_split", error.to_string()))
}

pub(in crate::web) async fn request(
    app: &App,
    member: &Member,
    name: Option<&str>,
    format: &'static Format,
    options: &ExportOptions,
) -> Result<Requested, WebError> {
    member.require(Role::Lead)?;
    let (project, account) = (&member.project, member.account.id);
    let (snapshot, job) = exporting::request_snapshot(app, project, account, name, format, options).await?;
    app.wake.notify_waiters();
    Ok(Requested { snapshot, job })
}

/// Ask for an export; it is written in the background.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/snapshots", tag = "export", request_body = NewSnapshot,
    params(("slug" = String, Path)), responses((status = 202, body = Requested), (status = 403), (status = 404), (status = 409), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewSnapshot>,
) -> Result<(StatusCode, Json<Requested>), WebError> {
    member.require(Role::Lead)?;
    let options = ExportOptions {
        votes: new.votes,
        with_predictions: new.with_predictions,
        skipped: new.skipped,
        flags: new.flags,
        metadata: new.metadata,
        audit: new.audit,
        only: new.only,
        trained_in: new.trained_in,
        split: shares(new.split.as_deref())?,
        group_by: new.group_by,
        seed: new.seed,
    };
    let asked = request(&app, &member, new.name.as_deref(), new.format, &options).await?;
    Ok((StatusCode::ACCEPTED, Json(asked)))
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

/// The name of a finished export's file, and the SHA-256 of it.
async fn finished(app: &App, member: &Member, id: SnapshotId) -> Result<(String, String), WebError> {
    let row = app
        .store
        .snapshot(member.project.id, id)
        .await?
        .or_not_found(|| format!("there is no snapshot {id} in this project"))?;
    let name = row.file.ok_or_else(|| {
        WebError::conflict("not_finished", "this export is not finished yet").hint("Try again in a moment.")
    })?;
    let tag = row.sha256.unwrap_or_else(|| name.clone());
    Ok((name, tag))
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
    let (name, tag) = finished(&app, &member, id).await?;
    files::download(&asked, &app.data.snapshots(&member.project.slug).join(&name), &name, &tag).await
}

/// The data card of a finished export, as Markdown.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots/{id}/card.md", tag = "export",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "the card", content_type = "text/markdown"), (status = 404), (status = 409, description = "not finished yet")))]
pub async fn card(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, SnapshotId)>,
) -> Result<impl IntoResponse, WebError> {
    member.require(Role::Lead)?;
    let (name, _) = finished(&app, &member, id).await?;
    let text = read_card(&app, exporting::cards(&app, &member.project, &name).0).await?;
    Ok(([(CONTENT_TYPE, "text/markdown; charset=utf-8")], text))
}

/// The data card of a finished export, as JSON.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots/{id}/card.json", tag = "export",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = DataCard), (status = 404), (status = 409, description = "not finished yet")))]
pub async fn card_json(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, SnapshotId)>,
) -> Result<impl IntoResponse, WebError> {
    member.require(Role::Lead)?;
    let (name, _) = finished(&app, &member, id).await?;
    let text = read_card(&app, exporting::cards(&app, &member.project, &name).1).await?;
    Ok(([(CONTENT_TYPE, "application/json")], text))
}

async fn read_card(app: &App, path: PathBuf) -> Result<String, WebError> {
    match app.cpu.blocking(move || std::fs::read_to_string(path)).await? {
        Ok(text) => Ok(text),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            Err(WebError::not_found("this export has no data card: an earlier version made it").hint("Make a new one."))
        }
        Err(error) => Err(WebError::internal(error)),
    }
}

/// Which export to compare with.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ComparedWith {
    /// The other export, mostly an earlier one.
    #[param(value_type = i64)]
    from: SnapshotId,
}

/// What changed from another export to this one: labels added, removed and changed, and classes.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/snapshots/{id}/differences", tag = "export",
    params(("slug" = String, Path), ("id" = i64, Path), ComparedWith),
    responses((status = 200, body = Differences), (status = 404), (status = 409, description = "not finished, or made by a version that kept no labels"), (status = 422)))]
pub async fn differences(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, SnapshotId)>,
    Query(with): Query<ComparedWith>,
) -> Result<Json<Differences>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(exporting::differences(&app, &member.project, with.from, id).await?))
}
