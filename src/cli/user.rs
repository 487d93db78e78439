//! `querist user`: add, list and disable people from the server's own shell.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::{Args, Subcommand};

use super::target::Target;
use super::{open, open_or_make, print_json, print_line};
use crate::config::Config;
use crate::domain::Role;
use crate::service::App;
use crate::service::people::accounts::{self, AccountError, NewAccount};
use crate::service::people::{personal, record};

/// Manage people.
#[derive(Debug, Args)]
pub struct User {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Add a person, or give one a role in another project. Prints a one-time sign-in link unless a password is given.
    Add {
        /// The person's name.
        name: String,
        /// Role. `admin` without --project is admin of the whole server.
        #[arg(long)]
        role: Role,
        /// The project the role is for.
        #[arg(long, value_name = "SLUG")]
        project: Option<String>,
        /// Read the password from standard input instead of printing a sign-in link.
        #[arg(long)]
        password_stdin: bool,
        /// Address that people type to reach the server, for the printed link.
        #[arg(long, env = "QUERIST_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
        url: String,
    },
    /// Change a person's role in a project or, without --project, on the whole server; `none` removes it.
    Role {
        /// The person's name.
        name: String,
        /// The new role, or `none`.
        #[arg(value_parser = ["annotator", "reviewer", "lead", "admin", "none"])]
        role: String,
        /// The project the role is for.
        #[arg(long, value_name = "SLUG")]
        project: Option<String>,
    },
    /// Print a new one-time sign-in link, also for a forgotten password.
    Link {
        /// The person's name.
        name: String,
        /// Address that people type to reach the server.
        #[arg(long, env = "QUERIST_URL", default_value = "http://127.0.0.1:8080", value_name = "URL")]
        url: String,
    },
    /// List people and their roles.
    List,
    /// Disable an account: sign it out everywhere. Its work stays.
    Disable {
        /// The person's name.
        name: String,
    },
    /// Write everything that names a person into a zip of JSON files.
    Data {
        /// The person's name.
        name: String,
        /// The file to write.
        #[arg(long, value_name = "FILE")]
        out: PathBuf,
    },
    /// Disable an account and make it anonymous after 30 days, unless it is enabled before. Its work stays.
    Delete {
        /// The person's name.
        name: String,
    },
    /// Put a number in the place of a person's name, everywhere and for good. Their work stays.
    Anonymise {
        /// The person's name.
        name: String,
    },
    /// Enable a disabled account, also one that is to be deleted.
    Enable {
        /// The person's name.
        name: String,
    },
}

