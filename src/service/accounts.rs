//! People: creating accounts, signing in, links, tokens, roles.

use std::sync::Arc;

use super::known::{Credential, Identity};
use super::secrets::{self, NoRandomness, Secret, TOKEN_PREFIX, WeakPassword};
use crate::app::App;
use crate::cpu::CutShort;
use crate::domain::{AccountId, Project, Role, Timestamp};
use crate::store::StoreError;
use crate::store::accounts::{AccountRow, NewSession};

/// A session lasts this long.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// A sign-in link works this long.
pub const LINK_SECONDS: i64 = 24 * 3600;

/// What stopped a use case about people.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("name `{0}` must be 1 to 100 characters without line breaks or spaces at its ends; choose another one")]
    Name(String),
    #[error("an account called `{0}` exists already; choose another name")]
    Taken(String),
    #[error("there is no account called `{0}`; see `querist user list`")]
    NoAccount(String),
    #[error("there is no project `{0}`; check the spelling")]
    NoProject(String),
    #[error("role `{0}` is held in a project; say which one")]
    RoleNeedsProject(Role),
    #[error(transparent)]
    Password(#[from] WeakPassword),
    /// One message for a wrong name, a wrong password, an account without password and a disabled one.
    #[error("name or password is wrong")]
    WrongPassword,
    #[error("too many wrong passwords; try again in {} minutes", (.0 + 59) / 60)]
    TooMany(i64),
    #[error("this sign-in link is unknown; ask for a new one")]
    LinkUnknown,
    #[error("this sign-in link was used already; ask for a new one")]
    LinkUsed,
    #[error("this sign-in link has expired; ask for a new one")]
    LinkExpired,
    #[error("this account is disabled; ask an admin to enable it")]
    Disabled,
    #[error("there is no such token; it may have been revoked already")]
    NoToken,
    #[error("you cannot disable yourself; ask another admin")]
    Yourself,
    #[error("`{0}` is the last admin who can sign in; make somebody else an admin first")]
    LastAdmin(String),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Randomness(#[from] NoRandomness),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

/// What a new account starts with.
#[derive(Debug, Clone, Copy)]
pub struct NewAccount<'a> {
    pub name: &'a str,
    pub role: Role,
    /// The project the role is for. Only [`Role::Admin`] may be without: then for the whole server.
    pub project: Option<&'a str>,
    pub password: Option<&'a str>,
}

/// Create an account, or give an existing one its role in another project (then `password` must be `None`).
pub async fn add(app: &App, new: NewAccount<'_>) -> Result<AccountRow, AccountError> {
    let name = check_name(new.name)?;
    let project = match new.project {
        Some(slug) => Some(project(app, slug).await?.ok_or_else(|| AccountError::NoProject(slug.to_owned()))?),
        None if new.role == Role::Admin => None,
        None => return Err(AccountError::RoleNeedsProject(new.role)),
    };
    if let (Some(existing), Some(project), None) = (app.store.account_by_name(name).await?, &project, new.password) {
        app.store.set_membership(project.id, existing.id, new.role.as_str()).await?;
        app.known.forget_account(existing.id);
        return Ok(existing);
    }
    let hash = match new.password {
        Some(password) => {
            secrets::check_password(name, password)?;
            Some(hash_password(app, password).await?)
        }
        None => None,
    };
    let server_role = project.is_none().then_some(Role::Admin.as_str());
    let membership = project.as_ref().map(|p| (p.id, new.role.as_str()));
    app.store
        .add_account(name, hash.as_deref(), server_role, membership, app.clock.now())
        .await?
        .ok_or_else(|| AccountError::Taken(name.to_owned()))?;
    by_name(app, name).await
}

/// The account called `name`.
pub async fn by_name(app: &App, name: &str) -> Result<AccountRow, AccountError> {
    app.store.account_by_name(name).await?.ok_or_else(|| AccountError::NoAccount(name.to_owned()))
}

/// On a server without accounts, create the admin `name`; returns a sign-in link's secret for it, else `None`.
pub async fn first_admin(app: &App, name: &str) -> Result<Option<Secret>, AccountError> {
    if app.store.account_count().await? > 0 {
        return Ok(None);
    }
    let admin = add(app, NewAccount { name, role: Role::Admin, project: None, password: None }).await?;
    new_link(app, admin.id).await.map(Some)
}

/// A one-time link for somebody; put the secret behind `/link/`.
pub async fn new_link(app: &App, account: AccountId) -> Result<Secret, AccountError> {
    let secret = Secret::random("")?;
    let now = app.clock.now();
    app.store.add_link(&secret.sha256(), account, now, now.plus_seconds(LINK_SECONDS)).await?;
    Ok(secret)
}

/// Whom a link lets in, without using it up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    pub name: String,
    pub has_password: bool,
}

