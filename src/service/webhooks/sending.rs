//! Sending what webhooks are told, again and again until it arrives.

use tokio::task::JoinSet;

use crate::causes;
use crate::domain::Timestamp;
use crate::domain::event::DeliveryState;
use crate::post::{Message, Post, PostError};
use crate::service::App;
use crate::store::StoreError;
use crate::store::webhooks::{Attempt, Delivery, Webhook};

/// Seconds after which a message is tried again: three days in all, as Standard Webhooks proposes.
const WAITS: [i64; 9] = [5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
/// An attempt that nobody settled, since the server stopped, is taken again after so many seconds.
const CLAIM_SECONDS: i64 = 60;
/// Messages sent at a time.
const AT_ONCE: i64 = 8;
/// Settled messages are kept for so long.
const KEPT_SECONDS: i64 = 30 * 24 * 3600;

/// Send every message whose time has come; returns how many were tried.
pub async fn send_due(app: &App, post: &Post) -> Result<usize, StoreError> {
    let due = app.store.due_deliveries(app.clock.now(), AT_ONCE).await?;
    let mut sending = JoinSet::new();
    for delivery in due {
        if !app.store.claim_delivery(&delivery, app.clock.now().plus_seconds(CLAIM_SECONDS)).await? {
            continue;
        }
        let Some(webhook) = app.store.webhook_of(delivery.webhook_id).await? else { continue };
        let (app, post) = (app.clone(), post.clone());
        sending.spawn(async move { send(&app, &post, &webhook, &delivery).await });
    }
    let mut tried = 0;
    while let Some(sent) = sending.join_next().await {
        tried += 1;
        if let Ok(Err(error)) = sent {
            tracing::warn!(
                error = causes::line(&error),
                "a message to a webhook could not be settled; it is sent again"
            );
        }
    }
    Ok(tried)
}

/// Forget messages that were settled long ago.
pub async fn prune(app: &App) -> Result<(), StoreError> {
    app.store.prune_deliveries(app.clock.now().plus_seconds(-KEPT_SECONDS)).await
}

async fn send(app: &App, post: &Post, webhook: &Webhook, delivery: &Delivery) -> Result<(), StoreError> {
    let at = app.clock.now();
    let (post, url, secret) = (post.clone(), webhook.url.clone(), webhook.secret.clone());
    let (id, body) = (delivery.message.clone(), delivery.body.clone());
    let sent =
        app.cpu.blocking(move || post.send(&url, &secret, Message { id: &id, at: at.0 / 1_000_000, body: &body }));
    let sent = sent.await.unwrap_or_else(|error| Err(PostError::Unreachable(error.to_string())));
    let attempt = settled(sent, delivery.attempts, app.clock.now());
    if attempt.status == Some(410) {
        // Standard Webhooks: the receiver wants no more.
        app.store.pause_webhook(webhook.project_id, webhook.id, Some(app.clock.now())).await?;
    }
    app.store.settle_delivery(delivery.id, &attempt, app.clock.now()).await
}

/// What follows from an attempt after `before` others.
fn settled(sent: Result<u16, PostError>, before: i64, now: Timestamp) -> Attempt {
    let (status, problem) = match sent {
        Ok(status @ 200..300) => {
            return Attempt { state: DeliveryState::Delivered, status: Some(status), problem: String::new(), due: now };
        }
        Ok(status) => (Some(status), format!("it answered {status}")),
        Err(error) => (None, error.to_string()),
    };
    let wait = usize::try_from(before).ok().and_then(|before| WAITS.get(before)).filter(|_| status != Some(410));
    match wait {
        Some(seconds) => Attempt { state: DeliveryState::Waiting, status, problem, due: now.plus_seconds(*seconds) },
        None => Attempt { state: DeliveryState::Failed, status, problem, due: now },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_tried_for_three_days_and_a_receiver_that_is_gone_not_again() {
        let now = Timestamp(0);
        let fail = |before| settled(Ok(503), before, now);
        let waits: Vec<_> = (0..9).map(|before| fail(before).due.seconds_since(now)).collect();
        assert_eq!(waits.iter().sum::<f64>(), 272_105.0);
        assert_eq!((fail(8).state, fail(9).state), (DeliveryState::Waiting, DeliveryState::Failed));
        assert_eq!(settled(Ok(410), 0, now).state, DeliveryState::Failed);
        assert_eq!(settled(Ok(204), 3, now).state, DeliveryState::Delivered);
        let unreachable = settled(Err(PostError::Unreachable("refused".to_owned())), 0, now);
        assert_eq!((unreachable.state, unreachable.status), (DeliveryState::Waiting, None));
    }
}
