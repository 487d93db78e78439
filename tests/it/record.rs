//! The record of who did what: every changing route is accounted for, and what was done can be read again.

use std::collections::BTreeSet;

use querist::domain::{Role, TokenScope};
use querist::service::people::accounts;
use querist::web::frame::acts::{Deed, deed, names};

use crate::support::app::{PASSWORD, TestApp};
use crate::support::client::Client;
use crate::support::root;

/// Every changing route of the pages, from the source of the router.
fn pages() -> Vec<(String, String)> {
    let source = std::fs::read_to_string(root().join("src/web/mod.rs")).unwrap();
    let routes = source.split(".route(").skip(1).filter_map(|part| {
        let path = part.split('"').nth(1)?;
        let handlers = part.split_once(',')?.1.split(".route(").next()?;
        handlers.contains("post(").then(|| ("POST".to_owned(), path.to_owned()))
    });
    routes.collect()
}

#[tokio::test]
async fn every_changing_route_is_work_an_answer_or_kept() {
    let test = TestApp::new().await;
    let api: serde_json::Value = serde_json::from_str(&test.client().get("/api/v1/openapi.json").await.text()).unwrap();
    let api = api["paths"].as_object().unwrap().iter().flat_map(|(path, methods)| {
        let methods = methods.as_object().unwrap().keys().map(|method| method.to_uppercase());
        methods.filter(|method| method != "GET").map(|method| (method, path.clone())).collect::<Vec<_>>()
    });
    let routes: BTreeSet<(String, String)> = pages().into_iter().chain(api).collect();
    assert!(routes.len() > 80, "the routes are found: {}", routes.len());
    let missing: Vec<_> = routes.iter().filter(|(method, path)| deed(method, path).is_none()).collect();
    assert!(missing.is_empty(), "web/frame/acts.rs does not say what these are: {missing:?}");
    let english = ["record", "webhooks"]
        .map(|file| std::fs::read_to_string(root().join(format!("locales/en/{file}.ftl"))).unwrap());
    let english = english.concat();
    let silent: Vec<_> = names().filter(|name| !english.contains(&format!("\nact-{name} ="))).collect();
    assert!(silent.is_empty(), "no words for {silent:?}");
    assert_eq!(deed("POST", "/api/v1/projects/{slug}/annotations"), Some(Deed::Labeling));
}

async fn record(client: &mut Client, path: &str) -> Vec<serde_json::Value> {
    let answer = client.get(path).await;
    answer.assert_status(200);
    let record: serde_json::Value = serde_json::from_str(&answer.text()).unwrap();
    record["entries"].as_array().unwrap().clone()
}

