//! Samples to embeddings for experiments: by the built-in encoder, learned from the experiment's own pool, or a given one.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::SimulateError;
use crate::domain::{Modality, Stage};
use crate::encoders::builtin::{Learned, PoolSamples, builtin};
use crate::encoders::describe::{Described, Description};
use crate::encoders::{OpenedEncoder, StoredEncoder};
use crate::math::Matrix;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

/// Samples prepared and encoded at a time.
const CHUNK: usize = 256;

/// What turns the samples of an experiment into embeddings.
pub struct Embedder {
    runtime: LazyRuntime,
    modality: Modality,
    /// The model's file; `None`: learned from the first samples given, which are the pool's.
    model: Option<PathBuf>,
    seed: u64,
    /// With the number of axes of its embeddings.
    opened: OnceCell<(OpenedEncoder, usize)>,
}

impl Embedder {
    /// `encoder` is `builtin`, or the path of an ONNX file with its description beside it.
    pub fn new(runtime: LazyRuntime, modality: Modality, encoder: &str, seed: u64) -> Self {
        let model = (encoder != "builtin").then(|| PathBuf::from(encoder));
        Self { runtime, modality, model, seed, opened: OnceCell::new() }
    }

    /// One embedding per sample, in order.
    ///
    /// # Errors
    /// When a sample cannot be read, or the encoder cannot be learned, opened or run.
    pub fn embed(&self, paths: &[PathBuf], progress: &Progress) -> Result<Matrix, SimulateError> {
        if self.opened.get().is_none() {
            let encoder = self.open(paths, progress)?;
            let _ = self.opened.set(encoder);
        }
        let (OpenedEncoder { preparation, encoder }, _) =
            self.opened.get().ok_or_else(|| SimulateError::Mismatch("no encoder is open".to_owned()))?;
        let len = preparation.signature().numbers();
        let mut rows = Matrix::zeros(0, encoder.dim());
        for (i, part) in paths.chunks(CHUNK).enumerate() {
            let tensors: Result<Vec<Vec<f32>>, SimulateError> = part
                .par_iter()
                .map(|path| {
                    let mut tensor = vec![0.0; len];
                    let refuse = |why: String| SimulateError::File { path: path.clone(), why };
                    preparation.prepare(&read(path)?, 0, &mut tensor).map_err(|error| refuse(error.to_string()))?;
                    Ok(tensor)
                })
                .collect();
            let encoded: Result<Vec<Matrix>, EncodeError> = tensors?
                .par_chunks(encoder.batch())
                .map(|batch| encoder.encode(&batch.concat(), batch.len()))
                .collect();
            for batch in encoded.map_err(refused)? {
                rows.push_rows(batch.as_slice());
            }
            progress.report(((i * CHUNK) + part.len()) as u64, paths.len() as u64, &Stage::Encoding);
        }
        Ok(rows)
    }

    /// The first places of an embedding that are axes (see [`crate::encoders::axes`]); none before there is one.
    pub fn axes(&self) -> usize {
        self.opened.get().map_or(0, |(_, axes)| *axes)
    }

    fn open(&self, paths: &[PathBuf], progress: &Progress) -> Result<(OpenedEncoder, usize), SimulateError> {
        let (model, spec) = if let Some(path) = &self.model {
            let given = Description::beside(path).map_err(refused)?.map(|(_, given)| given);
            let Described { model, spec, .. } = Described::read(path, given).map_err(refused)?;
            (model, spec.to_json())
        } else {
            let Learned { model, spec, .. } = self.learn(paths, progress)?;
            (model, spec)
        };
        let failed = |error: std::io::Error| SimulateError::Mismatch(format!("the encoder cannot be kept ({error})"));
        let file = tempfile::NamedTempFile::new().map_err(failed)?;
        std::fs::write(file.path(), model.to_bytes()).map_err(failed)?;
        let stored = StoredEncoder { path: file.path(), spec: &spec, changes: "" };
        let opened = crate::encoders::open(&self.runtime, &stored).map_err(refused)?;
        Ok((opened, crate::encoders::axes(&spec)))
    }

    fn learn(&self, paths: &[PathBuf], progress: &Progress) -> Result<Learned, SimulateError> {
        let none = || format!("there is no built-in encoder for modality `{}`", self.modality);
        let builtin = builtin(self.modality).ok_or_else(|| SimulateError::Mismatch(none()))?;
        let read = |at: usize| std::fs::read(paths.get(at)?).ok();
        let pool = PoolSamples { len: paths.len(), read: &read };
        (builtin.learn)(&self.runtime, &pool, self.seed, progress).map_err(refused)
    }
}

fn read(path: &Path) -> Result<Vec<u8>, SimulateError> {
    std::fs::read(path).map_err(|error| SimulateError::File { path: path.to_owned(), why: error.to_string() })
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn refused(error: EncodeError) -> SimulateError {
    SimulateError::Mismatch(error.to_string())
}
