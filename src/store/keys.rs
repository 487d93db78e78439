//! The keys people have chosen for the classes of a project.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::{AccountId, ClassId, ProjectId};

const OWN_KEYS: &str = "select class_id, key from desk_key where project_id = $1 and account_id = $2 order by class_id";
const DELETE_KEYS: &str = "delete from desk_key where project_id = $1 and account_id = $2";
const INSERT_KEY: &str = "insert into desk_key (project_id, account_id, class_id, key) values ($1, $2, $3, $4)";

pub(super) const STATEMENTS: &[&str] = &[OWN_KEYS, DELETE_KEYS, INSERT_KEY];

impl Store {
    /// The keys a person has chosen; classes that are not listed have the key of their position.
    pub async fn own_keys(&self, project: ProjectId, account: AccountId) -> Result<Vec<(ClassId, String)>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OWN_KEYS).bind(project).bind(account).fetch_all(conn).await?))
    }

    /// Replace all keys that the person had chosen.
    pub async fn save_keys(
        &self,
        project: ProjectId,
        account: AccountId,
        keys: &[(ClassId, String)],
    ) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(DELETE_KEYS).bind(project).bind(account).execute(&mut *tx).await?;
            for (class, key) in keys {
                sqlx::query(INSERT_KEY).bind(project).bind(account).bind(class).bind(key).execute(&mut *tx).await?;
            }
        });
        Ok(())
    }
}
