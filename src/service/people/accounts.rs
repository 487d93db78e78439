//! People: creating accounts, signing in, links, tokens, roles.

use crate::cpu::CutShort;
use crate::domain::{AccountId, Role, Timestamp, TokenScope};
use crate::service::App;
use crate::service::people::known::{Credential, Identity};
use crate::service::people::recognition;
use crate::service::people::secrets::{self, NoRandomness, Secret, TOKEN_PREFIX, WeakPassword};
use crate::store::StoreError;
use crate::store::accounts::{AccountRow, NewSession};
use crate::store::tokens::TokenToAdd;

/// A session lasts this long.
pub const SESSION_SECONDS: i64 = 30 * 24 * 3600;
/// Seconds after which to retry signing in when too many people did so at once.
pub const BUSY_SECONDS: i64 = 2;
/// The longest lifetime of a token, in days; without one it does not expire.
pub const MOST_DAYS: i64 = 3650;
/// Characters kept of the name that a browser gives itself.
const AGENT_CHARACTERS: usize = 300;
/// A sign-in link works this long.
pub const LINK_SECONDS: i64 = 24 * 3600;

/// Why a use case about people failed.
#[derive(Debug, thiserror::Error)]
pub enum AccountError {
    #[error("name `{0}` must be 1 to 100 characters without line breaks or spaces at its ends; choose another one")]
    Name(String),
    #[error("an account called `{0}` exists already, and names that differ only in case are one; choose another name")]
    Taken(String),
    #[error(
        "`{name}` is {role} in `{slug}` already; change that with `querist user role {name} ROLE --project {slug}`"
    )]
    HasRole { name: String, role: Role, slug: String },
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
    #[error("too many people are signing in at once; try again in a few seconds")]
    Busy,
    #[error("a token lasts 1 to {MOST_DAYS} days; choose a number between")]
    TokenDays,
    #[error("there is no such session; it may have ended already")]
    NoSession,
    #[error("there is no such token; it may have been revoked already")]
    NoToken,
    #[error("this account is anonymous, for good; add the person anew")]
    Anonymous,
    #[error("you cannot do this to yourself; ask another admin")]
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

/// Create an account, or give an existing one its role in one more project (then `password` must be `None`).
///
/// # Errors
/// [`AccountError::HasRole`] when it has another role there, which only [`set_role`] changes;
/// [`AccountError::Taken`] when the name differs from an existing one in nothing but its case.
pub async fn add(app: &App, new: NewAccount<'_>) -> Result<AccountRow, AccountError> {
    let name = check_name(new.name)?;
    let project = match new.project {
        Some(slug) => {
            Some(recognition::project(app, slug).await?.ok_or_else(|| AccountError::NoProject(slug.to_owned()))?)
        }
        None if new.role == Role::Admin => None,
        None => return Err(AccountError::RoleNeedsProject(new.role)),
    };
    let existing = app.store.account_by_name(name).await?.filter(|existing| existing.name == name);
    if let (Some(existing), Some(project), None) = (existing, &project, new.password) {
        let held = app.store.memberships_of(existing.id).await?.into_iter().find(|held| held.project_id == project.id);
        if let Some(held) = held.filter(|held| held.role != new.role) {
            return Err(AccountError::HasRole { name: existing.name, role: held.role, slug: held.slug });
        }
        app.store.set_membership(project.id, existing.id, new.role).await?;
        app.known.forget_account(existing.id);
        return Ok(existing);
    }
    let hash = match new.password {
        Some(password) => {
            secrets::check_password(name, password)?;
            Some(hash_password(app, password, true).await?)
        }
        None => None,
    };
    let server_role = project.is_none().then_some(Role::Admin);
    let membership = project.as_ref().map(|p| (p.id, new.role));
    app.store
        .add_account(name, hash.as_deref(), server_role, membership, app.clock.now())
        .await?
        .map_err(AccountError::Taken)?;
    by_name(app, name).await
}

