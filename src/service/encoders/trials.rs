//! Trying an encoder on a project's own pictures before it is adopted.
//!
//! A trial is a folder among the uploads, with the model as it was sent, and a job that runs it in a child process. The
//! findings are kept beside the model until somebody adopts or discards it.
//!
//! **Invariant:** a trial changes nothing that a project uses; the model is stored as an encoder only when it is adopted.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::blobs::ORIGINAL;
use crate::data::write_whole;
use crate::domain::{JobId, JobNote, JobStatus, Project, SampleId, job};
use crate::encoders::probe::Probe;
use crate::math::random;
use crate::service::encoders::adding::{self as encoders, EncodersError};
use crate::service::exchange::uploads::Landing;
use crate::service::{App, ServiceError};
use crate::store::encoders::EncoderRow;
use crate::store::jobs::Job;

/// Pictures of the pool among which look-alikes are sought.
const PICTURES: usize = 96;
/// Trials that are listed.
const LISTED: i64 = 20;

/// What the job has to know.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Asked {
    folder: PathBuf,
    model: PathBuf,
    description: Option<PathBuf>,
    name: String,
}

/// What a trial found.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TrialResult {
    pub probe: Probe,
    /// The samples whose pictures were given, in that order.
    pub samples: Vec<SampleId>,
}

/// A trial that waits for its run or for a decision.
#[derive(Debug, Clone)]
pub struct Trial {
    pub job: Job,
    pub name: String,
    pub size_bytes: u64,
    /// `None` before it has run, or if it was refused.
    pub found: Option<TrialResult>,
}

/// Ask for a trial of the uploaded model: one `.onnx` file, and its description if it has one.
///
/// # Errors
/// When there is no such file, or more than one; when the name cannot be an encoder's.
pub async fn request(app: &App, project: &Project, landing: Landing, name: &str) -> Result<JobId, EncodersError> {
    let (folder, files) = landing.keep();
    let refused = async |error: EncodersError| {
        let _ = tokio::fs::remove_dir_all(&folder).await;
        Err(error)
    };
    let ends = |file: &&PathBuf, ending: &str| file.extension().is_some_and(|own| own.eq_ignore_ascii_case(ending));
    let models: Vec<&PathBuf> = files.iter().filter(|file| ends(file, "onnx")).collect();
    let descriptions: Vec<&PathBuf> = files.iter().filter(|file| ends(file, "json")).collect();
    let ([model], true, true) =
        (&models[..], descriptions.len() <= 1, models.len() + descriptions.len() == files.len())
    else {
        return refused(EncodersError::Files).await;
    };
    let stem = model.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let name = if name.is_empty() { stem.to_owned() } else { name.to_owned() };
    if let Err(error) = encoders::check_free(app, &name).await {
        return refused(error).await;
    }
    let asked = Asked {
        model: (*model).clone(),
        description: descriptions.first().map(|&path| path.clone()),
        name,
        folder: folder.clone(),
    };
    let payload = serde_json::to_string(&asked).map_err(std::io::Error::other)?;
    let job = app.store.request_job(project.id, &job::TRIAL, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Run a trial: the model in a child process, on drawn pictures and on pictures of the pool.
///
/// # Errors
/// [`ServiceError::Invalid`] with the reason when the model cannot be an encoder.
pub async fn run(app: &App, project: &Project, payload: &str) -> Result<JobNote, ServiceError> {
    let asked = parsed(payload)?;
    let mut samples = app.store.sample_files(project.id).await?;
    // The same pictures for every encoder, so that trials can be compared.
    samples.sort_by_key(|sample| random::hash(project.seed as u64 ^ 0xa11e, sample.id.0 as u64));
    samples.truncate(PICTURES);
    let pictures: Vec<PathBuf> = samples.iter().map(|sample| app.blobs.as_file(ORIGINAL, &sample.hash)).collect();
    let probe = encoders::probe(app, &asked.model, asked.description.as_deref(), &pictures).await?;
    let note = JobNote::Tried { numbers: probe.dim as i64, ms: probe.ms_per_image };
    let found = TrialResult { probe, samples: samples.iter().map(|sample| sample.id).collect() };
    let text = serde_json::to_vec(&found).map_err(std::io::Error::other)?;
    app.cpu.blocking(move || write_whole(&result(&asked), &text, false)).await??;
    Ok(note)
}

/// The project's trials that nobody has decided on yet, newest first.
pub async fn open(app: &App, project: &Project) -> Result<Vec<Trial>, ServiceError> {
    let mut trials = Vec::new();
    for job in app.store.recent_jobs_of(project.id, &job::TRIAL, LISTED).await? {
        trials.extend(trial(job).await?);
    }
    Ok(trials)
}

/// One trial of the project; `None` once it was decided on.
pub async fn by_job(app: &App, project: &Project, job: JobId) -> Result<Option<Trial>, ServiceError> {
    let job = app.store.job(job).await?.filter(|job| job.project_id == Some(project.id) && job.kind == job::TRIAL.name);
    match job {
        Some(job) => trial(job).await,
        None => Ok(None),
    }
}

/// Store the model as an encoder, and end the trial.
///
/// # Errors
/// When it has not run successfully, or its name has been taken.
pub async fn adopt(app: &App, trial: &Trial) -> Result<EncoderRow, EncodersError> {
    let asked = parsed(&trial.job.payload)?;
    if trial.found.is_none() {
        return Err(EncodersError::NotTried);
    }
    let row = encoders::keep(app, &asked.model, &asked.name, asked.description.as_deref()).await?;
    tokio::fs::remove_dir_all(&asked.folder).await?;
    Ok(row)
}

/// Forget the model, and end the trial.
///
/// # Errors
/// When it is running, or its files cannot be removed.
pub async fn discard(trial: &Trial) -> Result<(), EncodersError> {
    if trial.job.is_open() {
        return Err(EncodersError::NotTried);
    }
    Ok(tokio::fs::remove_dir_all(&parsed(&trial.job.payload)?.folder).await?)
}

async fn trial(job: Job) -> Result<Option<Trial>, ServiceError> {
    let asked = parsed(&job.payload)?;
    let Ok(about) = tokio::fs::metadata(&asked.model).await else { return Ok(None) };
    let found = match tokio::fs::read(result(&asked)).await {
        Ok(text) if job.state == JobStatus::Done => serde_json::from_slice(&text).ok(),
        _ => None,
    };
    Ok(Some(Trial { job, name: asked.name, size_bytes: about.len(), found }))
}

fn result(asked: &Asked) -> PathBuf {
    asked.folder.join("found")
}

fn parsed(payload: &str) -> std::io::Result<Asked> {
    let asked: Asked = serde_json::from_str(payload).map_err(std::io::Error::other)?;
    debug_assert!(asked.model.parent() == Some(Path::new(&asked.folder)), "a trial keeps to its folder");
    Ok(asked)
}
