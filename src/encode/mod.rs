//! ONNX Runtime: environment, providers, sessions, preprocessing, encoders.
//!
//! **Invariant:** the only place that names `ort`; no SQL, no HTTP.

pub mod alike;
mod assignment;
pub mod augment;
pub mod catalogue;
pub mod deadline;
pub mod deploy;
pub mod deployed;
pub mod describe;
mod embedding;
pub mod error;
pub mod form;
pub mod image_encoder;
pub mod library;
pub mod look;
pub mod picture;
pub mod preprocess;
pub mod probe;
mod processor;
pub mod provider;
pub mod pyramid;
mod repeat;
mod resample;
pub mod runtime;
pub mod scorer;
pub mod selftaught;
mod sessions;
pub mod spec;
#[cfg(test)]
pub(crate) mod testing;
mod trial;

pub use deployed::Deployed;
pub use error::EncodeError;
pub use form::{Form, Input, Precision};
pub use image_encoder::ImageEncoder;
pub use picture::{Picture, PictureError};
pub use provider::{ProviderChoice, ProviderReport};
pub use runtime::{LazyRuntime, Runtime};
pub use scorer::Scorer;
pub use spec::EncoderSpec;
pub use trial::RuntimeState;
