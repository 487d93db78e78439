//! What a sample is: one folder per kind of sample.

pub mod image;

/// Why an encoder's description cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the encoder's description is wrong: {0}")]
pub struct SpecError(pub String);
