//! A project's state for programs: counts, freshness, what brings the next round.

use axum::extract::State;

use super::Standing;
use crate::app::App;
use crate::domain::{Class, Role, Task, job};
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
        progress: Standing::new(&app, member.language(), project, &counts),
        round: app.store.latest_round(project.id).await?,
        answers_since_round: counts.answers_since_round(),
        answers_to_round: answers_to_round(project, &counts),
        retrain_minutes: project.retrain_minutes,
        encoding: app.store.latest_job(project.id, &job::ENCODE).await?,
    }))
}

/// The numbers behind the label-efficiency chart.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/curve", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = insight::Curve)))]
pub async fn curve(State(app): State<App>, member: Member) -> Result<Json<insight::Curve>, WebError> {
    Ok(Json(insight::curve(&app, &member.project).await?))
}

/// A project to make.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewProject {
    pub slug: String,
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub classes: Vec<String>,
    /// `single`, which is the default: each sample has exactly one class. `multi`: any number of them.
    #[serde(default)]
    pub task: Option<Task>,
    /// Decides the audit draw and every random choice; 0 by default.
    #[serde(default)]
    pub seed: i64,
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
    let wanted = Wanted {
        slug: new.slug,
        name: new.name,
        classes: new.classes,
        task: new.task.unwrap_or(Task::Single),
        modality: crate::domain::Modality::Image,
        seed: new.seed,
        augmentations: None,
    };
    let project = projects::create(&app, wanted).await?;
    Ok((axum::http::StatusCode::CREATED, Json(Made { slug: project.slug })))
}

/// Classes to add.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClasses {
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
