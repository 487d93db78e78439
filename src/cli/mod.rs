//! The command line: one file per subcommand, each a struct of flags and a `run`.
//!
//! **Invariant:** standard output carries results only; progress and messages go to standard error.

pub mod archive;
pub mod backup;
pub mod completions;
pub mod demo;
pub mod diagnose;
pub mod distill;
pub mod doctor;
pub mod encoder;
pub mod examples;
pub mod export;
pub mod import;
pub mod imports;
pub mod logging;
pub mod man;
pub mod model;
pub mod open;
pub mod openapi;
pub mod predict;
pub mod process;
pub mod progress;
pub mod project;
pub mod provider;
pub mod ready;
pub mod select;
pub mod serve;
pub mod signals;
pub mod simulate;
pub mod status;
pub mod strategies;
pub mod synthetic;
pub mod target;
pub mod token;
pub mod train;
pub mod user;

use clap::error::{ContextKind, ContextValue};
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
    Imports(imports::ImportsCommand),
    Archive(archive::ArchiveCommand),
    Export(export::Export),
    Model(model::ModelCommand),
    Predict(predict::Predict),
    User(user::User),
    Token(token::Token),
    Doctor(doctor::Doctor),
    Status(status::Status),
    Encoder(encoder::EncoderCommand),
    Diagnose(diagnose::Diagnose),
    Distill(distill::Distill),
    Simulate(Box<simulate::Simulate>),
    Select(select::Select),
    Strategies(strategies::Strategies),
    Synthetic(synthetic::SyntheticCommand),
    Backup(backup::Backup),
    Restore(backup::Restore),
    Migrate(backup::Migrate),
    #[command(hide = true)]
    Ready(ready::Ready),
    Completions(completions::Completions),
    Man(man::Man),
    #[command(name = "openapi")]
    OpenApi(openapi::OpenApi),
}

impl Command {
    /// A server logs what it does; other commands log only what went wrong.
    fn log_level(&self) -> &'static str {
        match self {
            // ONNX Runtime logs every session start at `info`.
            Self::Serve(_) => "info,ort=warn",
            _ => "warn",
        }
    }

    /// How many signals it handles itself before the next one ends it: one if it stops where it can resume, or cleans
    /// up. `None`: all of them, since a server drains.
    fn signals_it_takes(&self) -> Option<u32> {
        match self {
            Self::Serve(_) | Self::Demo(_) => None,
            Self::Import(_)
            | Self::Imports(_)
            | Self::Encode(_)
            | Self::Predict(_)
            | Self::Diagnose(_)
            | Self::Synthetic(_)
            | Self::Distill(_)
            | Self::Backup(_)
            | Self::Restore(_) => Some(1),
            _ => Some(0),
        }
    }
}

impl Cli {
    /// What the program was called with. Wrong words and questions for help end the program here.
    pub fn read() -> Self {
        let parsed = examples::with_examples(Self::command()).try_get_matches();
        let parsed = parsed.and_then(|matches| Self::from_arg_matches(&matches));
        parsed.unwrap_or_else(|error| with_better_tip(error).exit())
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
            Command::Status(status) => status.run(&self.config).await,
            Command::Import(import) => import.run(&self.config).await,
            Command::Imports(imports) => imports.run(&self.config).await,
            Command::Archive(archive) => archive.run(&self.config).await,
            Command::Export(export) => export.run(&self.config).await,
            Command::Model(model) => model.run(&self.config).await,
            Command::Predict(predict) => predict.run(&self.config).await,
            Command::User(user) => user.run(&self.config).await,
            Command::Token(token) => token.run(&self.config).await,
            Command::Encoder(encoder) => encoder.run(&self.config).await,
            Command::Diagnose(diagnose) => diagnose.run(&self.config).await,
            Command::Distill(distill) => distill.run(&self.config).await,
            Command::Simulate(simulate) => simulate.run(&self.config).await,
            Command::Select(select) => select.run(&self.config).await,
            Command::Strategies(strategies) => strategies.run(&self.config),
            Command::Synthetic(synthetic) => synthetic.run(&self.config).await,
            Command::Backup(backup) => backup.run(&self.config).await,
            Command::Restore(restore) => restore.run(&self.config).await,
            Command::Migrate(migrate) => migrate.run(&self.config).await,
            Command::Ready(ready) => ready.run().await,
            Command::Completions(completions) => {
                completions.run();
                Ok(())
            }
            Command::Man(man) => man.run(),
            Command::OpenApi(_) => {
                openapi::OpenApi::run();
                Ok(())
            }
        }
    }
}

/// What people try first, and the command that does it.
const TIPS: &[(&str, &str)] = &[
    ("list", "project list"),
    ("projects", "project list"),
    ("users", "user list"),
    ("tokens", "token list"),
    ("encoders", "encoder list"),
    ("class", "project class"),
    ("start", "serve"),
    ("run", "serve"),
    ("server", "serve"),
    ("init", "project new"),
];

/// The error of a mistyped command with the command that was meant: similar letters alone lead from `list` to `distill`.
fn with_better_tip(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    if let Some((_, meant)) = TIPS.iter().find(|(tried, _)| tried == word) {
        let _ = error.insert(ContextKind::SuggestedSubcommand, ContextValue::Strings(vec![(*meant).to_owned()]));
    }
    error
}

/// One line of result on standard output. A closed pipe is not an error.
pub fn print_line(text: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// One JSON value on a line of its own.
pub fn print_json(value: &serde_json::Value) {
    print_line(&value.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_that_is_not_there_leads_to_the_one_that_was_meant() {
        for (tried, meant) in TIPS {
            let error = Cli::try_parse_from(["querist", tried]).unwrap_err();
            assert!(with_better_tip(error).to_string().contains(&format!("'{meant}'")), "{tried}");
            let command = std::iter::once("querist").chain(meant.split(' ')).chain(["--help"]);
            let help = Cli::try_parse_from(command).unwrap_err();
            assert_eq!(help.kind(), clap::error::ErrorKind::DisplayHelp, "{meant}");
        }
    }

    #[test]
    fn a_port_alone_is_an_address() {
        for arguments in
            [["serve", "--port", "9000"], ["serve", "--listen", "9000"], ["demo", "--listen", "localhost:9000"]]
        {
            assert!(Cli::try_parse_from(std::iter::once("querist").chain(arguments)).is_ok(), "{arguments:?}");
        }
    }
}
