//! Copies among a project's samples, the samples that left the audit set because of them or were retired, and audit labels that are
//! not blind.
//!
//! **Invariant:** a sample that leaves the audit set leaves it together with its counts, and with a row that says why.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::word::words;
use crate::domain::{ProjectId, SampleId, Timestamp};

const LOOKS: &str = "
  select s.id, s.hash, s.pixels, s.look, coalesce(s.first_copy, s.hash) as first_copy, s.audit, s.compared <> 0 as compared
  from sample s where s.project_id = $1 order by s.id";
const WITHOUT_LOOK: &str = "
  select id, hash from sample where project_id = $1 and id > $2 and pixels is null order by id limit $3";
const SET_LOOK: &str = "update sample set pixels = $2, look = $3 where id = $1";
const AUDIT_GROUPS: &str = "
  select id, coalesce(first_copy, hash) from sample where project_id = $1 and audit order by id";
const LABELED_GROUPS: &str = "
  select s.id, coalesce(s.first_copy, s.hash) from sample s join label l on l.sample_id = s.id
  where s.project_id = $1 and not s.audit order by s.id";
/// A sample asked or labeled in the meantime is moved anyway: its answers stay.
const JOIN: &str = "update sample set first_copy = $2 where id = $1";
const LEAVE: &str = "update sample set audit = $2 where id = $1 and audit";
const INSERT_DEPARTURE: &str = "
  insert into audit_departure (sample_id, project_id, copy_of, made_us, cause) values ($1, $2, $3, $4, $5)
  on conflict (sample_id) do nothing";
const NAMED: &str = "select exists (select 1 from label where sample_id = $1 and classes is not null)";
const LOWER_SHARE: &str = "update project set audit_share = $2 where id = $1 and audit_share > $2";
const TAKE_FROM_TALLY: &str = "
  update tally set audit_samples = audit_samples - $2, audit_labeled = audit_labeled - $3 where project_id = $1";
const SET_COMPARED: &str = "update sample set compared = 1 where project_id = $1 and id <= $2 and compared = 0";
const DEPARTURES: &str = "
  select d.sample_id, d.copy_of, d.made_us, d.cause from audit_departure d where d.project_id = $1 order by d.made_us, d.sample_id";
const NOT_BLIND: &str = "
  select count(case a.origin when 'import' then 1 end) as imported, count(case a.origin when 'review' then 1 end) as reviewed
  from label l join sample s on s.id = l.sample_id join annotation a on a.id = l.annotation_id
  where l.project_id = $1 and s.audit";

pub(super) const STATEMENTS: &[&str] = &[
    LOOKS,
    WITHOUT_LOOK,
    SET_LOOK,
    AUDIT_GROUPS,
    LABELED_GROUPS,
    JOIN,
    LEAVE,
    INSERT_DEPARTURE,
    NAMED,
    LOWER_SHARE,
    TAKE_FROM_TALLY,
    SET_COMPARED,
    DEPARTURES,
    NOT_BLIND,
];

/// A sample as its copies are looked for.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct LookRow {
    pub id: SampleId,
    pub hash: String,
    /// `None`: not computed yet.
    pub pixels: Option<String>,
    pub look: Option<i64>,
    /// The hash of the first of its copies; its own where it has none.
    pub first_copy: String,
    pub audit: bool,
    /// Whether its embedding was compared with the others.
    pub compared: bool,
}

/// A sample that left the audit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Departure {
    #[serde(rename = "sample")]
    pub sample_id: SampleId,
    /// The sample of the pool that it is a copy of; its own id where it was retired.
    pub copy_of: SampleId,
    pub made_us: Timestamp,
    #[schema(value_type = String)]
    pub cause: DepartureCause,
}

/// Why a sample left the audit set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DepartureCause {
    /// A copy of it was found in the pool.
    Copy,
    /// A lead made the audit set smaller.
    Retired,
}

words!(DepartureCause, "cause of a departure", { Copy = "copy", Retired = "retired" });

/// The changes caused by copies found after the draw.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Samples, and the hash of the first of their copies.
    pub joined: Vec<(SampleId, String)>,
    /// Samples that leave the audit set, each with its copy in the pool.
    pub left: Vec<(SampleId, SampleId)>,
}

