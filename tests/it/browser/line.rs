//! The desk on a slow line and on none: what loads first, what is shown in the meantime, and that it recovers by
//! itself.

use serde_json::{Value, json};

use super::steps::{SOON, answer, asked, count, current, open_desk, saved};
use super::{Page, in_browser_with_example};

/// A slow mobile connection.
const LATENCY_MS: u32 = 400;
const BYTES_A_SECOND: u32 = 50 << 10;

/// The positions of the picture and its frame.
async fn room(page: &Page) -> Value {
    let script = "const box = document.querySelector('[data-glass]').getBoundingClientRect();
      return [box.top, box.height, document.querySelector('[data-zoomed]').textContent]";
    page.run(script, vec![]).await
}

#[tokio::test]
async fn on_a_slow_line_the_first_picture_comes_before_those_of_the_past() {
    in_browser_with_example("slow", 90, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        for i in 0..60 {
            answer(&page, ["1", "2", "3"][i % 3]).await;
        }
        saved(&page).await;
        page.devtools("Network.clearBrowserCache", json!({})).await;
        page.network(false, LATENCY_MS, BYTES_A_SECOND).await;
        page.goto("/p/surfaces/label").await;
        asked(&page).await;
        let small = "return performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/thumb'))";
        // Requests are listed once they have finished, in the order in which they started.
        page.until(&format!("{small}.length >= 20"), SOON * 2).await;
        let order = "const shown = performance.getEntriesByName('querist:shown')[0].startTime;
          const begun = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/thumb'));
          return [begun.filter(({ startTime }) => startTime < shown).length, begun.length, Math.round(shown)]";
        let order = page.run(order, vec![]).await;
        assert_eq!(
            order[0], 0,
            "small pictures begun before the first picture was shown, of how many, and when: {order}"
        );
        // Those further down the list are requested when scrolled into view.
        assert!(order[1].as_u64() < Some(60), "{order}");
        page.network(false, 0, 100_000_000).await;
        let last = "document.querySelector('[data-strip] li:last-child img')";
        page.run(&format!("{last}.scrollIntoView()"), vec![]).await;
        page.until(&format!("return {last}.naturalWidth > 0"), SOON).await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn without_a_line_the_desk_says_what_is_kept_moves_nothing_and_goes_on_by_itself() {
    in_browser_with_example("offline", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        answer(&page, "1").await;
        saved(&page).await;
        for (width, height, size) in super::page::SIZES {
            page.resize(width, height).await;
            asked(&page).await;
            // All prefetched ones have arrived.
            page.until(
                "return performance.now() - performance.getEntriesByType('resource').at(-1).responseEnd > 500",
                SOON,
            )
            .await;
            let before = room(&page).await;
            page.offline(true).await;
            page.shows("You are offline. Labeling goes on by itself as soon as the connection is back.").await;
            assert_eq!(room(&page).await, before, "{size}: a notice moves no picture");
            let mut answers = 0;
            while page.run("return !document.querySelector('[data-class]').disabled", vec![]).await == json!(true) {
                let shown = current(&page).await;
                page.press("2").await;
                answers += 1;
                if answers == 2 {
                    page.shows("2 answers are not sent yet and kept on this device. Keep labeling:").await;
                }
                let gone = "const image = document.querySelector('[data-image]'); return image.hidden || image.src !==";
                page.until(&format!("{gone} {shown:?}"), SOON).await;
            }
            assert!(answers > 2, "{answers}");
            page.shows(&format!("Offline: {answers} answers not sent")).await;
            page.shows(&format!("Your {answers} answers are kept on this device, even if you close this page.")).await;
            page.inspect(&format!("label-offline-{size}")).await;
            page.resize(width, height).await;
            page.offline(false).await;
            asked(&page).await;
            saved(&page).await;
            page.until("return document.querySelector('[data-empty]').hidden", SOON).await;
            page.until("return document.querySelector('[data-notice]').hidden", SOON).await;
        }
    })
    .await;
}

#[tokio::test]
async fn what_was_done_is_seen_and_a_finished_queue_offers_no_keys() {
    in_browser_with_example("done", 12, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        let done = |text: &str| {
            format!(
                "const sign = document.querySelector('[data-done]');
                 return sign.checkVisibility() && sign.textContent === {text:?}"
            )
        };
        for key in ["1", "2", "3"] {
            answer(&page, key).await;
        }
        page.press(",").await;
        page.shows("The last answer: pit").await;
        page.press("4").await;
        page.until(&done("Changed to stain"), SOON).await;
        page.screenshot("label-done").await;
        page.press("z").await;
        page.until(&done("Change taken back"), SOON).await;
        page.press("m").await;
        page.find("[data-flag-dialog][open]").await;
        page.press("Is this one?").await;
        page.click("[data-flag-form] .btn.main").await;
        page.until(&done("Sent to the lead"), SOON).await;
        page.until("return document.querySelector('[data-done]').hidden", SOON).await;

        // A sample that was taken back does not say why it was asked then.
        page.press("z").await;
        page.shows("You took this answer back: answer again, or skip").await;
        saved(&page).await;
        page.shows("You took this answer back: answer again, or skip").await;

        while count(&page, "labeled").await != "12" {
            if page.run("return document.querySelector('[data-image]').hidden", vec![]).await == json!(false) {
                page.press("1").await;
            }
            saved(&page).await;
        }
        page.shows("the queue is finished").await;
        page.until("return document.querySelector('[data-desk]').classList.contains('finished')", SOON).await;
        let offered = "return [...document.querySelectorAll('.desk-stage [aria-keyshortcuts]')]
          .filter((one) => one.checkVisibility()).map((one) => one.getAttribute('aria-keyshortcuts'))";
        assert_eq!(page.run(offered, vec![]).await, json!(["z", "?"]));
        page.inspect("label-finished").await;
        // An earlier answer can be changed as ever.
        page.press(",").await;
        page.shows("The last answer").await;
        page.until("return document.querySelector('[data-class]').checkVisibility()", SOON).await;

        // The same for groups.
        page.goto("/p/surfaces/grid").await;
        page.until("return document.querySelector('[data-grid]').classList.contains('finished')", SOON).await;
        page.inspect("grid-finished").await;
        let middle = "const box = document.querySelector('[data-empty]').getBoundingClientRect();
          return Math.abs(box.left + box.width / 2 - innerWidth / 2)";
        assert!(page.run(middle, vec![]).await.as_f64() < Some(12.0), "the empty page of groups is in the middle");
        page.until("return !document.querySelector('[data-class]').checkVisibility()", SOON).await;
    })
    .await;
}
