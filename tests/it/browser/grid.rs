//! Many at a time in the browser: look, leave the odd ones out, confirm, take it back, all by keyboard.

use fantoccini::key::Key;
use serde_json::json;

use super::steps::{PASSWORD, SOON, WORK, sign_in};
use super::{Page, in_browser_with_example};

async fn group(page: &Page) {
    page.until(
        "const page = document.querySelector('[data-grid][data-ready]');
         const tiles = [...document.querySelectorAll('.grid-tile img')];
         return !!page && document.querySelector('[data-tiles]').getAttribute('aria-busy') === 'false'
           && tiles.length > 1 && tiles.every((image) => image.complete && image.naturalWidth > 0)",
        WORK,
    )
    .await;
}

async fn pictures(page: &Page) -> Vec<String> {
    let script = "return [...document.querySelectorAll('.grid-tile img')].map((image) => image.src)";
    let all = page.run(script, vec![]).await;
    all.as_array().unwrap().iter().map(|src| src.as_str().unwrap().to_owned()).collect()
}

async fn labeled(page: &Page) -> i64 {
    let script = "return Number(document.querySelector('[data-count=labeled]').textContent)";
    page.run(script, vec![]).await.as_i64().unwrap()
}

async fn labeled_is(page: &Page, n: i64) {
    page.until(&format!("return Number(document.querySelector('[data-count=labeled]').textContent) === {n}"), SOON)
        .await;
    page.until("return document.querySelector('[data-saved]').textContent === 'Saved'", SOON).await;
}

#[tokio::test]
async fn a_group_is_answered_by_keyboard_without_its_odd_ones_and_taken_back_with_one_key() {
    in_browser_with_example("grid", 90, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        page.goto("/p/surfaces/grid").await;
        group(&page).await;
        let first = pictures(&page).await;
        assert_eq!(first.len(), 12);
        assert_eq!(labeled(&page).await, 0);

        // Nothing is proposed yet: a class's key chooses it. The second picture is left out, the third and back in again.
        page.press("2").await;
        page.press(&String::from(char::from(Key::Right))).await;
        page.press(" ").await;
        page.press(&String::from(char::from(Key::Right))).await;
        page.press(" ").await;
        page.press(" ").await;
        let text = "return document.querySelector('[data-confirm-text]').textContent";
        assert_eq!(page.run(text, vec![]).await.as_str().unwrap(), "11 are scratch");
        page.inspect("grid").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        labeled_is(&page, 11).await;
        group(&page).await;
        let second = pictures(&page).await;
        assert!(second.iter().all(|src| !first.contains(src)), "answered and odd ones do not come again");

        // The whole group comes back, to correct the answer.
        page.press("z").await;
        labeled_is(&page, 0).await;
        group(&page).await;
        let again = pictures(&page).await;
        assert!(again.len() == 11 && again.iter().all(|src| first.contains(src) && *src != first[1]));
        page.press("3").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        labeled_is(&page, 11).await;

        // Fewer at a time, and another group.
        group(&page).await;
        page.press("-").await;
        page.until("return document.querySelectorAll('.grid-tile').length === 8", SOON).await;
        group(&page).await;
        let before = pictures(&page).await;
        page.press("s").await;
        page.until(&format!("return document.querySelector('.grid-tile img')?.src !== {:?}", before[0]), SOON).await;
        group(&page).await;
        let shown = pictures(&page).await;
        assert!(shown.iter().all(|src| !before.contains(src)));

        // Leaving gives everything back: unanswered samples are free for others, and not asked here first.
        page.goto("/p/surfaces/label").await;
        super::steps::asked(&page).await;
        let front = super::steps::current(&page).await;
        let shown: Vec<String> = shown.iter().map(|src| src.replace("/thumb", "")).collect();
        let same = |src: &String| front == *src || front.starts_with(&format!("{src}/"));
        assert!(!shown.iter().any(same), "{front} was in the group");
    })
    .await;
}

#[tokio::test]
async fn a_group_outlives_a_session_that_ends_and_a_tab_that_is_closed() {
    in_browser_with_example("grid-session", 60, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        page.goto("/p/surfaces/grid").await;
        group(&page).await;
        // A close look at one, and back.
        page.press("f").await;
        page.find("[data-look][open] img[src]").await;
        page.press("f").await;
        page.until("return !document.querySelector('[data-look]').open", SOON).await;

        let end = "const done = arguments[0]; fetch('/sign-out', { method: 'POST' }).then(() => done(true))";
        assert_eq!(page.client().execute_async(end, vec![]).await.unwrap(), json!(true));
        page.press("1").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.shows("Your session has ended. Your answers are kept here and will be sent.").await;
        page.click("[data-notice-link]").await;
        page.fill("[data-sign-in] [name=password]", PASSWORD).await;
        page.press(&String::from(char::from(Key::Enter))).await;
        labeled_is(&page, 12).await;

        // Closing a tab loses only its own storage.
        page.run("sessionStorage.clear()", vec![]).await;
        page.goto("/p/surfaces/grid").await;
        group(&page).await;
        page.press("z").await;
        labeled_is(&page, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_group_confirmed_without_a_network_is_stored_once_it_is_back() {
    in_browser_with_example("grid-offline", 60, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        page.goto("/p/surfaces/grid").await;
        group(&page).await;
        // Requests fail as they do without a network; later the page is told that the server is back.
        page.run(
            "window.real = window.fetch; window.fetch = () => Promise.reject(new TypeError('no network'))",
            vec![],
        )
        .await;
        page.press("1").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.shows("1 group is not sent yet and kept on this device.").await;
        page.shows("Offline: 1 group not sent").await;
        let kept = "return Object.keys(localStorage).filter((name) => name.startsWith('querist.groups')).length";
        assert_eq!(page.run(kept, vec![]).await, json!(1));
        // A reload loses nothing: the group is sent by the page that follows.
        page.goto("/p/surfaces/grid").await;
        labeled_is(&page, 12).await;
        assert_eq!(page.run(kept, vec![]).await, json!(0));
    })
    .await;
}
