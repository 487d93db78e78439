//! `querist completions`: what a shell needs to finish commands and flags by itself.

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::Cli;

/// Print a shell's completion script: `querist completions bash > /etc/bash_completion.d/querist`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
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
