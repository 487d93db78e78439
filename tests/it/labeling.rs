//! Answers from outside: receipts, refusals, undo, the counts, and what asks for a round.

use std::collections::HashSet;

use querist::domain::Role;
use querist::math::random;
use querist::service::projects;
use querist::store::desk_writer::LEASE_SECONDS;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::desk::{Person, answer_to, assert_consistent, class_ids, number, pool, run, state, with};

#[tokio::test]
async fn an_answer_has_one_receipt_however_often_it_is_sent() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let leases = ana.lease(2).await;
        let answer = answer_to(&leases[0], json!({ "class": classes[1], "seconds": 1.5 }));
        let first = ana.send(&answer).await.assert_status(201).json();
        let before = state(&test).await;
        test.app.clock.advance(5);
        let second = ana.send(&answer).await.assert_status(200).json();
        for field in ["id", "sample", "class", "skip", "made_at"] {
            assert_eq!(first[field], second[field], "{field}");
        }
        assert_eq!(first["class"], classes[1]);
        // The same id for anything else is a mistake of the client, and must not pass for stored.
        let other_sample = with(answer_to(&leases[1], json!({ "class": classes[1] })), json!({ "id": answer["id"] }));
        ana.send(&other_sample).await.assert_status(409).assert_says("id_taken");
        let other_class = with(answer.clone(), json!({ "class": classes[2] }));
        ana.send(&other_class).await.assert_status(409).assert_says("id_taken");
        let mut skip = with(answer.clone(), json!({ "skip": "unsure" }));
        skip.as_object_mut().unwrap().remove("class");
        ana.send(&skip).await.assert_status(409);
        assert_eq!(state(&test).await, before);
        // Upper case is the same UUID.
        let upper = answer["id"].as_str().unwrap().to_uppercase();
        ana.send(&with(answer.clone(), json!({ "id": upper }))).await.assert_status(200);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_refused_answer_says_why_and_changes_nothing() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let other = pool(&test, "wood", 5).await;
        let classes = class_ids(&test, &project).await;
        let foreign_class = class_ids(&test, &other).await[0];
        projects::retire_class(&test.app, &project, querist::domain::ClassId(classes[2])).await.unwrap();
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let mut eve = Person::new(&test, "eve", Role::Annotator, "wood").await;
        let lease = ana.lease_one().await;
        let bens = ben.lease_one().await;
        let eves = eve.lease_one().await;
        let good = answer_to(&lease, json!({ "class": classes[0] }));
        let without = |field: &str| {
            let mut value = good.clone();
            value.as_object_mut().unwrap().remove(field);
            value
        };
        let before = state(&test).await;
        let cases = [
            (422, "nonsense", with(good.clone(), json!({ "nonsense": 1 }))),
            (422, "unknown_class", with(good.clone(), json!({ "class": 999_999 }))),
            (422, "unknown_class", with(good.clone(), json!({ "class": foreign_class }))),
            (422, "retired_class", with(good.clone(), json!({ "class": classes[2] }))),
            (422, "bad_answer", without("class")),
            (422, "bad_answer", with(good.clone(), json!({ "skip": "unsure" }))),
            (422, "exactly one class", with(without("class"), json!({ "classes": [] }))),
            (422, "exactly one class", with(without("class"), json!({ "classes": [classes[0], classes[1]] }))),
            (422, "refused", with(without("class"), json!({ "skip": "no mood" }))),
            (422, "refused", with(without("class"), json!({ "skip": "other", "note": "x".repeat(2001) }))),
            (422, "UUID", with(good.clone(), json!({ "id": "1" }))),
            (422, "UUID", with(good.clone(), json!({ "id": "" }))),
            (422, "seconds", with(good.clone(), json!({ "seconds": 1e300 }))),
            (422, "seconds", with(good.clone(), json!({ "seconds": -1 }))),
            (422, "next", with(good.clone(), json!({ "next": 101 }))),
            (422, "lease", without("lease")),
            (403, "foreign_lease", answer_to(&bens, json!({ "class": classes[0] }))),
            (409, "lease_over", with(good.clone(), json!({ "lease": "not a lease" }))),
            (409, "lease_over", with(good.clone(), json!({ "lease": bens["lease"] }))),
            (404, "not_found", with(good.clone(), json!({ "sample": 999_999 }))),
            (404, "not_found", answer_to(&eves, json!({ "class": classes[0] }))),
        ];
        for (status, part, answer) in cases {
            let refused = ana.send(&answer).await;
            refused.assert_status(status).assert_says(part);
            let error = &refused.json()["error"];
            assert!(error["code"].is_string() && error["message"].is_string(), "{error}");
        }
        let address = format!("{}/annotations", ana.base);
        let garbled = ana.client.send("POST", &address, Some("application/json"), "{".into()).await;
        assert!(matches!(garbled.status.as_u16(), 400 | 422), "{}", garbled.text());
        assert_eq!(state(&test).await, before);
        ana.send(&good).await.assert_status(201);
        // An id is used up everywhere, in other projects too.
        let stolen = with(answer_to(&eves, json!({ "class": foreign_class })), json!({ "id": good["id"] }));
        eve.send(&stolen).await.assert_status(409).assert_says("id_taken");
        // A project one is not in looks like one that is not there.
        eve.client.post_json("/api/v1/projects/metal/annotations", &good).await.assert_status(404);
        test.client().post_json("/api/v1/projects/metal/annotations", &good).await.assert_status(401);
        test.finish().await;
    }
}

