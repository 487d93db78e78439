//! Augmentation for programs: which changes of a picture keep its label, and whether copies help.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::Role;
use crate::modality::image::augment::{self, VIEWS};
use crate::service::App;
use crate::service::rounds::augmenting;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// The changes that keep a project's labels, and the last round's findings about copies.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Augmentation)]
pub struct AugmentationState {
    /// Any of `mirror`, `flip`, `turn`, `crop` and `colour`.
    pub kinds: Vec<String>,
    /// Changed copies of each labeled picture.
    pub views: usize,
    /// Mean log loss in folds without copies; absent before a round has compared.
    pub loss_own: Option<f64>,
    /// ... and with them.
    pub loss_views: Option<f64>,
    /// Whether the last round learned from copies; absent if it had none.
    pub used: Option<bool>,
}

/// Which changes keep labels, and whether copies help.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/augmentation", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = AugmentationState), (status = 403, description = "needs the role lead")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<AugmentationState>, WebError> {
    member.require(Role::Lead)?;
    let project = member.fresh(&app).await?;
    let round = app.store.latest_round(project.id).await?;
    Ok(Json(AugmentationState {
        kinds: augmenting::kinds(&project)?.into_iter().map(|kind| kind.to_string()).collect(),
        views: VIEWS,
        loss_own: round.as_ref().and_then(|round| round.loss_own),
        loss_views: round.as_ref().and_then(|round| round.loss_views),
        used: round.and_then(|round| round.views_used),
    }))
}

/// The changes that keep labels.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AugmentationChoice {
    /// Empty: train on the pictures alone.
    pub kinds: Vec<String>,
}

/// Choose the changes that keep labels; copies are made in the background.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/augmentation", tag = "projects", params(("slug" = String, Path)),
    request_body = AugmentationChoice, responses((status = 202, description = "copies are being made"), (status = 403), (status = 422)))]
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Json(choice): Json<AugmentationChoice>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    let kinds: Result<Vec<augment::Augmentation>, _> = choice.kinds.iter().map(|name| name.parse()).collect();
    let kinds = kinds.map_err(|error| WebError::unprocessable("bad_kind", error.to_string()))?;
    augmenting::choose(&app, &member.fresh(&app).await?, &augment::names(&kinds)).await?;
    Ok(StatusCode::ACCEPTED)
}
