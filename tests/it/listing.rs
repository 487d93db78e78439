//! Looking for samples: by who answered, by what the import said, the most doubtful first.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::HashSet;

use querist::service::desk::listing::{self, Listed, Order};
use querist::store::listing::{SampleFilter, SampleState};
use serde_json::Value;

use crate::support::rounds::{Loop, runtime_is_there};

async fn list(at: &Loop, filter: &SampleFilter, order: Order) -> Vec<Listed> {
    listing::list(&at.app, &at.project, filter, order, None, 1000).await.unwrap()
}

#[tokio::test]
async fn samples_are_found_by_annotator_metadata_and_doubt() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    let all = SampleFilter::default();
    at.answer_truly(40).await;
    let found = async |filter: SampleFilter| list(&at, &filter, Order::Import).await.len();
    let by = |name: &str| SampleFilter { annotator: Some(name.to_owned()), ..SampleFilter::default() };
    assert_eq!((found(by("ana")).await, found(by("nobody")).await), (40, 0));
    assert_eq!(found(SampleFilter { state: Some(SampleState::Unlabeled), ..by("ana") }).await, 0);
    let said = |text: &str| SampleFilter { metadata: Some(text.to_owned()), ..SampleFilter::default() };
    for (text, expected) in
        [("drawn=yes", 120), ("DRAWN = y", 120), ("drawn=es", 0), ("yes", 120), ("dr%wn", 0), ("\"", 0)]
    {
        assert_eq!(found(said(text)).await, expected, "{text}");
    }
    assert_eq!(found(SampleFilter { metadata: said("drawn=yes").metadata, ..by("ana") }).await, 40, "filters combine");

    // Without a committee nothing is doubtful, but nothing is missing either.
    let ids = |listed: &[Listed]| listed.iter().map(|one| one.row.id).collect::<Vec<_>>();
    assert_eq!(ids(&list(&at, &all, Order::Doubt).await), ids(&list(&at, &all, Order::Import).await));
    at.round().await;
    let doubtful = list(&at, &all, Order::Doubt).await;
    assert_eq!(doubtful.len(), 120);
    let sure: Vec<f32> = doubtful.iter().map(|one| one.sure.unwrap()).collect();
    assert!(sure.is_sorted() && sure[0] < 0.7 && sure[119] > sure[0], "{sure:?}");
    // Audit samples are listed among the others: their absence would reveal them.
    assert!(doubtful.iter().any(|one| one.row.audit));

    // Page by page through the JSON twin: each sample once, in the same order.
    let mut client = at.client().await;
    let address = format!("/api/v1/projects/{}/samples?order=doubt&limit=50", at.project.slug);
    let (mut pages, mut next) = (Vec::new(), String::new());
    loop {
        let answer = client.get(&format!("{address}{next}")).await;
        let page: Value = serde_json::from_slice(&answer.body).unwrap();
        pages.extend(page["samples"].as_array().unwrap().iter().map(|sample| sample["id"].as_i64().unwrap()));
        let Some(last) = page["next"].as_i64() else { break };
        next = format!("&after={last}");
    }
    assert_eq!(pages, doubtful.iter().map(|one| one.row.id.0).collect::<Vec<_>>());
    assert_eq!(pages.iter().collect::<HashSet<_>>().len(), 120);

    // The page keeps what was asked for in its links, and says how sure the committee is.
    let slug = &at.project.slug;
    let page =
        client.get(&format!("/p/{slug}/samples?order=doubt&annotator=ana&metadata=drawn%3Dyes&name=")).await.text();
    assert!(page.contains("% sure"), "{page}");
    assert!(page.contains("?state=skipped&#38;annotator=ana&#38;metadata=drawn%3Dyes&#38;order=doubt"), "{page}");
    assert_eq!(client.get(&format!("/p/{slug}/samples?order=upside-down")).await.status, 422);
}
