//! Uploads in parts for programs and for the browser's own script: begin, send, look how far it is, import.

use std::pin::Pin;

use axum::body::{Body, HttpBody as _};
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};

use super::rounds::Accepted;
use crate::domain::Role;
use crate::service::App;
use crate::service::exchange::sending::{self, SentSoFar};
use crate::service::exchange::uploads::UploadWishes;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};

/// An upload that has begun.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct BegunUpload {
    /// Its name in the addresses of its parts.
    pub id: String,
}

/// Which file of an upload.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UploadedFile {
    /// Its name, perhaps with folders, as in `birds/hawk/1.jpg`.
    file: String,
}

/// Begin an upload in parts (admins). What nobody adds to for a day is removed.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/uploads", tag = "samples", params(("slug" = String, Path)),
    responses((status = 201, body = BegunUpload), (status = 403, description = "needs the role admin")))]
pub async fn begin(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<BegunUpload>), WebError> {
    member.require(Role::Admin)?;
    Ok((StatusCode::CREATED, Json(BegunUpload { id: sending::begin(&app, &member.project)? })))
}

/// How far a file is: the next part begins at `offset` (admins).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/uploads/{id}", tag = "samples",
    params(("slug" = String, Path), ("id" = String, Path), UploadedFile),
    responses((status = 200, body = SentSoFar), (status = 403), (status = 404), (status = 422)))]
pub async fn state(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
    Query(of): Query<UploadedFile>,
) -> Result<Json<SentSoFar>, WebError> {
    member.require(Role::Admin)?;
    Ok(Json(sending::state(&app, &member.project, &id, &of.file).await?))
}

/// First byte, and bytes in all: of `bytes 0-99/1000`, or `bytes */0` of an empty file.
fn range(headers: &HeaderMap) -> Option<(u64, u64, u64)> {
    let text = headers.get("content-range")?.to_str().ok()?.strip_prefix("bytes ")?;
    let (part, total) = text.split_once('/')?;
    let total = total.parse().ok()?;
    if part == "*" {
        return (total == 0).then_some((0, 0, 0));
    }
    let (first, last) = part.split_once('-')?;
    let (first, last): (u64, u64) = (first.parse().ok()?, last.parse().ok()?);
    (first <= last && last < total).then(|| (first, last - first + 1, total))
}

/// Send a part of a file: the body is the bytes that `Content-Range` names, as in `bytes 0-8388607/20000000`, and begins where the
/// file ends so far (admins). 409 tells that it does not: ask how far it is, and go on from there.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/uploads/{id}", tag = "samples",
    params(("slug" = String, Path), ("id" = String, Path), UploadedFile),
    request_body(content = Vec<u8>, content_type = "application/octet-stream"),
    responses((status = 200, body = SentSoFar), (status = 400), (status = 403), (status = 404),
    (status = 409, description = "the file is not that far, whole already, or being added to"), (status = 422)))]
pub async fn put(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
    Query(of): Query<UploadedFile>,
    headers: HeaderMap,
    body: Body,
) -> Result<Json<SentSoFar>, WebError> {
    member.require(Role::Admin)?;
    let Some((first, length, total)) = range(&headers) else {
        let message = "the header `Content-Range` is missing or wrong; give it as in `bytes 0-99/1000`";
        return Err(WebError::unprocessable("bad_range", message));
    };
    let opened = sending::open(&app, &member.project, &id, &of.file, first, total).await?;
    let Some(mut part) = opened else {
        let so_far = sending::state(&app, &member.project, &id, &of.file).await?;
        let message = format!("the file has {} bytes so far, and this part begins at {first}", so_far.offset);
        return Err(WebError::new(StatusCode::CONFLICT, "wrong_offset", message)
            .hint("Ask how far the file is, and send the part that follows."));
    };
    let (mut body, mut left, mut cut) = (body, length, None);
    while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        match frame.map(|frame| frame.into_data().unwrap_or_default()) {
            Ok(bytes) if bytes.len() as u64 > left => {
                cut = Some(WebError::unprocessable("bad_range", "the body is longer than `Content-Range` says"));
                break;
            }
            Ok(bytes) => {
                left -= bytes.len() as u64;
                part = part.add(&app, bytes).await?;
            }
            // What came is kept, and the next part begins behind it.
            Err(error) => {
                cut = Some(WebError::bad_request(error.to_string()));
                break;
            }
        }
    }
    let so_far = part.end(&app).await?;
    match cut {
        Some(error) => Err(error),
        None => Ok(Json(so_far)),
    }
}

/// Remove an upload that is not to be imported (admins).
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/uploads/{id}", tag = "samples",
    params(("slug" = String, Path), ("id" = String, Path)),
    responses((status = 204), (status = 403), (status = 404), (status = 409, description = "it is being imported")))]
pub async fn abandon(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    sending::abandon(&app, &member.project, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// How an upload is to be imported.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UploadImport {
    /// Where labels come from: `folder`, `column:NAME`, or nothing.
    #[serde(default)]
    pub labels: String,
    /// Replace labels from earlier imports.
    #[serde(default)]
    pub relabel: bool,
    /// Who says so: the name of the labels' source, or of the model.
    #[serde(default)]
    #[schema(max_length = 100)]
    pub source: String,
    /// What `labels` names are predictions of that model.
    #[serde(default)]
    pub predictions: bool,
    /// The column that holds the texts, in projects of texts; by default one with a usual name, such as `text`.
    #[serde(default)]
    pub content: String,
    /// What columns of rows are, where what is found in them is not what they mean: `NAME=KIND` with `number`, `text`, `id` or `none`,
    /// separated by commas.
    #[serde(default)]
    pub columns: String,
    /// Only look: the import's report says what would become of each item.
    #[serde(default)]
    pub dry_run: bool,
}

/// Import an upload whose files are whole (admins).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/uploads/{id}/import", tag = "samples", request_body = UploadImport,
    params(("slug" = String, Path), ("id" = String, Path)),
    responses((status = 202, body = Accepted), (status = 403), (status = 404), (status = 422),
    (status = 409, description = "a file is not whole yet")))]
pub async fn import(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
    Json(wanted): Json<UploadImport>,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let wishes = UploadWishes {
        labels: wanted.labels,
        relabel: wanted.relabel,
        named: wanted.source,
        predicts: wanted.predictions,
        content: wanted.content,
        columns: wanted.columns,
        dry_run: wanted.dry_run,
    };
    let job = sending::finish(&app, &member.project, member.account.id, &id, wishes).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_that_cannot_be_are_refused() {
        let of = |text: &str| range(&HeaderMap::from_iter([("content-range".parse().unwrap(), text.parse().unwrap())]));
        assert_eq!(of("bytes 0-99/1000"), Some((0, 100, 1000)));
        assert_eq!(of("bytes */0"), Some((0, 0, 0)));
        for bad in [
            "",
            "bytes",
            "bytes 5-4/9",
            "bytes 0-9/9",
            "bytes 0-1",
            "items 0-1/2",
            "bytes a-b/c",
            "bytes */5",
            "bytes -1-2/3",
        ] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
