//! The shelf of rounds on both engines: what is kept, what is best, rolling back and lifting, and two rounds side by side.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::BTreeSet;

use querist::domain::{AccountId, ClassId, ClassSet, EncoderId, Facts, Project, ProjectId, Role, SampleId};
use querist::evaluate::Paired;
use querist::models::FileForm;
use querist::progress::Progress;
use querist::service::ServiceError;
use querist::service::models::model;
use querist::service::rounds::{predictions, shelf};
use querist::store::encoders::{EncoderKind, NewEncoder};
use querist::store::rounds::{Finished, NewRound, Queue};
use querist::store::samples::NewSample;

use crate::support::app::{START, TestApp};
use crate::support::rounds::{Loop, runtime_is_there};

/// Audit samples with a label.
const N: usize = 40;

/// A project with [`N`] labeled audit samples of two classes, and rounds with the predictions that a test wants.
struct Bench {
    test: TestApp,
    project: Project,
    samples: Vec<SampleId>,
    classes: [ClassId; 2],
    encoder: EncoderId,
}

impl Bench {
    async fn on_each_engine() -> Vec<Self> {
        let mut benches = Vec::new();
        for test in TestApp::on_each_engine().await {
            let id = test.project("birds").await;
            benches.push(Self::fill(test, id).await);
        }
        benches
    }

    async fn fill(test: TestApp, id: ProjectId) -> Self {
        let store = &test.app.store;
        let somebody: AccountId = test.person("ana", Role::Lead, Some("birds")).await;
        store.add_classes(id, &["owl".to_owned(), "wren".to_owned()], START).await.unwrap();
        let classes: Vec<ClassId> = store.classes(id).await.unwrap().iter().map(|class| class.id).collect();
        let new = |i: usize| NewSample {
            hash: format!("{i:064x}"),
            name: format!("{i:02}.png"),
            facts: Facts::image("png", 8, 8),
            size_bytes: 1,
            audit: true,
            draw: i as i64,
            metadata: None,
            label: Some(ClassSet::from(classes[i % 2])),
            ..NewSample::default()
        };
        store.insert_samples(id, &(0..N).map(new).collect::<Vec<_>>(), &[], somebody, START).await.unwrap();
        let samples: Vec<_> = store.audit_labels(id).await.unwrap().iter().map(|(sample, _)| *sample).collect();
        assert_eq!(samples.len(), N);
        let encoder = encoder(&test, "first").await;
        store.choose_encoder(id, encoder).await.unwrap();
        let project = store.project(id).await.unwrap().unwrap();
        Self { samples, classes: [classes[0], classes[1]], encoder, project, test }
    }

    /// A finished round that errs on these audit samples, its committee on disk.
    async fn round(&self, labels: i64, wrong: &[usize], encoder: EncoderId) -> i64 {
        let store = &self.test.app.store;
        let new = NewRound {
            project: self.project.id,
            cause: "test".to_owned(),
            strategy: "margin".to_owned(),
            encoder,
            seed: 1,
            n_answers: labels,
            n_labels: labels,
            n_pool: 100,
        };
        let (id, number) = store.start_round(&new, START).await.unwrap();
        let said = |(i, sample): (usize, &SampleId)| {
            (*sample, ClassSet::from(self.classes[(i + usize::from(wrong.contains(&i))) % 2]))
        };
        let finished = Finished {
            doubt: None,
            audit_sureness: vec![0.5; self.samples.len()],
            trained_on: Vec::new(),
            views: None,
            fit_ms: 1.0,
            score_ms: 2.0,
            rank_ms: 3.0,
            provider: "CPU".to_owned(),
            audit_predictions: self.samples.iter().enumerate().map(said).collect(),
        };
        store.finish_round(id, &new, &finished, &Queue::default(), START).await.unwrap();
        let folder = self.test.app.data.round("birds", number);
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(shelf::COMMITTEE), "a committee").unwrap();
        number
    }

    fn kept(&self) -> BTreeSet<i64> {
        let there = |number: &i64| self.test.app.data.round("birds", *number).join(shelf::COMMITTEE).is_file();
        (1..=200).filter(there).collect()
    }
}

