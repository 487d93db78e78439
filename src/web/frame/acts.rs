//! What each changing request is: work, an answer, or an act that the record keeps; and the layer that keeps it.
//!
//! One table says it of every address that is not only read. It also says what tokens of a narrow scope may do.
//!
//! **Invariant:** every changing route is in the table, see `tests/it/record.rs`; one that is not is kept and needs a token of
//! the widest scope.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::body::{Body, to_bytes};
use axum::extract::{FromRequestParts as _, MatchedPath, RawPathParams, Request, State};
use axum::http::header::{CONTENT_TYPE, SET_COOKIE};
use axum::http::{HeaderMap, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::cookie::Cookie;

use crate::domain::{AccountId, ActVia, ClassId, EncoderId, RecordedAct, TokenScope};
use crate::service::App;
use crate::service::people::{recognition, record};
use crate::web::BODY_LIMIT;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{ClientAddress, Visitor};
use crate::web::frame::origin::{RequestOrigin, SaidUser};
use crate::web::frame::session::SESSION_COOKIE;

/// What a changing request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// It changes nothing, and is sent like a change since it says more than fits an address.
    Look,
    /// Answers and questions, whose own history keeps them, or how a person's own pages look.
    Labeling,
    /// Decisions about labels, whose history keeps them, and work, which has a job or a decision of the retrain rule.
    Work,
    /// The record keeps it, under this name.
    Kept(&'static str, Subject),
}

/// What an act was done to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject {
    /// The project or the server as a whole.
    Nothing,
    /// What this field of the request says.
    Field(&'static str),
    /// What the address says.
    Part(&'static str),
    /// The account, class or encoder whose id is in the address.
    Person,
    Class,
    Encoder,
}

use Deed::{Kept, Labeling, Look, Work};
use Subject::{Class, Encoder, Field, Nothing, Part, Person};

/// Every changing route of the pages.
const PAGES: &[(&str, Deed)] = &[
    ("/sign-in", Kept("signed-in", Nothing)),
    ("/sign-in/provider/back", Kept("signed-in", Nothing)),
    ("/sign-in/proxy", Kept("joined", Nothing)),
    ("/sign-out", Kept("signed-out", Nothing)),
    ("/link/{secret}", Kept("link-used", Nothing)),
    ("/theme", Labeling),
    ("/language", Labeling),
    ("/account/password", Kept("password-changed", Nothing)),
    ("/account/tokens", Kept("token-made", Field("name"))),
    ("/account/tokens/{id}/revoke", Kept("token-revoked", Part("id"))),
    ("/account/sessions/end-others", Kept("sessions-ended", Nothing)),
    ("/account/sessions/{id}/end", Kept("session-ended", Nothing)),
    ("/people", Kept("person-added", Field("name"))),
    ("/people/{id}/link", Kept("link-made", Person)),
    ("/people/{id}/role", Kept("role-changed", Person)),
    ("/people/{id}/disable", Kept("person-disabled", Person)),
    ("/people/{id}/enable", Kept("person-enabled", Person)),
    ("/people/{id}/data", Kept("person-exported", Person)),
    ("/people/{id}/delete", Kept("person-deleted", Person)),
    ("/people/{id}/anonymise", Kept("person-anonymised", Part("id"))),
    ("/account/data", Kept("person-exported", Nothing)),
    ("/projects", Kept("project-made", Field("slug"))),
    ("/backups", Kept("backup-asked", Nothing)),
    ("/backups/{name}", Kept("backup-taken-away", Part("name"))),
    ("/p/{slug}/label", Labeling),
    ("/p/{slug}/goal", Kept("goal-changed", Nothing)),
    ("/p/{slug}/goal/go-on", Kept("went-on", Nothing)),
    ("/p/{slug}/agreement/settle", Work),
    ("/p/{slug}/agreement/ask", Work),
    ("/p/{slug}/agreement/undo", Work),
    ("/p/{slug}/agreement/free", Kept("leases-freed", Nothing)),
    ("/p/{slug}/second-opinions", Kept("second-opinions-changed", Nothing)),
    ("/p/{slug}/asking", Kept("asking-changed", Nothing)),
    ("/p/{slug}/audit/retire", Kept("audit-retired", Field("share"))),
    ("/p/{slug}/help", Work),
    ("/p/{slug}/help/cures", Kept("cures-changed", Nothing)),
    ("/p/{slug}/replay", Work),
    ("/p/{slug}/replay/stop", Work),
    ("/p/{slug}/review", Work),
    ("/p/{slug}/samples/{sample}/example", Kept("example-changed", Part("sample"))),
    ("/p/{slug}/samples/archive", Kept("samples-archived", Nothing)),
    ("/p/{slug}/archived", Kept("samples-restored", Nothing)),
    ("/p/{slug}/archive", Kept("project-archived", Nothing)),
    ("/p/{slug}/restore", Kept("project-restored", Nothing)),
    ("/p/{slug}/flags/{id}", Work),
    ("/p/{slug}/map", Work),
    ("/p/{slug}/webhooks", Kept("webhook-added", Field("url"))),
    ("/p/{slug}/webhooks/{id}/test", Work),
    ("/p/{slug}/webhooks/{id}/pause", Kept("webhook-paused", Part("id"))),
    ("/p/{slug}/webhooks/{id}/resume", Kept("webhook-resumed", Part("id"))),
    ("/p/{slug}/webhooks/{id}/remove", Kept("webhook-removed", Part("id"))),
    ("/p/{slug}/rounds", Work),
    ("/p/{slug}/rounds/lift", Kept("newest-round-used", Nothing)),
    ("/p/{slug}/rounds/{number}/pin", Kept("round-pinned", Part("number"))),
    ("/p/{slug}/rounds/{number}/unpin", Kept("round-unpinned", Part("number"))),
    ("/p/{slug}/rounds/{number}/roll-back", Kept("rolled-back", Part("number"))),
    ("/p/{slug}/export", Kept("export-asked", Field("format"))),
    ("/p/{slug}/model", Kept("model-asked", Nothing)),
    ("/p/{slug}/settings", Kept("settings-changed", Nothing)),
    ("/p/{slug}/augmentation", Kept("augmentation-changed", Nothing)),
    ("/p/{slug}/classes", Kept("class-added", Field("name"))),
    ("/p/{slug}/classes/{id}/rename", Kept("class-renamed", Class)),
    ("/p/{slug}/classes/{id}/retire", Kept("class-retired", Class)),
    ("/p/{slug}/classes/{id}", Kept("class-changed", Class)),
    ("/p/{slug}/classes/{id}/step", Kept("class-moved", Class)),
    ("/p/{slug}/classes/{id}/restore", Kept("class-restored", Class)),
    ("/p/{slug}/classes/{id}/delete", Kept("class-deleted", Class)),
    ("/p/{slug}/classes/{id}/merge", Kept("class-merged", Class)),
    ("/p/{slug}/classes/{id}/part", Kept("class-parted", Class)),
    ("/p/{slug}/classes/acts/{id}/undo", Kept("class-act-undone", Part("id"))),
    ("/p/{slug}/imports/{id}/cancel", Kept("import-cancelled", Part("id"))),
    ("/p/{slug}/imports/{id}/go-on", Kept("import-asked", Part("id"))),
    ("/p/{slug}/imports/{id}/undo", Kept("import-undone", Part("id"))),
    ("/p/{slug}/encoder", Kept("encoder-chosen", Field("encoder"))),
    ("/p/{slug}/encoder/relearn", Kept("encoder-relearned", Nothing)),
    ("/p/{slug}/encoders/{id}/remove", Kept("encoder-removed", Encoder)),
    ("/p/{slug}/encoders/trials", Work),
    ("/p/{slug}/encoders/trials/{job}/adopt", Kept("encoder-adopted", Nothing)),
    ("/p/{slug}/encoders/trials/{job}/discard", Work),
    ("/p/{slug}/import", Kept("import-asked", Nothing)),
];

/// Every changing route of the API.
const API: &[(&str, &str, Deed)] = &[
    ("POST", "/api/v1/tokens", Kept("token-made", Field("name"))),
    ("DELETE", "/api/v1/tokens/{id}", Kept("token-revoked", Part("id"))),
    ("POST", "/api/v1/people", Kept("person-added", Field("name"))),
    ("PUT", "/api/v1/people/{id}/role", Kept("role-changed", Person)),
    ("PUT", "/api/v1/people/{id}/disabled", Kept("person-disabled", Person)),
    ("POST", "/api/v1/people/{id}/link", Kept("link-made", Person)),
    ("POST", "/api/v1/people/{id}/data", Kept("person-exported", Person)),
    ("DELETE", "/api/v1/people/{id}", Kept("person-deleted", Person)),
    ("POST", "/api/v1/people/{id}/anonymous", Kept("person-anonymised", Part("id"))),
    ("POST", "/api/v1/account/data", Kept("person-exported", Nothing)),
    ("PUT", "/api/v1/projects/{slug}/archived", Kept("project-archived", Nothing)),
    ("DELETE", "/api/v1/projects/{slug}/archived", Kept("project-restored", Nothing)),
    ("POST", "/api/v1/projects/{slug}/archive", Kept("samples-archived", Nothing)),
    ("POST", "/api/v1/projects/{slug}/archive/restore", Kept("samples-restored", Nothing)),
    ("PUT", "/api/v1/projects/{slug}/settings", Kept("settings-changed", Nothing)),
    ("POST", "/api/v1/projects/{slug}/labels", Kept("labels-sent", Field("source"))),
    ("POST", "/api/v1/projects/{slug}/encoder/relearn", Kept("encoder-relearned", Nothing)),
    ("DELETE", "/api/v1/projects/{slug}/encoders/{id}", Kept("encoder-removed", Encoder)),
    ("POST", "/api/v1/projects/{slug}/encoders/trials", Work),
    ("POST", "/api/v1/projects/{slug}/encoders/trials/{job}/adopt", Kept("encoder-adopted", Nothing)),
    ("DELETE", "/api/v1/projects/{slug}/encoders/trials/{job}", Work),
    ("POST", "/api/v1/projects", Kept("project-made", Field("slug"))),
    ("POST", "/api/v1/projects/{slug}/annotations", Labeling),
    ("DELETE", "/api/v1/projects/{slug}/annotations/{id}", Labeling),
    ("POST", "/api/v1/projects/{slug}/leases", Labeling),
    ("DELETE", "/api/v1/projects/{slug}/leases/{lease}", Labeling),
    ("POST", "/api/v1/projects/{slug}/groups", Labeling),
    ("POST", "/api/v1/projects/{slug}/groups/answers", Labeling),
    ("POST", "/api/v1/projects/{slug}/groups/undo", Labeling),
    ("POST", "/api/v1/projects/{slug}/flags", Labeling),
    ("POST", "/api/v1/projects/{slug}/flags/{id}/done", Labeling),
    ("POST", "/api/v1/projects/{slug}/flags/{id}/replies", Work),
    ("POST", "/api/v1/projects/{slug}/flags/{id}/seen", Labeling),
    ("PUT", "/api/v1/projects/{slug}/keys", Labeling),
    ("DELETE", "/api/v1/projects/{slug}/keys", Labeling),
    ("POST", "/api/v1/projects/{slug}/map/selections", Look),
    ("POST", "/api/v1/projects/{slug}/map", Work),
    ("POST", "/api/v1/projects/{slug}/map/chosen", Work),
    ("POST", "/api/v1/projects/{slug}/map/tags", Kept("samples-tagged", Nothing)),
    ("POST", "/api/v1/projects/{slug}/reviews", Work),
    ("POST", "/api/v1/projects/{slug}/diagnosis", Work),
    ("PUT", "/api/v1/projects/{slug}/cures", Kept("cures-changed", Nothing)),
    ("POST", "/api/v1/projects/{slug}/replays", Work),
    ("DELETE", "/api/v1/projects/{slug}/replays/latest", Work),
    ("POST", "/api/v1/projects/{slug}/rounds", Work),
    ("POST", "/api/v1/projects/{slug}/rounds/{number}/models", Kept("model-asked", Part("number"))),
    ("POST", "/api/v1/projects/{slug}/rounds/{number}/pin", Kept("round-pinned", Part("number"))),
    ("DELETE", "/api/v1/projects/{slug}/rounds/{number}/pin", Kept("round-unpinned", Part("number"))),
    ("POST", "/api/v1/projects/{slug}/rounds/{number}/roll-back", Kept("rolled-back", Part("number"))),
    ("DELETE", "/api/v1/projects/{slug}/rounds/roll-back", Kept("newest-round-used", Nothing)),
    ("POST", "/api/v1/projects/{slug}/webhooks", Kept("webhook-added", Field("url"))),
    ("DELETE", "/api/v1/projects/{slug}/webhooks/{id}", Kept("webhook-removed", Part("id"))),
    ("POST", "/api/v1/projects/{slug}/webhooks/{id}/test", Work),
    ("POST", "/api/v1/projects/{slug}/second-opinions", Work),
    ("PUT", "/api/v1/projects/{slug}/second-opinions", Kept("second-opinions-changed", Nothing)),
    ("PUT", "/api/v1/projects/{slug}/goal", Kept("goal-changed", Nothing)),
    ("PUT", "/api/v1/projects/{slug}/asking", Kept("asking-changed", Nothing)),
    ("POST", "/api/v1/projects/{slug}/audit/retire", Kept("audit-retired", Field("share"))),
    ("PUT", "/api/v1/projects/{slug}/augmentation", Kept("augmentation-changed", Nothing)),
    ("POST", "/api/v1/projects/{slug}/classes", Kept("class-added", Field("names"))),
    ("PATCH", "/api/v1/projects/{slug}/classes/{id}", Kept("class-changed", Class)),
    ("DELETE", "/api/v1/projects/{slug}/classes/{id}", Kept("class-deleted", Class)),
    ("PUT", "/api/v1/projects/{slug}/classes/order", Kept("class-moved", Nothing)),
    ("POST", "/api/v1/projects/{slug}/classes/{id}/merge", Kept("class-merged", Class)),
    ("POST", "/api/v1/projects/{slug}/classes/{id}/move", Kept("class-parted", Class)),
    ("POST", "/api/v1/projects/{slug}/class-acts/{id}/undo", Kept("class-act-undone", Part("id"))),
    ("POST", "/api/v1/projects/{slug}/imports/{id}/undo", Kept("import-undone", Part("id"))),
    ("POST", "/api/v1/projects/{slug}/imports/{id}/cancel", Kept("import-cancelled", Part("id"))),
    ("POST", "/api/v1/projects/{slug}/imports/{id}/go-on", Kept("import-asked", Part("id"))),
    ("POST", "/api/v1/projects/{slug}/uploads", Work),
    ("PUT", "/api/v1/projects/{slug}/uploads/{id}", Work),
    ("DELETE", "/api/v1/projects/{slug}/uploads/{id}", Work),
    ("POST", "/api/v1/projects/{slug}/uploads/{id}/import", Kept("import-asked", Nothing)),
    ("POST", "/api/v1/projects/{slug}/encoder", Kept("encoder-chosen", Field("encoder"))),
    ("POST", "/api/v1/projects/{slug}/samples", Kept("import-asked", Nothing)),
    ("POST", "/api/v1/projects/{slug}/snapshots", Kept("export-asked", Field("format"))),
];

static DEEDS: LazyLock<HashMap<(&str, &str), Deed>> = LazyLock::new(|| {
    let pages = PAGES.iter().map(|(path, deed)| (("POST", *path), *deed));
    pages.chain(API.iter().map(|(method, path, deed)| ((*method, *path), *deed))).collect()
});

/// Names of all acts that the program keeps, for the page's filter.
pub fn names() -> impl Iterator<Item = &'static str> {
    DEEDS.values().filter_map(|deed| if let Kept(name, _) = deed { Some(*name) } else { None })
}

/// What a changing request is; `None` for a route that the table lacks.
pub fn deed(method: &str, path: &str) -> Option<Deed> {
    DEEDS.get(&(method, path)).copied()
}

fn changes(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// What a token needs to make this request.
pub fn scope_of(method: &Method, route: Option<&MatchedPath>) -> TokenScope {
    if !changes(method) {
        return TokenScope::Read;
    }
    match route.and_then(|route| deed(method.as_str(), route.as_str())) {
        Some(Look) => TokenScope::Read,
        Some(Labeling) => TokenScope::Label,
        _ => TokenScope::Manage,
    }
}

/// Whether this request changes a project, other than by bringing it back from the archive or putting it there.
pub fn changes_project(method: &Method, route: Option<&MatchedPath>) -> bool {
    let deed = route.and_then(|route| deed(method.as_str(), route.as_str()));
    changes(method) && !matches!(deed, Some(Look | Kept("project-archived" | "project-restored", _)))
}

/// Layer: add what was done to the record, once it was.
pub async fn keep(State(app): State<App>, request: Request, next: Next) -> Response {
    let route = request.extensions().get::<MatchedPath>().map(|route| route.as_str().to_owned());
    let Some(route) = route.filter(|_| changes(request.method())) else { return next.run(request).await };
    let (name, subject) = match deed(request.method().as_str(), &route) {
        Some(Kept(name, subject)) => (name, subject),
        Some(_) => return next.run(request).await,
        None => ("other", Nothing),
    };
    let (mut parts, mut body) = request.into_parts();
    let mut fields = Vec::new();
    if let Some(read) = reader(&parts.headers) {
        match to_bytes(body, BODY_LIMIT).await {
            Ok(bytes) => {
                fields = read(&bytes);
                body = Body::from(bytes);
            }
            Err(_) => return WebError::of_status(StatusCode::PAYLOAD_TOO_LARGE).into_response(),
        }
    }
    let pieces = pieces(&mut parts, &app).await;
    let of = |name: &str| pieces.iter().find(|(piece, _)| piece == name).map(|(_, value)| value.as_str());
    // Before the act: afterwards it may be gone, or called otherwise.
    let about = about(
        &app,
        subject,
        of(match subject {
            Part(part) => part,
            _ => "id",
        }),
        &fields,
    )
    .await;
    let who = Visitor::from_request_parts(&mut parts, &app).await.ok().and_then(|Visitor(who)| who);
    let address =
        ClientAddress::from_request_parts(&mut parts, &app).await.map(|ClientAddress(at)| at).unwrap_or_default();
    let before = Before { name, subject: about, fields, slug: of("slug").map(str::to_owned), address };
    let (account, api) = (who.map(|who| who.id), route.starts_with("/api/"));
    let said = parts.extensions.get::<RequestOrigin>().and_then(|origin| origin.said.clone());
    let response = next.run(Request::from_parts(parts, body)).await;
    if response.status().is_success() || response.status().is_redirection() {
        let account = match account {
            Some(account) => Some(account),
            None => signed_in(&app, response.headers(), said).await,
        };
        // A person without an account cannot do anything here; only a sign-in link that was already used gets this far.
        if let Some(account) = account {
            before.keep(&app, account, if api { ActVia::Api } else { ActVia::Page }).await;
        }
    }
    response
}

/// What is known of an act before it is done.
struct Before {
    name: &'static str,
    subject: String,
    fields: Vec<(String, String)>,
    slug: Option<String>,
    address: String,
}

impl Before {
    async fn keep(self, app: &App, account: AccountId, via: ActVia) {
        let slug = self.slug.or_else(|| (self.name == "project-made").then(|| self.subject.clone()));
        let project = match slug {
            Some(slug) => recognition::project(app, &slug).await.ok().flatten().map(|project| project.id),
            None => None,
        };
        let act = RecordedAct {
            account: Some(account),
            project,
            via,
            what: self.name.to_owned(),
            subject: self.subject,
            details: self.fields,
            address: self.address,
        };
        record::add(app, act).await;
    }
}

type Reader = fn(&[u8]) -> Vec<(String, String)>;

/// How to read the fields of a body of this type; `None` where it is files, or nothing.
fn reader(headers: &HeaderMap) -> Option<Reader> {
    let kind = headers.get(CONTENT_TYPE)?.to_str().ok()?.split(';').next()?.trim();
    match kind {
        "application/x-www-form-urlencoded" => {
            Some(|body| url::form_urlencoded::parse(body).into_owned().filter(|(_, value)| !value.is_empty()).collect())
        }
        "application/json" => Some(|body| match serde_json::from_slice(body) {
            Ok(serde_json::Value::Object(fields)) => {
                fields.into_iter().map(|(name, value)| (name, plain(&value))).collect()
            }
            _ => Vec::new(),
        }),
        _ => None,
    }
}

/// A JSON value as people read it.
fn plain(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}

/// The variable parts of the address.
async fn pieces(parts: &mut axum::http::request::Parts, app: &App) -> Vec<(String, String)> {
    let found = RawPathParams::from_request_parts(parts, app).await;
    found
        .map(|found| found.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect())
        .unwrap_or_default()
}

/// What an act is about, by name where it has one.
async fn about(app: &App, subject: Subject, piece: Option<&str>, fields: &[(String, String)]) -> String {
    let piece = piece.unwrap_or_default();
    let id = piece.parse::<i64>().unwrap_or_default();
    let named = match subject {
        Nothing => return String::new(),
        Field(field) => fields.iter().find(|(name, _)| name == field).map(|(_, value)| value.clone()),
        Part(_) => None,
        Person => app.store.account(AccountId(id)).await.ok().flatten().map(|account| account.name),
        Class => app.store.class(ClassId(id)).await.ok().flatten().map(|class| class.name),
        Encoder => app.store.encoder(EncoderId(id)).await.ok().flatten().map(|encoder| encoder.name),
    };
    named.unwrap_or_else(|| piece.to_owned())
}

/// Who a response has just signed in, or made an account for.
async fn signed_in(app: &App, headers: &HeaderMap, said: Option<SaidUser>) -> Option<AccountId> {
    if let Some(said) = said {
        return recognition::by_proxy(app, &said.name).await.ok().flatten().map(|who| who.id);
    }
    let cookies = headers.get_all(SET_COOKIE).iter().filter_map(|cookie| Cookie::parse(cookie.to_str().ok()?).ok());
    let secret = cookies.into_iter().find(|cookie| cookie.name() == SESSION_COOKIE)?.value().to_owned();
    recognition::by_session(app, &secret).await.ok().flatten().map(|who| who.id)
}
