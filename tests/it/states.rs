//! The pages in every state of a project, read as a person would, so that none promises what cannot happen.

use querist::domain::{JobNote, Role, SkipReason, job};
use querist::service::people::accounts::{self, NewAccount};
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::client::Client;
use crate::support::rounds::{Loop, runtime_is_there};

/// The desk and the insight page, and what each must say.
async fn read(client: &mut Client, slug: &str, desk: &str, insight: &str) {
    client.get(&format!("/p/{slug}/label")).await.assert_status(200).assert_says(desk);
    client.get(&format!("/p/{slug}/insight")).await.assert_status(200).assert_says(insight);
}

#[tokio::test]
async fn every_state_of_a_project_is_said_as_it_is() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 30).await;
    let mut client = at.client().await;
    read(&mut client, "surfaces", "The first answers start the training", "No label yet.").await;

    // Skips alone.
    let base = "/api/v1/projects/surfaces";
    let skip = async |client: &mut Client, n: usize| {
        for _ in 0..n {
            let lease = at.lease(1).await.remove(0);
            let answer = json!({
                "id": uuid::Uuid::new_v4().to_string(), "sample": lease.sample_id, "lease": lease.id,
                "skip": SkipReason::Unsure.as_str(),
            });
            client.post_json(&format!("{base}/annotations"), &answer).await.assert_status(201);
        }
    };
    skip(&mut client, 2).await;
    read(&mut client, "surfaces", "No label so far: every answer is a skip", "No label yet.").await;

    // Labels of one class, then of two, then a round.
    let (one, other) = (*at.classes.values().min().unwrap(), *at.classes.values().max().unwrap());
    for _ in 0..3 {
        at.answer(at.lease(1).await.remove(0), one).await;
    }
    read(&mut client, "surfaces", "training needs a second class", "nothing measured yet").await;
    for _ in 0..6 {
        at.answer(at.lease(1).await.remove(0), other).await;
    }
    read(&mut client, "surfaces", "The first round follows", "nothing measured yet").await;
    at.round().await;
    read(&mut client, "surfaces", "The next answer starts a round", "Label efficiency").await;

    // One who sees that nothing is left while others hold the last samples, and the end.
    let held = at.lease(19).await;
    let new = NewAccount { name: "bo", role: Role::Annotator, project: Some("surfaces"), password: None };
    let bo = accounts::add(&at.app, new).await.unwrap().id;
    let mut second = Client::new(&at.app);
    second.set_cookie("querist_session", accounts::open_session(&at.app, bo).await.unwrap().reveal());
    second.get("/p/surfaces/label").await.assert_says("The last 19 samples are with other people");
    for lease in held {
        at.answer(lease, one).await;
    }
    read(&mut client, "surfaces", "the queue is finished", "trains by itself").await;
    at.round().await;
    read(&mut client, "surfaces", "The queue is finished, and every answer is trained on", "The queue is finished")
        .await;
}

#[tokio::test]
async fn a_project_without_samples_says_what_comes_first() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    lead.get("/p/birds/label").await.assert_says("They appear here as soon as an admin imports some");
    lead.get("/").await.assert_says("An admin has to import samples first");
}

#[tokio::test]
async fn work_under_way_and_work_that_failed_are_said() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 30).await;
    let mut client = at.client().await;
    let (one, other) = (*at.classes.values().min().unwrap(), *at.classes.values().max().unwrap());
    for class in [one, other, one, other] {
        at.answer(at.lease(1).await.remove(0), class).await;
    }
    let desk = async |client: &mut Client, says: &str| {
        client.get("/p/surfaces/label").await.assert_status(200).assert_says(says);
    };

    let encoding = at.ask(&job::ENCODE).await;
    desk(&mut client, "once the samples are encoded").await;
    at.fail(encoding, "no space left on the device").await;
    desk(&mut client, "the samples could not be encoded").await;
    client.get("/p/surfaces/settings").await.assert_says("no space left on the device");
    let again = at.ask(&job::ENCODE).await;
    at.end(again, &JobNote::NothingToEncode).await;
    desk(&mut client, "The first round follows soon").await;

    let round = at.ask(&job::ROUND).await;
    at.fail(round, "the disk went away").await;
    desk(&mut client, "The last round failed").await;
    client.get("/p/surfaces/rounds").await.assert_says("the disk went away");
    at.round().await;
    desk(&mut client, "The next answer starts a round").await;
}
