//! Deployable models as files of their rounds: which exist, in which form, and their measurements.
//!
//! A model is stored in its round's folder, `model.onnx` or `model-uint8-int8.onnx`, with its card beside it. The card
//! is written last, so a model without one does not count.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::domain::{ClassId, EncoderId, JobId, Project, SampleId, job};
use crate::evaluate::{Interval, Measure, Paired, wilson};
use crate::models::{FileForm, Input, Precision};
use crate::progress::Progress;
use crate::service::models::deploying::{Checked, Work};
use crate::service::rounds::pool::EncodedPool;
use crate::service::rounds::shelf;
use crate::service::{App, ServiceError};
use crate::store::embeddings::EmbeddingFile;

/// Samples of the pool on which a model is compared with its committee.
const CHECKED: usize = 100;
/// Other samples of the pool, on which the shift that one-byte weights bring is measured.
const CALIBRATED: usize = 200;
/// The most audit-labeled samples, in the order of their draw, on which the cost of one-byte weights is measured.
const AUDITED: usize = 1000;

/// What is known about a finished model file.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct ModelCard {
    pub round: i64,
    pub input: Input,
    pub precision: Precision,
    pub classes: Vec<String>,
    /// Whether each probability stands by itself, for any number of classes per sample.
    #[serde(default)]
    pub multi: bool,
    pub size_bytes: u64,
    /// ONNX's operator set that the file needs: the encoder's.
    pub opset: i64,
    /// Samples of the pool on which it was compared with the committee.
    pub checked: usize,
    /// On how many of them both give the same class, or the same set of classes.
    pub same_class: usize,
    /// Largest difference of any class probability.
    pub max_difference: f32,
    /// What the form costs in accuracy. `None` where it costs nothing: 32-bit weights stay within the tolerance.
    pub cost: Option<Cost>,
}

impl ModelCard {
    pub fn form(&self) -> FileForm {
        FileForm { input: self.input, precision: self.precision }
    }

    /// What [`Cost::full`] and [`Cost::this`] are.
    pub fn measure(&self) -> Measure {
        if self.multi { Measure::ExactMatch } else { Measure::Accuracy }
    }
}

/// A smaller model (one-byte weights, or a student) against the full one, on samples of the audit set that have a label.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize, utoipa::ToSchema)]
pub struct Cost {
    pub n: u64,
    /// Share of samples that the full model is right on, with Wilson's 95 % interval.
    pub full: Interval,
    /// The same of this one.
    pub this: Interval,
    /// Share of samples on which both predict the same.
    pub agreement: Interval,
    /// First: the full model. Second: this one.
    pub counts: Paired,
    /// Exact two-sided `McNemar` test of the difference in accuracy.
    pub p_value: f64,
}

impl Cost {
    /// Of samples by whether the full model is right, whether this one is, and whether both give the same class.
    pub(in crate::service) fn of(samples: &[(bool, bool, bool)]) -> Self {
        let counts = Paired::count(samples.iter().map(|(full, this, _)| (*full, *this)));
        let [full, this] = counts.accuracies();
        let same = samples.iter().filter(|(_, _, same)| *same).count() as u64;
        let (n, p_value) = (counts.n(), counts.p_value());
        Self { n, full, this, agreement: wilson(same, n, 0.95), counts, p_value }
    }
}

/// A job's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct WantedModel {
    pub round: i64,
    pub form: FileForm,
}

/// Every model that was made, newest round first; of one round the plain form first. Rounds go on while people label, so
/// the newest model is seldom of the newest round.
pub async fn made(app: &App, project: &Project) -> Result<Vec<ModelCard>, ServiceError> {
    let rounds = app.data.rounds(&project.slug);
    let cards = app.cpu.blocking(move || -> std::io::Result<Vec<ModelCard>> {
        let entries = match std::fs::read_dir(rounds) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut cards = Vec::new();
        for entry in entries {
            let folder = entry?.path();
            for form in FileForm::ALL {
                cards.extend(card(&folder, form)?);
            }
        }
        // Stable: forms of one round stay in their order.
        cards.sort_by_key(|card| std::cmp::Reverse(card.round));
        Ok(cards)
    });
    Ok(cards.await??)
}

