//! Reviews by reviewers and leads: whom they may overrule, what is stored, and what everybody sees afterwards.

use querist::domain::Role;
use querist::service::rounds::doubts;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::desk::{Person, answer_to, assert_consistent, class_ids, number, pool};
use crate::support::rounds::{Loop, runtime_is_there};

async fn settle(person: &mut Person, samples: Value) -> Value {
    let path = format!("{}/reviews", person.base);
    person.client.post_json(&path, &json!({ "samples": samples })).await.assert_status(200).json()
}

#[tokio::test]
async fn a_reviewer_keeps_changes_asks_again_and_sets_aside() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut rita = Person::new(&test, "rita", Role::Reviewer, "metal").await;
        let leases = ana.lease(5).await;
        let mut answers = Vec::new();
        for lease in &leases[..4] {
            answers.push(ana.answer(lease, classes[0]).await);
        }
        let sample = |i: usize| leases[i]["sample"]["id"].clone();
        let done = settle(
            &mut rita,
            json!([
                { "sample": sample(0), "annotation": answers[0], "keep": true },
                { "sample": sample(1), "annotation": answers[1], "class": classes[1] },
                { "sample": sample(2), "annotation": answers[2], "ask_again": true },
                { "sample": sample(3), "annotation": answers[3], "skip": "bad data" },
                { "sample": sample(4), "class": classes[2] },
            ]),
        )
        .await;
        assert_eq!((done["settled"].as_array().unwrap().len(), done["changed"].as_array().unwrap().len()), (5, 0));
        assert!(done["settled"][2].get("annotation").is_none(), "{done}");
        assert_consistent(&test, &project, "after the review").await;
        let of = async |i: usize, person: &mut Person| {
            person.client.get(&format!("{}/samples/{}", person.base, sample(i))).await.assert_status(200).json()
        };
        let one = async |i: usize, person: &mut Person| of(i, person).await["class"].clone();
        assert_eq!(one(0, &mut rita).await, classes[0]);
        assert_eq!(one(1, &mut rita).await, classes[1]);
        let again = of(2, &mut rita).await;
        assert!(again["class"].is_null() && again["skip"].is_null(), "{again}");
        assert_eq!(of(3, &mut rita).await["skip"], "bad data");
        assert_eq!(one(4, &mut rita).await, classes[2]);
        // Nothing was overwritten: five answers of the review beside the four, and the one that was taken back.
        assert_eq!(number(&test, "select count(*) from annotation where origin = 'review'").await, 5);
        assert_eq!(number(&test, "select count(*) from annotation where kind <> 'undo'").await, 8);

        // Brought back, the answer is ana's as before, and waits for nobody; once is enough.
        let back = settle(&mut rita, json!([{ "sample": sample(2), "bring_back": true }])).await;
        assert!(back["settled"][0]["annotation"].is_string(), "{back}");
        assert_eq!(one(2, &mut rita).await, classes[0]);
        let labels = "select count(*) from label l join annotation a on a.id = l.annotation_id where a.origin = 'desk'";
        assert_eq!(number(&test, labels).await, 1, "ana's; the others are rita's");
        assert_consistent(&test, &project, "brought back").await;
        let twice = settle(&mut rita, json!([{ "sample": sample(2), "bring_back": true }])).await;
        assert_eq!(twice["changed"][0], sample(2));
        let seen = back["settled"][0]["annotation"].clone();
        settle(&mut rita, json!([{ "sample": sample(2), "annotation": seen, "ask_again": true }])).await;
        assert!(one(2, &mut rita).await.is_null());

        // Ana's lease is over, and what she answers to it is refused in words and not stored over the review.
        ana.send(&answer_to(&leases[4], json!({ "class": classes[0] }))).await.assert_status(409);
        // She cannot change her own answer once it was overruled.
        let change = json!({
            "id": uuid::Uuid::new_v4().to_string(), "sample": sample(1), "changes": answers[1], "class": classes[2],
        });
        ana.send(&change).await.assert_status(409);

        // A review based on an earlier state changes nothing.
        let stale = settle(&mut rita, json!([{ "sample": sample(1), "annotation": answers[1], "keep": true }])).await;
        assert_eq!((stale["settled"].as_array().unwrap().len(), &stale["changed"][0]), (0, &sample(1)));
        let unseen = settle(&mut rita, json!([{ "sample": sample(1), "class": classes[0] }])).await;
        assert_eq!(unseen["changed"][0], sample(1));
        assert_eq!(one(1, &mut rita).await, classes[1]);

        // A decision is taken back like any answer, and the answer before it is restored.
        rita.undo(done["settled"][1]["annotation"].as_str().unwrap()).await.assert_status(200);
        assert_eq!(one(1, &mut rita).await, classes[0]);
        assert_consistent(&test, &project, "after the undo").await;

        // A sample to be asked again is asked.
        let mut bo = Person::new(&test, "bo", Role::Annotator, "metal").await;
        let handed = bo.lease(40).await;
        assert!(handed.iter().any(|lease| lease["sample"]["id"] == sample(2)), "{handed:?}");
        test.finish().await;
    }
}

