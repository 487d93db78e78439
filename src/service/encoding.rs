//! From pictures to embeddings: choose or learn the project's encoder, encode what is missing.
//!
//! **Invariant:** embeddings are on disk before anyone is told of them, so a kill at any time loses at most the batch under
//! way, and the next run goes on from there.

use std::sync::mpsc;

use rayon::prelude::*;

use super::encoders::{self, EncodersError};
use crate::app::App;
use crate::cpu::CutShort;
use crate::domain::{EncoderId, JobId, Project, ProjectId, SampleId};
use crate::encode::picture::{self, Limits};
use crate::encode::selftaught::{self, Images, Settings};
use crate::encode::{EncodeError, ImageEncoder, ProviderReport, preprocess};
use crate::math::random;
use crate::progress::Progress;
use crate::store::StoreError;
use crate::store::embeddings::{EmbeddingError, EmbeddingFile};
use crate::store::encoders::SampleFile;

/// Pictures that the built-in encoder is learned from, at most.
const LEARN_FROM: usize = 10_000;
/// Pictures that are decoded to learn how large they are.
const LOOK_AT: usize = 25;
/// Samples whose embeddings become durable, and known to others, together.
const BATCH: usize = 128;
/// Prepared batches that may wait for the encoder: enough to keep it busy, few enough to stay small.
const WAITING: usize = 2;

#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    #[error("project `{0}` has no pictures; import some first")]
    NoPictures(String),
    #[error(transparent)]
    Encode(#[from] EncodeError),
    #[error(transparent)]
    Encoders(#[from] EncodersError),
    #[error(transparent)]
    Embeddings(#[from] EmbeddingError),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    CutShort(#[from] CutShort),
}

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
    /// What ran the encoder; nothing when there was nothing to do.
    pub provider: Option<ProviderReport>,
    pub stopped: bool,
}

impl std::fmt::Display for EncodeReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.learned {
            f.write_str("learned an encoder from the pool, ")?;
        }
        write!(f, "{} encoded, {} in all", self.encoded, self.total)?;
        if !self.failed.is_empty() {
            write!(f, ", {} could not be read", self.failed.len())?;
        }
        if let Some(provider) = &self.provider {
            write!(f, ", on {provider}")?;
        }
        if self.stopped { f.write_str("; stopped early, run it again to go on") } else { Ok(()) }
    }
}

/// Called with each batch once it is on disk: ids and rows (n × D).
pub type OnBatch = Box<dyn FnMut(&[SampleId], &[f32]) + Send>;

/// Ask for the missing embeddings in the background. A request that waits already is the same one.
pub async fn request(app: &App, project: ProjectId) -> Result<JobId, StoreError> {
    let job = app.store.request_job(project, "encode", "", app.clock.now()).await?;
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
/// encoder. Runs until done or until `progress` is stopped; either way what was finished is kept.
///
/// # Errors
/// When the project has no pictures, ONNX Runtime cannot be used, or disk or database refuse.
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
    let (encoder, learned) = match project.encoder_id {
        Some(encoder) => (encoder, false),
        None => (learn(app, project, &samples, progress.clone()).await?, true),
    };
    let row = encoders::by_id(app, encoder).await?;
    let spec = crate::encode::EncoderSpec::from_json(&row.spec)?;
    let inner = app.clone();
    let slug = project.slug.clone();
    let mut report =
        app.cpu.blocking(move || encode(&inner, encoder, &spec, &slug, samples, &progress, on_batch)).await??;
    report.learned = learned;
    Ok(report)
}

/// Learn the built-in encoder from the pool and make it the project's.
async fn learn(
    app: &App,
    project: &Project,
    samples: &[SampleFile],
    progress: Progress,
) -> Result<EncoderId, EncodingError> {
    let name = format!("selftaught-{}", project.slug);
    if let Some(row) = app.store.encoder_named(&name).await? {
        // An earlier run was ended between storing the encoder and telling the project.
        app.store.save_project_encoder(project.id, row.id).await?;
        return Ok(row.id);
    }
    let seed = project.seed as u64;
    let mut chosen: Vec<(u64, String)> =
        samples.iter().map(|sample| (random::hash(seed, sample.id.0 as u64), sample.hash.clone())).collect();
    // A seeded choice that does not depend on the order in which samples came.
    chosen.sort_unstable();
    chosen.truncate(LEARN_FROM);
    let inner = app.clone();
    let described = app
        .cpu
        .run(move || {
            let settings = Settings::for_side(usual_side(&inner, &chosen)).for_pool(chosen.len());
            let shrunk: Vec<Vec<u8>> = chosen
                .par_iter()
                .filter_map(|(_, hash)| {
                    let bytes = std::fs::read(inner.data.blob(hash)).ok()?;
                    let picture = picture::decode(&bytes, &Limits::default()).ok()?;
                    (!progress.stopped()).then(|| Images::shrink(&picture, settings.side))
                })
                .collect();
            if progress.stopped() {
                return Err(EncodeError::Stopped);
            }
            let mut images = Images::new(settings.side);
            for planes in &shrunk {
                images.push(planes);
            }
            selftaught::learn(&inner.runtime.get()?, &images, &settings, seed, &progress)
        })
        .await??;
    let encoder = encoders::store(app, &name, "builtin", Some(project.id), described).await?;
    app.store.save_project_encoder(project.id, encoder).await?;
    Ok(encoder)
}

