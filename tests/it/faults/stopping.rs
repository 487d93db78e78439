//! Stopping a process: it ends whatever hangs, and half-made files do not stay.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use axum::body::{Body, to_bytes};
use axum::http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use querist::modality::image::picture::{self, Picture};
use tokio::time::{sleep, timeout};

use crate::support::program::{PATIENCE, program, run, signal, start};
use crate::support::skip;

/// Status and body of a `GET`, as whoever the token belongs to.
pub(super) async fn get(url: &str, token: &str) -> (u16, String) {
    call("GET", url, token, String::new()).await
}

pub(super) async fn call(method: &str, url: &str, token: &str, body: String) -> (u16, String) {
    let http: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    let request = Request::builder().method(method).uri(url).header("authorization", format!("Bearer {token}"));
    let request = request.header("content-type", "application/json").body(Body::from(body)).unwrap();
    let answer = http.request(request).await.unwrap();
    let status = answer.status().as_u16();
    let body = to_bytes(Body::new(answer.into_body()), usize::MAX).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

/// `n` pictures that are all different, in the folders `a` and `b`.
pub(super) fn draw(folder: &Path, n: u32) {
    for i in 0..n {
        let pixels = (0..24 * 24 * 3).map(|at| (at * (i + 3) + i * 17 + (i >> 8) * (at >> 3)) as u8).collect();
        let drawn = Picture { pixels, width: 24, height: 24 };
        let class = folder.join(if i % 2 == 0 { "a" } else { "b" });
        std::fs::create_dir_all(&class).unwrap();
        std::fs::write(class.join(format!("{i}.png")), picture::to_png(&drawn).unwrap()).unwrap();
    }
}

/// A project with pictures, and a pipe in place of one: reading it blocks for ever.
async fn with_a_pipe(home: &Path) -> PathBuf {
    let (data, tree) = (home.join("data"), home.join("tree"));
    run(&data, &["user", "add", "ada", "--role", "admin"]).await;
    run(&data, &["project", "new", "birds", "--class", "a", "--class", "b"]).await;
    draw(&tree, 40);
    run(&data, &["import", "birds", tree.to_str().unwrap(), "--labels", "folder"]).await;
    let first = std::fs::read_dir(data.join("blobs")).unwrap().next().unwrap().unwrap().path();
    let blob = std::fs::read_dir(first).unwrap().next().unwrap().unwrap().path();
    std::fs::remove_file(&blob).unwrap();
    assert!(tokio::process::Command::new("mkfifo").arg(&blob).status().await.unwrap().success());
    data
}

#[tokio::test]
async fn the_second_signal_ends_a_server_whose_job_hangs_at_once_and_no_start_hangs_for_ever() {
    let home = tempfile::tempdir().unwrap();
    let data = with_a_pipe(home.path()).await;
    let token = run(&data, &["token", "new", "--user", "ada"]).await;
    let job = async |url: &str| {
        let (_, state) = get(&format!("{url}/api/v1/projects/birds"), &token).await;
        serde_json::from_str::<serde_json::Value>(&state).unwrap()["encoding"].clone()
    };
    for attempt in 1..=3 {
        let (mut child, url) = start(&data, &["serve"]).await;
        let begun = Instant::now();
        while job(&url).await["state"] != "running" {
            assert!(begun.elapsed() < PATIENCE, "the job does not begin");
            sleep(Duration::from_millis(50)).await;
        }
        sleep(Duration::from_millis(300)).await;
        if attempt < 3 {
            signal(&child, "-KILL");
            child.wait().await.unwrap();
            continue;
        }
        signal(&child, "-TERM");
        sleep(Duration::from_millis(300)).await;
        assert!(child.try_wait().unwrap().is_none(), "nothing hangs, so this test shows nothing");
        let asked = Instant::now();
        signal(&child, "-TERM");
        timeout(Duration::from_secs(15), child.wait()).await.expect("it does not end").unwrap();
        assert!(asked.elapsed() < Duration::from_secs(10), "{:?}", asked.elapsed());
    }
    // Three starts, no end: the fourth leaves it alone.
    let (mut child, url) = start(&data, &["serve"]).await;
    let stuck = job(&url).await;
    assert!(stuck["state"] == "failed" && stuck["message"].as_str().unwrap().contains("three times"), "{stuck}");
    signal(&child, "-TERM");
    assert_eq!(timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code(), Some(0));
}

#[tokio::test]
async fn a_command_that_is_cut_short_says_so_by_its_exit_code_and_leaves_nothing_behind() {
    let home = tempfile::tempdir().unwrap();
    let data = with_a_pipe(home.path()).await;
    let out = home.path().join("out");
    std::fs::create_dir(&out).unwrap();
    for (name, code) in [("-INT", 130), ("-TERM", 143)] {
        let mut export = program(&data);
        export.args(["export", "birds", "--format", "imagefolder", "--out"]).arg(out.join("birds.zip"));
        let mut export = export.spawn().unwrap();
        let begun = Instant::now();
        while std::fs::read_dir(&out).unwrap().next().is_none() {
            assert!(begun.elapsed() < PATIENCE, "the export does not begin");
            sleep(Duration::from_millis(20)).await;
        }
        sleep(Duration::from_millis(200)).await;
        signal(&export, name);
        let status = timeout(Duration::from_secs(15), export.wait()).await.expect("it does not end").unwrap();
        assert_eq!(status.code(), Some(code));
        let left: Vec<_> = std::fs::read_dir(&out).unwrap().map(|entry| entry.unwrap().path()).collect();
        assert!(left.is_empty(), "{left:?}");
    }
}

#[tokio::test]
async fn the_first_signal_stops_where_a_command_can_go_on_and_the_second_at_once() {
    let home = tempfile::tempdir().unwrap();
    let data = with_a_pipe(home.path()).await;
    for (first, second, code) in [("-INT", "-TERM", 130), ("-TERM", "-INT", 143)] {
        let mut child = program(&data).args(["encode", "birds"]).spawn().unwrap();
        // Until it waits for the pipe, which nobody writes.
        sleep(Duration::from_secs(3)).await;
        signal(&child, first);
        sleep(Duration::from_millis(300)).await;
        assert!(child.try_wait().unwrap().is_none(), "nothing hangs, so this test shows nothing");
        signal(&child, second);
        let status = timeout(Duration::from_secs(15), child.wait()).await.expect("it does not end").unwrap();
        assert_eq!(status.code(), Some(code), "the exit code is that of the first signal");
    }
}

#[tokio::test]
async fn an_example_that_is_being_drawn_ends_by_the_first_signal() {
    let home = tempfile::tempdir().unwrap();
    let mut demo = program(&home.path().join("data"));
    demo.args(["demo", "--pictures", "4000", "--listen", "127.0.0.1:0"]).stderr(std::process::Stdio::piped());
    let mut demo = demo.spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(demo.stderr.take().unwrap()));
    let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap().unwrap();
    assert!(line.contains("of 4000"), "{line}");
    signal(&demo, "-TERM");
    timeout(Duration::from_secs(5), demo.wait()).await.expect("it draws on").unwrap();
}

