//! `querist serve`: answer requests and do background work until a signal says stop.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::open::open_alone;
use crate::config::Config;
use crate::jobs;
use crate::runtime::deadline;
use crate::service::App;
use crate::service::people::accounts;
use crate::service::upkeep::readiness;
use crate::web;
use crate::web::frame::origin::{self, Doors};

/// How long requests and jobs under way may take after the first signal.
const DRAIN: Duration = Duration::from_secs(30);

/// How long the database may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// Where to answer.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// Address and port to answer on: `127.0.0.1:8080`, `localhost:8080`, or a port alone. Port 0 takes a free one, which is
    /// printed.
    #[arg(long, env = "QUERIST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: SocketAddr,
    /// Address that people reach the server at, for links. Without it, links go to the address that was asked for.
    #[arg(long, env = "QUERIST_URL", value_name = "URL", value_parser = origin::address)]
    pub url: Option<Url>,
    /// Proxies on other machines whose `X-Forwarded-For`, `-Host` and `-Proto` are believed, by comma: addresses or networks
    /// such as `172.16.0.0/12`. Proxies on this machine are believed anyway.
    #[arg(long, env = "QUERIST_PROXIES", value_name = "ADDRESSES", value_delimiter = ',', value_parser = origin::proxies)]
    pub proxies: Vec<IpNet>,
}

impl Listen {
    /// Whom to believe about requests, and what links begin with.
    pub fn doors(&self) -> Doors {
        Doors { proxies: self.proxies.clone(), url: self.url.clone() }
    }

    /// The whole address of a path on the server, for a link that is printed.
    pub fn link(&self, bound: SocketAddr, path: &str) -> String {
        match &self.url {
            Some(url) => format!("{}{path}", url.as_str().trim_end_matches('/')),
            // Nobody can open `0.0.0.0`; on this machine the loopback address does the same.
            None if bound.ip().is_unspecified() => format!("http://127.0.0.1:{}{path}", bound.port()),
            None => format!("http://{bound}{path}"),
        }
    }

    /// Bind the address.
    pub async fn bind(&self) -> anyhow::Result<TcpListener> {
        TcpListener::bind(self.listen).await.with_context(|| {
            format!("cannot listen on `{}`; is another server running there? choose --listen", self.listen)
        })
    }
}

/// An address to listen on, as people write it.
pub(super) fn listen_address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(port) = text.parse::<u16>() {
        return Ok(SocketAddr::from(([127, 0, 0, 1], port)));
    }
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    // `localhost` may be `::1` first; proxies and people mean the other one.
    let found = text.to_socket_addrs().map(Iterator::collect::<Vec<_>>).unwrap_or_default();
    let first = found.iter().find(|address| address.is_ipv4()).or(found.first());
    first.copied().ok_or_else(|| "write an address and a port, for example 127.0.0.1:8080 or 0.0.0.0:8080".to_owned())
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
        let (app, _alone) = open_alone(config, "querist serve").await?;
        let address = listener.local_addr()?;
        eprintln!("listening on http://{address}");
        if let Some(secret) = accounts::first_admin(&app, "admin").await? {
            let link = self.listen.link(address, &format!("/link/{}", secret.reveal()));
            eprintln!("first sign-in, once and within a day: {link}");
        }
        until_stopped(app, self.listen.doors(), listener, CancellationToken::new(), TaskTracker::new(), signals).await
    }
}

/// Serve pages and work on jobs until a signal. The first one drains, the second ends at once.
///
/// What `tracker` holds is told to stop through `shutdown` and waited for like a request.
pub async fn until_stopped(
    app: App,
    doors: Doors,
    listener: TcpListener,
    shutdown: CancellationToken,
    tracker: TaskTracker,
    mut signals: Signals,
) -> anyhow::Result<()> {
    if app.runtime.is_missing() {
        eprintln!("ONNX Runtime is missing: {}", readiness::WITHOUT);
        tracing::error!("ONNX Runtime is missing: {}", readiness::WITHOUT);
    }
    jobs::recover(&app).await?;
    jobs::start(&app, &tracker, &shutdown);
    let mut serving = tokio::spawn(web::serve_behind(app.clone(), doors, listener, shutdown.clone()));
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
    // A connection that hangs must not keep the process; what was acknowledged is durable.
    let _ = tokio::time::timeout(CLOSING, app.store.close()).await;
    Ok(())
}

/// Ctrl-c, or the signal that supervisors send.
///
/// Made before the address is printed: a signal that follows the address at once must not kill the program.
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
    pub(super) async fn next(&mut self) {
        #[cfg(unix)]
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
        #[cfg(not(unix))]
        let _ = tokio::signal::ctrl_c().await;
    }
}
