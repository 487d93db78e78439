//! Second opinions as settings, as questions that wait, and as answers to compare; and who holds which lease.

use super::labeling::AnswerColumns;
use super::labeling::second::{drawn, postgres, sqlite};
use super::{Store, StoreError, live_lease, on_read, on_write};
use crate::domain::{
    AccountId, Answer, ProjectId, Reliability, Role, SampleId, SecondCause, SecondOpinions, Timestamp,
};

const SET: &str = "
  update project set second_share = $2, second_people = $3, second_disputed = $4, second_audit = $5, label_rule = $6, second_doubted = $7 where id = $1";
/// Samples that only their first person has answered and that are not drawn any more.
const RELEASE: &str = concat!(
    "
  delete from second_opinion where project_id = $1 and answered < 2 and not settled and cause = 'drawn' and sample_id not in (
    select s.id from sample s join project p on p.id = s.project_id where s.project_id = $1 and ",
    drawn!(),
    ")"
);
const RELEASE_DISPUTED: &str = "
  delete from second_opinion where project_id = $1 and answered < 2 and not settled and cause = 'disputed'
    and exists (select 1 from project p where p.id = $1 and not p.second_disputed)";
const RELEASE_DOUBTED: &str = "
  delete from second_opinion where project_id = $1 and answered < 2 and not settled and cause = 'doubted'
    and exists (select 1 from project p where p.id = $1 and p.second_doubted = 0)";
const SET_PEOPLE: &str = "
  update second_opinion set people = (select p.second_people from project p where p.id = $1)
  where project_id = $1 and cause not in ('asked', 'doubted') and account_id is null";
/// Answered samples that are drawn now.
const DRAW: &str = concat!(
    "
  insert into second_opinion (sample_id, project_id, people, answered, settled, cause, made_us)
  select s.id, s.project_id, p.second_people, 1, false, 'drawn', $2
  from label l join sample s on s.id = l.sample_id join project p on p.id = s.project_id join annotation a on a.id = l.annotation_id
  where l.project_id = $1 and a.origin not in ('import', 'review') and ",
    drawn!(),
    "
  on conflict (sample_id) do nothing"
);
const WAITING: &str = concat!(
    "
  select o.sample_id, o.account_id as asker, a.account_id from second_opinion o join annotation a on a.sample_id = o.sample_id
  where o.project_id = $1 and o.answered < o.people and not o.settled and a.kind <> 'undo'
    and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
    and not exists (select 1 from class_example e where e.sample_id = o.sample_id)
    and not exists (select 1 from lease x where x.sample_id = o.sample_id and ",
    live_lease!("x.expires_us", "$2"),
    ")
  order by case when o.account_id is null then 1 else 0 end, o.made_us, o.sample_id"
);
const ANSWERS: &str = "
  select a.sample_id, a.id, a.account_id, a.classes, a.reason, a.note, a.seconds, a.made_us
  from second_opinion o join annotation a on a.sample_id = o.sample_id
  where o.project_id = $1 and o.answered >= 2 and a.kind <> 'undo' and a.origin not in ('import', 'review')
    and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
  order by a.sample_id, a.seq";
const EVERY_ANSWER: &str = "
  select a.sample_id, a.id, a.account_id, a.classes, a.reason, a.note, a.seconds, a.made_us
  from label l join sample s on s.id = l.sample_id join annotation a on a.sample_id = l.sample_id
    join annotation own on own.id = l.annotation_id
  where l.project_id = $1 and not s.audit and l.classes is not null and own.origin <> 'review'
    and a.kind <> 'undo' and a.origin not in ('import', 'review')
    and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
    and not exists (select 1 from class_example e where e.sample_id = l.sample_id)
  order by a.sample_id, a.seq";
const COUNT_DOUBTED: &str = "select count(*) from second_opinion where project_id = $1 and cause = 'doubted'";
const ROWS: &str = "
  select o.sample_id, s.name, o.people, o.answered, o.settled, o.cause, l.annotation_id
  from second_opinion o join sample s on s.id = o.sample_id left join label l on l.sample_id = o.sample_id
  where o.project_id = $1 order by o.sample_id";
const WORK: &str = "
  select a.account_id, a.kind = 'skip' as skipped, a.seconds from annotation a
  where a.project_id = $1 and a.kind <> 'undo' and a.origin not in ('import', 'review')
    and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
  order by a.account_id";
const NAMES: &str = "
  select c.id, c.name, coalesce(m.role, c.role) as role from account c left join membership m on m.account_id = c.id and m.project_id = $1
  where exists (select 1 from annotation a where a.project_id = $1 and a.account_id = c.id) or m.role is not null
  order by c.name";
const LEASES: &str = concat!(
    "
  select l.id, l.sample_id, s.name, c.name as account, l.account_id, l.made_us, l.expires_us
  from lease l join sample s on s.id = l.sample_id join account c on c.id = l.account_id
  where l.project_id = $1 and ",
    live_lease!("l.expires_us", "$2"),
    " order by l.made_us, l.sample_id"
);
const LEASE_OWNER: &str = "select account_id from lease where project_id = $1 and id = $2";
const TO_ANSWER_BLIND: &str = concat!(
    "
  select e.sample_id from lease e join label l on l.sample_id = e.sample_id
  where e.project_id = $1 and e.account_id = $2 and ",
    live_lease!("e.expires_us", "$3")
);
const DELETE_RELIABILITIES: &str = "delete from reliability where project_id = $1";
const INSERT_RELIABILITY: &str = "insert into reliability (project_id, account_id, model) values ($1, $2, $3)";

pub(super) const STATEMENTS: &[&str] = &[
    SET,
    RELEASE,
    RELEASE_DISPUTED,
    RELEASE_DOUBTED,
    SET_PEOPLE,
    DRAW,
    EVERY_ANSWER,
    COUNT_DOUBTED,
    WAITING,
    ANSWERS,
    ROWS,
    WORK,
    NAMES,
    LEASES,
    LEASE_OWNER,
    TO_ANSWER_BLIND,
    DELETE_RELIABILITIES,
    INSERT_RELIABILITY,
];

/// One person's answer to a sample that others answered too.
#[derive(Debug, Clone, PartialEq, sqlx::FromRow)]
pub struct BlindAnswer {
    pub sample_id: SampleId,
    /// The annotation.
    pub id: String,
    pub account_id: AccountId,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    pub answer: Option<Answer>,
    /// Active seconds the person spent.
    pub seconds: Option<f64>,
    pub made_us: Timestamp,
}

#[cfg(test)]
impl BlindAnswer {
    /// An answer for tests: this person took the sample for this class.
    pub fn example(sample: i64, account: i64, class: i64) -> Self {
        Self {
            sample_id: SampleId(sample),
            id: String::new(),
            account_id: AccountId(account),
            answer: Some(Answer::Classes(crate::domain::ClassSet::from(crate::domain::ClassId(class)))),
            seconds: None,
            made_us: Timestamp(0),
        }
    }
}

/// A sample that several people are to answer.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct SecondRow {
    pub sample_id: SampleId,
    pub name: String,
    /// People who are to answer it.
    pub people: i64,
    /// People who have.
    pub answered: i64,
    /// Whether a reviewer decided.
    pub settled: bool,
    pub cause: SecondCause,
    /// The annotation behind its label.
    pub annotation_id: Option<String>,
}

/// A sample that waits for another person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaitingSecond {
    pub sample: SampleId,
    /// Who may not be asked.
    pub known_to: Vec<AccountId>,
}

