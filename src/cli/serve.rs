//! `querist serve`: answer requests until a signal says stop.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::open;
use crate::config::Config;
use crate::service::accounts;
use crate::web;

/// How long requests under way may take after the first signal.
const DRAIN: Duration = Duration::from_secs(30);

/// Start the server.
#[derive(Debug, Args)]
pub struct Serve {
    /// Address and port to answer on. Port 0 takes a free one, which is printed.
    #[arg(long, env = "QUERIST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    listen: SocketAddr,
}

impl Serve {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let app = open(config).await?;
        let listener =
            TcpListener::bind(self.listen).await.with_context(|| format!("cannot listen on `{}`", self.listen))?;
        let address = listener.local_addr()?;
        eprintln!("listening on http://{address}");
        if let Some(secret) = accounts::first_admin(&app, "admin").await? {
            eprintln!("first sign-in, once and within a day: http://{address}/link/{}", secret.reveal());
        }
        let shutdown = CancellationToken::new();
        let mut serving = tokio::spawn(web::serve(app.clone(), listener, shutdown.clone()));
        tokio::select! {
            served = &mut serving => return Ok(served.context("the server stopped early")??),
            () = signal() => {}
        }
        eprintln!("finishing what is under way; a second signal stops at once");
        shutdown.cancel();
        tokio::select! {
            served = &mut serving => served.context("the server stopped early")??,
            () = signal() => {}
            () = tokio::time::sleep(DRAIN) => {}
        }
        app.store.close().await;
        Ok(())
    }
}

/// Wait for ctrl-c or the signal that supervisors send.
async fn signal() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = tokio::signal::ctrl_c() => {}
            }
            return;
        }
    }
    let _ = tokio::signal::ctrl_c().await;
}
