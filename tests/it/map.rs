//! The map of a pool, over its pages and its JSON, and what is done with a part of it.

use std::collections::HashSet;

use querist::domain::{AccountId, Role, SampleId};
use querist::progress::Progress;
use querist::service::map::arranging;
use querist::service::people::accounts::{self, NewAccount};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::desk::pool;
use crate::support::rounds::{Loop, runtime_is_there};

const API: &str = "/api/v1/projects/surfaces/map";
/// Every place that a map has.
const ALL: &str = "0,0 65535,0 65535,65535 0,65535";

async fn audit(at: &Loop) -> HashSet<i64> {
    at.app.store.audit_samples(at.project.id, 1_000).await.unwrap().into_iter().map(|id| id.0).collect()
}

fn numbers(list: &Value) -> Vec<i64> {
    list.as_array().unwrap().iter().map(|id| id.as_i64().unwrap()).collect()
}

async fn version(client: &mut Client) -> String {
    client.get(API).await.assert_status(200).json()["version"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_map_is_there_at_once_and_arranged_in_the_background_without_the_audit_set() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    let mut client = at.client().await;
    let first = client.get(API).await.assert_status(200).json();
    assert_eq!((&first["kind"], &first["due"], &first["work"]), (&json!("directions"), &json!(true), &Value::Null));
    client.get("/p/surfaces/map").await.assert_status(200).assert_says("two directions").assert_says("data-canvas");

    client.post_json(API, &json!({})).await.assert_status(202);
    assert_eq!(client.get(API).await.json()["work"]["state"], "queued");
    let note = arranging::run(&at.app, &at.project, &Progress::silent()).await.unwrap().unwrap();
    assert!(note.to_string().starts_with("a map of 150 samples, trustworthiness 0."), "{note}");
    let arranged = client.get(API).await.json();
    assert_eq!((&arranged["kind"], &arranged["due"]), (&json!("neighbours"), &json!(false)));
    assert!(arranged["trust"].as_f64().unwrap() > 0.6 && arranged["version"] != first["version"]);
    client.get("/p/surfaces/map").await.assert_says("Trustworthiness 0.");

    // A second run finds nothing to move.
    arranging::run(&at.app, &at.project, &Progress::silent()).await.unwrap();
    assert_eq!(client.get(API).await.json()["version"], arranged["version"]);

    let points = client.get(&format!("{API}/points")).await.assert_status(200).json();
    let ids = numbers(&points["samples"]);
    let audit = audit(&at).await;
    assert_eq!(ids.len(), 150 - audit.len());
    assert!(ids.is_sorted() && ids.iter().all(|id| !audit.contains(id)));
    assert_eq!(arranged["samples"], ids.len());

    // The same in bytes, which a browser keeps; an older address is refused.
    let now = arranged["version"].as_str().unwrap();
    let bytes = client.get(&format!("/p/surfaces/map/points?v={now}")).await;
    bytes.assert_status(200);
    assert!(bytes.header("cache-control").contains("immutable"));
    let n = ids.len();
    assert_eq!(bytes.body.len(), 4 + 8 * n);
    let word = |at: usize| u32::from_le_bytes(bytes.body[at..at + 4].try_into().unwrap());
    let read: Vec<i64> = (0..n)
        .scan(0, |id, i| {
            *id += i64::from(word(4 + 4 * i));
            Some(*id)
        })
        .collect();
    assert_eq!((word(0) as usize, read), (n, ids));
    let x = u16::from_le_bytes(bytes.body[4 + 4 * n..6 + 4 * n].try_into().unwrap());
    assert_eq!(points["x"][0], x);
    client.get("/p/surfaces/map/points?v=0").await.assert_status(409);
}

#[tokio::test]
async fn every_way_to_colour_the_map_has_a_legend_that_counts_its_points() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    at.answer_truly(60).await;
    at.round().await;
    at.answer_truly(20).await;
    let mut client = at.client().await;
    let version = version(&mut client).await;
    let tag = json!({ "area": ALL, "version": version, "column": "site", "value": "north" });
    client.post_json(&format!("{API}/tags"), &tag).await.assert_status(200);
    for by in ["label", "prediction", "doubt", "state", "import", "round", "metadata&column=site"] {
        let points = client.get(&format!("{API}/points?by={by}")).await.assert_status(200).json();
        let values = numbers(&points["values"]);
        let legend = points["legend"].as_array().unwrap();
        assert!(!legend.is_empty() && values.iter().all(|&value| (value as usize) < legend.len()), "{by}");
        for (place, entry) in legend.iter().enumerate() {
            let n = values.iter().filter(|&&value| value as usize == place).count();
            assert_eq!(entry["n"], n, "{by}: {entry}");
        }
        let names: HashSet<_> = legend.iter().map(|entry| entry["name"].to_string()).collect();
        assert_eq!(names.len(), legend.len(), "{by}: {legend:?}");
        // What is the same is not sent twice.
        let page = client.get(&format!("/p/surfaces/map/values?by={by}")).await;
        page.assert_status(200);
        let mut again = client.clone().with("if-none-match", page.header("etag"));
        again.get(&format!("/p/surfaces/map/values?by={by}")).await.assert_status(304);
    }
    let labeled = client.get(&format!("{API}/points?by=state")).await.json();
    let names: Vec<_> = labeled["legend"].as_array().unwrap().iter().map(|entry| entry["name"].clone()).collect();
    assert_eq!(names, ["unlabeled", "labeled"]);
    let none = client.get(&format!("{API}/points?by=label&only=site%3Dsouth")).await.json();
    assert!(numbers(&none["values"]).iter().all(|&value| value == 255), "no sample is from there");
    for wrong in ["by=mood", "by=metadata&column=weather", "only=weather%3Dfair", "only=north", "colour=red"] {
        let answer = client.get(&format!("{API}/points?{wrong}")).await;
        assert!([404, 422].contains(&answer.status.as_u16()), "{wrong}: {}", answer.status);
    }
}

