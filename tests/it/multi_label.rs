//! Projects with any number of classes per sample, from outside: answers that are sets, what is refused, files in and out.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::fmt::Write as _;
use std::path::Path;

use querist::dataset::export::Format;
use querist::domain::{ClassId, Modality, Project, Role, Task};
use querist::progress::Progress;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::exchange::importing::{self, ImportOptions, ImportReport, LabelsFrom};
use querist::service::projects::{self, Wanted};
use serde_json::{Value, json};

use crate::support::app::TestApp;
use crate::support::bench::Bench;
use crate::support::desk::{Person, answer_to, class_ids, number, state};
use crate::support::samples;

fn wanted(slug: &str, task: Task) -> Wanted {
    Wanted {
        slug: slug.to_owned(),
        name: None,
        classes: ["scratch", "stain", "crack"].map(str::to_owned).to_vec(),
        task,
        modality: Modality::Image,
        seed: 7,
        augmentations: None,
        secret: None,
    }
}

/// A project of `task` with `n` samples, every tenth of them in the audit set.
async fn pool(test: &TestApp, slug: &str, task: Task, n: i64) -> Project {
    let project = projects::create(&test.app, wanted(slug, task)).await.unwrap();
    samples::fill(test, &project, "", n).await;
    project
}

async fn counts(person: &mut Person) -> (i64, i64, i64) {
    let project = person.client.get(&person.base).await.json();
    let count = |name: &str| project["counts"][name].as_i64().unwrap();
    (count("labeled"), count("skipped"), count("answers"))
}

#[tokio::test]
async fn a_set_is_stored_once_taken_back_and_changed() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", Task::Multi, 40).await;
        let class = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let leases = ana.lease(3).await;

        // The order in which classes are named is not part of the answer.
        let both = answer_to(&leases[0], json!({ "classes": [class[2], class[0]] }));
        let first = ana.send(&both).await.assert_status(201).json();
        assert_eq!(
            (&first["classes"], &first["class"], &first["skip"]),
            (&json!([class[0], class[2]]), &Value::Null, &Value::Null)
        );
        let mut again = both.clone();
        again["classes"] = json!([class[0], class[2]]);
        let second = ana.send(&again).await.assert_status(200).json();
        assert_eq!(second["classes"], first["classes"]);
        for other in [json!([class[0]]), json!([])] {
            again["classes"] = other;
            ana.send(&again).await.assert_status(409).assert_says("id_taken");
        }

        let none = answer_to(&leases[1], json!({ "classes": [] }));
        let stored = ana.send(&none).await.assert_status(201).json();
        assert_eq!((&stored["classes"], &stored["skip"]), (&json!([]), &Value::Null));
        ana.send(&answer_to(&leases[2], json!({ "skip": "unsure" }))).await.assert_status(201);
        assert_eq!(counts(&mut ana).await, (2, 1, 3), "none of these is a label, and no skip");

        // A change to "none of these" and back by undo: the counts stay, the earlier set is restored.
        let id = both["id"].as_str().unwrap();
        let change =
            json!({ "id": uuid::Uuid::new_v4().to_string(), "sample": both["sample"], "changes": id, "classes": [] });
        ana.send(&change).await.assert_status(201);
        assert_eq!(counts(&mut ana).await, (2, 1, 4));
        let undone = ana.undo(change["id"].as_str().unwrap()).await.assert_status(200).json();
        assert_eq!(undone["stands"]["classes"], first["classes"]);
        assert_eq!(counts(&mut ana).await, (2, 1, 5));
        let undone = ana.undo(id).await.assert_status(200).json();
        assert!(undone.get("stands").is_none() && undone["leases"].as_array().unwrap().len() == 1, "{undone}");
        assert_eq!(counts(&mut ana).await, (1, 1, 6));
        assert_eq!(number(&test, "select count(*) from label where classes = ''").await, 1);
        test.finish().await;
    }
}

