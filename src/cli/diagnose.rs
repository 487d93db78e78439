//! `querist diagnose`: what would help a project, measured on its own labels.

use clap::Args;

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::service::experiments::diagnosis::{self, Diagnosis, Effect, Finding, FindingKind, Recommendation};
use crate::service::projects;

/// Measure what would help: other encoders, cures for few labels, more labels, each with its gain on the project's labels.
#[derive(Debug, Args)]
pub struct Diagnose {
    /// The project.
    slug: String,
    /// Switch these cures on from the next round and all others off, in place of measuring; separated by commas, `none` for none.
    #[arg(long, value_name = "NAMES")]
    apply: Option<String>,
}

impl Diagnose {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let project = projects::by_slug(&app, &self.slug).await?;
        if let Some(names) = &self.apply {
            let names = if names == "none" { "" } else { names };
            diagnosis::choose(&app, &project, names).await?;
            app.store.close().await;
            return Ok(());
        }
        // What was measured is kept; running again resumes from there.
        let progress = stopping(on_terminal())?;
        if let Some(why) = diagnosis::refusal(&app, &project).await? {
            anyhow::bail!(why);
        }
        let found = diagnosis::run(&app, &project, &progress).await?;
        app.store.close().await;
        let Some(found) = found else { return Err(Interrupted.into()) };
        if config.json {
            print_json(&serde_json::to_value(&found)?);
        } else {
            for line in table(&found) {
                print_line(&line);
            }
        }
        Ok(())
    }
}

fn table(found: &Diagnosis) -> Vec<String> {
    let now = format!(
        "{} {:.1} % in cross-validation on {} labels, by {}",
        found.measure.name(),
        found.accuracy * 100.0,
        found.compared,
        found.encoder
    );
    let mut lines =
        vec![now, String::new(), format!("{:<22} {:>24} {:>9}  {}", "", "gain in points", "macro F1", "says")];
    lines.extend(found.findings.iter().chain(&found.together).map(line));
    lines.push(String::new());
    lines.push(match &found.advice {
        Recommendation::Adopt { name } => format!("Adopt {name} first."),
        Recommendation::Drop { name } => format!("Switch off {name} first."),
        Recommendation::Label { perhaps } => {
            let more = diagnosis::FURTHER;
            let sure = format!("Label on: {more} more labels promise more than anything that is certain.");
            perhaps.as_ref().map_or_else(
                || sure.clone(),
                |name| format!("{sure} {name} may add more still; the labels cannot tell yet."),
            )
        }
        Recommendation::Nothing => "Nothing that was measured makes a certain difference.".to_owned(),
    });
    lines
}

fn line(finding: &Finding) -> String {
    let gain = finding.gain;
    let points = format!("{:+.1} [{:+.1}, {:+.1}]", gain.value * 100.0, gain.low * 100.0, gain.high * 100.0);
    let name = match finding.kind {
        FindingKind::Labels => format!("{} more labels", finding.name),
        _ => finding.name.clone(),
    };
    let says = match finding.effect {
        Effect::Helps => "helps",
        Effect::Open => "cannot tell",
        Effect::Hurts => "hurts",
    };
    let says = if finding.in_use { format!("{says}, in use") } else { says.to_owned() };
    format!("{name:<22} {points:>24} {:>+9.1}  {says}", finding.macro_f1.value * 100.0)
}
