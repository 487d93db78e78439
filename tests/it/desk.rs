//! The desk beyond one answer: own keys, and answers that are changed later.

use querist::domain::{ClassId, Role, SkipReason};
use querist::service::projects;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Answer;
use crate::support::desk::{Person, assert_consistent, class_ids, number, pool, state};

/// A change of the answer `annotation` to a sample.
fn change_of(annotation: &str, sample: &Value, said: Value) -> Value {
    let id = uuid::Uuid::new_v4().to_string();
    let mut change = json!({ "id": id, "sample": sample, "changes": annotation });
    let Value::Object(said) = said else { panic!("not an object") };
    change.as_object_mut().unwrap().extend(said);
    change
}

fn id(answer: &Value) -> &str {
    answer["id"].as_str().unwrap()
}

#[tokio::test]
async fn an_answer_is_changed_by_a_new_one_and_the_old_one_stays_in_the_history() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 60).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let leases = ana.lease(2).await;
        let first = ana.answer(&leases[0], classes[0]).await;
        ana.answer(&leases[1], classes[1]).await;
        let sample = &leases[0]["sample"]["id"];

        let change = change_of(&first, sample, json!({ "class": classes[2], "next": 1 }));
        let changed = ana.send(&change).await.assert_status(201).json();
        assert_eq!(changed["class"], classes[2]);
        assert_eq!(changed["leases"].as_array().unwrap().len(), 1, "changing goes on with the queue");
        assert_eq!(changed["progress"]["labeled"], 2);
        assert_consistent(&test, &project, "changed").await;
        let same = "select count(*) from annotation a join annotation b on b.sample_id = a.sample_id and b.seq > a.seq
          where coalesce(a.round_id, 0) = coalesce(b.round_id, 0) and a.asked_by = b.asked_by
            and coalesce(a.propensity, 0) = coalesce(b.propensity, 0)";
        assert_eq!(number(&test, same).await, 1, "how the sample was chosen goes over to the new answer");

        // Sent again, it is the same; another change of what is no longer current is refused.
        let before = state(&test).await;
        ana.send(&change).await.assert_status(200);
        let late = change_of(&first, sample, json!({ "class": classes[1] }));
        ana.send(&late).await.assert_status(409).assert_says("superseded");
        assert_eq!(state(&test).await[..2], before[..2]);

        // To a skip and back, which moves the counts.
        let skip = change_of(id(&change), sample, json!({ "skip": "unsure" }));
        let skipped = ana.send(&skip).await.assert_status(201).json();
        assert_eq!((&skipped["progress"]["labeled"], &skipped["progress"]["skipped"]), (&json!(1), &json!(1)));
        assert_consistent(&test, &project, "skipped").await;

        // Taking the change back brings the earlier answer back, not the sample.
        let undone = ana.undo(id(&skip)).await.assert_status(200).json();
        assert!(undone.get("leases").is_none(), "{undone}");
        assert_eq!((&undone["stands"]["id"], &undone["stands"]["class"]), (&change["id"], &json!(classes[2])));
        assert_consistent(&test, &project, "undone").await;
        let (total, _) =
            test.app.store.own_counts(project.id, ana_id(&test).await, querist::domain::Timestamp(0)).await.unwrap();
        assert_eq!(total, 2, "two samples, however often an answer was changed");
        test.finish().await;
    }
}

async fn ana_id(test: &TestApp) -> querist::domain::AccountId {
    test.app.store.account_by_name("ana").await.unwrap().unwrap().id
}

#[tokio::test]
async fn nobody_changes_the_answer_of_somebody_else_or_without_saying_which() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let lease = ana.lease_one().await;
        let first = ana.answer(&lease, classes[0]).await;
        let sample = &lease["sample"]["id"];
        let before = state(&test).await;
        let change = |said: Value| change_of(&first, sample, said);
        ben.send(&change(json!({ "class": classes[1] }))).await.assert_status(403).assert_says("foreign_annotation");
        ana.send(&change(json!({ "class": classes[1], "lease": lease["lease"] }))).await.assert_status(422);
        ana.send(&json!({ "id": uuid::Uuid::new_v4(), "sample": sample, "class": classes[1] }))
            .await
            .assert_status(422);
        ana.send(&change_of(&first, &json!(999_999), json!({ "class": classes[1] }))).await.assert_status(409);
        projects::retire_class(&test.app, &project, ClassId(classes[2])).await.unwrap();
        ana.send(&change(json!({ "class": classes[2] }))).await.assert_status(422).assert_says("retired");
        assert_eq!(state(&test).await, before);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_change_asks_for_a_round_whether_or_not_the_sample_audits() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 60).await;
    let classes = class_ids(&test, &project).await;
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let causes = "select count(*) from decision where cause in ('correction', 'new class') and fired";
    for lease in ana.lease(40).await {
        let first = ana.answer(&lease, classes[0]).await;
        let before = number(&test, causes).await;
        let sample = &lease["sample"]["id"];
        let change = change_of(&first, sample, json!({ "class": classes[1], "seconds": 2.0 }));
        ana.send(&change).await.assert_status(201);
        assert_eq!(number(&test, causes).await, before + 1);
    }
}

#[tokio::test]
async fn people_choose_their_own_keys_and_they_follow_them() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let classes = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        let address = format!("{}/keys", ana.base);
        let keys = |answer: &Answer| -> Vec<String> {
            let body = answer.json();
            body["keys"].as_array().unwrap().iter().map(|key| key["key"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(keys(&ana.client.get(&address).await), ["1", "2", "3"]);
        let wanted = json!({ "keys": [{ "class": classes[0], "key": "J" }, { "class": classes[2], "key": "1" }] });
        let chosen = put(&mut ana, &address, &wanted).await;
        chosen.assert_status(200);
        assert_eq!(keys(&chosen), ["j", "2", "1"]);
        assert_eq!(keys(&ana.client.get(&address).await), ["j", "2", "1"]);
        assert_eq!(keys(&ben.client.get(&address).await), ["1", "2", "3"], "keys are a person's own");
        let page = ana.client.get("/p/metal/label").await;
        page.assert_says(&format!("data-class=\"{}\" data-name=\"a\" title=\"a\" data-key=\"j\"", classes[0]));

        for (bad, status) in [
            (json!([{ "class": classes[0], "key": "x" }, { "class": classes[1], "key": "x" }]), 409),
            (json!([{ "class": classes[0], "key": "z" }]), 422),
            (json!([{ "class": classes[0], "key": "ab" }]), 422),
            (json!([{ "class": classes[0], "key": "x" }, { "class": classes[0], "key": "y" }]), 422),
            (json!([{ "class": 999_999, "key": "x" }]), 404),
        ] {
            put(&mut ana, &address, &json!({ "keys": bad })).await.assert_status(status);
        }
        assert_eq!(keys(&ana.client.get(&address).await), ["j", "2", "1"], "a refused choice changes nothing");
        assert_eq!(keys(&ana.client.delete(&address).await), ["1", "2", "3"]);
        test.finish().await;
    }
}

async fn put(person: &mut Person, address: &str, body: &Value) -> Answer {
    person.client.send("PUT", address, Some("application/json"), body.to_string().into()).await
}

#[test]
fn reasons_to_skip_are_those_of_the_manual() {
    let manual = std::fs::read_to_string(crate::support::root().join("docs/labeling.md")).unwrap();
    for reason in SkipReason::ALL {
        assert!(manual.contains(&format!("`{reason}`")), "docs/labeling.md does not name the reason `{reason}`");
    }
}
