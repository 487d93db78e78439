//! Errors at the edge: one type, shown as JSON, as a fragment or as a page, whichever the request can read.
//!
//! **Invariant:** an unexpected error shows nothing but a request id; its cause is logged once, here.

use std::error::Error;
use std::num::NonZeroU32;
use std::sync::Arc;

use askama::Template;
use axum::Json;
use axum::body::Body;
use axum::extract::{FromRequestParts as _, Request, State};
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::middleware::Next;
use axum::response::{Html, IntoResponse, Response};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::causes;
use crate::cpu::CutShort;
use crate::domain::Fault;
use crate::service::encoders::adding::EncodersError;
use crate::service::people::accounts::{AccountError, BUSY_SECONDS};
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::labeling::Refused;
use crate::web::frame::extract::{CurrentAccount, Member};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::language::Language;
use crate::web::frame::origin::RequestOrigin;
use crate::web::frame::refusals;
use crate::web::frame::session::Appearance;
use crate::web::frame::shell::Shell;

/// When to try again, where nothing better is known.
const RETRY_SECONDS: u32 = 5;

/// The answer to a request that could not be done.
#[derive(Debug, Clone)]
pub struct WebError {
    pub status: StatusCode,
    /// For programs, for example `not_a_member`.
    pub code: &'static str,
    /// For people: what is wrong.
    pub message: String,
    /// For people: what to do now. May be empty.
    pub hint: String,
    /// A way on: the id of its text, and its address.
    pub link: Option<(&'static str, &'static str)>,
    /// Seconds after which it is worth trying again.
    pub retry_after: Option<NonZeroU32>,
    cause: Option<Arc<dyn Error + Send + Sync>>,
}

impl WebError {
    pub fn new(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), hint: String::new(), link: None, retry_after: None, cause: None }
    }

    /// What to do now, as a sentence.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }

    /// A way on: the id of what it is called, and its address.
    #[must_use]
    pub fn link(mut self, text: &'static str, href: &'static str) -> Self {
        self.link = Some((text, href));
        self
    }

    /// 400: the request cannot be understood.
    pub fn bad_request(message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "bad_request", message)
    }

    /// 401: nobody is signed in.
    pub fn unauthorized() -> Self {
        Self::new(StatusCode::UNAUTHORIZED, "not_signed_in", "you are not signed in")
            .hint("Sign in, or send an API token as `Authorization: Bearer …`.")
            .link("sign-in-title", "/sign-in")
    }

    /// 403: somebody is signed in and may not do this.
    pub fn forbidden(message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404; `message` is a whole sentence.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", message)
    }

    /// 409: valid, but not in the current state.
    pub fn conflict(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::CONFLICT, code, message)
    }

    /// 422: understood and refused.
    pub fn unprocessable(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code, message)
    }

    /// 503: try again in a moment.
    pub fn unavailable(message: impl Into<String>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, "busy", message).hint("Try again in a few seconds.")
    }

    /// A failure of the machine or the database: the answer says what it is and whether to retry; `cause` goes to the
    /// log only.
    fn of_fault(fault: Fault, cause: impl Error + Send + Sync + 'static) -> Self {
        let (status, code, hint) = match fault {
            Fault::Full => (
                StatusCode::INSUFFICIENT_STORAGE,
                "disk_full",
                "Nothing was stored. Send it again once there is room; tell your admin.",
            ),
            Fault::Busy => {
                (StatusCode::SERVICE_UNAVAILABLE, "busy", "Nothing was stored. Send it again in a few seconds.")
            }
            Fault::Unreachable | Fault::Clash => (
                StatusCode::SERVICE_UNAVAILABLE,
                "database_away",
                "Nothing was stored. Send it again in a few seconds.",
            ),
            Fault::ReadOnly => (StatusCode::SERVICE_UNAVAILABLE, "read_only", "Nothing was stored. Tell your admin."),
            Fault::Internal => return Self::internal(cause),
        };
        Self { cause: Some(Arc::new(cause)), ..Self::new(status, code, fault.words()).hint(hint) }
    }

    /// 404: a file that the database knows is missing in the data folder. `cause` goes to the log only.
    pub(in crate::web) fn file_gone(cause: impl Error + Send + Sync + 'static) -> Self {
        let error = Self::new(StatusCode::NOT_FOUND, "file_gone", "its file is missing in the data folder");
        Self { cause: Some(Arc::new(cause)), ..error.hint("Tell your admin: it has to come back from a backup.") }
    }

    /// 503: ONNX Runtime is missing. `cause` goes to the log only.
    fn no_runtime(cause: impl Error + Send + Sync + 'static) -> Self {
        let message = "ONNX Runtime is missing on the server, so no model can run";
        let error = Self::new(StatusCode::SERVICE_UNAVAILABLE, "no_runtime", message);
        Self { cause: Some(Arc::new(cause)), ..error.hint("Tell your admin; `querist doctor` says what to do.") }
    }

    /// 500: our fault. `cause` goes to the log only.
    pub fn internal(cause: impl Error + Send + Sync + 'static) -> Self {
        Self { cause: Some(Arc::new(cause)), ..Self::of_status(StatusCode::INTERNAL_SERVER_ERROR) }
    }

    /// For the framework's own responses.
    pub(super) fn of_status(status: StatusCode) -> Self {
        let (code, message, hint) = match status.as_u16() {
            403 => ("cross_site", "this request came from another site", "Reload the page and try again."),
            404 => ("not_found", "there is nothing at this address", "Check the address."),
            405 => ("method", "this address does not take this kind of request", ""),
            408 | 504 => ("timeout", "this took too long and was stopped", "Try again in a moment."),
            413 => ("too_large", "the request is too large", "Send less at once."),
            415 => ("media_type", "the request's content type is wrong", "Send `Content-Type: application/json`."),
            500 => {
                ("internal", "something went wrong on the server", "Nothing you did. Tell your admin the request id.")
            }
            _ => ("refused", "the request was refused", ""),
        };
        Self::new(status, code, message).hint(hint)
    }

    /// Translate it, if there is a text for it.
    fn speak(&mut self, language: Language) {
        if let Some((message, hint)) = refusals::by_code(language, self.code) {
            (self.message, self.hint) = (message, hint);
        }
    }

    /// The message in a language, for answers that tell several at once.
    pub fn said(mut self, language: Language) -> String {
        self.speak(language);
        self.message
    }

    /// The message as a sentence: errors are written lower case and without a full stop.
    fn sentence(&self) -> String {
        let mut letters = self.message.chars();
        let first = letters.next().into_iter().flat_map(char::to_uppercase);
        let mut text: String = first.chain(letters).collect();
        if !text.ends_with(['.', '?', '!', '。', '？']) {
            text.push('.');
        }
        text
    }
}