#[tokio::test]
async fn what_is_no_set_of_the_projects_classes_is_refused_and_changes_nothing() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", Task::Multi, 20).await;
        let other = pool(&test, "wood", Task::Single, 20).await;
        let (class, foreign) = (class_ids(&test, &project).await, class_ids(&test, &other).await);
        projects::retire_class(&test.app, &project, ClassId(class[2])).await.unwrap();
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut ben = Person::new(&test, "ben", Role::Annotator, "wood").await;
        let (lease, bens) = (ana.lease_one().await, ben.lease_one().await);
        let before = state(&test).await;
        for (status, part, said) in [
            (422, "send `classes`", json!({ "class": class[0] })),
            (422, "named twice", json!({ "classes": [class[0], class[0]] })),
            (422, "unknown_class", json!({ "classes": [class[0], 999_999] })),
            (422, "unknown_class", json!({ "classes": [foreign[0]] })),
            (422, "retired_class", json!({ "classes": [class[0], class[2]] })),
            (422, "bad_answer", json!({ "classes": [class[0]], "skip": "unsure" })),
            (422, "bad_answer", json!({})),
            (422, "", json!({ "classes": class[0] })),
        ] {
            ana.send(&answer_to(&lease, said.clone())).await.assert_status(status).assert_says(part);
        }
        for said in [json!({ "classes": [foreign[0]] }), json!({ "classes": [] })] {
            ben.send(&answer_to(&bens, said)).await.assert_status(422).assert_says("send `class`");
        }
        assert_eq!(state(&test).await, before);
        test.finish().await;
    }
}

#[tokio::test]
async fn a_class_that_no_set_held_before_asks_for_a_round_at_once() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", Task::Multi, 20).await;
        let class = class_ids(&test, &project).await;
        let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
        let mut causes = Vec::new();
        for lease in ana.lease(20).await {
            let sample = lease["sample"]["id"].as_i64().unwrap();
            let audits =
                test.app.store.sample(project.id, querist::domain::SampleId(sample)).await.unwrap().unwrap().audit;
            ana.send(&answer_to(&lease, json!({ "classes": [class[0], class[1]] }))).await.assert_status(201);
            let newest = test.app.store.decisions(project.id, 1).await.unwrap().remove(0);
            causes.push((audits, newest.cause));
        }
        let of =
            |wanted: bool| causes.iter().filter(move |(audits, _)| *audits == wanted).map(|(_, cause)| cause.as_str());
        // The rule ignores whether a sample audits: otherwise it would reveal that.
        assert_eq!(of(true).count(), 2);
        assert_eq!(of(true).chain(of(false)).filter(|cause| *cause == "new class").count(), 1, "{causes:?}");
        test.finish().await;
    }
}

#[tokio::test]
async fn samples_are_found_by_each_of_their_classes() {
    for test in TestApp::on_each_engine().await {
        let project = pool(&test, "metal", Task::Multi, 20).await;
        let class = class_ids(&test, &project).await;
        let mut lead = Person::new(&test, "lea", Role::Lead, "metal").await;
        let leases = lead.lease(4).await;
        for (lease, classes) in leases.iter().zip([vec![class[0], class[1]], vec![class[1]], vec![], vec![class[2]]]) {
            lead.send(&answer_to(lease, json!({ "classes": classes }))).await.assert_status(201);
        }
        for (query, n) in [
            (format!("class={}", class[0]), 1),
            (format!("class={}", class[1]), 2),
            ("state=labeled".to_owned(), 4),
            ("state=skipped".to_owned(), 0),
            ("state=unlabeled".to_owned(), 16),
        ] {
            let list = lead.client.get(&format!("{}/samples?{query}", lead.base)).await.assert_status(200).json();
            assert_eq!(list["samples"].as_array().unwrap().len(), n, "{query}: {list}");
        }
        let list = lead.client.get(&format!("{}/samples?class={}", lead.base, class[0])).await.json();
        assert_eq!(list["samples"][0]["classes"], json!([class[0], class[1]]));
        test.finish().await;
    }
}

#[tokio::test]
async fn a_project_keeps_names_apart_and_takes_the_strategies_of_its_task() {
    let test = TestApp::new().await;
    let refused = |result: Result<Project, querist::service::ServiceError>| result.unwrap_err().to_string();
    let piped = Wanted { classes: vec!["a|b".to_owned()], ..wanted("metal", Task::Multi) };
    assert!(refused(projects::create(&test.app, piped.clone()).await).contains("`a|b` holds `|`"));
    projects::create(&test.app, Wanted { task: Task::Single, slug: "wood".to_owned(), ..piped }).await.unwrap();
    let augmented = Wanted {
        augmentations: Some(vec![querist::modality::image::augment::Augmentation::Crop]),
        ..wanted("glass", Task::Multi)
    };
    assert_eq!(projects::create(&test.app, augmented).await.unwrap().augmentations, "crop");

    let project = projects::create(&test.app, wanted("metal", Task::Multi)).await.unwrap();
    assert_eq!((project.strategy.as_str(), project.augmentations.as_str()), ("mean-margin", ""));
    let names = projects::add_classes(&test.app, &project, &["c|d".to_owned()]).await.unwrap_err();
    assert!(names.to_string().contains("`c|d` holds `|`"));
    let settings = |strategy: &str| querist::store::projects::ProjectSettings {
        name: "Metal".to_owned(),
        strategy: strategy.to_owned(),
        retrain_labels: None,
        retrain_minutes: 10,
        show_opinion: false,
        guidelines: String::new(),
    };
    for (given, kept) in [("cvirs", "cvirs"), ("auto", "mean-margin"), ("max-margin", "max-margin"), ("bald", "bald")] {
        projects::configure(&test.app, &project, settings(given)).await.unwrap();
        assert_eq!(projects::by_slug(&test.app, "metal").await.unwrap().strategy, kept);
    }
    let error = projects::configure(&test.app, &project, settings("ratio")).await.unwrap_err();
    assert!(error.to_string().contains("ratio"), "{error}");
}

