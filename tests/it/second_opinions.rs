//! Second opinions from outside: who is asked, what they see, which answer is the label, and how disagreements are settled.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;

use axum::body::Body;
use querist::domain::Role;
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Answer;
use crate::support::desk::{Person, answer_to, assert_consistent, class_ids, number, pool, with};

async fn configure(person: &mut Person, fields: Value) -> Answer {
    let body = with(json!({ "share": 1.0, "people": 2, "audit": true, "rule": "majority" }), fields);
    let path = format!("{}/second-opinions", person.base);
    person.client.send("PUT", &path, Some("application/json"), Body::from(body.to_string())).await
}

async fn get(person: &mut Person, path: &str) -> Answer {
    let path = format!("{}/{path}", person.base);
    person.client.get(&path).await
}

fn ids(leases: &[Value]) -> BTreeSet<i64> {
    leases.iter().map(|lease| lease["sample"]["id"].as_i64().unwrap()).collect()
}

/// Somebody of each role.
async fn people(test: &TestApp) -> [Person; 5] {
    [
        Person::new(test, "lena", Role::Lead, "metal").await,
        Person::new(test, "rita", Role::Reviewer, "metal").await,
        Person::new(test, "ana", Role::Annotator, "metal").await,
        Person::new(test, "ben", Role::Annotator, "metal").await,
        Person::new(test, "cem", Role::Annotator, "metal").await,
    ]
}

#[tokio::test]
async fn each_sample_goes_to_as_many_people_as_wanted_and_to_nobody_twice() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 12).await;
        let classes = class_ids(&test, &project).await;
        let [mut lena, _, mut ana, mut ben, mut cem] = people(&test).await;
        configure(&mut lena, json!({ "rule": "newest" })).await.assert_status(200);
        let first = ana.lease(100).await;
        assert_eq!(first.len(), 12);
        for lease in &first {
            ana.answer(lease, classes[0]).await;
        }
        // One answer each is enough for rounds to go on.
        assert_eq!(test.app.store.tally(project.id).await.unwrap().labeled, 12);
        assert!(ana.lease(5).await.is_empty(), "she has answered everything");
        let second = ben.lease(100).await;
        assert_eq!(ids(&second), ids(&first));
        assert!(cem.lease(5).await.is_empty(), "one at a time, and ben has them all");
        for (i, lease) in second.iter().enumerate() {
            // Nothing about it tells what ana said, or that she did.
            assert!(lease["opinion"].is_null() && lease.get("class").is_none(), "{lease}");
            ben.answer(lease, classes[i % 2]).await;
        }
        assert!(cem.lease(5).await.is_empty(), "two were wanted");
        assert_eq!(number(&test, "select count(*) from second_opinion where answered = 2").await, 12);
        assert_consistent(&test, &project, "newest").await;
        let labels = "select count(*) from label l join class c on cast(c.id as text) = l.classes where c.name = 'a'";
        assert_eq!(number(&test, labels).await, 6);
        // By another rule the labels are others at once, and a round is asked for.
        configure(&mut lena, json!({})).await.assert_status(200);
        assert_eq!(number(&test, labels).await, 12, "of two the first");
        assert!(number(&test, "select count(*) from decision where cause = 'labels changed'").await == 1);
        let said = get(&mut lena, "agreement").await.assert_status(200).json();
        assert_eq!((&said["samples"], &said["unanimous"], &said["drawn"]), (&json!(12), &json!(6), &json!(true)));
        assert_eq!(said["disagreements"].as_array().unwrap().len(), 6);
        assert_eq!(said["pairs"][0]["samples"], 12);
        assert!(said["alpha"]["low"].as_f64().unwrap() <= said["alpha"]["value"].as_f64().unwrap());
        // One more each: a third person, who decides by majority.
        configure(&mut lena, json!({ "people": 3 })).await.assert_status(200);
        let third = cem.lease(100).await;
        assert_eq!(third.len(), 12);
        for lease in &third {
            cem.answer(lease, classes[1]).await;
        }
        assert_eq!(number(&test, labels).await, 6);
        assert_eq!(test.app.store.tally(project.id).await.unwrap().labeled, 12);
        test.finish().await;
    }
}

