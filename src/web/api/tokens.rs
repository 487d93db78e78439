//! The caller's own tokens for programs: list, make, revoke.
//!
//! **Invariant:** a token cannot make another one, so revoking it ends whatever it was used for.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{Timestamp, TokenScope};
use crate::service::App;
use crate::service::people::accounts;
use crate::store::tokens::TokenRow;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Path};

/// A token, without its secret.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ListedToken {
    pub id: i64,
    pub name: String,
    pub scope: TokenScope,
    /// RFC 3339, UTC.
    pub created_at: String,
    /// Absent if it lasts until it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<String>,
    /// To the hour; absent if it was not used yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub used_at: Option<String>,
}

impl From<TokenRow> for ListedToken {
    fn from(row: TokenRow) -> Self {
        let (created_at, expires_at) = (row.created_us.rfc3339(), row.expires_us.map(Timestamp::rfc3339));
        let used_at = row.used_us.map(Timestamp::rfc3339);
        Self { id: row.id, name: row.name, scope: row.scope, created_at, expires_at, used_at }
    }
}

/// The caller's own tokens, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct OwnTokens {
    pub tokens: Vec<ListedToken>,
}

/// The caller's own tokens that are not revoked.
#[utoipa::path(get, path = "/api/v1/tokens", tag = "people", responses((status = 200, body = OwnTokens)))]
pub async fn list(State(app): State<App>, account: CurrentAccount) -> Result<Json<OwnTokens>, WebError> {
    let tokens = app.store.tokens(account.id).await?;
    Ok(Json(OwnTokens { tokens: tokens.into_iter().map(ListedToken::from).collect() }))
}

/// A token to make.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// What it is for.
    #[schema(min_length = 1, max_length = 100, pattern = r"^\S(.*\S)?$")]
    pub name: String,
    /// How many days it lasts; left out: until it is revoked.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 3650)]
    pub days: Option<i64>,
    /// What it may do at most; everything that its owner may by default.
    #[serde(default)]
    pub scope: TokenScope,
}

/// A token that was made.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct MadeToken {
    /// Shown here and never again.
    pub token: String,
}

/// Make a token for the caller, who must be signed in with a browser: a token cannot make tokens.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "people", request_body = NewToken,
    responses((status = 201, body = MadeToken), (status = 403, description = "needs a person who is signed in"), (status = 422)))]
pub async fn create(
    State(app): State<App>,
    account: CurrentAccount,
    Json(new): Json<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), WebError> {
    account.require_session()?;
    let secret = accounts::new_token_for(&app, account.id, &new.name, new.scope, new.days).await?;
    Ok((StatusCode::CREATED, Json(MadeToken { token: secret.reveal().to_owned() })))
}

/// Revoke one of the caller's own tokens, at once and for good.
#[utoipa::path(delete, path = "/api/v1/tokens/{id}", tag = "people", params(("id" = i64, Path)),
    responses((status = 204), (status = 404, description = "no such token of the caller")))]
pub async fn revoke(
    State(app): State<App>,
    account: CurrentAccount,
    Path(id): Path<i64>,
) -> Result<StatusCode, WebError> {
    accounts::revoke_token(&app, account.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
