//! Which provider takes a graph on this machine, found out by letting it take one.

use super::runtime::{LazyRuntime, Runtime};
use super::{EncodeError, ProviderReport};
use crate::learn::graph::committee_model;
use crate::learn::{Committee, Head};
use crate::math::Matrix;

impl Runtime {
    /// Open a session on a very small network, and say what took it.
    ///
    /// # Errors
    /// When the chosen provider cannot be used, or ONNX Runtime fails.
    pub fn try_out(&self) -> Result<ProviderReport, EncodeError> {
        let head = Head { weights: Matrix::zeros(2, 4), bias: vec![0.0; 2] };
        let model = committee_model(&Committee { members: vec![head] })
            .map_err(|error| EncodeError::Spec(error.to_string()))?;
        Ok(self.sessions(&model.to_bytes(), 1)?.1)
    }
}

impl LazyRuntime {
    /// One sentence on what runs the networks, for pages: it opens nothing that is not open yet.
    pub fn describe(&self) -> String {
        match self.opened() {
            None => "ONNX Runtime is loaded when it is first needed.".to_owned(),
            Some(runtime) => match runtime.try_out() {
                Ok(report) => format!("ONNX Runtime runs on {report}."),
                Err(error) => format!("ONNX Runtime cannot be used: {error}."),
            },
        }
    }
}
