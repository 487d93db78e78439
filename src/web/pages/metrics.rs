//! `/metrics`: counts for Prometheus, and the layer that counts requests.
//!
//! Who may see it: an admin of the server, signed in or by token, from anywhere; and, without credentials, a program on
//! the same machine that asks directly, since a Prometheus there would otherwise need a secret to read mere counts. A
//! request forwarded by a proxy does not count as coming from this machine, whatever its address, so it needs an admin;
//! so does one from a page under another name that resolves to this machine.

use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use crate::service::App;
use crate::service::upkeep::metering;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::Visitor;
use crate::web::frame::origin::RequestOrigin;

/// `GET /metrics`
pub async fn show(
    State(app): State<App>,
    Visitor(account): Visitor,
    headers: HeaderMap,
    origin: RequestOrigin,
) -> Result<Response, WebError> {
    match account {
        Some(account) => account.require_admin()?,
        // If a token is sent, only the token counts; an invalid one does not fall back to the address.
        None if origin.direct && origin.by_local_name && !headers.contains_key(AUTHORIZATION) => {}
        None => return Err(WebError::unauthorized()),
    }
    let text = metering::text(&app).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Layer: count and time every request.
pub async fn count(State(app): State<App>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let route = request.extensions().get::<MatchedPath>().cloned();
    let method = known(request.method());
    let response = next.run(request).await;
    let route = route.as_ref().map_or("none", MatchedPath::as_str);
    app.meter.request(method, route, response.status().as_u16(), started.elapsed());
    response
}

/// A method may be any word; unknown ones share one series.
fn known(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "DELETE" => "DELETE",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invented_method_makes_no_series_of_its_own() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
