//! What more than one person answers, and one more answer to a sample.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{Role, SampleId, SecondOpinions};
use crate::service::desk::second_opinions;
use crate::service::{App, ServiceError};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// What more than one person is to answer.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedSecondOpinions {
    /// Share of the samples, 0 to 1.
    #[schema(minimum = 0, maximum = 1)]
    pub share: f64,
    /// People who answer each of them in all.
    #[schema(minimum = 2, maximum = 5)]
    pub people: i64,
    /// Also samples on which a person and the model disagree.
    #[serde(default)]
    pub disputed: bool,
    /// Share of the labels that may be asked again because they are in doubt.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 0.5)]
    pub doubted: f64,
    /// Also samples of the audit set.
    #[serde(default)]
    pub audit: bool,
    /// Which answer is the label: `newest`, `majority`, `weighted` or `adjudicated`.
    pub rule: String,
}

/// What more than one person answers.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/second-opinions", tag = "labeling", params(("slug" = String, Path)),
    responses((status = 200, body = SecondOpinions), (status = 403, description = "needs the role lead")))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<SecondOpinions>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(member.fresh(&app).await?.second))
}

/// Change it. Samples that are answered already are drawn like others, and labels follow the rule at once.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/second-opinions", tag = "labeling", request_body = WantedSecondOpinions,
    params(("slug" = String, Path)), responses((status = 200, body = SecondOpinions),
        (status = 403, description = "needs the role lead"), (status = 422, description = "a number out of range, or an unknown rule")))]
pub async fn choose(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<WantedSecondOpinions>,
) -> Result<Json<SecondOpinions>, WebError> {
    member.require(Role::Lead)?;
    let WantedSecondOpinions { share, people, disputed, doubted, audit, rule } = wanted;
    let rule = rule.parse().map_err(ServiceError::from)?;
    let wanted = SecondOpinions { share, people, disputed, doubted, audit, rule };
    second_opinions::configure(&app, &member.project, wanted).await?;
    Ok(Json(member.fresh(&app).await?.second))
}

/// A sample that one more person is to answer.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OneMore {
    pub sample: SampleId,
}

/// Have one more person answer a sample that has an answer: somebody who has not, and not the caller.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/second-opinions", tag = "labeling", request_body = OneMore,
    params(("slug" = String, Path)), responses((status = 204), (status = 403, description = "needs the role reviewer"),
        (status = 404, description = "no such sample"), (status = 422, description = "it has no answer, or many")))]
pub async fn ask(State(app): State<App>, member: Member, Json(one): Json<OneMore>) -> Result<StatusCode, WebError> {
    member.require(Role::Reviewer)?;
    second_opinions::ask_another(&app, &member.project, member.account.id, one.sample).await?;
    Ok(StatusCode::NO_CONTENT)
}
