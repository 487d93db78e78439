//! Classes changed by number and version: merged, parted and put back; of two people who change one, the second is told.

use querist::domain::{ClassId, Project, Role, SampleId};
use querist::store::listing::SampleFilter;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::desk::{Person, answer_to, pool};

async fn send(client: &mut Client, method: &str, path: &str, value: &Value) -> crate::support::client::Answer {
    client.send(method, path, Some("application/json"), value.to_string().into()).await
}

struct Case {
    test: TestApp,
    project: Project,
    boss: Client,
    base: String,
}

impl Case {
    /// A project of twelve samples, labeled a, b, c in turn.
    async fn on_each_engine() -> Vec<Self> {
        let mut cases = Vec::new();
        for test in TestApp::on_each_engine().await {
            let project = pool(&test, "birds", 12).await;
            let classes: Vec<ClassId> =
                test.app.store.classes(project.id).await.unwrap().into_iter().map(|class| class.id).collect();
            let mut ana = Person::new(&test, "ana", Role::Annotator, "birds").await;
            for (i, lease) in ana.lease(12).await.into_iter().enumerate() {
                let answer = answer_to(&lease, json!({ "class": classes[i % 3] }));
                ana.send(&answer).await.assert_status(201);
            }
            let boss = test.signed_in("boss", Role::Lead, Some("birds")).await;
            cases.push(Self { test, project, boss, base: "/api/v1/projects/birds".to_owned() });
        }
        cases
    }

    async fn classes(&mut self) -> Vec<Value> {
        self.boss.get(&format!("{}/classes", self.base)).await.assert_status(200).json().as_array().unwrap().clone()
    }

    async fn labels(&self) -> Vec<Option<ClassId>> {
        let filter = SampleFilter::default();
        let all = self.test.app.store.samples(self.project.id, &filter, SampleId(0), 100).await.unwrap();
        all.iter().map(querist::store::samples::SampleRow::class).collect()
    }
}

#[tokio::test]
async fn a_merge_says_labels_anew_keeps_the_history_and_is_undone_by_one_act() {
    for mut case in Case::on_each_engine().await {
        let before = case.labels().await;
        let tally = case.test.app.store.tally(case.project.id).await.unwrap();
        let classes = case.classes().await;
        let (a, b) = (classes[0].clone(), classes[1].clone());
        assert_eq!((&a["labels"], &a["unused"], &a["version"]), (&json!(4), &json!(false), &json!(1)), "{a}");
        let path = format!("{}/classes/{}/merge", case.base, a["id"]);
        let wanted = json!({ "version": 1, "into": b["id"], "into_version": 1, "dry_run": true });
        let told = case.boss.post_json(&path, &wanted).await.assert_status(200).json();
        assert_eq!((&told["labels"], &told["act"]), (&json!(4), &Value::Null), "{told}");
        assert_eq!(case.labels().await, before);

        let wanted = json!({ "version": 1, "into": b["id"], "into_version": 1 });
        let done = case.boss.post_json(&path, &wanted).await.assert_status(200).json();
        assert_eq!(done["labels"], 4, "{done}");
        let (a_id, b_id) = (ClassId(a["id"].as_i64().unwrap()), ClassId(b["id"].as_i64().unwrap()));
        let merged: Vec<_> =
            before.iter().map(|label| label.map(|class| if class == a_id { b_id } else { class })).collect();
        assert_eq!(case.labels().await, merged);
        let after = case.test.app.store.tally(case.project.id).await.unwrap();
        assert_eq!(
            (after.labeled, after.audit_labeled, after.answers),
            (tally.labeled, tally.audit_labeled, tally.answers + 4)
        );
        let classes = case.classes().await;
        assert_eq!((&classes[0]["retired"], &classes[0]["merged_into"]), (&json!(true), &b["id"]));
        case.boss.post_json(&path, &wanted).await.assert_status(409);

        // Somebody answers one of them anew: that stays.
        let at = before.iter().position(|label| *label == Some(a_id)).unwrap();
        let filter = SampleFilter::default();
        let sample = case.test.app.store.samples(case.project.id, &filter, SampleId(0), 100).await.unwrap()[at].clone();
        let c = classes[2]["id"].clone();
        let review = json!({ "samples": [{ "sample": sample.id, "annotation": sample.annotation_id, "class": c }] });
        case.boss.post_json(&format!("{}/reviews", case.base), &review).await.assert_status(200);

        let undo = format!("{}/class-acts/{}/undo", case.base, done["act"]);
        let back = case.boss.post_json(&undo, &json!({})).await.assert_status(200).json();
        assert_eq!(back["labels"], 3, "{back}");
        let mut expected = before.clone();
        expected[at] = Some(ClassId(c.as_i64().unwrap()));
        assert_eq!(case.labels().await, expected);
        assert_eq!(case.classes().await[0]["retired"], false);
        case.boss.post_json(&undo, &json!({})).await.assert_status(409);
        case.boss.post_json(&format!("{}/class-acts/99/undo", case.base), &json!({})).await.assert_status(404);
        let history = case.test.app.store.history(case.project.id, sample.id).await.unwrap();
        assert_eq!(history.len(), 4, "the answer, what the merge said, the review, and the answer again: {history:#?}");
        case.boss.get("/p/birds/classes").await.assert_status(200).assert_says("undone");
        case.test.finish().await;
    }
}

