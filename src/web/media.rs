//! Pictures: the sample as imported, or as the browser can show it, and its thumbnail.

use axum::body::Body;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response};
use tokio_util::io::ReaderStream;

use super::error::{OrNotFound as _, WebError};
use super::extract::{Member, Path};
use crate::app::App;
use crate::domain::SampleId;

/// A sample's bytes never change, so a browser may keep them; private, since not everybody may see them.
const KEEP: HeaderValue = HeaderValue::from_static("private, max-age=31536000, immutable");

/// `GET /media/{slug}/{sample}`
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Response<Body>, WebError> {
    let media = app.store.media(member.project.id, sample).await?;
    let (hash, format) = media.or_not_found(|| format!("there is no sample {sample} in this project"))?;
    // Where a picture for browsers was made at import, browsers cannot show the original.
    let view = app.data.view(&hash);
    if let Ok(file) = tokio::fs::File::open(&view).await {
        return Ok(stream(file, "image/png"));
    }
    let file = tokio::fs::File::open(app.data.blob(&hash)).await.map_err(WebError::internal)?;
    let kind = match format.as_str() {
        "jpeg" => "image/jpeg",
        "png" => "image/png",
        "webp" => "image/webp",
        "gif" => "image/gif",
        "bmp" => "image/bmp",
        "tiff" => "image/tiff",
        _ => "application/octet-stream",
    };
    Ok(stream(file, kind))
}

/// `GET /media/{slug}/{sample}/thumb`
pub async fn thumb(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Response<Body>, WebError> {
    let media = app.store.media(member.project.id, sample).await?;
    let (hash, _) = media.or_not_found(|| format!("there is no sample {sample} in this project"))?;
    let file = tokio::fs::File::open(app.data.thumb(&hash)).await.map_err(WebError::internal)?;
    Ok(stream(file, "image/jpeg"))
}

fn stream(file: tokio::fs::File, kind: &'static str) -> Response<Body> {
    let mut response = Response::new(Body::from_stream(ReaderStream::new(file)));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, KEEP);
    response
}
