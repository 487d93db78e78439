//! Labels that a program sends for samples that are there: an import without files, with a report like every other.
//!
//! **Invariant:** an answer of a person is never replaced; nothing is stored unless every class of every label may be given.

use std::collections::{HashMap, HashSet};

use crate::domain::class::class_name;
use crate::domain::import::{Counts, ImportState, ItemOutcome};
use crate::domain::{AccountId, Class, ClassId, ClassSet, ImportId, Project, SampleId};
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};
use crate::store::imports::{ImportEnd, NewImport};
use crate::store::incoming::{Arrival, Batch};
use crate::store::labeling::Refused;

/// Labels of one request.
pub const MOST: usize = 5000;
/// Labels of one transaction.
const BATCH: usize = 192;
/// Samples read at a time while names are looked for.
const PAGE: i64 = 5000;

/// Which sample a label is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichSample {
    Number(SampleId),
    /// SHA-256 of its file, 64 hexadecimal digits.
    Sha256(String),
    /// The name it was imported under.
    Name(String),
}

impl WhichSample {
    fn words(&self) -> String {
        match self {
            Self::Number(id) => id.to_string(),
            Self::Sha256(text) | Self::Name(text) => text.clone(),
        }
    }
}

/// A class by its number or its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WhichClass {
    Number(ClassId),
    Name(String),
}

/// A label for a sample.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentLabel {
    pub sample: WhichSample,
    pub classes: Vec<WhichClass>,
}

/// Labels of one source.
#[derive(Debug, Clone)]
pub struct SentLabels {
    /// Where they come from, for people.
    pub source: String,
    /// Whether labels of earlier imports are replaced.
    pub relabel: bool,
    pub labels: Vec<SentLabel>,
}

/// Store labels; returns the import that reports on each.
///
/// # Errors
/// When there are none or more than [`MOST`], the source has no name, or a label names no class that may be given; nothing is stored
/// then.
pub async fn take(
    app: &App,
    project: &Project,
    account: AccountId,
    sent: SentLabels,
) -> Result<ImportId, ServiceError> {
    let source = sent.source.trim();
    if source.is_empty() || source.chars().count() > 100 || source.chars().any(char::is_control) {
        return Err(ServiceError::Invalid("name the source of the labels in 1 to 100 characters".to_owned()));
    }
    if sent.labels.is_empty() || sent.labels.len() > MOST {
        let n = sent.labels.len();
        return Err(ServiceError::Invalid(format!("{n} labels are sent; send 1 to {MOST} at once")));
    }
    let classes = app.store.classes(project.id).await?;
    let sets: Vec<ClassSet> =
        sent.labels.iter().map(|label| set_of(project, &classes, label)).collect::<Result<_, _>>()?;
    let contents = contents(app, project, &sent.labels).await?;
    let arrivals: Vec<Arrival> = (sent.labels.iter().zip(sets).zip(contents))
        .map(|((label, set), content)| {
            let name = label.sample.words();
            match content {
                Ok(hash) => Arrival::Content { name, hash, sample: None, label: Some(set), predicted: Vec::new() },
                Err(reason) => Arrival::Settled { name, outcome: ItemOutcome::Refused { reason } },
            }
        })
        .collect();
    let new = NewImport {
        project: project.id,
        account,
        job: None,
        source: source.to_owned(),
        labels: String::new(),
        relabel: sent.relabel,
        named: source.to_owned(),
        predicts: false,
        dry: false,
    };
    let import = app.store.start_import(&new, app.clock.now()).await?;
    let stored = store(app, project, import, &new, &classes, &arrivals).await;
    let (state, message) = match &stored {
        Ok(counts) => (ImportState::of(counts, false), String::new()),
        Err(error) => (ImportState::Failed, error.to_string()),
    };
    let end = ImportEnd { state, message, notes: Vec::new(), new_classes: Vec::new() };
    app.store.end_import(import, &end, app.clock.now()).await?;
    if stored?.labeled > 0 {
        app.changed(project.id, Changed::Samples);
        training::request(app, project.id, "labels changed").await?;
    }
    Ok(import)
}

