//! Imports for programs: each run with its counts, and the outcome of each item.

use axum::body::Body;
use axum::extract::State;
use axum::http::{Response, StatusCode};
use tokio::io::{AsyncWriteExt as _, DuplexStream};

use super::checked_limit;
use super::rounds::Accepted;
use crate::dataset::RefusedItem;
use crate::domain::import::{Bucket, Counts, Fate, ImportItem, ImportState};
use crate::domain::{ImportId, JobId, Role};
use crate::service::App;
use crate::service::exchange::importing::{self, ItemTable};
use crate::service::exchange::undoing;
use crate::store::imports::Import;
use crate::store::undoing::StayingSample;
use crate::web::frame::error::{OrNotFound as _, WebError};
use crate::web::frame::extract::{Json, Member, Path, Query};
use crate::web::frame::files::{self, CutOff};

/// Items of a report read at a time.
const PAGE: i64 = 2000;
/// Refused items that a job names; its import has them all.
const NAMED: i64 = 100;

/// One run of an import.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ImportRun {
    pub id: ImportId,
    /// Absent on the command line.
    pub job: Option<JobId>,
    /// What was read.
    pub source: String,
    /// Where labels came from: `folder`, `column:NAME`, or empty.
    pub labels: String,
    /// Whether labels from earlier imports were replaced.
    pub relabel: bool,
    /// Whose labels they are.
    pub by: String,
    /// Who says so: the source's name, where one was given; of predictions, the model's.
    pub named: String,
    /// Whether it brought predictions of a model, and no labels.
    pub predictions: bool,
    /// Whether it only looked, and changed nothing: the counts are what would be.
    pub dry_run: bool,
    /// `running`, `done`, `look` (something was refused or contradicts an existing label), `failed`, `interrupted` or `cancelled`.
    #[schema(value_type = String)]
    pub state: ImportState,
    /// Why it failed.
    pub message: String,
    /// RFC 3339.
    pub started_at: String,
    pub ended_at: Option<String>,
    /// All items: the sum of the buckets.
    pub items: u64,
    pub counts: Counts,
    pub new_classes: Vec<String>,
    /// Remarks on how the source was read.
    pub notes: Vec<String>,
    /// The outcome of every item that was not plainly added.
    pub report_url: String,
    /// When it was taken back, RFC 3339, and by whom.
    pub undone_at: Option<String>,
    pub undone_by: Option<String>,
    /// Samples that left with it, and labels of others that were taken back.
    pub undone_samples: i64,
    pub undone_labels: i64,
}

impl ImportRun {
    pub(super) fn new(slug: &str, row: Import) -> Self {
        let counts = row.counts();
        Self {
            report_url: format!("/api/v1/projects/{slug}/imports/{}/report.csv", row.id),
            notes: row.notes(),
            new_classes: row.new_classes(),
            items: counts.items(),
            counts,
            id: row.id,
            job: row.job_id,
            source: row.source,
            labels: row.labels,
            relabel: row.relabel,
            by: row.account,
            named: row.named,
            predictions: row.predicts,
            dry_run: row.dry,
            undone_at: row.undone_us.map(crate::domain::Timestamp::rfc3339),
            undone_by: row.undone_by,
            undone_samples: row.undone_samples,
            undone_labels: row.undone_labels,
            state: row.state,
            message: row.message,
            started_at: row.started_us.rfc3339(),
            ended_at: row.ended_us.map(crate::domain::Timestamp::rfc3339),
        }
    }
}

/// The result of a job of kind `import`.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct JobImport {
    pub id: ImportId,
    #[schema(value_type = String)]
    pub state: ImportState,
    pub added: u64,
    pub same: u64,
    pub labels: u64,
    pub contradictions: u64,
    pub passed_over: u64,
    /// The first hundred.
    pub refused: Vec<RefusedItem>,
}