/// An account for somebody whom a trusted proxy has signed in, with a role in one project; one that is there stays as it is.
///
/// # Errors
/// [`AccountError::Disabled`] where there is one that may not be used.
pub async fn join(app: &App, name: &str, role: Role, slug: &str) -> Result<AccountRow, AccountError> {
    match app.store.account_by_name(name).await? {
        Some(known) if known.disabled_us.is_some() => Err(AccountError::Disabled),
        Some(known) => Ok(known),
        None => add(app, NewAccount { name, role, project: Some(slug), password: None }).await,
    }
}

/// The account called `name`.
pub async fn by_name(app: &App, name: &str) -> Result<AccountRow, AccountError> {
    app.store.account_by_name(name).await?.ok_or_else(|| AccountError::NoAccount(name.to_owned()))
}

/// How many accounts there are, disabled ones included.
pub async fn count(app: &App) -> Result<i64, StoreError> {
    app.store.account_count().await
}

/// On a server without accounts, create the admin `name`; returns a sign-in link's secret for it, else `None`.
pub async fn first_admin(app: &App, name: &str) -> Result<Option<Secret>, AccountError> {
    if app.store.account_count().await? > 0 {
        return Ok(None);
    }
    let admin = add(app, NewAccount { name, role: Role::Admin, project: None, password: None }).await?;
    new_link(app, admin.id).await.map(Some)
}

/// A one-time link for somebody; append the secret to `/link/`.
pub async fn new_link(app: &App, account: AccountId) -> Result<Secret, AccountError> {
    let secret = Secret::random("")?;
    let now = app.clock.now();
    app.store.add_link(&secret.sha256(), account, now, now.plus_seconds(LINK_SECONDS)).await?;
    Ok(secret)
}

/// Who a link signs in, without using it up.
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
            // A valid link proves more than a known address.
            Some(hash_password(app, password, true).await?)
        }
        None => None,
    };
    let (session, row) = new_session(app.clock.now())?;
    let used = app.store.use_link(&secrets::sha256(secret), hash.as_deref(), row).await?;
    // Somebody else used it between the check and the use.
    let account = used.ok_or(AccountError::LinkUsed)?;
    app.known.forget_account(account);
    Ok(session)
}

/// Check a password and open a session; returns the session's secret. `address` is where the request came from.
///
/// # Errors
/// [`AccountError::WrongPassword`], whatever was wrong, after the same work; [`AccountError::TooMany`] after too many failures,
/// see `attempts`; [`AccountError::Busy`] when too many sign in at once.
pub async fn sign_in(app: &App, name: &str, password: &str, address: &str) -> Result<Secret, AccountError> {
    let now = app.clock.now();
    let name = name.trim();
    let known = count_attempt(app, name, address)?;
    let account = app.store.account_by_name(name).await?.filter(|account| account.disabled_us.is_none());
    let hash = match &account {
        Some(account) => app.store.password_hash(account.id).await?,
        None => None,
    };
    let matches = match password_matches(app, password, hash, known).await {
        Err(AccountError::Busy) => {
            app.known.attempts().uncount(name, address, now);
            return Err(AccountError::Busy);
        }
        matches => matches?,
    };
    let (Some(account), true) = (account, matches) else { return Err(AccountError::WrongPassword) };
    app.known.attempts().forgive(name, address, now);
    let (session, row) = new_session(app.clock.now())?;
    app.store.add_session(account.id, row).await?;
    Ok(session)
}

/// Count a password that is about to be checked; returns whether this person has signed in from this address before.
fn count_attempt(app: &App, name: &str, address: &str) -> Result<bool, AccountError> {
    let now = app.clock.now();
    let mut attempts = app.known.attempts();
    if let Some(seconds) = attempts.must_wait(name, address, now) {
        return Err(AccountError::TooMany(seconds));
    }
    attempts.count(name, address, now);
    Ok(attempts.is_known(name, address, now))
}

