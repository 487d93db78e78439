//! The clock's part of the retrain rule, and the sweeping of old job rows.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::App;
use crate::service::rounds::training;

/// How often the time rule is looked at. Its unit is a minute, so this is often enough.
const EVERY: Duration = Duration::from_secs(10);
/// Finished round jobs are kept for a day; the rounds themselves stay.
const KEPT_SECONDS: i64 = 24 * 3600;

pub(super) async fn watch(app: App, stop: CancellationToken) {
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            () = tokio::time::sleep(EVERY) => {}
        }
        if let Err(error) = training::request_by_time(&app).await {
            tracing::error!(error = crate::causes::line(&error), "the time rule could not be evaluated");
        }
        if let Err(error) = app.store.prune_jobs(app.clock.now().plus_seconds(-KEPT_SECONDS)).await {
            tracing::warn!(error = crate::causes::line(&error), "old jobs could not be removed");
        }
    }
}
