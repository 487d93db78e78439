//! Ctrl-C and the signal that supervisors send, and the exit code that each of them ends with.

use std::sync::OnceLock;

use crate::progress::Progress;

/// Ended by Ctrl-C.
pub const INTERRUPTED: u8 = 130;
/// Ended by `SIGTERM`.
#[cfg(unix)]
const TERMINATED: u8 = 143;

/// The exit code of the first signal that came.
static FIRST: OnceLock<u8> = OnceLock::new();

/// Signals from here on: they no longer end the process by themselves.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
}

impl Signals {
    /// Take over the signals.
    pub fn install() -> std::io::Result<Self> {
        #[cfg(unix)]
        {
            use tokio::signal::unix::{SignalKind, signal};
            Ok(Self { terminate: signal(SignalKind::terminate())?, interrupt: signal(SignalKind::interrupt())? })
        }
        #[cfg(not(unix))]
        Ok(Self {})
    }

    /// Wait for the next one.
    pub async fn next(&mut self) {
        #[cfg(unix)]
        let code = tokio::select! {
            _ = self.terminate.recv() => TERMINATED,
            _ = self.interrupt.recv() => INTERRUPTED,
        };
        #[cfg(not(unix))]
        let code = {
            let _ = tokio::signal::ctrl_c().await;
            INTERRUPTED
        };
        FIRST.get_or_init(|| code);
    }
}

/// The exit code of an interrupted command.
pub fn exit_code() -> u8 {
    FIRST.get().copied().unwrap_or(INTERRUPTED)
}

/// `progress`, stopped by the first signal: finished work stays, and no partial files are left behind.
pub fn stopping(progress: Progress) -> std::io::Result<Progress> {
    let (mut signals, stopper) = (Signals::install()?, progress.clone());
    tokio::spawn(async move {
        signals.next().await;
        stopper.stop();
    });
    Ok(progress)
}
