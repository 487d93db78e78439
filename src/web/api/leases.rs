//! Leases: samples handed to one person until a time.

use axum::extract::State;

use crate::domain::{AccountId, ClassId, Project, Role, SampleId, Task};
use crate::service::App;
use crate::service::desk::opinions::Said;
use crate::service::desk::{agreement, labeling};
use crate::store::labeling::Lease;
use crate::store::second_opinions::HeldLease;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path};
use crate::web::frame::words;
use crate::web::pages::media;
use crate::web::pages::media::View;

/// What to lease.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewLeases {
    /// How many samples, 1 to 100.
    #[schema(minimum = 1, maximum = 100)]
    pub count: usize,
    /// Return the leases that this account already holds before new ones, as a page does after a reload.
    #[serde(default)]
    pub resume: bool,
}

/// A sample as an annotator sees it: nothing distinguishes an audit sample.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct LeasedSample {
    pub id: SampleId,
    /// Name of the file as imported. Without folders, since they may name the class.
    pub name: String,
}

/// One leased sample.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
pub struct Leased {
    pub sample: LeasedSample,
    /// Send it back with the answer.
    pub lease: String,
    /// RFC 3339, UTC.
    pub expires_at: String,
    pub media_url: String,
    pub thumb_url: String,
    pub view: View,
    /// Why this sample is asked, in one line.
    pub why: String,
    /// The committee's opinion, if the lead shows it. Some samples have none, including audit samples.
    pub opinion: Option<LikeliestClass>,
}

/// The committee's opinion of a sample.
#[derive(Debug, Clone, PartialEq, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Shown)]
pub struct LikeliestClass {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub class: Option<ClassId>,
    /// Instead of `class` in projects with any number of classes per sample: the classes it finds likelier than not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    /// 0 to 1. For several classes, that of the least certain part.
    pub probability: f32,
}

impl LikeliestClass {
    fn new(task: Task, said: &Said) -> Self {
        let (class, classes) = task.in_field(&said.classes);
        Self { class, classes, probability: said.probability }
    }
}

/// Why nothing was leased.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Empty {
    pub reason: String,
}

/// Leased samples, best first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Leases {
    pub leases: Vec<Leased>,
    /// Present when there was nothing to lease.
    pub empty: Option<Empty>,
}

pub(in crate::web) fn leased(project: &Project, lease: Lease, why: &str) -> Leased {
    let Lease { sample_id, id, name, facts, expires_us, .. } = lease;
    let file = name.rsplit('/').next().unwrap_or_default().to_owned();
    Leased {
        sample: LeasedSample { id: sample_id, name: file },
        lease: id,
        expires_at: expires_us.rfc3339(),
        media_url: media::url(&project.slug, sample_id),
        thumb_url: media::thumb_url(&project.slug, sample_id),
        view: View::new(project, sample_id, &facts),
        why: why.to_owned(),
        opinion: None,
    }
}

/// Leased samples for the desk, with why they are asked, and the committee's opinion if it is shown.
pub(in crate::web) async fn for_desk(app: &App, member: &Member, leases: Vec<Lease>) -> Result<Vec<Leased>, WebError> {
    if leases.is_empty() {
        return Ok(Vec::new());
    }
    let project = &member.project;
    let why = words::why(member.language(), &labeling::why(app, project).await?);
    let samples: Vec<_> = leases.iter().map(|lease| lease.sample_id).collect();
    let opinions = app.opinions.shown(app, project, &samples).await?;
    let with = |(lease, opinion): (Lease, Option<Said>)| Leased {
        opinion: opinion.map(|said| LikeliestClass::new(project.task, &said)),
        ..leased(project, lease, &why)
    };
    Ok(leases.into_iter().zip(opinions).map(with).collect())
}

/// Lease samples to the caller.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/leases", tag = "labeling", request_body = NewLeases,
    params(("slug" = String, Path)), responses((status = 200, body = Leases), (status = 422, description = "count is out of range")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<NewLeases>,
) -> Result<Json<Leases>, WebError> {
    let granted = labeling::lease(&app, &member.project, member.account.id, wanted.count, wanted.resume).await?;
    let empty = if granted.is_empty() {
        Some(Empty { reason: words::why_empty(member.language(), labeling::why_empty(&app, &member.project).await?) })
    } else {
        None
    };
    let leases = for_desk(&app, &member, granted).await?;
    Ok(Json(Leases { leases, empty }))
}

/// A lease and its holder.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LentSample {
    pub lease: String,
    pub sample: SampleId,
    pub name: String,
    pub account: AccountId,
    pub person: String,
    /// RFC 3339, UTC.
    pub since: String,
    pub expires_at: String,
}

/// Leases that hold now.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct LentSamples {
    pub leases: Vec<LentSample>,
}

/// Who holds which sample, oldest first.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/leases", tag = "labeling", params(("slug" = String, Path)),
    responses((status = 200, body = LentSamples), (status = 403, description = "needs the role lead")))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<LentSamples>, WebError> {
    member.require(Role::Lead)?;
    let held = agreement::leases(&app, &member.project, app.clock.now()).await?;
    let told = |lease: HeldLease| LentSample {
        lease: lease.id,
        sample: lease.sample_id,
        name: lease.name,
        account: lease.account_id,
        person: lease.account,
        since: lease.made_us.rfc3339(),
        expires_at: lease.expires_us.rfc3339(),
    };
    Ok(Json(LentSamples { leases: held.into_iter().map(told).collect() }))
}

/// Give a lease back early. Leads may free those of others: the sample goes to whoever asks next.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/leases/{lease}", tag = "labeling",
    params(("slug" = String, Path), ("lease" = String, Path)), responses((status = 204), (status = 404, description = "not held by the caller, or, for leads, by anybody")))]
pub async fn give_back(
    State(app): State<App>,
    member: Member,
    Path((_, lease)): Path<(String, String)>,
) -> Result<axum::http::StatusCode, WebError> {
    if member.role >= Role::Lead {
        labeling::free(&app, &member.project, &lease).await?;
    } else {
        labeling::give_back(&app, &member.project, member.account.id, &lease).await?;
    }
    Ok(axum::http::StatusCode::NO_CONTENT)
}
