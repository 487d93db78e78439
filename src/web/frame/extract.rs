//! Extractors: who asks, for which project, and with what data, each with a readable rejection.
//!
//! **Invariant:** somebody who is not a member learns nothing about a project, not even that it exists; an archived project is only
//! looked at.

use std::ops::Deref;
use std::sync::Arc;

use axum::extract::rejection::{FormRejection, JsonRejection};
use axum::extract::{FromRequest, FromRequestParts, MatchedPath, Multipart, RawPathParams, Request};
use axum::http::StatusCode;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::domain::project::check_slug;
use crate::domain::{Project, Role};
use crate::service::App;
use crate::service::people::known::{Credential, Identity};
use crate::service::people::recognition;
use crate::web::frame::acts;
use crate::web::frame::error::WebError;
use crate::web::frame::language::Language;
use crate::web::frame::origin::{RequestOrigin, SaidUser};
use crate::web::frame::session::{self, Appearance};

/// The person who asks, by session cookie, `Authorization: Bearer` or a trusted proxy's word; 401 for nobody.
#[derive(Debug, Clone)]
pub struct CurrentAccount {
    pub who: Arc<Identity>,
    pub look: Appearance,
}

impl Deref for CurrentAccount {
    type Target = Identity;

    fn deref(&self) -> &Identity {
        &self.who
    }
}

impl CurrentAccount {
    /// This person's language.
    pub fn language(&self) -> Language {
        self.look.language
    }

    /// 403 unless admin of the whole server.
    pub fn require_admin(&self) -> Result<(), WebError> {
        if self.admin { Ok(()) } else { Err(WebError::forbidden("only an admin of the server may do this")) }
    }

    /// 403 for API tokens: a leaked token must not be able to create more tokens.
    pub fn require_session(&self) -> Result<(), WebError> {
        match self.credential {
            Credential::Session(_) | Credential::Proxy => Ok(()),
            Credential::Token(_) => Err(WebError::forbidden("this needs a person signed in with a browser")),
        }
    }
}

impl FromRequestParts<App> for CurrentAccount {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let mut look = Appearance::of(&parts.headers);
        let who = match parts.headers.get(AUTHORIZATION) {
            // If a token is sent, only the token counts; an invalid one does not fall back to the cookie.
            Some(header) => {
                // Programs read English, whatever the machine that they run on prefers.
                look.language = Language::default();
                let token = header.to_str().ok().and_then(|text| text.split_once(' '));
                match token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")) {
                    Some((_, token)) => recognition::by_token(app, token.trim()).await?,
                    None => None,
                }
            }
            None => match (said(parts), session::session_secret(&parts.headers)) {
                // Whom the proxy names is who asks: a session that the browser still has may be somebody else's.
                (Some(said), _) => recognition::by_proxy(app, &said.name).await?,
                (None, Some(secret)) => recognition::by_session(app, &secret).await?,
                (None, None) => None,
            },
        };
        let who = who.ok_or_else(WebError::unauthorized)?;
        let needed = acts::scope_of(&parts.method, parts.extensions.get::<MatchedPath>());
        if who.scope < needed {
            let message = format!("this token may only {}; this needs the scope {needed}", who.scope);
            return Err(WebError::forbidden(message).hint("Make a token with that scope on the account page."));
        }
        Ok(Self { who, look })
    }
}

/// Whom a trusted proxy names. Without the layer that knows where a request comes from, nobody.
fn said(parts: &Parts) -> Option<&SaidUser> {
    parts.extensions.get::<RequestOrigin>()?.said.as_ref()
}

/// The same, or nobody: for public pages.
#[derive(Debug, Clone)]
pub struct Visitor(pub Option<CurrentAccount>);

impl FromRequestParts<App> for Visitor {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        match CurrentAccount::from_request_parts(parts, app).await {
            Ok(account) => Ok(Self(Some(account))),
            Err(error) if error.status == StatusCode::UNAUTHORIZED => Ok(Self(None)),
            Err(error) => Err(error),
        }
    }
}

/// The person who asks, the project in the path's `{slug}`, and the role there.
#[derive(Debug, Clone)]
pub struct Member {
    pub account: CurrentAccount,
    /// At most five seconds old; see `service::live`.
    pub project: Arc<Project>,
    pub role: Role,
}

impl Member {
    /// This person's language.
    pub fn language(&self) -> Language {
        self.account.language()
    }

    /// The project as stored: pages after a change must not show the one before.
    pub async fn fresh(&self, app: &App) -> Result<Project, WebError> {
        Ok(app.store.project(self.project.id).await?.unwrap_or_else(|| (*self.project).clone()))
    }

    /// 403 when the role is less than `least`.
    pub fn require(&self, least: Role) -> Result<(), WebError> {
        if self.role >= least {
            return Ok(());
        }
        let message = format!("this needs the role {least} in `{}`; yours is {}", self.project.slug, self.role);
        Err(WebError::forbidden(message).hint("Ask an admin of the project."))
    }
}