#[tokio::test]
async fn a_part_is_looked_at_asked_next_answered_many_at_a_time_and_tagged() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    at.answer_truly(60).await;
    at.round().await;
    let mut client = at.client().await;
    let points = client.get(&format!("{API}/points?by=state")).await.json();
    let (ids, xs) = (numbers(&points["samples"]), numbers(&points["x"]));
    let version = points["version"].as_str().unwrap();

    // The left half.
    let area = "0,0 32768,0 32768,65535 0,65535";
    let part = json!({ "area": area, "version": version });
    let inside: HashSet<i64> = ids.iter().zip(&xs).filter(|(_, x)| **x < 32_768).map(|(id, _)| *id).collect();
    let labels = at.app.store.training_labels(at.project.id).await.unwrap();
    let labeled = labels.iter().filter(|(id, _)| inside.contains(&id.0)).count();
    let found = client.post_json(&format!("{API}/selections"), &part).await.assert_status(200).json();
    let unlabeled = inside.len() - labeled;
    assert_eq!((&found["samples"], &found["labeled"]), (&json!(inside.len()), &json!(labeled)));
    assert_eq!((&found["unlabeled"], &found["skipped"]), (&json!(unlabeled), &json!(0)));
    let guessed: i64 = found["guesses"].as_array().unwrap().iter().map(|guess| guess["n"].as_i64().unwrap()).sum();
    assert_eq!(guessed, unlabeled as i64, "the committee has an opinion of each");
    assert_eq!(found["first"].as_array().unwrap().len(), 5);
    assert_eq!(found["title"], format!("{} selected", inside.len()));

    let asked = client.post_json(&format!("{API}/chosen"), &part).await.assert_status(200).json();
    let n = asked["asked"].as_u64().unwrap() as usize;
    assert_eq!(n + asked["copies"].as_u64().unwrap() as usize, unlabeled);
    let leases = at.lease(30).await;
    let audit = audit(&at).await;
    let chosen: Vec<_> = leases.iter().filter(|lease| lease.asked_by == "chosen").collect();
    assert!(chosen.len() >= 15 && chosen.iter().all(|lease| inside.contains(&lease.sample_id.0)));
    assert!(leases.iter().any(|lease| audit.contains(&lease.sample_id.0)), "audit questions go on");
    assert!(leases.iter().all(|lease| lease.asked_by != "auto"), "nothing is ranked before them");

    // Many at a time, from this part alone.
    let wanted = json!({ "size": 6, "area": area, "map": version });
    let group = client.post_json("/api/v1/projects/surfaces/groups", &wanted).await.assert_status(200).json();
    let leased: Vec<i64> =
        group["group"]["leases"].as_array().unwrap().iter().map(|l| l["sample"]["id"].as_i64().unwrap()).collect();
    assert!(!leased.is_empty() && leased.iter().all(|id| inside.contains(id)), "{leased:?}");
    client.get("/p/surfaces/grid?area=0%2C0+9%2C0+9%2C9&map=x").await.assert_status(200).assert_says("Any group");

    let tag = json!({ "area": area, "version": version, "column": " side ", "value": "left" });
    let done = client.post_json(&format!("{API}/tags"), &tag).await.assert_status(200).json();
    assert_eq!(done["tagged"], inside.len());
    let listed = client.get("/api/v1/projects/surfaces/samples?metadata=side%3Dleft&limit=1000").await.json();
    assert_eq!(listed["samples"].as_array().unwrap().len(), inside.len());
    let only = json!({ "area": ALL, "version": version, "only": "side=left" });
    let found = client.post_json(&format!("{API}/selections"), &only).await.assert_status(200).json();
    assert_eq!(found["samples"], inside.len());
}

