//! The map in the browser: points are drawn, a line around some of them selects those, and they are asked next.

use super::steps::{SOON, WORK, sign_in};
use super::{Page, in_browser_with_example};

async fn drawn(page: &Page) {
    page.until("return !!document.querySelector('[data-map-page][data-ready]')", SOON).await;
}

/// Draw a rectangle around a part of the map, as a pointer does; shares of its width and height.
async fn lasso(page: &Page, [left, top, right, bottom]: [f64; 4]) {
    let script = "
      const canvas = document.querySelector('[data-canvas]');
      const box = canvas.getBoundingClientRect();
      canvas.setPointerCapture = () => {};
      const [left, top, right, bottom] = arguments;
      const corners = [[left, top], [right, top], [right, bottom], [left, bottom], [left, top]];
      const send = (kind, [x, y]) => canvas.dispatchEvent(new PointerEvent(kind, { bubbles: true, pointerId: 1, button: 0,
        clientX: box.left + x * box.width, clientY: box.top + y * box.height }));
      send('pointerdown', corners[0]);
      for (const corner of corners) send('pointermove', corner);
      send('pointerup', corners[4]);";
    page.run(script, [left, top, right, bottom].map(Into::into).to_vec()).await;
}

async fn text(page: &Page, css: &str) -> String {
    let script = format!("return document.querySelector('{css}').textContent.trim()");
    page.run(&script, vec![]).await.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_line_around_samples_selects_them_and_a_key_has_them_asked_next() {
    in_browser_with_example("map", 90, |page, server| async move {
        sign_in(&page, &server.first_link).await;
        // The example is encoded in the background.
        page.goto("/p/surfaces/map").await;
        for _ in 0..90 {
            if page.run("return !!document.querySelector('[data-canvas]')", vec![]).await == true {
                break;
            }
            tokio::time::sleep(std::time::Duration::from_secs(1)).await;
            page.goto("/p/surfaces/map").await;
        }
        drawn(&page).await;
        // It is arranged by itself.
        page.until(
            "return document.querySelector('#map-read')?.textContent.includes('How far apart groups lie')",
            WORK,
        )
        .await;
        drawn(&page).await;
        page.inspect("map").await;

        lasso(&page, [0.02, 0.02, 0.98, 0.98]).await;
        page.until("return !document.querySelector('[data-chosen]').hidden", SOON).await;
        assert!(text(&page, "[data-title]").await.ends_with(" selected"));
        assert!(text(&page, "[data-ask]").await.starts_with("Ask these "));
        page.inspect("map-selected").await;

        page.press(&String::from(char::from(fantoccini::key::Key::Enter))).await;
        page.shows("asked next.").await;

        // The keyboard alone: look closer, select what is in view, let it go.
        page.press("+").await;
        page.press("v").await;
        page.until("return !document.querySelector('[data-chosen]').hidden", SOON).await;
        page.press(&String::from(char::from(fantoccini::key::Key::Escape))).await;
        page.until("return document.querySelector('[data-chosen]').hidden", SOON).await;
        page.press("l").await;
        page.click("input[value=doubt]").await;
    })
    .await;
}
