//! Projects: the rows that say what is asked about which pool.

use super::{Store, StoreError, on_read};
use crate::domain::Project;

const PROJECT_BY_SLUG: &str = "
  select id, slug, name, task, modality, seed, strategy, encoder_id, audit_share, retrain_labels, retrain_minutes,
         show_opinion, guidelines, created_us, archived_us
  from project where slug = $1";

/// Every statement of this file, for the test that prepares them on both engines.
pub const STATEMENTS: &[&str] = &[PROJECT_BY_SLUG];

impl Store {
    pub async fn project_by_slug(&self, slug: &str) -> Result<Option<Project>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(PROJECT_BY_SLUG).bind(slug).fetch_optional(conn).await?))
    }
}
