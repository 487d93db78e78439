//! Signing in and out at an `OpenID` Connect provider.
//!
//! **Invariant:** what the browser brings back is only shown a form; the form writes, so a `GET` never does. The ticket is in a cookie of
//! this browser, so a code that somebody else sends signs nobody in.

use std::sync::Arc;

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use serde::Deserialize;

use crate::service::App;
use crate::service::people::accounts;
use crate::service::people::oidc::{Oidc, OidcError, Ticket, admitting};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Query, Visitor};
use crate::web::frame::going;
use crate::web::frame::origin::RequestOrigin;
use crate::web::frame::session::{self, Appearance};
use crate::web::frame::shell::Shell;
use crate::web::page;

/// Holds the ticket while the browser is at the provider, then where it goes, then whether an account is connected.
const TICKET_COOKIE: &str = "querist_provider";
/// How long somebody may take there, in minutes.
const MINUTES: i64 = 15;
/// Where the provider sends browsers back to.
pub const BACK: &str = "/sign-in/provider/back";

/// The provider of this server, if it has one.
#[derive(Debug, Clone, Default)]
pub struct ProviderAtDoor(pub Option<Arc<Oidc>>);

impl ProviderAtDoor {
    /// What its button says.
    pub fn name(&self) -> Option<&str> {
        self.0.as_ref().map(|oidc| oidc.settings.name.as_str())
    }

    fn oidc(&self) -> Result<&Oidc, WebError> {
        self.0.as_deref().ok_or_else(|| WebError::not_found("this server has no sign-in provider"))
    }
}

/// Where to go afterwards, and whether the provider's person is connected to the account that is signed in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DepartQuery {
    #[serde(default)]
    next: String,
    #[serde(default)]
    connect: bool,
}

/// `GET /sign-in/provider`: to the provider.
pub async fn depart(
    State(app): State<App>,
    Extension(provider): Extension<ProviderAtDoor>,
    origin: RequestOrigin,
    jar: CookieJar,
    Query(query): Query<DepartQuery>,
) -> Result<Response, WebError> {
    let departure = provider.oidc()?.depart(&app, &origin.link(BACK)).await?;
    let kept = format!("{} {} {}", departure.ticket.text(), u8::from(query.connect), going::local_path(&query.next));
    Ok((jar.add(ticket_cookie(&origin, kept, MINUTES)), going::away(&departure.url)).into_response())
}

fn ticket_cookie(origin: &RequestOrigin, text: String, minutes: i64) -> Cookie<'static> {
    let text = base64::Engine::encode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text);
    Cookie::build((TICKET_COOKIE, text))
        .path("/sign-in/provider")
        .http_only(true)
        .same_site(SameSite::Lax)
        .secure(origin.https)
        .max_age(time::Duration::minutes(minutes))
        .build()
}

/// Ticket, whether to connect, and where to go.
fn ticket(jar: &CookieJar) -> Option<(Ticket, bool, String)> {
    let text = jar.get(TICKET_COOKIE)?.value();
    let text = base64::Engine::decode(&base64::engine::general_purpose::URL_SAFE_NO_PAD, text).ok()?;
    let text = String::from_utf8(text).ok()?;
    let mut parts = text.splitn(3, ' ');
    Some((Ticket::read(parts.next()?)?, parts.next()? == "1", parts.next()?.to_owned()))
}

#[derive(Template)]
#[template(path = "provider.html")]
struct BackPage {
    shell: Shell,
    name: String,
    code: String,
    state: String,
}

/// `GET /sign-in/provider/back`: what the provider sent along goes on as a form.
pub async fn back(
    Extension(provider): Extension<ProviderAtDoor>,
    headers: HeaderMap,
    Query(fields): Query<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    let name = provider.oidc()?.settings.name.clone();
    // Providers add fields of their own.
    let field = |wanted: &str| fields.iter().find(|(name, _)| name == wanted).map(|(_, value)| value.clone());
    let look = Appearance::of(&headers);
    match (field("code"), field("state")) {
        (Some(code), Some(state)) => {
            let shell = Shell::bare(look.language.say("sign-in-title"), look);
            page(&BackPage { shell, name, code, state })
        }
        _ => Err(WebError::new(StatusCode::FORBIDDEN, "provider_refused", "the sign-in provider did not let you in")
            .link("sign-in-again", "/sign-in")),
    }
}

/// What the provider sent along.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArrivalForm {
    code: String,
    state: String,
}

/// `POST /sign-in/provider/back`
pub async fn arrive(
    State(app): State<App>,
    Extension(provider): Extension<ProviderAtDoor>,
    visitor: Visitor,
    origin: RequestOrigin,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<ArrivalForm>,
) -> Result<Response, WebError> {
    let oidc = provider.oidc()?;
    let (ticket, connect, next) = ticket(&jar).ok_or(OidcError::Stale)?;
    let claims = oidc.arrive(&app, &ticket, (&form.code, &form.state), &origin.link(BACK)).await?;
    let me = match (connect, visitor.0) {
        (true, Some(me)) => Some(me.id),
        (true, None) => return Err(WebError::unauthorized()),
        (false, _) => None,
    };
    let account = admitting::admit(&app, oidc, &claims, me).await?;
    if let Some(before) = session::session_secret(&headers) {
        accounts::end_session(&app, &before).await?;
    }
    let secret = accounts::open_session(&app, account).await?;
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    accounts::describe_session(&app, &secret, agent, &origin.address).await?;
    // A ticket is good once.
    let jar = jar.add(ticket_cookie(&origin, String::new(), 0)).add(session::open(&origin, &secret));
    Ok((jar, going::to(&next)).into_response())
}

/// `GET /sign-out/provider`: to where the provider ends its own session.
pub async fn leave(
    State(app): State<App>,
    Extension(provider): Extension<ProviderAtDoor>,
    origin: RequestOrigin,
) -> Result<Response, WebError> {
    let place = provider.oidc()?.leave(&app, &origin.link("/sign-in")).await?;
    Ok(place.map_or_else(|| going::to("/sign-in"), |url| going::away(&url)).into_response())
}

impl From<OidcError> for WebError {
    fn from(error: OidcError) -> Self {
        let (status, code) = match error {
            OidcError::Account(error) => return error.into(),
            OidcError::Store(error) => return error.into(),
            OidcError::CutShort(_) | OidcError::Randomness(_) => return Self::internal(error),
            OidcError::Unreachable(_) | OidcError::Provider(_) | OidcError::Token(_) => {
                tracing::warn!(error = crate::causes::line(&error), "signing in at the provider failed");
                (StatusCode::BAD_GATEWAY, "provider_failed")
            }
            OidcError::Stale => (StatusCode::UNPROCESSABLE_ENTITY, "sign_in_stale"),
            OidcError::NoAccount(_) => (StatusCode::FORBIDDEN, "no_account_here"),
            OidcError::Taken(_) => (StatusCode::CONFLICT, "connect_first"),
            OidcError::Elsewhere => (StatusCode::CONFLICT, "connected_elsewhere"),
        };
        Self::new(status, code, error.to_string()).link("sign-in-again", "/sign-in")
    }
}
