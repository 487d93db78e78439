//! `querist doctor`: what is there, what works, and what to do about the rest.

use clap::Args;

use super::{open, print_json, print_line};
use crate::config::Config;

/// Check the data folder, the database, and what runs the networks.
#[derive(Debug, Args)]
pub struct Doctor {}

impl Doctor {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let mut findings = Vec::new();
        let mut good = true;
        let mut note = |what: &str, fine: bool, text: String| {
            good &= fine;
            findings.push((what.to_owned(), fine, text));
        };
        note("version", true, env!("CARGO_PKG_VERSION").to_owned());
        match open(config).await {
            Ok(app) => {
                note("data folder", true, app.data.root().display().to_string());
                note("database", true, app.store.engine().to_owned());
                note("threads", true, app.cpu.threads().to_string());
                match app.runtime.get() {
                    Ok(runtime) => {
                        note("onnx runtime", true, runtime.library().display().to_string());
                        match runtime.try_out() {
                            Ok(report) => note("provider", true, report.to_string()),
                            Err(error) => note("provider", false, error.to_string()),
                        }
                    }
                    Err(error) => note("onnx runtime", false, error.to_string()),
                }
                app.store.close().await;
            }
            Err(error) => note("data folder", false, format!("{error:#}")),
        }
        if config.json {
            let list: Vec<_> = findings
                .iter()
                .map(|(what, fine, text)| serde_json::json!({ "what": what, "ok": fine, "found": text }))
                .collect();
            print_json(&list.into());
        } else {
            for (what, fine, text) in &findings {
                print_line(&format!("{} {what:<14} {text}", if *fine { "ok  " } else { "FAIL" }));
            }
        }
        anyhow::ensure!(good, "something needs attention; see the lines marked FAIL");
        Ok(())
    }
}
