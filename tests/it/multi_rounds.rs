//! The loop where samples have any number of classes, with ONNX Runtime: pictures in, sets, rounds, figures, a model.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use querist::blobs::ORIGINAL;
use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::dataset::export::Format;
use querist::domain::{AccountId, Answer, ClassId, Modality, Origin, Project, Role, SampleId, Task, Timestamp};
use querist::evaluate::Measure;
use querist::learn::Link;
use querist::models::{Deployed, FileForm, Input, Precision};
use querist::progress::Progress;
use querist::query::Strategy;
use querist::runtime::LazyRuntime;
use querist::runtime::{Runtime, Settings};
use querist::service::App;
use querist::service::desk::groups;
use querist::service::desk::labeling::{self, Basis, Given};
use querist::service::encoders::encoding;
use querist::service::exchange::exporting::{self, ExportOptions};
use querist::service::exchange::importing::{self, ImportOptions, LabelsFrom};
use querist::service::experiments::replay;
use querist::service::insight;
use querist::service::models::model;
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects::{self, Wanted};
use querist::service::rounds::doubts;
use querist::service::rounds::training::Outcome;
use querist::service::rounds::{predictions, shelf, training};
use querist::store::Store;
use querist::store::listing::SampleFilter;

use crate::support::rounds::runtime_is_there;
use crate::support::shapes::{draw, shown};

const CLASSES: [&str; 4] = ["square", "bar", "dot", "never"];

fn settings() -> Settings {
    let library = std::env::var_os("QUERIST_ONNXRUNTIME").map(Into::into);
    Settings { library, threads: 1, ..Settings::default() }
}

struct Shapes {
    app: App,
    project: Project,
    account: AccountId,
    classes: Vec<ClassId>,
    /// Places of the classes of each sample.
    truth: HashMap<SampleId, Vec<usize>>,
}

impl Shapes {
    async fn new(folder: &Path, n: u64) -> Self {
        let data = DataDir::open(&folder.join("data")).unwrap();
        let store = Store::open(data.database().to_str().unwrap()).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::fixed(Timestamp(1_767_225_600_000_000));
        let app = App::new(store, data, Cpu::new(1).unwrap(), clock, LazyRuntime::new(settings()));
        let wanted = Wanted {
            slug: "shapes".to_owned(),
            name: None,
            classes: CLASSES.map(str::to_owned).to_vec(),
            task: Task::Multi,
            modality: Modality::Image,
            seed: 3,
            augmentations: None,
            secret: Some(querist::domain::Lots::new([1; 16])),
        };
        let project = projects::create(&app, wanted).await.unwrap();
        let new = NewAccount { name: "ana", role: Role::Lead, project: Some("shapes"), password: None };
        let account = accounts::add(&app, new).await.unwrap().id;
        let pictures = folder.join("pictures");
        std::fs::create_dir_all(&pictures).unwrap();
        for i in 0..n {
            draw(i).save(pictures.join(format!("{i}.png"))).unwrap();
        }
        let silent = Progress::silent();
        let options = ImportOptions::new(LabelsFrom::Nowhere, account);
        importing::import(&app, &project, &pictures, options, &silent).await.unwrap();
        let encoded = encoding::encode_project(&app, &project, silent, Box::new(|_, _, _| ())).await.unwrap();
        assert_eq!((encoded.total as u64, encoded.failed.len()), (n, 0));
        let project = projects::by_slug(&app, "shapes").await.unwrap();
        let classes = app.store.classes(project.id).await.unwrap().into_iter().map(|class| class.id).collect();
        let all = app.store.samples(project.id, &SampleFilter::default(), SampleId(0), n as i64).await.unwrap();
        let places = |name: &str| -> Vec<usize> {
            let i: u64 = name.trim_end_matches(".png").parse().unwrap();
            (0..3).filter(|&k| shown(i)[k]).collect()
        };
        let truth = all.iter().map(|row| (row.id, places(&row.name))).collect();
        Self { app, project, account, classes, truth }
    }

