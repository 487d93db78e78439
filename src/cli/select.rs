//! `querist select`: one batch from given arrays.

use std::io::Write as _;
use std::path::PathBuf;

use crate::config::Config;
use crate::cpu::Cpu;
use crate::query::Strategy;
use crate::service::select::{Request, select};

/// Choose one batch from given arrays and print it as JSON.
#[derive(Debug, clap::Args)]
pub struct Select {
    /// A name from `querist strategies`.
    #[arg(long, default_value = "auto")]
    pub strategy: Strategy,
    /// Embeddings, samples × dimensions (.npy).
    #[arg(long, value_name = "X.npy")]
    pub embeddings: PathBuf,
    /// Positions of labeled samples (.npy).
    #[arg(long, value_name = "idx.npy")]
    pub labeled: PathBuf,
    /// Their classes, whole numbers from 0 (.npy).
    #[arg(long, value_name = "y.npy")]
    pub labels: PathBuf,
    /// Number of classes.
    #[arg(long, value_name = "K")]
    pub classes: usize,
    /// Samples to pick.
    #[arg(long, default_value_t = 10, value_name = "B", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Probabilities, n × k or m × n × k for a committee (.npy); with them no head is fitted.
    #[arg(long, value_name = "P.npy")]
    pub probabilities: Option<PathBuf>,
}

impl Select {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let request = Request {
            strategy: self.strategy,
            embeddings: self.embeddings,
            labeled: self.labeled,
            labels: self.labels,
            classes: self.classes,
            batch: self.batch as usize,
            seed: self.seed,
            probabilities: self.probabilities,
        };
        let selection = Cpu::new(config.threads)?.run(move || select(&request)).await??;
        writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&selection)?)?;
        Ok(())
    }
}
