//! The desk on a slow line: what comes first.

use serde_json::json;

use super::in_browser_with_example;
use super::steps::{SOON, answer, asked, open_desk, saved};

/// What a phone at the edge of a village has.
const LATENCY_MS: u32 = 400;
const BYTES_A_SECOND: u32 = 50 << 10;

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
        // Those that are asked for are on the list once they have come, by when they were begun.
        page.until(&format!("{small}.length >= 20"), SOON * 2).await;
        let order = "const shown = performance.getEntriesByName('querist:shown')[0].startTime;
          const begun = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/thumb'));
          return [begun.filter(({ startTime }) => startTime < shown).length, begun.length, Math.round(shown)]";
        let order = page.run(order, vec![]).await;
        assert_eq!(
            order[0], 0,
            "small pictures begun before the first picture was shown, of how many, and when: {order}"
        );
        // Those further down the list are asked for when somebody looks at them.
        assert!(order[1].as_u64() < Some(60), "{order}");
        page.network(false, 0, 100_000_000).await;
        let last = "document.querySelector('[data-strip] li:last-child img')";
        page.run(&format!("{last}.scrollIntoView()"), vec![]).await;
        page.until(&format!("return {last}.naturalWidth > 0"), SOON).await;
        page.assert_quiet_console().await;
    })
    .await;
}
