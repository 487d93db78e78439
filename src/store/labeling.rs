//! Annotations and labels: the writes behind one answer.
//!
//! **Invariant:** an annotation, the label it makes, the next lease and the retrain request commit together or not at all;
//! annotations are only ever added. The statements run inside the shared transactions of [`super::desk_writer`].

pub(super) mod bringing_back;
pub(super) mod leases;
pub mod own;
mod parts;
pub(super) mod rule;
pub(super) mod second;
pub(super) mod taking_back;

pub(super) use parts::AnswerColumns;
pub use parts::{Annotation, Basis, Candidate, Candidates, Lease, NewAnswer, Receipt, Refused};

use self::rule::Cause;
use self::second::is_open;
use super::{StoreError, both_engines};
use crate::domain::{AccountId, Answer, ClassId, ClassSet, ImportId, Origin, ProjectId, RoundId, Timestamp};

/// A statement that reads annotations `a`.
macro_rules! annotation {
    ($rest:literal) => {
        concat!(
            "select a.id, a.sample_id, a.account_id, a.kind, a.classes, a.reason, a.note, a.made_us from annotation a ",
            $rest
        )
    };
}
use annotation;

const ANNOTATION_BY_ID: &str = annotation!("where a.project_id = $1 and a.id = $2");
const LEASE_OF_SAMPLE: &str = "
  select l.id, l.account_id, l.round_id, l.asked_by, l.propensity, s.audit, b.classes, b.reason, null as note
  from sample s left join lease l on l.sample_id = s.id left join label b on b.sample_id = s.id
  where s.project_id = $1 and s.id = $2";
/// All classes of a set at once, so that any set takes one statement.
const CLASS_STATES: &str = "
  select id, retired_us is not null, first_us is not null from class
  where project_id = $1 and ' ' || $2 || ' ' like '% ' || cast(id as text) || ' %'";
pub(super) const MARK_CLASS: &str =
    "update class set first_us = $3 where project_id = $1 and id = $2 and first_us is null";
const STANDING: &str = "
  select a.account_id, a.classes, a.reason, a.note, a.round_id, a.asked_by, a.propensity, s.audit from label l
  join annotation a on a.id = l.annotation_id join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.sample_id = $2 and l.annotation_id = $3";
const INSERT_ANNOTATION: &str = "
  insert into annotation (id, project_id, sample_id, account_id, kind, classes, reason, note, undoes, round_id, asked_by,
                          propensity, seconds, origin, made_us, import_id)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
  on conflict (id) do nothing";
pub(super) const UPSERT_LABEL: &str = "
  insert into label (sample_id, project_id, classes, reason, annotation_id, account_id, made_us)
  values ($1, $2, $3, $4, $5, $6, $7)
  on conflict (sample_id) do update set classes = excluded.classes, reason = excluded.reason,
    annotation_id = excluded.annotation_id, account_id = excluded.account_id, made_us = excluded.made_us";
/// A reviewer's decision ends whoever's lease.
const DELETE_LEASE: &str = "
  delete from lease where sample_id = $1 and (account_id = $2 or cast($3 as text) = 'review')";

pub(super) const STATEMENTS: &[&str] = &[
    ANNOTATION_BY_ID,
    LEASE_OF_SAMPLE,
    CLASS_STATES,
    MARK_CLASS,
    STANDING,
    INSERT_ANNOTATION,
    UPSERT_LABEL,
    DELETE_LEASE,
];

#[derive(sqlx::FromRow)]
struct LeaseState {
    id: Option<String>,
    account_id: Option<AccountId>,
    round_id: Option<RoundId>,
    asked_by: Option<String>,
    propensity: Option<f64>,
    audit: bool,
    /// Its label.
    #[sqlx(flatten, try_from = "AnswerColumns")]
    answer: Option<Answer>,
}

impl LeaseState {
    /// Whether its answer names classes and is not a skip; `None`: it has no answer.
    fn named(&self) -> Option<bool> {
        self.answer.as_ref().map(|answer| answer.classes().is_some())
    }
}

/// The current answer of a sample, as needed to replace it.
#[derive(sqlx::FromRow)]
struct StandingAnswer {
    account_id: AccountId,
    #[sqlx(flatten, try_from = "AnswerColumns")]
    answer: Option<Answer>,
    round_id: Option<RoundId>,
    asked_by: String,
    propensity: Option<f64>,
    audit: bool,
}

/// What an answer inherits from its lease or from the answer it replaces.
struct Ground {
    round_id: Option<RoundId>,
    asked_by: String,
    propensity: Option<f64>,
    audit: bool,
    /// Whether the answer it replaces named classes and was not a skip; `None`: the sample had none.
    was_named: Option<bool>,
    /// It repeats the answer it replaces.
    confirms: bool,
}

/// The label after an answer.
struct Stands {
    /// Whether it names classes, or none of them, and is no skip.
    is_named: bool,
    /// Whether it says something else than before.
    changed: bool,
    /// Who has answered, where somebody else is to answer too.
    waits: Option<Vec<AccountId>>,
}