#[tokio::test]
async fn two_people_who_change_one_class_do_not_overrule_each_other_unseen() {
    for mut case in Case::on_each_engine().await {
        let class = case.classes().await[0].clone();
        let path = format!("{}/classes/{}", case.base, class["id"]);
        let edit = |name: &str| json!({ "version": 1, "name": name, "colour": 7, "description": "round" });
        let first = send(&mut case.boss, "PATCH", &path, &edit("alpha")).await.assert_status(200).json();
        assert_eq!(
            (&first["version"], &first["colour"], &first["description"]),
            (&json!(2), &json!(7), &json!("round"))
        );
        let second = send(&mut case.boss, "PATCH", &path, &edit("beta")).await;
        second.assert_status(409);
        assert!(second.text().contains("changed by somebody else"));
        assert_eq!(case.classes().await[0]["name"], "alpha");
        send(&mut case.boss, "PATCH", &path, &json!({ "version": 2, "colour": 40 })).await.assert_status(422);
        send(&mut case.boss, "PATCH", &path, &json!({ "version": 2, "name": "b" })).await.assert_status(409);

        let ids: Vec<Value> = case.classes().await.iter().map(|class| class["id"].clone()).collect();
        let turned: Vec<Value> = ids.iter().rev().cloned().collect();
        let order = json!({ "seen": ids, "classes": turned });
        let path = format!("{}/classes/order", case.base);
        send(&mut case.boss, "PUT", &path, &order).await.assert_status(200);
        send(&mut case.boss, "PUT", &path, &order).await.assert_status(409);
        let now: Vec<Value> = case.classes().await.iter().map(|class| class["id"].clone()).collect();
        assert_eq!(now, turned);
        send(&mut case.boss, "PUT", &path, &json!({ "seen": turned, "classes": [turned[0]] })).await.assert_status(422);
        case.test.finish().await;
    }
}

#[tokio::test]
async fn a_class_is_parted_by_samples_and_deleted_only_while_nothing_named_it() {
    for mut case in Case::on_each_engine().await {
        let before = case.labels().await;
        let class = case.classes().await[0].clone();
        let of = ClassId(class["id"].as_i64().unwrap());
        let all =
            case.test.app.store.samples(case.project.id, &SampleFilter::default(), SampleId(0), 100).await.unwrap();
        let some: Vec<SampleId> = all.iter().filter(|row| row.class() == Some(of)).take(2).map(|row| row.id).collect();
        let path = format!("{}/classes/{}/move", case.base, class["id"]);
        let wanted = json!({ "version": 1, "new": "d", "samples": some });
        let done = case.boss.post_json(&path, &wanted).await.assert_status(200).json();
        assert_eq!(done["labels"], 2, "{done}");
        let classes = case.classes().await;
        assert_eq!(
            (&classes[3]["name"], &classes[3]["labels"], &classes[0]["labels"]),
            (&json!("d"), &json!(2), &json!(2))
        );
        case.boss
            .post_json(&format!("{}/class-acts/{}/undo", case.base, done["act"]), &json!({}))
            .await
            .assert_status(200);
        assert_eq!(case.labels().await, before);
        let version = case.classes().await[3]["version"].clone();
        let used = format!("{}/classes/{}?version={version}", case.base, classes[3]["id"]);
        case.boss.send("DELETE", &used, None, Vec::new().into()).await.assert_status(409);

        case.boss.post_json(&format!("{}/classes", case.base), &json!({ "names": ["e"] })).await.assert_status(201);
        let new = case.classes().await[4].clone();
        assert_eq!(new["unused"], true);
        let unused = format!("{}/classes/{}?version=1", case.base, new["id"]);
        case.boss
            .send("DELETE", &format!("{}/classes/{}?version=5", case.base, new["id"]), None, Vec::new().into())
            .await
            .assert_status(409);
        case.boss.send("DELETE", &unused, None, Vec::new().into()).await.assert_status(204);
        assert_eq!(case.classes().await.len(), 4);
        let nothing = json!({ "version": 3, "new": "f", "name": "no such name" });
        case.boss.post_json(&path, &nothing).await.assert_status(422);
        assert_eq!(case.classes().await.len(), 4, "no class is left behind");
        case.test.finish().await;
    }
}
