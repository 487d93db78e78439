//! Everybody on the server and their roles, for admins.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::StatusCode;
use axum::http::header::HOST;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use super::error::WebError;
use super::extract::{CurrentAccount, Form, Path};
use super::shell::Shell;
use super::words;
use super::{names, page};
use crate::app::App;
use crate::domain::{AccountId, Role};
use crate::service::accounts::{self, AccountError, NewAccount};
use crate::store::accounts::{AccountRow, MembershipRow};

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    people: Vec<Person>,
    projects: Vec<(String, String)>,
    me: AccountId,
    problem: Option<String>,
    /// A sign-in link just made, and for whom.
    link: Option<(String, String)>,
}

struct Person {
    account: AccountRow,
    memberships: Vec<MembershipRow>,
}

const ROLES: [Role; 4] = [Role::Annotator, Role::Reviewer, Role::Lead, Role::Admin];

/// `GET /people`
pub async fn show(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    view(&app, &account, None, None).await
}

async fn view(
    app: &App,
    account: &CurrentAccount,
    problem: Option<String>,
    link: Option<(String, String)>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let memberships = app.store.memberships().await?;
    let of = |id| memberships.iter().filter(|m| m.account_id == id).cloned().collect();
    let people = app.store.accounts().await?.into_iter();
    let people = people.map(|account| Person { memberships: of(account.id), account }).collect();
    let projects = app.store.project_names().await?;
    let shell = Shell::account(account.language().say("people"), account);
    page(&PeoplePage { shell, people, projects, me: account.id, problem, link })
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PersonForm {
    name: String,
    role: Role,
    #[serde(default)]
    project: String,
}

/// `POST /people`: add somebody and show the link that lets them in.
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    headers: HeaderMap,
    Form(form): Form<PersonForm>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let project = Some(form.project.as_str()).filter(|slug| !slug.is_empty());
    let new = NewAccount { name: form.name.trim(), role: form.role, project, password: None };
    match accounts::add(&app, new).await {
        Ok(person) if person.has_password => Ok(Redirect::to("/people").into_response()),
        Ok(person) => {
            let link = link_for(&app, &headers, &person).await?;
            view(&app, &account, None, Some(link)).await
        }
        Err(
            error @ (AccountError::Name(_)
            | AccountError::Taken(_)
            | AccountError::RoleNeedsProject(_)
            | AccountError::NoProject(_)),
        ) => {
            let page = view(&app, &account, Some(words::account(account.language(), &error)), None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /people/{id}/link`: a new one-time link, shown once.
pub async fn new_link(
    State(app): State<App>,
    account: CurrentAccount,
    headers: HeaderMap,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let person = person(&app, id).await?;
    let link = link_for(&app, &headers, &person).await?;
    view(&app, &account, None, Some(link)).await
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleForm {
    project: String,
    /// A role, or `none` to take it away.
    role: String,
}

/// `POST /people/{id}/role`
pub async fn set_role(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
    Form(form): Form<RoleForm>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    let role = match form.role.as_str() {
        "none" => None,
        role => Some(role.parse().map_err(|error: crate::domain::role::UnknownRole| {
            WebError::unprocessable("bad_role", error.to_string())
        })?),
    };
    let person = person(&app, id).await?;
    accounts::set_role(&app, person.id, &form.project, role).await?;
    Ok(Redirect::to("/people"))
}

/// `POST /people/{id}/disable`
pub async fn disable(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    accounts::disable(&app, &person(&app, id).await?, Some(account.id)).await?;
    Ok(Redirect::to("/people"))
}

/// `POST /people/{id}/enable`
pub async fn enable(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    accounts::enable(&app, person(&app, id).await?.id).await?;
    Ok(Redirect::to("/people"))
}

fn admin(account: &CurrentAccount) -> Result<(), WebError> {
    account.require_session()?;
    account.require_admin()
}

async fn person(app: &App, id: AccountId) -> Result<AccountRow, WebError> {
    app.store.account(id).await?.ok_or_else(|| WebError::not_found(format!("there is no account `{id}`")))
}

/// Name and whole address: the host is the one the admin's browser used.
async fn link_for(app: &App, headers: &HeaderMap, person: &AccountRow) -> Result<(String, String), WebError> {
    let secret = accounts::new_link(app, person.id).await?;
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let scheme = if text("x-forwarded-proto") == Some("https") { "https" } else { "http" };
    let host = text(HOST.as_str()).unwrap_or("localhost");
    Ok((person.name.clone(), format!("{scheme}://{host}/link/{}", secret.reveal())))
}
