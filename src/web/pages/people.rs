//! Everybody on the server and their roles, for admins.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::domain::{AccountId, Role};
use crate::service::App;
use crate::service::people::accounts::{self, AccountError, NewAccount};
use crate::store::accounts::{AccountRow, MembershipRow};
use crate::web::frame::confirm::ConfirmPage;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Form, Path, Query};
use crate::web::frame::origin::RequestOrigin;
use crate::web::frame::shell::Shell;
use crate::web::frame::words;
use crate::web::frame::{going, names};
use crate::web::page;

#[derive(Template)]
#[template(path = "people.html")]
struct PeoplePage {
    shell: Shell,
    people: Vec<Person>,
    projects: Vec<(String, String)>,
    me: AccountId,
    /// What was typed and why it was refused.
    refused: Option<RefusedPerson>,
    /// A sign-in link just made, and for whom.
    link: Option<(String, String)>,
}

/// What was typed, and why it was refused.
struct RefusedPerson {
    typed: PersonForm,
    problem: String,
}

impl PeoplePage {
    fn typed(&self) -> Option<&PersonForm> {
        self.refused.as_ref().map(|refused| &refused.typed)
    }

    fn typed_name(&self) -> &str {
        self.typed().map_or("", |typed| typed.name.as_str())
    }

    fn is_role(&self, role: Role) -> bool {
        self.typed().is_some_and(|typed| typed.role == role)
    }

    /// `slug` is empty for the whole server.
    fn is_project(&self, slug: &str) -> bool {
        self.typed().is_some_and(|typed| typed.project == slug)
    }
}

struct Person {
    account: AccountRow,
    memberships: Vec<MembershipRow>,
    /// The day on which a deleted account is made anonymous.
    leaves: Option<String>,
    anonymous: bool,
}

impl Person {
    /// Slug and name of the projects where this person has no role yet.
    fn others<'a>(&self, projects: &'a [(String, String)]) -> Vec<&'a (String, String)> {
        projects.iter().filter(|(slug, _)| !self.memberships.iter().any(|held| held.slug == *slug)).collect()
    }
}

const ROLES: [Role; 4] = [Role::Annotator, Role::Reviewer, Role::Lead, Role::Admin];

/// `GET /people`
pub async fn show(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    view(&app, &account, None, None).await
}

