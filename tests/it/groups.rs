//! Many at a time: groups of similar samples, answered and taken back together, never with a sample of the audit set.

use std::collections::HashSet;

use querist::domain::SampleId;
use querist::service::ServiceError;
use querist::service::desk::groups::{self, Group, GroupAnswer, GroupKind, GroupMember, WantedGroup};

use crate::support::client::Client;
use crate::support::rounds::{Loop, runtime_is_there};

impl Loop {
    async fn group(&self, wanted: WantedGroup) -> Option<Group> {
        let project = self.app.store.project(self.project.id).await.unwrap().unwrap();
        groups::propose(&self.app, &project, self.account(), wanted).await.unwrap()
    }

    async fn audit(&self) -> HashSet<SampleId> {
        self.app.store.audit_samples(self.project.id, 10_000).await.unwrap().into_iter().collect()
    }
}

fn of_size(size: usize) -> WantedGroup {
    WantedGroup { size, ..WantedGroup::default() }
}

fn members(group: &Group) -> Vec<GroupMember> {
    let member = |lease: &querist::store::labeling::Lease| GroupMember {
        id: uuid::Uuid::new_v4().to_string(),
        sample: lease.sample_id,
        lease: lease.id.clone(),
    };
    group.leases.iter().map(member).collect()
}

#[tokio::test]
async fn a_group_is_alike_answered_with_one_class_and_taken_back_whole() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    let (app, project, account) = (&at.app, &at.project, at.account());
    let audit = at.audit().await;

    // Without a committee: alike, nothing proposed.
    let group = at.group(of_size(8)).await.unwrap();
    assert_eq!((group.kind, group.classes.is_none(), group.leases.len()), (GroupKind::Alike, true, 8));
    assert!(group.leases.iter().all(|lease| !audit.contains(&lease.sample_id) && lease.asked_by == "group: alike"));

    // Two odd ones go back; the others are stored with where they come from, once however often they are sent.
    let class = app.store.classes(project.id).await.unwrap()[1].id;
    let mut all = members(&group);
    let odd: Vec<GroupMember> = all.split_off(6);
    let given = || GroupAnswer {
        classes: [class].into_iter().collect(),
        members: all.clone(),
        odd: odd.iter().map(|member| member.lease.clone()).collect(),
        seconds: Some(12.0),
    };
    let before = app.store.tally(project.id).await.unwrap();
    let done = groups::answer(app, project, account, given()).await.unwrap();
    assert!(done.iter().all(|(_, outcome)| outcome.as_ref().is_ok_and(|receipt| !receipt.repeated)));
    let again = groups::answer(app, project, account, given()).await.unwrap();
    assert!(again.iter().all(|(_, outcome)| outcome.as_ref().is_ok_and(|receipt| receipt.repeated)));
    let after = app.store.tally(project.id).await.unwrap();
    assert_eq!((after.labeled - before.labeled, after.answers - before.answers), (6, 6));
    assert!(app.store.own_leases(project.id, account).await.unwrap().is_empty(), "odd ones are free again");

    // One request takes all back; the answers stay in the history, and the samples are asked again.
    let ids: Vec<String> = all.iter().map(|member| member.id.clone()).collect();
    let undone = groups::undo(app, project, account, ids.clone()).await.unwrap();
    let leased: usize = undone.iter().map(|(_, outcome)| outcome.as_ref().unwrap().leases.len()).sum();
    assert_eq!(leased, 6);
    assert_eq!(app.store.tally(project.id).await.unwrap().labeled, before.labeled);
    let twice = groups::undo(app, project, account, ids).await.unwrap();
    assert!(twice.iter().all(|(_, outcome)| outcome.as_ref().is_ok_and(|receipt| receipt.repeated)));
}

