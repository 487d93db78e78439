//! People: signing in and out, links, tokens, roles, and what each error looks like.

use axum::routing::get;
use querist::domain::Role;
use querist::service::people::accounts::{self, AccountError, NewAccount};
use querist::web::frame::error::{WebError, render};
use querist::web::frame::extract::Member;

use crate::support::app::{PASSWORD, TestApp};

#[tokio::test]
async fn a_password_opens_a_session_that_ends_by_signing_out() {
    for test in TestApp::on_each_engine().await {
        test.person("ana", Role::Admin, None).await;
        let mut client = test.client();
        client.get("/account").await.assert_leads_to("/sign-in?next=/account");

        let answer = client.post("/sign-in", &[("name", "ana"), ("password", PASSWORD), ("next", "/account")]).await;
        answer.assert_leads_to("/account");
        let cookie = answer.header("set-cookie");
        assert!(
            cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && !cookie.contains("Secure"),
            "{cookie}"
        );
        client.get("/account").await.assert_status(200).assert_says("ana");

        let mut copy = client.clone();
        client.post("/sign-out", &[]).await.assert_leads_to("/sign-in");
        assert_eq!(client.cookie("querist_session"), None);
        copy.get("/account").await.assert_leads_to("/sign-in?next=/account");
        test.finish().await;
    }
}

#[tokio::test]
async fn the_cookie_is_secure_behind_an_https_proxy() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let mut client = test.client().with("x-forwarded-proto", "https");
    let answer = client.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await;
    assert!(answer.header("set-cookie").contains("Secure"));
}

#[tokio::test]
async fn a_wrong_name_and_a_wrong_password_look_the_same() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let mut client = test.client();
    let name = client.post("/sign-in", &[("name", "nobody"), ("password", PASSWORD)]).await;
    let password = client.post("/sign-in", &[("name", "ana"), ("password", "another password")]).await;
    name.assert_status(422).assert_says("Name or password is wrong.");
    assert_eq!(name.text().replace("nobody", "ana"), password.text());
    assert_eq!(client.cookie("querist_session"), None);
}

#[tokio::test]
async fn the_eleventh_password_in_a_quarter_of_an_hour_is_not_looked_at() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let mut client = test.client();
    for _ in 0..10 {
        client.post("/sign-in", &[("name", "ana"), ("password", "x")]).await.assert_status(422);
    }
    let right = [("name", "ana"), ("password", PASSWORD)];
    client.post("/sign-in", &right).await.assert_status(429).assert_says("15 minutes");
    test.app.clock.advance(15 * 60);
    client.post("/sign-in", &right).await.assert_leads_to("/");
}

#[tokio::test]
async fn a_session_lasts_thirty_days() {
    let test = TestApp::new().await;
    let mut client = test.signed_in("ana", Role::Admin, None).await;
    test.app.clock.advance(30 * 86_400 - 1);
    client.get("/account").await.assert_status(200);
    // A cached answer may be used for five more seconds, and no longer.
    test.app.clock.advance(6);
    client.get("/account").await.assert_leads_to("/sign-in?next=/account");
}