#[tokio::test]
async fn an_import_that_is_cut_short_is_no_success_and_goes_on() {
    let home = tempfile::tempdir().unwrap();
    let (data, tree) = (home.path().join("data"), home.path().join("tree"));
    run(&data, &["user", "add", "ada", "--role", "admin"]).await;
    run(&data, &["project", "new", "birds"]).await;
    draw(&tree, 1200);
    let mut import = program(&data);
    import.args(["import", "birds"]).arg(&tree).stdout(std::process::Stdio::piped());
    let mut import = import.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(import.stderr.take().unwrap()));
    while let Some(line) = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap() {
        if line.contains(" of 1200") {
            break;
        }
    }
    signal(&import, "-INT");
    let mut said = String::new();
    while let Some(line) = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap() {
        said.push_str(&line);
    }
    let out = timeout(PATIENCE, import.wait_with_output()).await.unwrap().unwrap();
    assert_eq!(out.status.code(), Some(130), "{said}");
    assert!(said.contains("run the same command again"), "{said}");
    let report = run(&data, &["import", "birds", tree.to_str().unwrap()]).await;
    assert!(!report.contains("1200 added"), "nothing had been imported before: {report}");
    let status = run(&data, &["project", "list"]).await;
    assert!(status.contains("1200 samples"), "{status}");
}