async fn encoder(test: &TestApp, name: &str) -> EncoderId {
    let new = NewEncoder {
        name: name.to_owned(),
        project: None,
        kind: EncoderKind::Onnx,
        spec: "{}".to_owned(),
        dim: 2,
        sha256: String::new(),
        learned_from: None,
    };
    test.app.store.add_encoder(&new, START).await.unwrap().unwrap()
}

/// The first `n` samples.
fn wrong(n: usize) -> Vec<usize> {
    (0..n).collect()
}

#[tokio::test]
async fn old_committees_go_but_for_the_best_the_pinned_and_the_one_in_use() {
    for bench in Bench::on_each_engine().await {
        let (app, project) = (&bench.test.app, &bench.project);
        for number in 1..=75 {
            // Round 7 errs least; round 8 as little with more labels.
            let errors = if number == 7 || number == 8 { 1 } else { 6 };
            assert_eq!(bench.round(number * 10, &wrong(errors), bench.encoder).await, number);
        }
        shelf::pin(app, project, 9, true).await.unwrap();
        shelf::roll_back(app, project, 11).await.unwrap();
        let shelf = shelf::shelf(app, project, &[75]).await.unwrap();
        assert_eq!((shelf.best, shelf.in_use, shelf.rolled_back), (Some(7), Some(11), true));
        assert_eq!(shelf.chosen(), [11, 9, 7]);
        let place = shelf.place(75);
        assert_eq!(place.audited.map(|audited| (audited.n, audited.correct)), Some((N, N - 6)));
        assert!(place.kept && !place.in_use && !place.best && !place.pinned);

        shelf::forget_old(app, project, 75).await.unwrap();
        let meant: BTreeSet<i64> = (56..=75).chain([7, 9, 11, 50]).collect();
        assert_eq!(bench.kept(), meant);

        // Committees that nothing keeps are removed the next time.
        shelf::pin(app, project, 9, false).await.unwrap();
        shelf::lift(app, project).await.unwrap();
        shelf::forget_old(app, project, 75).await.unwrap();
        assert_eq!(bench.kept(), meant.into_iter().filter(|number| ![9, 11].contains(number)).collect());
        let gone = shelf::roll_back(app, project, 9).await.unwrap_err();
        assert!(matches!(&gone, ServiceError::Conflict(text) if text.contains("round 9 is not kept")), "{gone}");
        assert!(shelf::pin(app, project, 9, true).await.is_err(), "what is gone cannot be kept");
        bench.test.finish().await;
    }
}

#[tokio::test]
async fn a_roll_back_holds_until_the_next_round_or_until_it_is_lifted() {
    for bench in Bench::on_each_engine().await {
        let (app, project) = (&bench.test.app, &bench.project);
        let in_use = async || shelf::in_use(app, project).await.unwrap().map(|round| round.number);
        assert_eq!(in_use().await, None);
        let other = encoder(&bench.test, "second").await;
        bench.round(10, &wrong(3), other).await;
        bench.round(20, &wrong(3), bench.encoder).await;
        bench.round(30, &wrong(3), bench.encoder).await;
        assert_eq!(in_use().await, Some(3));
        shelf::roll_back(app, project, 2).await.unwrap();
        assert_eq!(in_use().await, Some(2));
        shelf::lift(app, project).await.unwrap();
        assert_eq!(in_use().await, Some(3));
        shelf::roll_back(app, project, 2).await.unwrap();
        shelf::roll_back(app, project, 3).await.unwrap();
        assert!(app.store.rolled_back_to(project.id).await.unwrap().is_none(), "the newest is not a roll-back");
        shelf::roll_back(app, project, 2).await.unwrap();
        bench.round(40, &wrong(3), bench.encoder).await;
        assert_eq!(in_use().await, Some(4), "the next round ends it");

        let refused = shelf::roll_back(app, project, 1).await.unwrap_err();
        assert!(refused.to_string().contains("another encoder"), "{refused}");
        assert!(matches!(shelf::roll_back(app, project, 99).await, Err(ServiceError::NotFound { .. })));
        assert!(matches!(shelf::pin(app, project, 99, false).await, Err(ServiceError::NotFound { .. })));
        bench.test.finish().await;
    }
}

