//! Webhooks for programs: addresses that are told what happens in a project.

use axum::extract::State;
use axum::http::StatusCode;

use crate::domain::{DeliveryState, EventKind, Role, WebhookId};
use crate::service::{App, webhooks};
use crate::store::webhooks::{Delivery, Webhook};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Json, Member, Path};

/// Messages listed of one webhook.
const LISTED: i64 = 100;

/// An address that is told what happens in a project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct WebhookDetail {
    pub id: WebhookId,
    pub url: String,
    pub events: Vec<EventKind>,
    /// Who made it.
    pub by: String,
    /// Whether it is told nothing for now.
    pub paused: bool,
    /// RFC 3339.
    pub made_at: String,
}

impl From<Webhook> for WebhookDetail {
    fn from(row: Webhook) -> Self {
        Self {
            id: row.id,
            events: row.events(),
            paused: row.paused_us.is_some(),
            made_at: row.created_us.rfc3339(),
            url: row.url,
            by: row.account,
        }
    }
}

/// Every webhook of a project.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Webhooks {
    pub webhooks: Vec<WebhookDetail>,
}

/// A webhook to make.
#[derive(Debug, serde::Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewWebhook {
    /// `https://example.org/hook`.
    pub url: String,
    pub events: Vec<EventKind>,
}

/// A webhook with the secret that signs its messages. It is shown only once.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct WebhookMade {
    #[serde(flatten)]
    pub webhook: WebhookDetail,
    pub secret: String,
}

/// A message to a webhook.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct DeliveryDetail {
    /// The header `webhook-id`, the same however often it is sent.
    pub id: String,
    pub event: EventKind,
    pub state: DeliveryState,
    pub attempts: i64,
    /// Of the last answer.
    pub status: Option<i64>,
    /// Why the last attempt failed.
    pub problem: String,
    /// RFC 3339.
    pub made_at: String,
    /// When it is tried next, where it waits.
    pub due_at: Option<String>,
    /// What is sent.
    #[schema(value_type = Object)]
    pub body: serde_json::Value,
}

impl From<Delivery> for DeliveryDetail {
    fn from(row: Delivery) -> Self {
        Self {
            event: row.event,
            state: row.state,
            attempts: row.attempts,
            status: row.status,
            made_at: row.made_us.rfc3339(),
            due_at: (row.state == DeliveryState::Waiting).then(|| row.due_us.rfc3339()),
            body: serde_json::from_str(&row.body).unwrap_or_default(),
            id: row.message,
            problem: row.problem,
        }
    }
}

/// The newest messages, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Deliveries {
    pub deliveries: Vec<DeliveryDetail>,
}

/// Webhooks of the project (admins).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/webhooks", tag = "projects", params(("slug" = String, Path)),
    responses((status = 200, body = Webhooks), (status = 403, description = "needs the role admin")))]
pub async fn list(State(app): State<App>, member: Member) -> Result<Json<Webhooks>, WebError> {
    member.require(Role::Admin)?;
    let webhooks = app.store.webhooks(member.project.id).await?.into_iter().map(WebhookDetail::from).collect();
    Ok(Json(Webhooks { webhooks }))
}

/// Have an address told what happens. The answer holds the signing secret, which is not shown again.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/webhooks", tag = "projects", params(("slug" = String, Path)),
    request_body = NewWebhook, responses((status = 201, body = WebhookMade), (status = 403, description = "needs the role admin"),
        (status = 422, description = "no web address, no events, or too many webhooks")))]
pub async fn create(
    State(app): State<App>,
    member: Member,
    Json(new): Json<NewWebhook>,
) -> Result<(StatusCode, Json<WebhookMade>), WebError> {
    member.require(Role::Admin)?;
    let made = webhooks::add(&app, &member.project, member.account.id, &new.url, &new.events).await?;
    let secret = made.secret.clone();
    Ok((StatusCode::CREATED, Json(WebhookMade { webhook: made.into(), secret })))
}

/// Forget a webhook and its messages.
#[utoipa::path(delete, path = "/api/v1/projects/{slug}/webhooks/{id}", tag = "projects",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 204), (status = 403, description = "needs the role admin"), (status = 404)))]
pub async fn remove(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    webhooks::remove(&app, member.project.id, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Send a webhook a message of type `webhook.test`.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/webhooks/{id}/test", tag = "projects",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 202), (status = 403, description = "needs the role admin"), (status = 404)))]
pub async fn test(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    webhooks::test(&app, &member.project, id).await?;
    Ok(StatusCode::ACCEPTED)
}

/// The newest hundred messages to a webhook, with what became of each.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/webhooks/{id}/deliveries", tag = "projects",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = Deliveries), (status = 403, description = "needs the role admin"), (status = 404)))]
pub async fn deliveries(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<Json<Deliveries>, WebError> {
    member.require(Role::Admin)?;
    webhooks::find(&app, member.project.id, id).await?;
    let deliveries = app.store.deliveries(id, LISTED).await?.into_iter().map(DeliveryDetail::from).collect();
    Ok(Json(Deliveries { deliveries }))
}
