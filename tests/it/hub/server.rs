//! A model hub on this machine: the answers about a repository, redirects to another server, ranges, and the faults of both.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

pub const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// What the hub holds and how it misbehaves.
#[derive(Default)]
pub struct Script {
    pub files: BTreeMap<String, Vec<u8>>,
    /// Goes over the answer about the repository.
    pub info: Value,
    /// Every answer of the hub has this status.
    pub status: Option<u16>,
    /// The checksum that the hub reports for large files, instead of theirs.
    pub checksum: Option<String>,
    /// This many responses with a file's bytes end halfway.
    pub cut: usize,
    /// After the bytes were cut off, the other server answers nothing more.
    pub gone_after_cut: bool,
    /// The other server ignores ranges.
    pub whole_only: bool,
    /// Every redirect leads back to the hub.
    pub circles: bool,
}

/// One request, as it came: which server, path, range, and authorization.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    pub server: &'static str,
    pub path: String,
    pub range: Option<String>,
    pub token: Option<String>,
}

pub struct HubServer {
    pub endpoint: String,
    shared: Arc<Shared>,
}

struct Shared {
    script: Mutex<Script>,
    asked: Mutex<Vec<Asked>>,
    /// The address of the other server, which holds the bytes.
    store: String,
}

impl HubServer {
    pub async fn start(script: Script) -> Self {
        let hub = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let store = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = |listener: &tokio::net::TcpListener| format!("http://{}", listener.local_addr().unwrap());
        let endpoint = address(&hub);
        let shared = Arc::new(Shared { script: Mutex::new(script), asked: Mutex::default(), store: address(&store) });
        let hub_routes = Router::new()
            .route("/api/models/{owner}/{name}/revision/{revision}", get(about))
            .route("/{owner}/{name}/resolve/{revision}/{*file}", get(resolve))
            .with_state(shared.clone());
        let store_routes = Router::new().route("/bytes/{*file}", get(bytes)).with_state(shared.clone());
        tokio::spawn(async move { axum::serve(hub, hub_routes).await });
        tokio::spawn(async move { axum::serve(store, store_routes).await });
        Self { endpoint, shared }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.shared.asked.lock().unwrap().clone()
    }

    pub fn change(&self, change: impl FnOnce(&mut Script)) {
        change(&mut self.shared.script.lock().unwrap());
    }
}

impl Shared {
    fn note(&self, server: &'static str, path: &str, headers: &HeaderMap) {
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap().to_owned());
        let asked = Asked { server, path: path.to_owned(), range: header("range"), token: header("authorization") };
        self.asked.lock().unwrap().push(asked);
    }
}

fn refused(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap().into_response()
}

fn sha256(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    Sha256::digest(bytes).iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

/// Models are large files: they have a checksum, and another server holds them.
fn is_large(path: &str) -> bool {
    std::path::Path::new(path).extension().is_some_and(|end| end == "onnx")
}

async fn about(
    State(shared): State<Arc<Shared>>,
    Path((owner, name, revision)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Response {
    shared.note("hub", &format!("about {owner}/{name}@{revision}"), &headers);
    let script = shared.script.lock().unwrap();
    if let Some(status) = script.status {
        return refused(status);
    }
    if format!("{owner}/{name}") != "owner/tiny" || !["main", COMMIT].contains(&revision.as_str()) {
        return refused(404);
    }
    let files: Vec<Value> = script
        .files
        .iter()
        .map(|(path, bytes)| {
            if is_large(path) {
                let sum = script.checksum.clone().unwrap_or_else(|| sha256(bytes));
                json!({ "rfilename": path, "size": bytes.len(), "lfs": { "sha256": sum, "size": bytes.len() } })
            } else {
                json!({ "rfilename": path, "size": bytes.len() })
            }
        })
        .collect();
    let mut info = json!({
        "id": "owner/tiny", "sha": COMMIT, "gated": false, "siblings": files,
        "cardData": { "license": "apache-2.0" }, "tags": ["onnx"],
    });
    for (key, value) in script.info.as_object().into_iter().flatten() {
        info[key] = value.clone();
    }
    Json(info).into_response()
}

async fn resolve(
    State(shared): State<Arc<Shared>>,
    Path((_, _, revision, file)): Path<(String, String, String, String)>,
    headers: HeaderMap,
) -> Response {
    shared.note("hub", &file, &headers);
    let script = shared.script.lock().unwrap();
    assert_eq!(revision, COMMIT, "files are asked for at the commit that was shown");
    let Some(bytes) = script.files.get(&file) else { return refused(404) };
    if !is_large(&file) {
        return bytes.clone().into_response();
    }
    let sum = script.checksum.clone().unwrap_or_else(|| sha256(bytes));
    let to = if script.circles {
        format!("/owner/tiny/resolve/{COMMIT}/{file}")
    } else {
        format!("{}/bytes/{file}", shared.store)
    };
    let headers = [("location", to), ("x-linked-etag", format!("\"{sum}\"")), ("x-repo-commit", COMMIT.to_owned())];
    (StatusCode::FOUND, headers).into_response()
}

async fn bytes(State(shared): State<Arc<Shared>>, Path(file): Path<String>, headers: HeaderMap) -> Response {
    shared.note("store", &file, &headers);
    let mut script = shared.script.lock().unwrap();
    let Some(bytes) = script.files.get(&file).cloned() else { return refused(404) };
    let start = headers
        .get("range")
        .and_then(|range| range.to_str().ok()?.strip_prefix("bytes=")?.strip_suffix('-')?.parse::<usize>().ok());
    let start = start.filter(|_| !script.whole_only);
    let from = start.unwrap_or(0);
    if from >= bytes.len() {
        return refused(416);
    }
    let mut response = Response::builder().header("content-length", bytes.len() - from);
    if start.is_some() {
        let range = format!("bytes {from}-{}/{}", bytes.len() - 1, bytes.len());
        response = response.status(206).header("content-range", range);
    }
    let rest = bytes[from..].to_vec();
    if script.cut > 0 {
        script.cut -= 1;
        if script.gone_after_cut {
            script.files.clear();
        }
        let half = Bytes::copy_from_slice(&rest[..rest.len() / 2]);
        let parts = tokio_stream(half);
        return response.body(parts).unwrap();
    }
    response.body(Body::from(rest)).unwrap()
}

/// A body that sends what it has and then breaks.
fn tokio_stream(half: Bytes) -> Body {
    let (reader, mut writer) = tokio::io::duplex(1 << 20);
    tokio::spawn(async move {
        use tokio::io::AsyncWriteExt as _;
        writer.write_all(&half).await.unwrap();
        // Long enough for the bytes to be on their way before the connection breaks.
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        drop(writer);
    });
    Body::from_stream(tokio_util::io::ReaderStream::new(reader))
}
