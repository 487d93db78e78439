//! Encoders from a model hub on this machine, fetched by the real program.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

mod server;

use std::collections::BTreeMap;
use std::path::Path;

use querist::onnx::messages::OperatorSetId;
use querist::onnx::{Graph, Model, build};
use serde_json::{Value, json};
use tokio::process::Command;

use crate::support::skip;
use server::{HubServer, Script};

const MODEL: &str = "onnx/model.onnx";

/// A small classifier: 16 numbers before its last layer, 10 classes after it.
fn model() -> Vec<u8> {
    let nodes = vec![
        build::node("Conv", &["pixel_values", "w0"], &["map"], Vec::new()),
        build::node("GlobalAveragePool", &["map"], &["average"], Vec::new()),
        build::node("Flatten", &["average"], &["pooled"], vec![build::int("axis", 1)]),
        build::node("Gemm", &["pooled", "w1"], &["logits"], vec![build::int("transB", 1)]),
    ];
    let weight = |name: &str, dims: &[usize]| {
        let values: Vec<f32> = (0..dims.iter().product::<usize>()).map(|i| (i as f32).sin()).collect();
        build::floats(name, dims, &values)
    };
    let graph = Graph {
        name: Some("tiny".to_owned()),
        node: nodes,
        initializer: vec![weight("w0", &[16, 3, 1, 1]), weight("w1", &[10, 16])],
        input: vec![build::batch_of("pixel_values", &[3, 8, 8])],
        output: vec![build::batch_of("logits", &[10])],
        ..Graph::default()
    };
    let model = Model {
        ir_version: Some(8),
        opset_import: vec![OperatorSetId { domain: Some(String::new()), version: Some(13) }],
        graph: Some(graph),
        ..Model::default()
    };
    model.to_bytes()
}

fn files(paths: &[&str]) -> BTreeMap<String, Vec<u8>> {
    paths.iter().map(|path| ((*path).to_owned(), model())).collect()
}

fn usual() -> Script {
    let mut files = files(&[MODEL]);
    let processor = json!({
        "do_normalize": true, "do_rescale": true, "do_resize": true, "image_mean": [0.5, 0.25, 0.125],
        "image_std": [0.5, 0.5, 0.5], "resample": 3, "size": { "height": 8, "width": 8 },
    });
    files.insert("preprocessor_config.json".to_owned(), processor.to_string().into_bytes());
    files.insert("config.json".to_owned(), json!({ "model_type": "resnet" }).to_string().into_bytes());
    Script { files, ..Script::default() }
}

/// What the program said and did.
struct Ran {
    ok: bool,
    out: String,
    err: String,
}

async fn encoder(data: &Path, endpoint: &str, arguments: &[&str], token: Option<&str>) -> Ran {
    ran(program(data, endpoint, token).args(arguments)).await
}

/// `querist … encoder`, at this hub and through no proxy.
fn program(data: &Path, endpoint: &str, token: Option<&str>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_querist"));
    for proxy in ["http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "HF_TOKEN"] {
        command.env_remove(proxy);
    }
    if let Some(token) = token {
        command.env("HF_TOKEN", token);
    }
    // Only commands that begin something make a folder.
    querist::data::DataDir::open(data).unwrap();
    command.env("HF_ENDPOINT", endpoint).env("HF_HOME", data).arg("--data").arg(data).args([
        "--threads",
        "1",
        "--json",
    ]);
    command.arg("encoder");
    command
}

async fn ran(command: &mut Command) -> Ran {
    let out = command.output().await.unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { ok: out.status.success(), out: text(out.stdout), err: text(out.stderr) }
}

/// The end of a command that fails: its error, with nothing on standard output and no encoder added.
async fn fails(script: Script, arguments: &[&str]) -> String {
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(script).await;
    let ran = encoder(data.path(), &hub.endpoint, arguments, None).await;
    assert!(!ran.ok && ran.out.is_empty(), "{}{}", ran.out, ran.err);
    assert!(ran.err.lines().count() < 30, "{}", ran.err);
    assert_eq!(encoder(data.path(), &hub.endpoint, &["list"], None).await.out, "[]\n");
    ran.err
}

