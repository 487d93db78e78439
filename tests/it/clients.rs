//! Clients of the API at the real program: the Python package, what two generators make of the description, and what a fuzzer finds.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::support::program::{run, signal, start};
use crate::support::{root, skip};

fn setup(folder: &str) -> PathBuf {
    root().join(".setup").join(folder)
}

/// Python with the packages of `make setup` and `own`, where it has `modules`.
fn python(own: &Path, modules: &str) -> Option<Command> {
    let path = [own.to_owned(), setup("client"), setup("python")];
    let with = || {
        let mut command = Command::new("python3");
        command.env("PYTHONPATH", std::env::join_paths(&path).unwrap()).env("PYTHONDONTWRITEBYTECODE", "1");
        command.env("QUERIST_BIN", env!("CARGO_BIN_EXE_querist")).env("ORT_DISABLE_TELEMETRY", "1");
        command
    };
    let there = with().args(["-c", &format!("import {modules}")]).output();
    if there.is_ok_and(|output| output.status.success()) {
        return Some(with());
    }
    skip(&format!("python3 with {modules}: run `make setup`"));
    None
}

fn text(out: &Output) -> String {
    [&out.stdout[..], &out.stderr[..]].map(String::from_utf8_lossy).concat()
}

/// Standard output of a command that must end well.
fn done(command: &mut Command) -> String {
    let out = command.output().unwrap();
    assert!(out.status.success(), "{command:?}\n{}", text(&out));
    String::from_utf8(out.stdout).unwrap()
}

/// The description, in a file.
fn description(folder: &Path) -> PathBuf {
    let out = Command::new(env!("CARGO_BIN_EXE_querist")).arg("openapi").output().unwrap();
    assert!(out.status.success());
    let file = folder.join("openapi.json");
    std::fs::write(&file, out.stdout).unwrap();
    file
}

#[test]
fn the_python_client_works_at_the_real_program() {
    let home = root().join("clients/python");
    let Some(mut pytest) = python(&home.join("src"), "pytest, httpx, pandas, numpy, PIL, onnxruntime, mypy") else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    done(Command::new(home.join("generate.sh")).arg(description(folder.path())));
    let out = done(pytest.args(["-m", "pytest", "--basetemp"]).arg(folder.path().join("tests")).current_dir(&home));
    assert!(out.contains(" passed") && !out.contains("skipped"), "{out}");
}

/// A server with an admin, and the admin's token.
async fn served(data: &Path) -> (tokio::process::Child, String, String) {
    run(data, &["user", "add", "root", "--role", "admin"]).await;
    let token = run(data, &["token", "new", "--user", "root"]).await;
    let (child, url) = start(data, &["serve"]).await;
    (child, url, token)
}

fn said(out: &str) -> Value {
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap_or_else(|error| panic!("{error}: {out}"))
}

#[tokio::test]
async fn a_python_client_that_a_generator_made_works() {
    let folder = tempfile::tempdir().unwrap();
    let Some(mut generate) = python(folder.path(), "openapi_python_client") else { return };
    let Some(mut call) = python(&folder.path().join("made"), "httpx") else { return };
    let config = root().join("tests/clients/openapi-python-client.yml");
    generate.args(["-m", "openapi_python_client", "generate", "--fail-on-warning", "--meta", "none", "--path"]);
    generate.arg(description(folder.path())).arg("--config").arg(config);
    done(generate.arg("--output-path").arg(folder.path().join("made/querist_api")));
    let (mut server, url, token) = served(&folder.path().join("data")).await;
    call.env("QUERIST_URL", url).env("QUERIST_TOKEN", token).arg(root().join("tests/clients/call.py"));
    let out = done(&mut call);
    assert_eq!(said(&out), json!({ "names": ["a", "b"], "empty": true, "code": "not_found" }));
    signal(&server, "-TERM");
    server.wait().await.unwrap();
}

#[tokio::test]
async fn a_typescript_client_that_a_generator_made_works() {
    let packages = setup("typescript/node_modules");
    if !packages.join(".bin/openapi-typescript").exists() {
        return skip("openapi-typescript: run `make setup`");
    }
    let folder = tempfile::tempdir().unwrap();
    let home = folder.path().join("typed");
    std::fs::create_dir(&home).unwrap();
    std::os::unix::fs::symlink(&packages, home.join("node_modules")).unwrap();
    std::fs::write(home.join("package.json"), r#"{ "type": "module" }"#).unwrap();
    for file in ["call.ts", "tsconfig.json"] {
        std::fs::copy(root().join("tests/clients").join(file), home.join(file)).unwrap();
    }
    let bin = |name: &str| {
        let mut command = Command::new(packages.join(".bin").join(name));
        command.current_dir(&home);
        command
    };
    done(bin("openapi-typescript").arg(description(folder.path())).args(["--output", "schema.d.ts"]));
    done(&mut bin("tsc"));
    let (mut server, url, token) = served(&folder.path().join("data")).await;
    let mut call = Command::new("node");
    call.arg("out/call.js").current_dir(&home).env("QUERIST_URL", url).env("QUERIST_TOKEN", token);
    let out = done(&mut call);
    assert_eq!(said(&out), json!({ "names": ["a", "b"], "empty": true, "code": "no_project" }));
    signal(&server, "-TERM");
    server.wait().await.unwrap();
}

/// A small share of what `scripts/schemathesis.sh` does by hand, one example for each call.
#[test]
fn no_call_fails_or_answers_what_its_description_does_not_say() {
    let Some(with) = python(Path::new(""), "schemathesis, PIL") else { return };
    let mut script = Command::new(root().join("scripts/schemathesis.sh"));
    script.envs(with.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let out = script.args(["1", "--phases", "examples,fuzzing"]).output().unwrap();
    assert!(out.status.success(), "{}", text(&out));
}
