//! Replays: refused with a sentence until there is enough to replay, run as jobs, and shown as a page and as JSON.

use std::path::Path;

use querist::domain::{Lane, Role};
use querist::learn::Link;
use querist::progress::Progress;
use querist::service::ServiceError;
use querist::service::exchange::importing::LabelsFrom;
use querist::service::experiments::replay::{self, ReplayOutcome, WantedReplay};
use querist::store::jobs::Job;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::rounds::{Loop, runtime_is_there};

fn wanted(seeds: u64) -> WantedReplay {
    WantedReplay { strategies: vec!["margin".to_owned(), "random".to_owned()], seeds, batch: 20 }
}

async fn claimed(at: &Loop) -> Job {
    at.app.store.claim_job(Lane::Replays, at.app.clock.now()).await.unwrap().unwrap()
}

async fn run(at: &Loop, job: &Job, progress: &Progress) -> ReplayOutcome {
    replay::run(&at.app, &at.project, job.id, &job.payload, progress).await.unwrap()
}

async fn end(at: &Loop, job: &Job) -> String {
    let ReplayOutcome::Ended(note) = run(at, job, &Progress::silent()).await else { panic!("it was interrupted") };
    at.app.store.finish_job(job.id, &note, None, at.app.clock.now()).await.unwrap();
    note.to_string()
}

fn stopped() -> Progress {
    let progress = Progress::silent();
    progress.stop();
    progress
}

fn left_behind(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.map(|name| name.to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_replay_runs_on_the_labels_that_are_there_and_is_shown_with_its_caveat() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 150).await;
    let mut client = at.client().await;
    at.answer_truly(140).await;
    let trained = at.app.store.training_labels(at.project.id).await.unwrap().len();
    assert!(trained >= replay::LEAST_LABELS, "{trained} labels outside the audit set");

    // Asked for on the page; a second one has to wait.
    let page = client.get("/p/surfaces/replay").await;
    page.assert_status(200).assert_says("What would another strategy have achieved?").assert_says("name=\"seeds\"");
    assert!(!page.text().contains("style="), "the policy forbids inline styles");
    client.get("/p/surfaces/insight").await.assert_says("href=\"/p/surfaces/replay\"");
    let form =
        [("first", "margin"), ("second", "random"), ("third", ""), ("fourth", ""), ("seeds", "2"), ("batch", "20")];
    client.post("/p/surfaces/replay", &form).await.assert_leads_to("/p/surfaces/replay");
    client.post("/p/surfaces/replay", &form).await.assert_status(409).assert_says("under way");
    client.get("/p/surfaces/replay").await.assert_says("Waiting to begin").assert_says("/replay/stop");

    // Interrupted when the server stops, it keeps the finished runs and resumes.
    let job = claimed(&at).await;
    assert_eq!(run(&at, &job, &stopped()).await, ReplayOutcome::Interrupted);
    assert!(at.app.data.replay("surfaces", job.id).join("runs.csv").is_file());
    assert!(replay::latest(&at.app, &at.project).await.unwrap().is_none(), "half a replay is not a result");
    assert!(end(&at, &job).await.starts_with("2 seeds of margin, random"));
    assert_eq!(left_behind(&at.app.data.replays("surfaces")), ["latest.json"]);

    let found = replay::latest(&at.app, &at.project).await.unwrap().unwrap();
    assert_eq!((found.summary.seeds, found.audited), (2, false), "too few audit labels in so small a pool");
    assert_eq!(found.pool + found.test, trained, "every label is either asked about or measured on");
    assert!(found.test * 10 / trained == 2 || found.test * 10 / trained == 3, "{} of {trained}", found.test);
    assert_eq!(found.curves.len(), 2);
    for curve in &found.curves {
        assert_eq!(curve.points[0].labels as usize, 20);
        assert_eq!(curve.points.last().unwrap().labels as usize, found.budget);
    }
    let verdict = found.summary.strategies[0].verdict.as_ref().unwrap();
    let page = client.get("/p/surfaces/replay").await;
    page.assert_status(200)
        .assert_says(&verdict.sentence)
        .assert_says("class=\"curve c2\"")
        .assert_says("held out")
        .assert_says("was itself chosen by a strategy")
        .assert_says("No question of a replay touches the audit set");
    assert!(!page.text().contains("style="), "the policy forbids inline styles");

    // The same for programs, and the same numbers again.
    let body = json!({ "strategies": ["margin", "random"], "seeds": 2, "batch": 20 });
    let asked = client.post_json("/api/v1/projects/surfaces/replays", &body).await;
    asked.assert_status(202);
    let job = claimed(&at).await;
    assert_eq!(asked.json()["job"], job.id.0);
    end(&at, &job).await;
    let again = replay::latest(&at.app, &at.project).await.unwrap().unwrap();
    assert_eq!((&again.summary, &again.curves), (&found.summary, &found.curves));
    let latest = client.get("/api/v1/projects/surfaces/replays/latest").await.assert_status(200).json();
    assert_eq!((&latest["job"]["state"], &latest["result"]["job"]), (&json!("done"), &json!(job.id.0)));
    assert_eq!(latest["result"]["summary"]["strategies"][0]["verdict"]["sentence"], verdict.sentence.as_str());

    // Stopped by a person before every strategy has run, it leaves the previous result in place.
    replay::request(&at.app, &at.project, &wanted(9)).await.unwrap();
    client.post("/p/surfaces/replay/stop", &[]).await.assert_leads_to("/p/surfaces/replay");
    let job = claimed(&at).await;
    assert!(end(&at, &job).await.starts_with("stopped before"));
    assert_eq!(replay::latest(&at.app, &at.project).await.unwrap().unwrap(), again);
    client
        .delete("/api/v1/projects/surfaces/replays/latest")
        .await
        .assert_status(409)
        .assert_says("no replay is under");

    // If labels changed during an interruption, it starts over.
    replay::request(&at.app, &at.project, &wanted(1)).await.unwrap();
    let job = claimed(&at).await;
    assert_eq!(run(&at, &job, &stopped()).await, ReplayOutcome::Interrupted);
    at.answer_truly(5).await;
    end(&at, &job).await;
    let newest = replay::latest(&at.app, &at.project).await.unwrap().unwrap();
    assert!(newest.pool + newest.test > trained, "{} and {} of {trained}", newest.pool, newest.test);
}

