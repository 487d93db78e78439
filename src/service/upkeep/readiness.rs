//! Whether the server can do its work now: store an answer, find its pictures, run a model.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use crate::causes;
use crate::service::App;
use crate::service::upkeep::folder;

/// How long a supervisor is kept waiting at most.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long one check answers everybody: a check writes a row, and anybody may ask.
const FRESH: Duration = Duration::from_secs(1);

/// What a server without ONNX Runtime can do, and what to do about it.
pub const WITHOUT: &str = "people can label, but nothing is encoded and no model is trained; `querist doctor` says where the \
                           library was looked for";

/// The result of a check.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Readiness {
    /// Whether answers can be stored.
    pub ready: bool,
    /// Why not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// `found`, or `missing: …`: then people can label, and no model is trained.
    pub onnxruntime: String,
}

/// The last check.
#[derive(Default)]
pub struct Looks {
    last: Mutex<Option<(Instant, Readiness)>>,
    one: tokio::sync::Mutex<()>,
}

/// The state now, or as of a second ago.
pub async fn look(app: &App) -> Readiness {
    if let Some(known) = recent(app) {
        return known;
    }
    let _one = app.looks.one.lock().await;
    // The previous holder has checked for everybody who waited.
    if let Some(known) = recent(app) {
        return known;
    }
    let found = fresh(app).await;
    *app.looks.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some((Instant::now(), found.clone()));
    found
}

fn recent(app: &App) -> Option<Readiness> {
    let last = app.looks.last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    last.as_ref().filter(|(at, _)| at.elapsed() < FRESH).map(|(_, found)| found.clone())
}

async fn fresh(app: &App) -> Readiness {
    let written = async {
        app.store.touch(app.clock.now()).await.map_err(|error| causes::line(&error))?;
        folder::check(app).await.map_err(|error| causes::line(&error))
    };
    let reason = match tokio::time::timeout(PATIENCE, written).await {
        Ok(done) => done.err(),
        Err(_) => Some("the database has not taken a write within 2 seconds".to_owned()),
    };
    Readiness { ready: reason.is_none(), reason, onnxruntime: runtime_state(app) }
}

/// Whether ONNX Runtime is present, without loading it; `doctor` says where it was searched for.
fn runtime_state(app: &App) -> String {
    if app.runtime.is_missing() { format!("missing: {WITHOUT}") } else { "found".to_owned() }
}
