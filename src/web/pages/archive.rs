//! The archive: projects that were put away, archived samples, and the forms that put them there and bring them back.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Redirect, Response};
use serde::Deserialize;

use crate::domain::{Role, SampleId};
use crate::service::App;
use crate::service::archive::{KEPT_SECONDS, projects as project_archive, samples as sample_archive};
use crate::store::archive::ArchivedRow;
use crate::store::removal::ArchivedProject;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Form, Member, Query};
use crate::web::frame::filters::{self, group};
use crate::web::frame::going;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;

/// Archived samples on one page.
const PER_PAGE: usize = 200;

/// Days for which what is to be deleted can be brought back.
fn days() -> i64 {
    KEPT_SECONDS / 86_400
}

#[derive(Template)]
#[template(path = "archive.html")]
struct ArchivePage {
    shell: Shell,
    projects: Vec<ArchivedProject>,
}

/// `GET /archive`: archived projects that the reader may bring back.
pub async fn projects(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    let mut projects = app.store.archived_projects().await?;
    projects.retain(|project| account.role_in(project.id) >= Some(Role::Admin));
    page(&ArchivePage { shell: Shell::account(account.language().say("archive-projects"), &account), projects })
}

#[derive(Template)]
#[template(path = "archive_project.html")]
struct AskPage {
    shell: Shell,
    slug: String,
    name: String,
    days: i64,
    archived: bool,
}

/// `GET /p/{slug}/archive`: asks whether to keep it or to delete it.
pub async fn ask(member: Member) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    page(&AskPage {
        shell: Shell::page(&member, member.language().say("archive-project"), Some(Tab::Settings)),
        slug: member.project.slug.clone(),
        name: member.project.name.clone(),
        days: days(),
        archived: member.project.archived_us.is_some(),
    })
}

/// Whether an archived project is removed for good.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchiveForm {
    #[serde(default)]
    delete: bool,
}

/// `POST /p/{slug}/archive`
pub async fn archive(
    State(app): State<App>,
    member: Member,
    Form(form): Form<ArchiveForm>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    project_archive::archive(&app, &member.project, form.delete).await?;
    Ok(going::to("/archive"))
}

/// `POST /p/{slug}/restore`
pub async fn restore(State(app): State<App>, member: Member) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    project_archive::restore(&app, &member.project).await?;
    Ok(going::to(&format!("/p/{}/settings", member.project.slug)))
}

/// Which archived samples to show.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ArchivedQuery {
    #[serde(default)]
    after: Option<SampleId>,
    /// Samples that were left as they are, of those just chosen.
    #[serde(default)]
    left: Option<i64>,
}

#[derive(Template)]
#[template(path = "archived.html")]
struct ArchivedPage {
    shell: Shell,
    slug: String,
    count: String,
    rows: Vec<ArchivedRow>,
    days: i64,
    left: i64,
    next: Option<String>,
}

/// `GET /p/{slug}/archived`
pub async fn samples(
    State(app): State<App>,
    member: Member,
    Query(query): Query<ArchivedQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let project = &member.project;
    let rows = app.store.archived_samples(project.id, query.after.unwrap_or(SampleId(0)), PER_PAGE as i64).await?;
    let next = rows.last().filter(|_| rows.len() == PER_PAGE);
    page(&ArchivedPage {
        shell: Shell::page(&member, member.language().say("archived-samples"), Some(Tab::Samples)),
        slug: project.slug.clone(),
        count: group(app.store.archived_count(project.id).await?),
        days: days(),
        left: query.left.unwrap_or_default(),
        next: next.map(|last| format!("/p/{}/archived?after={}", project.slug, last.id)),
        rows,
    })
}

/// The samples chosen in a form: their numbers, or what the samples page says of them, which begins with the number.
fn chosen(fields: &[(String, String)]) -> Result<Vec<SampleId>, WebError> {
    let items = fields.iter().filter(|(name, _)| name == "item").map(|(_, value)| {
        let number = value.split(':').next().unwrap_or_default();
        let bad = || WebError::unprocessable("bad_field", format!("`item` is `{value}`, which names no sample"));
        number.parse().map(SampleId).map_err(|_| bad())
    });
    let items = items.collect::<Result<Vec<_>, _>>()?;
    if items.is_empty() {
        return Err(WebError::unprocessable("no_samples", "no sample is chosen").hint("Choose some and try again."));
    }
    Ok(items)
}

/// `POST /p/{slug}/samples/archive`: the samples chosen on the samples page.
pub async fn put_away(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let put = sample_archive::archive(&app, &member.project, Some(member.account.id), &chosen(&fields)?).await?;
    let back = match put.left {
        0 => fields.iter().find(|(name, _)| name == "back").map_or("/", |(_, value)| value.as_str()).to_owned(),
        left => format!("/p/{}/archived?left={left}", member.project.slug),
    };
    Ok(going::to(&back).into_response())
}

/// `POST /p/{slug}/archived`: bring the chosen ones back.
pub async fn bring_back(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<Vec<(String, String)>>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    let put = sample_archive::restore(&app, &member.project, &chosen(&fields)?).await?;
    let left = if put.left > 0 { format!("?left={}", put.left) } else { String::new() };
    Ok(going::to(&format!("/p/{}/archived{left}", member.project.slug)))
}
