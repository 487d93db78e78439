//! Uploads in parts: a file is sent piece by piece, each behind what is there, so that it goes on after a reload, a lost
//! connection or a restart.
//!
//! **Invariant:** how far a file is, is how long it is on disk, and nowhere else. A file that is not whole has another name. A sent
//! name never leads out of the upload's folder; an upload that nobody adds to for a day is removed with the other leftovers.

use std::io::{Seek as _, Write as _};
use std::path::{Path, PathBuf};

use crate::dataset::name;
use crate::domain::{AccountId, JobId, Project};
use crate::service::exchange::uploads::{self, UploadWishes};
use crate::service::{App, ServiceError};

/// Behind the name of a file that is not whole.
const UNFINISHED: &str = ".querist-part";
/// Bytes that one file may have.
pub const MOST_BYTES: u64 = 512 << 30;
/// Bytes of a file's name, with its folders.
const MOST_NAME: usize = 1000;

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct SentSoFar {
    /// Bytes that are there: the next part begins here.
    pub offset: u64,
    /// Whether all of it is there.
    pub whole: bool,
}

/// Begin an upload; returns its id.
///
/// # Errors
/// When its folder cannot be made.
pub fn begin(app: &App, project: &Project) -> Result<String, ServiceError> {
    let id = format!("{}-{}", project.id, uuid::Uuid::new_v4());
    std::fs::create_dir_all(app.data.uploads().join(&id))?;
    Ok(id)
}

/// The folder of an upload of this project.
fn folder(app: &App, project: &Project, id: &str) -> Result<PathBuf, ServiceError> {
    let known = id.strip_prefix(&format!("{}-", project.id)).and_then(|rest| uuid::Uuid::try_parse(rest).ok());
    let known = known.filter(|uuid| id == format!("{}-{uuid}", project.id));
    let folder = app.data.uploads().join(id);
    if known.is_some() && folder.is_dir() { Ok(folder) } else { Err(ServiceError::not_found("upload", id)) }
}

/// Where a file that is sent as `sent` lies in `folder` when it is whole.
fn place(folder: &Path, sent: &str) -> Result<PathBuf, ServiceError> {
    let cannot =
        |why: &str| ServiceError::Invalid(format!("file name `{}` cannot be kept: {why}", sent.escape_debug()));
    let own = name::safe(sent).map_err(cannot)?;
    if own.len() > MOST_NAME || own.split('/').any(|part| part.len() > 200) {
        return Err(cannot("it is too long; shorten it"));
    }
    if own.chars().any(char::is_control) || own.ends_with(UNFINISHED) {
        return Err(cannot("rename the file"));
    }
    Ok(own.split('/').fold(folder.to_owned(), |path, part| path.join(part)))
}

fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(UNFINISHED);
    PathBuf::from(name)
}

fn so_far(path: &Path) -> SentSoFar {
    let size = |path: &Path| std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file).map(|about| about.len());
    match size(path) {
        Some(offset) => SentSoFar { offset, whole: true },
        None => SentSoFar { offset: size(&unfinished(path)).unwrap_or(0), whole: false },
    }
}

/// How far a file of an upload is.
///
/// # Errors
/// When there is no such upload, or the name cannot be kept.
pub async fn state(app: &App, project: &Project, id: &str, sent: &str) -> Result<SentSoFar, ServiceError> {
    let path = place(&folder(app, project, id)?, sent)?;
    Ok(app.cpu.blocking(move || so_far(&path)).await?)
}

/// A file that is being added to; nobody else can add to it as long as it is open.
pub struct OpenPart {
    file: std::fs::File,
    path: PathBuf,
    folder: PathBuf,
    at: u64,
    total: u64,
}

