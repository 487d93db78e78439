//! The words of samples, for searching in them: an index of each engine's own, with one statement for both.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{ProjectId, SampleId};

const WITHOUT_WORDS: &str = "
  select s.id, s.hash from sample s
  where s.project_id = $1 and s.id > $2 and not exists (select 1 from sample_words w where w.rowid = s.id)
  order by s.id limit $3";
/// `SQLite` has no upsert for its index.
const INSERT_WORDS: &str = "
  insert into sample_words (rowid, words)
  select cast($1 as bigint), cast($2 as text)
  where exists (select 1 from sample s where s.id = $1) and not exists (select 1 from sample_words w where w.rowid = $1)";

pub(super) const STATEMENTS: &[&str] = &[WITHOUT_WORDS, INSERT_WORDS];

impl Store {
    /// Up to `limit` samples with an id above `after` whose words are not indexed, each with the name of its blob.
    pub async fn without_words(
        &self,
        project: ProjectId,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(
            on_read!(self, conn => sqlx::query_as(WITHOUT_WORDS).bind(project).bind(after).bind(limit).fetch_all(conn).await?),
        )
    }

    /// Index the words of samples, as `domain::search::searchable` writes them. Samples that left meanwhile are passed over.
    pub async fn save_words(&self, words: &[(SampleId, String)]) -> Result<(), StoreError> {
        on_write!(self, tx => {
            for (sample, words) in words {
                sqlx::query(INSERT_WORDS).bind(*sample).bind(words).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}
