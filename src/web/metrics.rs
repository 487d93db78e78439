//! `/metrics`: counts for Prometheus, and the layer that counts requests.
//!
//! Whoever may see it: an admin of the server, signed in or by token, from anywhere; and, without credentials, a program on
//! the same machine that asks directly, since a Prometheus there would otherwise need a secret to read mere counts. A request
//! that a proxy passed on does not come from this machine, whatever its address says, so it needs an admin.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::time::Instant;

use axum::extract::{ConnectInfo, FromRequestParts, MatchedPath, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};

use super::error::WebError;
use super::extract::Visitor;
use crate::app::App;
use crate::service::metering;

/// What proxies add to the requests they pass on.
const FORWARDED: [&str; 5] = ["forwarded", "x-forwarded-for", "x-forwarded-proto", "x-real-ip", "via"];

/// `GET /metrics`
pub async fn show(
    State(app): State<App>,
    Visitor(account): Visitor,
    headers: HeaderMap,
    peer: Peer,
) -> Result<Response, WebError> {
    match account {
        Some(account) => account.require_admin()?,
        // Whoever sends a token means it: a bad one does not fall back to the address.
        None if peer.direct(&headers) && !headers.contains_key(AUTHORIZATION) => {}
        None => return Err(WebError::unauthorized()),
    }
    let text = metering::text(&app).await?;
    Ok(([(CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// Whether the other end of the connection is this machine.
#[derive(Debug, Clone, Copy)]
pub struct Peer {
    here: bool,
}

impl<S: Send + Sync> FromRequestParts<S> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // An unknown address is a stranger's.
        let address = parts.extensions.get::<ConnectInfo<SocketAddr>>();
        Ok(Self { here: address.is_some_and(|peer| peer.0.ip().is_loopback()) })
    }
}

impl Peer {
    fn direct(self, headers: &HeaderMap) -> bool {
        self.here && !FORWARDED.iter().any(|name| headers.contains_key(*name))
    }
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

/// A method may be any word; those that nobody serves are one series.
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
    fn a_request_that_a_proxy_passed_on_is_not_from_here() {
        let mut headers = HeaderMap::new();
        assert!(Peer { here: true }.direct(&headers));
        assert!(!Peer { here: false }.direct(&headers));
        headers.insert("x-forwarded-for", "203.0.113.9".parse().unwrap());
        assert!(!Peer { here: true }.direct(&headers));
    }

    #[test]
    fn an_invented_method_makes_no_series_of_its_own() {
        assert_eq!(known(&Method::from_bytes(b"BREW").unwrap()), "other");
    }
}
