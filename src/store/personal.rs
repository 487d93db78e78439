//! What the tables hold of one person: read for a copy of their data, and made anonymous.
//!
//! **Invariant:** history stays: an anonymous person's annotations, notes and acts keep their row and their account's number. No text
//! that Querist wrote keeps the name.

use super::accounts::AccountRow;
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, EntryId, Timestamp};

/// Whether the act `t` is about people, so that its subject and its field `name` are a person's.
macro_rules! about_people {
    () => {
        "(t.what like 'person-%' or t.what in ('link-made', 'role-changed', 'token-made', 'signed-in'))"
    };
}

const RECORD: &str = concat!(
    "select t.made_us, t.account_id = $1 as by_them, p.slug as project, t.via, t.what, t.subject, t.details, t.address
  from act t left join project p on p.id = t.project_id
  where t.account_id = $1 or (lower(t.subject) = lower($2) and ",
    about_people!(),
    ") order by t.id"
);
const TOKENS: &str = "
  select name, scope, created_us, expires_us, revoked_us, used_us from api_token where account_id = $1 order by id";
const LINKS: &str =
    "select created_us, expires_us, used_us from sign_in_link where account_id = $1 order by created_us";
/// Answers, those of archived samples included.
const ANSWERS: &str = "
  select * from (
    select a.seq, a.id, p.slug as project, s.name as sample, a.kind, a.classes, a.reason, a.note, a.undoes, a.seconds, a.origin,
      a.asked_by, a.made_us
    from annotation a join project p on p.id = a.project_id join sample s on s.id = a.sample_id where a.account_id = $1 and a.seq > $2
    union all
    select a.seq, a.id, p.slug as project, s.name as sample, a.kind, a.classes, a.reason, a.note, a.undoes, a.seconds, a.origin,
      a.asked_by, a.made_us
    from archived_annotation a join project p on p.id = a.project_id join archived_sample s on s.id = a.sample_id
    where a.account_id = $1 and a.seq > $2) as answers
  order by seq limit $3";
const NOTES: &str = "
  select p.slug as project, f.sample_id, f.kind, f.text, f.made_us from flag_note f join project p on p.id = f.project_id
  where f.account_id = $1
  union all
  select p.slug as project, f.sample_id, f.kind, f.text, f.made_us from archived_note f join project p on p.id = f.project_id
  where f.account_id = $1
  order by made_us";
const CLASSES: &str = "
  select c.id, c.name from class c where exists (
    select 1 from annotation a where a.account_id = $1 and a.project_id = c.project_id)
    or exists (select 1 from archived_annotation a where a.account_id = $1 and a.project_id = c.project_id)
  order by c.id";
/// Where else the account is named: imports and exports asked for, webhooks added, classes merged.
const WORK: &str = "
  select 'import' as what, p.slug as project, i.source as name, i.started_us as at_us
  from import i join project p on p.id = i.project_id where i.account_id = $1
  union all
  select 'export', p.slug, n.format, n.created_us from snapshot n join project p on p.id = n.project_id where n.account_id = $1
  union all
  select 'webhook', p.slug, w.url, w.created_us from webhook w join project p on p.id = w.project_id where w.account_id = $1
  union all
  select 'classes', p.slug, c.kind, c.made_us from class_act c join project p on p.id = c.project_id where c.account_id = $1
  order by at_us";

const TO_LEAVE: &str = "update account set leaves_us = $2 where id = $1 and anonymous_us is null";
const STAY: &str = "update account set leaves_us = null where id = $1";
const LEAVING: &str = "select id, leaves_us from account where leaves_us is not null order by id";
const ANONYMOUS: &str = "select id from account where anonymous_us is not null order by id";
const TO_GO: &str = "
  select id, name, role, password_hash is not null as has_password, created_us, disabled_us
  from account where leaves_us <= $1 and anonymous_us is null order by id";

const RENAME: &str = "
  update account set name = $2, password_hash = null, role = null, disabled_us = coalesce(disabled_us, $3), anonymous_us = $3,
    leaves_us = null
  where id = $1";
const DELETE_SESSIONS: &str = "delete from session where account_id = $1";
const DELETE_LINKS: &str = "delete from sign_in_link where account_id = $1";
const DELETE_TOKENS: &str = "delete from api_token where account_id = $1";
const DELETE_MEMBERSHIPS: &str = "delete from membership where account_id = $1";
const DELETE_IDENTITIES: &str = "delete from identity where account_id = $1";
const DELETE_KEYS: &str = "delete from desk_key where account_id = $1";
const FORGET_ADDRESSES: &str = "update act set address = '' where account_id = $1";
const RENAME_SUBJECTS: &str = concat!(
    "update act set subject = $2 where lower(subject) = lower($1) and id in (select t.id from act t where ",
    about_people!(),
    ")"
);
const MAY_NAME: &str = concat!(
    "select t.id, ",
    about_people!(),
    " as about_people, t.details from act t where lower(t.details) like lower($1) escape '!' order by t.id"
);
const SET_DETAILS: &str = "update act set details = $2 where id = $1";
/// Which answers an export holds may be told by a person's name.
const EXPORTS_NAMING: &str = "select id, options from snapshot where options like $1 escape '!' order by id";
const SET_OPTIONS: &str = "update snapshot set options = $2 where id = $1";

pub(super) const STATEMENTS: &[&str] = &[
    RECORD,
    TOKENS,
    LINKS,
    ANSWERS,
    NOTES,
    CLASSES,
    WORK,
    TO_LEAVE,
    STAY,
    LEAVING,
    ANONYMOUS,
    TO_GO,
    RENAME,
    DELETE_SESSIONS,
    DELETE_LINKS,
    DELETE_TOKENS,
    DELETE_MEMBERSHIPS,
    DELETE_IDENTITIES,
    DELETE_KEYS,
    FORGET_ADDRESSES,
    RENAME_SUBJECTS,
    MAY_NAME,
    SET_DETAILS,
    EXPORTS_NAMING,
    SET_OPTIONS,
];

/// An entry of the record that a person made, or that is about them.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnAct {
    pub made_us: Timestamp,
    /// `None`: a command.
    pub by_them: Option<bool>,
    pub project: Option<String>,
    pub via: String,
    pub what: String,
    pub subject: String,
    /// JSON.
    pub details: String,
    pub address: String,
}

