//! `querist serve`: answer requests and do background work until a signal says stop.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::open;
use crate::app::App;
use crate::config::Config;
use crate::encode::deadline;
use crate::jobs;
use crate::service::accounts;
use crate::web;

/// How long requests and jobs under way may take after the first signal.
const DRAIN: Duration = Duration::from_secs(30);

/// Where to answer.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// Address and port to answer on. Port 0 takes a free one, which is printed.
    #[arg(long, env = "QUERIST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS")]
    pub listen: SocketAddr,
}

impl Listen {
    /// Bind the address.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        TcpListener::bind(self.listen).await.with_context(|| {
            format!("cannot listen on `{}`; is another server running there? choose --listen", self.listen)
        })
    }
}

/// Start the server.
#[derive(Debug, Args)]
pub struct Serve {
    #[command(flatten)]
    listen: Listen,
}

impl Serve {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let signals = Signals::install()?;
        let listener = self.listen.bind().await?;
        let app = open(config).await?;
        let address = listener.local_addr()?;
        eprintln!("listening on http://{address}");
        if let Some(secret) = accounts::first_admin(&app, "admin").await? {
            eprintln!("first sign-in, once and within a day: http://{address}/link/{}", secret.reveal());
        }
        until_stopped(app, listener, CancellationToken::new(), TaskTracker::new(), signals).await
    }
}

/// Serve pages and work on jobs until a signal. The first one drains, the second ends at once.
///
/// What `tracker` holds is told to stop through `shutdown` and waited for like a request.
pub async fn until_stopped(
    app: App,
    listener: TcpListener,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    mut signals: Signals,
) -> anyhow::Result<()> {
    jobs::recover(&app).await?;
    jobs::start(&app, &tracker, &shutdown);
    let mut serving = tokio::spawn(web::serve(app.clone(), listener, shutdown.clone()));
    tokio::select! {
        () = signals.next() => {}
        served = &mut serving => return Ok(served.context("the server stopped early")??),
    }
    eprintln!("finishing what is under way; a second signal stops at once");
    shutdown.cancel();
    deadline::stop_soon();
    tracker.close();
    tokio::select! {
        () = async { let _ = serving.await; tracker.wait().await; } => {}
        () = signals.next() => {}
        () = tokio::time::sleep(DRAIN) => {}
    }
    app.store.close().await;
    Ok(())
}

/// Ctrl-c, or the signal that supervisors send.
///
/// Made before the address is printed: whoever has read the address may send a signal, and must not kill the program with it.
pub struct Signals {
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    /// Take over the signals from here on.
    pub fn install() -> std::io::Result<Self> {
        Ok(Self {
            #[cfg(unix)]
            terminate: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?,
        })
    }

    /// Wait for the next one.
    async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
