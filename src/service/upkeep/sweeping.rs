//! Removing leftovers: uploads whose import is over, and files half written when a process died.
//!
//! **Invariant:** nothing younger than [`OLD`] is removed, so that files another process is writing are left alone; an
//! upload stays as long as a job or a trial may read it.

use std::path::Path;
use std::time::{Duration, UNIX_EPOCH};

use crate::blobs::Blobs;
use crate::data::DataDir;
use crate::domain::Timestamp;
use crate::service::{App, ServiceError};

/// Sending or writing a file never takes longer.
pub const OLD: Duration = Duration::from_hours(24);

/// Remove leftovers; returns their number.
pub async fn sweep(app: &App) -> Result<usize, ServiceError> {
    let wanted = app.store.payloads_of_uploads().await?;
    let (data, blobs, now) = (app.data.clone(), app.blobs.clone(), app.clock.now());
    Ok(app.cpu.blocking(move || sweep_uploads(&data, &wanted, now) + sweep_half_written(&blobs, now)).await?)
}

fn sweep_uploads(data: &DataDir, wanted: &[String], now: Timestamp) -> usize {
    let leftovers = entries(&data.uploads()).filter(|entry| {
        let name = entry.file_name();
        let name = name.to_string_lossy();
        is_old(entry, now) && !wanted.iter().any(|payload| payload.contains(&*name))
    });
    leftovers.filter(|entry| removed(&entry.path())).count()
}

fn sweep_half_written(blobs: &Blobs, now: Timestamp) -> usize {
    blobs.half_written().filter(|file| is_old(file, now) && removed(&file.path())).count()
}

fn entries(folder: &Path) -> impl Iterator<Item = std::fs::DirEntry> + use<> {
    std::fs::read_dir(folder).into_iter().flatten().flatten()
}

fn is_old(entry: &std::fs::DirEntry, now: Timestamp) -> bool {
    let changed = entry.metadata().and_then(|about| about.modified()).ok();
    let changed = changed.and_then(|changed| changed.duration_since(UNIX_EPOCH).ok());
    changed.is_some_and(|changed| now.seconds_since(Timestamp(changed.as_micros() as i64)) > OLD.as_secs_f64())
}

fn removed(path: &Path) -> bool {
    let gone = if path.is_dir() { std::fs::remove_dir_all(path) } else { std::fs::remove_file(path) };
    if let Err(error) = &gone {
        tracing::warn!(error = error as &dyn std::error::Error, "a leftover could not be removed");
    }
    gone.is_ok()
}
