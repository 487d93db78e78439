//! Encoders: what one expects and gives, read off its files; run, tried before it is trusted, or learned from the pool.

pub mod builtin;
pub mod catalogue;
pub mod columns;
pub mod describe;
mod family;
pub mod kernels;
pub mod local;
pub mod look_alikes;
mod output;
mod parts;
mod pictures;
pub mod pretrained;
pub mod probe;
mod processor;
mod repeat;
pub mod selftaught;
pub mod sentence;
mod series;
pub mod static_tokens;
mod tables;
pub mod terms;
mod texts;

pub use family::{OpenedEncoder, StoredEncoder, axes, modality, open};
pub use local::LocalEncoder;
pub use parts::{SamplePart, SampleParts, parts};

use crate::math::Matrix;
use crate::runtime::{EncodeError, ProviderReport};

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

/// An encoder whose preparation is all of it: what was prepared is the embedding.
pub(crate) struct AlreadyEmbedded {
    dim: usize,
    report: ProviderReport,
}

impl AlreadyEmbedded {
    pub(crate) fn new(dim: usize) -> Self {
        Self { dim, report: ProviderReport::own() }
    }
}

/// Embeddings that become durable together.
const PREPARED_BATCH: usize = 64;

impl Encoder for AlreadyEmbedded {
    fn dim(&self) -> usize {
        self.dim
    }

    fn batch(&self) -> usize {
        PREPARED_BATCH
    }

    fn encode(&self, tensors: &[f32], n: usize) -> Result<Matrix, EncodeError> {
        if tensors.len() != n * self.dim {
            return Err(EncodeError::Spec(format!("{} numbers are not {n} embeddings of {}", tensors.len(), self.dim)));
        }
        if tensors.iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite".to_owned()));
        }
        Ok(Matrix::new(n, self.dim, tensors.to_vec()))
    }

    fn provider(&self) -> &ProviderReport {
        &self.report
    }
}
