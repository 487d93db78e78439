//! `querist distill`: a small fast model that says what the committee says.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::target::Target;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::evaluate::Interval;
use crate::models::Input;
use crate::service::encoders::adding as encoders;
use crate::service::models::distilling::{self, Card, DistillingError, Side, WantedStudent};
use crate::service::projects;

/// Distill the committee into a smaller encoder's head, on the whole pool, and write both as one small model.
#[derive(Debug, Args)]
pub struct Distill {
    /// The project.
    slug: String,
    /// The smaller encoder (`querist encoder list`).
    #[arg(long, value_name = "NAME")]
    encoder: String,
    /// The file to write; it is complete or absent.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Softens the committee's probabilities, 1 or more: higher teaches more of its second choices.
    #[arg(long, default_value_t = 2.0, value_name = "T")]
    temperature: f64,
    /// Share of a labeled sample's target that is its label, 0 to 1; the rest is the committee's opinion.
    #[arg(long, default_value_t = 0.5, value_name = "SHARE")]
    label_share: f64,
    /// `float`: the caller scales and orders the numbers; `uint8`: the model takes pixels and does that itself.
    #[arg(long, value_enum, default_value = "float")]
    input: Input,
}

impl Distill {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let project = projects::by_slug(&app, &self.slug).await?;
        let student = encoders::by_name(&app, &self.encoder).await?;
        // Embeddings made so far are kept; running again resumes from there.
        let progress = stopping(on_terminal())?;
        let wanted = WantedStudent { temperature: self.temperature, label_share: self.label_share, input: self.input };
        let (bytes, card) = match distilling::distilled(&app, &project, &student, wanted, &progress).await {
            Err(DistillingError::Stopped) => return Err(Interrupted.into()),
            done => done?,
        };
        let target = Target::new(&self.out);
        target.open()?.write_all(&bytes).with_context(|| format!("`{}` cannot be written", self.out.display()))?;
        target.finish()?;
        app.store.close().await;
        if config.json {
            print_json(&serde_json::to_value(&card)?);
        } else {
            print_line(&describe(&card));
        }
        Ok(())
    }
}

fn describe(card: &Card) -> String {
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let interval = |i: &Interval| format!("{} ({} to {})", percent(i.value), percent(i.low), percent(i.high));
    let side = |side: &Side| {
        let mb = side.size_bytes as f64 / 1e6;
        format!("{}, {mb:.1} MB, {:.1} ms per sample", side.encoder, side.ms_per_image)
    };
    let taught = format!(
        "teacher: round {} on {}\nstudent: {}\ntaught by {} samples; on held-out ones both predict the same {} in {}",
        card.round,
        side(&card.teacher),
        side(&card.student),
        card.taught,
        card.measure.prediction(),
        percent(card.agreement)
    );
    let Some(audit) = &card.audit else { return taught };
    let (this, full, same) = (interval(&audit.this), interval(&audit.full), interval(&audit.agreement));
    let (n, measure, predicted) = (audit.n, card.measure.name(), card.measure.prediction());
    format!("{taught}\non {n} audit-labeled samples: {measure} {this}, teacher {full}; same {predicted} on {same}")
}