impl JobImport {
    pub(super) async fn of(app: &App, job: JobId) -> Result<Option<Self>, WebError> {
        let Some(row) = app.store.import_of_job(job).await? else { return Ok(None) };
        let refused = app.store.import_items(row.id, Some(Bucket::Refused), -1, NAMED).await?;
        let refused = refused
            .into_iter()
            .map(|(_, item)| RefusedItem { name: item.name, reason: item.reason.unwrap_or_default() });
        let Counts { added, same, labels, contradictions, passed_over, .. } = row.counts();
        let (id, state) = (row.id, row.state);
        Ok(Some(Self { id, state, added, same, labels, contradictions, passed_over, refused: refused.collect() }))
    }
}

/// Imports, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Imports {
    pub imports: Vec<ImportRun>,
    /// Pass it as `before` for the next page; absent on the last one.
    pub next: Option<ImportId>,
}

/// Which imports to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ImportListQuery {
    /// The `next` of the page before.
    #[serde(default)]
    before: Option<ImportId>,
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    limit: Option<i64>,
}

/// Every import, including those from the command line.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/imports", tag = "samples", params(("slug" = String, Path), ImportListQuery),
    responses((status = 200, body = Imports), (status = 403, description = "needs the role lead"), (status = 422)))]
pub async fn list(
    State(app): State<App>,
    member: Member,
    Query(wanted): Query<ImportListQuery>,
) -> Result<Json<Imports>, WebError> {
    member.require(Role::Lead)?;
    let limit = checked_limit(wanted.limit, "imports")?;
    let rows = app.store.imports(member.project.id, wanted.before.unwrap_or(ImportId(i64::MAX)), limit).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == limit).map(|last| last.id);
    let imports = rows.into_iter().map(|row| ImportRun::new(&member.project.slug, row)).collect();
    Ok(Json(Imports { imports, next }))
}

/// An import, and the outcomes of its items.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ImportDetail {
    #[serde(flatten)]
    pub run: ImportRun,
    /// Items that were not plainly added, in the order of the source.
    pub outcomes: Vec<ImportItem>,
    /// Pass it as `after` for the next page; absent on the last one.
    pub next: Option<i64>,
}

/// Which items to list.
#[derive(Debug, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ItemListQuery {
    /// `same`, `label`, `contradiction`, `passed_over` or `refused`; all by default.
    #[serde(default)]
    bucket: Option<Bucket>,
    /// The `next` of the page before.
    #[serde(default)]
    after: Option<i64>,
    /// 1 to 1000; 100 by default.
    #[serde(default)]
    limit: Option<i64>,
}

pub(in crate::web) async fn find(app: &App, member: &Member, id: ImportId) -> Result<Import, WebError> {
    let row = app.store.import(member.project.id, id).await?;
    row.or_not_found(|| format!("there is no import {id} in this project"))
}

/// One import.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/imports/{id}", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path), ItemListQuery),
    responses((status = 200, body = ImportDetail), (status = 403, description = "needs the role lead"), (status = 404), (status = 422)))]
pub async fn show(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
    Query(wanted): Query<ItemListQuery>,
) -> Result<Json<ImportDetail>, WebError> {
    member.require(Role::Lead)?;
    let limit = checked_limit(wanted.limit, "items")?;
    let row = find(&app, &member, id).await?;
    let items = app.store.import_items(id, wanted.bucket, wanted.after.unwrap_or(-1), limit).await?;
    let next = items.last().filter(|_| items.len() as i64 == limit).map(|(seq, _)| *seq);
    let outcomes = items.into_iter().map(|(_, item)| item).collect();
    Ok(Json(ImportDetail { run: ImportRun::new(&member.project.slug, row), outcomes, next }))
}

