//! `querist backup`, `querist restore` and `querist migrate`: the database and the data folder as a whole.

use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;

use super::process::Interrupted;
use super::progress::on_terminal;
use super::signals::stopping;
use super::{open, open_or_make, print_json, print_line};
use crate::config::Config;
use crate::cpu::Cpu;
use crate::service::exchange::backup::{self, BackupError, BackupFault};
use crate::store::standing::Totals;

/// Copy the database and every file it refers to into one tar, also while the server is running.
#[derive(Debug, Args)]
pub struct Backup {
    /// The tar to write; it must not exist.
    file: PathBuf,
}

impl Backup {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let done = backup::backup(&app, &self.file, &stopping(on_terminal())?).await;
        app.store.close().await;
        let report = match done {
            Err(BackupError::Stopped) => return Err(Interrupted.into()),
            done => done?,
        };
        if config.json {
            print_json(&serde_json::to_value(&report)?);
        } else {
            print_line(&format!("{report}; in {}", self.file.display()));
        }
        if report.redrawn > 0 {
            eprintln!("{} small pictures are damaged or missing; restoring makes them again", report.redrawn);
        }
        tell(&report.faults);
        anyhow::ensure!(
            report.faults.is_empty(),
            "the backup is written, but {} of its files are damaged or missing; import those samples again, or keep an older backup that has them",
            report.faults.len()
        );
        Ok(())
    }
}

/// Faults that are listed on the terminal; `--json` has all.
const SHOWN: usize = 50;

fn tell(faults: &[BackupFault]) {
    for fault in faults.iter().take(SHOWN) {
        eprintln!("{fault}");
    }
    if faults.len() > SHOWN {
        eprintln!("and {} more; `--json` lists them all", faults.len() - SHOWN);
    }
}

/// Unpack a backup into the data folder, which must be empty or absent.
#[derive(Debug, Args)]
pub struct Restore {
    /// The tar from `querist backup`.
    file: PathBuf,
}

impl Restore {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        anyhow::ensure!(
            config.database.is_none(),
            "a backup holds an SQLite database; leave out --database (for PostgreSQL, load the dump with `psql` and copy the folder)"
        );
        let (from, into, progress) = (self.file, config.data.clone(), stopping(on_terminal())?);
        let unpacked = Cpu::new(config.threads)?.blocking(move || backup::unpack(&from, &into, &progress)).await?;
        let (restored, _alone) = match unpacked {
            Err(BackupError::Stopped) => return Err(Interrupted.into()),
            done => done?,
        };
        // A backup without pictures holds no folder for them.
        let app = open_or_make(config).await?;
        let redrawn = backup::mend(&app, &on_terminal()).await;
        let totals = app.store.totals().await;
        app.store.close().await;
        let (redrawn, Totals { projects, samples, labeled, answers, .. }) = (redrawn?, totals?);
        if config.json {
            print_json(&serde_json::json!({
                "projects": projects, "samples": samples, "labeled": labeled, "answers": answers,
                "files": restored.files, "faults": restored.faults, "redrawn": redrawn,
            }));
        } else {
            let folder = config.data.display();
            print_line(&format!(
                "{projects} projects, {samples} samples, {labeled} labeled, {answers} answers; in {folder}"
            ));
        }
        tell(&restored.faults);
        anyhow::ensure!(
            restored.faults.is_empty(),
            "everything else is restored, but {} files are damaged or missing; import those samples again, or restore an older backup",
            restored.faults.len()
        );
        Ok(())
    }
}

/// Upgrade the database and exit. Every other command upgrades it too when it starts.
#[derive(Debug, Args)]
pub struct Migrate {}

impl Migrate {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let version = app.store.schema_version().await.context("the database's version cannot be read");
        let engine = app.store.engine();
        app.store.close().await;
        let version = version?;
        if config.json {
            print_json(&serde_json::json!({ "engine": engine, "schema": version }));
        } else {
            print_line(&format!("{engine}, schema {version}: up to date"));
        }
        Ok(())
    }
}