#[tokio::test]
async fn who_did_what_is_kept_without_secrets_and_read_as_page_table_and_json() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.person("ana", Role::Admin, None).await;
        let ben = test.person("ben", Role::Annotator, Some("birds")).await;
        let mut ana = test.client().with("user-agent", "Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0");
        ana.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
        let change = [("project", "birds"), ("role", "reviewer")];
        ana.post(&format!("/people/{ben}/role"), &change).await.assert_leads_to("/people");
        let new = [("current", PASSWORD), ("new", "another good one"), ("again", "another good one")];
        ana.post("/account/password", &new).await.assert_status(200);
        // What is refused is not done, so it is not kept.
        ana.post("/people/999999/disable", &[]).await.assert_status(404);
        ana.post("/p/birds/classes", &[("name", "=cmd()\nwren")]).await;

        let kept = record(&mut ana, "/api/v1/record").await;
        let whats: Vec<_> = kept.iter().map(|entry| entry["what"].as_str().unwrap().to_owned()).collect();
        assert!(whats.ends_with(&["password-changed", "role-changed", "signed-in"].map(str::to_owned)), "{whats:?}");
        let all = serde_json::to_string(&kept).unwrap();
        assert!(!all.contains(PASSWORD) && !all.contains("another good one"), "{all}");
        let role = kept.iter().find(|entry| entry["what"] == "role-changed").unwrap();
        assert_eq!((&role["person"], &role["subject"], &role["via"]), (&"ana".into(), &"ben".into(), &"page".into()));
        assert_eq!(role["details"], serde_json::json!([["project", "birds"], ["role", "reviewer"]]));

        let one = record(&mut ana, "/api/v1/record?what=role-changed&person=ana").await;
        assert_eq!(one.len(), 1);
        assert!(record(&mut ana, "/api/v1/record?until=2001-01-01").await.is_empty());
        ana.get("/api/v1/record?since=yesterday").await.assert_status(422).assert_says("2026-11-30");
        ana.get("/api/v1/record?person=nobody").await.assert_status(404);
        let page = ana.get("/record?what=role-changed").await;
        page.assert_status(200).assert_says("changed the role of").assert_says("ben");
        let table = ana.get("/record.csv").await.assert_status(200).text();
        assert!(table.starts_with("at,person,project,via,what,subject,details,address\n"), "{table}");
        assert!(!table.contains(",=cmd()"), "no cell runs as a formula: {table}");
        let mut ben = test.client();
        ben.set_cookie(
            "querist_session",
            accounts::open_session(&test.app, ben_id(&test).await).await.unwrap().reveal(),
        );
        for path in ["/record", "/record.csv", "/api/v1/record", "/p/birds/record", "/p/birds/record.csv"] {
            ben.get(path).await.assert_status(403);
        }
        ana.get("/p/birds/record").await.assert_status(200);
        test.finish().await;
    }
}

async fn ben_id(test: &TestApp) -> querist::domain::AccountId {
    test.app.store.account_by_name("ben").await.unwrap().unwrap().id
}

#[tokio::test]
async fn a_token_does_what_its_scope_says_and_no_more() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        let ana = test.person("ana", Role::Admin, None).await;
        let token = async |scope| {
            let secret = accounts::new_token_for(&test.app, ana, "t", scope, None).await.unwrap();
            test.client().bearer(secret.reveal())
        };
        let (mut reads, mut labels) = (token(TokenScope::Read).await, token(TokenScope::Label).await);
        let mut manages = token(TokenScope::Manage).await;
        let (one, class) = (serde_json::json!({ "count": 1 }), serde_json::json!({ "names": ["wren"] }));
        reads.get("/api/v1/projects/birds").await.assert_status(200);
        reads
            .post_json("/api/v1/projects/birds/leases", &one)
            .await
            .assert_status(403)
            .assert_says("this token may only read; this needs the scope label");
        labels.post_json("/api/v1/projects/birds/leases", &one).await.assert_status(200);
        labels.post_json("/api/v1/projects/birds/classes", &class).await.assert_status(403);
        manages.post_json("/api/v1/projects/birds/classes", &class).await.assert_status(201);
        let rows = test.app.store.tokens(ana).await.unwrap();
        assert!(rows.iter().all(|row| row.used_us.is_some()), "{rows:?}");
        test.finish().await;
    }
}

#[tokio::test]
async fn a_session_says_where_it_is_and_is_ended_alone() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let sign_in = async |agent: &str| {
        let mut client = test.client().with("user-agent", agent);
        client.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
        client
    };
    let mut here = sign_in("Mozilla/5.0 (X11; Linux x86_64) Firefox/128.0").await;
    let mut there = sign_in("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Safari/604.1").await;
    here.get("/account").await.assert_says("Firefox, Linux").assert_says("Safari, iPhone");
    let sessions = {
        let ana = test.app.store.account_by_name("ana").await.unwrap().unwrap();
        test.app.store.sessions(ana.id, test.app.clock.now()).await.unwrap()
    };
    let phone = sessions.iter().find(|session| session.agent.contains("iPhone")).unwrap();
    here.post(&format!("/account/sessions/{}/end", phone.id()), &[]).await.assert_leads_to("/account");
    there.get("/account").await.assert_leads_to("/sign-in?next=/account");
    here.get("/account").await.assert_status(200);
    here.post("/account/sessions/00/end", &[]).await.assert_status(404);
}
