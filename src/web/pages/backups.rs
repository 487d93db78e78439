//! Backups in the browser: which there are, one more, and one to take away.

use askama::Template;
use axum::body::Body;
use axum::extract::State;
use axum::http::header::CONTENT_DISPOSITION;
use axum::http::{HeaderValue, Response as HttpResponse};
use axum::response::{IntoResponse as _, Response};

use crate::service::App;
use crate::service::upkeep::backups::{self, BackupFile};
use crate::store::Store;
use crate::web::frame::error::WebError;
use crate::web::frame::extract::{CurrentAccount, Path};
use crate::web::frame::files::{self, PartRequest};
use crate::web::frame::filters::{ago, in_units};
use crate::web::frame::going;
use crate::web::frame::htmx::Hx;
use crate::web::frame::shell::Shell;
use crate::web::page;

struct Line {
    name: String,
    size: String,
    age: String,
}

#[derive(Template)]
#[template(path = "backups.html")]
struct BackupsPage {
    shell: Shell,
    list: Listing,
}

#[derive(Template)]
#[template(path = "backups.html", block = "backups")]
struct BackupsPart {
    shell: Shell,
    list: Listing,
}

struct Listing {
    backups: Vec<Line>,
    folder: String,
    running: bool,
    failed: String,
    /// What the newest one lacks.
    faults: usize,
    /// How often one is taken, and how many are kept; empty without a schedule.
    schedule: String,
    postgres: bool,
}

/// `GET /backups`
pub async fn show(State(app): State<App>, account: CurrentAccount, hx: Hx) -> Result<Response, WebError> {
    account.require_admin()?;
    let language = account.language();
    let (state, plan, now) = (app.backups.state(), app.backups.plan(), app.clock.now());
    let line = |file: BackupFile| Line {
        size: in_units(language, i64::try_from(file.bytes).unwrap_or(i64::MAX)),
        age: ago(language, now.seconds_since(file.made_us)),
        name: file.name,
    };
    let (files, unread) = match backups::list(&app) {
        Ok(files) => (files, None),
        Err(error) => (Vec::new(), Some(crate::causes::line(&error))),
    };
    let list = Listing {
        backups: files.into_iter().map(line).collect(),
        folder: backups::folder(&app).display().to_string(),
        running: state.running,
        failed: state.failed.map(|(_, why)| why).or(unread).unwrap_or_default(),
        faults: state.faults,
        schedule: plan.hours.map_or_else(String::new, |hours| {
            language.say("backups-schedule").with("hours", i64::from(hours)).with("kept", plan.kept).into()
        }),
        postgres: matches!(app.store, Store::Postgres(_)),
    };
    let shell = Shell::account(language.say("backups-title"), &account);
    if hx.wants("backups") { page(&BackupsPart { shell, list }) } else { page(&BackupsPage { shell, list }) }
}

/// `POST /backups`
pub async fn make(State(app): State<App>, account: CurrentAccount) -> Result<Response, WebError> {
    account.require_admin()?;
    backups::ask(&app)?;
    // It is on the page when that is asked for.
    tokio::task::yield_now().await;
    Ok(going::to("/backups").into_response())
}

/// `POST /backups/{name}`: the file. It holds everything, so the record says who took it.
pub async fn take_away(
    State(app): State<App>,
    account: CurrentAccount,
    asked: PartRequest,
    Path(name): Path<String>,
) -> Result<HttpResponse<Body>, WebError> {
    account.require_admin()?;
    account.require_session()?;
    let known = backups::list(&app)?.into_iter().find(|file| file.name == name);
    let known = known.ok_or_else(|| WebError::not_found(format!("there is no backup `{name}`")))?;
    let path = backups::folder(&app).join(&known.name);
    let mut response = files::send(&asked, &path, "application/x-tar", &known.name).await?;
    let disposition = format!("attachment; filename=\"{}\"", known.name);
    let disposition = HeaderValue::from_str(&disposition).map_err(WebError::internal)?;
    response.headers_mut().insert(CONTENT_DISPOSITION, disposition);
    Ok(response)
}
