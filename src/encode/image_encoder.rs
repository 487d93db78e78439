//! An encoder for images: prepared tensors in, embeddings out.

use std::path::Path;

use super::describe::Given;
use super::sessions::Sessions;
use super::{EncodeError, EncoderSpec, ProviderReport, Runtime};
use crate::onnx::Model;

/// Bytes of a model file: its format (protocol buffers) holds no more.
const LARGEST: u64 = 2 << 30;

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
        let failed = |source| EncodeError::Read { path: path.to_owned(), source };
        let length = std::fs::metadata(path).map_err(failed)?.len();
        if length > LARGEST {
            return Err(EncodeError::TooLarge { path: path.to_owned(), gib: length as f64 / f64::from(1 << 30) });
        }
        let bytes = std::fs::read(path).map_err(failed)?;
        let mut model = Model::read(bytes)?;
        let given = match given {
            Some(given) => given,
            None => Given::beside(path)?.map(|(_, given)| given).unwrap_or_default(),
        };
        let (spec, warnings) = given.complete(&mut model)?;
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
        let sessions = Sessions::open(runtime, &model.to_bytes(), runtime.threads())?;
        let batch = sessions.batch(&model);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encode::testing::runtime;
    use crate::onnx::testing::shared;

    #[test]
    fn real_encoders_give_the_numbers_their_descriptions_promise() {
        let (Some(shared), Some(runtime)) = (shared(), runtime()) else { return };
        for stem in ["mobilenet_v1_1.0_224", "mobilenet_v2_1.0_224", "squeezenet_v1.1"] {
            let path = shared.join("encoders").join(format!("{stem}.onnx"));
            let encoder = ImageEncoder::open(&runtime, &path, None).unwrap();
            assert_eq!(encoder.warnings(), [""; 0], "{stem}");
            assert_eq!(encoder.provider().provider, "cpu");
            assert!(encoder.provider().nodes_by_provider["CPUExecutionProvider"] > 0);
            let x: Vec<f32> = (0..3)
                .flat_map(|c| (0..224).flat_map(move |h| (0..224).map(move |w| (c, h, w))))
                .map(|(c, h, w)| ((7 * c + 3 * h + w) % 17) as f32 / 8.0 - 1.0)
                .collect();
            let rows = encoder.encode(&[x.clone(), x].concat(), 2).unwrap();
            let text = std::fs::read_to_string(path.with_extension("json")).unwrap();
            let golden = &serde_json::from_str::<serde_json::Value>(&text).unwrap()["golden"];
            let sum: f64 = rows[..encoder.dim()].iter().map(|&value| f64::from(value)).sum();
            let expected = golden["embedding_sum"].as_f64().unwrap();
            assert!((sum - expected).abs() < 1e-3 * expected, "{stem}: {sum} for {expected}");
            for pair in golden["largest_8"].as_array().unwrap() {
                let (at, expected) = (pair[0].as_u64().unwrap() as usize, pair[1].as_f64().unwrap());
                let found = f64::from(rows[encoder.dim() + at]);
                assert!((found - expected).abs() < 2e-3 * expected, "{stem}[{at}]: {found} for {expected}");
            }
        }
    }

    #[test]
    fn a_batch_of_the_wrong_size_is_refused() {
        let (Some(shared), Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let encoder = ImageEncoder::open(&runtime, &path, None).unwrap();
        assert!(matches!(encoder.encode(&[0.0; 7], 1), Err(EncodeError::Spec(_))));
        let not_finite = vec![f32::NAN; encoder.spec().tensor_len()];
        assert!(matches!(encoder.encode(&not_finite, 1), Err(EncodeError::Output(_))));
    }
}
