//! Classes for programs: everything that the page of classes does, by number.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{ActId, Class, ClassId, Role, SampleId};
use crate::service::App;
use crate::service::classes::{self, ClassChange, ClassUse, Destination, Whose};
use crate::store::classes::{ClassAct, ClassReach};
use crate::store::listing::{SampleFilter, SampleState};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path, Query};

/// Acts that are listed.
const ACTS: i64 = 1000;

/// Every class in its order, retired ones too, with how much it is used.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/classes", tag = "classes", params(("slug" = String, Path)),
    responses((status = 200, body = Vec<ClassUse>), (status = 403, description = "needs the role lead")))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<Vec<ClassUse>>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(classes::list(&app, &member.project).await?))
}

/// What to change about a class; omitted fields stay.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassEdit {
    /// The class's `version` as you saw it; 409 where it has changed since.
    pub version: i64,
    #[serde(default)]
    #[schema(min_length = 1, max_length = 100)]
    pub name: Option<String>,
    /// One of 40 looks, 0 to 39; -1: that of its place.
    #[serde(default)]
    #[schema(minimum = -1, maximum = 39)]
    pub colour: Option<i64>,
    /// What belongs to it, for those who label.
    #[serde(default)]
    #[schema(max_length = 2000)]
    pub description: Option<String>,
    /// Whether it takes no new labels.
    #[serde(default)]
    pub retired: Option<bool>,
}

/// Rename, recolour or describe a class, retire it or bring it back (leads). Its labels stay.
#[utoipa::path(patch, path = "/api/v1/projects/{slug}/classes/{id}", tag = "classes", request_body = ClassEdit,
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = Class), (status = 403), (status = 404), (status = 422),
    (status = 409, description = "the name is taken, or somebody else changed the class")))]
pub async fn edit(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ClassId)>,
    Json(edit): Json<ClassEdit>,
) -> Result<Json<Class>, WebError> {
    member.require(Role::Lead)?;
    let ClassEdit { version, name, colour, description, retired } = edit;
    let mut class = classes::one(&app, &member.project, id).await?;
    let mut version = version;
    if name.is_some() || colour.is_some() || description.is_some() {
        let colour = colour.map(|colour| Some(colour).filter(|colour| *colour != -1));
        let change = ClassChange { name, colour, description };
        class = classes::change(&app, &member.project, id, version, change).await?;
        version = class.version;
    }
    if let Some(retired) = retired {
        class = classes::set_retired(&app, &member.project, id, version, retired).await?;
    }
    Ok(Json(class))
}

/// Which version was seen.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct SeenVersion {
    /// The class's `version` as you saw it.
    version: i64,
}

/// Delete a class that nothing ever named (leads).
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/classes/{id}", tag = "classes",
    params(("slug" = String, Path), ("id" = i64, Path), SeenVersion),
    responses((status = 204), (status = 403), (status = 404), (status = 422),
    (status = 409, description = "it is used, or somebody else changed it")))]
pub async fn delete(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ClassId)>,
    Query(seen): Query<SeenVersion>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Lead)?;
    classes::delete(&app, &member.project, id, seen.version).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// An order of all classes.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassOrder {
    /// The order as you saw it; 409 where it has changed since.
    pub seen: Vec<ClassId>,
    /// Every class once, retired ones too.
    pub classes: Vec<ClassId>,
}

/// Put the classes in another order, which is that of their keys (leads).
#[utoipa::path(put, path = "/api/v1/projects/{slug}/classes/order", tag = "classes", request_body = ClassOrder,
    params(("slug" = String, Path)),
    responses((status = 200, body = Vec<Class>), (status = 403), (status = 409, description = "the classes have changed"),
    (status = 422)))]
pub async fn order(
    State(app): State<App>,
    member: Member,
    Json(wanted): Json<ClassOrder>,
) -> Result<Json<Vec<Class>>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(classes::order(&app, &member.project, &wanted.seen, &wanted.classes).await?))
}

/// Where all labels of a class go.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassMerge {
    /// The `version` of the class as you saw it.
    pub version: i64,
    /// The class that its labels become.
    pub into: ClassId,
    /// The `version` of that one as you saw it.
    pub into_version: i64,
    /// Only say what would be touched.
    #[serde(default)]
    pub dry_run: bool,
}

/// What an act changed, or would.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ClassActed {
    /// Undoes it; absent in a dry run.
    pub act: Option<ActId>,
    /// Current labels that it changed, or would.
    pub labels: i64,
    /// In a dry run: what is touched at most.
    pub reach: Option<ClassReach>,
}

