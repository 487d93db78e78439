//! Archiving samples, and bringing them back.
//!
//! **Invariant:** nothing trains on an archived sample, asks it, counts it or exports it; its file, its embeddings and its answers are
//! there until it is removed.

use super::KEPT_SECONDS;
use crate::domain::{AccountId, Project, SampleId, Timestamp};
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::archive::PuttingAway;

/// Samples of one request.
pub const MOST: usize = 1000;
/// Samples of one transaction: few enough that an answer hardly waits.
const BATCH: usize = 100;

/// What became of samples that were to be archived or brought back.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PutAway {
    pub done: i64,
    /// Those that stay as they were: they are with somebody, gone, or there already.
    pub left: i64,
}

/// Archive samples. `by` is who asks, `None` for a command.
///
/// # Errors
/// Unless 1 to [`MOST`] samples are named.
pub async fn archive(
    app: &App,
    project: &Project,
    by: Option<AccountId>,
    samples: &[SampleId],
) -> Result<PutAway, ServiceError> {
    let samples = checked(samples)?;
    let mut put = PutAway::default();
    let mut last = Timestamp(0);
    for batch in samples.chunks(BATCH) {
        // Each batch is told by its time.
        last = Timestamp(app.clock.now().0.max(last.0 + 1));
        let leaves = last.plus_seconds(KEPT_SECONDS);
        let what = PuttingAway { project: project.id, account: by, now: last, leaves };
        put.done += app.store.put_samples_away(what, batch).await?;
    }
    put.left = samples.len() as i64 - put.done;
    settle(app, project, put.done, "samples archived").await?;
    Ok(put)
}

/// Bring archived samples back as they were.
///
/// # Errors
/// Unless 1 to [`MOST`] samples are named.
pub async fn restore(app: &App, project: &Project, samples: &[SampleId]) -> Result<PutAway, ServiceError> {
    let samples = checked(samples)?;
    let mut put = PutAway::default();
    let mut last = Timestamp(0);
    for batch in samples.chunks(BATCH) {
        last = Timestamp(app.clock.now().0.max(last.0 + 1));
        put.done += app.store.bring_samples_back(project.id, batch, last).await?;
    }
    put.left = samples.len() as i64 - put.done;
    settle(app, project, put.done, "samples restored").await?;
    Ok(put)
}

/// Each of the samples once.
fn checked(samples: &[SampleId]) -> Result<Vec<SampleId>, ServiceError> {
    if !(1..=MOST).contains(&samples.len()) {
        return Err(ServiceError::Invalid(format!("{} samples are named; name 1 to {MOST}", samples.len())));
    }
    let mut once = samples.to_vec();
    once.sort_unstable();
    once.dedup();
    Ok(once)
}

/// Let everybody see what changed, and rank anew.
async fn settle(app: &App, project: &Project, n: i64, cause: &str) -> Result<(), ServiceError> {
    if n > 0 {
        app.changed(project.id, Changed::Settings);
        app.changed(project.id, Changed::Samples);
        training::request(app, project.id, cause).await?;
    }
    Ok(())
}
