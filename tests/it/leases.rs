//! Leases and the queue, from outside: who gets which sample, and that nobody ever gets one twice.

use std::collections::{BTreeSet, HashSet};

use querist::domain::{Role, SampleId};
use querist::store::desk_writer::LEASE_SECONDS;
use querist::store::rounds::Queue;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::desk::{Person, answer_to, assert_consistent, class_ids, number, pool};

#[tokio::test]
async fn leases_come_as_many_as_asked_for_and_never_twice() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 120).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        for count in [json!(0), json!(101), json!(-1), json!("2"), json!(null)] {
            let refused = ana.ask(json!({ "count": count })).await;
            refused.assert_status(422);
            assert!(refused.json()["error"]["message"].is_string(), "{}", refused.text());
        }
        ana.ask(json!({ "count": 1, "amount": 2 })).await.assert_status(422).assert_says("amount");
        assert_eq!(number(&test, "select count(*) from lease").await, 0);

        let first = ana.lease(100).await;
        let rest = ana.lease(100).await;
        assert_eq!((first.len(), rest.len()), (100, 20));
        let ids: HashSet<_> = first.iter().chain(&rest).map(|lease| lease["sample"]["id"].as_i64().unwrap()).collect();
        assert_eq!(ids.len(), 120);
        for lease in &first {
            assert!(lease["media_url"].as_str().unwrap().starts_with("/media/metal/"));
            assert!(!lease["sample"]["name"].as_str().unwrap().contains('/'), "a folder may name the class");
            assert_eq!(lease["expires_at"], "2026-01-01T00:30:00Z");
        }
        let none = ana.ask(json!({ "count": 1 })).await.assert_status(200).json();
        assert!(none["leases"].as_array().unwrap().is_empty());
        assert!(none["empty"]["reason"].as_str().unwrap().contains("with other people"), "{none}");
        test.finish().await;
    }
}

#[tokio::test]
async fn resuming_hands_out_the_own_leases_first_and_prolongs_them() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 30).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(3).await;
        let other = ben.lease(3).await;
        test.app.clock.advance(LEASE_SECONDS - 60);
        let again = ana.ask(json!({ "count": 5, "resume": true })).await.json();
        let again = again["leases"].as_array().unwrap();
        assert_eq!(again.len(), 5);
        let ids = |leases: &[Value]| -> BTreeSet<String> { leases.iter().map(|l| l["lease"].to_string()).collect() };
        assert_eq!(ids(&again[..3]), ids(&held));
        assert!(ids(again).is_disjoint(&ids(&other)));
        assert_eq!(again[0]["expires_at"], "2026-01-01T00:59:00Z");
        test.finish().await;
    }
}

#[tokio::test]
async fn leases_end_and_come_back_and_can_be_given_back() {
    for test in TestApp::on_each_engine().await {
        pool(&test, "metal", 4).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(4).await;
        assert!(ben.lease(4).await.is_empty());
        let address = format!("{}/leases/{}", ana.base, held[0]["lease"].as_str().unwrap());
        ben.client.delete(&address).await.assert_status(404);
        ana.client.delete(&address).await.assert_status(204);
        ana.client.delete(&address).await.assert_status(404);
        let given = ben.lease(4).await;
        assert_eq!(given.len(), 1);
        assert_eq!(given[0]["sample"], held[0]["sample"]);
        test.app.clock.advance(LEASE_SECONDS + 1);
        assert_eq!(ben.lease(4).await.len(), 4, "all four, his own expired one included, are free again");
        test.finish().await;
    }
}

