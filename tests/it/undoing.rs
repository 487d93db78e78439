//! Imports taken back as one: what leaves, what stays and why, and that nothing a person said is lost.

use std::path::{Path, PathBuf};

use querist::blobs::ORIGINAL;
use querist::domain::import::{Fate, ImportState};
use querist::domain::{AccountId, ImportId, Project, Role, SampleId};
use querist::progress::Progress;
use querist::service::exchange::importing::{self, ImportOptions, ImportReport, LabelsFrom};
use querist::service::exchange::undoing;
use querist::service::insight::outside;
use querist::store::listing::SampleFilter;
use querist::store::samples::SampleRow;
use serde_json::json;

use crate::support::app::TestApp;
use crate::support::bench::png;
use crate::support::desk::{Person, answer_to};

/// A folder `NAME.png` of distinct pictures.
fn folder(root: &Path, name: &str, reds: std::ops::Range<u8>) -> PathBuf {
    let folder = root.join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for red in reds {
        std::fs::write(folder.join(format!("{red}.png")), png(red, 40)).unwrap();
    }
    folder
}

struct Case {
    test: TestApp,
    project: Project,
    boss: AccountId,
    root: tempfile::TempDir,
}

impl Case {
    async fn on_each_engine() -> Vec<Self> {
        let mut cases = Vec::new();
        for test in TestApp::on_each_engine().await {
            test.project("birds").await;
            let boss = test.person("boss", Role::Admin, None).await;
            test.app
                .store
                .add_classes(
                    test.app.store.project_by_slug("birds").await.unwrap().unwrap().id,
                    &["cat".to_owned(), "dog".to_owned()],
                    test.app.clock.now(),
                )
                .await
                .unwrap();
            let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
            cases.push(Self { test, project, boss, root: tempfile::tempdir().unwrap() });
        }
        cases
    }

    async fn import(&self, source: &Path, options: ImportOptions) -> ImportReport {
        importing::import(&self.test.app, &self.project, source, options, &Progress::silent()).await.unwrap()
    }

    fn plain(&self) -> ImportOptions {
        ImportOptions::new(LabelsFrom::Nowhere, self.boss)
    }

    fn labeled(&self) -> ImportOptions {
        ImportOptions::new(LabelsFrom::Column("label".to_owned()), self.boss)
    }

    async fn all(&self) -> Vec<SampleRow> {
        self.test.app.store.samples(self.project.id, &SampleFilter::default(), SampleId(0), 1000).await.unwrap()
    }

    async fn label(&self, name: &str) -> Option<String> {
        let classes = self.test.app.store.classes(self.project.id).await.unwrap();
        let row = self.all().await.into_iter().find(|row| row.name == name).unwrap();
        row.class().map(|id| classes.iter().find(|class| class.id == id).unwrap().name.clone())
    }

    /// As the server does it: by a job.
    async fn undo(&self, import: ImportId) -> undoing::TakenBack {
        let payload = json!({ "import": import, "account": self.boss }).to_string();
        undoing::run_job(&self.test.app, &self.project, &payload, &Progress::silent()).await.unwrap()
    }

    /// The tally must be what counting gives.
    async fn check_tally(&self) {
        let tally = self.test.app.store.tally(self.project.id).await.unwrap();
        let all = self.all().await;
        let named = |row: &&SampleRow| row.answer.as_ref().is_some_and(|answer| answer.classes().is_some());
        assert_eq!(tally.samples, all.len() as i64);
        assert_eq!(tally.audit_samples, all.iter().filter(|row| row.audit).count() as i64);
        assert_eq!(tally.labeled, all.iter().filter(named).count() as i64);
        assert_eq!(tally.audit_labeled, all.iter().filter(named).filter(|row| row.audit).count() as i64);
    }

    fn has_file(&self, hash: &str) -> bool {
        self.test.app.data.root().join(ORIGINAL.name(hash)).exists()
    }
}

