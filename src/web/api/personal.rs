//! A person's data for programs: a copy of it, and making an account anonymous.

use axum::extract::State;
use axum::response::Response;

use crate::domain::AccountId;
use crate::service::App;
use crate::service::people::personal;
use crate::store::accounts::AccountRow;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Path};
use crate::web::pages::personal as personal_page;

/// A zip of JSON files with everything that names the caller.
#[utoipa::path(post, path = "/api/v1/account/data", tag = "people",
    responses((status = 200, description = "the file", content_type = "application/zip")))]
pub async fn own(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    personal_page::send(&app, &person(&app, account.id).await?).await
}

/// A zip of JSON files with everything that names somebody (admins of the server).
#[utoipa::path(post, path = "/api/v1/people/{id}/data", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, description = "the file", content_type = "application/zip"),
        (status = 403, description = "needs an admin of the server"), (status = 404, description = "no such account")))]
pub async fn export(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    personal_page::send(&app, &person(&app, id).await?).await
}

/// An account that was deleted.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DeletedPerson {
    pub id: AccountId,
    /// When it is made anonymous, RFC 3339; until then it can be enabled again.
    pub anonymous_at: String,
}

/// Disable an account at once, and make it anonymous after 30 days unless it is enabled again (admins of the server).
#[utoipa::path(delete, path = "/api/v1/people/{id}", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, body = DeletedPerson), (status = 403, description = "needs an admin of the server"),
        (status = 404, description = "no such account"), (status = 409, description = "yourself, or the last admin")))]
pub async fn delete(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Json<DeletedPerson>, WebError> {
    account.require_admin()?;
    personal::delete(&app, &person(&app, id).await?, Some(account.id)).await?;
    let anonymous_at = app.clock.now().plus_seconds(personal::KEPT_SECONDS).rfc3339();
    Ok(Json(DeletedPerson { id, anonymous_at }))
}

/// An account that was made anonymous.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct AnonymousPerson {
    pub id: AccountId,
    /// What stands in the place of the name.
    pub name: String,
}

/// Put a name that says nothing in the place of somebody's, everywhere and for good; their history stays (admins of the server who are
/// signed in).
#[utoipa::path(post, path = "/api/v1/people/{id}/anonymous", tag = "people", params(("id" = i64, Path)),
    responses((status = 200, body = AnonymousPerson), (status = 403, description = "needs an admin of the server who is signed in"),
        (status = 404, description = "no such account"), (status = 409, description = "yourself, or the last admin")))]
pub async fn anonymise(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<AccountId>,
) -> Result<Json<AnonymousPerson>, WebError> {
    account.require_session()?;
    account.require_admin()?;
    let name = personal::anonymise_now(&app, &person(&app, id).await?, Some(account.id)).await?;
    Ok(Json(AnonymousPerson { id, name }))
}

async fn person(app: &App, id: AccountId) -> Result<AccountRow, WebError> {
    app.store.account(id).await?.ok_or_else(|| WebError::not_found(format!("there is no account `{id}`")))
}
