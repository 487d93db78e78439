//! What a person does at the desk, step by step, and what they wait for.

use std::time::Duration;

use fantoccini::key::Key;

use super::Page;
use super::server::{Server, run};

pub const PASSWORD: &str = "a long enough password";
/// For what the page itself does.
pub const SOON: Duration = Duration::from_secs(20);
/// For work in the background on a busy machine: the built-in encoder is learned, the pool encoded, a round run.
pub const WORK: Duration = Duration::from_mins(3);

/// Sign in by the link, setting a password to come back with.
pub async fn sign_in(page: &Page, link: &str) {
    page.goto(link).await;
    page.fill("input[name=password]", PASSWORD).await;
    page.fill("input[name=again]", PASSWORD).await;
    page.press(&String::from(char::from(Key::Enter))).await;
    page.find("form[action='/sign-out']").await;
}

/// Wait until a sample is in front of the person.
pub async fn asked(page: &Page) {
    page.until(
        "const image = document.querySelector('[data-desk][data-ready] [data-image]');
         return !!image && !image.hidden && image.complete && image.naturalWidth > 0",
        SOON,
    )
    .await;
}

pub async fn open_desk(page: &Page) {
    page.goto("/p/surfaces/label").await;
    asked(page).await;
}

pub async fn current(page: &Page) -> String {
    page.run("return document.querySelector('[data-image]').src", vec![]).await.as_str().unwrap().to_owned()
}

/// Press a key and see another sample.
pub async fn answer(page: &Page, key: &str) {
    asked(page).await;
    let before = current(page).await;
    page.press(key).await;
    page.until(&format!("return document.querySelector('[data-image]').src !== {before:?}"), SOON).await;
}

/// Wait until every answer has its receipt.
pub async fn saved(page: &Page) {
    page.until(
        "return Object.keys(localStorage).every((name) => !name.startsWith('querist.outbox'))
           && document.querySelector('[data-saved]').textContent === 'Saved'",
        SOON,
    )
    .await;
}

/// What a count beside the picture says.
pub async fn count(page: &Page, name: &str) -> String {
    let script = format!("return document.querySelector('[data-count={name}]').textContent");
    page.run(&script, vec![]).await.as_str().unwrap().to_owned()
}

/// A project to label: the pictures that `QUERIST_TEST_PICTURES` names (a folder or an archive), else drawn ones.
pub async fn start(pictures: u32) -> (Server, &'static str) {
    let Ok(folder) = std::env::var("QUERIST_TEST_PICTURES") else {
        eprintln!("drawn pictures: QUERIST_TEST_PICTURES names no others");
        return (Server::start_example(pictures).await, "surfaces");
    };
    let server = Server::start().await;
    let classes = ["a", "b", "c", "d", "e", "f"].map(|name| ["--class", name]).concat();
    run(server.data.path(), &[&["project", "new", "clothes"], classes.as_slice()].concat()).await;
    run(server.data.path(), &["import", "clothes", &folder]).await;
    (server, "clothes")
}
