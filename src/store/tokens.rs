//! API tokens, which let a program act as a person.
//!
//! **Invariant:** a token is valid while it is not revoked, not expired, and its account is not disabled; every look-up
//! checks all three.

use super::accounts::CredentialOwner;
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, Timestamp, TokenScope};

/// An API token's public part.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct TokenRow {
    pub id: i64,
    /// Whose it is.
    pub account: String,
    pub name: String,
    pub scope: TokenScope,
    pub created_us: Timestamp,
    /// When it expires; `None`: never.
    pub expires_us: Option<Timestamp>,
    pub revoked_us: Option<Timestamp>,
    /// When it was last used; noted at most once in an hour.
    pub used_us: Option<Timestamp>,
}

/// A token about to be written.
#[derive(Debug, Clone, Copy)]
pub struct TokenToAdd<'a> {
    pub account: AccountId,
    pub name: &'a str,
    pub scope: TokenScope,
    pub sha256: [u8; 32],
    pub expires: Option<Timestamp>,
}

const INSERT_TOKEN: &str = "
  insert into api_token (account_id, name, token_sha256, created_us, expires_us, scope) values ($1, $2, $3, $4, $5, $6)
  returning id";
const ACCOUNT_BY_TOKEN: &str = "
  select a.id, a.name, a.role, a.password_hash is not null as has_password, a.created_us, a.disabled_us, t.scope, t.used_us
  from api_token t join account a on a.id = t.account_id
  where t.token_sha256 = $1 and t.revoked_us is null and (t.expires_us is null or t.expires_us > $2) and a.disabled_us is null";
const TOKENS: &str = "
  select t.id, a.name as account, t.name, t.scope, t.created_us, t.expires_us, t.revoked_us, t.used_us
  from api_token t join account a on a.id = t.account_id
  where t.account_id = $1 and t.revoked_us is null order by t.created_us desc, t.id desc";
const ALL_TOKENS: &str = "
  select t.id, a.name as account, t.name, t.scope, t.created_us, t.expires_us, t.revoked_us, t.used_us
  from api_token t join account a on a.id = t.account_id
  where t.revoked_us is null and (t.expires_us is null or t.expires_us > $1) and a.disabled_us is null
  order by a.name, t.created_us desc, t.id desc";
const OWNER: &str = "select account_id from api_token where id = $1 and revoked_us is null";
const TOUCH: &str = "update api_token set used_us = $2 where token_sha256 = $1";
const REVOKE_TOKEN: &str = "
  update api_token set revoked_us = $3 where id = $1 and account_id = $2 and revoked_us is null";
pub(super) const REVOKE_TOKENS: &str =
    "update api_token set revoked_us = $2 where account_id = $1 and revoked_us is null";

/// Every statement of this file, for the test that prepares them on both engines.
pub(super) const STATEMENTS: &[&str] =
    &[INSERT_TOKEN, ACCOUNT_BY_TOKEN, TOKENS, ALL_TOKENS, OWNER, TOUCH, REVOKE_TOKEN, REVOKE_TOKENS];

impl Store {
    pub async fn add_token(&self, new: TokenToAdd<'_>, now: Timestamp) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query_scalar(INSERT_TOKEN).bind(new.account).bind(new.name).bind(new.sha256.to_vec()).bind(now)
                .bind(new.expires).bind(new.scope).fetch_one(&mut *tx).await?))
    }

    /// Note that a token is in use.
    pub async fn touch_token(&self, sha256: &[u8; 32], now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(TOUCH).bind(sha256.to_vec()).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// The owner of this API token, while it is valid.
    pub async fn account_by_token(
        &self,
        sha256: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<CredentialOwner>, StoreError> {
        Ok(on_read!(self, conn =>
            sqlx::query_as(ACCOUNT_BY_TOKEN).bind(sha256.to_vec()).bind(now).fetch_optional(conn).await?))
    }

    /// The tokens of an account that are not revoked, newest first; some may have expired.
    pub async fn tokens(&self, account: AccountId) -> Result<Vec<TokenRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(TOKENS).bind(account).fetch_all(conn).await?))
    }

    /// Everybody's valid tokens, by owner.
    pub async fn all_tokens(&self, now: Timestamp) -> Result<Vec<TokenRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ALL_TOKENS).bind(now).fetch_all(conn).await?))
    }

    /// The owner of this token, unless it is revoked.
    pub async fn token_owner(&self, token: i64) -> Result<Option<AccountId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(OWNER).bind(token).fetch_optional(conn).await?))
    }

    /// Revoke a token of this account; `false` when it has no such live token.
    pub async fn revoke_token(&self, account: AccountId, token: i64, now: Timestamp) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query(REVOKE_TOKEN).bind(token).bind(account).bind(now).execute(&mut *tx).await?.rows_affected() == 1))
    }
}
