//! The data folder: one server at a time, its own database, and no new one by mistake.

use std::path::Path;
use std::process::Output;

use querist::data::DataDir;
use querist::domain::Role;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::upkeep::folder::{self, FolderError};
use tokio::time::timeout;

use crate::support::app::TestApp;
use crate::support::desk::{Person, pool};
use crate::support::program::{PATIENCE, program, run, signal, start};

async fn refused(data: &Path, arguments: &[&str]) -> String {
    let out: Output = program(data).args(arguments).output().await.unwrap();
    let said = String::from_utf8_lossy(&out.stderr).into_owned();
    assert_eq!(out.status.code(), Some(1), "{arguments:?}: {said}");
    assert!(out.stdout.is_empty(), "{arguments:?} prints a result");
    said
}

#[tokio::test]
async fn a_second_server_is_told_who_has_the_folder_and_commands_go_on() {
    let data = tempfile::tempdir().unwrap();
    let (mut first, _) = start(data.path(), &["serve"]).await;
    for second in [["serve", "--listen", "127.0.0.1:0"], ["demo", "--listen", "127.0.0.1:0"]] {
        let said = refused(data.path(), &second).await;
        let pid = format!("process {}", first.id().unwrap());
        assert!(said.contains("`querist serve`") && said.contains(&pid) && said.contains("since"), "{said}");
    }
    run(data.path(), &["user", "list"]).await;
    run(data.path(), &["project", "new", "birds", "--class", "heron"]).await;
    // However it ends, its lock ends with it.
    signal(&first, "-KILL");
    first.wait().await.unwrap();
    let (next, _) = start(data.path(), &["serve"]).await;
    signal(&next, "-TERM");
}

#[tokio::test]
async fn a_mistyped_folder_is_refused_with_its_absolute_path_and_never_made() {
    let home = tempfile::tempdir().unwrap();
    let typo = home.path().join("quersit-data");
    let file = home.path().join("b.tar");
    for arguments in [
        &["migrate"][..],
        &["user", "list"],
        &["user", "link", "ada"],
        &["token", "new", "--user", "ada"],
        &["import", "birds", "."],
        &["encode", "birds"],
        &["train", "birds"],
        &["export", "birds", "--format", "csv", "--out", "x.csv"],
        &["model", "birds", "--out", "x.onnx"],
        &["encoder", "list"],
        &["backup", file.to_str().unwrap()],
        &["restore", file.to_str().unwrap()],
    ] {
        let said = refused(&typo, arguments).await;
        let named = if arguments[0] == "restore" { file.display() } else { typo.display() }.to_string();
        assert!(said.contains(&named), "{arguments:?}: {said}");
        assert!(!typo.exists(), "{arguments:?} has made the folder");
    }
    let out = program(&typo).arg("doctor").output().await.unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    assert_eq!(out.status.code(), Some(1));
    assert!(text.contains("FAIL data folder") && text.contains("does not exist"), "{text}");
    assert!(!typo.exists());
}

#[tokio::test]
async fn a_mistyped_database_is_refused_and_its_password_is_not_told() {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["user", "add", "ada", "--role", "admin"]).await;
    for address in ["querist.db", "postgre://querist:SECRET@db/querist", "postgres:querist:SECRET@db/querist"] {
        let said = refused(data.path(), &["user", "list", "--database", address]).await;
        assert!(said.contains("postgres://USER@HOST/NAME"), "{said}");
        assert!(!said.contains("SECRET"), "{said}");
        let said = refused(data.path(), &["serve", "--listen", "127.0.0.1:0", "--database", address]).await;
        assert!(!said.contains("SECRET"), "{said}");
    }
    assert!(!Path::new("querist.db").exists());
}

#[tokio::test]
async fn the_database_of_another_folder_is_refused_and_doctor_says_so() {
    let (one, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    for folder in [&one, &other] {
        run(folder.path(), &["user", "add", "ada", "--role", "admin"]).await;
    }
    let database = one.path().join("querist.db");
    let said = refused(other.path(), &["user", "list", "--database", database.to_str().unwrap()]).await;
    assert!(said.contains("belongs to another database") && said.contains("--data"), "{said}");
    let doctor =
        program(other.path()).args(["doctor", "--database", database.to_str().unwrap()]).output().await.unwrap();
    let text = String::from_utf8_lossy(&doctor.stdout).into_owned();
    assert!(text.contains("FAIL pairing") && text.contains("ok   data folder"), "{text}");
    // Its own, by its full address, is taken.
    run(one.path(), &["user", "list", "--database", database.to_str().unwrap()]).await;
    // An empty folder beside a database that has one, as after a forgotten `-v`.
    let empty = tempfile::tempdir().unwrap();
    let test = TestApp::new().await;
    folder::join(&test.app, true).await.unwrap();
    let store = test.app.store.clone();
    let data = DataDir::open(empty.path()).unwrap();
    let runtime = LazyRuntime::new(Settings::default());
    let forgotten = querist::service::App::new(
        store,
        data,
        querist::cpu::Cpu::new(1).unwrap(),
        querist::clock::Clock::System,
        runtime,
    );
    assert!(matches!(folder::join(&forgotten, false).await, Err(FolderError::Unknown { .. })));
    test.finish().await;
}

#[tokio::test]
async fn a_folder_that_was_not_restored_to_its_end_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let (data, into, tape) = (home.path().join("data"), home.path().join("into"), home.path().join("b.tar"));
    run(&data, &["user", "add", "ada", "--role", "admin"]).await;
    run(&data, &["backup", tape.to_str().unwrap()]).await;
    let whole = std::fs::read(&tape).unwrap();
    std::fs::write(home.path().join("cut.tar"), &whole[..whole.len() - 2048]).unwrap();
    let said = refused(&into, &["restore", home.path().join("cut.tar").to_str().unwrap()]).await;
    assert!(said.contains("cut short"), "{said}");
    assert!(!into.exists(), "a restore that failed leaves nothing behind");
    // One that was killed leaves its unfinished database.
    std::fs::create_dir_all(into.join("blobs")).unwrap();
    std::fs::write(into.join("querist.db.part"), "").unwrap();
    for command in
        [&["serve", "--listen", "127.0.0.1:0"][..], &["user", "list"], &["user", "add", "eva", "--role", "admin"]]
    {
        let said = refused(&into, command).await;
        assert!(said.contains("was not completed") && said.contains(&into.display().to_string()), "{said}");
    }
    std::fs::remove_dir_all(&into).unwrap();
    run(&into, &["restore", tape.to_str().unwrap()]).await;
    assert!(run(&into, &["user", "list"]).await.contains("ada"));
}

