//! Encoders from a file: tried on the project's pictures in a process of their own, adopted, changed to; hostile ones refused.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use querist::domain::{JobId, JobStatus, Lane, Role};
use querist::encoders::probe::probe_in_child;
use querist::onnx::messages::{attribute_kind, data_type};
use querist::onnx::types::{Shape, TensorType, Type, Value};
use querist::onnx::{Attribute, Graph, Model, ValueInfo, build};
use querist::progress::Progress;
use querist::service::encoders::{encoding, trials};
use querist::service::exchange::importing::LabelsFrom;
use querist::service::people::accounts::{self, NewAccount};
use querist::store::jobs::Job;

use crate::support::bench::Bench;
use crate::support::client::{Answer, Client};
use crate::support::models::{model, product, small_model};
use crate::support::rounds::runtime_is_there;

/// The logarithm of numbers of which some are negative.
fn not_a_number() -> Model {
    let (flat, product, weights) = product("product");
    model(vec![flat, product, build::node("Log", &["product"], &["embedding"], Vec::new())], vec![weights])
}

fn constant() -> Model {
    let (flat, product, weights) = product("product");
    let zero = build::node("Sub", &["product", "product"], &["zero"], Vec::new());
    let one = build::node("Exp", &["zero"], &["embedding"], Vec::new());
    model(vec![flat, product, zero, one], vec![weights])
}

/// A loop that never ends: `embedding` is what a body without a way out would leave.
fn endless() -> Model {
    let value = |name: &str, kind: i32, dims: Vec<querist::onnx::types::Dimension>| ValueInfo {
        name: Some(name.to_owned()),
        r#type: Some(Type {
            value: Some(Value::Tensor(TensorType { elem_type: Some(kind), shape: Some(Shape { dim: dims }) })),
            denotation: None,
        }),
        ..ValueInfo::default()
    };
    let body = Graph {
        name: Some("body".to_owned()),
        node: vec![
            build::node("Identity", &["go"], &["on"], Vec::new()),
            build::node("Sin", &["state"], &["next"], Vec::new()),
        ],
        input: vec![
            value("turn", data_type::INT64, Vec::new()),
            value("go", BOOL, Vec::new()),
            build::batch_of("state", &[5]),
        ],
        output: vec![value("on", BOOL, Vec::new()), build::batch_of("next", &[5])],
        ..Graph::default()
    };
    let attribute = Attribute {
        name: Some("body".to_owned()),
        g: Some(body),
        kind: Some(attribute_kind::GRAPH),
        ..Attribute::default()
    };
    let (flat, product, weights) = product("product");
    let endless = build::node("Loop", &["", "", "product"], &["embedding"], vec![attribute]);
    model(vec![flat, product, endless], vec![weights])
}

/// Sixteen terabytes of zeros.
fn greedy() -> Model {
    let (flat, product, weights) = product("product");
    let shape = build::ints("shape", &[2_000_000, 2_000_000]);
    let zeros = build::node("ConstantOfShape", &["shape"], &["zeros"], Vec::new());
    let sum = build::node("ReduceSum", &["zeros"], &["sum"], vec![build::int("keepdims", 0)]);
    let all = build::node("Add", &["product", "sum"], &["embedding"], Vec::new());
    model(vec![flat, product, zeros, sum, all], vec![weights, shape])
}

/// The type number of a truth value.
const BOOL: i32 = 9;

fn write(folder: &Path, name: &str, model: &Model) -> PathBuf {
    let path = folder.join(name);
    std::fs::write(&path, model.to_bytes()).unwrap();
    path
}

fn probed(path: &Path, limit: Duration) -> Result<querist::encoders::probe::Probe, String> {
    let mut flags: Vec<std::ffi::OsString> = vec!["--provider".into(), "cpu".into()];
    if let Some(library) = std::env::var_os("QUERIST_ONNXRUNTIME") {
        flags.extend(["--onnxruntime".into(), library]);
    }
    probe_in_child(Path::new(env!("CARGO_BIN_EXE_querist")), &flags, path, None, &[], limit)
        .map_err(|error| error.to_string())
}

