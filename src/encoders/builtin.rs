//! Encoders that need no download: one for each kind of sample, learned from the pool without labels.
//!
//! **Invariant:** the same samples in the same order and the same seed give the same encoder, with any number of threads.

use super::{pictures, series, tables, texts};
use crate::domain::Modality;
use crate::onnx::Model;
use crate::progress::Progress;
use crate::runtime::{EncodeError, LazyRuntime};

/// Every kind of sample that has one. A new one is a file and a line here.
const BUILTINS: &[Builtin] = &[pictures::BUILTIN, series::BUILTIN, tables::BUILTIN, texts::BUILTIN];

/// How an encoder is learned from a pool.
pub struct Builtin {
    pub modality: Modality,
    /// What the names of its encoders begin with.
    pub name: &'static str,
    /// Samples that it is learned from, at most.
    pub most: usize,
    pub learn: fn(&LazyRuntime, &PoolSamples<'_>, u64, &Progress) -> Result<Learned, EncodeError>,
}

/// The samples that an encoder is learned from.
pub struct PoolSamples<'a> {
    pub len: usize,
    /// The file of one; `None` where it cannot be read any more.
    pub read: &'a (dyn Fn(usize) -> Option<Vec<u8>> + Sync),
}

/// What was learned.
pub struct Learned {
    pub model: Model,
    /// The description, as JSON.
    pub spec: String,
    /// Numbers per embedding.
    pub dim: usize,
}

/// The encoder that is learned from samples of this kind, where there is one.
pub fn builtin(modality: Modality) -> Option<&'static Builtin> {
    BUILTINS.iter().find(|builtin| builtin.modality == modality)
}
