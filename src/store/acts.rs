//! The record of who did what.
//!
//! **Invariant:** rows are only added; names of people who were made anonymous are replaced in them, see `personal.rs`.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, ActVia, EntryId, ProjectId, RecordedAct, Timestamp};

const INSERT: &str = "
  insert into act (made_us, account_id, project_id, via, what, subject, details, address)
  values ($1, $2, $3, $4, $5, $6, $7, $8)";
const LIST: &str = "
  select t.id, t.made_us, a.name as account, p.slug as project, t.via, t.what, t.subject, t.details, t.address
  from act t left join account a on a.id = t.account_id left join project p on p.id = t.project_id
  where t.id < $1
    and (cast($2 as bigint) is null or t.project_id = $2)
    and (cast($3 as bigint) is null or t.account_id = $3)
    and (cast($4 as text) is null or t.what = $4)
    and t.made_us >= $5 and t.made_us < $6
  order by t.id desc limit $7";
const WHATS: &str = "select distinct what from act order by what";

pub(super) const STATEMENTS: &[&str] = &[INSERT, LIST, WHATS];

/// One entry of the record.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ActRow {
    pub id: EntryId,
    pub made_us: Timestamp,
    /// `None` on the command line.
    pub account: Option<String>,
    /// The slug; `None`: it concerns the whole server.
    pub project: Option<String>,
    pub via: ActVia,
    pub what: String,
    pub subject: String,
    details: String,
    pub address: String,
}

impl ActRow {
    /// The fields that were sent, by name.
    pub fn details(&self) -> Vec<(String, String)> {
        serde_json::from_str(&self.details).unwrap_or_default()
    }
}

/// Which entries to list, newest first.
#[derive(Debug, Clone)]
pub struct ActFilter {
    pub project: Option<ProjectId>,
    pub account: Option<AccountId>,
    pub what: Option<String>,
    /// Not before this time, and before the next.
    pub since: Timestamp,
    pub until: Timestamp,
    /// Only entries with lower ids.
    pub before: EntryId,
}

impl Default for ActFilter {
    fn default() -> Self {
        Self {
            project: None,
            account: None,
            what: None,
            since: Timestamp(0),
            until: Timestamp(i64::MAX),
            before: EntryId(i64::MAX),
        }
    }
}

impl Store {
    pub async fn add_act(&self, act: &RecordedAct, now: Timestamp) -> Result<(), StoreError> {
        let details = serde_json::json!(act.details).to_string();
        on_write!(self, tx => {
            sqlx::query(INSERT)
                .bind(now)
                .bind(act.account)
                .bind(act.project)
                .bind(act.via)
                .bind(&act.what)
                .bind(&act.subject)
                .bind(&details)
                .bind(&act.address)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// At most `limit` entries, newest first.
    pub async fn acts(&self, filter: &ActFilter, limit: i64) -> Result<Vec<ActRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LIST)
            .bind(filter.before)
            .bind(filter.project)
            .bind(filter.account)
            .bind(&filter.what)
            .bind(filter.since)
            .bind(filter.until)
            .bind(limit)
            .fetch_all(conn)
            .await?))
    }

    /// The names of all acts that the record holds.
    pub async fn act_names(&self) -> Result<Vec<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(WHATS).fetch_all(conn).await?))
    }
}
