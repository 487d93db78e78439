//! Names and metadata in the form used for searching, for rows written before that form existed.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::SampleId;
use crate::domain::text::folded;

const NAMES: &str = "select id, name from sample where folded = '' order by id limit 1000";
const FOLD_NAME: &str = "update sample set folded = $2 where id = $1";
const METADATA: &str = "select sample_id, data from sample_metadata where folded = '' order by sample_id limit 1000";
const FOLD_METADATA: &str = "update sample_metadata set folded = $2 where sample_id = $1";

pub(super) const STATEMENTS: &[&str] = &[NAMES, FOLD_NAME, METADATA, FOLD_METADATA];

impl Store {
    /// Fill in what a migration left empty: no engine folds the letters of every script. If interrupted, it resumes at
    /// the next start.
    pub(super) async fn fold_texts(&self) -> Result<(), StoreError> {
        for (missing, fold) in [(NAMES, FOLD_NAME), (METADATA, FOLD_METADATA)] {
            loop {
                let rows: Vec<(SampleId, String)> =
                    on_read!(self, conn => sqlx::query_as(missing).fetch_all(conn).await?);
                if rows.is_empty() {
                    break;
                }
                on_write!(self, tx => {
                    for (id, text) in &rows {
                        // An empty text must not be selected again.
                        let text = Some(folded(text)).filter(|text| !text.is_empty()).unwrap_or_else(|| " ".to_owned());
                        sqlx::query(fold).bind(id).bind(text).execute(&mut *tx).await?;
                    }
                });
            }
        }
        Ok(())
    }
}
