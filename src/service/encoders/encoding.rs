//! From pictures to embeddings: choose or learn the project's encoder, encode what is missing, change to another encoder.
//!
//! **Invariant:** a project's encoder changes in one step, after every sample has its embedding by the new one.

mod error;
mod learning;
mod pipeline;

use std::path::PathBuf;

pub use self::error::EncodingError;
use self::pipeline::EmbeddingGoal;
use crate::data::write_whole;
use crate::domain::{EncodedNote, EncoderId, JobId, JobNote, Project, ProjectId, SampleId, job};
use crate::progress::Progress;
use crate::runtime::ProviderReport;
use crate::service::App;
use crate::service::encoders::adding as encoders;
use crate::service::live::Changed;
use crate::store::StoreError;
use crate::store::embeddings::EmbeddingFile;
use crate::store::encoders::SampleFile;

/// What a run of [`encode_project`] did.
#[derive(Debug, Clone, serde::Serialize)]
pub struct EncodeReport {
    pub encoder: EncoderId,
    /// Whether the encoder was learned in this run.
    pub learned: bool,
    pub encoded: usize,
    /// Embeddings there are now.
    pub total: usize,
    /// Samples whose pictures could not be read any more, with the reason.
    pub failed: Vec<(SampleId, String)>,
    /// How the encoder ran; `None` when there was nothing to do.
    pub run: Option<EncodingRun>,
    /// Whether the project changed to this encoder at the end.
    pub switched: bool,
    pub stopped: bool,
}

/// How an encoder ran over pictures, reading and preparing them included.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct EncodingRun {
    pub provider: ProviderReport,
    pub pictures: usize,
    /// Pictures in one call of the network.
    pub batch: usize,
    /// Wall time by pictures.
    pub ms_per_picture: f64,
}

/// How `encoder` last ran over this project's pictures. `None` before, or when the note of it is lost.
pub async fn last_run(app: &App, project: &Project, encoder: EncoderId) -> Option<EncodingRun> {
    let text = tokio::fs::read(app.data.last_run(encoder, &project.slug)).await.ok()?;
    serde_json::from_slice(&text).ok()
}

impl EncodeReport {
    /// For the job that ran it.
    pub fn note(&self) -> JobNote {
        JobNote::Encoded(EncodedNote {
            learned: self.learned,
            encoded: self.encoded as i64,
            total: self.total as i64,
            unread: self.failed.len() as i64,
            speed: self.run.as_ref().map(|run| (run.ms_per_picture, run.batch as i64, run.provider.to_string())),
            switched: self.switched,
        })
    }
}

impl std::fmt::Display for EncodeReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.note().fmt(f)?;
        if self.stopped { f.write_str("; stopped early, run it again to go on") } else { Ok(()) }
    }
}

/// The fewest pictures for which a run's speed is recorded: a few say nothing.
const TELLING: usize = 16;

/// Called with each batch once it is on disk: whose embeddings they are, ids and rows (n × D).
pub type OnBatch = Box<dyn FnMut(EncoderId, &[SampleId], &[f32]) + Send>;

