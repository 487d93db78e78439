//! The loop with ONNX Runtime: pictures in, answers, rounds, a curve, exports and a model.

use std::collections::HashSet;
use std::io::Read as _;

use querist::dataset::export::Format;
use querist::domain::{JobStatus, SampleId};
use querist::models::FileForm;
use querist::progress::Progress;
use querist::service::desk::labeling::{self, Why};
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::insight;
use querist::service::models::deploying::TOLERANCE;
use querist::service::models::model;
use querist::service::projects;
use querist::service::rounds::training::Outcome;
use querist::service::rounds::{predictions, training};
use querist::store::rounds::RoundStatus;

use crate::support::rounds::{Loop, runtime_is_there};

#[tokio::test]
async fn answers_become_rounds_a_curve_exports_and_a_model() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 120).await;
    let app = &at.app;

    // Without labels the pool is ranked by coverage, and the page says so.
    assert!(matches!(at.round().await, Outcome::ColdStart { n_ranked } if n_ranked > 0));
    assert_eq!(labeling::why(app, &at.project).await.unwrap(), Why::Coverage);

    for _ in 0..3 {
        at.answer_truly(25).await;
        assert!(matches!(at.round().await, Outcome::Finished { .. }));
    }
    assert_eq!(labeling::why(app, &at.project).await.unwrap(), Why::Ranked { strategy: "auto".into(), round: Some(3) });
    let tally = app.store.tally(at.project.id).await.unwrap();
    let rounds = app.store.rounds(at.project.id, i64::MAX, 10).await.unwrap();
    assert_eq!(rounds.len(), 3);
    assert!(rounds.iter().all(|round| round.state == RoundStatus::Finished));
    assert_eq!(rounds[0].n_labels, tally.labeled - tally.audit_labeled, "audit labels never train");
    assert_eq!(rounds[0].n_labels + tally.audit_labeled, 75);

    // The curve: one point per round, all measured on the current audit labels.
    let curve = insight::curve(app, &at.project).await.unwrap();
    assert_eq!(curve.points.len(), 3);
    assert_eq!(curve.audit_labels as i64, tally.audit_labeled);
    for point in &curve.points {
        assert_eq!(point.n, curve.audit_labels);
        assert!(point.low <= point.accuracy && point.accuracy <= point.high, "{point:?}");
    }
    assert!(curve.points.windows(2).all(|two| two[0].labels < two[1].labels));
    let mut client = at.client().await;
    let page = client.get("/p/surfaces/insight").await;
    page.assert_status(200)
        .assert_says("<path class=\"line\"")
        .assert_says("Accuracy on the audit set against training labels");

    // Exports agree with the answers.
    let silent = Progress::silent();
    let known = predictions::in_use(app, &at.project).await.unwrap().unwrap();
    assert_eq!(known.of.len(), 120);
    let sums = known.of.values().map(|row| row.iter().sum::<f32>());
    assert!(sums.clone().all(|sum| (sum - 1.0).abs() < 1e-4), "{:?}", sums.collect::<Vec<_>>());
    let out = folder.path().join("out");
    std::fs::create_dir(&out).unwrap();
    let options = ExportOptions { with_predictions: true, ..ExportOptions::default() };
    for (format, name) in [
        (Format::named("csv").unwrap(), "a.csv"),
        (Format::named("jsonl").unwrap(), "a.jsonl"),
        (Format::named("imagefolder").unwrap(), "a.zip"),
    ] {
        let options = if format.name == "imagefolder" { ExportOptions::default() } else { options.clone() };
        let file = out.join(name);
        let done =
            exporting::export_to(app, &at.project, format, &options, Some(&known), &file, &silent).await.unwrap();
        assert_eq!(done.manifest.written, 75, "{name}");
    }
    let mut table = csv::Reader::from_path(out.join("a.csv")).unwrap();
    let header = table.headers().unwrap().clone();
    let column = |name: &str| header.iter().position(|column| column == name).unwrap_or_else(|| panic!("{header:?}"));
    let (name, class) = (column("path"), column("class"));
    let rows: Vec<_> = table.records().map(Result::unwrap).collect();
    assert_eq!(rows.len(), 75);
    assert!(rows.iter().all(|row| at.truth[&row[name]] == row[class]));
    assert!(header.iter().any(|column| column.contains("weld spatter")), "no probabilities in {header:?}");
    let mut zip = zip::ZipArchive::new(std::fs::File::open(out.join("a.zip")).unwrap()).unwrap();
    let pictures: Vec<_> =
        zip.file_names().map(|name| name.unwrap().into_owned()).filter(|name| name.contains("/surface-")).collect();
    assert_eq!(pictures.len(), 75);
    for picture in &pictures {
        let mut parts = picture.rsplit('/');
        let (file, class) = (parts.next().unwrap(), parts.next().unwrap());
        assert_eq!(at.truth[file], class, "{picture}");
    }
    let mut bytes = Vec::new();
    zip.by_name(&pictures[0]).unwrap().read_to_end(&mut bytes).unwrap();
    assert!(bytes.starts_with(&[0xff, 0xd8]));

    // What each round was trained on stays known, also as a file, whatever became of the labels since.
    for round in &rounds {
        let kept = exporting::trained_on(app, &at.project, round.number).await.unwrap().labels;
        assert_eq!(kept.len() as i64, round.n_labels);
        let options = ExportOptions { trained_in: Some(round.number), ..ExportOptions::default() };
        let (csv, file) = (Format::named("csv").unwrap(), out.join("then.csv"));
        let then = exporting::export_to(app, &at.project, csv, &options, None, &file, &silent).await.unwrap();
        assert_eq!((then.manifest.written as i64, then.manifest.samples), (round.n_labels, 120));
        let mut table = csv::Reader::from_path(&file).unwrap();
        let named = table.records().map(Result::unwrap).filter(|row| at.truth[&row[0]] == row[1] && !row[5].is_empty());
        assert_eq!(named.count() as i64, round.n_labels);
    }
    let labels = client.get("/api/v1/projects/surfaces/rounds/1/labels").await.assert_status(200).json();
    assert_eq!(labels["labels"].as_array().unwrap().len() as i64, rounds[2].n_labels);
    client.get("/api/v1/projects/surfaces/rounds/99/labels").await.assert_status(404);

    // The model agrees with the committee on pictures of the pool.
    let make = async || model::make(app, &at.project, None, FileForm::default(), &silent).await;
    let (path, card) = make().await.unwrap();
    assert_eq!((card.round, card.checked, card.same_class, card.opset), (3, 100, 100, 13));
    assert!(card.max_difference <= TOLERANCE && card.cost.is_none(), "{card:?}");
    assert_eq!(card.classes.len(), 6);
    assert_eq!(std::fs::metadata(&path).unwrap().len(), card.size_bytes);
    assert_eq!(make().await.unwrap().1, card, "made once");
    client.get("/p/surfaces/model.onnx").await.assert_status(200);
    client.get("/p/surfaces/export").await.assert_status(200).assert_says("Round 3");

    // While people keep labeling, the finished model can still be fetched.
    at.answer_truly(5).await;
    at.round().await;
    let fetched = client.get("/p/surfaces/model.onnx").await;
    assert_eq!(fetched.assert_status(200).body.len() as u64, card.size_bytes);
    client.get("/p/surfaces/export").await.assert_says("Round 3").assert_says("<option value=\"4\">4: in use");
}

