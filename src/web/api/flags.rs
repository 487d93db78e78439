//! Flags: comments to the lead about a sample, and the answers.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Project, Role, SampleId};
use crate::service::App;
use crate::service::desk::flags::{self, Thread};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};
use crate::web::pages::media;

/// A sample to flag.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFlag {
    /// A UUID made by the client; a flag sent twice is stored once.
    #[schema(format = "uuid")]
    pub id: String,
    pub sample: SampleId,
    /// What the lead should know.
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub text: String,
}

/// Something to say in a thread.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReply {
    /// A UUID made by the client.
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(min_length = 1, max_length = 2000, pattern = r"\S")]
    pub text: String,
}

/// Whose flags to list.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FlagListQuery {
    /// `true`: everybody's (leads).
    #[serde(default)]
    all: bool,
}

/// One note.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Note)]
pub struct FlagNote {
    pub by: String,
    /// `flag`, `reply` or `done`.
    pub kind: String,
    pub text: String,
    /// RFC 3339, UTC.
    pub made_at: String,
}

/// A flag and its replies.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Flag {
    pub id: String,
    pub sample: SampleId,
    pub thumb_url: String,
    pub done: bool,
    /// There is an answer that the author has not seen.
    pub unseen: bool,
    pub notes: Vec<FlagNote>,
}

/// Flags, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Flags {
    pub flags: Vec<Flag>,
}

pub(in crate::web) fn shown(project: &Project, threads: Vec<Thread>) -> Vec<Flag> {
    let flag = |thread: Thread| Flag {
        thumb_url: media::thumb_url(&project.slug, thread.sample),
        id: thread.id,
        sample: thread.sample,
        done: thread.done,
        unseen: thread.unseen,
        notes: thread
            .notes
            .into_iter()
            .map(|note| FlagNote {
                by: note.account,
                kind: note.kind.to_string(),
                text: note.text,
                made_at: note.made_us.rfc3339(),
            })
            .collect(),
    };
    threads.into_iter().map(flag).collect()
}

/// The caller's own flags with their answers, or everybody's (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/flags", tag = "labeling",
    params(("slug" = String, Path), ("all" = Option<bool>, Query, description = "everybody's (leads)")),
    responses((status = 200, body = Flags), (status = 403, description = "`all` without being a lead")))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<FlagListQuery>,
) -> Result<Json<Flags>, WebError> {
    if wanted.all {
        member.require(Role::Lead)?;
    }
    let author = (!wanted.all).then_some(member.account.id);
    let threads = flags::threads(&app, &member.project, author).await?;
    Ok(Json(Flags { flags: shown(&member.project, threads) }))
}

/// Flag a sample with a comment to the lead.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/flags", tag = "labeling", request_body = NewFlag,
    params(("slug" = String, Path)), responses((status = 201, description = "stored"), (status = 200, description = "already stored under this id"),
        (status = 404, description = "no such sample"), (status = 409, description = "the id is used by another note"), (status = 422)))]
pub async fn create(State(app): State<App>, member: Member, Json(new): Json<NewFlag>) -> Result<Response, WebError> {
    let added = flags::raise(&app, &member.project, member.account.id, &new.id, new.sample, &new.text).await?;
    Ok(stored(added))
}

/// Answer a flag (leads), or add to your own.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/flags/{id}/replies", tag = "labeling", request_body = NewReply,
    params(("slug" = String, Path), ("id" = String, Path)), responses((status = 201, description = "stored"),
        (status = 200, description = "already stored under this id"), (status = 404, description = "no such flag for the caller"), (status = 422)))]
pub async fn reply(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
    Json(new): Json<NewReply>,
) -> Result<Response, WebError> {
    let lead = member.role >= Role::Lead;
    let added = flags::reply(&app, &member.project, member.account.id, &id, &new.id, &new.text, lead).await?;
    Ok(stored(added))
}

/// Mark the answers to your own flag as seen.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/flags/{id}/seen", tag = "labeling",
    params(("slug" = String, Path), ("id" = String, Path)),
    responses((status = 204), (status = 404, description = "no such flag of the caller")))]
pub async fn seen(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, WebError> {
    flags::settle(&app, &member.project, member.account.id, &id, false).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Mark a flag as done (leads).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/flags/{id}/done", tag = "labeling",
    params(("slug" = String, Path), ("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404, description = "no such flag")))]
pub async fn done(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    flags::settle(&app, &member.project, member.account.id, &id, true).await?;
    Ok(StatusCode::NO_CONTENT)
}

fn stored(added: bool) -> Response {
    let status = if added { StatusCode::CREATED } else { StatusCode::OK };
    (status, Json(serde_json::json!({}))).into_response()
}
