//! What goes wrong between a picture and its embedding.

use std::path::PathBuf;

use crate::learn::graph::GraphError;
use crate::modality::SpecError;
use crate::onnx::OnnxError;

#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    #[error(
        "no ONNX Runtime library found; run `make setup`, or name the file with `--onnxruntime PATH`; looked in {}",
        list(looked)
    )]
    NoLibrary { looked: Vec<PathBuf> },
    #[error(
        "ONNX Runtime is not loaded unless its telemetry is off; set the environment variable ORT_DISABLE_TELEMETRY=1"
    )]
    Telemetry,
    #[error("ONNX Runtime at `{}` cannot be used: {reason}; give version 1.24 or later with `--onnxruntime PATH`", path.display())]
    Library { path: PathBuf, reason: String },
    #[error("provider `{0}` is unknown; use auto, cpu, cuda, tensorrt, rocm, directml, coreml or openvino")]
    UnknownProvider(String),
    #[error("device `{0}` is not a number; give a GPU's number with `--device`, or a name with `--provider openvino`")]
    UnknownDevice(String),
    #[error("provider `{provider}` cannot be used: {reason}; use `--provider auto` to fall back to the CPU")]
    Provider { provider: &'static str, reason: String },
    #[error("ONNX Runtime refused: {0}")]
    Runtime(String),
    #[error(transparent)]
    Onnx(#[from] OnnxError),
    #[error("`{}` cannot be read", path.display())]
    Read { path: PathBuf, source: std::io::Error },
    #[error(
        "`{}` has {gib:.1} GiB, and an ONNX file holds at most 2; export a smaller model, or the same in half precision",
        path.display()
    )]
    TooLarge { path: PathBuf, gib: f64 },
    #[error("the encoder's description is wrong: {0}")]
    Spec(String),
    #[error("the encoder gives {0}")]
    Output(String),
    #[error("the encoder cannot run: {0}")]
    Probe(String),
    #[error(
        "this is not a model made by Querist: it has no metadata `{0}`; make one on a project's export page, or with `querist model`"
    )]
    NotDeployable(&'static str),
    #[error(transparent)]
    Graph(#[from] GraphError),
    #[error(
        "this encoder has no large weights of 32-bit floats in convolutions or matrix products that could be kept in one byte; \
         make the model with precision f32"
    )]
    NothingToShrink,
    #[error(
        "the encoder gives one sample different numbers each time ({percent:.1} % of the distance to other samples, where {precision} \
         explains {allowed} %): they change {why}. Labels and model would rest on accidents; export it in evaluation mode"
    )]
    NotRepeated { percent: f32, allowed: f32, precision: &'static str, why: &'static str },
    #[error("no model.onnx could be made with this encoder: {0}")]
    NotDeployed(Box<EncodeError>),
    #[error("an encoder cannot be learned: {0}")]
    Learn(String),
    #[error(
        "one call of the network was ended after {seconds} s, since it had not come to an end by itself: on this input it may \
         loop for ever"
    )]
    TooSlow { seconds: u64 },
    #[error("stopped before the end; run it again to go on")]
    Stopped,
}

impl EncodeError {
    /// Whether the machine lacks ONNX Runtime, so that neither model nor picture is to blame.
    pub fn lacks_runtime(&self) -> bool {
        matches!(self, Self::NoLibrary { .. } | Self::Library { .. } | Self::Provider { .. } | Self::Telemetry)
    }

    /// Whether the model is at fault, so that retrying cannot help.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::NothingToShrink | Self::NotDeployable(_) | Self::TooLarge { .. } | Self::Output(_))
    }
}

impl From<SpecError> for EncodeError {
    fn from(error: SpecError) -> Self {
        Self::Spec(error.0)
    }
}

impl From<ort::Error> for EncodeError {
    fn from(error: ort::Error) -> Self {
        Self::Runtime(error.to_string())
    }
}

fn list(paths: &[PathBuf]) -> String {
    paths.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ")
}
