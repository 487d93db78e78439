//! Style sheets, scripts and icons: our own from `static/`, htmx and Fluent from their packages, all inside the binary.
//!
//! **Invariant:** an address made by [`asset`] or [`modules`] changes with the content, so browsers may keep it for ever.

use std::borrow::Cow;

use axum::extract::Path;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use rust_embed::RustEmbed;
use sha2::{Digest as _, Sha256};

use crate::data::hex;
use crate::web::frame::error::WebError;

/// Debug builds read from disk, so that a style can be changed while the server runs.
#[derive(RustEmbed)]
#[folder = "static/"]
struct Own;

/// What reads texts in the browser; served as the folder `fluent`.
#[derive(RustEmbed)]
#[folder = "node_modules/@fluent/bundle/esm/"]
struct Fluent;

/// The folders of modules that import each other.
const MODULES: [&str; 3] = ["fluent", "desk", "map"];

/// Never missing: `build.rs` checks it.
const HTMX: &[u8] = include_bytes!(concat!(env!("CARGO_MANIFEST_DIR"), "/node_modules/htmx.org/dist/htmx.min.js"));

/// The address of a file, for example `/static/base.css?v=1f2e3d4c`.
pub fn asset(name: &str) -> String {
    match file(name) {
        Some((_, hash)) => format!("/static/{name}?v={}", hex(&hash[..4])),
        // A template names a missing file: the page still works, and the 404 shows in the log.
        None => format!("/static/{name}"),
    }
}

/// The addresses of all modules that the desk needs: the one that asks for the first samples with its imports, the
/// others, and last the one that starts the desk.
///
/// Modules import each other by relative address, which drops queries. So the version is a leading folder, made from
/// all of them, for example `/static/1f2e3d4c/desk/main.js`.
pub fn modules() -> Vec<String> {
    let version = version();
    let mut names = members();
    // Other pages start elsewhere.
    names.retain(|name| name != "desk/grid.js" && !name.starts_with("desk/grid/") && !name.starts_with("map/"));
    let rank = |name: &str| match name {
        "desk/early.js" => 0,
        "desk/state.js" => 1,
        "desk/main.js" => 3,
        _ => 2,
    };
    names.sort_by_key(|name| (rank(name), name.clone()));
    names.into_iter().map(|name| format!("/static/{version}/{name}")).collect()
}

/// The address of one module, under the same version as its neighbours.
pub fn module(name: &str) -> String {
    format!("/static/{}/{name}", version())
}

fn members() -> Vec<String> {
    let own = Own::iter().map(Cow::into_owned);
    let fluent = Fluent::iter().map(|name| format!("fluent/{name}"));
    let module = |name: &String| {
        name.rsplit_once('.').is_some_and(|(_, kind)| kind == "js")
            && name.split_once('/').is_some_and(|(folder, _)| MODULES.contains(&folder))
    };
    let mut names: Vec<_> = own.chain(fluent).filter(module).collect();
    names.sort();
    names
}

fn version() -> String {
    let mut digest = Sha256::new();
    for (_, hash) in members().iter().filter_map(|name| file(name)) {
        digest.update(hash);
    }
    hex(&digest.finalize()[..4])
}

/// The file's name in an address, and whether the version there is current.
fn unversioned(name: &str) -> (&str, bool) {
    let parts = name
        .split_once('/')
        .filter(|(version, _)| version.len() == 8 && version.bytes().all(|b| b.is_ascii_hexdigit()));
    let Some((given, rest)) = parts else { return (name, true) };
    (rest, given == version())
}

fn file(name: &str) -> Option<(Cow<'static, [u8]>, [u8; 32])> {
    if name == "htmx.js" {
        return Some((Cow::Borrowed(HTMX), Sha256::digest(HTMX).into()));
    }
    let file = match name.strip_prefix("fluent/") {
        Some(module) => Fluent::get(module)?,
        None => Own::get(name)?,
    };
    let hash = file.metadata.sha256_hash();
    Some((file.data, hash))
}

/// `GET /static/{name}`
pub async fn show(Path(name): Path<String>) -> Result<Response, WebError> {
    let (name, current) = unversioned(&name);
    let (data, _) = file(name).ok_or_else(|| WebError::not_found(format!("there is no file `{name}`")))?;
    let kind = match name.rsplit_once('.').map_or("", |(_, extension)| extension) {
        "css" => "text/css; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    };
    let keep = if cfg!(debug_assertions) || !current { "no-cache" } else { "public, max-age=31536000, immutable" };
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
    async fn modules_find_their_neighbours_under_the_same_version() {
        let addresses = modules();
        assert!(addresses.len() > 5, "{addresses:?}");
        assert!(addresses.last().is_some_and(|last| last.ends_with("/desk/main.js")), "{addresses:?}");
        for address in &addresses {
            let name = address.strip_prefix("/static/").unwrap();
            assert!(unversioned(name).1, "{address}");
            let body = show(Path(name.to_owned())).await.unwrap().into_body();
            let text = axum::body::to_bytes(body, usize::MAX).await.unwrap();
            let text = String::from_utf8(text.to_vec()).unwrap();
            for import in text.split("from \"").skip(1).filter(|import| import.starts_with('.')) {
                let import = import.split('"').next().unwrap();
                let mut imported: Vec<&str> = address.split('/').collect();
                imported.pop();
                for part in import.split('/') {
                    match part {
                        "." => {}
                        ".." => drop(imported.pop()),
                        part => imported.push(part),
                    }
                }
                assert!(addresses.contains(&imported.join("/")), "{address} imports {import}");
            }
        }
        assert_eq!(unversioned("00000000/desk/main.js"), ("desk/main.js", false));
    }

    #[tokio::test]
    async fn paths_that_leave_the_folder_find_nothing() {
        for name in ["../Cargo.toml", "/etc/passwd", "..%2fCargo.toml", ""] {
            assert!(show(Path(name.to_owned())).await.is_err(), "{name}");
        }
    }
}
