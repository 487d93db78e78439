//! People and what lets them in: accounts, sessions, sign-in links, API tokens, memberships.
//!
//! **Invariant:** secrets are stored only as SHA-256 of 32 random bytes, passwords only as argon2 strings; reading the
//! file does not let anybody sign in.

use super::tokens::REVOKE_TOKENS;
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, ProjectId, Role, Timestamp, TokenScope};

/// An account as pages and lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct AccountRow {
    pub id: AccountId,
    pub name: String,
    /// `admin` for the whole server, or nothing.
    pub role: Option<Role>,
    pub has_password: bool,
    pub created_us: Timestamp,
    pub disabled_us: Option<Timestamp>,
}

/// A membership with both ends named.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct MembershipRow {
    pub account_id: AccountId,
    pub project_id: ProjectId,
    pub slug: String,
    pub project_name: String,
    pub role: Role,
}

/// One browser that is signed in.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SessionRow {
    pub token_sha256: Vec<u8>,
    pub created_us: Timestamp,
    pub expires_us: Timestamp,
    /// When it was last seen; noted at most once in an hour.
    pub used_us: Option<Timestamp>,
    /// The browser's name for itself; empty where it gave none.
    pub agent: String,
    /// Where it signed in.
    pub address: String,
}

impl SessionRow {
    /// What names it: the hash of its secret in hexadecimal digits.
    pub fn id(&self) -> String {
        crate::data::hex(&self.token_sha256)
    }
}

/// Whose a valid session or token is, what it may do, and when it was last noted as used.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct CredentialOwner {
    #[sqlx(flatten)]
    pub account: AccountRow,
    pub scope: TokenScope,
    pub used_us: Option<Timestamp>,
}

/// A sign-in link, in any state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct LinkRow {
    pub account_id: AccountId,
    pub name: String,
    pub has_password: bool,
    pub disabled_us: Option<Timestamp>,
    pub expires_us: Timestamp,
    pub used_us: Option<Timestamp>,
}

const ACCOUNT_BY_ID: &str = "
  select id, name, role, password_hash is not null as has_password, created_us, disabled_us
  from account where id = $1";
const ACCOUNT_BY_NAME: &str = "
  select id, name, role, password_hash is not null as has_password, created_us, disabled_us
  from account where name = $1 or lower(name) = lower($1)";
const NAMES: &str = "select name from account";
const ACCOUNTS: &str = "
  select id, name, role, password_hash is not null as has_password, created_us, disabled_us
  from account order by name";
const ACCOUNT_COUNT: &str = "select count(*) from account";
const PASSWORD_HASH: &str = "select password_hash from account where id = $1";
const INSERT_ACCOUNT: &str = "
  insert into account (name, password_hash, role, created_us) values ($1, $2, $3, $4)
  on conflict (name) do nothing returning id";
const SET_PASSWORD: &str = "update account set password_hash = $2 where id = $1";
const SET_ROLE: &str = "update account set role = $2 where id = $1";
const DISABLE: &str = "update account set disabled_us = $2 where id = $1 and disabled_us is null";
const ENABLE: &str = "update account set disabled_us = null where id = $1";

const INSERT_SESSION: &str = "
  insert into session (token_sha256, account_id, created_us, expires_us) values ($1, $2, $3, $4)";
const ACCOUNT_BY_SESSION: &str = "
  select a.id, a.name, a.role, a.password_hash is not null as has_password, a.created_us, a.disabled_us,
    'manage' as scope, coalesce(s.used_us, s.created_us) as used_us
  from session s join account a on a.id = s.account_id
  where s.token_sha256 = $1 and s.expires_us > $2 and a.disabled_us is null";
const SESSIONS: &str = "
  select token_sha256, created_us, expires_us, used_us, agent, address from session
  where account_id = $1 and expires_us > $2 order by created_us desc";
