//! The command line: one file per subcommand, each a struct of flags and a `run`.
//!
//! **Invariant:** standard output carries results only; progress and messages go to standard error.

pub mod backup;
pub mod completions;
pub mod demo;
pub mod distill;
pub mod doctor;
pub mod encoder;
pub mod examples;
pub mod export;
pub mod import;
pub mod logging;
pub mod model;
pub mod open;
pub mod predict;
pub mod process;
pub mod progress;
pub mod project;
pub mod ready;
pub mod select;
pub mod serve;
pub mod simulate;
pub mod strategies;
pub mod target;
pub mod token;
pub mod train;
pub mod user;

use clap::{CommandFactory as _, FromArgMatches as _, Parser, Subcommand};

pub use open::{open, open_or_make};

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
    Demo(demo::Demo),
    Serve(serve::Serve),
    Project(project::ProjectCommand),
    Encode(train::Encode),
    Train(train::Train),
    Import(import::ImportCommand),
    Export(export::Export),
    Model(model::ModelCommand),
    Predict(predict::Predict),
    User(user::User),
    Token(token::Token),
    Doctor(doctor::Doctor),
    Encoder(encoder::EncoderCommand),
    Distill(distill::Distill),
    Simulate(Box<simulate::Simulate>),
    Select(select::Select),
    Strategies(strategies::Strategies),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Migrate(backup::Migrate),
    #[command(hide = true)]
    Ready(ready::Ready),
    Completions(completions::Completions),
}

impl Command {
    /// A server tells what it does; everything else only what went wrong, and on a newcomer's terminal the same.
    fn log_level(&self) -> &'static str {
        match self {
            // ONNX Runtime tells every start of a session at `info`.
            Self::Serve(_) => "info,ort=warn",
            _ => "warn",
        }
    }

    /// Whether it sees to signals by itself: it drains, or stops where it can go on later.
    fn minds_signals(&self) -> bool {
        matches!(
            self,
            Self::Serve(_) | Self::Demo(_) | Self::Import(_) | Self::Encode(_) | Self::Predict(_) | Self::Distill(_)
        )
    }
}

impl Cli {
    /// What the program was called with. Wrong words and questions for help end the program here.
    pub fn read() -> Self {
        let matches = examples::with_examples(Self::command()).get_matches();
        Self::from_arg_matches(&matches).unwrap_or_else(|error| error.exit())
    }

    /// Run the command to its end.
    pub async fn run(self) -> anyhow::Result<()> {
        logging::start(self.command.log_level());
        match self.command {
            Command::Demo(demo) => demo.run(&self.config).await,
            Command::Serve(serve) => serve.run(&self.config).await,
            Command::Project(project) => project.run(&self.config).await,
            Command::Encode(encode) => encode.run(&self.config).await,
            Command::Train(train) => train.run(&self.config).await,
            Command::Doctor(doctor) => doctor.run(&self.config).await,
            Command::Import(import) => import.run(&self.config).await,
            Command::Export(export) => export.run(&self.config).await,
            Command::Model(model) => model.run(&self.config).await,
            Command::Predict(predict) => predict.run(&self.config).await,
            Command::User(user) => user.run(&self.config).await,
            Command::Token(token) => token.run(&self.config).await,
            Command::Encoder(encoder) => encoder.run(&self.config).await,
            Command::Distill(distill) => distill.run(&self.config).await,
            Command::Simulate(simulate) => simulate.run(&self.config).await,
            Command::Select(select) => select.run(&self.config).await,
            Command::Strategies(strategies) => strategies.run(&self.config),
            Command::Backup(backup) => backup.run(&self.config).await,
            Command::Restore(restore) => restore.run(&self.config).await,
            Command::Migrate(migrate) => migrate.run(&self.config).await,
            Command::Ready(ready) => ready.run().await,
            Command::Completions(completions) => {
                completions.run();
                Ok(())
            }
        }
    }
}

/// One line of result on standard output. A closed pipe is nobody's error.
pub fn print_line(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One JSON value on a line of its own.
pub fn print_json(value: &serde_json::Value) {
    print_line(&value.to_string());
}
