//! The export page: labeled datasets and the model, each with its receipt.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::Response as HttpResponse;
use axum::response::{IntoResponse as _, Redirect, Response};

use super::api::snapshots::{self, NewSnapshot};
use super::error::{OrNotFound as _, WebError};
use super::extract::{Form, Member};
use super::filters::{ago, group, in_units};
use super::page;
use super::shell::{Shell, Tab};
use crate::app::App;
use crate::dataset::export::Format;
use crate::domain::Role;
use crate::service::model;
use crate::store::jobs::Job;

const SHOWN: i64 = 30;

struct Row {
    format: String,
    age: String,
    labels: String,
    size: String,
    sha256: String,
    href: Option<String>,
    /// Why there is nothing to fetch yet, or ever.
    state: String,
    failed: bool,
}

struct ModelRow {
    round: i64,
    size: String,
    checked: usize,
    difference: String,
}

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    shell: Shell,
    slug: String,
    labeled: String,
    rows: Vec<Row>,
    model: Option<ModelRow>,
    /// The newest round, where no model is made of it yet.
    round: Option<i64>,
    making: Option<Job>,
}

/// `GET /p/{slug}/export`
pub async fn show(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let project = &member.project;
    let now = app.clock.now();
    let mut rows = Vec::new();
    for snapshot in app.store.snapshots(project.id, SHOWN).await? {
        let job = app.store.job(snapshot.job_id).await?;
        let manifest: Option<serde_json::Value> =
            snapshot.manifest.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let written = manifest.as_ref().and_then(|manifest| manifest.get("written")?.as_i64());
        rows.push(Row {
            format: snapshot.format,
            age: ago(now.seconds_since(snapshot.created_us)),
            labels: written.map(group).unwrap_or_default(),
            size: snapshot.size_bytes.map(in_units).unwrap_or_default(),
            sha256: snapshot.sha256.unwrap_or_default(),
            href: snapshot
                .file
                .map(|_| format!("/api/v1/projects/{}/snapshots/{}/download", project.slug, snapshot.id)),
            failed: job.as_ref().is_some_and(Job::failed),
            state: job.map(|job| if job.failed() { job.message } else { job.state }).unwrap_or_default(),
        });
    }
    let round = app.store.latest_round(project.id).await?.map(|round| round.number);
    let made = model::newest(&app, project).await?;
    let round = round.filter(|round| made.as_ref().is_none_or(|(_, card)| card.round < *round));
    let tally = app.store.tally(project.id).await?;
    page(&ExportPage {
        shell: Shell::project(&member, Tab::Export),
        slug: project.slug.clone(),
        labeled: group(tally.labeled),
        rows,
        model: made.map(|(_, card)| ModelRow {
            round: card.round,
            size: in_units(card.size_bytes as i64),
            checked: card.checked,
            difference: format!("{:.0e}", card.max_difference),
        }),
        round,
        making: app.store.latest_job(project.id, "model").await?.filter(|job| job.is_open() || job.failed()),
    })
}

/// The form's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    format: Format,
    votes: Option<String>,
    with_predictions: Option<String>,
    split: String,
}

/// `POST /p/{slug}/export`
pub async fn create(State(app): State<App>, member: Member, Form(asked): Form<Asked>) -> Result<Response, WebError> {
    let new = NewSnapshot {
        format: asked.format,
        votes: asked.votes.is_some(),
        with_predictions: asked.with_predictions.is_some(),
        split: Some(asked.split),
        seed: 0,
    };
    snapshots::request(&app, &member, new).await?;
    Ok(Redirect::to(&format!("/p/{}/export", member.project.slug)).into_response())
}

/// `POST /p/{slug}/model`: make the newest round's model in the background.
pub async fn make_model(State(app): State<App>, member: Member) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    app.store.request_job(member.project.id, "model", "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(Redirect::to(&format!("/p/{}/export", member.project.slug)).into_response())
}

/// `GET /p/{slug}/model.onnx`: the newest model that was made.
pub async fn model(State(app): State<App>, member: Member) -> Result<HttpResponse<Body>, WebError> {
    member.require(Role::Lead)?;
    let made = model::newest(&app, &member.project).await?;
    let (path, card) = made.or_not_found(|| "no model is made yet; make one on the export page".to_owned())?;
    snapshots::file(&path, &format!("{}-round-{}.onnx", member.project.slug, card.round)).await
}
