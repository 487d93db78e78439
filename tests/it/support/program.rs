//! The real program as a process.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

pub const PATIENCE: Duration = Duration::from_mins(1);

pub fn program(data: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_querist"));
    command.kill_on_drop(true).env("RUST_LOG", "warn").arg("--data").arg(data).args(["--threads", "1"]);
    command
}

/// Run a command to its end; its standard output.
pub async fn run(data: &Path, arguments: &[&str]) -> String {
    let out = program(data).args(arguments).output().await.unwrap();
    assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
    String::from_utf8(out.stdout).unwrap().trim().to_owned()
}

/// Start a server, and wait until it says where it listens.
pub async fn start(data: &Path, arguments: &[&str]) -> (Child, String) {
    let mut child =
        program(data).args(arguments).args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut seen = String::new();
    let listening = async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap_or_else(|| panic!("the server ended: {seen}"));
            seen.push_str(&line);
            seen.push('\n');
            if let Some((_, address)) = line.split_once("listening on ") {
                return address.trim().to_owned();
            }
        }
    };
    let url = timeout(PATIENCE, listening).await.expect("the server does not say where it listens");
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    // Keep reading, or the child blocks when the pipe is full.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    (child, url)
}

pub fn signal(child: &Child, name: &str) {
    super::signal::send(name, child.id().unwrap());
}