#[tokio::test]
async fn an_answer_after_its_lease_counts_until_somebody_else_has_the_sample() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 2).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let held = ana.lease(2).await;
        test.app.clock.advance(LEASE_SECONDS + 1);
        ana.answer(&held[0], classes[0]).await;
        let taken = ben.lease(2).await;
        assert_eq!(taken.len(), 1);
        assert_eq!(taken[0]["sample"], held[1]["sample"]);
        let late = answer_to(&held[1], json!({ "class": classes[0] }));
        let before = state(&test).await;
        ana.send(&late).await.assert_status(409).assert_says("lease_over");
        assert_eq!(state(&test).await, before);
        ben.answer(&taken[0], classes[1]).await;
        ana.send(&late).await.assert_status(409).assert_says("lease_over");
        test.finish().await;
    }
}

#[tokio::test]
async fn undo_appends_a_row_and_brings_the_sample_back_to_the_same_person() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        let lease = ana.lease_one().await;
        let id = ana.answer(&lease, classes[0]).await;
        ben.undo(&id).await.assert_status(403).assert_says("foreign_annotation");
        ana.undo("00000000-0000-4000-8000-000000000000").await.assert_status(404);
        ana.undo("no-uuid").await.assert_status(404);

        let undone = ana.undo(&id).await.assert_status(200).json();
        assert_eq!(undone["leases"][0]["sample"], lease["sample"]);
        assert_eq!(number(&test, "select count(*) from annotation").await, 2);
        let before = state(&test).await;
        let again = ana.undo(&id).await.assert_status(200).json();
        assert_eq!((&again["id"], &again["made_at"]), (&undone["id"], &undone["made_at"]));
        assert_eq!(again["leases"], undone["leases"], "a reply that got lost is repeated with its lease");
        assert_eq!(state(&test).await, before, "twice is once");
        let undo_id = undone["id"].as_str().unwrap().to_owned();
        ana.undo(&undo_id).await.assert_status(404);

        // Answered again, then taken back by a lead, who gets the sample.
        let second = ana.answer(&undone["leases"][0], classes[1]).await;
        let by_lead = lea.undo(&second).await.assert_status(200).json();
        assert_eq!(by_lead["leases"][0]["sample"], lease["sample"]);
        let third = lea.answer(&by_lead["leases"][0], classes[2]).await;
        run(&test, "update label set annotation_id = 'a newer one'").await;
        lea.undo(&third).await.assert_status(409).assert_says("superseded");
        test.finish().await;
    }
}

#[tokio::test]
async fn undo_goes_twenty_five_deep() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut given = Vec::new();
        for lease in ana.lease(25).await {
            given.push((ana.answer(&lease, classes[0]).await, lease["sample"].clone()));
        }
        for (id, sample) in given.iter().rev() {
            let undone = ana.undo(id).await.assert_status(200).json();
            assert_eq!(&undone["leases"][0]["sample"], sample);
        }
        let tally = test.app.store.tally(project.id).await.unwrap();
        assert_eq!((tally.labeled, tally.audit_labeled, tally.skipped, tally.answers), (0, 0, 0, 50));
        assert_eq!(
            ana.ask(json!({ "count": 30, "resume": true })).await.json()["leases"].as_array().unwrap().len(),
            30
        );
        test.finish().await;
    }
}

