//! The process around a command: how it starts, how a signal ends it, and what it says at the end.
//!
//! Exit codes: 0 success, 1 failure, 2 wrong usage, 130 stopped by Ctrl-C, 143 by `SIGTERM`.

use std::process::ExitCode;
use std::time::Duration;

use tokio::task::JoinError;

use super::Cli;
use super::signals::{self, Signals};
use crate::causes;
use crate::runtime::EncodeError;

/// How long interrupted work may take to clean up, and how long to wait for a hanging thread.
const LAST_MOMENT: Duration = Duration::from_secs(2);

/// A command stopped at a point where it can resume later.
#[derive(Debug, thiserror::Error)]
#[error("stopped before the end; run the same command again")]
pub struct Interrupted;

/// Parse the command line, run the command, and say what went wrong.
pub fn run() -> ExitCode {
    let cli = Cli::read();
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return failed(&error.into()),
    };
    let code = runtime.block_on(async {
        let patience = cli.command.signals_it_takes();
        // A separate task, so that a signal is noticed while the command computes.
        let mut work = tokio::spawn(cli.run());
        tokio::select! {
            done = &mut work => ended(done),
            () = after(patience) => {
                work.abort();
                // Dropping it removes its temporary files.
                let _ = tokio::time::timeout(LAST_MOMENT, work).await;
                eprintln!("stopped");
                ExitCode::from(signals::exit_code())
            }
        }
    });
    // A thread that hangs inside a library must not keep a process that was told to end.
    runtime.shutdown_timeout(LAST_MOMENT);
    code
}

fn ended(done: Result<anyhow::Result<()>, JoinError>) -> ExitCode {
    match done {
        Ok(Ok(())) => ExitCode::SUCCESS,
        Ok(Err(error)) => failed(&error),
        // The panic has been printed.
        Err(_) => ExitCode::from(101),
    }
}

fn failed(error: &anyhow::Error) -> ExitCode {
    let mut said = causes::of(error.as_ref()).into_iter();
    eprintln!("error: {}", said.next().unwrap_or_default());
    said.for_each(|cause| eprintln!("because: {cause}"));
    let cut_short = error.chain().any(|cause| {
        cause.is::<Interrupted>() || matches!(cause.downcast_ref::<EncodeError>(), Some(EncodeError::Stopped))
    });
    if cut_short { ExitCode::from(signals::exit_code()) } else { ExitCode::FAILURE }
}

/// Wait for one signal more than the command handles itself; for ever if it handles all of them.
async fn after(patience: Option<u32>) {
    // Not taken over where the command does that itself, maybe later: until then a signal simply ends it.
    let Some(patience) = patience else { return std::future::pending().await };
    let Ok(mut signals) = Signals::install() else { return std::future::pending().await };
    for _ in 0..=patience {
        signals.next().await;
    }
}
