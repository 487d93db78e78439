//! Reviews: what reviewers and leads settle, for pages that settle in place and for programs.

use axum::extract::State;

use crate::domain::{ClassId, Role, SampleId, Task};
use crate::service::App;
use crate::service::desk::review::{self, Act, SeenAnswer};
use crate::web::frame::answers::Fields;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// What is settled.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewReview {
    /// 1 to 500 samples.
    pub samples: Vec<Settling>,
}

/// One sample, and what to do about it: one of `keep`, `ask_again`, `bring_back`, `class`, `classes` and `skip`.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Settling {
    pub sample: SampleId,
    /// The annotation that the caller saw as the sample's current answer; left out where it had none. If it has changed
    /// since, nothing is done.
    #[serde(default)]
    pub annotation: Option<String>,
    /// The answer stays, and is no longer in doubt.
    #[serde(default)]
    pub keep: bool,
    /// Its answers are taken back, and the sample waits in the pool again.
    #[serde(default)]
    pub ask_again: bool,
    /// The answers that `ask_again` last took back stand again, unless the sample was answered or handed out since.
    #[serde(default)]
    pub bring_back: bool,
    #[serde(default)]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample; an empty list: none of these.
    #[serde(default)]
    pub classes: Option<Vec<ClassId>>,
    /// `unsure`, `bad data`, `not in list` or `other`.
    #[serde(default)]
    pub skip: Option<String>,
    /// With `skip`: the person's comment.
    #[serde(default)]
    pub note: Option<String>,
}

impl Settling {
    fn act(self, task: Task) -> Result<(SeenAnswer, Act), WebError> {
        let Self { sample, annotation, keep, ask_again, bring_back, class, classes, skip, note } = self;
        let says = class.is_some() || classes.is_some() || skip.is_some();
        let act = match (keep, ask_again, bring_back, says) {
            (true, false, false, false) => Act::Keep,
            (false, true, false, false) => Act::AskAgain,
            (false, false, true, false) => Act::BringBack,
            (false, false, false, true) => Act::Answer(Fields { class, classes, skip, note }.read(task)?),
            _ => {
                return Err(WebError::unprocessable(
                    "bad_review",
                    format!("sample {sample} is to be settled in no way, or in several"),
                )
                .hint("Send one of `keep`, `ask_again`, `bring_back`, `class`, `classes` and `skip`."));
            }
        };
        Ok((SeenAnswer { sample, annotation }, act))
    }
}

/// The outcome of a review.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Review {
    /// The settled samples, in the order of the request.
    pub settled: Vec<SettledSample>,
    /// Samples answered in the meantime: nothing was done about them.
    pub changed: Vec<SampleId>,
}

/// A settled sample.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SettledSample {
    pub sample: SampleId,
    /// The annotation that is its current answer; absent if it is asked again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub annotation: Option<String>,
}

/// Settle doubtful labels, skips and other answers, by any person. Each is stored as the caller's answer beside the
/// earlier ones.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/reviews", tag = "samples", request_body = NewReview,
    params(("slug" = String, Path)),
    responses((status = 200, body = Review), (status = 403, description = "needs the role reviewer"),
        (status = 404, description = "no such sample"),
        (status = 422, description = "no act or several, no sample or too many, an unknown or retired class; nothing is stored")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewReview>,
) -> Result<Json<Review>, WebError> {
    member.require(Role::Reviewer)?;
    let acts = new.samples.into_iter().map(|sample| sample.act(member.project.task));
    let acts: Vec<(SeenAnswer, Act)> = acts.collect::<Result<_, _>>()?;
    let done = review::settle(&app, &member.project, member.account.id, acts).await?;
    let settled =
        done.settled.into_iter().map(|SeenAnswer { sample, annotation }| SettledSample { sample, annotation });
    Ok(Json(Review { settled: settled.collect(), changed: done.changed }))
}
