//! What htmx 4 says about a request: whether it swaps a part of the page, and which one.
//!
//! A part is a block of its page's template around an element with an id. The element asks for its page at the interval
//! that its template states, and forms that change only it send the browser there too; [`Hx::wants`] tells the handler,
//! which then renders the block alone. Parts are polled rather than pushed: the data is in a database that several
//! servers may share, and a stream for each open tab would hold one of the six connections that a browser has over
//! HTTP/1.1, which answers and pictures need.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName};

/// `partial`: htmx swaps a part of the page. `full`: it swaps the whole body. Absent: the browser itself asks.
const REQUEST_TYPE: HeaderName = HeaderName::from_static("hx-request-type");
/// The element that is swapped, as `section#work`.
const TARGET: HeaderName = HeaderName::from_static("hx-target");

/// How the request was made.
#[derive(Debug, Clone, Default)]
pub struct Hx {
    partial: bool,
    target: String,
}

impl Hx {
    pub fn of(headers: &HeaderMap) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        Self { partial: text(REQUEST_TYPE) == "partial", target: text(TARGET).to_owned() }
    }

    /// Whether the answer should be a fragment rather than a page.
    pub fn partial(&self) -> bool {
        self.partial
    }

    /// Whether the answer should be the part with this id alone.
    pub fn wants(&self, id: &str) -> bool {
        self.partial && self.target.split_once('#').is_some_and(|(_, target)| target == id)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Hx {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.headers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_wanted_by_its_whole_id_and_only_where_it_is_swapped() {
        let of = |kind: &str, target: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_TYPE, kind.parse().unwrap());
            headers.insert(TARGET, target.parse().unwrap());
            Hx::of(&headers)
        };
        assert!(of("partial", "section#work").wants("work"));
        assert!(!of("full", "section#work").wants("work"));
        assert!(!of("partial", "section#works").wants("work") && !of("partial", "main").wants("work"));
        assert!(of("partial", "main").partial() && !Hx::default().partial());
    }
}