/// The middle of the first pictures' shorter sides.
fn usual_side(app: &App, chosen: &[(u64, String)]) -> u32 {
    let side = |(_, hash): &(u64, String)| {
        let bytes = std::fs::read(app.data.blob(hash)).ok()?;
        let picture = picture::decode(&bytes, &Limits::default()).ok()?;
        Some(picture.width.min(picture.height))
    };
    let mut sides: Vec<u32> = chosen.iter().take(LOOK_AT).filter_map(side).collect();
    sides.sort_unstable();
    sides.get(sides.len() / 2).copied().unwrap_or(32)
}

/// Prepared pictures on their way to the encoder.
struct Batch {
    ids: Vec<SampleId>,
    tensors: Vec<f32>,
    failed: Vec<(SampleId, String)>,
}

fn encode(
    app: &App,
    id: EncoderId,
    spec: &crate::encode::EncoderSpec,
    slug: &str,
    samples: Vec<SampleFile>,
    progress: &Progress,
    mut on_batch: OnBatch,
) -> Result<EncodeReport, EncodingError> {
    let mut file = EmbeddingFile::open(&app.data.embeddings(id, slug), id, spec.dim)?;
    let total = samples.len();
    let left: Vec<SampleFile> = samples.into_iter().filter(|sample| !file.holds(sample.id)).collect();
    let mut report = EncodeReport {
        encoder: id,
        learned: false,
        encoded: 0,
        total: file.len(),
        failed: Vec::new(),
        provider: None,
        stopped: false,
    };
    if left.is_empty() {
        return Ok(report);
    }
    let encoder = ImageEncoder::open(&app.runtime.get()?, &encoders::model_path(app, id), Some(spec))?;
    report.provider = Some(encoder.provider().clone());
    let (send, receive) = mpsc::sync_channel::<Batch>(WAITING);
    std::thread::scope(|scope| {
        // Decoding runs ahead of the encoder by as many batches as may wait; a dropped receiver ends it.
        scope.spawn(move || {
            for part in left.chunks(BATCH) {
                if progress.stopped() || send.send(prepare(app, part, spec)).is_err() {
                    break;
                }
            }
        });
        for batch in receive {
            let mut rows = infer(app, &encoder, &batch)?;
            file.append(&batch.ids, &mut rows)?;
            on_batch(&batch.ids, &rows);
            report.encoded += batch.ids.len();
            report.failed.extend(batch.failed);
            report.total = file.len();
            progress.report((report.total + report.failed.len()) as u64, total as u64, "encoding");
        }
        Ok::<(), EncodingError>(())
    })?;
    report.stopped = progress.stopped();
    Ok(report)
}

/// Read, decode and prepare a batch on the computation pool. A picture that has become unreadable is told, not fatal.
fn prepare(app: &App, samples: &[SampleFile], spec: &crate::encode::EncoderSpec) -> Batch {
    let one = |sample: &SampleFile| -> Result<Vec<f32>, String> {
        let bytes = std::fs::read(app.data.blob(&sample.hash)).map_err(|error| error.to_string())?;
        let picture = picture::decode(&bytes, &Limits::default()).map_err(|error| error.to_string())?;
        let mut tensor = vec![0.0; spec.tensor_len()];
        preprocess::prepare(&picture, spec, &mut tensor);
        Ok(tensor)
    };
    let prepared: Vec<_> = app.cpu.install(|| samples.par_iter().map(one).collect());
    let mut batch = Batch { ids: Vec::new(), tensors: Vec::new(), failed: Vec::new() };
    for (sample, result) in samples.iter().zip(prepared) {
        match result {
            Ok(tensor) => {
                batch.ids.push(sample.id);
                batch.tensors.extend(tensor);
            }
            Err(reason) => batch.failed.push((sample.id, reason)),
        }
    }
    batch
}

