//! The loop by way of the services: the example's drawn pictures, encoded, answered as drawn, and trained on.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{
    AccountId, ClassId, ClassSet, JobId, JobKind, JobNote, Modality, Origin, Project, Role, SampleId, Timestamp,
};
use querist::progress::Progress;
use querist::runtime::{LazyRuntime, Runtime, Settings};
use querist::service::App;
use querist::service::demo::example::Example;
use querist::service::desk::labeling::{self, Given};
use querist::service::encoders::encoding;
use querist::service::people::accounts::{self, NewAccount};
use querist::service::projects;
use querist::service::rounds::training;
use querist::service::rounds::training::Outcome;
use querist::store::Store;
use querist::store::labeling::Lease;

use super::client::Client;
use super::skip;

/// A server's parts on a data folder that outlives them, the example's drawn pictures in it, and somebody to label
/// them.
pub struct Loop {
    pub app: App,
    pub project: Project,
    pub account: AccountId,
    pub truth: BTreeMap<String, String>,
    pub classes: HashMap<String, ClassId>,
}

fn settings() -> Settings {
    let library = std::env::var_os("QUERIST_ONNXRUNTIME").map(Into::into);
    let program = Some(env!("CARGO_BIN_EXE_querist").into());
    Settings { library, program, threads: 1, ..Settings::default() }
}

pub fn runtime_is_there() -> bool {
    match Runtime::open(&settings()) {
        Ok(_) => true,
        Err(error) => {
            skip(&error.to_string());
            false
        }
    }
}

impl Loop {
    /// Ask for work of this kind and take it, as a worker does.
    pub async fn ask(&self, kind: &'static JobKind) -> JobId {
        let now = self.app.clock.now();
        let id = self.app.store.request_job(self.project.id, kind, "", now).await.unwrap();
        while let Some(job) = self.app.store.claim_job(kind.lane, now).await.unwrap() {
            if job.id == id {
                return id;
            }
        }
        panic!("job {id} cannot be claimed");
    }

    pub async fn fail(&self, job: JobId, causes: &str) {
        let note = JobNote::Failed { causes: causes.to_owned(), kind: None };
        self.app.store.fail_job(job, &note, self.app.clock.now()).await.unwrap();
    }

    pub async fn end(&self, job: JobId, note: &JobNote) {
        self.app.store.finish_job(job, note, None, self.app.clock.now()).await.unwrap();
    }

    /// Open the folder, and fill it with `count` encoded pictures where it is empty.
    pub async fn open(folder: &Path, count: u64) -> Self {
        Self::open_example(Modality::Image, folder, count).await
    }

    /// The same with samples of this kind.
    pub async fn open_example(modality: Modality, folder: &Path, count: u64) -> Self {
        let example = Example::of(modality).unwrap();
        let data = DataDir::open(folder).unwrap();
        let store = Store::open(data.database().to_str().unwrap()).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::fixed(Timestamp(1_767_225_600_000_000));
        let app = App::new(store, data, Cpu::new(1).unwrap(), clock, LazyRuntime::new(settings()));
        let silent = Progress::silent();
        let project = example.prepare(&app, 1, count, &silent).await.unwrap();
        let new = NewAccount { name: "ana", role: Role::Lead, project: Some(example.slug), password: None };
        let account = accounts::add(&app, new).await.unwrap().id;
        let encoded = encoding::encode_project(&app, &project, silent, Box::new(|_, _, _| ())).await.unwrap();
        assert_eq!((encoded.total as u64, encoded.failed.len()), (count, 0));
        let project = projects::by_slug(&app, example.slug).await.unwrap();
        let truth = example.truth(&app).unwrap();
        let classes = app.store.classes(project.id).await.unwrap();
        let classes = classes.into_iter().map(|class| (class.name, class.id)).collect();
        Self { app, project, account, truth, classes }
    }

    pub async fn lease(&self, count: usize) -> Vec<Lease> {
        labeling::lease(&self.app, &self.project, self.account, count, false).await.unwrap()
    }

    pub async fn answer(&self, lease: Lease, class: ClassId) -> String {
        let id = uuid::Uuid::new_v4().to_string();
        let (sample, lease) = (lease.sample_id, lease.id);
        let given = Given {
            id: id.clone(),
            sample,
            basis: labeling::Basis::Lease(lease),
            answer: ClassSet::from(class).into(),
            seconds: None,
            next: 0,
            origin: Origin::Desk,
        };
        labeling::answer(&self.app, &self.project, self.account, given).await.unwrap();
        id
    }

    /// Answer the next `n` questions with what was drawn, but every tenth that trains with another class; the samples of those.
    pub async fn answer_with_slips(&self, n: usize) -> HashSet<SampleId> {
        let names: Vec<&String> = self.truth.values().collect::<std::collections::BTreeSet<_>>().into_iter().collect();
        let mut slips = HashSet::new();
        for at in 0..n {
            let lease = self.lease(1).await.remove(0);
            let truth = &self.truth[&lease.name];
            let place = names.iter().position(|name| *name == truth).unwrap();
            let slip = at % 10 == 5;
            let said = names[(place + usize::from(slip)) % names.len()];
            if slip {
                slips.insert(lease.sample_id);
            }
            self.answer(lease, self.classes[said]).await;
        }
        slips
    }

    /// Answer the next `n` questions with what was drawn.
    pub async fn answer_truly(&self, n: usize) {
        for _ in 0..n {
            let lease = self.lease(1).await.remove(0);
            let class = self.classes[&self.truth[&lease.name]];
            self.answer(lease, class).await;
        }
    }

    pub async fn round(&self) -> Outcome {
        training::round(&self.app, &self.project, "test").await.unwrap()
    }

    /// The name of every sample that may be asked and train.
    pub async fn names(&self) -> HashMap<SampleId, String> {
        let mut names = HashMap::new();
        for (id, _) in self.app.store.arrivals(self.project.id).await.unwrap() {
            names.insert(id, self.app.store.sample(self.project.id, id).await.unwrap().unwrap().name);
        }
        names
    }

    pub fn account(&self) -> AccountId {
        self.account
    }

    /// A lead at the pages.
    pub async fn client(&self) -> Client {
        let session = accounts::open_session(&self.app, self.account).await.unwrap();
        let mut client = Client::new(&self.app);
        client.set_cookie("querist_session", session.reveal());
        client
    }
}