/// `option.or_not_found(|| …)?` in handlers.
pub trait OrNotFound<T> {
    /// 404 with the sentence from `what`, for example ``there is no sample `7` ``.
    fn or_not_found(self, what: impl FnOnce() -> String) -> Result<T, WebError>;
}

impl<T> OrNotFound<T> for Option<T> {
    fn or_not_found(self, what: impl FnOnce() -> String) -> Result<T, WebError> {
        self.ok_or_else(|| WebError::not_found(what()))
    }
}

impl From<StoreError> for WebError {
    fn from(error: StoreError) -> Self {
        Self::of_fault(error.fault(), error)
    }
}

impl From<askama::Error> for WebError {
    fn from(error: askama::Error) -> Self {
        Self::internal(error)
    }
}

impl From<CutShort> for WebError {
    fn from(error: CutShort) -> Self {
        Self::internal(error)
    }
}

impl From<ServiceError> for WebError {
    fn from(error: ServiceError) -> Self {
        let message = error.to_string();
        match error {
            ServiceError::NotFound { .. } => Self::not_found(message),
            ServiceError::Invalid(_) => Self::unprocessable("refused", message),
            ServiceError::Conflict(_) => Self::conflict("conflict", message),
            ServiceError::Busy(_) => Self::unavailable(message),
            ServiceError::Refused(refused) => refused.into(),
            ServiceError::Account(error) => (*error).into(),
            ServiceError::Encode(error) if error.lacks_runtime() => Self::no_runtime(error),
            // Requests name no files, so this is one that the database knows.
            ServiceError::Io(error) if error.kind() == std::io::ErrorKind::NotFound => Self::file_gone(error),
            other => Self::of_fault(other.fault(), other),
        }
    }
}

impl From<Refused> for WebError {
    fn from(refused: Refused) -> Self {
        let message = refused.to_string();
        match refused {
            Refused::UnknownSample(_) => {
                Self::not_found(message).hint("Ask for a lease, and answer the sample it names.")
            }
            Refused::LeaseLost(_) => {
                Self::conflict("lease_over", message).hint("Ask for a new lease; this answer was not stored.")
            }
            Refused::ForeignLease(_) => Self { code: "foreign_lease", ..Self::forbidden(message) },
            Refused::UnknownClass(_) => Self::unprocessable("unknown_class", message),
            Refused::RetiredClass(_) => {
                Self::unprocessable("retired_class", message).hint("Reload the page for the present classes.")
            }
            Refused::IdTaken(_) => Self::conflict("id_taken", message),
            Refused::UnknownAnnotation(_) => Self::not_found(message),
            Refused::ForeignAnnotation(_) => Self { code: "foreign_annotation", ..Self::forbidden(message) },
            Refused::Superseded(_) | Refused::Answered(_) | Refused::NothingTakenBack(_) => {
                Self::conflict("superseded", message)
            }
        }
    }
}

