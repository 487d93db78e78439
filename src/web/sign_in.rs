//! Signing in by password or one-time link, and signing out.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use super::error::WebError;
use super::extract::{Address, Form, Path, Query, Visitor};
use super::page;
use super::session::{self, Theme};
use super::shell::Shell;
use crate::app::App;
use crate::service::accounts::{self, AccountError, Invitation};

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    next: String,
    name: String,
    problem: Option<String>,
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
    headers: HeaderMap,
    Query(NextQuery { next }): Query<NextQuery>,
) -> Result<Response, WebError> {
    if visitor.0.is_some() {
        return Ok(Redirect::to(local(&next)).into_response());
    }
    let shell = Shell::bare("Sign in", Theme::of(&headers));
    page(&SignInPage { shell, next, name: String::new(), problem: None })
}

/// `POST /sign-in`
pub async fn create(
    State(app): State<App>,
    Address(address): Address,
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<SignInForm>,
) -> Result<Response, WebError> {
    match accounts::sign_in(&app, &form.name, &form.password, &address).await {
        Ok(secret) => {
            let jar = jar.add(session::open(&headers, &secret));
            Ok((jar, Redirect::to(local(&form.next))).into_response())
        }
        Err(error @ (AccountError::WrongPassword | AccountError::TooMany(_))) => {
            let status = match error {
                AccountError::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            let view = SignInPage {
                shell: Shell::bare("Sign in", Theme::of(&headers)),
                next: form.next,
                name: form.name,
                problem: Some(sentence(&error)),
            };
            Ok((status, page(&view)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /sign-out`
pub async fn delete(
    State(app): State<App>,
    visitor: Visitor,
    headers: HeaderMap,
    jar: CookieJar,
) -> Result<Response, WebError> {
    if let Some(account) = visitor.0 {
        accounts::sign_out(&app, &account).await?;
    }
    Ok((jar.add(session::close(&headers)), Redirect::to("/sign-in")).into_response())
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
    let invitation = accounts::read_link(&app, &secret).await.map_err(over)?;
    let shell = Shell::bare(format!("Welcome, {}", invitation.name), Theme::of(&headers));
    page(&LinkPage { shell, secret, invitation, problem: None })
}

/// `POST /link/{secret}`
pub async fn use_link(
    State(app): State<App>,
    headers: HeaderMap,
    jar: CookieJar,
    Path(secret): Path<String>,
    Form(form): Form<LinkForm>,
) -> Result<Response, WebError> {
    let password = (!form.password.is_empty() || !form.again.is_empty()).then_some(form.password.as_str());
    let problem = if password.is_some_and(|password| password != form.again) {
        "The two passwords differ; type them again.".to_owned()
    } else {
        match accounts::use_link(&app, &secret, password).await {
            Ok(session) => return Ok((jar.add(session::open(&headers, &session)), Redirect::to("/")).into_response()),
            Err(error @ AccountError::Password(_)) => sentence(&error),
            Err(error) => return Err(over(error)),
        }
    };
    let invitation = accounts::read_link(&app, &secret).await.map_err(over)?;
    let shell = Shell::bare(format!("Welcome, {}", invitation.name), Theme::of(&headers));
    let view = LinkPage { shell, secret, invitation, problem: Some(problem) };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)?).into_response())
}

fn over(error: AccountError) -> WebError {
    WebError::from(error).hint("Links work once and for a day.").link("Sign in with a password", "/sign-in")
}

/// Only addresses on this server: `//host` and `/\host` would lead elsewhere.
fn local(next: &str) -> &str {
    let inside = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && next.is_ascii();
    if inside { next } else { "/" }
}

/// An error's text as a sentence on a page.
pub(super) fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    letters.next().into_iter().flat_map(char::to_uppercase).chain(letters).chain(['.']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_never_leads_to_another_site() {
        for bad in ["https://evil.example", "//evil.example", "/\\evil.example", "", "x", "/a\nb", "/\u{e4}"] {
            assert_eq!(local(bad), "/", "{bad:?}");
        }
        assert_eq!(local("/p/birds/label?sample=3"), "/p/birds/label?sample=3");
    }
}