#[tokio::test]
async fn a_correction_asks_for_a_round_and_classes_may_change_in_the_middle() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let at = Loop::open(folder.path(), 90).await;
    let (app, project) = (&at.app, at.project.id);
    at.answer_truly(30).await;
    at.round().await;
    // The rule now waits for many answers, so that only the correction can make a round due.
    let settings = querist::store::projects::ProjectSettings {
        name: at.project.name.clone(),
        strategy: at.project.strategy.clone(),
        retrain_labels: Some(1000),
        retrain_minutes: 10,
        show_opinion: false,
        guidelines: String::new(),
    };
    projects::configure(app, &at.project, settings).await.unwrap();
    let job = app.store.claim_job(querist::domain::Lane::Rounds, app.clock.now()).await.unwrap().unwrap();
    app.store.finish_job(job.id, &querist::domain::JobNote::default(), None, app.clock.now()).await.unwrap();
    let train = at.lease(20).await.into_iter().find(|lease| lease.asked_by != "audit").unwrap();
    let wrong = at.answer(train, at.classes["stain"]).await;
    let waiting = async || {
        app.store
            .latest_job(project, &querist::domain::job::ROUND)
            .await
            .unwrap()
            .filter(|job| job.state == JobStatus::Queued)
    };
    assert!(waiting().await.is_none());
    let undone = labeling::undo(app, &at.project, at.account, &wrong, false).await.unwrap();
    assert!(undone.round_due);
    assert_eq!(waiting().await.unwrap().payload, "correction");
    assert_eq!(app.store.decisions(project, 1).await.unwrap()[0].cause, "correction");

    // A new class asks for a round with its first label; renaming keeps ids; a retired class keeps its labels.
    let job = app.store.claim_job(querist::domain::Lane::Rounds, app.clock.now()).await.unwrap().unwrap();
    app.store.finish_job(job.id, &querist::domain::JobNote::default(), None, app.clock.now()).await.unwrap();
    projects::add_classes(app, &at.project, &["dent".to_owned()]).await.unwrap();
    let classes = app.store.classes(project).await.unwrap();
    let dent = classes.iter().find(|class| class.name == "dent").unwrap().id;
    let lease = undone.leases.into_iter().next().unwrap();
    at.answer(lease, dent).await;
    assert_eq!(waiting().await.unwrap().payload, "new class");
    projects::rename_class(app, &at.project, dent, "bump").await.unwrap();
    projects::retire_class(app, &at.project, at.classes["stain"]).await.unwrap();
    let Outcome::Finished { n_labels, .. } = at.round().await else { panic!("no round") };
    let labels = app.store.training_labels(project).await.unwrap();
    assert_eq!(labels.len() as i64, n_labels);
    assert!(labels.iter().any(|(_, classes)| classes.one() == Some(dent)));
    let make = async || model::make(app, &at.project, None, FileForm::default(), &Progress::silent()).await.unwrap().1;
    let card = make().await;
    assert_eq!(card.classes.len(), 7);
    assert_eq!((card.classes[6].as_str(), card.classes[3].as_str()), ("bump", "stain"));
    projects::rename_class(app, &at.project, dent, "hollow").await.unwrap();
    assert_eq!(make().await.classes[6], "hollow", "a model is made again where a class has another name");
    projects::rename_class(app, &at.project, dent, "bump").await.unwrap();
    let mut client = at.client().await;
    let page = client.post("/p/surfaces/label", &[]).await;
    page.assert_status(200).assert_says("data-name=\"bump\"");
    assert!(!page.text().contains("data-name=\"stain\""), "a retired class takes no new labels");
}