#[tokio::test]
async fn a_folder_that_is_moved_away_shows_in_readyz() {
    let test = TestApp::new().await;
    pool(&test, "metal", 5).await;
    folder::join(&test.app, true).await.unwrap();
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    ana.client.get("/readyz").await.assert_status(200);
    let there = test.app.data.root().to_owned();
    let away = there.with_extension("moved");
    std::fs::rename(&there, &away).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    ana.client.get("/readyz").await.assert_status(503).assert_says("was moved or removed");
    std::fs::rename(&away, &there).unwrap();
    tokio::time::sleep(std::time::Duration::from_millis(1100)).await;
    ana.client.get("/readyz").await.assert_status(200);
    test.finish().await;
}

#[tokio::test]
async fn the_first_link_is_one_that_people_can_open() {
    for (arguments, begins) in [
        (&["--listen", "0.0.0.0:0"][..], "http://127.0.0.1:"),
        (&["--listen", "localhost:0"], "http://127.0.0.1:"),
        (&["--listen", "0.0.0.0:0", "--url", "https://label.example.org/"], "https://label.example.org/link/"),
    ] {
        let data = tempfile::tempdir().unwrap();
        let mut server = program(data.path());
        server.arg("serve").args(arguments).stderr(std::process::Stdio::piped());
        let mut child = server.spawn().unwrap();
        let lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stderr.take().unwrap()));
        let link = timeout(PATIENCE, first_link(lines)).await.expect("no link is printed");
        assert!(link.starts_with(begins), "{link}");
        child.kill().await.unwrap();
    }
    let data = tempfile::tempdir().unwrap();
    let wrong = program(data.path()).args(["serve", "--listen", "label"]).output().await.unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("127.0.0.1:8080"));
}

async fn first_link(mut lines: tokio::io::Lines<tokio::io::BufReader<tokio::process::ChildStderr>>) -> String {
    loop {
        let line = lines.next_line().await.unwrap().expect("the server ended");
        if let Some((_, link)) = line.split_once("within a day: ") {
            return link.trim().to_owned();
        }
    }
}

#[tokio::test]
async fn a_server_without_onnx_runtime_says_so_wherever_anybody_looks() {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["project", "new", "birds", "--class", "heron", "--class", "stork"]).await;
    run(data.path(), &["user", "add", "ada", "--role", "admin"]).await;
    let token = run(data.path(), &["token", "new", "--user", "ada"]).await;
    let nowhere = data.path().join("nowhere");
    let mut server = program(data.path());
    server
        .args(["serve", "--listen", "127.0.0.1:0", "--onnxruntime"])
        .arg(&nowhere)
        .stderr(std::process::Stdio::piped());
    let mut child = server.spawn().unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stderr.take().unwrap()));
    let (mut url, mut told) = (String::new(), false);
    while url.is_empty() || !told {
        let line = timeout(PATIENCE, lines.next_line()).await.expect("it does not say so").unwrap().expect("it ended");
        told |= line.starts_with("ONNX Runtime is missing");
        if let Some((_, address)) = line.split_once("listening on ") {
            address.trim().clone_into(&mut url);
        }
    }
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    let get = async |path: &str| super::stopping::get(&format!("{url}{path}"), &token).await;
    let (status, ready) = get("/readyz").await;
    assert_eq!(status, 200, "people can label: {ready}");
    assert!(ready.contains("\"onnxruntime\":\"missing"), "{ready}");
    assert!(!ready.contains(&nowhere.display().to_string()), "strangers learn no paths: {ready}");
    let (_, state) = get("/api/v1/projects/birds").await;
    assert!(state.contains("No round can run: ONNX Runtime is missing"), "{state}");
    child.kill().await.unwrap();
}