const DESCRIBE_SESSION: &str = "update session set agent = $2, address = $3 where token_sha256 = $1";
const TOUCH_SESSION: &str = "update session set used_us = $2 where token_sha256 = $1";
const DELETE_OWN_SESSION: &str = "delete from session where account_id = $1 and token_sha256 = $2";
const DELETE_SESSION: &str = "delete from session where token_sha256 = $1";
const DELETE_SESSIONS: &str = "delete from session where account_id = $1";
const DELETE_OTHER_SESSIONS: &str = "delete from session where account_id = $1 and token_sha256 <> $2";
const DELETE_EXPIRED_SESSIONS: &str = "delete from session where expires_us <= $1";

const INSERT_LINK: &str = "
  insert into sign_in_link (token_sha256, account_id, created_us, expires_us) values ($1, $2, $3, $4)";
const LINK: &str = "
  select l.account_id, a.name, a.password_hash is not null as has_password, a.disabled_us, l.expires_us, l.used_us
  from sign_in_link l join account a on a.id = l.account_id where l.token_sha256 = $1";
const USE_LINK: &str = "
  update sign_in_link set used_us = $2
  where token_sha256 = $1 and used_us is null and expires_us > $2
    and account_id in (select id from account where disabled_us is null)
  returning account_id";
const USE_LINKS: &str = "update sign_in_link set used_us = $2 where account_id = $1 and used_us is null";

const UPSERT_MEMBERSHIP: &str = "
  insert into membership (project_id, account_id, role) values ($1, $2, $3)
  on conflict (project_id, account_id) do update set role = excluded.role";
const DELETE_MEMBERSHIP: &str = "delete from membership where project_id = $1 and account_id = $2";
const MEMBERSHIPS: &str = "
  select m.account_id, m.project_id, p.slug, p.name as project_name, m.role
  from membership m join project p on p.id = m.project_id order by p.slug";
const MEMBERSHIPS_OF_ACCOUNT: &str = "
  select m.account_id, m.project_id, p.slug, p.name as project_name, m.role
  from membership m join project p on p.id = m.project_id where m.account_id = $1 order by p.slug";
const PROJECT_NAMES: &str = "select slug, name from project where archived_us is null order by slug";

/// Every statement of this file, for the test that prepares them on both engines.
pub const STATEMENTS: &[&str] = &[
    ACCOUNT_BY_ID,
    ACCOUNT_BY_NAME,
    ACCOUNTS,
    ACCOUNT_COUNT,
    PASSWORD_HASH,
    INSERT_ACCOUNT,
    SET_PASSWORD,
    SET_ROLE,
    DISABLE,
    ENABLE,
    INSERT_SESSION,
    ACCOUNT_BY_SESSION,
    SESSIONS,
    DESCRIBE_SESSION,
    TOUCH_SESSION,
    DELETE_OWN_SESSION,
    DELETE_SESSION,
    DELETE_SESSIONS,
    DELETE_OTHER_SESSIONS,
    DELETE_EXPIRED_SESSIONS,
    INSERT_LINK,
    LINK,
    USE_LINK,
    USE_LINKS,
    NAMES,
    UPSERT_MEMBERSHIP,
    DELETE_MEMBERSHIP,
    MEMBERSHIPS,
    MEMBERSHIPS_OF_ACCOUNT,
    PROJECT_NAMES,
];

/// A session about to be written.
#[derive(Debug, Clone, Copy)]
pub struct NewSession {
    pub sha256: [u8; 32],
    pub created: Timestamp,
    pub expires: Timestamp,
}

