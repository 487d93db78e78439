//! `querist completions`: what a shell needs to finish commands and flags by itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;

/// Print a script that lets a shell complete commands and flags.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell it is for.
    #[arg(value_enum)]
    shell: Shell,
}

impl Completions {
    pub fn run(&self) {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "querist", &mut script);
        super::print_line(String::from_utf8_lossy(&script).trim_end());
    }
}