/// Ask for the missing embeddings in the background. A request that is already waiting is reused.
pub async fn request(app: &App, project: ProjectId) -> Result<JobId, StoreError> {
    let job = app.store.request_job(project, &job::ENCODE, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Forget the project's embeddings by its present encoder: the next run computes all of them anew.
///
/// # Errors
/// When they are being written by another program, or cannot be written.
pub async fn forget(app: &App, project: &Project) -> Result<(), EncodingError> {
    let Some(encoder) = project.encoder_id else { return Ok(()) };
    let dim = encoders::by_id(app, encoder).await?.dim as usize;
    let path = app.data.embeddings(encoder, &project.slug);
    app.cpu.blocking(move || EmbeddingFile::open(&path, encoder, dim)?.clear()).await??;
    app.changed(project.id, Changed::Embeddings);
    Ok(())
}

/// Ask for the built-in encoder to be relearned in the background.
pub async fn request_relearning(app: &App, project: ProjectId) -> Result<JobId, StoreError> {
    let job = app.store.request_job(project, &job::RELEARN, "", app.clock.now()).await?;
    app.wake.notify_waiters();
    Ok(job)
}

/// Samples of the project that have no embedding by its encoder; all of them while it has none.
pub async fn missing(app: &App, project: &Project) -> Result<usize, EncodingError> {
    let samples = app.store.sample_files(project.id).await?;
    let Some(encoder) = project.encoder_id else { return Ok(samples.len()) };
    let path = app.data.embeddings(encoder, &project.slug);
    let held = app.cpu.blocking(move || EmbeddingFile::load(&path)).await??;
    let held: std::collections::HashSet<SampleId> = held.map(|all| all.ids.into_iter().collect()).unwrap_or_default();
    Ok(samples.iter().filter(|sample| !held.contains(&sample.id)).count())
}

/// Encode every sample of `project` that lacks an embedding, learning the built-in encoder first where the project has no
/// encoder, and anew where the pool has outgrown it. Then, where the project is to change to another encoder, encode every
/// sample with that and change. Runs until done or until `progress` is stopped; either way what was finished is kept.
///
/// People's choices during the run are respected: before each step the project is read again, and a step is stored only
/// if it is still wanted. `on_batch` hears of embeddings by the present encoder only. The report describes the encoder
/// that ran last.
///
/// # Errors When the project has no pictures, ONNX Runtime cannot be used, or disk or database refuse; the current
/// encoder then stays in use.
pub async fn encode_project(
    app: &App,
    project: &Project,
    progress: Progress,
    on_batch: OnBatch,
) -> Result<EncodeReport, EncodingError> {
    let samples = app.store.sample_files(project.id).await?;
    if samples.is_empty() {
        return Err(EncodingError::NoPictures(project.slug.clone()));
    }
    let mut now = fresh(app, project).await?;
    let mut learned = false;
    if now.encoder_id.is_none() {
        learned = learning::first(app, &now, &samples, progress.clone()).await?;
        app.changed(project.id, Changed::Settings);
        now = fresh(app, project).await?;
    }
    let Some(present) = now.encoder_id else { return Err(EncodingError::Gone(project.slug.clone())) };
    let mut report = encode_with(app, &now, present, samples.clone(), &progress, on_batch).await?;
    report.learned = learned;
    now = fresh(app, project).await?;
    if !report.stopped && now.next_encoder_id.is_none() && learning::is_outgrown(app, &now, samples.len()).await? {
        relearn(app, &now, progress.clone()).await?;
        now = fresh(app, project).await?;
        learned = true;
    }
    while let Some(next) = now.next_encoder_id.filter(|_| !report.stopped) {
        report = encode_with(app, &now, next, samples.clone(), &progress, Box::new(|_, _, _| ())).await?;
        report.learned = learned;
        if !report.stopped && app.store.switch_encoder(project.id, next).await? {
            report.switched = true;
            app.changed(project.id, Changed::Encoder);
        }
        now = fresh(app, project).await?;
    }
    Ok(report)
}

/// The project as it is by now.
async fn fresh(app: &App, project: &Project) -> Result<Project, EncodingError> {
    app.store.project(project.id).await?.ok_or_else(|| EncodingError::Gone(project.slug.clone()))
}

/// Relearn the built-in encoder from the current pool; the next [`encode_project`] changes the project to it. Returns
/// whether it will: if another encoder was chosen in the meantime, that one stays, and the new one can be chosen.
///
/// # Errors
/// As [`encode_project`]; if stopped while learning, nothing is kept.
pub async fn relearn(app: &App, project: &Project, progress: Progress) -> Result<bool, EncodingError> {
    let samples = app.store.sample_files(project.id).await?;
    if samples.is_empty() {
        return Err(EncodingError::NoPictures(project.slug.clone()));
    }
    let before = fresh(app, project).await?;
    let Some(present) = before.encoder_id else { return Ok(false) };
    let next = learning::again(app, project, &samples, progress).await?;
    Ok(app.store.propose_encoder(project.id, next, present, before.next_encoder_id).await?)
}

/// Encode every sample with an encoder beside the project's own, which stays in use: for comparisons and students.
///
/// # Errors
/// As [`encode_project`].
pub async fn encode_beside(
    app: &App,
    project: &Project,
    encoder: EncoderId,
    progress: &Progress,
) -> Result<EncodeReport, EncodingError> {
    let samples = app.store.sample_files(project.id).await?;
    encode_with(app, project, encoder, samples, progress, Box::new(|_, _, _| ())).await
}

/// As [`encode_beside`], `samples` alone. They are kept: a change to that encoder goes on from them.
///
/// # Errors
/// As [`encode_project`].
pub async fn encode_some(
    app: &App,
    project: &Project,
    encoder: EncoderId,
    samples: Vec<SampleFile>,
    progress: &Progress,
) -> Result<EncodeReport, EncodingError> {
    encode_with(app, project, encoder, samples, progress, Box::new(|_, _, _| ())).await
}

/// The means of views of `samples`, into a file of their own beside the embeddings by `encoder`.
///
/// # Errors
/// As [`encode_project`].
pub async fn encode_views(
    app: &App,
    project: &Project,
    encoder: EncoderId,
    changes: &str,
    samples: Vec<SampleFile>,
    progress: &Progress,
) -> Result<EncodeReport, EncodingError> {
    let file = app.data.augmented(encoder, &project.slug, changes);
    run(app, encoder, file, changes, samples, progress, Box::new(|_, _, _| ())).await
}

async fn encode_with(
    app: &App,
    project: &Project,
    encoder: EncoderId,
    samples: Vec<SampleFile>,
    progress: &Progress,
    on_batch: OnBatch,
) -> Result<EncodeReport, EncodingError> {
    let file = app.data.embeddings(encoder, &project.slug);
    let report = run(app, encoder, file, "", samples, progress, on_batch).await?;
    if let Some(run) = report.run.as_ref().filter(|run| run.pictures >= TELLING) {
        let (path, text) = (app.data.last_run(encoder, &project.slug), serde_json::to_vec(run).unwrap_or_default());
        let noted = app.cpu.blocking(move || write_whole(&path, &text, false)).await?;
        if let Err(error) = noted {
            // The embeddings are there, which is what counts.
            tracing::warn!(error = crate::causes::line(&error), "how the encoder ran could not be noted");
        }
    }
    Ok(report)
}

async fn run(
    app: &App,
    encoder: EncoderId,
    file: PathBuf,
    changes: &str,
    samples: Vec<SampleFile>,
    progress: &Progress,
    on_batch: OnBatch,
) -> Result<EncodeReport, EncodingError> {
    let row = encoders::by_id(app, encoder).await?;
    let goal = EmbeddingGoal { encoder: row, changes: changes.to_owned(), file };
    let (inner, progress) = (app.clone(), progress.clone());
    app.cpu.blocking(move || pipeline::encode(&inner, &goal, samples, &progress, on_batch)).await?
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::pipeline::BATCH;
    use super::*;
    use crate::blobs::ORIGINAL;
    use crate::clock::Clock;
    use crate::cpu::Cpu;
    use crate::data::DataDir;
    use crate::domain::{Facts, Timestamp};
    use crate::encoders::StoredEncoder;
    use crate::math::random;
    use crate::modality::image::picture::{self, Limits};
    use crate::modality::image::{EncoderSpec, Picture, preprocess};
    use crate::runtime::{EncodeError, LazyRuntime, Settings};
    use crate::service::encoders::adding::EncodersError;
    use crate::store::Store;
    use crate::store::encoders::EncoderKind;
    use crate::store::projects::NewProject;
    use crate::store::samples::NewSample;

    /// A pool of `n` drawn pictures, the third of them not readable.
    async fn pool(folder: &std::path::Path, n: u32) -> (App, Project) {
        let unreadable = 2.min(n - 1);
        let data = DataDir::open(folder).unwrap();
        let store = Store::open(&data.database().to_string_lossy()).await.unwrap();
        store.migrate().await.unwrap();
        let now = Timestamp(1_000_000);
        let library = std::env::var_os("QUERIST_ONNXRUNTIME").map(Into::into);
        let settings = Settings { library, threads: 2, ..Settings::default() };
        let app = App::new(store, data, Cpu::new(2).unwrap(), Clock::fixed(now), LazyRuntime::new(settings));
        let secret = crate::domain::Lots::new([1; 16]);
        let new =
            NewProject { seed: 7, strategy: "random".to_owned(), ..crate::service::projects::plain("drawn", secret) };
        let id = app.store.add_project(&new, now).await.unwrap().unwrap();
        let mut samples = Vec::new();
        for i in 0..n {
            let hash = format!("{i:064x}");
            let level = |at: u32| random::hash(u64::from(i), u64::from(at / 9)) as u8;
            let pixels = (0..40 * 30 * 3).map(level).collect();
            let drawn = Picture { pixels, width: 40, height: 30 };
            let bytes = if i == unreadable { b"gone".to_vec() } else { picture::to_png(&drawn).unwrap() };
            app.blobs.put(ORIGINAL, &hash, &bytes).unwrap();
            samples.push(NewSample {
                hash,
                name: format!("{i}.png"),
                facts: Facts::image("png", 40, 30),
                size_bytes: 1,
                audit: false,
                draw: i64::from(i),
                metadata: None,
                label: None,
                ..NewSample::default()
            });
        }
        let (nobody, late) = (crate::domain::AccountId(1), Vec::new());
        app.store.insert_samples(id, &samples, &late, nobody, now).await.unwrap();
        let project = app.store.project(id).await.unwrap().unwrap();
        (app, project)
    }

    fn silent() -> OnBatch {
        Box::new(|_, _, _| {})
    }

    #[tokio::test]
    async fn a_pool_is_encoded_by_an_encoder_learned_from_it_and_the_next_run_has_nothing_to_do() {
        if crate::runtime::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), 13).await;
        assert_eq!(missing(&app, &project).await.unwrap(), 13);
        let (send, receive) = mpsc::channel();
        let tell: OnBatch = Box::new(move |_, ids, rows| send.send((ids.to_vec(), rows.len())).unwrap());
        let report = encode_project(&app, &project, Progress::silent(), tell).await.unwrap();
        assert!(report.learned && !report.stopped);
        assert_eq!((report.encoded, report.failed.len()), (12, 1));
        assert!(report.failed[0].1.contains("not a picture"), "{:?}", report.failed);
        let project = app.store.project(project.id).await.unwrap().unwrap();
        let row = encoders::by_id(&app, project.encoder_id.unwrap()).await.unwrap();
        assert_eq!((row.name.as_str(), row.kind), ("selftaught-drawn", EncoderKind::Builtin));
        let told: Vec<_> = receive.iter().collect();
        assert_eq!(told.iter().map(|(ids, _)| ids.len()).sum::<usize>(), 12);
        assert_eq!(told[0].1, 12 * row.dim as usize);
        assert_eq!(missing(&app, &project).await.unwrap(), 1);
        // The gap that the unreadable picture leaves shifts no other.
        let all = EmbeddingFile::load(&app.data.embeddings(row.id, "drawn")).unwrap().unwrap();
        let spec = EncoderSpec::from_json(&row.spec).unwrap();
        let path = encoders::model_path(&app, row.id);
        let stored = StoredEncoder { path: &path, spec: &row.spec, changes: "" };
        let encoder = crate::encoders::open(&app.runtime, &stored).unwrap().encoder;
        for file in app.store.sample_files(project.id).await.unwrap() {
            let Some(at) = all.ids.iter().position(|id| *id == file.id) else { continue };
            let picture = picture::decode(&app.blobs.get(ORIGINAL, &file.hash).unwrap(), &Limits::default());
            let mut tensor = vec![0.0; spec.tensor_len()];
            preprocess::prepare(&picture.unwrap(), &spec, &mut tensor);
            let alone = encoder.encode(&tensor, 1).unwrap().into_vec();
            let apart = all.rows.row(at).iter().zip(&alone).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
            let most = alone.iter().fold(0.0f32, |most, x| most.max(x.abs()));
            assert!(apart <= most / 1000.0, "{apart} of {most}");
        }
        let again = encode_project(&app, &project, Progress::silent(), silent()).await.unwrap();
        assert_eq!((again.encoded, again.total, again.learned), (0, 12, false));
        assert!(matches!(encoders::remove(&app, &row.name).await, Err(EncodersError::InUse(_))));
    }

    #[tokio::test]
    async fn a_stopped_run_keeps_what_it_finished_and_the_next_goes_on() {
        if crate::runtime::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), BATCH as u32 + 10).await;
        let progress = Progress::silent();
        let stop = progress.clone();
        let after_one: OnBatch = Box::new(move |_, _, _| stop.stop());
        let report = encode_project(&app, &project, progress, after_one).await.unwrap();
        assert!(report.stopped && report.encoded >= BATCH);
        let project = app.store.project(project.id).await.unwrap().unwrap();
        let rest = encode_project(&app, &project, Progress::silent(), silent()).await.unwrap();
        assert_eq!(report.encoded + rest.encoded, BATCH + 9);
        let path = app.data.embeddings(project.encoder_id.unwrap(), &project.slug);
        let all = EmbeddingFile::load(&path).unwrap().unwrap();
        assert_eq!(all.ids.len(), BATCH + 9);
        assert!(all.rows.as_slice().iter().all(|value| value.is_finite()));
    }

    #[tokio::test]
    async fn the_present_encoder_stays_in_use_until_the_next_has_seen_every_sample() {
        if crate::runtime::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), BATCH as u32 + 10).await;
        encode_project(&app, &project, Progress::silent(), silent()).await.unwrap();
        let of = async |app: &App| app.store.project(project.id).await.unwrap().unwrap();
        let before = of(&app).await;
        let present = before.encoder_id.unwrap();
        let samples = app.store.sample_files(project.id).await.unwrap();
        let next = learning::again(&app, &before, &samples, Progress::silent()).await.unwrap();
        encoders::choose(&app, &before, next).await.unwrap();
        assert_eq!(of(&app).await.encoder_id, Some(present));
        assert!(matches!(
            encoders::remove(&app, &encoders::by_id(&app, next).await.unwrap().name).await,
            Err(EncodersError::InUse(_))
        ));
        let progress = Progress::silent();
        progress.stop();
        let stopped = encode_project(&app, &of(&app).await, progress, silent()).await.unwrap();
        assert!(stopped.stopped && !stopped.switched);
        assert_eq!(of(&app).await.encoder_id, Some(present));
        let done = encode_project(&app, &of(&app).await, Progress::silent(), silent()).await.unwrap();
        assert!(done.switched && done.encoder == next);
        assert_eq!((of(&app).await.encoder_id, of(&app).await.next_encoder_id), (Some(next), None));

        encoders::choose(&app, &of(&app).await, present).await.unwrap();
        encoders::choose(&app, &of(&app).await, next).await.unwrap();
        assert_eq!(of(&app).await.next_encoder_id, None, "choosing the present one calls the change off");
    }

    #[tokio::test]
    async fn learning_anew_gives_another_encoder_a_name_of_its_own_and_changes_to_it() {
        if crate::runtime::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), 20).await;
        let of = async |app: &App| app.store.project(project.id).await.unwrap().unwrap();
        encode_project(&app, &project, Progress::silent(), silent()).await.unwrap();
        for n in [2, 3] {
            let stopped = Progress::silent();
            stopped.stop();
            let refused = relearn(&app, &of(&app).await, stopped).await;
            assert!(matches!(refused, Err(EncodingError::Encode(EncodeError::Stopped))), "{refused:?}");
            relearn(&app, &of(&app).await, Progress::silent()).await.unwrap();
            let report = encode_project(&app, &of(&app).await, Progress::silent(), silent()).await.unwrap();
            assert!(report.switched, "{report:?}");
            let row = encoders::by_id(&app, report.encoder).await.unwrap();
            assert_eq!(row.name, format!("selftaught-drawn-{n}"));
        }
    }

    #[tokio::test]
    async fn a_project_without_pictures_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), 1).await;
        let empty = Project { id: ProjectId(99), ..project };
        let refused = encode_project(&app, &empty, Progress::silent(), silent()).await;
        assert!(matches!(refused, Err(EncodingError::NoPictures(slug)) if slug == "drawn"));
    }
}