/// One answer as a piece of work.
#[derive(Debug, Clone, Copy, PartialEq, sqlx::FromRow)]
pub struct WorkRow {
    pub account_id: AccountId,
    pub skipped: bool,
    pub seconds: Option<f64>,
}

/// Somebody who works in a project, or did.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Worker {
    pub id: AccountId,
    pub name: String,
    /// `None`: no longer a member.
    pub role: Option<Role>,
}

/// A lease and its holder.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct HeldLease {
    pub id: String,
    pub sample_id: SampleId,
    pub name: String,
    pub account: String,
    pub account_id: AccountId,
    pub made_us: Timestamp,
    pub expires_us: Timestamp,
}

/// A row of the query for waiting samples: sample, who asked for it, who answered it.
type WaitingRow = (SampleId, Option<AccountId>, AccountId);

impl Store {
    /// Change what more than one person answers; returns how many labels say something else by the new rule.
    pub async fn save_second_opinions(
        &self,
        project: ProjectId,
        wanted: &SecondOpinions,
        now: Timestamp,
    ) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx in engine => {
            sqlx::query(SET)
                .bind(project)
                .bind(wanted.share)
                .bind(wanted.people)
                .bind(wanted.disputed)
                .bind(wanted.audit)
                .bind(wanted.rule)
                .bind(wanted.doubted)
                .execute(&mut *tx)
                .await?;
            for statement in [RELEASE, RELEASE_DISPUTED, RELEASE_DOUBTED, SET_PEOPLE] {
                sqlx::query(statement).bind(project).execute(&mut *tx).await?;
            }
            sqlx::query(DRAW).bind(project).bind(now).execute(&mut *tx).await?;
            engine::derive_all(tx, project).await?
        }))
    }

    /// Replace what is known of people's reliability; returns how many labels say something else by it.
    pub async fn save_reliabilities(
        &self,
        project: ProjectId,
        known: &[(AccountId, Reliability)],
    ) -> Result<i64, StoreError> {
        let text = |model: &Reliability| serde_json::to_string(model).unwrap_or_default();
        Ok(on_write!(self, tx in engine => {
            sqlx::query(DELETE_RELIABILITIES).bind(project).execute(&mut *tx).await?;
            for (account, model) in known {
                sqlx::query(INSERT_RELIABILITY).bind(project).bind(account).bind(text(model)).execute(&mut *tx).await?;
            }
            engine::derive_all(tx, project).await?
        }))
    }

    /// Have one more person answer a sample; returns who may not be that person. `None`: nobody has answered it yet.
    pub async fn ask_another(
        &self,
        project: ProjectId,
        sample: SampleId,
        by: AccountId,
        now: Timestamp,
    ) -> Result<Option<Vec<AccountId>>, StoreError> {
        Ok(on_write!(self, tx in engine => engine::ask_another(tx, project, sample, Some(by), now).await?))
    }

    /// Samples that wait for another person and are with nobody: those a reviewer asked for first, then in the order of their first
    /// answers. Examples of classes are left out, since everybody sees their labels.
    pub async fn waiting_seconds(&self, project: ProjectId, now: Timestamp) -> Result<Vec<WaitingSecond>, StoreError> {
        let rows: Vec<WaitingRow> =
            on_read!(self, conn => sqlx::query_as(WAITING).bind(project).bind(now).fetch_all(conn).await?);
        let mut waiting: Vec<WaitingSecond> = Vec::new();
        for (sample, asker, account) in rows {
            match waiting.last_mut().filter(|last| last.sample == sample) {
                Some(last) => last.known_to.push(account),
                None => waiting.push(WaitingSecond { sample, known_to: asker.into_iter().chain([account]).collect() }),
            }
        }
        Ok(waiting)
    }

    /// Answers that people gave without seeing each other's, to samples with at least two, by sample, oldest first. Somebody who
    /// changed theirs is there twice.
    pub async fn blind_answers(&self, project: ProjectId) -> Result<Vec<BlindAnswer>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ANSWERS).bind(project).fetch_all(conn).await?))
    }

    /// Answers that people gave to samples that train and that no reviewer has settled, by sample, oldest first; examples of classes
    /// are left out. Somebody who changed theirs is there twice.
    pub async fn training_answers(&self, project: ProjectId) -> Result<Vec<BlindAnswer>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(EVERY_ANSWER).bind(project).fetch_all(conn).await?))
    }

    /// Samples that were ever asked again because their labels were in doubt.
    pub async fn doubted_count(&self, project: ProjectId) -> Result<i64, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(COUNT_DOUBTED).bind(project).fetch_one(conn).await?))
    }

    /// Have one more person answer each of these samples, since their labels are in doubt; those that nobody answers any more are left
    /// out.
    pub async fn ask_doubted(
        &self,
        project: ProjectId,
        samples: &[SampleId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx in engine => {
            for &sample in samples {
                engine::ask_another(tx, project, sample, None, now).await?;
            }
        });
        Ok(())
    }

    /// Answered samples that several people are to answer, by id.
    pub async fn second_rows(&self, project: ProjectId) -> Result<Vec<SecondRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ROWS).bind(project).fetch_all(conn).await?))
    }

    /// Every answer that people gave at their desks and did not take back, by account.
    pub async fn work(&self, project: ProjectId) -> Result<Vec<WorkRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(WORK).bind(project).fetch_all(conn).await?))
    }

    /// Members of a project and all others who have answered there, by name.
    pub async fn workers(&self, project: ProjectId) -> Result<Vec<Worker>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NAMES).bind(project).fetch_all(conn).await?))
    }

    /// Leases that hold now, oldest first.
    pub async fn held_leases(&self, project: ProjectId, now: Timestamp) -> Result<Vec<HeldLease>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LEASES).bind(project).bind(now).fetch_all(conn).await?))
    }

    /// Who holds a lease.
    pub async fn lease_owner(&self, project: ProjectId, lease: &str) -> Result<Option<AccountId>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_scalar(LEASE_OWNER).bind(project).bind(lease).fetch_optional(conn).await?),
        )
    }

    /// Samples that a person holds and that others have answered: until they have answered too, they may not see what others said.
    pub async fn to_answer_blind(
        &self,
        project: ProjectId,
        account: AccountId,
        now: Timestamp,
    ) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => {
            sqlx::query_scalar(TO_ANSWER_BLIND).bind(project).bind(account).bind(now).fetch_all(conn).await?
        }))
    }
}
