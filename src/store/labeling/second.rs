//! Samples that several people answer: who may still be asked, and the label that follows from all answers.
//!
//! **Invariant:** the row of a sample and its label change in the transaction that changes its answers; a sample without a row has
//! one answer, and its label is the newest.

use std::collections::{BTreeSet, HashMap};

use super::{AnswerColumns, NewAnswer, UPSERT_LABEL};
use crate::domain::second_opinion::{LabelRule, SecondCause, StandingVote, label_of};
use crate::domain::{AccountId, Answer, Origin, ProjectId, Reliability, RoundId, SampleId, Timestamp};
use crate::store::{StoreError, both_engines};

/// Whether a sample `s` of a project `p` is drawn; the number is `domain::second_opinion::DRAWN_PARTS`.
macro_rules! drawn {
    () => {
        "s.draw % 1000000 < p.second_share * 1000000 and (p.second_audit or not s.audit)"
    };
}
pub(in crate::store) use drawn;
const _: () = assert!(
    crate::domain::second_opinion::DRAWN_PARTS == 1_000_000,
    "the statements that draw samples name another number"
);

const ROW: &str = "
  select o.people, p.label_rule from second_opinion o join project p on p.id = o.project_id
  where o.project_id = $1 and o.sample_id = $2";
const STANDING: &str = "
  select a.id, a.account_id, a.classes, a.reason, a.note, a.origin, a.made_us, a.round_id, a.asked_by, a.propensity
  from annotation a
  where a.project_id = $1 and a.sample_id = $2 and a.kind <> 'undo'
    and not exists (select 1 from annotation u where u.sample_id = $2 and u.undoes = a.id)
  order by a.seq";
