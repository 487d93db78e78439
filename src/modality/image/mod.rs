//! Pictures: read whatever their format, prepared for an encoder, changed without changing what they show, shown at any size.
//!
//! **Invariant:** the pixel limit is checked before anything is decoded.

pub mod augment;
pub mod fingerprint;
pub mod picture;
pub mod preprocess;
pub mod pyramid;
pub(crate) mod resample;
pub mod spec;

pub use picture::{Picture, PictureError};
pub use spec::EncoderSpec;
