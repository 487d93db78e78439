//! Which parts of a sample speak for the committee's opinion.

use axum::extract::State;

use crate::domain::{ClassId, SampleId};
use crate::service::App;
use crate::service::desk::reasons;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path};

/// A part of a text, or a column of a row, that speaks for a class.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SpeakingPart {
    /// Where it begins and ends: in UTF-16 code units, or in cells.
    pub from: usize,
    pub to: usize,
    pub class: ClassId,
    /// By how much less likely the class would be without it, 0 to 1.
    pub gain: f32,
}

/// Parts in the order of the sample.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct SpeakingParts {
    pub parts: Vec<SpeakingPart>,
}

/// The words or columns that speak for the two likeliest classes, by the committee in use without each of them. None where no opinion
/// is shown, and where samples or the encoder have no such parts.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/samples/{sample}/reasons", tag = "labeling",
    params(("slug" = String, Path), ("sample" = i64, Path)),
    responses((status = 200, body = SpeakingParts), (status = 404)))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Json<SpeakingParts>, WebError> {
    let found = reasons::of(&app, &member.project, sample).await?;
    let part = |reason: reasons::Reason| SpeakingPart {
        from: reason.part.from,
        to: reason.part.to,
        class: reason.class,
        gain: reason.gain,
    };
    Ok(Json(SpeakingParts { parts: found.into_iter().map(part).collect() }))
}