#[tokio::test]
async fn what_cannot_be_replayed_yet_is_said_in_a_sentence() {
    let bench = Bench::new().await;
    let refusal = async || match replay::request(&bench.app, &bench.project, &WantedReplay::usual(Link::Softmax)).await
    {
        Err(ServiceError::Invalid(why)) => why,
        other => panic!("{other:?}"),
    };
    assert!(refusal().await.contains("labels of at least two classes, and this project has no labels"));
    bench.import(&bench.tree(&["cat"], 20), LabelsFrom::Folder).await;
    assert!(refusal().await.contains("has labels of one class only"));
    bench.import(&bench.tree(&["cat", "dog"], 40), LabelsFrom::Folder).await;
    assert!(refusal().await.contains("at least 100 labeled samples outside the audit set, and this project has"));
    bench.import(&bench.tree(&["cat", "dog"], 120), LabelsFrom::Folder).await;
    assert!(refusal().await.contains("nothing is encoded yet"));
    assert!(bench.app.store.latest_job(bench.project.id, &querist::domain::job::REPLAY).await.unwrap().is_none());
}

#[tokio::test]
async fn replays_are_for_leads_and_say_on_the_page_and_to_programs_why_not() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut lead = test.signed_in("lea", Role::Lead, Some("birds")).await;
    let mut reviewer = test.signed_in("rob", Role::Reviewer, Some("birds")).await;
    let page = lead.get("/p/birds/replay").await;
    page.assert_status(200).assert_says("A replay needs labels of at least two classes");
    assert!(!page.text().contains("name=\"seeds\""), "what would be refused is not offered");
    let api = "/api/v1/projects/birds/replays";
    lead.post_json(api, &json!({})).await.assert_status(422).assert_says("at least two classes");
    lead.post_json(api, &json!({ "strategies": ["margin"] })).await.assert_status(422).assert_says("two to four");
    lead.post_json(api, &json!({ "budget": 5 })).await.assert_status(422);
    let latest = format!("{api}/latest");
    lead.get(&latest).await.assert_status(404).assert_says("no replay was asked for yet");
    lead.post("/p/birds/replay/stop", &[]).await.assert_status(409);
    lead.get("/p/birds/insight").await.assert_says("/p/birds/replay");

    reviewer.get("/p/birds/replay").await.assert_status(403);
    reviewer.post("/p/birds/replay/stop", &[]).await.assert_status(403);
    reviewer.post_json(api, &json!({})).await.assert_status(403);
    reviewer.get(&latest).await.assert_status(403);
    reviewer.delete(&latest).await.assert_status(403);
    let samples = reviewer.get("/p/birds/samples").await;
    assert!(!samples.text().contains("/p/birds/insight"), "no way is shown that leads to a refusal");
    test.finish().await;
}
