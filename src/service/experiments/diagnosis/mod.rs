//! What would help here: ways of learning measured on a project's own labels.
//!
//! Each cure, each other encoder and the present way learn from the same folds of the labels; what they gain over the present way
//! comes with an interval. It runs as a job, resumes from what it has measured, and runs again by itself when labels have doubled.
//!
//! **Invariant:** it changes nothing that a project uses, and the audit set only confirms: no audit label trains, and none
//! decides the order.

mod arms;
mod findings;
mod material;
mod measuring;

use std::collections::HashSet;
use std::io::ErrorKind;
use std::time::Instant;

use self::arms::Arm;
use self::material::DiagnosisMaterial;
use self::measuring::Journal;
use crate::data::write_whole;
use crate::domain::{EncoderId, JobId, Project, ProjectId, Timestamp, job};
use crate::evaluate::{Interval, Measure};
use crate::learn::cures;
use crate::progress::Progress;
use crate::service::live::Changed;
use crate::service::rounds::training;
use crate::service::{App, ServiceError};

/// Labels below which folds are too small to say anything.
pub const LEAST_LABELS: usize = 40;
/// Labels from which it runs by itself; it runs again when they have doubled.
const BY_ITSELF: i64 = 100;
/// Further labels whose gain is forecast.
pub const FURTHER: usize = 50;
const RESULT: &str = "diagnosis.json";

/// What was measured.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Diagnosis {
    pub finished_us: Timestamp,
    /// Seconds that it took.
    pub seconds: f64,
    /// Labels that were there, and how many of them were compared on.
    pub labels: usize,
    pub compared: usize,
    pub repeats: usize,
    pub folds: usize,
    pub measure: Measure,
    pub encoder: String,
    /// Cures in use when it ran.
    pub cures: Vec<String>,
    /// The present way in the folds.
    pub accuracy: f64,
    pub macro_f1: f64,
    /// Best first.
    pub findings: Vec<Finding>,
    /// The best two together, where two seem to help.
    pub together: Option<Finding>,
    /// Audit labels that confirm; 0 where there are too few.
    pub audit_labels: usize,
    pub advice: Recommendation,
}

/// What one way gains over learning without it.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Finding {
    /// A cure's name, an encoder's, or the names of two with a plus between.
    pub name: String,
    pub kind: FindingKind,
    pub in_use: bool,
    /// Gain in accuracy (of sets, exact match) as a share; the interval holds together with all others.
    pub gain: Interval,
    pub macro_f1: Interval,
    pub effect: Effect,
    /// The same on the audit set, with a 95 % interval of its own.
    pub audit: Option<Interval>,
    /// Further seconds of a fit.
    pub seconds: f64,
    /// Of an encoder: its number, and milliseconds per sample where known.
    pub encoder: Option<EncoderId>,
    pub ms_per_sample: Option<f64>,
}

/// What a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum FindingKind {
    Cure,
    /// Augmented copies, which have a page of their own.
    Copies,
    Encoder,
    /// Further labels, forecast from the learning curve.
    Labels,
    Together,
}

/// What an interval says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    Helps,
    Open,
    Hurts,
}

/// What to do first.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
#[serde(tag = "do", rename_all = "lowercase")]
pub enum Recommendation {
    /// Switch on, or change to, the finding of this name.
    Adopt { name: String },
    /// Switch off what is in use and hurts.
    Drop { name: String },
    /// Label on: that promises more than anything that is certain. `perhaps` may add more still, but the labels cannot tell yet.
    Label { perhaps: Option<String> },
    /// Nothing measured makes a difference that is certain.
    Nothing,
}

/// Why a project cannot be diagnosed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotYet {
    #[error("nothing is encoded yet; wait for the encoding to end")]
    NothingEncoded,
    #[error("measuring needs labels of at least two classes; label some more first")]
    OneClass,
    #[error(
        "measuring needs at least {LEAST_LABELS} labels outside the audit set, and there are {0}; label some more first"
    )]
    FewLabels(usize),
}

impl From<NotYet> for ServiceError {
    fn from(why: NotYet) -> Self {
        Self::Invalid(why.to_string())
    }
}