/// Open a file of an upload to add what follows the first `offset` of its `total` bytes; `None` where it is not that far, or whole
/// already, or somebody else adds to it: see [`state`].
///
/// # Errors
/// When there is no such upload, the name cannot be kept, or the disk refuses.
pub async fn open(
    app: &App,
    project: &Project,
    id: &str,
    sent: &str,
    offset: u64,
    total: u64,
) -> Result<Option<OpenPart>, ServiceError> {
    if total > MOST_BYTES || offset > total {
        return Err(ServiceError::Invalid(format!("a file has at most {MOST_BYTES} bytes; send it in several")));
    }
    let folder = folder(app, project, id)?;
    let path = place(&folder, sent)?;
    app.cpu
        .blocking(move || {
            if so_far(&path).whole {
                return Ok(None);
            }
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let part = unfinished(&path);
            let mut file = std::fs::File::options().write(true).create(true).truncate(false).open(&part)?;
            if file.try_lock().is_err() || file.metadata()?.len() != offset {
                return Ok(None);
            }
            file.seek(std::io::SeekFrom::End(0))?;
            Ok(Some(OpenPart { file, path, folder, at: offset, total }))
        })
        .await?
}

impl OpenPart {
    /// Add bytes. What was added stays, also if the rest never comes.
    ///
    /// # Errors
    /// When there are more than there should be, or the disk refuses.
    pub async fn add(mut self, app: &App, bytes: bytes::Bytes) -> Result<Self, ServiceError> {
        if self.at + bytes.len() as u64 > self.total {
            return Err(ServiceError::Invalid(format!(
                "there are more than the {} bytes that were announced",
                self.total
            )));
        }
        app.cpu
            .blocking(move || {
                self.file.write_all(&bytes)?;
                self.at += bytes.len() as u64;
                Ok(self)
            })
            .await?
    }

    /// End the part; a file that is whole gets its name.
    ///
    /// # Errors
    /// When the disk refuses.
    pub async fn end(self, app: &App) -> Result<SentSoFar, ServiceError> {
        let now = std::time::UNIX_EPOCH + std::time::Duration::from_micros(app.clock.now().0.unsigned_abs());
        app.cpu
            .blocking(move || {
                self.file.sync_data()?;
                let whole = self.at == self.total;
                if whole {
                    std::fs::rename(unfinished(&self.path), &self.path)?;
                }
                // Leftovers are found by the folder's age, which parts below it do not change.
                if let Ok(folder) = std::fs::File::open(&self.folder) {
                    let _ = folder.set_modified(now);
                }
                Ok(SentSoFar { offset: self.at, whole })
            })
            .await?
    }
}

/// Ask for the import of an upload whose files are whole.
///
/// # Errors
/// When there is no such upload, nothing in it, or a file that is not whole.
pub async fn finish(
    app: &App,
    project: &Project,
    account: AccountId,
    id: &str,
    wishes: UploadWishes,
) -> Result<JobId, ServiceError> {
    let folder = folder(app, project, id)?;
    let looked = folder.clone();
    let names = app.cpu.blocking(move || files_in(&looked)).await??;
    if let Some(part) = names.iter().find(|name| name.ends_with(UNFINISHED)) {
        let name = part.strip_suffix(UNFINISHED).unwrap_or(part);
        return Err(ServiceError::Conflict(format!("file `{name}` is not whole yet; send the rest of it first")));
    }
    let called = match names.as_slice() {
        [] => return Err(ServiceError::Invalid("no file was sent; send files, an archive or a table".to_owned())),
        [one] => one.rsplit('/').next().unwrap_or(one).to_owned(),
        many => format!("{} files", many.len()),
    };
    uploads::request_folder(app, project, account, &folder, called, wishes).await
}

/// The files of an upload, by their names in it.
fn files_in(folder: &Path) -> std::io::Result<Vec<String>> {
    let (mut names, mut folders) = (Vec::new(), vec![(folder.to_owned(), String::new())]);
    while let Some((path, prefix)) = folders.pop() {
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let own = format!("{prefix}{}", entry.file_name().to_string_lossy());
            if entry.file_type()?.is_dir() {
                folders.push((entry.path(), format!("{own}/")));
            } else {
                names.push(own);
            }
        }
    }
    names.sort();
    Ok(names)
}

/// Remove an upload that is not to be imported.
///
/// # Errors
/// When there is no such upload, its import was asked for, or it cannot be removed.
pub async fn abandon(app: &App, project: &Project, id: &str) -> Result<(), ServiceError> {
    let folder = folder(app, project, id)?;
    if app.store.payloads_of_uploads().await?.iter().any(|payload| payload.contains(id)) {
        return Err(ServiceError::Conflict("these files are being imported; cancel the import instead".to_owned()));
    }
    app.cpu.blocking(move || std::fs::remove_dir_all(folder)).await??;
    Ok(())
}
