//! Jobs that hang, fail, are interrupted, or meet a clock that jumps.

use querist::domain::{JobNote, JobStatus, Lane, Project, Role, job};
use querist::service::live::Changed;
use querist::service::rounds::training;
use querist::service::{ServiceError, background};
use querist::store::StoreError;
use querist::store::jobs::Job;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::desk::{Person, number, pool, run};

async fn claim(test: &TestApp, lane: Lane) -> Option<Job> {
    test.app.store.claim_job(lane, test.app.clock.now()).await.unwrap()
}

async fn views(test: &TestApp, project: &Project) {
    test.app.store.request_job(project.id, &job::VIEWS, "", test.app.clock.now()).await.unwrap();
}

#[tokio::test]
async fn a_job_that_took_the_server_with_it_three_times_fails_and_says_so() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let id = training::request(&test.app, project.id, "button").await.unwrap();
        for _ in 0..3 {
            assert_eq!(claim(&test, Lane::Rounds).await.unwrap().id, id);
            // kill -9, and a start.
            querist::jobs::recover(&test.app).await.unwrap();
        }
        assert!(claim(&test, Lane::Rounds).await.is_none(), "it is tried for ever");
        let stuck = test.app.store.job(id).await.unwrap().unwrap();
        assert!(stuck.failed() && stuck.note == JobNote::Stuck, "{stuck:?}");
        // Asked for again, it is a new one.
        assert_ne!(training::request(&test.app, project.id, "button").await.unwrap(), id);
        test.finish().await;
    }
}

#[tokio::test]
async fn an_interrupted_job_is_no_attempt_and_goes_where_another_waits() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let now = test.app.clock.now();
        views(&test, &project).await;
        for _ in 0..5 {
            let job = claim(&test, Lane::Other).await.unwrap();
            assert_eq!(job.attempts, 1);
            test.app.store.return_job(job.id, &JobNote::Interrupted, now).await.unwrap();
        }
        let job = claim(&test, Lane::Other).await.unwrap();
        views(&test, &project).await;
        test.app.store.return_job(job.id, &JobNote::Interrupted, now).await.unwrap();
        assert!(test.app.store.job(job.id).await.unwrap().is_none(), "the one that waits does its work");
        assert!(claim(&test, Lane::Other).await.is_some());
        test.finish().await;
    }
}

#[tokio::test]
async fn a_failed_job_whose_successor_waits_is_closed_whatever_its_kind() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        let now = test.app.clock.now();
        for kind in background::kinds() {
            let first = test.app.store.request_job(project.id, kind, "", now).await.unwrap();
            assert_eq!(claim(&test, kind.lane).await.unwrap().id, first, "{}", kind.name);
            let next = test.app.store.request_job(project.id, kind, "", now).await.unwrap();
            test.app
                .store
                .retry_job(first, &JobNote::Failed { causes: "no memory".to_owned(), kind: None }, now, now)
                .await
                .unwrap();
            let first = test.app.store.job(first).await.unwrap().unwrap();
            assert_eq!((first.failed(), first.note.to_string()), (kind.once, "no memory".to_owned()), "{}", kind.name);
            // Twice the same, started over.
            querist::jobs::recover(&test.app).await.unwrap();
            while let Some(job) = claim(&test, kind.lane).await {
                test.app.store.finish_job(job.id, &JobNote::default(), None, now).await.unwrap();
            }
            assert_eq!(test.app.store.job(next).await.unwrap().unwrap().state, JobStatus::Done);
        }
        test.finish().await;
    }
}

#[tokio::test]
async fn two_running_jobs_of_a_kind_do_not_keep_a_server_from_starting() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 20).await;
        for _ in 0..2 {
            views(&test, &project).await;
            claim(&test, Lane::Other).await.unwrap();
        }
        views(&test, &project).await;
        querist::jobs::recover(&test.app).await.unwrap();
        assert_eq!(number(&test, "select count(*) from job where kind = 'views'").await, 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_clock_that_jumps_back_delays_no_job_and_holds_no_lease() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 12).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        test.app.clock.advance(2 * 3600);
        assert_eq!(ana.lease(12).await.len(), 12);
        assert!(ben.lease(1).await.is_empty(), "all are with ana");
        training::request(&test.app, project.id, "button").await.unwrap();
        test.app.clock.advance(-3 * 3600);
        // The leases end hours from now, which no rule grants.
        test.app.changed(project.id, Changed::Samples);
        assert_eq!(ben.lease(2).await.len(), 2);
        let job = claim(&test, Lane::Rounds).await.expect("the round waits for the old time");
        test.app
            .store
            .retry_job(
                job.id,
                &JobNote::Failed { causes: "later".to_owned(), kind: None },
                test.app.clock.now().plus_seconds(10),
                test.app.clock.now(),
            )
            .await
            .unwrap();
        assert!(claim(&test, Lane::Rounds).await.is_none(), "a retry is put off");
        assert_eq!(training::request(&test.app, project.id, "button").await.unwrap(), job.id);
        assert!(claim(&test, Lane::Rounds).await.is_some(), "whoever asks now, waits for no retry");
        test.finish().await;
    }
}

#[tokio::test]
async fn a_small_correction_of_the_clock_takes_no_lease_away() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", 12).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "metal").await;
        assert_eq!(ana.lease(12).await.len(), 12);
        test.app.clock.advance(-50);
        test.app.changed(project.id, Changed::Samples);
        assert!(ben.lease(1).await.is_empty());
        test.finish().await;
    }
}

#[tokio::test]
async fn a_round_by_time_comes_although_the_last_one_is_dated_in_the_future() {
    let test = TestApp::new().await;
    pool(&test, "metal", 12).await;
    run(&test, "update tally set answers = 5, round_us = 9000000000000000").await;
    training::request_by_time(&test.app).await.unwrap();
    assert!(claim(&test, Lane::Rounds).await.is_some());
    test.finish().await;
}

#[tokio::test]
async fn a_job_is_waited_for_and_names_its_round() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", 12).await;
    let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await;
    let id = training::request(&test.app, project.id, "button").await.unwrap();
    let path = format!("{}/jobs/{id}", lead.base);
    lead.client.get(&format!("{path}?wait=31")).await.assert_status(422).assert_says("30");
    assert_eq!(lead.client.get(&format!("{path}?wait=1")).await.json()["state"], "queued");
    let app = test.app.clone();
    let ends = tokio::spawn(async move {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        app.store
            .finish_job(id, &JobNote::Round { number: 4, labels: 9, ms: 12.0 }, Some(4), app.clock.now())
            .await
            .unwrap();
    });
    let done = lead.client.get(&format!("{path}?wait=20")).await.json();
    assert_eq!((&done["state"], &done["round"]), (&json!("done"), &json!(4)));
    ends.await.unwrap();
    test.finish().await;
}

#[test]
fn failures_of_ours_are_tried_again_and_those_of_the_asker_are_not() {
    let ours: [ServiceError; 3] = [
        StoreError::Inconsistent("strategy".to_owned()).into(),
        std::io::Error::other("busy").into(),
        querist::learn::LearnError::NoLabels.into(),
    ];
    assert!(ours.iter().all(|error| !error.is_final()));
    assert!(ServiceError::Invalid("no such class".to_owned()).is_final());
}

#[tokio::test]
async fn every_kind_of_job_is_always_among_the_metrics() {
    let test = TestApp::new().await;
    let text = querist::service::upkeep::metering::text(&test.app).await.unwrap();
    for kind in background::kinds() {
        assert!(text.contains(&format!("kind=\"{}\"", kind.name)), "{} is not in {text}", kind.name);
    }
    test.finish().await;
}