async fn store(
    app: &App,
    project: &Project,
    import: ImportId,
    new: &NewImport,
    classes: &[Class],
    arrivals: &[Arrival],
) -> Result<Counts, ServiceError> {
    let name = |id: ClassId| classes.iter().find(|class| class.id == id).map(|class| class.name.clone());
    let words = |set: &ClassSet| project.task.cell(&set.ids().filter_map(name).collect::<Vec<_>>());
    let (mut counts, mut fresh) = (Counts::default(), HashSet::new());
    for (part, first) in arrivals.chunks(BATCH).zip((0..).step_by(BATCH)) {
        let batch = Batch {
            project: project.id,
            import: Some(import),
            account: new.account,
            relabel: new.relabel,
            words: &words,
            first,
            now: app.clock.now(),
        };
        for item in app.store.take_in(&batch, part, &mut fresh).await?.items {
            counts.add(item.bucket, true);
        }
    }
    Ok(counts)
}

/// The classes of a label, if all of them may be given and they are an answer.
fn set_of(project: &Project, classes: &[Class], label: &SentLabel) -> Result<ClassSet, ServiceError> {
    let mut ids = Vec::with_capacity(label.classes.len());
    for which in &label.classes {
        let found = match which {
            WhichClass::Number(id) => classes.iter().find(|class| class.id == *id),
            WhichClass::Name(name) => classes.iter().find(|class| class_name(&class.name) == class_name(name)),
        };
        match (found, which) {
            (Some(class), _) if class.retired => return Err(Refused::RetiredClass(class.id).into()),
            (Some(class), _) => ids.push(class.id),
            (None, WhichClass::Number(id)) => return Err(Refused::UnknownClass(*id).into()),
            (None, WhichClass::Name(name)) => {
                return Err(ServiceError::Invalid(format!(
                    "class `{name}` is not in this project; add it first, or check its spelling"
                )));
            }
        }
    }
    let twice = |twice| {
        ServiceError::Invalid(format!("class {twice} is named twice for `{}`; name it once", label.sample.words()))
    };
    let set = ClassSet::new(&ids).map_err(twice)?;
    project.task.check(&set)?;
    Ok(set)
}

/// The content of each label's sample, or why there is none.
async fn contents(
    app: &App,
    project: &Project,
    labels: &[SentLabel],
) -> Result<Vec<Result<String, String>>, ServiceError> {
    let named: HashSet<&str> = (labels.iter())
        .filter_map(|label| if let WhichSample::Name(name) = &label.sample { Some(name.as_str()) } else { None })
        .collect();
    let called = if named.is_empty() { HashMap::new() } else { called(app, project, &named).await? };
    let mut found = Vec::with_capacity(labels.len());
    for label in labels {
        found.push(match &label.sample {
            WhichSample::Number(id) => {
                let hash = app.store.media(project.id, *id).await?;
                hash.ok_or_else(|| "there is no sample of this number in this project".to_owned())
            }
            WhichSample::Sha256(hash) => {
                let known = app.store.known_contents(project.id, std::slice::from_ref(hash)).await?;
                let there = known.iter().any(Option::is_some);
                if there { Ok(hash.clone()) } else { Err("no sample has this sha256".to_owned()) }
            }
            WhichSample::Name(name) => match called.get(name.as_str()).map(Vec::as_slice) {
                Some([hash]) => Ok(hash.clone()),
                Some(_) => Err("several samples have this name; send `sha256` or `sample`".to_owned()),
                None => Err("no sample has this name".to_owned()),
            },
        });
    }
    Ok(found)
}

/// The contents of the samples that have one of these names.
async fn called<'a>(
    app: &App,
    project: &Project,
    named: &HashSet<&'a str>,
) -> Result<HashMap<&'a str, Vec<String>>, ServiceError> {
    let (mut found, mut after): (HashMap<&str, Vec<String>>, _) = (HashMap::new(), SampleId(0));
    loop {
        let page = app.store.sample_keys(project.id, after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(found) };
        after = last.id;
        for key in page {
            if let Some(&name) = named.get(key.name.as_str()) {
                found.entry(name).or_default().push(key.hash);
            }
        }
    }
}
