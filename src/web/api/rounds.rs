//! Rounds for programs: train now, wait for the newest, list, pin, roll back, compare, and the ledger of decisions.

use std::time::Duration;

use axum::extract::State;
use axum::http::StatusCode;

use super::jobs::{LOOK, checked_wait};
use super::project::NewestRound;
use crate::domain::{ClassId, ClassSet, JobId, Role, SampleId, Timestamp};
use crate::service::App;
use crate::service::exchange::exporting;
use crate::service::rounds::shelf::{self, Comparison, Place};
use crate::service::rounds::training;
use crate::store::rounds::{Decision, Round};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};

/// Rounds or samples in one answer.
const MOST: i64 = 500;

/// A requested job.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Accepted {
    pub job: JobId,
}

/// Train now. A round that is already waiting is reused.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/rounds", tag = "rounds", params(("slug" = String, Path)),
    responses((status = 202, body = Accepted, description = "follow it with `GET …/jobs/{id}`, which names the round"), (status = 403)))]
pub async fn create(State(app): State<App>, member: Member) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Lead)?;
    let job = training::request(&app, member.project.id, "button").await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// A round and its place on the shelf.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ShelvedRound {
    #[serde(flatten)]
    pub round: Round,
    #[serde(flatten)]
    pub place: Place,
}

/// Rounds, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Rounds)]
pub struct RoundList {
    pub rounds: Vec<ShelvedRound>,
    /// The round that exports, predictions and `model.onnx` use.
    pub in_use: Option<i64>,
    /// Whether it was chosen instead of the newest.
    pub rolled_back: bool,
    /// The best on the audit set among those whose committee is kept.
    pub best: Option<i64>,
    pub pinned: Vec<i64>,
    pub decisions: Vec<Decision>,
}

/// Which rounds to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct RoundsQuery {
    /// Only rounds with lower numbers.
    #[serde(default)]
    before: Option<i64>,
    /// 1 to 500; 200 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 500)]
    limit: Option<i64>,
}

/// The newest rounds with their accuracy on the current audit labels, and the newest evaluations of the retrain rule.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds", tag = "rounds", params(("slug" = String, Path), RoundsQuery),
    responses((status = 200, body = RoundList), (status = 403), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<RoundsQuery>,
) -> Result<Json<RoundList>, WebError> {
    // What a round trained on and why it ran would reveal which of one's answers audit.
    member.require(Role::Lead)?;
    let limit = wanted.limit.unwrap_or(200);
    if !(1..=MOST).contains(&limit) {
        return Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 1 to {MOST} rounds")));
    }
    let project = &member.project;
    let rounds = app.store.rounds(project.id, wanted.before.unwrap_or(i64::MAX), limit).await?;
    let numbers: Vec<i64> = rounds.iter().map(|round| round.number).collect();
    let shelf = shelf::shelf(&app, project, &numbers).await?;
    let decisions = app.store.decisions(project.id, limit).await?;
    let mut pinned: Vec<i64> = shelf.pinned.iter().copied().collect();
    pinned.sort_unstable();
    Ok(Json(RoundList {
        in_use: shelf.in_use,
        rolled_back: shelf.rolled_back,
        best: shelf.best,
        pinned,
        rounds: rounds.into_iter().map(|round| ShelvedRound { place: shelf.place(round.number), round }).collect(),
        decisions,
    }))
}

/// What to wait for.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FollowQuery {
    /// Answer when a finished round has seen this many answers, as `counts.answers` of the project counts them; by default as many as
    /// there are now.
    #[serde(default)]
    #[param(minimum = 0)]
    answers: Option<i64>,
    /// ... or after this many seconds, whichever comes first: 0 to 30, 0 by default.
    #[serde(default)]
    #[param(minimum = 0, maximum = 30)]
    wait: Option<u64>,
}

/// The newest finished round, and whether it has seen the answers.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct FollowedRound {
    /// Absent before the first one has finished.
    pub round: Option<NewestRound>,
    /// Annotations ever made, including undos.
    pub answers: i64,
    /// `answers` as the newest round saw it.
    pub round_answers: i64,
    /// Whether it has seen the answers that were asked about.
    pub trained: bool,
}

/// The newest finished round; with `wait`, once it has seen the answers. The retrain rule decides when it runs: `POST …/rounds` brings it at once.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds/newest", tag = "rounds", params(("slug" = String, Path), FollowQuery),
    responses((status = 200, body = FollowedRound), (status = 422)))]
