//! Synthetic samples: judged before any of them trains, and made up where that needs no download.
//!
//! **Invariant:** nothing here changes a project. What is judged is encoded by the project's encoder and forgotten.

mod made;

use std::collections::HashMap;
use std::ops::ControlFlow;
use std::path::Path;

pub use self::made::{MadeSamples, make};
use crate::dataset::{
    self, Contents, Found, Item, Label, LabelsFrom, RefusedItem, Source, SourceLimits, SourceOptions,
};
use crate::domain::class::class_name;
use crate::domain::{Class, ClassId, Project, SampleId, Stage, Task};
use crate::encoders::{OpenedEncoder, StoredEncoder};
use crate::evaluate::synthetic::{GatePlan, GateSamples, SyntheticReport, gate};
use crate::learn::Targets;
use crate::math::Matrix;
use crate::modality::medium;
use crate::progress::Progress;
use crate::service::encoders::adding as encoders;
use crate::service::rounds::training::material::known;
use crate::service::{App, ServiceError};

/// Synthetic samples that are read at most; the gate looks at fewer.
const MOST: usize = 20_000;

/// The gate's report with the names that it speaks of by number.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct SyntheticCheck {
    pub recommended: bool,
    /// The project's classes, which the report names by their place.
    pub classes: Vec<String>,
    pub report: SyntheticReport,
    /// Near copies of real samples, nearest first: what is a copy, and of which sample.
    pub copies: Vec<CopyOf>,
    /// What could not be judged.
    pub refused: Vec<RefusedItem>,
}

/// A synthetic sample that repeats a real one.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct CopyOf {
    pub name: String,
    pub sample: SampleId,
    pub distance: f64,
}

/// Embeddings of synthetic samples, in the order in which they were read.
struct Judgeable {
    names: Vec<String>,
    classes: Vec<usize>,
    rows: Matrix,
    refused: Vec<RefusedItem>,
    stopped: bool,
}

/// Judge the samples of `source`, a folder, archive or table as imports take them, by the project's labeled ones. `None` when told
/// to stop.
///
/// # Errors
/// In projects with sets of classes; when there is nothing to judge by, or the source cannot be read or holds nothing.
pub async fn check(
    app: &App,
    project: &Project,
    source: &Path,
    labels: LabelsFrom,
    plan: GatePlan,
    progress: &Progress,
) -> Result<Option<SyntheticCheck>, ServiceError> {
    let invalid = |why: &str| Err(ServiceError::Invalid(why.to_owned()));
    if project.task == Task::Multi {
        return invalid("synthetic samples are judged by class, and samples of this project have any number of them");
    }
    let Some(pool) = app.pools.get(app, project).await? else {
        return invalid("nothing is encoded yet, and synthetic samples are judged by embeddings; encode first");
    };
    let Some(standardiser) = pool.standardiser() else { return invalid("nothing is encoded yet; encode first") };
    let classes = app.store.classes(project.id).await?;
    let ids: Vec<ClassId> = classes.iter().map(|class| class.id).collect();
    let (at, truth) = known(&pool, project.task.into(), &ids, &app.store.training_labels(project.id).await?);
    let Targets::One(real_classes) = truth.targets() else { return invalid("the labels are sets of classes") };
    if at.is_empty() {
        return invalid("there are no labeled samples to judge by; label some first");
    }
    let groups = grouped(&app.store.labeled_groups(project.id).await?, at.iter().map(|&row| pool.ids[row]));
    let row = encoders::by_id(app, pool.encoder).await?;
    let reading = Reading {
        app: app.clone(),
        project: project.clone(),
        classes: classes.clone(),
        path: encoders::model_path(app, row.id),
        spec: row.spec,
    };
    let (source, watch) = (source.to_owned(), progress.clone());
    let read = app.cpu.blocking(move || reading.read(&source, labels, &watch)).await??;
    if read.stopped {
        return Ok(None);
    }
    if read.names.is_empty() {
        let why = read.refused.first().map_or_else(String::new, |one| format!("; `{}`: {}", one.name, one.reason));
        return Err(ServiceError::Invalid(format!("no sample of the source could be judged{why}")));
    }
    progress.report(0, 0, &Stage::Judging);
    let (real, real_classes, n_classes) = (pool.rows.gather(&at), real_classes.to_vec(), classes.len());
    let judged = app.cpu.run(move || {
        let samples = GateSamples {
            real: &real,
            real_classes: &real_classes,
            groups: &groups,
            synthetic: &read.rows,
            synthetic_classes: &read.classes,
            n_classes,
        };
        gate(&samples, &standardiser, &plan).map(|report| (report, read.names, read.refused))
    });
    let (report, names, refused) = judged.await??;
    let copies = report.privacy.iter().flat_map(|privacy| &privacy.copies).map(|copy| CopyOf {
        name: names.get(copy.synthetic).cloned().unwrap_or_default(),
        sample: at.get(copy.real).map_or(SampleId(0), |&row| pool.ids[row]),
        distance: copy.distance,
    });
    let copies = copies.collect();
    let classes = classes.into_iter().map(|class| class.name).collect();
    Ok(Some(SyntheticCheck { recommended: report.recommended(), classes, report, copies, refused }))
}

