//! `querist serve`: answer requests and do background work until a signal says stop.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use clap::Args;
use ipnet::IpNet;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use url::Url;

use super::open::open_alone;
use super::provider::ProviderFlags;
use super::signals::Signals;
use crate::config::Config;
use crate::domain::Role;
use crate::jobs;
use crate::post::Reach;
use crate::runtime::deadline;
use crate::service::App;
use crate::service::people::accounts;
use crate::service::upkeep::backups::{self, BackupPlan};
use crate::service::upkeep::readiness;
use crate::web;
use crate::web::frame::origin::{self, Doors, HeaderName, TrustedHeader};

/// How long requests and jobs under way may take after the first signal.
const DRAIN: Duration = Duration::from_secs(30);

/// How long the database may take to close.
const CLOSING: Duration = Duration::from_secs(2);

/// Where to answer.
#[derive(Debug, Clone, Args)]
pub struct Listen {
    /// Address and port to listen on: `127.0.0.1:8080`, `localhost:8080`, or just a port. Port 0 picks a free one and
    /// prints it.
    #[arg(long, alias = "port", env = "QUERIST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS", value_parser = listen_address)]
    pub listen: SocketAddr,
    /// Address that people type to reach the server, used in links. By default, the address of the request.
    #[arg(long, env = "QUERIST_URL", value_name = "URL", value_parser = origin::address)]
    pub url: Option<Url>,
    /// Trusted proxies on other machines, for `X-Forwarded-For`, `-Host` and `-Proto`: addresses or networks such as
    /// `172.16.0.0/12`, separated by commas. Proxies on this machine are always trusted.
    #[arg(long, env = "QUERIST_PROXIES", value_name = "ADDRESSES", value_delimiter = ',', value_parser = origin::proxies)]
    pub proxies: Vec<IpNet>,
    /// Header in which a proxy says who asks, such as `X-Remote-User`. Believed only from the addresses in --proxies; a proxy on this
    /// machine must be named there too. The proxy must drop what clients send in it.
    #[arg(long, env = "QUERIST_TRUST_HEADER", value_name = "NAME", value_parser = origin::header, requires = "proxies")]
    pub trust_header: Option<HeaderName>,
    /// Role and project of people whom the proxy names and who have no account yet, such as `annotator:birds`. By default, an admin adds
    /// them.
    #[arg(
        long,
        env = "QUERIST_TRUST_HEADER_CREATES",
        value_name = "ROLE:SLUG",
        value_parser = origin::role_in_project,
        requires = "trust_header"
    )]
    pub trust_header_creates: Option<(Role, String)>,
    #[command(flatten)]
    pub provider: ProviderFlags,
    /// Let webhooks reach this machine and private networks. By default, they reach public addresses only.
    #[arg(long, env = "QUERIST_PRIVATE_WEBHOOKS")]
    pub private_webhooks: bool,
}

impl Listen {
    /// Which proxies to trust, and the base address of links.
    pub fn doors(&self) -> Doors {
        let creates = self.trust_header_creates.clone();
        let header = self.trust_header.clone().map(|name| TrustedHeader { name, creates });
        Doors { proxies: self.proxies.clone(), url: self.url.clone(), header, provider: self.provider.provider() }
    }

    /// Where webhooks may be.
    pub fn reach(&self) -> Reach {
        if self.private_webhooks { Reach::Anywhere } else { Reach::Public }
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
    /// Hours between two backups that the server takes by itself. By default, it takes one only when an admin asks.
    #[arg(long, env = "QUERIST_BACKUP_HOURS", value_name = "N", value_parser = clap::value_parser!(u32).range(1..=8760))]
    backup_hours: Option<u32>,
    /// How many backups are kept; older ones are removed.
    #[arg(long, env = "QUERIST_BACKUPS_KEPT", value_name = "N", default_value_t = 7, value_parser = clap::value_parser!(u32).range(1..=1000))]
    backups_kept: u32,
    /// Folder for backups; better on another disk. By default, `backups` in the data folder.
    #[arg(long, env = "QUERIST_BACKUPS", value_name = "DIR")]
    backups: Option<PathBuf>,
}

impl Serve {
    pub async fn run(self, config: &Config) -> anyhow::Result<()> {
        let signals = Signals::install()?;
        let listener = self.listen.bind().await?;
        let (app, _alone) = open_alone(config, "querist serve").await?;
        if self.backup_hours.is_some() {
            backups::refuse_postgres(&app)?;
        }
        let (hours, kept) = (self.backup_hours, self.backups_kept as usize);
        app.backups.set(BackupPlan { folder: self.backups.clone(), hours, kept });
        let address = listener.local_addr()?;
        eprintln!("listening on http://{address}");
        if let Some(secret) = accounts::first_admin(&app, "admin").await? {
            let link = self.listen.link(address, &format!("/link/{}", secret.reveal()));
            eprintln!("first sign-in, once and within a day: {link}");
        }
        until_stopped(app, &self.listen, listener, CancellationToken::new(), TaskTracker::new(), signals).await
    }
}

/// Serve pages and work on jobs until a signal. The first one drains, the second ends at once.
///
/// Tasks in `tracker` are told to stop through `shutdown` and awaited like requests.
pub async fn until_stopped(
    app: App,
    listen: &Listen,
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
    jobs::start(&app, listen.reach(), &tracker, &shutdown);
    let mut serving = tokio::spawn(web::serve_behind(app.clone(), listen.doors(), listener, shutdown.clone()));
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
    // A hanging connection must not keep the process alive; everything acknowledged is durable.
    let _ = tokio::time::timeout(CLOSING, app.store.close()).await;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(listen: &str, url: Option<&str>) -> String {
        let listen: SocketAddr = listen_address(listen).unwrap();
        let url = url.map(|url| origin::address(url).unwrap());
        let none = (Vec::new(), None, None);
        let (proxies, trust_header, trust_header_creates) = none;
        Listen {
            listen,
            url,
            proxies,
            trust_header,
            trust_header_creates,
            provider: ProviderFlags::default(),
            private_webhooks: false,
        }
        .link(listen, "/link/SECRET")
    }

    #[test]
    fn a_printed_link_leads_to_where_people_reach_the_server() {
        assert_eq!(link("127.0.0.1:9000", None), "http://127.0.0.1:9000/link/SECRET");
        assert_eq!(link("0.0.0.0:8080", None), "http://127.0.0.1:8080/link/SECRET", "nobody can open 0.0.0.0");
        let url = Some("https://label.example.org");
        assert_eq!(link("0.0.0.0:8080", url), "https://label.example.org/link/SECRET");
    }

    #[test]
    fn an_address_is_taken_as_people_write_it() {
        assert_eq!(listen_address("8080").unwrap().to_string(), "127.0.0.1:8080");
        assert_eq!(listen_address("localhost:8080").unwrap().port(), 8080);
        assert!(listen_address("localhost:8080").unwrap().ip().is_loopback());
        for wrong in ["", "localhost", "0.0.0.0", "127.0.0.1:99999", "nowhere.invalid:80"] {
            assert!(listen_address(wrong).unwrap_err().contains("0.0.0.0:8080"), "{wrong}");
        }
    }
}
