//! The counts after an answer, and the retrain rule evaluated on them.
//!
//! **Invariant:** every evaluation of the rule is kept, fired or not; and the rule does not know whether a sample
//! audits. If audit answers never made a round due, anybody who labels could recognise them by the missing round.

use crate::domain::{ProjectId, RetrainRule, Timestamp, job};
use crate::store::projects::Tally;
use crate::store::{StoreError, both_engines};

const ADD_TO_TALLY: &str = "
  update tally set labeled = labeled + $2, audit_labeled = audit_labeled + $3, skipped = skipped + $4, answers = answers + 1
  where project_id = $1
  returning samples, audit_samples, labeled, audit_labeled, skipped, answers, asked, round_answers, round_labels, round_us,
    (select retrain_labels from project where project.id = tally.project_id) as retrain_labels";
const INSERT_DECISION: &str = "
  insert into decision (project_id, made_us, fired, cause, answers_since, answers_due) values ($1, $2, $3, $4, $5, $6)";
const REQUEST_ROUND: &str = "
  insert into job (project_id, kind, lane, once, payload, state, due_us, created_us) values ($1, $2, $3, $4, $5, 'queued', $6, $6)
  on conflict do nothing";

pub(in crate::store) const STATEMENTS: &[&str] = &[ADD_TO_TALLY, INSERT_DECISION, REQUEST_ROUND];

both_engines! {
    pub(in crate::store) async fn add_to_tally(conn: &mut Conn, project: ProjectId, labeled: i64, audit: i64, skipped: i64) -> Result<Counted, StoreError> {
        let tally: Option<Counted> = sqlx::query_as(ADD_TO_TALLY)
            .bind(project)
            .bind(labeled)
            .bind(audit)
            .bind(skipped)
            .fetch_optional(&mut *conn)
            .await?;
        tally.ok_or_else(|| StoreError::Inconsistent(format!("project {project} has no tally")))
    }

    /// Evaluate the retrain rule, keep the decision, and ask for a round where it fires.
    pub(in crate::store) async fn decide(conn: &mut Conn, project: ProjectId, counted: &Counted, cause: Cause, now: Timestamp) -> Result<bool, StoreError> {
        let due = RetrainRule { labels: counted.retrain_labels }.answers_due(counted.tally.round_answers);
        let since = counted.tally.answers_since_round();
        let fired = match cause {
            Cause::NewClass | Cause::Correction => true,
            Cause::Count => since >= due,
        };
        sqlx::query(INSERT_DECISION)
            .bind(project)
            .bind(now)
            .bind(fired)
            .bind(cause.as_str())
            .bind(since)
            .bind(due)
            .execute(&mut *conn)
            .await?;
        if fired {
            sqlx::query(REQUEST_ROUND)
                .bind(project)
                .bind(job::ROUND.name)
                .bind(job::ROUND.lane)
                .bind(job::ROUND.once)
                .bind(cause.as_str())
                .bind(now)
                .execute(&mut *conn)
                .await?;
        }
        Ok(fired)
    }
}

/// The counts after a change, with the rule they are checked against.
#[derive(sqlx::FromRow)]
pub(in crate::store) struct Counted {
    #[sqlx(flatten)]
    pub(in crate::store) tally: Tally,
    retrain_labels: Option<i64>,
}

/// What triggered an evaluation of the retrain rule.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum Cause {
    Count,
    NewClass,
    Correction,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "answers",
            Self::NewClass => "new class",
            Self::Correction => "correction",
        }
    }
}
