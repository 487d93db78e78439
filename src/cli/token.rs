//! `querist token`: API tokens from the server's own shell.

use clap::{Args, Subcommand};

use super::{open, print_json, print_line};
use crate::config::Config;
use crate::service::accounts;

/// Manage API tokens.
#[derive(Debug, Args)]
pub struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a token that acts as somebody, with their roles, and print it. It cannot be printed again.
    New {
        /// Whose token it is.
        #[arg(long)]
        user: String,
        /// What the token is called on the account page.
        #[arg(long, default_value = "command line")]
        name: String,
    },
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let Command::New { user, name } = self.command;
        let account = accounts::by_name(&app, &user).await?;
        let token = accounts::new_token(&app, account.id, &name).await?;
        if config.json {
            print_json(&serde_json::json!({ "user": user, "name": name, "token": token.reveal() }));
        } else {
            print_line(token.reveal());
        }
        Ok(())
    }
}
