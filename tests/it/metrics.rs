//! `/metrics`: what it counts, and who may see it.

use std::net::SocketAddr;

use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::Request;
use querist::domain::Role;
use querist::service::exchange::importing::LabelsFrom;
use querist::service::people::accounts;
use tower::ServiceExt as _;

use crate::support::app::TestApp;
use crate::support::bench::Bench;

/// Status and text of `/metrics` for a program at `peer` that sends `headers`.
async fn ask(test: &TestApp, peer: &str, headers: &[(&str, &str)]) -> (u16, String) {
    let mut request = Request::get("/metrics");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let mut request = request.body(Body::empty()).unwrap();
    request.extensions_mut().insert(ConnectInfo(peer.parse::<SocketAddr>().unwrap()));
    let response = querist::web::router(test.app.clone()).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    (status, String::from_utf8_lossy(&body).into_owned())
}

const HERE: &str = "127.0.0.1:50000";
const FAR: &str = "203.0.113.9:50000";

#[tokio::test]
async fn strangers_are_refused_and_a_program_on_this_machine_is_not() {
    let test = TestApp::new().await;
    assert_eq!(ask(&test, HERE, &[]).await.0, 200);
    assert_eq!(ask(&test, "[::1]:50000", &[]).await.0, 200);
    let (status, text) = ask(&test, FAR, &[]).await;
    assert_eq!(status, 401, "{text}");
    assert!(text.contains("not_signed_in"), "a program reads the refusal: {text}");
    for (name, value) in [("x-forwarded-for", "198.51.100.1"), ("forwarded", "for=198.51.100.1"), ("via", "1.1 proxy")]
    {
        assert_eq!(ask(&test, HERE, &[(name, value)]).await.0, 401, "passed on with {name}");
    }
    assert_eq!(ask(&test, HERE, &[("authorization", "Bearer wrong")]).await.0, 401);
    test.finish().await;
}

#[tokio::test]
async fn only_admins_of_the_server_are_let_in_by_token() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let admin = test.person("ada", Role::Admin, None).await;
    let lead = test.person("otto", Role::Lead, Some("birds")).await;
    for (account, status) in [(admin, 200), (lead, 403)] {
        let token = accounts::new_token(&test.app, account, "metrics").await.unwrap();
        let header = format!("Bearer {}", token.reveal());
        assert_eq!(ask(&test, FAR, &[("authorization", &header)]).await.0, status);
        assert_eq!(ask(&test, HERE, &[("authorization", &header)]).await.0, status);
    }
    test.finish().await;
}

#[tokio::test]
async fn counts_come_from_the_database_and_name_nobody() {
    let bench = Bench::new().await;
    bench.import(&bench.tree(&["cat", "dog"], 5), LabelsFrom::Folder).await;
    let router = querist::web::router(bench.app.clone());
    for path in ["/healthz", "/healthz", "/p/metal/label", "/nothing/here/metal"] {
        router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
    }
    let text = querist::service::upkeep::metering::text(&bench.app).await.unwrap();
    for line in [
        "querist_projects 1",
        r#"querist_samples{state="labeled"} 10"#,
        r#"querist_samples{state="waiting"} 0"#,
        "querist_answers_total 10",
        r#"querist_rounds_total{state="finished"} 0"#,
        r#"querist_rounds_total{state="failed"} 0"#,
        r#"querist_jobs{kind="round",state="running"} 0"#,
        "querist_queue_length 0",
        r#"querist_http_requests_total{method="GET",route="/healthz",status="200"} 2"#,
        r#"querist_http_requests_total{method="GET",route="/p/{slug}/label",status="303"} 1"#,
        r#"querist_http_requests_total{method="GET",route="none",status="404"} 1"#,
    ] {
        assert!(text.lines().any(|found| found == line), "no {line:?} in {text}");
    }
    assert!(text.contains(r#"querist_http_request_seconds_bucket{method="GET",route="/healthz",le="#), "{text}");
    for word in ["metal", "cat", "dog", "lead"] {
        assert!(!text.contains(word), "{word} is told in {text}");
    }
}

#[tokio::test]
async fn both_engines_give_the_same_counts() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let text = querist::service::upkeep::metering::text(&test.app).await.unwrap();
        assert!(text.contains("querist_answers_total 0"), "{} {text}", test.app.store.engine());
        test.finish().await;
    }
}