#[tokio::test]
async fn two_rounds_are_compared_on_the_samples_both_predicted() {
    for bench in Bench::on_each_engine().await {
        let (app, project) = (&bench.test.app, &bench.project);
        // Both err on 0 and 1, the first alone on 2 to 4, the second alone on 5 to 13.
        let first = bench.round(10, &wrong(5), bench.encoder).await;
        let second: Vec<usize> = [0, 1].into_iter().chain(5..14).collect();
        let second = bench.round(20, &second, bench.encoder).await;
        let found = shelf::compare(app, project, first, second, 10).await.unwrap();
        assert_eq!(found.counts, Paired { both_right: 26, only_first: 9, only_second: 3, both_wrong: 2 });
        assert_eq!((found.n, found.first_accuracy.value, found.second_accuracy.value), (40, 35.0 / 40.0, 29.0 / 40.0));
        // statsmodels 0.15.0: mcnemar([[26, 9], [3, 2]], exact=True)
        assert!((found.p_value - 0.145_996_093_75).abs() < 1e-12, "{}", found.p_value);
        // With two classes, rounds that are both wrong agree.
        assert_eq!((found.n_differences, found.differences.len()), (12, 10));
        let names: Vec<_> = found.differences.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(
            names,
            ["05.png", "06.png", "07.png", "08.png", "09.png", "10.png", "11.png", "12.png", "13.png", "02.png"]
        );
        assert!(found.differences[..9].iter().all(|one| one.first == one.truth && one.second != one.truth));
        assert!(shelf::compare(app, project, first, 9, 10).await.is_err());

        let mut lead = bench.test.signed_in("lea", Role::Lead, Some("birds")).await;
        let page = lead.get("/p/birds/rounds/compare?first=1&second=2").await;
        page.assert_status(200).assert_says("may well be chance (p 0.146)").assert_says("Only round 1 is right");
        page.assert_says("alt=\"05.png: labeled wren, round 1 says wren, round 2 says owl\"");
        lead.get("/p/birds/rounds/compare?first=1&second=9").await.assert_status(404);
        lead.get("/p/birds/rounds/compare?first=one&second=2").await.assert_status(422);
        let json = lead.get("/api/v1/projects/birds/rounds/compare?first=1&second=2&limit=3").await;
        assert_eq!(json.assert_status(200).json()["differences"].as_array().unwrap().len(), 3);
        let mut annotator = bench.test.signed_in("ben", Role::Annotator, Some("birds")).await;
        for path in
            ["/p/birds/rounds/compare?first=1&second=2", "/api/v1/projects/birds/rounds/compare?first=1&second=2"]
        {
            annotator.get(path).await.assert_status(403);
        }
        bench.test.finish().await;
    }
}

