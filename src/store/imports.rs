//! Imports: each run with its counts, and the outcome of the items that were not plainly added.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::import::{Bucket, Counts, ImportItem, ImportState};
use crate::domain::{AccountId, ImportId, JobId, ProjectId, Timestamp};

const START: &str = "
  insert into import (project_id, account_id, job_id, source, labels, relabel, named, predicts, dry, state, started_us)
  values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'running', $10) returning id";
const NOTE: &str = "update import set notes = $2 where id = $1";
const END: &str = "
  update import set state = $2, message = $3, notes = $4, new_classes = $5, ended_us = $6 where id = $1";
/// A command may run while a server starts: it writes its own outcome at the end, whatever this row says until then.
const INTERRUPT: &str = "update import set state = 'interrupted', ended_us = $1 where state = 'running'";
macro_rules! run {
    ($rest:literal) => {
        concat!(
            "
  select i.id, i.job_id, a.name as account, i.source, i.labels, i.relabel, i.state, i.message, i.notes, i.new_classes,
    i.added, i.same, i.labels_taken, i.contradictions, i.passed_over, i.refused, i.labeled, i.started_us, i.ended_us,
    i.named, i.predicts, i.dry, i.undone_us, u.name as undone_by, i.undone_samples, i.undone_labels
  from import i join account a on a.id = i.account_id left join account u on u.id = i.undone_by where ",
            $rest
        )
    };
}
const BY_ID: &str = run!("i.project_id = $1 and i.id = $2");
const RECENT: &str = run!("i.project_id = $1 and i.id < $2 order by i.id desc limit $3");
const OF_JOB: &str = run!("i.job_id = $1 order by i.id desc limit 1");
const ITEMS: &str = "
  select seq, bucket, name, sample_id, same_as, standing, label, reason from import_item
  where import_id = $1 and (cast($2 as text) is null or bucket = cast($2 as text)) and seq > $3 order by seq limit $4";

const CANCEL: &str = "
  update import set cancelled_us = $3 where project_id = $1 and id = $2 and state = 'running' and cancelled_us is null";
const RUNNING: &str = "select exists (select 1 from import where state = 'running')";

pub(super) const STATEMENTS: &[&str] = &[START, NOTE, END, INTERRUPT, BY_ID, RECENT, OF_JOB, ITEMS, CANCEL, RUNNING];

/// An import that begins.
#[derive(Debug, Clone)]
pub struct NewImport {
    pub project: ProjectId,
    pub account: AccountId,
    /// `None` on the command line.
    pub job: Option<JobId>,
    /// The source's name for people.
    pub source: String,
    /// Empty, `folder` or `column:NAME`.
    pub labels: String,
    pub relabel: bool,
    /// Who says so: the source's name, where one was given; of predictions, the model's.
    pub named: String,
    /// Whether it brings predictions and no labels.
    pub predicts: bool,
    /// Whether it only looks, and changes nothing.
    pub dry: bool,
}

/// How an import ended.
#[derive(Debug, Clone)]
pub struct ImportEnd {
    pub state: ImportState,
    /// Why it failed; otherwise empty.
    pub message: String,
    pub notes: Vec<String>,
    pub new_classes: Vec<String>,
}

/// One run of an import.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Import {
    pub id: ImportId,
    pub job_id: Option<JobId>,
    /// Whose labels they are.
    pub account: String,
    pub source: String,
    pub labels: String,
    pub relabel: bool,
    pub state: ImportState,
    pub message: String,
    notes: String,
    new_classes: String,
    added: i64,
    same: i64,
    labels_taken: i64,
    contradictions: i64,
    passed_over: i64,
    refused: i64,
    labeled: i64,
    pub started_us: Timestamp,
    pub ended_us: Option<Timestamp>,
    /// Who says so, where a name was given.
    pub named: String,
    /// Whether it brought predictions and no labels.
    pub predicts: bool,
    /// Whether it only looked, and changed nothing.
    pub dry: bool,
    /// When it was taken back, and by whom; then how many of its samples left and of its labels were taken back.
    pub undone_us: Option<Timestamp>,
    pub undone_by: Option<String>,
    pub undone_samples: i64,
    pub undone_labels: i64,
}

