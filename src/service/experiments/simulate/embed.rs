//! Pictures to embeddings for experiments: by the built-in encoder, learned from the experiment's own pool, or a given one.

use std::cell::OnceCell;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::SimulateError;
use crate::domain::Stage;
use crate::encoders::describe::Described;
use crate::encoders::selftaught::{self, Images, LearningSettings};
use crate::encoders::{Encoder as _, LocalEncoder};
use crate::math::Matrix;
use crate::modality::image::picture::{self, Limits};
use crate::modality::image::{EncoderSpec, Picture, preprocess};
use crate::progress::Progress;
use crate::runtime::{EncodeError, Runtime};

/// Pictures decoded and encoded at a time.
const CHUNK: usize = 256;

/// What turns the pictures of an experiment into embeddings.
pub struct Embedder {
    runtime: Runtime,
    /// The model's file; `None`: learned from the first pictures given, which are the pool's.
    model: Option<PathBuf>,
    seed: u64,
    opened: OnceCell<(LocalEncoder, EncoderSpec)>,
}

impl Embedder {
    /// `encoder` is `builtin`, or the path of an ONNX file with its description beside it.
    pub fn new(runtime: Runtime, encoder: &str, seed: u64) -> Self {
        let model = (encoder != "builtin").then(|| PathBuf::from(encoder));
        Self { runtime, model, seed, opened: OnceCell::new() }
    }

    /// One embedding per picture, in order.
    ///
    /// # Errors
    /// When a picture cannot be read, or the encoder cannot be learned, opened or run.
    pub fn embed(&self, paths: &[PathBuf], progress: &Progress) -> Result<Matrix, SimulateError> {
        if self.opened.get().is_none() {
            let encoder = self.open(paths, progress)?;
            let _ = self.opened.set(encoder);
        }
        let (encoder, spec) =
            self.opened.get().ok_or_else(|| SimulateError::Mismatch("no encoder is open".to_owned()))?;
        let len = spec.tensor_len();
        let mut rows = Matrix::zeros(0, encoder.dim());
        for (i, part) in paths.chunks(CHUNK).enumerate() {
            let tensors: Result<Vec<Vec<f32>>, SimulateError> = part
                .par_iter()
                .map(|path| {
                    let mut tensor = vec![0.0; len];
                    preprocess::prepare(&decode(path)?, spec, &mut tensor);
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

    fn open(&self, paths: &[PathBuf], progress: &Progress) -> Result<(LocalEncoder, EncoderSpec), SimulateError> {
        let described = match &self.model {
            Some(path) => {
                let given =
                    crate::encoders::describe::Description::beside(path).map_err(refused)?.map(|(_, given)| given);
                Described::read(path, given).map_err(refused)?
            }
            None => self.learn(paths, progress)?,
        };
        let Described { model, spec, .. } = described;
        Ok((LocalEncoder::of(&self.runtime, &model, spec.signature()).map_err(refused)?, spec))
    }

    fn learn(&self, paths: &[PathBuf], progress: &Progress) -> Result<Described, SimulateError> {
        let mut sides = paths
            .iter()
            .take(25)
            .map(|path| decode(path).map(|p| p.width.min(p.height)))
            .collect::<Result<Vec<_>, _>>()?;
        sides.sort_unstable();
        let usual = sides.get(sides.len() / 2).copied().unwrap_or(32);
        let settings = LearningSettings::for_side(usual).for_pool(paths.len());
        let shrunk: Result<Vec<Vec<u8>>, SimulateError> =
            paths.par_iter().map(|path| Ok(Images::shrink(&decode(path)?, settings.side))).collect();
        let mut images = Images::new(settings.side);
        for planes in &shrunk? {
            images.push(planes);
        }
        selftaught::learn(&self.runtime, &images, &settings, self.seed, progress).map_err(refused)
    }
}

fn decode(path: &Path) -> Result<Picture, SimulateError> {
    let refuse = |why: String| SimulateError::File { path: path.to_owned(), why };
    let bytes = std::fs::read(path).map_err(|error| refuse(error.to_string()))?;
    picture::decode(&bytes, &Limits::default()).map_err(|error| refuse(error.to_string()))
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn refused(error: EncodeError) -> SimulateError {
    SimulateError::Mismatch(error.to_string())
}
