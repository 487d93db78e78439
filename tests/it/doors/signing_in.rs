//! Passwords that strangers guess, links and tokens that end, sessions that are replaced, and whom a proxy speaks for.

use querist::domain::Role;
use querist::service::people::accounts::{self, AccountError, NewAccount};
use querist::web::frame::origin::{Doors, address, proxies};

use crate::support::app::{PASSWORD, TestApp};

#[tokio::test]
async fn wrong_passwords_count_per_name_over_all_addresses_and_a_known_place_stays_open() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let from = |address: &str| test.client().with("x-forwarded-for", address);
    let wrong = [("name", "ana"), ("password", "x")];
    let right = [("name", "ana"), ("password", PASSWORD)];
    from("192.0.2.1").post("/sign-in", &right).await.assert_leads_to("/");
    for i in 0..50 {
        from(&format!("198.51.100.{i}")).post("/sign-in", &wrong).await.assert_status(422);
    }
    let refused = from("203.0.113.7").post("/sign-in", &wrong).await;
    refused.assert_status(429);
    assert_eq!(refused.header("retry-after"), "900");
    from("192.0.2.1").post("/sign-in", &right).await.assert_leads_to("/");
}

#[tokio::test]
async fn a_proxy_that_adds_its_own_line_does_not_open_the_throttle() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let wrong = [("name", "ana"), ("password", "x")];
    for i in 0..10 {
        let lie = format!("198.51.100.{i}");
        let mut client = test.client().with("x-forwarded-for", &lie).with("x-forwarded-for", "203.0.113.7");
        client.post("/sign-in", &wrong).await.assert_status(422);
    }
    let mut client = test.client().with("x-forwarded-for", "10.0.0.1").with("x-forwarded-for", "203.0.113.7");
    client.post("/sign-in", &wrong).await.assert_status(429);
}

#[tokio::test]
async fn a_password_that_is_set_ends_links_tokens_and_other_sessions() {
    for test in TestApp::on_each_engine().await {
        let ana = test.person("ana", Role::Admin, None).await;
        let token = accounts::new_token(&test.app, ana, "script").await.unwrap();
        let link = accounts::new_link(&test.app, ana).await.unwrap();
        let mut browser = test.client();
        browser.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
        let fields = [("current", PASSWORD), ("new", "the next password"), ("again", "the next password")];
        browser.post("/account/password", &fields).await.assert_status(200).assert_says("tokens and sign-in links");
        test.client().bearer(token.reveal()).get("/api/v1/projects").await.assert_status(401);
        test.client().get(&format!("/link/{}", link.reveal())).await.assert_status(410);

        // The same by a link.
        let token = accounts::new_token(&test.app, ana, "script").await.unwrap();
        let (one, two) =
            (accounts::new_link(&test.app, ana).await.unwrap(), accounts::new_link(&test.app, ana).await.unwrap());
        let again = [("password", "a third password"), ("again", "a third password")];
        test.client().post(&format!("/link/{}", one.reveal()), &again).await.assert_leads_to("/");
        test.client().bearer(token.reveal()).get("/api/v1/projects").await.assert_status(401);
        test.client().post(&format!("/link/{}", two.reveal()), &[]).await.assert_status(410);
        browser.get("/account").await.assert_status(303);
        test.finish().await;
    }
}

#[tokio::test]
async fn one_link_that_is_used_ends_the_others() {
    let test = TestApp::new().await;
    let ana = test.person("ana", Role::Admin, None).await;
    let (one, two) =
        (accounts::new_link(&test.app, ana).await.unwrap(), accounts::new_link(&test.app, ana).await.unwrap());
    test.client().post(&format!("/link/{}", one.reveal()), &[]).await.assert_leads_to("/");
    test.client().get(&format!("/link/{}", two.reveal())).await.assert_status(410);
}

