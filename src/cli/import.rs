//! `querist import`: pictures into a project.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};
use clap::Args;

use super::process::Interrupted;
use super::signals::stopping;
use super::target::Target;
use super::{open, print_json, print_line, progress};
use crate::config::Config;
use crate::dataset::{ColumnCorrections, LabelsFrom};
use crate::domain::Project;
use crate::domain::import::{Bucket, ImportItem};
use crate::service::App;
use crate::service::encoders::encoding;
use crate::service::exchange::importing::{self, ImportOptions, ImportReport, ItemTable};
use crate::service::people::{accounts, record};

/// Items of a bucket that are listed on the terminal.
const SHOWN: usize = 20;
/// Items of a report that are read at a time.
const PAGE: i64 = 5000;

/// Import samples into a project: from a folder, a zip, a tar, a tar.gz, Parquet, or a table (CSV, TSV, JSONL, JSON of Label
/// Studio or COCO) that names them.
#[derive(Debug, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
pub struct ImportCommand {
    /// The project.
    slug: String,
    /// Folder, archive, Parquet or table.
    path: PathBuf,
    /// Import labels too: from each file's folder (`folder`), or from this column of the table.
    #[arg(long, value_name = "folder|COLUMN")]
    labels: Option<String>,
    /// Replace labels from an earlier import. People's answers stay.
    #[arg(long)]
    relabel: bool,
    /// Who says so: the name of the source that the labels come from, or of the model whose predictions they are.
    #[arg(long, value_name = "NAME")]
    source: Option<String>,
    /// What `--labels` names are predictions of the model named by `--source`. They are compared with answers, and never labels.
    #[arg(long, requires = "source", requires = "labels", conflicts_with = "relabel")]
    predictions: bool,
    /// The column of a table or Parquet file that holds the texts. By default `text`, `content`, `body` or another usual name.
    #[arg(long, value_name = "COLUMN")]
    content: Option<String>,
    /// What a column of rows is, where what is found in it is not what it means: `number`, `text` (categories, dates), `id`, or `none`
    /// to leave it out. Repeat the flag.
    #[arg(long = "column", value_name = "NAME=KIND")]
    columns: Vec<String>,
    /// Read and check everything, change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Exit with 1 if anything was refused or contradicts, not only if nothing could be used.
    #[arg(long)]
    strict: bool,
    /// Who the labels are attributed to. By default, the first admin.
    #[arg(long, value_name = "NAME")]
    by: Option<String>,
    /// Write the full report, with every item that was not simply added, to this file: CSV if its name ends in `.csv`, otherwise JSON.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
}

