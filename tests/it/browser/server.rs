//! The real program as a child process, on a port of its own.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use querist::domain::Modality;
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// `querist serve` in a temporary data folder.
pub struct Server {
    pub url: String,
    /// The first admin's sign-in link, with its address.
    pub first_link: String,
    pub data: TempDir,
    child: Child,
}

/// The program under test; measurements name an optimised one in `QUERIST_TEST_PROGRAM`.
pub fn program() -> Command {
    let built = || env!("CARGO_BIN_EXE_querist").into();
    let mut command = Command::new(std::env::var_os("QUERIST_TEST_PROGRAM").unwrap_or_else(built));
    command.kill_on_drop(true).env("RUST_LOG", "warn");
    command
}

/// Run another command of the program in a data folder; its standard output.
pub async fn run(data: &Path, arguments: &[&str]) -> String {
    let out = program().args(arguments).arg("--data").arg(data).output().await.unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap()
}

impl Server {
    pub async fn start() -> Self {
        Self::start_in(tempfile::tempdir().unwrap()).await
    }

    /// Start with the example project, which has this many drawn pictures.
    pub async fn start_example(pictures: u32) -> Self {
        Self::start_with(Modality::Image, pictures).await
    }

    /// A server with the example of this kind of sample.
    pub async fn start_with(modality: Modality, samples: u32) -> Self {
        let command = ["demo", "--modality", modality.as_str(), "--samples", &samples.to_string()];
        Self::start_by(tempfile::tempdir().unwrap(), &command).await
    }

    /// Start in a folder that may be prepared already.
    pub async fn start_in(data: TempDir) -> Self {
        Self::start_by(data, &["serve"]).await
    }

    async fn start_by(data: TempDir, command: &[&str]) -> Self {
        let (child, url, first_link) = spawn(data.path(), command, "127.0.0.1:0", true).await;
        Self { url, first_link, data, child }
    }

    /// End it at once, as a power cut would.
    pub async fn kill(&mut self) {
        self.child.kill().await.unwrap();
    }

    /// Start it again at the same address, on the same data.
    pub async fn start_again(&mut self) {
        let address = self.url.strip_prefix("http://").unwrap().to_owned();
        self.child = spawn(self.data.path(), &["serve"], &address, false).await.0;
    }

    /// Ask it to end, as a supervisor would, and wait until it has.
    pub async fn stop(mut self) -> ExitStatus {
        crate::support::signal::send("-TERM", self.child.id().unwrap());
        timeout(Duration::from_secs(35), self.child.wait()).await.expect("the server does not end").unwrap()
    }
}

/// Start the program and wait until it listens; its address, and the first admin's link where one is waited for.
async fn spawn(data: &Path, command: &[&str], listen: &str, wants_link: bool) -> (Child, String, String) {
    let mut child = program()
        .args(command)
        .args(["--listen", listen, "--threads", "1", "--data"])
        .arg(data)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    let (mut url, mut first_link) = (None, None);
    let ready = async {
        while url.is_none() || (wants_link && first_link.is_none()) {
            let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("the server ended: {seen}"));
            if let Some((_, address)) = line.split_once("listening on ") {
                url = Some(address.trim().to_owned());
            }
            if let Some(at) = line.find("http").filter(|_| line.contains("/link/")) {
                first_link = Some(line[at..].trim().to_owned());
            }
            seen.push_str(&line);
            seen.push('\n');
        }
    };
    timeout(Duration::from_mins(1), ready).await.expect("the server does not say where it listens");
    // Keep reading, or the child blocks when the pipe is full.
    tokio::spawn(async move {
        while let Ok(Some(line)) = lines.next_line().await {
            eprintln!("server: {line}");
        }
    });
    (child, url.unwrap(), first_link.unwrap_or_default())
}
