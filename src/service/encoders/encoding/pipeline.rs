//! The pipeline from a pool to embeddings: read, prepare, run, append.
//!
//! **Invariant:** embeddings are on disk before they are announced, so a kill at any time loses at most the current
//! batch, and the next run resumes from there.

use std::path::PathBuf;
use std::sync::mpsc;
use std::time::Instant;

use rayon::prelude::*;

use super::{EncodeReport, EncodingError, EncodingRun, OnBatch};
use crate::blobs::ORIGINAL;
use crate::domain::{SampleId, Stage};
use crate::encoders::{Encoder, OpenedEncoder, StoredEncoder};
use crate::learn::views::mean_of_views;
use crate::math::Matrix;
use crate::modality::Preparation;
use crate::progress::Progress;
use crate::runtime::EncodeError;
use crate::service::App;
use crate::service::encoders::adding as encoders;
use crate::store::embeddings::EmbeddingFile;
use crate::store::encoders::{EncoderRow, SampleFile};

/// Samples whose embeddings become durable, and known to others, together.
pub(super) const BATCH: usize = 128;
/// A calibration may cost a fiftieth of the pictures to come.
const WORTH_CALIBRATING: usize = 50;
/// Prepared batches that may wait for the encoder: enough to keep it busy, few enough to stay small.
const WAITING: usize = 2;

/// Which embeddings go into which file.
pub(super) struct EmbeddingGoal {
    pub encoder: EncoderRow,
    /// The changes that copies show; where there are some, a row is the mean of a sample's embedding and its copies'.
    pub changes: String,
    pub file: PathBuf,
}

/// A batch of prepared samples for the encoder.
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
    let id = goal.encoder.id;
    let mut file = EmbeddingFile::open(&goal.file, id, goal.encoder.dim as usize)?;
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
    let path = encoders::model_path(app, id);
    let stored = StoredEncoder { path: &path, spec: &goal.encoder.spec, changes: &goal.changes };
    let OpenedEncoder { preparation, mut encoder } = crate::encoders::open(&app.runtime, &stored)?;
    let (preparation, name) = (&*preparation, goal.encoder.name.as_str());
    let (threads, tensors) = (app.cpu.threads(), preparation.tensors());
    if left.len() * tensors >= WORTH_CALIBRATING * encoder.calibrating(threads) {
        progress.report(0, 0, &Stage::FastestBatch);
        app.cpu.install(|| encoder.calibrate(threads));
    }
    let started = Instant::now();
    let (send, receive) = mpsc::sync_channel::<Batch>(WAITING);
    std::thread::scope(|scope| {
        // Decoding runs ahead of the encoder by as many batches as may wait; a dropped receiver ends it.
        scope.spawn(move || {
            for part in left.chunks(BATCH / tensors) {
                if progress.stopped() || send.send(prepare(app, part, preparation)).is_err() {
                    break;
                }
            }
        });
        for batch in receive {
            let mut rows = infer(app, &*encoder, &batch, preparation, name)?;
            if tensors > 1 {
                rows = means(&rows, encoder.dim(), tensors);
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
        pictures: report.encoded * tensors,
        batch: encoder.batch(),
        ms_per_picture: started.elapsed().as_secs_f64() * 1e3 / (report.encoded * tensors).max(1) as f64,
    });
    Ok(report)
}

/// Read and prepare a batch on the computation pool. A sample that has become unreadable is reported, not
/// fatal.
fn prepare(app: &App, samples: &[SampleFile], preparation: &dyn Preparation) -> Batch {
    let one = |(sample, tensors): (&SampleFile, &mut [f32])| -> Result<(), String> {
        let bytes = app.blobs.get(ORIGINAL, &sample.hash).map_err(|error| error.to_string())?;
        preparation.prepare(&bytes, sample.id.0 as u64, tensors).map_err(|error| error.to_string())
    };
    let len = preparation.signature().numbers() * preparation.tensors();
    let mut tensors = vec![0.0; samples.len() * len];
    let prepared: Vec<_> =
        app.cpu.install(|| samples.par_iter().zip(tensors.par_chunks_exact_mut(len)).map(one).collect());
    let mut batch = Batch { ids: Vec::new(), tensors, failed: Vec::new() };
    for (i, (sample, result)) in samples.iter().zip(prepared).enumerate() {
        match result {
            Ok(()) => {
                // Close the gaps that unreadable samples left.
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
fn means(rows: &[f32], dim: usize, tensors: usize) -> Vec<f32> {
    let mean =
        |rows: &[f32]| rows.split_at_checked(dim).map(|(own, views)| mean_of_views(own, views)).unwrap_or_default();
    rows.chunks_exact(dim * tensors).flat_map(mean).collect()
}

/// The embeddings of a batch, its parts spread over the encoder's sessions.
fn infer(
    app: &App,
    encoder: &dyn Encoder,
    batch: &Batch,
    preparation: &dyn Preparation,
    name: &str,
) -> Result<Vec<f32>, EncodingError> {
    let (len, size) = (preparation.signature().numbers(), encoder.batch());
    let one = |(at, part): (usize, &[f32])| {
        encoder.encode(part, part.len() / len).map_err(|error| match error {
            EncodeError::TooSlow { seconds } => {
                let pictures = at * size..at * size + part.len() / len;
                let mut samples: Vec<SampleId> =
                    pictures.filter_map(|picture| batch.ids.get(picture / preparation.tensors()).copied()).collect();
                samples.dedup();
                EncodingError::TooSlow { encoder: name.to_owned(), samples, seconds }
            }
            error => error.into(),
        })
    };
    let parts: Result<Vec<Matrix>, EncodingError> =
        app.cpu.install(|| batch.tensors.par_chunks(size * len).enumerate().map(one).collect());
    Ok(parts?.iter().map(Matrix::as_slice).collect::<Vec<_>>().concat())
}
