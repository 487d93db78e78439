//! The desk with many classes and long names, and on a screen for fingers.

use serde_json::{Value, json};

use super::server::run;
use super::steps::{SOON, answer, asked, open_desk, saved};
use super::{Page, ServerAddress, in_browser, in_browser_with_example};
use crate::support::shapes::draw;

const BIRDS: [&str; 5] = [
    "Red-billed tropicbird",
    "Great crested grebe",
    "Northern wheatear (first winter, female)",
    "Chiffchaff",
    "Gelbbrauenlaubsängerdoppelgänger",
];

/// A project of drawn pictures with so many classes.
async fn birds(server: &ServerAddress, classes: usize) {
    let pictures = tempfile::tempdir().unwrap();
    for i in 0..12 {
        draw(i).save(pictures.path().join(format!("{i}.png"))).unwrap();
    }
    let names: Vec<_> = (0..classes).map(|i| format!("{} {}", BIRDS[i % BIRDS.len()], i + 1)).collect();
    let mut arguments = vec!["project", "new", "birds"];
    arguments.extend(names.iter().flat_map(|name| ["--class", name.as_str()]));
    run(&server.data, &arguments).await;
    run(&server.data, &["import", "birds", pictures.path().to_str().unwrap()]).await;
}

/// Buttons whose text is cut off, or that overlap another one.
async fn spoilt(page: &Page) -> Value {
    let script =
        "const all = [...document.querySelectorAll('[data-class]')].map((one) => [one, one.getBoundingClientRect()]);
      const cut = all.filter(([one, box]) => {
        const name = one.querySelector('span').getBoundingClientRect();
        return name.top < box.top || name.bottom > box.bottom || name.right > box.right;
      });
      const over = all.filter(([one, a]) => all.some(([other, b]) => one !== other
        && a.left < b.right - 1 && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1));
      return [...cut, ...over].map(([one]) => one.dataset.name)";
    page.run(script, vec![]).await
}

#[tokio::test]
async fn forty_long_names_are_readable_and_leave_the_picture_its_room() {
    in_browser("crowd", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        birds(&server, 40).await;
        page.goto("/p/birds/label").await;
        asked(&page).await;
        page.inspect("label-crowd").await;
        let share = "return document.querySelector('[data-glass]').clientHeight / innerHeight";
        for (width, height, least) in [(1280, 720, 0.36), (1920, 1080, 0.5), (390, 844, 0.3)] {
            page.resize(width, height).await;
            page.screenshot(&format!("label-crowd-{width}")).await;
            assert_eq!(spoilt(&page).await, json!([]), "{width} x {height}");
            let share = page.run(share, vec![]).await.as_f64().unwrap();
            assert!(share >= least, "at {width} x {height} the picture has {share} of the height");
        }
        page.resize(1280, 720).await;
        page.run("document.documentElement.style.fontSize = '200%'", vec![]).await;
        assert_eq!(spoilt(&page).await, json!([]), "letters twice as large");
        page.run("document.documentElement.style.fontSize = ''", vec![]).await;
        // The whole name is told where it does not fit.
        assert_eq!(
            page.run("return document.querySelector('[data-class]').title", vec![]).await,
            "Red-billed tropicbird 1"
        );

        // No two squares look alike, also where the system chooses the colours.
        let looks = "const looks = [...document.querySelectorAll('.desk-classes .square')].map((square) => {
            const { backgroundColor, borderRadius, borderTopColor, borderTopWidth, rotate } = getComputedStyle(square);
            return [backgroundColor, borderRadius, borderTopColor, borderTopWidth, rotate].join();
          });
          return new Set(looks).size";
        assert_eq!(page.run(looks, vec![]).await, 40);
        page.pretend(false, true).await;
        page.screenshot("label-crowd-forced").await;
        assert_eq!(page.run(looks, vec![]).await, 40, "forced colours");
        page.pretend(false, false).await;
        page.assert_quiet_console().await;
    })
    .await;
}

#[tokio::test]
async fn on_a_phone_skip_and_undo_are_in_reach_and_no_key_is_named() {
    in_browser("fingers", |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        birds(&server, 10).await;
        page.resize(390, 844).await;
        page.pretend(true, false).await;
        page.goto("/p/birds/label").await;
        asked(&page).await;
        page.shows("Swipe right to go back, left to skip.").await;
        page.screenshot("label-first-phone").await;
        page.assert_accessible("the desk for fingers").await;
        page.click(".desk-view [data-first-seen]").await;
        page.click("[data-class]").await;
        saved(&page).await;
        page.screenshot("label-fingers").await;
        let reach = "return ['skip', 'undo'].map((name) => {
          const box = document.querySelector(`[data-${name}]`).getBoundingClientRect();
          return scrollY === 0 && box.top >= 0 && box.bottom <= innerHeight && box.height >= 44;
        })";
        assert_eq!(page.run(reach, vec![]).await, json!([true, true]));
        let keys = "return [...document.querySelectorAll('kbd')].filter((key) => key.checkVisibility()).map((key) => key.textContent)";
        assert_eq!(page.run(keys, vec![]).await, json!([]));
        page.click("[data-skip]").await;
        page.find("[data-skip-menu][open]").await;
        assert_eq!(page.run(keys, vec![]).await, json!([]), "nor in a dialog");
        page.click("[data-skip-menu] [data-cancel]").await;
        page.press(",").await;
        page.shows("Tap a class to change it").await;
        page.until("return !document.body.innerText.includes('Esc')", SOON).await;
        page.pretend(false, false).await;
    })
    .await;
}

#[tokio::test]
async fn the_first_visit_has_three_lines_that_go_for_good() {
    in_browser_with_example("first", 12, |page, server| async move {
        page.sign_in_by(&server.first_link).await;
        open_desk(&page).await;
        let shown = "return [...document.querySelectorAll('[data-first]')].filter((one) => one.checkVisibility())
          .map((one) => [...one.querySelectorAll('li')].filter((line) => line.checkVisibility()).length)";
        assert_eq!(page.run(shown, vec![]).await, json!([3]));
        page.click(".desk-side [data-first-seen]").await;
        assert_eq!(page.run(shown, vec![]).await, json!([]));
        open_desk(&page).await;
        assert_eq!(page.run(shown, vec![]).await, json!([]), "it was read");
        // Nor is it shown to those who have answered here, in any browser.
        answer(&page, "1").await;
        saved(&page).await;
        page.run("localStorage.clear()", vec![]).await;
        open_desk(&page).await;
        assert_eq!(page.run(shown, vec![]).await, json!([]));
    })
    .await;
}