#[tokio::test]
async fn samples_that_only_one_import_brought_leave_with_their_files_and_answered_ones_stay() {
    for case in Case::on_each_engine().await {
        let first = case.import(&folder(case.root.path(), "first", 0..6), case.plain()).await.import.unwrap();
        let kept = case.import(&folder(case.root.path(), "second", 100..104), case.plain()).await.import.unwrap();
        let before = case.all().await;
        let mut ana = Person::new(&case.test, "ana", Role::Annotator, "birds").await;
        let lease = ana.lease_one().await;
        let class = case.test.app.store.classes(case.project.id).await.unwrap()[0].id;
        let answer = answer_to(&lease, json!({ "class": class }));
        ana.send(&answer).await.assert_status(201);
        let answered = SampleId(lease["sample"]["id"].as_i64().unwrap());
        let of_first = before.iter().position(|row| row.id == answered).unwrap() < 6;

        let (_, reach) = undoing::preview(&case.test.app, &case.project, first).await.unwrap();
        let stays = i64::from(of_first);
        assert_eq!((reach.of(Fate::Leaves), reach.of(Fate::Answered)), (6 - stays, stays), "{reach:?}");
        assert_eq!(case.all().await.len(), 10, "a preview changes nothing");

        let done = case.undo(first).await;
        assert_eq!((done.samples, done.labels), (6 - stays, 0));
        let after = case.all().await;
        assert!(after.iter().any(|row| row.id == answered && row.answer.is_some()), "what a person said stays");
        assert_eq!(after.len() as i64, 4 + stays);
        for row in &before {
            assert_eq!(case.has_file(&row.hash), after.iter().any(|left| left.id == row.id), "{}", row.name);
        }
        case.check_tally().await;
        assert_eq!(case.undo(first).await.samples, 6 - stays, "again changes nothing, and says the same");

        // The same pictures can come back, under numbers that nobody had.
        let again = case.import(&case.root.path().join("first"), case.plain()).await;
        assert_eq!(again.added as i64, 6 - stays);
        let highest = before.iter().map(|row| row.id).max().unwrap();
        let new: Vec<_> =
            case.all().await.into_iter().filter(|row| !before.iter().any(|old| old.id == row.id)).collect();
        assert_eq!(new.len() as i64, 6 - stays);
        assert!(new.iter().all(|row| row.id > highest && case.has_file(&row.hash)));
        let row = case.test.app.store.import(case.project.id, first).await.unwrap().unwrap();
        assert_eq!((row.counts().added, row.undone_samples, row.undone_by.as_deref()), (6, 6 - stays, Some("boss")));
        let (_, reach) = undoing::preview(&case.test.app, &case.project, kept).await.unwrap();
        assert_eq!(reach.of(Fate::Leaves) + reach.of(Fate::Answered), 4);
        case.test.finish().await;
    }
}

#[tokio::test]
async fn numbers_are_not_given_again_even_where_the_last_sample_left() {
    for case in Case::on_each_engine().await {
        let first = case.import(&folder(case.root.path(), "a", 0..3), case.plain()).await.import.unwrap();
        let highest = case.all().await.last().unwrap().id;
        case.undo(first).await;
        assert!(case.all().await.is_empty());
        case.import(&folder(case.root.path(), "b", 10..12), case.plain()).await;
        assert!(case.all().await.iter().all(|row| row.id > highest));
        case.test.finish().await;
    }
}

