//! The example project's pictures: drawn, imported like any others, and their truth kept separately.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::dataset::{Found, Item, Source, drawn};
use crate::domain::{AccountId, Lots, Modality, Project, Role, Task, job};
use crate::progress::Progress;
use crate::service::exchange::importing::{ImportOptions, ImportReport, LabelsFrom, import_items};
use crate::service::people::accounts::{self, NewAccount};
use crate::service::projects::{self, Wanted};
use crate::service::{App, ServiceError};
use crate::store::projects::ProjectSettings;

/// Pictures drawn at a time.
const CHUNK: u64 = 64;

/// The example project's slug.
pub const SLUG: &str = "surfaces";
/// Who the drawn pictures are imported by: nobody can sign in as it.
const DRAWER: &str = "example";

const GUIDE: &str =
    "Drawn pictures of rolled metal, 160 pixels wide. They stand in for photographs and are plainly made up.

clean: grain and light, nothing else.
scratch: a thin bright or dark line.
pit: small dark round holes.
stain: a soft patch of another tone.
crack: a jagged dark line with branches.
weld spatter: hard bright droplets fused to the metal. They are rare.";

/// The example project, made and filled where it is not there yet. If interrupted, it resumes where it stopped.
pub async fn prepare(app: &App, seed: u64, count: u64, progress: &Progress) -> Result<Project, ServiceError> {
    let project = if let Some(project) = app.store.project_by_slug(SLUG).await? {
        project
    } else {
        let wanted = Wanted {
            slug: SLUG.to_owned(),
            name: Some("Surface inspection (drawn)".to_owned()),
            classes: drawn::CLASSES.iter().map(ToString::to_string).collect(),
            task: Task::Single,
            modality: Modality::Image,
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
            guidelines: GUIDE.to_owned(),
        };
        projects::configure(app, &project, settings).await?;
        project
    };
    if (app.store.tally(project.id).await?.samples as u64) < count {
        let drawer = NewAccount { name: DRAWER, role: Role::Annotator, project: Some(SLUG), password: None };
        let account = accounts::add(app, drawer).await?.id;
        make(app, &project, account, seed, count, progress).await?;
        app.store.request_job(project.id, &job::ENCODE, "", app.clock.now()).await?;
    }
    projects::by_slug(app, SLUG).await
}

/// Draw `count` pictures and import them into `project`, without labels; the truth goes to [`truth_file`].
pub async fn make(
    app: &App,
    project: &Project,
    account: AccountId,
    seed: u64,
    count: u64,
    progress: &Progress,
) -> Result<ImportReport, ServiceError> {
    let truth = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&truth);
    let visit = move |each: crate::dataset::Each| {
        let mut go = each(Item::Total(count));
        for first in (0..count).step_by(CHUNK as usize) {
            let chunk: Vec<_> = (first..count.min(first + CHUNK))
                .into_par_iter()
                .map(|index| (index, drawn::draw(seed, index)))
                .collect();
            for (index, picture) in chunk {
                if go.is_break() {
                    return Ok(());
                }
                let name = format!("surface-{index:05}.jpg");
                told.lock().unwrap_or_else(PoisonError::into_inner).push((name.clone(), drawn::CLASSES[picture.class]));
                let metadata = BTreeMap::from([("drawn".to_owned(), "yes".to_owned())]);
                let source = Source::Bytes(picture.to_jpeg());
                go = each(Item::Found(Found { metadata, ..Found::new(name, source) }));
            }
        }
        let _: ControlFlow<()> = go;
        Ok(())
    };
    let options = ImportOptions::new(LabelsFrom::Nowhere, account);
    let report = import_items(app, project, "drawn pictures", visit, options, progress).await?;
    let known = truth.lock().unwrap_or_else(PoisonError::into_inner).clone();
    write_truth(app, &known)?;
    Ok(report)
}

/// Where the truth of the drawn pictures is kept: `name,class`.
pub fn truth_file(app: &App) -> PathBuf {
    app.data.root().join("demo").join("truth.csv")
}

fn write_truth(app: &App, known: &[(String, &'static str)]) -> Result<(), ServiceError> {
    let file = truth_file(app);
    if let Some(folder) = file.parent() {
        std::fs::create_dir_all(folder)?;
    }
    let lines: Vec<String> = known.iter().map(|(name, class)| format!("{name},{class}")).collect();
    Ok(std::fs::write(file, format!("name,class\n{}\n", lines.join("\n")))?)
}

/// The class of each drawn picture by name. Empty where nothing was drawn.
pub fn truth(app: &App) -> Result<BTreeMap<String, String>, ServiceError> {
    let text = match std::fs::read_to_string(truth_file(app)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(error) => return Err(error.into()),
    };
    let rows = text.lines().skip(1).filter_map(|line| line.split_once(','));
    Ok(rows.map(|(name, class)| (name.to_owned(), class.to_owned())).collect())
}
