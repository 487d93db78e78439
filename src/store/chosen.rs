//! Samples that people want asked next.
//!
//! **Invariant:** never of the audit set, whose order nobody may change.

use super::{Store, StoreError, live_lease, on_read, on_write};
use crate::domain::{AccountId, ProjectId, SampleId, Timestamp};

const CHOOSE: &str = "
  insert into chosen (sample_id, project_id, account_id, place, made_us)
  select s.id, s.project_id, $3, $4, $5 from sample s where s.id = $1 and s.project_id = $2 and not s.audit
  on conflict (sample_id) do update set account_id = excluded.account_id, place = excluded.place, made_us = excluded.made_us";
/// The newest choice first. What was answered since was asked, also if that answer was taken back.
const WAITING: &str = concat!(
    "
  select c.sample_id from chosen c join sample s on s.id = c.sample_id
  where c.project_id = $1 and not s.audit
    and not exists (select 1 from label l where l.sample_id = c.sample_id)
    and not exists (select 1 from annotation a where a.sample_id = c.sample_id and a.made_us >= c.made_us)
    and not exists (select 1 from lease e where e.sample_id = c.sample_id and ",
    live_lease!("e.expires_us", "$2"),
    ")
  order by c.made_us desc, c.place"
);

pub(super) const STATEMENTS: &[&str] = &[CHOOSE, WAITING];

impl Store {
    /// Put samples before all others, in this order; those of the audit set are passed over. One transaction.
    pub async fn choose_samples(
        &self,
        project: ProjectId,
        account: AccountId,
        samples: &[SampleId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for (place, sample) in samples.iter().enumerate() {
                sqlx::query(CHOOSE)
                    .bind(*sample)
                    .bind(project)
                    .bind(account)
                    .bind(place as i64)
                    .bind(now)
                    .execute(&mut *tx)
                    .await?;
            }
        });
        Ok(())
    }

    /// The samples that people want asked next and that can be asked now, in that order.
    pub async fn chosen_samples(&self, project: ProjectId, now: Timestamp) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(WAITING).bind(project).bind(now).fetch_all(conn).await?))
    }
}