/// A round's model in one form, if it was made.
pub async fn find(
    app: &App,
    project: &Project,
    wanted: WantedModel,
) -> Result<Option<(PathBuf, ModelCard)>, ServiceError> {
    let folder = app.data.round(&project.slug, wanted.round);
    let path = folder.join(file_name(wanted.form));
    let card = app.cpu.blocking(move || card(&folder, wanted.form)).await??;
    Ok(card.map(|card| (path, card)))
}

/// The model to return if no round is named: of the round rolled back to, or else the newest made.
pub async fn current(
    app: &App,
    project: &Project,
    form: FileForm,
) -> Result<Option<(PathBuf, ModelCard)>, ServiceError> {
    let only = app.store.rolled_back_to(project.id).await?.map(|round| round.number);
    let round = match only {
        Some(round) => Some(round),
        None => made(app, project).await?.into_iter().find(|card| card.form() == form).map(|card| card.round),
    };
    match round {
        Some(round) => find(app, project, WantedModel { round, form }).await,
        None => Ok(None),
    }
}

fn card(folder: &Path, form: FileForm) -> std::io::Result<Option<ModelCard>> {
    let text = match std::fs::read(folder.join(card_name(form))) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory) => {
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    // A card of an older version is not used: the model is made again.
    let card: Option<ModelCard> = serde_json::from_slice(&text).ok();
    Ok(card.filter(|_| folder.join(file_name(form)).is_file()))
}

pub(in crate::service) fn file_name(form: FileForm) -> String {
    format!("{}.onnx", form.stem())
}

pub(in crate::service) fn card_name(form: FileForm) -> String {
    format!("{}.json", form.stem())
}

