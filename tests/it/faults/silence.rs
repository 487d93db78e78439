//! Nothing leaves the machine: every command is traced, and may open only the connections and files named here.
//!
//! `SECURITY.md` lists the connections; this test holds it.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::Command;
use tokio::time::timeout;

use super::stopping::{call, draw, get};
use crate::support::program::{PATIENCE, signal};
use crate::support::{root, skip};

/// A home that must stay empty, and the folders that may be written.
struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for part in ["home", "work", "tmp", "out", "logs"] {
            std::fs::create_dir(folder.path().join(part)).unwrap();
        }
        Self { folder }
    }

    fn at(&self, part: &str) -> PathBuf {
        self.folder.path().join(part)
    }

    /// `querist` under `strace`, with nothing in its environment that could point anywhere else. The telemetry switch
    /// is not set either: the program must set it itself.
    fn traced(&self, log: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("strace");
        command.args(["-f", "-qq", "-s", "256", "-e", "trace=network,openat,open,creat,mkdir,mkdirat", "-o"]).arg(log);
        command.arg(env!("CARGO_BIN_EXE_querist")).args(arguments).arg("--data").arg(self.at("data"));
        let library = std::env::var_os("QUERIST_ONNXRUNTIME");
        let library = library.map_or_else(|| root().join(".setup/onnxruntime"), PathBuf::from);
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .env("HOME", self.at("home"))
            .env("TMPDIR", self.at("tmp"))
            .env("QUERIST_ONNXRUNTIME", library)
            .env("QUERIST_THREADS", "2")
            .current_dir(self.at("work"))
            .kill_on_drop(true);
        command
    }

    /// Run a command to its end; its standard output.
    async fn run(&self, arguments: &[&str]) -> String {
        let log = self.at("logs").join(format!("{}.txt", arguments[0]));
        let out = self.traced(&log, arguments).output().await.unwrap();
        assert!(out.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&out.stderr));
        self.judge(&log, arguments, 0);
        String::from_utf8(out.stdout).unwrap().trim().to_owned()
    }

    /// Fail on connections, on more than `listeners` network sockets, and on files elsewhere.
    fn judge(&self, log: &Path, arguments: &[&str], listeners: usize) {
        let text = std::fs::read_to_string(log).unwrap();
        assert!(text.contains("openat("), "nothing was traced of {arguments:?}");
        let calls =
            |name: &str| -> Vec<&str> { text.lines().filter(|line| line.contains(&format!(" {name}("))).collect() };
        let connected = calls("connect");
        assert!(connected.is_empty(), "{arguments:?} connects: {connected:#?}");
        let network: Vec<_> =
            calls("socket").into_iter().filter(|line| line.contains("AF_INET") || line.contains("AF_PACKET")).collect();
        assert_eq!(network.len(), listeners, "{arguments:?} opens sockets: {network:#?}");
        for line in calls("bind") {
            assert!(line.contains("inet_addr(\"127.0.0.1\")"), "{arguments:?} listens elsewhere: {line}");
        }
        let written = text.lines().filter(|line| {
            let opens = ["O_CREAT", "O_WRONLY", "O_RDWR", "creat(", "mkdir(", "mkdirat("];
            opens.iter().any(|word| line.contains(word)) && !line.contains(" = -1 ")
        });
        for line in written {
            let Some(path) = line.split('"').nth(1) else { continue };
            let own = ["data", "tmp", "out"].iter().any(|part| Path::new(path).starts_with(self.at(part)));
            assert!(own || path.starts_with("/dev/"), "{arguments:?} writes elsewhere: {line}");
        }
        for part in ["home", "work", "tmp"] {
            let left: Vec<_> = std::fs::read_dir(self.at(part)).unwrap().map(|entry| entry.unwrap().path()).collect();
            assert!(left.is_empty(), "{arguments:?} leaves {left:?}");
        }
    }
}

