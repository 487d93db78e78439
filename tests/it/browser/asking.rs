//! Asking the lead, saying why a sample is skipped, and the guide with its examples.

use fantoccini::key::Key;

use super::steps::{SOON, answer, asked, count, current, open_desk, saved};
use super::{Page, in_browser_with_example};

async fn enter(page: &Page) {
    page.press(&String::from(char::from(Key::Enter))).await;
}

#[tokio::test]
async fn a_question_to_the_lead_is_answered_on_the_desk() {
    in_browser_with_example("flags", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        let sample = current(&page).await;
        page.press("m").await;
        page.find("[data-flag-dialog][open]").await;
        page.press("Is this a scratch or a hair?").await;
        enter(&page).await;
        page.until("return document.querySelector('dialog[open]') === null", SOON).await;
        saved(&page).await;
        assert_eq!(current(&page).await, sample, "a flag answers nothing");

        page.goto("/p/surfaces/flags").await;
        page.shows("Is this a scratch or a hair?").await;
        page.inspect("flags").await;
        page.fill("textarea[name=text]", "A hair. Skip it as a bad picture.").await;
        page.click("button[name=done]").await;
        page.shows("No flag waits").await;

        open_desk(&page).await;
        // The author is also the lead: their own answer is not news.
        page.press("m").await;
        page.shows("A hair. Skip it as a bad picture.").await;
        page.inspect("label-flags").await;
        page.press(&String::from(char::from(Key::Escape))).await;

        // A reason outside the list needs a comment.
        page.press("s").await;
        page.find("[data-skip-menu][open]").await;
        page.press("4").await;
        page.inspect("label-skip-note").await;
        page.press("two parts in one picture").await;
        enter(&page).await;
        saved(&page).await;
        assert_eq!(count(&page, "skipped").await, "1");
        page.press(",").await;
        page.shows("skipped: Something else").await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn the_guide_shows_examples_and_comes_and_goes_by_key() {
    in_browser_with_example("guide", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        for key in ["1", "2", "2"] {
            answer(&page, key).await;
        }
        saved(&page).await;
        page.goto("/p/surfaces/samples?state=labeled").await;
        page.click(".wall a").await;
        for at in 1..=3 {
            page.shows(&format!("{at} of 3")).await;
            page.click("aside button[aria-pressed=false]").await;
            page.find("aside button[aria-pressed=true]").await;
            // The page reloads, and its keys with the picture.
            page.find(".desk-paper.live img").await;
            page.press(".").await;
        }
        page.goto("/p/surfaces/samples?state=labeled").await;
        page.inspect("samples-examples").await;
        open_desk(&page).await;
        let examples = "return document.querySelectorAll('.desk-examples img').length";
        assert_eq!(page.run(examples, vec![]).await, 3);
        page.inspect("label-examples").await;
        let seen = "const guide = document.querySelector('[data-guide]'); return guide.checkVisibility()";
        page.until(seen, SOON).await;
        page.press("?").await;
        page.until(&format!("{seen} === false"), SOON).await;
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.until(&format!("{seen} === false"), SOON).await;
        // On a phone it covers the page while it is read.
        page.resize(390, 844).await;
        page.until(&format!("{seen} === false"), SOON).await;
        page.click("[data-guide-open]").await;
        page.until(seen, SOON).await;
        page.screenshot("label-guide-phone").await;
        page.assert_accessible("the guide on a phone").await;
        page.press(&String::from(char::from(Key::Escape))).await;
        page.until(&format!("{seen} === false"), SOON).await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn a_double_click_and_a_second_window_answer_nothing_twice() {
    in_browser_with_example("twice", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        // A first click so soon after the sample came in front may be the second half of an earlier one.
        let settled = "return performance.now() - performance.getEntriesByName('querist:shown').at(-1).startTime > 300";
        page.until(settled, SOON).await;
        let double = "const button = document.querySelector('[data-class]');
            const click = (detail) => button.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, detail }));
            click(1); click(2)";
        page.run(double, vec![]).await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "1");

        let first = page.client().window().await.unwrap();
        let second = page.client().new_window(true).await.unwrap().handle;
        page.client().switch_to_window(second).await.unwrap();
        open_desk(&page).await;
        let before = current(&page).await;
        page.client().switch_to_window(first.clone()).await.unwrap();
        // A window behind another does not paint, so its own `asked` may wait for ever: press only.
        assert_eq!(current(&page).await, before, "both windows hold the same lease");
        page.press("2").await;
        saved(&page).await;
        let windows = page.client().windows().await.unwrap();
        let other = windows.into_iter().find(|window| *window != first).unwrap();
        page.client().switch_to_window(other).await.unwrap();
        page.until(&format!("return document.querySelector('[data-image]').src !== {before:?}"), SOON).await;
        answer(&page, "3").await;
        saved(&page).await;
        let notice = page.run("return document.querySelector('[data-notice]').hidden", vec![]).await;
        assert_eq!(notice, true);
        page.client().refresh().await.unwrap();
        asked(&page).await;
        assert_eq!(count(&page, "total").await, "3");
    })
    .await;
}
