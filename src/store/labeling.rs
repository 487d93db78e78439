//! Leases, annotations and labels: the writes behind one answer.
//!
//! **Invariant:** an annotation, the label it makes, the next lease and the retrain request commit together or not at all;
//! annotations are only ever added. The statements run inside the shared transactions of [`super::desk_writer`].

pub mod own;
mod parts;

pub use parts::{Annotation, Answer, Basis, Candidate, Candidates, Lease, Receipt, Refused, Said};

use super::projects::Tally;
use super::{StoreError, both_engines};
use crate::domain::{AccountId, ClassId, ProjectId, RetrainRule, RoundId, Timestamp};

const ANNOTATION_BY_ID: &str = "
  select id, sample_id, account_id, kind, class_id, reason, note, made_us from annotation where project_id = $1 and id = $2";
const UNDO_OF: &str = "
  select id, sample_id, account_id, kind, class_id, reason, note, made_us from annotation where project_id = $1 and undoes = $2";
const LEASE_OF_SAMPLE: &str = "
  select l.id, l.account_id, l.round_id, l.asked_by, l.propensity, s.audit
  from sample s left join lease l on l.sample_id = s.id where s.project_id = $1 and s.id = $2";
const CLASS_STATE: &str = "
  select c.retired_us is not null as retired, exists (
    select 1 from label l join sample s on s.id = l.sample_id
    where l.project_id = $1 and l.class_id = $2 and not s.audit) as seen
  from class c where c.project_id = $1 and c.id = $2";
const LABEL_OF_SAMPLE: &str = "select class_id, annotation_id from label where sample_id = $1";
const STANDING: &str = "
  select a.account_id, a.class_id, a.round_id, a.asked_by, a.propensity, s.audit from label l
  join annotation a on a.id = l.annotation_id join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.sample_id = $2 and l.annotation_id = $3";
const INSERT_ANNOTATION: &str = "
  insert into annotation (id, project_id, sample_id, account_id, kind, class_id, reason, note, undoes, round_id, asked_by,
                          propensity, seconds, origin, made_us)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
  on conflict (id) do nothing";
const UPSERT_LABEL: &str = "
  insert into label (sample_id, project_id, class_id, reason, annotation_id, account_id, made_us)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (sample_id) do update set class_id = excluded.class_id, reason = excluded.reason,
    annotation_id = excluded.annotation_id, account_id = excluded.account_id, made_us = excluded.made_us";
const DELETE_LABEL: &str = "delete from label where sample_id = $1";
const DELETE_LEASE: &str = "delete from lease where sample_id = $1";
const EARLIER_ANSWER: &str = "
  select a.id, a.sample_id, a.account_id, a.kind, a.class_id, a.reason, a.note, a.made_us from annotation a
  where a.sample_id = $1 and a.kind <> 'undo' and a.id <> $2
    and not exists (select 1 from annotation u where u.sample_id = $1 and u.undoes = a.id)
  order by a.seq desc limit 1";
const ADD_TO_TALLY: &str = "
  update tally set labeled = labeled + $2, audit_labeled = audit_labeled + $3, skipped = skipped + $4, answers = answers + 1
  where project_id = $1
  returning samples, audit_samples, labeled, audit_labeled, skipped, answers, asked, round_answers, round_labels, round_us,
    (select retrain_labels from project where project.id = tally.project_id) as retrain_labels";
const ADD_ASKED: &str = "update tally set asked = asked + $2 where project_id = $1";
const INSERT_DECISION: &str = "
  insert into decision (project_id, made_us, fired, cause, answers_since, answers_due) values ($1, $2, $3, $4, $5, $6)";
const REQUEST_ROUND: &str = "
  insert into job (project_id, kind, payload, state, due_us, created_us) values ($1, 'round', $2, 'queued', $3, $3)
  on conflict do nothing";
