//! `querist import`: pictures into a project.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::target::Target;
use super::{open, print_json, print_line, progress};
use crate::config::Config;
use crate::service::importing::{self, ImportOptions, ImportReport, LabelsFrom};
use crate::service::{accounts, encoding};

/// Refused files that are listed on the terminal.
const SHOWN: usize = 20;

/// Bring pictures into a project: a folder, a zip, a tar, a tar.gz, or a CSV manifest with a column `path`.
#[derive(Debug, Args)]
pub struct Import {
    /// The project.
    slug: String,
    /// Folder, archive or CSV manifest.
    path: PathBuf,
    /// Take labels from the folder each file lies in (`folder`), or from this column of the manifest.
    #[arg(long, value_name = "folder|COLUMN")]
    labels: Option<String>,
    /// Read and check everything, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Whose labels they are. Without it, the first admin's.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Write the whole report, refused files included, to this file as JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl Import {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let Some(project) = app.store.project_by_slug(&self.slug).await? else {
            bail!("project `{}` was not found; make it with `querist project new`", self.slug);
        };
        let account = match &self.by {
            Some(name) => accounts::by_name(&app, name).await?.id,
            None => (app.store.importing_account().await?).context(
                "there is no admin yet who the import could be by; add one with `querist user add NAME --role admin`",
            )?,
        };
        let labels = match self.labels.as_deref() {
            None => LabelsFrom::Nowhere,
            Some("folder") => LabelsFrom::Folder,
            Some(column) => LabelsFrom::Column(column.to_owned()),
        };
        let options = ImportOptions { labels, dry_run: self.dry_run, account };
        let progress = progress::on_terminal();
        let stop = progress.clone();
        let interrupt = tokio::spawn(async move {
            if tokio::signal::ctrl_c().await.is_ok() {
                eprintln!("stopping after the files under way; run the same command again to go on");
                stop.stop();
            }
        });
        let done = importing::import(&app, &project, &self.path, options, &progress).await;
        interrupt.abort();
        let done = done?;
        if done.added > 0 && !self.dry_run {
            // A server that runs, or starts later, goes on from here by itself.
            encoding::request(&app, project.id).await?;
        }
        app.store.close().await;
        self.tell(config, &done)
    }

    fn tell(&self, config: &Config, report: &ImportReport) -> anyhow::Result<()> {
        if let Some(file) = &self.report {
            let text = serde_json::to_string_pretty(report)?;
            let target = Target::new(file);
            target
                .open()?
                .write_all(text.as_bytes())
                .with_context(|| format!("`{}` cannot be written", file.display()))?;
            target.finish()?;
        }
        for refused in report.refused.iter().take(SHOWN) {
            eprintln!("refused {}: {}", refused.name.escape_debug(), refused.reason);
        }
        if report.refused.len() > SHOWN {
            eprintln!("refused {} more; `--report FILE` lists them all", report.refused.len() - SHOWN);
        }
        if config.json {
            print_json(&serde_json::to_value(report)?);
        } else {
            print_line(&report.to_string());
        }
        if report.added + report.duplicates == 0 && !report.interrupted {
            bail!("no picture in `{}` could be used", self.path.display());
        }
        Ok(())
    }
}