#[tokio::test]
async fn an_experiment_that_is_cut_short_says_so_and_keeps_whole_runs() {
    let home = tempfile::tempdir().unwrap();
    let tree = home.path().join("tree");
    draw(&tree, 60);
    let out = home.path().join("out");
    // Too few pictures to split: it fails before anything is written, and its folder is removed.
    let lone = home.path().join("lone");
    std::fs::create_dir_all(&lone).unwrap();
    let failed = program(home.path()).arg("simulate").arg(&lone).arg("--out").arg(&out).output().await.unwrap();
    assert!(failed.status.code() == Some(1) && !out.exists(), "{failed:?}");
    let mut simulate = program(home.path());
    simulate.args(["simulate", "--seeds", "500", "--initial", "4", "--batch", "1", "--budget", "40"]).arg(&tree);
    let mut simulate = simulate.arg("--out").arg(&out).spawn().unwrap();
    let begun = Instant::now();
    while !out.join("runs.csv").exists() {
        assert!(begun.elapsed() < PATIENCE, "the experiment does not begin");
        sleep(Duration::from_millis(50)).await;
    }
    signal(&simulate, "-INT");
    let status = timeout(Duration::from_secs(15), simulate.wait()).await.expect("it does not end").unwrap();
    assert_eq!(status.code(), Some(130));
    assert!(!out.join("curves.csv").exists(), "results are of whole experiments");
}

/// The real program on a disk of its own that can be filled, where this system lets tests mount one.
#[tokio::test]
async fn a_disk_that_was_full_takes_answers_again_without_a_restart() {
    let home = tempfile::tempdir().unwrap();
    let disk = home.path().join("disk");
    std::fs::create_dir(&disk).unwrap();
    let mounts = "mount -t tmpfs -o size=16m tmpfs \"$1\" && shift && exec \"$@\"";
    let inside = |arguments: &[&str]| {
        let mut command = tokio::process::Command::new("unshare");
        command.args(["-rm", "sh", "-c", mounts, "sh"]).arg(&disk).args(arguments).kill_on_drop(true);
        command
    };
    if !inside(&["true"]).output().await.is_ok_and(|out| out.status.success()) {
        return skip("no file system can be mounted here (unshare -rm)");
    }
    // Made outside and copied in, since what is mounted goes with its process.
    let (data, tree) = (home.path().join("data"), home.path().join("tree"));
    run(&data, &["user", "add", "ada", "--role", "admin"]).await;
    run(&data, &["project", "new", "birds", "--class", "a", "--class", "b"]).await;
    draw(&tree, 60);
    run(&data, &["import", "birds", tree.to_str().unwrap()]).await;
    let token = run(&data, &["token", "new", "--user", "ada"]).await;
    let program = env!("CARGO_BIN_EXE_querist");
    let script = "cp -a \"$0\"/. \"$1\" && exec \"$2\" serve --listen 127.0.0.1:0 --threads 1 --data \"$1\"";
    let mut server = inside(&["sh", "-c", script, data.to_str().unwrap(), disk.to_str().unwrap(), program]);
    let mut child = server.stderr(std::process::Stdio::piped()).spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stderr.take().unwrap()));
    let mut seen = String::new();
    let url = loop {
        let line = timeout(PATIENCE, lines.next_line()).await.unwrap().unwrap();
        let line = line.unwrap_or_else(|| panic!("the server ended: {seen}"));
        if let Some((_, address)) = line.split_once("listening on ") {
            break address.trim().to_owned();
        }
        seen.push_str(&line);
    };
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let leases = format!("{url}/api/v1/projects/birds/leases");
    let lease = async || call("POST", &leases, &token, "{\"count\":1}".to_owned()).await;
    assert_eq!(lease().await.0, 200);

    // Seen from outside through the process that has it mounted.
    let ballast = format!("/proc/{}/root{}/ballast", child.id().unwrap(), disk.display());
    let mut filling = std::fs::File::create(&ballast).unwrap();
    while std::io::Write::write_all(&mut filling, &[7; 4096]).is_ok() {}
    let begun = Instant::now();
    let full = loop {
        let (status, text) = lease().await;
        if status != 200 {
            break (status, text);
        }
        assert!(begun.elapsed() < PATIENCE, "the disk is not full");
    };
    assert_eq!(full.0, 507, "{}", full.1);
    assert!(full.1.contains("disk_full"), "{}", full.1);
    sleep(Duration::from_millis(1100)).await;
    let (status, ready) = get(&format!("{url}/readyz"), &token).await;
    assert!(status == 503 && ready.contains("disk is full"), "{status} {ready}");

    std::fs::remove_file(&ballast).unwrap();
    drop(filling);
    let (status, text) = lease().await;
    assert_eq!(status, 200, "{text}");
    sleep(Duration::from_millis(1100)).await;
    assert_eq!(get(&format!("{url}/readyz"), &token).await.0, 200);
    signal(&child, "-TERM");
    assert_eq!(timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code(), Some(0));
}
