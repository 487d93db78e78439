//! The shelf of rounds: which are pinned, and which one is used in place of the newest.

use super::rounds::{Round, round};
use super::{Store, StoreError, on_read, on_write};
use crate::domain::{ProjectId, RoundId, Timestamp};

const PIN: &str = "update round set pinned_us = $3 where project_id = $1 and number = $2 and state = 'finished'";
const PINNED: &str = "select number from round where project_id = $1 and pinned_us is not null order by number";
const ROLL_BACK: &str = "update project set rolled_back_to = $2 where id = $1";
const ROLLED_BACK: &str = round!("project p join round on round.id = p.rolled_back_to where p.id = $1");

pub(super) const STATEMENTS: &[&str] = &[PIN, PINNED, ROLL_BACK, ROLLED_BACK];

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
}
