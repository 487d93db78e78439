//! The record of who did what, for programs.

use axum::extract::State;

use super::checked_limit;
use crate::domain::{ActVia, EntryId, ProjectId, Role, Timestamp};
use crate::service::App;
use crate::store::acts::{ActFilter, ActRow};
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Json, Member, Query};

/// One act: a change of a role, setting, class, model, export, import, or a sign-in.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct RecordEntry {
    pub id: EntryId,
    /// RFC 3339, UTC.
    pub at: String,
    /// Who; absent on the server's own command line.
    pub person: Option<String>,
    /// The project's slug; absent where it concerns the whole server.
    pub project: Option<String>,
    pub via: ActVia,
    /// Its name, such as `role-changed`.
    pub what: String,
    /// What it was done to.
    pub subject: String,
    /// The fields that were sent, as pairs of name and value, without secrets.
    pub details: Vec<(String, String)>,
    /// Where the request came from.
    pub address: String,
}

impl From<ActRow> for RecordEntry {
    fn from(row: ActRow) -> Self {
        Self {
            id: row.id,
            at: row.made_us.rfc3339(),
            details: row.details(),
            person: row.account,
            project: row.project,
            via: row.via,
            what: row.what,
            subject: row.subject,
            address: row.address,
        }
    }
}

/// Entries, newest first.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct ActRecord {
    pub entries: Vec<RecordEntry>,
    /// Pass it as `before` for the next page; absent on the last one.
    pub next: Option<EntryId>,
}

/// Which entries to list.
#[derive(Debug, Clone, Default, serde::Deserialize, utoipa::IntoParams)]
#[serde(deny_unknown_fields, default)]
#[into_params(parameter_in = Query)]
pub struct RecordQuery {
    /// Whose.
    pub person: String,
    /// Acts of this name alone.
    pub what: String,
    /// From this day on, `2026-11-30`, UTC.
    pub since: String,
    /// Up to the end of this day.
    pub until: String,
    /// The `next` of the page before.
    pub before: Option<EntryId>,
    /// 1 to 1000; 100 by default.
    pub limit: Option<i64>,
}

impl RecordQuery {
    /// The filter, in one project or on the whole server.
    ///
    /// # Errors
    /// 422 for a day that is none; 404 for a person who has no account.
    pub async fn filter(&self, app: &App, project: Option<ProjectId>) -> Result<ActFilter, WebError> {
        let mut filter = ActFilter { project, ..ActFilter::default() };
        if !self.person.is_empty() {
            let person = app.store.account_by_name(&self.person).await?;
            let absent = || WebError::not_found(format!("there is no account called `{}`", self.person));
            filter.account = Some(person.ok_or_else(absent)?.id);
        }
        filter.what = Some(self.what.clone()).filter(|what| !what.is_empty());
        if !self.since.is_empty() {
            filter.since = day(&self.since)?;
        }
        if !self.until.is_empty() {
            filter.until = day(&self.until)?.plus_seconds(24 * 3600);
        }
        filter.before = self.before.unwrap_or(filter.before);
        Ok(filter)
    }
}

fn day(text: &str) -> Result<Timestamp, WebError> {
    Timestamp::of_day(text)
        .ok_or_else(|| WebError::unprocessable("bad_day", format!("`{text}` is not a day; write it as 2026-11-30")))
}

async fn read(app: &App, query: &RecordQuery, project: Option<ProjectId>) -> Result<Json<ActRecord>, WebError> {
    let limit = checked_limit(query.limit, "entries")?;
    let rows = app.store.acts(&query.filter(app, project).await?, limit).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == limit).map(|last| last.id);
    Ok(Json(ActRecord { entries: rows.into_iter().map(RecordEntry::from).collect(), next }))
}

/// Who did what on the whole server.
#[utoipa::path(get, path = "/api/v1/record", tag = "people", params(RecordQuery),
    responses((status = 200, body = ActRecord), (status = 403, description = "needs an admin of the server"),
        (status = 404, description = "no such person"), (status = 422)))]
pub async fn server(
    State(app): State<App>,
    account: CurrentAccount,
    Query(query): Query<RecordQuery>,
) -> Result<Json<ActRecord>, WebError> {
    account.require_admin()?;
    read(&app, &query, None).await
}

/// Who did what in a project.
#[utoipa::path(get, path = "/api/v1/projects/{slug}/record", tag = "people", params(("slug" = String, Path), RecordQuery),
    responses((status = 200, body = ActRecord), (status = 403, description = "needs the role admin"),
        (status = 404, description = "no such project or person"), (status = 422)))]
pub async fn project(
    State(app): State<App>,
    member: Member,
    Query(query): Query<RecordQuery>,
) -> Result<Json<ActRecord>, WebError> {
    member.require(Role::Admin)?;
    read(&app, &query, Some(member.project.id)).await
}