#[tokio::test]
async fn forty_people_at_once_never_get_the_same_sample_and_lose_no_answer() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 500).await;
        let classes = class_ids(&test, &project).await;
        let mut tasks = Vec::new();
        for i in 0..40 {
            let mut person = Person::new(&test, &format!("person {i}"), Role::Annotator, "metal").await;
            let class = classes[i % 3];
            tasks.push(tokio::spawn(async move {
                let mut leases = person.lease(3).await;
                let (mut seen, mut answered) = (Vec::new(), Vec::new());
                for _ in 0..6 {
                    let lease = leases.remove(0);
                    seen.push(lease["sample"]["id"].as_i64().unwrap());
                    let answer = answer_to(&lease, json!({ "class": class, "next": 1 }));
                    let receipt = person.send(&answer).await.assert_status(201).json();
                    answered.push(receipt["id"].as_str().unwrap().to_owned());
                    leases.extend(receipt["leases"].as_array().unwrap().iter().cloned());
                }
                seen.extend(leases.iter().map(|lease| lease["sample"]["id"].as_i64().unwrap()));
                (seen, answered)
            }));
        }
        let (mut seen, mut answered) = (Vec::new(), HashSet::new());
        for task in tasks {
            let (samples, ids) = task.await.unwrap();
            seen.extend(samples);
            answered.extend(ids);
        }
        assert_eq!(seen.len(), 40 * 9);
        assert_eq!(seen.iter().collect::<HashSet<_>>().len(), seen.len(), "a sample was handed out twice");
        assert_eq!(answered.len(), 240);
        assert_eq!(number(&test, "select count(*) from annotation").await, 240);
        assert_eq!(number(&test, "select count(*) from lease").await, 120);
        assert_consistent(&test, &project, "after forty people").await;
        test.finish().await;
    }
}

#[tokio::test]
async fn an_audit_question_looks_like_any_other() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 100).await;
    let all: Vec<_> = (1..=100).map(|i| (SampleId(i), i as f32)).collect();
    let queue = Queue { round: None, asked_by: "margin".to_owned(), entries: all, n_ranked: 100, floors: Vec::new() };
    test.app.store.publish_queue(project.id, &queue, test.app.clock.now()).await.unwrap();
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let leases = ana.lease(40).await;
    let audit = test.app.store.audit_samples(project.id, 100).await.unwrap();
    let is_audit = |lease: &&Value| audit.contains(&SampleId(lease["sample"]["id"].as_i64().unwrap()));
    let (checks, questions): (Vec<_>, Vec<_>) = leases.iter().partition(is_audit);
    assert!(!checks.is_empty() && !questions.is_empty(), "{} checks of {}", checks.len(), leases.len());
    let shape = |lease: &Value| {
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        (keys(lease), keys(&lease["sample"]), lease["why"].to_string(), lease["expires_at"].to_string())
    };
    let shapes: HashSet<_> = leases.iter().map(shape).collect();
    assert_eq!(shapes.len(), 1, "{shapes:?}");
    // The receipts are alike too.
    let class = class_ids(&test, &project).await[0];
    let mut receipts = HashSet::new();
    for lease in [checks[0], questions[0]] {
        let receipt = ana.send(&answer_to(lease, json!({ "class": class }))).await.assert_status(201).json();
        receipts.insert(receipt.as_object().unwrap().keys().cloned().collect::<Vec<_>>());
    }
    assert_eq!(receipts.len(), 1, "{receipts:?}");
}

#[tokio::test]
async fn the_queue_is_never_empty_while_a_sample_is_unlabeled() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 60).await;
        let classes = class_ids(&test, &project).await;
        // A ranking that ends early: the rest must follow.
        let few: Vec<_> = (0..5).map(|i| (SampleId(i), 0.5)).collect();
        let queue = Queue { round: None, asked_by: "margin".to_owned(), entries: few, n_ranked: 5, floors: Vec::new() };
        test.app.store.publish_queue(project.id, &queue, test.app.clock.now()).await.unwrap();
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut answered = 0;
        loop {
            let reply = ana.ask(json!({ "count": 1 })).await.assert_status(200).json();
            let Some(lease) = reply["leases"].get(0).cloned() else {
                assert!(reply["empty"]["reason"].as_str().unwrap().contains("All 60 samples"), "{reply}");
                break;
            };
            assert!(reply["empty"].is_null());
            assert!(!lease["why"].as_str().unwrap().is_empty());
            if answered % 7 == 0 {
                ana.send(&answer_to(&lease, json!({ "skip": "bad data" }))).await.assert_status(201);
            } else {
                ana.answer(&lease, classes[answered % 3]).await;
            }
            answered += 1;
        }
        assert_eq!(answered, 60);
        pool(&test, "bare", 0).await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "bare").await;
        let reply = ben.ask(json!({ "count": 1 })).await.json();
        assert!(reply["empty"]["reason"].as_str().unwrap().contains("no samples yet"), "{reply}");
        test.finish().await;
    }
}