/// Files under the folder of downloads.
fn left(data: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let Ok(folders) = std::fs::read_dir(data.join("downloads")) else { return names };
    for folder in folders {
        let inside = std::fs::read_dir(folder.unwrap().path()).unwrap();
        names.extend(inside.map(|entry| entry.unwrap().file_name().into_string().unwrap()));
    }
    names.sort();
    names
}

fn no_runtime() -> bool {
    let missing = querist::runtime::library::find(None).is_err();
    if missing {
        skip("ONNX Runtime: run `make setup`");
    }
    missing
}

#[tokio::test]
async fn a_broken_transfer_goes_on_where_it_stopped_and_the_encoder_is_cut_and_added() {
    if no_runtime() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(Script { cut: 1, ..usual() }).await;
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny"], Some("secret")).await;
    assert!(ran.ok, "{}", ran.err);
    let added: Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!((&added["name"], &added["licence"]), (&json!("tiny"), &json!("apache-2.0")));
    assert_eq!((&added["file"], &added["size_bytes"]), (&json!(MODEL), &json!(model().len())));
    let spec = &added["probe"]["spec"];
    assert_eq!((&spec["output"], &spec["dim"], &spec["filter"]), (&json!("pooled"), &json!(16), &json!("bicubic")));
    assert_eq!(spec["mean"], json!([0.5, 0.25, 0.125]), "read from the processor's file");
    assert!(added["probe"]["warnings"].to_string().contains("`logits` classifies (10 classes); the 16 numbers"));
    for said in [MODEL, "owner/tiny", "apache-2.0", server::COMMIT, added["sha256"].as_str().unwrap()] {
        assert!(ran.err.contains(said), "{said} was not shown: {}", ran.err);
    }

    let asked = hub.asked();
    let ranges: Vec<_> = asked.iter().filter(|one| one.server == "store").map(|one| one.range.clone()).collect();
    assert_eq!(ranges, [None, Some(format!("bytes={}-", model().len() / 2))]);
    for one in asked {
        let expected = (one.server == "hub").then(|| "Bearer secret".to_owned());
        assert_eq!(one.token, expected, "the token goes to the hub, and to nobody else: {one:?}");
    }
    assert!(left(data.path()).is_empty(), "nothing stays among the downloads");
    let listed = encoder(data.path(), &hub.endpoint, &["list"], None).await;
    assert!(listed.out.contains("\"tiny\""), "{}", listed.out);

    let again = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny"], None).await;
    assert!(
        !again.ok && again.err.contains("`tiny` exists already") && again.err.contains("another name"),
        "{}",
        again.err
    );
}

#[tokio::test]
async fn another_run_takes_up_what_an_earlier_one_left() {
    if no_runtime() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(Script { cut: 1, gone_after_cut: true, ..usual() }).await;
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny"], None).await;
    assert!(!ran.ok, "{}", ran.err);
    assert!(left(data.path()).contains(&"model.onnx.part".to_owned()), "{:?}", left(data.path()));
    hub.change(|script| script.files = usual().files);
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny", "--name", "other"], None).await;
    assert!(ran.ok && ran.out.contains("\"other\""), "{}", ran.err);
    let last = hub.asked().pop().unwrap();
    assert_eq!(last.range, Some(format!("bytes={}-", model().len() / 2)));
}

#[tokio::test]
async fn a_server_without_ranges_sends_all_of_it_again() {
    if no_runtime() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(Script { cut: 1, whole_only: true, ..usual() }).await;
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny/onnx/model.onnx@main"], None).await;
    assert!(ran.ok, "{}", ran.err);
}

