//! Adding to the record of who did what.

use crate::causes;
use crate::domain::act::{KEPT_FIELDS, kept};
use crate::domain::{ActVia, ProjectId, RecordedAct};
use crate::service::App;

/// Words in the names of fields whose values are never kept.
const SECRETS: [&str; 8] = ["password", "current", "new", "again", "secret", "token", "code", "state"];

/// Add an act that has just been done. When that fails it is logged: the act stands.
pub async fn add(app: &App, mut act: RecordedAct) {
    act.subject = kept(&act.subject);
    act.details.retain(|(name, _)| !SECRETS.contains(&name.as_str()));
    act.details.truncate(KEPT_FIELDS);
    for (name, value) in &mut act.details {
        (*name, *value) = (kept(name), kept(value));
    }
    if let Err(error) = app.store.add_act(&act, app.clock.now()).await {
        tracing::error!(act = act.what, subject = act.subject, error = causes::line(&error), "not kept in the record");
    }
}

/// Add what a command of the server's own shell did.
pub async fn command(app: &App, project: Option<ProjectId>, what: &str, subject: &str, details: &[(&str, String)]) {
    let details = details.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    let (what, subject) = (what.to_owned(), subject.to_owned());
    let act =
        RecordedAct { account: None, project, via: ActVia::Command, what, subject, details, address: String::new() };
    add(app, act).await;
}