#[tokio::test]
async fn a_review_that_cannot_be_stores_nothing() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut rita = Person::new(&test, "rita", Role::Reviewer, "metal").await;
        let lease = ana.lease_one().await;
        let answer = ana.answer(&lease, classes[0]).await;
        let (sample, path) = (lease["sample"]["id"].clone(), format!("{}/reviews", ana.base));
        let good = json!({ "sample": sample, "annotation": answer, "class": classes[1] });
        for (status, bad) in [
            (422, json!({ "sample": sample, "annotation": answer })),
            (422, json!({ "sample": sample, "annotation": answer, "keep": true, "class": classes[1] })),
            (422, json!({ "sample": sample, "annotation": answer, "class": 999 })),
            (422, json!({ "sample": sample, "annotation": answer, "skip": "bored" })),
            (422, json!({ "sample": sample, "annotation": answer, "classes": [classes[1]] })),
            (404, json!({ "sample": 999, "keep": true })),
            (422, json!({ "sample": sample, "colour": "red" })),
        ] {
            let both = json!({ "samples": [good, bad] });
            rita.client.post_json(&path, &both).await.assert_status(status);
        }
        rita.client.post_json(&path, &json!({ "samples": [] })).await.assert_status(422);
        ana.client.post_json(&path, &json!({ "samples": [good] })).await.assert_status(403);
        assert_eq!(number(&test, "select count(*) from annotation").await, 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn the_form_settles_and_leads_back_and_says_what_was_answered_meanwhile() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 20).await;
    let classes = class_ids(&test, &project).await;
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let mut rita = Person::new(&test, "rita", Role::Reviewer, "metal").await;
    let lease = ana.lease_one().await;
    let answer = ana.answer(&lease, classes[0]).await;
    let item = format!("{}:{answer}:{}", lease["sample"]["id"], classes[2]);
    let form = [("item", item.as_str()), ("act", "suggested"), ("back", "/p/metal/doubts")];
    ana.client.post("/p/metal/review", &form).await.assert_status(403);
    rita.client.post("/p/metal/review", &form).await.assert_leads_to("/p/metal/doubts");
    rita.client.post("/p/metal/review", &form).await.assert_status(409).assert_says("answered meanwhile");
    let page = rita.client.get(&format!("/p/metal/samples/{}", lease["sample"]["id"])).await;
    page.assert_status(200).assert_says("Labeled c.").assert_says("ana").assert_says("rita").assert_says("in review");
    rita.client.get("/p/metal/samples/999").await.assert_status(404);
    ana.client.get(&format!("/p/metal/samples/{}", lease["sample"]["id"])).await.assert_status(403);
    let elsewhere = [("item", item.as_str()), ("act", "keep"), ("back", "https://evil.example/")];
    rita.client.post("/p/metal/review", &elsewhere).await.assert_status(409);
}

#[tokio::test]
async fn what_was_settled_is_not_in_doubt_and_an_audit_label_is_not_blind_any_more() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 260).await;
    let mut client = at.client().await;
    at.answer_with_slips(240).await;
    at.round().await;
    let before = doubts::doubts(&at.app, &at.project, 500).await.unwrap();
    assert!(before.labels.len() > 8 && before.settled == 0, "{}", before.labels.len());
    let path = "/api/v1/projects/surfaces/reviews";
    // Audit labels come last: once settled, they are not blind.
    let kept: Vec<_> = before.labels.iter().filter(|doubt| !doubt.audit).take(4).collect();
    let first: Vec<Value> = kept
        .iter()
        .map(|doubt| json!({ "sample": doubt.sample, "annotation": doubt.annotation, "keep": true }))
        .collect();
    client.post_json(path, &json!({ "samples": first })).await.assert_status(200);
    let after = doubts::doubts(&at.app, &at.project, 500).await.unwrap();
    assert_eq!((after.settled, after.labels.len()), (4, before.labels.len() - 4));
    assert!(kept.iter().all(|kept| after.labels.iter().all(|doubt| doubt.sample != kept.sample)));
    // The next round judges again, and confirmed labels stay confirmed.
    at.round().await;
    let later = doubts::doubts(&at.app, &at.project, 500).await.unwrap();
    assert!(kept.iter().all(|kept| later.labels.iter().all(|doubt| doubt.sample != kept.sample)));

    // The page of a labeled sample shows the model's view; that of one without an answer does not.
    let doubt = &later.labels[0];
    client
        .get(&format!("/p/surfaces/samples/{}?list=doubts", doubt.sample))
        .await
        .assert_status(200)
        .assert_says("The model says")
        .assert_says("did not learn this label")
        .assert_says("1 of ");
    let waiting = at.app.store.waiting_samples(at.project.id, false, at.app.clock.now()).await.unwrap()[0];
    let page = client.get(&format!("/p/surfaces/samples/{waiting}")).await;
    page.assert_status(200).assert_says("answers stay independent of the model");
    assert!(!page.text().contains("sample-odds"));

    let audit = at.app.store.audit_labels(at.project.id).await.unwrap()[0].0;
    let seen = at.app.store.sample(at.project.id, audit).await.unwrap().unwrap().annotation_id;
    let one = json!({ "samples": [{ "sample": audit, "annotation": seen, "keep": true }] });
    client.get("/p/surfaces/insight").await.assert_says("labeled blind");
    client.post_json(path, &one).await.assert_status(200);
    let insight = client.get("/p/surfaces/insight").await;
    insight.assert_says("settled in review");
    assert!(!insight.text().contains("They were labeled blind"));
}