#[tokio::test]
async fn a_link_signs_in_once_and_sets_the_first_password() {
    for test in TestApp::on_each_engine().await {
        let secret = accounts::first_admin(&test.app, "admin").await.unwrap().unwrap();
        assert!(accounts::first_admin(&test.app, "admin").await.unwrap().is_none(), "only on an empty server");
        let path = format!("/link/{}", secret.reveal());
        let mut client = test.client();
        // Viewing does not use it up.
        client.get(&path).await.assert_status(200).assert_says("Welcome, admin");
        client.get(&path).await.assert_status(200);

        client
            .post(&path, &[("password", "short"), ("again", "short")])
            .await
            .assert_status(422)
            .assert_says("shorter than 10");
        client
            .post(&path, &[("password", PASSWORD), ("again", "other")])
            .await
            .assert_status(422)
            .assert_says("differ");
        client.post(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await.assert_leads_to("/");
        client.get("/account").await.assert_status(200);

        let mut late = test.client();
        late.get(&path).await.assert_status(410).assert_says("used already");
        late.post(&path, &[]).await.assert_status(410);
        assert_eq!(late.cookie("querist_session"), None);
        late.post("/sign-in", &[("name", "admin"), ("password", PASSWORD)]).await.assert_leads_to("/");
        test.finish().await;
    }
}

#[tokio::test]
async fn links_expire_after_a_day_and_unknown_ones_are_not_found() {
    let test = TestApp::new().await;
    let secret = accounts::first_admin(&test.app, "admin").await.unwrap().unwrap();
    test.app.clock.advance(86_400);
    let mut client = test.client();
    client.get(&format!("/link/{}", secret.reveal())).await.assert_status(410).assert_says("expired");
    client.get("/link/0123").await.assert_status(404).assert_says("unknown");
}

#[tokio::test]
async fn two_clicks_on_one_link_open_one_session() {
    for test in TestApp::on_each_engine().await {
        let secret = accounts::first_admin(&test.app, "admin").await.unwrap().unwrap();
        let (a, b) = tokio::join!(
            accounts::use_link(&test.app, secret.reveal(), None),
            accounts::use_link(&test.app, secret.reveal(), None)
        );
        assert_eq!(u8::from(a.is_ok()) + u8::from(b.is_ok()), 1, "{a:?} {b:?}");
        test.finish().await;
    }
}

#[tokio::test]
async fn a_disabled_account_is_out_at_once_and_its_tokens_too() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.person("boss", Role::Admin, None).await;
        let mut browser = test.signed_in("ana", Role::Annotator, Some("birds")).await;
        let ana = accounts::by_name(&test.app, "ana").await.unwrap();
        let token = accounts::new_token(&test.app, ana.id, "script").await.unwrap();
        let mut script = test.client().bearer(token.reveal());
        browser.get("/").await.assert_status(200);
        script.get("/").await.assert_status(200);

        accounts::disable(&test.app, &ana, None).await.unwrap();
        browser.get("/").await.assert_status(303);
        script.get("/").await.assert_status(303);
        let refused = accounts::sign_in(&test.app, "ana", PASSWORD, "x").await;
        assert!(matches!(refused, Err(AccountError::WrongPassword)));

        accounts::enable(&test.app, ana.id).await.unwrap();
        script.get("/").await.assert_status(303);
        test.finish().await;
    }
}

#[tokio::test]
async fn the_last_admin_cannot_be_disabled() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let ana = accounts::by_name(&test.app, "ana").await.unwrap();
    assert!(matches!(accounts::disable(&test.app, &ana, None).await, Err(AccountError::LastAdmin(_))));
}

#[tokio::test]
async fn a_token_is_shown_once_and_dies_when_revoked() {
    let test = TestApp::new().await;
    let mut browser = test.signed_in("ana", Role::Admin, None).await;
    let page = browser.post("/account/tokens", &[("name", "nightly")]).await;
    page.assert_status(200);
    let text = page.text();
    let token = text.split("id=\"new-token\">").nth(1).unwrap().split('<').next().unwrap();
    assert!(token.starts_with("qst_"));
    assert!(!browser.get("/account").await.text().contains(token), "shown twice");

    let mut script = test.client().bearer(token);
    script.get("/").await.assert_status(200);
    // A leaked token must not make more keys.
    script.post("/account/tokens", &[("name", "more")]).await.assert_status(403);
    // A token is not a session, nor a session a token.
    let mut mixed = test.client();
    mixed.set_cookie("querist_session", token);
    mixed.get("/").await.assert_status(303);

    browser.post("/account/tokens/1/revoke", &[]).await.assert_leads_to("/account");
    script.get("/").await.assert_status(303);
    browser.post("/account/tokens/1/revoke", &[]).await.assert_status(404);
}

#[tokio::test]
async fn nobody_revokes_the_token_of_somebody_else() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let ana = accounts::by_name(&test.app, "ana").await.unwrap();
    let token = accounts::new_token(&test.app, ana.id, "mine").await.unwrap();
    let mut ben = test.signed_in("ben", Role::Admin, None).await;
    ben.post("/account/tokens/1/revoke", &[]).await.assert_status(404);
    test.client().bearer(token.reveal()).get("/").await.assert_status(200);
}

