//! The desk and the grid where samples are not pictures: each stage shows its sample, looks right at every size, and lets keys answer.

use querist::domain::Modality;

use super::page::Page;
use super::steps::{SOON, saved, sign_in};
use super::{ServerAddress, in_browser_with_samples};

/// A stage: the element that holds its sample, and what tells that one is there.
struct Stage {
    modality: Modality,
    slug: &'static str,
    holds: &'static str,
    there: &'static str,
}

const TEXT: Stage = Stage {
    modality: Modality::Text,
    slug: "messages",
    holds: "document.querySelector('[data-body]').textContent",
    there: "const body = document.querySelector('[data-desk][data-ready] [data-body]');
            return !!body && body.textContent.trim() !== ''",
};

const SERIES: Stage = Stage {
    modality: Modality::Series,
    slug: "pumps",
    holds: "document.querySelector('[data-chart]').innerHTML",
    there: "return document.querySelectorAll('[data-desk][data-ready] [data-chart] path').length > 0",
};

async fn answered(page: &Page, stage: &Stage, key: &str) {
    page.until(stage.there, SOON).await;
    let before = page.run(&format!("return {}", stage.holds), vec![]).await;
    page.press(key).await;
    page.until(&format!("return {} !== {before}", stage.holds), SOON).await;
}

async fn labels(page: Page, server: ServerAddress, stage: &'static Stage) {
    let name = stage.modality.as_str();
    sign_in(&page, &server.first_link).await;
    page.goto(&format!("/p/{}/label", stage.slug)).await;
    page.until(stage.there, SOON).await;
    page.inspect(&format!("label-{name}")).await;
    for at in 0..30 {
        answered(&page, stage, ["1", "2", "3"][at % 3]).await;
    }
    saved(&page).await;
    page.press("z").await;
    page.shows("Answer taken back").await;
    page.goto(&format!("/p/{}/grid", stage.slug)).await;
    page.find(".grid-tile").await;
    page.inspect(&format!("grid-{name}")).await;
    page.goto(&format!("/p/{}/samples", stage.slug)).await;
    page.find("main a[href*='/samples/']").await;
    page.inspect(&format!("samples-{name}")).await;
    page.click("main a[href*='/samples/']").await;
    page.find("[data-sample]").await;
    page.inspect(&format!("sample-{name}")).await;
    page.assert_quiet_console().await;
}

#[tokio::test]
async fn texts_are_read_and_answered_by_key() {
    in_browser_with_samples(TEXT.modality, "texts", 80, |page, server| async move {
        labels(page.clone(), server, &TEXT).await;
        page.goto("/p/messages/label").await;
        page.until(TEXT.there, SOON).await;
        page.press("+").await;
        page.shows("115 %").await;
        page.press("f").await;
        page.find("[data-page].serif").await;
        // The look outlives a reload.
        page.goto("/p/messages/label").await;
        page.find("[data-page].serif.size-115").await;
    })
    .await;
}

#[tokio::test]
async fn series_are_drawn_and_answered_by_key() {
    in_browser_with_samples(SERIES.modality, "series", 80, |page, server| async move {
        labels(page, server, &SERIES).await;
    })
    .await;
}

const TABLE: Stage = Stage {
    modality: Modality::Table,
    slug: "machines",
    holds: "document.querySelector('[data-record]').innerHTML",
    there: "const record = document.querySelector('[data-desk][data-ready] [data-record]');
            return !!record && record.textContent.trim() !== ''",
};

#[tokio::test]
async fn rows_are_read_and_answered_by_key() {
    in_browser_with_samples(TABLE.modality, "rows", 80, |page, server| async move {
        labels(page, server, &TABLE).await;
    })
    .await;
}
