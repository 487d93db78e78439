//! A project's state for programs: counts, freshness, what brings the next round.

use axum::extract::State;

use super::Standing;
use crate::app::App;
use crate::domain::{Class, Project, Role, Task};
use crate::service::insight;
use crate::service::projects::{self, Wanted};
use crate::store::jobs::Job;
use crate::store::projects::Tally;
use crate::store::rounds::Round;
use crate::web::error::WebError;
use crate::web::extract::{CurrentAccount, Json, Member};
use crate::web::words::answers_to_round;

/// Everything a program needs to follow a project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProjectState {
    pub slug: String,
    pub name: String,
    pub task: String,
    pub modality: String,
    pub strategy: String,
    pub classes: Vec<Class>,
    pub counts: Tally,
    pub progress: Standing,
    /// The newest finished round.
    pub round: Option<Round>,
    /// Answers that no finished round has seen.
    pub answers_since_round: i64,
    /// Answers until the next round is due.
    pub answers_to_round: i64,
    /// Minutes after which anything new is trained on.
    pub retrain_minutes: i64,
    /// The newest encoding, with its progress.
    pub encoding: Option<Job>,
}

/// Counts, current round, freshness, what triggers the next round.
#[utoipa::path(get, path = "/api/v1/projects/{slug}", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = ProjectState), (status = 404, description = "no such project for the caller")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<ProjectState>, WebError> {
    let project = &member.project;
    let counts = app.store.tally(project.id).await?;
    Ok(Json(ProjectState {
        slug: project.slug.clone(),
        name: project.name.clone(),
        task: project.task.clone(),
        modality: project.modality.clone(),
        strategy: project.strategy.clone(),
        classes: app.store.classes(project.id).await?,
        counts,
        progress: Standing::new(member.language(), project, &counts),
        round: app.store.latest_round(project.id).await?,
        answers_since_round: counts.answers_since_round(),
        answers_to_round: answers_to_round(project, &counts),
        retrain_minutes: project.retrain_minutes,
        encoding: app.store.latest_job(project.id, "encode").await?,
    }))
}

/// The numbers behind the label-efficiency chart.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/curve", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = insight::Curve)))]
pub async fn curve(State(app): State<App>, member: Member) -> Result<Json<insight::Curve>, WebError> {
    Ok(Json(insight::curve(&app, &member.project).await?))
}

/// A project in the list.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedProject {
    pub slug: String,
    pub name: String,
    /// `single`: each sample has exactly one class. `multi`: any number of them.
    pub task: String,
    pub modality: String,
    pub strategy: String,
    /// The caller's role there.
    pub role: String,
    /// RFC 3339, UTC.
    pub created_at: String,
}

/// Projects by slug.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Projects {
    pub projects: Vec<ListedProject>,
}

/// The projects that the caller may see.
#[utoipa::path(get, path = "/api/v1/projects", tag = "projects", responses((status = 200, body = Projects)))]
pub async fn list(State(app): State<App>, account: CurrentAccount) -> Result<Json<Projects>, WebError> {
    let found = if account.admin { app.store.projects().await? } else { app.store.projects_of(account.id).await? };
    let listed = |project: Project| {
        let role = account.role_in(project.id)?.as_str().to_owned();
        let (slug, name, task, modality) = (project.slug, project.name, project.task, project.modality);
        let (strategy, created_at) = (project.strategy, project.created_us.rfc3339());
        Some(ListedProject { slug, name, task, modality, strategy, role, created_at })
    };
    Ok(Json(Projects { projects: found.into_iter().filter_map(listed).collect() }))
}

/// A project to make.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    /// Its name in addresses: lower-case letters, digits and dashes.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9][a-z0-9-]*$")]
    pub slug: String,
    /// Its name on pages; the slug by default.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: Option<String>,
    /// Names of the classes, in the order of their keys; none twice.
    #[serde(default)]
    pub classes: Vec<String>,
    /// `single`, which is the default: each sample has exactly one class. `multi`: any number of them.
    #[serde(default)]
    pub task: Option<Task>,
    /// Decides the audit draw and every random choice; 0 by default.
    #[serde(default)]
    pub seed: i64,
    /// What chooses the samples to ask, see `querist strategies`; by default the one that suits the task.
    #[serde(default)]
    pub strategy: Option<String>,
}

/// What was made.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Made {
    pub slug: String,
}

/// Make a project (admins of the server).
#[utoipa::path(post, path = "/api/v1/projects", tag = "projects", request_body = NewProject,
    responses((status = 201, body = Made), (status = 409, description = "the slug is taken"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    Json(new): Json<NewProject>,
) -> Result<(axum::http::StatusCode, Json<Made>), WebError> {
    account.require_admin()?;
    let task = new.task.unwrap_or(Task::Single);
    if let Some(strategy) = &new.strategy {
        projects::check_strategy(task == Task::Multi, strategy)?;
    }
    let wanted = Wanted {
        slug: new.slug,
        name: new.name,
        classes: new.classes,
        task,
        modality: crate::domain::Modality::Image,
        seed: new.seed,
        augmentations: None,
    };
    let mut project = projects::create(&app, wanted).await?;
    if let Some(strategy) = new.strategy {
        project = projects::set_strategy(&app, project, &strategy).await?;
    }
    Ok((axum::http::StatusCode::CREATED, Json(Made { slug: project.slug })))
}

/// Classes to add.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClasses {
    /// At least one; none twice, and none that is there already.
    #[schema(min_items = 1)]
    pub names: Vec<String>,
}

/// Add classes (leads).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/classes", tag = "projects", request_body = NewClasses,
    params(("slug" = String, Path)), responses((status = 201, body = Vec<Class>), (status = 409), (status = 422)))]
pub async fn add_classes(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewClasses>,
) -> Result<(axum::http::StatusCode, Json<Vec<Class>>), WebError> {
    member.require(Role::Lead)?;
    projects::add_classes(&app, &member.project, &new.names).await?;
    Ok((axum::http::StatusCode::CREATED, Json(app.store.classes(member.project.id).await?)))
}
