//! Samples for programs: list with filters, import.

use axum::extract::State;
use axum::http::StatusCode;

use super::rounds::Accepted;
use crate::domain::{ClassId, Role, SampleId, SearchTerms};
use crate::service::App;
use crate::service::desk::listing::{self, Listed, Order};
use crate::store::listing::{SampleFilter, SampleState};
use crate::store::samples::SampleRow;
use crate::web::frame::answers::Fields;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path, Query, UploadedParts};
use crate::web::pages::{media, sample as sample_page, settings};

const MOST: i64 = 1000;

/// What to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SampleQuery {
    /// Samples labeled with this class, by its number or its name.
    #[serde(default)]
    pub class: Option<String>,
    /// `labeled`, `unlabeled` or `skipped`.
    #[serde(default)]
    pub state: Option<SampleState>,
    /// Part of the name.
    #[serde(default)]
    pub name: Option<String>,
    /// Name of the account that gave the current answer.
    #[serde(default)]
    pub annotator: Option<String>,
    /// Part of the imported metadata, or `key=value`: a prefix of this key's value.
    #[serde(default)]
    pub metadata: Option<String>,
    /// Words that the text has, and rows of words between `"`; the last word of each may go on.
    #[serde(default)]
    pub text: Option<String>,
    /// `import`, or `doubt`: least certain for the committee first.
    #[serde(default)]
    pub order: Order,
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    pub limit: Option<i64>,
    /// The `next` of the page before.
    #[serde(default)]
    pub after: Option<SampleId>,
}

/// One sample.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Sample {
    pub id: SampleId,
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
    pub width: i64,
    pub height: i64,
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample; empty: none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    pub skip: Option<String>,
    /// The comment on the skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// When it was answered, RFC 3339.
    pub answered_at: Option<String>,
    pub media_url: String,
    /// With `order=doubt`: the committee's confidence, 0 to 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sure: Option<f32>,
}

/// A page of samples.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Samples {
    pub samples: Vec<Sample>,
    /// Pass it as `after` for the next page; absent on the last one.
    pub next: Option<SampleId>,
}

/// Samples that match a filter.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/samples", tag = "samples", params(("slug" = String, Path), SampleQuery),
    responses((status = 200, body = Samples), (status = 403, description = "needs the role reviewer")))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(filter): Query<SampleQuery>,
) -> Result<Json<Samples>, WebError> {
    member.require(Role::Reviewer)?;
    let limit = filter.limit.unwrap_or(100);
    if !(1..=MOST).contains(&limit) {
        return Err(WebError::unprocessable("bad_limit", format!("limit is {limit}; ask for 1 to {MOST} samples")));
    }
    let class = match &filter.class {
        Some(text) => Some(class_of(&app, &member, text).await?),
        None => None,
    };
    let SampleQuery { state, name, annotator, metadata, text, order, after, .. } = filter;
    let words = text.as_deref().and_then(SearchTerms::parse);
    let wanted = SampleFilter { class, state, name, annotator, metadata, words };
    let listed = listing::list(&app, &member.project, &wanted, order, after, limit as usize).await?;
    let next = listed.last().filter(|_| listed.len() as i64 == limit).map(|last| last.row.id);
    // Whoever is to answer a sample too must not see here what others said.
    let blind = app.store.to_answer_blind(member.project.id, member.account.id, app.clock.now()).await?;
    let listed = listed.into_iter().filter(|one| !blind.contains(&one.row.id));
    let samples = listed.map(|Listed { row, sure }| told(&member, row, sure)).collect();
    Ok(Json(Samples { samples, next }))
}

fn told(member: &Member, row: SampleRow, sure: Option<f32>) -> Sample {
    let Fields { class, classes, skip, note } = Fields::of(member.project.task, row.answer.as_ref());
    let (width, height) = row.facts.pixels().unwrap_or_default();
    Sample {
        sure,
        media_url: media::url(&member.project.slug, row.id),
        id: row.id,
        name: row.name,
        sha256: row.hash,
        width,
        height,
        class,
        classes,
        skip,
        note,
        answered_at: row.made_us.map(crate::domain::Timestamp::rfc3339),
    }
}

