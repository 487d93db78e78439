//! Rounds, what they were trained on, and the queue they publish.

use super::audited::{pack, pack_sureness};
use super::{Store, StoreError, kept_labels, live_lease, on_read, on_write};
use crate::domain::word::words;
use crate::domain::{ClassSet, DecisionId, EncoderId, ProjectId, RoundId, SampleId, Timestamp, job};

/// A statement that reads rounds from a source named `round`.
macro_rules! round {
    ($rest:literal) => {
        concat!(
            "
  select round.id, round.number, round.state, round.cause, round.strategy, round.encoder_id, round.n_answers, round.n_labels,
    round.n_pool, round.fit_ms, round.score_ms, round.rank_ms, round.provider, round.error, round.started_us,
    round.finished_us, round.pinned_us, round.loss_own, round.loss_views, round.views_used
  from ",
            $rest
        )
    };
}
pub(super) use round;

const AUDIT_SAMPLES: &str = "select id from sample where project_id = $1 and audit order by draw, id limit $2";
const WAITING_POOL: &str = concat!(
    "
  select s.id from sample s
  where s.project_id = $1 and not s.audit
    and not exists (select 1 from label l where l.sample_id = s.id)
    and not exists (select 1 from lease e where e.sample_id = s.id and ",
    live_lease!("e.expires_us", "$2"),
    ")
  order by s.draw, s.id"
);
const WAITING_AUDIT: &str = concat!(
    "
  select s.id from sample s
  where s.project_id = $1 and s.audit
    and not exists (select 1 from label l where l.sample_id = s.id)
    and not exists (select 1 from lease e where e.sample_id = s.id and ",
    live_lease!("e.expires_us", "$2"),
    ")
  order by s.draw, s.id"
);
const PENDING: &str = concat!(
    "
  select e.sample_id from lease e join sample s on s.id = e.sample_id
  where s.project_id = $1 and ",
    live_lease!("e.expires_us", "$2"),
    "
    and not exists (select 1 from label l where l.sample_id = s.id)
  order by e.sample_id"
);
const NEXT_NUMBER: &str = "select coalesce(max(number), 0) + 1 from round where project_id = $1";
const START: &str = "
  insert into round (project_id, number, state, cause, strategy, encoder_id, seed, n_answers, n_labels, n_pool, started_us)
  values ($1, $2, 'running', $3, $4, $5, $6, $7, $8, $9, $10) returning id";
const FINISH: &str = "
  update round set state = 'finished', fit_ms = $2, score_ms = $3, rank_ms = $4, provider = $5, audit_predictions = $6,
    finished_us = $7, loss_own = $8, loss_views = $9, views_used = $10, doubt = $11, audit_sureness = $12, trained_on = $13
  where id = $1";
const FAIL: &str = "update round set state = 'failed', error = $2, finished_us = $3 where id = $1";
const FAIL_INTERRUPTED: &str = "
  update round set state = 'failed', error = 'interrupted', finished_us = $1 where state = 'running'";
const PUBLISH: &str = "
  insert into queue (project_id, round_id, asked_by, entries, n_ranked, made_us, floors) values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (project_id) do update set round_id = excluded.round_id, asked_by = excluded.asked_by,
    entries = excluded.entries, n_ranked = excluded.n_ranked, made_us = excluded.made_us, floors = excluded.floors";
const QUEUE: &str = "select round_id, asked_by, entries, n_ranked, floors from queue where project_id = $1";
const MARK_TALLY: &str = "
  update tally set round_answers = $2, round_labels = $3, round_us = $4 where project_id = $1";
const END_ROLL_BACK: &str = "update project set rolled_back_to = null where id = $1 and rolled_back_to is not null";
const LATEST: &str = round!("round where project_id = $1 and state = 'finished' order by number desc limit 1");
const RECENT: &str = round!("round where project_id = $1 and number < $2 order by number desc limit $3");
const BY_NUMBER: &str = round!("round where project_id = $1 and number = $2");
const DECISIONS: &str = "
  select id, made_us, fired, cause, answers_since, answers_due from decision where project_id = $1 order by id desc limit $2";
const INSERT_DECISION: &str = "
  insert into decision (project_id, made_us, fired, cause, answers_since, answers_due) values ($1, $2, $3, $4, $5, $6)";
const WAITING_BY_TIME: &str = "
  select p.id, t.answers - t.round_answers as answers_since from project p join tally t on t.project_id = p.id
  where p.archived_us is null and t.answers > t.round_answers
    and ($1 - coalesce(t.round_us, p.created_us) >= p.retrain_minutes * 60000000 or t.round_us > $1)
    and not exists (select 1 from job j where j.project_id = p.id and j.kind = $2 and j.state in ('queued', 'running'))";

pub(super) const STATEMENTS: &[&str] = &[
    AUDIT_SAMPLES,
    WAITING_POOL,
    WAITING_AUDIT,
    PENDING,
    NEXT_NUMBER,
    START,
    FINISH,
    FAIL,
    FAIL_INTERRUPTED,
    PUBLISH,
    QUEUE,
    MARK_TALLY,
    END_ROLL_BACK,
    LATEST,
    RECENT,
    BY_NUMBER,
    DECISIONS,
    INSERT_DECISION,
    WAITING_BY_TIME,
];

/// A round as it starts.
#[derive(Debug, Clone)]
pub struct NewRound {
    pub project: ProjectId,
    pub cause: String,
    pub strategy: String,
    pub encoder: EncoderId,
    pub seed: i64,
    pub n_answers: i64,
    pub n_labels: i64,
    pub n_pool: i64,
}

/// A round's results.
#[derive(Debug, Clone)]
pub struct Finished {
    pub fit_ms: f64,
    pub score_ms: f64,
    pub rank_ms: f64,
    pub provider: String,
    /// What the committee says about the audit set.
    pub audit_predictions: Vec<(SampleId, ClassSet)>,
    /// How likely it finds each of these predictions, 0 to 1.
    pub audit_sureness: Vec<f32>,
    /// Mean entropy of the committee over waiting samples, as a share of the greatest possible; `None` where none waits.
    pub doubt: Option<f64>,
    /// The labels that it was trained on.
    pub trained_on: Vec<(SampleId, ClassSet)>,
    /// The measured gain from views; `None` if the labeled samples had none.
    pub views: Option<Views>,
}

/// What training on the means of views gains, as found in folds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Views {
    /// Mean log loss by heads on the samples' own embeddings.
    pub loss_own: f64,
    /// ... and by heads on the means of views.
    pub loss_views: f64,
    pub used: bool,
}

/// The ranked samples waiting to be asked, best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Queue {
    pub round: Option<RoundId>,
    pub asked_by: String,
    pub entries: Vec<(SampleId, f32)>,
    /// How many samples were ranked; `entries` may hold only the first of them.
    pub n_ranked: i64,
    /// Samples that serve floors, the most wanted first; `entries` may hold them as well.
    pub floors: Vec<SampleId>,
}

