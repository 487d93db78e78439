//! The first page: the projects you may open, and for admins a form for a new one.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::domain::project::slug_of;
use crate::domain::{Modality, Project, Role, Task};
use crate::modality;
use crate::service::App;
use crate::service::projects::{self, Wanted};
use crate::store::projects::Tally;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Form, Member};
use crate::web::frame::shell::Shell;
use crate::web::frame::{going, names};
use crate::web::page;

#[derive(Template)]
#[template(path = "home.html")]
struct HomePage {
    shell: Shell,
    projects: Vec<Entry>,
    admin: bool,
    /// What samples may be, by name and in words.
    modalities: Vec<(&'static str, String)>,
}

struct Entry {
    /// Where the next thing to do is.
    href: String,
    name: String,
    /// What the reader may do there; admins of the server may do everything everywhere.
    role: Option<String>,
    samples: i64,
    labeled: i64,
    standing: String,
    /// What comes next.
    next: String,
}

impl Entry {
    fn new(account: &CurrentAccount, project: Project, tally: &Tally) -> Self {
        let language = account.language();
        let role = account.role_in(project.id);
        let standing = match tally.samples {
            0 => language.say("home-no-samples").into(),
            n => language.say("home-labeled").with("n", tally.labeled).with("all", n).into(),
        };
        let (id, page) = match (tally.samples, tally.unlabeled()) {
            (0, _) if account.admin || role >= Some(Role::Admin) => ("home-next-import", "settings"),
            (0, _) => ("home-next-wait", "label"),
            (_, 0) if role >= Some(Role::Lead) => ("home-next-done", "insight"),
            (_, 0) => ("home-next-done", "label"),
            _ => ("home-next-label", "label"),
        };
        Self {
            href: format!("/p/{}/{page}", project.slug),
            name: project.name,
            role: role.filter(|_| !account.admin).map(|role| names::role(language, role.as_str())),
            samples: tally.samples,
            labeled: tally.labeled,
            standing,
            next: language.say(id).with("n", tally.unlabeled()).into(),
        }
    }
}

/// `GET /`
pub async fn show(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    let mine = if account.admin { app.store.projects().await? } else { app.store.projects_of(account.id).await? };
    let mut entries = Vec::with_capacity(mine.len());
    for project in mine {
        let tally = app.store.tally(project.id).await?;
        entries.push(Entry::new(&account, project, &tally));
    }
    page(&HomePage {
        shell: Shell::account(account.language().say("projects"), &account),
        projects: entries,
        admin: account.admin,
        modalities: modality::known()
            .map(|modality| (modality.as_str(), names::modality(account.language(), modality)))
            .collect(),
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
    /// If empty, it is made from the name.
    #[serde(default)]
    slug: String,
    name: String,
    /// One class a line.
    classes: String,
    #[serde(default)]
    task: Option<Task>,
    #[serde(default)]
    modality: Option<Modality>,
}

/// `POST /projects`
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    Form(new): Form<NewProjectForm>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let slug = match new.slug.trim() {
        "" => slug_of(&new.name).ok_or_else(|| {
            WebError::unprocessable("bad_field", format!("no URL name can be made from the name `{}`", new.name.trim()))
                .hint("Give one: small letters, digits and hyphens.")
        })?,
        given => given.to_owned(),
    };
    let wanted = Wanted {
        slug,
        name: Some(new.name.trim().to_owned()).filter(|name| !name.is_empty()),
        classes: new.classes.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect(),
        task: new.task.unwrap_or(Task::Single),
        modality: new.modality.unwrap_or(Modality::Image),
        seed: 0,
        augmentations: None,
        secret: None,
    };
    let project = projects::create(&app, wanted).await?;
    Ok(going::to(&format!("/p/{}/settings", project.slug)).into_response())
}