#[tokio::test]
async fn labels_are_taken_back_to_what_stood_before_and_the_history_keeps_them() {
    for case in Case::on_each_engine().await {
        let pictures = folder(case.root.path(), "p", 0..3);
        std::fs::write(pictures.join("one.csv"), "path,label\n0.png,cat\n1.png,cat\n").unwrap();
        std::fs::write(pictures.join("two.csv"), "path,label\n0.png,dog\n2.png,dog\n").unwrap();
        case.import(&pictures, case.plain()).await;
        case.import(&pictures.join("one.csv"), case.labeled()).await;
        let second = ImportOptions { relabel: true, named: "lab B".to_owned(), ..case.labeled() };
        let second = case.import(&pictures.join("two.csv"), second).await.import.unwrap();
        assert_eq!(case.label("0.png").await.as_deref(), Some("dog"));
        let answers = case.test.app.store.tally(case.project.id).await.unwrap().answers;

        let (row, reach) = undoing::preview(&case.test.app, &case.project, second).await.unwrap();
        assert_eq!((row.named.as_str(), reach.labels, reach.of(Fate::Leaves)), ("lab B", (2, 2), 0));
        assert_eq!(case.undo(second).await.labels, 2);
        let labels = [case.label("0.png").await, case.label("1.png").await, case.label("2.png").await];
        assert_eq!(labels, [Some("cat".to_owned()), Some("cat".to_owned()), None]);
        case.check_tally().await;
        let tally = case.test.app.store.tally(case.project.id).await.unwrap();
        assert_eq!(tally.answers, answers + 2, "taken back by further annotations");
        let sample = case.all().await.into_iter().find(|row| row.name == "0.png").unwrap().id;
        assert_eq!(case.test.app.store.history(case.project.id, sample).await.unwrap().len(), 3);
        case.test.finish().await;
    }
}

#[tokio::test]
async fn a_sample_that_two_imports_brought_stays_until_both_are_taken_back() {
    for case in Case::on_each_engine().await {
        let pictures = folder(case.root.path(), "p", 0..3);
        let first = case.import(&pictures, case.plain()).await.import.unwrap();
        let second = case.import(&pictures, case.plain()).await.import.unwrap();
        assert_eq!(case.undo(first).await.samples, 0);
        assert_eq!(case.all().await.len(), 3);
        case.undo(second).await;
        assert_eq!(case.undo(first).await.samples, 3);
        assert!(case.all().await.is_empty());
        case.test.finish().await;
    }
}

#[tokio::test]
async fn a_running_import_stops_when_asked_and_what_came_stays() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let boss = test.person("boss", Role::Admin, None).await;
    let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    let visit = move |each: querist::dataset::Each| {
        for i in 0..600u32 {
            if i == 250 {
                wait.recv().unwrap();
            }
            let bytes = png((i / 250) as u8, (i % 250) as u8);
            let found = querist::dataset::Found::new(format!("{i}.png"), querist::dataset::Source::Bytes(bytes));
            if each(querist::dataset::Item::Found(found)).is_break() {
                break;
            }
        }
        Ok(())
    };
    let (app, of) = (test.app.clone(), project.clone());
    let running = tokio::spawn(async move {
        let options = ImportOptions::new(LabelsFrom::Nowhere, boss);
        importing::import_items(&app, &of, "many", visit, options, &Progress::silent()).await.unwrap()
    });
    let import = loop {
        let known = test.app.store.imports(project.id, ImportId(i64::MAX), 1).await.unwrap();
        if let Some(one) = known.first().filter(|one| one.counts().added > 0) {
            break one.id;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    };
    assert!(undoing::preview(&test.app, &project, import).await.is_err(), "what runs is not taken back");
    importing::cancel(&test.app, &project, import).await.unwrap();
    go.send(()).unwrap();
    let report = running.await.unwrap();
    assert_eq!(report.state(), ImportState::Cancelled);
    assert!(report.added > 0 && report.added < 600, "{}", report.added);
    let row = test.app.store.import(project.id, import).await.unwrap().unwrap();
    assert_eq!(row.state, ImportState::Cancelled);
    assert!(importing::cancel(&test.app, &project, import).await.is_err(), "it does not run any more");
    test.finish().await;
}