impl From<EncodersError> for WebError {
    fn from(error: EncodersError) -> Self {
        match error {
            EncodersError::Unknown(_) => Self::not_found(error.to_string()),
            EncodersError::Taken(_) | EncodersError::InUse(_) | EncodersError::NotTried => {
                Self::conflict("encoder", error.to_string())
            }
            EncodersError::Encode(error) if error.lacks_runtime() => Self::no_runtime(error),
            EncodersError::Name(_) | EncodersError::Encode(_) | EncodersError::Files => {
                Self::unprocessable("encoder", error.to_string())
            }
            EncodersError::Store(error) => error.into(),
            EncodersError::File(error) => Self::of_fault(Fault::of_io(&error), error),
            EncodersError::CutShort(error) => error.into(),
        }
    }
}

impl From<AccountError> for WebError {
    fn from(error: AccountError) -> Self {
        let (status, code) = match &error {
            AccountError::Store(cause) => return Self::of_fault(cause.fault(), error),
            AccountError::Randomness(_) | AccountError::CutShort(_) => return Self::internal(error),
            AccountError::Name(_) => (StatusCode::UNPROCESSABLE_ENTITY, "bad_name"),
            AccountError::RoleNeedsProject(_) => (StatusCode::UNPROCESSABLE_ENTITY, "role_needs_project"),
            AccountError::Password(_) => (StatusCode::UNPROCESSABLE_ENTITY, "weak_password"),
            AccountError::TokenDays => (StatusCode::UNPROCESSABLE_ENTITY, "bad_days"),
            AccountError::Taken(_) => (StatusCode::CONFLICT, "name_taken"),
            AccountError::HasRole { .. } => (StatusCode::CONFLICT, "has_role"),
            AccountError::Busy => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
            AccountError::Yourself | AccountError::LastAdmin(_) => (StatusCode::CONFLICT, "last_admin"),
            AccountError::Anonymous => (StatusCode::CONFLICT, "anonymous"),
            AccountError::NoAccount(_)
            | AccountError::NoProject(_)
            | AccountError::NoToken
            | AccountError::NoSession => (StatusCode::NOT_FOUND, "not_found"),
            AccountError::WrongPassword => (StatusCode::UNPROCESSABLE_ENTITY, "wrong_password"),
            AccountError::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts"),
            AccountError::LinkUnknown => (StatusCode::NOT_FOUND, "link_unknown"),
            AccountError::LinkUsed | AccountError::LinkExpired => (StatusCode::GONE, "link_over"),
            AccountError::Disabled => (StatusCode::FORBIDDEN, "account_disabled"),
        };
        let retry_after = match error {
            AccountError::TooMany(seconds) => Some(seconds),
            AccountError::Busy => Some(BUSY_SECONDS),
            _ => None,
        };
        let retry_after = retry_after.and_then(|seconds| NonZeroU32::new(u32::try_from(seconds).ok()?));
        Self { retry_after, ..Self::new(status, code, error.to_string()) }
    }
}