/// Ask for a diagnosis. One that is waiting is reused.
///
/// # Errors
/// When there is too little to measure on.
pub async fn request(app: &App, project: &Project) -> Result<JobId, ServiceError> {
    if let Some(why) = refusal(app, project).await? {
        return Err(why.into());
    }
    let job = app.store.request_job(project.id, &job::DIAGNOSIS, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Ask for one where there are enough labels for the first, or twice as many as the last one had.
pub async fn request_if_due(app: &App, project: ProjectId) -> Result<(), ServiceError> {
    let Some(project) = app.store.project(project).await? else { return Ok(()) };
    let tally = app.store.tally(project.id).await?;
    let labels = tally.labeled - tally.audit_labeled;
    let before = latest(app, &project).await?.map_or(BY_ITSELF, |found| 2 * found.labels as i64);
    if labels < before {
        return Ok(());
    }
    // One that failed is not tried again by itself.
    let failed = app.store.latest_job(project.id, &job::DIAGNOSIS).await?.is_some_and(|job| job.failed());
    if !failed && refusal(app, &project).await?.is_none() {
        request(app, &project).await?;
    }
    Ok(())
}

/// Why nothing can be measured yet, by counts alone; the job looks closer.
pub async fn refusal(app: &App, project: &Project) -> Result<Option<NotYet>, ServiceError> {
    let labels = app.store.training_labels(project.id).await?;
    let sets: HashSet<_> = labels.iter().map(|(_, set)| set).collect();
    Ok(match (project.encoder_id, labels.len()) {
        (None, _) => Some(NotYet::NothingEncoded),
        (_, n) if n < LEAST_LABELS => Some(NotYet::FewLabels(n)),
        _ if sets.len() < 2 => Some(NotYet::OneClass),
        _ => None,
    })
}

/// The newest result. `None` before the first, or if a version with another format wrote it.
pub async fn latest(app: &App, project: &Project) -> Result<Option<Diagnosis>, ServiceError> {
    let path = app.data.insight(&project.slug).join(RESULT);
    match app.cpu.blocking(move || std::fs::read(path)).await? {
        Ok(text) => Ok(serde_json::from_slice(&text).ok()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Measure, and keep what was found. `None` when it was told to stop; it resumes from what it measured.
///
/// # Errors
/// When there is too little to measure on, or something fails beneath.
pub async fn run(app: &App, project: &Project, progress: &Progress) -> Result<Option<Diagnosis>, ServiceError> {
    let started = Instant::now();
    // A job may have waited while settings changed.
    let project =
        &app.store.project(project.id).await?.ok_or_else(|| ServiceError::not_found("project", &project.slug))?;
    let Some(material) = material::gather(app, project, progress).await? else { return Ok(None) };
    let path = app.data.diagnosis(&project.slug);
    let (cpu, watch) = (app.cpu.beside().map_err(std::io::Error::other)?, progress.clone());
    let measured = cpu.run(move || measure(&material, &path, &watch));
    let Some(mut found) = measured.await?? else { return Ok(None) };
    found.finished_us = app.clock.now();
    found.seconds = started.elapsed().as_secs_f64();
    let (folder, journal) = (app.data.insight(&project.slug), app.data.diagnosis(&project.slug));
    let text = serde_json::to_vec_pretty(&found).map_err(std::io::Error::other)?;
    let keep = move || {
        std::fs::create_dir_all(&folder)?;
        write_whole(&folder.join(RESULT), &text, false)?;
        std::fs::remove_file(&journal)
    };
    app.cpu.blocking(keep).await??;
    Ok(Some(found))
}

/// All ways alone, and then the best two of them together.
fn measure(
    material: &DiagnosisMaterial,
    path: &std::path::Path,
    progress: &Progress,
) -> Result<Option<Diagnosis>, ServiceError> {
    let mut journal = Journal::open(path, &material.fingerprint())?;
    let mut arms = Arm::all(material);
    if !measuring::folds(material, &arms, &mut journal, progress)? {
        return Ok(None);
    }
    let alone = findings::of(material, &arms, &journal);
    if let Some(pair) = Arm::pair(&arms, &alone) {
        arms.push(pair);
        if !measuring::folds(material, &arms, &mut journal, progress)? {
            return Ok(None);
        }
    }
    let audited = measuring::audit(material, &arms, progress)?;
    Ok(audited.map(|audited| findings::diagnosis(material, &arms, &journal, &audited)))
}

/// Choose what helps the project's committee to learn; the next round does.
///
/// # Errors
/// When a name is unknown, or has no meaning for the project's answers.
pub async fn choose(app: &App, project: &Project, names: &str) -> Result<(), ServiceError> {
    let chosen = cures::parse(names, project.task.into())?;
    let names = cures::names(chosen.iter().copied());
    if names == project.cures {
        return Ok(());
    }
    app.store.save_cures(project.id, &names).await?;
    app.changed(project.id, Changed::Settings);
    if app.store.tally(project.id).await?.labeled > 0 {
        training::request(app, project.id, "cures changed").await?;
    }
    Ok(())
}
