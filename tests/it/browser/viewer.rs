//! Looking closely: zoom, pan, brightness, and pictures larger than a screen.

use std::time::Duration;

use serde_json::{Value, json};

use super::server::run;
use super::steps::{SOON, WORK, asked};
use super::{Page, in_browser_with_example};

/// The picture's position: x, y and scale.
async fn place(page: &Page) -> [f64; 3] {
    let script = "return new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => {
      const m = new DOMMatrix(document.querySelector('[data-paper]').style.transform);
      done([m.e, m.f, m.a]);
    })))";
    let Value::Array(numbers) = page.run(script, vec![]).await else { panic!("no transform") };
    [0, 1, 2].map(|i| numbers[i].as_f64().unwrap())
}

/// Turn the wheel over the picture, at a part of its width and height.
async fn wheel(page: &Page, x: f64, y: f64, by: f64) {
    let script = "const glass = document.querySelector('[data-glass]').getBoundingClientRect();
      return [glass.left + glass.width * arguments[0], glass.top + glass.height * arguments[1]]";
    let at = page.run(script, vec![json!(x), json!(y)]).await;
    let wheel = json!({ "type": "mouseWheel", "x": at[0], "y": at[1], "deltaX": 0, "deltaY": by });
    page.devtools("Input.dispatchMouseEvent", wheel).await;
}

#[tokio::test]
async fn a_picture_is_zoomed_moved_and_brightened_by_key_and_wheel() {
    in_browser_with_example("viewer", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.goto("/p/surfaces/label").await;
        asked(&page).await;
        let fitted = place(&page).await;
        // Held in the middle while it fits.
        page.press("\u{e014}").await;
        assert_eq!(place(&page).await, fitted);

        for _ in 0..6 {
            page.press("+").await;
        }
        let close = place(&page).await;
        assert!(close[2] > fitted[2] * 3.0, "{fitted:?} {close:?}");
        page.press("\u{e014}").await;
        assert!(place(&page).await[0] < close[0], "the right arrow looks further right");
        page.shows("%").await;

        // The wheel keeps what is under the pointer there, where the picture leaves no room free.
        let before = place(&page).await;
        let script = "const g = document.querySelector('[data-glass]'); return [g.clientWidth, g.clientHeight]";
        let glass = page.run(script, vec![]).await;
        let pointer = [glass[0].as_f64().unwrap() * 0.6, glass[1].as_f64().unwrap() * 0.4];
        let under = |at: [f64; 3]| [(pointer[0] - at[0]) / at[2], (pointer[1] - at[1]) / at[2]];
        wheel(&page, 0.6, 0.4, -300.0).await;
        let from = before[2];
        let larger = "return new DOMMatrix(document.querySelector('[data-paper]').style.transform).a";
        page.until(&format!("{larger} > {from} * 1.5"), SOON).await;
        let zoomed = place(&page).await;
        assert!(zoomed[2] > before[2] * 1.5, "{before:?} {zoomed:?}");
        for (before, after) in under(before).into_iter().zip(under(zoomed)) {
            assert!((before - after).abs() < 1.0, "{before} moved to {after}");
        }
        page.press("f").await;
        assert_eq!(place(&page).await, fitted);
        page.press("0").await;
        assert!((place(&page).await[2] - 1.0).abs() < 1e-6);

        // Brightness, contrast and inversion by key; they outlive a reload and say so.
        for key in ["b", "b", "C", "i"] {
            page.press(key).await;
        }
        let filter = "return document.querySelector('[data-glass]').style.filter";
        assert_eq!(page.run(filter, vec![]).await, "brightness(120%) contrast(90%) invert(1)");
        page.client().refresh().await.unwrap();
        asked(&page).await;
        page.shows("Adjusted").await;
        assert_eq!(place(&page).await, fitted, "each visit begins with the whole picture");
        page.click("[data-adjust-open]").await;
        page.inspect("label-adjust").await;
        page.click("[data-reset]").await;
        assert_eq!(page.run(filter, vec![]).await, "");
        // A focused slider does not capture class keys.
        page.run("document.querySelector('[name=contrast]').focus()", vec![]).await;
        let before = page.run("return document.querySelector('[data-image]').src", vec![]).await;
        page.press("1").await;
        page.until(&format!("return document.querySelector('[data-image]').src !== {before}"), SOON).await;
        page.assert_quiet_console().await;
    })
    .await;
}