impl IntoResponse for WebError {
    /// Only the status; [`render`] writes the body once it knows who asks.
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

#[derive(Template)]
#[template(path = "error.html", blocks = ["problem"])]
struct ErrorPage {
    shell: Shell,
    status: u16,
    message: String,
    hint: String,
    link: Option<(&'static str, &'static str)>,
    /// Shown with server errors only.
    request_id: Option<String>,
}

/// Layer: give every error the form its reader understands, and log the unexpected ones.
pub async fn render(State(app): State<App>, request: Request, next: Next) -> Response {
    // Programs read these; everything else is a page.
    let path = request.uri().path();
    let api = path.starts_with("/api/") || path == "/metrics";
    let hx = Hx::of(request.headers());
    let look = Appearance::of(request.headers());
    // Programs read English; the desk is a page that reads what programs read.
    let program = path == "/metrics" || request.headers().contains_key(AUTHORIZATION);
    let language = if program { Language::default() } else { look.language };
    let request_id = request.headers().get("x-request-id").and_then(|id| id.to_str().ok()).map(str::to_owned);
    let method = request.method().clone();
    let here = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    // Needed for pages only; the desk's answers pass through here too.
    let headers = if api { HeaderMap::new() } else { request.headers().clone() };
    let origin = request.extensions().get::<RequestOrigin>().cloned();

    let response = next.run(request).await;
    let Some(mut error) = error_in(&response) else { return response };
    if let Some(cause) = &error.cause {
        tracing::error!(request.id = request_id.as_deref(), error = causes::line(cause.as_ref()), "request failed");
    }
    error.speak(language);
    let (mut parts, _) = response.into_parts();
    parts.headers.remove(CONTENT_TYPE);
    parts.headers.remove("content-length");
    if [503, 507, 429].contains(&error.status.as_u16()) {
        let seconds = error.retry_after.map_or(RETRY_SECONDS, NonZeroU32::get);
        parts.headers.entry(RETRY_AFTER).or_insert(HeaderValue::from(seconds));
    }
    let request_id = request_id.filter(|_| error.status.is_server_error());
    let body = if api {
        if error.status == StatusCode::UNAUTHORIZED {
            parts.headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        let hint = match &request_id {
            Some(id) => format!("{} {}: {id}.", error.hint, language.say("request-id")),
            None => error.hint,
        };
        let body = serde_json::json!({ "code": error.code, "message": error.message, "hint": hint });
        Json(serde_json::json!({ "error": body })).into_response()
    } else if error.status == StatusCode::UNAUTHORIZED && !hx.partial() {
        let back = if method == Method::GET { here } else { "/".to_owned() };
        return going::to(&format!("/sign-in?next={}", percent_encode(&back))).into_response();
    } else {
        let message = quoted(&error.sentence());
        let title = message.trim_end_matches(['.', '。']);
        let page = ErrorPage {
            shell: if error.status.is_server_error() {
                // A retry now would only wait for what has just failed.
                Shell::bare(title, look)
            } else {
                shell(&app, (headers, origin), &here, title, look).await
            },
            status: error.status.as_u16(),
            message,
            hint: quoted(&error.hint),
            link: error.link,
            request_id,
        };
        let text = if hx.partial() { page.as_problem().render() } else { page.render() };
        // The template has no filter that can fail; if it ever fails, the status is still right.
        Html(text.unwrap_or_default()).into_response()
    };
    let (made, body): (_, Body) = body.into_parts();
    parts.headers.extend(made.headers);
    Response::from_parts(parts, body)
}

/// A sentence as a page shows it: backticks become quotation marks.
fn quoted(text: &str) -> String {
    let mut opened = false;
    let mark = |c: char| match c {
        '`' => {
            opened = !opened;
            if opened { '“' } else { '”' }
        }
        other => other,
    };
    text.chars().map(mark).collect()
}

/// The frame of an error page: that of the project where it happened, with a way to everything else, as far as the reader may see it.
async fn shell(
    app: &App,
    (headers, origin): (HeaderMap, Option<RequestOrigin>),
    here: &str,
    title: &str,
    look: Appearance,
) -> Shell {
    let (mut parts, ()) = axum::http::Request::new(()).into_parts();
    parts.headers = headers;
    if let Some(origin) = origin {
        parts.extensions.insert(origin);
    }
    let Ok(account) = CurrentAccount::from_request_parts(&mut parts, app).await else {
        return Shell::bare(title, look);
    };
    let project = here.strip_prefix("/p/").map(|rest| rest.split(['/', '?']).next().unwrap_or_default());
    match project {
        Some(slug) => match Member::of(app, account.clone(), slug).await {
            Ok(member) => Shell::page(&member, title, None),
            Err(_) => Shell::account(title, &account),
        },
        None => Shell::account(title, &account),
    }
}

/// The error in a response: ours, or one that the framework answered with plain text or nothing.
fn error_in(response: &Response) -> Option<WebError> {
    let status = response.status();
    if let Some(error) = response.extensions().get::<WebError>() {
        return Some(error.clone());
    }
    let ours = response.headers().get(CONTENT_TYPE).is_some_and(|kind| !kind.as_bytes().starts_with(b"text/plain"));
    ((status.is_client_error() || status.is_server_error()) && !ours).then(|| WebError::of_status(status))
}

/// Characters kept as they are in a query value: RFC 3986's unreserved ones, and slashes for readability.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~').remove(b'/');

/// A path and query as one query value.
pub fn percent_encode(text: &str) -> String {
    utf8_percent_encode(text, PLAIN).to_string()
}
