//! A project's state for programs: counts, freshness, what brings the next round.

use axum::extract::State;

use super::ProjectStanding;
use crate::domain::{Class, EncoderId, Modality, Project, Role, RoundId, Task, Timestamp, job};
use crate::modality::image::augment;
use crate::service::desk::outlook::answers_to_round;
use crate::service::encoders::adding::{self as encoders, EncodersError};
use crate::service::insight;
use crate::service::projects::{self, Wanted};
use crate::service::{App, ServiceError};
use crate::store::jobs::Job;
use crate::store::projects::Tally;
use crate::store::rounds::{Round, RoundStatus};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Member};

/// A project's counts. Those that count training and audit answers separately are for leads: they would reveal to
/// anybody who labels which of their answers audit.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProjectCounts {
    pub samples: i64,
    /// Samples with a class, including the audit set.
    pub labeled: i64,
    pub skipped: i64,
    /// Annotations ever made, including undos.
    pub answers: i64,
    /// Leases ever granted.
    pub asked: i64,
    /// `answers` as the last finished round saw it.
    pub round_answers: i64,
    pub round_us: Option<Timestamp>,
    /// Samples of the audit set; the pool is the rest (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_samples: Option<i64>,
    /// Those that have a class (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit_labeled: Option<i64>,
    /// Training labels of the last finished round (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round_labels: Option<i64>,
}

impl ProjectCounts {
    fn new(tally: &Tally, role: Role) -> Self {
        let lead = |n: i64| (role >= Role::Lead).then_some(n);
        Self {
            samples: tally.samples,
            labeled: tally.labeled,
            skipped: tally.skipped,
            answers: tally.answers,
            asked: tally.asked,
            round_answers: tally.round_answers,
            round_us: tally.round_us,
            audit_samples: lead(tally.audit_samples),
            audit_labeled: lead(tally.audit_labeled),
            round_labels: lead(tally.round_labels),
        }
    }
}

/// The newest finished round. What it trained on is for leads, as in [`ProjectCounts`].
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct NewestRound {
    pub id: RoundId,
    pub number: i64,
    #[schema(value_type = String)]
    pub state: RoundStatus,
    pub cause: String,
    pub strategy: String,
    pub encoder_id: Option<EncoderId>,
    pub n_answers: i64,
    pub fit_ms: Option<f64>,
    pub score_ms: Option<f64>,
    pub rank_ms: Option<f64>,
    pub provider: Option<String>,
    pub started_us: Timestamp,
    pub finished_us: Option<Timestamp>,
    /// Training labels (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_labels: Option<i64>,
    /// Samples it ranked (leads).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub n_pool: Option<i64>,
}

impl NewestRound {
    pub(super) fn new(round: Round, role: Role) -> Self {
        let lead = |n: i64| (role >= Role::Lead).then_some(n);
        Self {
            id: round.id,
            number: round.number,
            state: round.state,
            cause: round.cause,
            strategy: round.strategy,
            encoder_id: round.encoder_id,
            n_answers: round.n_answers,
            fit_ms: round.fit_ms,
            score_ms: round.score_ms,
            rank_ms: round.rank_ms,
            provider: round.provider,
            started_us: round.started_us,
            finished_us: round.finished_us,
            n_labels: lead(round.n_labels),
            n_pool: lead(round.n_pool),
        }
    }
}

/// Everything a program needs to follow a project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ProjectState {
    pub slug: String,
    pub name: String,
    #[schema(value_type = String)]
    pub task: Task,
    #[schema(value_type = String)]
    pub modality: Modality,
    pub strategy: String,
    pub classes: Vec<Class>,
    pub counts: ProjectCounts,
    pub progress: ProjectStanding,
    /// The newest finished round.
    pub round: Option<NewestRound>,
    /// Answers that no finished round has seen.
    pub answers_since_round: i64,
    /// Answers until the next round is due.
    pub answers_to_round: i64,
    /// Minutes after which anything new is trained on.
    pub retrain_minutes: i64,
    /// The newest encoding, with its progress.
    pub encoding: Option<Job>,
}

