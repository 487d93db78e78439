//! How fast the desk is for a person who is faster than any: a measurement, not a test.
//!
//! `cargo nextest run --test it --run-ignored only -E 'test(pace)' --no-capture`, with `QUERIST_TEST_PICTURES` for a pool of
//! photographs and `QUERIST_TEST_PROGRAM` for an optimised build. Results are in docs/benchmarks.md.

use std::time::Duration;

use super::steps::{asked, saved, sign_in, start};
use super::{Page, page, turn_alone};
use crate::support::skip;

const ANSWERS: usize = 400;
const THINKS_MS: u64 = 150;

/// An expert inside the page: presses a key so long after each sample was painted, and notes when.
const EXPERT: &str = "
  const [answers, thinks, done] = arguments;
  const keys = [...document.querySelectorAll('[data-class]')].map((button) => button.dataset.key).slice(0, 3);
  const painted = () => new Promise((then) => requestAnimationFrame(() => {
    const channel = new MessageChannel();
    channel.port1.onmessage = () => then(performance.now());
    channel.port2.postMessage(0);
  }));
  const shown = () => performance.getEntriesByName('querist:shown').length;
  (async () => {
    const paint = [], whole = [];
    let last = performance.now();
    for (let i = 0; i < answers; i++) {
      await new Promise((then) => setTimeout(then, thinks));
      const before = shown();
      const pressed = performance.now();
      document.body.dispatchEvent(new KeyboardEvent('keydown', { key: keys[i % keys.length], bubbles: true }));
      while (shown() === before) await new Promise((then) => setTimeout(then, 1));
      const at = await painted();
      paint.push(at - pressed);
      whole.push(at - last);
      last = at;
    }
    done([paint, whole]);
  })();";

#[tokio::test]
#[ignore = "a measurement of minutes"]
async fn the_pace_of_an_expert_who_never_hesitates() {
    let _turn = turn_alone().await;
    if !page::installed() {
        skip("browser: install chromium and chromium-driver, or run `make setup`");
        return;
    }
    let (server, slug) = start(ANSWERS as u32 + 100).await;
    let page = Page::open(&server.url).await;
    sign_in(&page, &server.first_link).await;
    encoded(&page, slug).await;
    page.goto(&format!("/p/{slug}/label")).await;
    asked(&page).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let timeouts = fantoccini::wd::TimeoutConfiguration::new(Some(Duration::from_mins(5)), None, None);
    page.client().update_timeouts(timeouts).await.unwrap();
    let measured = page.client().execute_async(EXPERT, vec![ANSWERS.into(), THINKS_MS.into()]).await.unwrap();
    saved(&page).await;
    report(&page, &measured).await;
    page.goto(&format!("/p/{slug}/rounds")).await;
    let rounds = page.run("return document.querySelectorAll('#rounds tbody tr').length", vec![]).await;
    eprintln!("rounds listed after it: {rounds}");
    page.close().await;
    server.stop().await;
}

/// Wait until rounds can train on what is answered.
async fn encoded(page: &Page, slug: &str) {
    let script = "const done = arguments[1];
      fetch(`/api/v1/projects/${arguments[0]}`).then((answer) => answer.json()).then((project) => done(project.encoding?.state))";
    for _ in 0..600 {
        if page.client().execute_async(script, vec![slug.into()]).await.unwrap() == "done" {
            return;
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    panic!("ten minutes were not enough to encode the pictures");
}

async fn report(page: &Page, measured: &serde_json::Value) {
    for (i, name) in ["key to painted", "answer to answer"].into_iter().enumerate() {
        let mut times: Vec<f64> = measured[i].as_array().unwrap().iter().map(|time| time.as_f64().unwrap()).collect();
        times.sort_by(f64::total_cmp);
        let at = |share: f64| times[((times.len() - 1) as f64 * share).round() as usize];
        eprintln!(
            "{name}: median {:.1} ms, p99 {:.1} ms, most {:.1} ms of {}",
            at(0.5),
            at(0.99),
            at(1.0),
            times.len()
        );
    }
    let progress = page.run("return document.querySelector('[data-count=labeled]').textContent", vec![]).await;
    eprintln!("labeled {progress}");
}
