//! Own keys, finding a class among many, and going back to change an answer.

use fantoccini::key::Key;
use serde_json::json;

use super::steps::{SOON, answer, asked, count, current, open_desk, saved};
use super::{Page, in_browser_with_example};

async fn pressed(page: &Page, key: Key) {
    page.press(&String::from(char::from(key))).await;
}

/// Open the project's desk after its classes have become this many.
async fn with_classes(page: &Page, n: usize) {
    let script = "const [names, done] = arguments;
      fetch('/api/v1/projects/surfaces/classes', { method: 'POST', headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ names }) }).then((answer) => done(answer.status))";
    let names: Vec<_> = (6..n).map(|i| format!("kind {}", i + 1)).collect();
    assert_eq!(page.client().execute_async(script, vec![json!(names)]).await.unwrap(), json!(201));
    open_desk(page).await;
}

#[tokio::test]
async fn any_of_forty_classes_is_found_by_typing_and_keys_are_a_persons_own() {
    in_browser_with_example("keys", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/p/surfaces/label").await;
        with_classes(&page, 40).await;
        page.inspect("label-forty").await;

        // By typing: arrows choose, Enter answers.
        let before = current(&page).await;
        page.press("/").await;
        page.find("dialog[open] [role=option]").await;
        page.press("kind 3").await;
        page.inspect("label-find").await;
        pressed(&page, Key::Down).await;
        pressed(&page, Key::Enter).await;
        page.until(&format!("return document.querySelector('[data-image]').src !== {before:?}"), SOON).await;
        saved(&page).await;
        let said = "return document.querySelector('[data-strip] img').alt";
        // Of 30 to 39 the second.
        assert_eq!(page.run(said, vec![]).await, "kind 31");
        page.press("/").await;
        page.press("no such").await;
        page.shows("No class has this in its name.").await;
        pressed(&page, Key::Enter).await;
        assert_eq!(count(&page, "labeled").await, "1", "nothing was chosen");

        // Own keys: 1 becomes J, which some other class had; Z is taken and says so.
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.click("[data-change-keys]").await;
        page.click("[data-key-of][data-name='clean']").await;
        page.press("z").await;
        page.shows("z does something else on the desk").await;
        page.press("j").await;
        page.shows("had it and now has 1").await;
        page.inspect("label-keys").await;
        page.click("[data-keys] [data-save]").await;
        page.until("return document.querySelector('dialog[open]') === null", SOON).await;
        answer(&page, "j").await;
        saved(&page).await;
        assert_eq!(page.run(said, vec![]).await, "clean");
        page.client().refresh().await.unwrap();
        answer(&page, "j").await;
        saved(&page).await;
        assert_eq!(page.run(said, vec![]).await, "clean", "they are kept on the server");
        page.click("[data-change-keys]").await;
        page.click("[data-keys] [data-defaults]").await;
        page.until("return document.querySelector('dialog[open]') === null", SOON).await;
        answer(&page, "1").await;
        saved(&page).await;
        assert_eq!(page.run(said, vec![]).await, "clean");
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn any_of_sixty_answers_is_opened_again_and_changed_without_losing_the_place() {
    in_browser_with_example("history", 90, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        for i in 0..60 {
            answer(&page, ["1", "2", "3"][i % 3]).await;
        }
        saved(&page).await;
        let place = current(&page).await;

        // Back by key, fifty-five deep, and nothing is asked of the server for it.
        for _ in 0..55 {
            page.press(",").await;
        }
        page.shows("55 answers back: pit").await;
        assert_ne!(current(&page).await, place);
        page.press(".").await;
        page.shows("54 answers back: clean").await;
        page.inspect("label-back").await;
        page.press("4").await;
        page.until(&format!("return document.querySelector('[data-image]').src === {place:?}"), SOON).await;
        saved(&page).await;
        assert_eq!((count(&page, "labeled").await, count(&page, "total").await), ("60".to_owned(), "60".to_owned()));

        // By a click on its small picture; the class that was said is marked. Escape changes nothing.
        page.click("[data-strip] li:nth-child(3) button").await;
        page.shows("3 answers back").await;
        page.find("[data-class][aria-current]").await;
        pressed(&page, Key::Escape).await;
        page.until(&format!("return document.querySelector('[data-image]').src === {place:?}"), SOON).await;

        // Taking back a change brings the earlier answer back, and not its sample.
        page.press(",").await;
        page.shows("The last answer: stain").await;
        pressed(&page, Key::Escape).await;
        page.press("z").await;
        saved(&page).await;
        assert_eq!(current(&page).await, place);
        page.press(",").await;
        page.shows("The last answer: clean").await;
        // Taking back what is looked at: its sample is in front.
        page.press("z").await;
        page.shows("Was: clean").await;
        saved(&page).await;
        assert_eq!(count(&page, "total").await, "59");
        answer(&page, "5").await;
        saved(&page).await;
        assert_eq!(count(&page, "total").await, "60");

        // The same after a reload: the server knows as much.
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.press(",").await;
        page.shows("The last answer: crack").await;
        page.press("6").await;
        saved(&page).await;
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.press("z").await;
        saved(&page).await;
        page.press(",").await;
        page.shows("The last answer: crack").await;
        assert_eq!(count(&page, "total").await, "60");
        page.assert_quiet_console().await;
    })
    .await;
}