#[tokio::test]
async fn a_new_password_needs_the_old_one_and_ends_other_sessions() {
    let test = TestApp::new().await;
    test.person("ana", Role::Admin, None).await;
    let mut here = test.client();
    here.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");
    let mut there = test.client();
    there.post("/sign-in", &[("name", "ana"), ("password", PASSWORD)]).await.assert_leads_to("/");

    let wrong = [("current", "wrong"), ("new", "the next password"), ("again", "the next password")];
    here.post("/account/password", &wrong).await.assert_status(422).assert_says("current password is wrong");
    let right = [("current", PASSWORD), ("new", "the next password"), ("again", "the next password")];
    here.post("/account/password", &right).await.assert_status(200).assert_says("Password changed");
    here.get("/account").await.assert_status(200);
    there.get("/account").await.assert_status(303);
}

#[tokio::test]
async fn only_admins_of_the_server_see_people() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    lead.get("/people").await.assert_status(403);
    lead.post("/people", &[("name", "eve"), ("role", "admin")]).await.assert_status(403);

    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    let page = admin.post("/people", &[("name", "eve"), ("role", "annotator"), ("project", "birds")]).await;
    page.assert_status(200).assert_says("/link/");
    admin.post("/people", &[("name", "kim"), ("role", "annotator"), ("project", "")]).await.assert_status(422);
    admin.post("/people", &[("name", " "), ("role", "annotator"), ("project", "birds")]).await.assert_status(422);
    admin.post("/people", &[("name", "kim"), ("role", "boss")]).await.assert_status(422);
    let eve = accounts::by_name(&test.app, "eve").await.unwrap();
    admin.post(&format!("/people/{}/disable", eve.id), &[]).await.assert_leads_to("/people");
    assert!(accounts::by_name(&test.app, "eve").await.unwrap().disabled_us.is_some());
}

#[tokio::test]
async fn a_role_change_is_seen_at_the_next_request() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    lead.get("/").await.assert_says("birds");
    let lea = accounts::by_name(&test.app, "lea").await.unwrap();
    accounts::set_role(&test.app, lea.id, "birds", None).await.unwrap();
    lead.get("/").await.assert_says("not in a project yet");
}

/// Leads only.
async fn leads_only(member: Member) -> Result<String, WebError> {
    member.require(Role::Lead)?;
    Ok(format!("{} in {}", member.role, member.project.slug))
}

#[tokio::test]
async fn strangers_cannot_tell_a_project_from_nothing() {
    for test in TestApp::on_each_engine().await {
        test.project("birds").await;
        test.project("bees").await;
        let router = axum::Router::new()
            .route("/api/v1/projects/{slug}", get(leads_only))
            .layer(axum::middleware::from_fn_with_state(test.app.clone(), render))
            .with_state(test.app.clone());
        let path = "/api/v1/projects/birds";
        let mut stranger = test.signed_in("sam", Role::Lead, Some("bees")).await.on(router.clone());
        let hidden = stranger.get(path).await;
        let absent = stranger.get("/api/v1/projects/wolves").await;
        hidden.assert_status(404);
        absent.assert_status(404);
        assert_eq!(hidden.text(), absent.text().replace("wolves", "birds"));
        stranger.get("/api/v1/projects/B%2F..%2F").await.assert_status(404);

        let mut low = test.signed_in("ana", Role::Reviewer, Some("birds")).await.on(router.clone());
        let refused = low.get(path).await;
        refused.assert_status(403);
        assert_eq!(refused.json()["error"]["code"], "forbidden");
        let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await.on(router.clone());
        lead.get(path).await.assert_status(200).assert_says("lead in birds");
        let mut admin = test.signed_in("ada", Role::Admin, None).await.on(router.clone());
        admin.get(path).await.assert_status(200).assert_says("admin in birds");

        let mut nobody = test.client().on(router);
        let answer = nobody.get(path).await;
        answer.assert_status(401);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
        nobody.bearer("qst_wrong").get(path).await.assert_status(401);
        test.finish().await;
    }
}

#[tokio::test]
async fn names_that_cannot_be_read_are_refused() {
    let test = TestApp::new().await;
    for name in ["", " ana", "a\nb", &"x".repeat(101)] {
        let new = NewAccount { name, role: Role::Admin, project: None, password: None };
        assert!(matches!(accounts::add(&test.app, new).await, Err(AccountError::Name(_))), "{name:?}");
    }
    let new = NewAccount { name: "<script>", role: Role::Admin, project: None, password: None };
    accounts::add(&test.app, new).await.unwrap();
    let mut admin = test.signed_in("ada", Role::Admin, None).await;
    let page = admin.get("/people").await.text();
    assert!(page.contains("&#60;script&#62;") && !page.contains("<script>"), "{page}");
}