/// One of a person's tokens, revoked ones included.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EveryToken {
    pub name: String,
    pub scope: String,
    pub created_us: Timestamp,
    pub expires_us: Option<Timestamp>,
    pub revoked_us: Option<Timestamp>,
    pub used_us: Option<Timestamp>,
}

/// A sign-in link that was made for somebody.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct EveryLink {
    pub created_us: Timestamp,
    pub expires_us: Timestamp,
    pub used_us: Option<Timestamp>,
}

/// One of a person's annotations.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnAnswer {
    pub seq: i64,
    pub id: String,
    pub project: String,
    /// The sample's name.
    pub sample: String,
    pub kind: String,
    /// Numbers of classes, separated by spaces.
    pub classes: Option<String>,
    pub reason: Option<String>,
    pub note: Option<String>,
    pub undoes: Option<String>,
    pub seconds: Option<f64>,
    pub origin: String,
    pub asked_by: String,
    pub made_us: Timestamp,
}

/// What a person asked or replied about a sample.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnNote {
    pub project: String,
    pub sample_id: i64,
    pub kind: String,
    pub text: String,
    pub made_us: Timestamp,
}

/// What else a person asked for in a project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct OwnWork {
    /// `import`, `export`, `webhook` or `classes`.
    pub what: String,
    pub project: String,
    pub name: String,
    pub at_us: Timestamp,
}

/// Everything but the answers, which may be many.
#[derive(Debug, Clone)]
pub struct PersonalRows {
    pub record: Vec<OwnAct>,
    pub tokens: Vec<EveryToken>,
    pub links: Vec<EveryLink>,
    pub notes: Vec<OwnNote>,
    pub work: Vec<OwnWork>,
    /// Number and name of the classes of the projects where they answered.
    pub classes: Vec<(i64, String)>,
}

/// Fields of an entry that may hold a name, as JSON.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct NamingAct {
    pub id: EntryId,
    /// Whether the act is about people, so that its field `name` is a person's.
    pub about_people: bool,
    pub details: String,
}

/// What is written in place of a name.
#[derive(Debug, Clone, Default)]
pub struct Renamed {
    /// Entries of the record, with their new fields as JSON.
    pub details: Vec<(EntryId, String)>,
    /// Exports, with their new options as JSON.
    pub options: Vec<(i64, String)>,
}

