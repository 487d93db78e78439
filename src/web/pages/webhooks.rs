//! Webhooks: addresses that are told what happens in a project, and what became of each message.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};

use crate::domain::{DeliveryState, EventKind, Role, WebhookId};
use crate::service::{App, ServiceError, webhooks};
use crate::store::webhooks::{Delivery, Webhook};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Path};
use crate::web::frame::filters::ago;
use crate::web::frame::htmx::Hx;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::frame::{going, names};
use crate::web::page;

/// Messages shown of each webhook.
const SHOWN: i64 = 10;

/// A webhook and its newest messages.
struct Row {
    webhook: Webhook,
    events: Vec<String>,
    messages: Vec<Sent>,
}

/// A message as drawn.
struct Sent {
    event: String,
    age: String,
    state: String,
    /// The CSS class of its state.
    colour: &'static str,
    attempts: i64,
    problem: String,
    body: String,
}

#[derive(Template)]
#[template(path = "webhooks.html", blocks = ["webhooks"])]
struct WebhooksPage {
    shell: Shell,
    slug: String,
    rows: Vec<Row>,
    /// Stored and shown names.
    offered: Vec<(&'static str, String)>,
    problem: Option<String>,
    /// What was typed.
    typed: String,
    /// The address and secret of a webhook just made.
    made: Option<(String, String)>,
}

/// `GET /p/{slug}/webhooks`
pub async fn show(State(app): State<App>, member: Member, hx: Hx) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let view = view(&app, &member).await?;
    if hx.wants("webhooks") { page(&view.as_webhooks()) } else { page(&view) }
}

async fn view(app: &App, member: &Member) -> Result<WebhooksPage, WebError> {
    let (language, now) = (member.language(), app.clock.now());
    let sent = |delivery: Delivery| Sent {
        event: names::event(language, delivery.event.as_str()),
        age: ago(language, now.seconds_since(delivery.made_us)),
        state: names::delivery(language, delivery.state.as_str()),
        colour: match delivery.state {
            DeliveryState::Delivered => "good",
            DeliveryState::Failed => "bad",
            DeliveryState::Waiting if delivery.attempts > 0 => "warn",
            DeliveryState::Waiting => "",
        },
        attempts: delivery.attempts,
        problem: delivery.problem,
        body: delivery.body,
    };
    let mut rows = Vec::new();
    for webhook in app.store.webhooks(member.project.id).await? {
        let messages = app.store.deliveries(webhook.id, SHOWN).await?.into_iter().map(sent).collect();
        let events = webhook.events().into_iter().map(|event| names::event(language, event.as_str())).collect();
        rows.push(Row { webhook, events, messages });
    }
    Ok(WebhooksPage {
        shell: Shell::page(member, language.say("webhooks-title"), Some(Tab::Settings)),
        slug: member.project.slug.clone(),
        rows,
        offered: EventKind::OFFERED
            .into_iter()
            .map(|event| (event.as_str(), names::event(language, event.as_str())))
            .collect(),
        problem: None,
        typed: String::new(),
        made: None,
    })
}

/// `POST /p/{slug}/webhooks`: the field `url`, and one of each event's name. The answer shows the secret, once.
pub async fn create(
    State(app): State<App>,
    member: Member,
    Form(fields): Form<BTreeMap<String, String>>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let typed = fields.get("url").cloned().unwrap_or_default();
    let events = fields.keys().filter(|name| *name != "url").map(|name| name.parse::<EventKind>());
    let events = events.collect::<Result<Vec<_>, _>>().map_err(ServiceError::from)?;
    match webhooks::add(&app, &member.project, member.account.id, &typed, &events).await {
        Ok(made) => page(&WebhooksPage { made: Some((made.url, made.secret)), ..view(&app, &member).await? }),
        Err(ServiceError::Invalid(problem)) => {
            let view = WebhooksPage { problem: Some(problem), typed, ..view(&app, &member).await? };
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page(&view)?).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

fn back(member: &Member) -> Redirect {
    going::to(&format!("/p/{}/webhooks", member.project.slug))
}

/// `POST /p/{slug}/webhooks/{id}/test`
pub async fn test(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    webhooks::test(&app, &member.project, id).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/webhooks/{id}/pause`
pub async fn pause(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    webhooks::pause(&app, member.project.id, id, true).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/webhooks/{id}/resume`
pub async fn resume(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    webhooks::pause(&app, member.project.id, id, false).await?;
    Ok(back(&member))
}

/// `POST /p/{slug}/webhooks/{id}/remove`
pub async fn remove(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, WebhookId)>,
) -> Result<Redirect, WebError> {
    member.require(Role::Admin)?;
    webhooks::remove(&app, member.project.id, id).await?;
    Ok(back(&member))
}