/// Make every label of a class another's, and retire the class (leads). Undone as one.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/classes/{id}/merge", tag = "classes", request_body = ClassMerge,
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = ClassActed), (status = 403), (status = 404), (status = 422),
    (status = 409, description = "a class is retired or merged, or somebody else changed it")))]
pub async fn merge(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ClassId)>,
    Json(wanted): Json<ClassMerge>,
) -> Result<Json<ClassActed>, WebError> {
    member.require(Role::Lead)?;
    if wanted.dry_run {
        let reach = classes::reach(&app, &member.project, id, wanted.into).await?;
        return Ok(Json(ClassActed { act: None, labels: reach.labels, reach: Some(reach) }));
    }
    let (from, into) = ((id, wanted.version), (wanted.into, wanted.into_version));
    let (act, labels) = classes::merge(&app, &member.project, member.account.id, from, into).await?;
    Ok(Json(ClassActed { act: Some(act), labels, reach: None }))
}

/// Which labels of a class go where.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassMove {
    /// The `version` of the class as you saw it.
    pub version: i64,
    /// The class that the labels become: its number, with `into_version` …
    #[serde(default)]
    pub into: Option<ClassId>,
    #[serde(default)]
    pub into_version: Option<i64>,
    /// … or the name of a new one.
    #[serde(default)]
    pub new: Option<String>,
    /// The samples; otherwise all that match the fields below.
    #[serde(default)]
    #[schema(max_items = 10000)]
    pub samples: Option<Vec<SampleId>>,
    /// Part of the name.
    #[serde(default)]
    pub name: Option<String>,
    /// Name of the account that gave the label.
    #[serde(default)]
    pub annotator: Option<String>,
    /// Part of the metadata, or `key=value`.
    #[serde(default)]
    pub metadata: Option<String>,
    /// Only say what would be touched.
    #[serde(default)]
    pub dry_run: bool,
}

/// Make the labels of some samples of a class another's, perhaps a new one's: how a class is parted (leads). Undone as one.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/classes/{id}/move", tag = "classes", request_body = ClassMove,
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = ClassActed), (status = 403), (status = 404), (status = 422),
    (status = 409, description = "a class is retired, its name is taken, or somebody else changed it")))]
pub async fn part(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ClassId)>,
    Json(wanted): Json<ClassMove>,
) -> Result<Json<ClassActed>, WebError> {
    member.require(Role::Lead)?;
    let into = match (wanted.into, wanted.into_version, wanted.new) {
        (Some(class), Some(version), None) => Destination::Known(class, version),
        (None, None, Some(name)) => Destination::New(name),
        _ => {
            let message = "give `into` with `into_version`, or the name of a `new` class";
            return Err(WebError::unprocessable("bad_destination", message));
        }
    };
    let filter = SampleFilter {
        class: Some(id),
        state: Some(SampleState::Labeled),
        name: wanted.name,
        annotator: wanted.annotator,
        metadata: wanted.metadata,
        words: None,
    };
    let whose = wanted.samples.map_or(Whose::Matching(filter), Whose::Samples);
    if wanted.dry_run {
        classes::one(&app, &member.project, id).await?;
        let labels = classes::movable(&app, &member.project, id, whose).await?.len() as i64;
        return Ok(Json(ClassActed { act: None, labels, reach: None }));
    }
    let (act, labels) =
        classes::part(&app, &member.project, member.account.id, (id, wanted.version), into, whose).await?;
    Ok(Json(ClassActed { act: Some(act), labels, reach: None }))
}

/// Merges and moves of labels, newest first (leads).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/class-acts", tag = "classes", params(("slug" = String, Path)),
    responses((status = 200, body = Vec<ClassAct>), (status = 403)))]
pub async fn acts(State(app): State<App>, member: Member) -> Result<Json<Vec<ClassAct>>, WebError> {
    member.require(Role::Lead)?;
    Ok(Json(app.store.class_acts(member.project.id, ACTS).await?))
}

/// Say the labels of a merge or a move as they were before (leads). What was answered since stays.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/class-acts/{id}/undo", tag = "classes",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = ClassActed), (status = 403), (status = 404), (status = 409, description = "it was undone already")))]
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ActId)>,
) -> Result<Json<ClassActed>, WebError> {
    member.require(Role::Lead)?;
    let labels = classes::undo(&app, &member.project, member.account.id, id).await?;
    Ok(Json(ClassActed { act: Some(id), labels, reach: None }))
}
