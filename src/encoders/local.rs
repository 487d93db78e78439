//! An encoder for images: prepared tensors in, embeddings out.

use std::path::Path;
use std::time::Instant;

use rayon::prelude::*;

use crate::encoders::describe::Given;
use crate::modality::image::EncoderSpec;
use crate::onnx::Model;
use crate::runtime::sessions::Sessions;
use crate::runtime::{EncodeError, ProviderReport, Runtime};

/// Bytes of a model file: its format (protocol buffers) holds no more.
const LARGEST: u64 = 2 << 30;
/// Calls of each size that a calibration times.
const TRIALS: usize = 2;
/// Times that count as the same.
const ALIKE: f64 = 1.03;

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
pub struct LocalEncoder {
    sessions: Sessions,
    spec: EncoderSpec,
    warnings: Vec<String>,
    batch: usize,
    /// What a calibration tries.
    batches: &'static [usize],
}

impl LocalEncoder {
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
        let (batch, batches) = sessions.batches(&model);
        Ok(Self { sessions, spec, warnings, batch, batches })
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

    /// Images that go best into one call of [`LocalEncoder::encode`].
    pub fn batch(&self) -> usize {
        self.batch
    }

    /// Images that [`LocalEncoder::calibrate`] sends through the network on `threads` threads.
    pub fn calibrating(&self, threads: usize) -> usize {
        if self.batches.len() < 2 { 0 } else { (1 + TRIALS) * threads * self.batches.iter().sum::<usize>() }
    }

    /// Find by trial how many images go fastest into one call on `threads` threads of the current pool, and keep to that.
    /// Of sizes that are equally fast the smallest is taken, since it asks for the least memory; those that there is not
    /// enough memory for are not.
    pub fn calibrate(&mut self, threads: usize) {
        let usual = self.batch;
        let mut tried = Vec::with_capacity(self.batches.len());
        for &size in self.batches {
            self.batch = size;
            let tensors: Vec<f32> =
                (0..size * self.spec.tensor_len()).map(|i| (i * 37 % 255) as f32 / 127.0 - 1.0).collect();
            let turn = || (0..threads).into_par_iter().try_for_each(|_| self.encode(&tensors, size).map(drop));
            let timed = || {
                // The first call with a new shape plans its memory.
                turn()?;
                let started = Instant::now();
                (0..TRIALS).try_for_each(|_| turn())?;
                Ok::<f64, EncodeError>(started.elapsed().as_secs_f64() / size as f64)
            };
            match timed() {
                Ok(time) => tried.push((size, time)),
                Err(_) => break,
            }
        }
        self.batch = fastest(&tried).unwrap_or(usual);
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

/// The smallest of the sizes with about the least time per image.
fn fastest(tried: &[(usize, f64)]) -> Option<usize> {
    let least = tried.iter().map(|(_, time)| *time).reduce(f64::min)?;
    tried.iter().find(|(_, time)| *time <= ALIKE * least).map(|(size, _)| *size)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::onnx::testing::shared;
    use crate::runtime::testing::runtime;

    #[test]
    fn of_sizes_that_are_about_as_fast_the_smallest_is_taken() {
        assert_eq!(fastest(&[(1, 2.0), (2, 1.02), (4, 1.0), (8, 1.5)]), Some(2));
        assert_eq!(fastest(&[(1, 1.0), (2, 1.1)]), Some(1));
        assert_eq!(fastest(&[]), None);
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn a_calibrated_encoder_keeps_to_a_size_it_tried_and_to_its_numbers() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let mut encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
        let x: Vec<f32> = (0..5 * encoder.spec().tensor_len()).map(|i| (i % 19) as f32 / 9.0 - 1.0).collect();
        let before = encoder.encode(&x, 5).unwrap();
        assert!(encoder.calibrating(2) > 0);
        encoder.calibrate(2);
        assert!([1, 2, 4, 8].contains(&encoder.batch()));
        let after = encoder.encode(&x, 5).unwrap();
        assert!(before.iter().zip(&after).all(|(a, b)| (a - b).abs() < 1e-3 * a.abs().max(1.0)));
    }

    #[test]
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn real_encoders_give_the_numbers_their_descriptions_promise() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        for stem in ["mobilenet_v1_1.0_224", "mobilenet_v2_1.0_224", "squeezenet_v1.1"] {
            let path = shared.join("encoders").join(format!("{stem}.onnx"));
            let encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
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
    #[cfg_attr(not(developers_data), ignore = "needs the developers' encoders")]
    fn a_batch_of_the_wrong_size_is_refused() {
        let (shared, Some(runtime)) = (shared(), runtime()) else { return };
        let path = shared.join("encoders/squeezenet_v1.1.onnx");
        let encoder = LocalEncoder::open(&runtime, &path, None).unwrap();
        assert!(matches!(encoder.encode(&[0.0; 7], 1), Err(EncodeError::Spec(_))));
        let not_finite = vec![f32::NAN; encoder.spec().tensor_len()];
        assert!(matches!(encoder.encode(&not_finite, 1), Err(EncodeError::Output(_))));
    }
}
