//! Archived samples: put away with all that belongs to them, brought back as they were, or gone for good.
//!
//! An archived sample is in no other table, so nothing asks, trains, counts or exports it, and its number is not given again.
//!
//! **Invariant:** a sample is put away, brought back or let go with all its rows in one transaction, the counts included. What is
//! with somebody at the moment is not put away.

use super::{Store, StoreError, both_engines, live_lease, on_read, on_write};
use crate::domain::{AccountId, ProjectId, SampleId, Timestamp};

macro_rules! sample {
    () => {
        "id, project_id, hash, name, facts, size_bytes, audit, draw, created_us, folded, pixels, look, first_copy, compared, import_id"
    };
}
macro_rules! annotation {
    () => {
        "id, project_id, sample_id, account_id, kind, classes, reason, note, undoes, round_id, asked_by, propensity, seconds, \
        origin, made_us, import_id, act_id"
    };
}
macro_rules! label {
    () => {
        "sample_id, project_id, classes, reason, annotation_id, account_id, made_us"
    };
}
macro_rules! opinion {
    () => {
        "sample_id, project_id, people, answered, settled, cause, account_id, made_us"
    };
}
macro_rules! note {
    () => {
        "id, thread, project_id, sample_id, account_id, kind, text, made_us"
    };
}
macro_rules! prediction {
    () => {
        "project_id, named, sample_id, classes, sure, import_id, made_us"
    };
}

/// The samples that are put away in this transaction.
macro_rules! leaving {
    () => {
        "(select a.id from archived_sample a where a.project_id = $1 and a.archived_us = $2)"
    };
}
/// The samples that come back in this transaction.
macro_rules! returning {
    () => {
        "(select a.id from archived_sample a where a.project_id = $1 and a.restored_us = $2)"
    };
}
/// The samples that go for good in this transaction.
macro_rules! going {
    () => {
        "(select d.sample_id from departed d where d.project_id = $1 and d.left_us = $2)"
    };
}

