//! The shelf of rounds: which are pinned, which one is used in place of the newest, and what single rounds said about the
//! audit set.

use super::rounds::{AuditedRound, Round, unpack_pairs};
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{ProjectId, RoundId, Timestamp};

const PIN: &str = "update round set pinned_us = $3 where project_id = $1 and number = $2 and state = 'finished'";
const PINNED: &str = "select number from round where project_id = $1 and pinned_us is not null order by number";
const ROLL_BACK: &str = "update project set rolled_back_to = $2 where id = $1";
const ROLLED_BACK: &str = "
  select r.id, r.number, r.state, r.cause, r.strategy, r.encoder_id, r.n_answers, r.n_labels, r.n_pool, r.fit_ms, r.score_ms,
         r.rank_ms, r.provider, r.model_path, r.error, r.started_us, r.finished_us, r.pinned_us, r.loss_own, r.loss_views,
         r.views_used
  from project p join round r on r.id = p.rolled_back_to where p.id = $1";
const AUDITED: &str = "
  select number, n_labels, strategy, audit_predictions, finished_us from round
  where project_id = $1 and number = $2 and state = 'finished' and audit_predictions is not null";

pub(super) const STATEMENTS: &[&str] = &[PIN, PINNED, ROLL_BACK, ROLLED_BACK, AUDITED];

impl Store {
    /// Pin a finished round (`at`: when) or let go of it; `false` when there is no such round.
    pub async fn save_pin(&self, project: ProjectId, number: i64, at: Option<Timestamp>) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(PIN).bind(project).bind(number).bind(at).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// Numbers of the pinned rounds, ascending.
    pub async fn pinned_rounds(&self, project: ProjectId) -> Result<Vec<i64>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(PINNED).bind(project).fetch_all(conn).await?))
    }

    /// Use a round in place of the newest, or the newest again. The next round that finishes ends it, see
    /// [`Store::finish_round`].
    pub async fn save_roll_back(&self, project: ProjectId, round: Option<RoundId>) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(ROLL_BACK).bind(project).bind(round).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// The round that is used in place of the newest; `None` while the newest is in use.
    pub async fn rolled_back_to(&self, project: ProjectId) -> Result<Option<Round>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ROLLED_BACK).bind(project).fetch_optional(conn).await?))
    }

    /// What one finished round said about the audit set.
    pub async fn audited_round(&self, project: ProjectId, number: i64) -> Result<Option<AuditedRound>, StoreError> {
        type Row = (i64, i64, String, Vec<u8>, Option<Timestamp>);
        let row: Option<Row> =
            on_read!(self, conn => sqlx::query_as(AUDITED).bind(project).bind(number).fetch_optional(conn).await?);
        Ok(row.map(|(number, n_labels, strategy, predictions, finished_us)| AuditedRound {
            number,
            n_labels,
            strategy,
            finished_us,
            predictions: unpack_pairs(&predictions),
        }))
    }
}
