//! Backups that the server takes by itself: by a schedule, or when an admin asks for one.
//!
//! **Invariant:** one is taken at a time; an old one goes only after a newer one is whole, and only files with a name as given here.

use std::path::PathBuf;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::causes;
use crate::domain::Timestamp;
use crate::progress::Progress;
use crate::service::exchange::backup::{BackupError, backup};
use crate::service::{App, ServiceError};
use crate::store::Store;

/// The folder in the data folder that holds them, unless another one is given.
const FOLDER: &str = "backups";
/// What their names begin and end with; between is the time in UTC.
const NAME: (&str, &str) = ("querist-", ".tar");
/// How often it is looked whether one is due, and how long after a failure it is tried again.
const LOOK: Duration = Duration::from_secs(30);
const AGAIN_SECONDS: i64 = 3600;

/// When backups are taken by themselves, and where all of them are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupPlan {
    /// `None`: in the data folder.
    pub folder: Option<PathBuf>,
    /// Hours between two; `None`: only when somebody asks.
    pub hours: Option<u32>,
    /// How many are kept.
    pub kept: usize,
}

impl Default for BackupPlan {
    fn default() -> Self {
        Self { folder: None, hours: None, kept: 7 }
    }
}

/// What the server knows of its backups.
#[derive(Default)]
pub struct Backups {
    plan: OnceLock<BackupPlan>,
    state: Mutex<BackupState>,
}

/// Whether one is being taken, and how the last one failed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupState {
    pub running: bool,
    /// When the last one failed, and why; `None` once one has succeeded since.
    pub failed: Option<(Timestamp, String)>,
    /// What the newest one lacks: files that are damaged or missing.
    pub faults: usize,
}

/// A backup on the disk.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct BackupFile {
    pub name: String,
    pub bytes: u64,
    /// When it was begun.
    pub made_us: Timestamp,
}

impl Backups {
    /// Set the plan; once, before the server starts.
    pub fn set(&self, plan: BackupPlan) {
        let _ = self.plan.set(plan);
    }

    pub fn plan(&self) -> BackupPlan {
        self.plan.get().cloned().unwrap_or_default()
    }

    pub fn state(&self) -> BackupState {
        self.lock().clone()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BackupState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Where they are.
pub fn folder(app: &App) -> PathBuf {
    app.backups.plan().folder.unwrap_or_else(|| app.data.root().join(FOLDER))
}

/// The name of one that is begun now, such as `querist-20261121T093000Z.tar`.
fn name(at: Timestamp) -> String {
    let time: String = at.rfc3339().chars().filter(|c| !['-', ':'].contains(c)).collect();
    format!("{}{time}{}", NAME.0, NAME.1)
}

/// The time in a name; `None` where it is none of ours.
fn time_of(name: &str) -> Option<Timestamp> {
    let time = name.strip_prefix(NAME.0)?.strip_suffix(NAME.1)?;
    let digits = |range: std::ops::Range<usize>| time.get(range)?.parse::<i64>().ok();
    let day = format!("{}-{}-{}", time.get(0..4)?, time.get(4..6)?, time.get(6..8)?);
    let (hour, minute, second) = (digits(9..11)?, digits(11..13)?, digits(13..15)?);
    let right = time.len() == 16 && time.get(8..9) == Some("T") && time.ends_with('Z');
    right.then(|| Timestamp::of_day(&day)).flatten().map(|at| at.plus_seconds(hour * 3600 + minute * 60 + second))
}

/// The backups that there are, newest first.
///
/// # Errors
/// When the folder cannot be read; one that is not there yet holds none.
pub fn list(app: &App) -> Result<Vec<BackupFile>, ServiceError> {
    let entries = match std::fs::read_dir(folder(app)) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(made_us) = time_of(&name) else { continue };
        found.push(BackupFile { bytes: entry.metadata()?.len(), name, made_us });
    }
    found.sort_by(|a, b| b.name.cmp(&a.name));
    Ok(found)
}

/// Take one in the background. Nothing happens where one is being taken.
///
/// # Errors
/// With `PostgreSQL`, whose own tools make backups.
pub fn ask(app: &App) -> Result<(), ServiceError> {
    refuse_postgres(app)?;
    let app = app.clone();
    tokio::spawn(async move { take(&app, &Progress::silent()).await });
    Ok(())
}

/// Refuse what only works with `SQLite`.
///
/// # Errors
/// With `PostgreSQL`.
pub fn refuse_postgres(app: &App) -> Result<(), ServiceError> {
    match app.store {
        Store::Postgres(_) => Err(ServiceError::Invalid(BackupError::Postgres(app.data.root().to_owned()).to_string())),
        Store::Sqlite { .. } => Ok(()),
    }
}

/// Take one, and remove those that are too many; what becomes of it is kept in the state.
pub async fn take(app: &App, progress: &Progress) {
    {
        let mut state = app.backups.lock();
        if state.running {
            return;
        }
        state.running = true;
    }
    let now = app.clock.now();
    let done = write(app, now, progress).await;
    let mut state = app.backups.lock();
    state.running = false;
    match done {
        Ok(faults) => {
            (state.failed, state.faults) = (None, faults);
            tracing::info!(faults, "a backup was taken");
        }
        Err(error) => {
            let error = causes::line(&error);
            tracing::error!(error, "a backup could not be taken");
            state.failed = Some((now, error));
        }
    }
}

/// How many files the backup lacks.
async fn write(app: &App, now: Timestamp, progress: &Progress) -> Result<usize, BackupError> {
    let folder = folder(app);
    let at = |source| BackupError::File { path: folder.clone(), source };
    std::fs::create_dir_all(&folder).map_err(at)?;
    let report = backup(app, &folder.join(name(now)), progress).await?;
    let kept = app.backups.plan().kept.max(1);
    for old in list(app).unwrap_or_default().into_iter().skip(kept) {
        let path = folder.join(&old.name);
        std::fs::remove_file(&path).map_err(|source| BackupError::File { path, source })?;
    }
    Ok(report.faults.len())
}

/// When the next one is due, by the newest there is and the last failure; `None` without a schedule.
pub fn due(app: &App) -> Option<Timestamp> {
    let hours = app.backups.plan().hours?;
    let newest = list(app).ok()?.first().map(|newest| newest.made_us);
    let next = newest.map_or(app.clock.now(), |made| made.plus_seconds(i64::from(hours) * 3600));
    let again = app.backups.state().failed.map(|(at, _)| at.plus_seconds(AGAIN_SECONDS));
    Some(again.map_or(next, |again| again.max(next)))
}

/// Take backups as they become due, until `stop`.
pub async fn keep(app: App, stop: CancellationToken) {
    if app.backups.plan().hours.is_none() {
        return;
    }
    let progress = Progress::silent();
    loop {
        if due(&app).is_some_and(|due| due <= app.clock.now()) {
            tokio::select! {
                () = take(&app, &progress) => {}
                () = stop.cancelled() => progress.stop(),
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            () = stop.cancelled() => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_time_and_other_files_are_none_of_ours() {
        let at = Timestamp(Timestamp::of_day("2026-11-21").unwrap().0 + 34_200_000_000);
        assert_eq!(name(at), "querist-20261121T093000Z.tar");
        assert_eq!(time_of(&name(at)), Some(at));
        for other in [
            "querist-20261121.tar",
            "backup.tar",
            "querist-20261121T093000Z.tar.part",
            "querist-2026112_T093000Z.tar",
            "querist-é20261121T09300Z.tar",
        ] {
            assert_eq!(time_of(other), None, "{other}");
        }
    }
}
