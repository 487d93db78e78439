//! Flags: what annotators say to the lead about a sample, and the answers. Rows are only ever added.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::word::words;
use crate::domain::{AccountId, ProjectId, SampleId, Timestamp};

const INSERT_NOTE: &str = "
  insert into flag_note (id, thread, project_id, sample_id, account_id, kind, text, made_us)
  values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing";
const NOTE: &str = "
  select n.id, n.thread, n.sample_id, s.name as sample, n.account_id, c.name as account, n.kind, n.text, n.made_us
  from flag_note n join account c on c.id = n.account_id join sample s on s.id = n.sample_id
  where n.project_id = $1 and n.id = $2";
const NOTES: &str = "
  select n.id, n.thread, n.sample_id, s.name as sample, n.account_id, c.name as account, n.kind, n.text, n.made_us
  from flag_note n join account c on c.id = n.account_id join sample s on s.id = n.sample_id
  where n.project_id = $1 and n.thread in (
    select f.id from flag_note f where f.project_id = $1 and f.kind = 'flag'
      and (cast($2 as bigint) is null or f.account_id = cast($2 as bigint))
    order by f.seq desc limit $3)
  order by n.seq";

pub(super) const STATEMENTS: &[&str] = &[INSERT_NOTE, NOTE, NOTES];

/// What a note does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoteKind {
    /// It begins a thread.
    Flag,
    Reply,
    /// A lead is done with the thread.
    Done,
    /// Its author has seen the answers.
    Seen,
}

words!(NoteKind, "kind of note", { Flag = "flag", Reply = "reply", Done = "done", Seen = "seen" });

/// One note about a sample.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct NoteRow {
    pub id: String,
    /// The id of the note that began the thread.
    pub thread: String,
    pub sample_id: SampleId,
    /// The sample's name.
    pub sample: String,
    pub account_id: AccountId,
    /// The writer's name.
    pub account: String,
    pub kind: NoteKind,
    pub text: String,
    pub made_us: Timestamp,
}

/// A note to store.
#[derive(Debug, Clone)]
pub struct NewNote<'a> {
    pub id: &'a str,
    pub thread: &'a str,
    pub project: ProjectId,
    pub sample: SampleId,
    pub account: AccountId,
    pub kind: NoteKind,
    pub text: &'a str,
}

impl Store {
    /// Store a note; `false` when its id already exists and nothing was added.
    pub async fn insert_note(&self, note: &NewNote<'_>, now: Timestamp) -> Result<bool, StoreError> {
        let added = on_write!(self, tx => sqlx::query(INSERT_NOTE)
            .bind(note.id)
            .bind(note.thread)
            .bind(note.project)
            .bind(note.sample)
            .bind(note.account)
            .bind(note.kind)
            .bind(note.text)
            .bind(now)
            .execute(&mut *tx)
            .await?
            .rows_affected());
        Ok(added == 1)
    }

    /// One note.
    pub async fn note(&self, project: ProjectId, id: &str) -> Result<Option<NoteRow>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(NOTE).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// All notes of the newest threads, or of the newest that `author` began, in the order in which they were written.
    pub async fn notes(
        &self,
        project: ProjectId,
        author: Option<AccountId>,
        threads: i64,
    ) -> Result<Vec<NoteRow>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(NOTES).bind(project).bind(author).bind(threads).fetch_all(conn).await?),
        )
    }
}
