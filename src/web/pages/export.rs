//! The export page: labeled datasets and the model, each with its receipt.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};

use crate::dataset::export::Format;
use crate::domain::Role;
use crate::service::App;
use crate::service::exchange::exporting;
use crate::store::jobs::Job;
use crate::web::api::snapshots::{self, NewSnapshot};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{Form, Member, Query};
use crate::web::frame::filters::{ago, group, in_units};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::names;
use crate::web::frame::notes;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;
use crate::web::pages::model::Models;

const SHOWN: i64 = 30;

/// Splits that the page offers: as the API spells them, and the percentages of the training part and of each of the others.
const SPLITS: [(&str, i64, i64); 3] = [("0.8,0.1,0.1", 80, 10), ("0.7,0.15,0.15", 70, 15), ("0.6,0.2,0.2", 60, 20)];

struct Row {
    format: String,
    age: String,
    labels: String,
    size: String,
    sha256: String,
    href: Option<String>,
    /// Where its manifest is.
    manifest: String,
    /// Why there is nothing to fetch yet, or ever.
    state: String,
    failed: bool,
}

#[derive(Template)]
#[template(path = "export.html")]
struct ExportPage {
    shell: Shell,
    slug: String,
    labeled: i64,
    /// Name and title of each format that can hold the labels.
    formats: Vec<(&'static str, String)>,
    splits: [(&'static str, i64, i64); 3],
    rows: Vec<Row>,
    models: Models,
}

/// The models alone.
#[derive(Template)]
#[template(path = "export.html", block = "model")]
struct ModelPart {
    shell: Shell,
    slug: String,
    models: Models,
}

/// The snapshots alone.
#[derive(Template)]
#[template(path = "export.html", block = "snapshots")]
struct SnapshotsPart {
    shell: Shell,
    rows: Vec<Row>,
}

/// The page's query.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExportQuery {
    /// A round whose model is wanted.
    #[serde(default)]
    round: Option<i64>,
}

/// `GET /p/{slug}/export`
pub async fn show(
    State(app): State<App>,
    member: Member,
    hx: Hx,
    Query(shown): Query<ExportQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Lead)?;
    let (project, language) = (&member.project, member.language());
    let (shell, slug) = (Shell::project(&member, Tab::Export), project.slug.clone());
    if hx.wants("snapshots") {
        return page(&SnapshotsPart { shell, rows: rows(&app, &member).await? });
    }
    let models = Models::load(&app, language, project, shown.round).await?;
    if hx.wants("model") {
        return page(&ModelPart { shell, slug, models });
    }
    page(&ExportPage {
        shell,
        slug,
        labeled: app.store.tally(project.id).await?.labeled,
        formats: exporting::formats(project).iter().map(|one| (one.name, names::format(language, one))).collect(),
        splits: SPLITS,
        rows: rows(&app, &member).await?,
        models,
    })
}

/// The newest snapshots.
async fn rows(app: &App, member: &Member) -> Result<Vec<Row>, WebError> {
    let (project, language, now) = (&member.project, member.language(), app.clock.now());
    let mut rows = Vec::new();
    for snapshot in app.store.snapshots(project.id, SHOWN).await? {
        let job = app.store.job(snapshot.job_id).await?;
        let manifest: Option<serde_json::Value> =
            snapshot.manifest.as_deref().and_then(|text| serde_json::from_str(text).ok());
        let written = manifest.as_ref().and_then(|manifest| manifest.get("written")?.as_i64());
        rows.push(Row {
            format: snapshot.format,
            age: ago(language, now.seconds_since(snapshot.created_us)),
            labels: written.map(group).unwrap_or_default(),
            size: snapshot.size_bytes.map(|size| in_units(language, size)).unwrap_or_default(),
            sha256: snapshot.sha256.unwrap_or_default(),
            manifest: format!("/api/v1/projects/{}/snapshots/{}", project.slug, snapshot.id),
            href: snapshot
                .file
                .map(|_| format!("/api/v1/projects/{}/snapshots/{}/download", project.slug, snapshot.id)),
            failed: job.as_ref().is_some_and(Job::failed),
            state: job
                .map(|job| {
                    if job.failed() {
                        notes::note(language, &job.note)
                    } else {
                        names::state(language, job.state.as_str())
                    }
                })
                .unwrap_or_default(),
        });
    }
    Ok(rows)
}

/// The form's fields.
#[derive(Debug, serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SnapshotForm {
    format: &'static Format,
    votes: Option<String>,
    with_predictions: Option<String>,
    split: String,
    /// Draws the split.
    #[serde(default)]
    seed: u64,
}

/// `POST /p/{slug}/export`
pub async fn create(
    State(app): State<App>,
    member: Member,
    Form(asked): Form<SnapshotForm>,
) -> Result<Response, WebError> {
    let new = NewSnapshot {
        format: asked.format,
        votes: asked.votes.is_some(),
        with_predictions: asked.with_predictions.is_some(),
        split: Some(asked.split),
        seed: asked.seed,
    };
    snapshots::request(&app, &member, new).await?;
    Ok(going::to(&format!("/p/{}/export", member.project.slug)).into_response())
}
