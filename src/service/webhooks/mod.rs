//! Webhooks: addresses that are told what happens in a project.
//!
//! **Invariant:** what is told is stored first and sent later, so that neither a stop of the server nor a receiver that is away
//! loses it, and nobody waits for a receiver.

pub mod sending;

use url::Url;

use crate::causes;
use crate::domain::event::EventKind;
use crate::domain::{AccountId, Project, ProjectId, WebhookId};
use crate::post;
use crate::service::insight::curve;
use crate::service::{App, ServiceError};
use crate::store::StoreError;
use crate::store::webhooks::Webhook;

/// Webhooks that one project may have.
const MOST: usize = 20;
/// The longest address, in characters.
const LONGEST: usize = 2000;

/// Why an address cannot be a webhook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadWebhook {
    #[error("the address is not a web address; give one such as https://example.org/hook")]
    Address,
    #[error("choose at least one event to be told")]
    NoEvents,
    #[error("the project has {MOST} webhooks already; remove one first")]
    TooMany,
}

/// Add a webhook; returns it with its signing secret.
///
/// # Errors
/// [`BadWebhook`] for an address that is none, no events, or too many webhooks.
pub async fn add(
    app: &App,
    project: &Project,
    by: AccountId,
    url: &str,
    events: &[EventKind],
) -> Result<Webhook, ServiceError> {
    let known = Url::parse(url.trim()).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = known.filter(|url| url.as_str().len() <= LONGEST).ok_or(BadWebhook::Address)?;
    let mut wanted: Vec<EventKind> = EventKind::OFFERED.into_iter().filter(|event| events.contains(event)).collect();
    wanted.dedup();
    if wanted.is_empty() {
        return Err(BadWebhook::NoEvents.into());
    }
    if app.store.webhooks(project.id).await?.len() >= MOST {
        return Err(BadWebhook::TooMany.into());
    }
    let secret = post::new_secret().map_err(|error| std::io::Error::other(error.to_string()))?;
    let id = app.store.add_webhook(project.id, by, (url.as_str(), &secret), &wanted, app.clock.now()).await?;
    find(app, project.id, id).await
}

/// One of the project's webhooks.
///
/// # Errors
/// [`ServiceError::NotFound`] when it has none of this id.
pub async fn find(app: &App, project: ProjectId, id: WebhookId) -> Result<Webhook, ServiceError> {
    app.store.webhook(project, id).await?.ok_or_else(|| ServiceError::not_found("webhook", id))
}

/// Forget a webhook and its messages.
pub async fn remove(app: &App, project: ProjectId, id: WebhookId) -> Result<(), ServiceError> {
    if app.store.remove_webhook(project, id).await? { Ok(()) } else { Err(ServiceError::not_found("webhook", id)) }
}

/// Tell it nothing for now, or again everything from now on.
pub async fn pause(app: &App, project: ProjectId, id: WebhookId, paused: bool) -> Result<(), ServiceError> {
    let since = paused.then(|| app.clock.now());
    let known = app.store.pause_webhook(project, id, since).await?;
    if known { Ok(()) } else { Err(ServiceError::not_found("webhook", id)) }
}

/// Send it a message that nothing happened.
pub async fn test(app: &App, project: &Project, id: WebhookId) -> Result<(), ServiceError> {
    let webhook = find(app, project.id, id).await?;
    add_message(app, project, &webhook, EventKind::Test, &serde_json::json!({}), None).await?;
    Ok(())
}

/// Tell whoever wants to know. What fails is logged: the thing itself has happened.
pub async fn tell(app: &App, project: &Project, event: EventKind, data: &serde_json::Value) {
    if let Err(error) = try_tell(app, project, event, data).await {
        tracing::warn!(event = event.as_str(), error = causes::line(&error), "webhooks were not told");
    }
}

async fn try_tell(app: &App, project: &Project, event: EventKind, data: &serde_json::Value) -> Result<(), StoreError> {
    for webhook in wanting(app, project, event).await? {
        add_message(app, project, &webhook, event, data, None).await?;
    }
    Ok(())
}

/// Tell the advice of the rules for stopping to those who were told another one.
pub async fn tell_advice(app: &App, project: &Project) -> Result<(), ServiceError> {
    let webhooks = wanting(app, project, EventKind::StopAdvice).await?;
    if webhooks.is_empty() {
        return Ok(());
    }
    let found = curve(app, project).await?;
    let (standing, newest) = (&found.stopping, found.points.last());
    let advice = serde_json::json!(standing.advice);
    let advice = advice.as_str().unwrap_or_default().to_owned();
    let met: Vec<_> = standing.rules.iter().filter(|rule| rule.met == Some(true)).map(|rule| rule.rule).collect();
    let data = serde_json::json!({
        "advice": advice, "met": met, "spent": standing.spent,
        "labels": newest.map(|point| point.labels), "accuracy": newest.map(|point| point.accuracy),
    });
    for webhook in webhooks.iter().filter(|webhook| webhook.advice != advice) {
        add_message(app, project, webhook, EventKind::StopAdvice, &data, Some(&advice)).await?;
    }
    Ok(())
}

async fn wanting(app: &App, project: &Project, event: EventKind) -> Result<Vec<Webhook>, StoreError> {
    let mut webhooks = app.store.webhooks(project.id).await?;
    webhooks.retain(|webhook| webhook.paused_us.is_none() && webhook.events().contains(&event));
    Ok(webhooks)
}

async fn add_message(
    app: &App,
    project: &Project,
    webhook: &Webhook,
    event: EventKind,
    data: &serde_json::Value,
    advice: Option<&str>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let mut data = data.clone();
    if let Some(fields) = data.as_object_mut() {
        fields.insert("project".to_owned(), project.slug.clone().into());
    }
    let body = serde_json::json!({ "type": event.as_str(), "timestamp": now.rfc3339(), "data": data }).to_string();
    let id = uuid::Uuid::new_v4().to_string();
    app.store.add_delivery(webhook.id, (&id, event, &body), advice, now).await?;
    app.posted.notify_waiters();
    Ok(())
}
