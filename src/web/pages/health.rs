//! Health checks for supervisors: is the process alive, can it serve.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::RETRY_AFTER;
use axum::response::{IntoResponse as _, Response};

use crate::service::App;
use crate::service::upkeep::readiness;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: answers can be stored, and the data folder has not moved. 503 with the reason when not, within about
/// two seconds. The only GET that writes, a time in a row of its own: nothing else shows whether the disk is writable.
pub async fn ready(State(app): State<App>) -> Response {
    let found = readiness::look(&app).await;
    if found.ready {
        return Json(found).into_response();
    }
    (StatusCode::SERVICE_UNAVAILABLE, [(RETRY_AFTER, "5")], Json(found)).into_response()
}