#[tokio::test]
async fn what_a_person_wishes_goes_before_what_lies_beside_the_model() {
    if no_runtime() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(usual()).await;
    let arguments = ["get", "hf:owner/tiny", "--cut", "none"];
    let ran = encoder(data.path(), &hub.endpoint, &arguments, None).await;
    let added: Value = serde_json::from_str(ran.out.trim()).unwrap();
    assert_eq!((&added["probe"]["dim"], &added["probe"]["spec"]["mean"][1]), (&json!(10), &json!(0.25)));
    let arguments = ["get", "hf:owner/tiny", "--output", "map", "--name", "map"];
    let ran = encoder(data.path(), &hub.endpoint, &arguments, None).await;
    assert!(ran.ok && ran.out.contains("`map` is a feature map"), "{}{}", ran.out, ran.err);
}

#[tokio::test]
async fn a_file_with_another_checksum_is_deleted() {
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(Script { checksum: Some("ab".repeat(32)), ..usual() }).await;
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny"], None).await;
    assert!(!ran.ok && ran.err.contains(&"ab".repeat(32)) && ran.err.contains("deleted"), "{}", ran.err);
    let left = left(data.path());
    assert!(!left.iter().any(|name| name.starts_with("model")), "{left:?}");
}

#[tokio::test]
async fn a_licence_that_is_not_plainly_permissive_must_be_accepted_before_anything_is_fetched() {
    for (card, says) in [
        (json!({}), "names no licence"),
        (json!({ "license": "cc-by-nc-4.0" }), "`cc-by-nc-4.0`"),
        (json!({ "license": "other", "license_name": "strange", "license_link": "LICENCE.md" }), "LICENCE.md"),
    ] {
        let info = json!({ "cardData": card });
        let error = fails(Script { info, ..usual() }, &["get", "hf:owner/tiny"]).await;
        assert!(error.contains(says) && error.contains("--accept-licence"), "{error}");
    }
    if no_runtime() {
        return;
    }
    let data = tempfile::tempdir().unwrap();
    let hub = HubServer::start(Script { info: json!({ "cardData": null }), ..usual() }).await;
    let refused = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny"], None).await;
    assert!(!refused.ok);
    assert_eq!(hub.asked().len(), 1, "nothing was fetched: {:?}", hub.asked());
    let ran = encoder(data.path(), &hub.endpoint, &["get", "hf:owner/tiny", "--accept-licence"], None).await;
    assert!(ran.ok, "{}", ran.err);
}

#[tokio::test]
async fn a_hub_that_refuses_says_what_to_do() {
    for status in [401, 403] {
        let error = fails(Script { status: Some(status), ..usual() }, &["get", "hf:owner/tiny"]).await;
        assert!(error.contains(&status.to_string()) && error.contains("HF_TOKEN"), "{error}");
    }
    let busy = fails(Script { status: Some(503), ..usual() }, &["get", "hf:owner/tiny"]).await;
    assert!(busy.contains("503") && busy.contains("later"), "{busy}");
    let missing = fails(usual(), &["get", "hf:owner/nothing"]).await;
    assert!(missing.contains("`owner/nothing`"), "{missing}");
    let revision = fails(usual(), &["get", "hf:owner/tiny@v9"]).await;
    assert!(revision.contains("revision"), "{revision}");
    let circles = fails(Script { circles: true, ..usual() }, &["get", "hf:owner/tiny"]).await;
    assert!(circles.contains("circles"), "{circles}");
}

#[tokio::test]
async fn without_a_network_one_sentence_says_what_can_be_done_instead() {
    let data = tempfile::tempdir().unwrap();
    let closed = {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        format!("http://{}", listener.local_addr().unwrap())
    };
    let ran = encoder(data.path(), &closed, &["get", "dinov2-small"], None).await;
    assert!(!ran.ok, "{}", ran.out);
    for part in [closed.as_str(), "built-in encoder", "querist encoder add"] {
        assert!(ran.err.contains(part), "no {part:?} in {}", ran.err);
    }
    let wrong = encoder(data.path(), "ftp://127.0.0.1", &["get", "dinov2-small"], None).await;
    assert!(!wrong.ok && wrong.err.contains("HF_ENDPOINT"), "{}", wrong.err);
}

