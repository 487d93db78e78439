//! Who asks: the owner of a session or token, or whom a trusted proxy names, and the project that an address names, each read at most once in five seconds.

use std::sync::Arc;

use crate::causes;
use crate::domain::{Project, Role, Timestamp, TokenScope};
use crate::service::App;
use crate::service::people::known::{Credential, Identity};
use crate::service::people::secrets;
use crate::store::StoreError;
use crate::store::accounts::{AccountRow, CredentialOwner};

/// That a session or token is in use is noted this often, in seconds.
const NOTED_SECONDS: f64 = 3600.0;

/// Whose session this cookie is.
pub async fn by_session(app: &App, secret: &str) -> Result<Option<Arc<Identity>>, StoreError> {
    let sha256 = secrets::sha256(secret);
    recognise(app, sha256, Credential::Session(sha256)).await
}

/// Whose API token this is.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Arc<Identity>>, StoreError> {
    let sha256 = secrets::sha256(secret);
    recognise(app, sha256, Credential::Token(sha256)).await
}

/// Whom a trusted proxy names; `None` where there is no such account, or it is disabled.
pub async fn by_proxy(app: &App, name: &str) -> Result<Option<Arc<Identity>>, StoreError> {
    let now = app.clock.now();
    // No secret has this hash, since none begins so.
    let key = secrets::sha256(&format!("proxy: {}", name.to_lowercase()));
    if let Some(who) = app.known.person(&key, now).filter(|who| who.credential == Credential::Proxy) {
        return Ok(Some(who));
    }
    let mark = app.known.mark();
    let account = app.store.account_by_name(name).await?.filter(|account| account.disabled_us.is_none());
    let Some(account) = account else { return Ok(None) };
    let who = identity(app, account, Credential::Proxy, TokenScope::Manage).await?;
    app.known.remember_person(key, Arc::clone(&who), now, mark);
    Ok(Some(who))
}

async fn identity(
    app: &App,
    account: AccountRow,
    credential: Credential,
    scope: TokenScope,
) -> Result<Arc<Identity>, StoreError> {
    Ok(Arc::new(Identity {
        id: account.id,
        admin: account.role == Some(Role::Admin),
        has_password: account.has_password,
        memberships: app.store.memberships_of(account.id).await?,
        name: account.name,
        credential,
        scope,
    }))
}

/// The project with this slug, read at most once in five seconds.
pub async fn project(app: &App, slug: &str) -> Result<Option<Arc<Project>>, StoreError> {
    let now = app.clock.now();
    if let Some(project) = app.known.project(slug, now) {
        return Ok(Some(project));
    }
    let mark = app.known.mark();
    let Some(project) = app.store.project_by_slug(slug).await? else { return Ok(None) };
    let project = Arc::new(project);
    app.known.remember_project(Arc::clone(&project), now, mark);
    Ok(Some(project))
}

async fn recognise(app: &App, sha256: [u8; 32], credential: Credential) -> Result<Option<Arc<Identity>>, StoreError> {
    let now = app.clock.now();
    // A session's secret sent as a token matches nobody, and vice versa.
    if let Some(who) = app.known.person(&sha256, now).filter(|who| who.credential == credential) {
        return Ok(Some(who));
    }
    let mark = app.known.mark();
    let owner = match credential {
        Credential::Session(_) => app.store.account_by_session(&sha256, now).await?,
        Credential::Token(_) => app.store.account_by_token(&sha256, now).await?,
        Credential::Proxy => None,
    };
    let Some(CredentialOwner { account, scope, used_us }) = owner else { return Ok(None) };
    if used_us.is_none_or(|used| now.seconds_since(used) >= NOTED_SECONDS)
        && let Err(error) = note_use(app, credential, now).await
    {
        // A database that cannot be written still lets people read.
        tracing::warn!(error = causes::line(&error), "that a session or token is in use could not be noted");
    }
    let who = identity(app, account, credential, scope).await?;
    app.known.remember_person(sha256, Arc::clone(&who), now, mark);
    Ok(Some(who))
}

async fn note_use(app: &App, credential: Credential, now: Timestamp) -> Result<(), StoreError> {
    match credential {
        Credential::Session(sha256) => app.store.touch_session(&sha256, now).await,
        Credential::Token(sha256) => app.store.touch_token(&sha256, now).await,
        Credential::Proxy => Ok(()),
    }
}