/// Counts, current round, freshness, and what triggers the next round.
#[utoipa::path(get, path = "/api/v1/projects/{slug}", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = ProjectState), (status = 404, description = "no such project for the caller")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<ProjectState>, WebError> {
    let project = &member.project;
    let counts = app.store.tally(project.id).await?;
    Ok(Json(ProjectState {
        slug: project.slug.clone(),
        name: project.name.clone(),
        task: project.task,
        modality: project.modality,
        strategy: project.strategy.clone(),
        classes: app.store.classes(project.id).await?,
        counts: ProjectCounts::new(&counts, member.role),
        progress: ProjectStanding::new(&app, member.language(), project, &counts).await?,
        round: app.store.latest_round(project.id).await?.map(|round| NewestRound::new(round, member.role)),
        answers_since_round: counts.answers_since_round(),
        answers_to_round: answers_to_round(project, &counts),
        retrain_minutes: project.retrain_minutes,
        encoding: app.store.latest_job(project.id, &job::ENCODE).await?,
    }))
}

/// The numbers behind the label-efficiency chart (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/curve", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = insight::Curve), (status = 403)))]
pub async fn curve(State(app): State<App>, member: Member) -> Result<Json<insight::Curve>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(insight::curve(&app, &member.project).await?))
}

/// A project in the list.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedProject {
    pub slug: String,
    pub name: String,
    /// `single`: each sample has exactly one class. `multi`: any number of them.
    #[schema(value_type = String)]
    pub task: Task,
    #[schema(value_type = String)]
    pub modality: Modality,
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
#[schema(as = NewProject)]
pub struct ProjectRequest {
    /// Its name in addresses: lower-case letters, digits and dashes.
    #[schema(min_length = 1, max_length = 60, pattern = "^[a-z0-9][a-z0-9-]*$")]
    pub slug: String,
    /// Its name on pages; the slug by default.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100, pattern = r"\S")]
    pub name: Option<String>,
    /// Names of the classes, in the order of their keys, without duplicates.
    #[serde(default)]
    pub classes: Vec<String>,
    /// `single`, which is the default: each sample has exactly one class. `multi`: any number of them.
    #[serde(default)]
    pub task: Option<Task>,
    /// What samples are: `image`, which is the default, or `text`.
    #[serde(default)]
    pub modality: Option<Modality>,
    /// Seeds every random choice but the audit draw, which is unpredictable; 0 by default.
    #[serde(default)]
    pub seed: i64,
    /// What chooses the samples to ask, see `querist strategies`; by default the one that suits the task.
    #[serde(default)]
    pub strategy: Option<String>,
    /// The encoder, by its name or its number as text; by default one is learned from the first samples.
    #[serde(default)]
    pub encoder: Option<String>,
    /// Changes of a picture that keep its label; by default a crop where samples have exactly one class.
    #[serde(default)]
    pub augmentations: Option<Vec<String>>,
}

/// The project that was made.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Made)]
pub struct MadeProject {
    pub slug: String,
}

/// Make a project (admins of the server).
#[utoipa::path(post, path = "/api/v1/projects", tag = "projects", request_body = ProjectRequest,
    responses((status = 201, body = MadeProject), (status = 409, description = "the slug is taken"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    Json(new): Json<ProjectRequest>,
) -> Result<(axum::http::StatusCode, Json<MadeProject>), WebError> {
    account.require_admin()?;
    let task = new.task.unwrap_or(Task::Single);
    if let Some(strategy) = &new.strategy {
        projects::check_strategy(task, strategy)?;
    }
    let wanted = Wanted {
        slug: new.slug,
        name: new.name,
        classes: new.classes,
        task,
        modality: new.modality.unwrap_or(Modality::Image),
        seed: new.seed,
        augmentations: new
            .augmentations
            .map(|names| augment::parse(&names.join(" ")))
            .transpose()
            .map_err(ServiceError::from)?,
        secret: None,
    };
    // Before the project is made, so that a wrong name leaves none behind.
    let encoder = match &new.encoder {
        Some(name) => Some(encoders::by_name(&app, name).await?),
        None => None,
    };
    if let Some(private) = encoder.as_ref().filter(|row| row.project_id.is_some()) {
        return Err(EncodersError::Unknown(private.name.clone()).into());
    }
    let mut project = projects::create(&app, wanted).await?;
    if let Some(encoder) = encoder {
        encoders::choose(&app, &project, encoder.id).await?;
    }
    if let Some(strategy) = new.strategy {
        project = projects::set_strategy(&app, project, &strategy).await?;
    }
    Ok((axum::http::StatusCode::CREATED, Json(MadeProject { slug: project.slug })))
}

/// Classes to add.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewClasses {
    /// At least one, without duplicates or existing names.
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
