//! Your own account: password, API tokens, sessions, theme, language.

use askama::Template;
use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use serde::Deserialize;

use crate::domain::TokenScope;
use crate::service::App;
use crate::service::people::accounts::{self, AccountError};
use crate::service::people::known::Credential;
use crate::service::people::secrets::MIN_PASSWORD;
use crate::store::accounts::SessionRow;
use crate::store::tokens::TokenRow;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{ClientAddress, CurrentAccount, Form, Path};
use crate::web::frame::language::Language;
use crate::web::frame::session::Theme;
use crate::web::frame::shell::Shell;
use crate::web::frame::words;
use crate::web::frame::{agent, filters, going, names};
use crate::web::page;
use crate::web::pages::provider::ProviderAtDoor;

/// What a token may do, as offered on the page.
const SCOPES: [TokenScope; 3] = [TokenScope::Manage, TokenScope::Label, TokenScope::Read];
/// Token lifetimes offered on the page, in days.
const TOKEN_DAYS: [i64; 3] = [30, 90, 365];

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    account: CurrentAccount,
    tokens: Vec<TokenRow>,
    /// Live sessions, and whether each is the current one.
    sessions: Vec<(SessionRow, bool)>,
    note: Note,
    /// Where people may sign in instead of here.
    provider: Option<String>,
    /// Whether this account is connected to somebody there.
    connected: bool,
}

/// The page's notice about the request that led to it.
#[derive(Default)]
struct Note {
    done: Option<String>,
    password_problem: Option<String>,
    token_problem: Option<String>,
    /// A token just made: shown now and never again.
    new_token: Option<String>,
}

/// `GET /account`
pub async fn show(
    State(app): State<App>,
    Extension(provider): Extension<ProviderAtDoor>,
    account: CurrentAccount,
) -> Result<Response, WebError> {
    let connected = match &provider.0 {
        Some(oidc) => {
            let known = app.store.identities_of(account.id).await?;
            known.iter().any(|one| one.issuer == oidc.settings.issuer.as_str())
        }
        None => false,
    };
    let view = gather(&app, account, Note::default()).await?;
    page(&AccountPage { provider: provider.name().map(str::to_owned), connected, ..view })
}

async fn view(app: &App, account: CurrentAccount, note: Note) -> Result<Response, WebError> {
    page(&gather(app, account, note).await?)
}

async fn gather(app: &App, account: CurrentAccount, note: Note) -> Result<AccountPage, WebError> {
    account.require_session()?;
    let here = account.credential;
    let sessions = app.store.sessions(account.id, app.clock.now()).await?.into_iter();
    let sessions = sessions.map(|row| {
        let current = matches!(here, Credential::Session(sha256) if sha256[..] == row.token_sha256[..]);
        (row, current)
    });
    let sessions = sessions.collect();
    let tokens = app.store.tokens(account.id).await?;
    let now = app.clock.now();
    let tokens = tokens.into_iter().filter(|token| token.expires_us.is_none_or(|expires| expires > now)).collect();
    Ok(AccountPage {
        shell: Shell::account(account.language().say("account"), &account),
        account,
        tokens,
        sessions,
        note,
        provider: None,
        connected: false,
    })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PasswordForm {
    #[serde(default)]
    current: String,
    new: String,
    again: String,
}

/// `POST /account/password`
pub async fn change_password(
    State(app): State<App>,
    account: CurrentAccount,
    ClientAddress(address): ClientAddress,
    Form(form): Form<PasswordForm>,
) -> Result<Response, WebError> {
    account.require_session()?;
    let problem = if form.new == form.again {
        match accounts::change_password(&app, &account, &form.current, &form.new, &address).await {
            Ok(()) => {
                let done = Some(account.language().say("account-changed").into());
                return view(&app, account, Note { done, ..Note::default() }).await;
            }
            Err(AccountError::WrongPassword) => account.language().say("account-current-wrong").into(),
            Err(error @ (AccountError::Password(_) | AccountError::TooMany(_) | AccountError::Busy)) => {
                words::account(account.language(), &error)
            }
            Err(error) => return Err(error.into()),
        }
    } else {
        account.language().say("account-new-differ").into()
    };
    let note = Note { password_problem: Some(problem), ..Note::default() };
    Ok((StatusCode::UNPROCESSABLE_ENTITY, view(&app, account, note).await?).into_response())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TokenForm {
    name: String,
    /// How long it lasts; empty: until it is revoked.
    #[serde(default)]
    days: String,
    #[serde(default)]
    scope: TokenScope,
}

/// `POST /account/tokens`: the answer is the only place where the token is ever shown.
pub async fn create_token(
    State(app): State<App>,
    account: CurrentAccount,
    Form(form): Form<TokenForm>,
) -> Result<Response, WebError> {
    account.require_session()?;
    let days = match form.days.trim() {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| AccountError::TokenDays),
    };
    let made = match days {
        Ok(days) => accounts::new_token_for(&app, account.id, form.name.trim(), form.scope, days).await,
        Err(error) => Err(error),
    };
    match made {
        Ok(secret) => {
            let note = Note { new_token: Some(secret.reveal().to_owned()), ..Note::default() };
            view(&app, account, note).await
        }
        Err(error @ (AccountError::Name(_) | AccountError::TokenDays)) => {
            let problem = match error {
                AccountError::Name(_) => account.language().say("account-token-bad-name").into(),
                other => words::account(account.language(), &other),
            };
            let note = Note { token_problem: Some(problem), ..Note::default() };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, view(&app, account, note).await?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /account/tokens/{id}/revoke`
pub async fn revoke_token(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<i64>,
) -> Result<Redirect, WebError> {
    account.require_session()?;
    accounts::revoke_token(&app, account.id, id).await?;
    Ok(going::to("/account"))
}

/// `POST /account/sessions/{id}/end`
pub async fn end_session(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<String>,
) -> Result<Redirect, WebError> {
    account.require_session()?;
    accounts::end_own_session(&app, &account, &id).await?;
    Ok(going::to("/account"))
}

/// `POST /account/sessions/end-others`
pub async fn end_other_sessions(State(app): State<App>, account: CurrentAccount) -> Result<Redirect, WebError> {
    account.require_session()?;
    accounts::end_other_sessions(&app, &account).await?;
    Ok(going::to("/account"))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ThemeForm {
    theme: Theme,
}

/// `POST /theme`: keep the choice in a cookie and go back to the page it was made on.
pub async fn set_theme(headers: HeaderMap, jar: CookieJar, Form(form): Form<ThemeForm>) -> Response {
    (jar.add(form.theme.cookie()), going::to(&back(&headers))).into_response()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LanguageForm {
    language: String,
}

/// `POST /language`: as [`set_theme`].
pub async fn set_language(
    headers: HeaderMap,
    jar: CookieJar,
    Form(form): Form<LanguageForm>,
) -> Result<Response, WebError> {
    let language = Language::by_tag(&form.language).ok_or_else(|| {
        let there: Vec<_> = Language::all().map(Language::tag).collect();
        WebError::unprocessable(
            "language",
            format!("there is no language `{}`; use {}", form.language, there.join(", ")),
        )
    })?;
    Ok((jar.add(language.cookie()), going::to(&back(&headers))).into_response())
}

/// The page a form was sent from.
fn back(headers: &HeaderMap) -> String {
    let referer = headers.get("referer").and_then(|referer| referer.to_str().ok());
    let path = referer.and_then(|referer| referer.parse::<Uri>().ok());
    path.and_then(|uri| uri.path_and_query().map(ToString::to_string)).unwrap_or_default()
}