    /// Answer the next `n` questions by `say`.
    async fn answer(&self, n: usize, say: impl Fn(&[usize]) -> Vec<usize>) {
        for lease in labeling::lease(&self.app, &self.project, self.account, n, false).await.unwrap() {
            let places = say(&self.truth[&lease.sample_id]);
            let given = Given {
                id: uuid::Uuid::new_v4().to_string(),
                sample: lease.sample_id,
                basis: Basis::Lease(lease.id),
                answer: Answer::Classes(places.into_iter().map(|k| self.classes[k]).collect()),
                seconds: None,
                next: 0,
                origin: Origin::Desk,
            };
            labeling::answer(&self.app, &self.project, self.account, given).await.unwrap();
        }
    }

    async fn round(&self) -> Outcome {
        training::round(&self.app, &self.project, "test").await.unwrap()
    }

    async fn queue(&self) -> querist::store::rounds::Queue {
        self.app.store.queue(self.project.id).await.unwrap().unwrap()
    }
}

#[tokio::test]
async fn sets_train_rounds_and_the_figures_follow_them() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shapes = Shapes::new(folder.path(), 240).await;

    // Nothing known, then one class on every sample: nothing can be in doubt, so the pool is covered.
    assert!(matches!(shapes.round().await, Outcome::ColdStart { n_ranked } if n_ranked > 100));
    shapes.answer(6, |_| vec![0]).await;
    assert!(matches!(shapes.round().await, Outcome::ColdStart { .. }));
    assert_eq!(shapes.queue().await.asked_by, "coverage");
}

#[tokio::test]
async fn a_label_seen_nowhere_everywhere_or_once_breaks_nothing() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shapes = Shapes::new(folder.path(), 240).await;
    // Bar everywhere, square as it is, dot and `never` nowhere.
    shapes.answer(40, |places| places.iter().copied().filter(|k| *k == 0).chain([1]).collect()).await;
    assert!(matches!(shapes.round().await, Outcome::Finished { number: 1, .. }));
    shapes.answer(20, <[usize]>::to_vec).await;

    let mut names = BTreeSet::new();
    for strategy in Strategy::suiting(Link::Sigmoid) {
        let settings = querist::store::projects::ProjectSettings {
            name: "Shapes".to_owned(),
            strategy: strategy.to_string(),
            retrain_labels: None,
            retrain_minutes: 10,
            show_opinion: false,
            guidelines: String::new(),
        };
        projects::configure(&shapes.app, &shapes.project, settings).await.unwrap();
        let shapes = Shapes { project: projects::by_slug(&shapes.app, "shapes").await.unwrap(), ..clone(&shapes) };
        assert!(matches!(shapes.round().await, Outcome::Finished { .. }), "{strategy}");
        let queue = shapes.queue().await;
        names.insert(queue.asked_by.clone());
        let waiting = shapes.app.store.waiting_samples(shapes.project.id, false, shapes.app.clock.now()).await.unwrap();
        let ranked: BTreeSet<SampleId> = queue.entries.iter().map(|(sample, _)| *sample).collect();
        assert_eq!(ranked, waiting.into_iter().collect(), "{strategy}: every waiting sample once, and no other");
    }
    assert_eq!(names.len(), Strategy::suiting(Link::Sigmoid).count());
}

fn clone(shapes: &Shapes) -> Shapes {
    Shapes {
        app: shapes.app.clone(),
        project: shapes.project.clone(),
        account: shapes.account,
        classes: shapes.classes.clone(),
        truth: shapes.truth.clone(),
    }
}

