//! What people see of their own work: current answers, counts, leases.

use super::AnswerColumns;
use crate::domain::{AccountId, Answer, Facts, ProjectId, SampleId, Timestamp};
use crate::store::{Store, StoreError, on_read};

/// Where several people answer a sample, one's own newest answer, whatever the label is; nothing there tells what others said.
const OWN_HISTORY: &str = "
  select a.id, a.sample_id, s.name, s.facts, a.classes, a.reason, a.note, a.made_us, exists (
    select 1 from annotation e where e.sample_id = a.sample_id and e.seq < a.seq and e.kind <> 'undo'
      and (e.account_id = a.account_id or not exists (select 1 from second_opinion o where o.sample_id = a.sample_id))
      and not exists (select 1 from annotation u where u.sample_id = e.sample_id and u.undoes = e.id)) as changed
  from annotation a join sample s on s.id = a.sample_id
  where a.project_id = $1 and a.account_id = $2 and a.origin <> 'import' and a.kind <> 'undo'
    and (exists (select 1 from label l where l.sample_id = a.sample_id and l.annotation_id = a.id)
      or (exists (select 1 from second_opinion o where o.sample_id = a.sample_id and not o.settled)
        and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
        and not exists (select 1 from annotation n where n.sample_id = a.sample_id and n.account_id = a.account_id
          and n.seq > a.seq and n.kind <> 'undo'
          and not exists (select 1 from annotation u where u.sample_id = n.sample_id and u.undoes = n.id))))
  order by a.seq desc limit $3";
const OWN_COUNTS: &str = "
  select count(distinct a.sample_id) as total, count(distinct case when a.made_us >= $3 then a.sample_id end) as since
  from annotation a where a.project_id = $1 and a.account_id = $2 and a.kind <> 'undo' and a.origin <> 'import'
    and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)";

const OWN_LEASES: &str = "select id, asked_by from lease where project_id = $1 and account_id = $2";

pub(in crate::store) const STATEMENTS: &[&str] = &[OWN_LEASES, OWN_HISTORY, OWN_COUNTS];

/// One of a person's own answers, with its sample.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct PastAnswer {
    pub id: String,
    pub sample_id: SampleId,
    pub name: String,
    pub facts: Facts,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    pub made_us: Timestamp,
    /// Whether it replaced an earlier answer.
    pub changed: bool,
}

impl Store {
    /// The person's own leases, with what asked for each; expired ones too, since they may still be answered.
    pub async fn own_leases(
        &self,
        project: ProjectId,
        account: AccountId,
    ) -> Result<Vec<(String, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OWN_LEASES).bind(project).bind(account).fetch_all(conn).await?))
    }

    /// The person's own current answers, newest first.
    pub async fn own_history(
        &self,
        project: ProjectId,
        account: AccountId,
        limit: i64,
    ) -> Result<Vec<PastAnswer>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(OWN_HISTORY).bind(project).bind(account).bind(limit).fetch_all(conn).await?),
        )
    }

    /// Samples that the person has answered and not taken back: in total, and since a time.
    pub async fn own_counts(
        &self,
        project: ProjectId,
        account: AccountId,
        since: Timestamp,
    ) -> Result<(i64, i64), StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(OWN_COUNTS).bind(project).bind(account).bind(since).fetch_one(conn).await?),
        )
    }
}