/// End the session with this secret, whoever owns it: the one that a browser had before it signed in again.
pub async fn end_session(app: &App, secret: &str) -> Result<(), AccountError> {
    if let Some(who) = recognition::by_session(app, secret).await? {
        app.store.delete_session(&secrets::sha256(secret)).await?;
        app.known.forget_account(who.id);
    }
    Ok(())
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

/// Say which browser a new session is in, and where it signed in.
pub async fn describe_session(app: &App, secret: &Secret, agent: &str, address: &str) -> Result<(), AccountError> {
    let agent: String = agent.chars().filter(|c| !c.is_control()).take(AGENT_CHARACTERS).collect();
    Ok(app.store.describe_session(&secret.sha256(), &agent, address).await?)
}

/// End one session of this person, by the hash of its secret in hexadecimal digits.
///
/// # Errors
/// [`AccountError::NoSession`] when this person has no such session.
pub async fn end_own_session(app: &App, who: &Identity, id: &str) -> Result<(), AccountError> {
    let sessions = app.store.sessions(who.id, app.clock.now()).await?;
    let session = sessions.iter().find(|session| session.id() == id).ok_or(AccountError::NoSession)?;
    app.store.delete_own_session(who.id, &session.token_sha256).await?;
    app.known.forget_account(who.id);
    Ok(())
}

/// End every other session of this person; returns how many there were.
pub async fn end_other_sessions(app: &App, who: &Identity) -> Result<u64, AccountError> {
    let keep = match who.credential {
        Credential::Session(sha256) | Credential::Token(sha256) => sha256,
        // It is in no session, so all end.
        Credential::Proxy => [0; 32],
    };
    let ended = app.store.delete_other_sessions(who.id, &keep).await?;
    app.known.forget_account(who.id);
    Ok(ended)
}

/// Change one's own password. `current` is needed when there is one; all other sessions, links and tokens end.
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
        count_attempt(app, &who.name, address)?;
        if !password_matches(app, current, Some(hash), true).await? {
            return Err(AccountError::WrongPassword);
        }
        app.known.attempts().forgive(&who.name, address, now);
    }
    let keep = match who.credential {
        Credential::Session(sha256) => Some(sha256),
        Credential::Token(_) | Credential::Proxy => None,
    };
    let hash = hash_password(app, new, true).await?;
    app.store.set_password(who.id, &hash, keep, now).await?;
    app.known.forget_account(who.id);
    Ok(())
}

/// A new API token for `account` that does not expire; the secret is shown once and cannot be recovered.
pub async fn new_token(app: &App, account: AccountId, name: &str) -> Result<Secret, AccountError> {
    new_token_for(app, account, name, TokenScope::Manage, None).await
}

/// As [`new_token`], for less than its owner may do, or for so many days.
///
/// # Errors
/// [`AccountError::TokenDays`] unless there are 1 to [`MOST_DAYS`] of them; [`AccountError::Name`] for an invalid name.
pub async fn new_token_for(
    app: &App,
    account: AccountId,
    name: &str,
    scope: TokenScope,
    days: Option<i64>,
) -> Result<Secret, AccountError> {
    let name = check_name(name)?;
    if days.is_some_and(|days| !(1..=MOST_DAYS).contains(&days)) {
        return Err(AccountError::TokenDays);
    }
    let now = app.clock.now();
    let secret = Secret::random(TOKEN_PREFIX)?;
    let expires = days.map(|days| now.plus_seconds(days * 24 * 3600));
    app.store.add_token(TokenToAdd { account, name, scope, sha256: secret.sha256(), expires }, now).await?;
    Ok(secret)
}

/// Revoke anybody's token, from the server's own shell.
pub async fn revoke_any_token(app: &App, token: i64) -> Result<(), AccountError> {
    let owner = app.store.token_owner(token).await?.ok_or(AccountError::NoToken)?;
    revoke_token(app, owner, token).await
}

/// Revoke one of the account's own tokens.
pub async fn revoke_token(app: &App, account: AccountId, token: i64) -> Result<(), AccountError> {
    if !app.store.revoke_token(account, token, app.clock.now()).await? {
        return Err(AccountError::NoToken);
    }
    app.known.forget_account(account);
    Ok(())
}