#[tokio::test]
async fn what_was_learnt_is_measured_exported_and_handed_out_as_it_was_said() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shapes = Shapes::new(folder.path(), 300).await;
    let (app, project) = (&shapes.app, &shapes.project);
    shapes.answer(12, <[usize]>::to_vec).await;
    shapes.round().await;
    let early = insight::curve(app, project).await.unwrap();
    shapes.answer(100, <[usize]>::to_vec).await;
    assert!(matches!(shapes.round().await, Outcome::Finished { .. }));
    shapes.answer(80, <[usize]>::to_vec).await;

    // Counted here from the probabilities of the round in use, and there from what it stored when it ended.
    let curve = insight::curve(app, project).await.unwrap();
    assert_eq!((curve.measure, curve.classes.len()), (Measure::ExactMatch, 4));
    let last = curve.points.last().unwrap();
    let known = predictions::in_use(app, project).await.unwrap().unwrap();
    let audit = app.store.audit_labels(project.id).await.unwrap();
    assert!(audit.len() >= 12, "{} audit answers", audit.len());
    let said = |sample: &SampleId| -> BTreeSet<ClassId> {
        known.classes.iter().zip(&known.of[sample]).filter(|(_, p)| **p >= 0.5).map(|(class, _)| *class).collect()
    };
    let right = audit.iter().filter(|(sample, truth)| said(sample) == truth.ids().collect()).count();
    assert_eq!((last.n, last.correct), (audit.len(), right));
    assert!(last.accuracy > 0.6 && last.micro_f1.unwrap() > 0.8, "{last:?}");
    assert!(last.low < last.accuracy && last.accuracy <= last.high);
    let (low, high) = curve.micro_f1_interval.unwrap();
    assert!(low <= last.micro_f1.unwrap() && last.micro_f1.unwrap() <= high);
    let never = curve.classes.iter().find(|class| class.name == "never").unwrap();
    assert_eq!((never.labels, never.f1, never.precision), (0, None, None));
    let square = &curve.classes[0];
    let support = audit.iter().filter(|(_, truth)| truth.contains(shapes.classes[0])).count();
    assert_eq!(square.audit as usize, support);
    assert!(square.recall.unwrap() > 0.8 && square.recall_interval.unwrap().0 < square.recall.unwrap());
    assert!(early.points.len() <= curve.points.len());
    let shelf = shelf::shelf(app, project, &[last.round]).await.unwrap();
    assert_eq!(shelf.place(last.round).audited.unwrap().correct, right);

    // Exports with probabilities: each by itself.
    let options = ExportOptions { with_predictions: true, ..ExportOptions::default() };
    let out = folder.path().join("out.csv");
    let silent = Progress::silent();
    exporting::export_to(app, project, Format::named("csv").unwrap(), &options, Some(&known), &out, &silent)
        .await
        .unwrap();
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.lines().next().unwrap().ends_with("p(square),p(bar),p(dot),p(never),predicted_by"), "{text}");

    // The model file, in its plain and its small form, agrees with the committee.
    for form in [FileForm::default(), FileForm { input: Input::Uint8, precision: Precision::Int8 }] {
        let (path, card) = model::make(app, project, None, form, &silent).await.unwrap();
        assert!(card.multi && card.classes == CLASSES);
        let deployed =
            Deployed::from_bytes(&Runtime::open(&settings()).unwrap(), &std::fs::read(path).unwrap()).unwrap();
        assert_eq!(deployed.link(), Link::Sigmoid);
        if form == FileForm::default() {
            for (sample, _) in audit.iter().take(5) {
                let row = app.store.sample(project.id, *sample).await.unwrap().unwrap();
                let bytes = app.blobs.get(ORIGINAL, &row.hash).unwrap();
                let found = deployed.probabilities(&[deployed.prepare(&bytes).unwrap()]).unwrap();
                let worst = found.iter().zip(&known.of[sample]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < querist::service::models::deploying::TOLERANCE, "{worst}");
            }
        } else {
            assert_eq!(card.cost.unwrap().n as usize, audit.len());
        }
    }
}