/// The embeddings of a batch, its parts spread over the encoder's sessions.
fn infer(app: &App, encoder: &ImageEncoder, batch: &Batch) -> Result<Vec<f32>, EncodeError> {
    let len = encoder.spec().tensor_len();
    let parts: Result<Vec<Vec<f32>>, EncodeError> = app.cpu.install(|| {
        batch.tensors.par_chunks(encoder.batch() * len).map(|part| encoder.encode(part, part.len() / len)).collect()
    });
    Ok(parts?.concat())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::cpu::Cpu;
    use crate::data::DataDir;
    use crate::domain::Timestamp;
    use crate::encode::{LazyRuntime, Picture, picture::Format, runtime};
    use crate::store::Store;
    use crate::store::projects::NewProject;
    use crate::store::samples::NewSample;

    /// A pool of `n` drawn pictures, the last of them not readable.
    async fn pool(folder: &std::path::Path, n: u32) -> (App, Project) {
        let data = DataDir::open(folder).unwrap();
        let store = Store::open(&data.database().to_string_lossy()).await.unwrap();
        store.migrate().await.unwrap();
        let now = Timestamp(1_000_000);
        let library = std::env::var_os("QUERIST_ONNXRUNTIME").map(Into::into);
        let settings = runtime::Settings { library, threads: 2, ..runtime::Settings::default() };
        let app = App::new(store, data, Cpu::new(2).unwrap(), Clock::fixed(now), LazyRuntime::new(settings));
        let new = NewProject {
            slug: "drawn".to_owned(),
            name: "Drawn".to_owned(),
            task: "single",
            modality: "image",
            seed: 7,
            strategy: "random".to_owned(),
            audit_share: 0.1,
            retrain_minutes: 10,
            classes: Vec::new(),
        };
        let id = app.store.add_project(&new, now).await.unwrap().unwrap();
        let mut samples = Vec::new();
        for i in 0..n {
            let hash = format!("{i:064x}");
            let level = |at: u32| random::hash(u64::from(i), u64::from(at / 9)) as u8;
            let pixels = (0..40 * 30 * 3).map(level).collect();
            let drawn = Picture { pixels, width: 40, height: 30, format: Format::Png, deep: false };
            let bytes = if i == n - 1 { b"gone".to_vec() } else { picture::to_png(&drawn).unwrap() };
            let path = app.data.blob(&hash);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, bytes).unwrap();
            samples.push(NewSample {
                hash,
                name: format!("{i}.png"),
                format: "png".to_owned(),
                width: 40,
                height: 30,
                size_bytes: 1,
                audit: false,
                draw: i64::from(i),
                metadata: None,
                class: None,
            });
        }
        let (nobody, late) = (crate::domain::AccountId(1), Vec::new());
        app.store.insert_samples(id, &samples, &late, nobody, now).await.unwrap();
        let project = app.store.project(id).await.unwrap().unwrap();
        (app, project)
    }

    fn silent() -> OnBatch {
        Box::new(|_, _| {})
    }

    #[tokio::test]
    async fn a_pool_is_encoded_by_an_encoder_learned_from_it_and_the_next_run_has_nothing_to_do() {
        if crate::encode::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), 13).await;
        assert_eq!(missing(&app, &project).await.unwrap(), 13);
        let (send, receive) = mpsc::channel();
        let tell: OnBatch = Box::new(move |ids, rows| send.send((ids.to_vec(), rows.len())).unwrap());
        let report = encode_project(&app, &project, Progress::silent(), tell).await.unwrap();
        assert!(report.learned && !report.stopped);
        assert_eq!((report.encoded, report.failed.len()), (12, 1));
        assert!(report.failed[0].1.contains("not a picture"), "{:?}", report.failed);
        let project = app.store.project(project.id).await.unwrap().unwrap();
        let row = encoders::by_id(&app, project.encoder_id.unwrap()).await.unwrap();
        assert_eq!((row.name.as_str(), row.kind.as_str()), ("selftaught-drawn", "builtin"));
        let told: Vec<_> = receive.iter().collect();
        assert_eq!(told.iter().map(|(ids, _)| ids.len()).sum::<usize>(), 12);
        assert_eq!(told[0].1, 12 * row.dim as usize);
        assert_eq!(missing(&app, &project).await.unwrap(), 1);
        let again = encode_project(&app, &project, Progress::silent(), silent()).await.unwrap();
        assert_eq!((again.encoded, again.total, again.learned), (0, 12, false));
        assert!(matches!(encoders::remove(&app, &row.name).await, Err(EncodersError::InUse(_))));
    }

    #[tokio::test]
    async fn a_stopped_run_keeps_what_it_finished_and_the_next_goes_on() {
        if crate::encode::testing::runtime().is_none() {
            return;
        }
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), BATCH as u32 + 10).await;
        let progress = Progress::silent();
        let stop = progress.clone();
        let after_one: OnBatch = Box::new(move |_, _| stop.stop());
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
    async fn a_project_without_pictures_is_told_so() {
        let folder = tempfile::tempdir().unwrap();
        let (app, project) = pool(folder.path(), 1).await;
        let empty = Project { id: ProjectId(99), ..project };
        let refused = encode_project(&app, &empty, Progress::silent(), silent()).await;
        assert!(matches!(refused, Err(EncodingError::NoPictures(slug)) if slug == "drawn"));
    }
}
