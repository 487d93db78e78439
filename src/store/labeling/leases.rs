//! Leases: samples handed to one person until a time.
//!
//! **Invariant:** a lease is granted on a sample without a live lease of somebody else, in one statement, and only if it has no label or
//! is one that several people answer, not all of them have, and this person has not, nor saw its label as an example; or, once, if it comes
//! again to the only person who answered it.

use super::{Candidate, Candidates, Lease};
use crate::domain::{AccountId, Facts, ProjectId, Timestamp};
use crate::store::{StoreError, both_engines, live_lease};

/// A statement that reads leases `l` with their samples `s`.
macro_rules! lease {
    ($($rest:expr),+) => {
        concat!(
            "
  select l.sample_id, l.id, s.name, s.facts, l.round_id, l.asked_by, l.percentile, l.propensity, l.made_us, l.expires_us
  from lease l join sample s on s.id = l.sample_id ",
            $($rest),+
        )
    };
}
pub(super) use lease;

/// Changes nothing, and holds the project's row until the end of the transaction.
const TAKE_TURN: &str = "update tally set asked = asked where project_id = $1";
const ADD_ASKED: &str = "update tally set asked = asked + $2 where project_id = $1";
const GRANT: &str = "
  insert into lease (sample_id, id, project_id, account_id, round_id, asked_by, percentile, propensity, made_us, expires_us,
    with_answer)
  select s.id, $2, s.project_id, $3, $4, cast($5 as text), $6, $7, $8, $9, $11 from sample s
  where s.id = $1 and s.project_id = $10 and (not exists (select 1 from label l where l.sample_id = s.id)
    or (exists (select 1 from second_opinion o where o.sample_id = s.id and o.answered < o.people and not o.settled
          and (o.account_id is null or o.account_id <> $3))
      and not exists (select 1 from annotation a where a.sample_id = s.id and a.account_id = $3 and a.kind <> 'undo'
        and not exists (select 1 from annotation u where u.sample_id = s.id and u.undoes = a.id))
      and not exists (select 1 from class_example e where e.sample_id = s.id))
    or (cast($5 as text) = 'repeat' and not s.audit and exists (select 1 from label l where l.sample_id = s.id and l.account_id = $3)
      and not exists (select 1 from second_opinion o where o.sample_id = s.id)
      and not exists (select 1 from annotation r where r.sample_id = s.id and r.account_id = $3 and r.asked_by = 'repeat')
      and not exists (select 1 from class_example e where e.sample_id = s.id)))
  on conflict (sample_id) do update set id = excluded.id, account_id = excluded.account_id, round_id = excluded.round_id,
    asked_by = excluded.asked_by, percentile = excluded.percentile, propensity = excluded.propensity,
    made_us = excluded.made_us, expires_us = excluded.expires_us, with_answer = excluded.with_answer
  where lease.expires_us < excluded.made_us or lease.expires_us > excluded.made_us + 1860000000
  returning (select name from sample where sample.id = lease.sample_id), (select facts from sample where sample.id = lease.sample_id)";
const RESUME: &str = concat!(
    "
  update lease set expires_us = $4 where project_id = $1 and account_id = $2 and ",
    live_lease!("expires_us", "$3"),
    "
  returning sample_id, id, (select name from sample where sample.id = lease.sample_id) as name,
            (select facts from sample where sample.id = lease.sample_id) as facts, round_id, asked_by, percentile, propensity,
            made_us, expires_us"
);
const OF_ANSWER: &str = lease!(
    "where l.project_id = $1 and l.account_id = $2 and l.with_answer like $3 and ",
    live_lease!("l.expires_us", "$4"),
    " order by l.made_us, l.with_answer"
);
const GIVE_BACK: &str = "delete from lease where project_id = $1 and account_id = $2 and id = $3";
const COUNT_LEASES: &str = concat!(
    "select count(*) from lease where project_id = $1 and account_id = $2 and ",
    live_lease!("expires_us", "$3")
);

pub(in crate::store) const STATEMENTS: &[&str] =
    &[TAKE_TURN, ADD_ASKED, GRANT, RESUME, OF_ANSWER, GIVE_BACK, COUNT_LEASES];

/// Terms of a new lease.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Terms {
    pub(in crate::store) project: ProjectId,
    pub(in crate::store) account: AccountId,
    pub(in crate::store) now: Timestamp,
    pub(in crate::store) expires: Timestamp,
}

