//! Counts of the whole server's finished and pending work: for `/metrics` and for the report of a backup.
//!
//! **Invariant:** counts only; no name, no slug, no label leaves through here.

use super::rounds::RoundStatus;
use super::{Store, StoreError, live_lease, on_read};
use crate::domain::{JobStatus, Timestamp};

// PostgreSQL sums whole numbers into decimals; the cast brings both engines to one type.
const TALLY: &str = "
  select cast(coalesce(sum(samples), 0) as bigint) as samples, cast(coalesce(sum(labeled), 0) as bigint) as labeled,
         cast(coalesce(sum(skipped), 0) as bigint) as skipped, cast(coalesce(sum(answers), 0) as bigint) as answers,
         cast(coalesce(sum(asked), 0) as bigint) as asked, count(*) as projects
  from tally";
const QUEUED: &str = "select cast(coalesce(sum(length(entries) / 12), 0) as bigint) from queue";
const LEASED: &str = concat!("select count(*) from lease where ", live_lease!("expires_us", "$1"));
const ROUNDS: &str = "
  select state, count(*) as n, coalesce(sum(fit_ms), 0.0) as fit_ms, coalesce(sum(score_ms), 0.0) as score_ms,
         coalesce(sum(rank_ms), 0.0) as rank_ms
  from round group by state";
const JOBS: &str = "select kind, state, count(*) as n from job group by kind, state";

pub(super) const STATEMENTS: &[&str] = &[TALLY, QUEUED, LEASED, ROUNDS, JOBS];

/// Sums over all projects.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Totals {
    pub projects: i64,
    pub samples: i64,
    pub labeled: i64,
    pub skipped: i64,
    /// Answers ever stored, skips and undos included.
    pub answers: i64,
    /// Leases ever granted.
    pub asked: i64,
}

/// Rounds that ended in one state, and the milliseconds they took.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct RoundsIn {
    pub state: RoundStatus,
    pub n: i64,
    pub fit_ms: f64,
    pub score_ms: f64,
    pub rank_ms: f64,
}

/// Jobs of one kind in one state.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct JobsIn {
    pub kind: String,
    pub state: JobStatus,
    pub n: i64,
}

/// Everything that `/metrics` says about the database.
#[derive(Debug, Clone, PartialEq)]
pub struct Standing {
    pub totals: Totals,
    /// Samples in the published queues.
    pub queued: i64,
    /// Samples currently leased to somebody.
    pub leased: i64,
    pub rounds: Vec<RoundsIn>,
    pub jobs: Vec<JobsIn>,
}

impl Store {
    /// Sums over all projects.
    pub async fn totals(&self) -> Result<Totals, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(TALLY).fetch_one(conn).await?))
    }

    /// The counts at `now`.
    pub async fn standing(&self, now: Timestamp) -> Result<Standing, StoreError> {
        Ok(on_read!(self, conn => Standing {
            totals: sqlx::query_as(TALLY).fetch_one(&mut *conn).await?,
            queued: sqlx::query_scalar(QUEUED).fetch_one(&mut *conn).await?,
            leased: sqlx::query_scalar(LEASED).bind(now).fetch_one(&mut *conn).await?,
            rounds: sqlx::query_as(ROUNDS).fetch_all(&mut *conn).await?,
            jobs: sqlx::query_as(JOBS).fetch_all(&mut *conn).await?,
        }))
    }
}
