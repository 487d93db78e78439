//! `querist synthetic`: synthetic samples, judged before they train, and made up where that needs no download.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::target::Target;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::dataset::LabelsFrom;
use crate::evaluate::Interval;
use crate::evaluate::synthetic::{GatePlan, SyntheticFinding, SyntheticReport};
use crate::modality::text::rewording::{Alternatives, Synonyms};
use crate::service::experiments::synthetic::{self, SyntheticCheck};
use crate::service::projects;

/// Near copies that are listed on the terminal.
const SHOWN: usize = 20;

/// Judge synthetic samples by a project's labeled ones, or make some up.
#[derive(Debug, Args)]
pub struct SyntheticCommand {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Judge synthetic samples: like real ones, as varied, of their class, no copies, and do they help? Nothing is imported.
    Check {
        /// The project.
        slug: String,
        /// Folder, archive or table, as `querist import` takes it.
        path: PathBuf,
        /// Where the class of each sample stands: its folder (`folder`), or this column of the table.
        #[arg(long, value_name = "folder|COLUMN", default_value = "folder")]
        labels: String,
        /// The most that all synthetic samples together weigh in training, as a share of what real ones weigh.
        #[arg(long, value_name = "SHARE", default_value_t = 0.5, value_parser = share)]
        share: f64,
        /// Judge the gain by macro F1, in which every class counts alike.
        #[arg(long)]
        every_class: bool,
    },
    /// Make up rows or texts after the labeled ones, as JSONL with a column `class`. Pictures and series need a generator of your own.
    Make {
        /// The project.
        slug: String,
        /// The file to write; it is complete or absent.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
        /// Samples of each class.
        #[arg(long, default_value_t = 50, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
        per_class: u32,
        /// Of texts: words and their synonyms, tab-separated, a word a line.
        #[arg(long, value_name = "FILE")]
        synonyms: Option<PathBuf>,
        /// Of texts: a sample's number or text, a tab, and another text that says the same.
        #[arg(long, value_name = "FILE")]
        alternatives: Option<PathBuf>,
        /// Seed of random choices.
        #[arg(long, default_value_t = 0, value_name = "N")]
        seed: u64,
    },
}

fn share(text: &str) -> Result<f64, String> {
    let share: f64 = text.parse().map_err(|_| "give a share such as 0.5".to_owned())?;
    if share > 0.0 && share <= 1.0 { Ok(share) } else { Err("give a share above 0 and at most 1".to_owned()) }
}

impl SyntheticCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        match self.action {
            Action::Check { slug, path, labels, share, every_class } => {
                let labels = if labels == "folder" { LabelsFrom::Folder } else { LabelsFrom::Column(labels) };
                check(config, &slug, &path, labels, (share, every_class)).await
            }
            Action::Make { slug, out, per_class, synonyms, alternatives, seed } => {
                make(config, &slug, &out, per_class as usize, (synonyms, alternatives), seed).await
            }
        }
    }
}

async fn check(
    config: &Config,
    slug: &str,
    path: &std::path::Path,
    labels: LabelsFrom,
    (share, every_class): (f64, bool),
) -> anyhow::Result<()> {
    let app = open(config).await?;
    let project = projects::by_slug(&app, slug).await?;
    let plan = GatePlan { share, every_class, seed: project.seed as u64 };
    let progress = stopping(on_terminal())?;
    let found = synthetic::check(&app, &project, path, labels, plan, &progress).await?;
    app.store.close().await;
    let Some(found) = found else { return Err(Interrupted.into()) };
    for one in &found.refused {
        eprintln!("refused {}: {}", one.name.escape_debug(), one.reason);
    }
    if config.json {
        print_json(&serde_json::to_value(&found)?);
    } else {
        for line in told(&found, every_class) {
            print_line(&line);
        }
    }
    Ok(())
}

async fn make(
    config: &Config,
    slug: &str,
    out: &std::path::Path,
    count: usize,
    (synonyms, alternatives): (Option<PathBuf>, Option<PathBuf>),
    seed: u64,
) -> anyhow::Result<()> {
    let read = |path: Option<PathBuf>| match path {
        Some(path) => std::fs::read(&path).with_context(|| format!("`{}` cannot be read", path.display())),
        None => Ok(Vec::new()),
    };
    let words = (Synonyms::read(&read(synonyms)?)?, Alternatives::read(&read(alternatives)?)?);
    let app = open(config).await?;
    let project = projects::by_slug(&app, slug).await?;
    let made = synthetic::make(&app, &project, count, words, seed).await?;
    app.store.close().await;
    let target = Target::new(out);
    target
        .open()?
        .write_all(made.lines.as_bytes())
        .with_context(|| format!("`{}` cannot be written", out.display()))?;
    target.finish()?;
    if !made.left_out.is_empty() {
        eprintln!("left out, since they are free text: {}", made.left_out.join(", "));
    }
    if !made.without.is_empty() {
        eprintln!("classes without a labeled sample: {}", made.without.join(", "));
    }
    if config.json {
        print_json(&serde_json::json!({ "made": made.made, "equal": made.equal, "file": out }));
    } else {
        print_line(&format!("{} samples in {}, {} of them as a real one", made.made, out.display(), made.equal));
    }
    Ok(())
}