/// Every item of an import that was not plainly added, as CSV.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/imports/{id}/report.csv", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, description = "the table"), (status = 403, description = "needs the role lead"), (status = 404)))]
pub async fn report(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Response<Body>, WebError> {
    member.require(Role::Lead)?;
    find(&app, &member, id).await?;
    let name = format!("{}-import-{id}.csv", member.project.slug);
    Ok(files::streamed("text/csv; charset=utf-8", &name, |out| write(app, id, out)))
}

/// Write the table page by page, as fast as it is read.
async fn write(app: App, id: ImportId, mut out: DuplexStream) -> Result<DuplexStream, CutOff> {
    let mut after = -1;
    let mut table = ItemTable::new(Vec::new())?;
    loop {
        let items = app.store.import_items(id, None, after, PAGE).await?;
        for (_, item) in &items {
            table.write(item)?;
        }
        out.write_all(&table.finish()?).await?;
        table = ItemTable::further(Vec::new());
        match items.last() {
            Some((last, _)) => after = *last,
            None => break,
        }
    }
    Ok(out)
}

/// What taking an import back would do.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ImportUndo {
    /// Samples of the import that would leave.
    pub leaves: i64,
    /// Samples that stay since a person answered them, also where the answer was taken back.
    pub answered: i64,
    /// Samples that stay since another import brought or labeled them too.
    pub imported: i64,
    /// Samples that stay since they are examples, somebody asked about them, or a copy of theirs left the audit set.
    pub used: i64,
    /// Samples that somebody has in front of them now: they leave when the import is taken back once more.
    pub asked: i64,
    /// Labels on samples that stay which would be taken back.
    pub labels: i64,
    /// Those of them that are the current answer; the others were answered since.
    pub current_labels: i64,
    pub predictions: i64,
    /// The first twenty samples that stay, with the reason.
    pub staying: Vec<StayingSample>,
}

/// What taking an import back would touch (admins).
#[utoipa::path(get, path = "/api/v1/projects/{slug}/imports/{id}/undo", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 200, body = ImportUndo), (status = 403, description = "needs the role admin"), (status = 404),
    (status = 409, description = "it still runs, or is from before imports could be taken back")))]
pub async fn preview_undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<Json<ImportUndo>, WebError> {
    member.require(Role::Admin)?;
    let (_, reach) = undoing::preview(&app, &member.project, id).await?;
    Ok(Json(ImportUndo {
        leaves: reach.of(Fate::Leaves),
        answered: reach.of(Fate::Answered),
        imported: reach.of(Fate::Imported),
        used: reach.of(Fate::Used),
        asked: reach.of(Fate::Asked),
        labels: reach.labels.0,
        current_labels: reach.labels.1,
        predictions: reach.predictions,
        staying: reach.staying,
    }))
}

/// Take an import back in the background (admins): samples that only it brought and nobody answered leave, its labels are taken back
/// by further annotations. What people answered stays.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/imports/{id}/undo", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 202, body = Accepted), (status = 403, description = "needs the role admin"), (status = 404),
    (status = 409, description = "it still runs, or is from before imports could be taken back")))]
pub async fn undo(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let job = undoing::request(&app, &member.project, member.account.id, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}

/// Ask a running import to stop after the files in progress (admins). What it brought until then stays.
#[utoipa::path(post, path = "/api/v1/projects/{slug}/imports/{id}/cancel", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 204), (status = 403, description = "needs the role admin"), (status = 404),
    (status = 409, description = "it does not run any more")))]
pub async fn cancel(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<StatusCode, WebError> {
    member.require(Role::Admin)?;
    importing::cancel(&app, &member.project, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Import what a dry run of an upload looked at (admins).
#[utoipa::path(post, path = "/api/v1/projects/{slug}/imports/{id}/go-on", tag = "samples",
    params(("slug" = String, Path), ("id" = i64, Path)),
    responses((status = 202, body = Accepted), (status = 403, description = "needs the role admin"), (status = 404),
    (status = 409, description = "it was no dry run of an upload, or the files are gone")))]
pub async fn go_on(
    State(app): State<App>,
    member: Member,
    Path((_, id)): Path<(String, ImportId)>,
) -> Result<(StatusCode, Json<Accepted>), WebError> {
    member.require(Role::Admin)?;
    let job = importing::go_on(&app, &member.project, id).await?;
    Ok((StatusCode::ACCEPTED, Json(Accepted { job })))
}
