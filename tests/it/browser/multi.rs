//! The desk where a picture has any number of classes: by keyboard, with undo, changes, reloads and a network that is gone.

use std::collections::BTreeMap;

use fantoccini::key::Key;
use serde_json::{Value, json};

use super::server::run;
use super::steps::{SOON, asked, count, current, saved};
use super::{Page, ServerAddress, in_browser};
use crate::support::shapes::draw;

/// A project of forty drawn pictures with the classes square, bar and dot.
async fn shapes(server: &ServerAddress) {
    let pictures = tempfile::tempdir().unwrap();
    for i in 0..40 {
        draw(i).save(pictures.path().join(format!("{i}.png"))).unwrap();
    }
    let classes = ["--class", "square", "--class", "bar", "--class", "dot"];
    run(&server.data, &[&["project", "new", "shapes", "--task", "multi"], classes.as_slice()].concat()).await;
    run(&server.data, &["import", "shapes", pictures.path().to_str().unwrap()]).await;
}

async fn enter(page: &Page) {
    page.press(&String::from(char::from(Key::Enter))).await;
}

/// The names of the classes that are pressed in.
async fn chosen(page: &Page) -> Vec<String> {
    let script = "return [...document.querySelectorAll('[data-class][aria-pressed=true]')].map((b) => b.dataset.name)";
    let names = page.run(script, vec![]).await;
    names.as_array().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
}

/// Press these keys for the sample in front and see another one; the sample's name in the address.
async fn answer(page: &Page, keys: &[&str], last: &str) -> i64 {
    asked(page).await;
    let before = current(page).await;
    for key in keys {
        page.press(key).await;
    }
    if last == "Enter" {
        enter(page).await;
    } else {
        page.press(last).await;
    }
    page.until(&format!("return document.querySelector('[data-image]').src !== {before:?}"), SOON).await;
    sample(&before)
}

/// The sample whose picture this is.
fn sample(address: &str) -> i64 {
    let after = address.split("/media/shapes/").nth(1).unwrap();
    after.chars().take_while(char::is_ascii_digit).collect::<String>().parse().unwrap()
}

/// What the server has: the names of the classes of each labeled sample.
async fn rows(page: &Page) -> BTreeMap<i64, Vec<String>> {
    let script = "const done = arguments[arguments.length - 1];
      Promise.all([fetch('/api/v1/projects/shapes'), fetch('/api/v1/projects/shapes/samples?state=labeled')])
        .then((both) => Promise.all(both.map((one) => one.json()))).then(done)";
    let both = page.client().execute_async(script, vec![]).await.unwrap();
    let name = |id: &Value| {
        let classes = both[0]["classes"].as_array().unwrap();
        classes.iter().find(|class| class["id"] == *id).unwrap()["name"].as_str().unwrap().to_owned()
    };
    let row = |row: &Value| {
        let classes = row["classes"].as_array().unwrap().iter().map(name).collect();
        (row["id"].as_i64().unwrap(), classes)
    };
    both[1]["samples"].as_array().unwrap().iter().map(row).collect()
}

