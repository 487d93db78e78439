//! The archive for programs: projects and samples put away and brought back.

use axum::extract::State;

use crate::domain::{Role, SampleId};
use crate::service::App;
use crate::service::archive::projects as project_archive;
use crate::service::archive::samples::{self as sample_archive, PutAway};
use crate::store::archive::ArchivedRow;
use crate::store::removal::ArchivedProject;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Member, Query};

/// An archived project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PutAwayProject {
    pub slug: String,
    pub name: String,
    /// RFC 3339, UTC.
    pub archived_at: String,
    /// When it is removed for good; absent if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub leaves_at: Option<String>,
    pub samples: i64,
    pub labeled: i64,
}

impl From<ArchivedProject> for PutAwayProject {
    fn from(row: ArchivedProject) -> Self {
        Self {
            archived_at: row.archived_us.rfc3339(),
            leaves_at: row.leaves_us.map(crate::domain::Timestamp::rfc3339),
            slug: row.slug,
            name: row.name,
            samples: row.samples,
            labeled: row.labeled,
        }
    }
}

/// Archived projects that the caller may bring back.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PutAwayProjects {
    pub projects: Vec<PutAwayProject>,
}

/// Archived projects of which the caller is an admin.
#[utoipa::path(get, path = "/api/v1/archive", tag = "projects", responses((status = 200, body = PutAwayProjects)))]
pub async fn projects(State(app): State<App>, account: CurrentAccount) -> Result<Json<PutAwayProjects>, WebError> {
    let mut projects = app.store.archived_projects().await?;
    projects.retain(|project| account.role_in(project.id) >= Some(Role::Admin));
    Ok(Json(PutAwayProjects { projects: projects.into_iter().map(PutAwayProject::from).collect() }))
}

/// How to archive a project.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ArchiveWish {
    /// Whether it is removed for good after 30 days; until then it can be brought back.
    #[serde(default)]
    pub delete: bool,
}

/// Whether a project is archived.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ArchiveState {
    pub archived: bool,
}

/// Archive a project: it is not among the projects and takes no changes until it is brought back (admins of the project).
#[utoipa::path(put, path = "/api/v1/projects/{slug}/archived", tag = "projects", request_body = ArchiveWish,
    params(("slug" = String, Path)), responses((status = 200, body = ArchiveState), (status = 403, description = "needs the role admin")))]
pub async fn archive_project(
    State(app): State<App>,
    member: Member,
    Json(wish): Json<ArchiveWish>,
) -> Result<Json<ArchiveState>, WebError> {
    member.require(Role::Admin)?;
    project_archive::archive(&app, &member.project, wish.delete).await?;
    Ok(Json(ArchiveState { archived: true }))
}

/// Bring an archived project back as it was (admins of the project).
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/archived", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = ArchiveState), (status = 403, description = "needs the role admin"),
        (status = 404, description = "it was removed for good")))]
pub async fn restore_project(State(app): State<App>, member: Member) -> Result<Json<ArchiveState>, WebError> {
    member.require(Role::Admin)?;
    project_archive::restore(&app, &member.project).await?;
    Ok(Json(ArchiveState { archived: false }))
}

/// Which archived samples to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ArchiveQuery {
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<SampleId>,
}

/// An archived sample.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PutAwaySample {
    pub id: SampleId,
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    /// Whether it has an answer, a skip included.
    pub answered: bool,
    /// Who archived it; absent for a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by: Option<String>,
    /// RFC 3339, UTC.
    pub archived_at: String,
    /// When it is removed for good.
    pub leaves_at: String,
}

impl From<ArchivedRow> for PutAwaySample {
    fn from(row: ArchivedRow) -> Self {
        Self {
            archived_at: row.archived_us.rfc3339(),
            leaves_at: row.leaves_us.rfc3339(),
            id: row.id,
            name: row.name,
            sha256: row.hash,
            answered: row.answered,
            by: row.account,
        }
    }
}

/// A page of archived samples.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct PutAwaySamples {
    pub samples: Vec<PutAwaySample>,
    /// Pass it as `after` for the next page; absent on the last one.
    pub next: Option<SampleId>,
}

/// Archived samples, by number (admins of the project).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/archive", tag = "samples", params(("slug" = String, Path), ArchiveQuery),
    responses((status = 200, body = PutAwaySamples), (status = 403, description = "needs the role admin")))]
pub async fn samples(
    State(app): State<App>,
    member: Member,
    Query(query): Query<ArchiveQuery>,
) -> Result<Json<PutAwaySamples>, WebError> {
    member.require(Role::Admin)?;
    let limit = super::checked_limit(query.limit, "samples")?;
    let rows = app.store.archived_samples(member.project.id, query.after.unwrap_or(SampleId(0)), limit).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == limit).map(|last| last.id);
    Ok(Json(PutAwaySamples { samples: rows.into_iter().map(PutAwaySample::from).collect(), next }))
}

/// Samples by number.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChosenSamples {
    /// 1 to 1000 samples.
    pub samples: Vec<SampleId>,
}

/// What became of the samples.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ArchiveOutcome {
    /// Samples that were archived or brought back.
    pub done: i64,
    /// Samples that stay as they were: with somebody at the moment, unknown, or with content that is there again.
    pub left: i64,
}

impl From<PutAway> for ArchiveOutcome {
    fn from(put: PutAway) -> Self {
        Self { done: put.done, left: put.left }
    }
}

/// Archive samples: nobody is asked them, nothing trains on them or counts them; after 30 days they are removed for good (admins of
/// the project).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/archive", tag = "samples", request_body = ChosenSamples,
    params(("slug" = String, Path)), responses((status = 200, body = ArchiveOutcome), (status = 403, description = "needs the role admin"),
        (status = 422)))]
pub async fn put_away(
    State(app): State<App>,
    member: Member,
    Json(chosen): Json<ChosenSamples>,
) -> Result<Json<ArchiveOutcome>, WebError> {
    member.require(Role::Admin)?;
    let by = Some(member.account.id);
    Ok(Json(sample_archive::archive(&app, &member.project, by, &chosen.samples).await?.into()))
}

/// Bring archived samples back as they were (admins of the project).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/archive/restore", tag = "samples", request_body = ChosenSamples,
    params(("slug" = String, Path)), responses((status = 200, body = ArchiveOutcome), (status = 403, description = "needs the role admin"),
        (status = 422)))]
pub async fn bring_back(
    State(app): State<App>,
    member: Member,
    Json(chosen): Json<ChosenSamples>,
) -> Result<Json<ArchiveOutcome>, WebError> {
    member.require(Role::Admin)?;
    Ok(Json(sample_archive::restore(&app, &member.project, &chosen.samples).await?.into()))
}