/// Take samples out of the audit set with their counts, on the transaction of either engine; how many were in it.
macro_rules! depart {
    ($tx:ident, $project:expr, $leaving:expr, $cause:expr, $now:expr) => {{
        let (mut left, mut labeled) = (0i64, 0i64);
        for (sample, copy_of) in $leaving {
            if sqlx::query(LEAVE).bind(*sample).bind(false).execute(&mut *$tx).await?.rows_affected() == 0 {
                continue;
            }
            left += 1;
            let named: bool = sqlx::query_scalar(NAMED).bind(*sample).fetch_one(&mut *$tx).await?;
            labeled += i64::from(named);
            sqlx::query(INSERT_DEPARTURE)
                .bind(*sample)
                .bind($project)
                .bind(*copy_of)
                .bind($now)
                .bind($cause)
                .execute(&mut *$tx)
                .await?;
        }
        sqlx::query(TAKE_FROM_TALLY).bind($project).bind(left).bind(labeled).execute(&mut *$tx).await?;
        left
    }};
}

impl Store {
    /// Every sample of a project, as its copies are looked for.
    pub async fn looks(&self, project: ProjectId) -> Result<Vec<LookRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LOOKS).bind(project).fetch_all(conn).await?))
    }

    /// Up to `limit` samples with an id above `after` whose look is not known, each with the name of its blob.
    pub async fn without_look(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(WITHOUT_LOOK).bind(project).bind(after).bind(limit).fetch_all(conn).await?),
        )
    }

    pub async fn save_looks(&self, looks: &[(SampleId, String, i64)]) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for (sample, pixels, look) in looks {
                sqlx::query(SET_LOOK).bind(*sample).bind(pixels).bind(*look).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }

    /// Store the copies found among the samples up to `last`; returns how many left the audit set.
    pub async fn save_copies(
        &self,
        project: ProjectId,
        changes: &Changes,
        last: SampleId,
        now: Timestamp,
    ) -> Result<u64, StoreError> {
        Ok(on_write!(self, tx => {
            for (sample, first) in &changes.joined {
                sqlx::query(JOIN).bind(*sample).bind(first).execute(&mut *tx).await?;
            }
            let left = depart!(tx, project, &changes.left, DepartureCause::Copy, now);
            sqlx::query(SET_COMPARED).bind(project).bind(last).execute(&mut *tx).await?;
            left.unsigned_abs()
        }))
    }

    /// Draw the audit set with a smaller share from now on, which these of its samples leave: their labels train. Returns how many left;
    /// `None` where the share is not smaller.
    pub async fn retire_audit(
        &self,
        project: ProjectId,
        share: f64,
        samples: &[SampleId],
        now: Timestamp,
    ) -> Result<Option<u64>, StoreError> {
        let leaving: Vec<_> = samples.iter().map(|&sample| (sample, sample)).collect();
        Ok(on_write!(self, tx => {
            let lower = sqlx::query(LOWER_SHARE).bind(project).bind(share).execute(&mut *tx).await?.rows_affected();
            if lower == 0 {
                None
            } else {
                Some(depart!(tx, project, &leaving, DepartureCause::Retired, now).unsigned_abs())
            }
        }))
    }

    /// Samples of the audit set, each with the hash of the first of its copies, by which copies are one group.
    pub async fn audit_groups(&self, project: ProjectId) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(AUDIT_GROUPS).bind(project).fetch_all(conn).await?))
    }

    /// As [`Store::audit_groups`], of answered samples outside the audit set.
    pub async fn labeled_groups(&self, project: ProjectId) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LABELED_GROUPS).bind(project).fetch_all(conn).await?))
    }

    /// Labels of the audit set that were not given blind: those that came with an import, and those that a review settled.
    pub async fn seeing_audit_labels(&self, project: ProjectId) -> Result<(i64, i64), StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NOT_BLIND).bind(project).fetch_one(conn).await?))
    }

    /// The samples that left the audit set, first ones first.
    pub async fn audit_departures(&self, project: ProjectId) -> Result<Vec<Departure>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(DEPARTURES).bind(project).fetch_all(conn).await?))
    }
}
