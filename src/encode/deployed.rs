//! A deployable model at work, as its users will run it: images in, class probabilities out.

use super::sessions::Sessions;
use super::{EncodeError, EncoderSpec, ProviderReport, Runtime};
use crate::onnx::Model;

/// An open `model.onnx`.
pub struct Deployed {
    sessions: Sessions,
    spec: EncoderSpec,
    classes: Vec<String>,
}

impl Deployed {
    /// Open the bytes of `model.onnx`; preprocessing and class names come from its own metadata.
    ///
    /// # Errors
    /// When the metadata is missing or damaged, or ONNX Runtime refuses the model.
    pub fn from_bytes(runtime: &Runtime, bytes: &[u8]) -> Result<Self, EncodeError> {
        let model = Model::read(bytes::Bytes::copy_from_slice(bytes))?;
        let property = |key: &str| {
            let entry = model.metadata_props.iter().find(|entry| entry.key() == key);
            entry
                .map(|entry| entry.value().to_owned())
                .ok_or_else(|| EncodeError::Spec(format!("the model has no metadata `{key}`")))
        };
        let wrong =
            |error: serde_json::Error| EncodeError::Spec(format!("the model's metadata cannot be read: {error}"));
        let spec: EncoderSpec = serde_json::from_str(&property("querist.preprocessing")?).map_err(wrong)?;
        let classes = serde_json::from_str(&property("querist.classes")?).map_err(wrong)?;
        Ok(Self { sessions: Sessions::open(runtime, bytes, 1)?, spec, classes })
    }

    pub fn spec(&self) -> &EncoderSpec {
        &self.spec
    }

    /// Class names in the order of the probabilities.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    pub fn provider(&self) -> &ProviderReport {
        self.sessions.report()
    }

    /// Probabilities of `n` prepared images: n × K.
    ///
    /// # Errors
    /// When `tensors` does not hold `n` images, or ONNX Runtime fails.
    pub fn probabilities(&self, tensors: &[f32], n: usize) -> Result<Vec<f32>, EncodeError> {
        self.spec.check_batch(tensors, n)?;
        Ok(self.sessions.run(&self.spec.input, &self.spec.shape(n), tensors, "probabilities")?.values)
    }
}
