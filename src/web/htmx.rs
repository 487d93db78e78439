//! What htmx 4 says about a request, and what a response may ask of it.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponseParts, ResponseParts};

/// `partial`: htmx swaps a part of the page. `full`: it swaps the whole body. Absent: the browser itself asks.
pub const HX_REQUEST_TYPE: HeaderName = HeaderName::from_static("hx-request-type");
const HX_CURRENT_URL: HeaderName = HeaderName::from_static("hx-current-url");
const HX_TRIGGER: HeaderName = HeaderName::from_static("hx-trigger");
const HX_REDIRECT: HeaderName = HeaderName::from_static("hx-redirect");

/// How the request was made.
#[derive(Debug, Clone, Default)]
pub struct Hx {
    partial: bool,
    current_url: Option<String>,
}

impl Hx {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        Self { partial: text(HX_REQUEST_TYPE) == Some("partial"), current_url: text(HX_CURRENT_URL).map(str::to_owned) }
    }

    /// Whether the answer should be a fragment rather than a page.
    pub fn partial(&self) -> bool {
        self.partial
    }

    /// The address the browser shows while it asks.
    pub fn current_url(&self) -> Option<&str> {
        self.current_url.as_deref()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Hx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

/// Response part: fire a DOM event of this name on the element that asked.
#[derive(Debug, Clone, Copy)]
pub struct HxTrigger(pub &'static str);

impl IntoResponseParts for HxTrigger {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        parts.headers_mut().insert(HX_TRIGGER, HeaderValue::from_static(self.0));
        Ok(parts)
    }
}

/// Response part: let the browser leave for another page of ours.
#[derive(Debug, Clone)]
pub struct HxRedirect(pub String);

impl IntoResponseParts for HxRedirect {
    type Error = Infallible;

    fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            parts.headers_mut().insert(HX_REDIRECT, value);
        }
        Ok(parts)
    }
}
