//! The example projects: samples that the program makes up itself, imported like any others, their truth kept separately.
//!
//! A further example is a line of [`EXAMPLES`].

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::dataset::{Found, Item, Source, drawn, messages, readings, waves};
use crate::domain::{AccountId, Lots, Modality, Project, Role, Task, job};
use crate::progress::Progress;
use crate::service::exchange::importing::{ImportOptions, ImportReport, LabelsFrom, import_items};
use crate::service::people::accounts::{self, NewAccount};
use crate::service::projects::{self, Wanted};
use crate::service::{App, ServiceError};
use crate::store::projects::ProjectSettings;

/// Samples made at a time.
const CHUNK: u64 = 64;

/// The slug of the example of pictures.
pub const SLUG: &str = "surfaces";
/// Who the samples are imported by: nobody can sign in as it.
const DRAWER: &str = "example";

/// An example project.
pub struct Example {
    pub modality: Modality,
    pub slug: &'static str,
    name: &'static str,
    classes: &'static [&'static str],
    guide: &'static str,
    /// What its import is called.
    source: &'static str,
    /// The file of truth in the data folder.
    truth: &'static str,
    /// Sample `index` of the pool of a seed: its name, its bytes, its class.
    make: fn(u64, u64) -> (String, Vec<u8>, &'static str),
}

/// One for each kind of sample.
pub const EXAMPLES: &[Example] = &[
    Example {
        modality: Modality::Image,
        slug: SLUG,
        name: "Surface inspection (drawn)",
        classes: &drawn::CLASSES,
        guide: "Drawn pictures of rolled metal, 160 pixels wide. They stand in for photographs and are plainly made up.

clean: grain and light, nothing else.
scratch: a thin bright or dark line.
pit: small dark round holes.
stain: a soft patch of another tone.
crack: a jagged dark line with branches.
weld spatter: hard bright droplets fused to the metal. They are rare.",
        source: "drawn pictures",
        truth: "truth.csv",
        make: |seed, index| {
            let picture = drawn::draw(seed, index);
            (format!("surface-{index:05}.jpg"), picture.to_jpeg(), drawn::CLASSES[picture.class])
        },
    },
    Example {
        modality: Modality::Text,
        slug: "messages",
        name: "Customer messages (made up)",
        classes: &messages::CLASSES,
        guide: "Messages to a shop, put together by the program: plainly made up, and in English.

delivery: where a parcel is, when and how it comes.
refund: returns, cancellations, money back.
account: signing in, passwords, personal data.
invoice: bills and payments.
defect: something broken, missing or other than ordered.
safety: somebody was hurt, or could have been. These are rare and come before everything else.

Where a message is about two things, choose what the sender wants solved first.",
        source: "made-up messages",
        truth: "truth-messages.csv",
        make: |seed, index| {
            let message = messages::write(seed, index);
            (format!("message-{index:05}"), message.text.into_bytes(), messages::CLASSES[message.class])
        },
    },
    Example {
        modality: Modality::Series,
        slug: "pumps",
        name: "Pump recordings (made up)",
        classes: &waves::CLASSES,
        guide: "An hour of a pump, its vibration and the temperature of its bearing, made up by the program.

normal: vibration wavers a little about one level.
start-up: the pump begins to run within the hour.
imbalance: vibration swings quickly and evenly.
sensor fault: values stick or drop to nothing for a while.
bearing damage: vibration and temperature rise together. This is rare and comes before everything else.",
        source: "made-up recordings",
        truth: "truth-pumps.csv",
        make: |seed, index| {
            let recording = waves::record(seed, index);
            (format!("pump-{index:05}.csv"), recording.csv.into_bytes(), waves::CLASSES[recording.class])
        },
    },
    Example {
        modality: Modality::Table,
        slug: "machines",
        name: "Machine readings (made up)",
        classes: &readings::CLASSES,
        guide: "One reading of a pump, made up by the program. Some values are missing.

normal: nothing stands out for a pump of this make.
worn: many hours, less flow for the current that it takes.
blocked: little flow at a high pressure.
sensor fault: a value that cannot be, such as no flow at full current.
bearing damage: vibration and temperature are both high. This is rare and comes before everything else.",
        source: "made-up readings",
        truth: "truth-machines.csv",
        make: |seed, index| {
            let reading = readings::read_out(seed, index);
            (format!("reading-{index:05}.json"), reading.row.to_json(), readings::CLASSES[reading.class])
        },
    },
];

