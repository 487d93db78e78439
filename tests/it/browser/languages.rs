//! The desk in German: labeled by keyboard, taken back, and signed in again without leaving it.

use fantoccini::key::Key;

use super::in_browser_with_example;
use super::steps::{PASSWORD, SOON, answer, asked, current, sign_in};

#[tokio::test]
async fn three_pictures_are_labeled_in_german_by_keyboard_and_the_sign_in_dialog_is_german() {
    in_browser_with_example("german", 40, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        // Chosen in the menu, kept from there on.
        page.click("details.menu summary").await;
        page.click("button[name=language][value=de]").await;
        page.shows("Projekte").await;
        assert_eq!(page.run("return document.documentElement.lang", vec![]).await, "de");
        page.goto("/p/surfaces/label").await;
        asked(&page).await;
        page.shows("Gespeichert").await;
        page.inspect("label-german").await;
        // Scripts count as the language does, and write large numbers as the server does.
        let script = "const done = arguments[0];
          import('/static/desk/texts.js').then(({ say, number }) =>
            done([say('saving-answers', { n: 1 }), say('saving-answers', { n: 12345 }), number(1234567.5)]))";
        let said = page.client().execute_async(script, vec![]).await.unwrap();
        let expected =
            ["1 Antwort wird gespeichert", "12\u{202f}345 Antworten werden gespeichert", "1\u{202f}234\u{202f}567,5"];
        assert_eq!(said, serde_json::json!(expected));

        for key in ["1", "2", "3"] {
            answer(&page, key).await;
        }
        page.shows("Gespeichert").await;
        page.press("z").await;
        page.shows("Antwort zurückgenommen").await;
        page.shows("War: ").await;

        // Without a session the answer waits, and the dialog says so in German.
        page.client().delete_cookie("querist_session").await.unwrap();
        asked(&page).await;
        let before = current(&page).await;
        page.press("2").await;
        page.until(&format!("return document.querySelector('[data-image]').src !== {before:?}"), SOON).await;
        page.shows("Ihre Sitzung ist zu Ende. Ihre Antworten sind hier aufbewahrt und werden gesendet.").await;
        page.click("[data-notice-link]").await;
        page.find("[data-sign-in][open]").await;
        page.shows("Wieder anmelden").await;
        page.shows("Ihre Antworten sind in diesem Browser aufbewahrt").await;
        page.assert_accessible("the sign-in dialog in German").await;
        page.fill("[data-sign-in] [name=password]", "not the password").await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.shows("Name oder Passwort ist falsch.").await;
        page.fill("[data-sign-in] [name=password]", PASSWORD).await;
        page.press(&String::from(char::from(Key::Enter))).await;
        page.until("return !document.querySelector('[data-sign-in]').open", SOON).await;
        page.shows("Gespeichert").await;

        // Pages with much text hold it, on a desktop and on a phone.
        for (path, text) in [("insight", "Einblick"), ("rounds", "Runden"), ("settings", "Wie gefragt wird")] {
            page.goto(&format!("/p/surfaces/{path}")).await;
            page.shows(text).await;
            page.inspect(&format!("{path}-german")).await;
        }
    })
    .await;
}
