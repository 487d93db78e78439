//! Rows of a table without their file: their content may still be a sample, found by hash or by name.

use super::ServiceError;
use crate::dataset::Found;
use crate::domain::Project;
use crate::service::App;

/// The content that `found` names but whose file is missing, for `reason`; otherwise why it is refused.
pub(super) async fn content_of(
    app: &App,
    project: &Project,
    found: &Found,
    reason: &str,
) -> Result<Result<String, String>, ServiceError> {
    if let Some(hash) = &found.sha256 {
        let known = app.store.known_contents(project.id, std::slice::from_ref(hash)).await?;
        return Ok(if known.iter().any(Option::is_some) {
            Ok(hash.clone())
        } else {
            Err(format!("{reason}, and no sample has its sha256"))
        });
    }
    let called = app.store.contents_called(project.id, &found.name).await?;
    Ok(match <[String; 1]>::try_from(called) {
        Ok([hash]) => Ok(hash),
        Err(called) if called.is_empty() => Err(format!("{reason}, and no sample has this name")),
        Err(_) => Err(format!("{reason}, and several samples have this name; add a column `sha256`")),
    })
}