async fn view(
    app: &App,
    account: &CurrentAccount,
    refused: Option<RefusedPerson>,
    link: Option<(String, String)>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let memberships = app.store.memberships().await?;
    let of = |id| memberships.iter().filter(|m| m.account_id == id).cloned().collect();
    let people = app.store.accounts().await?.into_iter();
    let (leaving, anonymous) = (app.store.leaving_accounts().await?, app.store.anonymous_accounts().await?);
    let leaves = |id| leaving.iter().find(|(leaving, _)| *leaving == id).map(|(_, at)| at.rfc3339()[..10].to_owned());
    let people = people.map(|account| Person {
        memberships: of(account.id),
        leaves: leaves(account.id),
        anonymous: anonymous.contains(&account.id),
        account,
    });
    let people = people.collect();
    let projects = app.store.project_names().await?;
    let shell = Shell::account(account.language().say("people"), account);
    page(&PeoplePage { shell, people, projects, me: account.id, refused, link })
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
    origin: RequestOrigin,
    Form(form): Form<PersonForm>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let project = Some(form.project.as_str()).filter(|slug| !slug.is_empty());
    let name = form.name.trim();
    // Adding must not change an existing role as a side effect; the person's row has a form for that.
    if let Some(known) = app.store.account_by_name(name).await? {
        let problem = account.language().say("people-exists").with("name", known.name.as_str()).into();
        let page = view(&app, &account, Some(RefusedPerson { typed: form, problem }), None).await?;
        return Ok((StatusCode::CONFLICT, page).into_response());
    }
    let new = NewAccount { name, role: form.role, project, password: None };
    match accounts::add(&app, new).await {
        Ok(person) if person.has_password => Ok(going::to("/people").into_response()),
        Ok(person) => {
            let link = link_for(&app, &origin, &person).await?;
            view(&app, &account, None, Some(link)).await
        }
        Err(
            error @ (AccountError::Name(_)
            | AccountError::Taken(_)
            | AccountError::RoleNeedsProject(_)
            | AccountError::NoProject(_)),
        ) => {
            let problem = words::account(account.language(), &error);
            let page = view(&app, &account, Some(RefusedPerson { typed: form, problem }), None).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /people/{id}/link`: a new one-time link, shown once.
pub async fn new_link(
    State(app): State<App>,
    account: CurrentAccount,
    origin: RequestOrigin,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let person = person(&app, id).await?;
    let link = link_for(&app, &origin, &person).await?;
    view(&app, &account, None, Some(link)).await
}

/// A role to give or to take away.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleForm {
    /// Empty: the whole server.
    project: String,
    /// A role, or `none` to take it away.
    role: String,
}

impl RoleForm {
    fn role(&self) -> Result<Option<Role>, WebError> {
        match self.role.as_str() {
            "none" => Ok(None),
            role => role.parse().map(Some).map_err(|error: crate::domain::word::UnknownWord| {
                WebError::unprocessable("bad_role", error.to_string())
            }),
        }
    }
}

/// `GET /people/{id}/role`: asks before somebody may do more, less or nothing.
pub async fn ask_role(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
    Query(form): Query<RoleForm>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let (person, role, language) = (person(&app, id).await?, form.role()?, account.language());
    let name = person.name.as_str();
    let (question, means) = if form.project.is_empty() {
        match role {
            Some(_) => (language.say("people-server-ask"), language.say("people-server-means")),
            None => (language.say("people-server-end-ask"), language.say("people-server-end-means")),
        }
    } else {
        match role {
            Some(_) => (language.say("people-role-ask"), language.say("people-role-means")),
            None => (language.say("people-leave-ask"), language.say("people-leave-means")),
        }
    };
    let held = app.store.memberships_of(id).await?.into_iter().find(|held| held.slug == form.project);
    let project = match &held {
        Some(held) => held.project_name.clone(),
        None => app
            .store
            .project_names()
            .await?
            .into_iter()
            .find(|(slug, _)| *slug == form.project)
            .map_or_else(|| form.project.clone(), |(_, name)| name),
    };
    let now = held.map(|held| names::role(language, held.role.as_str()));
    let now = now.map(|role| language.say("people-role-now").with("role", role).to_string());
    let new = names::role(language, role.map_or("none", Role::as_str));
    let question = question.with("name", name).with("role", new).with("project", project.as_str()).to_string();
    page(&ConfirmPage {
        shell: Shell::account(&*question, &account),
        question,
        means: now.into_iter().chain([means.with("name", name).to_string()]).collect(),
        action: format!("/people/{id}/role"),
        fields: vec![("project", form.project), ("role", form.role)],
        button: language.say("people-change").to_string(),
        back: "/people".to_owned(),
    })
}

/// `POST /people/{id}/role`
pub async fn set_role(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
    Form(form): Form<RoleForm>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    let (person, role) = (person(&app, id).await?, form.role()?);
    match (form.project.as_str(), role) {
        ("", None | Some(Role::Admin)) => {
            accounts::set_server_admin(&app, &person, role.is_some(), Some(account.id)).await?;
        }
        ("", Some(role)) => return Err(AccountError::RoleNeedsProject(role).into()),
        (slug, role) => accounts::set_role(&app, person.id, slug, role).await?,
    }
    Ok(going::to("/people"))
}

/// `GET /people/{id}/disable`: asks first.
pub async fn ask_disable(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    admin(&account)?;
    let (person, language) = (person(&app, id).await?, account.language());
    let name = person.name.as_str();
    let question = language.say("people-disable-ask").with("name", name).to_string();
    page(&ConfirmPage {
        shell: Shell::account(&*question, &account),
        question,
        means: vec![language.say("people-disable-means").with("name", name).to_string()],
        action: format!("/people/{id}/disable"),
        fields: Vec::new(),
        button: language.say("people-disable").to_string(),
        back: "/people".to_owned(),
    })
}

/// `POST /people/{id}/disable`
pub async fn disable(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    accounts::disable(&app, &person(&app, id).await?, Some(account.id)).await?;
    Ok(going::to("/people"))
}

/// `POST /people/{id}/enable`
pub async fn enable(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Redirect, WebError> {
    admin(&account)?;
    accounts::enable(&app, person(&app, id).await?.id).await?;
    Ok(going::to("/people"))
}

fn admin(account: &CurrentAccount) -> Result<(), WebError> {
    account.require_session()?;
    account.require_admin()
}

async fn person(app: &App, id: AccountId) -> Result<AccountRow, WebError> {
    app.store.account(id).await?.ok_or_else(|| WebError::not_found(format!("there is no account `{id}`")))
}

/// Name and whole address.
async fn link_for(app: &App, origin: &RequestOrigin, person: &AccountRow) -> Result<(String, String), WebError> {
    let secret = accounts::new_link(app, person.id).await?;
    Ok((person.name.clone(), origin.link(&format!("/link/{}", secret.reveal()))))
}