#[tokio::test]
async fn what_others_said_stays_hidden_until_ones_own_answer() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 6).await;
    let classes = class_ids(&test, &project).await;
    let [mut lena, mut rita, mut ana, ..] = people(&test).await;
    configure(&mut lena, json!({})).await.assert_status(200);
    for lease in ana.lease(6).await {
        ana.answer(&lease, classes[2]).await;
    }
    let lease = rita.lease_one().await;
    let sample = lease["sample"]["id"].clone();
    let page = format!("/p/metal/samples/{sample}");
    rita.client.get(&page).await.assert_status(409).assert_says("your own answer");
    get(&mut rita, &format!("samples/{sample}")).await.assert_status(409);
    let listed = get(&mut rita, "samples").await.json()["samples"].as_array().unwrap().clone();
    assert!(listed.len() == 5 && listed.iter().all(|one| one["id"] != sample));
    assert!(!rita.client.get("/p/metal/samples").await.text().contains(&format!("/samples/{sample}?")));
    rita.answer(&lease, classes[2]).await;
    rita.client.get(&page).await.assert_status(200);
    assert_eq!(get(&mut rita, "samples").await.json()["samples"].as_array().unwrap().len(), 6);
    // An example of a class is seen by everybody, so nobody is asked about it.
    let rest: Vec<i64> = listed.iter().map(|one| one["id"].as_i64().unwrap()).collect();
    let shown = [("shown", "true"), ("back", "/p/metal/samples")];
    lena.client.post(&format!("/p/metal/samples/{}/example", rest[0]), &shown).await.assert_status(303);
    assert!(!ids(&rita.lease(20).await).contains(&rest[0]));
}

#[tokio::test]
async fn everybody_takes_back_and_changes_their_own_answer_alone() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 1).await;
        let classes = class_ids(&test, &project).await;
        let [mut lena, mut rita, mut ana, mut ben, _] = people(&test).await;
        configure(&mut lena, json!({})).await.assert_status(200);
        let first = ana.lease_one().await;
        let sample = first["sample"]["id"].clone();
        let by_ana = ana.answer(&first, classes[0]).await;
        let second = ben.lease_one().await;
        let by_ben = ben.answer(&second, classes[1]).await;
        let label = async |person: &mut Person| {
            get(person, &format!("samples/{sample}")).await.assert_status(200).json()["class"].clone()
        };
        assert_eq!(label(&mut rita).await, classes[0]);
        // Ben's answer is not the label, and is on his strip all the same; ana's is not.
        let desk = ben.client.get("/p/metal/label").await.text();
        assert!(desk.contains(&by_ben) && !desk.contains(&by_ana));
        let undone = ana.undo(&by_ana).await.assert_status(200).json();
        assert!(undone.get("stands").is_none(), "what ben said: {undone}");
        assert_eq!(undone["leases"].as_array().unwrap().len(), 1);
        assert_eq!(label(&mut rita).await, classes[1]);
        assert_eq!(test.app.store.tally(project.id).await.unwrap().labeled, 1);
        let again = ana.answer(&undone["leases"][0], classes[2]).await;
        let change = |of: &str, class: i64| {
            let id = uuid::Uuid::new_v4().to_string();
            json!({ "id": id, "sample": sample, "changes": of, "class": class })
        };
        ana.send(&change(&by_ben, classes[2])).await.assert_status(403);
        ana.send(&change(&by_ana, classes[2])).await.assert_status(409);
        let changed = ben.send(&change(&by_ben, classes[2])).await.assert_status(201).json();
        assert_eq!(label(&mut rita).await, classes[2]);
        // A decision stands above all, and ends the right to change.
        let seen = number(&test, "select count(*) from second_opinion where answered = 2 and not settled").await;
        assert_eq!(seen, 1);
        let label_is = changed["id"].as_str().unwrap();
        let review = |annotation: &str| json!({ "samples": [{ "sample": sample, "annotation": annotation, "class": classes[0] }] });
        let path = format!("{}/reviews", rita.base);
        let mut done = rita.client.post_json(&path, &review(label_is)).await.assert_status(200).json();
        if done["settled"].as_array().unwrap().is_empty() {
            done = rita.client.post_json(&path, &review(&again)).await.assert_status(200).json();
        }
        assert_eq!(label(&mut rita).await, classes[0]);
        ana.send(&change(&again, classes[1])).await.assert_status(409);
        ana.undo(&again).await.assert_status(409);
        // Taken back, it leaves what people said.
        let back = rita.undo(done["settled"][0]["annotation"].as_str().unwrap()).await.assert_status(200).json();
        assert!(back.get("leases").is_none(), "{back}");
        assert_eq!(label(&mut rita).await, classes[2]);
        ana.send(&change(&again, classes[1])).await.assert_status(201);
        test.finish().await;
    }
}

