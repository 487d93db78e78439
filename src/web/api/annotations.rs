//! Annotations: answers, taking them back, and reading all that were given.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};

use super::leases::{Leased, for_desk};
use super::{ProjectStanding, checked_limit};
use crate::domain::{ClassId, Origin, Role, SampleId, Task};
use crate::service::App;
use crate::service::desk::labeling::{self, Basis, Given};
use crate::store::history::{AnnotationFilter, StoredAnnotation};
use crate::store::labeling::Receipt;
use crate::web::frame::answers::Fields;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};

/// One answer: a class, a list of classes, or a reason to skip.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnnotation {
    /// A UUID made by the client. Resend the same answer with the same id; it is stored once.
    #[schema(format = "uuid")]
    pub id: String,
    pub sample: SampleId,
    /// The lease that came with the sample.
    #[serde(default)]
    pub lease: Option<String>,
    /// Instead of a lease: the caller's own annotation that is the sample's current answer. This one replaces it; the
    /// earlier one stays in the history.
    #[serde(default)]
    pub changes: Option<String>,
    #[serde(default)]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample; an empty list: none of these.
    #[serde(default)]
    pub classes: Option<Vec<ClassId>>,
    /// Instead of a class: `unsure`, `bad data`, `not in list` or `other`.
    #[serde(default)]
    #[schema(pattern = "^(unsure|bad data|not in list|other)$")]
    pub skip: Option<String>,
    /// With `skip`: the person's comment.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
    /// Active seconds spent.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub seconds: Option<f64>,
    /// Also lease this many more samples and return them, at most 100.
    #[serde(default)]
    #[schema(maximum = 100)]
    pub next: usize,
}

impl NewAnnotation {
    fn basis(&self) -> Result<Basis, WebError> {
        match (&self.lease, &self.changes) {
            (Some(lease), None) => Ok(Basis::Lease(lease.clone())),
            (None, Some(annotation)) => Ok(Basis::Change(annotation.clone())),
            _ => Err(WebError::unprocessable(
                "bad_answer",
                "the answer names neither a lease nor what it changes, or both",
            )
            .hint("Send `lease` for a sample that was leased, or `changes` for one that you have answered.")),
        }
    }

    fn fields(&self) -> Fields {
        Fields { class: self.class, classes: self.classes.clone(), skip: self.skip.clone(), note: self.note.clone() }
    }
}

/// Proof that the answer is stored.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AnnotationReceipt {
    pub id: String,
    pub sample: SampleId,
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample, ascending; empty: none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    pub skip: Option<String>,
    /// RFC 3339, UTC.
    pub made_at: String,
    /// The samples requested with `next`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<Leased>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<ProjectStanding>,
    /// After an undo: the earlier answer that is the current one again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stands: Option<Earlier>,
}

/// An earlier answer.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Earlier {
    pub id: String,
    pub class: Option<ClassId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    pub skip: Option<String>,
}

async fn receipt(app: &App, member: &Member, receipt: Receipt) -> Result<AnnotationReceipt, WebError> {
    let Receipt { annotation, tally, leases, stands, .. } = receipt;
    // A repeat adds nothing, so report the current counts.
    let tally = match tally {
        Some(tally) => tally,
        None => app.store.tally(member.project.id).await?,
    };
    let Fields { class, classes, skip, .. } = Fields::of(member.project.task, annotation.answer.as_ref());
    Ok(AnnotationReceipt {
        id: annotation.id,
        sample: annotation.sample_id,
        class,
        classes,
        skip,
        made_at: annotation.made_us.rfc3339(),
        leases: for_desk(app, member, leases).await?,
        progress: Some(ProjectStanding::new(app, member.language(), &member.project, &tally).await?),
        stands: stands.map(|earlier| {
            let Fields { class, classes, skip, .. } = Fields::of(member.project.task, earlier.answer.as_ref());
            Earlier { id: earlier.id, class, classes, skip }
        }),
    })
}

