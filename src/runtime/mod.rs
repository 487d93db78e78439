//! ONNX Runtime: its library, its environment, what runs a network, and sessions of one.
//!
//! **Invariant:** the only place that names `ort`; no SQL, no HTTP.

mod assignment;
pub mod deadline;
pub mod environment;
pub mod error;
pub mod library;
pub mod provider;
pub(crate) mod sessions;
#[cfg(test)]
pub(crate) mod testing;
mod try_out;

pub use environment::{LazyRuntime, Runtime, Settings};
pub use error::EncodeError;
pub use provider::{ProviderChoice, ProviderReport};
pub use try_out::RuntimeState;