impl User {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = match &self.command {
            Command::Add { .. } => open_or_make(config).await?,
            _ => open(config).await?,
        };
        match self.command {
            Command::Add { name, role, project, password_stdin, url } => {
                let password = if password_stdin { Some(password_from_stdin()?) } else { None };
                let new = NewAccount { name: &name, role, project: project.as_deref(), password: password.as_deref() };
                let account = accounts::add(&app, new).await?;
                let details = [("role", role.to_string()), ("project", project.clone().unwrap_or_default())];
                record::command(&app, None, "person-added", &name, &details).await;
                eprintln!(
                    "{name} is {role} {}",
                    project.map_or("of the server".to_owned(), |slug| format!("in {slug}"))
                );
                if account.has_password {
                    changed(config, &serde_json::json!({ "name": account.name, "link": null }));
                    return Ok(());
                }
                print_link(config, &name, &url, accounts::new_link(&app, account.id).await?.reveal());
            }
            Command::Role { name, role, project } => {
                let account = accounts::by_name(&app, &name).await?;
                let role: Option<Role> = if role == "none" { None } else { Some(role.parse()?) };
                match (&project, role) {
                    (Some(slug), role) => accounts::set_role(&app, account.id, slug, role).await?,
                    (None, None | Some(Role::Admin)) => {
                        accounts::set_server_admin(&app, &account, role.is_some(), None).await?;
                    }
                    (None, Some(role)) => return Err(AccountError::RoleNeedsProject(role).into()),
                }
                let details = [
                    ("role", role.map_or("none".to_owned(), |role| role.to_string())),
                    ("project", project.clone().unwrap_or_default()),
                ];
                record::command(&app, None, "role-changed", &account.name, &details).await;
                changed(config, &serde_json::json!({ "name": account.name, "project": project, "role": role }));
                let place = project.map_or("of the server".to_owned(), |slug| format!("in {slug}"));
                match role {
                    Some(role) => eprintln!("{} is now {role} {place}", account.name),
                    None => eprintln!("{} no longer has a role {place}; their work stays", account.name),
                }
            }
            Command::Link { name, url } => {
                let account = accounts::by_name(&app, &name).await?;
                record::command(&app, None, "link-made", &account.name, &[]).await;
                print_link(config, &name, &url, accounts::new_link(&app, account.id).await?.reveal());
            }
            Command::List => {
                let memberships = app.store.memberships().await?;
                let mut rows = Vec::new();
                for account in app.store.accounts().await? {
                    let mut roles: Vec<String> = account.role.iter().map(ToString::to_string).collect();
                    let own = memberships.iter().filter(|m| m.account_id == account.id);
                    roles.extend(own.map(|m| format!("{} in {}", m.role, m.slug)));
                    let state = if account.disabled_us.is_some() { "disabled" } else { "enabled" };
                    if config.json {
                        rows.push(serde_json::json!({ "name": account.name, "roles": roles, "state": state }));
                    } else {
                        print_line(&format!("{}\t{state}\t{}", account.name, roles.join(", ")));
                    }
                }
                if config.json {
                    print_json(&rows.into());
                }
            }
            Command::Disable { name } => {
                accounts::disable(&app, &accounts::by_name(&app, &name).await?, None).await?;
                record::command(&app, None, "person-disabled", &name, &[]).await;
                changed(config, &serde_json::json!({ "name": name, "state": "disabled" }));
                eprintln!("{name} is disabled");
            }
            Command::Data { name, out } => data(&app, config, &name, &out).await?,
            Command::Delete { name } => {
                personal::delete(&app, &accounts::by_name(&app, &name).await?, None).await?;
                record::command(&app, None, "person-deleted", &name, &[]).await;
                changed(config, &serde_json::json!({ "name": name, "state": "deleted" }));
                eprintln!(
                    "{name} is disabled, and made anonymous in 30 days; until then: querist user enable \"{name}\""
                );
            }
            Command::Anonymise { name } => {
                let new = personal::anonymise_now(&app, &accounts::by_name(&app, &name).await?, None).await?;
                record::command(&app, None, "person-anonymised", &new, &[]).await;
                changed(config, &serde_json::json!({ "name": new, "state": "anonymous" }));
                eprintln!("{name} is now {new}, everywhere but in exports and backups that were made before");
            }
            Command::Enable { name } => {
                accounts::enable(&app, accounts::by_name(&app, &name).await?.id).await?;
                record::command(&app, None, "person-enabled", &name, &[]).await;
                changed(config, &serde_json::json!({ "name": name, "state": "enabled" }));
                eprintln!("{name} is enabled");
            }
        }
        Ok(())
    }
}

async fn data(app: &App, config: &Config, name: &str, out: &Path) -> anyhow::Result<()> {
    let account = accounts::by_name(app, name).await?;
    let zip = personal::export(app, &account).await?;
    let target = Target::new(out);
    target.open()?.write_all(&zip).with_context(|| format!("`{}` cannot be written", out.display()))?;
    target.finish()?;
    record::command(app, None, "person-exported", &account.name, &[]).await;
    changed(config, &serde_json::json!({ "name": account.name, "file": out.display().to_string() }));
    Ok(())
}

/// The result of a command that prints only what it did.
fn changed(config: &Config, what: &serde_json::Value) {
    if config.json {
        print_json(what);
    }
}

fn print_link(config: &Config, name: &str, url: &str, secret: &str) {
    let address = format!("{}/link/{secret}", url.trim_end_matches('/'));
    if config.json {
        print_json(&serde_json::json!({ "name": name, "link": address }));
    } else {
        eprintln!("sign-in link for {name}, for one use within a day:");
        print_line(&address);
    }
}

fn password_from_stdin() -> anyhow::Result<String> {
    let mut text = String::new();
    // Longer than any accepted password, and short enough to survive redirecting the wrong file.
    std::io::stdin().take(10_000).read_to_string(&mut text).context("standard input could not be read")?;
    Ok(text.trim_end_matches(['\r', '\n']).to_owned())
}
