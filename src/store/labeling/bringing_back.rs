//! Bringing answers back: what was taken back so that a sample is asked again stands again, as if it had not been.
//!
//! **Invariant:** nothing is brought back over an answer that was given since, nor while somebody has the sample.

use super::rule::Cause;
use super::second::StandingRow;
use super::taking_back::Taken;
use super::{Annotation, Receipt, Refused, UPSERT_LABEL};
use crate::domain::{AnnotationKind, Answer, Origin, SecondCause};
use crate::store::{StoreError, both_engines, live_lease};

/// Whether a sample is in the audit set, has an answer, and is with somebody.
const STATE: &str = concat!(
    "
  select s.audit, exists (select 1 from label l where l.sample_id = s.id) as answered,
    exists (select 1 from lease e where e.sample_id = s.id and ",
    live_lease!("e.expires_us", "$3"),
    ") as leased
  from sample s where s.project_id = $1 and s.id = $2"
);
/// Of answers that were taken back together, the last time that this happened.
const TAKEN_BACK: &str = "
  select a.id, a.account_id, a.classes, a.reason, a.note, a.origin, a.made_us, a.round_id, a.asked_by, a.propensity
  from annotation u join annotation a on a.id = u.undoes
  where u.project_id = $1 and u.sample_id = $2 and u.kind = 'undo' and u.origin = 'review'
    and u.made_us = (select max(v.made_us) from annotation v where v.sample_id = $2 and v.kind = 'undo')
  order by a.seq";
const APPEND: &str = "
  insert into annotation (id, project_id, sample_id, account_id, kind, classes, reason, note, undoes, round_id, asked_by,
                          propensity, seconds, origin, made_us, import_id)
  select cast($1 as text), project_id, sample_id, account_id, kind, classes, reason, note, null, round_id, asked_by, propensity, seconds, origin,
    made_us, import_id
  from annotation where id = $2";
const SEVERAL: &str = "
  insert into second_opinion (sample_id, project_id, people, answered, settled, cause, made_us)
  values ($1, $2, $3, $3, false, $4, $5)
  on conflict (sample_id) do nothing";

pub(in crate::store) const STATEMENTS: &[&str] = &[STATE, TAKEN_BACK, APPEND, SEVERAL];

both_engines! {
    in labeling::rule as rule, labeling::second as second;

    /// Append the answers anew that were last taken back together, and derive the label from them.
    pub(in crate::store) async fn bring_back(conn: &mut Conn, taken: Taken) -> Result<Result<Receipt, Refused>, StoreError> {
        let Taken { project, sample, now, .. } = taken;
        let state: Option<(bool, bool, bool)> =
            sqlx::query_as(STATE).bind(project).bind(sample).bind(now).fetch_optional(&mut *conn).await?;
        let audit = match state {
            None => return Ok(Err(Refused::UnknownSample(sample))),
            Some((_, true, _) | (_, _, true)) => return Ok(Err(Refused::Answered(sample))),
            Some((audit, ..)) => audit,
        };
        let rows: Vec<StandingRow> =
            sqlx::query_as(TAKEN_BACK).bind(project).bind(sample).fetch_all(&mut *conn).await?;
        let Some(last) = rows.last() else { return Ok(Err(Refused::NothingTakenBack(sample))) };
        let mut appended = String::new();
        for row in &rows {
            appended = uuid::Uuid::new_v4().to_string();
            sqlx::query(APPEND).bind(&appended).bind(&row.id).execute(&mut *conn).await?;
        }
        let mut people: Vec<_> = rows.iter().filter(|row| row.origin != Origin::Import).map(|row| row.account_id).collect();
        people.sort_unstable();
        people.dedup();
        let named = if people.len() > 1 {
            let n = people.len() as i64;
            sqlx::query(SEVERAL).bind(sample).bind(project).bind(n).bind(SecondCause::Asked).bind(now).execute(&mut *conn).await?;
            second::derive(conn, project, sample).await?.and_then(|derived| derived.named())
        } else {
            sqlx::query(UPSERT_LABEL)
                .bind(sample)
                .bind(project)
                .bind(last.answer.as_ref().and_then(Answer::classes))
                .bind(last.answer.as_ref().and_then(Answer::reason))
                .bind(&appended)
                .bind(last.account_id)
                .bind(last.made_us)
                .execute(&mut *conn)
                .await?;
            Some(last.answer.as_ref().is_some_and(|answer| answer.classes().is_some()))
        };
        let named = i64::from(named == Some(true));
        for _ in 1..rows.len() {
            rule::add_to_tally(conn, project, 0, 0, 0).await?;
        }
        let counted = rule::add_to_tally(conn, project, named, named * i64::from(audit), 1 - named).await?;
        let cause = if named == 1 { Cause::Correction } else { Cause::Count };
        let round_due = rule::decide(conn, project, &counted, cause, now).await?;
        let annotation = Annotation {
            id: appended,
            sample_id: sample,
            account_id: last.account_id,
            kind: last.answer.as_ref().map_or(AnnotationKind::Skip, Answer::kind),
            answer: last.answer.clone(),
            made_us: last.made_us,
        };
        Ok(Ok(Receipt {
            annotation,
            repeated: false,
            tally: Some(counted.tally),
            round_due,
            leases: Vec::new(),
            stands: None,
            waits: None,
        }))
    }
}
