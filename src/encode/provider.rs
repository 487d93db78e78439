//! What runs a network: the choice a person makes, and the report of what really took the graph.

use std::collections::BTreeMap;

use ort::ep::ExecutionProviderDispatch;

use super::EncodeError;

/// What `--provider` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ProviderChoice {
    /// The GPU providers of this build in order, then the CPU.
    #[default]
    Auto,
    Cpu,
    Cuda,
    Tensorrt,
}

impl std::str::FromStr for ProviderChoice {
    type Err = EncodeError;

    fn from_str(text: &str) -> Result<Self, EncodeError> {
        match text {
            "auto" => Ok(Self::Auto),
            "cpu" => Ok(Self::Cpu),
            "cuda" => Ok(Self::Cuda),
            "tensorrt" => Ok(Self::Tensorrt),
            other => Err(EncodeError::UnknownProvider(other.to_owned())),
        }
    }
}

/// One provider that may be tried before the CPU.
pub(super) struct Candidate {
    pub name: &'static str,
    /// Nothing when this build was made without the provider's feature.
    pub dispatch: Option<ExecutionProviderDispatch>,
}

impl ProviderChoice {
    /// The GPU providers to try, in order; the CPU comes last and is not listed.
    pub(super) fn candidates(self) -> Vec<Candidate> {
        match self {
            Self::Cpu => Vec::new(),
            Self::Cuda => vec![Candidate { name: "cuda", dispatch: cuda() }],
            Self::Tensorrt => vec![Candidate { name: "tensorrt", dispatch: tensorrt() }],
            // A build without GPU features has nothing to fall back from, so nothing is reported.
            Self::Auto => [("tensorrt", tensorrt()), ("cuda", cuda())]
                .into_iter()
                .filter(|(_, dispatch)| dispatch.is_some())
                .map(|(name, dispatch)| Candidate { name, dispatch })
                .collect(),
        }
    }

    /// Whether the CPU may take over when the provider cannot be used.
    pub(super) fn falls_back(self) -> bool {
        self == Self::Auto
    }
}

#[cfg(feature = "cuda")]
fn cuda() -> Option<ExecutionProviderDispatch> {
    Some(ort::ep::CUDA::default().build().error_on_failure())
}

#[cfg(not(feature = "cuda"))]
fn cuda() -> Option<ExecutionProviderDispatch> {
    None
}

#[cfg(feature = "tensorrt")]
fn tensorrt() -> Option<ExecutionProviderDispatch> {
    Some(ort::ep::TensorRT::default().build().error_on_failure())
}

#[cfg(not(feature = "tensorrt"))]
fn tensorrt() -> Option<ExecutionProviderDispatch> {
    None
}

/// What really runs a network, as ONNX Runtime recorded it.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct ProviderReport {
    /// The provider that was registered first: `cpu`, `cuda` or `tensorrt`.
    pub provider: String,
    /// `CPU` or `GPU`.
    pub device: String,
    /// Why an earlier provider was not used.
    pub fallback_reason: Option<String>,
    /// How many nodes each provider took, by ONNX Runtime's name of it; empty where it was not recorded.
    pub nodes_by_provider: BTreeMap<String, usize>,
}

impl std::fmt::Display for ProviderReport {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({})", self.provider, self.device)?;
        if !self.nodes_by_provider.is_empty() {
            let counts: Vec<String> = self.nodes_by_provider.iter().map(|(name, n)| format!("{name} {n}")).collect();
            write!(f, ", nodes: {}", counts.join(", "))?;
        }
        if let Some(reason) = &self.fallback_reason {
            write!(f, "; not on a GPU because {reason}")?;
        }
        Ok(())
    }
}