#[tokio::test]
async fn hostile_parts_and_strangers_are_refused_and_change_nothing() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 40).await;
    let mut client = at.client().await;
    let version = version(&mut client).await;
    let areas = ["", "1,1 2,2", "NaN,1 2,2 3,3", "1e400,0 1,1 2,2", "-1,0 1,1 2,2", "0,0 1,1 99999,0", "a,b c,d e,f"];
    for path in ["selections", "chosen"] {
        let path = format!("{API}/{path}");
        for area in areas {
            client.post_json(&path, &json!({ "area": area, "version": version })).await.assert_status(422);
        }
        let many = "1,1 ".repeat(100_000);
        client.post_json(&path, &json!({ "area": many, "version": version })).await.assert_status(422);
        let huge = "1,1 ".repeat(1_000_000);
        client.post_json(&path, &json!({ "area": huge, "version": version })).await.assert_status(413);
        client.post_json(&path, &json!({ "area": [[0, 0], [1, null]], "version": version })).await.assert_status(422);
        client.post_json(&path, &json!({ "area": ALL, "version": "another" })).await.assert_status(409);
        client.post_json(&path, &json!({ "area": ALL, "version": version, "ids": [1] })).await.assert_status(422);
        client
            .post_json(&path.replace("surfaces", "nowhere"), &json!({ "area": ALL, "version": version }))
            .await
            .assert_status(404);
    }
    // Nothing is there.
    client
        .post_json(&format!("{API}/chosen"), &json!({ "area": "0,0 1,0 1,1", "version": version }))
        .await
        .assert_status(422);
    for (column, value) in [("", "x"), ("x", " "), ("a=b", "x"), ("x", "two\nlines"), (&*"x".repeat(65), "x")] {
        let tag = json!({ "area": ALL, "version": version, "column": column, "value": value });
        client.post_json(&format!("{API}/tags"), &tag).await.assert_status(422);
    }
    assert!(at.app.store.metadata(at.project.id).await.unwrap().iter().all(|(_, data)| !data.contains("\"x\"")));
    assert_eq!(at.app.store.chosen_samples(at.project.id, at.app.clock.now()).await.unwrap(), []);

    let new = NewAccount { name: "ben", role: Role::Annotator, project: Some("surfaces"), password: None };
    let annotator = accounts::add(&at.app, new).await.unwrap().id;
    let mut ben = Client::new(&at.app);
    ben.set_cookie("querist_session", accounts::open_session(&at.app, annotator).await.unwrap().reveal());
    let mut nobody = Client::new(&at.app);
    for (who, status) in [(&mut ben, 403), (&mut nobody, 401)] {
        who.get(API).await.assert_status(status);
        who.get(&format!("{API}/points")).await.assert_status(status);
        for path in ["selections", "chosen"] {
            let part = json!({ "area": ALL, "version": version });
            who.post_json(&format!("{API}/{path}"), &part).await.assert_status(status);
        }
        let group = json!({ "size": 4, "area": ALL, "map": version });
        who.post_json("/api/v1/projects/surfaces/groups", &group).await.assert_status(status);
    }
    for path in ["/p/surfaces/map", "/p/surfaces/map/points?v=1", "/p/surfaces/map/values"] {
        ben.get(path).await.assert_status(403);
        nobody.get(path).await.assert_status(303);
    }
    // A form from another site.
    let mut other = at.client().await.with("sec-fetch-site", "cross-site").with("origin", "https://elsewhere.example");
    other.post("/p/surfaces/map", &[]).await.assert_status(403);
}

#[tokio::test]
async fn a_project_without_embeddings_has_a_page_and_no_map() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut client = test.signed_in("boss", Role::Admin, None).await;
    client.get("/p/birds/map").await.assert_status(200).assert_says("Nothing is encoded yet");
    client.get("/p/birds/map/points?v=1").await.assert_status(404);
    client.get("/p/birds/map/values").await.assert_status(404);
    assert_eq!(client.get("/api/v1/projects/birds/map").await.assert_status(200).json()["version"], Value::Null);
}

#[tokio::test]
async fn samples_are_chosen_and_tagged_on_each_engine() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "birds", 30).await;
        let person = test.person("ana", Role::Lead, Some("birds")).await;
        let store = &test.app.store;
        let now = test.app.clock.now();
        let audit: Vec<SampleId> = store.audit_samples(project.id, 100).await.unwrap();
        let waiting = store.waiting_samples(project.id, false, now).await.unwrap();
        let wanted = [waiting[5], audit[0], waiting[2], SampleId(9_999)];
        store.choose_samples(project.id, person, &wanted, now).await.unwrap();
        assert_eq!(store.chosen_samples(project.id, now).await.unwrap(), [waiting[5], waiting[2]]);
        // Chosen later, asked before; chosen again, asked once.
        let later = now.plus_seconds(1);
        store.choose_samples(project.id, person, &[waiting[2], waiting[7]], later).await.unwrap();
        assert_eq!(store.chosen_samples(project.id, later).await.unwrap(), [waiting[2], waiting[7], waiting[5]]);

        let other = test.project("bees").await;
        assert_eq!(store.tag_samples(other, &waiting[..3], "site", "north").await.unwrap(), 0);
        assert_eq!(store.tag_samples(project.id, &wanted, "site", "north").await.unwrap(), 2);
        store.tag_samples(project.id, &wanted[..1], "seen", "say \"yes\"").await.unwrap();
        let mut rows = store.metadata(project.id).await.unwrap();
        rows.sort_by_key(|(id, _)| *id != waiting[5]);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].1, r#"{"seen":"say \"yes\"","site":"north"}"#);
        assert_ne!(person, AccountId(0));
        test.finish().await;
    }
}
