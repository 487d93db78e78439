//! `querist simulate`: an active-learning experiment on labeled data.

use std::io::Write as _;
use std::path::PathBuf;

use anyhow::Context as _;

use super::progress::on_terminal;
use crate::config::Config;
use crate::cpu::Cpu;
use crate::domain::Modality;
use crate::evaluate::experiment::{Data, Plan};
use crate::learn::cures::{self, Cure};
use crate::learn::{CommitteeOptions, Link};
use crate::progress::Progress;
use crate::query::Strategy;
use crate::runtime::{LazyRuntime, Settings};
use crate::service::experiments::simulate::embed::Embedder;
use crate::service::experiments::simulate::{self, Files, SimulateError};

/// Decides the test share and the built-in encoder, which are the same for every repetition.
const TREE_SEED: u64 = 0;

/// Compare strategies on labeled data: how many labels would each have needed?
#[derive(Debug, clap::Args)]
pub struct Simulate {
    /// A tree `train/CLASS/*` and `test/CLASS/*`, or `CLASS/*` with --test-share.
    #[arg(value_name = "DATA", required_unless_present = "embeddings")]
    pub data_tree: Option<PathBuf>,
    /// What the samples of DATA are.
    #[arg(long, value_enum, default_value = "image")]
    pub modality: Modality,
    /// Encoder for the samples of DATA: `builtin`, learned from them without labels, or an ONNX file.
    #[arg(long, value_name = "E", default_value = "builtin")]
    pub encoder: String,
    /// Share of DATA held out for testing, if it has no `test` folder.
    #[arg(long, default_value_t = 0.2)]
    pub test_share: f64,
    /// Embeddings of the pool, samples × dimensions (.npy), instead of DATA.
    #[arg(long, value_name = "X.npy", conflicts_with = "data_tree", requires_all = ["labels", "test_embeddings", "test_labels"])]
    pub embeddings: Option<PathBuf>,
    /// Classes of the pool, whole numbers from 0 (.npy).
    #[arg(long, value_name = "y.npy")]
    pub labels: Option<PathBuf>,
    /// Embeddings of the test set (.npy).
    #[arg(long, value_name = "Xt.npy")]
    pub test_embeddings: Option<PathBuf>,
    /// Classes of the test set (.npy).
    #[arg(long, value_name = "yt.npy")]
    pub test_labels: Option<PathBuf>,
    /// Strategies to compare, separated by commas; see `querist strategies`. Include `random` to get ratios.
    #[arg(long, value_delimiter = ',', default_value = "auto,random,margin")]
    pub strategy: Vec<Strategy>,
    /// Labels drawn at random before the first round, the same for every strategy.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub initial: u32,
    /// Labels asked per round.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    pub batch: u32,
    /// Total labels.
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(1..))]
    pub budget: u32,
    /// Paired repetitions; fewer than ten rarely tell strategies apart.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    pub seeds: u32,
    /// Cures that help the committee to learn, separated by commas (`docs/cures.md`).
    #[arg(long, value_delimiter = ',', value_name = "NAMES")]
    pub cures: Vec<String>,
    /// Also save the embeddings and labels as .npy files in this folder, for other programs and later runs.
    #[arg(long, value_name = "DIR")]
    pub keep_arrays: Option<PathBuf>,
    /// Folder for curves.csv, summary.json and curves.svg. Runs already there are not repeated: an interrupted command
    /// continues, and you may add seeds or strategies.
    #[arg(long, default_value = "simulation", value_name = "DIR")]
    pub out: PathBuf,
}