/// What a link is good for.
///
/// # Errors
/// [`AccountError::LinkUnknown`], [`AccountError::LinkUsed`], [`AccountError::LinkExpired`], [`AccountError::Disabled`].
pub async fn read_link(app: &App, secret: &str) -> Result<Invitation, AccountError> {
    let link = app.store.link(&secrets::sha256(secret)).await?.ok_or(AccountError::LinkUnknown)?;
    if link.disabled_us.is_some() {
        Err(AccountError::Disabled)
    } else if link.used_us.is_some() {
        Err(AccountError::LinkUsed)
    } else if link.expires_us <= app.clock.now() {
        Err(AccountError::LinkExpired)
    } else {
        Ok(Invitation { name: link.name, has_password: link.has_password })
    }
}

/// Use a link up: sign in and, where `password` is given, set it. Returns the new session's secret.
pub async fn use_link(app: &App, secret: &str, password: Option<&str>) -> Result<Secret, AccountError> {
    let invitation = read_link(app, secret).await?;
    let hash = match password {
        Some(password) => {
            secrets::check_password(&invitation.name, password)?;
            Some(hash_password(app, password).await?)
        }
        None => None,
    };
    let (session, row) = new_session(app.clock.now())?;
    let used = app.store.use_link(&secrets::sha256(secret), hash.as_deref(), row).await?;
    // Somebody else was quicker between the look and the use.
    let account = used.ok_or(AccountError::LinkUsed)?;
    app.known.forget_account(account);
    Ok(session)
}

/// Check a password and open a session; returns the session's secret. `address` is where the request came from.
///
/// # Errors
/// [`AccountError::WrongPassword`], whatever was wrong, after the same work; [`AccountError::TooMany`] after ten failures.
pub async fn sign_in(app: &App, name: &str, password: &str, address: &str) -> Result<Secret, AccountError> {
    let now = app.clock.now();
    let name = name.trim();
    if let Some(seconds) = app.known.must_wait(name, address, now) {
        return Err(AccountError::TooMany(seconds));
    }
    app.known.count_attempt(name, address, now);
    let account = app.store.account_by_name(name).await?.filter(|account| account.disabled_us.is_none());
    let hash = match &account {
        Some(account) => app.store.password_hash(account.id).await?,
        None => None,
    };
    let matches = password_matches(app, password, hash).await?;
    let (Some(account), true) = (account, matches) else { return Err(AccountError::WrongPassword) };
    app.known.forgive(name, address);
    let (session, row) = new_session(app.clock.now())?;
    app.store.add_session(account.id, row).await?;
    Ok(session)
}

/// Open a session for somebody who proved themselves by other means.
pub async fn open_session(app: &App, account: AccountId) -> Result<Secret, AccountError> {
    let (session, row) = new_session(app.clock.now())?;
    app.store.add_session(account, row).await?;
    Ok(session)
}

/// End the session of this request; a token is not a session and stays.
pub async fn sign_out(app: &App, who: &Identity) -> Result<(), AccountError> {
    if let Credential::Session(sha256) = who.credential {
        app.store.delete_session(&sha256).await?;
    }
    app.known.forget_account(who.id);
    Ok(())
}

/// End every other session of this person; returns how many there were.
pub async fn end_other_sessions(app: &App, who: &Identity) -> Result<u64, AccountError> {
    let keep = match who.credential {
        Credential::Session(sha256) | Credential::Token(sha256) => sha256,
    };
    let ended = app.store.delete_other_sessions(who.id, &keep).await?;
    app.known.forget_account(who.id);
    Ok(ended)
}

/// Change one's own password. `current` is needed when there is one; all other sessions end.
pub async fn change_password(
    app: &App,
    who: &Identity,
    current: &str,
    new: &str,
    address: &str,
) -> Result<(), AccountError> {
    secrets::check_password(&who.name, new)?;
    let now = app.clock.now();
    if let Some(hash) = app.store.password_hash(who.id).await? {
        if let Some(seconds) = app.known.must_wait(&who.name, address, now) {
            return Err(AccountError::TooMany(seconds));
        }
        app.known.count_attempt(&who.name, address, now);
        if !password_matches(app, current, Some(hash)).await? {
            return Err(AccountError::WrongPassword);
        }
        app.known.forgive(&who.name, address);
    }
    let keep = match who.credential {
        Credential::Session(sha256) => Some(sha256),
        Credential::Token(_) => None,
    };
    let hash = hash_password(app, new).await?;
    app.store.set_password(who.id, &hash, keep, now).await?;
    app.known.forget_account(who.id);
    Ok(())
}

/// A new API token for `account`; the secret is shown once and cannot be had again.
pub async fn new_token(app: &App, account: AccountId, name: &str) -> Result<Secret, AccountError> {
    let name = check_name(name)?;
    let secret = Secret::random(TOKEN_PREFIX)?;
    app.store.add_token(account, name, &secret.sha256(), app.clock.now()).await?;
    Ok(secret)
}

