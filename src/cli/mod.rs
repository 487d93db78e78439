//! The command line: one file per subcommand, each a struct of flags and a `run`.
//!
//! **Invariant:** standard output carries results only; progress and messages go to standard error.

pub mod progress;
pub mod select;
pub mod simulate;
pub mod strategies;

use clap::{Parser, Subcommand};

use crate::config::Config;

/// Active-learning labeling server: label the samples that teach a model most.
#[derive(Debug, Parser)]
#[command(name = "querist", version, about, propagate_version = true)]
pub struct Cli {
    #[command(flatten)]
    pub config: Config,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Simulate(Box<simulate::Simulate>),
    Select(select::Select),
    Strategies(strategies::Strategies),
}

impl Cli {
    /// Run the command to its end.
    pub async fn run(self) -> anyhow::Result<()> {
        let Self { config, command } = self;
        match command {
            Command::Simulate(simulate) => simulate.run(&config).await,
            Command::Select(select) => select.run(&config).await,
            Command::Strategies(strategies) => strategies.run(&config),
        }
    }
}
