//! `querist token`: API tokens from the server's own shell.

use clap::{Args, Subcommand};

use super::{open, print_json, print_line};
use crate::config::Config;
use crate::domain::{Timestamp, TokenScope};
use crate::service::people::{accounts, record};

/// Manage API tokens.
#[derive(Debug, Args)]
pub struct Token {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a token that acts with a person's roles, and print it. It is shown only once.
    New {
        /// The token's owner.
        #[arg(long)]
        user: String,
        /// Name of the token on the account page.
        #[arg(long, default_value = "command line")]
        name: String,
        /// Days until it expires, 1 to 3650. By default, it lasts until it is revoked or its owner sets a password.
        #[arg(long, value_name = "N")]
        days: Option<i64>,
        /// What it may do: read; read and label; or whatever its owner may do.
        #[arg(long, value_enum, default_value_t)]
        scope: TokenScope,
    },
    /// List valid tokens, with their numbers.
    List {
        /// Only this person's tokens.
        #[arg(long)]
        user: Option<String>,
    },
    /// Revoke a token, effective at once.
    Revoke {
        /// Its number, from `token list`.
        id: i64,
    },
}

impl Token {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        match self.command {
            Command::New { user, name, days, scope } => {
                let account = accounts::by_name(&app, &user).await?;
                let token = accounts::new_token_for(&app, account.id, &name, scope, days).await?;
                let details = [("user", account.name.clone()), ("scope", scope.to_string())];
                record::command(&app, None, "token-made", &name, &details).await;
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
                let mut rows = Vec::new();
                for token in tokens.filter(|token| only.as_ref().is_none_or(|name| *name == token.account)) {
                    let (made, ends) = (token.created_us.rfc3339(), token.expires_us.map(Timestamp::rfc3339));
                    if config.json {
                        rows.push(serde_json::json!({
                            "id": token.id, "user": token.account, "name": token.name, "scope": token.scope, "created_at": made,
                            "expires_at": ends, "used_at": token.used_us.map(Timestamp::rfc3339),
                        }));
                    } else {
                        let ends = ends.unwrap_or_else(|| "until revoked".to_owned());
                        print_line(&format!(
                            "{}\t{}\t{}\t{}\t{made}\t{ends}",
                            token.id, token.account, token.name, token.scope
                        ));
                    }
                }
                if config.json {
                    print_json(&rows.into());
                }
            }
            Command::Revoke { id } => {
                accounts::revoke_any_token(&app, id).await?;
                record::command(&app, None, "token-revoked", &id.to_string(), &[]).await;
                if config.json {
                    print_json(&serde_json::json!({ "id": id, "state": "revoked" }));
                }
                eprintln!("token {id} revoked; a running server notices within five seconds");
            }
        }
        app.store.close().await;
        Ok(())
    }
}
