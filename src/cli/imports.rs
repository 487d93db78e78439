//! `querist imports`: what was imported, and taking it back.

use anyhow::{Context as _, bail};
use clap::{Args, Subcommand};

use super::process::Interrupted;
use super::signals::stopping;
use super::{open, print_json, print_line, progress};
use crate::config::Config;
use crate::domain::import::Fate;
use crate::domain::{ImportId, Project};
use crate::service::App;
use crate::service::exchange::importing;
use crate::service::exchange::undoing;
use crate::service::people::{accounts, record};
use crate::service::projects;
use crate::store::imports::Import;
use crate::store::undoing::UndoReach;

/// List the imports of a project, cancel one that runs, and take one back.
#[derive(Debug, Args)]
pub struct ImportsCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// List the imports of a project, newest first.
    List {
        /// The project.
        slug: String,
    },
    /// Ask a running import to stop. What it brought until then stays, and can be taken back.
    Cancel {
        /// The project.
        slug: String,
        /// The import's number, from `imports list`.
        import: ImportId,
    },
    /// Take an import back: samples that only it brought leave, its labels are taken back. What people answered stays.
    Undo {
        /// The project.
        slug: String,
        /// The import's number, from `imports list`.
        import: ImportId,
        /// Only say what would be touched.
        #[arg(long)]
        dry_run: bool,
        /// Who takes it back. By default, the first admin.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,
    },
}

impl ImportsCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let done = match &self.action {
            Action::List { slug } => list(&app, config, &projects::by_slug(&app, slug).await?).await,
            Action::Cancel { slug, import } => {
                cancel(&app, config, &projects::by_slug(&app, slug).await?, *import).await
            }
            Action::Undo { slug, import, dry_run, by } => {
                let project = projects::by_slug(&app, slug).await?;
                undo(&app, config, &project, *import, *dry_run, by.as_deref()).await
            }
        };
        app.store.close().await;
        done
    }
}

async fn list(app: &App, config: &Config, project: &Project) -> anyhow::Result<()> {
    let imports = app.store.imports(project.id, ImportId(i64::MAX), i64::MAX).await?;
    if config.json {
        print_json(&imports.iter().map(as_json).collect::<Vec<_>>().into());
        return Ok(());
    }
    for import in imports {
        let (id, state, source) = (import.id, import.state, import.source.escape_debug());
        let undone = if import.undone_us.is_some() { "\ttaken back" } else { "" };
        let counts = import.counts().in_words(false);
        print_line(&format!("{id}\t{}\t{state}\t{source}\t{counts}{undone}", import.started_us.rfc3339()));
    }
    Ok(())
}

fn as_json(import: &Import) -> serde_json::Value {
    serde_json::json!({
        "id": import.id, "source": import.source, "named": import.named, "predictions": import.predicts,
        "state": import.state, "counts": import.counts(), "by": import.account, "started_at": import.started_us.rfc3339(),
        "undone_at": import.undone_us.map(crate::domain::Timestamp::rfc3339),
        "undone_samples": import.undone_samples, "undone_labels": import.undone_labels,
    })
}

async fn cancel(app: &App, config: &Config, project: &Project, import: ImportId) -> anyhow::Result<()> {
    importing::cancel(app, project, import).await?;
    record::command(app, Some(project.id), "import-cancelled", &import.to_string(), &[]).await;
    if config.json {
        print_json(&serde_json::json!({ "id": import, "state": "cancelling" }));
    } else {
        eprintln!("import {import} stops after the files in progress");
    }
    Ok(())
}

async fn undo(
    app: &App,
    config: &Config,
    project: &Project,
    import: ImportId,
    dry_run: bool,
    by: Option<&str>,
) -> anyhow::Result<()> {
    let account = match by {
        Some(name) => accounts::by_name(app, name).await?.id,
        None => app.store.importing_account().await?.context("there is no admin yet; name somebody with --by")?,
    };
    let (row, reach) = undoing::preview(app, project, import).await?;
    tell(&reach);
    if dry_run {
        if config.json {
            print_json(&reach_json(&row, &reach));
        } else {
            print_line(&in_words(&reach));
        }
        return Ok(());
    }
    if reach.is_empty() {
        bail!("there is nothing of import {import} to take back");
    }
    let progress = stopping(progress::on_terminal())?;
    let done = undoing::take_back(app, project, account, import, &progress).await?;
    record::command(app, Some(project.id), "import-undone", &import.to_string(), &[]).await;
    // A server that is running, or starts later, removes the files and trains again.
    undoing::enqueue(app, project, account, import).await?;
    if done.stopped {
        return Err(Interrupted.into());
    }
    if config.json {
        print_json(&serde_json::json!({ "id": import, "samples": done.samples, "labels": done.labels }));
    } else {
        print_line(&format!("{} samples left, {} labels taken back", done.samples, done.labels));
    }
    Ok(())
}

/// Samples that stay, each with the reason.
fn tell(reach: &UndoReach) {
    for sample in &reach.staying {
        eprintln!("{} stays: {}", sample.name.escape_debug(), reason(sample.fate));
    }
    let staying: i64 = Fate::ALL.into_iter().filter(|fate| *fate != Fate::Leaves).map(|fate| reach.of(fate)).sum();
    let more = staying - reach.staying.len() as i64;
    if more > 0 {
        eprintln!("{more} more stay");
    }
}

fn reason(fate: Fate) -> &'static str {
    match fate {
        Fate::Answered => "somebody answered it",
        Fate::Imported => "another import brought or labeled it too",
        Fate::Used => "it is an example, somebody asked about it, or it is the reason why a copy left the audit set",
        Fate::Asked => "somebody has it in front of them; take the import back once more later",
        Fate::Leaves => "it leaves",
    }
}

fn in_words(reach: &UndoReach) -> String {
    let (labels, current) = reach.labels;
    format!(
        "{} samples would leave, {labels} labels on others be taken back ({current} of them current), {} predictions dropped",
        reach.of(Fate::Leaves),
        reach.predictions
    )
}

fn reach_json(row: &Import, reach: &UndoReach) -> serde_json::Value {
    let fates: serde_json::Map<String, serde_json::Value> =
        Fate::ALL.into_iter().map(|fate| (fate.to_string(), reach.of(fate).into())).collect();
    serde_json::json!({
        "id": row.id, "samples": fates, "labels": reach.labels.0, "current_labels": reach.labels.1,
        "predictions": reach.predictions, "staying": reach.staying,
    })
}
