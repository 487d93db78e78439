//! Signing in by password or one-time link, and signing out.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::header::{RETRY_AFTER, USER_AGENT};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::service::App;
use crate::service::people::accounts::{self, AccountError, BUSY_SECONDS, Invitation};
use crate::service::people::secrets::Secret;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Path, Query, Visitor};
use crate::web::frame::going;
use crate::web::frame::language::Language;
use crate::web::frame::origin::RequestOrigin;
use crate::web::frame::session::{self, Appearance};
use crate::web::frame::shell::Shell;
use crate::web::frame::words;
use crate::web::page;
use crate::web::pages::provider::ProviderAtDoor;

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    name: String,
    problem: Option<String>,
    /// Whom a proxy names, where they may make an account.
    newcomer: Option<String>,
    /// Where else people may sign in.
    provider: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NextQuery {
    #[serde(default)]
    next: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignInForm {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /sign-in`
pub async fn show(
    visitor: Visitor,
    Extension(provider): Extension<ProviderAtDoor>,
    origin: RequestOrigin,
    headers: HeaderMap,
    Query(NextQuery { next }): Query<NextQuery>,
) -> Result<Response, WebError> {
    if visitor.0.is_some() {
        return Ok(going::to(&next).into_response());
    }
    let look = Appearance::of(&headers);
    let shell = Shell::bare(look.language.say("sign-in-title"), look);
    let (problem, newcomer) = match origin.said {
        Some(said) if said.creates.is_some() => (None, Some(said.name)),
        Some(said) => (Some(look.language.say("sign-in-no-account").with("name", said.name).into()), None),
        None => (None, None),
    };
    let provider = provider.name().map(str::to_owned);
    page(&SignInPage { shell, next, name: String::new(), problem, newcomer, provider })
}

/// Where somebody goes who has just got an account.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JoinForm {
    #[serde(default)]
    next: String,
}

/// `POST /sign-in/proxy`: an account for somebody whom a trusted proxy names, where the server makes one.
pub async fn join(
    State(app): State<App>,
    origin: RequestOrigin,
    headers: HeaderMap,
    Form(form): Form<JoinForm>,
) -> Result<Response, WebError> {
    let look = Appearance::of(&headers);
    let said = origin.said.and_then(|said| Some((said.name, said.creates?)));
    let Some((name, (role, slug))) = said else { return Err(WebError::unauthorized()) };
    match accounts::join(&app, &name, role, &slug).await {
        Ok(_) => Ok(going::to(&form.next).into_response()),
        Err(error @ (AccountError::Name(_) | AccountError::NoProject(_) | AccountError::Disabled)) => {
            let shell = Shell::bare(look.language.say("sign-in-title"), look);
            let problem = Some(words::account(look.language, &error));
            let view =
                SignInPage { shell, next: form.next, name: String::new(), problem, newcomer: None, provider: None };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-in`
pub async fn create(
    State(app): State<App>,
    Extension(provider): Extension<ProviderAtDoor>,
    origin: RequestOrigin,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Result<Response, WebError> {
    match accounts::sign_in(&app, &form.name, &form.password, &origin.address).await {
        Ok(secret) => {
            Ok((signed_in(&app, &origin, &headers, jar, &secret).await?, going::to(&form.next)).into_response())
        }
        Err(error @ (AccountError::WrongPassword | AccountError::TooMany(_) | AccountError::Busy)) => {
            let (status, wait) = match error {
                AccountError::TooMany(seconds) => (StatusCode::TOO_MANY_REQUESTS, Some(seconds)),
                AccountError::Busy => (StatusCode::SERVICE_UNAVAILABLE, Some(BUSY_SECONDS)),
                _ => (StatusCode::UNPROCESSABLE_ENTITY, None),
            };
            let look = Appearance::of(&headers);
            let view = SignInPage {
                shell: Shell::bare(look.language.say("sign-in-title"), look),
                next: form.next,
                name: form.name,
                problem: Some(words::account(look.language, &error)),
                newcomer: None,
                provider: provider.name().map(str::to_owned),
            };
            let mut response = (status, page(&view)?).into_response();
            if let Some(seconds) = wait {
                response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            }
            Ok(response)
        }
        Err(error) => Err(error.into()),
    }
}

/// The cookie of a new session, in place of the one that the browser had: that session ends.
async fn signed_in(
    app: &App,
    origin: &RequestOrigin,
    headers: &HeaderMap,
    jar: CookieJar,
    secret: &Secret,
) -> Result<CookieJar, WebError> {
    if let Some(before) = session::session_secret(headers) {
        accounts::end_session(app, &before).await?;
    }
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    accounts::describe_session(app, secret, agent, &origin.address).await?;
    Ok(jar.add(session::open(origin, secret)))
}

/// `POST /sign-out`
pub async fn delete(
    State(app): State<App>,
    visitor: Visitor,
    origin: RequestOrigin,
    jar: CookieJar,
) -> Result<Response, WebError> {
    if let Some(account) = visitor.0 {
        accounts::sign_out(&app, &account).await?;
    }
    Ok((jar.add(session::close(&origin)), going::to("/sign-in")).into_response())
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    shell: Shell,
    secret: String,
    invitation: Invitation,
    problem: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkForm {
    #[serde(default)]
    password: String,
    #[serde(default)]
    again: String,
}

/// `GET /link/{secret}`: only shows what the link is for, so that a preview in a chat does not use it up.
pub async fn show_link(
    State(app): State<App>,
    headers: HeaderMap,
    Path(secret): Path<String>,
) -> Result<Response, WebError> {
    let look = Appearance::of(&headers);
    let invitation = accounts::read_link(&app, &secret).await.map_err(|error| over(look.language, error))?;
    let shell = Shell::bare(look.language.say("link-welcome").with("name", &invitation.name), look);
    page(&LinkPage { shell, secret, invitation, problem: None })
}

/// `POST /link/{secret}`
pub async fn use_link(
    State(app): State<App>,
    origin: RequestOrigin,
    headers: HeaderMap,
    jar: CookieJar,
    Path(secret): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, WebError> {
    let look = Appearance::of(&headers);
    let password = (!form.password.is_empty() || !form.again.is_empty()).then_some(form.password.as_str());
    let problem = if password.is_some_and(|password| password != form.again) {
        look.language.say("link-passwords-differ").into()
    } else {
        match accounts::use_link(&app, &secret, password).await {
            Ok(session) => {
                let jar = signed_in(&app, &origin, &headers, jar, &session).await?;
                return Ok((jar, going::to("/")).into_response());
            }
            Err(error @ (AccountError::Password(_) | AccountError::Busy)) => words::account(look.language, &error),
            Err(error) => return Err(over(look.language, error)),
        }
    };
    let invitation = accounts::read_link(&app, &secret).await.map_err(|error| over(look.language, error))?;
    let shell = Shell::bare(look.language.say("link-welcome").with("name", &invitation.name), look);
    let view = LinkPage { shell, secret, invitation, problem: Some(problem) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)?).into_response())
}

fn over(language: Language, error: AccountError) -> WebError {
    WebError::from(error).hint(language.say("link-hint")).link("link-with-password", "/sign-in")
}
