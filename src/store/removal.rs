//! Projects that are archived, and what is deleted of one that is removed for good.
//!
//! What is left of a removed project is its row, under a slug that no address can have, so that the record still says which it was.
//!
//! **Invariant:** rows are deleted in batches, in an order in which none refers to one that is gone; each batch may be repeated.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{JobId, ProjectId, Timestamp};

const ARCHIVE: &str = "update project set archived_us = $2, leaves_us = $3 where id = $1 and gone_us is null";
const RESTORE: &str = "update project set archived_us = null, leaves_us = null where id = $1 and gone_us is null";
const ARCHIVED: &str = "
  select p.id, p.slug, p.name, p.archived_us, p.leaves_us, t.samples, t.labeled
  from project p join tally t on t.project_id = p.id
  where p.archived_us is not null and p.gone_us is null order by p.slug";
const TO_GO: &str = "select id from project where leaves_us <= $1 and gone_us is null order by id";
const END_LEASES: &str = "delete from lease where project_id = $1";

/// Up to $2 samples of the project $1, whose files are to be removed.
const DEPART: &str = "
  insert into departed (sample_id, project_id, import_id, hash, name, left_us)
  select id, project_id, null, hash, name, $3 from sample where project_id = $1 order by id limit $2
  on conflict (sample_id) do nothing";
const DEPART_ARCHIVED: &str = "
  insert into departed (sample_id, project_id, import_id, hash, name, left_us)
  select id, project_id, null, hash, name, $3 from archived_sample where project_id = $1 order by id limit $2
  on conflict (sample_id) do nothing";

/// The samples that leave in this transaction.
macro_rules! leaving {
    () => {
        "(select d.sample_id from departed d where d.project_id = $1 and d.left_us = $2)"
    };
}
macro_rules! of_samples {
    ($table:literal) => {
        concat!("delete from ", $table, " where sample_id in ", leaving!())
    };
}
/// What belongs to samples, then the samples.
const SAMPLES: &[&str] = &[
    of_samples!("sample_metadata"),
    of_samples!("label"),
    of_samples!("lease"),
    of_samples!("chosen"),
    of_samples!("second_opinion"),
    of_samples!("flag_note"),
    of_samples!("class_example"),
    concat!("delete from audit_departure where copy_of in ", leaving!()),
    of_samples!("audit_departure"),
    of_samples!("outside_prediction"),
    of_samples!("class_act_sample"),
    of_samples!("annotation"),
    concat!("update import_item set sample_id = null where sample_id in ", leaving!()),
    of_samples!("archived_metadata"),
    of_samples!("archived_annotation"),
    of_samples!("archived_label"),
    of_samples!("archived_opinion"),
    of_samples!("archived_note"),
    of_samples!("archived_departure"),
    of_samples!("archived_prediction"),
    of_samples!("archived_act_sample"),
    concat!("delete from archived_sample where id in ", leaving!()),
    concat!("delete from sample where id in ", leaving!()),
];
/// What belongs to the project, once no sample is left.
const REST: &[&str] = &[
    "delete from lease where project_id = $1",
    "delete from chosen where project_id = $1",
    "delete from class_act where project_id = $1",
    "delete from desk_key where project_id = $1",
    "delete from class where project_id = $1",
    "delete from reliability where project_id = $1",
    "delete from snapshot where project_id = $1",
    "delete from queue where project_id = $1",
    "delete from decision where project_id = $1",
    "delete from round where project_id = $1",
    "delete from departed where project_id = $1",
    "delete from import_item where import_id in (select i.id from import i where i.project_id = $1)",
    "delete from import where project_id = $1",
    "delete from delivery where webhook_id in (select w.id from webhook w where w.project_id = $1)",
    "delete from webhook where project_id = $1",
    "delete from membership where project_id = $1",
    "delete from tally where project_id = $1",
];
const END_OTHER_JOBS: &str = "delete from job where project_id = $1 and id <> $2";
/// The slug keeps its words, and a sign that no slug has.
const TOMBSTONE: &str = "
  update project set slug = slug || '~' || cast(id as text), guidelines = '', goal = '{}', secret = '', encoder_id = null,
    next_encoder_id = null, rolled_back_to = null, gone_us = $2
  where id = $1 and gone_us is null";
const ALONE: &[&str] =
    &[ARCHIVE, RESTORE, ARCHIVED, TO_GO, END_LEASES, DEPART, DEPART_ARCHIVED, END_OTHER_JOBS, TOMBSTONE];

/// Every statement of this file.
pub(super) fn statements() -> Vec<&'static str> {
    [ALONE, SAMPLES, REST].concat()
}

/// An archived project as lists show it.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct ArchivedProject {
    pub id: ProjectId,
    pub slug: String,
    pub name: String,
    pub archived_us: Timestamp,
    /// When it is removed for good; `None`: it is kept.
    pub leaves_us: Option<Timestamp>,
    pub samples: i64,
    pub labeled: i64,
}

impl Store {
    /// Archive a project; with `leaves`, until then. Its leases end.
    pub async fn archive_project(
        &self,
        project: ProjectId,
        now: Timestamp,
        leaves: Option<Timestamp>,
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(ARCHIVE).bind(project).bind(now).bind(leaves).execute(&mut *tx).await?;
            sqlx::query(END_LEASES).bind(project).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Bring an archived project back; `false` when it was removed for good.
    pub async fn restore_project(&self, project: ProjectId) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => sqlx::query(RESTORE).bind(project).execute(&mut *tx).await?.rows_affected());
        Ok(done == 1)
    }

    /// The archived projects, by slug.
    pub async fn archived_projects(&self) -> Result<Vec<ArchivedProject>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ARCHIVED).fetch_all(conn).await?))
    }

    /// Archived projects whose time is over.
    pub async fn projects_to_go(&self, now: Timestamp) -> Result<Vec<ProjectId>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(TO_GO).bind(now).fetch_all(conn).await?))
    }

    /// Delete up to `limit` samples of a project with everything of theirs; returns how many there were. Their files are then among
    /// [`Store::departed`]. `now` must differ from one call to the next.
    pub async fn delete_samples(&self, project: ProjectId, limit: i64, now: Timestamp) -> Result<u64, StoreError> {
        Ok(on_write!(self, tx => {
            let mut n = 0;
            for depart in [DEPART, DEPART_ARCHIVED] {
                n += sqlx::query(depart).bind(project).bind(limit).bind(now).execute(&mut *tx).await?.rows_affected();
            }
            for statement in SAMPLES {
                sqlx::query(*statement).bind(project).bind(now).execute(&mut *tx).await?;
            }
            n
        }))
    }

    /// Delete what is left of a project without samples, but for its row and `job`.
    pub async fn delete_rest(&self, project: ProjectId, job: Option<JobId>, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for statement in REST {
                sqlx::query(*statement).bind(project).execute(&mut *tx).await?;
            }
            sqlx::query(END_OTHER_JOBS).bind(project).bind(job.unwrap_or(JobId(0))).execute(&mut *tx).await?;
            sqlx::query(TOMBSTONE).bind(project).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