#[test]
fn a_hostile_model_is_refused_with_the_reason_and_takes_nothing_down() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let minute = Duration::from_mins(1);
    let sound = small_model();
    assert_eq!(probed(&write(folder.path(), "sound.onnx", &sound), minute).unwrap().dim, 5);

    let mut later = sound.clone();
    later.opset_import[0].version = Some(99);
    let mut gone = sound.clone();
    gone.graph.as_mut().unwrap().initializer.clear();
    let mut strange = sound.clone();
    strange.graph.as_mut().unwrap().node[1].op_type = Some("Conjure".to_owned());
    for (name, model, reason) in [
        ("not a number", not_a_number(), "not finite; check mean, std and scale"),
        ("constant", constant(), "the same numbers for every sample"),
        ("too much", greedy(), ""),
        ("a later operator set", later, "opset"),
        ("weights that are not there", gone, "weights"),
        ("an operator that is not there", strange, "Conjure"),
    ] {
        let refused = probed(&write(folder.path(), "bad.onnx", &model), minute).unwrap_err();
        assert!(refused.contains(reason), "{name}: {refused}");
    }
    let started = Instant::now();
    let refused = probed(&write(folder.path(), "endless.onnx", &endless()), Duration::from_secs(3)).unwrap_err();
    assert!(refused.contains("had not finished after 3 s"), "{refused}");
    assert!(started.elapsed() < minute, "it is ended, not waited for");

    let large = std::fs::File::create(folder.path().join("large.onnx")).unwrap();
    large.set_len(5 << 30).unwrap();
    let refused = probed(&folder.path().join("large.onnx"), minute).unwrap_err();
    assert!(refused.contains("5.0 GiB") && refused.contains("at most 2"), "{refused}");
}

async fn admin(bench: &Bench) -> Client {
    let new = NewAccount { name: "boss", role: Role::Admin, project: None, password: None };
    let account = accounts::add(&bench.app, new).await.unwrap().id;
    Client::new(&bench.app).bearer(accounts::new_token(&bench.app, account, "test").await.unwrap().reveal())
}

async fn send(client: &mut Client, files: &[(&str, &[u8])], name: &str) -> Answer {
    let mut body = Vec::new();
    for (file, bytes) in files {
        body.extend_from_slice(b"--edge\r\ncontent-disposition: form-data; name=\"files\"; filename=\"");
        body.extend_from_slice(file.as_bytes());
        body.extend_from_slice(b"\"\r\n\r\n");
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--edge\r\ncontent-disposition: form-data; name=\"name\"\r\n\r\n");
    body.extend_from_slice(name.as_bytes());
    body.extend_from_slice(b"\r\n--edge--\r\n");
    client.send("POST", "/p/metal/encoders/trials", Some("multipart/form-data; boundary=edge"), body.into()).await
}

/// What the worker for trials does with the next job.
async fn run_next(bench: &Bench) -> Job {
    let now = bench.app.clock.now();
    let job = bench.app.store.claim_job(Lane::Trials, now).await.unwrap().unwrap();
    match trials::run(&bench.app, &bench.project, &job.payload).await {
        Ok(note) => bench.app.store.finish_job(job.id, &note, None, now).await.unwrap(),
        Err(error) => bench
            .app
            .store
            .fail_job(job.id, &querist::domain::JobNote::Failed { causes: error.to_string(), kind: None }, now)
            .await
            .unwrap(),
    }
    bench.app.store.job(job.id).await.unwrap().unwrap()
}

fn uploads(bench: &Bench) -> usize {
    std::fs::read_dir(bench.app.data.uploads()).unwrap().count()
}

