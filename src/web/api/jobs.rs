//! Background work for programs: listing jobs, their progress, and waiting until one has ended.

use std::time::Duration;

use axum::extract::State;

use super::imports::JobImport;
use crate::domain::{JobId, JobKind, Role, job};
use crate::service::{App, background};
use crate::store::jobs::Job;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path, Query};

/// Jobs in one answer.
const MOST: i64 = 500;
/// The longest wait, in seconds: as long as any request may take.
const LONGEST: u64 = 30;
/// How often to check what somebody waits for.
pub(super) const LOOK: Duration = Duration::from_millis(100);

/// A job, with its result if it was an import. A round's job names the round that it made.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct JobState {
    #[serde(flatten)]
    pub job: Job,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub import: Option<JobImport>,
}

impl JobState {
    async fn of(app: &App, job: Job) -> Result<Self, WebError> {
        let import = if job.kind == job::IMPORT.name { JobImport::of(app, job.id).await? } else { None };
        Ok(Self { job, import })
    }
}

/// How long to wait.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Waiting {
    /// Answer when the job has ended, or after this many seconds, whichever comes first: 0 to 30, 0 by default.
    #[serde(default)]
    #[param(minimum = 0, maximum = 30)]
    wait: Option<u64>,
}

/// How many seconds to wait.
pub(super) fn checked_wait(asked: Option<u64>) -> Result<u64, WebError> {
    let wait = asked.unwrap_or(0);
    if wait > LONGEST {
        return Err(WebError::unprocessable("bad_wait", format!("wait is {wait}; give 0 to {LONGEST} seconds")));
    }
    Ok(wait)
}

/// A job's state.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/jobs/{id}", tag = "jobs", params(("slug" = String, Path), ("id" = i64, Path), Waiting),
    responses((status = 200, body = JobState), (status = 403), (status = 404), (status = 422)))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, JobId)>,
    Query(waiting): Query<Waiting>,
) -> Result<Json<JobState>, WebError> {
    // A round's message counts its training labels, and an import's names files.
    member.require(Role::Lead)?;
    let wait = checked_wait(waiting.wait)?;
    let until = tokio::time::Instant::now() + Duration::from_secs(wait);
    loop {
        let job = app.store.job(id).await?.filter(|job| job.project_id == Some(member.project.id));
        let job = job.or_not_found(|| format!("there is no job {id} in this project"))?;
        if !job.is_open() || tokio::time::Instant::now() + LOOK > until {
            return Ok(Json(JobState::of(&app, job).await?));
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// Which jobs to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct JobsQuery {
    /// `import`, `encode`, `round`, `snapshot`, `model`, `views`, `map`, `drift`, `replay` or `trial`; without it, all.
    /// Jobs of rounds are deleted a day after they ended.
    #[serde(default)]
    kind: Option<String>,
    /// 1 to 500; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// Jobs, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Jobs {
    pub jobs: Vec<JobState>,
}

/// The kind of job called `name`.
fn kind(name: &str) -> Result<&'static JobKind, WebError> {
    background::kinds().find(|kind| kind.name == name).ok_or_else(|| {
        let names: Vec<_> = background::kinds().map(|kind| format!("`{}`", kind.name)).collect();
        WebError::unprocessable("bad_kind", format!("jobs of kind `{name}` are unknown"))
            .hint(format!("Give one of {}.", names.join(", ")))
    })
}

/// Background work, newest first.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/jobs", tag = "jobs", params(("slug" = String, Path), JobsQuery),
    responses((status = 200, body = Jobs), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<JobsQuery>,
) -> Result<Json<Jobs>, WebError> {
    member.require(Role::Lead)?;
    let limit = wanted.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        return Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 1 to {MOST} jobs")));
    }
    let project = member.project.id;
    let found = match wanted.kind.as_deref() {
        Some(name) => app.store.recent_jobs_of(project, kind(name)?, limit).await?,
        None => app.store.newest_jobs(project, limit).await?,
    };
    let mut jobs = Vec::with_capacity(found.len());
    for job in found {
        jobs.push(JobState::of(&app, job).await?);
    }
    Ok(Json(Jobs { jobs }))
}
