//! An encoder for images: prepared tensors in, embeddings out.

use std::path::Path;

use super::describe::Given;
use super::sessions::Sessions;
use super::{EncodeError, EncoderSpec, ProviderReport, Runtime};
use crate::onnx::{Dim, Model, edit};

/// Images per call on the CPU, where larger batches only push each other out of the cache.
const CPU_BATCH: usize = 4;
/// Images per call on a GPU.
const GPU_BATCH: usize = 64;

/// A model as it is run and stored: its embedding has two dimensions, and its description is whole.
#[derive(Debug, Clone)]
pub struct Described {
    pub model: Model,
    pub spec: EncoderSpec,
    /// What had to be guessed.
    pub warnings: Vec<String>,
}

impl Described {
    /// Read a model file and its description: `given`, or the file beside it, or nothing but the graph.
    ///
    /// # Errors
    /// When either cannot be read, or they do not describe an encoder for images.
    pub fn read(path: &Path, given: Option<Given>) -> Result<Self, EncodeError> {
        let bytes = std::fs::read(path).map_err(|source| EncodeError::Read { path: path.to_owned(), source })?;
        let mut model = Model::read(bytes)?;
        let given = match given {
            Some(given) => given,
            None => Given::beside(path)?.map(|(_, given)| given).unwrap_or_default(),
        };
        let (spec, mut warnings) = given.complete(&model)?;
        if edit::pool_over_space(&mut model, &spec.output) {
            warnings.push(format!("output `{}` is a feature map; its average over space is the embedding", spec.output));
        }
        Ok(Self { model, spec, warnings })
    }
}

/// An open encoder. Shared by threads: on the CPU each takes a session of its own.
pub struct ImageEncoder {
    sessions: Sessions,
    spec: EncoderSpec,
    warnings: Vec<String>,
    batch: usize,
}

impl ImageEncoder {
    /// Open a model file with `spec`, or with the description beside it.
    ///
    /// # Errors
    /// When the file is no encoder for images, or ONNX Runtime refuses it.
    pub fn open(runtime: &Runtime, path: &Path, spec: Option<&EncoderSpec>) -> Result<Self, EncodeError> {
        let given = spec.map(|spec| Given::parse(&spec.to_json())).transpose()?;
        Self::from_described(runtime, Described::read(path, given)?)
    }

    /// Open a model that has been read already.
    ///
    /// # Errors
    /// When ONNX Runtime refuses it.
    pub fn from_described(runtime: &Runtime, described: Described) -> Result<Self, EncodeError> {
        let Described { model, spec, warnings } = described;
        let one_at_a_time =
            model.inputs().first().and_then(|input| input.dims()).is_some_and(|dims| dims.first() == Some(&Dim::Fixed(1)));
        let sessions = Sessions::open(runtime, &model.to_bytes(), runtime.threads())?;
        let batch = match sessions.report().device.as_str() {
            _ if one_at_a_time => 1,
            "GPU" => GPU_BATCH,
            _ => CPU_BATCH,
        };
        Ok(Self { sessions, spec, warnings, batch })
    }

    pub fn spec(&self) -> &EncoderSpec {
        &self.spec
    }

    /// What had to be guessed about the model.
    pub fn warnings(&self) -> &[String] {
        &self.warnings
    }

    /// Numbers per embedding.
    pub fn dim(&self) -> usize {
        self.spec.dim
    }

    pub fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    /// Images that go best into one call of [`ImageEncoder::encode`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Embeddings of `n` prepared images (n × [`EncoderSpec::tensor_len`]): n × D, row-major.
    ///
    /// # Errors
    /// When `tensors` does not hold `n` images, or the model fails, or gives another shape than described, or numbers
    /// that are not finite.
    pub fn encode(&self, tensors: &[f32], n: usize) -> Result<Vec<f32>, EncodeError> {
        self.spec.check_batch(tensors, n)?;
        let mut rows = Vec::with_capacity(n * self.spec.dim);
        for part in tensors.chunks(self.batch * self.spec.tensor_len()) {
            let m = part.len() / self.spec.tensor_len();
            let output = self.sessions.run(&self.spec.input, &self.spec.shape(m), part, &self.spec.output)?;
            if output.shape != [m, self.spec.dim] {
                let text = format!("shape {:?} for {m} images; [{m}, {}] was described", output.shape, self.spec.dim);
                return Err(EncodeError::Output(text));
            }
            rows.extend_from_slice(&output.values);
        }
        if rows.iter().any(|value| !value.is_finite()) {
            return Err(EncodeError::Output("numbers that are not finite; check mean, std and scale".to_owned()));
        }
        Ok(rows)
    }
}
