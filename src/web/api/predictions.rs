//! Predictions of models elsewhere for programs: how good they are, and where labels differ from them.

use axum::extract::State;

use crate::domain::Role;
use crate::service::App;
use crate::service::insight::outside::{self, OutsideDifference, OutsideModel};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Query};

const MOST: i64 = 1000;

/// Models whose predictions were imported.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OutsideModels {
    pub models: Vec<OutsideModel>,
}

/// Models elsewhere, measured on the audit set beside the newest committee (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/outside-models", tag = "samples", params(("slug" = String, Path)),
    responses((status = 200, body = OutsideModels), (status = 403, description = "needs the role lead")))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<OutsideModels>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(OutsideModels { models: outside::models(&app, &member.project).await? }))
}

/// Whose differences to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DifferenceQuery {
    /// The model's name.
    model: String,
    /// How many to pass over; 0 by default.
    #[serde(default)]
    #[param(minimum = 0)]
    offset: i64,
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
}

/// Samples whose label differs from a model's prediction.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OutsideDifferences {
    /// What the model is surest of first.
    pub differences: Vec<OutsideDifference>,
    /// All of them.
    pub total: i64,
}

/// Samples whose label differs from the prediction of a model elsewhere (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/outside-models/differences", tag = "samples",
    params(("slug" = String, Path), DifferenceQuery),
    responses((status = 200, body = OutsideDifferences), (status = 403, description = "needs the role lead"),
    (status = 404, description = "no predictions of such a model"), (status = 422)))]
pub async fn differences(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<DifferenceQuery>,
) -> Result<Json<OutsideDifferences>, WebError> {
    member.require(Role::Lead)?;
    let limit = wanted.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) || wanted.offset < 0 {
        return Err(WebError::unprocessable("bad_limit", format!("ask for 1 to {MOST} samples, after 0 or more")));
    }
    let (all, total) = outside::differences(&app, &member.project, &wanted.model, limit, wanted.offset).await?;
    // Whoever is to answer a sample too must not see here what others said.
    let blind = app.store.to_answer_blind(member.project.id, member.account.id, app.clock.now()).await?;
    let differences = all.into_iter().filter(|one| !blind.contains(&one.sample)).collect();
    Ok(Json(OutsideDifferences { differences, total }))
}