impl Import {
    pub fn counts(&self) -> Counts {
        let count = |n: i64| u64::try_from(n).unwrap_or_default();
        Counts {
            added: count(self.added),
            same: count(self.same),
            labels: count(self.labels_taken),
            contradictions: count(self.contradictions),
            passed_over: count(self.passed_over),
            refused: count(self.refused),
            labeled: count(self.labeled),
        }
    }

    /// What people should know about how the source was read.
    pub fn notes(&self) -> Vec<String> {
        serde_json::from_str(&self.notes).unwrap_or_default()
    }

    /// Classes that it added to the project.
    pub fn new_classes(&self) -> Vec<String> {
        serde_json::from_str(&self.new_classes).unwrap_or_default()
    }
}

/// An item as it is read.
#[derive(sqlx::FromRow)]
struct ItemRow {
    seq: i64,
    #[sqlx(flatten)]
    item: ImportItem,
}

fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

impl Store {
    pub async fn start_import(&self, new: &NewImport, now: Timestamp) -> Result<ImportId, StoreError> {
        Ok(on_write!(self, tx => {
            sqlx::query_scalar(START)
                .bind(new.project)
                .bind(new.account)
                .bind(new.job)
                .bind(&new.source)
                .bind(&new.labels)
                .bind(new.relabel)
                .bind(&new.named)
                .bind(new.predicts)
                .bind(new.dry)
                .bind(now)
                .fetch_one(&mut *tx)
                .await?
        }))
    }

    /// Store how the source is being read.
    pub async fn note_import(&self, id: ImportId, notes: &[String]) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(NOTE).bind(id).bind(json(notes)).execute(&mut *tx).await?;
        });
        Ok(())
    }

    pub async fn end_import(&self, id: ImportId, end: &ImportEnd, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(END)
                .bind(id)
                .bind(end.state)
                .bind(&end.message)
                .bind(json(&end.notes))
                .bind(json(&end.new_classes))
                .bind(now)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Mark imports whose process died as interrupted.
    pub async fn interrupt_imports(&self, now: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(INTERRUPT).bind(now).execute(&mut *tx).await?;
        });
        Ok(())
    }

    /// Ask a running import to stop; `false` where it does not run, or was asked before.
    pub async fn cancel_import(&self, project: ProjectId, id: ImportId, now: Timestamp) -> Result<bool, StoreError> {
        let done = on_write!(self, tx => {
            sqlx::query(CANCEL).bind(project).bind(id).bind(now).execute(&mut *tx).await?.rows_affected()
        });
        Ok(done == 1)
    }

    /// Whether any import runs, in any project.
    pub async fn imports_run(&self) -> Result<bool, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(RUNNING).fetch_one(conn).await?))
    }

    pub async fn import(&self, project: ProjectId, id: ImportId) -> Result<Option<Import>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// Up to `limit` imports with an id below `before`, newest first.
    pub async fn imports(&self, project: ProjectId, before: ImportId, limit: i64) -> Result<Vec<Import>, StoreError> {
        Ok(on_read!(self, conn => {
            sqlx::query_as(RECENT).bind(project).bind(before).bind(limit).fetch_all(conn).await?
        }))
    }

    /// The newest run of a job.
    pub async fn import_of_job(&self, job: JobId) -> Result<Option<Import>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OF_JOB).bind(job).fetch_optional(conn).await?))
    }

    /// Up to `limit` items after position `after`, of one bucket or of all, in the order of the source, with their
    /// positions.
    pub async fn import_items(
        &self,
        id: ImportId,
        bucket: Option<Bucket>,
        after: i64,
        limit: i64,
    ) -> Result<Vec<(i64, ImportItem)>, StoreError> {
        let rows: Vec<ItemRow> = on_read!(self, conn => {
            sqlx::query_as(ITEMS)
                .bind(id)
                .bind(bucket)
                .bind(after)
                .bind(limit)
                .fetch_all(conn)
                .await?
        });
        Ok(rows.into_iter().map(|row| (row.seq, row.item)).collect())
    }
}
