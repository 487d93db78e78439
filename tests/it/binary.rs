//! The real program as a process: it says where it listens, ends when asked, and loses nothing when it is killed.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::{Body, to_bytes};
use axum::http::Request;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::support::program::{PATIENCE, program, run, signal, start};

/// Somebody with a token, over the network.
#[derive(Clone)]
struct Caller {
    http: Client<HttpConnector, Body>,
    base: String,
    token: String,
}

impl Caller {
    fn new(url: &str, token: &str) -> Self {
        let http = Client::builder(TokioExecutor::new()).build_http();
        Self { http, base: format!("{url}/api/v1/projects/surfaces"), token: token.to_owned() }
    }

    /// Status and body. `None` when the connection broke.
    async fn call(&self, method: &str, path: &str, body: &Value) -> Option<(u16, Value)> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.base))
            .header("authorization", format!("Bearer {}", self.token))
            .header("content-type", "application/json")
            .body(Body::from(body.to_string()))
            .unwrap();
        let response = self.http.request(request).await.ok()?;
        let status = response.status().as_u16();
        let bytes = to_bytes(Body::new(response.into_body()), usize::MAX).await.ok()?;
        Some((status, serde_json::from_slice(&bytes).ok()?))
    }
}

/// An answer, as it was sent.
#[derive(Clone)]
struct Sent {
    body: Value,
    acknowledged: bool,
}

/// Answer until the connection breaks or nothing is left, one answer after the other.
async fn label(caller: Caller, class: i64, acknowledged: Arc<AtomicUsize>) -> Vec<Sent> {
    let mut sent: Vec<Sent> = Vec::new();
    let Some((200, leased)) = caller.call("POST", "/leases", &json!({ "count": 2 })).await else { return sent };
    let mut leases = leased["leases"].as_array().unwrap().clone();
    while !leases.is_empty() {
        let lease = leases.remove(0);
        let body = json!({
            "id": uuid::Uuid::new_v4(), "sample": lease["sample"]["id"], "lease": lease["lease"], "class": class, "next": 1,
        });
        sent.push(Sent { body: body.clone(), acknowledged: false });
        let Some((status, receipt)) = caller.call("POST", "/annotations", &body).await else { break };
        assert_eq!(status, 201, "{receipt}");
        sent.last_mut().unwrap().acknowledged = true;
        acknowledged.fetch_add(1, Ordering::SeqCst);
        leases.extend(receipt["leases"].as_array().cloned().unwrap_or_default());
    }
    sent
}

#[tokio::test]
async fn it_says_where_it_listens_and_ends_well_when_asked() {
    let data = tempfile::tempdir().unwrap();
    let (mut child, url) = start(data.path(), &["serve"]).await;
    let http: Client<HttpConnector, Body> = Client::builder(TokioExecutor::new()).build_http();
    for path in ["/healthz", "/readyz", "/sign-in"] {
        let answer = http.get(format!("{url}{path}").parse().unwrap()).await.unwrap();
        assert_eq!(answer.status().as_u16(), 200, "{path}");
    }
    let address = url.strip_prefix("http://").unwrap();
    assert!(run(data.path(), &["ready", "--listen", address]).await.starts_with("{\"ready\":true"));
    signal(&child, "-TERM");
    let status = timeout(PATIENCE, child.wait()).await.expect("it does not end").unwrap();
    assert_eq!(status.code(), Some(0));
    // Nobody listens there any more, and the next one starts in the same folder.
    assert!(http.get(format!("{url}/healthz").parse().unwrap()).await.is_err());
    let asked = program(data.path()).args(["ready", "--listen", address]).output().await.unwrap();
    assert_eq!(asked.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&asked.stderr).contains("no server answers"), "{asked:?}");
    let (child, _) = start(data.path(), &["serve"]).await;
    signal(&child, "-INT");
}