pub async fn newest(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<FollowQuery>,
) -> Result<Json<FollowedRound>, WebError> {
    let wait = checked_wait(wanted.wait)?;
    let until = tokio::time::Instant::now() + Duration::from_secs(wait);
    let mut tally = app.store.tally(member.project.id).await?;
    let answers = wanted.answers.unwrap_or(tally.answers);
    while tally.round_answers < answers && tokio::time::Instant::now() + LOOK <= until {
        tokio::time::sleep(LOOK).await;
        tally = app.store.tally(member.project.id).await?;
    }
    let round = app.store.latest_round(member.project.id).await?;
    Ok(Json(FollowedRound {
        trained: round.is_some() && tally.round_answers >= answers,
        round: round.map(|round| NewestRound::new(round, member.role)),
        answers: tally.answers,
        round_answers: tally.round_answers,
    }))
}

/// Two rounds to compare.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Two {
    /// The first round's number.
    first: i64,
    /// The second round's number.
    second: i64,
    /// Samples to list, 0 to 500; 100 by default.
    #[serde(default)]
    #[param(minimum = 0, maximum = 500)]
    limit: Option<i64>,
}

/// Two rounds on the same audit samples: accuracies, an exact `McNemar` test, and the samples on which they differ.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds/compare", tag = "rounds", params(("slug" = String, Path), Two),
    responses((status = 200, body = Comparison), (status = 403), (status = 404, description = "one of them is not a finished round")))]
pub async fn compare(
    State(app): State<App>,
    member: Member,
    Query(two): Query<Two>,
) -> Result<Json<Comparison>, WebError> {
    member.require(Role::Lead)?;
    let limit = two.limit.unwrap_or(100);
    if !(0..=MOST).contains(&limit) {
        return Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 0 to {MOST} samples")));
    }
    Ok(Json(shelf::compare(&app, &member.project, two.first, two.second, limit as usize).await?))
}

/// Pin a round: keep its committee for good.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/rounds/{number}/pin", tag = "rounds",
    params(("slug" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Place), (status = 403), (status = 404), (status = 409, description = "its committee is gone already")))]
pub async fn pin(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Json<Place>, WebError> {
    member.require(Role::Lead)?;
    shelf::pin(&app, &member.project, number, true).await?;
    place(&app, &member, number).await
}

/// Unpin a round.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/rounds/{number}/pin", tag = "rounds",
    params(("slug" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Place), (status = 403), (status = 404)))]
pub async fn unpin(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Json<Place>, WebError> {
    member.require(Role::Lead)?;
    shelf::pin(&app, &member.project, number, false).await?;
    place(&app, &member, number).await
}

/// Use this round for exports, predictions and `model.onnx` until the next round finishes. Labels and queue stay as they are.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/rounds/{number}/roll-back", tag = "rounds",
    params(("slug" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = Place), (status = 403), (status = 404), (status = 409, description = "its committee is gone, or belongs to another encoder")))]
pub async fn roll_back(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Json<Place>, WebError> {
    member.require(Role::Lead)?;
    shelf::roll_back(&app, &member.project, number).await?;
    place(&app, &member, number).await
}

/// Use the newest round again.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/rounds/roll-back", tag = "rounds", params(("slug" = String, Path)),
    responses((status = 204), (status = 403)))]
pub async fn lift(State(app): State<App>, member: Member) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    shelf::lift(&app, &member.project).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn place(app: &App, member: &Member, number: i64) -> Result<Json<Place>, WebError> {
    Ok(Json(shelf::shelf(app, &member.project, &[number]).await?.place(number)))
}

/// What a round was trained on.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TrainedOn {
    pub round: i64,
    /// RFC 3339.
    pub started_at: String,
    /// In the order of the samples' ids.
    pub labels: Vec<TrainedLabel>,
}

/// A label as a round saw it.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct TrainedLabel {
    pub sample: SampleId,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample; empty: none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
}

/// The labels that a round was trained on, as they were then. An export with `trained_in` has the same as a file.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/rounds/{number}/labels", tag = "rounds",
    params(("slug" = String, Path), ("number" = i64, Path)),
    responses((status = 200, body = TrainedOn), (status = 403), (status = 404), (status = 409, description = "the round failed, or was trained by a version that did not keep them")))]
pub async fn labels(
    State(app): State<App>,
    member: Member,
    Path((_, number)): Path<(String, i64)>,
) -> Result<Json<TrainedOn>, WebError> {
    member.require(Role::Lead)?;
    let kept = exporting::trained_on(&app, &member.project, number).await?;
    let task = member.project.task;
    let label = |(sample, set): (SampleId, ClassSet)| {
        let (class, classes) = task.in_field(&set);
        TrainedLabel { sample, class, classes }
    };
    Ok(Json(TrainedOn {
        round: number,
        started_at: Timestamp(kept.started_us).rfc3339(),
        labels: kept.labels.into_iter().map(label).collect(),
    }))
}