impl FromRequestParts<App> for Member {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, WebError> {
        let account = CurrentAccount::from_request_parts(parts, app).await?;
        let params = RawPathParams::from_request_parts(parts, app)
            .await
            .map_err(|_| WebError::not_found("there is nothing at this address"))?;
        let slug = params.iter().find(|(name, _)| *name == "slug").map(|(_, slug)| slug.to_owned()).unwrap_or_default();
        let member = Self::of(app, account, &slug).await?;
        if member.project.archived_us.is_some()
            && acts::changes_project(&parts.method, parts.extensions.get::<MatchedPath>())
        {
            return Err(WebError::conflict("archived", format!("project `{slug}` is archived and takes no changes"))
                .hint("An admin of the project can bring it back.")
                .link("archive-projects", "/archive"));
        }
        Ok(member)
    }
}

impl Member {
    /// The account as a member of a project; 404 if it is not one.
    pub(super) async fn of(app: &App, account: CurrentAccount, slug: &str) -> Result<Self, WebError> {
        let absent = || {
            WebError::new(StatusCode::NOT_FOUND, "no_project", format!("there is no project `{slug}` that you may see"))
                .hint("Check the address, or ask an admin to add you.")
                .link("error-your-projects", "/")
        };
        check_slug(slug).map_err(|_| absent())?;
        let project = recognition::project(app, slug).await?.ok_or_else(absent)?;
        let role = account.role_in(project.id).ok_or_else(absent)?;
        Ok(Self { account, project, role })
    }
}

/// The client's address, for counting wrong passwords.
#[derive(Debug, Clone)]
pub struct ClientAddress(pub String);

impl<S: Send + Sync> FromRequestParts<S> for ClientAddress {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Self::Rejection> {
        RequestOrigin::from_request_parts(parts, &()).await.map(|origin| Self(origin.address))
    }
}

/// A JSON body, and a JSON answer. Types that are read this way deny unknown fields, see `tests/it/layers.rs`.
#[derive(Debug, Clone, Copy)]
pub struct Json<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Json<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(value)) => Ok(Self(value)),
            Err(JsonRejection::JsonDataError(error)) => Err(refused("bad_field", &error.body_text())),
            Err(JsonRejection::JsonSyntaxError(error)) => Err(WebError::new(
                StatusCode::BAD_REQUEST,
                "bad_json",
                format!("the body is not JSON: {}", inner(&error.body_text())),
            )),
            Err(JsonRejection::MissingJsonContentType(_)) => Err(WebError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "the body must be sent with `Content-Type: application/json`",
            )
            .hint("Send JSON and say so in the header.")),
            Err(other) => Err(other_body(other.status(), &other.body_text())),
        }
    }
}

impl<T: Serialize> IntoResponse for Json<T> {
    fn into_response(self) -> Response {
        axum::Json(self.0).into_response()
    }
}

/// A form's fields.
#[derive(Debug, Clone, Copy)]
pub struct Form<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Form<T> {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        match axum::Form::from_request(request, state).await {
            Ok(axum::Form(value)) => Ok(Self(value)),
            Err(FormRejection::FailedToDeserializeForm(error)) => Err(refused("bad_field", &error.body_text())),
            Err(FormRejection::FailedToDeserializeFormBody(error)) => Err(refused("bad_field", &error.body_text())),
            Err(FormRejection::InvalidFormContentType(_)) => Err(WebError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media_type",
                "the form must be sent with `Content-Type: application/x-www-form-urlencoded`",
            )
            .hint("Programs use the API, which takes JSON: see /api/v1/openapi.json.")),
            Err(other) => Err(other_body(other.status(), &other.body_text())),
        }
    }
}

/// The parts of a multipart body: files, as a browser or `curl -F` sends them.
pub struct UploadedParts(pub Multipart);

impl<S: Send + Sync> FromRequest<S> for UploadedParts {
    type Rejection = WebError;

    async fn from_request(request: Request, state: &S) -> Result<Self, WebError> {
        Multipart::from_request(request, state).await.map(Self).map_err(|_| {
            WebError::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "no_parts",
                "this takes files, so it must be sent as `multipart/form-data`",
            )
            .hint("Send each file as a part named `files` with its file name: curl -F files=@pictures.zip -F labels=folder.")
        })
    }
}

/// The address's query; unknown parameters are refused like unknown fields.
#[derive(Debug, Clone, Copy)]
pub struct Query<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequestParts<S> for Query<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(error) => Err(refused("bad_parameter", &error.body_text())),
        }
    }
}

/// The path's parameters. Invalid ones match nothing: 404.
#[derive(Debug, Clone, Copy)]
pub struct Path<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Send> FromRequestParts<S> for Path<T> {
    type Rejection = WebError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, WebError> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(error) => {
                Err(WebError::not_found("there is nothing at this address").hint(inner(&error.body_text()).to_owned()))
            }
        }
    }
}

fn refused(code: &'static str, text: &str) -> WebError {
    WebError::unprocessable(code, inner(text)).hint("Check the names and types of what was sent.")
}

fn other_body(status: StatusCode, text: &str) -> WebError {
    match status {
        StatusCode::PAYLOAD_TOO_LARGE => {
            WebError::new(status, "too_large", "the request is too large").hint("Send less at once.")
        }
        status => WebError::new(status, "bad_request", inner(text)),
    }
}

/// The part of the framework's message after its own words: ``unknown field `x`, expected `y` ``.
fn inner(text: &str) -> &str {
    text.split_once(": ").map_or(text, |(_, rest)| rest)
}
