//! Taking an import back: the samples that only it brought leave, the labels that it gave are taken back.
//!
//! **Invariant:** whatever a person said of a sample keeps that sample and its answer. A sample that leaves takes its rows with
//! it and leaves its number, its name and its hash behind; labels of samples that stay are taken back by further annotations.

use super::{Store, StoreError, both_engines, live_lease, on_read, on_write};
use crate::domain::import::Fate;
use crate::domain::{AccountId, ImportId, ProjectId, SampleId, Timestamp};

/// The runs of the import $2: one that was cut off and resumed is several rows of one job.
macro_rules! batch {
    () => {
        "(select b.id from import b, import i
      where i.project_id = $1 and i.id = $2 and b.project_id = i.project_id and (b.id = i.id or b.job_id = i.job_id))"
    };
}

/// What becomes of a sample `s` of the batch at $3, see [`Fate`].
macro_rules! fate {
    () => {
        concat!(
            "case
      when exists (select 1 from annotation a where a.sample_id = s.id and a.origin <> 'import') then 'answered'
      when exists (select 1 from annotation a where a.sample_id = s.id and (a.import_id is null or a.import_id not in ",
            batch!(),
            ")) or exists (select 1 from import_item t join import o on o.id = t.import_id
          where t.sample_id = s.id and o.undone_us is null and o.id not in ",
            batch!(),
            ") then 'imported'
      when exists (select 1 from flag_note f where f.sample_id = s.id)
        or exists (select 1 from class_example e where e.sample_id = s.id)
        or exists (select 1 from audit_departure d where d.copy_of = s.id and d.sample_id <> s.id) then 'used'
      when exists (select 1 from lease l where l.sample_id = s.id and ",
            live_lease!("l.expires_us", "$3"),
            ") then 'asked'
      else 'leaves' end"
        )
    };
}

const FATES: &str = concat!(
    "select fate, count(*) as n from (select ",
    fate!(),
    " as fate from sample s where s.project_id = $1 and s.import_id in ",
    batch!(),
    ") as fates group by fate"
);
const STAYING: &str = concat!(
    "select id, name, fate from (select s.id, s.name, ",
    fate!(),
    " as fate from sample s where s.project_id = $1 and s.import_id in ",
    batch!(),
    ") as fates where fate <> 'leaves' order by id limit $4"
);
/// Labels of the batch that stand on samples that stay, and those of them that are the current answer.
const LABELS: &str = concat!(
    "select count(*) as n, count(case when l.annotation_id = a.id then 1 end) as current
  from annotation a join sample s on s.id = a.sample_id left join label l on l.sample_id = a.sample_id
  where a.project_id = $1 and a.import_id in ",
    batch!(),
    " and a.kind <> 'undo' and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
    and (s.import_id is null or s.import_id not in ",
    batch!(),
    " or ",
    fate!(),
    " <> 'leaves')"
);
const PREDICTIONS: &str =
    concat!("select count(*) from outside_prediction p where p.project_id = $1 and p.import_id in ", batch!());
const LEAVE: &str = concat!(
    "insert into departed (sample_id, project_id, import_id, hash, name, left_us)
  select s.id, s.project_id, s.import_id, s.hash, s.name, $3 from sample s
  where s.project_id = $1 and s.import_id in ",
    batch!(),
    " and ",
    fate!(),
    " = 'leaves' order by s.id limit $4"
);

/// The samples that are leaving in this transaction.
macro_rules! leaving {
    () => {
        "(select d.sample_id from departed d where d.project_id = $1 and d.left_us = $2)"
    };
}
const LEAVING_COUNTS: &str = concat!(
    "select count(*) as samples, count(case when s.audit then 1 end) as audit, count(l.classes) as labeled,
    count(case when s.audit and l.classes is not null then 1 end) as audit_labeled,
    count(case when l.sample_id is not null and l.classes is null then 1 end) as skipped
  from sample s left join label l on l.sample_id = s.id where s.id in ",
    leaving!()
);
const DELETE_METADATA: &str = concat!("delete from sample_metadata where sample_id in ", leaving!());
const DELETE_LABELS: &str = concat!("delete from label where sample_id in ", leaving!());
const DELETE_LEASES: &str = concat!("delete from lease where sample_id in ", leaving!());
const DELETE_CHOSEN: &str = concat!("delete from chosen where sample_id in ", leaving!());
const DELETE_SECOND: &str = concat!("delete from second_opinion where sample_id in ", leaving!());
const DELETE_DEPARTURES: &str = concat!("delete from audit_departure where sample_id in ", leaving!());
const DELETE_PREDICTIONS: &str = concat!("delete from outside_prediction where sample_id in ", leaving!());
const DELETE_ACT_SAMPLES: &str = concat!("delete from class_act_sample where sample_id in ", leaving!());
const DELETE_ANNOTATIONS: &str = concat!("delete from annotation where sample_id in ", leaving!());
const FORGET_ITEMS: &str = concat!("update import_item set sample_id = null where sample_id in ", leaving!());
const DELETE_SAMPLES: &str = concat!("delete from sample where id in ", leaving!());
/// In an order in which no row refers to one that is gone.
const DELETIONS: [&str; 11] = [
    DELETE_METADATA,
    DELETE_LABELS,
    DELETE_LEASES,
    DELETE_CHOSEN,
    DELETE_SECOND,
    DELETE_DEPARTURES,
    DELETE_PREDICTIONS,
    DELETE_ACT_SAMPLES,
    DELETE_ANNOTATIONS,
    FORGET_ITEMS,
    DELETE_SAMPLES,
];
const TAKE_FROM_TALLY: &str = "
  update tally set samples = samples - $2, audit_samples = audit_samples - $3, labeled = labeled - $4,
    audit_labeled = audit_labeled - $5, skipped = skipped - $6
  where project_id = $1";
const STANDING: &str = concat!(
    "select a.id from annotation a where a.project_id = $1 and a.import_id in ",
    batch!(),
    " and a.kind <> 'undo' and not exists (select 1 from annotation u where u.sample_id = a.sample_id and u.undoes = a.id)
  order by a.seq limit $3"
);
const UNPREDICT: &str = concat!("delete from outside_prediction where project_id = $1 and import_id in ", batch!());
const MARK: &str = concat!("update import set undone_us = $3, undone_by = $4 where id in ", batch!());
const COUNT: &str = "
  update import set undone_samples = undone_samples + $2, undone_labels = undone_labels + $3 where id = $1";
const WAITING: &str = "
  select d.sample_id, d.hash, exists (
    select 1 from project p join sample s on s.project_id = p.id and s.hash = d.hash)
    or exists (select 1 from archived_sample k where k.hash = d.hash) as used
  from departed d where d.project_id = $1 and d.cleared_us is null order by d.sample_id limit $2";
const CLEARED: &str = "update departed set cleared_us = $3 where project_id = $1 and sample_id = $2";
const USED: &str = "
  select exists (select 1 from project p join sample s on s.project_id = p.id and s.hash = $1)
    or exists (select 1 from archived_sample k where k.hash = $1)";

pub(super) const STATEMENTS: &[&str] = &[
    FATES,
    STAYING,
    LABELS,
    PREDICTIONS,
    LEAVE,
    LEAVING_COUNTS,
    DELETE_METADATA,
    DELETE_LABELS,
    DELETE_LEASES,
    DELETE_CHOSEN,
    DELETE_SECOND,
    DELETE_DEPARTURES,
    DELETE_PREDICTIONS,
    DELETE_ACT_SAMPLES,
    DELETE_ANNOTATIONS,
    FORGET_ITEMS,
    DELETE_SAMPLES,
    TAKE_FROM_TALLY,
    STANDING,
    UNPREDICT,
    MARK,
    COUNT,
    WAITING,
    CLEARED,
    USED,
];

/// A sample that stays, and why.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, serde::Serialize, utoipa::ToSchema)]
pub struct StayingSample {
    pub id: SampleId,
    pub name: String,
    #[schema(inline)]
    pub fate: Fate,
}

/// What taking an import back would do.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoReach {
    /// Samples of the import by what becomes of them.
    pub fates: Vec<(Fate, i64)>,
    /// The first of those that stay.
    pub staying: Vec<StayingSample>,
    /// Labels on samples that stay: those given by it that nobody took back, and of them those that are the current answer.
    pub labels: (i64, i64),
    pub predictions: i64,
}

impl UndoReach {
    pub fn of(&self, fate: Fate) -> i64 {
        self.fates.iter().find(|(known, _)| *known == fate).map_or(0, |(_, n)| *n)
    }

    /// Whether it would change nothing.
    pub fn is_empty(&self) -> bool {
        self.of(Fate::Leaves) == 0 && self.labels.0 == 0 && self.predictions == 0
    }
}

/// Counts of samples that leave.
#[derive(sqlx::FromRow)]
struct Leaving {
    samples: i64,
    audit: i64,
    labeled: i64,
    audit_labeled: i64,
    skipped: i64,
}

/// A sample that left, whose file may be removed.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Departed {
    pub sample_id: SampleId,
    pub hash: String,
    /// Whether another sample has the same content.
    pub used: bool,
}

/// Which import is taken back, and by whom.
#[derive(Debug, Clone, Copy)]
pub struct TakingBack {
    pub project: ProjectId,
    pub import: ImportId,
    pub account: AccountId,
}

both_engines! {
    in labeling::taking_back as taking_back;

    /// Let up to `limit` samples leave; returns how many did.
    pub(in crate::store) async fn leave(conn: &mut Conn, what: TakingBack, limit: i64, now: Timestamp) -> Result<i64, StoreError> {
        let TakingBack { project, import, .. } = what;
        sqlx::query(LEAVE).bind(project).bind(import).bind(now).bind(limit).execute(&mut *conn).await?;
        let leaving: Leaving = sqlx::query_as(LEAVING_COUNTS).bind(project).bind(now).fetch_one(&mut *conn).await?;
        for statement in DELETIONS {
            sqlx::query(statement).bind(project).bind(now).execute(&mut *conn).await?;
        }
        sqlx::query(TAKE_FROM_TALLY)
            .bind(project)
            .bind(leaving.samples)
            .bind(leaving.audit)
            .bind(leaving.labeled)
            .bind(leaving.audit_labeled)
            .bind(leaving.skipped)
            .execute(&mut *conn)
            .await?;
        sqlx::query(COUNT).bind(import).bind(leaving.samples).bind(0i64).execute(&mut *conn).await?;
        Ok(leaving.samples)
    }

    /// Take up to `limit` labels back; returns how many were.
    pub(in crate::store) async fn withdraw(conn: &mut Conn, what: TakingBack, limit: i64, now: Timestamp) -> Result<i64, StoreError> {
        let TakingBack { project, import, account } = what;
        let standing: Vec<String> =
            sqlx::query_scalar(STANDING).bind(project).bind(import).bind(limit).fetch_all(&mut *conn).await?;
        for id in &standing {
            taking_back::withdraw(conn, project, account, import, id, now).await?;
        }
        let n = standing.len() as i64;
        sqlx::query(COUNT).bind(import).bind(0i64).bind(n).execute(&mut *conn).await?;
        Ok(n)
    }
}

impl Store {
    /// What taking an import back at `now` would do, with the first `limit` samples that stay.
    pub async fn undo_reach(
        &self,
        project: ProjectId,
        import: ImportId,
        limit: i64,
        now: Timestamp,
    ) -> Result<UndoReach, StoreError> {
        Ok(on_read!(self, conn => UndoReach {
            fates: sqlx::query_as(FATES).bind(project).bind(import).bind(now).fetch_all(&mut *conn).await?,
            staying: sqlx::query_as(STAYING)
                .bind(project)
                .bind(import)
                .bind(now)
                .bind(limit)
                .fetch_all(&mut *conn)
                .await?,
            labels: sqlx::query_as(LABELS).bind(project).bind(import).bind(now).fetch_one(&mut *conn).await?,
            predictions: sqlx::query_scalar(PREDICTIONS).bind(project).bind(import).fetch_one(&mut *conn).await?,
        }))
    }

    /// Note that an import is being taken back, and drop its predictions.
    pub async fn begin_undo(&self, what: TakingBack, now: Timestamp) -> Result<(), StoreError> {
        let TakingBack { project, import, account } = what;
        on_write!(self, tx => {
            sqlx::query(MARK).bind(project).bind(import).bind(now).bind(account).execute(&mut *tx).await?;
            sqlx::query(UNPREDICT).bind(project).bind(import).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Let up to `limit` samples of an import leave, in one transaction; `now` must differ from one to the next.
    pub async fn let_leave(&self, what: TakingBack, limit: i64, now: Timestamp) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx in engine => engine::leave(tx, what, limit, now).await?))
    }

    /// Take up to `limit` labels of an import back, in one transaction.
    pub async fn withdraw_labels(&self, what: TakingBack, limit: i64, now: Timestamp) -> Result<i64, StoreError> {
        Ok(on_write!(self, tx in engine => engine::withdraw(tx, what, limit, now).await?))
    }

    /// Up to `limit` samples that left and whose files and embeddings are still there.
    pub async fn departed(&self, project: ProjectId, limit: i64) -> Result<Vec<Departed>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(WAITING).bind(project).bind(limit).fetch_all(conn).await?))
    }

    /// Whether any sample of any project has this content, archived ones included.
    pub async fn is_content_used(&self, hash: &str) -> Result<bool, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(USED).bind(hash).fetch_one(conn).await?))
    }

    /// Note that nothing of these samples is left on disk.
    pub async fn clear_departed(
        &self,
        project: ProjectId,
        samples: &[SampleId],
        now: Timestamp,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for sample in samples {
                sqlx::query(CLEARED).bind(project).bind(*sample).bind(now).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}
