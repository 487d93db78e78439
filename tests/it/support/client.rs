//! A browser without a screen: sends requests straight into the router and keeps cookies.

use std::collections::BTreeMap;

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Request, StatusCode};
use querist::service::App;
use tower::ServiceExt as _;

/// Who asks: cookies, headers that go with every request, and the router.
#[derive(Clone)]
pub struct Client {
    router: axum::Router,
    cookies: BTreeMap<String, String>,
    headers: Vec<(String, String)>,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Client {
    pub fn new(app: &App) -> Self {
        Self { router: querist::web::router(app.clone()), cookies: BTreeMap::new(), headers: Vec::new() }
    }

    /// The same person asking another router.
    pub fn on(mut self, router: axum::Router) -> Self {
        self.router = router;
        self
    }

    pub fn set_cookie(&mut self, name: &str, value: &str) {
        self.cookies.insert(name.to_owned(), value.to_owned());
    }

    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.cookies.get(name).map(String::as_str)
    }

    /// The same client with a header on every request.
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same client with an API token.
    pub fn bearer(self, token: &str) -> Self {
        self.with("authorization", &format!("Bearer {token}"))
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, None, Body::empty()).await
    }

    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send("DELETE", path, None, Body::empty()).await
    }

    /// Send a form.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let encode = querist::web::frame::error::percent_encode;
        let pairs: Vec<_> = fields.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        self.send("POST", path, Some("application/x-www-form-urlencoded"), pairs.join("&").into()).await
    }

    pub async fn post_json(&mut self, path: &str, value: &serde_json::Value) -> Answer {
        self.send("POST", path, Some("application/json"), value.to_string().into()).await
    }

    pub async fn put_json(&mut self, path: &str, value: &serde_json::Value) -> Answer {
        self.send("PUT", path, Some("application/json"), value.to_string().into()).await
    }

    pub async fn send(&mut self, method: &str, path: &str, kind: Option<&str>, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(kind) = kind {
            request = request.header("content-type", kind);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header("cookie", pairs.join("; "));
        }
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let response = self.router.clone().oneshot(request.body(body).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all("set-cookie") {
            let cookie = cookie.to_str().unwrap();
            let (name, value) = cookie.split(';').next().unwrap().split_once('=').unwrap();
            if cookie.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }
}

impl Answer {
    /// Fail with the body when the status is another.
    #[track_caller]
    pub fn assert_status(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text());
        self
    }

    /// Fail unless the body holds `part`.
    #[track_caller]
    pub fn assert_says(&self, part: &str) -> &Self {
        // A template's line breaks do not matter.
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&self.text()).contains(&plain(part)), "no {part:?} in {}", self.text());
        self
    }

    /// Fail unless this sends the browser to `path`.
    #[track_caller]
    pub fn assert_leads_to(&self, path: &str) -> &Self {
        self.assert_status(303);
        assert_eq!(self.header("location"), path);
        self
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error} in {}", self.text()))
    }
}
