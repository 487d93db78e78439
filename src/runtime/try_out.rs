//! Which provider takes a graph on this machine, found by running one.

use crate::learn::graph::committee_model;
use crate::learn::{Committee, Head, Link};
use crate::math::Matrix;
use crate::runtime::{EncodeError, ProviderReport};
use crate::runtime::{LazyRuntime, Runtime};

impl Runtime {
    /// Open a session on a very small network, and say what took it.
    ///
    /// # Errors
    /// When the chosen provider cannot be used, or ONNX Runtime fails.
    pub fn try_out(&self) -> Result<ProviderReport, EncodeError> {
        let head = Head { weights: Matrix::zeros(2, 4), bias: vec![0.0; 2] };
        let model = committee_model(&Committee::of_heads(vec![head], Link::Softmax))
            .map_err(|error| EncodeError::Spec(error.to_string()))?;
        Ok(self.sessions(&model.to_bytes(), 1)?.1)
    }
}

/// What is known of the runtime without opening it.
#[derive(Debug)]
pub enum RuntimeState {
    /// Nothing has needed it yet.
    Unopened,
    Runs(ProviderReport),
    Unusable(EncodeError),
}

impl LazyRuntime {
    /// What runs the networks, for pages: it opens nothing that is not open yet.
    pub fn found(&self) -> RuntimeState {
        match self.opened() {
            None => RuntimeState::Unopened,
            Some(runtime) => runtime.try_out().map_or_else(RuntimeState::Unusable, RuntimeState::Runs),
        }
    }
}