impl Example {
    /// The example of this kind of sample.
    ///
    /// # Errors
    /// When there is none.
    pub fn of(modality: Modality) -> Result<&'static Self, ServiceError> {
        let found = EXAMPLES.iter().find(|example| example.modality == modality);
        found.ok_or_else(|| ServiceError::Invalid(format!("there is no example of modality `{modality}` yet")))
    }

    /// The project, made and filled where it is not there yet. If interrupted, it resumes where it stopped.
    pub async fn prepare(
        &self,
        app: &App,
        seed: u64,
        count: u64,
        progress: &Progress,
    ) -> Result<Project, ServiceError> {
        let project = match app.store.project_by_slug(self.slug).await? {
            Some(project) => project,
            None => self.found(app, seed).await?,
        };
        if (app.store.tally(project.id).await?.samples as u64) < count {
            let drawer = NewAccount { name: DRAWER, role: Role::Annotator, project: Some(self.slug), password: None };
            let account = accounts::add(app, drawer).await?.id;
            self.fill(app, &project, account, seed, count, progress).await?;
            app.store.request_job(project.id, &job::ENCODE, "", app.clock.now()).await?;
        }
        projects::by_slug(app, self.slug).await
    }

    async fn found(&self, app: &App, seed: u64) -> Result<Project, ServiceError> {
        let wanted = Wanted {
            slug: self.slug.to_owned(),
            name: Some(self.name.to_owned()),
            classes: self.classes.iter().map(ToString::to_string).collect(),
            task: Task::Single,
            modality: self.modality,
            seed: seed as i64,
            augmentations: None,
            secret: Some(Lots::new(u128::from(seed).to_le_bytes())),
        };
        let project = projects::create(app, wanted).await?;
        let settings = ProjectSettings {
            name: project.name.clone(),
            strategy: project.strategy.clone(),
            retrain_labels: None,
            retrain_minutes: project.retrain_minutes,
            show_opinion: false,
            guidelines: self.guide.to_owned(),
        };
        projects::configure(app, &project, settings).await?;
        Ok(project)
    }

    /// Make `count` samples and import them into `project`, without labels; the truth is kept for [`truth`](Self::truth).
    pub async fn fill(
        &self,
        app: &App,
        project: &Project,
        account: AccountId,
        seed: u64,
        count: u64,
        progress: &Progress,
    ) -> Result<ImportReport, ServiceError> {
        let truth = Arc::new(Mutex::new(Vec::new()));
        let (told, make) = (Arc::clone(&truth), self.make);
        let visit = move |each: crate::dataset::Each| {
            let mut go = each(Item::Total(count));
            for first in (0..count).step_by(CHUNK as usize) {
                let indices = first..count.min(first + CHUNK);
                let chunk: Vec<_> = indices.into_par_iter().map(|index| make(seed, index)).collect();
                for (name, bytes, class) in chunk {
                    if go.is_break() {
                        return Ok(());
                    }
                    told.lock().unwrap_or_else(PoisonError::into_inner).push((name.clone(), class));
                    let metadata = BTreeMap::from([("drawn".to_owned(), "yes".to_owned())]);
                    go = each(Item::Found(Found { metadata, ..Found::new(name, Source::Bytes(bytes)) }));
                }
            }
            let _: ControlFlow<()> = go;
            Ok(())
        };
        let options = ImportOptions::new(LabelsFrom::Nowhere, account);
        let report = import_items(app, project, self.source, visit, options, progress).await?;
        let known = truth.lock().unwrap_or_else(PoisonError::into_inner).clone();
        self.write_truth(app, &known)?;
        Ok(report)
    }

    /// Where the truth is kept: `name,class`.
    fn truth_file(&self, app: &App) -> PathBuf {
        app.data.root().join("demo").join(self.truth)
    }

    fn write_truth(&self, app: &App, known: &[(String, &'static str)]) -> Result<(), ServiceError> {
        let file = self.truth_file(app);
        if let Some(folder) = file.parent() {
            std::fs::create_dir_all(folder)?;
        }
        let lines: Vec<String> = known.iter().map(|(name, class)| format!("{name},{class}")).collect();
        Ok(std::fs::write(file, format!("name,class\n{}\n", lines.join("\n")))?)
    }

    /// The class of each sample by name. Empty where none was made.
    pub fn truth(&self, app: &App) -> Result<BTreeMap<String, String>, ServiceError> {
        let text = match std::fs::read_to_string(self.truth_file(app)) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
            Err(error) => return Err(error.into()),
        };
        let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
        Ok(rows.map(|(name, class)| (name.to_owned(), class.to_owned())).collect())
    }
}
