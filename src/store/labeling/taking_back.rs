//! Taking answers back: one, by undo, which restores the answer before it; or all of a sample, which is asked again.
//!
//! **Invariant:** the answer stays in the history; the undo is a row of its own.

use super::leases::{Terms, lease};
use super::rule::Cause;
use super::second::{DELETE_LABEL, DELETE_ROW, is_open};
use super::{
    ANNOTATION_BY_ID, Annotation, Candidate, INSERT_ANNOTATION, LEASE_OF_SAMPLE, Lease, LeaseState, Receipt, Refused,
    UPSERT_LABEL, annotation,
};
use crate::domain::{
    AccountId, AnnotationKind, Answer, ClassSet, ImportId, Origin, ProjectId, RoundId, SampleId, SkipReason, Timestamp,
};
use crate::store::{StoreError, both_engines, live_lease};

const UNDO_OF: &str = annotation!("where a.project_id = $1 and a.undoes = $2 and a.kind = 'undo'");
const LABEL_OF_SAMPLE: &str = "select annotation_id from label where sample_id = $1";
const EARLIER_ANSWER: &str = annotation!(
    "where a.sample_id = $1 and a.kind <> 'undo' and a.id <> $2
    and not exists (select 1 from annotation u where u.sample_id = $1 and u.undoes = a.id)
  order by a.seq desc limit 1"
);
const STANDING_ANSWERS: &str = "
  select a.id from annotation a where a.project_id = $1 and a.sample_id = $2 and a.kind <> 'undo'
    and not exists (select 1 from annotation u where u.sample_id = $2 and u.undoes = a.id)
  order by a.seq desc";
const LABEL_STANDS: &str = "
  select l.classes is not null as named, s.audit from label l join sample s on s.id = l.sample_id
  where l.project_id = $1 and l.sample_id = $2 and l.annotation_id = $3";
const OWN_LEASE: &str = lease!("where l.sample_id = $1 and l.account_id = $2 and ", live_lease!("l.expires_us", "$3"));

pub(in crate::store) const STATEMENTS: &[&str] =
    &[UNDO_OF, LABEL_OF_SAMPLE, EARLIER_ANSWER, STANDING_ANSWERS, LABEL_STANDS, OWN_LEASE];

/// All answers of a sample that are taken back, or brought back, by whom and when.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct Taken {
    pub(in crate::store) project: ProjectId,
    pub(in crate::store) account: AccountId,
    pub(in crate::store) sample: SampleId,
    pub(in crate::store) now: Timestamp,
}

/// What is left of a sample after an answer was taken back.
struct Restored {
    /// Whether its label names classes, or none of them, and is no skip; `None`: it has none.
    is: Option<bool>,
    /// The answer that stands again.
    stands: Option<Annotation>,
    /// Whether the person is asked again.
    again: bool,
    /// Who has answered, where somebody else is to answer too.
    waits: Option<Vec<AccountId>>,
}

