//! The pipeline from a pool to embeddings: read, decode, prepare, run, append.
//!
//! **Invariant:** embeddings are on disk before they are announced, so a kill at any time loses at most the current
//! batch, and the next run resumes from there.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use rayon::prelude::*;

use super::{EncodeReport, EncodingError, EncodingRun, OnBatch};
use crate::blobs::ORIGINAL;
use crate::domain::{EncoderId, SampleId, Stage};
use crate::encoders::Encoder;
use crate::learn::views::mean_of_views;
use crate::math::Matrix;
use crate::modality::Preparation;
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::App;
use crate::service::encoders::adding as encoders;
use crate::store::embeddings::EmbeddingFile;
use crate::store::encoders::SampleFile;

/// Samples whose embeddings become durable, and known to others, together.
pub(super) const BATCH: usize = 128;
/// A calibration may cost a fiftieth of the pictures to come.
const WORTH_CALIBRATING: usize = 50;
/// Prepared batches that may wait for the encoder: enough to keep it busy, few enough to stay small.
const WAITING: usize = 2;

/// Which embeddings go into which file.
pub(super) struct EmbeddingGoal {
    pub encoder: EncoderId,
    /// The encoder's name.
    pub name: String,
    /// Where it makes changed copies, a row is the mean of a sample's embedding and its copies'.
    pub preparation: Box<dyn Preparation>,
    pub file: PathBuf,
}

impl EmbeddingGoal {
    /// Tensors that go through the encoder for each sample.
    fn tensors(&self) -> usize {
        self.preparation.tensors()
    }
}

/// A batch of prepared pictures for the encoder.
struct Batch {
    ids: Vec<SampleId>,
    tensors: Vec<f32>,
    failed: Vec<(SampleId, String)>,
}

/// Encode what the goal's file lacks of `samples`.
pub(super) fn encode(
    app: &App,
    goal: &EmbeddingGoal,
    samples: Vec<SampleFile>,
    progress: &Progress,
    mut on_batch: OnBatch,
) -> Result<EncodeReport, EncodingError> {
    let (id, signature) = (goal.encoder, goal.preparation.signature());
    let mut file = EmbeddingFile::open(&goal.file, id, signature.dim)?;
    let total = samples.len();
    let left: Vec<SampleFile> = samples.into_iter().filter(|sample| !file.holds(sample.id)).collect();
    let mut report = EncodeReport {
        encoder: id,
        learned: false,
        encoded: 0,
        total: file.len(),
        failed: Vec::new(),
        run: None,
        switched: false,
        stopped: false,
    };
    if left.is_empty() || progress.stopped() {
        report.stopped = !left.is_empty();
        return Ok(report);
    }
    let mut encoder = crate::encoders::open(&app.runtime.get()?, &encoders::model_path(app, id), signature)?;
    let threads = app.cpu.threads();
    if left.len() * goal.tensors() >= WORTH_CALIBRATING * encoder.calibrating(threads) {
        progress.report(0, 0, &Stage::FastestBatch);
        app.cpu.install(|| encoder.calibrate(threads));
    }
    let started = Instant::now();
    let (send, receive) = mpsc::sync_channel::<Batch>(WAITING);
    std::thread::scope(|scope| {
        // Decoding runs ahead of the encoder by as many batches as may wait; a dropped receiver ends it.
        scope.spawn(move || {
            for part in left.chunks(BATCH / goal.tensors()) {
                if progress.stopped() || send.send(prepare(app, part, goal)).is_err() {
                    break;
                }
            }
        });
        for batch in receive {
            let mut rows = infer(app, &*encoder, &batch, goal)?;
            if goal.tensors() > 1 {
                rows = means(&rows, goal);
            }
            file.append(&batch.ids, &mut rows)?;
            on_batch(id, &batch.ids, &rows);
            report.encoded += batch.ids.len();
            report.failed.extend(batch.failed);
            report.total = file.len();
            progress.report((report.total + report.failed.len()) as u64, total as u64, &Stage::Encoding);
        }
        Ok::<(), EncodingError>(())
    })?;
    report.stopped = progress.stopped();
    report.run = Some(EncodingRun {
        provider: encoder.provider().clone(),
        pictures: report.encoded * goal.tensors(),
        batch: encoder.batch(),
        ms_per_picture: started.elapsed().as_secs_f64() * 1e3 / (report.encoded * goal.tensors()).max(1) as f64,
    });
    Ok(report)
}

/// Read, decode and prepare a batch on the computation pool. A picture that has become unreadable is reported, not
/// fatal.
fn prepare(app: &App, samples: &[SampleFile], goal: &EmbeddingGoal) -> Batch {
    let one = |(sample, tensors): (&SampleFile, &mut [f32])| -> Result<(), String> {
        let bytes = app.blobs.get(ORIGINAL, &sample.hash).map_err(|error| error.to_string())?;
        goal.preparation.prepare(&bytes, sample.id.0 as u64, tensors).map_err(|error| error.to_string())
    };
    let len = goal.preparation.signature().numbers() * goal.tensors();
    let mut tensors = vec![0.0; samples.len() * len];
    let prepared: Vec<_> =
        app.cpu.install(|| samples.par_iter().zip(tensors.par_chunks_exact_mut(len)).map(one).collect());
    let mut batch = Batch { ids: Vec::new(), tensors, failed: Vec::new() };
    for (i, (sample, result)) in samples.iter().zip(prepared).enumerate() {
        match result {
            Ok(()) => {
                // Close the gaps that unreadable pictures left.
                let place = batch.ids.len();
                if place < i {
                    batch.tensors.copy_within(i * len..(i + 1) * len, place * len);
                }
                batch.ids.push(sample.id);
            }
            Err(reason) => batch.failed.push((sample.id, reason)),
        }
    }
    batch.tensors.truncate(batch.ids.len() * len);
    batch
}

/// One row for each sample out of the rows of its picture and views.
fn means(rows: &[f32], goal: &EmbeddingGoal) -> Vec<f32> {
    let dim = goal.preparation.signature().dim;
    let mean =
        |rows: &[f32]| rows.split_at_checked(dim).map(|(own, views)| mean_of_views(own, views)).unwrap_or_default();
    rows.chunks_exact(dim * goal.tensors()).flat_map(mean).collect()
}

/// The embeddings of a batch, its parts spread over the encoder's sessions.
fn infer(app: &App, encoder: &dyn Encoder, batch: &Batch, goal: &EmbeddingGoal) -> Result<Vec<f32>, EncodingError> {
    let (len, size) = (goal.preparation.signature().numbers(), encoder.batch());
    let one = |(at, part): (usize, &[f32])| {
        encoder.encode(part, part.len() / len).map_err(|error| match error {
            EncodeError::TooSlow { seconds } => {
                let pictures = at * size..at * size + part.len() / len;
                let mut samples: Vec<SampleId> =
                    pictures.filter_map(|picture| batch.ids.get(picture / goal.tensors()).copied()).collect();
                samples.dedup();
                EncodingError::TooSlow { encoder: goal.name.clone(), samples, seconds }
            }
            error => error.into(),
        })
    };
    let parts: Result<Vec<Matrix>, EncodingError> =
        app.cpu.install(|| batch.tensors.par_chunks(size * len).enumerate().map(one).collect());
    Ok(parts?.iter().map(Matrix::as_slice).collect::<Vec<_>>().concat())
}