#[tokio::test]
async fn a_file_is_tried_on_the_pool_adopted_and_takes_over_when_every_picture_is_encoded() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat", "dog"], 12), LabelsFrom::Folder).await;
    encoding::encode_project(&bench.app, &bench.project, Progress::silent(), Box::new(|_, _, _| ())).await.unwrap();
    let mut client = admin(&bench).await;

    let sent =
        send(&mut client, &[("small.onnx", &small_model().to_bytes()), ("small.json", b"{\"scale\": 1.0}")], "").await;
    let job: JobId = JobId(sent.header("location").rsplit('/').next().unwrap().parse().unwrap());
    let page = format!("/p/metal/encoders/trials/{job}");
    sent.assert_leads_to(&page);
    client.get(&page).await.assert_status(200).assert_says("Waiting for its turn");
    client.post(&format!("{page}/adopt"), &[]).await.assert_status(409);
    client.post(&format!("{page}/discard"), &[]).await.assert_status(409);
    assert_eq!(run_next(&bench).await.state, JobStatus::Done);
    let seen = client.get(&page).await;
    seen.assert_status(200).assert_says("among 24").assert_says("mean is not given").assert_says("/thumb");
    client.get("/p/metal/encoders").await.assert_says("Trials that wait for you").assert_says("small");

    client.post(&format!("{page}/adopt"), &[("use", "yes")]).await.assert_leads_to("/p/metal/encoders");
    assert_eq!(uploads(&bench), 0);
    client.get(&page).await.assert_status(404);
    client.get("/p/metal/encoders").await.assert_says("stays in use until every sample is encoded");
    let about = client.get("/api/v1/projects/metal/encoders").await.json();
    assert_eq!(about["next"], about["encoders"][1]["id"], "{about}");
    assert_eq!(about["present"], about["encoders"][0]["id"], "{about}");
    let project = bench.app.store.project(bench.project.id).await.unwrap().unwrap();
    encoding::encode_project(&bench.app, &project, Progress::silent(), Box::new(|_, _, _| ())).await.unwrap();
    let about = client.get("/api/v1/projects/metal/encoders").await.json();
    assert_eq!(about["present"], about["encoders"][1]["id"], "{about}");
    assert_eq!(about["next"], serde_json::Value::Null);

    let choice = serde_json::json!({ "encoder": "selftaught-metal" });
    client.post_json("/api/v1/projects/metal/encoder", &choice).await.assert_status(202);
    let unknown = serde_json::json!({ "encoder": "nothing" });
    client.post_json("/api/v1/projects/metal/encoder", &unknown).await.assert_status(404).assert_says("nothing");
    let id = about["encoders"][1]["id"].as_i64().unwrap();
    client.post(&format!("/p/metal/encoders/{id}/remove"), &[]).await.assert_status(409).assert_says("is used by");
}

#[tokio::test]
async fn a_file_that_cannot_be_an_encoder_says_why_and_leaves_nothing_behind() {
    if !runtime_is_there() {
        return;
    }
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat"], 3), LabelsFrom::Folder).await;
    let mut client = admin(&bench).await;
    let sound = small_model().to_bytes();
    for (files, name, status) in [
        (vec![("a.onnx", &sound[..]), ("b.onnx", &sound[..])], "", 422),
        (vec![("a.json", &b"{}"[..])], "", 422),
        (vec![("a.onnx", &sound[..]), ("a.exe", &b"x"[..])], "", 422),
        (vec![("a.onnx", &sound[..])], "../a", 422),
        (vec![], "", 422),
    ] {
        send(&mut client, &files, name).await.assert_status(status);
        assert_eq!(uploads(&bench), 0, "{files:?}");
    }
    let sent = send(&mut client, &[("bad.onnx", &constant().to_bytes())], "bad").await;
    let page = sent.header("location").to_owned();
    let job = run_next(&bench).await;
    assert!(job.failed() && job.note.to_string().contains("the same numbers for every sample"), "{}", job.note);
    client.get(&page).await.assert_status(200).assert_says("It cannot be used").assert_says("the same numbers");
    client.post(&format!("{page}/adopt"), &[]).await.assert_status(409);
    client.post(&format!("{page}/discard"), &[]).await.assert_leads_to("/p/metal/encoders");
    assert_eq!(uploads(&bench), 0);
    assert!(bench.app.store.encoders().await.unwrap().is_empty());
}

#[tokio::test]
async fn encoders_are_for_admins() {
    let bench = Bench::new().await;
    let new = NewAccount { name: "lea", role: Role::Lead, project: Some("metal"), password: None };
    let account = accounts::add(&bench.app, new).await.unwrap().id;
    let token = accounts::new_token(&bench.app, account, "test").await.unwrap();
    let mut lead = Client::new(&bench.app).bearer(token.reveal());
    lead.get("/p/metal/encoders").await.assert_status(403);
    lead.post("/p/metal/encoder/relearn", &[]).await.assert_status(403);
    send(&mut lead, &[("a.onnx", &small_model().to_bytes())], "").await.assert_status(403);
    assert_eq!(uploads(&bench), 0);
    lead.get("/api/v1/projects/metal/encoders").await.assert_status(200);
    let choice = serde_json::json!({ "encoder": "1" });
    lead.post_json("/api/v1/projects/metal/encoder", &choice).await.assert_status(403);
}
