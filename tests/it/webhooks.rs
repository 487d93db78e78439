//! Webhooks: what is told, how it is signed, and what becomes of it when nobody listens.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use querist::domain::{DeliveryState, EventKind, Role, WebhookId};
use querist::post::{Message, Post, Reach, signature};
use querist::service::webhooks::{self, sending};

use crate::support::app::TestApp;

/// A receiver: what it got, and the statuses that it answers with, the last one for ever.
#[derive(Clone)]
struct Receiver {
    got: Arc<Mutex<Vec<(HeaderMap, String)>>>,
    answers: Arc<Mutex<Vec<u16>>>,
}

impl Receiver {
    async fn start(answers: &[u16]) -> (Self, String) {
        let receiver =
            Self { got: Arc::default(), answers: Arc::new(Mutex::new(answers.iter().rev().copied().collect())) };
        let router = Router::new().route("/hook", post(take)).with_state(receiver.clone());
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (receiver, url)
    }

    fn got(&self) -> Vec<(HeaderMap, String)> {
        self.got.lock().unwrap().clone()
    }
}

async fn take(State(receiver): State<Receiver>, headers: HeaderMap, body: String) -> StatusCode {
    receiver.got.lock().unwrap().push((headers, body));
    let mut answers = receiver.answers.lock().unwrap();
    let status = if answers.len() > 1 { answers.pop().unwrap() } else { answers[0] };
    StatusCode::from_u16(status).unwrap()
}

/// A project whose admin has a webhook at `url`; its id and secret.
async fn hooked(test: &TestApp, url: &str) -> (querist::domain::Project, WebhookId, String) {
    let id = test.project("birds").await;
    let project = test.app.store.project(id).await.unwrap().unwrap();
    let ana = test.person("ana", Role::Admin, None).await;
    let made = webhooks::add(&test.app, &project, ana, url, &EventKind::OFFERED).await.unwrap();
    (project, made.id, made.secret)
}

