//! `querist encoder get`: an encoder from a model hub, or the list of those that are worth a try.

use std::sync::Arc;

use clap::Args;

use super::{Wishes, warn};
use crate::cli::{open, print_json, print_line, progress};
use crate::config::Config;
use crate::encoders::catalogue::ENTRIES;
use crate::hub::Hub;
use crate::service::encoders::hub::{self, HubPlan};

#[derive(Debug, Args)]
pub(super) struct Get {
    /// A name from the list, or `hf:OWNER/NAME[/FILE][@REVISION]` for any ONNX model on the hub.
    what: Option<String>,
    /// Its name. By default, the name in the list or of the repository.
    #[arg(long)]
    name: Option<String>,
    /// Accept a licence that is not clearly permissive, or unknown. Read it first.
    #[arg(long, alias = "accept-license")]
    accept_licence: bool,
    #[command(flatten)]
    wishes: Wishes,
}

impl Get {
    pub(super) async fn run(self, config: &Config) -> anyhow::Result<()> {
        let Some(what) = &self.what else {
            list(config.json);
            return Ok(());
        };
        let app = open(config).await?;
        let hub = Arc::new(Hub::from_env()?);
        let plan = hub::plan(&app, &hub, what, self.name.as_deref()).await?;
        show(&hub, &plan);
        let progress = progress::on_terminal();
        let got = hub::get(&app, &hub, &plan, self.accept_licence, self.wishes.into(), &progress).await;
        let (row, found, sha256) = got?;
        if config.json {
            print_json(&serde_json::json!({
                "id": row.id,
                "name": row.name,
                "repository": plan.repository.name,
                "file": plan.file.path,
                "revision": plan.repository.commit,
                "size_bytes": plan.file.size,
                "sha256": sha256,
                "licence": plan.licence,
                "probe": found,
            }));
        } else {
            warn(&found);
            print_line(&format!("{} {} ({} numbers per sample)", row.id, row.name, row.dim));
        }
        Ok(())
    }
}

fn list(json: bool) {
    let mut rows = Vec::new();
    for entry in &ENTRIES {
        if json {
            rows.push(serde_json::json!({
                "name": entry.name,
                "repository": entry.repository,
                "file": entry.file,
                "revision": entry.revision,
                "sha256": entry.sha256,
                "megabytes": entry.megabytes,
                "dim": entry.dim,
                "licence": entry.licence,
                "origin": entry.origin,
                "good_for": entry.good_for,
            }));
        } else {
            print_line(&format!(
                "{:<18} {:>4} MB {:>5} numbers  {:<10}  {}",
                entry.name,
                entry.megabytes,
                entry.dim,
                entry.licence.unwrap_or("not named"),
                entry.good_for
            ));
        }
    }
    if json {
        print_json(&rows.into());
    }
}

/// What is about to happen, on standard error.
fn show(hub: &Hub, plan: &HubPlan) {
    let size =
        plan.file.size.map_or_else(|| "size not known".to_owned(), |size| format!("{:.1} MB", size as f64 / 1e6));
    let licence = plan.licence.as_deref().unwrap_or("none named");
    let from = if plan.licence_from == "list" { " (of the original weights; the hub names none)" } else { "" };
    eprintln!("hub         {}", hub.endpoint());
    eprintln!("repository  {} at {}", plan.repository.name, plan.repository.commit);
    eprintln!("file        {}, {size}", plan.file.path);
    eprintln!("checksum    {}", plan.sha256().unwrap_or("none given; the file is taken as it comes"));
    eprintln!("licence     {licence}{from}");
    if plan.repository.gated {
        eprintln!("gated       the owner of HF_TOKEN must have accepted its terms on the hub");
    }
}
