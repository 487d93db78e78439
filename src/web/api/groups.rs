//! Groups: similar samples, answered together and taken back together.

use axum::extract::State;

use super::ProjectStanding;
use super::leases::{Leased, leased};
use crate::domain::{ClassId, ClassSet, Role, SampleId};
use crate::service::desk::groups::{self, GroupKind, GroupMember};
use crate::service::map::selecting::MapPart;
use crate::service::{App, ServiceError};
use crate::web::frame::answers::{self, Fields};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};
use crate::web::frame::words;
use crate::web::pages::media;

/// Samples to look at together.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewGroup {
    /// How many samples, 2 to 64.
    #[schema(minimum = 2, maximum = 64)]
    pub size: usize,
    /// Only samples that the committee assigns to this class: for leads, unless the project shows the committee's
    /// opinion.
    #[serde(default)]
    pub class: Option<ClassId>,
    /// Samples like this one, which is not included.
    #[serde(default)]
    pub like: Option<SampleId>,
    /// Only samples in this part of the map, a polygon `x,y x,y …`: for reviewers.
    #[serde(default)]
    pub area: Option<String>,
    /// The version of the map that the area was drawn on.
    #[serde(default)]
    pub map: Option<String>,
    /// With an area: only samples with this value, `column=value`.
    #[serde(default)]
    pub only: Option<String>,
    /// Samples that were looked at and left out.
    #[serde(default)]
    pub passed: Vec<SampleId>,
    /// Leases of a group that is no longer needed; they are given back.
    #[serde(default)]
    pub instead_of: Vec<String>,
}

/// Similar samples, leased to the caller.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
#[schema(as = Group)]
pub struct LeasedGroup {
    /// `copies` of a labeled sample, assigned to one class by a `confident` committee, or just `alike`.
    pub kind: GroupKind,
    /// The proposed answer.
    pub class: Option<ClassId>,
    /// In place of `class` in projects with any number of classes per sample.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classes: Option<Vec<ClassId>>,
    /// The small picture of the sample that the others are like.
    pub like_url: Option<String>,
    /// What the samples have in common, in one line.
    pub about: String,
    pub leases: Vec<Leased>,
}

/// A group, or why there is none.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Proposal {
    pub group: Option<LeasedGroup>,
    /// Present when there was nothing to propose.
    pub empty: Option<String>,
}

/// Lease a group of similar samples, never from the audit set.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/groups", tag = "labeling", request_body = NewGroup,
    params(("slug" = String, Path)),
    responses((status = 200, body = Proposal), (status = 403), (status = 404, description = "no such class or sample"),
        (status = 422, description = "size is out of range")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<NewGroup>,
) -> Result<Json<Proposal>, WebError> {
    let NewGroup { size, class, like, area, map, only, passed, instead_of } = wanted;
    if class.is_some() && !member.project.show_opinion {
        // Asking for one class asks for the committee's opinion.
        member.require(Role::Lead)?;
    }
    let within = match &area {
        Some(area) => {
            member.require(Role::Reviewer)?;
            Some(MapPart::new(area, map.as_deref().unwrap_or_default(), only.as_deref())?)
        }
        None => None,
    };
    let wanted = groups::WantedGroup { size, class, like, within, passed, instead_of };
    let project = &member.project;
    let classes = app.store.classes(project.id).await?;
    let group = groups::propose(&app, project, member.account.id, wanted).await?;
    let empty = match group {
        Some(_) => None,
        None => Some(words::why_none(member.language(), groups::why_none(&app, project).await?)),
    };
    let group = group.map(|group| {
        let named = |set: &ClassSet| answers::named(member.language(), &classes, &set.to_vec()).text;
        let about = words::group(member.language(), group.kind, group.classes.as_ref().map(named).as_deref());
        let (class, classes) = group.classes.as_ref().map(|set| project.task.in_field(set)).unwrap_or_default();
        LeasedGroup {
            kind: group.kind,
            class,
            classes,
            like_url: group.like.map(|sample| media::thumb_url(&project.slug, sample)),
            leases: group.leases.into_iter().map(|lease| leased(project, lease, &about)).collect(),
            about,
        }
    });
    Ok(Json(Proposal { group, empty }))
}

