//! `querist model`: the deployable model of a project.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::progress::on_terminal;
use super::target::Target;
use super::{open, print_json, print_line};
use crate::config::Config;
use crate::evaluate::Interval;
use crate::models::{FileForm, Input, Precision};
use crate::service::models::model::{self, ModelCard};
use crate::service::projects;

/// Build a project's deployable model: encoder and committee in one ONNX file, checked before it is written.
#[derive(Debug, Args)]
pub struct ModelCommand {
    /// The project.
    slug: String,
    /// The file to write; it is complete or absent.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// The round whose committee to use. By default, the round in use: the newest, or the one rolled back to.
    #[arg(long, value_name = "N")]
    round: Option<i64>,
    /// `float`: the caller scales and orders the numbers; `uint8`: the model takes pixels and does that itself.
    #[arg(long, value_enum, default_value = "float")]
    input: Input,
    /// `int8` stores the encoder's weights in one byte each; the cost on the audit set is measured and printed.
    #[arg(long, value_enum, default_value = "f32")]
    precision: Precision,
}

impl ModelCommand {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let project = projects::by_slug(&app, &self.slug).await?;
        let form = FileForm { input: self.input, precision: self.precision };
        let (made, card) = model::make(&app, &project, self.round, form, &on_terminal()).await?;
        let target = Target::new(&self.out);
        let mut from = std::fs::File::open(&made).with_context(|| format!("`{}` cannot be read", made.display()))?;
        std::io::copy(&mut from, &mut target.open()?)
            .with_context(|| format!("`{}` cannot be written", self.out.display()))?;
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

fn describe(card: &ModelCard) -> String {
    let interval = |i: &Interval| format!("{:.1} % ({:.1} to {:.1})", i.value * 100.0, i.low * 100.0, i.high * 100.0);
    let measure = card.measure();
    let (same, right) = (format!("same {}", measure.prediction()), measure.name());
    let made = format!(
        "round {}, {} bytes, operator set {}; {} samples checked: largest difference {:.0e}, {same} on {}",
        card.round, card.size_bytes, card.opset, card.checked, card.max_difference, card.same_class
    );
    let Some(cost) = &card.cost else { return made };
    let (this, full, agreement) = (interval(&cost.this), interval(&cost.full), interval(&cost.agreement));
    let n = cost.n;
    format!("{made}\non {n} audit-labeled samples: {right} {this}, full model {full}; {same} on {agreement}")
}
