//! `querist ready`: whether the server on this machine can store answers, for supervisors without a web client.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::serve::listen_address;

/// `/readyz` answers within about two seconds.
const PATIENCE: Duration = Duration::from_secs(5);

/// Ask the server on this machine whether it can store answers; exits with 1 if not.
#[derive(Debug, Args)]
pub struct Ready {
    /// The address and port that the server listens on.
    #[arg(long, env = "QUERIST_LISTEN", default_value = "127.0.0.1:8080", value_name = "ADDRESS", value_parser = listen_address)]
    listen: SocketAddr,
}

impl Ready {
    pub async fn run(self) -> anyhow::Result<()> {
        let address = reachable(self.listen);
        let answer = timeout(PATIENCE, ask(address)).await;
        let answer =
            answer.with_context(|| format!("no answer from {address} within {} seconds", PATIENCE.as_secs()))?;
        let answer = answer.with_context(|| format!("no server answers at {address}"))?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((&answer, ""));
        if head.split(' ').nth(1) != Some("200") {
            bail!("the server at {address} is not ready: {}", body.trim());
        }
        super::print_line(body.trim());
        Ok(())
    }
}

async fn ask(address: SocketAddr) -> std::io::Result<String> {
    let mut connection = TcpStream::connect(address).await?;
    // Version 1.0: the answer comes in one piece and ends with the connection.
    connection.write_all(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n").await?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).await?;
    Ok(answer)
}

/// Where a server that listens on `listen` can be reached from its own machine.
fn reachable(mut listen: SocketAddr) -> SocketAddr {
    match listen.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => listen.set_ip(Ipv4Addr::LOCALHOST.into()),
        IpAddr::V6(ip) if ip.is_unspecified() => listen.set_ip(Ipv6Addr::LOCALHOST.into()),
        _ => {}
    }
    listen
}
