//! Sends what webhooks are told.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::causes;
use crate::post::{Post, Reach};
use crate::service::App;
use crate::service::webhooks::sending;

/// How often messages are looked for: other processes add some too.
const NAP: Duration = Duration::from_secs(2);
/// How often old messages are forgotten, in naps.
const PRUNED_EVERY: u32 = 1800;

pub(super) async fn walk(app: App, reach: Reach, stop: CancellationToken) {
    let post = Post::new(reach);
    let mut naps = 0;
    let mut troubled = false;
    while !stop.is_cancelled() {
        let posted = app.posted.notified();
        match sending::send_due(&app, &post).await {
            Ok(0) => troubled = false,
            // There may be more.
            Ok(_) => continue,
            Err(error) => {
                // Once per outage, however long it lasts.
                if !troubled {
                    tracing::error!(error = causes::line(&error), "messages to webhooks cannot be read");
                }
                troubled = true;
            }
        }
        if naps % PRUNED_EVERY == 0
            && let Err(error) = sending::prune(&app).await
        {
            tracing::warn!(error = causes::line(&error), "old messages to webhooks could not be removed");
        }
        naps += 1;
        tokio::select! {
            () = stop.cancelled() => break,
            () = posted => {}
            () = tokio::time::sleep(NAP) => {}
        }
    }
}