/// Revoke one of the account's own tokens.
pub async fn revoke_token(app: &App, account: AccountId, token: i64) -> Result<(), AccountError> {
    if !app.store.revoke_token(account, token, app.clock.now()).await? {
        return Err(AccountError::NoToken);
    }
    app.known.forget_account(account);
    Ok(())
}

/// Shut an account at once. Its annotations stay. `by` is the admin who asks, where one does.
pub async fn disable(app: &App, account: &AccountRow, by: Option<AccountId>) -> Result<(), AccountError> {
    if by == Some(account.id) {
        return Err(AccountError::Yourself);
    }
    let admin = |a: &AccountRow| a.disabled_us.is_none() && a.role.as_deref() == Some(Role::Admin.as_str());
    if admin(account) && app.store.accounts().await?.iter().filter(|a| admin(a)).count() == 1 {
        return Err(AccountError::LastAdmin(account.name.clone()));
    }
    app.store.disable_account(account.id, app.clock.now()).await?;
    app.known.forget_account(account.id);
    Ok(())
}

/// Open a disabled account again. Its old sessions and tokens stay ended.
pub async fn enable(app: &App, account: AccountId) -> Result<(), AccountError> {
    Ok(app.store.enable_account(account).await?)
}

/// Give somebody a role in a project, or with `None` take it away.
pub async fn set_role(app: &App, account: AccountId, slug: &str, role: Option<Role>) -> Result<(), AccountError> {
    let project = project(app, slug).await?.ok_or_else(|| AccountError::NoProject(slug.to_owned()))?;
    match role {
        Some(role) => app.store.set_membership(project.id, account, role.as_str()).await?,
        None => app.store.delete_membership(project.id, account).await?,
    }
    app.known.forget_account(account);
    Ok(())
}

/// Whose session this cookie is.
pub async fn by_session(app: &App, secret: &str) -> Result<Option<Arc<Identity>>, StoreError> {
    recognise(app, Credential::Session(secrets::sha256(secret))).await
}

/// Whose API token this is.
pub async fn by_token(app: &App, secret: &str) -> Result<Option<Arc<Identity>>, StoreError> {
    recognise(app, Credential::Token(secrets::sha256(secret))).await
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

async fn recognise(app: &App, credential: Credential) -> Result<Option<Arc<Identity>>, StoreError> {
    let now = app.clock.now();
    let (Credential::Session(sha256) | Credential::Token(sha256)) = credential;
    // A session's secret sent as a token is nobody's, and the other way round.
    if let Some(who) = app.known.person(&sha256, now).filter(|who| who.credential == credential) {
        return Ok(Some(who));
    }
    let mark = app.known.mark();
    let account = match credential {
        Credential::Session(_) => app.store.account_by_session(&sha256, now).await?,
        Credential::Token(_) => app.store.account_by_token(&sha256).await?,
    };
    let Some(account) = account else { return Ok(None) };
    let who = Arc::new(Identity {
        id: account.id,
        admin: account.role.as_deref() == Some(Role::Admin.as_str()),
        has_password: account.has_password,
        memberships: app.store.memberships_of(account.id).await?,
        name: account.name,
        credential,
    });
    app.known.remember_person(sha256, Arc::clone(&who), now, mark);
    Ok(Some(who))
}

fn check_name(name: &str) -> Result<&str, AccountError> {
    let good = (1..=100).contains(&name.chars().count()) && name.trim() == name && !name.chars().any(char::is_control);
    if good { Ok(name) } else { Err(AccountError::Name(name.to_owned())) }
}

fn new_session(now: Timestamp) -> Result<(Secret, NewSession), NoRandomness> {
    let secret = Secret::random("")?;
    let row = NewSession { sha256: secret.sha256(), created: now, expires: now.plus_seconds(SESSION_SECONDS) };
    Ok((secret, row))
}

async fn hash_password(app: &App, password: &str) -> Result<String, AccountError> {
    let _turn = app.known.hashing.acquire().await.map_err(|_| CutShort)?;
    let password = password.to_owned();
    Ok(app.cpu.blocking(move || secrets::hash_password(&password)).await??)
}

/// Whether the password matches. Without a hash the same work is done in vain, so that the time tells nothing.
async fn password_matches(app: &App, password: &str, hash: Option<String>) -> Result<bool, AccountError> {
    let _turn = app.known.hashing.acquire().await.map_err(|_| CutShort)?;
    if password.len() > 4 * secrets::MAX_PASSWORD {
        return Ok(false);
    }
    let password = password.to_owned();
    let matches = app
        .cpu
        .blocking(move || match hash {
            Some(hash) => secrets::password_matches(&password, &hash),
            None => {
                let _ = secrets::hash_password(&password);
                false
            }
        })
        .await?;
    Ok(matches)
}
