//! Files sent by a browser or a program, kept in their own folder until their import has run.
//!
//! **Invariant:** a sent name never decides where a file is stored; only its last part is kept, and only inside that
//! folder.

use std::path::{Path, PathBuf};

use crate::dataset::{self, ColumnCorrections};
use crate::domain::{AccountId, JobId, Project, job};
use crate::service::exchange::importing::{self, ImportOptions, Upload};
use crate::service::{App, ServiceError};

/// A folder that is being filled. Dropped before its import was asked for, it is removed again.
pub struct Landing {
    folder: PathBuf,
    files: Vec<PathBuf>,
    kept: bool,
}

impl Landing {
    /// A new folder among the uploads.
    pub fn new(app: &App) -> Result<Self, ServiceError> {
        let folder = app.data.uploads().join(uuid::Uuid::new_v4().to_string());
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, files: Vec::new(), kept: false })
    }

    /// Where a file that was sent as `name` is to be written.
    pub fn place(&mut self, name: &str) -> Result<PathBuf, ServiceError> {
        // Browsers encode a quote this way, since the name is sent between quotes.
        let name = name.replace("%22", "\"");
        let last = name.rsplit(['/', '\\']).next().unwrap_or_default().trim();
        if last.is_empty() || last == "." || last == ".." || last.len() > 200 || last.chars().any(char::is_control) {
            return Err(ServiceError::Invalid(format!("file name `{name}` cannot be kept; rename the file")));
        }
        let path = self.folder.join(last);
        if self.files.contains(&path) {
            return Err(ServiceError::Invalid(format!("two files are called `{last}`; send them in an archive")));
        }
        self.files.push(path.clone());
        Ok(path)
    }

    /// The folder and its files, which stay from here on.
    pub(in crate::service) fn keep(mut self) -> (PathBuf, Vec<PathBuf>) {
        self.kept = true;
        (self.folder.clone(), std::mem::take(&mut self.files))
    }

    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// The upload's name for people.
    fn called(&self) -> String {
        match self.files.as_slice() {
            [one] => dataset::file_name(one),
            files => format!("{} files", files.len()),
        }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        if !self.kept {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// How an upload is to be imported.
#[derive(Debug, Clone, Default)]
pub struct UploadWishes {
    /// Empty, `folder`, or `column:NAME`.
    pub labels: String,
    /// Whether labels from earlier imports are replaced.
    pub relabel: bool,
    /// Who says so, see [`ImportOptions::named`](importing::ImportOptions::named).
    pub named: String,
    /// Whether its labels are predictions.
    pub predicts: bool,
    /// The column that holds the samples, see [`ImportOptions::content`](importing::ImportOptions::content); empty: not told.
    pub content: String,
    /// What columns of rows are, as [`ColumnCorrections::read`] takes it.
    pub columns: String,
    /// Whether it is only looked at.
    pub dry_run: bool,
}

/// Ask for the import of an upload.
pub async fn request(
    app: &App,
    project: &Project,
    account: AccountId,
    mut landing: Landing,
    wishes: UploadWishes,
) -> Result<JobId, ServiceError> {
    let job = request_folder(app, project, account, &landing.folder, landing.called(), wishes).await?;
    landing.kept = true;
    Ok(job)
}

/// Ask for the import of what lies in `folder`, shown to people as `called`.
pub(super) async fn request_folder(
    app: &App,
    project: &Project,
    account: AccountId,
    folder: &Path,
    called: String,
    wishes: UploadWishes,
) -> Result<JobId, ServiceError> {
    let UploadWishes { labels, relabel, named, predicts, content, columns, dry_run } = wishes;
    let labels = importing::chosen_labels(&labels)?;
    let options = ImportOptions {
        relabel,
        named: named.trim().to_owned(),
        predicts,
        dry_run,
        content: Some(content.trim().to_owned()).filter(|column| !column.is_empty()),
        columns: ColumnCorrections::read(&columns)?,
        ..ImportOptions::new(labels, account)
    };
    options.check()?;
    let ImportOptions { labels, named, content, columns, .. } = options;
    // Relative, so that it is found again where the data folder was moved or copied.
    let file = folder.strip_prefix(app.data.root()).unwrap_or(folder).to_owned();
    let upload = Upload { file, labels, account, relabel, called, named, predicts, content, columns, dry_run };
    let payload = serde_json::to_string(&upload).map_err(std::io::Error::other)?;
    let job = app.store.request_job(project.id, &job::IMPORT, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn landing() -> Landing {
        Landing { folder: PathBuf::from("/nowhere/x"), files: Vec::new(), kept: true }
    }

    #[test]
    fn a_sent_path_never_leaves_its_folder() {
        let mut landing = landing();
        for (sent, kept) in [
            ("../../etc/passwd", "passwd"),
            ("C:\\pictures\\a.png", "a.png"),
            ("/b.png", "b.png"),
            ("a %22b%22.png", "a \"b\".png"),
        ] {
            assert_eq!(landing.place(sent).unwrap(), PathBuf::from("/nowhere/x").join(kept));
        }
        for bad in ["..", "a/..", "", "x/", "a\nb"] {
            assert!(landing.place(bad).is_err(), "{bad:?}");
        }
    }
}
