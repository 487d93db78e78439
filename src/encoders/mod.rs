//! Encoders: what one expects and gives, read off its files; run, tried before it is trusted, or learned from the pool.

pub mod catalogue;
pub mod describe;
pub mod local;
pub mod look_alikes;
mod output;
pub mod probe;
mod processor;
mod repeat;
pub mod selftaught;

use std::path::Path;

pub use local::LocalEncoder;

use crate::math::Matrix;
use crate::modality::Signature;
use crate::onnx::Model;
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// What turns prepared samples into embeddings. Shared by threads.
pub trait Encoder: Send + Sync {
    /// Numbers per embedding.
    fn dim(&self) -> usize;

    /// The best number of samples for one call of [`Encoder::encode`].
    fn batch(&self) -> usize;

    /// Embeddings of `n` prepared samples: n × D.
    ///
    /// # Errors
    /// When `tensors` does not hold `n` samples, or the model fails, or gives another shape than described, or numbers that are
    /// not finite.
    fn encode(&self, tensors: &[f32], n: usize) -> Result<Matrix, EncodeError>;

    /// What runs it.
    fn provider(&self) -> &ProviderReport;

    /// Samples that [`Encoder::calibrate`] sends through it on `threads` threads.
    fn calibrating(&self, threads: usize) -> usize {
        let _ = threads;
        0
    }

    /// Find by trial the fastest number of samples per call on `threads` threads of the current pool, and use it from
    /// then on.
    fn calibrate(&mut self, threads: usize) {
        let _ = threads;
    }
}

/// Open the encoder that was stored at `path`, pretrained or self-taught.
///
/// # Errors
/// When the file cannot be read, or ONNX Runtime refuses it.
pub fn open(runtime: &Runtime, path: &Path, signature: &Signature) -> Result<Box<dyn Encoder>, EncodeError> {
    let bytes = std::fs::read(path).map_err(|source| EncodeError::Read { path: path.to_owned(), source })?;
    Ok(Box::new(LocalEncoder::of(runtime, &Model::read(bytes)?, signature.clone())?))
}