/// One sample of a group and its answer's id.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    /// A UUID made by the client; resend the same answer with the same id; it is stored once.
    #[schema(format = "uuid")]
    pub id: String,
    pub sample: SampleId,
    pub lease: String,
}

/// One answer for many samples.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnswers {
    #[serde(default)]
    pub class: Option<ClassId>,
    /// In place of `class` in projects with any number of classes per sample; an empty list: none of these.
    #[serde(default)]
    pub classes: Option<Vec<ClassId>>,
    /// At most 64.
    #[schema(max_items = 64)]
    pub answers: Vec<NewMember>,
    /// Leases of samples that do not fit the group; they are given back.
    #[serde(default)]
    #[schema(max_items = 64)]
    pub odd: Vec<String>,
    /// Active seconds spent on all of them.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 1_000_000)]
    pub seconds: Option<f64>,
}

/// An answer that was not stored, or not taken back.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Refusal {
    /// The annotation's id.
    pub id: String,
    pub reason: String,
}

/// The outcome of a group's answers.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct GroupReceipt {
    /// Ids of the annotations that are stored, durably, or taken back.
    pub done: Vec<String>,
    pub refused: Vec<Refusal>,
    /// The samples of answers that were taken back, leased again.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub leases: Vec<Leased>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress: Option<ProjectStanding>,
}

/// Answer a group. Each answer is stored or refused by itself.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/groups/answers", tag = "labeling", request_body = NewAnswers,
    params(("slug" = String, Path)),
    responses((status = 200, body = GroupReceipt, description = "which answers are stored, and why others are not"),
        (status = 422, description = "too many answers")))]
pub async fn answer(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewAnswers>,
) -> Result<Json<GroupReceipt>, WebError> {
    let members =
        new.answers.into_iter().map(|one| GroupMember { id: one.id, sample: one.sample, lease: one.lease }).collect();
    let said = Fields { class: new.class, classes: new.classes, ..Fields::default() }.read(member.project.task)?;
    let classes = said.classes().cloned().unwrap_or_default();
    let given = groups::GroupAnswer { classes, members, odd: new.odd, seconds: new.seconds };
    let done = groups::answer(&app, &member.project, member.account.id, given).await?;
    Ok(Json(receipt(&app, &member, done).await?))
}

/// Answers to take back.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Annotations {
    #[schema(max_items = 64)]
    pub annotations: Vec<String>,
}

/// Take a group's answers back. They stay in the history; their samples are leased to the caller again.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/groups/undo", tag = "labeling", request_body = Annotations,
    params(("slug" = String, Path)),
    responses((status = 200, body = GroupReceipt, description = "which were taken back, and why others were not")))]
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Json(given): Json<Annotations>,
) -> Result<Json<GroupReceipt>, WebError> {
    let done = groups::undo(&app, &member.project, member.account.id, given.annotations).await?;
    Ok(Json(receipt(&app, &member, done).await?))
}

async fn receipt(app: &App, member: &Member, outcomes: Vec<groups::Done<String>>) -> Result<GroupReceipt, WebError> {
    let (mut done, mut refused, mut leases) = (Vec::new(), Vec::new(), Vec::new());
    for (id, outcome) in outcomes {
        match outcome {
            Ok(receipt) => {
                done.push(id);
                let why = member.language().say("grid-taken-back").to_string();
                leases.extend(receipt.leases.into_iter().map(|lease| leased(&member.project, lease, &why)));
            }
            // A server failure is not the answer's fault: the whole request may be sent again.
            Err(error @ (ServiceError::Store(_) | ServiceError::Io(_))) => return Err(error.into()),
            Err(error) => refused.push(Refusal { id, reason: WebError::from(error).said(member.language()) }),
        }
    }
    let tally = app.store.tally(member.project.id).await?;
    Ok(GroupReceipt {
        done,
        refused,
        leases,
        progress: Some(ProjectStanding::new(app, member.language(), &member.project, &tally).await?),
    })
}