#[tokio::test]
async fn sets_are_chosen_stored_taken_back_and_changed_by_keyboard_and_none_is_lost() {
    in_browser("multi", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        shapes(&server).await;
        page.goto("/p/shapes/label").await;
        asked(&page).await;
        let mut expected: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let names = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();

        // Keys turn classes on and off; Enter stores what is on, in the order of the classes.
        for key in ["3", "2", "1", "2"] {
            page.press(key).await;
        }
        assert_eq!(chosen(&page).await, ["square", "dot"]);
        page.shows("2 classes are chosen.").await;
        page.inspect("label-multi").await;
        expected.insert(answer(&page, &[], "Enter").await, names(&["square", "dot"]));
        assert_eq!(chosen(&page).await, [""; 0], "the next sample begins with nothing");

        // Enter with nothing chosen stores nothing and says what to do; N is the answer "none of these".
        let before = current(&page).await;
        enter(&page).await;
        page.shows("Nothing is chosen: choose a class, or say that it has none of these.").await;
        assert_eq!(current(&page).await, before);
        expected.insert(answer(&page, &[], "n").await, names(&[]));
        saved(&page).await;
        assert_eq!(rows(&page).await, expected);
        assert_eq!((count(&page, "labeled").await, count(&page, "skipped").await), ("2".to_owned(), "0".to_owned()));

        // Undo brings the sample back with its set, also after a reload; then it can be answered otherwise.
        let third = answer(&page, &["2", "3"], "Enter").await;
        page.press("z").await;
        asked(&page).await;
        page.shows("Was: bar, dot").await;
        assert_eq!((sample(&current(&page).await), chosen(&page).await), (third, names(&["bar", "dot"])));
        expected.insert(answer(&page, &["3"], "Enter").await, names(&["bar"]));
        assert_eq!(expected[&third], ["bar"]);
        saved(&page).await;
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.press("z").await;
        page.shows("Was: bar").await;
        assert_eq!(chosen(&page).await, ["bar"]);
        enter(&page).await;
        page.until("return document.querySelector('[data-was]').hidden", SOON).await;
        saved(&page).await;
        assert_eq!(rows(&page).await, expected);

        // A look back and a change; what was chosen for the sample in front is still there afterwards.
        page.press("1").await;
        page.press(",").await;
        page.shows("The last answer: bar").await;
        assert_eq!(chosen(&page).await, ["bar"]);
        page.inspect("label-multi-back").await;
        page.press("1").await;
        enter(&page).await;
        saved(&page).await;
        expected.insert(third, names(&["square", "bar"]));
        assert_eq!(chosen(&page).await, ["square"], "chosen before the look back");
        page.press("1").await;

        // An earlier answer opened by the mouse: keys turn classes on and off, and Enter stores instead of opening it again.
        page.click("[data-strip] li:nth-child(2) button").await;
        page.shows("answers back: none of these").await;
        page.press("2").await;
        enter(&page).await;
        page.until("return document.querySelector('[data-was]').hidden", SOON).await;
        saved(&page).await;
        let (none, _) = expected.iter().find(|(_, set)| set.is_empty()).map(|(id, set)| (*id, set.clone())).unwrap();
        expected.insert(none, names(&["bar"]));
        assert_eq!(rows(&page).await, expected);

        // Find a class and turn it on; a class answers a click, and Enter on it stores.
        page.press("/").await;
        page.press("do").await;
        enter(&page).await;
        assert_eq!(chosen(&page).await, ["dot"]);
        page.click("[data-class][data-name=bar]").await;
        expected.insert(answer(&page, &[], "Enter").await, names(&["bar", "dot"]));

        // Without a network answers wait here, and outlive a reload.
        page.run("window.fetch = () => Promise.reject(new TypeError('gone'))", vec![]).await;
        expected.insert(answer(&page, &["1"], "Enter").await, names(&["square"]));
        expected.insert(answer(&page, &[], "n").await, names(&[]));
        assert_eq!(
            page.run("return Object.keys(localStorage).filter((n) => n.startsWith('querist.outbox')).length", vec![])
                .await,
            json!(2)
        );
        page.client().refresh().await.unwrap();
        asked(&page).await;
        saved(&page).await;
        assert_eq!(rows(&page).await, expected);
        let strip = "return [...document.querySelectorAll('[data-strip] img')].map((image) => image.alt)";
        page.client().refresh().await.unwrap();
        asked(&page).await;
        let said = page.run(strip, vec![]).await;
        assert_eq!(said, json!(["none of these", "square", "bar, dot", "bar", "square, bar", "square, dot"]));

        page.goto("/p/shapes/samples?state=labeled").await;
        page.shows("square, bar").await;
        page.inspect("samples-multi").await;
        page.assert_quiet_console().await;
    })
    .await;
}