impl Simulate {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        if self.budget < self.initial {
            let why = format!(
                "--budget {} is below --initial {}; spend at least the initial labels\n",
                self.budget, self.initial
            );
            clap::Error::raw(clap::error::ErrorKind::ValueValidation, why).exit();
        }
        let source = self.source(config)?;
        simulate::prepare(&self.out)?;
        let _tidy = Tidy(self.out.clone());
        let plan = Plan {
            strategies: self.strategies(),
            initial: self.initial as usize,
            batch: self.batch as usize,
            budget: self.budget as usize,
            seeds: u64::from(self.seeds),
            committee: CommitteeOptions::default(),
            cures: self.cures(),
        };
        let progress = on_terminal();
        let cpu = Cpu::new(config.threads)?;
        let (folder, keep) = (self.out.clone(), self.keep_arrays.clone());
        let work = move || {
            let data = source.read(&progress)?;
            if plan.budget > data.pool.rows() {
                let pool = data.pool.rows();
                eprintln!("--budget {} is more than the {pool} samples of the pool; the curves end there", plan.budget);
            }
            if let Some(folder) = keep {
                simulate::keep(&folder, &data)?;
            }
            simulate::running::run(&data, &plan, &folder, &progress)
        };
        let (points, summary) = cpu.run(work).await??;
        simulate::write(&self.out, &points, &summary)?;
        let mut out = std::io::stdout().lock();
        if config.json {
            writeln!(out, "{}", serde_json::to_string(&summary)?)?;
            return Ok(());
        }
        writeln!(out, "{:<18} {:>24} {:>24} {:>10}", "strategy", "area under curve", "labels saved at 95 %", "final")?;
        for s in &summary.strategies {
            let area = s.area_under_curve;
            let saved = s.targets.iter().find(|t| (t.share - 0.95).abs() < 1e-9).and_then(|t| t.ratio_to_random);
            let saved = saved.map_or("-".to_owned(), |r| format!("{:.2}x [{:.2}, {:.2}]", r.value, r.low, r.high));
            let area = format!("{:.4} [{:.4}, {:.4}]", area.value, area.low, area.high);
            writeln!(out, "{:<18} {area:>24} {saved:>24} {:>10.4}", s.strategy, s.final_accuracy.value)?;
        }
        for verdict in summary.strategies.iter().filter_map(|s| s.verdict.as_ref()) {
            writeln!(out, "\n{}.", verdict.sentence)?;
        }
        Ok(())
    }

    /// The cures by name; a wrong one ends the program.
    fn cures(&self) -> Vec<&'static Cure> {
        match cures::parse(&self.cures.join(" "), Link::Softmax) {
            Ok(cures) => cures,
            Err(error) => {
                clap::Error::raw(clap::error::ErrorKind::ValueValidation, format!("{error}\n")).exit();
            }
        }
    }

    fn source(&self, config: &Config) -> anyhow::Result<Source> {
        if let Some(root) = self.data_tree.clone() {
            let runtime = LazyRuntime::new(Settings::from_config(config)?);
            let embedder = Embedder::new(runtime, self.modality, &self.encoder, TREE_SEED);
            return Ok(Source::Tree { root, test_share: self.test_share, embedder: Box::new(embedder) });
        }
        Ok(Source::Arrays(Files {
            embeddings: self.embeddings.clone().context("give DATA, or --embeddings")?,
            labels: self.labels.clone().context("--labels is missing")?,
            test_embeddings: self.test_embeddings.clone().context("--test-embeddings is missing")?,
            test_labels: self.test_labels.clone().context("--test-labels is missing")?,
        }))
    }

    /// The strategies once each, in the order given.
    fn strategies(&self) -> Vec<Strategy> {
        let mut once = Vec::new();
        for &strategy in &self.strategy {
            if once.contains(&strategy) {
                eprintln!("`{strategy}` is named twice; it runs once");
            } else {
                once.push(strategy);
            }
        }
        once
    }
}

/// Removes the results folder if a run failed or was interrupted before writing to it.
struct Tidy(PathBuf);

impl Drop for Tidy {
    fn drop(&mut self) {
        // Refused where it holds anything.
        let _ = std::fs::remove_dir(&self.0);
    }
}

/// Where the labeled data come from.
enum Source {
    Arrays(Files),
    Tree { root: PathBuf, test_share: f64, embedder: Box<Embedder> },
}

impl Source {
    fn read(&self, progress: &Progress) -> Result<Data, SimulateError> {
        match self {
            Self::Arrays(files) => simulate::from_files(files),
            Self::Tree { root, test_share, embedder } => {
                let embed = |paths: &[PathBuf], progress: &Progress| embedder.embed(paths, progress);
                let data = simulate::from_tree(root, *test_share, TREE_SEED, &embed, progress)?;
                Ok(Data { axes: embedder.axes(), ..data })
            }
        }
    }
}