#[tokio::test]
async fn signing_in_anew_ends_the_session_that_the_browser_had() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    test.person("ben", Role::Admin, None).await;
    let mut browser = test.client();
    browser.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
    let mut before = browser.clone();
    before.get("/account").await.assert_status(200);
    browser.post("/sign-in", &[("name", "ben"), ("password", PASSWORD)]).await.assert_leads_to("/");
    browser.get("/account").await.assert_status(200).assert_says("ben");
    before.get("/account").await.assert_status(303);
}

#[tokio::test]
async fn a_token_ends_when_its_days_are_over() {
    for test in TestApp::on_each_engine().await {
        let mut browser = test.signed_in("ana", Role::Admin, None).await;
        let page = browser.post("/account/tokens", &[("name", "nightly"), ("days", "30")]).await;
        let text = page.assert_status(200).text();
        let token = text.split("id=\"new-token\">").nth(1).unwrap().split('<').next().unwrap().to_owned();
        let mut script = test.client().bearer(&token);
        script.get("/api/v1/projects").await.assert_status(200);
        browser.get("/account").await.assert_says("2026-01-31");
        test.app.clock.advance(30 * 86_400 - 10);
        script.get("/api/v1/projects").await.assert_status(200);
        test.app.clock.advance(20);
        script.get("/api/v1/projects").await.assert_status(401);
        for days in ["0", "3651", "-1", "soon"] {
            let mut other = test.signed_in(&format!("x{days}"), Role::Admin, None).await;
            other.post("/account/tokens", &[("name", "n"), ("days", days)]).await.assert_status(422).assert_says("3");
        }
        test.finish().await;
    }
}

#[tokio::test]
async fn names_that_differ_only_in_case_are_one_account() {
    for test in TestApp::on_each_engine().await {
        test.person("Ärger", Role::Admin, None).await;
        test.person("ada", Role::Admin, None).await;
        for name in ["Ada", "ADA", "äRGER"] {
            let new = NewAccount { name, role: Role::Admin, project: None, password: None };
            assert!(matches!(accounts::add(&test.app, new).await, Err(AccountError::Taken(_))), "{name}");
        }
        let mut client = test.client();
        client.post("/sign-in", &[("name", "ADA"), ("password", PASSWORD)]).await.assert_leads_to("/");
        client.get("/account").await.assert_says("ada");
        test.finish().await;
    }
}

#[tokio::test]
async fn redirects_stay_on_this_server() {
    let test = TestApp::new().await;
    for (referer, leads) in [
        ("https://here.example/\\evil.example", "/"),
        ("https://here.example/p/birds/label?x=1", "/p/birds/label?x=1"),
        ("https://here.example//evil.example", "/"),
    ] {
        for (path, field) in [("/theme", ("theme", "dark")), ("/language", ("language", "de"))] {
            test.client().with("referer", referer).post(path, &[field]).await.assert_leads_to(leads);
        }
    }
}

#[tokio::test]
async fn links_begin_with_the_address_that_is_set_and_metrics_ask_for_a_local_name() {
    let test = TestApp::new().await;
    let doors = Doors {
        proxies: vec![proxies("10.0.0.0/8").unwrap()],
        url: Some(address("https://label.example.org").unwrap()),
        ..Doors::default()
    };
    let router = querist::web::router_behind(test.app.clone(), doors);
    let mut admin = test.signed_in("ada", Role::Admin, None).await.on(router).with("host", "evil.example");
    let me = accounts::by_name(&test.app, "ada").await.unwrap().id;
    let page = admin.post(&format!("/people/{me}/link"), &[]).await;
    page.assert_status(200).assert_says("https://label.example.org/link/");
}

#[tokio::test]
async fn the_page_of_a_link_does_not_name_the_link_to_what_it_loads() {
    let test = TestApp::new().await;
    let mut client = test.client();
    assert_eq!(client.get("/link/0123").await.header("referrer-policy"), "strict-origin");
    assert_eq!(client.get("/sign-in").await.header("referrer-policy"), "same-origin");
}
