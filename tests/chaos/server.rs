//! The real program as a server that can be killed, stopped and started again on the same port.

use std::fs::File;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::place::Place;
use crate::shim::Shim;
use crate::signal;
use crate::wire::{Line, bearer};

/// How long a start or a stop may take. A stop is promised within 30 seconds.
const PATIENCE: Duration = Duration::from_mins(1);

/// A server process on a place.
pub struct Server {
    child: Option<Child>,
    pub address: SocketAddr,
}

/// How a server is started.
#[derive(Default)]
pub struct Start<'a> {
    /// What its disk and clock obey.
    pub shim: Option<&'a Shim>,
    /// ONNX Runtime is looked for here only.
    pub runtime: Option<&'a Path>,
    /// The most files it may open.
    pub files: Option<u32>,
    /// More arguments.
    pub arguments: &'a [&'a str],
}

impl Server {
    /// A port for it; it does not run yet.
    pub fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Self { child: None, address: listener.local_addr().unwrap() }
    }

    /// Start it and wait until it can store answers; how long that took.
    pub fn start(&mut self, place: &Place, start: &Start) -> Duration {
        let began = Instant::now();
        self.launch(place, start);
        while !self.is_ready() {
            if let Some(status) = self.ended() {
                panic!("the server ended with {status}: {}", log_end(place));
            }
            assert!(began.elapsed() < PATIENCE, "the server does not get ready: {}", log_end(place));
            sleep(Duration::from_millis(5));
        }
        began.elapsed()
    }

    /// Start it without waiting.
    pub fn launch(&mut self, place: &Place, start: &Start) {
        let listen = self.address.to_string();
        let mut command = place.command(&["serve", "--listen", &listen]);
        command.args(start.arguments);
        if let Some(folder) = start.runtime {
            command.env("QUERIST_ONNXRUNTIME", folder);
        }
        if let Some(shim) = start.shim {
            shim.load(&mut command, &place.data());
        }
        let mut command = match start.files {
            Some(files) => limited(&command, files),
            None => command,
        };
        let log = File::options().create(true).append(true).open(place.file("server.log")).unwrap();
        command.env("QUERIST_LOG", "info").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log);
        self.child = Some(command.spawn().unwrap());
    }

    pub fn is_ready(&self) -> bool {
        let mut line = Line::new(self.address, bearer("")).patient_for(Duration::from_secs(5));
        line.get("/readyz").is_ok_and(|reply| reply.status == 200)
    }

    /// How the process ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.as_mut()?.try_wait().unwrap()
    }

    pub fn pid(&self) -> u32 {
        self.child.as_ref().map_or(0, Child::id)
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            child.wait().unwrap();
        }
    }

    /// Send SIGTERM and wait for the end; how long it took.
    pub fn stop(&mut self) -> Duration {
        let began = Instant::now();
        if self.child.is_some() {
            signal::send("-TERM", self.pid());
            self.wait();
        }
        began.elapsed()
    }

    /// Wait for its end.
    pub fn wait(&mut self) {
        let began = Instant::now();
        while self.ended().is_none() {
            assert!(began.elapsed() < PATIENCE, "the server does not end");
            sleep(Duration::from_millis(5));
        }
        self.child = None;
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.kill();
    }
}

/// The same command with fewer files.
fn limited(command: &Command, files: u32) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", &format!("ulimit -n {files}; exec \"$0\" \"$@\"")]);
    shell.arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell
}

/// The end of the server's log.
pub fn log_end(place: &Place) -> String {
    let log = std::fs::read_to_string(place.file("server.log")).unwrap_or_default();
    let lines: Vec<&str> = log.lines().rev().take(12).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}
