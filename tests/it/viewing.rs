//! Large pictures through the router: the screen-sized view, tiles, and that nothing else is decoded for them.

use std::time::Duration;

use axum::http::StatusCode;
use querist::blobs::ORIGINAL;
use querist::domain::{AccountId, Facts, Role, SampleId};
use querist::modality::image::picture::{Limits, decode};
use querist::store::listing::SampleFilter;
use querist::store::samples::NewSample;

use crate::support::app::TestApp;
use crate::support::client::{Answer, Client};

/// A sample whose file holds `bytes`.
async fn sample(
    test: &TestApp,
    project: querist::domain::ProjectId,
    bytes: &[u8],
    size: (i64, i64),
    n: u8,
) -> SampleId {
    let hash = querist::data::hex(&[n; 32]);
    test.app.blobs.put(ORIGINAL, &hash, bytes).unwrap();
    let new = NewSample {
        hash,
        name: format!("{n}.png"),
        facts: Facts::image("png", size.0, size.1),
        size_bytes: bytes.len() as i64,
        audit: false,
        draw: i64::from(n),
        metadata: None,
        label: None,
        ..NewSample::default()
    };
    test.app.store.insert_samples(project, &[new], &[], AccountId(1), test.app.clock.now()).await.unwrap();
    let all = test.app.store.samples(project, &SampleFilter::default(), SampleId(0), 100).await.unwrap();
    all.last().unwrap().id
}

fn png(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x / 32) as u8, (y / 32) as u8, 90]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[tokio::test]
async fn a_large_picture_is_shown_to_fit_and_by_tiles() {
    let test = TestApp::new().await;
    let mut ana = test_member(&test).await;
    let project = test.app.store.project_by_slug("scans").await.unwrap().unwrap().id;
    let large = sample(&test, project, &png(4_100, 2_100), (4_100, 2_100), 1).await;
    let small = sample(&test, project, &png(300, 200), (300, 200), 2).await;

    let leases = ana.post_json("/api/v1/projects/scans/leases", &serde_json::json!({ "count": 2 })).await.json();
    let view = |id: SampleId| {
        let all = leases["leases"].as_array().unwrap();
        all.iter().find(|lease| lease["sample"]["id"] == id.0).unwrap()["view"].clone()
    };
    assert_eq!(view(small)["url"], format!("/media/scans/{small}"), "browsers handle it as it is");
    assert_eq!(view(small)["tiles"], serde_json::Value::Null);
    let large_view = view(large);
    assert_eq!((&large_view["width"], &large_view["height"]), (&4_100.into(), &2_100.into()));
    assert_eq!(large_view["tiles"]["levels"], 2);

    let fit = patiently(&mut ana, large_view["url"].as_str().unwrap()).await;
    fit.assert_status(200);
    assert_eq!(fit.header("content-type"), "image/jpeg");
    let shown = decode(&fit.body, &Limits::default()).unwrap();
    assert_eq!((shown.width, shown.height), (1_025, 525));

    let tiles = large_view["tiles"]["url"].as_str().unwrap();
    // Several at once, while the file is not there yet.
    let mut asking = tokio::task::JoinSet::new();
    for column in 0..9 {
        let (mut ana, path) = (ana.clone(), format!("{tiles}/0/{column}/0"));
        asking.spawn(async move { patiently(&mut ana, &path).await });
    }
    for answer in asking.join_all().await {
        answer.assert_status(200);
        assert!(answer.header("cache-control").contains("private"));
    }
    let corner = decode(&patiently(&mut ana, &format!("{tiles}/0/8/4")).await.body, &Limits::default()).unwrap();
    assert_eq!((corner.width, corner.height), (4, 52));
    for outside in ["0/9/0", "0/0/5", "2/0/0", "4294967295/0/0", "-1/0/0", "0/0/x"] {
        let answer = ana.get(&format!("{tiles}/{outside}")).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{outside}");
    }
    let made = std::fs::read_dir(test.app.data.root().join("views/01")).unwrap().count();
    assert_eq!(made, 2, "one picture that fits, one file of tiles");

    let mut stranger = test.signed_in("stranger", Role::Annotator, Some("other")).await;
    stranger.get(large_view["url"].as_str().unwrap()).await.assert_status(404);
    stranger.get(&format!("{tiles}/0/0/0")).await.assert_status(404);
}

#[tokio::test]
async fn a_picture_that_lies_about_its_size_costs_nothing() {
    let test = TestApp::new().await;
    let mut ana = test_member(&test).await;
    let project = test.app.store.project_by_slug("scans").await.unwrap().unwrap().id;
    // The row says large; the file is damaged since.
    let gone = sample(&test, project, b"not a picture", (5_000, 5_000), 3).await;
    ana.get(&format!("/media/scans/{gone}/fit")).await.assert_status(500);
    ana.get(&format!("/media/scans/{gone}/tiles/0/0/0")).await.assert_status(500);
    // The next one is still made.
    let large = sample(&test, project, &png(4_100, 2_100), (4_100, 2_100), 4).await;
    patiently(&mut ana, &format!("/media/scans/{large}/fit")).await.assert_status(200);
}

/// Ask again while it is being made, as a page does.
async fn patiently(client: &mut Client, path: &str) -> Answer {
    for _ in 0..60 {
        let answer = client.get(path).await;
        if answer.status != StatusCode::SERVICE_UNAVAILABLE {
            return answer;
        }
        assert_eq!(answer.header("retry-after"), "5");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    panic!("{path} is never made");
}

async fn test_member(test: &TestApp) -> Client {
    test.project("scans").await;
    test.project("other").await;
    test.signed_in("ana", Role::Annotator, Some("scans")).await
}