/// A class by its number or its name; a name that is a number means the class with that number if there is one.
async fn class_of(app: &App, member: &Member, text: &str) -> Result<ClassId, WebError> {
    let classes = app.store.classes(member.project.id).await?;
    let by_number = classes.iter().find(|class| class.id.to_string() == text);
    let found = by_number.or_else(|| classes.iter().find(|class| class.name == text));
    found.map(|class| class.id).ok_or_else(|| {
        let names: Vec<_> = classes.iter().map(|class| format!("`{}` ({})", class.name, class.id)).collect();
        WebError::unprocessable("unknown_class", format!("class `{text}` is not in this project"))
            .hint(format!("Give the name or the number of one of these: {}.", names.join(", ")))
    })
}

/// One sample and its imported metadata.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OneSample {
    #[serde(flatten)]
    pub sample: Sample,
    /// The imported metadata, by name.
    #[schema(value_type = Option<Object>)]
    pub metadata: Option<serde_json::Value>,
}

/// One sample.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/samples/{sample}", tag = "samples",
    params(("slug" = String, Path), ("sample" = i64, Path)),
    responses((status = 200, body = OneSample), (status = 403, description = "needs the role reviewer"), (status = 404)))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, sample)): Path<(String, SampleId)>,
) -> Result<Json<OneSample>, WebError> {
    member.require(Role::Reviewer)?;
    sample_page::refuse_unless_answered(&app, &member, sample).await?;
    let row = app.store.sample(member.project.id, sample).await?;
    let row = row.or_not_found(|| format!("there is no sample {sample} in this project"))?;
    let metadata = app.store.sample_metadata(member.project.id, sample).await?;
    let metadata = metadata.and_then(|text| serde_json::from_str(&text).ok());
    Ok(Json(OneSample { sample: told(&member, row, None), metadata }))
}

/// What to import, as a multipart form.
#[derive(Debug, utoipa::ToSchema)]
#[expect(dead_code, reason = "only described; the parts are read as they come")]
pub struct ImportForm {
    /// Pictures, a zip or tar of them, or a table (CSV, JSONL) with a column `path` and the pictures that it names.
    #[schema(value_type = Vec<String>, format = "binary", min_items = 1)]
    files: Vec<String>,
    /// Where labels come from: `folder`, `column:NAME`, or nothing.
    labels: Option<String>,
    /// `yes`: replace labels from earlier imports.
    relabel: Option<String>,
    /// Who says so: the name of the labels' source, or of the model.
    source: Option<String>,
    /// `yes`: what `labels` names are predictions of the model `source`.
    predictions: Option<String>,
    /// The column that holds the texts, in projects of texts; by default one with a usual name, such as `text`.
    content: Option<String>,
    /// What columns of rows are, where what is found in them is not what they mean: `NAME=KIND` with `number`, `text`, `id` or `none`,
    /// separated by commas.
    columns: Option<String>,
    /// `yes`: only look; the report says what would become of each item. The files are kept for a day, see `…/imports/ID/go-on`.
    dry_run: Option<String>,
}

/// Import pictures, archives or a table: parts named `files`, optionally `labels` (`folder` or `column:NAME`) and `relabel`
/// (`yes`: replace labels from earlier imports). The job's `import` has the outcome.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/samples", tag = "samples", params(("slug" = String, Path)),
    request_body(content = ImportForm, content_type = "multipart/form-data"),
    responses((status = 202, body = Accepted, description = "the import runs in the background"), (status = 403), (status = 422)))]
pub async fn import(
    State(app): State<App>,
    member: Member,
    UploadedParts(form): UploadedParts,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let job = settings::receive(&app, &member, form).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}
