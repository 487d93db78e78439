//! What a supervisor asks: is the process alive, can it serve.

use axum::extract::State;

use super::error::WebError;
use crate::app::App;

/// `GET /healthz`: the process answers.
pub async fn alive() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers too.
pub async fn ready(State(app): State<App>) -> Result<&'static str, WebError> {
    app.store.account_count().await?;
    Ok("ready\n")
}