#[tokio::test]
async fn the_shelf_is_worked_from_its_page_and_by_programs() {
    let mut benches = Bench::on_each_engine().await;
    for bench in benches.drain(..) {
        for number in 1..=53 {
            bench.round(number, &wrong(if number == 2 { 1 } else { 4 }), bench.encoder).await;
        }
        let mut lead = bench.test.signed_in("lea", Role::Lead, Some("birds")).await;
        let page = lead.get("/p/birds/rounds").await;
        page.assert_status(200).assert_says("Shelf").assert_says("97.5\u{a0}% (87.1 to 99.6)").assert_says("best");
        page.assert_says("/p/birds/rounds?before=4").assert_says("title=\"first\">first</td>");
        assert!(!page.text().contains("in use in place"), "nothing is rolled back");
        lead.get("/p/birds/rounds?before=4").await.assert_says("/p/birds/rounds/3/roll-back").assert_status(200);
        for (path, says) in [
            ("/p/birds/rounds/40/pin", "/p/birds/rounds/40/unpin"),
            ("/p/birds/rounds/2/roll-back", "Round 2 is in use in place of the newest"),
        ] {
            lead.post(path, &[]).await.assert_leads_to("/p/birds/rounds");
            lead.get("/p/birds/rounds").await.assert_says(says);
        }
        lead.get("/p/birds/export").await.assert_says("Round 2 is in use in place of the newest");
        lead.post("/p/birds/rounds/lift", &[]).await.assert_leads_to("/p/birds/rounds");
        lead.post("/p/birds/rounds/40/unpin", &[]).await.assert_leads_to("/p/birds/rounds");
        assert!(bench.test.app.store.pinned_rounds(bench.project.id).await.unwrap().is_empty());

        let api = "/api/v1/projects/birds/rounds";
        let place = lead.send("POST", &format!("{api}/40/pin"), None, axum::body::Body::empty()).await;
        assert_eq!(place.assert_status(200).json()["pinned"], true);
        let place = lead.send("POST", &format!("{api}/2/roll-back"), None, axum::body::Body::empty()).await;
        assert_eq!(place.assert_status(200).json()["in_use"], true);
        let all = lead.get(&format!("{api}?limit=3&before=42")).await.assert_status(200).json();
        assert_eq!((&all["best"], &all["in_use"], &all["rolled_back"]), (&2.into(), &2.into(), &true.into()));
        assert_eq!(all["pinned"], serde_json::json!([40]));
        let round = &all["rounds"][1];
        assert_eq!((&round["number"], &round["pinned"], &round["kept"]), (&40.into(), &true.into(), &true.into()));
        assert_eq!(round["audited"]["correct"], N - 4);
        lead.delete(&format!("{api}/roll-back")).await.assert_status(204);
        assert_eq!(lead.delete(&format!("{api}/40/pin")).await.assert_status(200).json()["pinned"], false);
        lead.delete(&format!("{api}/999/pin")).await.assert_status(404);
        let mut reviewer = bench.test.signed_in("rea", Role::Reviewer, Some("birds")).await;
        for path in ["40/pin", "40/unpin", "2/roll-back", "lift"] {
            reviewer.post(&format!("/p/birds/rounds/{path}"), &[]).await.assert_status(403);
        }
        for path in ["40/pin", "2/roll-back"] {
            reviewer.send("POST", &format!("{api}/{path}"), None, axum::body::Body::empty()).await.assert_status(403);
        }
        bench.test.finish().await;
    }
}

#[tokio::test]
async fn after_a_roll_back_predictions_and_models_are_the_earlier_rounds() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 90).await;
    let silent = Progress::silent();
    let said = async || predictions::in_use(&at.app, &at.project).await.unwrap().unwrap().of;
    at.answer_truly(25).await;
    at.round().await;
    let first = said().await;
    at.answer_truly(25).await;
    at.round().await;
    let second = said().await;
    assert_ne!(first, second);
    let (_, card) = model::make(&at.app, &at.project, None, FileForm::default(), &silent).await.unwrap();
    assert_eq!(card.round, 2);
    let labels = at.app.store.training_labels(at.project.id).await.unwrap();

    shelf::roll_back(&at.app, &at.project, 1).await.unwrap();
    assert_eq!(said().await, first);
    let current =
        async || model::current(&at.app, &at.project, FileForm::default()).await.unwrap().map(|(_, card)| card.round);
    assert_eq!(current().await, None, "the newer round's model is not handed out as the one in use");
    let (_, card) = model::make(&at.app, &at.project, None, FileForm::default(), &silent).await.unwrap();
    assert_eq!((card.round, current().await), (1, Some(1)));
    assert_eq!(at.app.store.training_labels(at.project.id).await.unwrap(), labels, "labels stay");
    let mut client = at.client().await;
    client.get("/p/surfaces/model.onnx").await.assert_status(200);
    at.round().await;
    let newest = model::make(&at.app, &at.project, None, FileForm::default(), &silent).await.unwrap().1;
    assert_eq!((newest.round, current().await), (3, Some(3)));
}