/// A round's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RoundStatus {
    Running,
    Finished,
    Failed,
}

words!(RoundStatus, "state of a round", { Running = "running", Finished = "finished", Failed = "failed" });

/// A round as stored, without its predictions.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Round {
    pub id: RoundId,
    pub number: i64,
    /// `running`, `finished` or `failed`.
    #[schema(value_type = String)]
    pub state: RoundStatus,
    pub cause: String,
    pub strategy: String,
    pub encoder_id: Option<EncoderId>,
    pub n_answers: i64,
    pub n_labels: i64,
    pub n_pool: i64,
    pub fit_ms: Option<f64>,
    pub score_ms: Option<f64>,
    pub rank_ms: Option<f64>,
    pub provider: Option<String>,
    pub error: Option<String>,
    pub started_us: Timestamp,
    pub finished_us: Option<Timestamp>,
    /// When a lead pinned it.
    pub pinned_us: Option<Timestamp>,
    /// Mean log loss in folds by heads on the samples' own embeddings.
    pub loss_own: Option<f64>,
    /// ... and by heads on the means of views.
    pub loss_views: Option<f64>,
    /// Whether the round trained on means of views; `None` if its samples had none.
    pub views_used: Option<bool>,
}

impl Round {
    /// Fit, score and rank together, in milliseconds.
    pub fn total_ms(&self) -> Option<f64> {
        Some(self.fit_ms? + self.score_ms? + self.rank_ms?)
    }
}

