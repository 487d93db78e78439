//! The search for wrong labels, over its page and its JSON.

use std::collections::HashSet;

use querist::service::rounds::doubts;

use crate::support::rounds::{Loop, runtime_is_there};

#[tokio::test]
async fn labels_given_by_mistake_are_found_and_shown() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 260).await;
    let mut client = at.client().await;
    client.get("/p/surfaces/doubts").await.assert_status(200).assert_says("once two classes have some");

    let slips = at.answer_with_slips(240).await;
    let found = doubts::doubts(&at.app, &at.project, 240).await.unwrap();
    assert_eq!((slips.len(), found.judged), (24, 240));
    assert!(
        found.labels.iter().all(|doubt| doubt.class != doubt.suggested),
        "a label the model agrees with is in doubt"
    );
    assert!(found.labels.is_sorted_by_key(|doubt| (doubt.probability * 1e6) as i64));
    assert_eq!(found.labels.iter().filter(|doubt| doubt.error).count(), found.errors);
    let rates = |n: usize| {
        let first: HashSet<_> = found.labels.iter().take(n).map(|doubt| doubt.sample).collect();
        first.intersection(&slips).count()
    };
    // An encoder learned from 260 pictures is weak; chance would find a quarter of the slips among a quarter of the labels.
    assert!(rates(60) >= 14, "{} of 24 among the first quarter, {} called errors", rates(60), found.errors);
    let again = doubts::doubts(&at.app, &at.project, 5).await.unwrap();
    assert_eq!(again.labels.len(), 5);
    assert!(again.labels.iter().zip(&found.labels).all(|(a, b)| a.sample == b.sample), "the order is settled");

    client
        .get("/p/surfaces/doubts")
        .await
        .assert_status(200)
        .assert_says("240 labels were checked")
        .assert_says("The model disagrees");
    let json = client.get("/api/v1/projects/surfaces/doubts?limit=3").await.assert_status(200).json();
    assert_eq!(json["labels"].as_array().unwrap().len(), 3);
    assert!(json["labels"][0].get("audit").is_none(), "programs of reviewers must not learn which samples audit");
    // Two of the three turn out to be right as they are: the page says what the doubts were worth.
    let act = |at: usize, act: serde_json::Value| {
        let label = &json["labels"][at];
        let mut one = act;
        one["sample"] = label["sample"].clone();
        one["annotation"] = label["annotation"].clone();
        one
    };
    let keep = serde_json::json!({ "keep": true });
    let change = serde_json::json!({ "class": json["labels"][2]["suggested"] });
    let samples = [act(0, keep.clone()), act(1, keep), act(2, change)];
    let body = serde_json::json!({ "samples": samples });
    client.post_json("/api/v1/projects/surfaces/reviews", &body).await.assert_status(200);
    let json = client.get("/api/v1/projects/surfaces/doubts").await.assert_status(200).json();
    assert_eq!((&json["settled"], &json["changed"]), (&3.into(), &1.into()));
    let page = client.get("/p/surfaces/doubts").await;
    page.assert_status(200).assert_says("3 samples are reviewed").assert_says("1 of their labels was wrong");
    client.get("/api/v1/projects/surfaces/doubts?limit=0").await.assert_status(422).assert_says("ask for 1 to 1000");
}