#[tokio::test]
async fn a_restart_keeps_the_queue_the_leases_and_what_waits() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let before = Loop::open(folder.path(), 90).await;
    before.answer_truly(20).await;
    before.round().await;
    let held: HashSet<SampleId> = before.lease(3).await.into_iter().map(|lease| lease.sample_id).collect();
    let job = training::request(&before.app, before.project.id, "button").await.unwrap();
    let claimed = before.app.store.claim_job(querist::domain::Lane::Rounds, before.app.clock.now()).await.unwrap();
    assert_eq!(claimed.unwrap().id, job);
    let project = before.project.id;
    let queue = before.app.store.queue(project).await.unwrap().unwrap();
    let curve = insight::curve(&before.app, &before.project).await.unwrap();
    before.app.store.close().await;
    drop(before);

    let after = Loop::open(folder.path(), 90).await;
    querist::jobs::recover(&after.app).await.unwrap();
    let again = after.app.store.job(job).await.unwrap().unwrap();
    assert_eq!(again.state, JobStatus::Queued, "what a dead process left running waits again");
    let kept = after.app.store.queue(project).await.unwrap().unwrap();
    assert_eq!((&kept.entries, &kept.asked_by), (&queue.entries, &queue.asked_by));
    assert!(matches!(labeling::why(&after.app, &after.project).await.unwrap(), Why::Ranked { .. }));
    let resumed = labeling::lease(&after.app, &after.project, after.account, 3, true).await.unwrap();
    assert_eq!(resumed.into_iter().map(|lease| lease.sample_id).collect::<HashSet<_>>(), held);
    let points = insight::curve(&after.app, &after.project).await.unwrap().points;
    assert_eq!(points, curve.points);
    after.answer_truly(5).await;
    assert!(matches!(after.round().await, Outcome::Finished { number: 2, .. }));
}

#[tokio::test]
async fn the_same_answers_and_the_same_seed_give_the_same_queue() {
    if !runtime_is_there() {
        return;
    }
    let mut queues = Vec::new();
    for _ in 0..2 {
        let folder = tempfile::tempdir().unwrap();
        let at = Loop::open(folder.path(), 70).await;
        at.round().await;
        at.answer_truly(20).await;
        at.round().await;
        queues.push(at.app.store.queue(at.project.id).await.unwrap().unwrap().entries);
    }
    assert!(queues[0].len() > 20);
    assert_eq!(queues[0], queues[1]);
}