/// Disable an account at once. Its annotations stay. `by` is the admin who asks, if any.
pub async fn disable(app: &App, account: &AccountRow, by: Option<AccountId>) -> Result<(), AccountError> {
    check_may_go(app, account, by).await?;
    app.store.disable_account(account.id, app.clock.now()).await?;
    app.known.forget_account(account.id);
    Ok(())
}

/// Whether an account may be disabled or made anonymous; `by` is the admin who asks, if any.
///
/// # Errors
/// [`AccountError::Yourself`], [`AccountError::LastAdmin`].
pub(super) async fn check_may_go(app: &App, account: &AccountRow, by: Option<AccountId>) -> Result<(), AccountError> {
    if by == Some(account.id) {
        return Err(AccountError::Yourself);
    }
    keep_an_admin(app, account).await
}

/// Refuse to lose the last admin of the server.
async fn keep_an_admin(app: &App, account: &AccountRow) -> Result<(), AccountError> {
    let admin = |a: &AccountRow| a.disabled_us.is_none() && a.role == Some(Role::Admin);
    if admin(account) && app.store.accounts().await?.iter().filter(|a| admin(a)).count() == 1 {
        return Err(AccountError::LastAdmin(account.name.clone()));
    }
    Ok(())
}

/// Make somebody an admin of the whole server, or with `false` no longer one. `by` is the admin who asks, if any.
pub async fn set_server_admin(
    app: &App,
    account: &AccountRow,
    admin: bool,
    by: Option<AccountId>,
) -> Result<(), AccountError> {
    if !admin {
        if by == Some(account.id) {
            return Err(AccountError::Yourself);
        }
        keep_an_admin(app, account).await?;
    }
    app.store.set_server_role(account.id, admin.then_some(Role::Admin)).await?;
    app.known.forget_account(account.id);
    Ok(())
}

/// Re-enable a disabled account, also one that is to be deleted. Its old sessions and tokens stay ended.
///
/// # Errors
/// [`AccountError::Anonymous`] when it was made anonymous.
pub async fn enable(app: &App, account: AccountId) -> Result<(), AccountError> {
    if app.store.anonymous_accounts().await?.contains(&account) {
        return Err(AccountError::Anonymous);
    }
    app.store.set_leaving(account, None).await?;
    Ok(app.store.enable_account(account).await?)
}

/// Give somebody a role in a project, or with `None` take it away.
pub async fn set_role(app: &App, account: AccountId, slug: &str, role: Option<Role>) -> Result<(), AccountError> {
    let project = recognition::project(app, slug).await?.ok_or_else(|| AccountError::NoProject(slug.to_owned()))?;
    match role {
        Some(role) => app.store.set_membership(project.id, account, role).await?,
        None => app.store.delete_membership(project.id, account).await?,
    }
    app.known.forget_account(account);
    Ok(())
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

async fn hash_password(app: &App, password: &str, known: bool) -> Result<String, AccountError> {
    let turn = app.known.hashing.turn(known).await.ok_or(AccountError::Busy)?;
    let (app, password) = (app.clone(), password.to_owned());
    let cpu = app.cpu.clone();
    let work = move || {
        let _turn = turn;
        app.known.hashing.hash(&password)
    };
    Ok(cpu.blocking(work).await??)
}

/// Whether the password matches. Without a hash the same work is done anyway, so that timing reveals nothing.
async fn password_matches(app: &App, password: &str, hash: Option<String>, known: bool) -> Result<bool, AccountError> {
    if password.len() > 4 * secrets::MAX_PASSWORD {
        return Ok(false);
    }
    let turn = app.known.hashing.turn(known).await.ok_or(AccountError::Busy)?;
    let (app, password) = (app.clone(), password.to_owned());
    let cpu = app.cpu.clone();
    let work = move || {
        let _turn = turn;
        app.known.hashing.matches(&password, hash.as_deref())
    };
    Ok(cpu.blocking(work).await?)
}
