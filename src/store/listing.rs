//! The samples of a project as people look for them: by answer, by who gave it, by name and by metadata.

use super::samples::{SampleRow, sample_columns};
use super::{Store, StoreError, on_read};
use crate::domain::text::folded;
use crate::domain::word::words;
use crate::domain::{ClassId, ProjectId, SampleId, SearchTerms};

/// The samples that match a filter, and the rest of the statement's conditions.
macro_rules! filtered {
    ($rest:literal) => {
        concat!(
            "
  from sample s left join label l on l.sample_id = s.id
  where s.project_id = $1
    and (cast($2 as bigint) is null or ' ' || l.classes || ' ' like '% ' || cast(cast($2 as bigint) as text) || ' %')
    and (cast($3 as text) is null
      or (cast($3 as text) = 'labeled' and l.classes is not null)
      or (cast($3 as text) = 'skipped' and l.sample_id is not null and l.classes is null)
      or (cast($3 as text) = 'unlabeled' and l.sample_id is null))
    and (cast($4 as text) is null or s.folded like cast($4 as text) escape '!')
    and (cast($5 as text) is null or l.account_id = (select a.id from account a where a.name = cast($5 as text)))
    and (cast($6 as text) is null or exists (
      select 1 from sample_metadata m where m.sample_id = s.id and m.folded like cast($6 as text) escape '!'))
    and (cast($7 as text) is null or s.id in (select w.rowid from sample_words(cast($7 as text)) w))",
            $rest
        )
    };
}

const LIST: &str = concat!("select ", sample_columns!(), filtered!(" and s.id > $8 order by s.id limit $9"));
const COUNT: &str = concat!("select count(*)", filtered!(""));
const IDS: &str = concat!("select s.id", filtered!(" order by s.id"));
const ANNOTATORS: &str = "
  select distinct c.name from label l join account c on c.id = l.account_id where l.project_id = $1 order by c.name";

pub(super) const STATEMENTS: &[&str] = &[LIST, COUNT, IDS, ANNOTATORS];

/// A sample's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum SampleState {
    Labeled,
    Unlabeled,
    Skipped,
}

words!(SampleState, "state of a sample", { Labeled = "labeled", Unlabeled = "unlabeled", Skipped = "skipped" });

/// Which samples a list shows. Empty: all. Case does not matter, in any script.
#[derive(Debug, Clone, Default)]
pub struct SampleFilter {
    pub class: Option<ClassId>,
    pub state: Option<SampleState>,
    /// Part of the name.
    pub name: Option<String>,
    /// Name of the account that gave the current answer.
    pub annotator: Option<String>,
    /// Part of the sample's metadata, or `key=value`: a prefix of this key's value.
    pub metadata: Option<String>,
    /// What its text says.
    pub words: Option<SearchTerms>,
}

/// `filter` as a `like` pattern, with `!` escaping special characters.
fn part(text: &str) -> String {
    folded(text).replace('!', "!!").replace('%', "!%").replace('_', "!_")
}

impl SampleFilter {
    fn name_pattern(&self) -> Option<String> {
        self.name.as_ref().map(|name| format!("%{}%", part(name)))
    }

    /// Metadata is stored as a JSON object of strings without spaces between, so that is what the pattern is made of.
    fn metadata_pattern(&self) -> Option<String> {
        // As it appears inside a JSON string.
        let inside = |text: &str| {
            let quoted = serde_json::Value::from(text.trim()).to_string();
            part(&quoted[1..quoted.len() - 1])
        };
        self.metadata.as_ref().map(|wanted| match wanted.split_once('=') {
            Some((key, value)) => format!("%\"{}\":\"{}%", inside(key), inside(value)),
            None => format!("%{}%", inside(wanted)),
        })
    }
}

/// Bind what [`filtered!`] takes.
macro_rules! bound {
    ($query:expr, $project:expr, $filter:expr, $words:expr) => {
        $query
            .bind($project)
            .bind($filter.class)
            .bind($filter.state)
            .bind($filter.name_pattern())
            .bind($filter.annotator.clone())
            .bind($filter.metadata_pattern())
            .bind($words.clone())
    };
}

impl Store {
    /// What is looked for in texts, as this engine takes it.
    fn wanted_words(&self, filter: &SampleFilter) -> Option<String> {
        filter.words.as_ref().map(|terms| match self {
            Self::Sqlite { .. } => terms.fts5(),
            Self::Postgres(_) => terms.tsquery(),
        })
    }

    /// Up to `limit` samples with an id above `after`, in the order of their ids.
    pub async fn samples(
        &self,
        project: ProjectId,
        filter: &SampleFilter,
        after: SampleId,
        limit: i64,
    ) -> Result<Vec<SampleRow>, StoreError> {
        let words = self.wanted_words(filter);
        Ok(on_read!(self, conn => {
            bound!(sqlx::query_as(LIST), project, filter, words).bind(after).bind(limit).fetch_all(conn).await?
        }))
    }

    /// How many samples match the filter.
    pub async fn count_samples(&self, project: ProjectId, filter: &SampleFilter) -> Result<i64, StoreError> {
        let words = self.wanted_words(filter);
        Ok(on_read!(self, conn => bound!(sqlx::query_scalar(COUNT), project, filter, words).fetch_one(conn).await?))
    }

    /// The ids of all samples that match the filter, ascending.
    pub async fn sample_ids(&self, project: ProjectId, filter: &SampleFilter) -> Result<Vec<SampleId>, StoreError> {
        let words = self.wanted_words(filter);
        Ok(on_read!(self, conn => bound!(sqlx::query_scalar(IDS), project, filter, words).fetch_all(conn).await?))
    }

    /// The names of those who gave the current answers.
    pub async fn annotators(&self, project: ProjectId) -> Result<Vec<String>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_scalar(ANNOTATORS).bind(project).fetch_all(conn).await?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_is_looked_for_as_it_is_stored() {
        let pattern = |text: &str| {
            SampleFilter { metadata: Some(text.to_owned()), ..SampleFilter::default() }.metadata_pattern().unwrap()
        };
        assert_eq!(pattern("North"), "%north%");
        assert_eq!(pattern("site = North"), r#"%"site":"north%"#);
        assert_eq!(pattern("50%_!"), "%50!%!_!!%");
        assert_eq!(pattern("Straße"), "%strasse%");
        assert_eq!(pattern(r#"say "x""#), r#"%say \"x\"%"#);
    }
}