/// Ask for a model of the round in use, or of `round`, in the background.
///
/// # Errors
/// When no round has finished, or the round's committee is gone.
pub async fn request(app: &App, project: &Project, round: Option<i64>, form: FileForm) -> Result<JobId, ServiceError> {
    let wanted = WantedModel { round: chosen(app, project, round).await?, form };
    // Refused here rather than in the background, where nobody would notice at once.
    if find(app, project, wanted).await?.is_none() {
        shelf::usable(app, project, wanted.round).await?;
    }
    let payload = serde_json::to_string(&wanted).map_err(std::io::Error::other)?;
    let job = app.store.request_job(project.id, &job::MODEL, &payload, app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Run a job's request.
pub async fn run(app: &App, project: &Project, payload: &str, progress: &Progress) -> Result<ModelCard, ServiceError> {
    let wanted: WantedModel = serde_json::from_str(payload)
        .map_err(|error| ServiceError::Invalid(format!("the request for a model cannot be read: {error}")))?;
    Ok(make(app, project, Some(wanted.round), wanted.form, progress).await?.1)
}

/// The model of the round in use, or of `round`: built, or reused unless a class has been renamed since.
///
/// # Errors
/// When no round has finished, the committee or the embeddings it speaks of are gone, the encoder's operator set is too old,
/// or the model disagrees with the committee; nothing is offered then.
pub async fn make(
    app: &App,
    project: &Project,
    round: Option<i64>,
    form: FileForm,
    progress: &Progress,
) -> Result<(PathBuf, ModelCard), ServiceError> {
    let known = app.store.classes(project.id).await?;
    let is_named_so =
        |card: &ModelCard| card.classes.iter().eq(known.iter().map(|class| &class.name).take(card.classes.len()));
    let number = chosen(app, project, round).await?;
    if let Some(made) =
        find(app, project, WantedModel { round: number, form }).await?.filter(|(_, card)| is_named_so(card))
    {
        return Ok(made);
    }
    let round = shelf::usable(app, project, number).await?;
    let encoder = round.encoder_id.ok_or_else(|| ServiceError::Invalid("the round names no encoder".to_owned()))?;
    let embeddings = embeddings(app, project, encoder).await?;
    let mut pool = Vec::with_capacity(CHECKED);
    for (row, id) in embeddings.ids.iter().enumerate().take(CHECKED) {
        pool.extend(checked(app, project, *id, embeddings.rows.row(row).to_vec(), None).await?);
    }
    let (mut audited, mut others) = (Vec::new(), Vec::new());
    if form.precision == Precision::Int8 {
        for (id, classes) in audit_truth(app, project).await?.into_iter().take(AUDITED) {
            let places = |class: &ClassId| known.iter().position(|known| known.id == *class);
            let truth = Some(classes.iter().filter_map(places).collect());
            if let Some(&row) = embeddings.row_of.get(&id) {
                audited.extend(checked(app, project, id, embeddings.rows.row(row).to_vec(), truth).await?);
            }
        }
    }
    if form.precision == Precision::Int8 {
        // Corrections measured on the audit set would flatter the model.
        let audit: HashSet<SampleId> = audit_truth(app, project).await?.into_iter().map(|(id, _)| id).collect();
        let rest = embeddings.ids.iter().enumerate().skip(CHECKED).filter(|(_, id)| !audit.contains(id));
        for (row, id) in rest.take(CALIBRATED) {
            others.extend(checked(app, project, *id, embeddings.rows.row(row).to_vec(), None).await?);
        }
    }
    // The committee's columns are the classes of its time, and classes are only ever appended.
    let names = known.into_iter().map(|class| class.name).collect();
    let work = Work {
        app: app.clone(),
        slug: project.slug.clone(),
        round: round.number,
        encoder,
        form,
        names,
        pool,
        audited,
        others,
        progress: progress.clone(),
    };
    app.cpu.run(move || work.run()).await?
}

/// The classes of each audit label, in the order of the audit's draw.
async fn audit_truth(app: &App, project: &Project) -> Result<Vec<(SampleId, Vec<ClassId>)>, ServiceError> {
    let labels = app.store.audit_labels(project.id).await?;
    Ok(labels.into_iter().map(|(id, classes)| (id, classes.to_vec())).collect())
}

/// The requested round's number, or that of the round in use.
async fn chosen(app: &App, project: &Project, round: Option<i64>) -> Result<i64, ServiceError> {
    match round {
        Some(number) => Ok(number),
        None => shelf::in_use(app, project).await?.map(|round| round.number).ok_or_else(|| {
            ServiceError::Invalid("no round has finished yet; label at least two classes first".to_owned())
        }),
    }
}

/// A sample's picture with its stored embedding, if the sample still exists.
async fn checked(
    app: &App,
    project: &Project,
    id: SampleId,
    embedding: Vec<f32>,
    truth: Option<Vec<usize>>,
) -> Result<Option<Checked>, ServiceError> {
    let media = app.store.media(project.id, id).await?;
    Ok(media.map(|hash| Checked { hash, embedding, truth }))
}

/// Stored embeddings by one encoder: the pool in memory, or the file of an encoder used earlier.
async fn embeddings(app: &App, project: &Project, encoder: EncoderId) -> Result<Arc<EncodedPool>, ServiceError> {
    if let Some(pool) = app.pools.get(app, project).await?.filter(|pool| pool.encoder == encoder) {
        return Ok(pool);
    }
    let path = app.data.embeddings(encoder, &project.slug);
    let loaded = app.cpu.blocking(move || EmbeddingFile::load(&path)).await??;
    let loaded = loaded.ok_or_else(|| {
        ServiceError::Invalid("there are no embeddings by the round's encoder to check a model against".to_owned())
    })?;
    Ok(Arc::new(EncodedPool::new(encoder, loaded.ids, loaded.rows)))
}
