//! What is asked beside the ranking, and the size of the audit set, for programs.

use axum::extract::State;

use crate::domain::{Asking, Role};
use crate::service::App;
use crate::service::desk::asking::{self, AskingStanding};
use crate::service::insight::audit::{self, AuditRetirement};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// What is asked, in which shares, and how far floors are from being reached.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/asking", tag = "labeling", params(("slug" = String, Path)),
    responses((status = 200, body = AskingStanding), (status = 403, description = "needs the role lead")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<AskingStanding>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    Ok(Json(asking::standing(&app, &project).await?))
}

/// Change floors, repeats and the goal of a day. Omitted fields get their defaults; a round is asked for where floors changed.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/asking", tag = "labeling", params(("slug" = String, Path)),
    request_body = Asking, responses((status = 200, body = AskingStanding), (status = 403, description = "needs the role lead"),
        (status = 404, description = "no such column"), (status = 422, description = "a number out of range, or an unknown class")))]
pub async fn set(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<Asking>,
) -> Result<Json<AskingStanding>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    asking::set(&app, &project, wanted).await?;
    let project = member.fresh(&app).await?;
    Ok(Json(asking::standing(&app, &project).await?))
}

/// A smaller audit set.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SmallerAudit {
    /// The share of the pool that it is to have: more than 0, and less than now.
    #[schema(exclusive_minimum = 0.0, maximum = 1.0)]
    pub share: f64,
    /// Only say what would change.
    #[serde(default)]
    pub dry_run: bool,
}

/// Retire part of the audit set: its labels train from now on. What stays is a random part of the pool, as before. It cannot be undone.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/audit/retire", tag = "projects", params(("slug" = String, Path)),
    request_body = SmallerAudit, responses((status = 200, body = AuditRetirement), (status = 403, description = "needs the role lead"),
        (status = 409, description = "it was made smaller meanwhile"),
        (status = 422, description = "the share is not smaller, or too few labels would stay")))]
pub async fn retire(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<SmallerAudit>,
) -> Result<Json<AuditRetirement>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    Ok(Json(if wanted.dry_run {
        audit::preview(&app, &project, wanted.share).await?
    } else {
        audit::retire(&app, &project, wanted.share).await?
    }))
}
