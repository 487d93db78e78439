//! Settling labels in place, by key and in bulk, and forms that keep what was typed.

use fantoccini::key::Key;

use super::steps::{SOON, answer, open_desk, saved};
use super::{Page, in_browser, in_browser_with_example};

async fn key(page: &Page, key: Key) {
    page.press(&String::from(char::from(key))).await;
}

/// The page of the sample at this place of its list, with its keys.
async fn at(page: &Page, place: &str) {
    page.shows(place).await;
    page.find(".desk-paper.live img").await;
}

const SETTLED: &str = "return document.querySelectorAll('.settled').length";

#[tokio::test]
async fn samples_are_settled_by_key_and_in_bulk_and_taken_back() {
    in_browser_with_example("review", 60, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        for class in ["1", "2", "1", "2", "3", "1"] {
            answer(&page, class).await;
        }
        saved(&page).await;
        page.goto("/p/surfaces/samples?state=labeled").await;
        page.shows("6 samples").await;
        page.inspect("samples-review").await;

        // By key: to the first, aside with it, and back.
        key(&page, Key::Right).await;
        page.press("x").await;
        page.until(&format!("{SETTLED} === 1"), SOON).await;
        page.shows("1 sample settled.").await;
        page.press("z").await;
        page.until(&format!("{SETTLED} === 0"), SOON).await;
        page.shows("1 decision taken back.").await;

        // In bulk: all of them to one class.
        page.click("[data-all]").await;
        page.shows("6 selected").await;
        page.press("x").await;
        page.until(&format!("{SETTLED} === 6"), SOON).await;
        page.inspect("samples-settled").await;
        page.goto("/p/surfaces/samples?state=skipped").await;
        page.shows("6 samples").await;

        // One on its own page: back into the pool, and on to the next of the list.
        page.click(".wall a").await;
        at(&page, "1 of 6").await;
        page.inspect("sample").await;
        key(&page, Key::Backspace).await;
        at(&page, "1 of 5").await;
        page.press("1").await;
        at(&page, "1 of 4").await;
        page.press(".").await;
        at(&page, "2 of 4").await;
        page.press(",").await;
        at(&page, "1 of 4").await;
        page.resize(390, 844).await;
        page.screenshot("sample-phone").await;
        page.assert_accessible("a sample on a phone").await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_says_why_where_it_is() {
    in_browser("forms", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/").await;
        page.fill("input[name=name]", "Vögel am See").await;
        page.fill("textarea[name=classes]", "heron\nstork\nheron").await;
        page.click("details.new form button").await;
        page.find("[data-refused]").await;
        page.shows("heron").await;
        let kept = "return document.querySelector('textarea[name=classes]').value";
        assert_eq!(page.run(kept, vec![]).await, "heron\nstork\nheron");
        page.inspect("home-refused").await;
        page.fill("textarea[name=classes]", "heron\nstork").await;
        page.click("details.new form button").await;
        page.until("return location.pathname === '/p/vogel-am-see/settings'", SOON).await;

        // A page that is not there keeps the frame of its project, and the way back.
        page.goto("/p/vogel-am-see/samples/77").await;
        page.find(".tabs a[href='/p/vogel-am-see/samples']").await;
        page.shows("There is no sample 77").await;
    })
    .await;
}