const RELIABILITIES: &str = "select account_id, model from reliability where project_id = $1";
const COUNT: &str = "update second_opinion set answered = $2, settled = $3 where sample_id = $1";
const BEGIN: &str = concat!(
    "
  insert into second_opinion (sample_id, project_id, people, answered, settled, cause, made_us)
  select s.id, s.project_id, p.second_people, 1, false, case when ",
    drawn!(),
    " then 'drawn' else 'disputed' end, $3
  from sample s join project p on p.id = s.project_id
  where s.id = $1 and (",
    drawn!(),
    " or (cast($2 as text) = 'disputed' and p.second_disputed and not s.audit))
  on conflict (sample_id) do nothing returning people"
);
const ASK: &str = "
  insert into second_opinion (sample_id, project_id, people, answered, settled, cause, account_id, made_us)
  values ($1, $2, $3, $4, false, $5, $6, $7)
  on conflict (sample_id) do update set people = excluded.people, account_id = excluded.account_id";
const LABEL: &str = "select classes, reason, null as note from label where sample_id = $1";
pub(in crate::store) const DELETE_LABEL: &str = "delete from label where sample_id = $1";
pub(in crate::store) const DELETE_ROW: &str = "delete from second_opinion where sample_id = $1";
const SEVERAL: &str = "
  select sample_id from second_opinion where project_id = $1 and answered >= 2 and not settled order by sample_id";

pub(in crate::store) const STATEMENTS: &[&str] =
    &[ROW, STANDING, RELIABILITIES, COUNT, BEGIN, ASK, LABEL, DELETE_LABEL, DELETE_ROW, SEVERAL];

/// An answer that was not taken back.
#[derive(Debug, Clone, sqlx::FromRow)]
pub(in crate::store) struct StandingRow {
    pub(in crate::store) id: String,
    pub(in crate::store) account_id: AccountId,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub(in crate::store) answer: Option<Answer>,
    pub(in crate::store) origin: Origin,
    pub(in crate::store) made_us: Timestamp,
    pub(in crate::store) round_id: Option<RoundId>,
    pub(in crate::store) asked_by: String,
    pub(in crate::store) propensity: Option<f64>,
}

/// What follows from a sample's answers.
#[derive(Debug, Clone, Default)]
pub(in crate::store) struct Derived {
    /// The annotation behind the label; `None`: no answer is left.
    pub(in crate::store) label: Option<StandingRow>,
    /// Whether the label says something else than before.
    pub(in crate::store) changed: bool,
    /// Who has answered, where somebody else is to answer too.
    pub(in crate::store) waits: Option<Vec<AccountId>>,
}

impl Derived {
    /// Whether the label names classes, or none of them, and is no skip; `None` without a label.
    pub(in crate::store) fn named(&self) -> Option<bool> {
        self.label.as_ref().map(|row| row.answer.as_ref().is_some_and(|answer| answer.classes().is_some()))
    }
}

/// Whether a person may change or take back this one of a sample's standing answers: their newest, and no reviewer has decided since.
pub(in crate::store) fn is_open(standing: &[StandingRow], id: &str) -> bool {
    let Some(at) = standing.iter().position(|row| row.id == id) else { return false };
    let own = standing[at].account_id;
    standing[at + 1..].iter().all(|later| later.account_id != own && later.origin != Origin::Review)
}

fn people(standing: &[StandingRow]) -> Vec<AccountId> {
    let all: BTreeSet<AccountId> =
        standing.iter().filter(|row| row.origin != Origin::Import).map(|row| row.account_id).collect();
    all.into_iter().collect()
}

both_engines! {
    /// The answers of a sample that were not taken back, oldest first.
    pub(in crate::store) async fn standing(conn: &mut Conn, project: ProjectId, sample: SampleId) -> Result<Vec<StandingRow>, StoreError> {
        Ok(sqlx::query_as(STANDING).bind(project).bind(sample).fetch_all(&mut *conn).await?)
    }

    /// Whether a sample is one that several people answer.
    pub(in crate::store) async fn several(conn: &mut Conn, project: ProjectId, sample: SampleId) -> Result<bool, StoreError> {
        let row: Option<(i64, LabelRule)> = sqlx::query_as(ROW).bind(project).bind(sample).fetch_optional(&mut *conn).await?;
        Ok(row.is_some())
    }

    /// Bring a sample's row and label up to date with its answers; `None` for samples that one person answers.
    pub(in crate::store) async fn derive(conn: &mut Conn, project: ProjectId, sample: SampleId) -> Result<Option<Derived>, StoreError> {
        let row: Option<(i64, LabelRule)> = sqlx::query_as(ROW).bind(project).bind(sample).fetch_optional(&mut *conn).await?;
        let Some((wanted, rule)) = row else { return Ok(None) };
        let mut standing = standing(conn, project, sample).await?;
        standing.retain(|row| row.answer.is_some());
        let answered = people(&standing);
        let reliabilities = match rule {
            LabelRule::Weighted if answered.len() > 1 => reliabilities(conn, project).await?,
            _ => HashMap::new(),
        };
        let vote = |row: &StandingRow| {
            Some(StandingVote { account: row.account_id, answer: row.answer.clone()?, origin: row.origin })
        };
        let votes: Vec<StandingVote> = standing.iter().filter_map(vote).collect();
        let before: Option<AnswerColumns> = sqlx::query_as(LABEL).bind(sample).fetch_optional(&mut *conn).await?;
        let before: Option<Answer> = before.and_then(Into::into);
        let label = label_of(rule, &votes, &reliabilities).and_then(|at| standing.get(at)).cloned();
        let Some(label) = label else {
            sqlx::query(DELETE_LABEL).bind(sample).execute(&mut *conn).await?;
            sqlx::query(DELETE_ROW).bind(sample).execute(&mut *conn).await?;
            return Ok(Some(Derived { changed: before.is_some(), ..Derived::default() }));
        };
        let settled = standing.iter().any(|row| row.origin == Origin::Review);
        // Who decided in a review did not answer blind.
        let blind: BTreeSet<AccountId> = standing
            .iter()
            .filter(|row| ![Origin::Import, Origin::Review].contains(&row.origin))
            .map(|row| row.account_id)
            .collect();
        let n = blind.len() as i64;
        sqlx::query(COUNT).bind(sample).bind(n).bind(settled).execute(&mut *conn).await?;
        sqlx::query(UPSERT_LABEL)
            .bind(sample)
            .bind(project)
            .bind(label.answer.as_ref().and_then(Answer::classes))
            .bind(label.answer.as_ref().and_then(Answer::reason))
            .bind(&label.id)
            .bind(label.account_id)
            .bind(label.made_us)
            .execute(&mut *conn)
            .await?;
        let same = before.as_ref().zip(label.answer.as_ref()).is_some_and(|(before, now)| before.agrees(now));
        let waits = (!settled && n < wanted).then_some(answered);
        Ok(Some(Derived { label: Some(label), changed: !same, waits }))
    }

    async fn reliabilities(conn: &mut Conn, project: ProjectId) -> Result<HashMap<AccountId, Reliability>, StoreError> {
        let rows: Vec<(AccountId, String)> = sqlx::query_as(RELIABILITIES).bind(project).fetch_all(&mut *conn).await?;
        // One that a later version wrote counts as unknown.
        Ok(rows.into_iter().filter_map(|(account, text)| Some((account, serde_json::from_str(&text).ok()?))).collect())
    }

    /// After a sample's first answer: whether other people are to answer it too, and who has.
    pub(in crate::store) async fn begin(conn: &mut Conn, first: &NewAnswer, now: Timestamp) -> Result<Option<Vec<AccountId>>, StoreError> {
        if [Origin::Import, Origin::Review].contains(&first.origin) {
            return Ok(None);
        }
        let cause = first.disputed.then_some(SecondCause::Disputed);
        let begun: Option<i64> =
            sqlx::query_scalar(BEGIN).bind(first.sample).bind(cause).bind(now).fetch_optional(&mut *conn).await?;
        Ok(begun.map(|_| vec![first.account]))
    }

    /// Have one more person answer a sample than did, asked for by a person or, without one, since its label is in doubt; returns who is
    /// not to be that person. `None`: nobody has answered it.
    pub(in crate::store) async fn ask_another(conn: &mut Conn, project: ProjectId, sample: SampleId, by: Option<AccountId>, now: Timestamp) -> Result<Option<Vec<AccountId>>, StoreError> {
        let standing = standing(conn, project, sample).await?;
        let mut answered = people(&standing);
        if answered.is_empty() {
            return Ok(None);
        }
        let n = answered.len() as i64;
        sqlx::query(ASK)
            .bind(sample)
            .bind(project)
            .bind(n + 1)
            .bind(n)
            .bind(if by.is_some() { SecondCause::Asked } else { SecondCause::Doubted })
            .bind(by)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        derive(conn, project, sample).await?;
        answered.extend(by);
        Ok(Some(answered))
    }

    /// Derive the labels of all samples with several answers anew; how many say something else now.
    pub(in crate::store) async fn derive_all(conn: &mut Conn, project: ProjectId) -> Result<i64, StoreError> {
        let samples: Vec<SampleId> = sqlx::query_scalar(SEVERAL).bind(project).fetch_all(&mut *conn).await?;
        let mut changed = 0;
        for sample in samples {
            let derived = derive(conn, project, sample).await?;
            changed += i64::from(derived.is_some_and(|derived| derived.changed));
        }
        Ok(changed)
    }
}