#[tokio::test]
async fn disagreements_are_settled_with_a_key_put_off_or_asked_once_more() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 4).await;
    let classes = class_ids(&test, &project).await;
    let [mut lena, mut rita, mut ana, mut ben, mut cem] = people(&test).await;
    configure(&mut lena, json!({})).await.assert_status(200);
    for lease in ana.lease(4).await {
        ana.answer(&lease, classes[0]).await;
    }
    for lease in ben.lease(4).await {
        ben.answer(&lease, classes[1]).await;
    }
    ana.client.get("/p/metal/agreement").await.assert_status(403);
    let page = rita.client.get("/p/metal/agreement").await;
    page.assert_status(200).assert_says("4 disagreements to settle").assert_says("ArrowLeft");
    assert!(!page.text().contains("active minutes"), "who did what is for leads");
    lena.client.get("/p/metal/agreement").await.assert_says("active minutes").assert_says("All said the same on 0.");
    let waiting = get(&mut rita, "agreement").await.json()["disagreements"].as_array().unwrap().clone();
    let item = |at: usize, class: i64| {
        format!("{}:{}:{class}", waiting[at]["sample"], waiting[at]["annotation"].as_str().unwrap())
    };
    let chosen = item(0, classes[1]);
    let form = [("item", chosen.as_str()), ("act", "suggested"), ("back", "/p/metal/agreement")];
    ben.client.post("/p/metal/agreement/settle", &form).await.assert_status(403);
    let done = rita.client.post("/p/metal/agreement/settle", &form).await;
    done.assert_status(303);
    let back = done.header("location").to_owned();
    rita.client.get(&back).await.assert_says("3 disagreements to settle").assert_says("1 settled");
    rita.client.post("/p/metal/agreement/settle", &form).await.assert_status(409);
    let id = back.split("done=").nth(1).unwrap();
    let undo = [("annotation", id), ("back", "/p/metal/agreement")];
    rita.client.post("/p/metal/agreement/undo", &undo).await.assert_leads_to("/p/metal/agreement");
    rita.client.get("/p/metal/agreement").await.assert_says("4 disagreements to settle");
    // Put off, it comes last.
    let first = waiting[0]["sample"].to_string();
    let page = rita.client.get(&format!("/p/metal/agreement?later={first}.x.99")).await;
    page.assert_status(200).assert_says(&format!("value=\"{}\"", waiting[1]["sample"]));
    rita.client.get("/p/metal/agreement?sample=999").await.assert_status(200);
    rita.client.get("/p/metal/agreement?colour=red").await.assert_status(422);
    // Asked once more: not of those who know.
    let once = [("sample", first.as_str()), ("back", "/p/metal/agreement")];
    rita.client.post("/p/metal/agreement/ask", &once).await.assert_leads_to("/p/metal/agreement");
    rita.client.get("/p/metal/agreement").await.assert_says("3 disagreements to settle");
    assert!(rita.lease(9).await.is_empty() && ana.lease(9).await.is_empty());
    let third = cem.lease(9).await;
    assert_eq!(ids(&third).into_iter().map(|id| id.to_string()).collect::<Vec<_>>(), [first]);
    cem.answer(&third[0], classes[1]).await;
    let path = format!("samples/{}", third[0]["sample"]["id"]);
    assert_eq!(get(&mut rita, &path).await.json()["class"], classes[1], "two against one");
    for (status, bad) in [(404, json!({ "sample": 999 })), (422, json!({ "sample": 1, "kind": "x" }))] {
        let path = format!("{}/second-opinions", rita.base);
        rita.client.post_json(&path, &bad).await.assert_status(status);
    }
    for (table, head) in [
        ("classes.csv", "class_id,class,samples"),
        ("disagreements.csv", "sample_id,name,cost"),
        ("pairs.csv", "first,second,samples"),
        ("people.csv", "person,role,answers"),
        ("leases.csv", "lease,person,sample_id"),
    ] {
        let said = get(&mut lena, &format!("agreement/{table}")).await;
        assert!(said.assert_status(200).text().starts_with(head), "{}", said.text());
    }
    get(&mut rita, "agreement/people.csv").await.assert_status(403);
    get(&mut lena, "agreement/secrets.csv").await.assert_status(404);
}

