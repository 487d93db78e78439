//! A project to import into, by way of the services, and pictures to import.

use std::io::Cursor;
use std::path::{Path, PathBuf};

use querist::clock::Clock;
use querist::cpu::Cpu;
use querist::data::DataDir;
use querist::domain::{AccountId, Lots, Project, SampleId, Timestamp};
use querist::progress::Progress;
use querist::runtime::{LazyRuntime, Settings};
use querist::service::App;
use querist::service::exchange::importing::{self, ImportOptions, ImportReport, LabelsFrom};
use querist::service::projects;
use querist::store::Store;
use querist::store::listing::SampleFilter;
use querist::store::projects::NewProject;
use querist::store::samples::SampleRow;

/// A server's parts in a folder of their own, with one account and one project.
pub struct Bench {
    pub app: App,
    pub project: Project,
    pub account: AccountId,
    pub dir: tempfile::TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let data = DataDir::open(&dir.path().join("data")).unwrap();
        let store = Store::open(data.database().to_str().unwrap()).await.unwrap();
        store.migrate().await.unwrap();
        let clock = Clock::fixed(Timestamp(1_800_000_000_000_000));
        let now = clock.now();
        let account = querist::service::people::accounts::NewAccount {
            name: "lead",
            role: querist::domain::Role::Admin,
            project: None,
            password: None,
        };
        let program = Some(env!("CARGO_BIN_EXE_querist").into());
        let runtime = LazyRuntime::new(Settings { program, ..Settings::default() });
        let app = App::new(store, data, Cpu::new(2).unwrap(), clock, runtime);
        let account = querist::service::people::accounts::add(&app, account).await.unwrap().id;
        let new = NewProject {
            name: "Metal".to_owned(),
            seed: 7,
            audit_share: 0.3,
            classes: vec!["cat".to_owned()],
            ..projects::plain("metal", Lots::new([1; 16]))
        };
        app.store.add_project(&new, now).await.unwrap().unwrap();
        let project = app.store.project_by_slug("metal").await.unwrap().unwrap();
        Self { app, project, account, dir }
    }

    pub async fn import(&self, source: &Path, labels: LabelsFrom) -> ImportReport {
        let options = ImportOptions::new(labels, self.account);
        importing::import(&self.app, &self.project, source, options, &Progress::silent()).await.unwrap()
    }

    /// Import into the bench's project, which may fail as a whole.
    pub async fn try_import(&self, source: &Path, options: ImportOptions) -> Result<ImportReport, String> {
        let done = importing::import(&self.app, &self.project, source, options, &Progress::silent()).await;
        done.map_err(|error| error.to_string())
    }

    /// Every sample as `NAME CLASS`, `-` for none, in the order of names.
    pub async fn labels(&self) -> Vec<String> {
        let classes = self.app.store.classes(self.project.id).await.unwrap();
        let name = |id| classes.iter().find(|class| Some(class.id) == id).map_or("-", |class| class.name.as_str());
        let mut all: Vec<_> =
            self.all().await.into_iter().map(|row| format!("{} {}", row.name, name(row.class()))).collect();
        all.sort();
        all
    }

    /// The names of the classes, in order.
    pub async fn classes(&self) -> Vec<String> {
        let classes = self.app.store.classes(self.project.id).await.unwrap();
        classes.into_iter().map(|class| class.name).collect()
    }

    pub async fn all(&self) -> Vec<SampleRow> {
        self.app.store.samples(self.project.id, &SampleFilter::default(), SampleId(0), 10_000).await.unwrap()
    }

    /// A folder `CLASS/N.png` for each class with `n` distinct pictures.
    pub fn tree(&self, classes: &[&str], n: u8) -> PathBuf {
        let root = self.dir.path().join("tree");
        for (k, class) in classes.iter().enumerate() {
            std::fs::create_dir_all(root.join(class)).unwrap();
            for i in 0..n {
                std::fs::write(root.join(class).join(format!("{i}.png")), png(k as u8 * 50, i)).unwrap();
            }
        }
        root
    }
}

pub fn png(r: u8, g: u8) -> Vec<u8> {
    let mut bytes = Cursor::new(Vec::new());
    image::RgbImage::from_pixel(12, 9, image::Rgb([r, g, 90])).write_to(&mut bytes, image::ImageFormat::Png).unwrap();
    bytes.into_inner()
}
