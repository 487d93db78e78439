//! The desk and the pages around it, as an expert and a lead meet them.

use fantoccini::key::Key;
use serde_json::json;

use super::in_browser_with_example;
use super::steps::{PASSWORD, SOON, WORK, answer, asked, count, current, open_desk, saved, sign_in};

#[tokio::test]
async fn ten_pictures_are_labeled_by_keyboard_with_an_undo_a_skip_and_a_reload() {
    in_browser_with_example("desk", 60, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        page.goto("/").await;
        page.shows("Surface inspection").await;
        page.inspect("home").await;
        open_desk(&page).await;
        page.inspect("label").await;

        for key in ["1", "2", "3", "1", "2"] {
            answer(&page, key).await;
        }
        saved(&page).await;
        assert_eq!((count(&page, "labeled").await, count(&page, "total").await), ("5".to_owned(), "5".to_owned()));

        // Taking back shows the same picture with its old answer, and accepts another.
        page.press("z").await;
        page.shows("Was: scratch").await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "4");
        let back = current(&page).await;
        page.inspect("label-undone").await;
        answer(&page, "4").await;
        saved(&page).await;

        // A reload in the middle: nothing is lost, and the history is still there to be taken back.
        page.client().refresh().await.unwrap();
        asked(&page).await;
        // What was taken back is no longer an answer, neither in the page nor in what the server counts.
        assert_eq!((count(&page, "labeled").await, count(&page, "total").await), ("5".to_owned(), "5".to_owned()));
        page.press("z").await;
        page.shows("Was: stain").await;
        assert_eq!(current(&page).await, back);
        answer(&page, "2").await;

        // Skipping asks for a reason, by key too, and Escape goes back.
        asked(&page).await;
        page.press("s").await;
        page.find("dialog[open]").await;
        page.inspect("label-skip").await;
        page.press(&String::from(char::from(Key::Escape))).await;
        page.until("return document.querySelector('dialog[open]') === null", SOON).await;
        page.press("s").await;
        page.find("dialog[open]").await;
        answer(&page, "1").await;
        saved(&page).await;
        assert_eq!((count(&page, "labeled").await, count(&page, "skipped").await), ("5".to_owned(), "1".to_owned()));

        for key in ["1", "2", "3", "5", "6"] {
            answer(&page, key).await;
        }
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "10");
        // Several at once, faster than the network: each is stored once.
        page.press("123").await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "13");
        // By touch, as on a phone.
        page.resize(390, 844).await;
        asked(&page).await;
        page.click("[data-class][data-key='3']").await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "14");
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn answers_outlive_a_session_that_ends_in_the_middle() {
    in_browser_with_example("desk-session", 40, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        open_desk(&page).await;
        answer(&page, "1").await;
        saved(&page).await;
        page.assert_quiet_console().await;
        let end = "const done = arguments[0]; fetch('/sign-out', { method: 'POST' }).then(() => done(true))";
        assert_eq!(page.client().execute_async(end, vec![]).await.unwrap(), json!(true));

        answer(&page, "2").await;
        answer(&page, "3").await;
        page.shows("Your session has ended. Your answers are kept here and will be sent.").await;
        page.shows("Saving 2 answers").await;
        page.inspect("label-session-ended").await;

        // Signing in again needs no other page.
        page.click("[data-notice-link]").await;
        page.find("[data-sign-in][open]").await;
        page.inspect("label-sign-in").await;
        page.fill("[data-sign-in] [name=password]", "not the password").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.shows("Name or password is wrong.").await;
        page.fill("[data-sign-in] [name=password]", PASSWORD).await;
        page.press(&String::from(char::from(Key::Enter))).await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "3");
        page.until("return document.querySelector('[data-notice]').hidden", SOON).await;

        // And neither does signing in beside it.
        assert_eq!(page.client().execute_async(end, vec![]).await.unwrap(), json!(true));
        answer(&page, "3").await;
        page.shows("Saving 1 answer").await;
        let desk = page.client().window().await.unwrap();
        page.click("[data-notice-link]").await;
        page.click("[data-sign-in] a").await;
        let mut other = None;
        for _ in 0..100 {
            other = page.client().windows().await.unwrap().into_iter().find(|window| *window != desk);
            if other.is_some() {
                break;
            }
            tokio::time::sleep(SOON / 100).await;
        }
        page.client().switch_to_window(other.expect("no window to sign in")).await.unwrap();
        page.fill("input[name=name]", "admin").await;
        page.fill("input[name=password]", PASSWORD).await;
        page.click("main button").await;
        page.shows("Projects").await;
        page.client().close_window().await.unwrap();
        page.client().switch_to_window(desk).await.unwrap();
        page.run("dispatchEvent(new Event('online'))", vec![]).await;
        saved(&page).await;
        page.until("return document.querySelector('dialog[open]') === null", SOON).await;
        assert_eq!(count(&page, "labeled").await, "4");
        let quiet = "return document.querySelector('[data-notice]').hidden";
        page.until(quiet, SOON).await;

        // The network goes and comes back; a reload while it is gone loses nothing either.
        page.offline(true).await;
        answer(&page, "1").await;
        page.shows("You are offline. 1 answer is not sent yet and kept on this device.").await;
        // Taking back needs no network either, and the next key is for the picture that came back.
        let next = current(&page).await;
        page.press("z").await;
        page.shows("Was: clean").await;
        assert_ne!(current(&page).await, next);
        page.press("2").await;
        page.until(&format!("return document.querySelector('[data-image]').src === {next:?}"), SOON).await;
        page.shows("Offline: 3 answers not sent").await;
        page.offline(false).await;
        saved(&page).await;
        assert_eq!(count(&page, "labeled").await, "5");
        page.client().refresh().await.unwrap();
        asked(&page).await;
        assert_eq!(count(&page, "labeled").await, "5");
    })
    .await;
}

