//! `querist token`: API tokens from the server's own shell.

use clap::{Args, Subcommand};

use super::{open, print_json, print_line};
use crate::config::Config;
use crate::domain::Timestamp;
use crate::service::people::accounts;

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
        /// Days after which it ends by itself, 1 to 3650. Without it, it lasts until it is revoked or its owner's password changes.
        #[arg(long, value_name = "N")]
        days: Option<i64>,
    },
    /// List the tokens that count, with their numbers.
    List {
        /// Only of this person.
        #[arg(long)]
        user: Option<String>,
    },
    /// End a token at once.
    Revoke {
        /// Its number, as `token list` says it.
        id: i64,
    },
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        match self.command {
            Command::New { user, name, days } => {
                let account = accounts::by_name(&app, &user).await?;
                let token = accounts::new_token_for(&app, account.id, &name, days).await?;
                if config.json {
                    print_json(&serde_json::json!({ "user": account.name, "name": name, "token": token.reveal() }));
                } else {
                    print_line(token.reveal());
                }
            }
            Command::List { user } => {
                let only = match user {
                    Some(user) => Some(accounts::by_name(&app, &user).await?.name),
                    None => None,
                };
                let tokens = app.store.all_tokens(app.clock.now()).await?.into_iter();
                for token in tokens.filter(|token| only.as_ref().is_none_or(|name| *name == token.account)) {
                    let (made, ends) = (token.created_us.rfc3339(), token.expires_us.map(Timestamp::rfc3339));
                    if config.json {
                        print_json(&serde_json::json!({
                            "id": token.id, "user": token.account, "name": token.name, "created_at": made, "expires_at": ends,
                        }));
                    } else {
                        let ends = ends.unwrap_or_else(|| "until revoked".to_owned());
                        print_line(&format!("{}\t{}\t{}\t{made}\t{ends}", token.id, token.account, token.name));
                    }
                }
            }
            Command::Revoke { id } => {
                accounts::revoke_any_token(&app, id).await?;
                eprintln!("token {id} is revoked; a running server notices within five seconds");
            }
        }
        app.store.close().await;
        Ok(())
    }
}