const PUT_AWAY: &str = concat!(
    "insert into archived_sample (",
    sample!(),
    ", archived_us, account_id, leaves_us) select ",
    sample!(),
    ", $2, $3, $4 from sample s where s.project_id = $1 and s.id = $5
    and not exists (select 1 from lease l where l.sample_id = s.id and ",
    live_lease!("l.expires_us", "$2"),
    ")"
);
/// Counts of the samples `$set` that have rows.
macro_rules! counts {
    ($set:expr) => {
        concat!(
            "select count(*) as samples, count(case when s.audit then 1 end) as audit, count(l.classes) as labeled,
    count(case when s.audit and l.classes is not null then 1 end) as audit_labeled,
    count(case when l.sample_id is not null and l.classes is null then 1 end) as skipped
  from sample s left join label l on l.sample_id = s.id where s.id in ",
            $set
        )
    };
}
const LEAVING_COUNTS: &str = counts!(leaving!());
const RETURNING_COUNTS: &str = counts!(returning!());
const ADD_TO_TALLY: &str = "
  update tally set samples = samples + $2, audit_samples = audit_samples + $3, labeled = labeled + $4,
    audit_labeled = audit_labeled + $5, skipped = skipped + $6
  where project_id = $1";

/// Rows of the samples `$set` from one table to another, in the order of `$order`.
macro_rules! moved {
    ($from:literal, $into:literal, $columns:expr, $set:expr, $order:literal) => {
        concat!(
            "insert into ",
            $into,
            " (",
            $columns,
            ") select ",
            $columns,
            " from ",
            $from,
            " where sample_id in ",
            $set,
            $order
        )
    };
}
macro_rules! deleted {
    ($from:literal, $column:literal, $set:expr) => {
        concat!("delete from ", $from, " where ", $column, " in ", $set)
    };
}
/// In an order in which no row refers to one that is gone. Leases and what was chosen to be asked next are not kept, and a sample
/// that is put away is no longer an example of its class.
const PUTTING_AWAY: &[&str] = &[
    moved!("sample_metadata", "archived_metadata", "sample_id, data, folded", leaving!(), ""),
    concat!(
        "insert into archived_annotation (seq, ",
        annotation!(),
        ") select seq, ",
        annotation!(),
        " from annotation where sample_id in ",
        leaving!()
    ),
    moved!("label", "archived_label", label!(), leaving!(), ""),
    moved!("second_opinion", "archived_opinion", opinion!(), leaving!(), ""),
    concat!(
        "insert into archived_note (seq, ",
        note!(),
        ") select seq, ",
        note!(),
        " from flag_note where sample_id in ",
        leaving!()
    ),
    moved!("audit_departure", "archived_departure", "sample_id, project_id, copy_of, made_us, cause", leaving!(), ""),
    moved!("outside_prediction", "archived_prediction", prediction!(), leaving!(), ""),
    moved!("class_act_sample", "archived_act_sample", "act_id, sample_id", leaving!(), ""),
    deleted!("sample_metadata", "sample_id", leaving!()),
    deleted!("label", "sample_id", leaving!()),
    deleted!("lease", "sample_id", leaving!()),
    deleted!("chosen", "sample_id", leaving!()),
    deleted!("second_opinion", "sample_id", leaving!()),
    deleted!("flag_note", "sample_id", leaving!()),
    deleted!("class_example", "sample_id", leaving!()),
    deleted!("audit_departure", "sample_id", leaving!()),
    // That a sample left the audit set stays known; of which copy, no longer.
    concat!("update audit_departure set copy_of = sample_id where copy_of in ", leaving!()),
    deleted!("outside_prediction", "sample_id", leaving!()),
    deleted!("class_act_sample", "sample_id", leaving!()),
    deleted!("annotation", "sample_id", leaving!()),
    concat!("update import_item set sample_id = null where sample_id in ", leaving!()),
    deleted!("sample", "id", leaving!()),
];

/// Where the same content came in again, the archived sample stays archived.
const RETURN: &str = "
  update archived_sample set restored_us = $2 where project_id = $1 and id = $3
    and not exists (select 1 from sample s where s.project_id = $1 and s.hash = archived_sample.hash)";
/// Annotations and notes are appended, in their order, since another row may have their old number.
const BRINGING_BACK: &[&str] = &[
    concat!("insert into sample (", sample!(), ") select ", sample!(), " from archived_sample where id in ", returning!()),
    moved!("archived_metadata", "sample_metadata", "sample_id, data, folded", returning!(), ""),
    moved!("archived_annotation", "annotation", annotation!(), returning!(), " order by seq"),
    moved!("archived_label", "label", label!(), returning!(), ""),
    moved!("archived_opinion", "second_opinion", opinion!(), returning!(), ""),
    moved!("archived_note", "flag_note", note!(), returning!(), " order by seq"),
    concat!(
        "insert into audit_departure (sample_id, project_id, copy_of, made_us, cause)
    select d.sample_id, d.project_id, coalesce((select s.id from sample s where s.id = d.copy_of), d.sample_id), d.made_us, d.cause
    from archived_departure d where d.sample_id in ",
        returning!()
    ),
    moved!("archived_prediction", "outside_prediction", prediction!(), returning!(), ""),
    moved!("archived_act_sample", "class_act_sample", "act_id, sample_id", returning!(), ""),
];

/// What belongs to archived samples.
macro_rules! forgetting {
    ($set:expr) => {
        [
            deleted!("archived_metadata", "sample_id", $set),
            deleted!("archived_annotation", "sample_id", $set),
            deleted!("archived_label", "sample_id", $set),
            deleted!("archived_opinion", "sample_id", $set),
            deleted!("archived_note", "sample_id", $set),
            deleted!("archived_departure", "sample_id", $set),
            deleted!("archived_prediction", "sample_id", $set),
            deleted!("archived_act_sample", "sample_id", $set),
            deleted!("archived_sample", "id", $set),
        ]
    };
}
const FORGET_RETURNED: &[&str] = &forgetting!(returning!());
const FORGET_GONE: &[&str] = &forgetting!(going!());

const DEPART: &str = "
  insert into departed (sample_id, project_id, import_id, hash, name, left_us)
  select id, project_id, import_id, hash, name, $2 from archived_sample
  where project_id = $1 and leaves_us <= $3 order by id limit $4";
const LIST: &str = "
  select s.id, s.hash, s.name, a.name as account, s.archived_us, s.leaves_us, l.sample_id is not null as answered, s.audit
  from archived_sample s left join account a on a.id = s.account_id left join archived_label l on l.sample_id = s.id
  where s.project_id = $1 and s.id > $2 order by s.id limit $3";
const COUNT: &str = "select count(*) from archived_sample where project_id = $1";
const IDS: &str = "select id from archived_sample where project_id = $1 order by id";
/// Also those of whose samples files are left, since an import held up their removal.
const DUE: &str = "
  select project_id from archived_sample where leaves_us <= $1
  union select project_id from departed where cleared_us is null and left_us <= $1";

const ALONE: &[&str] =
    &[PUT_AWAY, LEAVING_COUNTS, RETURNING_COUNTS, ADD_TO_TALLY, RETURN, DEPART, LIST, COUNT, IDS, DUE];

/// Every statement of this file.
pub(super) fn statements() -> Vec<&'static str> {
    [ALONE, PUTTING_AWAY, BRINGING_BACK, FORGET_RETURNED, FORGET_GONE].concat()
}

/// Counts of samples that leave the project's counts, or come back into them.
#[derive(sqlx::FromRow)]
struct Moved {
    samples: i64,
    audit: i64,
    labeled: i64,
    audit_labeled: i64,
    skipped: i64,
}

