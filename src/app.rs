//! The one place that wires database, data folder, computation and clock together.

use std::sync::Arc;

use crate::clock::Clock;
use crate::cpu::Cpu;
use crate::data::DataDir;
use crate::encode::LazyRuntime;
use crate::service::known::Known;
use crate::store::Store;

/// Everything a use case needs. Cloning is cheap: it is one shared set of parts.
#[derive(Clone)]
pub struct App {
    parts: Arc<Parts>,
}

/// What an [`App`] is made of.
pub struct Parts {
    pub store: Store,
    pub data: DataDir,
    pub cpu: Cpu,
    pub clock: Clock,
    /// Who was recognised lately, and who mistyped a password lately.
    pub known: Known,
    /// ONNX Runtime, opened at the first use.
    pub runtime: LazyRuntime,
}

impl App {
    pub fn new(parts: Parts) -> Self {
        Self { parts: Arc::new(parts) }
    }
}

impl std::ops::Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.parts
    }
}
