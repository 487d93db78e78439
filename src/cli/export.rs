//! `querist export`: labels out of a project.

use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

use super::{open, print_json, print_line, progress};
use crate::config::Config;
use crate::data::private;
use crate::dataset::export::{FORMATS, Format};
use crate::dataset::split::Shares;
use crate::service::exchange::exporting::{self, AuditPart, ExportFilter, ExportOptions, ExportOrder};
use crate::service::people::record;
use crate::service::rounds::predictions;

/// Write the labels of a project to a file, with a data card and a manifest beside it that accounts for every sample.
#[expect(clippy::struct_excessive_bools, reason = "each is a choice of its own")]
#[derive(Debug, Args)]
pub struct Export {
    /// The project.
    slug: String,
    /// The format of the file.
    #[arg(long, value_parser = format_parser())]
    format: &'static Format,
    /// The file to write; the manifest gets the same name plus `.manifest.json`, the data card plus `.card.md` and `.card.json`.
    #[arg(long, value_name = "PATH")]
    out: PathBuf,
    /// What the manifest calls the export.
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
    /// Add every annotation, not only the current label.
    #[arg(long)]
    votes: bool,
    /// Add the committee's probabilities.
    #[arg(long)]
    with_predictions: bool,
    /// Add skipped samples, with the reason and the note.
    #[arg(long)]
    skipped: bool,
    /// Add what was flagged about samples.
    #[arg(long)]
    flags: bool,
    /// Add the metadata of samples.
    #[arg(long)]
    metadata: bool,
    /// Samples of the audit set.
    #[arg(long, value_enum, default_value_t)]
    audit: AuditPart,
    #[command(flatten)]
    only: ExportFilter,
    /// The labels that this round was trained on, as they were then.
    #[arg(long, value_name = "ROUND")]
    trained_in: Option<i64>,
    /// Split by these shares of train, val and test (two shares: train and test), stratified by class.
    #[arg(long, value_name = "SHARES")]
    split: Option<Shares>,
    /// Keep samples with one value in this metadata column, such as a patient's, in one part of the split.
    #[arg(long, value_name = "COLUMN", requires = "split")]
    group_by: Option<String>,
    /// Seed of the split; the same seed gives the same split.
    #[arg(long, default_value_t = 0, value_name = "N")]
    seed: u64,
}

/// One of the formats there are.
fn format_parser() -> impl TypedValueParser<Value = &'static Format> {
    let values = FORMATS.iter().map(|format| PossibleValue::new(format.name).help(format.about));
    PossibleValuesParser::new(values).map(|name| Format::named(&name).expect("clap takes no other name"))
}

impl Export {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let Some(project) = app.store.project_by_slug(&self.slug).await? else {
            bail!("project `{}` was not found", self.slug);
        };
        let options = ExportOptions {
            votes: self.votes,
            with_predictions: self.with_predictions,
            skipped: self.skipped,
            flags: self.flags,
            metadata: self.metadata,
            audit: self.audit,
            only: self.only,
            trained_in: self.trained_in,
            split: self.split,
            group_by: self.group_by,
            seed: self.seed,
        };
        let progress = progress::on_terminal();
        let known = if self.with_predictions { predictions::honest(&app, &project).await? } else { None };
        let order = ExportOrder {
            name: self.name.as_deref(),
            format: self.format,
            options: &options,
            predictions: known.as_ref(),
        };
        let done = exporting::export(&app, &project, &order, &self.out, &progress).await?;
        let details = [("file", self.out.display().to_string())];
        record::command(&app, Some(project.id), "export-asked", self.format.name, &details).await;
        // A file that is named may be handed on.
        for file in done.beside.iter().chain([&done.file]) {
            private::lend_path(file).with_context(|| format!("`{}` cannot be made readable", file.display()))?;
        }
        if config.json {
            print_json(&serde_json::to_value(&done.manifest)?);
        } else {
            print_line(&format!("{} labels in {}", done.manifest.written, done.file.display()));
        }
        Ok(())
    }
}