/// Draw a finger over the picture, from and to parts of its width.
async fn swipe(page: &Page, from: f64, to: f64) {
    let script = "const glass = document.querySelector('[data-glass]').getBoundingClientRect();
      return [glass.left, glass.width, glass.top + glass.height / 2]";
    let glass = page.run(script, vec![]).await;
    let [left, width, y] = [0, 1, 2].map(|i| glass[i].as_f64().unwrap());
    let touch = |kind: &str, at: Option<f64>| {
        let points: Vec<_> = at.map(|at| json!({ "x": left + width * at, "y": y })).into_iter().collect();
        json!({ "type": kind, "touchPoints": points })
    };
    page.devtools("Input.dispatchTouchEvent", touch("touchStart", Some(from))).await;
    for step in 1..=4 {
        let at = from + (to - from) * f64::from(step) / 4.0;
        page.devtools("Input.dispatchTouchEvent", touch("touchMove", Some(at))).await;
    }
    page.devtools("Input.dispatchTouchEvent", touch("touchEnd", None)).await;
}

#[tokio::test]
async fn a_finger_swipes_to_earlier_answers_and_back_and_skips() {
    in_browser_with_example("swipe", 40, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        page.resize(390, 844).await;
        page.goto("/p/surfaces/label").await;
        asked(&page).await;
        let current = "return document.querySelector('[data-image]').src";
        let first = page.run(current, vec![]).await;
        page.press("1").await;
        page.until(&format!("{current} !== {first}"), SOON).await;
        swipe(&page, 0.2, 0.8).await;
        page.shows("The last answer: clean").await;
        swipe(&page, 0.8, 0.2).await;
        page.until("return document.querySelector('[data-was]').hidden", SOON).await;
        // Half a swipe does nothing.
        swipe(&page, 0.5, 0.4).await;
        assert_eq!(page.run("return document.querySelectorAll('dialog[open]').length", vec![]).await, 0);
        swipe(&page, 0.8, 0.2).await;
        page.until("return document.querySelector('[data-skip-menu]').open", SOON).await;
        page.press("\u{e00c}").await;
        // A close look is moved by the finger, not left.
        for _ in 0..6 {
            page.press("+").await;
        }
        let before = place(&page).await;
        swipe(&page, 0.7, 0.3).await;
        assert!(place(&page).await[0] < before[0]);
        assert_eq!(page.run("return document.querySelectorAll('dialog[open]').length", vec![]).await, 0);
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn a_picture_of_many_megapixels_comes_in_parts() {
    in_browser_with_example("viewer-large", 40, |page, server| async move {
        let folder = tempfile::tempdir().unwrap();
        for i in 0..2_u8 {
            let pixel = |x: u32, y: u32| image::Rgb([(x / 40) as u8, (y / 40) as u8, 60 * i]);
            image::RgbImage::from_fn(6_000, 4_000, pixel).save(folder.path().join(format!("{i}.png"))).unwrap();
        }
        run(&server.data, &["project", "new", "scans", "--class", "a", "--class", "b"]).await;
        run(&server.data, &["import", "scans", folder.path().to_str().unwrap()]).await;
        page.sign_in_by(&server.first_link).await;
        page.goto("/p/scans/label").await;
        // What fits the screen is made when it is first asked for.
        page.until("return document.querySelector('[data-image]').naturalWidth > 0", WORK).await;
        asked(&page).await;
        let size = page
            .run("const i = document.querySelector('[data-image]'); return [i.naturalWidth, i.naturalHeight]", vec![])
            .await;
        assert_eq!(size, json!([1_500, 1_000]), "what fits the screen is what is loaded");
        assert_eq!(page.run("return document.querySelectorAll('.desk-tile').length", vec![]).await, 0);

        page.press("0").await;
        let sharp = "const tiles = [...document.querySelectorAll('.desk-tile')];
          return tiles.length >= 4 && tiles.every((tile) => tile.complete && tile.naturalWidth > 0)
            && tiles.some((tile) => tile.src.includes('/tiles/0/'))";
        page.until(sharp, Duration::from_mins(1)).await;
        page.screenshot("label-large-whole").await;
        // Only what is seen is loaded.
        let held = page.run("return document.querySelectorAll('.desk-tile').length", vec![]).await;
        assert!(held.as_u64().unwrap() < 30, "{held} tiles for a window");
        page.press("1").await;
        page.until("return document.querySelectorAll('.desk-tile').length === 0", SOON).await;
        // The console may say 503: parts that were still being made, and were asked for again.
    })
    .await;
}