#[tokio::test]
async fn requests_from_other_sites_are_refused() {
    let test = TestApp::new().await;
    let mut client = test.signed_in("ana", Role::Admin, None).await.with("sec-fetch-site", "cross-site");
    client.post("/sign-out", &[]).await.assert_status(403).assert_says("another site");
    client.get("/account").await.assert_status(200);
}

#[tokio::test]
async fn errors_are_json_for_programs_a_page_for_people_and_a_fragment_for_htmx() {
    let test = TestApp::new().await;
    let mut client = test.signed_in("ana", Role::Admin, None).await;
    let api = client.get("/api/v1/nothing").await;
    api.assert_status(404);
    assert_eq!(api.json()["error"]["code"], "not_found");

    let page = client.get("/nothing").await;
    page.assert_status(404).assert_says("<!DOCTYPE html>");
    let mut htmx = client.clone().with("hx-request", "true").with("hx-request-type", "partial");
    let part = htmx.get("/nothing").await;
    part.assert_status(404).assert_says("role=\"alert\"");
    assert!(!part.text().contains("<html"));
    let varies = part.headers.get_all("vary").iter().any(|value| value == "hx-request-type");
    assert!(varies, "{:?}", part.headers);

    client.send("PUT", "/account", None, String::new().into()).await.assert_status(405).assert_says("<!DOCTYPE html>");
    // Signed out in the middle: htmx gets words to show, not a page inside a page.
    let mut nobody = test.client().with("hx-request-type", "partial");
    nobody.get("/account").await.assert_status(401).assert_says("/sign-in");
    let api = test.client().get("/api/v1/nothing").await;
    api.assert_status(404);
}

#[tokio::test]
async fn unknown_fields_and_parameters_are_refused() {
    let test = TestApp::new().await;
    let mut client = test.client();
    let form = [("name", "a"), ("password", "b"), ("extra", "c")];
    client.post("/sign-in", &form).await.assert_status(422).assert_says("unknown field");
    client.get("/sign-in?nxt=/").await.assert_status(422).assert_says("unknown field");
}

#[tokio::test]
async fn the_wrong_method_and_the_wrong_kind_of_body_say_so() {
    let test = TestApp::new().await;
    let mut client = test.client();
    client.delete("/sign-in").await.assert_status(405).assert_says("does not take this kind of request");
    let body = serde_json::json!({ "name": "ana", "password": "x" });
    client.post_json("/sign-in", &body).await.assert_status(415);
}

#[tokio::test]
async fn every_page_forbids_what_is_inline_or_from_elsewhere() {
    let test = TestApp::new().await;
    let mut client = test.signed_in("ana", Role::Admin, None).await;
    for path in ["/", "/account", "/people", "/sign-in", "/nothing", "/healthz"] {
        let answer = client.get(path).await;
        assert!(answer.header("content-security-policy").starts_with("default-src 'self';"), "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        let text = answer.text();
        assert!(!text.contains(" style=") && !text.contains("<style") && !text.contains(" onclick="), "{path}");
    }
}

#[tokio::test]
async fn assets_are_served_by_the_address_in_the_page() {
    let test = TestApp::new().await;
    let mut client = test.client();
    let page = client.get("/sign-in").await.text();
    let addresses: Vec<_> = page.split('"').filter(|part| part.starts_with("/static/")).collect();
    assert!(addresses.len() >= 4, "{page}");
    for address in addresses {
        client.get(address).await.assert_status(200);
    }
    client.get("/static/htmx.js").await.assert_status(200);
    client.get("/static/../Cargo.toml").await.assert_status(404);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let test = TestApp::new().await;
    let body = format!("name=a&password={}", "x".repeat(1024 * 1024));
    let kind = Some("application/x-www-form-urlencoded");
    test.client().send("POST", "/sign-in", kind, body.into()).await.assert_status(413);
}

#[tokio::test]
async fn the_theme_is_kept_in_a_cookie_and_leads_back() {
    let test = TestApp::new().await;
    let mut client = test.client().with("referer", "http://localhost/sign-in?next=/account");
    client.post("/theme", &[("theme", "dark")]).await.assert_leads_to("/sign-in?next=/account");
    client.get("/sign-in").await.assert_says("data-theme=\"dark\"");
    client.post("/theme", &[("theme", "pink")]).await.assert_status(422);
}