#[tokio::test]
async fn settings_that_cannot_be_are_refused_and_leave_everything() {
    let test = TestApp::new().await;
    pool(&test, "metal", 4).await;
    let [mut lena, mut rita, ..] = people(&test).await;
    for bad in [
        json!({ "share": 1.5 }),
        json!({ "share": -0.1 }),
        json!({ "share": "all" }),
        json!({ "people": 1 }),
        json!({ "people": 6 }),
        json!({ "rule": "loudest" }),
        json!({ "colour": "red" }),
    ] {
        configure(&mut lena, bad).await.assert_status(422);
    }
    configure(&mut rita, json!({})).await.assert_status(403);
    let form = |share: &'static str| [("share", share), ("people", "3"), ("rule", "weighted"), ("disputed", "yes")];
    for share in ["NaN", "inf", "101", "-1", "", "1e9"] {
        lena.client.post("/p/metal/second-opinions", &form(share)).await.assert_status(422);
    }
    let now = get(&mut lena, "second-opinions").await.json();
    assert_eq!((&now["share"], &now["people"], &now["rule"]), (&json!(0.0), &json!(2), &json!("majority")));
    lena.client.post("/p/metal/second-opinions", &form("12.5")).await.assert_leads_to("/p/metal/settings?saved=yes");
    let now = get(&mut lena, "second-opinions").await.json();
    assert_eq!((&now["share"], &now["people"], &now["rule"]), (&json!(0.125), &json!(3), &json!("weighted")));
    lena.client.get("/p/metal/settings").await.assert_says("value=\"12.5\"");
}

#[tokio::test]
async fn a_share_is_drawn_and_audit_samples_only_on_request() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 200).await;
        let classes = class_ids(&test, &project).await;
        let [mut lena, _, mut ana, ..] = people(&test).await;
        configure(&mut lena, json!({ "share": 0.25, "audit": false })).await.assert_status(200);
        for _ in 0..2 {
            for lease in ana.lease(100).await {
                ana.send(&answer_to(&lease, json!({ "class": classes[0] }))).await.assert_status(201);
            }
        }
        let drawn = number(&test, "select count(*) from second_opinion").await;
        // Draws are made with the project's secret; `samples::fill` numbers them one after the other.
        let audits = "select count(*) from second_opinion o join sample s on s.id = o.sample_id where s.audit";
        assert_eq!(number(&test, audits).await, 0);
        configure(&mut lena, json!({ "share": 1.0, "audit": true })).await.assert_status(200);
        assert_eq!(number(&test, "select count(*) from second_opinion").await, 200, "after {drawn}");
        assert!(number(&test, audits).await > 0);
        configure(&mut lena, json!({ "share": 0.0 })).await.assert_status(200);
        assert_eq!(number(&test, "select count(*) from second_opinion").await, 0);
        assert_eq!(project.second.share, 0.0);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_lead_sees_who_holds_what_and_frees_it() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 3).await;
    let classes = class_ids(&test, &project).await;
    let [mut lena, mut rita, mut ana, mut ben, _] = people(&test).await;
    let held = ana.lease(3).await;
    get(&mut rita, "leases").await.assert_status(403);
    let all = get(&mut lena, "leases").await.assert_status(200).json();
    assert_eq!(all["leases"].as_array().unwrap().len(), 3);
    assert_eq!(all["leases"][0]["person"], "ana");
    lena.client.get("/p/metal/agreement").await.assert_says("in 31 min");
    let lease = held[0]["lease"].as_str().unwrap();
    let path = format!("{}/leases/{lease}", lena.base);
    ben.client.delete(&path).await.assert_status(404);
    rita.client.post("/p/metal/agreement/free", &[("lease", lease)]).await.assert_status(403);
    lena.client.post("/p/metal/agreement/free", &[("lease", lease)]).await.assert_leads_to("/p/metal/agreement");
    lena.client.post("/p/metal/agreement/free", &[("lease", lease)]).await.assert_status(404);
    let taken = ben.lease(3).await;
    assert_eq!(ids(&taken), ids(&held[..1]));
    ana.send(&answer_to(&held[0], json!({ "class": classes[0] }))).await.assert_status(409);
    lena.client
        .delete(&format!("{}/leases/{}", lena.base, held[1]["lease"].as_str().unwrap()))
        .await
        .assert_status(204);
}