#[tokio::test]
async fn a_proxy_of_the_environment_is_used() {
    use tokio::io::{AsyncBufReadExt as _, BufReader};
    let data = tempfile::tempdir().unwrap();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    let first_line = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        BufReader::new(stream).lines().next_line().await.unwrap().unwrap()
    });
    // Nobody knows this name; only the proxy hears it.
    let mut command = program(data.path(), "https://hub.invalid", None);
    let ran = ran(command.env("HTTPS_PROXY", proxy).args(["get", "hf:owner/tiny"])).await;
    assert!(!ran.ok);
    assert!(first_line.await.unwrap().starts_with("CONNECT hub.invalid:443"));
}

#[tokio::test]
async fn a_repository_with_several_models_or_none_that_can_be_used_is_told() {
    let several = Script { files: files(&["a.onnx", "b/c.onnx"]), ..usual() };
    let error = fails(several, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("`a.onnx`") && error.contains("`b/c.onnx`"), "{error}");
    let error = fails(usual(), &["get", "hf:owner/tiny/onnx/other.onnx"]).await;
    assert!(error.contains("`onnx/other.onnx`") && error.contains(MODEL), "{error}");
    let mut outside = usual();
    outside.files.insert("onnx/model.onnx_data".to_owned(), vec![0; 8]);
    let error = fails(outside, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("`onnx/model.onnx_data`") && error.contains("weights inside"), "{error}");
    let huge = json!({ "siblings": [{ "rfilename": "model.onnx", "size": 6_000_000_000_u64 }] });
    let error = fails(Script { info: huge, ..usual() }, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("6000000000") && error.contains("5000000000"), "{error}");
}

#[tokio::test]
async fn names_that_lead_elsewhere_are_not_followed() {
    let names =
        ["../../outside.onnx", "/etc/outside.onnx", "a\\..\\outside.onnx", "outside.onnx?x=1", "a/./outside.onnx"];
    let error = fails(Script { files: files(&names), ..usual() }, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("not followed"), "{error}");
    for address in ["hf:owner/tiny/../../x.onnx", "hf:../tiny", "hf:owner/tiny@../x", "hf:owner", "owner/tiny"] {
        let error = fails(usual(), &["get", address]).await;
        assert!(error.contains(address), "{address}: {error}");
    }
}

#[tokio::test]
async fn a_server_that_sends_something_else_than_was_promised_is_refused() {
    let sizes = json!({ "siblings": [{ "rfilename": "model.onnx", "size": 10 }] });
    let script = Script { files: files(&["model.onnx"]), info: sizes, ..Script::default() };
    let error = fails(script, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("10 were promised"), "{error}");
    let mut garbage = usual();
    garbage.files.insert(MODEL.to_owned(), b"this is no model".to_vec());
    let error = fails(garbage, &["get", "hf:owner/tiny"]).await;
    assert!(error.contains("ONNX") && error.contains("the file stays at"), "{error}");
}

#[tokio::test]
async fn without_a_name_the_list_is_shown() {
    let data = tempfile::tempdir().unwrap();
    let ran = encoder(data.path(), "http://127.0.0.1:9", &["get"], None).await;
    let list: Vec<Value> = serde_json::from_str(&ran.out).unwrap();
    assert!(ran.ok && list.len() >= 6, "{}", ran.out);
    assert!(list.iter().any(|one| one["name"] == "dinov2-small" && one["dim"] == 384));
    let unknown = encoder(data.path(), "http://127.0.0.1:9", &["get", "nothing"], None).await;
    assert!(!unknown.ok && unknown.err.contains("dinov2-small"), "{}", unknown.err);
}