#[tokio::test]
async fn pages_and_programs_make_such_a_project() {
    let test = TestApp::new().await;
    let mut ada = test.signed_in("ada", Role::Admin, None).await;
    let new = json!({ "slug": "metal", "classes": ["scratch", "stain"], "task": "multi" });
    ada.post_json("/api/v1/projects", &new).await.assert_status(201);
    assert_eq!(ada.get("/api/v1/projects/metal").await.json()["task"], "multi");
    let fields = [("slug", "wood"), ("name", ""), ("classes", "knot\ncrack"), ("task", "multi")];
    ada.post("/projects", &fields).await.assert_leads_to("/p/wood/settings");
    assert_eq!(ada.get("/api/v1/projects/wood").await.json()["task"], "multi");
    ada.post("/projects", &[("slug", "glass"), ("name", ""), ("classes", "")]).await.assert_status(303);
    assert_eq!(ada.get("/api/v1/projects/glass").await.json()["task"], "single");
}

/// An import of a manifest beside three pictures of `bench`, with these label cells.
async fn imported(bench: &Bench, cells: [&str; 4]) -> ImportReport {
    let tree = bench.tree(&["x"], 4);
    let mut names: Vec<_> =
        std::fs::read_dir(tree.join("x")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    let mut text = "path,tags\n".to_owned();
    for (name, cell) in names.iter().zip(cells) {
        writeln!(text, "x/{},\"{cell}\"", name.to_str().unwrap()).unwrap();
    }
    let manifest = tree.join("labels.csv");
    std::fs::write(&manifest, text).unwrap();
    bench.import(&manifest, LabelsFrom::Column("tags".to_owned())).await
}

async fn multi(bench: Bench) -> Bench {
    let project = projects::create(&bench.app, wanted("sets", Task::Multi)).await.unwrap();
    Bench { project, ..bench }
}

#[tokio::test]
async fn sets_go_out_and_come_back_in_with_none_of_these_kept_apart_from_unlabeled() {
    let bench = multi(Bench::new().await).await;
    let report = imported(&bench, ["stain|scratch", " rust | crack ", "|", ""]).await;
    assert_eq!((report.added, report.labeled, report.refused.len()), (4, 3, 0), "{report:?}");
    assert_eq!(report.new_classes, ["rust"]);

    let export = async |bench: &Bench, format, out: &Path| {
        let options = ExportOptions { votes: true, ..ExportOptions::default() };
        exporting::export_to(&bench.app, &bench.project, format, &options, None, out, &Progress::silent())
            .await
            .unwrap()
    };
    let csv = export(&bench, Format::named("csv").unwrap(), &bench.dir.path().join("tree/out.csv")).await;
    let text = std::fs::read_to_string(&csv.file).unwrap();
    let column = |text: &str| -> Vec<String> {
        let mut reader = csv_reader(text);
        reader.records().map(|row| row.unwrap()[1].to_owned()).collect()
    };
    let cells = column(&text);
    assert!(text.starts_with("path,classes,sample_id"), "{text}");
    for cell in ["scratch|stain", "crack|rust", "|"] {
        assert_eq!(cells.iter().filter(|found| *found == cell).count(), 1, "{cells:?}");
    }
    let manifest = &csv.manifest;
    assert_eq!((manifest.samples, manifest.written, manifest.none), (4, 3, Some(1)));
    let total = |name: &str| {
        manifest.classes.iter().find(|class| class.name == name).map(|class| (class.labels, class.written))
    };
    assert_eq!((total("scratch"), total("rust")), (Some((1, 1)), Some((1, 1))));

    let jsonl = export(&bench, Format::named("jsonl").unwrap(), &bench.dir.path().join("out.jsonl")).await;
    let lines: Vec<Value> =
        std::fs::read_to_string(&jsonl.file).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert!(lines.iter().all(|line| line.get("class").is_none()), "{lines:?}");
    assert!(lines.iter().any(|line| line["classes"] == json!([])), "{lines:?}");
    assert_eq!(lines[0]["votes"][0]["kind"], "classes");

    let zip = bench.dir.path().join("out.zip");
    let (options, silent) = (ExportOptions::default(), Progress::silent());
    let refused = exporting::export_to(
        &bench.app,
        &bench.project,
        Format::named("imagefolder").unwrap(),
        &options,
        None,
        &zip,
        &silent,
    );
    assert!(refused.await.unwrap_err().to_string().contains("one folder for each class"));
    assert!(!zip.exists());

    // Into another project, from the exported table itself: the same sets, and the same table again.
    let other = multi(Bench::new().await).await;
    let report = other.import(&csv.file, LabelsFrom::Column("classes".to_owned())).await;
    assert_eq!((report.added, report.labeled), (3, 3), "{report:?}");
    let back = export(&other, Format::named("csv").unwrap(), &other.dir.path().join("back.csv")).await;
    let (mut there, mut here) = (cells, column(&std::fs::read_to_string(&back.file).unwrap()));
    there.sort();
    here.sort();
    assert_eq!(there, here);
}

fn csv_reader(text: &str) -> csv::Reader<&[u8]> {
    csv::Reader::from_reader(text.as_bytes())
}

#[tokio::test]
async fn labels_that_are_no_sets_are_refused_row_by_row_and_folders_as_a_whole() {
    let bench = multi(Bench::new().await).await;
    let report = imported(&bench, ["stain|stain", "scratch", "||", ""]).await;
    assert_eq!((report.added, report.labeled, report.refused.len()), (3, 2, 1), "{report:?}");
    assert!(report.refused[0].reason.contains("`stain` is named twice"), "{report:?}");
    let tree = bench.tree(&["y"], 2);
    let options = ImportOptions::new(LabelsFrom::Folder, bench.account);
    let silent = Progress::silent();
    let error = importing::import(&bench.app, &bench.project, &tree, options, &silent).await.unwrap_err().to_string();
    assert!(error.contains("with `|` between classes"), "{error}");
}

#[tokio::test]
async fn sets_are_answered_without_scripts_by_ticking_boxes() {
    let test = TestApp::new().await;
    let project = pool(&test, "metal", Task::Multi, 20).await;
    let class = class_ids(&test, &project).await;
    let mut ana = Person::new(&test, "ana", Role::Annotator, "metal").await;
    let field = |page: &str, name: &str| -> String {
        let rest = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap().to_owned();
        rest.split('"').next().unwrap().to_owned()
    };
    let mut page = ana.client.post("/p/metal/label", &[]).await.assert_status(200).text();
    let one = class[0].to_string();
    let two = class[2].to_string();
    let answers: [(&[(&str, &str)], u16); 4] = [
        (&[("classes", &one), ("classes", &two), ("store", "set")], 200),
        (&[("store", "set")], 422),
        (&[("classes", &one), ("store", "none")], 200),
        (&[("class", &one)], 422),
    ];
    for (said, status) in answers {
        assert!(page.contains("type=\"checkbox\" name=\"classes\""), "{page}");
        let (id, sample, lease) = (field(&page, "id"), field(&page, "sample"), field(&page, "lease"));
        let mut fields = vec![("id", id.as_str()), ("sample", &sample), ("lease", &lease)];
        fields.extend(said);
        let answer = ana.client.post("/p/metal/label", &fields).await;
        answer.assert_status(status);
        page = if status == 200 { answer.text() } else { ana.client.post("/p/metal/label", &[]).await.text() };
    }
    assert_eq!(number(&test, "select count(*) from annotation where kind = 'classes'").await, 2);
    assert_eq!(number(&test, "select count(*) from label where classes = ''").await, 1);
    // Every page works for sets too.
    ana.client.get("/p/metal/grid").await.assert_status(200);
    let mut lea = Person::new(&test, "lea", Role::Lead, "metal").await;
    for page in ["doubts", "augmentation", "replay"] {
        lea.client.get(&format!("/p/metal/{page}")).await.assert_status(200);
    }
    let settings = lea.client.get("/p/metal/settings").await.assert_status(200).text();
    assert!(settings.contains("value=\"cvirs\"") && !settings.contains("value=\"margin\""), "{settings}");
    assert!(!lea.client.get("/p/metal/export").await.assert_status(200).text().contains("imagefolder"));
    let samples = lea.client.get("/p/metal/samples").await.assert_status(200).text();
    assert!(samples.contains("/doubts"), "{samples}");
}