fn lease_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

both_engines! {
    /// Lease one candidate, possibly with an answer; `None` when it is labeled, or leased to somebody else.
    pub(in crate::store) async fn grant(conn: &mut Conn, terms: Terms, candidate: &Candidate, answer: Option<&str>) -> Result<Option<Lease>, StoreError> {
        let id = lease_id();
        let granted: Option<(String, Facts)> = sqlx::query_as(GRANT)
            .bind(candidate.sample)
            .bind(&id)
            .bind(terms.account)
            .bind(candidate.round)
            .bind(&candidate.asked_by)
            .bind(candidate.percentile)
            .bind(candidate.propensity)
            .bind(terms.now)
            .bind(terms.expires)
            .bind(terms.project)
            .bind(answer)
            .fetch_optional(&mut *conn)
            .await?;
        Ok(granted.map(|(name, facts)| Lease {
            sample_id: candidate.sample,
            id,
            name,
            facts,
            round_id: candidate.round,
            asked_by: candidate.asked_by.clone(),
            percentile: candidate.percentile,
            propensity: candidate.propensity,
            made_us: terms.now,
            expires_us: terms.expires,
        }))
    }

    /// Lease up to `count` candidates; with them, how many were asked for.
    pub(in crate::store) async fn grant_many(conn: &mut Conn, terms: Terms, candidates: &dyn Candidates, count: usize, answer: Option<&str>) -> Result<(Vec<Lease>, i64), StoreError> {
        let mut leases = Vec::with_capacity(count);
        let mut asked = 0;
        while leases.len() < count {
            let Some(candidate) = candidates.next(terms.account) else { break };
            asked += 1;
            // With its position, so that they are returned in the same order.
            let with = answer.map(|answer| format!("{answer} {:04}", leases.len()));
            // A microsecond apart, so that a reopened page shows them in the same order.
            let turn = Terms { now: Timestamp(terms.now.0 + leases.len() as i64), ..terms };
            leases.extend(grant(conn, turn, &candidate, with.as_deref()).await?);
        }
        Ok((leases, asked))
    }

    /// Wait until no other transaction answers or hands out in this project.
    pub(in crate::store) async fn take_turn(conn: &mut Conn, project: ProjectId) -> Result<(), StoreError> {
        sqlx::query(TAKE_TURN).bind(project).execute(&mut *conn).await?;
        Ok(())
    }

    /// Remember how many questions a project has asked: the counter behind the seeded mixing of its streams.
    pub(in crate::store) async fn add_asked(conn: &mut Conn, project: ProjectId, asked: i64) -> Result<(), StoreError> {
        sqlx::query(ADD_ASKED).bind(project).bind(asked).execute(&mut *conn).await?;
        Ok(())
    }

    /// The person's own live leases, in the order they were granted, each extended.
    pub(in crate::store) async fn resume(conn: &mut Conn, terms: Terms) -> Result<Vec<Lease>, StoreError> {
        let mut leases: Vec<Lease> = sqlx::query_as(RESUME)
            .bind(terms.project)
            .bind(terms.account)
            .bind(terms.now)
            .bind(terms.expires)
            .fetch_all(&mut *conn)
            .await?;
        leases.sort_by_key(|lease| (lease.made_us, lease.sample_id));
        Ok(leases)
    }

    /// The live leases that were granted with an answer, in the order they were granted.
    pub(in crate::store) async fn of_answer(conn: &mut Conn, terms: Terms, answer: &str) -> Result<Vec<Lease>, StoreError> {
        Ok(sqlx::query_as(OF_ANSWER)
            .bind(terms.project)
            .bind(terms.account)
            .bind(format!("{answer} %"))
            .bind(terms.now)
            .fetch_all(&mut *conn)
            .await?)
    }

    pub(in crate::store) async fn count_leases(conn: &mut Conn, terms: Terms) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(COUNT_LEASES).bind(terms.project).bind(terms.account).bind(terms.now).fetch_one(&mut *conn).await?)
    }

    pub(in crate::store) async fn give_back(conn: &mut Conn, project: ProjectId, account: AccountId, lease: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(GIVE_BACK).bind(project).bind(account).bind(lease).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }
}