#[tokio::test]
async fn the_style_page_shows_every_component_without_a_fault() {
    in_browser_with_example("style", 12, |page, _| async move {
        page.goto("/styleguide").await;
        page.shows("Many at a time").await;
        page.inspect("styleguide").await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn the_chart_appears_and_every_page_of_the_project_is_accessible() {
    in_browser_with_example("pages", 60, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/p/surfaces/insight").await;
        page.shows("The chart begins").await;
        open_desk(&page).await;
        for i in 0..20 {
            answer(&page, ["1", "2", "3"][i % 3]).await;
        }
        saved(&page).await;

        page.goto("/p/surfaces/insight").await;
        page.until("return document.querySelector('svg path.line') !== null", WORK).await;
        page.inspect("insight").await;
        // The page refreshes itself without errors, and again when it is out of date.
        for _ in 0..2 {
            let age = "const part = document.querySelector('#insight');
              part.setAttribute('hx-get', '?seen=before'); part.dataset.old = 'yes'";
            page.run(age, vec![]).await;
            page.until("return document.querySelector('#insight:not([data-old])') !== null", SOON).await;
        }

        page.goto("/p/surfaces/samples").await;
        page.inspect("samples").await;
        page.goto("/p/surfaces/rounds").await;
        page.shows("new class").await;
        page.click("#rounds form[action='/p/surfaces/rounds/1/pin'] button").await;
        page.find(".chosen form[action='/p/surfaces/rounds/1/unpin']").await;
        page.inspect("rounds").await;
        // Every column is in view on a laptop, with a long name of an encoder too.
        page.resize(1440, 900).await;
        let long = "for (const cell of document.querySelectorAll('#rounds td.brief'))
          cell.textContent = 'an-encoder-with-a-name-of-forty-letters.onnx'";
        page.run(long, vec![]).await;
        let fits = "return [...document.querySelectorAll('#rounds .scroll')].every((part) => part.scrollWidth <= part.clientWidth)";
        page.until(fits, SOON).await;
        // The lists refresh themselves and leave the focus where it was.
        page.run("document.querySelector('#rounds a.btn').focus()", vec![]).await;
        page.run("document.querySelector('#rounds h2').dataset.old = 'yes'", vec![]).await;
        page.until("return document.querySelector('#rounds h2:not([data-old])') !== null", WORK).await;
        page.until("return document.activeElement.matches('#rounds a.btn')", SOON).await;
        page.click("form[action='/p/surfaces/rounds/compare'] button").await;
        page.shows("On the same").await;
        page.inspect("compare").await;

        page.goto("/p/surfaces/export").await;
        page.click("form[action='/p/surfaces/export'] button").await;
        page.until("return document.querySelector('#snapshots a.btn') !== null", WORK).await;
        page.click("form[action='/p/surfaces/model'] button").await;
        page.until("return document.querySelector('.made a[href^=\"/p/surfaces/model.onnx\"]') !== null", WORK).await;
        page.inspect("export").await;

        for other in ["doubts", "replay", "encoders", "help"] {
            page.goto(&format!("/p/surfaces/{other}")).await;
            page.inspect(other).await;
        }

        page.goto("/p/surfaces/settings").await;
        page.fill("form[action='/p/surfaces/classes'] input[name=name]", "dent").await;
        page.click("form[action='/p/surfaces/classes'] button").await;
        page.find("input[value=dent]").await;
        page.shows("Saved.").await;
        page.inspect("settings").await;
        open_desk(&page).await;
        answer(&page, "7").await;
        saved(&page).await;
        page.assert_quiet_console().await;

        page.goto("/p/surfaces/settings").await;
        // A refusal is shown above its subject, and the next change removes it.
        page.fill("form[action='/p/surfaces/classes'] input[name=name]", "dent").await;
        page.click("form[action='/p/surfaces/classes'] button").await;
        page.find("#classes .problem").await;
        page.fill("#classes form[action$='/rename'] input[value=dent]", "bump").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.find("#classes input[value=bump]").await;
        page.until("return document.querySelector('#classes .problem') === null", SOON).await;
    })
    .await;
}
