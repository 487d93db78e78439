//! What is known of samples beside their content: imported columns, and what people tag them with.

use std::collections::BTreeMap;

use super::{Store, StoreError, on_read, on_write};
use crate::domain::text::folded;
use crate::domain::{ProjectId, SampleId};

const ALL: &str = "
  select m.sample_id, m.data from sample_metadata m join sample s on s.id = m.sample_id
  where s.project_id = $1 order by m.sample_id";
const OF_POOL: &str = "
  select m.data from sample s left join sample_metadata m on m.sample_id = s.id
  where s.project_id = $1 and s.id = $2 and not s.audit";
const SET: &str = "
  insert into sample_metadata (sample_id, data, folded) values ($1, $2, $3)
  on conflict (sample_id) do update set data = excluded.data, folded = excluded.folded";

pub(super) const STATEMENTS: &[&str] = &[ALL, OF_POOL, SET];

impl Store {
    /// The metadata of every sample that has some, each a JSON object of strings, in the order of their ids.
    pub async fn metadata(&self, project: ProjectId) -> Result<Vec<(SampleId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(ALL).bind(project).fetch_all(conn).await?))
    }

    /// Give samples of the pool this value in this column, all or none; returns how many have it now. Those of the audit set, and
    /// those that are not the project's, are passed over.
    pub async fn tag_samples(
        &self,
        project: ProjectId,
        samples: &[SampleId],
        column: &str,
        value: &str,
    ) -> Result<usize, StoreError> {
        Ok(on_write!(self, tx => {
            let mut tagged = 0;
            for &sample in samples {
                let data: Option<Option<String>> =
                    sqlx::query_scalar(OF_POOL).bind(project).bind(sample).fetch_optional(&mut *tx).await?;
                let Some(data) = data else { continue };
                let data = with(data.as_deref(), column, value);
                sqlx::query(SET).bind(sample).bind(&data).bind(folded(&data)).execute(&mut *tx).await?;
                tagged += 1;
            }
            tagged
        }))
    }
}

/// A JSON object of strings with one more of them.
fn with(data: Option<&str>, column: &str, value: &str) -> String {
    let mut fields: BTreeMap<String, serde_json::Value> =
        data.and_then(|data| serde_json::from_str(data).ok()).unwrap_or_default();
    fields.insert(column.to_owned(), value.into());
    serde_json::to_value(fields).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_joins_what_is_there_and_replaces_its_own_column() {
        assert_eq!(with(None, "seen", "yes"), r#"{"seen":"yes"}"#);
        assert_eq!(with(Some(r#"{"site":"north","seen":"no"}"#), "seen", "yes"), r#"{"seen":"yes","site":"north"}"#);
    }
}