const GRANT: &str = "
  insert into lease (sample_id, id, project_id, account_id, round_id, asked_by, percentile, propensity, made_us, expires_us)
  select s.id, $2, s.project_id, $3, $4, $5, $6, $7, $8, $9 from sample s
  where s.id = $1 and s.project_id = $10 and not exists (select 1 from label l where l.sample_id = s.id)
  on conflict (sample_id) do update set id = excluded.id, account_id = excluded.account_id, round_id = excluded.round_id,
    asked_by = excluded.asked_by, percentile = excluded.percentile, propensity = excluded.propensity,
    made_us = excluded.made_us, expires_us = excluded.expires_us
  where lease.expires_us < excluded.made_us
  returning (select name from sample where sample.id = lease.sample_id), (select width from sample where sample.id = lease.sample_id),
    (select height from sample where sample.id = lease.sample_id)";
const RESUME: &str = "
  update lease set expires_us = $4 where project_id = $1 and account_id = $2 and expires_us >= $3
  returning sample_id, id, (select name from sample where sample.id = lease.sample_id) as name,
            (select width from sample where sample.id = lease.sample_id) as width,
            (select height from sample where sample.id = lease.sample_id) as height, round_id, asked_by, percentile,
            propensity, made_us, expires_us";
const GIVE_BACK: &str = "delete from lease where project_id = $1 and account_id = $2 and id = $3";
const COUNT_LEASES: &str = "select count(*) from lease where project_id = $1 and account_id = $2 and expires_us >= $3";
const OWN_LEASE: &str = "
  select l.sample_id, l.id, s.name, s.width, s.height, l.round_id, l.asked_by, l.percentile, l.propensity, l.made_us, l.expires_us
  from lease l join sample s on s.id = l.sample_id where l.sample_id = $1 and l.account_id = $2 and l.expires_us >= $3";

pub(super) const STATEMENTS: &[&str] = &[
    ANNOTATION_BY_ID,
    UNDO_OF,
    LEASE_OF_SAMPLE,
    CLASS_STATE,
    LABEL_OF_SAMPLE,
    STANDING,
    INSERT_ANNOTATION,
    UPSERT_LABEL,
    DELETE_LABEL,
    DELETE_LEASE,
    EARLIER_ANSWER,
    ADD_TO_TALLY,
    ADD_ASKED,
    INSERT_DECISION,
    REQUEST_ROUND,
    GRANT,
    RESUME,
    GIVE_BACK,
    COUNT_LEASES,
    OWN_LEASE,
];

#[derive(sqlx::FromRow)]
struct LeaseState {
    id: Option<String>,
    account_id: Option<AccountId>,
    round_id: Option<RoundId>,
    asked_by: Option<String>,
    propensity: Option<f64>,
    audit: bool,
}

/// The current answer of a sample, as one that takes its place needs it.
#[derive(sqlx::FromRow)]
struct StandingAnswer {
    account_id: AccountId,
    class_id: Option<ClassId>,
    round_id: Option<RoundId>,
    asked_by: String,
    propensity: Option<f64>,
    audit: bool,
}

/// What an answer takes over from what gave the right to it.
struct Ground {
    round_id: Option<RoundId>,
    asked_by: String,
    propensity: Option<f64>,
    audit: bool,
    /// Whether the answer it takes the place of was a class; `None`: the sample had none.
    was_class: Option<bool>,
}

/// Terms of a new lease.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) project: ProjectId,
    pub(super) account: AccountId,
    pub(super) now: Timestamp,
    pub(super) expires: Timestamp,
}

fn lease_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

