//! `querist doctor`: what is there, what works, and what to do about the rest.

use std::path::Path;

use clap::Args;

use super::open::{self, folder_of};
use super::{print_json, print_line};
use crate::causes;
use crate::config::Config;
use crate::cpu::Cpu;
use crate::runtime::{Runtime, Settings};
use crate::service::App;
use crate::service::upkeep::folder::{self, FolderError};

/// Check the data folder, the database, ONNX Runtime and the provider.
#[derive(Debug, Args)]
pub struct Doctor {}

impl Doctor {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut findings = Findings::default();
        findings.note("version", Ok(env!("CARGO_PKG_VERSION").to_owned()));
        let folder = folder_of(config);
        match open::existing(config).and_then(|()| writable(&folder)) {
            Ok(()) => {
                findings.note("data folder", Ok(folder.display().to_string()));
                database(config, &mut findings).await;
            }
            Err(error) => findings.note("data folder", Err(causes::line(error.as_ref()))),
        }
        findings.note(
            "threads",
            Cpu::new(config.threads).map(|cpu| cpu.threads().to_string()).map_err(|error| error.to_string()),
        );
        runtime(config, &mut findings);
        findings.tell(config.json)
    }
}

#[derive(Default)]
struct Findings(Vec<(&'static str, Result<String, String>)>);

impl Findings {
    fn note(&mut self, what: &'static str, found: Result<String, String>) {
        self.0.push((what, found));
    }

    fn tell(&self, json: bool) -> anyhow::Result<()> {
        let rows =
            self.0.iter().map(|(what, found)| (what, found.is_ok(), found.as_ref().unwrap_or_else(|error| error)));
        if json {
            let list: Vec<_> =
                rows.map(|(what, fine, text)| serde_json::json!({ "what": what, "ok": fine, "found": text })).collect();
            print_json(&list.into());
        } else {
            for (what, fine, text) in rows {
                print_line(&format!("{} {what:<14} {text}", if fine { "ok  " } else { "FAIL" }));
            }
        }
        anyhow::ensure!(
            self.0.iter().all(|(_, found)| found.is_ok()),
            "something needs attention; see the lines marked FAIL"
        );
        Ok(())
    }
}

/// A folder that cannot be written is of no use.
fn writable(folder: &Path) -> anyhow::Result<()> {
    tempfile::NamedTempFile::new_in(folder)
        .map(drop)
        .map_err(|error| anyhow::anyhow!("`{}` cannot be written: {error}", folder.display()))
}

/// The database, that it can be written, and that it is this folder's.
async fn database(config: &Config, findings: &mut Findings) {
    let app = match open::reach(config).await {
        Ok(app) => app,
        Err(error) => return findings.note("database", Err(causes::line(error.as_ref()))),
    };
    findings.note("database", written(&app).await);
    let joined = folder::join(&app, config.database.is_none()).await;
    let paired = joined.map(|()| "this folder and this database belong together".to_owned());
    findings.note("pairing", paired.map_err(|error: FolderError| causes::line(&error)));
    app.store.close().await;
}

async fn written(app: &App) -> Result<String, String> {
    app.store.touch(app.clock.now()).await.map_err(|error| causes::line(&error))?;
    Ok(app.store.engine().to_owned())
}

fn runtime(config: &Config, findings: &mut Findings) {
    let settings = match Settings::from_config(config) {
        Ok(settings) => settings,
        Err(error) => return findings.note("provider", Err(error.to_string())),
    };
    match Runtime::open(&settings) {
        Ok(runtime) => {
            findings.note("onnx runtime", Ok(runtime.library().display().to_string()));
            findings.note(
                "provider",
                runtime.try_out().map(|report| report.to_string()).map_err(|error| error.to_string()),
            );
        }
        Err(error) => findings.note("onnx runtime", Err(error.to_string())),
    }
}