#[tokio::test]
async fn what_one_class_has_sets_have_too() {
    if !runtime_is_there() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let shapes = Shapes::new(folder.path(), 300).await;
    let (app, project) = (&shapes.app, &shapes.project);
    shapes.answer(60, <[usize]>::to_vec).await;
    shapes.round().await;
    // One answer in ten is wrong about the bar.
    let n = std::sync::atomic::AtomicUsize::new(0);
    let wrong = &|places: &[usize]| -> Vec<usize> {
        let flip = n.fetch_add(1, std::sync::atomic::Ordering::Relaxed).is_multiple_of(10);
        let without = places.iter().copied().filter(|k| !(flip && *k == 1));
        without.chain((flip && !places.contains(&1)).then_some(1)).collect()
    };
    shapes.answer(70, wrong).await;
    shapes.answer(70, wrong).await;
    let Outcome::Finished { number, .. } = shapes.round().await else { panic!("it trains") };

    // Doubtful labels: most of the wrong sets come first, with the bar put right.
    let found = doubts::doubts(app, project, 20).await.unwrap();
    assert!(found.judged >= 150 && found.errors >= 5, "{} {}", found.judged, found.errors);
    let bar = shapes.classes[1];
    let about_the_bar =
        |doubt: &doubts::Doubt| doubt.class.ids().contains(&bar) != doubt.suggested.ids().contains(&bar);
    let right = found.labels.iter().take(10).filter(|doubt| about_the_bar(doubt)).count();
    assert!(right >= 8, "{right} of 10: {:?}", &found.labels[..10]);

    // Two rounds, side by side.
    let compared = shelf::compare(app, project, 1, number, 50).await.unwrap();
    let curve = insight::curve(app, project).await.unwrap();
    assert_eq!(compared.n as usize, curve.points.last().unwrap().n);
    assert_eq!(compared.counts.n(), compared.n);

    // A replay has something to work on, with the same measure.
    assert!(replay::material(app, project).await.unwrap().is_ok());

    // A sample with several classes is an example of each of them.
    let labeled = app.store.training_labels(project.id).await.unwrap();
    let (sample, set) = labeled.iter().find(|(_, set)| set.contains(bar) && set.ids().count() > 1).unwrap();
    querist::service::desk::examples::add(app, project, shapes.account, *sample).await.unwrap();
    let shown: Vec<ClassId> =
        app.store.examples(project.id).await.unwrap().into_iter().map(|(class, _)| class).collect();
    assert_eq!(shown, set.to_vec());

    // A group is answered with a set, and so proposed where the lead shows opinions.
    let settings = querist::store::projects::ProjectSettings {
        name: "Shapes".to_owned(),
        strategy: "mean-margin".to_owned(),
        retrain_labels: None,
        retrain_minutes: 10,
        show_opinion: true,
        guidelines: String::new(),
    };
    projects::configure(app, project, settings).await.unwrap();
    let project = projects::by_slug(app, "shapes").await.unwrap();
    let wanted = groups::WantedGroup { size: 6, ..groups::WantedGroup::default() };
    let group = groups::propose(app, &project, shapes.account, wanted).await.unwrap().unwrap();
    assert!(group.kind == groups::GroupKind::Confident && group.classes.is_some(), "{group:?}");
    let members = group.leases.iter().map(|lease| groups::GroupMember {
        id: uuid::Uuid::new_v4().to_string(),
        sample: lease.sample_id,
        lease: lease.id.clone(),
    });
    let classes = group.classes.clone().unwrap();
    let given =
        groups::GroupAnswer { classes: classes.clone(), members: members.collect(), odd: Vec::new(), seconds: None };
    let done = groups::answer(app, &project, shapes.account, given).await.unwrap();
    assert!(done.iter().all(|(_, outcome)| outcome.is_ok()), "{done:?}");
    let stored: HashMap<_, _> = app.store.training_labels(project.id).await.unwrap().into_iter().collect();
    assert!(group.leases.iter().all(|lease| stored[&lease.sample_id] == classes));

    // And the desk shows the committee's opinion.
    let waiting = app.store.waiting_samples(project.id, false, app.clock.now()).await.unwrap();
    let shown = app.opinions.shown(app, &project, &waiting).await.unwrap();
    assert!(shown.iter().flatten().any(|said| !said.classes.is_empty() && said.probability > 0.5));
}
