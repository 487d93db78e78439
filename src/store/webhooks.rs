//! Webhooks, and the messages to them.
//!
//! **Invariant:** a message is sent by whoever raised its count of attempts, so two servers never send one attempt twice.

use super::{Store, StoreError, on_read, on_write};
use crate::domain::event::{DeliveryState, EventKind};
use crate::domain::{AccountId, DeliveryId, ProjectId, Timestamp, WebhookId};

macro_rules! webhook {
    ($rest:literal) => {
        concat!(
            "
  select w.id, w.project_id, a.name as account, w.url, w.secret, w.events, w.advice, w.created_us, w.paused_us
  from webhook w join account a on a.id = w.account_id where ",
            $rest
        )
    };
}
macro_rules! delivery {
    ($rest:literal) => {
        concat!(
            "
  select id, webhook_id, message, event, body, state, attempts, due_us, status, problem, made_us, done_us from delivery where ",
            $rest
        )
    };
}
const OF_PROJECT: &str = webhook!("w.project_id = $1 order by w.id");
const BY_ID: &str = webhook!("w.project_id = $1 and w.id = $2");
const BY_ID_ALONE: &str = webhook!("w.id = $1");
const INSERT: &str = "
  insert into webhook (project_id, account_id, url, secret, events, created_us) values ($1, $2, $3, $4, $5, $6) returning id";
const DELETE_DELIVERIES: &str =
    "delete from delivery where webhook_id in (select id from webhook where project_id = $1 and id = $2)";
const DELETE: &str = "delete from webhook where project_id = $1 and id = $2";
const PAUSE: &str = "update webhook set paused_us = $3 where project_id = $1 and id = $2";
const SET_ADVICE: &str = "update webhook set advice = $2 where id = $1";
const INSERT_DELIVERY: &str = "
  insert into delivery (webhook_id, message, event, body, state, attempts, due_us, made_us)
  values ($1, $2, $3, $4, 'waiting', 0, $5, $5) returning id";
const RECENT: &str = delivery!("webhook_id = $1 order by id desc limit $2");
const DUE: &str = delivery!("state = 'waiting' and due_us <= $1 order by due_us limit $2");
const CLAIM: &str = "
  update delivery set attempts = attempts + 1, due_us = $3 where id = $1 and attempts = $2 and state = 'waiting'";
const SETTLE: &str =
    "update delivery set state = $2, status = $3, problem = $4, due_us = $5, done_us = $6 where id = $1";
const PRUNE: &str = "delete from delivery where state <> 'waiting' and made_us < $1";

pub(super) const STATEMENTS: &[&str] = &[
    OF_PROJECT,
    BY_ID,
    BY_ID_ALONE,
    INSERT,
    DELETE_DELIVERIES,
    DELETE,
    PAUSE,
    SET_ADVICE,
    INSERT_DELIVERY,
    RECENT,
    DUE,
    CLAIM,
    SETTLE,
    PRUNE,
];

/// An address that is told what happens in a project.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Webhook {
    pub id: WebhookId,
    pub project_id: ProjectId,
    /// Who made it.
    pub account: String,
    pub url: String,
    pub secret: String,
    events: String,
    /// The advice that it was told last.
    pub advice: String,
    pub created_us: Timestamp,
    pub paused_us: Option<Timestamp>,
}

impl Webhook {
    /// What it is told. Words of later versions are left out.
    pub fn events(&self) -> Vec<EventKind> {
        self.events.split(' ').filter_map(|word| word.parse().ok()).collect()
    }
}

/// A message to a webhook.
#[derive(Debug, Clone, sqlx::FromRow)]
pub struct Delivery {
    pub id: DeliveryId,
    pub webhook_id: WebhookId,
    pub message: String,
    pub event: EventKind,
    pub body: String,
    pub state: DeliveryState,
    pub attempts: i64,
    pub due_us: Timestamp,
    pub status: Option<i64>,
    pub problem: String,
    pub made_us: Timestamp,
    pub done_us: Option<Timestamp>,
}

/// What became of an attempt.
#[derive(Debug, Clone)]
pub struct Attempt {
    pub state: DeliveryState,
    pub status: Option<u16>,
    /// Empty when it arrived.
    pub problem: String,
    /// When it is tried next, where it waits.
    pub due: Timestamp,
}

