//! Answers that come again to the person who gave them, to see how consistent people are with themselves.

use super::labeling::AnswerColumns;
use super::{Store, StoreError, live_lease, on_read};
use crate::domain::second_opinion::DRAWN_PARTS;
use crate::domain::{AccountId, Answer, ProjectId, SampleId, Timestamp};

/// Samples are drawn from the other end than those for second opinions, so that they are mostly other ones.
const WAITING: &str = concat!(
    "
  select l.sample_id, l.account_id from label l join sample s on s.id = l.sample_id join annotation a on a.id = l.annotation_id
  where l.project_id = $1 and not s.audit and l.classes is not null and a.origin not in ('import', 'review') and a.asked_by <> 'repeat'
    and s.draw % 1000000 >= $2 and a.made_us < $3
    and not exists (select 1 from second_opinion o where o.sample_id = s.id)
    and not exists (select 1 from class_example e where e.sample_id = s.id)
    and not exists (select 1 from annotation r where r.sample_id = s.id and r.account_id = l.account_id and r.asked_by = 'repeat')
    and not exists (select 1 from lease e where e.sample_id = s.id and ",
    live_lease!("e.expires_us", "$4"),
    ")
  order by l.made_us, l.sample_id limit 2000"
);
const _: () = assert!(DRAWN_PARTS == 1_000_000, "the statement that draws samples names another number");
const PAIRS: &str = "
  select r.sample_id, r.account_id, r.asked_by = 'repeat' as again, r.classes, r.reason, r.note from annotation r
  where r.project_id = $1 and r.kind <> 'undo' and r.origin not in ('import', 'review')
    and not exists (select 1 from annotation u where u.sample_id = r.sample_id and u.undoes = r.id)
    and exists (select 1 from annotation q where q.sample_id = r.sample_id and q.account_id = r.account_id and q.asked_by = 'repeat')
  order by r.sample_id, r.account_id, r.seq";

pub(super) const STATEMENTS: &[&str] = &[WAITING, PAIRS];

/// A person's two answers to one sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TwiceAnswered {
    pub sample: SampleId,
    pub account: AccountId,
    pub first: Answer,
    pub again: Answer,
}

#[derive(sqlx::FromRow)]
struct Row {
    sample_id: SampleId,
    account_id: AccountId,
    again: bool,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    answer: Option<Answer>,
}

impl Store {
    /// Samples that come again, each with the person who answered it: this share of those answered before `before` by one person at
    /// the desk and with nobody now, oldest first. None comes twice.
    pub async fn waiting_repeats(
        &self,
        project: ProjectId,
        share: f64,
        before: Timestamp,
        now: Timestamp,
    ) -> Result<Vec<(SampleId, AccountId)>, StoreError> {
        let from = DRAWN_PARTS - (share * DRAWN_PARTS as f64).round() as i64;
        Ok(on_read!(self, conn => {
            sqlx::query_as(WAITING).bind(project).bind(from).bind(before).bind(now).fetch_all(conn).await?
        }))
    }

    /// Both answers of everybody who got a sample again, by sample: the last before it came again, and the last since.
    pub async fn twice_answered(&self, project: ProjectId) -> Result<Vec<TwiceAnswered>, StoreError> {
        let rows: Vec<Row> = on_read!(self, conn => sqlx::query_as(PAIRS).bind(project).fetch_all(conn).await?);
        let mut found = Vec::new();
        for answers in rows.chunk_by(|a, b| (a.sample_id, a.account_id) == (b.sample_id, b.account_id)) {
            let last = |again: bool| answers.iter().rev().find(|row| row.again == again)?.answer.clone();
            if let (Some(first), Some(again)) = (last(false), last(true)) {
                found.push(TwiceAnswered {
                    sample: answers[0].sample_id,
                    account: answers[0].account_id,
                    first,
                    again,
                });
            }
        }
        Ok(found)
    }
}