both_engines! {
    /// Store one answer.
    pub(in crate::store) async fn answer(conn: &mut Conn, answer: &Answer, now: Timestamp) -> Result<Result<Receipt, Refused>, StoreError> {
        let known: Option<Annotation> =
            sqlx::query_as(ANNOTATION_BY_ID).bind(answer.project).bind(&answer.id).fetch_optional(&mut *conn).await?;
        if let Some(annotation) = known {
            return Ok(if answer.is(&annotation) {
                Ok(Receipt { annotation, repeated: true, tally: None, round_due: false, leases: Vec::new(), stands: None })
            } else {
                Err(Refused::IdTaken(answer.id.clone()))
            });
        }
        let ground = match ground(conn, answer).await? {
            Ok(ground) => ground,
            Err(refused) => return Ok(Err(refused)),
        };
        let mut new_class = false;
        if let Said::Class(class) = &answer.said {
            let found: Option<(bool, bool)> =
                sqlx::query_as(CLASS_STATE).bind(answer.project).bind(class).fetch_optional(&mut *conn).await?;
            match found {
                None => return Ok(Err(Refused::UnknownClass(*class))),
                Some((true, _)) => return Ok(Err(Refused::RetiredClass(*class))),
                Some((false, seen)) => new_class = !seen,
            }
        }
        let (kind, class_id, reason, note) = match &answer.said {
            Said::Class(class) => ("class", Some(*class), None, None),
            Said::Skip { reason, note } => ("skip", None, Some(reason.as_str()), note.as_deref()),
        };
        let inserted = sqlx::query(INSERT_ANNOTATION)
            .bind(&answer.id)
            .bind(answer.project)
            .bind(answer.sample)
            .bind(answer.account)
            .bind(kind)
            .bind(class_id)
            .bind(reason)
            .bind(note)
            .bind(None::<String>)
            .bind(ground.round_id)
            .bind(&ground.asked_by)
            .bind(ground.propensity)
            .bind(answer.seconds)
            .bind(answer.origin)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        // Ids are unique everywhere: this one names an answer of another project.
        if inserted.rows_affected() == 0 {
            return Ok(Err(Refused::IdTaken(answer.id.clone())));
        }
        sqlx::query(UPSERT_LABEL)
            .bind(answer.sample)
            .bind(answer.project)
            .bind(class_id)
            .bind(reason)
            .bind(&answer.id)
            .bind(answer.account)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        sqlx::query(DELETE_LEASE).bind(answer.sample).execute(&mut *conn).await?;
        let is_class = i64::from(class_id.is_some());
        let (labeled, skipped) = match ground.was_class.map(i64::from) {
            None => (is_class, 1 - is_class),
            Some(was_class) => (is_class - was_class, was_class - is_class),
        };
        let counted = add_to_tally(conn, answer.project, labeled, labeled * i64::from(ground.audit), skipped).await?;
        let trains = class_id.is_some() || ground.was_class == Some(true);
        let cause = match ground {
            // Audit answers train nothing, so they make no round due.
            Ground { audit: true, .. } => Cause::Audit,
            _ if new_class => Cause::NewClass,
            Ground { was_class: Some(_), .. } if trains => Cause::Correction,
            _ => Cause::Count,
        };
        let round_due = decide(conn, answer.project, &counted, cause, now).await?;
        let annotation = Annotation {
            id: answer.id.clone(),
            sample_id: answer.sample,
            account_id: answer.account,
            kind: kind.to_owned(),
            class_id,
            reason: reason.map(str::to_owned),
            note: note.map(str::to_owned),
            made_us: now,
        };
        Ok(Ok(Receipt { annotation, repeated: false, tally: Some(counted.tally), round_due, leases: Vec::new(), stands: None }))
    }

    /// Whether the answer may be given, and what it takes over.
    async fn ground(conn: &mut Conn, answer: &Answer) -> Result<Result<Ground, Refused>, StoreError> {
        let lease = match &answer.basis {
            Basis::Lease(lease) => lease,
            Basis::Change(annotation) => {
                let standing: Option<StandingAnswer> = sqlx::query_as(STANDING)
                    .bind(answer.project)
                    .bind(answer.sample)
                    .bind(annotation)
                    .fetch_optional(&mut *conn)
                    .await?;
                return Ok(match standing {
                    None => Err(Refused::Superseded(annotation.clone())),
                    Some(standing) if standing.account_id != answer.account => {
                        Err(Refused::ForeignAnnotation(annotation.clone()))
                    }
                    Some(StandingAnswer { class_id, round_id, asked_by, propensity, audit, .. }) => {
                        Ok(Ground { round_id, asked_by, propensity, audit, was_class: Some(class_id.is_some()) })
                    }
                });
            }
        };
        let state: Option<LeaseState> =
            sqlx::query_as(LEASE_OF_SAMPLE).bind(answer.project).bind(answer.sample).fetch_optional(&mut *conn).await?;
        Ok(match state {
            None => Err(Refused::UnknownSample(answer.sample)),
            // A lease past its time still counts while nobody else took the sample: an answer given offline is not lost.
            Some(state) if state.id.as_ref() != Some(lease) => Err(Refused::LeaseLost(answer.sample)),
            Some(state) if state.account_id != Some(answer.account) => Err(Refused::ForeignLease(answer.sample)),
            // A lease is only ever granted on a sample without a label, so this label is new.
            Some(LeaseState { round_id, asked_by, propensity, audit, .. }) => {
                let asked_by = asked_by.unwrap_or_else(|| "unknown".to_owned());
                Ok(Ground { round_id, asked_by, propensity, audit, was_class: None })
            }
        })
    }

    /// Take an answer back: append an undo, restore what stood before, and lease the sample to the same person again.
    pub(in crate::store) async fn undo(conn: &mut Conn, id: &str, terms: Terms, any_author: bool) -> Result<Result<Receipt, Refused>, StoreError> {
        let Terms { project, account, now, .. } = terms;
        let target: Option<Annotation> = sqlx::query_as(ANNOTATION_BY_ID).bind(project).bind(id).fetch_optional(&mut *conn).await?;
        let Some(target) = target.filter(|target| target.kind != "undo") else {
            return Ok(Err(Refused::UnknownAnnotation(id.to_owned())));
        };
        if target.account_id != account && !any_author {
            return Ok(Err(Refused::ForeignAnnotation(id.to_owned())));
        }
        let done: Option<Annotation> = sqlx::query_as(UNDO_OF).bind(project).bind(id).fetch_optional(&mut *conn).await?;
        if let Some(annotation) = done {
            // The reply that carried the lease got lost: hand the same one out again.
            let leases: Vec<Lease> =
                sqlx::query_as(OWN_LEASE).bind(target.sample_id).bind(account).bind(now).fetch_all(&mut *conn).await?;
            return Ok(Ok(Receipt { annotation, repeated: true, tally: None, round_due: false, leases, stands: None }));
        }
        let current: Option<(Option<ClassId>, String)> =
            sqlx::query_as(LABEL_OF_SAMPLE).bind(target.sample_id).fetch_optional(&mut *conn).await?;
        if current.as_ref().map(|(_, annotation)| annotation.as_str()) != Some(id) {
            return Ok(Err(Refused::Superseded(id.to_owned())));
        }
        let state: Option<LeaseState> =
            sqlx::query_as(LEASE_OF_SAMPLE).bind(project).bind(target.sample_id).fetch_optional(&mut *conn).await?;
        let audit = i64::from(state.is_some_and(|state| state.audit));
        let undo = Annotation {
            id: uuid::Uuid::new_v4().to_string(),
            sample_id: target.sample_id,
            account_id: account,
            kind: "undo".to_owned(),
            class_id: None,
            reason: None,
            note: None,
            made_us: now,
        };
        sqlx::query(INSERT_ANNOTATION)
            .bind(&undo.id)
            .bind(project)
            .bind(undo.sample_id)
            .bind(account)
            .bind("undo")
            .bind(None::<ClassId>)
            .bind(None::<String>)
            .bind(None::<String>)
            .bind(id)
            .bind(None::<RoundId>)
            .bind("undo")
            .bind(None::<f64>)
            .bind(None::<f64>)
            .bind("desk")
            .bind(now)
            .execute(&mut *conn)
            .await?;
        let earlier: Option<Annotation> =
            sqlx::query_as(EARLIER_ANSWER).bind(target.sample_id).bind(id).fetch_optional(&mut *conn).await?;
        let was_class = i64::from(target.class_id.is_some());
        let mut leases = Vec::new();
        let (labeled, skipped) = if let Some(earlier) = &earlier {
            sqlx::query(UPSERT_LABEL)
                .bind(target.sample_id)
                .bind(project)
                .bind(earlier.class_id)
                .bind(earlier.reason.as_deref())
                .bind(&earlier.id)
                .bind(earlier.account_id)
                .bind(earlier.made_us)
                .execute(&mut *conn)
                .await?;
            let is_class = i64::from(earlier.class_id.is_some());
            (is_class - was_class, was_class - is_class)
        } else {
            sqlx::query(DELETE_LABEL).bind(target.sample_id).execute(&mut *conn).await?;
            let again = Candidate {
                sample: target.sample_id,
                round: None,
                asked_by: if audit == 1 { "audit".to_owned() } else { "undo".to_owned() },
                percentile: None,
                propensity: None,
            };
            leases.extend(grant(conn, terms, &again).await?);
            (-was_class, was_class - 1)
        };
        let counted = add_to_tally(conn, project, labeled, labeled * audit, skipped).await?;
        let cause = if audit == 1 { Cause::Audit } else { Cause::Correction };
        let round_due = decide(conn, project, &counted, cause, now).await?;
        Ok(Ok(Receipt { annotation: undo, repeated: false, tally: Some(counted.tally), round_due, leases, stands: earlier }))
    }

    async fn add_to_tally(conn: &mut Conn, project: ProjectId, labeled: i64, audit: i64, skipped: i64) -> Result<Counted, StoreError> {
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
    async fn decide(conn: &mut Conn, project: ProjectId, counted: &Counted, cause: Cause, now: Timestamp) -> Result<bool, StoreError> {
        let due = RetrainRule { labels: counted.retrain_labels }.answers_due(counted.tally.round_labels);
        let since = counted.tally.answers_since_round();
        let fired = match cause {
            Cause::Audit => false,
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
            sqlx::query(REQUEST_ROUND).bind(project).bind(cause.as_str()).bind(now).execute(&mut *conn).await?;
        }
        Ok(fired)
    }

    /// Lease one candidate; `None` when it is labeled, or leased to somebody else.
    pub(in crate::store) async fn grant(conn: &mut Conn, terms: Terms, candidate: &Candidate) -> Result<Option<Lease>, StoreError> {
        let id = lease_id();
        let granted: Option<(String, i64, i64)> = sqlx::query_as(GRANT)
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
            .fetch_optional(&mut *conn)
            .await?;
        Ok(granted.map(|(name, width, height)| Lease {
            sample_id: candidate.sample,
            id,
            name,
            width,
            height,
            round_id: candidate.round,
            asked_by: candidate.asked_by.clone(),
            percentile: candidate.percentile,
            propensity: candidate.propensity,
            made_us: terms.now,
            expires_us: terms.expires,
        }))
    }

    /// Lease up to `count` candidates; with them, how many were asked for.
    pub(in crate::store) async fn grant_many(conn: &mut Conn, terms: Terms, candidates: &dyn Candidates, count: usize) -> Result<(Vec<Lease>, i64), StoreError> {
        let mut leases = Vec::with_capacity(count);
        let mut asked = 0;
        while leases.len() < count {
            let Some(candidate) = candidates.next() else { break };
            asked += 1;
            leases.extend(grant(conn, terms, &candidate).await?);
        }
        Ok((leases, asked))
    }

    /// Remember how many questions a project has asked: the counter behind the seeded mixing of its streams.
    pub(in crate::store) async fn add_asked(conn: &mut Conn, project: ProjectId, asked: i64) -> Result<(), StoreError> {
        sqlx::query(ADD_ASKED).bind(project).bind(asked).execute(&mut *conn).await?;
        Ok(())
    }

    /// The person's own live leases, in the order they were granted, each prolonged.
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

    pub(in crate::store) async fn count_leases(conn: &mut Conn, terms: Terms) -> Result<i64, StoreError> {
        Ok(sqlx::query_scalar(COUNT_LEASES).bind(terms.project).bind(terms.account).bind(terms.now).fetch_one(&mut *conn).await?)
    }

    pub(in crate::store) async fn give_back(conn: &mut Conn, project: ProjectId, account: AccountId, lease: &str) -> Result<bool, StoreError> {
        let done = sqlx::query(GIVE_BACK).bind(project).bind(account).bind(lease).execute(&mut *conn).await?;
        Ok(done.rows_affected() == 1)
    }
}

/// The counts after a change, with the rule they are held against.
#[derive(sqlx::FromRow)]
struct Counted {
    #[sqlx(flatten)]
    tally: Tally,
    retrain_labels: Option<i64>,
}

/// What made the retrain rule be looked at.
#[derive(Debug, Clone, Copy)]
enum Cause {
    Count,
    NewClass,
    Correction,
    Audit,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Count => "answers",
            Self::NewClass => "new class",
            Self::Correction => "correction",
            Self::Audit => "audit answer",
        }
    }
}
