//! Why pictures were not encoded.

use crate::cpu::CutShort;
use crate::domain::{Modality, SampleId};
use crate::modality::NoMedium;
use crate::runtime::EncodeError;
use crate::service::encoders::adding::EncodersError;
use crate::store::StoreError;
use crate::store::embeddings::EmbeddingError;

#[derive(Debug, thiserror::Error)]
pub enum EncodingError {
    #[error("project `{0}` has no samples; import some first")]
    NoPictures(String),
    #[error("project `{0}` is gone")]
    Gone(String),
    #[error(
        "encoder `{encoder}` had not come to an end after {seconds} s on sample {}, and was ended; it may loop for ever on such \
         a sample: change to another encoder",
        listed(samples)
    )]
    TooSlow { encoder: String, samples: Vec<SampleId>, seconds: u64 },
    #[error("there is no built-in encoder for modality `{0}`; choose an encoder for the project first")]
    NoBuiltIn(Modality),
    #[error(transparent)]
    Medium(#[from] NoMedium),
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

impl EncodingError {
    /// Whether trying the same again cannot help.
    pub fn is_final(&self) -> bool {
        match self {
            // A network that looped would loop again.
            Self::NoPictures(_) | Self::Gone(_) | Self::TooSlow { .. } | Self::NoBuiltIn(_) | Self::Medium(_) => true,
            Self::Encode(error) | Self::Encoders(EncodersError::Encode(error)) => error.is_final(),
            Self::Encoders(error) => matches!(error, EncodersError::Unknown(_)),
            Self::Embeddings(_) | Self::Store(_) | Self::CutShort(_) => false,
        }
    }
}

/// The samples of one call of a network.
fn listed(samples: &[SampleId]) -> String {
    samples.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