#[tokio::test]
async fn a_message_is_signed_and_sent_until_it_arrives() {
    for test in TestApp::on_each_engine().await {
        let (receiver, url) = Receiver::start(&[503, 200]).await;
        let (project, id, secret) = hooked(&test, &url).await;
        let post = Post::new(Reach::Anywhere);
        let data = serde_json::json!({ "round": 3 });
        webhooks::tell(&test.app, &project, EventKind::RoundFinished, &data).await;
        assert_eq!(sending::send_due(&test.app, &post).await.unwrap(), 1);
        let waiting = &test.app.store.deliveries(id, 10).await.unwrap()[0];
        assert_eq!((waiting.state, waiting.status, waiting.attempts), (DeliveryState::Waiting, Some(503), 1));
        // Not before its time.
        assert_eq!(sending::send_due(&test.app, &post).await.unwrap(), 0);
        test.app.clock.advance(6);
        assert_eq!(sending::send_due(&test.app, &post).await.unwrap(), 1);
        let done = &test.app.store.deliveries(id, 10).await.unwrap()[0];
        assert_eq!((done.state, done.status, done.attempts), (DeliveryState::Delivered, Some(200), 2));

        let got = receiver.got();
        let id = |at: usize| got[at].0["webhook-id"].to_str().unwrap().to_owned();
        assert_eq!((got.len(), id(0) == id(1)), (2, true), "one message, sent twice");
        let body: serde_json::Value = serde_json::from_str(&got[1].1).unwrap();
        assert_eq!(body["type"], "round.finished");
        assert_eq!(body["data"], serde_json::json!({ "round": 3, "project": "birds" }));
        let at = got[1].0["webhook-timestamp"].to_str().unwrap().parse().unwrap();
        let signed = signature(&secret, Message { id: &id(1), at, body: &got[1].1 });
        assert_eq!(got[1].0["webhook-signature"].to_str().unwrap(), signed);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_receiver_that_is_gone_is_told_no_more_and_a_private_one_nothing() {
    for test in TestApp::on_each_engine().await {
        let (receiver, url) = Receiver::start(&[410]).await;
        let (project, id, _) = hooked(&test, &url).await;
        let tell = async || webhooks::tell(&test.app, &project, EventKind::SnapshotReady, &serde_json::json!({})).await;
        tell().await;
        // By default nothing is sent to this machine.
        sending::send_due(&test.app, &Post::new(Reach::Public)).await.unwrap();
        let refused = &test.app.store.deliveries(id, 10).await.unwrap()[0];
        assert!(refused.problem.contains("private address"), "{refused:?}");
        assert_eq!((refused.state, receiver.got().len()), (DeliveryState::Waiting, 0));
        test.app.clock.advance(6);
        sending::send_due(&test.app, &Post::new(Reach::Anywhere)).await.unwrap();
        let webhook = test.app.store.webhook(project.id, id).await.unwrap().unwrap();
        let gone = &test.app.store.deliveries(id, 10).await.unwrap()[0];
        assert!(webhook.paused_us.is_some() && gone.state == DeliveryState::Failed, "{gone:?}");
        tell().await;
        assert_eq!(test.app.store.deliveries(id, 10).await.unwrap().len(), 1, "a paused webhook is told nothing");
        test.finish().await;
    }
}

#[tokio::test]
async fn two_servers_send_one_attempt_once() {
    for test in TestApp::on_each_engine().await {
        let (receiver, url) = Receiver::start(&[200]).await;
        let (project, id, _) = hooked(&test, &url).await;
        for _ in 0..5 {
            webhooks::test(&test.app, &project, id).await.unwrap();
        }
        let post = Post::new(Reach::Anywhere);
        let (one, other) = tokio::join!(sending::send_due(&test.app, &post), sending::send_due(&test.app, &post));
        assert_eq!(one.unwrap() + other.unwrap(), 5);
        assert_eq!(receiver.got().len(), 5);
        test.finish().await;
    }
}

#[tokio::test]
async fn admins_make_try_pause_and_remove_webhooks_on_the_page_and_by_program() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
        lead.get("/p/birds/webhooks").await.assert_status(403);
        lead.get("/api/v1/projects/birds/webhooks").await.assert_status(403);
        let mut ana = test.signed_in("ana", Role::Admin, None).await;
        ana.get("/p/birds/webhooks").await.assert_status(200).assert_says("No address is told anything yet.");
        let form = [("url", "https://example.org/hook"), ("round.finished", "yes")];
        ana.post("/p/birds/webhooks", &form).await.assert_status(200).assert_says("whsec_");
        let wrong = [("url", "ftp://example.org"), ("round.finished", "yes")];
        ana.post("/p/birds/webhooks", &wrong).await.assert_status(422).assert_says("not a web address");
        ana.post("/p/birds/webhooks", &[("url", "https://example.org")]).await.assert_status(422);
        ana.post("/p/birds/webhooks", &[("url", "https://example.org"), ("no.such", "yes")]).await.assert_status(422);

        let new = serde_json::json!({ "url": "https://example.org/2", "events": ["stop.advice"] });
        let made = ana.post_json("/api/v1/projects/birds/webhooks", &new).await;
        let made: serde_json::Value = serde_json::from_str(&made.assert_status(201).text()).unwrap();
        assert!(made["secret"].as_str().unwrap().starts_with("whsec_"));
        let path = format!("/api/v1/projects/birds/webhooks/{}", made["id"]);
        ana.post_json(&format!("{path}/test"), &serde_json::json!({})).await.assert_status(202);
        let sent = ana.get(&format!("{path}/deliveries")).await.assert_status(200).text();
        assert!(sent.contains("webhook.test") && sent.contains("waiting"), "{sent}");
        assert!(!ana.get("/api/v1/projects/birds/webhooks").await.text().contains("whsec_"), "secrets are shown once");
        let page = format!("/p/birds/webhooks/{}", made["id"]);
        ana.post(&format!("{page}/pause"), &[]).await.assert_leads_to("/p/birds/webhooks");
        ana.get("/p/birds/webhooks").await.assert_says("paused");
        ana.post(&format!("{page}/resume"), &[]).await.assert_leads_to("/p/birds/webhooks");
        ana.delete(&path).await.assert_status(204);
        ana.delete(&path).await.assert_status(404);
        ana.post(&format!("{page}/remove"), &[]).await.assert_status(404);
        test.finish().await;
    }
}
