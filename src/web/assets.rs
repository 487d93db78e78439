//! Style sheets, scripts and icons: our own from `static/`, htmx from its package, all inside the binary.
//!
//! **Invariant:** an address made by [`asset`] changes with the file's content, so browsers may keep it for ever.

use std::borrow::Cow;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use super::error::WebError;
use crate::data::hex;

/// Debug builds read from disk, so that a style can be changed while the server runs.
#[derive(RustEmbed)]
#[folder = "static/"]
struct Own;

/// Present because `build.rs` checked it.
const HTMX: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/htmx.org/dist/htmx.min.js"));

/// The address of a file, for example `/static/base.css?v=1f2e3d4c`.
pub fn asset(name: &str) -> String {
    match file(name) {
        Some((_, hash)) => format!("/static/{name}?v={}", hex(&hash[..4])),
        // A template names a file that is not there: the page still works, and the 404 shows in the log.
        None => format!("/static/{name}"),
    }
}

fn file(name: &str) -> Option<(Cow<'static, [u8]>, [u8; 32])> {
    if name == "htmx.js" {
        return Some((Cow::Borrowed(HTMX), Sha256::digest(HTMX).into()));
    }
    let file = Own::get(name)?;
    let hash = file.metadata.sha256_hash();
    Some((file.data, hash))
}

/// `GET /static/{name}`
pub async fn show(Path(name): Path<String>) -> Result<Response, WebError> {
    let (data, _) = file(&name).ok_or_else(|| WebError::not_found(format!("there is no file `{name}`")))?;
    let kind = match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    let keep = if cfg!(debug_assertions) { "no-cache" } else { "public, max-age=31536000, immutable" };
    Ok(([(CONTENT_TYPE, kind), (CACHE_CONTROL, keep)], data.into_owned()).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_has_an_address_with_its_hash() {
        let names: Vec<_> = Own::iter().map(Cow::into_owned).chain(["htmx.js".to_owned()]).collect();
        assert!(names.len() > 3, "{names:?}");
        for name in names {
            let address = asset(&name);
            assert!(address.contains("?v="), "{address}");
        }
    }

    #[tokio::test]
    async fn paths_that_leave_the_folder_find_nothing() {
        for name in ["../Cargo.toml", "/etc/passwd", "..%2fCargo.toml", ""] {
            assert!(show(Path(name.to_owned())).await.is_err(), "{name}");
        }
    }
}