/// An archived sample as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ArchivedRow {
    pub id: SampleId,
    /// SHA-256 of its content.
    pub hash: String,
    pub name: String,
    /// Who archived it; `None`: a command.
    pub account: Option<String>,
    pub archived_us: Timestamp,
    /// When it is removed for good.
    pub leaves_us: Timestamp,
    /// Whether it has an answer, a skip included.
    pub answered: bool,
    pub audit: bool,
}

/// Who puts samples away, when, and until when they can be brought back.
#[derive(Debug, Clone, Copy)]
pub struct PuttingAway {
    pub project: ProjectId,
    /// `None`: a command.
    pub account: Option<AccountId>,
    pub now: Timestamp,
    pub leaves: Timestamp,
}

both_engines! {
    async fn count(conn: &mut Conn, sql: &'static str, project: ProjectId, now: Timestamp, sign: i64) -> Result<i64, StoreError> {
        let moved: Moved = sqlx::query_as(sql).bind(project).bind(now).fetch_one(&mut *conn).await?;
        sqlx::query(ADD_TO_TALLY)
            .bind(project)
            .bind(sign * moved.samples)
            .bind(sign * moved.audit)
            .bind(sign * moved.labeled)
            .bind(sign * moved.audit_labeled)
            .bind(sign * moved.skipped)
            .execute(&mut *conn)
            .await?;
        Ok(moved.samples)
    }

    async fn each(conn: &mut Conn, statements: &[&'static str], project: ProjectId, now: Timestamp) -> Result<(), StoreError> {
        for statement in statements {
            sqlx::query(*statement).bind(project).bind(now).execute(&mut *conn).await?;
        }
        Ok(())
    }

    /// Put samples away; returns how many were, which leaves out those that are with somebody.
    pub(in crate::store) async fn put_away(conn: &mut Conn, what: PuttingAway, samples: &[SampleId]) -> Result<i64, StoreError> {
        let PuttingAway { project, account, now, leaves } = what;
        for sample in samples {
            sqlx::query(PUT_AWAY).bind(project).bind(now).bind(account).bind(leaves).bind(*sample).execute(&mut *conn).await?;
        }
        let n = count(conn, LEAVING_COUNTS, project, now, -1).await?;
        each(conn, PUTTING_AWAY, project, now).await?;
        Ok(n)
    }

    /// Bring samples back; returns how many came, which leaves out those whose content is there again.
    pub(in crate::store) async fn bring_back(conn: &mut Conn, project: ProjectId, samples: &[SampleId], now: Timestamp) -> Result<i64, StoreError> {
        for sample in samples {
            sqlx::query(RETURN).bind(project).bind(now).bind(*sample).execute(&mut *conn).await?;
        }
        each(conn, BRINGING_BACK, project, now).await?;
        let n = count(conn, RETURNING_COUNTS, project, now, 1).await?;
        each(conn, FORGET_RETURNED, project, now).await?;
        Ok(n)
    }

    /// Let up to `limit` samples that were to leave by `by` go; returns how many did.
    pub(in crate::store) async fn let_go(conn: &mut Conn, project: ProjectId, by: Timestamp, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
        let gone = sqlx::query(DEPART).bind(project).bind(now).bind(by).bind(limit).execute(&mut *conn).await?;
        each(conn, FORGET_GONE, project, now).await?;
        Ok(gone.rows_affected())
    }
}

impl Store {
    /// Put samples away in one transaction; returns how many were. `what.now` must differ from one call to the next.
    pub async fn put_samples_away(&self, what: PuttingAway, samples: &[SampleId]) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx in engine => engine::put_away(tx, what, samples).await?))
    }

    /// Bring archived samples back in one transaction; returns how many came. `now` must differ from one call to the next.
    pub async fn bring_samples_back(
        &self,
        project: ProjectId,
        samples: &[SampleId],
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx in engine => engine::bring_back(tx, project, samples, now).await?))
    }

    /// Let up to `limit` archived samples whose time is over at `by` go for good; their files are then among
    /// [`Store::departed`]. `now` must differ from one call to the next.
    pub async fn let_archived_go(
        &self,
        project: ProjectId,
        by: Timestamp,
        limit: i64,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(on_write!(self, tx in engine => engine::let_go(tx, project, by, limit, now).await?))
    }

    /// Up to `limit` archived samples after `after`, by number.
    pub async fn archived_samples(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<ArchivedRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LIST).bind(project).bind(after).bind(limit).fetch_all(conn).await?))
    }

    pub async fn archived_count(&self, project: ProjectId) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(COUNT).bind(project).fetch_one(conn).await?))
    }

    /// Every archived sample of a project.
    pub async fn archived_ids(&self, project: ProjectId) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(IDS).bind(project).fetch_all(conn).await?))
    }

    /// Projects that have archived samples whose time is over.
    pub async fn projects_with_samples_to_go(&self, now: Timestamp) -> Result<Vec<ProjectId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(DUE).bind(now).fetch_all(conn).await?))
    }
}
