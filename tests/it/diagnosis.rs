//! What would help: refused until there is enough to measure on, measured as a job, shown, and switched on for the next round.

use querist::domain::{JobNote, Lane, Role};
use querist::progress::Progress;
use querist::service::ServiceError;
use querist::service::experiments::diagnosis::{self, FindingKind};
use querist::service::rounds::training::{self, Outcome};
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::rounds::{Loop, runtime_is_there};

#[tokio::test]
async fn what_would_help_is_measured_shown_and_switched_on() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 100).await;
    let mut client = at.client().await;
    let page = client.get("/p/surfaces/help").await;
    page.assert_status(200).assert_says("What would help here?").assert_says("40 labels outside the audit set");
    client.post("/p/surfaces/help", &[]).await.assert_status(422).assert_says("40 labels");
    at.answer_truly(80).await;
    let trained = at.app.store.training_labels(at.project.id).await.unwrap().len();
    client.get("/p/surfaces/help").await.assert_says("Measure").assert_says("form=\"again\"");
    client.get("/p/surfaces/insight").await.assert_says("href=\"/p/surfaces/help\"");

    // Asked for twice, it waits once; interrupted, it goes on from what it measured.
    client.post("/p/surfaces/help", &[]).await.assert_leads_to("/p/surfaces/help");
    let asked = client.post_json("/api/v1/projects/surfaces/diagnosis", &json!({})).await.assert_status(202).json();
    client.get("/p/surfaces/help").await.assert_says("Waiting to begin");
    let job = at.app.store.claim_job(Lane::Replays, at.app.clock.now()).await.unwrap().unwrap();
    assert_eq!((job.kind.as_str(), asked["job"].as_i64()), ("diagnosis", Some(job.id.0)));
    let stopped = Progress::silent();
    stopped.stop();
    assert_eq!(diagnosis::run(&at.app, &at.project, &stopped).await.unwrap(), None);
    assert!(diagnosis::latest(&at.app, &at.project).await.unwrap().is_none(), "half a measurement is no result");
    let found = diagnosis::run(&at.app, &at.project, &Progress::silent()).await.unwrap().unwrap();
    assert!(!at.app.data.diagnosis("surfaces").exists(), "the journal goes with the end");
    let note = JobNote::Diagnosed { ways: found.findings.len() as i64, labels: found.labels as i64 };
    at.app.store.finish_job(job.id, &note, None, at.app.clock.now()).await.unwrap();

    assert_eq!((found.labels, found.compared, found.folds, found.repeats), (trained, trained, 5, 3));
    assert!(found.accuracy > 0.5, "{}", found.accuracy);
    let larger = found.findings.iter().find(|one| one.name == "larger-committee").unwrap();
    assert!(larger.kind == FindingKind::Cure && !larger.in_use && larger.gain.low <= larger.gain.value);
    assert!(found.findings.iter().any(|one| one.kind == FindingKind::Labels));
    assert!(found.findings.windows(2).all(|pair| pair[0].gain.value >= pair[1].gain.value), "best first");
    // The same labels give the same numbers.
    let again = diagnosis::run(&at.app, &at.project, &Progress::silent()).await.unwrap().unwrap();
    let gains = |found: &diagnosis::Diagnosis| found.findings.iter().map(|one| one.gain).collect::<Vec<_>>();
    assert_eq!((gains(&again), again.accuracy), (gains(&found), found.accuracy));

    let page = client.get("/p/surfaces/help").await;
    page.assert_status(200)
        .assert_says("Larger committee")
        .assert_says("50 more labels")
        .assert_says("role=\"switch\"");
    assert!(!page.text().contains("style="), "the policy forbids inline styles");
    let latest = client.get("/api/v1/projects/surfaces/diagnosis").await.assert_status(200).json();
    assert_eq!((&latest["job"]["state"], &latest["result"]["labels"]), (&json!("done"), &json!(trained)));

    // Switched on, the next round learns with it; measured again, it is what the gain is of.
    client.post("/p/surfaces/help/cures", &[("cure", "larger-committee")]).await.assert_leads_to("/p/surfaces/help");
    let listed = client.get("/api/v1/projects/surfaces/cures").await.assert_status(200).json();
    let larger = listed["cures"].as_array().unwrap().iter().find(|cure| cure["name"] == "larger-committee").unwrap();
    assert_eq!(larger["in_use"], true);
    let project = at.app.store.project(at.project.id).await.unwrap().unwrap();
    assert_eq!(project.cures, "larger-committee");
    let Outcome::Finished { .. } = training::round(&at.app, &project, "a test").await.unwrap() else {
        panic!("no round")
    };
    assert!(at.app.pools.committee(project.id).unwrap().committee.members() >= 16);
    let found = diagnosis::run(&at.app, &project, &Progress::silent()).await.unwrap().unwrap();
    assert!(found.findings.iter().any(|one| one.name == "larger-committee" && one.in_use));
    client.get("/p/surfaces/help").await.assert_says("checked");
    client.put_json("/api/v1/projects/surfaces/cures", &json!({ "cures": [] })).await.assert_status(204);
    client
        .put_json("/api/v1/projects/surfaces/cures", &json!({ "cures": ["hope"] }))
        .await
        .assert_status(422)
        .assert_says("cure `hope` is unknown");
}

#[tokio::test]
async fn nothing_is_measured_before_there_is_enough_and_only_leads_see_it() {
    let bench = Bench::new().await;
    let refused = diagnosis::request(&bench.app, &bench.project).await;
    assert!(matches!(&refused, Err(ServiceError::Invalid(why)) if why.contains("nothing is encoded")), "{refused:?}");
    diagnosis::request_if_due(&bench.app, bench.project.id).await.unwrap();
    assert!(bench.app.store.claim_job(Lane::Replays, bench.app.clock.now()).await.unwrap().is_none());
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut reviewer = test.signed_in("rob", Role::Reviewer, Some("birds")).await;
    for path in ["/p/birds/help", "/api/v1/projects/birds/diagnosis", "/api/v1/projects/birds/cures"] {
        reviewer.get(path).await.assert_status(403);
    }
    reviewer.post("/p/birds/help", &[]).await.assert_status(403);
    reviewer.post("/p/birds/help/cures", &[("cure", "mixup")]).await.assert_status(403);
    test.finish().await;
}
