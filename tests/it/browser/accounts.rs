//! Signing in, the account page and the frame, as a person meets them.

use std::time::Duration;

use fantoccini::key::Key;

use super::in_browser;
use super::server::{Server, run};

#[tokio::test]
async fn the_first_admin_signs_in_by_link_sets_a_password_and_returns_with_it() {
    in_browser("first-admin", |page, server| async move {
        page.goto(&server.first_link).await;
        page.shows("Welcome, admin").await;
        page.inspect("link").await;
        page.fill("input[name=password]", "a long enough password").await;
        page.fill("input[name=again]", "a long enough password").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.shows("There is no project yet").await;
        page.inspect("home-empty").await;

        page.click("details.menu summary").await;
        page.screenshot("menu").await;
        page.assert_accessible("the open menu").await;
        page.click("form[action='/sign-out'] button").await;
        page.find("input[name=name]").await;
        page.inspect("sign-in").await;

        page.fill("input[name=name]", "admin").await;
        page.fill("input[name=password]", "not the password").await;
        page.click("main button").await;
        page.shows("Name or password is wrong.").await;
        page.inspect("sign-in-wrong").await;
        page.fill("input[name=password]", "a long enough password").await;
        page.click("main button").await;
        page.shows("There is no project yet").await;

        page.goto(&server.first_link).await;
        page.shows("used already").await;
        page.inspect("link-used").await;
    })
    .await;
}

#[tokio::test]
async fn the_account_page_makes_and_revokes_tokens() {
    in_browser("account", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/account").await;
        page.fill("form[action='/account/tokens'] input", "nightly export").await;
        page.click("form[action='/account/tokens'] button").await;
        page.shows("Copy the new token now").await;
        page.inspect("account").await;
        page.goto("/account").await;
        page.click("button[aria-label='Revoke nightly export']").await;
        let gone = "return !document.body.innerText.includes('nightly export')";
        page.until(gone, Duration::from_secs(10)).await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn an_admin_adds_somebody_and_sees_the_link_once() {
    in_browser("people", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/people").await;
        assert_eq!(page.path().await, "/people");
        page.fill("input[name=name]", "Mira Kovač").await;
        page.run("document.querySelector('select[name=role]').value = 'admin'", vec![]).await;
        page.click("form[action='/people'] button").await;
        page.shows("Send Mira Kovač this link").await;
        page.inspect("people").await;
        let link = page.find("#new-link").await.text().await.unwrap();
        page.sign_in_by(&link).await;
        let initials = page.find(".who").await.text().await.unwrap();
        assert_eq!(initials, "MK");
        // The command line beside the running server sees the same people.
        let list = run(&server.data, &["user", "list", "--json"]).await;
        assert!(list.contains(r#"{"name":"Mira Kovač","roles":["admin"],"state":"enabled"}"#), "{list}");
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn the_theme_changes_at_once_and_is_there_after_a_reload() {
    in_browser("theme", |page, _| async move {
        page.goto("/sign-in").await;
        let paper = "return getComputedStyle(document.documentElement).backgroundColor";
        let light = page.run(paper, vec![]).await;
        page.click("details.menu summary").await;
        page.click("button[value=dark]").await;
        let dark = page.run(paper, vec![]).await;
        assert_ne!(light, dark);
        page.client().refresh().await.unwrap();
        assert_eq!(page.run(paper, vec![]).await, dark);

        page.click("details.menu summary").await;
        page.press(&String::from(char::from(Key::Escape))).await;
        let open = page.run("return document.querySelector('details.menu').open", vec![]).await;
        assert_eq!(open, serde_json::json!(false));
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn the_network_can_be_cut_and_restored() {
    in_browser("network", |page, _| async move {
        page.goto("/sign-in").await;
        let ask = "const done = arguments[0]; fetch('/healthz').then((r) => done(r.status), () => done(0))";
        page.offline(true).await;
        assert_eq!(page.client().execute_async(ask, vec![]).await.unwrap(), serde_json::json!(0));
        page.offline(false).await;
        assert_eq!(page.client().execute_async(ask, vec![]).await.unwrap(), serde_json::json!(200));
    })
    .await;
}

#[tokio::test]
async fn nothing_at_an_address_is_a_page_with_a_way_on() {
    in_browser("not-found", |page, _| async move {
        page.goto("/nowhere").await;
        page.shows("There is nothing at this address.").await;
        page.inspect("not-found").await;
        page.click("main a.btn").await;
        page.shows("Sign in").await;
    })
    .await;
}

#[tokio::test]
async fn the_program_ends_well_when_asked_to() {
    let status = Server::start().await.stop().await;
    assert_eq!(status.code(), Some(0));
}
