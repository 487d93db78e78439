//! What a command works on: the data folder and its database.
//!
//! **Invariant:** a mistyped folder or address is an error and never a new, empty server: only commands that begin something
//! make a folder.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};

use crate::clock::Clock;
use crate::config::Config;
use crate::cpu::Cpu;
use crate::data::{DataDir, FolderLock};
use crate::runtime::{LazyRuntime, Settings};
use crate::service::App;
use crate::service::upkeep::{folder, upgrading};
use crate::store::{Store, connect};

/// The data folder and the database of `config`, brought up to date. Both must be there.
pub async fn open(config: &Config) -> anyhow::Result<App> {
    existing(config)?;
    connected(config, &DataDir::open(&config.data).with_context(|| unusable(config))?, false).await
}

/// As [`open`], for commands that begin something: what is missing is made.
pub async fn open_or_make(config: &Config) -> anyhow::Result<App> {
    connected(config, &made(config)?, true).await
}

/// As [`open_or_make`], for servers: no other server can open the folder while the lock lives. `who` is what the second
/// one is told.
pub async fn open_alone(config: &Config, who: &str) -> anyhow::Result<(App, FolderLock)> {
    let data = made(config)?;
    let lock = FolderLock::take(&folder_of(config), who, Clock::System.now())?;
    Ok((connected(config, &data, true).await?, lock))
}

/// The data folder as an absolute path: a relative one says little in an error.
pub fn folder_of(config: &Config) -> PathBuf {
    std::path::absolute(&config.data).unwrap_or_else(|_| config.data.clone())
}

/// Make sure that there is a whole data folder.
///
/// # Errors
/// With its absolute path, when not.
pub fn existing(config: &Config) -> anyhow::Result<()> {
    whole(config)?;
    let folder = folder_of(config);
    if !DataDir::is_at(&folder) {
        let what = if folder.exists() { "is not a data folder of Querist" } else { "does not exist" };
        bail!(
            "the data folder `{}` {what}; name the right one with --data or QUERIST_DATA (`serve`, `demo`, `project new`, \
             `user add` and `restore` make a new one)",
            folder.display()
        );
    }
    Ok(())
}

fn made(config: &Config) -> anyhow::Result<DataDir> {
    whole(config)?;
    DataDir::open(&config.data).with_context(|| unusable(config))
}

fn whole(config: &Config) -> anyhow::Result<()> {
    let folder = folder_of(config);
    ensure!(
        !DataDir::is_half_restored(&folder),
        "the restore into `{}` was not completed; remove the folder and run `querist restore` again",
        folder.display()
    );
    Ok(())
}

fn unusable(config: &Config) -> String {
    format!("the data folder `{}` cannot be used", folder_of(config).display())
}

/// The application on existing data, without checking that folder and database belong together.
pub async fn reach(config: &Config) -> anyhow::Result<App> {
    assemble(config, &DataDir::open(&config.data).with_context(|| unusable(config))?, false).await
}

async fn connected(config: &Config, data: &DataDir, make: bool) -> anyhow::Result<App> {
    let app = assemble(config, data, make).await?;
    folder::join(&app, config.database.is_none()).await?;
    Ok(app)
}

async fn assemble(config: &Config, data: &DataDir, make: bool) -> anyhow::Result<App> {
    let address = match &config.database {
        Some(address) => checked(address, make)?,
        None => data.database().to_string_lossy().into_owned(),
    };
    let store =
        Store::open_with(&address, config.database_connections).await.context("the database cannot be opened")?;
    let upgraded = upgrading::upgrade(&store, Path::new(&address), Clock::System.now()).await;
    if let Some(copy) = upgraded.context("the database cannot be brought up to date")? {
        tracing::warn!(copy = %copy.display(), "the database was made by an older version: it was copied, then brought up to date");
    }
    let cpu = Cpu::new(config.threads)?;
    let runtime = LazyRuntime::new(Settings::from_config(config)?);
    Ok(App::new(store, data.clone(), cpu, Clock::System, runtime))
}

/// `address`, unless it is a file that does not exist and is probably a typo.
fn checked(address: &str, make: bool) -> anyhow::Result<String> {
    let path = Path::new(address);
    let known = connect::is_postgres(address) || address.contains("://") || path.is_file();
    ensure!(
        known || (make && path.is_absolute()),
        "there is no database `{}`; write `postgres://USER@HOST/NAME` for PostgreSQL, or the absolute path of an SQLite file. \
         Without --database, it is in the data folder",
        connect::shown(address)
    );
    Ok(address.to_owned())
}
