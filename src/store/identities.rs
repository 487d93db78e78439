//! Who somebody is at a sign-in provider: which issuer and subject belong to which account.

use super::accounts::AccountRow;
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, Timestamp};

const ACCOUNT: &str = "
  select a.id, a.name, a.role, a.password_hash is not null as has_password, a.created_us, a.disabled_us
  from identity i join account a on a.id = i.account_id where i.issuer = $1 and i.subject = $2";
const INSERT: &str = "
  insert into identity (issuer, subject, account_id, created_us) values ($1, $2, $3, $4)
  on conflict (issuer, subject) do nothing";
const OF_ACCOUNT: &str = "select issuer, subject, created_us from identity where account_id = $1 order by created_us";

pub(super) const STATEMENTS: &[&str] = &[ACCOUNT, INSERT, OF_ACCOUNT];

/// Who an account is at a provider.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct IdentityRow {
    pub issuer: String,
    pub subject: String,
    pub created_us: Timestamp,
}

impl Store {
    /// The account that a subject of an issuer is linked to, disabled ones included.
    pub async fn account_of_identity(&self, issuer: &str, subject: &str) -> Result<Option<AccountRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ACCOUNT).bind(issuer).bind(subject).fetch_optional(conn).await?))
    }

    /// Link a subject of an issuer to an account; `false` when it is linked already.
    pub async fn add_identity(
        &self,
        issuer: &str,
        subject: &str,
        account: AccountId,
        now: Timestamp,
    ) -> Result<bool, StoreError> {
        let done = on_write!(self, tx =>
            sqlx::query(INSERT).bind(issuer).bind(subject).bind(account).bind(now).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Who an account is at providers.
    pub async fn identities_of(&self, account: AccountId) -> Result<Vec<IdentityRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OF_ACCOUNT).bind(account).fetch_all(conn).await?))
    }
}
