//! Parts of a sample, and its embedding without each of them, by encoders whose embeddings are cheap and exact without a part.

use super::family::{EncoderFamily, StoredEncoder};
use crate::modality::Unusable;
use crate::runtime::EncodeError;

/// A part of a sample: of a text, the letters in `from..to`, counted as scripts count them, in units of UTF-16; of a table's row,
/// the cells in `from..to`, of which there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SamplePart {
    pub from: usize,
    pub to: usize,
}

/// The embedding of a whole sample, and its parts with the embedding without each.
pub type WithoutEach = (Vec<f32>, Vec<(SamplePart, Vec<f32>)>);

/// Tells the parts of samples. Shared by threads.
pub trait SampleParts: Send + Sync {
    /// The embedding of the whole sample, and without each of its first parts, `most` of them at most.
    ///
    /// # Errors
    /// When it is not such a sample.
    fn without_each(&self, bytes: &[u8], most: usize) -> Result<WithoutEach, Unusable>;
}

/// What tells the parts of samples for this encoder; `None` where it would have to run once for each part.
///
/// # Errors
/// When its description is wrong, or its file cannot be read.
pub fn parts(stored: &StoredEncoder<'_>) -> Result<Option<Box<dyn SampleParts>>, EncodeError> {
    EncoderFamily::of(stored.spec)?.parts.map(|parts| parts(stored)).transpose()
}