#[tokio::test]
async fn no_command_connects_anywhere_or_writes_outside_its_folders() {
    let traces = std::process::Command::new("strace").args(["-f", "-o", "/dev/null", "true"]).output();
    if !traces.is_ok_and(|out| out.status.success()) {
        return skip("strace: run `make setup`, or allow tracing");
    }
    let house = House::new();
    draw(&house.at("tree"), 48);
    let (tree, model) = (house.at("tree"), house.at("out").join("model.onnx"));
    let (tree, model) = (tree.to_str().unwrap(), model.to_str().unwrap());
    let out = |name: &str| house.at("out").join(name).to_str().unwrap().to_owned();
    house.run(&["user", "add", "ada", "--role", "admin"]).await;
    house.run(&["project", "new", "birds", "--class", "a", "--class", "b"]).await;
    house.run(&["doctor"]).await;
    house.run(&["import", "birds", tree, "--labels", "folder"]).await;
    house.run(&["encode", "birds"]).await;
    house.run(&["train", "birds"]).await;
    house.run(&["model", "birds", "--out", model]).await;
    house.run(&["predict", model, tree]).await;
    // A trial is a separate process, which loads the library again.
    house.run(&["encoder", "probe", house.encoder().to_str().unwrap()]).await;
    house.run(&["encoder", "add", house.encoder().to_str().unwrap(), "--name", "again"]).await;
    house.run(&["export", "birds", "--format", "csv", "--out", &out("a.csv")]).await;
    house.run(&["backup", &out("b.tar")]).await;
    let token = house.run(&["token", "new", "--user", "ada"]).await;

    draw(&house.at("more"), 60);
    house.run(&["import", "birds", house.at("more").to_str().unwrap()]).await;
    let log = house.at("logs").join("serve.txt");
    let mut serve = house.traced(&log, &["serve", "--listen", "127.0.0.1:0"]);
    let mut child = serve.stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let url = loop {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().expect("the server ended");
        if let Some((_, address)) = line.split_once("listening on ") {
            break address.trim().to_owned();
        }
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let base = format!("{url}/api/v1/projects/birds");
    let (status, leased) = call("POST", &format!("{base}/leases"), &token, "{\"count\":1}".to_owned()).await;
    assert_eq!(status, 200, "{leased}");
    let leased: serde_json::Value = serde_json::from_str(&leased).unwrap();
    let (_, project) = get(&base, &token).await;
    let project: serde_json::Value = serde_json::from_str(&project).unwrap();
    let lease = &leased["leases"][0];
    let answer = serde_json::json!({
        "id": uuid::Uuid::new_v4(), "sample": lease["sample"]["id"], "lease": lease["lease"], "class": project["classes"][0]["id"],
    });
    let (status, text) = call("POST", &format!("{base}/annotations"), &token, answer.to_string()).await;
    assert_eq!(status, 201, "{text}");
    let (_, asked) = call("POST", &format!("{base}/rounds"), &token, String::new()).await;
    let job = serde_json::from_str::<serde_json::Value>(&asked).unwrap()["job"].clone();
    let (_, done) = get(&format!("{base}/jobs/{job}?wait=25"), &token).await;
    assert!(done.contains("\"state\":\"done\""), "{done}");
    // To the program itself: strace does not pass signals on.
    let text = std::fs::read_to_string(&log).unwrap();
    crate::support::signal::send("-TERM", text.split_whitespace().next().unwrap().parse().unwrap());
    if timeout(PATIENCE, child.wait()).await.is_err() {
        signal(&child, "-KILL");
        panic!("the server does not end");
    }
    house.judge(&log, &["serve"], 1);
}

impl House {
    /// The model of the built-in encoder, which `encode` has learned.
    fn encoder(&self) -> PathBuf {
        let folder = std::fs::read_dir(self.at("data/encoders")).unwrap().next().unwrap().unwrap().path();
        folder.join("model.onnx")
    }
}