both_engines! {
    in labeling::rule as rule, labeling::second as second;

    /// Store one answer.
    pub(in crate::store) async fn answer(conn: &mut Conn, new: &NewAnswer, now: Timestamp) -> Result<Result<Receipt, Refused>, StoreError> {
        let known: Option<Annotation> =
            sqlx::query_as(ANNOTATION_BY_ID).bind(new.project).bind(&new.id).fetch_optional(&mut *conn).await?;
        if let Some(annotation) = known {
            return Ok(if new.is(&annotation) {
                Ok(Receipt { annotation, repeated: true, tally: None, round_due: false, leases: Vec::new(), stands: None, waits: None })
            } else {
                Err(Refused::IdTaken(new.id.clone()))
            });
        }
        let ground = match ground(conn, new).await? {
            Ok(ground) => ground,
            Err(refused) => return Ok(Err(refused)),
        };
        let new_class = match new.answer.classes() {
            // A label may be confirmed even if its class has since been retired.
            Some(_) if ground.confirms => false,
            Some(classes) => match check_classes(conn, new.project, classes, now).await? {
                Ok(new_class) => new_class,
                Err(refused) => return Ok(Err(refused)),
            },
            None => false,
        };
        // Ids are unique everywhere: this one names an answer of another project.
        if !append(conn, new, &ground, now).await? {
            return Ok(Err(Refused::IdTaken(new.id.clone())));
        }
        let Stands { is_named, changed, waits } = stand(conn, new, &ground, now).await?;
        let is_named = i64::from(is_named);
        let (labeled, skipped) = match ground.was_named.map(i64::from) {
            None => (is_named, 1 - is_named),
            Some(was_named) => (is_named - was_named, was_named - is_named),
        };
        let counted = rule::add_to_tally(conn, new.project, labeled, labeled * i64::from(ground.audit), skipped).await?;
        let trains = is_named == 1 || ground.was_named == Some(true);
        let cause = match ground.was_named {
            _ if new_class => Cause::NewClass,
            Some(_) if trains && changed => Cause::Correction,
            _ => Cause::Count,
        };
        let round_due = rule::decide(conn, new.project, &counted, cause, now).await?;
        let annotation = Annotation {
            id: new.id.clone(),
            sample_id: new.sample,
            account_id: new.account,
            kind: new.answer.kind(),
            answer: Some(new.answer.clone()),
            made_us: now,
        };
        let tally = Some(counted.tally);
        Ok(Ok(Receipt { annotation, repeated: false, tally, round_due, leases: Vec::new(), stands: None, waits }))
    }

    /// Append the annotation; `false` where its id is taken.
    async fn append(conn: &mut Conn, new: &NewAnswer, ground: &Ground, now: Timestamp) -> Result<bool, StoreError> {
        let inserted = sqlx::query(INSERT_ANNOTATION)
            .bind(&new.id)
            .bind(new.project)
            .bind(new.sample)
            .bind(new.account)
            .bind(new.answer.kind())
            .bind(new.answer.classes())
            .bind(new.answer.reason())
            .bind(new.answer.note())
            .bind(None::<String>)
            .bind(ground.round_id)
            .bind(&ground.asked_by)
            .bind(ground.propensity)
            .bind(new.seconds)
            .bind(new.origin)
            .bind(now)
            .bind(None::<ImportId>)
            .execute(&mut *conn)
            .await?;
        Ok(inserted.rows_affected() == 1)
    }

    /// The label after an answer was appended, and the end of its lease.
    async fn stand(conn: &mut Conn, new: &NewAnswer, ground: &Ground, now: Timestamp) -> Result<Stands, StoreError> {
        let by_role = matches!(new.basis, Basis::Review(_)).then_some(Origin::Review);
        sqlx::query(DELETE_LEASE).bind(new.sample).bind(new.account).bind(by_role).execute(&mut *conn).await?;
        if let Some(derived) = second::derive(conn, new.project, new.sample).await? {
            let is_named = derived.named() == Some(true);
            return Ok(Stands { is_named, changed: derived.changed, waits: derived.waits });
        }
        sqlx::query(UPSERT_LABEL)
            .bind(new.sample)
            .bind(new.project)
            .bind(new.answer.classes())
            .bind(new.answer.reason())
            .bind(&new.id)
            .bind(new.account)
            .bind(now)
            .execute(&mut *conn)
            .await?;
        // Nobody is asked about a sample again because it was answered before, unless it is drawn anew with its first answer.
        let waits = if ground.was_named.is_none() { second::begin(conn, new, now).await? } else { None };
        Ok(Stands { is_named: new.answer.classes().is_some(), changed: !ground.confirms, waits })
    }

    /// Whether these classes may be answered, and whether no answer has named one of them so far. This is stored with
    /// the classes: searching all labels for a rare one would get slower with each label. A class stays seen when the
    /// answer is taken back; that only makes a round less urgent.
    async fn check_classes(
        conn: &mut Conn,
        project: ProjectId,
        classes: &ClassSet,
        now: Timestamp,
    ) -> Result<Result<bool, Refused>, StoreError> {
        if classes.is_empty() {
            return Ok(Ok(false));
        }
        let known: Vec<(ClassId, bool, bool)> =
            sqlx::query_as(CLASS_STATES).bind(project).bind(classes).fetch_all(&mut *conn).await?;
        let mut unseen = Vec::new();
        for class in classes.ids() {
            match known.iter().find(|(id, ..)| *id == class) {
                None => return Ok(Err(Refused::UnknownClass(class))),
                Some((_, true, _)) => return Ok(Err(Refused::RetiredClass(class))),
                Some((_, false, seen)) => unseen.extend((!seen).then_some(class)),
            }
        }
        for class in &unseen {
            sqlx::query(MARK_CLASS).bind(project).bind(class).bind(now).execute(&mut *conn).await?;
        }
        Ok(Ok(!unseen.is_empty()))
    }

    /// As [`ground`], for a person's own answer that is not the label of a sample that several people answer.
    async fn own_among_several(conn: &mut Conn, answer: &NewAnswer, own: &str) -> Result<Result<Ground, Refused>, StoreError> {
        let superseded = || Ok(Err(Refused::Superseded(own.to_owned())));
        if !second::several(conn, answer.project, answer.sample).await? {
            return superseded();
        }
        let standing = second::standing(conn, answer.project, answer.sample).await?;
        let state: Option<LeaseState> =
            sqlx::query_as(LEASE_OF_SAMPLE).bind(answer.project).bind(answer.sample).fetch_optional(&mut *conn).await?;
        let (Some(row), Some(state)) = (standing.iter().find(|row| row.id == own), state) else { return superseded() };
        if row.account_id != answer.account {
            return Ok(Err(Refused::ForeignAnnotation(own.to_owned())));
        }
        if !is_open(&standing, own) {
            return superseded();
        }
        let confirms = row.answer.as_ref().is_some_and(|before| before.agrees(&answer.answer));
        Ok(Ok(Ground {
            round_id: row.round_id,
            asked_by: row.asked_by.clone(),
            propensity: row.propensity,
            audit: state.audit,
            was_named: state.named(),
            confirms,
        }))
    }

    /// Whether the answer may be given, and what it inherits.
    async fn ground(conn: &mut Conn, answer: &NewAnswer) -> Result<Result<Ground, Refused>, StoreError> {
        let lease = match &answer.basis {
            Basis::Lease(lease) => lease,
            Basis::Change(annotation) | Basis::Review(Some(annotation)) => {
                let standing: Option<StandingAnswer> = sqlx::query_as(STANDING)
                    .bind(answer.project)
                    .bind(answer.sample)
                    .bind(annotation)
                    .fetch_optional(&mut *conn)
                    .await?;
                let own = matches!(answer.basis, Basis::Change(_));
                return Ok(match standing {
                    None if own => return own_among_several(conn, answer, annotation).await,
                    None => Err(Refused::Superseded(annotation.clone())),
                    Some(standing) if own && standing.account_id != answer.account => {
                        Err(Refused::ForeignAnnotation(annotation.clone()))
                    }
                    Some(StandingAnswer { answer: before, round_id, asked_by, propensity, audit, .. }) => {
                        let was_named = Some(before.as_ref().is_some_and(|before| before.classes().is_some()));
                        let confirms = before.is_some_and(|before| before.agrees(&answer.answer));
                        Ok(Ground { round_id, asked_by, propensity, audit, was_named, confirms })
                    }
                });
            }
            Basis::Review(None) => {
                let state: Option<LeaseState> =
                    sqlx::query_as(LEASE_OF_SAMPLE).bind(answer.project).bind(answer.sample).fetch_optional(&mut *conn).await?;
                return Ok(match state {
                    None => Err(Refused::UnknownSample(answer.sample)),
                    Some(LeaseState { answer: Some(_), .. }) => Err(Refused::Answered(answer.sample)),
                    Some(LeaseState { audit, .. }) => {
                        let asked_by = Origin::Review.as_str().to_owned();
                        Ok(Ground { round_id: None, asked_by, propensity: None, audit, was_named: None, confirms: false })
                    }
                });
            }
        };
        let state: Option<LeaseState> =
            sqlx::query_as(LEASE_OF_SAMPLE).bind(answer.project).bind(answer.sample).fetch_optional(&mut *conn).await?;
        Ok(match state {
            None => Err(Refused::UnknownSample(answer.sample)),
            // An expired lease still counts while nobody else has taken the sample: an answer given offline is not
            // lost.
            Some(state) if state.id.as_ref() != Some(lease) => Err(Refused::LeaseLost(answer.sample)),
            Some(state) if state.account_id != Some(answer.account) => Err(Refused::ForeignLease(answer.sample)),
            // It has a label where several people answer, where it comes again, and where an import has brought one since.
            Some(state) => {
                let was_named = state.named();
                let confirms = state.answer.as_ref().is_some_and(|before| before.agrees(&answer.answer));
                let LeaseState { round_id, asked_by, propensity, audit, .. } = state;
                let asked_by = asked_by.unwrap_or_else(|| "unknown".to_owned());
                Ok(Ground { round_id, asked_by, propensity, audit, was_named, confirms })
            }
        })
    }

}