#[tokio::test]
async fn a_committee_proposes_a_class_and_a_sample_finds_its_likes_without_itself() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let mut at = Loop::open(folder.path(), 160).await;
    at.answer_truly(60).await;
    at.round().await;
    let audit = at.audit().await;
    let classes = at.app.store.classes(at.project.id).await.unwrap();

    // Where the lead does not show the committee's opinion, the grid does not either.
    let silent = at.group(of_size(6)).await.unwrap();
    assert!(silent.kind == GroupKind::Alike && silent.classes.is_none(), "{silent:?}");
    at.allow_opinions().await;
    let wanted = WantedGroup { instead_of: silent.leases.iter().map(|lease| lease.id.clone()).collect(), ..of_size(6) };
    let group = at.group(wanted).await.unwrap();
    assert!(group.kind == GroupKind::Confident && group.classes.is_some(), "{group:?}");
    let proposed = group.classes.as_ref().unwrap();
    assert!(classes.iter().any(|class| *proposed == [class.id].into_iter().collect()), "{proposed:?}");
    let first: HashSet<SampleId> = group.leases.iter().map(|lease| lease.sample_id).collect();

    // Another group in its place: the leases are given back, what was passed over does not come again.
    let wanted = WantedGroup {
        passed: first.iter().copied().collect(),
        instead_of: group.leases.iter().map(|lease| lease.id.clone()).collect(),
        ..of_size(6)
    };
    let other = at.group(wanted).await.unwrap();
    assert!(other.leases.iter().all(|lease| !first.contains(&lease.sample_id)));
    assert_eq!(at.app.store.own_leases(at.project.id, at.account()).await.unwrap().len(), other.leases.len());

    // Like a sample of the audit set, or like one that waits: neither is in its own group.
    let waiting = at.app.store.waiting_samples(at.project.id, false, at.app.clock.now()).await.unwrap()[0];
    let hidden = *audit.iter().min().unwrap();
    for like in [waiting, hidden] {
        let group = at.group(WantedGroup { like: Some(like), ..of_size(12) }).await.unwrap();
        assert_eq!((group.kind, group.like), (GroupKind::Alike, Some(like)));
        assert!(group.leases.iter().all(|lease| lease.sample_id != like && !audit.contains(&lease.sample_id)));
    }

    for wanted in [of_size(1), of_size(65)] {
        let refused = groups::propose(&at.app, &at.project, at.account(), wanted).await;
        assert!(matches!(refused, Err(ServiceError::Invalid(_))));
    }
    let unknown = WantedGroup { like: Some(SampleId(999_999)), ..of_size(4) };
    assert!(matches!(
        groups::propose(&at.app, &at.project, at.account(), unknown).await,
        Err(ServiceError::NotFound { .. })
    ));
}

#[tokio::test]
async fn programs_lease_answer_and_take_back_groups_and_one_lost_lease_costs_no_other() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 60).await;
    let mut client: Client = at.client().await;
    let base = format!("/api/v1/projects/{}/groups", at.project.slug);
    let answer = client.post_json(&base, &serde_json::json!({ "size": 4 })).await;
    answer.assert_status(200);
    let group = answer.json()["group"].clone();
    assert!(group.is_object(), "{}", answer.text());
    let leases = group["leases"].as_array().unwrap();
    assert_eq!(leases.len(), 4);
    assert!(leases.iter().all(|lease| lease["thumb_url"].is_string()));
    let class = at.app.store.classes(at.project.id).await.unwrap()[0].id;
    let mut answers: Vec<serde_json::Value> = leases
        .iter()
        .map(|lease| serde_json::json!({ "id": uuid::Uuid::new_v4().to_string(), "sample": lease["sample"]["id"], "lease": lease["lease"] }))
        .collect();
    answers[2]["lease"] = "somebody else's".into();
    answers[3]["id"] = "no uuid".into();
    let sent = serde_json::json!({ "class": class, "answers": answers, "seconds": 3.5 });
    let stored = client.post_json(&format!("{base}/answers"), &sent).await;
    stored.assert_status(200);
    let stored = stored.json();
    assert_eq!(stored["done"].as_array().unwrap().len(), 2);
    let reasons: Vec<&str> =
        stored["refused"].as_array().unwrap().iter().map(|one| one["reason"].as_str().unwrap()).collect();
    assert!(reasons.len() == 2 && reasons[0].contains("lease") && reasons[1].contains("not a UUID"), "{reasons:?}");
    let undone =
        client.post_json(&format!("{base}/undo"), &serde_json::json!({ "annotations": stored["done"] })).await.json();
    assert_eq!((undone["done"].as_array().unwrap().len(), undone["leases"].as_array().unwrap().len()), (2, 2));
    for (path, body, status) in [
        ("", serde_json::json!({ "size": 0 }), 422),
        ("", serde_json::json!({ "size": 4, "class": 999 }), 404),
        ("", serde_json::json!({ "size": 4, "colour": "red" }), 422),
        ("/answers", serde_json::json!({ "class": class, "answers": vec![answers[0].clone(); 65] }), 422),
        ("/undo", serde_json::json!({ "annotations": vec!["x"; 65] }), 422),
    ] {
        client.post_json(&format!("{base}{path}"), &body).await.assert_status(status);
    }
    let unknown = serde_json::json!({ "class": 999, "answers": [{ "id": uuid::Uuid::new_v4().to_string(), "sample": answers[0]["sample"], "lease": undone["leases"][0]["lease"] }] });
    let refused = client.post_json(&format!("{base}/answers"), &unknown).await.json();
    assert!(refused.to_string().contains("class 999"), "{refused}");
    client.get(&format!("/p/{}/grid?like=1", at.project.slug)).await.assert_status(200);
}
