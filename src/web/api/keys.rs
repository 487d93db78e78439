//! The caller's keys on the desk.

use axum::extract::State;

use crate::domain::{Class, ClassId};
use crate::service::App;
use crate::service::desk::keys;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member};

/// The key of one class.
#[derive(Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ClassKey {
    pub class: ClassId,
    /// One character; empty for none.
    #[schema(max_length = 1)]
    pub key: String,
}

/// Keys of classes, in the order of the classes.
#[derive(Debug, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    pub keys: Vec<ClassKey>,
}

fn named(classes: Vec<Class>, keys: Vec<String>) -> Json<Keys> {
    let pair = |(class, key): (Class, String)| ClassKey { class: class.id, key };
    Json(Keys { keys: classes.into_iter().zip(keys).map(pair).collect() })
}

/// Which key answers which class for the caller.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/keys", tag = "labeling", params(("slug" = String, Path)),
    responses((status = 200, body = Keys)))]
pub async fn show(State(app): State<App>, member: Member) -> Result<Json<Keys>, WebError> {
    let classes = app.store.classes(member.project.id).await?;
    let own = app.store.own_keys(member.project.id, member.account.id).await?;
    let keys = keys::assign(&classes, &own, &keys::reserved(&member.project));
    Ok(named(classes, keys))
}

/// Choose keys; classes that are not listed get the key of their position.
#[utoipa::path(put, path = "/api/v1/projects/{slug}/keys", tag = "labeling", request_body = Keys,
    params(("slug" = String, Path)), responses((status = 200, body = Keys),
        (status = 409, description = "two classes with one key"), (status = 422, description = "a key that cannot be chosen")))]
pub async fn choose(State(app): State<App>, member: Member, Json(wanted): Json<Keys>) -> Result<Json<Keys>, WebError> {
    let wanted: Vec<_> = wanted.keys.into_iter().map(|ClassKey { class, key }| (class, key)).collect();
    let keys = keys::choose(&app, &member.project, member.account.id, &wanted).await?;
    Ok(named(app.store.classes(member.project.id).await?, keys))
}

/// Reset to the keys by position.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/keys", tag = "labeling", params(("slug" = String, Path)),
    responses((status = 200, body = Keys)))]
pub async fn restore(State(app): State<App>, member: Member) -> Result<Json<Keys>, WebError> {
    let keys = keys::restore(&app, &member.project, member.account.id).await?;
    Ok(named(app.store.classes(member.project.id).await?, keys))
}