/// One evaluation of the retrain rule.
#[derive(Debug, Clone, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct Decision {
    pub id: DecisionId,
    pub made_us: Timestamp,
    pub fired: bool,
    pub cause: String,
    pub answers_since: i64,
    pub answers_due: i64,
}

/// Write the queue of a project, on the transaction of either engine.
macro_rules! publish {
    ($tx:ident, $project:expr, $queue:expr, $now:expr) => {
        sqlx::query(PUBLISH)
            .bind($project)
            .bind($queue.round)
            .bind(&$queue.asked_by)
            .bind(pack_entries(&$queue.entries))
            .bind($queue.n_ranked)
            .bind($now)
            .bind(pack_ids(&$queue.floors))
            .execute(&mut *$tx)
            .await?
    };
}

impl Store {
    /// The first `limit` audit samples in the order in which they are asked.
    pub async fn audit_samples(&self, project: ProjectId, limit: i64) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(AUDIT_SAMPLES).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Samples that may be asked now and train (`audit` false) or audit (`audit` true), in the order of their draw.
    pub async fn waiting_samples(
        &self,
        project: ProjectId,
        audit: bool,
        now: Timestamp,
    ) -> Result<Vec<SampleId>, StoreError> {
        let sql = if audit { WAITING_AUDIT } else { WAITING_POOL };
        Ok(on_read!(self, conn => sqlx::query_scalar(sql).bind(project).bind(now).fetch_all(conn).await?))
    }

