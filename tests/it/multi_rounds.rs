//! The loop where samples have any number of classes, with ONNX Runtime: pictures in, sets, rounds, figures, a model.

#![expect(clippy::unwrap_used, reason = "a helper that fails, fails its test")]

use std::collections::{BTreeSet, HashMap};
use std::path::Path;

use querist::app::App;
use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::dataset::export::Format;
use querist::domain::{AccountId, ClassId, Modality, Project, Role, SampleId, Task, Timestamp};
use querist::encode::runtime::{Runtime, Settings};
use querist::encode::{Deployed, Form, Input, LazyRuntime, Precision, picture};
use querist::progress::Progress;
use querist::service::accounts::{self, NewAccount};
use querist::service::exporting::{self, ExportOptions};
use querist::service::importing::{self, ImportOptions, LabelsFrom};
use querist::service::insight::Measure;
use querist::service::labeling::{self, Basis, Given, Saying};
use querist::service::projects::{self, Wanted};
use querist::service::training::Outcome;
use querist::service::{doubts, encoding, groups, insight, model, predictions, replay, shelf, training};
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
                said: Saying::Classes(places.into_iter().map(|k| self.classes[k]).collect()),
                seconds: None,
                next: 0,
                origin: "desk",
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
    for strategy in querist::query::multi_label::MultiStrategy::all() {
        let settings = querist::store::projects::Settings {
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
        assert!(queue.entries.windows(2).all(|pair| pair[0].1 >= pair[1].1), "{strategy}");
    }
    assert_eq!(names.len(), 6);
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
    let audit = app.store.audit_sets(project.id).await.unwrap();
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
    exporting::export_to(app, project, Format::Csv, &options, Some(&known), &out, &silent).await.unwrap();
    let text = std::fs::read_to_string(&out).unwrap();
    assert!(text.lines().next().unwrap().ends_with("p(square),p(bar),p(dot),p(never),predicted_by"), "{text}");

    // The model as a file, in its plain form and in the small one, says what the committee says.
    for form in [Form::default(), Form { input: Input::Uint8, precision: Precision::Int8 }] {
        let (path, card) = model::make(app, project, None, form, &silent).await.unwrap();
        assert!(card.multi && card.classes == CLASSES);
        let deployed =
            Deployed::from_bytes(&Runtime::open(&settings()).unwrap(), &std::fs::read(path).unwrap()).unwrap();
        assert!(deployed.is_multi());
        if form == Form::default() {
            for (sample, _) in audit.iter().take(5) {
                let row = app.store.sample(project.id, *sample).await.unwrap().unwrap();
                let bytes = std::fs::read(app.data.blob(&row.hash)).unwrap();
                let picture = picture::decode(&bytes, &picture::Limits::default()).unwrap();
                let found = deployed.probabilities(&[deployed.prepare(&picture)]).unwrap();
                let worst = found.iter().zip(&known.of[sample]).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
                assert!(worst < querist::service::deploying::TOLERANCE, "{worst}");
            }
        } else {
            assert_eq!(card.cost.unwrap().n as usize, audit.len());
        }
    }

    // What has no meaning for sets says so.
    let one_class = |text: String| assert!(text.contains("is for projects with one class per sample"), "{text}");
    one_class(doubts::doubts(app, project, 10).await.unwrap_err().to_string());
    one_class(replay::material(app, project).await.unwrap().map(drop).unwrap_err().to_string());
    one_class(shelf::compare(app, project, 1, last.round, 5).await.map(drop).unwrap_err().to_string());
    let wanted = groups::Wanted { size: 9, ..groups::Wanted::default() };
    one_class(groups::propose(app, project, shapes.account, wanted).await.map(drop).unwrap_err().to_string());
    let changes = querist::service::augmenting::choose(app, project, "crop").await;
    one_class(changes.unwrap_err().to_string());
    one_class(querist::service::examples::add(app, project, shapes.account, audit[0].0).await.unwrap_err().to_string());
}