#[tokio::test]
async fn a_wrong_call_is_told_apart_from_a_failure() {
    let data = tempfile::tempdir().unwrap();
    run(data.path(), &["user", "add", "ada", "--role", "admin"]).await;
    let wrong = program(data.path()).args(["serve", "--no-such-flag"]).output().await.unwrap();
    assert_eq!(wrong.status.code(), Some(2));
    let failed = program(data.path()).args(["train", "nothing"]).output().await.unwrap();
    assert_eq!(failed.status.code(), Some(1));
    let text = String::from_utf8(failed.stderr).unwrap();
    assert!(text.contains("error:") && text.contains("`nothing`"), "{text}");
    assert!(failed.stdout.is_empty(), "standard output is for results");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kill_in_the_middle_of_a_stream_of_answers_loses_none_that_was_acknowledged() {
    let data = tempfile::tempdir().unwrap();
    let (mut child, url) = start(data.path(), &["demo", "--pictures", "300"]).await;
    let mut tokens = Vec::new();
    for i in 0..8 {
        let name = format!("person {i}");
        run(data.path(), &["user", "add", &name, "--role", "reviewer", "--project", "surfaces"]).await;
        tokens.push(run(data.path(), &["token", "new", "--user", &name]).await);
    }
    let first = Caller::new(&url, &tokens[0]);
    let (_, project) = first.call("GET", "", &Value::Null).await.unwrap();
    let classes: Vec<i64> = project["classes"].as_array().unwrap().iter().map(|c| c["id"].as_i64().unwrap()).collect();

    let acknowledged = Arc::new(AtomicUsize::new(0));
    let people: Vec<_> = tokens
        .iter()
        .zip(classes.iter().cycle())
        .map(|(token, class)| tokio::spawn(label(Caller::new(&url, token), *class, acknowledged.clone())))
        .collect();
    let enough = async {
        while acknowledged.load(Ordering::SeqCst) < 60 {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    timeout(PATIENCE, enough).await.expect("the answers do not get through");
    signal(&child, "-KILL");
    child.wait().await.unwrap();
    let mut sent = Vec::new();
    for (i, person) in people.into_iter().enumerate() {
        sent.extend(person.await.unwrap().into_iter().map(|one| (i, one)));
    }
    let (sure, unsure): (Vec<_>, Vec<_>) = sent.into_iter().partition(|(_, one)| one.acknowledged);
    assert!(sure.len() >= 60 && !unsure.is_empty(), "{} sure, {} cut off", sure.len(), unsure.len());

    let (mut child, url) = start(data.path(), &["serve"]).await;
    // Sent again, an acknowledged answer is known: 200 with its receipt, and nothing is added.
    for (i, one) in &sure {
        let body = with_next(&one.body, 0);
        let (status, receipt) = Caller::new(&url, &tokens[*i]).call("POST", "/annotations", &body).await.unwrap();
        assert_eq!((status, &receipt["id"]), (200, &one.body["id"]), "{receipt}");
        assert_eq!((&receipt["sample"], &receipt["class"]), (&one.body["sample"], &one.body["class"]));
    }
    let counts = async |url: &str| {
        let (_, project) = Caller::new(url, &tokens[0]).call("GET", "", &Value::Null).await.unwrap();
        (project["counts"]["answers"].as_i64().unwrap(), project["counts"]["labeled"].as_i64().unwrap())
    };
    let (answers, labeled) = counts(&url).await;
    assert_eq!(answers, labeled);
    assert!((sure.len()..=sure.len() + unsure.len()).contains(&(answers as usize)));
    // The interrupted answer is either stored or accepted now: the browser's outbox sends it again, and it is stored
    // once.
    for (i, one) in &unsure {
        let body = with_next(&one.body, 0);
        let (status, receipt) = Caller::new(&url, &tokens[*i]).call("POST", "/annotations", &body).await.unwrap();
        assert!(matches!(status, 200 | 201), "{status}: {receipt}");
    }
    assert_eq!(counts(&url).await.0 as usize, sure.len() + unsure.len());
    let mut labeled = HashSet::new();
    let mut after = 0;
    loop {
        let path = format!("/samples?state=labeled&limit=100&after={after}");
        let (_, page) = Caller::new(&url, &tokens[0]).call("GET", &path, &Value::Null).await.unwrap();
        labeled.extend(page["samples"].as_array().unwrap().iter().map(|sample| sample["id"].as_i64().unwrap()));
        let Some(next) = page["next"].as_i64() else { break };
        after = next;
    }
    let answered: HashSet<i64> =
        sure.iter().chain(&unsure).map(|(_, one)| one.body["sample"].as_i64().unwrap()).collect();
    assert_eq!(answered.len(), sure.len() + unsure.len(), "a sample was answered by two people");
    assert_eq!(labeled, answered);
    signal(&child, "-TERM");
    assert_eq!(timeout(PATIENCE, child.wait()).await.unwrap().unwrap().code(), Some(0));
}

fn with_next(body: &Value, next: usize) -> Value {
    let mut body = body.clone();
    body["next"] = json!(next);
    body
}
