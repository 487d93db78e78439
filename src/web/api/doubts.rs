//! Doubtful labels for programs.

use axum::extract::State;

use crate::domain::Role;
use crate::service::App;
use crate::service::rounds::doubts::{self, Doubts};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Query};

const MOST: usize = 1000;

/// How many to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DoubtsQuery {
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<usize>,
}

/// Labels that a model trained without them would not have given, most doubtful first.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/doubts", tag = "samples", params(("slug" = String, Path), DoubtsQuery),
    responses((status = 200, body = Doubts), (status = 403, description = "needs the role reviewer")))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<DoubtsQuery>,
) -> Result<Json<Doubts>, WebError> {
    member.require(Role::Reviewer)?;
    let limit = wanted.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        return Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 1 to {MOST} labels")));
    }
    Ok(Json(doubts::doubts(&app, &member.project, limit).await?))
}