    /// Samples handed out and not answered yet.
    pub async fn pending_samples(&self, project: ProjectId, now: Timestamp) -> Result<Vec<SampleId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(PENDING).bind(project).bind(now).fetch_all(conn).await?))
    }

    /// Add a running round with the next number.
    pub async fn start_round(&self, new: &NewRound, now: Timestamp) -> Result<(RoundId, i64), StoreError> {
        Ok(on_write!(self, tx => {
            let number: i64 = sqlx::query_scalar(NEXT_NUMBER).bind(new.project).fetch_one(&mut *tx).await?;
            let id: RoundId = sqlx::query_scalar(START)
                .bind(new.project)
                .bind(number)
                .bind(&new.cause)
                .bind(&new.strategy)
                .bind(new.encoder)
                .bind(new.seed)
                .bind(new.n_answers)
                .bind(new.n_labels)
                .bind(new.n_pool)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?;
            (id, number)
        }))
    }

    /// Close a round: its numbers, its queue and the counts it covers are stored together. A roll-back to an
    /// earlier round ends here.
    pub async fn finish_round(
        &self,
        round: RoundId,
        new: &NewRound,
        finished: &Finished,
        queue: &Queue,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let trained_on = kept_labels::pack(&finished.trained_on)?;
        on_write!(self, tx => {
            sqlx::query(FINISH)
                .bind(round)
                .bind(finished.fit_ms)
                .bind(finished.score_ms)
                .bind(finished.rank_ms)
                .bind(&finished.provider)
                .bind(pack(&finished.audit_predictions))
                .bind(now)
                .bind(finished.views.map(|views| views.loss_own))
                .bind(finished.views.map(|views| views.loss_views))
                .bind(finished.views.map(|views| views.used))
                .bind(finished.doubt)
                .bind(pack_sureness(&finished.audit_sureness))
                .bind(&trained_on)
                .execute(&mut *tx)
                .await?;
            publish!(tx, new.project, queue, now);
            sqlx::query(END_ROLL_BACK).bind(new.project).execute(&mut *tx).await?;
            sqlx::query(MARK_TALLY).bind(new.project).bind(new.n_answers).bind(new.n_labels).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn fail_round(&self, round: RoundId, error: &str, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FAIL).bind(round).bind(error).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Close the rounds that a process left running when it died.
    pub async fn fail_interrupted_rounds(&self, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(FAIL_INTERRUPTED).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Publish a queue without a round: the cold start.
    pub async fn publish_queue(&self, project: ProjectId, queue: &Queue, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            publish!(tx, project, queue, now);
        });
        Ok(())
    }

    pub async fn queue(&self, project: ProjectId) -> Result<Option<Queue>, StoreError> {
        type Row = (Option<RoundId>, String, Vec<u8>, i64, Option<Vec<u8>>);
        let row: Option<Row> = on_read!(self, conn => sqlx::query_as(QUEUE).bind(project).fetch_optional(conn).await?);
        Ok(row.map(|(round, asked_by, entries, n_ranked, floors)| Queue {
            round,
            asked_by,
            entries: unpack_entries(&entries),
            n_ranked,
            floors: unpack_ids(&floors.unwrap_or_default()),
        }))
    }

    /// The newest finished round.
    pub async fn latest_round(&self, project: ProjectId) -> Result<Option<Round>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(LATEST).bind(project).fetch_optional(conn).await?))
    }

    /// Rounds with numbers below `before`, newest first, running and failed ones included.
    pub async fn rounds(&self, project: ProjectId, before: i64, limit: i64) -> Result<Vec<Round>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(RECENT).bind(project).bind(before).bind(limit).fetch_all(conn).await?))
    }

    pub async fn round_by_number(&self, project: ProjectId, number: i64) -> Result<Option<Round>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_NUMBER).bind(project).bind(number).fetch_optional(conn).await?))
    }

    /// Evaluations of the retrain rule, newest first.
    pub async fn decisions(&self, project: ProjectId, limit: i64) -> Result<Vec<Decision>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(DECISIONS).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Keep a decision that was not made by an answer: by time, or by a person.
    pub async fn save_decision(
        &self,
        project: ProjectId,
        cause: &str,
        answers_since: i64,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(INSERT_DECISION)
                .bind(project)
                .bind(now)
                .bind(true)
                .bind(cause)
                .bind(answers_since)
                .bind(0_i64)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Projects whose time rule is due: new answers, and a last round long ago. With the answers since.
    pub async fn projects_due_by_time(&self, now: Timestamp) -> Result<Vec<(ProjectId, i64)>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(WAITING_BY_TIME).bind(now).bind(job::ROUND.name).fetch_all(conn).await?),
        )
    }
}

/// 64-bit integers, little endian.
fn pack_ids(samples: &[SampleId]) -> Vec<u8> {
    samples.iter().flat_map(|sample| sample.0.to_le_bytes()).collect()
}

fn unpack_ids(bytes: &[u8]) -> Vec<SampleId> {
    bytes.chunks_exact(8).map(|id| SampleId(id.try_into().map_or(0, i64::from_le_bytes))).collect()
}

fn pack_entries(entries: &[(SampleId, f32)]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(entries.len() * 12);
    for (sample, score) in entries {
        bytes.extend_from_slice(&sample.0.to_le_bytes());
        bytes.extend_from_slice(&score.to_le_bytes());
    }
    bytes
}

fn unpack_entries(bytes: &[u8]) -> Vec<(SampleId, f32)> {
    bytes
        .chunks_exact(12)
        .map(|entry| {
            let sample = entry[..8].try_into().map_or(0, i64::from_le_bytes);
            let score = entry[8..].try_into().map_or(0.0, f32::from_le_bytes);
            (SampleId(sample), score)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queues_survive_packing() {
        let floors = vec![SampleId(7), SampleId(i64::MAX)];
        assert_eq!(unpack_ids(&pack_ids(&floors)), floors);
        assert_eq!(unpack_ids(&[1; 7]), []);
        let entries = vec![(SampleId(1), 0.5), (SampleId(i64::MAX), -3.25)];
        assert_eq!(unpack_entries(&pack_entries(&entries)), entries);
    }
}