/// Text that holds `part`, as a pattern with `!` before what would mean something else.
fn holding(part: &str) -> String {
    let plain = part.chars().flat_map(|c| "!%_".contains(c).then_some('!').into_iter().chain([c]));
    format!("%{}%", plain.collect::<String>())
}

impl Store {
    /// What the tables hold of a person, without answers.
    pub async fn personal_rows(&self, account: &AccountRow) -> Result<PersonalRows, StoreError> {
        let id = account.id;
        Ok(on_read!(self, conn => PersonalRows {
            record: sqlx::query_as(RECORD).bind(id).bind(&account.name).fetch_all(&mut *conn).await?,
            tokens: sqlx::query_as(TOKENS).bind(id).fetch_all(&mut *conn).await?,
            links: sqlx::query_as(LINKS).bind(id).fetch_all(&mut *conn).await?,
            notes: sqlx::query_as(NOTES).bind(id).fetch_all(&mut *conn).await?,
            work: sqlx::query_as(WORK).bind(id).fetch_all(&mut *conn).await?,
            classes: sqlx::query_as(CLASSES).bind(id).fetch_all(&mut *conn).await?,
        }))
    }

    /// Up to `limit` annotations of a person after the one numbered `after`, oldest first.
    pub async fn answers_of(&self, account: AccountId, after: i64, limit: i64) -> Result<Vec<OwnAnswer>, StoreError> {
        Ok(on_read!(self, conn =>
            sqlx::query_as(ANSWERS).bind(account).bind(after).bind(limit).fetch_all(conn).await?))
    }

    /// Make an account anonymous at `leaves`, or not.
    pub async fn set_leaving(&self, account: AccountId, leaves: Option<Timestamp>) -> Result<(), StoreError> {
        on_write!(self, tx => {
            match leaves {
                Some(leaves) => sqlx::query(TO_LEAVE).bind(account).bind(leaves).execute(&mut *tx).await?,
                None => sqlx::query(STAY).bind(account).execute(&mut *tx).await?,
            };
        });
        Ok(())
    }

    /// Accounts that are to be made anonymous, and when.
    pub async fn leaving_accounts(&self) -> Result<Vec<(AccountId, Timestamp)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LEAVING).fetch_all(conn).await?))
    }

    /// Accounts that were made anonymous.
    pub async fn anonymous_accounts(&self) -> Result<Vec<AccountId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(ANONYMOUS).fetch_all(conn).await?))
    }

    /// Accounts whose time is over.
    pub async fn accounts_to_go(&self, now: Timestamp) -> Result<Vec<AccountRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(TO_GO).bind(now).fetch_all(conn).await?))
    }

    /// Entries of the record whose fields hold this text.
    pub async fn acts_naming(&self, text: &str) -> Result<Vec<NamingAct>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(MAY_NAME).bind(holding(text)).fetch_all(conn).await?))
    }

    /// Exports whose options, JSON, hold this text.
    pub async fn exports_naming(&self, text: &str) -> Result<Vec<(i64, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(EXPORTS_NAMING).bind(holding(text)).fetch_all(conn).await?))
    }

    /// Put `name` in the place of the account's own, everywhere, and end all that lets it in: together or not at all.
    pub async fn anonymise(
        &self,
        account: &AccountRow,
        name: &str,
        renamed: &Renamed,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(RENAME).bind(account.id).bind(name).bind(now).execute(&mut *tx).await?;
            for statement in
                [DELETE_SESSIONS, DELETE_LINKS, DELETE_TOKENS, DELETE_MEMBERSHIPS, DELETE_IDENTITIES, DELETE_KEYS,
                FORGET_ADDRESSES]
            {
                sqlx::query(statement).bind(account.id).execute(&mut *tx).await?;
            }
            sqlx::query(RENAME_SUBJECTS).bind(&account.name).bind(name).execute(&mut *tx).await?;
            for (id, details) in &renamed.details {
                sqlx::query(SET_DETAILS).bind(*id).bind(details).execute(&mut *tx).await?;
            }
            for (id, options) in &renamed.options {
                sqlx::query(SET_OPTIONS).bind(*id).bind(options).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}