impl Store {
    pub async fn webhooks(&self, project: ProjectId) -> Result<Vec<Webhook>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(OF_PROJECT).bind(project).fetch_all(conn).await?))
    }

    pub async fn webhook(&self, project: ProjectId, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID).bind(project).bind(id).fetch_optional(conn).await?))
    }

    /// Whose a delivery is.
    pub async fn webhook_of(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(BY_ID_ALONE).bind(id).fetch_optional(conn).await?))
    }

    pub async fn add_webhook(
        &self,
        project: ProjectId,
        account: AccountId,
        (url, secret): (&str, &str),
        events: &[EventKind],
        now: Timestamp,
    ) -> Result<WebhookId, StoreError> {
        let events = events.iter().map(|event| event.as_str()).collect::<Vec<_>>().join(" ");
        Ok(on_write!(self, tx =>
            sqlx::query_scalar(INSERT).bind(project).bind(account).bind(url).bind(secret).bind(&events).bind(now)
                .fetch_one(&mut *tx).await?))
    }

    /// Forget a webhook and its messages; `false` when the project has none of this id.
    pub async fn remove_webhook(&self, project: ProjectId, id: WebhookId) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx => {
            sqlx::query(DELETE_DELIVERIES).bind(project).bind(id).execute(&mut *tx).await?;
            sqlx::query(DELETE).bind(project).bind(id).execute(&mut *tx).await?.rows_affected() == 1
        }))
    }

    /// Tell it nothing from `since` on, or again everything.
    pub async fn pause_webhook(
        &self,
        project: ProjectId,
        id: WebhookId,
        since: Option<Timestamp>,
    ) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query(PAUSE).bind(project).bind(id).bind(since).execute(&mut *tx).await?.rows_affected() == 1))
    }

    /// Add a message, and remember the advice that it tells.
    pub async fn add_delivery(
        &self,
        webhook: WebhookId,
        (message, event, body): (&str, EventKind, &str),
        advice: Option<&str>,
        now: Timestamp,
    ) -> Result<DeliveryId, StoreError> {
        Ok(on_write!(self, tx => {
            if let Some(advice) = advice {
                sqlx::query(SET_ADVICE).bind(webhook).bind(advice).execute(&mut *tx).await?;
            }
            sqlx::query_scalar(INSERT_DELIVERY).bind(webhook).bind(message).bind(event).bind(body).bind(now)
                .fetch_one(&mut *tx).await?
        }))
    }

    /// The newest messages of a webhook, newest first.
    pub async fn deliveries(&self, webhook: WebhookId, limit: i64) -> Result<Vec<Delivery>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(RECENT).bind(webhook).bind(limit).fetch_all(conn).await?))
    }

    /// Messages whose time has come, the oldest first.
    pub async fn due_deliveries(&self, now: Timestamp, limit: i64) -> Result<Vec<Delivery>, StoreError> {
        Ok(on_read!(self, conn => sqlx::query_as(DUE).bind(now).bind(limit).fetch_all(conn).await?))
    }

    /// Take an attempt; `false` when somebody else has. Unless it is settled it is due again at `again`.
    pub async fn claim_delivery(&self, delivery: &Delivery, again: Timestamp) -> Result<bool, StoreError> {
        Ok(on_write!(self, tx =>
            sqlx::query(CLAIM).bind(delivery.id).bind(delivery.attempts).bind(again).execute(&mut *tx).await?
                .rows_affected() == 1))
    }

    pub async fn settle_delivery(&self, id: DeliveryId, attempt: &Attempt, now: Timestamp) -> Result<(), StoreError> {
        let done = (attempt.state != DeliveryState::Waiting).then_some(now);
        on_write!(self, tx => {
            sqlx::query(SETTLE)
                .bind(id)
                .bind(attempt.state)
                .bind(attempt.status.map(i64::from))
                .bind(&attempt.problem)
                .bind(attempt.due)
                .bind(done)
                .execute(&mut *tx)
                .await?;
        });
        Ok(())
    }

    /// Forget settled messages made before `before`.
    pub async fn prune_deliveries(&self, before: Timestamp) -> Result<(), StoreError> {
        on_write!(self, tx => {
            sqlx::query(PRUNE).bind(before).execute(&mut *tx).await?;
        });
        Ok(())
    }
}
