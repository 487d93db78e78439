//! Files sent whole or in part: `Range` to resume a download, `ETag` for clients that have the file already; and files that are written
//! while they are sent.

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, IF_NONE_MATCH, IF_RANGE, RANGE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Request, Response, StatusCode};
use std::convert::Infallible;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWriteExt as _, DuplexStream, ReadBuf};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio_util::io::ReaderStream;
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
/// 404 when the file is missing, 500 when it cannot be read.
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
        let cause = format!("`{}` is missing", path.display());
        return Err(WebError::file_gone(io::Error::new(io::ErrorKind::NotFound, cause)));
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
    save_as(&mut response, name);
    Ok(response)
}

/// Bytes of `kind`, to be saved under `name`, and never kept by what lies between.
pub(in crate::web) fn bytes(kind: &'static str, name: &str, bytes: Vec<u8>) -> Response<Body> {
    let mut response = Response::new(Body::from(bytes));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    save_as(&mut response, name);
    response
}

fn save_as(response: &mut Response<Body>, name: &str) {
    let disposition = format!("attachment; filename=\"{}\"", name.replace(['"', '\\'], "_"));
    if let Ok(value) = HeaderValue::from_str(&disposition) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
}

/// Bytes that wait for whoever reads a file while it is written.
const AHEAD: usize = 1 << 16;

/// Why a file could not be written to its end.
pub(in crate::web) type CutOff = Box<dyn std::error::Error + Send + Sync>;

/// A file of `kind`, to be saved under `name`, that `write` writes as fast as it is read, and hands back when it is whole. Where it is
/// not, the connection breaks, so that nobody takes a part for the whole.
pub(in crate::web) fn streamed<W>(
    kind: &'static str,
    name: &str,
    write: impl FnOnce(DuplexStream) -> W,
) -> Response<Body>
where
    W: Future<Output = Result<DuplexStream, CutOff>> + Send + 'static,
{
    let (out, read) = tokio::io::duplex(AHEAD);
    let (whole, ended) = oneshot::channel();
    let (writing, called) = (write(out), name.to_owned());
    tokio::spawn(async move {
        match writing.await {
            // Said before the end can be read.
            Ok(out) => drop((whole.send(()), out)),
            Err(error) => {
                tracing::warn!(error = error.as_ref() as &dyn std::error::Error, file = called, "a file was cut off");
            }
        }
    });
    let mut response = Response::new(Body::from_stream(ReaderStream::new(UntilWhole { read, ended })));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    save_as(&mut response, name);
    response
}

/// The stream for a writer that blocks its thread, from a thread that may be blocked.
pub(in crate::web) struct Blocking {
    pub out: DuplexStream,
    pub runtime: Handle,
}

impl io::Write for Blocking {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.runtime.block_on(self.out.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.runtime.block_on(self.out.flush())
    }
}

/// Reads to the end, which is an error unless it was said to be one.
struct UntilWhole {
    read: DuplexStream,
    ended: oneshot::Receiver<()>,
}

impl AsyncRead for UntilWhole {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = into.filled().len();
        ready!(Pin::new(&mut self.read).poll_read(context, into))?;
        let cut = into.filled().len() == before && into.remaining() > 0 && self.ended.try_recv().is_err();
        Poll::Ready(if cut { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) })
    }
}

impl PartRequest {
    /// Whether the client already has this content.
    fn has(&self, tag: &HeaderValue) -> bool {
        let had = self.headers.get(IF_NONE_MATCH).and_then(|had| had.to_str().ok()).unwrap_or_default();
        let plain = |one: &str| one.trim().trim_start_matches("W/").as_bytes() == tag.as_bytes() || one.trim() == "*";
        had.split(',').any(plain)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    #[tokio::test]
    async fn a_part_is_never_taken_for_the_whole() {
        let whole = streamed("text/plain", "a", |mut out| async move {
            out.write_all(&vec![7_u8; 3 * AHEAD]).await?;
            Ok::<_, CutOff>(out)
        });
        assert_eq!(to_bytes(whole.into_body(), usize::MAX).await.unwrap().len(), 3 * AHEAD);
        let part = streamed("text/plain", "a", |mut out| async move {
            out.write_all(b"the first half").await?;
            Err::<DuplexStream, CutOff>("the disk is gone".into())
        });
        assert!(to_bytes(part.into_body(), usize::MAX).await.is_err());
    }
}
