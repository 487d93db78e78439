//! People for programs: the caller, everybody on the server and their roles (admins).
//!
//! **Invariant:** a token makes nothing that outlives it with its owner's rights: no admin of the server and no way into an account that
//! exists already.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{AccountId, Role};
use crate::service::App;
use crate::service::people::accounts::{self, AccountError, NewAccount};
use crate::store::accounts::{AccountRow, MembershipRow};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Path};
use crate::web::frame::origin::RequestOrigin;

/// A role in a project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct HeldRole {
    pub project: String,
    pub role: Role,
}

impl From<&MembershipRow> for HeldRole {
    fn from(row: &MembershipRow) -> Self {
        Self { project: row.slug.clone(), role: row.role }
    }
}

/// The caller.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OwnAccount {
    pub id: AccountId,
    pub name: String,
    /// Whether this is an admin of the whole server.
    pub admin: bool,
    pub roles: Vec<HeldRole>,
}

/// Whom the token or the session belongs to.
#[utoipa::path(get, path = "/api/v1/account", tag = "people", responses((status = 200, body = OwnAccount)))]
pub async fn own(account: CurrentAccount) -> Json<OwnAccount> {
    let roles = account.memberships.iter().map(HeldRole::from).collect();
    Json(OwnAccount { id: account.id, name: account.name.clone(), admin: account.admin, roles })
}

/// An account on the server.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct KnownPerson {
    pub id: AccountId,
    pub name: String,
    /// Whether this is an admin of the whole server.
    pub admin: bool,
    /// Whether they have chosen a password yet.
    pub has_password: bool,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// Absent unless the account is disabled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub disabled_at: Option<String>,
    pub roles: Vec<HeldRole>,
}

impl KnownPerson {
    fn new(row: AccountRow, held: &[MembershipRow]) -> Self {
        Self {
            roles: held.iter().filter(|held| held.account_id == row.id).map(HeldRole::from).collect(),
            id: row.id,
            admin: row.role == Some(Role::Admin),
            has_password: row.has_password,
            created_at: row.created_us.rfc3339(),
            disabled_at: row.disabled_us.map(crate::domain::Timestamp::rfc3339),
            name: row.name,
        }
    }

    async fn of(app: &App, id: AccountId) -> Result<Json<Self>, WebError> {
        let row = person(app, id).await?;
        Ok(Json(Self::new(row, &app.store.memberships_of(id).await?)))
    }
}

/// Everybody, by name.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct People {
    pub people: Vec<KnownPerson>,
}

/// Everybody on the server with their roles (admins of the server).
#[utoipa::path(get, path = "/api/v1/people", tag = "people", responses((status = 200, body = People),
    (status = 403, description = "needs an admin of the server")))]
pub async fn list(State(app): State<App>, account: CurrentAccount) -> Result<Json<People>, WebError> {
    account.require_admin()?;
    let held = app.store.memberships().await?;
    let people = app.store.accounts().await?;
    Ok(Json(People { people: people.into_iter().map(|row| KnownPerson::new(row, &held)).collect() }))
}

/// Somebody to add.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPerson {
    #[schema(min_length = 1, max_length = 100, pattern = r"^\S(.*\S)?$")]
    pub name: String,
    pub role: Role,
    /// The project that the role is for; left out: the whole server, which takes the role `admin` and a session.
    #[serde(default)]
    pub project: Option<String>,
}

/// Somebody who was added.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AddedPerson {
    pub id: AccountId,
    pub name: String,
    /// Where they sign in for the first time; works once, for a day. Shown here and never again.
    pub link: String,
}