#[tokio::test]
async fn the_counts_follow_any_sequence_of_answers_skips_and_undos() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 50).await;
        let classes = class_ids(&test, &project).await;
        let mut people = [
            Person::new(&test, "ana", Role::Annotator, "metal").await,
            Person::new(&test, "lea", Role::Lead, "metal").await,
        ];
        let mut dice = (0..).map(|i| random::hash(2026, i));
        let mut throw = |n: u64| (dice.next().unwrap() % n) as usize;
        let mut held: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
        let mut given: [Vec<String>; 2] = [Vec::new(), Vec::new()];
        let (mut answers, mut undos) = (0, 0);
        for step in 0..250 {
            let who = throw(2);
            let person = &mut people[who];
            match throw(10) {
                0..=1 => {
                    let count = 1 + throw(4);
                    let leases = person.lease(count).await;
                    held[who].extend(leases);
                }
                2..=6 => {
                    let Some(lease) = held[who].pop() else { continue };
                    let said = match throw(4) {
                        0 => json!({ "skip": "unsure", "note": "hm" }),
                        k => json!({ "class": classes[k - 1] }),
                    };
                    let answer = answer_to(&lease, said);
                    let status = person.send(&answer).await.status.as_u16();
                    // 409 or 403: the lease ended, and the sample went to the other.
                    assert!(matches!(status, 201 | 403 | 409), "step {step}: {status}");
                    if status == 201 {
                        given[who].push(answer["id"].as_str().unwrap().to_owned());
                        answers += 1;
                    }
                }
                7..=8 => {
                    // A lead also takes back what the other said, and anybody may ask twice.
                    let whose = if who == 1 { throw(2) } else { 0 };
                    if given[whose].is_empty() {
                        continue;
                    }
                    let at = throw(given[whose].len() as u64);
                    let id = given[whose][at].clone();
                    let undone = person.undo(&id).await;
                    undone.assert_status(200);
                    held[who].extend(undone.json()["leases"].as_array().cloned().unwrap_or_default());
                    undos += 1;
                }
                _ => test.app.clock.advance(600),
            }
            if step % 10 == 0 {
                assert_consistent(&test, &project, &format!("{} step {step}", test.app.store.engine())).await;
            }
        }
        assert_consistent(&test, &project, "the end").await;
        assert!(answers > 40 && undos > 15, "the sequence did too little: {answers} answers, {undos} undos");
        test.finish().await;
    }
}

#[tokio::test]
async fn every_look_at_the_rule_is_a_row_and_one_round_waits() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 40).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut last = String::new();
        for (i, lease) in ana.lease(20).await.iter().enumerate() {
            last = ana.answer(lease, classes[i % 2]).await;
        }
        ana.undo(&last).await.assert_status(200);
        assert_eq!(number(&test, "select count(*) from decision").await, 21);
        assert_eq!(number(&test, "select count(*) from job where kind = 'round'").await, 1);
        let decisions = test.app.store.decisions(project.id, 100).await.unwrap();
        let causes: HashSet<&str> = decisions.iter().map(|decision| decision.cause.as_str()).collect();
        assert_eq!(decisions.iter().filter(|decision| decision.cause == "new class").count(), 2, "{causes:?}");
        assert!(causes.contains("answers"), "{causes:?}");
        assert!(
            decisions.iter().all(|decision| decision.fired),
            "every answer counts until there are fifty, audit answers too"
        );
        // The button joins the round that waits, and says so with its id.
        let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
        ana.client.post_json(&format!("{}/rounds", ana.base), &json!({})).await.assert_status(403);
        let one = lea.client.post_json(&format!("{}/rounds", lea.base), &json!({})).await.assert_status(202).json();
        let two = lea.client.post_json(&format!("{}/rounds", lea.base), &json!({})).await.assert_status(202).json();
        assert_eq!(one, two);
        assert_eq!(number(&test, "select count(*) from job where kind = 'round'").await, 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_token_labels_like_a_person_until_it_is_revoked() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 10).await;
    let class = class_ids(&test, &project).await[0];
    let new = querist::service::people::accounts::NewAccount {
        name: "robot",
        role: Role::Annotator,
        project: Some("metal"),
        password: None,
    };
    let account = querist::service::people::accounts::add(&test.app, new).await.unwrap().id;
    let token = querist::service::people::accounts::new_token(&test.app, account, "loop").await.unwrap();
    let client = test.client().bearer(token.reveal());
    let mut robot = Person { client, base: "/api/v1/projects/metal".to_owned() };
    let lease = robot.lease_one().await;
    robot.answer(&lease, class).await;
    let counts = robot.client.get(&robot.base.clone()).await.assert_status(200).json();
    assert_eq!(counts["counts"]["answers"], 1);
    assert_eq!(counts["progress"]["samples"], 10);
    let listed = test.app.store.tokens(account).await.unwrap();
    querist::service::people::accounts::revoke_token(&test.app, account, listed[0].id).await.unwrap();
    robot.ask(json!({ "count": 1 })).await.assert_status(401);
}