both_engines! {
    in labeling::leases as leases, labeling::rule as rule, labeling::second as second;
    /// Take an answer back: append an undo, restore the answer before it, and lease the sample to the same person
    /// again.
    pub(in crate::store) async fn undo(conn: &mut Conn, id: &str, terms: Terms, any_author: bool) -> Result<Result<Receipt, Refused>, StoreError> {
        let Terms { project, account, now, .. } = terms;
        let target: Option<Annotation> = sqlx::query_as(ANNOTATION_BY_ID).bind(project).bind(id).fetch_optional(&mut *conn).await?;
        let Some(target) = target.filter(|target| target.kind != AnnotationKind::Undo) else {
            return Ok(Err(Refused::UnknownAnnotation(id.to_owned())));
        };
        if target.account_id != account && !any_author {
            return Ok(Err(Refused::ForeignAnnotation(id.to_owned())));
        }
        let done: Option<Annotation> = sqlx::query_as(UNDO_OF).bind(project).bind(id).fetch_optional(&mut *conn).await?;
        if let Some(annotation) = done {
            // The reply with the lease was lost: hand out the same one again.
            let leases: Vec<Lease> =
                sqlx::query_as(OWN_LEASE).bind(target.sample_id).bind(account).bind(now).fetch_all(&mut *conn).await?;
            return Ok(Ok(Receipt { annotation, repeated: true, tally: None, round_due: false, leases, stands: None, waits: None }));
        }
        let several = second::several(conn, project, target.sample_id).await?;
        let current: Option<String> =
            sqlx::query_scalar(LABEL_OF_SAMPLE).bind(target.sample_id).fetch_optional(&mut *conn).await?;
        let standing = if several { second::standing(conn, project, target.sample_id).await? } else { Vec::new() };
        let open = current.as_deref() == Some(id) || is_open(&standing, id);
        // Who decides in a review has seen the answers, and is not asked.
        let reviewed = standing.iter().any(|row| row.id == id && row.origin == Origin::Review);
        if !open {
            return Ok(Err(Refused::Superseded(id.to_owned())));
        }
        let state: Option<LeaseState> =
            sqlx::query_as(LEASE_OF_SAMPLE).bind(project).bind(target.sample_id).fetch_optional(&mut *conn).await?;
        let (was, audit) = state.map_or((None, false), |state| (state.named(), state.audit));
        let undo = Annotation {
            id: uuid::Uuid::new_v4().to_string(),
            sample_id: target.sample_id,
            account_id: account,
            kind: AnnotationKind::Undo,
            answer: None,
            made_us: now,
        };
        insert_undo(conn, &undo, project, id, Origin::Desk, None).await?;
        let Restored { is, stands, again, waits } =
            if several { restore_own(conn, project, &target).await? } else { restore(conn, project, &target).await? };
        let mut leases = Vec::new();
        if again && (!several || target.account_id == account && !reviewed) {
            let asked_by = if audit { "audit" } else { "undo" }.to_owned();
            let again =
                Candidate { sample: target.sample_id, round: None, asked_by, percentile: None, propensity: None };
            leases.extend(leases::grant(conn, terms, &again, None).await?);
        }
        let count = |what: bool| i64::from(is == Some(what)) - i64::from(was == Some(what));
        let (labeled, skipped) = (count(true), count(false));
        let counted = rule::add_to_tally(conn, project, labeled, labeled * i64::from(audit), skipped).await?;
        let round_due = rule::decide(conn, project, &counted, Cause::Correction, now).await?;
        Ok(Ok(Receipt { annotation: undo, repeated: false, tally: Some(counted.tally), round_due, leases, stands, waits }))
    }

    /// The label after an answer of the one person who answers a sample was taken back: the answer before it.
    async fn restore(conn: &mut Conn, project: ProjectId, target: &Annotation) -> Result<Restored, StoreError> {
        let earlier: Option<Annotation> =
            sqlx::query_as(EARLIER_ANSWER).bind(target.sample_id).bind(&target.id).fetch_optional(&mut *conn).await?;
        let Some(earlier) = earlier else {
            sqlx::query(DELETE_LABEL).bind(target.sample_id).execute(&mut *conn).await?;
            return Ok(Restored { is: None, stands: None, again: true, waits: None });
        };
        sqlx::query(UPSERT_LABEL)
            .bind(target.sample_id)
            .bind(project)
            .bind(earlier.answer.as_ref().and_then(Answer::classes))
            .bind(earlier.answer.as_ref().and_then(Answer::reason))
            .bind(&earlier.id)
            .bind(earlier.account_id)
            .bind(earlier.made_us)
            .execute(&mut *conn)
            .await?;
        Ok(Restored { is: Some(earlier.is_named()), stands: Some(earlier), again: false, waits: None })
    }

    /// The same where several people answer: the label follows from what is left, and of that the person learns only what they said
    /// themselves.
    async fn restore_own(conn: &mut Conn, project: ProjectId, target: &Annotation) -> Result<Restored, StoreError> {
        let derived = second::derive(conn, project, target.sample_id).await?.unwrap_or_default();
        let standing = second::standing(conn, project, target.sample_id).await?;
        let own = standing.into_iter().rev().find(|row| row.account_id == target.account_id);
        let stands = own.map(|row| Annotation {
            id: row.id,
            sample_id: target.sample_id,
            account_id: row.account_id,
            kind: row.answer.as_ref().map_or(AnnotationKind::Skip, Answer::kind),
            answer: row.answer,
            made_us: row.made_us,
        });
        Ok(Restored { is: derived.named(), again: stands.is_none(), stands, waits: derived.waits })
    }

    /// The row that takes the annotation `undoes` back.
    async fn insert_undo(
        conn: &mut Conn,
        undo: &Annotation,
        project: ProjectId,
        undoes: &str,
        origin: Origin,
        import: Option<ImportId>,
    ) -> Result<(), StoreError> {
        sqlx::query(INSERT_ANNOTATION)
            .bind(&undo.id)
            .bind(project)
            .bind(undo.sample_id)
            .bind(undo.account_id)
            .bind(AnnotationKind::Undo)
            .bind(None::<ClassSet>)
            .bind(None::<SkipReason>)
            .bind(None::<String>)
            .bind(undoes)
            .bind(None::<RoundId>)
            .bind("undo")
            .bind(None::<f64>)
            .bind(None::<f64>)
            .bind(origin)
            .bind(undo.made_us)
            .bind(import)
            .execute(&mut *conn)
            .await?;
        Ok(())
    }

    /// Take a label back that the import `import` gave, whether or not it is the current answer: the answer before it stands again
    /// where it was.
    pub(in crate::store) async fn withdraw(
        conn: &mut Conn,
        project: ProjectId,
        account: AccountId,
        import: ImportId,
        id: &str,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let target: Option<Annotation> = sqlx::query_as(ANNOTATION_BY_ID).bind(project).bind(id).fetch_optional(&mut *conn).await?;
        let Some(target) = target else { return Ok(()) };
        let sample = target.sample_id;
        let state: Option<LeaseState> = sqlx::query_as(LEASE_OF_SAMPLE).bind(project).bind(sample).fetch_optional(&mut *conn).await?;
        let (was, audit) = state.map_or((None, false), |state| (state.named(), state.audit));
        let current: Option<String> = sqlx::query_scalar(LABEL_OF_SAMPLE).bind(sample).fetch_optional(&mut *conn).await?;
        let undo = Annotation {
            id: uuid::Uuid::new_v4().to_string(),
            sample_id: sample,
            account_id: account,
            kind: AnnotationKind::Undo,
            answer: None,
            made_us: now,
        };
        insert_undo(conn, &undo, project, id, Origin::Import, Some(import)).await?;
        let is = if second::several(conn, project, sample).await? {
            restore_own(conn, project, &target).await?.is
        } else if current.as_deref() == Some(id) {
            restore(conn, project, &target).await?.is
        } else {
            was
        };
        let count = |what: bool| i64::from(is == Some(what)) - i64::from(was == Some(what));
        let (labeled, skipped) = (count(true), count(false));
        let counted = rule::add_to_tally(conn, project, labeled, labeled * i64::from(audit), skipped).await?;
        rule::decide(conn, project, &counted, Cause::Correction, now).await?;
        Ok(())
    }

    /// Take every answer of a sample back whose current one is `seen`: the sample has none and waits in the pool again.
    pub(in crate::store) async fn ask_again(
        conn: &mut Conn,
        taken: Taken,
        seen: &str,
    ) -> Result<Result<Receipt, Refused>, StoreError> {
        let Taken { project, account, sample, now } = taken;
        let standing: Option<(bool, bool)> =
            sqlx::query_as(LABEL_STANDS).bind(project).bind(sample).bind(seen).fetch_optional(&mut *conn).await?;
        let Some((named, audit)) = standing else { return Ok(Err(Refused::Superseded(seen.to_owned()))) };
        let answers: Vec<String> =
            sqlx::query_scalar(STANDING_ANSWERS).bind(project).bind(sample).fetch_all(&mut *conn).await?;
        let undo = || Annotation {
            id: uuid::Uuid::new_v4().to_string(),
            sample_id: sample,
            account_id: account,
            kind: AnnotationKind::Undo,
            answer: None,
            made_us: now,
        };
        // The rows are in the reverse order of the answers.
        let mut last = undo();
        for id in &answers {
            last = undo();
            insert_undo(conn, &last, project, id, Origin::Review, None).await?;
        }
        for _ in 1..answers.len() {
            rule::add_to_tally(conn, project, 0, 0, 0).await?;
        }
        sqlx::query(DELETE_LABEL).bind(sample).execute(&mut *conn).await?;
        // Its next answer is a first one again.
        sqlx::query(DELETE_ROW).bind(sample).execute(&mut *conn).await?;
        let named = i64::from(named);
        let counted = rule::add_to_tally(conn, project, -named, -named * i64::from(audit), named - 1).await?;
        let cause = if named == 1 { Cause::Correction } else { Cause::Count };
        let round_due = rule::decide(conn, project, &counted, cause, now).await?;
        Ok(Ok(Receipt {
            annotation: last,
            repeated: false,
            tally: Some(counted.tally),
            round_due,
            leases: Vec::new(),
            stands: None,
            waits: None,
        }))
    }
}
