//! Database and data folder belong together: both hold one id, made when they are first opened together.

use std::path::PathBuf;

use crate::service::App;
use crate::store::StoreError;

/// Why database and folder cannot be used together.
#[derive(Debug, thiserror::Error)]
pub enum FolderError {
    #[error(
        "the data folder `{}` belongs to another database (the folder has id {folder}, the database {database}); give the \
         folder that the database was used with, with --data, or the other database, with --database", path.display()
    )]
    Foreign { path: PathBuf, folder: String, database: String },
    #[error(
        "the database has been used with another data folder (id {database}), and `{}` is not one it knows; give that folder \
         with --data. If it is lost, write the id into `querist.id` in this one: files and models will be missing",
        path.display()
    )]
    Unknown { path: PathBuf, database: String },
    #[error("the data folder `{}` was moved or removed while the server is running; put it back, or restart the server", .0.display())]
    Moved(PathBuf),
    #[error("the data folder `{}` cannot be used", path.display())]
    Io { path: PathBuf, source: std::io::Error },
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Make sure that database and folder belong together; two that were never used before are joined.
///
/// With `inside`, the database is in the folder itself, so a folder without an id belongs to it: a restored one has
/// none.
///
/// # Errors
/// [`FolderError::Foreign`] and [`FolderError::Unknown`] when they do not.
pub async fn join(app: &App, inside: bool) -> Result<(), FolderError> {
    let path = || app.data.root().to_owned();
    let io = |source| FolderError::Io { path: path(), source };
    let (folder, database) = (app.data.identity().map_err(io)?, app.store.identity().await?);
    match (folder, database) {
        (Some(folder), Some(database)) if folder == database => Ok(()),
        (Some(folder), Some(database)) => Err(FolderError::Foreign { path: path(), folder, database }),
        (None, Some(database)) if !inside => Err(FolderError::Unknown { path: path(), database }),
        (None, Some(database)) => app.data.adopt(&database).map_err(io),
        (folder, None) => {
            let id = folder.clone().unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
            let id = app.store.adopt(&id).await?;
            if folder.as_ref() == Some(&id) { Ok(()) } else { app.data.adopt(&id).map_err(io) }
        }
    }
}

/// Check that the folder still exists and still belongs to the database.
///
/// # Errors
/// [`FolderError::Moved`] when not.
pub async fn check(app: &App) -> Result<(), FolderError> {
    let folder = app.data.identity().unwrap_or_default();
    if folder == app.store.identity().await? { Ok(()) } else { Err(FolderError::Moved(app.data.root().to_owned())) }
}
