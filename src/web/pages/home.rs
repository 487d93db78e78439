//! The first page: the projects one may open, and for admins the way to a new one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::{Modality, Task};
use crate::service::App;
use crate::service::projects::{self, Wanted};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Form, Member};
use crate::web::frame::going;
use crate::web::frame::shell::Shell;
use crate::web::page;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    projects: Vec<Entry>,
    admin: bool,
}

struct Entry {
    slug: String,
    name: String,
    standing: String,
}

/// `GET /`
pub async fn show(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    let mine = if account.admin { app.store.projects().await? } else { app.store.projects_of(account.id).await? };
    let language = account.language();
    let mut entries = Vec::with_capacity(mine.len());
    for project in mine {
        let tally = app.store.tally(project.id).await?;
        let standing = match tally.samples {
            0 => language.say("home-no-samples").into(),
            n => language.say("home-labeled").with("n", tally.labeled).with("all", n).into(),
        };
        entries.push(Entry { slug: project.slug, name: project.name, standing });
    }
    page(&HomePage {
        shell: Shell::account(language.say("projects"), &account),
        projects: entries,
        admin: account.admin,
    })
}

/// `GET /p/{slug}`: the desk is where a project opens.
pub async fn open(member: Member) -> Response {
    going::to(&format!("/p/{}/label", member.project.slug)).into_response()
}

/// A new project's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProjectForm {
    slug: String,
    name: String,
    /// One class a line.
    classes: String,
    #[serde(default)]
    task: Option<Task>,
}

/// `POST /projects`
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    Form(new): Form<NewProjectForm>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let wanted = Wanted {
        slug: new.slug.trim().to_owned(),
        name: Some(new.name.trim().to_owned()).filter(|name| !name.is_empty()),
        classes: new.classes.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        task: new.task.unwrap_or(Task::Single),
        modality: Modality::Image,
        seed: 0,
        augmentations: None,
        secret: None,
    };
    let project = projects::create(&app, wanted).await?;
    Ok(going::to(&format!("/p/{}/settings", project.slug)).into_response())
}