/// Add somebody with a role in a project (admins of the server), and get the link that lets them in.
#[utoipa::path(post, path = "/api/v1/people", tag = "people", request_body = NewPerson,
    responses((status = 201, body = AddedPerson), (status = 403, description = "needs an admin of the server; for an admin of the server, one who is signed in"),
        (status = 404, description = "no such project"), (status = 409, description = "the name is taken"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    origin: RequestOrigin,
    Json(new): Json<NewPerson>,
) -> Result<(StatusCode, Json<AddedPerson>), WebError> {
    account.require_admin()?;
    if new.project.is_none() {
        account.require_session()?;
    }
    // Adding must not change an existing role as a side effect.
    if let Some(known) = app.store.account_by_name(&new.name).await? {
        return Err(AccountError::Taken(known.name).into());
    }
    let wanted = NewAccount { name: &new.name, role: new.role, project: new.project.as_deref(), password: None };
    let row = accounts::add(&app, wanted).await?;
    let link = link(&app, &origin, row.id).await?;
    Ok((StatusCode::CREATED, Json(AddedPerson { id: row.id, name: row.name, link })))
}

/// A role to give or to take away.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChoice {
    /// The project; left out: the whole server, where the only role is `admin` and a session is needed.
    #[serde(default)]
    pub project: Option<String>,
    /// Null takes it away.
    pub role: Option<Role>,
}

/// Give somebody a role, or take it away (admins of the server).
#[utoipa::path(put, path = "/api/v1/people/{id}/role", tag = "people", request_body = RoleChoice, params(("id" = i64, Path)),
    responses((status = 200, body = KnownPerson), (status = 403, description = "needs an admin of the server; for an admin of the server, one who is signed in"),
        (status = 404, description = "no such account or project"), (status = 409, description = "yourself, or the last admin"), (status = 422)))]
pub async fn set_role(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
    Json(choice): Json<RoleChoice>,
) -> Result<Json<KnownPerson>, WebError> {
    account.require_admin()?;
    let row = person(&app, id).await?;
    match (choice.project.as_deref(), choice.role) {
        (None, None | Some(Role::Admin)) => {
            account.require_session()?;
            accounts::set_server_admin(&app, &row, choice.role.is_some(), Some(account.id)).await?;
        }
        (None, Some(role)) => return Err(AccountError::RoleNeedsProject(role).into()),
        (Some(slug), role) => accounts::set_role(&app, id, slug, role).await?,
    }
    KnownPerson::of(&app, id).await
}

/// Whether an account may be used.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AccountSwitch {
    pub disabled: bool,
}

/// Disable an account at once, which ends its sessions and tokens, or enable it again (admins of the server). What it annotated stays.
#[utoipa::path(put, path = "/api/v1/people/{id}/disabled", tag = "people", request_body = AccountSwitch, params(("id" = i64, Path)),
    responses((status = 200, body = KnownPerson), (status = 403, description = "needs an admin of the server"),
        (status = 404, description = "no such account"), (status = 409, description = "yourself, or the last admin")))]
pub async fn switch(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
    Json(wanted): Json<AccountSwitch>,
) -> Result<Json<KnownPerson>, WebError> {
    account.require_admin()?;
    let row = person(&app, id).await?;
    if wanted.disabled {
        accounts::disable(&app, &row, Some(account.id)).await?;
    } else {
        accounts::enable(&app, id).await?;
    }
    KnownPerson::of(&app, id).await
}

/// A way in for somebody.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SignInLink {
    /// Works once, for a day. Shown here and never again.
    pub link: String,
}

/// A new one-time sign-in link for somebody (admins of the server who are signed in).
#[utoipa::path(post, path = "/api/v1/people/{id}/link", tag = "people", params(("id" = i64, Path)),
    responses((status = 201, body = SignInLink), (status = 403, description = "needs an admin of the server who is signed in"),
        (status = 404, description = "no such account")))]
pub async fn invite(
    State(app): State<App>,
    account: CurrentAccount,
    origin: RequestOrigin,
    Path(id): Path<AccountId>,
) -> Result<(StatusCode, Json<SignInLink>), WebError> {
    account.require_session()?;
    account.require_admin()?;
    let row = person(&app, id).await?;
    Ok((StatusCode::CREATED, Json(SignInLink { link: link(&app, &origin, row.id).await? })))
}

async fn person(app: &App, id: AccountId) -> Result<AccountRow, WebError> {
    app.store.account(id).await?.ok_or_else(|| WebError::not_found(format!("there is no account `{id}`")))
}

async fn link(app: &App, origin: &RequestOrigin, id: AccountId) -> Result<String, WebError> {
    let secret = accounts::new_link(app, id).await?;
    Ok(origin.link(&format!("/link/{}", secret.reveal())))
}