impl ImportCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let Some(project) = app.store.project_by_slug(&self.slug).await? else {
            bail!("project `{}` was not found; create it with `querist project new`", self.slug);
        };
        let account = match &self.by {
            Some(name) => accounts::by_name(&app, name).await?.id,
            None => (app.store.importing_account().await?).context(
                "there is no admin yet to attribute the import to; add one with `querist user add NAME --role admin`",
            )?,
        };
        let labels = match self.labels.as_deref() {
            None => LabelsFrom::Nowhere,
            Some("folder") => LabelsFrom::Folder,
            Some(column) => LabelsFrom::Column(column.to_owned()),
        };
        let options = ImportOptions {
            dry_run: self.dry_run,
            relabel: self.relabel,
            named: self.source.clone().unwrap_or_default().trim().to_owned(),
            predicts: self.predictions,
            content: self.content.clone(),
            columns: ColumnCorrections::read(&self.columns.join("\n"))?,
            ..ImportOptions::new(labels, account)
        };
        // Samples imported so far are kept; running again resumes from there.
        let progress = stopping(progress::on_terminal())?;
        let done = importing::import(&app, &project, &self.path, options, &progress).await?;
        if done.added + done.labeled > 0 && !self.dry_run {
            // A server that is running, or starts later, takes over from here.
            encoding::request(&app, project.id).await?;
        }
        if !self.dry_run {
            record::command(&app, Some(project.id), "import-asked", &self.path.display().to_string(), &[]).await;
        }
        let told = self.tell(&app, &project, config, &done).await;
        app.store.close().await;
        told
    }

    async fn tell(&self, app: &App, project: &Project, config: &Config, report: &ImportReport) -> anyhow::Result<()> {
        if let Some(file) = &self.report {
            write_report(app, file, report).await.with_context(|| format!("`{}` cannot be written", file.display()))?;
        }
        for note in &report.notes {
            eprintln!("note: {note}");
        }
        for bucket in [Bucket::Refused, Bucket::Contradiction, Bucket::PassedOver] {
            list(bucket, report);
        }
        if config.json {
            print_json(&serde_json::to_value(report)?);
        } else {
            print_line(&report.to_string());
        }
        if let (Some(import), true) = (report.import, report.counts.deserve_a_look()) {
            eprintln!("the full report is on the server: /p/{}/imports/{import}", project.slug);
        }
        if report.interrupted {
            return Err(Interrupted.into());
        }
        if report.counts.used() == 0 {
            bail!("nothing in `{}` could be used", self.path.display());
        }
        if self.strict && report.counts.deserve_a_look() {
            let counts = report.counts;
            bail!("{} refused, {} labels contradict those that stand", counts.refused, counts.contradictions);
        }
        Ok(())
    }
}

/// Print the outcome of a bucket's first items.
fn list(bucket: Bucket, report: &ImportReport) {
    let n = report.counts.of(bucket) as usize;
    for item in report.items.iter().filter(|item| item.bucket == bucket).take(SHOWN) {
        eprintln!("{}", sentence(item));
    }
    if n > SHOWN {
        eprintln!("{} {} more; `--report FILE` lists them all", heading(bucket), n - SHOWN);
    }
}

fn heading(bucket: Bucket) -> &'static str {
    match bucket {
        Bucket::Added => "added",
        Bucket::Same => "there already",
        Bucket::Label => "label taken",
        Bucket::Contradiction => "contradiction:",
        Bucket::PassedOver => "passed over",
        Bucket::Refused => "refused",
    }
}

fn sentence(item: &ImportItem) -> String {
    let text = |text: &Option<String>| text.as_deref().unwrap_or_default().escape_debug().to_string();
    let (name, heading) = (item.name.escape_debug(), heading(item.bucket));
    if item.bucket == Bucket::Contradiction {
        let (label, standing, other) = (text(&item.label), text(&item.standing), text(&item.same_as));
        return format!("{heading} {name} says `{label}`, and the same sample, {other}, is `{standing}`, which stands");
    }
    format!("{heading} {name}: {}", item.reason.as_deref().unwrap_or_default())
}

/// Every item that was not plainly added: as CSV, or with everything else as JSON.
async fn write_report(app: &App, file: &Path, report: &ImportReport) -> anyhow::Result<()> {
    let items = whole(app, report).await?;
    let target = Target::new(file);
    let mut out = std::io::BufWriter::new(target.open()?);
    if file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("csv")) {
        let mut table = ItemTable::new(out)?;
        items.iter().try_for_each(|item| table.write(item))?;
        table.finish()?.flush()?;
        return target.finish();
    }
    serde_json::to_writer_pretty(&mut out, &ImportReport { items, ..report.clone() })?;
    out.flush()?;
    target.finish()
}

/// All items, including those that only the database has.
async fn whole(app: &App, report: &ImportReport) -> anyhow::Result<Vec<ImportItem>> {
    let Some(import) = report.import else { return Ok(report.items.clone()) };
    let (mut items, mut after) = (Vec::new(), -1);
    loop {
        let page = app.store.import_items(import, None, after, PAGE).await?;
        let Some((last, _)) = page.last() else { return Ok(items) };
        after = *last;
        items.extend(page.into_iter().map(|(_, item)| item));
    }
}
