//! `querist select`: one batch from given arrays.

use std::io::Write as _;
use std::path::PathBuf;

use crate::config::Config;
use crate::cpu::Cpu;
use crate::domain::Task;
use crate::learn::Link;
use crate::query::{Strategy, UnknownStrategy};
use crate::service::experiments::select::{Request, select};

/// Choose one batch from given arrays and print it as JSON.
#[derive(Debug, clap::Args)]
pub struct Select {
    /// A name from `querist strategies`.
    #[arg(long, default_value = "auto")]
    pub strategy: String,
    /// `single`: one class per sample. `multi`: any number of labels per sample.
    #[arg(long, value_enum, default_value_t = Task::Single)]
    pub task: Task,
    /// Embeddings, samples × dimensions (.npy).
    #[arg(long, value_name = "X.npy")]
    pub embeddings: PathBuf,
    /// Positions of labeled samples (.npy).
    #[arg(long, value_name = "idx.npy")]
    pub labeled: PathBuf,
    /// Their classes, whole numbers from 0 (.npy); for `multi`, positions × labels of 0 and 1.
    #[arg(long, value_name = "y.npy")]
    pub labels: PathBuf,
    /// Number of classes, or of labels.
    #[arg(long, value_name = "K")]
    pub classes: usize,
    /// Samples to pick.
    #[arg(long, default_value_t = 10, value_name = "B", value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    /// Seed of random choices.
    #[arg(long, default_value_t = 0, value_name = "N")]
    pub seed: u64,
    /// Probabilities, n × k or m × n × k for a committee (.npy); then no head is fitted.
    #[arg(long, value_name = "P.npy")]
    pub probabilities: Option<PathBuf>,
}

impl Select {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let (cpu, wanted) = (Cpu::new(config.threads)?, self.batch as usize);
        let request = self.request();
        let selection = cpu.run(move || select(&request)).await??;
        if selection.picked.len() < wanted {
            eprintln!("only {} samples could be picked of the {wanted} that --batch asks for", selection.picked.len());
        }
        writeln!(std::io::stdout().lock(), "{}", serde_json::to_string(&selection)?)?;
        Ok(())
    }

    /// The arguments; a strategy that the task does not know ends the program as any other wrong argument does.
    fn request(self) -> Request {
        let link = Link::from(self.task);
        let wrong = |error: UnknownStrategy| -> Strategy {
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{error}\n")).exit()
        };
        let strategy = Strategy::named(&self.strategy, link).unwrap_or_else(wrong);
        if strategy.as_str() != self.strategy {
            eprintln!("`{}` means `{strategy}` here", self.strategy);
        }
        Request {
            strategy,
            link,
            embeddings: self.embeddings,
            labeled: self.labeled,
            labels: self.labels,
            classes: self.classes,
            batch: self.batch as usize,
            seed: self.seed,
            probabilities: self.probabilities,
        }
    }
}
