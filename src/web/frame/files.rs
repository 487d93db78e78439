//! Files sent whole or in part: `Range` to resume a download, `ETag` for clients that have the file already.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use std::convert::Infallible;
use std::path::Path;
use tower_http::services::ServeFile;

use crate::web::frame::error::WebError;

/// The part that a request wants, and the version it already has.
#[derive(Debug, Clone, Default)]
pub struct PartRequest {
    headers: HeaderMap,
}

impl<S: Send + Sync> FromRequestParts<S> for PartRequest {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut headers = HeaderMap::new();
        for name in [RANGE, IF_RANGE, IF_NONE_MATCH] {
            if let Some(value) = parts.headers.get(&name) {
                headers.insert(name, value.clone());
            }
        }
        Ok(Self { headers })
    }
}

/// The file at `path` as `kind`. `tag` identifies its content, for comparison with the client's copy.
///
/// # Errors
/// 500 when the file is missing or cannot be read.
pub(in crate::web) async fn send(
    asked: &PartRequest,
    path: &Path,
    kind: &'static str,
    tag: &str,
) -> Result<Response<Body>, WebError> {
    let tag = HeaderValue::from_str(&format!("\"{tag}\"")).map_err(WebError::internal)?;
    if asked.has(&tag) {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        response.headers_mut().insert(ETAG, tag);
        return Ok(response);
    }
    let mut request = Request::new(());
    // A part of another version is useless: send the whole file.
    if let Some(range) = asked.headers.get(RANGE)
        && asked.headers.get(IF_RANGE).is_none_or(|had| *had == tag)
    {
        request.headers_mut().insert(RANGE, range.clone());
    }
    let response = ServeFile::new(path).try_call(request).await.map_err(WebError::internal)?;
    if response.status() == StatusCode::NOT_FOUND {
        return Err(WebError::internal(std::io::Error::from(std::io::ErrorKind::NotFound)));
    }
    if response.status() == StatusCode::RANGE_NOT_SATISFIABLE {
        let size = response.headers().get("content-range").and_then(|range| range.to_str().ok());
        let size = size.and_then(|range| range.rsplit('/').next()).unwrap_or("?");
        let message = format!("the file has no such part; it has {size} bytes");
        return Err(WebError::new(response.status(), "range", message)
            .hint("Ask for one part inside it, for example `Range: bytes=0-1023`, or for the whole file."));
    }
    let mut response = response.map(Body::new);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(ETAG, tag);
    Ok(response)
}

/// As [`send`], to be saved under `name`.
pub(in crate::web) async fn download(
    asked: &PartRequest,
    path: &Path,
    name: &str,
    tag: &str,
) -> Result<Response<Body>, WebError> {
    let mut response = send(asked, path, "application/octet-stream", tag).await?;
    let disposition = format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], "_"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    Ok(response)
}

impl PartRequest {
    /// Whether the client already has this content.
    fn has(&self, tag: &HeaderValue) -> bool {
        let had = self.headers.get(IF_NONE_MATCH).and_then(|had| had.to_str().ok()).unwrap_or_default();
        let plain = |one: &str| one.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes() || one.trim() == "*";
        had.split(',').any(plain)
    }
}