impl Store {
    pub async fn account(&self, id: AccountId) -> Result<Option<AccountRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ACCOUNT_BY_ID).bind(id).fetch_optional(conn).await?))
    }

    /// The account called `name`; otherwise the only one whose name differs just in case.
    pub async fn account_by_name(&self, name: &str) -> Result<Option<AccountRow>, StoreError> {
        let mut alike: Vec<AccountRow> =
            on_read!(self, conn => sqlx::query_as(ACCOUNT_BY_NAME).bind(name).fetch_all(conn).await?);
        match (alike.iter().position(|account| account.name == name), alike.len()) {
            (Some(exact), _) => Ok(Some(alike.swap_remove(exact))),
            (None, 1) => Ok(alike.pop()),
            // Two from before names ignored case: ambiguous.
            _ => Ok(None),
        }
    }

    /// Everybody, disabled accounts included, by name.
    pub async fn accounts(&self) -> Result<Vec<AccountRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ACCOUNTS).fetch_all(conn).await?))
    }

    pub async fn account_count(&self) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(ACCOUNT_COUNT).fetch_one(conn).await?))
    }

    /// The argon2 string of an account, when it has a password.
    pub async fn password_hash(&self, id: AccountId) -> Result<Option<String>, StoreError> {
        let row: Option<Option<String>> =
            on_read!(self, conn => sqlx::query_scalar(PASSWORD_HASH).bind(id).fetch_optional(conn).await?);
        Ok(row.flatten())
    }

    /// Add an account and, in the same transaction, its role in one project. Returns the existing name if one differs
    /// at most in case.
    pub async fn add_account(
        &self,
        name: &str,
        password_hash: Option<&str>,
        server_role: Option<Role>,
        membership: Option<(ProjectId, Role)>,
        now: Timestamp,
    ) -> Result<Result<AccountId, String>, StoreError> {
        let folded = name.to_lowercase();
        Ok(on_write!(self, tx => {
            // Compared here, since SQLite folds only ASCII case.
            let names: Vec<String> = sqlx::query_scalar(NAMES).fetch_all(&mut *tx).await?;
            let alike = names.into_iter().find(|known| known.to_lowercase() == folded);
            let id: Option<AccountId> = if alike.is_some() { None } else { sqlx::query_scalar(INSERT_ACCOUNT)
                .bind(name).bind(password_hash).bind(server_role).bind(now)
                .fetch_optional(&mut *tx).await? };
            if let (Some(id), Some((project, role))) = (id, membership) {
                sqlx::query(UPSERT_MEMBERSHIP).bind(project).bind(id).bind(role).execute(&mut *tx).await?;
            }
            id.ok_or_else(|| alike.unwrap_or_else(|| name.to_owned()))
        }))
    }

    /// Set the password; every session but `keep`, every open link and every token ends in the same transaction.
    pub async fn set_password(
        &self,
        id: AccountId,
        password_hash: &str,
        keep: Option<[u8; 32]>,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_PASSWORD).bind(id).bind(password_hash).execute(&mut *tx).await?;
            sqlx::query(USE_LINKS).bind(id).bind(now).execute(&mut *tx).await?;
            sqlx::query(REVOKE_TOKENS).bind(id).bind(now).execute(&mut *tx).await?;
            match keep {
                Some(keep) => sqlx::query(DELETE_OTHER_SESSIONS).bind(id).bind(keep.to_vec()).execute(&mut *tx).await?,
                None => sqlx::query(DELETE_SESSIONS).bind(id).execute(&mut *tx).await?,
            };
        });
        Ok(())
    }

    /// Make somebody an admin of the whole server (`Some(Role::Admin)`), or not.
    pub async fn set_server_role(&self, id: AccountId, role: Option<Role>) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(SET_ROLE).bind(id).bind(role).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Disable an account: its sessions, tokens and links end, everything it did stays.
    pub async fn disable_account(&self, id: AccountId, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DISABLE).bind(id).bind(now).execute(&mut *tx).await?;
            sqlx::query(DELETE_SESSIONS).bind(id).execute(&mut *tx).await?;
            sqlx::query(REVOKE_TOKENS).bind(id).bind(now).execute(&mut *tx).await?;
            sqlx::query(USE_LINKS).bind(id).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn enable_account(&self, id: AccountId) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(ENABLE).bind(id).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Add a session, and sweep the expired ones while the write lock is held anyway.
    pub async fn add_session(&self, account: AccountId, session: NewSession) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DELETE_EXPIRED_SESSIONS).bind(session.created).execute(&mut *tx).await?;
            sqlx::query(INSERT_SESSION)
                .bind(session.sha256.to_vec()).bind(account).bind(session.created).bind(session.expires)
                .execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// The owner of this session, while it is valid and the account is not disabled.
    pub async fn account_by_session(
        &self,
        sha256: &[u8; 32],
        now: Timestamp,
    ) -> Result<Option<CredentialOwner>, StoreError> {
        Ok(on_read!(self, conn =>
            sqlx::query_as(ACCOUNT_BY_SESSION).bind(sha256.to_vec()).bind(now).fetch_optional(conn).await?))
    }

    /// The live sessions of an account, newest first.
    pub async fn sessions(&self, account: AccountId, now: Timestamp) -> Result<Vec<SessionRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(SESSIONS).bind(account).bind(now).fetch_all(conn).await?))
    }

    /// Say which browser a session is in, and where it signed in.
    pub async fn describe_session(&self, sha256: &[u8; 32], agent: &str, address: &str) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DESCRIBE_SESSION).bind(sha256.to_vec()).bind(agent).bind(address).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Note that a session is in use.
    pub async fn touch_session(&self, sha256: &[u8; 32], now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(TOUCH_SESSION).bind(sha256.to_vec()).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// End a session of this account; `false` when it has no such session.
    pub async fn delete_own_session(&self, account: AccountId, sha256: &[u8]) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query(DELETE_OWN_SESSION).bind(account).bind(sha256.to_vec()).execute(&mut *tx).await?.rows_affected() == 1))
    }

    pub async fn delete_session(&self, sha256: &[u8; 32]) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DELETE_SESSION).bind(sha256.to_vec()).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// End every session of an account but one; returns how many ended.
    pub async fn delete_other_sessions(&self, account: AccountId, keep: &[u8; 32]) -> Result<u64, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query(DELETE_OTHER_SESSIONS).bind(account).bind(keep.to_vec()).execute(&mut *tx).await?.rows_affected()))
    }

    pub async fn add_link(
        &self,
        sha256: &[u8; 32],
        account: AccountId,
        now: Timestamp,
        expires: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(INSERT_LINK).bind(sha256.to_vec()).bind(account).bind(now).bind(expires).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// A link, in any state.
    pub async fn link(&self, sha256: &[u8; 32]) -> Result<Option<LinkRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LINK).bind(sha256.to_vec()).fetch_optional(conn).await?))
    }

    /// Use a link up and every other one of the account with it, set the password where one is given (which ends sessions and
    /// tokens), and open the session: together or not at all.
    ///
    /// `None` when the link is unknown, used, expired, or its account disabled; then nothing changes.
    pub async fn use_link(
        &self,
        sha256: &[u8; 32],
        password_hash: Option<&str>,
        session: NewSession,
    ) -> Result<Option<AccountId>, StoreError> {
        Ok(on_write!(self, tx => {
            let account: Option<AccountId> = sqlx::query_scalar(USE_LINK)
                .bind(sha256.to_vec()).bind(session.created)
                .fetch_optional(&mut *tx).await?;
            if let Some(account) = account {
                sqlx::query(USE_LINKS).bind(account).bind(session.created).execute(&mut *tx).await?;
                if let Some(password_hash) = password_hash {
                    sqlx::query(SET_PASSWORD).bind(account).bind(password_hash).execute(&mut *tx).await?;
                    sqlx::query(DELETE_SESSIONS).bind(account).execute(&mut *tx).await?;
                    sqlx::query(REVOKE_TOKENS).bind(account).bind(session.created).execute(&mut *tx).await?;
                }
                sqlx::query(INSERT_SESSION)
                    .bind(session.sha256.to_vec()).bind(account).bind(session.created).bind(session.expires)
                    .execute(&mut *tx).await?;
            }
            account
        }))
    }

    /// Give somebody a role in a project, replacing an earlier one.
    pub async fn set_membership(&self, project: ProjectId, account: AccountId, role: Role) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(UPSERT_MEMBERSHIP).bind(project).bind(account).bind(role).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn delete_membership(&self, project: ProjectId, account: AccountId) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DELETE_MEMBERSHIP).bind(project).bind(account).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Every membership on the server, by project.
    pub async fn memberships(&self) -> Result<Vec<MembershipRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(MEMBERSHIPS).fetch_all(conn).await?))
    }

    /// The projects of one account, with its role in each.
    pub async fn memberships_of(&self, account: AccountId) -> Result<Vec<MembershipRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(MEMBERSHIPS_OF_ACCOUNT).bind(account).fetch_all(conn).await?))
    }

    /// Slug and name of every project that is not archived.
    pub async fn project_names(&self) -> Result<Vec<(String, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(PROJECT_NAMES).fetch_all(conn).await?))
    }
}