/// Answer a leased sample, or change your own answer.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/annotations", tag = "labeling", request_body = NewAnnotation,
    params(("slug" = String, Path)),
    responses((status = 201, body = AnnotationReceipt, description = "stored, durably"),
        (status = 200, body = AnnotationReceipt, description = "already stored under this id"),
        (status = 403, description = "the lease belongs to another person"),
        (status = 409, description = "the lease is over, the id is used by another answer, or the answer it changes is no longer the current one"),
        (status = 422, description = "unknown, retired or repeated class, `class` where `classes` is meant or vice versa, unknown field or reason")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewAnnotation>,
) -> Result<Response, WebError> {
    let (basis, answer) = (new.basis()?, new.fields().read(member.project.task)?);
    let NewAnnotation { id, sample, seconds, next, .. } = new;
    let given = Given { id, sample, basis, answer, seconds, next, origin: Origin::Desk };
    let stored = labeling::answer(&app, &member.project, member.account.id, given).await?;
    let status = if stored.repeated { StatusCode::OK } else { StatusCode::CREATED };
    Ok((status, Json(receipt(&app, &member, stored).await?)).into_response())
}

/// Take an answer back. The answer stays in the history; the sample is leased to the caller again.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/annotations/{id}", tag = "labeling",
    params(("slug" = String, Path), ("id" = String, Path)),
    responses((status = 200, body = AnnotationReceipt), (status = 404, description = "no such annotation"),
        (status = 409, description = "a newer answer has replaced it")))]
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, String)>,
) -> Result<Json<AnnotationReceipt>, WebError> {
    let any_author = member.role >= Role::Lead;
    let undone = labeling::undo(&app, &member.project, member.account.id, &id, any_author).await?;
    Ok(Json(receipt(&app, &member, undone).await?))
}

/// Which annotations to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct AnnotationQuery {
    /// Only those of this sample.
    #[serde(default)]
    sample: Option<SampleId>,
    /// Only those by the account of this name.
    #[serde(default)]
    by: Option<String>,
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    #[param(minimum = 1, maximum = 1000)]
    limit: Option<i64>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<i64>,
}

/// An annotation as it was given, current or not.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedAnnotation {
    pub id: String,
    pub sample: SampleId,
    /// `classes`, `skip`, or `undo`, which takes another one back.
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample; empty: none of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip: Option<String>,
    /// The comment on the skip.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// The annotation that an undo takes back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undoes: Option<String>,
    /// The account that gave it; of imported labels, that imported them.
    pub by: String,
    /// RFC 3339, UTC.
    pub made_at: String,
    /// Active seconds spent, where known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// `desk`, `grid`, `propagated`, `review` or `import`.
    pub origin: String,
    /// The round whose ranking asked for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub round: Option<i64>,
}

impl ListedAnnotation {
    fn new(task: Task, row: StoredAnnotation) -> Self {
        let Fields { class, classes, skip, note } = Fields::of(task, row.answer.as_ref());
        Self {
            id: row.id,
            sample: row.sample_id,
            kind: row.kind.to_string(),
            class,
            classes,
            skip,
            note,
            undoes: row.undoes,
            by: row.account,
            made_at: row.made_us.rfc3339(),
            seconds: row.seconds,
            origin: row.origin.to_string(),
            round: row.round,
        }
    }
}

/// A page of annotations, oldest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedAnnotations {
    pub annotations: Vec<ListedAnnotation>,
    /// Pass it as `after` for the next page; absent on the last one.
    pub next: Option<i64>,
}

/// Every annotation that was ever made, undos included, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/annotations", tag = "labeling", params(("slug" = String, Path), AnnotationQuery),
    responses((status = 200, body = ListedAnnotations), (status = 403, description = "needs the role lead"), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<AnnotationQuery>,
) -> Result<Json<ListedAnnotations>, WebError> {
    member.require(Role::Lead)?;
    let limit = checked_limit(wanted.limit, "annotations")?;
    let filter = AnnotationFilter { sample: wanted.sample, account: wanted.by };
    let rows = app.store.annotations(member.project.id, &filter, wanted.after.unwrap_or(0), limit).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == limit).map(|last| last.seq);
    let task = member.project.task;
    Ok(Json(ListedAnnotations {
        annotations: rows.into_iter().map(|row| ListedAnnotation::new(task, row)).collect(),
        next,
    }))
}
