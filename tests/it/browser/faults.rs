//! Two hundred pictures by keyboard while everything goes wrong: afterwards every key press is one annotation, in order.

use serde_json::{Value, json};
use sqlx::Row as _;

use super::steps::{PASSWORD, SOON, WORK, asked, sign_in, start};
use super::{Page, page, turn_alone};
use crate::support::skip;

const ANSWERS: usize = 200;

/// Between the page and the server, by a fixed sequence: requests that are never sent, lost replies, slow ones, and
/// errors. Only the desk's own requests are affected.
const FAULTS: &str = "
  const real = window.fetch.bind(window);
  let state = arguments[0];
  const chance = () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
  window.fetch = async (address, options) => {
    if (!String(address).includes('/api/')) return real(address, options);
    const draw = chance();
    if (draw < 0.12) throw new TypeError('never left');
    if (draw < 0.24) { await real(address, options); throw new TypeError('the reply got lost'); }
    if (draw < 0.34) return new Response('<h1>Bad gateway</h1>', { status: 502 });
    if (draw < 0.42) return new Response('{}', { status: 500 });
    if (draw < 0.60) await new Promise((done) => setTimeout(done, 40 + 200 * chance()));
    return real(address, options);
  };";

#[tokio::test]
async fn two_hundred_key_presses_are_two_hundred_annotations_whatever_goes_wrong() {
    let _turn = turn_alone().await;
    if !page::installed() {
        skip("browser: install chromium and chromium-driver, or run `make setup`");
        return;
    }
    let (mut server, slug) = start(ANSWERS as u32 + 40).await;
    let page = Page::open(&server.url).await;
    sign_in(&page, &server.first_link).await;
    page.goto(&format!("/p/{slug}/label")).await;
    let mut pressed: Vec<(i64, i64)> = Vec::new();
    for i in 0..ANSWERS {
        match i {
            121 => server.start_again().await,
            151 => page.offline(false).await,
            _ => {}
        }
        // A sample is in front before anything starts: how many are queued behind it depends on the faults.
        ready(&page).await;
        match i {
            20 => drop(page.run(FAULTS, vec![json!(7)]).await),
            60 => sign_out(&page).await,
            // Unless the page has asked by itself before: it does where no sample is left.
            66 if page.run("return !document.querySelector('[data-notice-link]').hidden", vec![]).await == true => {
                sign_in_here(&page).await;
            }
            // A reload with unsent answers.
            90 => {
                page.client().refresh().await.unwrap();
                asked(&page).await;
                page.run(FAULTS, vec![json!(11)]).await;
            }
            120 => server.kill().await,
            150 => page.offline(true).await,
            _ => {}
        }
        pressed.push(press(&page, ["1", "2", "3", "4", "5", "6"][(i * 7 + i / 5) % 6]).await);
    }
    page.run("dispatchEvent(new Event('online'))", vec![]).await;
    page.until("return Object.keys(localStorage).every((name) => !name.startsWith('querist.outbox'))", WORK).await;
    page.close().await;
    let data = server.data.path().join("querist.db");
    let database = querist::store::Store::open(data.to_str().unwrap()).await.unwrap();
    let querist::store::Store::Sqlite { write, .. } = &database else { panic!("a file is no SQLite database") };
    let rows = sqlx::query("select sample_id, cast(classes as integer), kind from annotation order by seq")
        .fetch_all(write)
        .await
        .unwrap();
    let stored: Vec<(i64, i64)> = rows.iter().map(|row| (row.get(0), row.get(1))).collect();
    assert!(rows.iter().all(|row| row.get::<String, _>(2) == "classes"));
    assert_eq!(stored, pressed, "{} stored, {} pressed", stored.len(), pressed.len());
    database.close().await;
    server.stop().await;
}

/// Wait until a sample is in front. Pictures come again after a while where the server was away, and the page asks for a
/// password where no sample is left.
async fn ready(page: &Page) {
    let ready = "const image = document.querySelector('[data-desk][data-ready] [data-image]');
      if (document.querySelector('dialog[open]')) return 'sign in';
      return image && !image.hidden && image.complete && image.naturalWidth > 0 && !document.querySelector('[data-class]').disabled";
    let deadline = tokio::time::Instant::now() + WORK / 3;
    loop {
        let state = page.run(ready, vec![]).await;
        if state == json!(true) {
            return;
        }
        if state == json!("sign in") {
            sign_in_here(page).await;
        }
        if tokio::time::Instant::now() > deadline {
            let text = page.run("return document.body.innerText", vec![]).await;
            panic!("no sample comes in front of {text}");
        }
        tokio::time::sleep(SOON / 1000).await;
    }
}

/// Press a key on the sample in front; the sample and the class that the page shows for that key.
async fn press(page: &Page, key: &str) -> (i64, i64) {
    ready(page).await;
    let meant = "return [document.querySelector('[data-image]').src,
      Number(document.querySelector(`[data-class][data-key='${arguments[0]}']`).dataset.class)]";
    let Value::Array(meant) = page.run(meant, vec![key.into()]).await else { panic!("no sample") };
    let source = meant[0].as_str().unwrap();
    page.press(key).await;
    let gone = "const image = document.querySelector('[data-image]'); return image.hidden || image.src !==";
    page.until(&format!("{gone} {source:?}"), SOON).await;
    let sample = source.trim_end_matches("/fit").rsplit('/').next().unwrap().parse().unwrap();
    (sample, meant[1].as_i64().unwrap())
}

async fn sign_out(page: &Page) {
    let end = "const done = arguments[0]; fetch('/sign-out', { method: 'POST' }).then(() => done(true))";
    assert_eq!(page.client().execute_async(end, vec![]).await.unwrap(), json!(true));
}

async fn sign_in_here(page: &Page) {
    let open = "if (!document.querySelector('dialog[open]')) document.querySelector('[data-notice-link]').click()";
    page.run(open, vec![]).await;
    page.fill("[data-sign-in] [name=password]", PASSWORD).await;
    page.click("[data-sign-in] .btn.main").await;
    page.until("return document.querySelector('dialog[open]') === null", SOON).await;
}

/// The faults are real: without an outbox they would lose answers.
#[tokio::test]
async fn the_faults_do_go_wrong() {
    super::in_browser("faults", |page, _| async move {
        page.goto("/sign-in").await;
        page.run(FAULTS, vec![json!(7)]).await;
        let ask = "const done = arguments[0];
          Promise.allSettled(Array.from({ length: 60 }, () => fetch('/api/v1/openapi.json').then((answer) => answer.status)))
            .then((all) => done(all.map((one) => one.value ?? 0)))";
        let seen = page.client().execute_async(ask, vec![]).await.unwrap();
        let seen: Vec<_> = seen.as_array().unwrap().iter().map(|status| status.as_i64().unwrap()).collect();
        for status in [0, 200, 500, 502] {
            assert!(seen.contains(&status), "no {status} in {seen:?}");
        }
    })
    .await;
}