fn told(found: &SyntheticCheck, every_class: bool) -> Vec<String> {
    let report = &found.report;
    let mut lines = vec![format!("{} synthetic samples beside {} real ones", report.synthetic, report.real)];
    lines.extend(figures(report));
    lines.push(String::new());
    lines.extend(report.findings.iter().map(|finding| said(finding, &found.classes, every_class)));
    for copy in found.copies.iter().take(SHOWN) {
        lines.push(format!("near copy: {} of sample {} (distance {:.3})", copy.name, copy.sample, copy.distance));
    }
    if found.copies.len() > SHOWN {
        lines.push(format!("{} further near copies; `--json` lists them all", found.copies.len() - SHOWN));
    }
    lines.push(String::new());
    lines.push(
        if found.recommended {
            "They may train: no fault was found, and they help."
        } else {
            "They are not recommended for training."
        }
        .to_owned(),
    );
    lines
}

fn figures(report: &SyntheticReport) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(fidelity) = &report.fidelity {
        let (own, halves) = (number(&fidelity.distance, 3), number(&fidelity.halves, 3));
        lines.push(format!("{:<24} {own}; real halves {halves}", "Fréchet distance"));
    }
    if let Some(area) = &report.told_apart {
        lines.push(format!("{:<24} {}", "told apart (0.5: chance)", number(area, 2)));
    }
    if let Some(scores) = &report.manifold {
        let percent = |share: f64| format!("{:.1} %", share * 100.0);
        lines.push(format!("{:<24} {}", "precision", percent(scores.precision.value)));
        lines.push(format!("{:<24} {}", "recall", percent(scores.recall.value)));
        lines.push(format!("{:<24} {:.2}", "density", scores.density));
        let expected = percent(scores.coverage_expected);
        lines.push(format!("{:<24} {}; expected {expected}", "coverage", percent(scores.coverage.value)));
    }
    if let Some(utility) = &report.utility {
        lines.push(format!("{:<24} {} points", "gain in accuracy", points(&utility.accuracy_gain)));
        lines.push(format!("{:<24} {} points", "gain in macro F1", points(&utility.macro_f1_gain)));
    }
    lines
}

fn number(interval: &Interval, places: usize) -> String {
    format!("{:.places$} [{:.places$}, {:.places$}]", interval.value, interval.low, interval.high)
}

fn points(gain: &Interval) -> String {
    format!("{:+.1} [{:+.1}, {:+.1}]", gain.value * 100.0, gain.low * 100.0, gain.high * 100.0)
}

fn said(finding: &SyntheticFinding, classes: &[String], every_class: bool) -> String {
    let class = |at: usize| classes.get(at).map_or("?", String::as_str);
    let percent = |share: f64| format!("{:.0} %", share * 100.0);
    let measure = if every_class { "macro F1" } else { "accuracy" };
    match finding {
        SyntheticFinding::Copies { copies, share, usual } => {
            format!(
                "copies: {copies} repeat a real sample, {} where {} is usual",
                percent(share.value),
                percent(*usual)
            )
        }
        SyntheticFinding::OneMode { class: at, coverage, expected, .. } => {
            format!(
                "one mode of {}: it covers {} where {} is expected",
                class(*at),
                percent(*coverage),
                percent(*expected)
            )
        }
        SyntheticFinding::WrongClass { class: at, share, usual, called } => {
            let called = called.map_or_else(String::new, |at| format!("; most others look like {}", class(at)));
            format!(
                "wrong class: {} of {} look like it, {} of real ones{called}",
                percent(*share),
                class(*at),
                percent(*usual)
            )
        }
        SyntheticFinding::Shifted { told_apart, .. } => {
            format!("shifted: they are told from real ones ({})", number(told_apart, 2))
        }
        SyntheticFinding::HelpsBy { gain } => format!("helps: {} points of {measure}", points(gain)),
        SyntheticFinding::HurtsBy { gain } => format!("hurts: {} points of {measure}", points(gain)),
        SyntheticFinding::NoGain { gain } => format!("no gain shown: {} points of {measure}", points(gain)),
        SyntheticFinding::TooFew { class: at, real, synthetic } => {
            format!("too few of {} to tell how varied they are: {real} real, {synthetic} synthetic", class(*at))
        }
        SyntheticFinding::NotMeasured { real } => {
            format!("{real} real samples are too few to measure whether they help")
        }
    }
}