/// The group of each sample by number; one without a known group is by itself.
fn grouped(known: &[(SampleId, String)], samples: impl Iterator<Item = SampleId>) -> Vec<u64> {
    let of: HashMap<SampleId, &str> = known.iter().map(|(sample, group)| (*sample, group.as_str())).collect();
    let mut numbers: HashMap<&str, u64> = HashMap::new();
    let number = |(at, sample): (usize, SampleId)| match of.get(&sample) {
        Some(group) => *numbers.entry(group).or_insert(at as u64),
        None => at as u64,
    };
    samples.enumerate().map(number).collect()
}

/// What reading a source needs, on a thread that may block.
struct Reading {
    app: App,
    project: Project,
    classes: Vec<Class>,
    path: std::path::PathBuf,
    spec: String,
}

impl Reading {
    fn read(self, source: &Path, labels: LabelsFrom, progress: &Progress) -> Result<Judgeable, ServiceError> {
        let stored = StoredEncoder { path: &self.path, spec: &self.spec, changes: "" };
        let opened = crate::encoders::open(&self.app.runtime, &stored)?;
        let medium = medium(self.project.modality)?;
        let limits = SourceLimits {
            entry_bytes: medium.most_bytes(),
            contents: Contents::of(self.project.modality),
            ..SourceLimits::default()
        };
        let names = self.classes.iter().map(|class| class.name.clone()).collect();
        let wanted = SourceOptions { limits, labels, classes: names, ..SourceOptions::default() };
        let refused = |error: dataset::DatasetError| ServiceError::Invalid(crate::causes::line(&error));
        let mut batch = JudgedBatch::new(&opened, &self.classes, medium.most_bytes());
        let mut failed = None;
        let visit = dataset::open(source, &wanted).map_err(refused)?;
        visit
            .visit(&mut |item| {
                let done = match item {
                    Item::Found(found) => batch.take(found),
                    Item::RefusedItem(one) => {
                        batch.read.refused.push(one);
                        Ok(())
                    }
                    Item::Total(_) | Item::PassedOver(_) => Ok(()),
                };
                failed = done.err();
                let read = batch.read.names.len() + batch.waiting.len();
                progress.report(read as u64, 0, &Stage::Encoding);
                batch.read.stopped = progress.stopped();
                if failed.is_some() || batch.read.stopped || read >= MOST {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })
            .map_err(refused)?;
        match failed {
            Some(error) => Err(error),
            None => batch.finish(),
        }
    }
}

/// Samples that are encoded together, and what became of those before.
struct JudgedBatch<'a> {
    opened: &'a OpenedEncoder,
    places: HashMap<String, usize>,
    most_bytes: u64,
    waiting: Vec<(String, usize, Vec<f32>)>,
    read: Judgeable,
}

impl<'a> JudgedBatch<'a> {
    fn new(opened: &'a OpenedEncoder, classes: &[Class], most_bytes: u64) -> Self {
        let places = classes.iter().enumerate().map(|(at, class)| (class.name.clone(), at)).collect();
        let rows = Matrix::zeros(0, opened.encoder.dim());
        let read = Judgeable { names: Vec::new(), classes: Vec::new(), rows, refused: Vec::new(), stopped: false };
        Self { opened, places, most_bytes, waiting: Vec::new(), read }
    }

    fn take(&mut self, found: Found) -> Result<(), ServiceError> {
        match self.prepared(&found) {
            Ok((class, tensor)) => self.waiting.push((found.name, class, tensor)),
            Err(reason) => self.read.refused.push(RefusedItem { name: found.name, reason }),
        }
        if self.waiting.len() >= self.opened.encoder.batch() { self.encode() } else { Ok(()) }
    }

    /// The place of its class, and its tensor; or why it cannot be judged.
    fn prepared(&self, found: &Found) -> Result<(usize, Vec<f32>), String> {
        let name = match &found.label {
            Some(Label::Text(text)) => class_name(text),
            Some(Label::Set(_)) => return Err("it has several classes; give it one".to_owned()),
            None => return Err("it has no class; name the column that says it, or put it into a folder".to_owned()),
        };
        let class = self.places.get(&name).ok_or_else(|| format!("the project has no class `{name}`"))?;
        let bytes = match &found.source {
            Source::Bytes(bytes) => bytes.clone(),
            Source::Path(path) => {
                let about = std::fs::metadata(path).map_err(|error| error.to_string())?;
                if about.len() > self.most_bytes {
                    return Err(format!("it has more than {} MB", self.most_bytes >> 20));
                }
                std::fs::read(path).map_err(|error| error.to_string())?
            }
            Source::Absent(reason) => return Err(reason.clone()),
        };
        let mut tensor = vec![0.0; self.opened.preparation.signature().numbers()];
        self.opened.preparation.prepare(&bytes, 0, &mut tensor).map_err(|error| error.to_string())?;
        Ok((*class, tensor))
    }

    fn encode(&mut self) -> Result<(), ServiceError> {
        let (mut numbers, waiting) = (Vec::new(), std::mem::take(&mut self.waiting));
        let n = waiting.len();
        for (name, class, tensor) in waiting {
            numbers.extend(tensor);
            self.read.names.push(name);
            self.read.classes.push(class);
        }
        if n > 0 {
            self.read.rows.push_rows(self.opened.encoder.encode(&numbers, n)?.as_slice());
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Judgeable, ServiceError> {
        self.encode()?;
        Ok(self.read)
    }
}
