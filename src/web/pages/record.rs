//! The record: who did what, on the whole server or in a project, filtered, and as a table to take along.

use std::collections::BTreeSet;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use tokio::io::{AsyncWriteExt as _, DuplexStream};

use crate::dataset::cells::protect;
use crate::domain::{ActVia, ProjectId, Role};
use crate::service::App;
use crate::store::acts::{ActFilter, ActRow};
use crate::web::api::record::RecordQuery;
use crate::web::frame::error::{WebError, percent_encode};
use crate::web::frame::extract::{CurrentAccount, Member, Query};
use crate::web::frame::files::{self, CutOff};
use crate::web::frame::filters::ago;
use crate::web::frame::language::Language;
use crate::web::frame::names;
use crate::web::frame::shell::{Shell, Tab};
use crate::web::page;

/// Entries of one page.
const SHOWN: i64 = 100;
/// Entries of a table read at a time.
const READ: i64 = 2000;

/// One entry as drawn.
struct Entry {
    at: String,
    age: String,
    person: String,
    project: Option<String>,
    what: String,
    subject: String,
    /// Name and value.
    details: Vec<(String, String)>,
    address: String,
}

impl Entry {
    fn new(language: Language, row: ActRow, age: String) -> Self {
        Self {
            at: row.made_us.rfc3339(),
            age,
            details: row.details(),
            what: names::act(language, &row.what),
            person: row.account.unwrap_or_else(|| {
                let id = if row.via == ActVia::Itself { "record-itself" } else { "record-command-line" };
                language.say(id).into()
            }),
            project: row.project,
            subject: row.subject,
            address: row.address,
        }
    }
}

#[derive(Template)]
#[template(path = "record.html")]
struct RecordPage {
    shell: Shell,
    /// Where this page is, without its query.
    here: String,
    /// Whether projects are mixed here.
    server: bool,
    query: RecordQuery,
    people: Vec<String>,
    /// Stored and shown names.
    whats: Vec<(String, String)>,
    entries: Vec<Entry>,
    table: String,
    next: Option<String>,
}

/// `GET /record`
pub async fn show(
    State(app): State<App>,
    account: CurrentAccount,
    Query(query): Query<RecordQuery>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let shell = Shell::account(account.language().say("record-title"), &account);
    view(&app, shell, "/record", None, query).await
}

/// `GET /p/{slug}/record`
pub async fn show_project(
    State(app): State<App>,
    member: Member,
    Query(query): Query<RecordQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let shell = Shell::page(&member, member.language().say("record-title"), Some(Tab::Settings));
    view(&app, shell, &format!("/p/{}/record", member.project.slug), Some(member.project.id), query).await
}

async fn view(
    app: &App,
    shell: Shell,
    here: &str,
    project: Option<ProjectId>,
    query: RecordQuery,
) -> Result<Response, WebError> {
    let (language, now) = (shell.language(), app.clock.now());
    let rows = app.store.acts(&query.filter(app, project).await?, SHOWN).await?;
    let next = rows.last().filter(|_| rows.len() as i64 == SHOWN).map(|last| last.id);
    let kept: BTreeSet<String> = app.store.act_names().await?.into_iter().collect();
    let asked = asked(&query);
    page(&RecordPage {
        here: here.to_owned(),
        server: project.is_none(),
        people: app.store.accounts().await?.into_iter().map(|account| account.name).collect(),
        whats: kept.into_iter().map(|what| (what.clone(), names::act(language, &what))).collect(),
        entries: rows
            .into_iter()
            .map(|row| {
                let age = ago(language, now.seconds_since(row.made_us));
                Entry::new(language, row, age)
            })
            .collect(),
        table: format!("{here}.csv?{asked}"),
        next: next.map(|next| format!("{here}?{asked}before={next}")),
        query,
        shell,
    })
}

/// The filter as a query, to be continued.
fn asked(query: &RecordQuery) -> String {
    let fields = [("person", &query.person), ("what", &query.what), ("since", &query.since), ("until", &query.until)];
    let given = fields.iter().filter(|(_, value)| !value.is_empty());
    given.fold(String::new(), |asked, (name, value)| asked + name + "=" + &percent_encode(value) + "&")
}

/// `GET /record.csv`
pub async fn csv(
    State(app): State<App>,
    account: CurrentAccount,
    Query(query): Query<RecordQuery>,
) -> Result<Response, WebError> {
    account.require_admin()?;
    let filter = query.filter(&app, None).await?;
    Ok(table(app, filter, "querist-record.csv"))
}

/// `GET /p/{slug}/record.csv`
pub async fn project_csv(
    State(app): State<App>,
    member: Member,
    Query(query): Query<RecordQuery>,
) -> Result<Response, WebError> {
    member.require(Role::Admin)?;
    let filter = query.filter(&app, Some(member.project.id)).await?;
    Ok(table(app, filter, &format!("{}-record.csv", member.project.slug)))
}

/// Every entry of a filter.
fn table(app: App, filter: ActFilter, name: &str) -> Response {
    files::streamed("text/csv; charset=utf-8", name, |out| write(app, filter, out)).into_response()
}

async fn write(app: App, mut filter: ActFilter, mut out: DuplexStream) -> Result<DuplexStream, CutOff> {
    out.write_all(b"at,person,project,via,what,subject,details,address\n").await?;
    loop {
        let rows = app.store.acts(&filter, READ).await?;
        let mut table = csv::Writer::from_writer(Vec::new());
        for row in &rows {
            let details: Vec<_> = row.details().iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cells = [
                row.made_us.rfc3339(),
                row.account.clone().unwrap_or_default(),
                row.project.clone().unwrap_or_default(),
                row.via.to_string(),
                row.what.clone(),
                row.subject.clone(),
                details.join("; "),
                row.address.clone(),
            ];
            table.write_record(cells.iter().map(|cell| protect(cell).into_owned()))?;
        }
        out.write_all(&table.into_inner()?).await?;
        match rows.last() {
            Some(last) => filter.before = last.id,
            None => return Ok(out),
        }
    }
}