#[tokio::test]
async fn predictions_are_measured_on_the_audit_set_and_never_become_labels() {
    for case in Case::on_each_engine().await {
        let pictures = folder(case.root.path(), "p", 0..40);
        case.import(&pictures, case.plain()).await;
        let truth: Vec<String> =
            (0..40).map(|i| format!("{i}.png,{}\n", if i % 2 == 0 { "cat" } else { "dog" })).collect();
        let truth = truth.concat();
        std::fs::write(pictures.join("truth.csv"), format!("path,label\n{truth}")).unwrap();
        case.import(&pictures.join("truth.csv"), case.labeled()).await;
        let said: Vec<String> =
            (0..40).map(|i| format!("{i}.png,{},0.9\n", if i < 30 && i % 2 == 1 { "dog" } else { "cat" })).collect();
        let said = said.concat();
        std::fs::write(pictures.join("said.csv"), format!("path,label,score\n{said}41.png,cat,1\n")).unwrap();
        let before = case.test.app.store.tally(case.project.id).await.unwrap();
        let options = ImportOptions { named: "old model".to_owned(), predicts: true, ..case.labeled() };
        let report = case.import(&pictures.join("said.csv"), options).await;
        assert_eq!((report.predictions, report.labeled, report.counts.refused), (40, 0, 1), "{report:?}");
        assert_eq!(case.test.app.store.tally(case.project.id).await.unwrap(), before);

        let models = outside::models(&case.test.app, &case.project).await.unwrap();
        let [model] = models.as_slice() else { panic!("{models:?}") };
        let audit = case.all().await.into_iter().filter(|row| row.audit).collect::<Vec<_>>();
        let wrong = |row: &&SampleRow| {
            let i: u8 = row.name.trim_end_matches(".png").parse().unwrap();
            i >= 30 && i % 2 == 1
        };
        let right = audit.len() - audit.iter().filter(wrong).count();
        assert_eq!((model.predictions, model.audited), (40, audit.len() as u64));
        if let Some(found) = model.accuracy {
            assert!((found.value - right as f64 / audit.len() as f64).abs() < 1e-12);
        }
        let (differences, total) =
            outside::differences(&case.test.app, &case.project, "old model", 100, 0).await.unwrap();
        assert_eq!((differences.len(), total), (5, 5));
        assert!(differences.iter().all(|one| one.sure == Some(0.9)));
        assert!(outside::differences(&case.test.app, &case.project, "another", 100, 0).await.is_err());
        let unnamed = ImportOptions { predicts: true, ..case.labeled() };
        let app = &case.test.app;
        assert!(importing::import(app, &case.project, &pictures, unnamed, &Progress::silent()).await.is_err());

        case.undo(report.import.unwrap()).await;
        assert!(outside::models(&case.test.app, &case.project).await.unwrap().is_empty());
        case.test.finish().await;
    }
}

#[tokio::test]
async fn programs_and_pages_preview_take_back_and_refuse() {
    let test = TestApp::new().await;
    test.project("birds").await;
    let mut boss = test.signed_in("boss", Role::Admin, None).await;
    let project = test.app.store.project_by_slug("birds").await.unwrap().unwrap();
    let account = test.person("otto", Role::Admin, None).await;
    let root = tempfile::tempdir().unwrap();
    let options = ImportOptions::new(LabelsFrom::Nowhere, account);
    let source = folder(root.path(), "pictures", 0..5);
    let done = importing::import(&test.app, &project, &source, options, &Progress::silent()).await.unwrap();
    let base = format!("/api/v1/projects/birds/imports/{}", done.import.unwrap());
    let reach = boss.get(&format!("{base}/undo")).await.json();
    assert_eq!((&reach["leaves"], &reach["labels"]), (&json!(5), &json!(0)), "{reach}");
    boss.get("/p/birds/imports/1/undo")
        .await
        .assert_status(200)
        .assert_says("Take the import of pictures back?")
        .assert_says("5 samples");
    boss.post_json(&format!("{base}/cancel"), &json!({})).await.assert_status(409);
    let job = boss.post_json(&format!("{base}/undo"), &json!({})).await.assert_status(202).json();
    assert!(job["job"].is_i64());
    boss.get("/api/v1/projects/birds/imports/77/undo").await.assert_status(404);
    let mut lead = test.signed_in("lee", Role::Lead, Some("birds")).await;
    lead.get(&format!("{base}/undo")).await.assert_status(403);
    lead.get("/p/birds/predictions").await.assert_status(200).assert_says("No predictions were imported yet");
    test.finish().await;
}
