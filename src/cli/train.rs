//! `querist encode` and `querist train`: background work, now and in the foreground.

use clap::Args;

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::service::desk::searching;
use crate::service::encoders::{adding as encoders, encoding};
use crate::service::exchange::copies;
use crate::service::projects;
use crate::service::rounds::training;
use crate::service::rounds::training::Outcome;

/// Encode a project's samples: compute the missing embeddings.
#[derive(Debug, Args)]
pub struct Encode {
    /// The project.
    slug: String,
    /// Switch the project to this encoder (`querist encoder list`). The current one stays in use until every sample is
    /// encoded; labels and audit set stay.
    #[arg(long, value_name = "NAME")]
    encoder: Option<String>,
    /// Learn the built-in encoder again from the current pool, and switch to it: for pools that have grown or changed.
    #[arg(long, conflicts_with = "encoder")]
    relearn: bool,
    /// Compute all embeddings again, after an update that changed how samples are prepared. Stop the server first.
    #[arg(long, conflicts_with = "relearn")]
    again: bool,
}

impl Encode {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let mut project = projects::by_slug(&app, &self.slug).await?;
        if let Some(name) = &self.encoder {
            let encoder = encoders::by_name(&app, name).await?;
            encoders::choose(&app, &project, encoder.id).await?;
            project = projects::by_slug(&app, &self.slug).await?;
        }
        if self.again {
            encoding::forget(&app, &project).await?;
        }
        // Embeddings made so far are kept; running again resumes from there.
        let progress = stopping(on_terminal())?;
        let silent = Box::new(|_, _: &[_], _: &[_]| ());
        if self.relearn {
            encoding::relearn(&app, &project, progress.clone()).await?;
            project = projects::by_slug(&app, &self.slug).await?;
        }
        let mut report = encoding::encode_project(&app, &project, progress, silent).await?;
        report.learned |= self.relearn;
        searching::index(&app, &project).await?;
        copies::settle(&app, &projects::by_slug(&app, &self.slug).await?).await?;
        if !report.stopped {
            training::rank_first(&app, project.id).await?;
        }
        if config.json {
            print_json(&serde_json::to_value(&report)?);
        } else {
            print_line(&report.to_string());
        }
        app.store.close().await;
        if report.stopped { Err(Interrupted.into()) } else { Ok(()) }
    }
}

/// Run one round now.
#[derive(Debug, Args)]
pub struct Train {
    /// The project.
    slug: String,
}

impl Train {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let project = projects::by_slug(&app, &self.slug).await?;
        let outcome = training::round(&app, &project, "command line").await?;
        let (json, text) = match outcome {
            Outcome::Finished { number, n_labels, total_ms } => (
                serde_json::json!({ "round": number, "labels": n_labels, "ms": total_ms }),
                format!("round {number}: {n_labels} labels, {total_ms:.0} ms"),
            ),
            Outcome::ColdStart { n_ranked } => (
                serde_json::json!({ "round": null, "ranked": n_ranked }),
                format!("fewer than two classes have labels: {n_ranked} samples ranked by coverage"),
            ),
            Outcome::NothingEncoded => {
                anyhow::bail!("nothing is encoded yet; run `querist encode {}` first", project.slug)
            }
        };
        if config.json {
            print_json(&json);
        } else {
            print_line(&text);
        }
        app.store.close().await;
        Ok(())
    }
}
