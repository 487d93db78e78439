//! `querist predict`: labels new samples with a model that Querist made.

use std::io::{IsTerminal as _, Write};
use std::ops::ControlFlow;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::Args;

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::target::Target;
use crate::config::Config;
use crate::cpu::Cpu;
use crate::dataset::Contents;
use crate::dataset::cells::protect;
use crate::domain::task;
use crate::learn::Link;
use crate::models::Deployed;
use crate::progress::Progress;
use crate::runtime::{Runtime, Settings};
use crate::service::models::predict::{self, Labeled, ListedPaths, PredictOutcome};

/// Label new samples with a `model.onnx` made by Querist: files, or what archives and tables hold. Needs neither a project nor a data
/// folder.
///
/// A model for any number of classes per sample gives those with a probability of one half or more, separated by `|`; `|`
/// alone means none.
#[derive(Debug, Args)]
pub struct Predict {
    /// The model, from the export page or `querist model`.
    model: PathBuf,
    /// Files; folders, with all their subfolders; zips and tars; tables of texts, rows or series, as CSV, TSV, JSONL or Parquet.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// The column of a table that holds the texts. By default `text`, `content`, `body` or another usual name.
    #[arg(long, value_name = "COLUMN")]
    content: Option<String>,
    /// Print the probability of every class, not only of the most likely one.
    #[arg(long)]
    all: bool,
    /// Write to this file instead of standard output; it is complete or absent.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl Predict {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let bytes = std::fs::read(&self.model).with_context(|| format!("`{}` cannot be read", self.model.display()))?;
        let runtime = Runtime::open(&Settings::from_config(config)?)?;
        let deployed = Deployed::from_bytes(&runtime, &bytes)
            .with_context(|| format!("`{}` cannot be used", self.model.display()))?;
        let contents = Contents::of(deployed.intake().modality());
        let mut listed = ListedPaths::of(&self.paths, contents, self.content.as_deref());
        for one in &listed.passed {
            eprintln!("passed over {}: {}", one.name.escape_debug(), one.reason);
        }
        if listed.is_empty() {
            bail!("there are no files in {}", list(&self.paths));
        }
        let mut refused = std::mem::take(&mut listed.refused);
        let target = self.out.as_deref().map(Target::new);
        let table = Table::new(config.json, self.all, &deployed, target.as_ref())?;
        // A bar and rows on one terminal would run into each other.
        let on_screen = target.is_none() && std::io::stdout().is_terminal();
        let progress = stopping(if on_screen { Progress::silent() } else { on_terminal() })?;
        let cpu = Cpu::new(config.threads)?;
        let watch = progress.clone();
        let work = cpu.clone();
        let (table, done) = cpu.blocking(move || label(&work, &deployed, listed, &watch, table)).await?;
        let done = done?;
        let total = done.met + refused.len() as u64;
        refused.extend(done.refused);
        let labeled = table.finish()?;
        for one in &refused {
            eprintln!("refused {}: {}", one.name.escape_debug(), one.reason);
        }
        if progress.stopped() && !done.complete {
            eprintln!("stopped after {labeled} samples");
            return Err(Interrupted.into());
        }
        if let Some(target) = target {
            target.finish()?;
        }
        match refused.len() {
            0 => Ok(()),
            n => bail!("{n} of {total} files could not be labeled; the reasons are above"),
        }
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}

fn label(
    cpu: &Cpu,
    deployed: &Deployed,
    listed: ListedPaths,
    progress: &Progress,
    mut table: Table,
) -> (Table, anyhow::Result<PredictOutcome>) {
    let done = predict::label(cpu, deployed, listed, progress, &mut |rows| table.write(&rows));
    (table, done.map_err(Into::into))
}

/// The number with as few digits as tell a float from its neighbours.
fn short(p: f32) -> f64 {
    p.to_string().parse().unwrap_or_else(|_| f64::from(p))
}

/// Writes rows as CSV or JSON lines.
struct Table {
    csv: Option<csv::Writer<Box<dyn Write + Send>>>,
    json: Option<Box<dyn Write + Send>>,
    all: bool,
    /// Whether a picture has any number of the classes.
    multi: bool,
    classes: Vec<String>,
    labeled: usize,
    failed: Option<std::io::Error>,
}

impl Table {
    fn new(json: bool, all: bool, model: &Deployed, target: Option<&Target>) -> anyhow::Result<Self> {
        let (classes, multi) = (model.classes(), model.link() == Link::Sigmoid);
        let out: Box<dyn Write + Send> = match target {
            None => Box::new(std::io::stdout()),
            Some(target) => Box::new(std::io::BufWriter::new(target.open()?)),
        };
        let mut table = Self { csv: None, json: None, all, multi, classes: classes.to_vec(), labeled: 0, failed: None };
        if json {
            table.json = Some(out);
        } else {
            let mut csv = csv::Writer::from_writer(out);
            let named: &[&str] = if multi { &["path", "classes"] } else { &["path", "class", "probability"] };
            let mut header: Vec<String> = named.iter().map(ToString::to_string).collect();
            if all {
                header.extend(classes.iter().map(|class| format!("p({class})")));
            }
            csv.write_record(&header)?;
            table.csv = Some(csv);
        }
        Ok(table)
    }

    /// Breaks when the reader is gone or the disk is full.
    fn write(&mut self, rows: &[Labeled]) -> ControlFlow<()> {
        match self.try_write(rows) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    fn try_write(&mut self, rows: &[Labeled]) -> std::io::Result<()> {
        for row in rows {
            let (best, probability) = row.best();
            let class = self.classes.get(best).map(String::as_str).unwrap_or_default();
            let set: Vec<&str> = if self.multi {
                row.set().into_iter().filter_map(|k| self.classes.get(k).map(String::as_str)).collect()
            } else {
                Vec::new()
            };
            if let Some(csv) = &mut self.csv {
                csv.write_field(protect(&row.name).as_bytes())?;
                if self.multi {
                    csv.write_field(protect(&task::join(&set)).as_bytes())?;
                } else {
                    csv.write_field(protect(class).as_bytes())?;
                    csv.write_field(probability.to_string())?;
                }
                if self.all {
                    row.probabilities.iter().try_for_each(|p| csv.write_field(p.to_string()))?;
                }
                csv.write_record(None::<&[u8]>)?;
            } else if let Some(json) = &mut self.json {
                let mut line = if self.multi {
                    serde_json::json!({ "path": row.name, "classes": set })
                } else {
                    serde_json::json!({ "path": row.name, "class": class, "probability": short(probability) })
                };
                if self.all {
                    let each = self.classes.iter().cloned().zip(row.probabilities.iter().map(|&p| short(p).into()));
                    line["probabilities"] = serde_json::Value::Object(each.collect());
                }
                writeln!(json, "{line}")?;
            }
            self.labeled += 1;
        }
        match (&mut self.csv, &mut self.json) {
            (Some(csv), _) => csv.flush(),
            (_, Some(json)) => json.flush(),
            _ => Ok(()),
        }
    }

    /// The rows that were written. A closed pipe is not an error.
    fn finish(mut self) -> anyhow::Result<usize> {
        // The header of a table without rows is still in the buffer.
        let flushed = self.csv.as_mut().map_or(Ok(()), csv::Writer::flush);
        match self.failed.take().map_or(flushed, Err) {
            Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
                Err(error).context("the result cannot be written")
            }
            _ => Ok(self.labeled),
        }
    }
}
