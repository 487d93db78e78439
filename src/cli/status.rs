//! `querist status`: what a data folder holds and what is being done in it, from the shell.

use clap::Args;
use serde_json::{Value, json};

use super::open::folder_of;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::data::FolderLock;
use crate::domain::JobStatus;
use crate::service::App;
use crate::service::people::accounts;

/// Show the running server, the projects and the background jobs.
#[derive(Debug, Args)]
pub struct Status {}

impl Status {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let found = look(&app, config).await;
        app.store.close().await;
        let found = found?;
        if config.json {
            print_json(&found);
        } else {
            tell(&found);
        }
        Ok(())
    }
}

async fn look(app: &App, config: &Config) -> anyhow::Result<Value> {
    let folder = folder_of(config);
    let standing = app.store.standing(app.clock.now()).await?;
    let jobs =
        |state: JobStatus| standing.jobs.iter().filter(|jobs| jobs.state == state).map(|jobs| jobs.n).sum::<i64>();
    let mut projects = Vec::new();
    for project in app.store.projects().await? {
        let tally = app.store.tally(project.id).await?;
        let round = app.store.latest_round(project.id).await?;
        projects.push(json!({
            "slug": project.slug, "samples": tally.samples, "labeled": tally.labeled, "skipped": tally.skipped,
            "answers": tally.answers, "round": round.map(|round| round.number),
        }));
    }
    Ok(json!({
        "version": env!("CARGO_PKG_VERSION"), "folder": folder, "engine": app.store.engine(),
        "schema": app.store.schema_version().await?, "server": FolderLock::holder(&folder),
        "people": accounts::count(app).await?, "leases": standing.leased,
        "jobs": { "queued": jobs(JobStatus::Queued), "running": jobs(JobStatus::Running), "failed": jobs(JobStatus::Failed) },
        "projects": projects,
    }))
}

fn tell(found: &Value) {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let line = |what: &str, said: String| print_line(&format!("{what:<9} {said}"));
    line("version", text(&found["version"]));
    line("folder", text(&found["folder"]));
    line("database", format!("{}, schema {}", text(&found["engine"]), found["schema"]));
    line("server", found["server"].as_str().unwrap_or("not running").to_owned());
    line("people", format!("{}; {} samples are with somebody now", found["people"], found["leases"]));
    let jobs = &found["jobs"];
    line("jobs", format!("{} running, {} queued, {} failed", jobs["running"], jobs["queued"], jobs["failed"]));
    for project in found["projects"].as_array().into_iter().flatten() {
        let round = project["round"].as_i64().map_or("no round yet".to_owned(), |number| format!("round {number}"));
        let (labeled, samples, skipped) = (&project["labeled"], &project["samples"], &project["skipped"]);
        line(
            "project",
            format!("{}: {labeled} of {samples} labeled, {skipped} skipped, {round}", text(&project["slug"])),
        );
    }
}
